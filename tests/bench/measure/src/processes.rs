//! A process and its descendants, by `/proc`.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::Result;

/// The process and all its descendants.
pub(crate) fn family(of: u32) -> Vec<u32> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Some(parent) = parent(id) {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut found = vec![of];
    let mut next = 0;
    while let Some(id) = found.get(next) {
        found.extend(children.get(id).into_iter().flatten());
        next += 1;
    }
    found
}

/// The parent's id: the second field after the name, which stands in brackets and may hold anything.
fn parent(id: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// The proportional set size of the process and its descendants, in bytes: shared pages count once in all.
pub(crate) fn weight(of: u32) -> Result<f64> {
    let mut kilobytes = 0_u32;
    for id in family(of) {
        let Ok(rollup) = fs::read_to_string(format!("/proc/{id}/smaps_rollup")) else { continue };
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:")).unwrap_or_default();
        kilobytes += line.split_whitespace().next().unwrap_or("0").parse::<u32>()?;
    }
    if kilobytes == 0 {
        return Err("its memory could not be read".into());
    }
    Ok(f64::from(kilobytes) * 1024.0)
}

/// Asks the process to end, waits for it and its descendants, and makes those end that don't.
pub(crate) fn end(child: &mut Child, family: &[u32]) {
    signal("-TERM", child.id());
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let gone = !matches!(child.try_wait(), Ok(None));
        if gone && family.iter().all(|id| !alive(*id)) {
            return;
        }
        if Instant::now() > deadline {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    for id in family.iter().filter(|id| alive(**id)) {
        signal("-KILL", *id);
    }
    let _ = child.wait();
}

/// There, and not merely waiting to be collected by its parent.
fn alive(id: u32) -> bool {
    fs::read_to_string(format!("/proc/{id}/stat"))
        .ok()
        .and_then(|stat| stat.rsplit_once(')').map(|(_, rest)| !rest.trim_start().starts_with('Z')))
        .unwrap_or(false)
}

fn signal(name: &str, id: u32) {
    let _ = Command::new("kill").args([name, &id.to_string()]).status();
}
