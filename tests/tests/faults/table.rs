//! The matrix as a page of the docs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::cell::{Cell, Ended, Report};
use super::control::Control;
use super::fault::{Fault, Phase};

pub(crate) fn of(done: &[(Cell, Report)], control: &Control, seed: u64) -> String {
    let failed = done.iter().filter(|(_, report)| !report.wrong.is_empty()).count();
    let mut page = String::from("# What goes wrong, and what comes of it\n\n");
    let _ = writeln!(
        page,
        "Written by `make faults` (seed {seed}): {} cells, {} passed, {failed} failed. A cell is an operation at a\n\
         platform, a fault, and when it strikes: before the platform has carried the call out, while the answer is\n\
         on its way, or after. *done*: done in spite of it; *told*: a problem was told, and pressing again did it;\n\
         *recovered*: the program was killed there, and the next start told what had become of it. Passed means:\n\
         so, in time, with one room at most for each intent, no panic, nothing lost. `tests/tests/faults` is how.\n\n\
         Control: creates and starts that are simply tried again, over the same wire: {} cells, {} of them with\n\
         a room that nobody asked for.\n",
        done.len(),
        done.len() - failed,
        control.cells,
        control.broken,
    );
    page.push_str(&faults(done));
    page.push_str(&operations(done));
    page
}

#[derive(Default)]
struct Sum {
    done: usize,
    told: usize,
    recovered: usize,
    failed: usize,
}

impl Sum {
    fn add(&mut self, report: &Report) {
        if !report.wrong.is_empty() {
            self.failed += 1;
        }
        *match report.ended {
            Ended::Done => &mut self.done,
            Ended::Told(_) => &mut self.told,
            Ended::Recovered => &mut self.recovered,
        } += 1;
    }

    fn words(&self) -> String {
        let mut words = Vec::new();
        for (count, word) in [
            (self.done, "done"),
            (self.told, "told"),
            (self.recovered, "recovered"),
            (self.failed, "**failed**"),
        ] {
            if count > 0 {
                words.push(format!("{count} {word}"));
            }
        }
        words.join(", ")
    }
}

fn faults(done: &[(Cell, Report)]) -> String {
    let mut page = String::from("| fault | before | during | after |\n|---|---|---|---|\n");
    for (fault, name) in Fault::ALL {
        let _ = write!(page, "| {name} ");
        for phase in Phase::ALL {
            let mut sum = Sum::default();
            let here = done.iter().filter(|(cell, _)| cell.fault == fault && cell.phase == phase);
            here.for_each(|(_, report)| sum.add(report));
            let _ = write!(page, "| {} ", sum.words());
        }
        page.push_str("|\n");
    }
    page
}

fn operations(done: &[(Cell, Report)]) -> String {
    let mut page = String::from("\n| operation | how it ended | longest until told, s |\n|---|---|---|\n");
    let mut sums: BTreeMap<_, (Sum, u64)> = BTreeMap::new();
    for (cell, report) in done {
        let (sum, longest) = sums.entry((cell.op.platform, cell.op.act)).or_default();
        sum.add(report);
        if cell.fault != Fault::Killed {
            *longest = (*longest).max(report.took.as_secs());
        }
    }
    for ((platform, act), (sum, longest)) in sums {
        let _ = writeln!(page, "| {platform}: {} | {} | {longest} |", act.name(), sum.words());
    }
    page
}
