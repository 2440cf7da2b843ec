//! A sample of `make saves`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn run(arguments: &[&str], name: &str, file: &Path) -> Value {
    let done = Command::new(env!("CARGO_BIN_EXE_kaibo-saves")).args(arguments).arg(file).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let figures: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    println!("{said}");
    figures[name].clone()
}

#[test]
fn saves_that_are_killed_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let figures = run(&["kill", "150", "7"], "killed", &folder.path().join("saves.json"));
    assert_eq!(figures["kaibo"]["lost"], 0, "{figures}");
    for kind in ["preferences", "database", "export"] {
        assert!(figures[kind]["killed"].as_u64() > Some(20), "each kind is hit: {figures}");
        assert!(figures[kind]["kept"].as_u64() > Some(5), "and saves in between: {figures}");
    }
}

#[test]
fn a_full_disk_takes_nothing_that_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let figures = run(&["full"], "full_disk", &folder.path().join("saves.json"));
    for kind in ["preferences", "database", "export"] {
        assert_eq!(figures[kind]["lost"], 0, "{figures}");
        assert!(
            figures[kind]["failed"].as_u64() > Some(1),
            "a save on a full disk fails, and says so: {figures}"
        );
        assert!(figures[kind]["kept"].as_u64() >= Some(3), "{figures}");
    }
}
