//! What the window sees of the chat.

use serde::Serialize;
use ts_rs::TS;

use crate::chat::{ChatEvent, ChatKind, Gift, Person};
use crate::platform::Platform;
use crate::problem::Problem;
use crate::room::RoomId;

/// A line in the chat pane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ChatLine {
    /// Counts up over all rooms.
    #[ts(type = "number")]
    pub id: u64,
    /// Where.
    pub room: RoomId,
    /// Where.
    pub platform: Platform,
    /// What.
    pub kind: ChatKind,
    /// Who.
    pub who: Option<Person>,
    /// The text; cleaned, still to be shown as text only.
    pub text: String,
    /// What was given.
    pub gift: Option<Gift>,
    /// Shown at the top until then, ms since 1970.
    #[ts(type = "number | null")]
    pub until: Option<i64>,
    /// Taken back; the text is gone.
    pub recalled: bool,
    /// When, ms since 1970.
    #[ts(type = "number")]
    pub at: i64,
}

impl ChatLine {
    /// An event as line `id` of a room.
    pub(crate) fn of(id: u64, room: &RoomId, platform: Platform, event: ChatEvent) -> Self {
        Self {
            id,
            room: room.clone(),
            platform,
            kind: event.kind,
            who: event.who,
            text: event.text,
            at: event.at.as_millisecond(),
            gift: event.gift,
            until: event.until.map(jiff::Timestamp::as_millisecond),
            recalled: false,
        }
    }
}

/// What became of a line said in one room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Said {
    /// Where.
    pub room: RoomId,
    /// What went wrong; none when viewers can see it.
    pub problem: Option<Problem>,
}
