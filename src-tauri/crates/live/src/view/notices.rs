//! What the streamer wants to be told of outside the window, and of milestones in it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which of the system's notifications are wanted, while the window isn't in front; and milestones in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "kaibo.ts")]
pub struct NoticeSettings {
    /// Alarms: on air without video, the encoder lost, and so on.
    pub alarms: bool,
    /// The platform cut a room off or warned it, or a broadcast ended that wasn't ended from here.
    pub platform: bool,
    /// A sign-in runs out soon, or has.
    pub sign_in: bool,
    /// *Go live* or *End* is through.
    pub runs: bool,
    /// Paid messages and memberships.
    pub paid: bool,
    /// Milestones of a broadcast, in the window.
    pub milestones: bool,
}

impl Default for NoticeSettings {
    fn default() -> Self {
        Self { alarms: true, platform: true, sign_in: true, runs: true, paid: false, milestones: true }
    }
}
