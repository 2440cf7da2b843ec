//! *Go live* and *End* as the window asks for them and sees them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::encoder::RunEncoder;
use crate::problem::Problem;
use crate::room::{Details, RoomId};

/// *Go live* or *End* for several rooms at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RunView {
    /// Counts up.
    #[ts(type = "number")]
    pub id: u64,
    /// Going live or ending?
    pub going_live: bool,
    /// Since when, ms since 1970.
    #[ts(type = "number")]
    pub started_at: i64,
    /// Until when, ms since 1970; none while it runs.
    #[ts(type = "number | null")]
    pub finished_at: Option<i64>,
    /// A result a room.
    pub rooms: Vec<RunRoom>,
    /// The encoder's part; none when it has none.
    pub encoder: Option<RunEncoder>,
    /// The relay's part: whether it took the rooms over; none when it has none.
    pub relay: Option<RunState>,
}

/// One room of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RunRoom {
    /// Which.
    pub room: RoomId,
    /// How it stands.
    pub state: RunState,
    /// Its steps, in order.
    pub steps: Vec<RunStep>,
    /// Time it took, ms; none while it runs.
    #[ts(type = "number | null")]
    pub took_ms: Option<u64>,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RunStep {
    /// What.
    pub step: Step,
    /// Is it done?
    pub done: bool,
}

/// The steps a run can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Step {
    /// Making the room.
    Create,
    /// Setting title, area and the like.
    Details,
    /// The start call.
    Start,
    /// Push address into the keyring.
    Keep,
    /// The end call.
    End,
}

/// How one room of a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum RunState {
    /// At it.
    Working,
    /// Done.
    Done,
    /// Refused or failed.
    Failed {
        /// Why.
        problem: Problem,
    },
    /// The answer got lost; Kaibo looks before anything is sent again.
    Unknown {
        /// Why.
        problem: Problem,
    },
    /// This platform can't (Taobao).
    Skipped,
}

/// What *Go live* was pressed for.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct GoLive {
    /// Which rooms.
    pub rooms: Vec<RoomId>,
    /// What they should say.
    pub details: Details,
    /// Covers that were uploaded, by room: they go before the form's.
    #[serde(default)]
    #[ts(type = "Partial<Record<RoomId, string>>")]
    pub covers: BTreeMap<RoomId, String>,
    /// The room that the encoder should push to; none leaves the encoder alone. With `relay` it pushes to that
    /// instead, for this room and the others.
    #[serde(default)]
    pub encoder: Option<RoomId>,
    /// Hand one push on to all of them, and to the custom targets that are on.
    #[serde(default)]
    pub relay: bool,
}

impl GoLive {
    /// What a room should say.
    pub fn details_of(&self, room: &RoomId) -> Details {
        let mut details = self.details.clone();
        if let Some(cover) = self.covers.get(room) {
            details.cover_url.clone_from(cover);
        }
        details
    }
}
