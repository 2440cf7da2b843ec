//! When the machine itself stood still: a frame that was late then says nothing about the window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{JoinHandle, available_parallelism, sleep, spawn};
use std::time::{Duration, Instant};

use rustix::thread::{CpuSet, sched_setaffinity};

/// Between two looks at the clock.
const EVERY: Duration = Duration::from_millis(2);
/// A look that comes so late is a stall.
const LATE: Duration = Duration::from_millis(20);

/// A thread on each processor that does nothing but look whether it is woken in time: a host may take one of them away
/// and leave the others.
pub(crate) struct Watch {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<Vec<(f64, f64)>>>,
}

impl Watch {
    pub(crate) fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let processors = available_parallelism().map_or(1, usize::from);
        let threads = (0..processors).map(|processor| {
            let told = Arc::clone(&stop);
            spawn(move || look(processor, &told))
        });
        Self { threads: threads.collect(), stop }
    }

    /// Ends, and tells which processor was late at which second, and by how much.
    pub(crate) fn end(self) -> String {
        self.stop.store(true, Ordering::Relaxed);
        let told = self.threads.into_iter().enumerate().flat_map(|(processor, thread)| {
            let stalls = thread.join().unwrap_or_default();
            stalls.into_iter().map(move |(at, late)| format!("{at:.1} s {late:.0} ms (processor {processor})"))
        });
        told.collect::<Vec<_>>().join(", ")
    }
}

fn look(processor: usize, stop: &AtomicBool) -> Vec<(f64, f64)> {
    let mut only = CpuSet::new();
    only.set(processor);
    // Where it can't be kept there it looks wherever it is.
    let _ = sched_setaffinity(None, &only);
    let (began, mut stalls) = (Instant::now(), Vec::new());
    while !stop.load(Ordering::Relaxed) {
        let before = Instant::now();
        sleep(EVERY);
        let late = before.elapsed().saturating_sub(EVERY);
        if late >= LATE {
            stalls.push((began.elapsed().as_secs_f64(), late.as_secs_f64() * 1000.0));
        }
    }
    stalls
}
