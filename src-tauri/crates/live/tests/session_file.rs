//! An evening in one archive, opened again and counted.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use common::{Bench, line, titled};
use jiff::tz::TimeZone;
use kaibo_live::history::History;
use kaibo_live::platform::Platform;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{FigureKind, Signal, Status};
use kaibo_live::view::{ChatHealth, GoLive, SessionFile};

fn wanted(session: i64) -> SessionFile {
    SessionFile {
        session,
        about: "今晚的一场\nchat.jsonl：聊天".into(),
        names: BTreeMap::from([
            ("column_time".into(), "时间".into()),
            ("figure_followers".into(), "粉丝".into()),
        ]),
    }
}

fn part(archive: &Path, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

fn objects(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn figures(path: &Path) -> i64 {
    let db = rusqlite::Connection::open(path).unwrap();
    db.query_row("select count(*) from figure", [], |r| r.get(0)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn an_evening_is_in_its_archive_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let bench = Bench::with_history(History::open(&path).unwrap());
    bench.studio.open().await;
    bench.qiniu.lock().unwrap().lines =
        (0..300).map(|n| line(&n.to_string(), &format!("第 {n} 条"), false)).collect();
    bench.qiniu.lock().unwrap().figures = [(FigureKind::Followers, 5)].into();
    bench.qiniu.lock().unwrap().signal = Some(Signal::None);
    bench.qiniu.lock().unwrap().chat_failure = Some(ProblemCode::Network);
    let room = bench.connect(Platform::Qiniu).await.id;
    bench
        .studio
        .go_live(GoLive {
            rooms: vec![room.clone()],
            details: titled("今晚"),
            covers: BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    bench.until("broken", |r| matches!(r.chat, ChatHealth::Broken { .. })).await;
    bench.qiniu.lock().unwrap().chat_failure = None;
    bench.until("listening", |r| matches!(r.chat, ChatHealth::Listening { .. })).await;
    bench.until("figures", |r| !r.figures.is_empty()).await;
    tokio::time::sleep(Duration::from_secs(200)).await;
    bench.studio.end_broadcast(&[room], false).await;
    bench.until("over", |r| r.status != Status::Live && r.chat == ChatHealth::Off).await;
    tokio::time::sleep(Duration::from_secs(200)).await;
    bench.history.flush().await.unwrap();
    let session = bench.studio.sessions(None).await.unwrap().sessions.remove(0);

    let to = folder.path().join("evening.zip");
    let zone = || TimeZone::fixed(jiff::tz::offset(8));
    let done = bench.studio.save_session(wanted(session.id), &to, zone()).await.unwrap().unwrap();
    assert_eq!((done.lines, done.sessions, done.file.as_str()), (session.lines, 1, "evening.zip"));
    assert_eq!(done.bytes, std::fs::metadata(&to).unwrap().len());

    let chat = objects(&part(&to, "chat.jsonl"));
    assert_eq!(chat.len() as u64, session.lines);
    for n in 0..300 {
        assert_eq!(chat.iter().filter(|l| l["text"] == format!("第 {n} 条")).count(), 1, "line {n}");
    }
    assert!(part(&to, "README.txt").contains("今晚的一场\r\nchat.jsonl：聊天\r\n"));
    let said: serde_json::Value = serde_json::from_str(&part(&to, "session.json")).unwrap();
    assert_eq!((said["title"].as_str(), said["lines"].as_u64()), (Some("今晚"), Some(session.lines)));
    let samples = part(&to, "figures.csv");
    let rows: Vec<&str> = samples.lines().collect();
    assert_eq!(rows[0], "\u{feff}时间,figure,value");
    assert!(rows[1].ends_with(",粉丝,5"), "{rows:?}");
    let followers = rows.iter().filter(|row| row.contains("粉丝")).count();
    assert!((3..=4).contains(&followers), "one a minute while it was on air, and none after that: {rows:?}");
    // The chat was broken for a while, and nobody sent a picture.
    let problems = objects(&part(&to, "problems.jsonl"));
    assert!(
        problems.iter().any(|p| p["source"] == "chat" && p["problem"]["kind"] == "network"),
        "{problems:?}"
    );
    let silent = |p: &&serde_json::Value| p["problem"]["kind"] == "live_without_video";
    assert_eq!(problems.iter().filter(silent).count(), 1, "once, however long it lasts: {problems:?}");
    let actions = objects(&part(&to, "actions.jsonl"));
    assert!(actions.iter().any(|a| a["action"] == "end" && a["outcome"] == "done"), "{actions:?}");

    assert_eq!(
        bench.studio.save_session(wanted(99), &to, zone()).await.unwrap_err().code,
        ProblemCode::NotFound
    );
    assert!(figures(&path) > 0);
    bench.studio.delete_session(session.id).await.unwrap();
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while figures(&path) > 0 {
        assert!(std::time::Instant::now() < until, "its figures are gone too");
        bench.history.flush().await.unwrap();
    }
}
