//! The checks before going live, as the window sees them.

use serde::Serialize;
use ts_rs::TS;

use crate::problem::Problem;
use crate::room::RoomId;

/// The checks before going live, room by room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PreflightView {
    /// Counts up.
    #[ts(type = "number")]
    pub id: u64,
    /// When all were done, ms since 1970; none while they run.
    #[ts(type = "number | null")]
    pub finished_at: Option<i64>,
    /// A list a room.
    pub rooms: Vec<PreflightRoom>,
}

/// One room's checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PreflightRoom {
    /// Which.
    pub room: RoomId,
    /// Those that make sense for it, in order.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Check {
    /// What is checked.
    pub kind: CheckKind,
    /// How it came out.
    pub level: CheckLevel,
    /// When the sign-in or the push address runs out, ms since 1970.
    #[ts(type = "number | null")]
    pub expires_at: Option<i64>,
    /// How far the platform's clock is ahead of this machine's, ms.
    #[ts(type = "number | null")]
    pub skew_ms: Option<i64>,
    /// The ingest's host and port.
    pub host: Option<String>,
    /// Why it isn't green, where there is more to say than its kind.
    pub problem: Option<Problem>,
}

/// What is checked before going live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum CheckKind {
    /// The sign-in works, and lasts for another day.
    SignIn,
    /// The account may broadcast.
    Right,
    /// An area is chosen and exists.
    Area,
    /// The texts fit.
    Texts,
    /// The push address that is known still works.
    PushAddress,
    /// This machine's clock agrees with the platform's.
    Clock,
    /// The ingest takes connections.
    Ingest,
    /// Calls are left of the quota.
    Calls,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum CheckLevel {
    /// At it.
    Working,
    /// Good.
    Green,
    /// Going live will work; something wants attention.
    Amber,
    /// Going live will fail.
    Red,
    /// Could not be told.
    Unknown,
}
