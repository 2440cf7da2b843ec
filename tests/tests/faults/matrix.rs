//! All cells, and a sample of them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::cell::{Cell, Report, note_panics, play};
use super::control;
use super::fault::{Fault, Phase};
use super::ops::OPS;
use super::table;

/// Of the sample's cells, one of so many.
const SAMPLE: usize = 29;

pub(crate) fn cells(seed: u64) -> Vec<Cell> {
    let mut chance = fastrand::Rng::with_seed(seed);
    let mut cells = Vec::new();
    for (fault, _) in Fault::ALL {
        for phase in Phase::ALL {
            cells.extend(OPS.iter().map(|op| Cell { op: *op, fault, phase, seed: chance.u64(..) }));
        }
    }
    cells
}

/// Plays all of them, as many side by side as there are processors.
pub(crate) fn play_all(cells: &[Cell]) -> Vec<(Cell, Report)> {
    note_panics();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(cells.len()));
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(cell) = cells.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let report = play(cell);
                    done.lock().unwrap().push((*cell, report));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(cell, _)| (cell.op.platform, cell.op.act, cell.fault, cell.phase));
    done
}

fn told(done: &[(Cell, Report)]) -> Vec<String> {
    let wrong = done.iter().filter(|(_, report)| !report.wrong.is_empty());
    wrong
        .map(|(cell, report)| {
            let Cell { op, fault, phase, seed } = cell;
            let (act, fault, phase) = (op.act.name(), fault.name(), phase.name());
            format!("{} {act}, {fault}, {phase} (seed {seed}): {}", op.platform, report.wrong.join("; "))
        })
        .collect()
}

/// One cell of many, so that every fault, every phase and every operation is among them.
#[test]
fn a_sample_of_all_that_can_go_wrong() {
    let sample: Vec<Cell> = cells(1).into_iter().step_by(SAMPLE).collect();
    let done = play_all(&sample);
    assert!(done.len() >= 90, "{}", done.len());
    let wrong = told(&done);
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), done.len(), wrong.join("\n"));
}

/// The same presses by a program that simply tries again make rooms that nobody asked for.
#[test]
fn naive_retries_make_more_than_one_room() {
    let control = control::play_all(1);
    assert!(control.broken > 0, "the property can be broken, and the matrix would see it");
}

/// `make faults`. `KAIBO_SEED` is the seed, `KAIBO_ONLY` picks cells by words of their names, and
/// `KAIBO_FAULTS` is where the table goes.
#[test]
#[ignore = "minutes long: make faults"]
#[allow(clippy::print_stdout)]
fn all_that_can_go_wrong() {
    let seed = std::env::var("KAIBO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let only = std::env::var("KAIBO_ONLY").unwrap_or_default();
    let named = |cell: &Cell| {
        let name = [cell.op.platform, cell.op.act.name(), cell.fault.name(), cell.phase.name()].join("/");
        only.split_whitespace().all(|word| name.contains(word))
    };
    let began = Instant::now();
    let chosen: Vec<Cell> = cells(seed).into_iter().filter(named).collect();
    let done = play_all(&chosen);
    let wrong = told(&done);
    let control = control::play_all(seed);
    let table = table::of(&done, &control, seed);
    println!("{table}");
    println!(
        "{} cells, {} passed, {} failed, seed {seed}, {:?}",
        done.len(),
        done.len() - wrong.len(),
        wrong.len(),
        began.elapsed()
    );
    for line in &wrong {
        println!("  {line}");
    }
    if let Ok(place) = std::env::var("KAIBO_FAULTS")
        && wrong.is_empty()
        && only.is_empty()
    {
        std::fs::write(place, &table).unwrap();
    }
    assert!(wrong.is_empty() && control.broken > 0);
}
