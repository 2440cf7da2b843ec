//! A day's calls: how many are left, and how far apart they have to be to last.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::tz::{TimeZone, offset};
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Serialize;
use ts_rs::TS;

use crate::clock::Clock;

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

/// A day, as a quota counts it.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// How long an evening is planned to be.
const EVENING: SignedDuration = SignedDuration::from_hours(8);
/// What is left must last this long at least, however late it is: a long evening gets slower, not blind.
const AT_LEAST: SignedDuration = SignedDuration::from_hours(2);
/// After so long without a call, the next one begins an evening.
const APART: SignedDuration = SignedDuration::from_hours(4);
/// Shortest time between two readings, whatever the budget.
const SHORTEST: Duration = Duration::from_secs(2);
/// A quota that is used up without saying until when is asked again after this.
const USED_UP: SignedDuration = SignedDuration::from_hours(1);
/// One of so many calls is kept for writes.
const RESERVE: u32 = 5;

/// Counts one account's calls of the day as they go out, and spreads those that are left over the evening.
/// Reads ask for their pace; writes are counted and never held back.
///
/// A day is China's until [`CallBudget::correct`] tells another reset. The count is in memory alone: after a
/// restart the platform's word stands for what went before.
pub struct CallBudget {
    clock: Arc<dyn Clock>,
    plan: u32,
    day: Mutex<Day>,
}

struct Day {
    /// Calls that are planned for.
    limit: u32,
    /// Calls of ours that went out.
    used: u32,
    /// What the platform says is left, less what went out since.
    told: Option<u32>,
    /// Nothing is left until then, whatever the count says.
    empty_until: Option<Timestamp>,
    resets_at: Timestamp,
    /// First and last call of this evening.
    evening: Option<(Timestamp, Timestamp)>,
}

impl CallBudget {
    /// Calls a day that are planned for when nobody says otherwise.
    pub const PLAN: u32 = 100;

    /// A budget of `plan` calls a day, none of them made yet.
    pub fn new(plan: u32, clock: Arc<dyn Clock>) -> Self {
        let resets_at = next_midnight(clock.now());
        let (used, told, empty_until, evening) = Default::default();
        let day = Mutex::new(Day { limit: plan, used, told, empty_until, resets_at, evening });
        Self { clock, plan, day }
    }

    /// Counts one call. To be called as it goes out, whatever comes of it.
    pub fn spend(&self) {
        let now = self.clock.now();
        let mut day = self.day(now);
        day.used = day.used.saturating_add(1);
        day.told = day.told.map(|left| left.saturating_sub(1));
        let began = match day.evening {
            Some((began, last)) if now.duration_since(last) < APART => began,
            _ => now,
        };
        day.evening = Some((began, now));
    }

    /// Takes a count back: that call surely didn't go out.
    pub fn take_back(&self) {
        let mut day = self.day(self.clock.now());
        day.used = day.used.saturating_sub(1);
        day.told = day.told.map(|left| left.saturating_add(1));
    }

    /// Takes the platform's word: `left` of `limit` calls until `resets_at`.
    ///
    /// What is left is believed, and a limit below the plan. A larger one is not: a platform may count some calls
    /// more strictly than it tells, and who knows better raises the plan. A reset that isn't within the next 24
    /// hours is not believed.
    pub fn correct(&self, limit: u32, left: u32, resets_at: Timestamp) {
        let now = self.clock.now();
        let mut day = self.day(now);
        day.limit = limit.min(self.plan);
        day.told = Some(left);
        if resets_at > now && resets_at.duration_since(now) <= DAY {
            day.resets_at = resets_at;
        }
    }

    /// The platform refused a call because there were too many: nothing is left until `until`, or for an hour.
    pub fn used_up(&self, until: Option<Timestamp>) {
        let now = self.clock.now();
        let until = until.filter(|until| *until > now && until.duration_since(now) <= DAY);
        self.day(now).empty_until = Some(until.unwrap_or(later(now, USED_UP)));
    }

