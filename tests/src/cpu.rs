//! What processes cost: a flood's bottleneck is told by who has no time left.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

/// Clock ticks a second in `/proc`, the same on every Linux that Rust runs on.
const TICKS: f64 = 100.0;

/// What this process goes by: lines of chat come from it.
const SOURCE: &str = "source";

/// A look at processes: seconds of processor time by name.
pub struct Look {
    at: Instant,
    spent: BTreeMap<String, f64>,
}

/// Looks at these processes and at this one.
pub fn look(processes: &[(u32, String)]) -> Look {
    let own = (std::process::id(), SOURCE.to_owned());
    let mut spent = BTreeMap::new();
    for (id, name) in processes.iter().chain([&own]) {
        *spent.entry(name.clone()).or_default() += seconds(&format!("/proc/{id}/stat")).unwrap_or_default();
        if name == "kaibo" || name == "naive-window" {
            threads(*id, name, &mut spent);
        }
    }
    Look { at: Instant::now(), spent }
}

/// A process's threads by name.
fn threads(id: u32, process: &str, into: &mut BTreeMap<String, f64>) {
    for thread in fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
        let path = thread.path();
        let Ok(name) = fs::read_to_string(path.join("comm")) else { continue };
        let spent = seconds(&path.join("stat").to_string_lossy()).unwrap_or_default();
        *into.entry(format!("{process}/{}", name.trim())).or_default() += spent;
    }
}

impl Look {
    /// Percent of one core since an earlier look, all processes but this one together.
    pub fn share_since(&self, before: &Self) -> f64 {
        let own = |look: &Self| -> f64 {
            let processes = look.spent.iter().filter(|(name, _)| !name.contains('/') && *name != SOURCE);
            processes.map(|(_, spent)| spent).sum()
        };
        (own(self) - own(before)) / self.wall_since(before) * 100.0
    }

    fn wall_since(&self, before: &Self) -> f64 {
        self.at.duration_since(before.at).as_secs_f64().max(0.001)
    }

    /// Percent of one core since an earlier look.
    pub fn since(&self, before: &Self) -> String {
        let wall = self.wall_since(before);
        let share = |(name, spent): (&String, &f64)| {
            let part = (spent - before.spent.get(name).copied().unwrap_or_default()) / wall * 100.0;
            (part >= 0.05).then(|| format!("{name} {part:.1} %"))
        };
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let load = load.split(' ').next().unwrap_or_default();
        format!("{}; load {load}", self.spent.iter().filter_map(share).collect::<Vec<_>>().join(", "))
    }
}

/// User and system time: fields 14 and 15, counted behind the name in brackets.
fn seconds(path: &str) -> Option<f64> {
    let stat = fs::read_to_string(path).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}
