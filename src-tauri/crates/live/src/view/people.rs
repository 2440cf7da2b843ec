//! What the window sees of people: what the streamer noted of them, what is known of them, and whom to thank.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::chat::ChatKind;
use crate::platform::Platform;
use crate::room::RoomId;

/// The longest note of a person, in characters.
pub const NOTE_CAP: u32 = 500;
/// People that can be marked.
pub const MARKED_CAP: u32 = 10_000;
/// Entries in the thanks list.
pub const THANKS_CAP: u32 = 500;
/// Ticks in the thanks list that can be undone.
pub const THANKED_CAP: u32 = 100;
/// Kinds of gift named in one entry of the thanks list.
pub const THANKS_ITEMS: u32 = 8;
/// Names of a person that are told.
pub const NAMES_CAP: u32 = 8;

/// Somebody in a chat. People are told apart by platform and id; where the id is empty or `0`, by the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PersonRef {
    /// Where.
    pub platform: Platform,
    /// The platform's id, as a line has it.
    pub id: String,
    /// The name, as a line has it.
    pub name: String,
    /// Somebody made up, in a room of the sandbox.
    pub sandbox: bool,
}

/// What the streamer noted of a person. No platform hears of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Marks {
    /// A note, at most [`NOTE_CAP`] characters; may have several lines. Text only.
    pub note: String,
    /// Lines are highlighted.
    pub favourite: bool,
    /// Lines are highlighted as of somebody to keep an eye on.
    pub watch: bool,
    /// Lines aren't shown. The history has them.
    pub hidden: bool,
}

impl Marks {
    /// Is nothing noted?
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A person with marks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct MarkedPerson {
    /// Who, with the name of when the marks were set.
    pub person: PersonRef,
    /// What tells the person apart on that platform: the id, or `~` and the name where the id is empty or `0`.
    pub key: String,
    /// What was noted; nothing any more in an update that takes the marks away.
    pub marks: Marks,
}

/// What is known of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PersonView {
    /// Who.
    pub person: PersonRef,
    /// When Kaibo heard of them first, ms since 1970; none where the history has nothing of them.
    #[ts(type = "number | null")]
    pub first_seen: Option<i64>,
    /// When it did last, ms since 1970.
    #[ts(type = "number | null")]
    pub last_seen: Option<i64>,
    /// Sessions with lines of theirs.
    pub sessions: u32,
    /// Lines, all kinds.
    #[ts(type = "number")]
    pub lines: u64,
    /// Of these, what they said.
    #[ts(type = "number")]
    pub messages: u64,
    /// Of these, gifts, memberships and paid messages.
    #[ts(type = "number")]
    pub gifts: u64,
    /// What was paid for them, in thousandths of a yuan.
    #[ts(type = "number")]
    pub worth: u64,
    /// Of these, what is of tonight.
    pub tonight: PersonTonight,
    /// Names they had, the latest first, at most [`NAMES_CAP`].
    pub names: Vec<String>,
    /// What the streamer noted.
    pub marks: Marks,
}

/// What a person did tonight: in sessions that are on air, or were within twelve hours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PersonTonight {
    /// Lines, all kinds.
    #[ts(type = "number")]
    pub lines: u64,
    /// Of these, gifts, memberships and paid messages.
    #[ts(type = "number")]
    pub gifts: u64,
    /// What was paid for them, in thousandths of a yuan.
    #[ts(type = "number")]
    pub worth: u64,
}

/// Whom to thank for what they gave tonight. What cost nothing isn't in it, nor what nobody is named for, nor likes:
/// no platform tells whose they are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ThanksView {
    /// They, the latest first, at most [`THANKS_CAP`].
    pub entries: Vec<ThanksEntry>,
    /// What was ticked last, the latest tick first, at most [`THANKED_CAP`].
    pub done: Vec<ThanksEntry>,
    /// The least worth that is listed, in thousandths of a yuan.
    #[ts(type = "number")]
    pub bar: u64,
}

/// What one person gave in one room since they were thanked last, or what they were thanked for with one tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ThanksEntry {
    /// Which room; it may be forgotten by now.
    pub room: RoomId,
    /// The room's name then.
    pub room_name: String,
    /// Who.
    pub person: PersonRef,
    /// What, the dearest first, at most [`THANKS_ITEMS`] kinds.
    pub items: Vec<ThanksItem>,
    /// Kinds beyond these.
    pub more: u32,
    /// What was paid for all of it, in thousandths of a yuan.
    #[ts(type = "number")]
    pub worth: u64,
    /// The latest paid message; empty where there is none.
    pub text: String,
    /// When the last was heard, ms since 1970.
    #[ts(type = "number")]
    pub last_at: i64,
    /// The last line of it: what `thank` is called with, so that nothing is ticked that came later.
    #[ts(type = "number")]
    pub up_to: i64,
    /// When it was ticked, ms since 1970; none while it waits.
    #[ts(type = "number | null")]
    pub thanked_at: Option<i64>,
}

/// Things of one kind that a person gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ThanksItem {
    /// A gift, a paid message or a membership.
    pub kind: ChatKind,
    /// Its name; empty for a paid message.
    pub name: String,
    /// How many.
    #[ts(type = "number")]
    pub count: u64,
    /// What was paid for them, in thousandths of a yuan; none where no price was told.
    #[ts(type = "number | null")]
    pub worth: Option<u64>,
}
