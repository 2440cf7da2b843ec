//! The memory of a running process: what is written and resident, as it lies there.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

const PAGE: u64 = 4096;
/// Read at once, in bytes.
const PIECE: u64 = 4 * 1024 * 1024;

/// Calls `look` with piece after piece of a process's writable private memory; neighbours overlap by `overlap`
/// bytes. Answers how many bytes were looked at.
pub fn image(process: u32, overlap: usize, mut look: impl FnMut(&[u8])) -> u64 {
    let folder = format!("/proc/{process}");
    let maps = fs::read_to_string(format!("{folder}/maps")).unwrap();
    let pages = File::open(format!("{folder}/pagemap")).unwrap();
    let memory = File::open(format!("{folder}/mem")).unwrap();
    let (mut seen, mut piece) = (0, Vec::new());
    let overlap = u64::try_from(overlap).unwrap();
    for (begin, end) in maps.lines().filter_map(writable) {
        for (from, to) in resident(&pages, begin, end) {
            let mut at = from;
            while at < to {
                let until = (at + PIECE).min(to);
                piece.resize(usize::try_from(until - at).unwrap(), 0);
                // What was unmapped meanwhile is no place for a secret.
                if memory.read_exact_at(&mut piece, at).is_ok() {
                    look(&piece);
                    seen += until - at;
                }
                at = if until == to { to } else { until - overlap };
            }
        }
    }
    seen
}

fn writable(line: &str) -> Option<(u64, u64)> {
    let mut words = line.split_whitespace();
    let (begin, end) = words.next()?.split_once('-')?;
    let rights = words.next()?;
    let address = |text| u64::from_str_radix(text, 16).ok();
    (rights.starts_with("rw") && rights.ends_with('p')).then_some((address(begin)?, address(end)?))
}

/// The runs of pages that are in memory or swapped out. Reserved ones, of which there are gigabytes, hold
/// nothing.
fn resident(pages: &File, begin: u64, end: u64) -> Vec<(u64, u64)> {
    const THERE: u64 = 0b11 << 62;
    let mut runs: Vec<(u64, u64)> = Vec::new();
    let mut entries = vec![0; 8 * 65_536];
    let mut at = begin;
    while at < end {
        let count = ((end - at) / PAGE).min(65_536);
        let bytes = &mut entries[..usize::try_from(count * 8).unwrap()];
        if pages.read_exact_at(bytes, at / PAGE * 8).is_err() {
            break;
        }
        for entry in bytes.chunks_exact(8) {
            if u64::from_le_bytes(entry.try_into().unwrap()) & THERE != 0 {
                match runs.last_mut() {
                    Some((_, to)) if *to == at => *to = at + PAGE,
                    _ => runs.push((at, at + PAGE)),
                }
            }
            at += PAGE;
        }
    }
    runs
}
