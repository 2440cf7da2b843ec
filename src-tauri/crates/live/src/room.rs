//! Rooms and broadcasts: what viewers open, and what the platform says of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::push::PushAddress;

/// Kaibo's own name for a room; opaque, stable, safe to log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RoomId(pub String);

/// The platform's name for a room or live object (Weibo `id`, Qiniu `live_id`, Bilibili `room_id`,
/// Taobao `live_id`). Opaque text, whatever it looks like.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RemoteId(pub String);

/// What viewers can see: the platform's word, not whether video arrives (that is [`Signal`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Status {
    /// Not asked yet, or the platform's number is not known.
    Unknown,
    /// Made, nothing to see.
    NotStarted,
    /// On air.
    Live,
    /// A loop of recordings plays (Bilibili).
    Replay,
    /// Over.
    Ended,
    /// Put off (Weibo).
    Postponed,
    /// The anchor dropped out (Weibo).
    AnchorAway,
    /// Deleted.
    Deleted,
}

impl Status {
    /// Is a broadcast under way? It still is while its anchor is away: viewers stay, and it goes on when video comes
    /// back. None when the platform's word isn't known.
    pub fn on_air(self) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::Live | Self::AnchorAway => Some(true),
            Self::NotStarted | Self::Replay | Self::Ended | Self::Postponed | Self::Deleted => Some(false),
        }
    }

    /// Is a broadcast under way for certain?
    pub fn is_on_air(self) -> bool {
        self.on_air() == Some(true)
    }
}

/// Whether video arrives at the platform's door, as far as it can be asked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Signal {
    /// Nobody can be asked.
    #[default]
    Unknown,
    /// Asked: nothing arrives.
    None,
    /// Video arrives.
    Arriving {
        /// Measured over the last seconds, kilobits a second.
        kbps: u32,
        /// Picture width in pixels, 0 when not told.
        width: u32,
        /// Picture height in pixels, 0 when not told.
        height: u32,
    },
}

/// A number about a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum FigureKind {
    /// Watching now (Weibo `live_views`, Qiniu `online_count`).
    Watching,
    /// Bilibili's popularity number; not a head count.
    Popularity,
    /// Came by so far (Weibo `total_views`).
    Views,
    /// Likes (Weibo `total_stars`).
    Likes,
    /// Followers of the room's owner (Bilibili `attention`).
    Followers,
    /// Page views (Qiniu).
    PageViews,
    /// Unique visitors (Qiniu).
    Visitors,
    /// Length as the platform tells it, seconds (Taobao).
    Duration,
}

/// Figures as read, by kind. A figure the platform doesn't offer isn't here.
pub type Figures = BTreeMap<FigureKind, u64>;

/// An address to watch at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PlayAddress {
    /// What it plays.
    pub form: PlayForm,
    /// `hd`, `ld`, or empty.
    pub quality: String,
    /// The address.
    pub url: String,
}

/// The form of a play address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum PlayForm {
    /// HTTP-FLV.
    Flv,
    /// HLS.
    Hls,
    /// RTMP.
    Rtmp,
    /// A recording.
    Replay,
}

/// An area (category) of a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Area {
    /// The platform's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The group it is in.
    pub group: String,
}

/// Who can see a broadcast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Visibility {
    /// Everybody.
    #[default]
    Public,
    /// The streamer alone.
    Private,
}

/// What the platform says of a room, read in one go.
#[derive(Debug, Clone)]
pub struct RoomFacts {
    /// The platform's name for it.
    pub remote: RemoteId,
    /// Title.
    pub title: Option<String>,
    /// Longer text.
    pub summary: Option<String>,
    /// Notice board.
    pub notice: Option<String>,
    /// Cover picture.
    pub cover_url: Option<String>,
    /// What viewers can see.
    pub status: Status,
    /// The platform's own number for it.
    pub status_code: Option<i64>,
    /// When it went live.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What viewers open in a browser.
    pub landing_url: Option<String>,
    /// Where to watch.
    pub play: Vec<PlayAddress>,
    /// Numbers.
    pub figures: Figures,
    /// Area.
    pub area: Option<Area>,
    /// Tags.
    pub tags: Vec<String>,
    /// Where to push, when this answer told it.
    pub push: Option<PushAddress>,
}

impl RoomFacts {
    /// Facts of which only the name is known.
    pub fn of(remote: RemoteId) -> Self {
        Self {
            remote,
            title: None,
            summary: None,
            notice: None,
            cover_url: None,
            status: Status::Unknown,
            status_code: None,
            started_at: None,
            ended_at: None,
            landing_url: None,
            play: Vec::new(),
            figures: Figures::new(),
            area: None,
            tags: Vec::new(),
            push: None,
        }
    }
}

/// What the streamer wants a broadcast to say. Each platform takes the parts it can.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Details {
    /// Title.
    pub title: String,
    /// Longer text; empty means none.
    pub summary: String,
    /// Notice board; empty means none.
    pub notice: String,
    /// Cover picture's address; empty means none.
    pub cover_url: String,
    /// Area id; empty means the room's last one.
    pub area_id: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Who can see it.
    pub visibility: Visibility,
}

/// A change to a room. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Edit {
    /// New title.
    pub title: Option<String>,
    /// New longer text.
    pub summary: Option<String>,
    /// New notice; empty clears it.
    pub notice: Option<String>,
    /// New cover address.
    pub cover_url: Option<String>,
    /// New area id.
    pub area_id: Option<String>,
    /// Tags to add.
    pub add_tags: Vec<String>,
    /// Tags to remove.
    pub remove_tags: Vec<String>,
    /// New visibility.
    pub visibility: Option<Visibility>,
    /// Where the replay is.
    pub replay_url: Option<String>,
}
