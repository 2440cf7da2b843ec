//! Exchanges recorded from Qiniu's own open-source server, for tests.

use std::path::PathBuf;

use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/qiniu")
}

/// One file, by its name without `.json`.
pub(super) fn read(name: &str) -> Value {
    let path = folder().join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("JSON")
}

/// All recorded exchanges, by name, in order of it.
pub(super) fn all() -> Vec<(String, Value)> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("the fixtures")
        .filter_map(|entry| Some(entry.ok()?.file_name().to_str()?.strip_suffix(".json")?.to_owned()))
        .collect();
    names.sort();
    names
        .into_iter()
        .map(|name| (read(&name), name))
        .filter(|(record, _)| record.is_object() && record["response"].is_object())
        .map(|(record, name)| (name, record))
        .collect()
}

/// A recorded answer: HTTP status and body.
pub(super) fn answer(name: &str) -> (u16, Vec<u8>) {
    let record = read(name);
    let status = record["response"]["status"].as_u64().and_then(|s| u16::try_from(s).ok()).expect("status");
    (status, record["response"]["body_text"].as_str().unwrap_or_default().as_bytes().to_vec())
}