    /// What is left, for the streamer.
    pub fn left(&self) -> CallsLeft {
        let now = self.clock.now();
        let day = self.day(now);
        CallsLeft { left: day.left(now), of: day.limit, resets_at: day.next(now).as_millisecond() }
    }

    /// The time from now until reading makes sense again, when nothing is left for reads.
    pub fn dry_for(&self) -> Option<Duration> {
        let now = self.clock.now();
        let day = self.day(now);
        (day.for_reads(now) == 0).then(|| until(now, day.next(now)).max(SHORTEST))
    }

    /// Time between two reads of one kind that gets `share` (0 to 1) of the calls: so long that what is left,
    /// less a fifth of the day's for writes, lasts until the reset or to the end of the evening. From two
    /// seconds up to the time of the reset. Ask again each time: it changes with every call.
    pub fn interval(&self, share: f64) -> Duration {
        let now = self.clock.now();
        let day = self.day(now);
        let reset = until(now, day.next(now)).max(SHORTEST);
        let calls = f64::from(day.for_reads(now)) * share.clamp(0.0, 1.0);
        let span = until(now, later(now, day.evening_left(now))).min(reset).as_secs_f64();
        // Without a call left there is no such number.
        let apart = Duration::try_from_secs_f64(span / calls).unwrap_or(reset);
        apart.clamp(SHORTEST, reset)
    }

    /// The day that `now` belongs to.
    fn day(&self, now: Timestamp) -> MutexGuard<'_, Day> {
        let mut day = self.day.lock().unwrap_or_else(PoisonError::into_inner);
        if day.empty_until.is_some_and(|until| now >= until) {
            day.empty_until = None;
        }
        if now >= day.resets_at {
            (day.used, day.told) = (0, None);
            let days = now.duration_since(day.resets_at).as_secs() / DAY.as_secs() + 1;
            let next = day.resets_at.checked_add((days * 24).hours());
            day.resets_at = next.unwrap_or_else(|_| next_midnight(now));
        }
        day
    }
}

impl Day {
    fn left(&self, now: Timestamp) -> u32 {
        if self.empty_until.is_some_and(|until| now < until) {
            return 0;
        }
        let ours = self.limit.saturating_sub(self.used);
        self.told.map_or(ours, |told| told.min(ours))
    }

    fn for_reads(&self, now: Timestamp) -> u32 {
        self.left(now).saturating_sub(self.limit / RESERVE)
    }

    /// When there will be more.
    fn next(&self, now: Timestamp) -> Timestamp {
        self.empty_until.filter(|until| now < *until).unwrap_or(self.resets_at)
    }

    fn evening_left(&self, now: Timestamp) -> SignedDuration {
        let gone = match self.evening {
            Some((began, last)) if now.duration_since(last) < APART => now.duration_since(began),
            _ => SignedDuration::ZERO,
        };
        EVENING.saturating_sub(gone).clamp(AT_LEAST, EVENING)
    }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or_default()
}

