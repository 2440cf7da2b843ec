//! The studio: accounts, rooms and everything done with them. The shell calls it, the window watches it.

mod accounts;
mod actions;
mod alarm;
mod backoff;
mod chat;
mod cover;
mod encoder;
mod entry;
mod export;
mod face;
mod facts;
mod forget;
mod form;
mod glance;
mod history;
mod keep;
mod lines;
mod milestones;
mod moderation;
mod notices;
mod open;
mod overlay;
mod people;
mod picture;
mod pins;
mod preflight;
mod readings;
mod recover;
mod relay;
mod renewal;
mod restart;
mod run;
mod run_view;
mod sandbox;
mod shortcuts;
mod sign_in;
mod supervise;
mod thanks;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::account::{Account, AccountId};
use crate::clock::Clock;
use crate::driver::{Connection, Driver};
use crate::encoder::EncoderDriver;
use crate::history::History;
use crate::platform::{Platform, PlatformInfo};
use crate::problem::{Failure, Problem, ProblemCode};
use crate::push::PushAddress;
use crate::relay::RelayDriver;
use crate::room::{RemoteId, RoomId};
use crate::secret::{Credentials, SecretStore, VaultState};
use crate::store::Store;
use crate::view::{Preferences, PushPart, Snapshot, Update};

use alarm::on_air;
pub use glance::Glance;
use keep::vault_failure;
pub(crate) use milestones::{of_figure as milestone_of, reached};
pub use notices::{Notice, NoticeKind};
use picture::{CHAT_IN_SNAPSHOT, Picture, Waiting};
pub use shortcuts::{Pressed, Stance};

/// What may wait for the window waits so long at most.
const BEAT_MS: i64 = 10_000;

/// What the studio is made of.
pub struct Parts {
    /// The platforms, in the order they are shown.
    pub drivers: Vec<(Platform, Box<dyn Driver>)>,
    /// The keyring.
    pub vault: Arc<dyn SecretStore>,
    /// Memory, for sandbox accounts.
    pub sandbox_vault: Arc<dyn SecretStore>,
    /// The database.
    pub store: Store,
    /// The chat's history.
    pub history: History,
    /// Time and chance.
    pub clock: Arc<dyn Clock>,
    /// Where sandbox accounts come from.
    pub sandbox: Arc<dyn SandboxHost>,
    /// Reaches the program that sends the video.
    pub encoder: Arc<dyn EncoderDriver>,
    /// Starts the relay.
    pub relay: Arc<dyn RelayDriver>,
    /// As they were last kept.
    pub preferences: Preferences,
}

/// Plays the platforms on this machine. The shell implements it; the domain decides when.
#[async_trait]
pub trait SandboxHost: Send + Sync {
    /// Starts playing and answers one account a platform, ready to connect.
    async fn start(&self) -> Result<Vec<SandboxAccount>, Failure>;
    /// Stops playing.
    async fn stop(&self);
}

/// An account of the sandbox: a filled-in connect form.
#[derive(Debug)]
pub struct SandboxAccount {
    /// Where.
    pub platform: Platform,
    /// Its name.
    pub name: String,
    /// Plain fields.
    pub settings: BTreeMap<String, String>,
    /// Secret fields. They open nothing outside this machine.
    pub secrets: Credentials,
}

/// See the module.
#[derive(Clone)]
pub struct Studio(Arc<Inner>);

