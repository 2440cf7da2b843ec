//! What the window sees of the chat's history.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::chat::{ChatKind, Gift, Person};
use crate::platform::Platform;
use crate::room::{RemoteId, RoomId};

/// Lines in a page of the history, at most.
pub const HISTORY_PAGE: u32 = 200;
/// Sessions in a page.
pub const SESSION_PAGE: u32 = 50;

/// One broadcast of a room as Kaibo heard it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SessionView {
    /// Counts up, with gaps.
    #[ts(type = "number")]
    pub id: i64,
    /// Which room; it may be forgotten by now.
    pub room: RoomId,
    /// Where.
    pub platform: Platform,
    /// The account's name then.
    pub account: String,
    /// The room's name then.
    pub name: String,
    /// What the broadcast was called.
    pub title: String,
    /// The platform's id.
    pub remote: RemoteId,
    /// Played by the sandbox; gone with the program.
    pub sandbox: bool,
    /// Is it being heard now?
    pub live: bool,
    /// On air since, ms since 1970.
    #[ts(type = "number")]
    pub started_at: i64,
    /// Over since, ms since 1970; where the end wasn't seen, when the last was heard. None while it is heard.
    #[ts(type = "number | null")]
    pub ended_at: Option<i64>,
    /// Lines, all kinds.
    #[ts(type = "number")]
    pub lines: u64,
    /// Of these, said by viewers or the streamer.
    #[ts(type = "number")]
    pub messages: u64,
    /// Of these, gifts, memberships and paid messages.
    #[ts(type = "number")]
    pub gifts: u64,
    /// What was paid for them, in thousandths of a yuan.
    #[ts(type = "number")]
    pub worth: u64,
}

/// Sessions, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SessionPage {
    /// They, at most [`SESSION_PAGE`].
    pub sessions: Vec<SessionView>,
    /// What to ask for the next page with; none when this is the last.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
}

/// Somebody whose lines are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct HistoryPerson {
    /// Where.
    pub platform: Platform,
    /// The platform's id, as a line has it.
    pub id: String,
    /// The name, which tells people apart where the platform gives no id.
    pub name: String,
}

/// What is looked for. All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "kaibo.ts")]
pub struct HistoryQuery {
    /// Words in the text, a gift's name or the person's name; empty means any.
    pub words: String,
    /// Whose lines.
    pub person: Option<HistoryPerson>,
    /// Of these kinds; empty means any.
    pub kinds: Vec<ChatKind>,
    /// Where.
    pub platform: Option<Platform>,
    /// In this room.
    pub room: Option<RoomId>,
    /// In this session.
    #[ts(type = "number | null")]
    pub session: Option<i64>,
    /// Heard at this time or later, ms since 1970.
    #[ts(type = "number | null")]
    pub from: Option<i64>,
    /// Heard before this time, ms since 1970.
    #[ts(type = "number | null")]
    pub to: Option<i64>,
    /// Older than this line: the page before's `before`.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
    /// Lines wanted, at most [`HISTORY_PAGE`]; 0 means that many.
    pub limit: u32,
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct HistoryLine {
    /// Counts up in the order the lines were heard. Not the number that the line has in the pane.
    #[ts(type = "number")]
    pub id: i64,
    /// Its session.
    #[ts(type = "number")]
    pub session: i64,
    /// What.
    pub kind: ChatKind,
    /// Who, with the name of then.
    pub who: Option<Person>,
    /// The text; cleaned, still to be shown as text only.
    pub text: String,
    /// What was given.
    pub gift: Option<Gift>,
    /// Was shown at the top until then, ms since 1970.
    #[ts(type = "number | null")]
    pub until: Option<i64>,
    /// Taken back; the text is gone.
    pub recalled: bool,
    /// When, by the platform's clock, ms since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// When Kaibo heard it, ms since 1970.
    #[ts(type = "number")]
    pub heard_at: i64,
}

/// Lines of the history.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct HistoryPage {
    /// Found by a search: newest first. Around a line: oldest first, as they were heard.
    pub lines: Vec<HistoryLine>,
    /// The sessions that these lines are of.
    pub sessions: Vec<SessionView>,
    /// What to ask for older ones with; none when there are none.
    #[ts(type = "number | null")]
    pub before: Option<i64>,
}

/// How an export is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum ExportFormat {
    /// A table for spreadsheets.
    Csv,
    /// An object a line, for programs.
    JsonLines,
    /// For people.
    Text,
}

/// What is exported: the named sessions, or without names all of a place and a time; of these, lines of some kinds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct HistoryExport {
    /// How.
    pub format: ExportFormat,
    /// Sessions by number; empty means those of the place and the time.
    #[ts(type = "number[]")]
    pub sessions: Vec<i64>,
    /// Where.
    pub platform: Option<Platform>,
    /// Of this room.
    pub room: Option<RoomId>,
    /// Heard at this time or later, ms since 1970.
    #[ts(type = "number | null")]
    pub from: Option<i64>,
    /// Heard before this time, ms since 1970.
    #[ts(type = "number | null")]
    pub to: Option<i64>,
    /// Of these kinds; empty means any.
    pub kinds: Vec<ChatKind>,
    /// The streamer's words for platforms (`weibo`), kinds (`gift`) and columns (`column_time`); what has none is
    /// called by that name itself.
    pub names: BTreeMap<String, String>,
}

impl HistoryExport {
    /// Every line there is.
    pub fn all(format: ExportFormat) -> Self {
        Self {
            format,
            sessions: Vec::new(),
            platform: None,
            room: None,
            from: None,
            to: None,
            kinds: Vec::new(),
            names: BTreeMap::new(),
        }
    }
}

/// A session file: chat, figures, actions and problems of one evening in an archive.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SessionFile {
    /// Which, by number.
    #[ts(type = "number")]
    pub session: i64,
    /// What the archive's `README.txt` says, in the streamer's language.
    pub about: String,
    /// The streamer's words for columns (`column_time`) and figures (`figure_watching`); what has none is called by that
    /// name itself.
    pub names: BTreeMap<String, String>,
}

/// An export under way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ExportView {
    /// Lines looked at so far.
    #[ts(type = "number")]
    pub read: u64,
    /// Lines there are to look at, about: a session that is on air goes on.
    #[ts(type = "number")]
    pub of: u64,
    /// Lines written so far.
    #[ts(type = "number")]
    pub written: u64,
}

/// An export that is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ExportDone {
    /// Lines in the file.
    #[ts(type = "number")]
    pub lines: u64,
    /// Sessions they are of.
    pub sessions: u32,
    /// The file's size.
    #[ts(type = "number")]
    pub bytes: u64,
    /// The file's name, without its folder.
    pub file: String,
}
