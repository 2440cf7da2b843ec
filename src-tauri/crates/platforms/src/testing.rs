//! What tests of several platforms share.

use jiff::Timestamp;
use kaibo_live::clock::Clock;

/// A clock that stands still, and no jitter.
pub(crate) struct FixedClock(pub(crate) Timestamp);

impl Default for FixedClock {
    /// The `stime` of Taobao's documented sample.
    fn default() -> Self {
        Self("2020-08-20T01:00:37Z".parse().unwrap())
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn chance(&self) -> f64 {
        0.0
    }

    fn fresh_id(&self) -> String {
        "0123456789abcdef".to_owned()
    }
}
