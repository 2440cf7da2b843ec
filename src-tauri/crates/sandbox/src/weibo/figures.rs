//! How many watch, came, and liked: made from the time on air, so that they only ever grow while live.

use jiff::Timestamp;

use super::room::Room;

/// A room's figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Figures {
    /// Watching now.
    pub(super) live_views: u64,
    /// Came so far.
    pub(super) total_views: u64,
    /// Likes so far.
    pub(super) total_stars: u64,
}

/// The figures of `room` at `now`.
pub(super) fn figures(room: &Room, now: Timestamp) -> Figures {
    let Some(since) = room.live_since else { return Figures::default() };
    let until = room.ended.unwrap_or(now);
    let seconds = u64::try_from(until.duration_since(since).as_secs()).unwrap_or(0);
    Figures {
        live_views: if room.ended.is_some() { 0 } else { 18 + (seconds * 2 / 3).min(4000) },
        total_views: 30 + seconds * 2,
        total_stars: seconds * 3,
    }
}
