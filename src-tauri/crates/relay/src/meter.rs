//! Rates over the last two seconds.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

const SPAN: Duration = Duration::from_secs(2);
/// Samples closer than this are taken as one, which bounds how many there are.
const STEP: Duration = Duration::from_millis(100);

/// Made of totals that are looked at now and then.
#[derive(Debug, Default)]
pub(crate) struct Meter(VecDeque<(Instant, u64)>);

impl Meter {
    /// Bits a second, `total` being all bytes so far.
    pub(crate) fn rate(&mut self, total: u64, now: Instant) -> u64 {
        // The oldest that is kept is just beyond the span.
        while self.0.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= SPAN) {
            self.0.pop_front();
        }
        if self.0.back().is_none_or(|(at, _)| now.duration_since(*at) >= STEP) {
            self.0.push_back((now, total));
        }
        let Some((at, then)) = self.0.front() else { return 0 };
        let millis = u64::try_from(now.duration_since(*at).as_millis()).unwrap_or(u64::MAX);
        total.saturating_sub(*then).saturating_mul(8000).checked_div(millis).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_seconds_are_measured_and_no_more() {
        let (mut meter, start) = (Meter::default(), Instant::now());
        let at = |ms: u64| start + Duration::from_millis(ms);
        assert_eq!(meter.rate(0, at(0)), 0);
        assert_eq!(meter.rate(1_000, at(500)), 16_000);
        for half in 2..10 {
            assert_eq!(meter.rate(half * 1_000, at(half * 500)), 16_000);
        }
        assert_eq!(meter.rate(9_000, at(5_500)), 8_000);
        assert_eq!(meter.rate(9_000, at(9_500)), 0);
        assert!(meter.0.len() <= 22);
    }
}
