//! The chat's history in the real window: an evening's lines found again, exported, deleted, and kept as long as the
//! streamer wants.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;

use kaibo_tests::{FourRooms, Window, choose_file, until};
use tokio::sync::Mutex;

/// One window at a time.
static SCREEN: Mutex<()> = Mutex::const_new(());

/// What the broadcast is called; the rooms had other titles before.
const TITLE: &str = "满屋子的人";
/// Said once, among all the rest.
const QUESTION: &str = "请问滤杯是哪一种，水温多少度合适";
/// A spreadsheet must not run it, and its quotes and comma belong to it.
const FORMULA: &str = r#"=1+1, "引号""#;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_found_again_and_exported_line_by_line() {
    let _screen = SCREEN.lock().await;
    let mut four = FourRooms::begin().await;
    four.say_all(6);
    let asked = say(&mut four, 3, "雨天唱片", QUESTION);
    say(&mut four, 0, "雨天唱片", FORMULA);
    four.say_all(6);
    four.until_lines().await;
    four.history_has_all_once().await;
    let window = &four.evening.window;

    window.click("nav-history").await;
    window.until_attribute("history-sessions", "data-count", "4").await;
    let sessions = texts(window, "history-session").await;
    assert!(sessions.iter().all(|session| session.contains(TITLE)), "the title of now: {sessions:?}");
    window.shot("history-sessions").await;

    window.fill("history-search", "滤杯").await;
    window.until_attribute("history-found", "data-found", "1").await;
    window.until_text("history-hit", QUESTION).await;
    window.shot("history-found").await;
    jump(window, QUESTION).await;
    // Where it was said: between the lines before and after it in its room.
    let lines = texts(window, "history-line").await;
    let at = lines.iter().position(|line| line.contains(QUESTION)).unwrap();
    let said = &four.rooms[3].said;
    assert!(lines[..at].iter().any(|line| line.ends_with(&said[asked - 1])), "the line before: {lines:#?}");
    assert!(lines[at..].iter().any(|line| line.ends_with(&said[asked + 1])), "the line after: {lines:#?}");
    window.click("history-back").await;
    window.until_text("history-hit", QUESTION).await;

    // Everything that one person said, in all rooms.
    jump(window, QUESTION).await;
    let target = "[aria-current=\"true\"] [data-testid=\"history-person\"]";
    window.click_for(target, "[data-testid=\"history-person-chip\"]").await;
    window.until_attribute("history-found", "data-found", "1").await;
    window.click("history-person-chip").await;
    window.fill("history-search", "雨天唱片").await;
    window.until_attribute("history-found", "data-found", "2").await;
    window.click("history-clear").await;
    window.until_attribute("history-sessions", "data-count", "4").await;

    export_csv(&four).await;
    export_json(&four).await;
}

/// Somebody says something; answers its place in the room.
fn say(four: &mut FourRooms, at: usize, name: &str, text: &str) -> usize {
    let room = &mut four.rooms[at];
    assert!(four.evening.control.viewer_says(room.platform, &room.remote, name, text));
    room.said.push(text.to_owned());
    room.said.len() - 1
}

/// From what was found to its place.
async fn jump(window: &Window, text: &str) {
    let there = "[data-testid=\"history-line\"][aria-current=\"true\"]";
    window.click_for("[data-testid=\"history-hit\"]", there).await;
    window.until_attribute("history-lines", "data-placed", "true").await;
    let seen = format!(
        "const box = document.querySelector('[data-testid=\"history-lines\"]').getBoundingClientRect(); \
         const row = document.querySelector('{there}'); const at = row?.getBoundingClientRect(); \
         return row !== null && row.textContent.includes('{text}') && at.top >= box.top && at.bottom <= box.bottom"
    );
    until("the line in view", || async { (window.script(&seen).await == true).then_some(()) }).await;
    window.shot("history-jumped").await;
}

