//! What the program and its helpers weigh.

use std::fs;
use std::time::{Duration, Instant};

use crate::Window;

/// Between two readings. Each costs the processes a few milliseconds.
const EVERY: Duration = Duration::from_secs(2);

/// Readings of all processes together.
#[derive(Default)]
pub struct Weights(Vec<Reading>);

struct Reading {
    /// Seconds since the start.
    at: f64,
    /// Of each process, bytes: all of it, and what of that are pages of programs, libraries and fonts.
    each: Vec<[f64; 2]>,
}

impl Reading {
    fn all(&self) -> f64 {
        self.each.iter().map(|[all, _]| all).sum()
    }
}

/// The processes that count: not the driver, which isn't there when a streamer works.
pub fn processes(window: &Window) -> Vec<(u32, String)> {
    window.processes().into_iter().filter(|(_, name)| !name.starts_with("WebKitWebDriv")).collect()
}

/// Weighs again and again until it is dropped.
pub async fn watch(processes: &[(u32, String)], into: &mut Weights) {
    let began = Instant::now();
    loop {
        let each = processes.iter().map(|(id, _)| rollup(*id, [&["Pss:"], &["Pss_File:"]])).collect();
        into.0.push(Reading { at: began.elapsed().as_secs_f64(), each });
        tokio::time::sleep(EVERY).await;
    }
}

impl Weights {
    /// How much the lowest reading of the last fifth lies above the lowest of the first fifth, both after `from`
    /// seconds, in bytes. Lowest ones, because a collector lets garbage gather up to a bound.
    pub fn growth(&self, from: f64) -> f64 {
        rise(&self.0[self.before(from)..].iter().map(Reading::all).collect::<Vec<_>>())
    }

    /// How many readings were before `from` seconds.
    fn before(&self, from: f64) -> usize {
        self.0.iter().take_while(|reading| reading.at < from).count()
    }

    /// The most that was read, bytes.
    pub fn most(&self) -> f64 {
        self.0.iter().map(Reading::all).fold(0.0, f64::max)
    }

    /// Readings every so often, in MB, for a person to look at.
    pub fn course(&self) -> String {
        let step = self.0.len().div_ceil(12).max(1);
        let told = |reading: &Reading| format!("{:.0} s {:.0}", reading.at, reading.all() / 1e6);
        self.0.iter().step_by(step).map(told).collect::<Vec<_>>().join(", ")
    }

    /// What each process weighed at first, in the middle and at last, how much it grew after `from` seconds, and how
    /// much of that is pages of files, in MB.
    pub fn by_process(&self, processes: &[(u32, String)], from: f64) -> String {
        let of = |(at, (_, name)): (usize, &(u32, String))| {
            let of = |what: usize| -> Vec<f64> {
                self.0.iter().filter_map(|reading| Some(reading.each.get(at)?[what] / 1e6)).collect()
            };
            let (all, files, from) = (of(0), of(1), self.before(from));
            let (first, middle, last) = (all.first()?, all[all.len() / 2], all.last()?);
            let (grew, files) = (rise(&all[from..]), rise(&files[from..]));
            Some(format!("{name} {first:.0}, {middle:.0}, {last:.0} ({grew:+.1}, files {files:+.1})"))
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

/// What a process allocated, in bytes; what several share is parted among them. None is nothing.
fn allocated(id: u32) -> f64 {
    let [bytes] = rollup(id, [&["Pss_Anon:", "Pss_Shmem:"]]);
    bytes
}

/// A process's lines of these names, each time together, in bytes.
fn rollup<const N: usize>(id: u32, sums: [&[&str]; N]) -> [f64; N] {
    let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).unwrap_or_default();
    let kilobytes = |line: &str, names: &[&str]| {
        let mut words = line.split_whitespace();
        let wanted = names.contains(&words.next()?);
        words.next().filter(|_| wanted)?.parse::<f64>().ok()
    };
    sums.map(|names| rollup.lines().filter_map(|line| kilobytes(line, names)).sum::<f64>() * 1024.0)
}
