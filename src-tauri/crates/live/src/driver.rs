//! What a platform offers the domain: a [`Driver`] a platform, a [`Connection`] an account, and one
//! small trait for each thing that only some can do. "Taobao can't push" is `None`, not an error.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use crate::account::{Profile, Settings};
use crate::chat::ChatOut;
use crate::clock::Clock;
use crate::platform::PlatformInfo;
use crate::problem::Failure;
use crate::push::PushAddress;
use crate::room::{Area, Details, Edit, RemoteId, RoomFacts, Signal};
use crate::secret::Credentials;

/// The result of asking a platform.
pub type Outcome<T> = Result<T, Failure>;

/// A platform: what it is, and how an account connects to it.
pub trait Driver: Send + Sync {
    /// What it is and can do.
    fn info(&self) -> PlatformInfo;

    /// Makes a connection. No call is sent yet; a field of the wrong form is `Invalid`.
    fn connect(
        &self,
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Arc<dyn Connection>>;
}

/// One account's connection. Each method is one intention; the calls behind it are the platform's.
///
/// Reads may be repeated inside. Writes are sent once: a lost answer comes back as
/// [`ProblemCode::OutcomeUnknown`](crate::problem::ProblemCode::OutcomeUnknown).
#[async_trait]
pub trait Connection: Send + Sync {
    /// Are the credentials good, and whose are they? Must not change anything.
    async fn check(&self) -> Outcome<Profile>;

    /// The account's rooms, as far as the platform can list them.
    async fn find_rooms(&self) -> Outcome<Vec<RoomFacts>>;

    /// Reads a room.
    async fn read(&self, room: &RemoteId) -> Outcome<RoomFacts>;

    /// Least time between two readings of one room that the account's call budget allows.
    fn read_interval(&self) -> Duration;

    /// Making a room.
    fn create(&self) -> Option<&dyn CreateRoom> {
        None
    }
    /// Changing a room's details.
    fn edit(&self) -> Option<&dyn EditRoom> {
        None
    }
    /// Starting by call.
    fn start(&self) -> Option<&dyn StartRoom> {
        None
    }
    /// Ending.
    fn end(&self) -> Option<&dyn EndRoom> {
        None
    }
    /// Deleting.
    fn delete(&self) -> Option<&dyn DeleteRoom> {
        None
    }
    /// Keeping a live room alive.
    fn keep_alive(&self) -> Option<&dyn KeepAlive> {
        None
    }
    /// Hearing the chat.
    fn chat(&self) -> Option<&dyn ChatSource> {
        None
    }
    /// Answering in the chat.
    fn speak(&self) -> Option<&dyn ChatSink> {
        None
    }
    /// The list of areas.
    fn areas(&self) -> Option<&dyn Areas> {
        None
    }
    /// Asking the ingest whether video arrives.
    fn signal(&self) -> Option<&dyn SignalSource> {
        None
    }
}

/// Making a room.
#[async_trait]
pub trait CreateRoom: Send + Sync {
    /// Makes it. `push` is filled in where the platform tells the address at once.
    async fn create(&self, details: &Details) -> Outcome<RoomFacts>;

    /// After a lost answer: was a room with these details made at or after `since`?
    async fn look_for(&self, details: &Details, since: Timestamp) -> Outcome<Looked>;
}

/// What looking for a room after a lost answer found.
#[derive(Debug)]
pub enum Looked {
    /// It is there.
    Found(Box<RoomFacts>),
    /// It isn't: making it again is safe.
    Absent,
    /// The platform has no way to tell.
    CannotTell,
}

/// Changing a room's details.
#[async_trait]
pub trait EditRoom: Send + Sync {
    /// Sends the changes, each in the platform's own call, in order; stops at the first refusal.
    async fn edit(&self, room: &RemoteId, edit: &Edit) -> Outcome<()>;
}

/// Starting a broadcast by call.
#[async_trait]
pub trait StartRoom: Send + Sync {
    /// Starts it. Starting a live room again is not an error.
    async fn start(&self, room: &RemoteId, details: &Details) -> Outcome<Started>;
}

/// A broadcast that was started.
#[derive(Debug)]
pub struct Started {
    /// Where to push, when the start told it.
    pub push: Option<PushAddress>,
}

/// Ending a broadcast.
#[async_trait]
pub trait EndRoom: Send + Sync {
    /// Ends it. A lying answer is re-read inside: `Ok` means it is over.
    async fn end(&self, room: &RemoteId) -> Outcome<()>;
}

/// Deleting a live object. Can't be undone.
#[async_trait]
pub trait DeleteRoom: Send + Sync {
    /// Deletes it. One that is gone already is not an error.
    async fn delete(&self, room: &RemoteId) -> Outcome<()>;
}

/// Keeping a live room alive (Qiniu ends a room after ten minutes without a heartbeat).
#[async_trait]
pub trait KeepAlive: Send + Sync {
    /// Time between beats.
    fn interval(&self) -> Duration;
    /// One beat; `false` means the room is over.
    async fn beat(&self, room: &RemoteId) -> Outcome<bool>;
}

/// Hearing a room's chat.
#[async_trait]
pub trait ChatSource: Send + Sync {
    /// Listens until something fails or the reader goes away (`Ok`). Reconnecting is the caller's.
    async fn listen(&self, room: &RemoteId, out: ChatOut) -> Outcome<()>;
}

/// Answering in a room's chat.
#[async_trait]
pub trait ChatSink: Send + Sync {
    /// Sends one line. `Ok` means viewers can see it.
    async fn say(&self, room: &RemoteId, text: &str) -> Outcome<()>;
}

/// The platform's areas.
#[async_trait]
pub trait Areas: Send + Sync {
    /// All of them, grouped as the platform groups them.
    async fn list(&self) -> Outcome<Vec<Area>>;
}

/// Asking an ingest whether video arrives at a push address.
#[async_trait]
pub trait SignalSource: Send + Sync {
    /// Asks.
    async fn ask(&self, push: &PushAddress) -> Outcome<Signal>;
}