async fn texts(window: &Window, id: &str) -> Vec<String> {
    let script = format!(
        "return [...document.querySelectorAll('[data-testid=\"{id}\"]')].map((row) => row.textContent.trim())"
    );
    let texts = window.script(&script).await;
    texts.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// Opens the dialog, picks a format, and types a path into the system's own dialog. Answers the lines it counted.
async fn export(window: &Window, format: &str, file: &Path) -> usize {
    window.click_for("[data-testid=\"history-export\"]", "[data-testid=\"history-export-dialog\"]").await;
    window.click(&format!("history-format-{format}")).await;
    window.click("history-export-start").await;
    choose_file(file).await;
    let lines = window.attribute("history-export-done", "data-lines").await;
    window.shot(&format!("history-exported-{format}")).await;
    window.click("history-export-close").await;
    window.until_gone("[data-testid=\"history-export-dialog\"]").await;
    lines.parse().unwrap()
}

async fn export_csv(four: &FourRooms) {
    let file = four.evening.home().join("evening.csv");
    let lines = export(&four.evening.window, "csv", &file).await;
    let bytes = std::fs::read(&file).unwrap();
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").expect("the mark by which Excel knows UTF-8");
    let mut table = csv::Reader::from_reader(text);
    assert_eq!(table.headers().unwrap().iter().nth(7), Some("内容"));
    let records: Vec<csv::StringRecord> = table.records().collect::<Result<_, _>>().unwrap();
    assert_eq!(records.len(), lines, "as many as were told");
    let spoken: Vec<_> = records.iter().filter(|record| !record[5].is_empty()).collect();
    assert_eq!(spoken.len(), four.said());
    let wanted = "'".to_owned() + FORMULA;
    for room in &four.rooms {
        let said: Vec<&str> =
            room.said.iter().map(|s| if s == FORMULA { &wanted } else { s.as_str() }).collect();
        let there: Vec<&str> = spoken.iter().map(|r| &r[7]).filter(|text| said.contains(text)).collect();
        assert_eq!(there, said, "{} line by line", room.remote);
    }
    assert!(spoken.iter().all(|r| &r[3] == TITLE && &r[4] == "聊天"), "{:?}", spoken[0]);
    let asked = spoken.iter().find(|r| &r[7] == QUESTION).unwrap();
    assert_eq!((&asked[1], &asked[5]), ("微博", "雨天唱片"));
}

async fn export_json(four: &FourRooms) {
    let file = four.evening.home().join("evening.jsonl");
    let lines = export(&four.evening.window, "json_lines", &file).await;
    let text = std::fs::read_to_string(&file).unwrap();
    let objects: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), lines);
    let spoken = objects.iter().filter(|object| object["kind"] == "message");
    let mut there: Vec<&str> = spoken.map(|object| object["text"].as_str().unwrap()).collect();
    let mut said: Vec<&str> = four.rooms.iter().flat_map(|room| &room.said).map(String::as_str).collect();
    there.sort_unstable();
    said.sort_unstable();
    assert_eq!(there, said);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_deleted_with_its_lines_and_retention_is_kept() {
    let _screen = SCREEN.lock().await;
    let mut four = FourRooms::begin().await;
    four.say_all(3);
    let secret = "这句之后要忘掉";
    say(&mut four, 3, "半杯水", secret);
    four.until_lines().await;
    four.history_has_all_once().await;
    let weibo = four.rooms[3].remote.clone();
    assert!(four.evening.control.weibo_video(&weibo, false));
    end_weibo(&four).await;

    let window = &four.evening.window;
    window.click("nav-settings").await;
    choose(window, "setting-keep-history", "90").await;
    window.shot("history-retention").await;
    window.click("settings-history").await;
    window.until_attribute("history-sessions", "data-count", "4").await;
    window.fill("history-search", secret).await;
    window.until_attribute("history-found", "data-found", "1").await;
    jump(window, secret).await;
    window.click_for("[data-testid=\"history-delete\"]", "[data-testid=\"cancel\"]").await;
    window.shot("history-delete").await;
    window.click("cancel").await;
    window.until_gone("[data-testid=\"cancel\"]").await;
    window.until_text("history-reading", secret).await;
    window.click_for("[data-testid=\"history-delete\"]", "[data-testid=\"confirm\"]").await;
    window.click("confirm").await;
    window.find("history-none").await;
    window.click("history-clear").await;
    window.until_attribute("history-sessions", "data-count", "3").await;
    gone(&four, secret).await;

    four.evening.restart().await;
    let window = &four.evening.window;
    window.click("nav-history").await;
    window.until_attribute("history-sessions", "data-count", "3").await;
    window.click("nav-settings").await;
    let kept = window.find("setting-keep-history").await.prop("value").await.unwrap();
    assert_eq!(kept.as_deref(), Some("90"), "days that the history is kept");
}

async fn end_weibo(four: &FourRooms) {
    let window = &four.evening.window;
    four.evening.open_room("weibo").await;
    window.click_for("[data-testid=\"end\"]", "[data-testid=\"confirm\"]").await;
    window.click("confirm").await;
    window.until_gone("[data-testid=\"room-status\"][data-status=\"live\"]").await;
}

/// Chooses an option of a list.
async fn choose(window: &Window, id: &str, value: &str) {
    window.find(id).await.select_by_value(value).await.unwrap();
    let chosen = || async {
        let now = window.find(id).await.prop("value").await.ok()?;
        (now.as_deref() == Some(value)).then_some(())
    };
    until(&format!("{value} in {id}"), chosen).await;
}

/// Waits until the history's file doesn't hold a text any more.
async fn gone(four: &FourRooms, text: &str) {
    let file = four.evening.home().join("data/cn.kaibo.desktop/history.db");
    let database = rusqlite::Connection::open(&file).unwrap();
    let left = "select count(*) from line where text = ?";
    let left = || async { database.query_row(left, [text], |row| row.get::<_, i64>(0)).ok() };
    until("the lines to be deleted", || async { (left().await? == 0).then_some(()) }).await;
}
