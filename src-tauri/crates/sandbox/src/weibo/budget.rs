//! Calls a day, counted for the user: all tokens of theirs spend from one budget.
//! <https://open.weibo.com/wiki/Rate-limiting>

use jiff::Timestamp;
use jiff::tz::Offset;

/// Seconds of a day.
const DAY: i64 = 86_400;
/// Where Weibo's days turn.
pub(super) const CHINA: Offset = jiff::tz::offset(8);

/// The user's calls.
pub(super) struct Budget {
    /// Calls a day.
    pub(super) limit: u64,
    /// The day of `used`.
    day: i64,
    used: u64,
}

impl Budget {
    pub(super) fn new(limit: u64) -> Self {
        Self { limit, day: 0, used: 0 }
    }

    /// Takes one call, if one is left.
    pub(super) fn spend(&mut self, now: Timestamp) -> bool {
        let left = self.left(now) > 0;
        (self.day, self.used) = (day(now), self.used(now) + u64::from(left));
        left
    }

    /// Calls left today.
    pub(super) fn left(&self, now: Timestamp) -> u64 {
        self.limit.saturating_sub(self.used(now))
    }

    fn used(&self, now: Timestamp) -> u64 {
        if self.day == day(now) { self.used } else { 0 }
    }
}

/// Midnight in China that comes next, in seconds since 1970.
pub(super) fn next_day(now: Timestamp) -> i64 {
    (day(now) + 1) * DAY - i64::from(CHINA.seconds())
}

/// The day in China, counted from 1970.
fn day(now: Timestamp) -> i64 {
    (now.as_second() + i64::from(CHINA.seconds())).div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_turns_at_midnight_in_china() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut budget = Budget::new(1);
        assert!(budget.spend(at("2026-05-01T23:30:00+08:00")));
        assert!(!budget.spend(at("2026-05-01T23:59:59+08:00")));
        assert_eq!(next_day(at("2026-05-01T23:59:59+08:00")), at("2026-05-02T00:00:00+08:00").as_second());
        assert!(budget.spend(at("2026-05-02T00:00:00+08:00")));
        assert_eq!(budget.left(at("2026-05-02T07:59:00+08:00")), 0);
    }
}
