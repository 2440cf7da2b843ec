//! What the window sees of an evening that is over, or so far.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{PersonRef, SessionView};
use crate::room::{FigureKind, RoomId};

/// Sessions of an evening, at most.
pub const EVENING_CAP: u32 = 16;
/// Parts that an evening's time is divided into, at most.
pub const EVENING_PARTS: u32 = 120;
/// People listed by what they said, and by what they gave, at most.
pub const EVENING_PEOPLE: u32 = 10;
/// Problems listed, at most: the first ones.
pub const EVENING_TROUBLES: u32 = 100;
/// Milestones listed, at most: the first ones.
pub const EVENING_MILESTONES: u32 = 100;
/// Sessions in the course of all, at most: the last ones.
pub const COURSE_CAP: u32 = 60;

/// What became of an evening: the session that was asked for and, unless it was asked for alone, those that were on air
/// at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SummaryView {
    /// The first start, ms since 1970.
    #[ts(type = "number")]
    pub from: i64,
    /// The last end, ms since 1970; now, while one is on air.
    #[ts(type = "number")]
    pub to: i64,
    /// Length of a part of the time, ms. Whole minutes, because figures are kept once a minute.
    #[ts(type = "number")]
    pub part_ms: i64,
    /// The sessions in order, at most [`EVENING_CAP`].
    pub sessions: Vec<SessionSummary>,
    /// People who said something. The same person in two rooms of a platform is one.
    pub people: u32,
    /// Who said most, at most [`EVENING_PEOPLE`]. The streamer isn't one of them.
    pub chatters: Vec<SummaryPerson>,
    /// Who gave most, at most [`EVENING_PEOPLE`].
    pub givers: Vec<SummaryPerson>,
    /// What went wrong, in order, at most [`EVENING_TROUBLES`].
    pub troubles: Vec<SummaryTrouble>,
    /// Further problems.
    pub more_troubles: u32,
    /// Milestones in order, at most [`EVENING_MILESTONES`].
    pub milestones: Vec<SummaryMilestone>,
}

/// A broadcast has just reached a round number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Milestone {
    /// Which room.
    pub room: RoomId,
    /// What is counted.
    pub kind: MilestoneKind,
    /// How many.
    #[ts(type = "number")]
    pub value: u64,
}

/// What milestones are counted of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum MilestoneKind {
    /// Watching at the same time.
    Watching,
    /// Likes.
    Likes,
    /// Messages that were heard.
    Messages,
    /// Full hours on air.
    Hours,
}

/// When a session reached a milestone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SummaryMilestone {
    /// When, ms since 1970; of figures to the minute.
    #[ts(type = "number")]
    pub at: i64,
    /// Which session.
    #[ts(type = "number")]
    pub session: i64,
    /// What is counted.
    pub kind: MilestoneKind,
    /// How many.
    #[ts(type = "number")]
    pub value: u64,
}

/// What became of one session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SessionSummary {
    /// It.
    pub session: SessionView,
    /// The figures that the platform told.
    pub figures: BTreeMap<FigureKind, FigureSummary>,
    /// The figure that tells the crowd, where there is one.
    pub crowd: Option<FigureKind>,
    /// The crowd at its highest in each part of the time; none where nothing was told.
    #[ts(type = "(number | null)[]")]
    pub crowds: Vec<Option<u64>>,
    /// Messages in each part of the time.
    pub messages: Vec<u32>,
}

/// What became of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct FigureSummary {
    /// When it was told first.
    #[ts(type = "number")]
    pub first: u64,
    /// When it was told last.
    #[ts(type = "number")]
    pub last: u64,
    /// At its highest.
    #[ts(type = "number")]
    pub peak: u64,
    /// When that was first, ms since 1970.
    #[ts(type = "number")]
    pub peak_at: i64,
    /// The mean of what was told once a minute, rounded.
    #[ts(type = "number")]
    pub mean: u64,
}

/// Somebody of an evening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SummaryPerson {
    /// Who.
    pub person: PersonRef,
    /// Messages.
    pub messages: u32,
    /// What they gave, in thousandths of a yuan.
    #[ts(type = "number")]
    pub worth: u64,
}

/// What told that something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum TroubleSource {
    /// An alarm: the room and the encoder disagree, or the platform stepped in.
    Alarm,
    /// The chat's connection.
    Chat,
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SummaryTrouble {
    /// When, ms since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// In which session.
    #[ts(type = "number")]
    pub session: i64,
    /// What told it.
    pub source: TroubleSource,
    /// An alarm's kind or a problem's code; one of another version of the program may not be known.
    pub what: String,
}

/// One session in the course of all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct CourseView {
    /// It.
    pub session: SessionView,
    /// The crowd at its highest; none where the platform didn't tell.
    #[ts(type = "number | null")]
    pub peak: Option<u64>,
    /// What that counts.
    pub crowd: Option<FigureKind>,
}

/// A summary as a table, to be saved.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SummaryTable {
    /// The session it is of.
    #[ts(type = "number")]
    pub session: i64,
    /// Without the sessions of the same time.
    pub alone: bool,
    /// The streamer's words for columns (`column_peak`), platforms (`weibo`), what milestones count
    /// (`milestone_likes`) and problems (`alarm_cut_off`); what has none is called by its own name.
    pub names: BTreeMap<String, String>,
}
