//! The history in files: every line of it, read back; stopped, and without room on the disk.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use common::Bench;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kaibo_live::chat::{ChatEvent, ChatKind, Gift, Person};
use kaibo_live::history::{History, Session, SessionStart};
use kaibo_live::platform::Platform;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{RemoteId, RoomId};
use kaibo_live::view::{ExportFormat, HistoryExport, Update};

/// 2026-03-13 20:00 in Shanghai.
const EVENING: i64 = 1_773_403_200_000;

fn session(room: &str, platform: Platform) -> Arc<Session> {
    Session::new(SessionStart {
        room: RoomId(room.into()),
        platform,
        sandbox: false,
        account: "店内".into(),
        name: "店内".into(),
        title: "今晚, \"夜听\"".into(),
        remote: RemoteId(room.into()),
        lasting: false,
        started: EVENING,
    })
}

/// `count` lines, of which every tenth is a gift.
async fn talk(history: &History, session: &Arc<Session>, count: i64) {
    for n in 0..count {
        let heard = EVENING + n * 1_000;
        let at = Timestamp::from_millisecond(heard).unwrap();
        let name = if n == 3 { "=cmd".to_owned() } else { format!("小满{n}") };
        let who = Person { id: "3493265644980448".into(), name, me: false, moderator: false };
        let event = if n % 10 == 9 {
            let gift = Gift { name: "小花".into(), count: 3, worth: Some(1_900) };
            ChatEvent::new(n.to_string(), at, ChatKind::Gift, Some(who), "").giving(gift)
        } else {
            ChatEvent::new(n.to_string(), at, ChatKind::Message, Some(who), &format!("第 {n} 条, \"好\""))
        };
        history.hear(session, event, heard).await;
    }
    history.flush().await.unwrap();
}

fn zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

/// The first room's 4,500 lines take three pages, the second's ten one.
async fn bench(folder: &Path) -> Bench {
    let bench = Bench::with_history(History::open(&folder.join("history.db")).unwrap());
    let history = bench.history.clone();
    talk(&history, &session("r1", Platform::Bilibili), 4_500).await;
    talk(&history, &session("r2", Platform::Weibo), 10).await;
    bench
}

fn names(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|f| f.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_has_every_line_and_nothing_that_a_spreadsheet_runs() {
    let kept = tempfile::tempdir().unwrap();
    let bench = bench(kept.path()).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("all.csv");
    std::fs::write(&to, "former").unwrap();
    let mut all = HistoryExport::all(ExportFormat::Csv);
    all.names = BTreeMap::from([("bilibili".into(), "B 站".into()), ("column_time".into(), "时间".into())]);
    let done = bench.studio.export_history(all, &to, zone()).await.unwrap().unwrap();
    assert_eq!((done.lines, done.sessions, done.file.as_str()), (4_510, 2, "all.csv"));
    let bytes = std::fs::read(&to).unwrap();
    assert_eq!(done.bytes, bytes.len() as u64);
    assert!(bytes.starts_with("\u{feff}时间,platform,".as_bytes()));
    let text = String::from_utf8(bytes).unwrap();
    assert_eq!(text.matches("\r\n").count(), 4_511, "a line each, and the heading");
    let mut table = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 4_510);
    let cells = |at: usize| rows[at].iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(cells(3)[..6], ["2026-03-13 20:00:03", "B 站", "店内", "今晚, \"夜听\"", "message", "'=cmd"]);
    assert_eq!(cells(3)[6..8], ["'3493265644980448", "第 3 条, \"好\""]);
    assert_eq!(cells(9)[7..11], ["", "小花", "3", "1.90"]);
    assert_eq!(cells(4_500)[1], "weibo");
    for (n, row) in rows[..4_500].iter().enumerate().filter(|(n, _)| n % 10 != 9) {
        assert_eq!(&row[7], format!("第 {n} 条, \"好\""), "in order");
    }
    assert_eq!(names(folder.path()), ["all.csv"], "nothing stays beside it");
}

