//! What the platforms share: the clock, the ingest, the switches, and each platform's state.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::fault::{Calls, Faults};
use crate::ingest::Ingest;
use crate::{Addresses, SandboxAccount, bilibili, qiniu, taobao, weibo};

/// Which form of its replies a platform serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// As the first documents had it (Weibo's `rtmp_url`, for one).
    Documented,
    /// As later documents and captured replies have it (Weibo's `url`).
    #[default]
    Corrected,
}

/// A room as the platform sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoomState {
    /// The platform's id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Notice, news or summary; empty when the platform has none.
    pub notice: String,
    /// Tags, where the platform has any.
    pub tags: Vec<String>,
    /// The cover picture's address; empty when there is none.
    pub cover_url: String,
    /// The area's id; empty when the platform has none.
    pub area: String,
    /// Only the streamer can see it.
    pub private: bool,
    /// Where the replay is, once told; empty when the platform has none.
    pub replay_url: String,
    /// The platform's word or number for the status.
    pub status: String,
    /// Can viewers watch it now?
    pub live: bool,
}

/// What every played platform can be asked by [`crate::Control`] and [`crate::Sandbox`].
pub(crate) trait Stage: Send + Sync {
    /// One of [`crate::PLATFORMS`].
    fn name(&self) -> &'static str;

    /// The account to connect.
    fn account(&self, house: &House) -> SandboxAccount;

    /// All rooms that exist.
    fn rooms(&self, house: &House) -> Vec<RoomState>;

    /// One room.
    fn room(&self, house: &House, id: &str) -> Option<RoomState> {
        self.rooms(house).into_iter().find(|room| room.id == id)
    }

    /// A viewer says something. False when the room can't take it.
    fn viewer_says(&self, _house: &House, _room: &str, _name: &str, _text: &str) -> bool {
        false
    }

    /// What the streamer said in the room, oldest first.
    fn chat_received(&self, _room: &str) -> Vec<String> {
        Vec::new()
    }

    /// All credentials given out so far stop being valid; new ones are ready in `account`.
    fn expire_tokens(&self) {}

    /// Going live asks for a face check first (Bilibili).
    fn require_face_check(&self, _on: bool) {}
}

/// The clock of the house: real time plus what tests added.
#[derive(Debug, Default)]
pub(crate) struct Clock(AtomicI64);

impl Clock {
    /// Now, with the added time.
    pub(crate) fn now(&self) -> Timestamp {
        let added = SignedDuration::from_millis(self.0.load(Ordering::Relaxed));
        let real = Timestamp::now();
        real.checked_add(added).unwrap_or(real)
    }

    /// Puts the clock forward.
    pub(crate) fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(by, Ordering::Relaxed);
    }
}

/// Shared by all platforms.
pub(crate) struct House {
    pub(crate) clock: Clock,
    pub(crate) ingest: Ingest,
    pub(crate) faults: Faults,
    pub(crate) calls: Calls,
    chatter: AtomicBool,
    dialects: Mutex<[Dialect; 4]>,
    addresses: Addresses,
    shutdown: CancellationToken,
    pub(crate) weibo: weibo::State,
    pub(crate) taobao: taobao::State,
    pub(crate) qiniu: qiniu::State,
    pub(crate) bilibili: bilibili::State,
}

impl House {
    pub(crate) fn new(
        config: &crate::Config,
        addresses: Addresses,
        ingest: Ingest,
        shutdown: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            clock: Clock::default(),
            ingest,
            faults: Faults::default(),
            calls: Calls::default(),
            chatter: AtomicBool::new(config.chatter),
            dialects: Mutex::new([config.dialect; 4]),
            addresses,
            shutdown,
            weibo: weibo::State::default(),
            taobao: taobao::State::default(),
            qiniu: qiniu::State::default(),
            bilibili: bilibili::State::new(config.bilibili_streamers),
        })
    }

    /// The platforms, in the order of [`crate::PLATFORMS`].
    pub(crate) fn platforms(&self) -> [&dyn Stage; 4] {
        [&self.weibo, &self.taobao, &self.qiniu, &self.bilibili]
    }

    /// One platform by its name.
    pub(crate) fn platform(&self, name: &str) -> Option<&dyn Stage> {
        self.platforms().into_iter().find(|platform| platform.name() == name)
    }

    /// Where everything listens.
    pub(crate) fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Shall viewers talk by themselves?
    pub(crate) fn chatter(&self) -> bool {
        self.chatter.load(Ordering::Relaxed)
    }

    /// Switches the viewers' talk.
    pub(crate) fn set_chatter(&self, on: bool) {
        self.chatter.store(on, Ordering::Relaxed);
    }

    /// The form of a platform's replies.
    pub(crate) fn dialect(&self, platform: &str) -> Dialect {
        let at = crate::PLATFORMS.iter().position(|name| *name == platform);
        at.and_then(|at| lock(&self.dialects).get(at).copied()).unwrap_or_default()
    }

    /// Changes the form of a platform's replies.
    pub(crate) fn set_dialect(&self, platform: &str, dialect: Dialect) {
        if let Some(at) = crate::PLATFORMS.iter().position(|name| *name == platform) {
            lock(&self.dialects)[at] = dialect;
        }
    }

    /// Runs `task` until it ends or the sandbox does.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let shutdown = self.shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = task => {}
            }
        });
    }

    /// Ends every task, listener and connection.
    pub(crate) fn close(&self) {
        self.shutdown.cancel();
    }
}

/// Locks, also after a panic elsewhere: the sandbox has no invariant that half a change would break.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
