//! Measures a history that `make-history` wrote: `measure-history FILE SUMMARY.json`.
//!
//! Opening to the first page, searches beside plain `LIKE` over the same file, and the export of all with the memory
//! it takes. The figures are added to the summary; the exported file is counted and deleted.

#![allow(clippy::print_stdout, clippy::expect_used, clippy::panic, clippy::cast_precision_loss)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Instant;

use jiff::tz::TimeZone;
use kaibo_live::history::History;
use kaibo_live::platform::Platform;
use kaibo_live::store::Store;
use kaibo_live::view::{ExportFormat, HistoryExport, HistoryPerson, HistoryQuery};
use rusqlite::{Connection, OpenFlags};

/// Times that each thing is done; the one in the middle counts.
const ROUNDS: usize = 5;
/// What is looked for: often said, rarely, never; of two characters, of one, in English, a number, two at once, a name.
const WORDS: [&str; 10] =
    ["晚上好", "晚上", "好", "稀客到访", "稀", "gg", "hangzhou", "稀客 晚上", "小满", "没有人说过这句"];

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

fn milliseconds(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1_000.0
}

async fn open(file: &Path) -> f64 {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let history = History::open(file).expect("opens");
        assert!(!history.sessions(None).await.expect("has sessions").sessions.is_empty());
        assert!(!history.search(HistoryQuery::default()).await.expect("has lines").lines.is_empty());
        times.push(milliseconds(began));
    }
    println!("first opened in {:.1} ms", times[0]);
    middle(times)
}

async fn search(history: &History, query: HistoryQuery) -> (f64, usize) {
    let (mut times, mut found) = (Vec::new(), 0);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        found = history.search(query.clone()).await.expect("searches").lines.len();
        times.push(milliseconds(began));
    }
    (middle(times), found)
}

/// As it would be done without an index: the same page, newest first.
fn like(db: &Connection, words: &str) -> f64 {
    let parts: Vec<String> = words.split(' ').map(|w| format!("%{w}%")).collect();
    let one = |n: usize| format!("(text like ?{n} or name like ?{n} or gift like ?{n})");
    let all: Vec<String> = (1..=parts.len()).map(one).collect();
    let sql = format!("select id, text from line where {} order by id desc limit 201", all.join(" and "));
    let times = (0..ROUNDS).map(|_| {
        let began = Instant::now();
        let mut query = db.prepare(&sql).expect("prepares");
        let mut rows = query.query(rusqlite::params_from_iter(&parts)).expect("searches");
        while rows.next().expect("reads").is_some() {}
        milliseconds(began)
    });
    middle(times.collect())
}

/// Memory of this process in kB by name; Linux alone tells.
fn memory(name: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Exports all; answers seconds and MB of memory at the most beyond those before.
async fn export(file: &Path) -> (f64, Option<f64>) {
    let bench = common::Bench::kept(Store::in_memory().expect("opens"), History::open(file).expect("opens"));
    let to = file.with_extension("csv");
    // The peak is counted from here on.
    let counted = std::fs::write("/proc/self/clear_refs", "5").is_ok();
    let (before, began) = (memory("VmRSS"), Instant::now());
    let all = HistoryExport::all(ExportFormat::Csv);
    let done = bench.studio.export_history(all, &to, TimeZone::UTC).await.expect("writes").expect("ends");
    let took = began.elapsed().as_secs_f64();
    let grown =
        memory("VmHWM").zip(before).filter(|_| counted).map(|(peak, before)| (peak - before) / 1024.0);
    let lines = BufReader::new(std::fs::File::open(&to).expect("is there")).lines().count() as u64;
    assert_eq!(lines, done.lines + 1, "each line and the heading");
    println!("exported {} lines, {:.0} MB, in {took:.1} s", done.lines, done.bytes as f64 / 1e6);
    std::fs::remove_file(&to).expect("deletes");
    (took, grown)
}

async fn measure(file: &Path) -> Vec<(&'static str, f64)> {
    let opened = open(file).await;
    let history = History::open(file).expect("opens");
    let plain = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("opens");
    let (mut worst, mut worst_like) = (0.0_f64, 0.0_f64);
    for words in WORDS {
        let query = HistoryQuery { words: words.into(), ..HistoryQuery::default() };
        let (ours, found) = search(&history, query).await;
        let like = like(&plain, words);
        println!("{words}: {found} lines in {ours:.1} ms; LIKE {like:.1} ms");
        (worst, worst_like) = (worst.max(ours), worst_like.max(like));
    }
    let person =
        |id: &str| HistoryPerson { platform: Platform::Bilibili, id: id.into(), name: String::new() };
    for (id, words) in [("1000", ""), ("1000", "晚上"), ("20999", ""), ("nobody", "")] {
        let query = HistoryQuery { person: Some(person(id)), words: words.into(), ..HistoryQuery::default() };
        let (ours, found) = search(&history, query).await;
        println!("person {id} {words}: {found} lines in {ours:.1} ms");
        worst = worst.max(ours);
    }
    drop((history, plain));
    let (took, grown) = export(file).await;
    let mut figures = vec![
        ("history_open_ms", opened),
        ("history_search_ms", worst),
        ("history_like_ms", worst_like),
        ("history_export_s", took),
    ];
    figures.extend(grown.map(|mb| ("history_export_memory_mb", mb)));
    figures
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, summary] = arguments.as_slice() else { panic!("measure-history FILE SUMMARY.json") };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let figures = runtime.block_on(measure(Path::new(file)));
    let all = std::fs::read(summary).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let mut all: serde_json::Map<String, serde_json::Value> = all.unwrap_or_default();
    for (name, figure) in figures {
        println!("{name:>28} {figure:.1}");
        all.insert(name.to_owned(), ((figure * 10.0).round() / 10.0).into());
    }
    std::fs::write(summary, serde_json::to_string_pretty(&all).expect("is JSON") + "\n").expect("writes");
}
