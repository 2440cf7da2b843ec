//! What the window sees of the journal.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Action;
use crate::platform::Platform;
use crate::room::RoomId;

/// An entry of the action journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct JournalEntry {
    /// Counts up.
    #[ts(type = "number")]
    pub id: i64,
    /// Which room.
    pub room: RoomId,
    /// Where.
    pub platform: Platform,
    /// What was meant.
    pub action: Action,
    /// When it was noted, ms since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// How it ended; none while it is out.
    pub outcome: Option<JournalOutcome>,
    /// The platform's own code, for a refusal.
    pub platform_code: Option<String>,
}

/// How a journalled action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum JournalOutcome {
    /// Done.
    Done,
    /// Refused or failed; nothing was changed.
    Failed,
    /// Not known.
    Unknown,
}
