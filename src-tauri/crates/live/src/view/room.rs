//! What the window sees of a room.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::account::AccountId;
use crate::platform::Platform;
use crate::problem::Problem;
use crate::room::{Area, FigureKind, PlayAddress, RemoteId, RoomId, Signal, Status, Visibility};

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RoomView {
    /// Kaibo's name for it.
    pub id: RoomId,
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub platform: Platform,
    /// What stands in the rail.
    pub name: String,
    /// Played by the sandbox.
    pub sandbox: bool,
    /// The platform's id; none before the first broadcast of a Weibo or Qiniu account.
    pub remote: Option<RemoteId>,
    /// Title as the platform has it, else as it was last set.
    pub title: String,
    /// Longer text.
    pub summary: String,
    /// Notice.
    pub notice: String,
    /// Cover.
    pub cover_url: String,
    /// Area.
    pub area: Option<Area>,
    /// Tags.
    pub tags: Vec<String>,
    /// Who can see it.
    pub visibility: Visibility,
    /// What viewers can see.
    pub status: Status,
    /// The platform's own number for it.
    #[ts(type = "number | null")]
    pub status_code: Option<i64>,
    /// Does video arrive?
    pub signal: Signal,
    /// What Kaibo is doing with it.
    pub busy: Option<Action>,
    /// What is wrong with it. Cleared by the next success.
    pub problem: Option<Problem>,
    /// On air since, ms since 1970.
    #[ts(type = "number | null")]
    pub started_at: Option<i64>,
    /// Over since, ms since 1970.
    #[ts(type = "number | null")]
    pub ended_at: Option<i64>,
    /// What viewers open.
    pub landing_url: Option<String>,
    /// Where to watch.
    pub play: Vec<PlayAddress>,
    /// Numbers, by kind.
    #[ts(type = "Partial<Record<FigureKind, number>>")]
    pub figures: BTreeMap<FigureKind, u64>,
    /// Where to push; the key stays behind.
    pub push: Option<PushView>,
    /// Since when a live object may be there that was asked for and whose making can't be told, ms since 1970.
    /// Another is made only after the streamer looked (`settle_lost`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub lost_since: Option<i64>,
    /// How its chat is doing.
    pub chat: ChatHealth,
    /// When the platform was last asked, ms since 1970.
    #[ts(type = "number | null")]
    pub read_at: Option<i64>,
}

/// Readings of a room that are kept for sparklines: of the whole broadcast, further apart the longer it lasts.
pub const READINGS_KEPT: usize = 60;

/// Figures at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Reading {
    /// When, ms since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// Numbers, by kind.
    #[ts(type = "Partial<Record<FigureKind, number>>")]
    pub figures: BTreeMap<FigureKind, u64>,
}

/// A push address without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PushView {
    /// OBS's *Server*.
    pub server: String,
    /// Is there a key to copy? SRT has none.
    pub has_key: bool,
}

/// How a room's chat is doing: quiet is told from broken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum ChatHealth {
    /// The platform has no chat for Kaibo.
    #[default]
    None,
    /// Not on air, so not listening.
    Off,
    /// Connecting.
    Connecting,
    /// Listening.
    Listening {
        /// Last line, ms since 1970.
        #[ts(type = "number | null")]
        last_line: Option<i64>,
        /// Last sign of life, ms since 1970.
        #[ts(type = "number")]
        last_alive: i64,
        /// Times it had to be connected anew.
        reconnects: u32,
    },
    /// Broken; it will be tried again.
    Broken {
        /// When, ms since 1970.
        #[ts(type = "number")]
        retry_at: i64,
        /// Tries so far.
        tries: u32,
        /// Why.
        problem: Problem,
    },
}

/// What Kaibo can be doing with a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Action {
    /// Making the room.
    Create,
    /// Starting the broadcast.
    Start,
    /// Changing details.
    Edit,
    /// Ending the broadcast.
    End,
    /// Deleting the room.
    Delete,
}

/// A part of a push address to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum PushPart {
    /// OBS's *Server*.
    Server,
    /// OBS's *Stream Key*.
    Key,
    /// Both in one.
    Whole,
}