struct Inner {
    drivers: Vec<(Platform, Box<dyn Driver>, PlatformInfo)>,
    vault: Arc<dyn SecretStore>,
    sandbox_vault: Arc<dyn SecretStore>,
    store: Store,
    sandbox_store: Store,
    history: History,
    /// What the sandbox's rooms say leaves no trace.
    sandbox_history: History,
    clock: Arc<dyn Clock>,
    sandbox: Arc<dyn SandboxHost>,
    encoder: encoder::Link,
    relay: relay::Plug,
    picture: Mutex<Picture>,
    changed: Notify,
    opened: watch::Sender<bool>,
    /// Held while the sandbox is switched on or off.
    sandbox_gate: tokio::sync::Mutex<()>,
    /// Held while an account's keyring entry is read, changed and written.
    vault_gate: tokio::sync::Mutex<()>,
    /// Held while a new account is tried and kept, so that one person isn't connected twice.
    connect_gate: tokio::sync::Mutex<()>,
    /// Whoever counts what waits for thanks is to look again.
    thanks_due: Arc<Notify>,
    /// Held while a person's marks are kept and shown.
    marks_gate: tokio::sync::Mutex<()>,
    /// The sign-in under way.
    sign_in: Mutex<sign_in::Current>,
    /// Account pictures asked for lately.
    pictures: Mutex<facts::Pictures>,
    /// Lists of areas asked for lately.
    areas: Mutex<preflight::AreaLists>,
    /// Ends the checks under way.
    preflight_end: Mutex<CancellationToken>,
    /// Ends the export under way.
    export_end: Mutex<CancellationToken>,
    /// Ends what a run still waits for.
    run_end: Mutex<CancellationToken>,
    /// Accounts whose full keyring was told of.
    told_full: Mutex<BTreeSet<AccountId>>,
    /// Places for uploading covers.
    uploading: Semaphore,
    /// Places for moderating.
    moderating: Semaphore,
    /// What was told outside the window.
    told: Mutex<notices::Told>,
}

impl Studio {
    /// Makes a studio; nothing is read or asked yet.
    pub fn new(parts: Parts) -> Result<Self, Failure> {
        let drivers = parts.drivers.into_iter().map(|(p, d)| {
            let info = d.info();
            (p, d, info)
        });
        let mut picture = Picture::default();
        picture.preferences = parts.preferences;
        Ok(Self(Arc::new(Inner {
            drivers: drivers.collect(),
            vault: parts.vault,
            sandbox_vault: parts.sandbox_vault,
            store: parts.store,
            sandbox_store: Store::in_memory()?,
            history: parts.history,
            sandbox_history: History::private()?,
            clock: parts.clock,
            sandbox: parts.sandbox,
            encoder: encoder::Link::new(parts.encoder),
            relay: relay::Plug::new(parts.relay),
            picture: Mutex::new(picture),
            changed: Notify::new(),
            opened: watch::Sender::new(false),
            sandbox_gate: tokio::sync::Mutex::default(),
            vault_gate: tokio::sync::Mutex::default(),
            connect_gate: tokio::sync::Mutex::default(),
            thanks_due: Arc::default(),
            marks_gate: tokio::sync::Mutex::default(),
            sign_in: Mutex::default(),
            pictures: Mutex::default(),
            areas: Mutex::default(),
            preflight_end: Mutex::default(),
            export_end: Mutex::default(),
            run_end: Mutex::default(),
            told_full: Mutex::default(),
            uploading: Semaphore::new(cover::AT_ONCE),
            moderating: Semaphore::new(moderation::AT_ONCE),
            told: Mutex::default(),
        })))
    }

    /// Everything, for a window that has just opened.
    pub fn snapshot(&self, version: &str, system_language: &str) -> Snapshot {
        let mut picture = self.0.lock();
        picture.clean();
        let chat = picture.chat.last(CHAT_IN_SNAPSHOT);
        Snapshot {
            version: version.to_owned(),
            platforms: self.0.drivers.iter().map(|(_, _, info)| info.clone()).collect(),
            accounts: picture.accounts.iter().map(|a| a.view.clone()).collect(),
            rooms: picture.rooms.iter().map(|r| r.view.clone()).collect(),
            readings: picture.readings(),
            pinned: picture.chat.pinned(chat.first()),
            chat,
            run: picture.run.clone(),
            sign_in: picture.sign_in.clone(),
            preflight: picture.preflight.clone(),
            journal: picture.journal.iter().cloned().collect(),
            encoder: picture.encoder.clone(),
            overlay: picture.overlay.clone(),
            relay: picture.relay.clone(),
            shortcuts: picture.shortcuts(),
            marked: picture.marked.values().cloned().collect(),
            thanks_waiting: picture.thanks_waiting,
            alarms: picture.alarms.clone(),
            vault: picture.vault.clone().unwrap_or(VaultState::Unknown),
            sandbox: picture.sandbox,
            preferences: picture.preferences.clone(),
            system_language: system_language.to_owned(),
        }
    }