#[tokio::test(flavor = "multi_thread")]
async fn rooms_times_and_kinds_choose_lines_and_every_form_has_them() {
    let kept = tempfile::tempdir().unwrap();
    let bench = bench(kept.path()).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("some");
    let some = |format| HistoryExport {
        room: Some(RoomId("r1".into())),
        from: Some(EVENING + 1_000_000),
        to: Some(EVENING + 2_000_000),
        kinds: vec![ChatKind::Gift],
        ..HistoryExport::all(format)
    };
    let done =
        bench.studio.export_history(some(ExportFormat::JsonLines), &to, zone()).await.unwrap().unwrap();
    assert_eq!((done.lines, done.sessions), (100, 1));
    let text = std::fs::read_to_string(&to).unwrap();
    let lines: Vec<serde_json::Value> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 100);
    assert_eq!(lines[0]["heard_at"], "2026-03-13T20:16:49.000+08:00");
    assert_eq!(lines[0]["gift"]["name"], "小花");
    let done = bench.studio.export_history(some(ExportFormat::Text), &to, zone()).await.unwrap().unwrap();
    assert_eq!(done.lines, 100);
    let text = std::fs::read_to_string(&to).unwrap();
    assert_eq!(text.lines().count(), 101, "and a heading");
    assert!(text.lines().nth(1).unwrap().ends_with("小花 ×3 ¥1.90"), "{text:.200}");
    let named = bench.studio.sessions(None).await.unwrap().sessions[0].id;
    let one = HistoryExport { sessions: vec![named], ..HistoryExport::all(ExportFormat::Text) };
    assert_eq!(bench.studio.export_history(one, &to, zone()).await.unwrap().unwrap().lines, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_it_leaves_what_was_there() {
    let kept = tempfile::tempdir().unwrap();
    let bench = bench(kept.path()).await;
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("all.csv");
    std::fs::write(&to, "former").unwrap();
    let export = bench.studio.export_history(HistoryExport::all(ExportFormat::Csv), &to, zone());
    let stop = async {
        loop {
            let updates = bench.studio.next_updates().await;
            if updates.iter().any(|u| matches!(u, Update::Export { export: Some(view) } if view.of == 4_510))
            {
                let held = bench.studio.may_restart().await.unwrap_err();
                assert_eq!(held.code, ProblemCode::UpdateHeld, "the file would end half way");
                return bench.studio.cancel_export();
            }
        }
    };
    let (done, ()) = tokio::join!(export, stop);
    assert_eq!(done.unwrap(), None);
    assert!(bench.studio.may_restart().await.is_ok());
    assert_eq!(std::fs::read(&to).unwrap(), b"former");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while names(folder.path()) != ["all.csv"] {
        assert!(std::time::Instant::now() < until, "{:?}", names(folder.path()));
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_and_leaves_no_half_file() {
    let kept = tempfile::tempdir().unwrap();
    let bench = bench(kept.path()).await;
    let folder = tempfile::tempdir().unwrap();
    let disk = folder.path().to_str().unwrap();
    let small = ["-t", "tmpfs", "-o", "size=64k", "kaibo-test", disk];
    let mounted = Command::new("mount").args(small).status().is_ok_and(|s| s.success());
    let to = if mounted { folder.path().join("all.csv") } else { folder.path().join("none/all.csv") };
    let done = bench.studio.export_history(HistoryExport::all(ExportFormat::Csv), &to, zone()).await;
    let left = names(folder.path());
    if mounted {
        assert!(Command::new("umount").arg(disk).status().unwrap().success());
    }
    assert_eq!(done.unwrap_err().code, ProblemCode::Storage);
    assert!(left.is_empty(), "{left:?}");
    let updates = bench.studio.next_updates().await;
    let told: Vec<&Update> = updates.iter().filter(|u| matches!(u, Update::Export { .. })).collect();
    assert!(matches!(told[..], [Update::Export { export: None }]), "nothing is under way any more");
}
