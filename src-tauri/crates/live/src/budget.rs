//! A day's calls: how many are left, and how far apart they have to be to last.

use serde::Serialize;
use ts_rs::TS;

/// Calls left of an account's quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct CallsLeft {
    /// Left until `resets_at`.
    pub left: u32,
    /// Of so many.
    pub of: u32,
    /// When the count starts anew, ms since 1970.
    #[ts(type = "number")]
    pub resets_at: i64,
}