    /// Waits for something the window hasn't seen. What changes while nobody waits is merged, so a slow
    /// window costs no memory.
    pub async fn next_updates(&self) -> Vec<Update> {
        let mut due = None;
        loop {
            let changed = self.0.changed.notified();
            let due = {
                let mut picture = self.0.lock();
                let waits = match picture.waiting() {
                    Waiting::Nothing => None,
                    Waiting::Later => Some(*due.get_or_insert_with(|| self.0.next_beat())),
                    Waiting::Now => return picture.take_updates(),
                };
                if waits.is_some_and(|due| Instant::now() >= due) {
                    return picture.take_updates();
                }
                waits
            };
            match due {
                // Whichever comes first: the loop looks.
                Some(due) => _ = tokio::time::timeout_at(due, changed).await,
                None => changed.await,
            }
        }
    }

    /// Shows other preferences. Keeping them is the shell's. Where the encoder is stays as it is: that changes
    /// by connecting and forgetting it alone; and so do the settings of overlay ([`set_overlay`](Self::set_overlay)),
    /// relay ([`set_relay`](Self::set_relay)) and shortcuts ([`set_shortcut`](Self::set_shortcut)).
    pub async fn set_preferences(&self, preferences: Preferences) {
        self.0.change(|p| {
            let encoder = p.preferences.encoder.clone();
            let overlay = p.preferences.overlay.clone();
            let relay = p.preferences.relay.clone();
            let shortcuts = p.preferences.shortcuts.clone();
            p.set_preferences(Preferences { encoder, overlay, relay, shortcuts, ..preferences }.bounded());
        });
        self.0.thanks_due.notify_one();
        self.settle_sandbox().await;
    }

    /// The preferences with what is remembered of this *Go live*.
    pub fn preferences_after(&self, request: &crate::view::GoLive) -> Preferences {
        let picture = self.0.lock();
        let own = |id: &RoomId| picture.room(id).is_some_and(|r| !r.view.sandbox);
        let mut preferences = picture.preferences.clone();
        // Of rooms that were forgotten nothing is remembered.
        preferences.last.retain(|id, _| picture.room(id).is_some());
        preferences.remembering(request, own)
    }

    /// The preferences as they stand.
    pub fn preferences(&self) -> Preferences {
        self.0.lock().preferences.clone()
    }

    /// Is a broadcast of the streamer's own on air, or fed by the relay, the sandbox's aside? Closing the window then
    /// asks first. A room that is only watched (Taobao) doesn't count.
    pub fn is_on_air(&self) -> bool {
        let picture = self.0.lock();
        let mut own = picture.rooms.iter().filter(|r| r.abilities.end && !r.view.sandbox);
        own.any(on_air) || picture.feeds_own()
    }

    /// Makes the window ask before it closes.
    pub fn ask_before_closing(&self) {
        self.0.change(Picture::ask_before_closing);
    }

    /// Tells the window that a copied key was cleared from the clipboard.
    pub fn clipboard_cleared(&self) {
        self.0.change(Picture::clipboard_cleared);
    }

    /// Tells the window of a problem outside any one room.
    pub fn tell(&self, failure: Failure) {
        let problem = self.0.problem(failure);
        self.0.change(|p| p.tell(problem));
    }

    /// Turns a failure into what the window shows; its cause goes to the log.
    pub fn problem(&self, failure: Failure) -> Problem {
        self.0.problem(failure)
    }

    /// Probes the keyring and shows how it is; when it has just become usable, accounts that waited for
    /// their secrets connect.
    pub async fn probe_vault(&self) -> VaultState {
        let state = self.0.vault.probe().await;
        self.0.change(|p| p.set_vault(state.clone()));
        if matches!(state, VaultState::Unlocked | VaultState::SessionOnly) {
            self.connect_waiting().await;
            if self.encoder_waits_for_keyring() {
                self.0.encoder.try_again();
            }
            self.resume_relay();
        }
        state
    }

    /// From now on secrets are kept in memory only, and go with the program.
    pub fn use_session_only(&self) {
        self.0.vault.use_session_only();
        self.0.change(|p| p.set_vault(VaultState::SessionOnly));
    }

