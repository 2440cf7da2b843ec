//! One blocking call at a time, on a thread of its own, waited for no longer than the bound.
//!
//! Not tokio's blocking pool: a runtime waits for that pool when it ends, so a call that hangs at a password
//! prompt would keep the program from closing.
//!
//! A call whose keyring has died in the middle of it is left behind, and the lane is free again. At most
//! [`LEFT_BEHIND`] are, over the program's life; then the lane stays taken.

use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kaibo_live::secret::VaultError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout, timeout_at};

use crate::keeper::Keeper;
use crate::lock;

/// Threads that may be left waiting for keyrings that are gone.
const LEFT_BEHIND: usize = 8;
/// The longest that the bus is waited for.
const BUS: Duration = Duration::from_secs(1);

/// See the module.
pub(crate) struct Lane {
    bound: Duration,
    keeper: Keeper,
    slot: Mutex<Arc<Slot>>,
    left: AtomicUsize,
}

/// The place for the one call.
struct Slot {
    turn: Arc<Semaphore>,
    running: Mutex<Option<Call>>,
}

/// The call that runs.
#[derive(Clone)]
struct Call {
    began: Instant,
    /// Who kept the secrets then; `None` until it is known.
    keeper: Option<String>,
}

impl Slot {
    fn new() -> Arc<Self> {
        Arc::new(Self { turn: Arc::new(Semaphore::new(1)), running: Mutex::default() })
    }
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

/// Held by the thread; frees the slot when the call returns, and when it panics.
struct Running {
    slot: Arc<Slot>,
    _turn: OwnedSemaphorePermit,
}

impl Drop for Running {
    fn drop(&mut self) {
        *lock(&self.slot.running) = None;
    }
}

impl Lane {
    pub(crate) fn new(bound: Duration, keeper: Keeper) -> Self {
        Self { bound, keeper, slot: Mutex::new(Slot::new()), left: AtomicUsize::new(0) }
    }

    /// The slot, when its call doesn't hang: nobody should queue for one that does. A hanging call whose
    /// keyring is gone keeps its slot, and a new one takes the slot's place.
    async fn slot(&self) -> Option<Arc<Slot>> {
        let slot = lock(&self.slot).clone();
        let hanging = lock(&slot.running).clone().filter(|call| call.began.elapsed() >= self.bound);
        let Some(hanging) = hanging else { return Some(slot) };
        let keeper = self.keeper.clone();
        let now = timeout(BUS, on_thread(move || keeper())?).await.ok()?.ok()?;
        if hanging.keeper.is_none() {
            // The call itself had the bus start one.
            lock(&slot.running).as_mut().filter(|call| call.keeper.is_none())?.keeper = now;
            return None;
        }
        if now == hanging.keeper {
            return None;
        }
        let mut current = lock(&self.slot);
        if Arc::ptr_eq(&current, &slot) {
            if self.left.fetch_add(1, Ordering::Relaxed) >= LEFT_BEHIND {
                return None;
            }
            tracing::warn!("the keyring went away in the middle of a call; that call is left behind");
            *current = Slot::new();
        }
        Some(current.clone())
    }

    /// Runs the call when its turn comes. [`VaultError::Locked`] when it isn't answered within the bound,
    /// counted from now, or when an earlier one still hangs.
    pub(crate) async fn run<T, F>(&self, call: F) -> Result<T, VaultError>
    where
        T: Send + 'static,
        F: FnOnce(&Ticket) -> Result<T, VaultError> + Send + 'static,
    {
        let deadline = Instant::now() + self.bound;
        let Some(slot) = self.slot().await else { return Err(VaultError::Locked) };
        let Ok(Ok(turn)) = timeout_at(deadline, slot.turn.clone().acquire_owned()).await else {
            return Err(VaultError::Locked);
        };
        *lock(&slot.running) = Some(Call { began: Instant::now(), keeper: None });
        let running = Running { slot, _turn: turn };
        let ticket = Arc::new(Ticket(AtomicU8::new(WAITING)));
        let spawned = on_thread({
            let (ticket, keeper) = (ticket.clone(), self.keeper.clone());
            move || {
                let now = keeper();
                if let Some(call) = &mut *lock(&running.slot.running) {
                    call.keeper = now;
                }
                let result = call(&ticket);
                drop(running);
                result
            }
        });
        let Some(mut told) = spawned else {
            return Err(VaultError::Broken("no thread could be started for it".to_owned()));
        };
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

/// Does something on a thread of its own; `None` when there is none to be had.
fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<oneshot::Receiver<T>> {
    let (tell, told) = oneshot::channel();
    let spawned = std::thread::Builder::new().name("keyring".to_owned()).spawn(move || {
        // Nobody listens when the caller gave up.
        let _ = tell.send(work());
    });
    spawned.is_ok().then_some(told)
}
