//! The rows of Qiniu's tables.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Go's zero time in Unix seconds: how an unset time is told.
pub(super) const UNSET: i64 = -62_135_596_800;

/// How long things last. The documented values; tests shorten them or put the clock forward.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// A user who doesn't beat leaves the room.
    pub(super) presence: Duration,
    /// A live whose anchor doesn't beat is ended.
    pub(super) live: Duration,
    /// Validity of a push address that wasn't given one.
    pub(super) publish: Duration,
    /// Validity of a client token that wasn't given one.
    pub(super) token: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            presence: Duration::from_secs(20),
            live: Duration::from_secs(600),
            publish: Duration::from_secs(3600),
            token: Duration::from_secs(7 * 24 * 3600),
        }
    }
}

/// A map of texts; absent is told apart from empty.
pub(super) type Extends = Option<BTreeMap<String, String>>;

#[derive(Debug, Clone, Default)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) nick: String,
    pub(super) avatar: String,
    pub(super) extends: Extends,
    pub(super) im_userid: i64,
    pub(super) admin: bool,
    /// Comes and goes by itself, beats without being asked.
    pub(super) guest: bool,
    pub(super) presence: Option<Presence>,
}

/// A user is in one room at a time.
#[derive(Debug, Clone)]
pub(super) struct Presence {
    pub(super) live: String,
    pub(super) joined_ms: i64,
    pub(super) seen_ms: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    Created = 0,
    Live = 1,
    Ended = 2,
}

/// Why an administrator ended a live.
#[derive(Debug, Clone)]
pub(super) struct Stopped {
    pub(super) reason: &'static str,
    pub(super) user: String,
    pub(super) at: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Live {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) notice: String,
    pub(super) cover_url: String,
    pub(super) extends: Extends,
    /// As spelled in the request that made the live.
    pub(super) anchor: String,
    pub(super) status: Status,
    /// Planned, then real; Unix seconds.
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) chat_id: i64,
    /// The query of the push address, made once.
    pub(super) push_query: String,
    pub(super) stopped: Option<Stopped>,
    /// The anchor's last sign of life.
    pub(super) beat_ms: i64,
    pub(super) joins: u64,
    pub(super) visitors: BTreeSet<String>,
    pub(super) likes: BTreeMap<String, u64>,
}

/// What makes a live.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    pub(super) anchor: String,
    pub(super) title: String,
    pub(super) notice: String,
    pub(super) cover_url: String,
    pub(super) extends: Extends,
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) publish_expire: Option<i64>,
}

/// Why something couldn't be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The anchor isn't a user.
    NoAnchor,
    /// A text is longer than its column, or the table is full.
    Unstorable,
    NoLive,
    NotAnchor,
    WrongStatus,
    Absent,
}
