//! What came of all saves.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::Result;
use crate::value::Kind;

/// What came of one kind of saves.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Count {
    /// Saves that were told to be kept.
    pub(crate) kept: u64,
    /// Saves that were told to have failed.
    pub(crate) failed: u64,
    /// Saves that had begun when the kill came.
    pub(crate) killed: u64,
    /// Times that what was read afterwards wasn't whole, or older than the last that was kept.
    pub(crate) lost: u64,
}

/// What came of all of them.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    counts: [Count; Kind::ALL.len()],
    /// Processes that were killed.
    pub(crate) kills: u64,
}

impl Tally {
    pub(crate) fn of(&mut self, kind: Kind) -> &mut Count {
        &mut self.counts[kind as usize]
    }

    /// Kaibo's three together.
    pub(crate) fn own(&self) -> Count {
        let mut own = Count::default();
        for (kind, count) in Kind::ALL.into_iter().zip(self.counts) {
            if kind != Kind::Plugin {
                own = add(own, count);
            }
        }
        own
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.kills += other.kills;
        for (one, other) in self.counts.iter_mut().zip(other.counts) {
            *one = add(*one, other);
        }
    }

    /// Prints all, adds it to a file of figures under a name, and answers whether Kaibo lost nothing.
    pub(crate) fn told(mut self, name: &str, summary: Option<&Path>) -> Result<bool> {
        let own = self.own();
        let mut figures = Map::from_iter([("kills".to_owned(), json!(self.kills))]);
        println!("{:>12} {:>8} {:>8} {:>8} {:>6}", name, "kept", "failed", "killed", "lost");
        let kinds = Kind::ALL.map(|kind| (kind.name(), *self.of(kind)));
        for (name, count) in kinds.into_iter().chain([("kaibo", own)]) {
            let Count { kept, failed, killed, lost } = count;
            println!("{name:>12} {kept:>8} {failed:>8} {killed:>8} {lost:>6}");
            let count = json!({ "kept": kept, "failed": failed, "killed": killed, "lost": lost });
            figures.insert(name.to_owned(), count);
        }
        if let Some(path) = summary {
            let mut all: Map<String, Value> = match fs::read_to_string(path) {
                Ok(text) => serde_json::from_str(&text)?,
                Err(_) => Map::new(),
            };
            all.insert(name.to_owned(), figures.into());
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, serde_json::to_string_pretty(&all)? + "\n")?;
        }
        Ok(own.lost == 0)
    }
}

fn add(one: Count, other: Count) -> Count {
    Count {
        kept: one.kept + other.kept,
        failed: one.failed + other.failed,
        killed: one.killed + other.killed,
        lost: one.lost + other.lost,
    }
}
