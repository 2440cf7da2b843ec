//! What the program and its helpers weigh.

use std::fs;
use std::time::{Duration, Instant};

use kaibo_tests::Window;

/// Between two readings. Each costs the processes a few milliseconds.
const EVERY: Duration = Duration::from_secs(2);

/// Readings of all processes together: seconds since the start, bytes.
#[derive(Default)]
pub(crate) struct Weights(Vec<(f64, f64)>);

/// The processes that count: not the driver, which isn't there when a streamer works.
pub(crate) fn processes(window: &Window) -> Vec<(u32, String)> {
    window.processes().into_iter().filter(|(_, name)| !name.starts_with("WebKitWebDriv")).collect()
}

/// Weighs again and again until it is dropped.
pub(crate) async fn watch(processes: &[(u32, String)], into: &mut Weights) {
    let began = Instant::now();
    loop {
        into.0.push((began.elapsed().as_secs_f64(), weight(processes)));
        tokio::time::sleep(EVERY).await;
    }
}

impl Weights {
    /// How much the lowest reading of the last fifth lies above the lowest of the first fifth, both after `from`
    /// seconds, in bytes. Lowest ones, because a collector lets garbage gather up to a bound.
    pub(crate) fn growth(&self, from: f64) -> f64 {
        let counted: Vec<f64> = self.0.iter().filter(|(at, _)| *at >= from).map(|(_, bytes)| *bytes).collect();
        let fifth = (counted.len() / 5).max(1).min(counted.len());
        let lowest = |of: &[f64]| of.iter().copied().fold(f64::INFINITY, f64::min);
        lowest(&counted[counted.len() - fifth..]) - lowest(&counted[..fifth])
    }

    /// The most that was read, bytes.
    pub(crate) fn most(&self) -> f64 {
        self.0.iter().map(|(_, bytes)| *bytes).fold(0.0, f64::max)
    }

    /// Readings every so often, in MB, for a person to look at.
    pub(crate) fn course(&self) -> String {
        let step = self.0.len().div_ceil(12).max(1);
        let every: Vec<String> =
            self.0.iter().step_by(step).map(|(at, bytes)| format!("{at:.0} s {:.0}", bytes / 1e6)).collect();
        every.join(", ")
    }
}

/// The proportional set size of all, in bytes: shared pages count once in all.
fn weight(processes: &[(u32, String)]) -> f64 {
    let of = |id: u32| {
        let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    processes.iter().filter_map(|(id, _)| of(*id)).sum::<f64>() * 1024.0
}
