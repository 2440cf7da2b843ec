//! When the machine itself stood still: a frame that was late then says nothing about the window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

/// Between two looks at the clock.
const EVERY: Duration = Duration::from_millis(2);
/// A look that comes so late is a stall.
const LATE: Duration = Duration::from_millis(20);

/// A thread that does nothing but look whether it is woken in time.
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Vec<(f64, f64)>>,
}

impl Watch {
    pub(crate) fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let thread = spawn(move || {
            let (began, mut stalls) = (Instant::now(), Vec::new());
            while !told.load(Ordering::Relaxed) {
                let before = Instant::now();
                sleep(EVERY);
                let late = before.elapsed().saturating_sub(EVERY);
                if late >= LATE {
                    stalls.push((began.elapsed().as_secs_f64(), late.as_secs_f64() * 1000.0));
                }
            }
            stalls
        });
        Self { stop, thread }
    }

    /// Ends, and tells at which second it was woken how late.
    pub(crate) fn end(self) -> String {
        self.stop.store(true, Ordering::Relaxed);
        let stalls = self.thread.join().unwrap_or_default();
        stalls.iter().map(|(at, late)| format!("{at:.1} s {late:.0} ms")).collect::<Vec<_>>().join(", ")
    }
}
