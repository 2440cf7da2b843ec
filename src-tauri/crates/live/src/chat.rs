//! Chat: what viewers say and do, whatever the platform calls it.

use jiff::Timestamp;
use tokio::sync::mpsc;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::problem::clean_text;
use crate::room::FigureKind;

/// The longest chat text kept, in characters. No platform of ours lets a viewer write more.
pub const TEXT_CAP: usize = 500;
/// The longest display name kept, in characters.
pub const NAME_CAP: usize = 60;
/// The longest id kept, in bytes; of a longer one the beginning. Thousands are remembered a room, and where a platform
/// gives none they are made of what viewers wrote.
pub const ID_CAP: usize = 256;

/// One thing that happened in a room's chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatEvent {
    /// The platform's id of it, for telling doubles; unique within the room.
    pub id: String,
    /// When, as the platform tells it.
    pub at: Timestamp,
    /// What.
    pub kind: ChatKind,
    /// Who did it.
    pub who: Option<Person>,
    /// The text, cleaned.
    pub text: String,
    /// What was given.
    pub gift: Option<Gift>,
    /// How long a paid message is shown at the top.
    pub until: Option<Timestamp>,
}

/// What somebody gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Gift {
    /// Its name; empty for a paid message.
    pub name: String,
    /// How many.
    pub count: u32,
    /// What was paid for all of it, in thousandths of a yuan; none for what costs nothing.
    #[ts(type = "number | null")]
    pub worth: Option<u64>,
}

impl ChatEvent {
    /// An event with its id capped, its texts cleaned and capped.
    pub fn new(mut id: String, at: Timestamp, kind: ChatKind, who: Option<Person>, text: &str) -> Self {
        id.truncate(
            (0..=ID_CAP.min(id.len())).rev().find(|end| id.is_char_boundary(*end)).unwrap_or_default(),
        );
        let who = who.map(|p| Person { name: clean_text(&p.name, NAME_CAP), ..p });
        Self { id, at, kind, who, text: clean_text(text, TEXT_CAP), gift: None, until: None }
    }

    /// The same with what was given.
    #[must_use]
    pub fn giving(mut self, gift: Gift) -> Self {
        let Gift { name, count, worth } = gift;
        self.gift = Some(Gift { name: clean_text(&name, NAME_CAP), count, worth });
        self
    }

    /// The same, shown at the top for a time.
    #[must_use]
    pub fn pinned(mut self, until: Option<Timestamp>) -> Self {
        self.until = until;
        self
    }
}

/// The kinds of chat event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum ChatKind {
    /// Somebody said something.
    Message,
    /// Somebody gave something.
    Gift,
    /// Somebody paid for a message; it is shown at the top for a time.
    SuperChat,
    /// Somebody became or stayed a member (Bilibili's guards).
    Member,
    /// A like count changed; the text is the new total.
    Like,
    /// Somebody came in.
    Entry,
    /// Somebody follows the streamer now.
    Follow,
    /// Somebody passed the room on.
    Share,
    /// The platform tells something.
    Notice,
    /// Somebody may not speak in the room any more; who is told, there is no text.
    Muted,
}

impl ChatKind {
    /// Gifts, paid messages and memberships. Some gifts cost nothing.
    pub(crate) fn is_paid(self) -> bool {
        matches!(self, Self::Gift | Self::SuperChat | Self::Member)
    }
}

/// Somebody in a chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Person {
    /// The platform's id.
    pub id: String,
    /// Display name.
    pub name: String,
    /// Is this the streamer's own account?
    pub me: bool,
    /// May moderate the room.
    pub moderator: bool,
}

/// Where a chat source puts what it hears.
///
/// The queue holds [`ChatOut::CAP`] events; a full one makes the source wait, so that nothing of the
/// chat is lost between the wire and the history.
#[derive(Debug, Clone)]
pub struct ChatOut(mpsc::Sender<Heard>);

/// What a chat source reports.
#[derive(Debug)]
pub enum Heard {
    /// Connected, or polled without news: the source is well.
    Alive,
    /// Something happened.
    Event(ChatEvent),
    /// Lines were taken back by their writer or a moderator: their ids, as events had them.
    Recalled(Vec<String>),
    /// A figure that comes with the chat.
    Figure(FigureKind, u64),
    /// The platform took the room off the air; the pane's line comes as an [`Event`](Self::Event) of its own.
    CutOff {
        /// The platform's words, cleaned; may be empty.
        words: String,
    },
    /// The platform warned the streamer, who may be cut off next; the pane's line comes as an event of its own.
    Warned {
        /// The platform's words, cleaned; may be empty.
        words: String,
    },
    /// The room itself changed (on air, off air, title): read it.
    RoomChanged,
}

impl ChatOut {
    /// Events that may wait. At 200 lines a second that is five seconds of a stalled reader.
    pub const CAP: usize = 1024;

    /// A queue and its end.
    pub fn queue() -> (Self, mpsc::Receiver<Heard>) {
        let (tx, rx) = mpsc::channel(Self::CAP);
        (Self(tx), rx)
    }

    /// Reports; `false` when nobody listens any more.
    pub async fn send(&self, heard: Heard) -> bool {
        self.0.send(heard).await.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_an_end_between_two_letters() {
        let id = |id: String| ChatEvent::new(id, Timestamp::UNIX_EPOCH, ChatKind::Gift, None, "").id;
        assert_eq!(id("x".repeat(ID_CAP)).len(), ID_CAP);
        assert_eq!(id("x".repeat(60_000)), "x".repeat(ID_CAP));
        assert_eq!(id("花".repeat(100)), "花".repeat(85));
        assert_eq!(id("7".into()), "7");
    }
}
