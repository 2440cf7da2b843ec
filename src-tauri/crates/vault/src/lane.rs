//! One blocking call at a time, on a thread of its own, waited for no longer than the bound.
//!
//! Not tokio's blocking pool: a runtime waits for that pool when it ends, so a call that hangs at a password
//! prompt would keep the program from closing.

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kaibo_live::secret::VaultError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};

use crate::lock;

/// See the module.
pub(crate) struct Lane {
    bound: Duration,
    turn: Arc<Semaphore>,
    /// When the running call began.
    began: Arc<Mutex<Option<Instant>>>,
}

const WAITING: u8 = 0;
const COMMITTED: u8 = 1;
const GIVEN_UP: u8 = 2;

/// Whether a call's caller still waits.
pub(crate) struct Ticket(AtomicU8);

impl Ticket {
    /// True when the caller still waits; from then on it waits a little longer rather than give up.
    pub(crate) fn commit(&self) -> bool {
        self.move_to(COMMITTED) != GIVEN_UP
    }

    /// True when nothing has been committed: nothing will be, then.
    fn give_up(&self) -> bool {
        self.move_to(GIVEN_UP) != COMMITTED
    }

    /// Settles the ticket if it isn't settled; gives what it is then.
    fn move_to(&self, to: u8) -> u8 {
        match self.0.compare_exchange(WAITING, to, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => to,
            Err(settled) => settled,
        }
    }
}

/// Held by the thread; frees the lane when the call returns, and when it panics.
struct Running {
    began: Arc<Mutex<Option<Instant>>>,
    _turn: OwnedSemaphorePermit,
}

impl Drop for Running {
    fn drop(&mut self) {
        *lock(&self.began) = None;
    }
}

impl Lane {
    pub(crate) fn new(bound: Duration) -> Self {
        Self { bound, turn: Arc::new(Semaphore::new(1)), began: Arc::default() }
    }

    /// Does the running call hang? Then nobody else should queue for it.
    fn hangs(&self) -> bool {
        lock(&self.began).is_some_and(|began| began.elapsed() >= self.bound)
    }

    /// Runs the call when its turn comes. [`VaultError::Locked`] when it isn't answered within the bound,
    /// counted from now, or when an earlier one still hangs.
    pub(crate) async fn run<T, F>(&self, call: F) -> Result<T, VaultError>
    where
        T: Send + 'static,
        F: FnOnce(&Ticket) -> Result<T, VaultError> + Send + 'static,
    {
        if self.hangs() {
            return Err(VaultError::Locked);
        }
        let deadline = Instant::now() + self.bound;
        let Ok(Ok(turn)) = timeout_at(deadline, self.turn.clone().acquire_owned()).await else {
            return Err(VaultError::Locked);
        };
        *lock(&self.began) = Some(Instant::now());
        let running = Running { began: self.began.clone(), _turn: turn };
        let ticket = Arc::new(Ticket(AtomicU8::new(WAITING)));
        let (tell, mut told) = oneshot::channel();
        let spawned = std::thread::Builder::new().name("keyring".to_owned()).spawn({
            let ticket = ticket.clone();
            move || {
                let result = call(&ticket);
                drop(running);
                // Nobody listens when the caller gave up.
                let _ = tell.send(result);
            }
        });
        if spawned.is_err() {
            return Err(VaultError::Broken("no thread could be started for it".to_owned()));
        }
        let mut answer = timeout_at(deadline, &mut told).await;
        if answer.is_err() && !ticket.give_up() {
            // Caught in the act of writing: a keyring that got this far answers in milliseconds.
            answer = timeout_at(Instant::now() + self.bound / 5, &mut told).await;
        }
        match answer {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(VaultError::Broken("it ended without an answer".to_owned())),
            Err(_) => Err(VaultError::Locked),
        }
    }
}
