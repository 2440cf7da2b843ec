//! Every seed and every past finding, through the function that the fuzzer calls.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, missing_docs)]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use kaibo_fuzz_targets::TARGETS;

/// The files of a folder; none where there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("readable").path()).collect();
    files.sort();
    files
}

/// One test, as memory is counted over all threads.
#[test]
fn seeds_and_findings_keep_the_bounds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/fuzz");
    let mut broken = Vec::new();
    for (name, target) in TARGETS {
        let seeds = files(&root.join("seeds").join(name));
        assert!(!seeds.is_empty(), "{name} has seeds");
        for file in seeds.into_iter().chain(files(&root.join("findings").join(name))) {
            let bytes = fs::read(&file).expect("readable");
            // Cut and flipped versions stand for the fuzzer where there is none.
            let half = &bytes[..bytes.len() / 2];
            let mut flipped = bytes.clone();
            if let Some(byte) = flipped.get_mut(bytes.len() / 3) {
                *byte ^= 0x11;
            }
            for input in [&bytes[..], half, &flipped] {
                if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
                    broken.push(file.clone());
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}
