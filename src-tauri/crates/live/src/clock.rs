//! Time and chance as inputs, so that a test can hold them.

use jiff::Timestamp;

/// Where the domain gets the time and its random numbers.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
    /// A number in `0.0..1.0`, for jitter.
    fn chance(&self) -> f64;
    /// A fresh name for something of Kaibo's own: 16 characters of `[0-9a-z]`.
    fn fresh_id(&self) -> String;
}

/// The machine's clock and the thread's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn chance(&self) -> f64 {
        fastrand::f64()
    }

    fn fresh_id(&self) -> String {
        std::iter::repeat_with(|| fastrand::digit(36)).take(16).collect()
    }
}