/// The next midnight in China, which has one time and no summer time.
fn next_midnight(now: Timestamp) -> Timestamp {
    let here = now.to_zoned(TimeZone::fixed(offset(8)));
    here.tomorrow().and_then(|t| t.start_of_day()).map_or_else(|_| later(now, DAY), |t| t.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Hand(Mutex<Timestamp>);

    impl Hand {
        fn at(time: &str) -> Arc<Self> {
            Arc::new(Self(Mutex::new(time.parse().unwrap())))
        }
        fn forward(&self, by: Duration) {
            let mut now = self.0.lock().unwrap();
            *now = now.checked_add(by).unwrap();
        }
    }

    impl Clock for Hand {
        fn now(&self) -> Timestamp {
            *self.0.lock().unwrap()
        }
        fn chance(&self) -> f64 {
            0.0
        }
        fn fresh_id(&self) -> String {
            String::new()
        }
    }

    /// Noon in China: twelve hours to the reset.
    const NOON: &str = "2026-05-04T12:00:00+08:00";
    const STATUS: f64 = 0.4;
    const CHAT: f64 = 0.6;

    fn hours(n: u64) -> Duration {
        Duration::from_secs(n * 3600)
    }

    fn noon(plan: u32) -> (Arc<Hand>, CallBudget) {
        let hand = Hand::at(NOON);
        (Arc::clone(&hand), CallBudget::new(plan, hand))
    }

    #[test]
    fn calls_are_counted_until_midnight_in_china() {
        let (hand, budget) = noon(100);
        let midnight: Timestamp = "2026-05-05T00:00:00+08:00".parse().unwrap();
        assert_eq!(budget.left(), CallsLeft { left: 100, of: 100, resets_at: midnight.as_millisecond() });
        for _ in 0..30 {
            budget.spend();
        }
        assert_eq!(budget.left().left, 70);
        hand.forward(Duration::from_secs(12 * 3600 - 1));
        assert_eq!(budget.left().left, 70);
        hand.forward(Duration::from_secs(1));
        let next = midnight.checked_add(DAY).unwrap().as_millisecond();
        assert_eq!(budget.left(), CallsLeft { left: 100, of: 100, resets_at: next });
        hand.forward(hours(24 * 3 + 1));
        assert!(budget.left().resets_at > hand.now().as_millisecond(), "days that were slept through");
        assert!(budget.left().resets_at <= later(hand.now(), DAY).as_millisecond());
    }

    #[test]
    fn reads_are_spread_over_eight_hours_and_leave_a_fifth() {
        let (_, budget) = noon(100);
        assert_eq!(budget.interval(STATUS), Duration::from_secs(8 * 3600 / 32));
        assert_eq!(budget.interval(CHAT), Duration::from_secs(8 * 3600 / 48));
        for _ in 0..80 {
            budget.spend();
        }
        assert_eq!(budget.left().left, 20, "for writes");
        assert_eq!(budget.interval(STATUS), hours(12), "nothing for reads until the reset");
        assert_eq!(budget.dry_for(), Some(hours(12)));
        for _ in 0..30 {
            budget.spend();
        }
        assert_eq!(budget.left().left, 0, "and below nothing there is nothing");
        for _ in 0..11 {
            budget.take_back();
        }
        assert_eq!(budget.left().left, 1, "they didn't go out");
    }

    /// Reads as soon as it may, for so long; answers how many reads of each kind there were.
    fn read_for(hand: &Hand, budget: &CallBudget, length: Duration) -> (u32, u32) {
        let (mut status, mut chat) = (Duration::ZERO, Duration::ZERO);
        let (mut now, mut reads) = (Duration::ZERO, (0, 0));
        loop {
            let next = status.min(chat);
            if next >= length {
                return reads;
            }
            hand.forward(next.saturating_sub(now));
            now = next.max(now);
            budget.spend();
            if status <= chat {
                reads.0 += 1;
                status = now + budget.interval(STATUS);
            } else {
                reads.1 += 1;
                chat = now + budget.interval(CHAT);
            }
        }
    }

    #[test]
    fn an_evening_of_eight_hours_stays_within_the_plan_and_is_never_blind() {
        let (hand, budget) = noon(100);
        let (status, chat) = read_for(&hand, &budget, hours(8));
        assert!(status > 24 && chat > 36 && status + chat <= 80, "{status} {chat}");
        assert!(budget.interval(STATUS) < hours(2), "a ninth hour is still seen");
    }

    #[test]
    fn a_short_time_to_the_reset_is_used() {
        let hand = Hand::at("2026-05-04T22:00:00+08:00");
        let budget = CallBudget::new(100, hand.clone());
        assert_eq!(budget.interval(STATUS), Duration::from_secs(2 * 3600 / 32));
        let (status, chat) = read_for(&hand, &budget, hours(2));
        assert!(status + chat > 60 && status + chat <= 80, "{status} {chat}");
    }

    #[test]
    fn bounds_of_the_pause() {
        let (hand, budget) = noon(10_000_000);
        assert_eq!(budget.interval(STATUS), SHORTEST);
        hand.forward(Duration::from_millis(12 * 3_600_000 - 10));
        assert_eq!(budget.interval(STATUS), SHORTEST, "also right before the reset");
        let (_, few) = noon(1);
        assert_eq!(few.interval(STATUS), hours(12), "never beyond the reset");
        few.spend();
        assert_eq!(few.interval(STATUS), hours(12));
        assert_eq!(few.interval(0.0), hours(12));
        let (_, none) = noon(0);
        assert_eq!((none.interval(1.0), none.dry_for()), (hours(12), Some(hours(12))));
    }

    #[test]
    fn the_platforms_word_counts() {
        let (hand, budget) = noon(100);
        let reset: Timestamp = "2026-05-04T20:00:00+08:00".parse().unwrap();
        budget.correct(60, 45, reset);
        assert_eq!(budget.left(), CallsLeft { left: 45, of: 60, resets_at: reset.as_millisecond() });
        budget.spend();
        assert_eq!(budget.left().left, 44);
        hand.forward(hours(8));
        let next = later(reset, DAY).as_millisecond();
        assert_eq!(budget.left(), CallsLeft { left: 60, of: 60, resets_at: next }, "its reset stays");

        let (_, modest) = noon(100);
        modest.correct(1000, 990, reset);
        modest.spend();
        assert_eq!((modest.left().left, modest.left().of), (99, 100), "the plan stays");
        modest.correct(1000, 7, reset);
        assert_eq!(modest.left().left, 7, "others use the quota too");

        let (_, raised) = noon(300);
        raised.correct(1000, 990, reset);
        assert_eq!((raised.left().left, raised.left().of), (300, 300));
    }

    #[test]
    fn a_reset_that_makes_no_sense_is_not_believed() {
        let (hand, budget) = noon(100);
        let midnight = budget.left().resets_at;
        for odd in ["2026-05-04T11:00:00+08:00", "2026-05-06T00:00:00+08:00", "2000-01-01T00:00:00Z"] {
            budget.correct(100, 50, odd.parse().unwrap());
            assert_eq!(budget.left().resets_at, midnight, "{odd}");
        }
        budget.used_up(Some(Timestamp::MAX));
        assert_eq!(budget.left().resets_at, later(hand.now(), USED_UP).as_millisecond());
    }

    #[test]
    fn a_quota_that_is_used_up_is_waited_for() {
        let (hand, budget) = noon(100);
        budget.used_up(None);
        assert_eq!((budget.left().left, budget.interval(CHAT)), (0, hours(1)));
        assert_eq!(budget.dry_for(), Some(hours(1)));
        hand.forward(hours(1));
        assert_eq!((budget.left().left, budget.dry_for()), (100, None));
        let soon: Timestamp = "2026-05-04T13:10:00+08:00".parse().unwrap();
        budget.used_up(Some(soon));
        assert_eq!(budget.dry_for(), Some(Duration::from_secs(600)));
    }

    #[test]
    fn a_pause_of_hours_begins_another_evening() {
        let (hand, budget) = noon(100);
        budget.spend();
        hand.forward(hours(3));
        budget.spend();
        assert!(budget.interval(1.0) < Duration::from_secs(5 * 3600 / 77));
        hand.forward(hours(4));
        assert!(budget.interval(1.0) > Duration::from_secs(5 * 3600 / 79), "five hours to the reset");
        hand.forward(hours(5));
        assert_eq!(budget.interval(1.0), Duration::from_secs(8 * 3600 / 80), "eight hours again");
    }
}