    /// A part of a room's push address, for the clipboard or for *reveal*. The one way out for a key.
    pub fn push_part(&self, room: &RoomId, part: PushPart) -> Result<secrecy::SecretString, Failure> {
        let picture = self.0.lock();
        let entry = picture.room(room).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
        let none = || Failure::new(ProblemCode::NoStreamKey).at(entry.view.platform);
        let push: &PushAddress = entry.push.as_ref().ok_or_else(none)?;
        Ok(match part {
            PushPart::Server => push.server.clone().into(),
            PushPart::Key => push.key.clone(),
            PushPart::Whole => push.whole(),
        })
    }
}

impl Inner {
    fn lock(&self) -> std::sync::MutexGuard<'_, Picture> {
        self.picture.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn areas(&self) -> std::sync::MutexGuard<'_, preflight::AreaLists> {
        self.areas.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the checks under way; answers what will end the next.
    fn begin_preflight(&self) -> CancellationToken {
        renewed(&self.preflight_end)
    }

    /// Ends what the last run still waits for; answers what will end that of the next.
    fn end_waits(&self) -> CancellationToken {
        renewed(&self.run_end)
    }

    /// Changes the picture and wakes whoever feeds the window.
    fn change<T>(&self, change: impl FnOnce(&mut Picture) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_one();
        result
    }

    /// When what may wait is told: with every tenth second of the machine's clock, as the window's own clock moves then,
    /// and both are one frame.
    fn next_beat(&self) -> Instant {
        self.next_multiple_of(BEAT_MS)
    }

    /// When the machine's next second begins: what looks around once a second does so together, in one waking of the
    /// processor.
    fn next_second(&self) -> Instant {
        self.next_multiple_of(1_000)
    }

    fn next_multiple_of(&self, ms: i64) -> Instant {
        let left = ms - self.now_ms().rem_euclid(ms);
        Instant::now() + Duration::from_millis(left.unsigned_abs())
    }

    fn problem(&self, failure: Failure) -> Problem {
        failure.into_problem(self.clock.fresh_id())
    }

    fn now_ms(&self) -> i64 {
        self.clock.now().as_millisecond()
    }

    fn driver(&self, platform: Platform) -> Result<(&dyn Driver, &PlatformInfo), Failure> {
        self.drivers
            .iter()
            .find(|(p, ..)| *p == platform)
            .map(|(_, driver, info)| (driver.as_ref(), info))
            .ok_or_else(|| Failure::new(ProblemCode::Internal).at(platform))
    }

    fn store_of(&self, account: &Account) -> &Store {
        self.store_for(account.sandbox)
    }

    fn store_for(&self, sandbox: bool) -> &Store {
        if sandbox { &self.sandbox_store } else { &self.store }
    }

    fn history_of(&self, sandbox: bool) -> &History {
        if sandbox { &self.sandbox_history } else { &self.history }
    }

    fn vault_of(&self, account: &Account) -> &Arc<dyn SecretStore> {
        if account.sandbox { &self.sandbox_vault } else { &self.vault }
    }

    /// What a call about a room needs.
    fn connection_of(&self, room: &RoomId) -> Result<Connected, Failure> {
        let (account, remote) = {
            let picture = self.lock();
            let room = picture.room(room).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
            (room.view.account.clone(), room.view.remote.clone())
        };
        let (account, connection) = self.connection(&account)?;
        Ok((account, connection, remote))
    }

    fn connection(&self, account: &AccountId) -> Result<(Account, Arc<dyn Connection>), Failure> {
        let picture = self.lock();
        let entry = picture.account(account).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
        let platform = entry.account.platform;
        match &entry.connection {
            Some(connection) => Ok((entry.account.clone(), Arc::clone(connection))),
            None => Err(Failure::new(ProblemCode::KeyringLocked).at(platform)),
        }
    }
}

/// A room's account, its connection, and what the platform calls the room.
type Connected = (Account, Arc<dyn Connection>, Option<RemoteId>);

/// Cancels a token and puts a fresh one in its place.
fn renewed(place: &Mutex<CancellationToken>) -> CancellationToken {
    let fresh = CancellationToken::new();
    let mut held = place.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *held, fresh.clone()).cancel();
    fresh
}
