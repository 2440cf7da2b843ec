//! The relay: when it runs, what it feeds, and what is kept of it.
//!
//! `targets.rs` follows rooms while it runs, `run.rs` is its part in *Go live*, `custom.rs` the streamer's own
//! addresses, `kept.rs` the keyring's entry, `resume.rs` the start after a crash, `figures.rs` makes the view of its
//! readings and `upload.rs` says what the line takes.

mod custom;
mod figures;
mod kept;
mod resume;
mod run;
mod targets;
mod upload;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::SecretString;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::Studio;
use super::picture::Picture;
use crate::problem::{Failure, ProblemCode};
use crate::push::PushAddress;
use crate::relay::{
    Relay, RelayDriver, RelaySettings, RelayStart, RelayState, RelayTarget, RelayTargetState,
    RelayTargetView, RelayView,
};
use crate::room::RoomId;
use crate::view::{Preferences, PushPart};
use figures::Course;
use kept::Session;
use upload::Line;

/// Time between two looks at the rooms that it feeds, and between two figures.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The way to the relay.
pub(super) struct Plug {
    driver: Arc<dyn RelayDriver>,
    running: Mutex<Option<Running>>,
    /// Held while it is started or stopped, or its targets change: one at a time.
    gate: tokio::sync::Mutex<()>,
    /// Held while the keyring's entry is read, changed and written.
    keyring_gate: tokio::sync::Mutex<()>,
    /// The program ends: what is kept stays as it is.
    left: AtomicBool,
    /// What was seen of the line since the program began.
    line: Mutex<Line>,
    /// It was measured anew.
    measured: Notify,
    /// It was looked for a relay that a crash ended.
    looked: AtomicBool,
}

/// A relay that runs.
struct Running {
    relay: Arc<dyn Relay>,
    session: Session,
    /// What it feeds, in the order it was added.
    targets: Vec<Fed>,
    /// It was started for custom targets, and goes on without a room.
    alone: bool,
    course: Course,
    /// Ends the task that follows it.
    cancel: CancellationToken,
}

/// A target with the address that the relay was given.
struct Fed {
    target: RelayTarget,
    push: PushAddress,
    paused: bool,
}

/// What is known of the relay beside what the window sees. Holds a key, so it never leaves the domain.
#[derive(Debug, Default)]
pub(crate) struct RelayFacts {
    /// What the encoder is to be given, while it runs.
    pub address: Option<PushAddress>,
    /// Rooms whose target takes the stream, and since when, ms.
    pub publishing: BTreeMap<RoomId, i64>,
}

impl Running {
    fn feeds(&self, target: &RelayTarget) -> bool {
        self.targets.iter().any(|fed| &fed.target == target)
    }
}

