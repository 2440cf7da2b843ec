//! Where secrets are looked for, and the one place where they belong.

use std::fs;
use std::path::{Path, PathBuf};

use kaibo_tests::keyring;

use crate::needles::Needles;

/// Parameters of a stream key that are the secret of it.
const IN_KEYS: [&str; 6] = ["key", "token", "auth_key", "sign", "secret", "txSecret"];
/// Cookies that are secrets.
const IN_COOKIES: [&str; 3] = ["SESSDATA", "bili_jct", "DedeUserID__ckMd5"];

/// What the keyring holds, as named secrets; cookies and stream keys in their parts too.
pub fn in_the_keyring() -> Vec<(String, String)> {
    let entries = keyring().into_iter();
    let all = entries.flat_map(|(label, secrets)| {
        secrets.into_iter().map(move |(name, value)| (format!("{label} {name}"), value))
    });
    // Where to push, what kind of service OBS was set to, and what the relay fed.
    let plain = |name: &str| {
        let last = name.rsplit('.').next().unwrap_or_default();
        matches!(last, "server" | "kind" | "room" | "port" | "targets" | "alone")
    };
    all.filter(|(name, _)| !plain(name)).flat_map(|(name, value)| parts(&name, &value)).collect()
}

/// A secret, and what in it is secret by itself.
pub fn parts(name: &str, value: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let cookies = value.split(';').filter_map(|pair| pair.trim().split_once('='));
    for (cookie, value) in cookies.filter(|(cookie, _)| IN_COOKIES.contains(cookie)) {
        found.push((format!("{name} {cookie}"), value.to_owned()));
    }
    if found.is_empty() {
        found.push((name.to_owned(), value.to_owned()));
        let query = value.split_once('?').map_or("", |(_, query)| query);
        let keys = query.split('&').filter_map(|pair| pair.split_once('='));
        for (key, value) in keys.filter(|(key, value)| IN_KEYS.contains(key) && value.len() >= 12) {
            found.push((format!("{name} {key}"), value.to_owned()));
        }
    }
    found
}

/// Command lines and environments of all processes.
pub fn no_process_was_told(needles: &Needles) {
    let mut looked = 0;
    for process in fs::read_dir("/proc").unwrap().flatten() {
        for file in ["cmdline", "environ"] {
            let path = process.path().join(file);
            // Processes come and go.
            let Ok(text) = fs::read(&path) else { continue };
            looked += usize::from(!text.is_empty());
            needles.not_in(&path.display().to_string(), &text);
        }
    }
    assert!(looked > 10, "command lines could be read");
}

/// All files below a folder; answers which there were.
pub fn no_file_holds(folder: &Path, needles: &Needles) -> Vec<PathBuf> {
    let mut searched = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            searched.extend(no_file_holds(&path, needles));
        } else if kind.is_file()
            && let Ok(bytes) = fs::read(&path)
        {
            needles.not_in(&path.display().to_string(), &bytes);
            searched.push(path);
        }
    }
    searched
}
