//! What the program and its helpers weigh.

use std::fs;
use std::time::{Duration, Instant};

use crate::Window;

/// Between two readings. Each costs the processes a few milliseconds.
const EVERY: Duration = Duration::from_secs(2);

/// Readings of all processes together: seconds since the start, bytes.
#[derive(Default)]
pub struct Weights(Vec<(f64, f64)>, Vec<Vec<f64>>);

/// The processes that count: not the driver, which isn't there when a streamer works.
pub fn processes(window: &Window) -> Vec<(u32, String)> {
    window.processes().into_iter().filter(|(_, name)| !name.starts_with("WebKitWebDriv")).collect()
}

/// Weighs again and again until it is dropped.
pub async fn watch(processes: &[(u32, String)], into: &mut Weights) {
    let began = Instant::now();
    loop {
        let each: Vec<f64> = processes.iter().map(|(id, _)| weight(*id)).collect();
        into.0.push((began.elapsed().as_secs_f64(), each.iter().sum()));
        into.1.push(each);
        tokio::time::sleep(EVERY).await;
    }
}

impl Weights {
    /// How much the lowest reading of the last fifth lies above the lowest of the first fifth, both after `from`
    /// seconds, in bytes. Lowest ones, because a collector lets garbage gather up to a bound.
    pub fn growth(&self, from: f64) -> f64 {
        let all: Vec<f64> = self.0.iter().map(|(_, bytes)| *bytes).collect();
        rise(&all[self.before(from)..])
    }

    /// How many readings were before `from` seconds.
    fn before(&self, from: f64) -> usize {
        self.0.iter().take_while(|(at, _)| *at < from).count()
    }

    /// The most that was read, bytes.
    pub fn most(&self) -> f64 {
        self.0.iter().map(|(_, bytes)| *bytes).fold(0.0, f64::max)
    }

    /// Readings every so often, in MB, for a person to look at.
    pub fn course(&self) -> String {
        let step = self.0.len().div_ceil(12).max(1);
        let every: Vec<String> =
            self.0.iter().step_by(step).map(|(at, bytes)| format!("{at:.0} s {:.0}", bytes / 1e6)).collect();
        every.join(", ")
    }

    /// What each process weighed at first, in the middle and at last, and how much it grew after `from` seconds, in MB.
    pub fn by_process(&self, processes: &[(u32, String)], from: f64) -> String {
        let of = |(at, (_, name)): (usize, &(u32, String))| {
            let weights: Vec<f64> = self.1.iter().filter_map(|each| each.get(at)).map(|b| b / 1e6).collect();
            let (first, last) = (weights.first()?, weights.last()?);
            let (middle, grew) = (weights[weights.len() / 2], rise(&weights[self.before(from)..]));
            Some(format!("{name} {first:.0}, {middle:.0}, {last:.0} ({grew:+.1})"))
        };
        processes.iter().enumerate().filter_map(of).collect::<Vec<_>>().join("; ")
    }
}

/// The lowest of the last fifth over the lowest of the first.
fn rise(readings: &[f64]) -> f64 {
    let fifth = (readings.len() / 5).max(1).min(readings.len());
    let lowest = |of: &[f64]| of.iter().copied().fold(f64::INFINITY, f64::min);
    lowest(&readings[readings.len() - fifth..]) - lowest(&readings[..fifth])
}

/// What processes hold at a moment.
#[derive(Debug, Default, Clone)]
pub struct Held {
    /// Memory of all together, bytes: what they allocated, by themselves or shared. Not the pages of programs and
    /// libraries: how much of these counts for whom depends on who else on the machine has them open, a second web view
    /// for one, and that moves the sum by a hundred megabytes.
    pub bytes: f64,
    /// Of each.
    pub each: Vec<f64>,
    /// Threads.
    pub threads: usize,
    /// Open files and sockets.
    pub descriptors: usize,
}

/// What these processes hold now.
pub fn held(processes: &[(u32, String)]) -> Held {
    let count = |id: u32, what: &str| fs::read_dir(format!("/proc/{id}/{what}")).map_or(0, Iterator::count);
    let each: Vec<f64> = processes.iter().map(|(id, _)| allocated(*id)).collect();
    Held {
        bytes: each.iter().sum(),
        each,
        threads: processes.iter().map(|(id, _)| count(*id, "task")).sum(),
        descriptors: processes.iter().map(|(id, _)| count(*id, "fd")).sum(),
    }
}

/// The proportional set size of a process, in bytes: what several share is parted among them. None is nothing.
fn weight(id: u32) -> f64 {
    rollup(id, &["Pss:"])
}

/// The same without what is mapped from files.
fn allocated(id: u32) -> f64 {
    rollup(id, &["Pss_Anon:", "Pss_Shmem:"])
}

/// A process's lines of these names together, in bytes.
fn rollup(id: u32, names: &[&str]) -> f64 {
    let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let kilobytes = |line: &str| {
        let mut words = line.split_whitespace();
        let wanted = names.contains(&words.next()?);
        words.next().filter(|_| wanted)?.parse::<f64>().ok()
    };
    rollup.lines().filter_map(kilobytes).sum::<f64>() * 1024.0
}