impl Plug {
    pub(super) fn new(driver: Arc<dyn RelayDriver>) -> Self {
        Self {
            driver,
            running: Mutex::default(),
            gate: tokio::sync::Mutex::default(),
            keyring_gate: tokio::sync::Mutex::default(),
            left: AtomicBool::new(false),
            line: Mutex::default(),
            measured: Notify::new(),
            looked: AtomicBool::new(false),
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The relay; `WrongState` when it is off.
    fn current(&self) -> Result<Arc<dyn Relay>, Failure> {
        let running = self.running();
        running.as_ref().map(|r| Arc::clone(&r.relay)).ok_or_else(|| Failure::new(ProblemCode::WrongState))
    }
}

impl Picture {
    /// Does the relay hand a stream on to something that isn't the sandbox's?
    pub(crate) fn feeds_own(&self) -> bool {
        let own = |target: &RelayTarget| match target {
            RelayTarget::Room { room } => self.room(room).is_some_and(|r| !r.view.sandbox),
            RelayTarget::Custom { .. } => true,
        };
        let fed = |t: &RelayTargetView| t.state == RelayTargetState::Publishing && own(&t.target);
        self.relay.targets.iter().any(fed)
    }
}

impl Studio {
    /// Sets how the relay is used. Custom targets and what was measured stay as they are; port and hold count from
    /// the next start. Keeping the settings is the shell's.
    pub fn set_relay(&self, settings: &RelaySettings) -> Result<(), Failure> {
        settings.check()?;
        self.change_relay_settings(|now| {
            let (custom, measured_kbps) = (std::mem::take(&mut now.custom), now.measured_kbps);
            *now = RelaySettings { measured_kbps, custom, ..settings.clone() };
        });
        Ok(())
    }

    fn change_relay_settings(&self, change: impl FnOnce(&mut RelaySettings)) {
        self.0.change(|p| {
            let mut relay = p.preferences.relay.clone();
            change(&mut relay);
            p.set_preferences(Preferences { relay, ..p.preferences.clone() });
        });
    }

    /// Waits until the line was measured: the preferences want saving then.
    pub async fn relay_measured(&self) {
        self.0.relay.measured.notified().await;
    }

    /// A part of the relay's own address, for the clipboard; `WrongState` while it is off.
    pub fn relay_part(&self, part: PushPart) -> Result<SecretString, Failure> {
        let push = self.relay_address()?;
        Ok(match part {
            PushPart::Server => push.server.into(),
            PushPart::Key => push.key,
            PushPart::Whole => push.whole(),
        })
    }

    /// What the encoder is to be given; `WrongState` while it is off.
    pub(super) fn relay_address(&self) -> Result<PushAddress, Failure> {
        Ok(self.0.relay.current()?.address())
    }

    /// Ends the relay with its farewells: the program ends. What is kept of it stays: rooms that are still on air are
    /// fed again at the next start, at the same address.
    pub async fn leave_relay(&self) {
        self.0.relay.left.store(true, Ordering::SeqCst);
        let running = self.0.relay.running().take();
        if let Some(running) = running {
            running.cancel.cancel();
            running.relay.stop().await;
        }
    }

    /// The relay, started if it is off. The gate is held by the caller.
    async fn ensure_relay(&self, alone: bool) -> Result<(), Failure> {
        if self.0.relay.running().is_some() {
            return Ok(());
        }
        let port = self.0.lock().preferences.relay.port;
        let started = match self.0.relay.driver.fresh_key() {
            Ok(key) => self.start_relay(Session { key, port }, alone).await,
            Err(failure) => Err(failure),
        };
        started.inspect_err(|failure| {
            let problem = self.0.problem(failure.without_cause());
            self.0.change(|p| p.change_relay(|view| view.state = RelayState::Broken { problem }));
        })
    }

    async fn start_relay(&self, session: Session, alone: bool) -> Result<(), Failure> {
        let hold = Duration::from_secs(self.0.lock().preferences.relay.hold_seconds.into());
        let wanted = RelayStart { port: session.port, key: session.key.clone(), hold };
        let relay = self.0.relay.driver.start(wanted).await?;
        let address = relay.address();
        let cancel = CancellationToken::new();
        *self.0.relay.running() = Some(Running {
            relay: Arc::clone(&relay),
            session,
            targets: Vec::new(),
            alone,
            course: Course::new(hold),
            cancel: cancel.clone(),
        });
        self.0.change(|p| {
            p.change_relay(|view| {
                let (state, server) = (RelayState::On, Some(address.server.clone()));
                *view = RelayView { state, server, ..RelayView::default() };
            });
            p.relay_facts.address = Some(address);
            p.settle_encoder_room();
        });
        let studio = self.clone();
        tokio::spawn(async move { studio.follow_relay(relay, cancel).await });
        Ok(())
    }

    /// Stops the relay for good; key and list leave the keyring. The gate is held by the caller.
    async fn stop_relay(&self) {
        let Some(running) = self.0.relay.running().take() else { return };
        running.cancel.cancel();
        running.relay.stop().await;
        self.show_relay_off(RelayState::Off);
        self.keep_session();
    }

    fn show_relay_off(&self, state: RelayState) {
        self.0.change(|p| {
            p.change_relay(|view| *view = RelayView { state, ..RelayView::default() });
            p.relay_facts = RelayFacts::default();
            p.settle_encoder_room();
        });
    }

    /// Keeps the view current and the targets right, until the relay ends.
    async fn follow_relay(&self, relay: Arc<dyn Relay>, cancel: CancellationToken) {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let alive = tokio::select! {
                () = cancel.cancelled() => return,
                alive = relay.changed() => {
                    self.show_relay(&relay, false);
                    alive
                }
                _ = look.tick() => {
                    self.settle_relay().await;
                    self.show_relay(&relay, true);
                    true
                }
            };
            if !alive {
                self.relay_died(&relay).await;
                return;
            }
        }
    }

    /// The relay is over, and nobody stopped it.
    async fn relay_died(&self, relay: &Arc<dyn Relay>) {
        let _one_at_a_time = self.0.relay.gate.lock().await;
        let ours = {
            let mut running = self.0.relay.running();
            let ours = running.as_ref().is_some_and(|r| Arc::ptr_eq(&r.relay, relay));
            if ours {
                *running = None;
            }
            ours
        };
        if ours {
            let problem = self.0.problem(Failure::new(ProblemCode::Internal));
            self.show_relay_off(RelayState::Broken { problem });
            self.keep_session();
        }
    }
}
