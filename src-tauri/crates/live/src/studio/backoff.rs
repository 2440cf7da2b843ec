//! How long a chat source waits before it is tried again.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// First wait; it doubles with each try, and the real wait is anywhere below it (full jitter).
const FIRST: Duration = Duration::from_secs(1);
/// Longest wait.
const CAP: Duration = Duration::from_secs(60);
/// Chance alone may try often: no more than this many times within [`SPAN`].
const MOST: usize = 30;
/// See [`MOST`].
const SPAN: Duration = Duration::from_secs(600);

/// The tries of one source.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
    /// When the last tries ended, [`MOST`] at most.
    ended: VecDeque<Instant>,
}

impl Backoff {
    /// A try has ended: how long to wait for the next. `chance` is in `0.0..1.0`.
    pub(super) fn next(&mut self, now: Instant, chance: f64) -> Duration {
        self.tries = self.tries.saturating_add(1);
        if self.ended.len() == MOST {
            self.ended.pop_front();
        }
        self.ended.push_back(now);
        let most = (FIRST * 2u32.saturating_pow(self.tries.min(6))).min(CAP);
        let wait = most.mul_f64(chance);
        // The next would be one too many while the first of so many is within the span.
        let first = self.ended.front().filter(|_| self.ended.len() == MOST);
        first.map_or(wait, |first| wait.max((*first + SPAN).saturating_duration_since(now)))
    }

    /// The source was well for long: it starts again at the first wait.
    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }

    /// Tries since the last reset.
    pub(super) fn tries(&self) -> u32 {
        self.tries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often a source that fails at once is tried within ten minutes.
    fn tries(mut chance: impl FnMut() -> f64) -> usize {
        let (mut backoff, begun) = (Backoff::default(), Instant::now());
        let mut now = begun;
        let mut tries = 0;
        while now < begun + SPAN {
            tries += 1;
            now += backoff.next(now, chance());
        }
        tries
    }

    proptest::proptest! {
        #[test]
        fn an_outage_of_ten_minutes_is_at_most_thirty_tries(
            chances in proptest::collection::vec(0.0..1.0, MOST + 1),
        ) {
            let mut chances = chances.into_iter().cycle();
            let tries = tries(|| chances.next().unwrap_or_default());
            proptest::prop_assert!((10..=MOST).contains(&tries), "{}", tries);
        }
    }

    #[test]
    fn chance_may_say_what_it_likes() {
        assert_eq!(tries(|| 0.0), MOST);
        assert!(tries(|| 0.999) >= 10, "never longer than a minute apart");
    }

    #[test]
    fn waits_double_up_to_a_minute_and_begin_again() {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        let waits: Vec<u64> = (0..8).map(|_| backoff.next(now, 1.0).as_secs()).collect();
        assert_eq!(waits, [2, 4, 8, 16, 32, 60, 60, 60]);
        backoff.reset();
        assert_eq!(backoff.next(now, 0.5).as_secs(), 1);
        assert_eq!(backoff.tries(), 1);
    }
}
