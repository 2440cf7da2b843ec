//! The chat's history in real files: what is found, what goes, and what a kill, a full disk or a restart leaves.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::{Bench, line, titled};
use jiff::{SignedDuration, Timestamp};
use kaibo_live::chat::{ChatEvent, ChatKind, Gift, Person};
use kaibo_live::history::{History, Session, SessionStart};
use kaibo_live::platform::Platform;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{RemoteId, RoomId, Status};
use kaibo_live::view::{
    ChatHealth, GoLive, HistoryLine, HistoryPerson, HistoryQuery, Preferences, SESSION_PAGE, Update,
};
use rusqlite::Connection;

fn session(room: &str, platform: Platform, started: i64) -> Arc<Session> {
    Session::new(SessionStart {
        room: RoomId(room.into()),
        platform,
        sandbox: false,
        account: "店内".into(),
        name: "店内".into(),
        title: "今晚".into(),
        remote: RemoteId(format!("{room}-{started}")),
        lasting: false,
        started,
    })
}

fn said(id: &str, kind: ChatKind, name: &str, text: &str) -> ChatEvent {
    let who = Person { id: format!("id-of-{name}"), name: name.into(), me: false, moderator: false };
    ChatEvent::new(id.into(), Timestamp::UNIX_EPOCH, kind, Some(who), text)
}

async fn found(history: &History, query: HistoryQuery) -> Vec<HistoryLine> {
    history.search(query).await.unwrap().lines
}

fn words(words: &str) -> HistoryQuery {
    HistoryQuery { words: words.into(), ..HistoryQuery::default() }
}

fn texts(lines: &[HistoryLine]) -> Vec<&str> {
    lines.iter().map(|l| l.text.as_str()).collect()
}

/// Two rooms' evening.
async fn evening(history: &History) -> (Arc<Session>, Arc<Session>) {
    let one = session("r1", Platform::Bilibili, 1_000);
    let other = session("r2", Platform::Weibo, 1_000);
    let say = |session: &Arc<Session>, at: i64, event: ChatEvent| {
        let session = Arc::clone(session);
        async move { history.hear(&session, event, at).await }
    };
    say(&one, 1_000, said("1", ChatKind::Message, "小满", "主播晚上好")).await;
    say(&other, 2_000, said("1", ChatKind::Message, "阿澈", "Good evening, 晚上吃什么")).await;
    say(&one, 3_000, said("2", ChatKind::Message, "橘猫", "上海的雨好大")).await;
    let gift = Gift { name: "小花".into(), count: 3, worth: Some(900) };
    say(&one, 4_000, said("3", ChatKind::Gift, "小满", "").giving(gift)).await;
    say(&one, 5_000, said("4", ChatKind::SuperChat, "Leo", "GGWP")).await;
    say(&one, 6_000, said("2", ChatKind::Message, "橘猫", "上海的雨好大")).await;
    history.flush().await.unwrap();
    (one, other)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn writing_lets_everything_else_go_first() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(&folder.path().join("history.db")).unwrap();
    history.flush().await.unwrap();
    // Name and niceness stand second and nineteenth, the name in brackets: proc_pid_stat(5).
    let stat = |thread: &Path| {
        let stat = std::fs::read_to_string(thread.join("stat")).ok()?;
        let (name, rest) = stat.split_once(") ")?;
        Some((name.ends_with("(history"), rest.split(' ').nth(16)?.parse::<i32>().ok()?))
    };
    let own = stat(Path::new("/proc/thread-self")).unwrap().1;
    // Other tests' threads come and go meanwhile.
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let (writing, others): (Vec<_>, Vec<_>) =
        threads.filter_map(|thread| stat(&thread.unwrap().path())).partition(|(writes, _)| *writes);
    assert!(writing.contains(&(true, (own + 10).min(19))), "{writing:?}");
    assert!(others.iter().all(|(_, nice)| *nice == own), "{others:?}");
}

#[tokio::test]
async fn chinese_and_english_are_found_with_each_filter() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(&folder.path().join("history.db")).unwrap();
    let (one, _) = evening(&history).await;
    let mine = one.number();

    assert_eq!(texts(&found(&history, words("晚上")).await), ["Good evening, 晚上吃什么", "主播晚上好"]);
    assert_eq!(texts(&found(&history, words("晚上好")).await), ["主播晚上好"]);
    assert_eq!(texts(&found(&history, words("上")).await).len(), 3, "one character, also in the middle");
    assert_eq!(texts(&found(&history, words("大")).await), ["上海的雨好大"], "and at the end");
    assert_eq!(texts(&found(&history, words("EVEN 晚上")).await), ["Good evening, 晚上吃什么"]);
    assert_eq!(texts(&found(&history, words("ggw")).await), ["GGWP"]);
    assert_eq!(found(&history, words("橘猫")).await.len(), 1, "names are found; a double isn't kept");
    assert_eq!(found(&history, words("小花")).await[0].gift.as_ref().unwrap().count, 3);
    assert_eq!(found(&history, words("上好晚")).await, [], "the order counts");
    assert_eq!(found(&history, words("!?")).await, [], "nothing to look for finds nothing");

    let person =
        HistoryPerson { platform: Platform::Bilibili, id: "id-of-小满".into(), name: String::new() };
    let by = |change: fn(&mut HistoryQuery)| {
        let mut query = HistoryQuery::default();
        change(&mut query);
        query
    };
    let of = HistoryQuery { person: Some(person.clone()), ..HistoryQuery::default() };
    assert_eq!(found(&history, of).await.len(), 2);
    let of = HistoryQuery { person: Some(person), words: "主播".into(), ..HistoryQuery::default() };
    assert_eq!(texts(&found(&history, of).await), ["主播晚上好"]);
    let kinds = by(|q| q.kinds = vec![ChatKind::SuperChat, ChatKind::Gift]);
    assert_eq!(texts(&found(&history, kinds).await), ["GGWP", ""]);
    let platform = by(|q| q.platform = Some(Platform::Weibo));
    assert_eq!(found(&history, platform).await.len(), 1);
    assert_eq!(found(&history, by(|q| q.room = Some(RoomId("r1".into())))).await.len(), 4);
    assert_eq!(found(&history, HistoryQuery { session: mine, ..words("晚上") }).await.len(), 1);
    let time = by(|q| (q.from, q.to) = (Some(2_000), Some(4_000)));
    assert_eq!(texts(&found(&history, time).await), ["上海的雨好大", "Good evening, 晚上吃什么"]);
    let time = HistoryQuery { from: Some(3_000), ..words("上") };
    assert_eq!(texts(&found(&history, time).await), ["上海的雨好大"]);
    let time = HistoryQuery { to: Some(2_000), ..words("上") };
    assert_eq!(texts(&found(&history, time).await), ["主播晚上好"]);

    let sessions = history.sessions(None).await.unwrap().sessions;
    let mine = sessions.iter().find(|s| Some(s.id) == mine).unwrap();
    assert_eq!((mine.lines, mine.messages, mine.gifts, mine.worth), (4, 2, 2, 900));
}

#[tokio::test]
async fn pages_hold_every_line_once_and_a_hit_is_shown_among_its_neighbours() {
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(&folder.path().join("history.db")).unwrap();
    let (one, other) = (session("r1", Platform::Qiniu, 1), session("r2", Platform::Qiniu, 1));
    for n in 0..500 {
        let event = said(&n.to_string(), ChatKind::Message, "小满", &format!("第 {n} 句话"));
        history.hear(if n % 5 == 0 { &other } else { &one }, event, 1_000 + n).await;
    }
    history.flush().await.unwrap();
    let ways = [
        words("句话"),
        HistoryQuery::default(),
        HistoryQuery { from: Some(0), ..HistoryQuery::default() },
        HistoryQuery { kinds: vec![ChatKind::Message], ..HistoryQuery::default() },
    ];
    for query in ways {
        let mut seen: Vec<i64> = Vec::new();
        let mut before = None;
        loop {
            let page = history.search(HistoryQuery { before, limit: 5_000, ..query.clone() }).await.unwrap();
            assert!(page.lines.len() <= 200, "whatever was asked for");
            seen.extend(page.lines.iter().map(|l| l.id));
            before = page.before;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 500, "{query:?}");
        assert!(seen.is_sorted_by(|a, b| a > b), "newest first, none twice: {query:?}");
    }
    let hit = found(&history, words("251")).await.remove(0);
    let around = history.around(hit.id).await.unwrap();
    assert!(around.lines.iter().all(|l| l.session == hit.session), "of its session alone");
    assert_eq!(around.lines.iter().position(|l| l.id == hit.id), Some(100));
    assert!(around.lines.is_sorted_by(|a, b| a.id < b.id) && around.lines.len() == 201);

    for n in 0..i64::from(SESSION_PAGE) {
        let later = session(&format!("later-{n}"), Platform::Qiniu, 5);
        history.hear(&later, said("1", ChatKind::Message, "小满", "你好"), 9_000).await;
    }
    history.flush().await.unwrap();
    let first = history.sessions(None).await.unwrap();
    let second = history.sessions(first.before).await.unwrap();
    assert_eq!(
        (first.sessions.len(), second.sessions.len(), second.before),
        (SESSION_PAGE as usize, 2, None)
    );
}

fn count(path: &Path, table: &str) -> i64 {
    let db = Connection::open(path).unwrap();
    db.query_row(&format!("select count(*) from {table}"), [], |r| r.get(0)).unwrap()
}

/// Waits for what is done in the background.
async fn until_gone(path: &Path, sessions: i64) {
    let began = Instant::now();
    while count(path, "session") > sessions {
        assert!(began.elapsed() < Duration::from_secs(60), "the bytes stay");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_deleted_session_goes_with_its_lines_its_words_and_its_people() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let history = History::open(&path).unwrap();
    let (one, other) = evening(&history).await;
    for n in 0..5_000 {
        history.hear(&one, said(&format!("n{n}"), ChatKind::Message, "小满", "晚上"), 7_000).await;
    }
    history.flush().await.unwrap();
    history.delete(one.number().unwrap()).await.unwrap();
    assert_eq!(found(&history, words("晚上")).await.len(), 1, "not found from now on");
    assert_eq!(found(&history, HistoryQuery::default()).await.len(), 1);
    until_gone(&path, 1).await;
    assert_eq!((count(&path, "line"), count(&path, "person"), count(&path, "words")), (1, 1, 1));
    assert_eq!(history.sessions(None).await.unwrap().sessions[0].id, other.number().unwrap());
    assert_eq!(history.delete(12_345).await.unwrap_err().code, ProblemCode::NotFound);
}

/// More lines than ids are known after a restart, so that the first are found by the index.
#[tokio::test]
async fn a_line_is_known_by_its_id_however_long_ago_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let history = History::open(&path).unwrap();
    let (one, other) = (session("r1", Platform::Bilibili, 1_000), session("r2", Platform::Bilibili, 1_000));
    let message = |id: &str, text: &str| said(id, ChatKind::Message, "小满", text);
    for session in [&one, &other] {
        history.hear(session, message("first", "最早的一句"), 1_000).await;
    }
    for n in 0..17_000 {
        history.hear(&one, message(&n.to_string(), "路过"), 2_000 + n).await;
    }
    history.flush().await.unwrap();
    drop(history);

    let history = History::open(&path).unwrap();
    history.recall(&one, vec!["first".into(), "never".into()], 30_000).await;
    history.hear(&one, message("at once", "说错了"), 30_000).await;
    history.recall(&one, vec!["at once".into()], 30_000).await;
    history.flush().await.unwrap();
    let left = found(&history, words("最早")).await;
    assert_eq!(left.iter().map(|l| Some(l.session)).collect::<Vec<_>>(), [other.number()], "that one alone");
    assert_eq!(found(&history, words("说错了")).await, [], "taken back in the same moment");
    assert_eq!(count(&path, "line"), 17_003);
    drop(history);

    let history = History::open(&path).unwrap();
    for (id, said) in [("16999", 1), ("2700", 1), ("new", 0)] {
        history.hear(&one, message(id, "路过"), 40_000).await;
        history.flush().await.unwrap();
        assert_eq!(count(&path, "line"), 17_004 - said, "{id}: told again after a restart");
    }
    assert_eq!(found(&history, words("16999")).await, [], "ids aren't words");
}

#[tokio::test]
async fn what_was_taken_back_is_neither_found_nor_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let history = History::open(&path).unwrap();
    let (one, _) = evening(&history).await;
    history.recall(&one, vec!["2".into(), "never heard".into()], 9_000).await;
    history.flush().await.unwrap();
    assert_eq!(found(&history, words("上海")).await, []);
    let all = found(&history, HistoryQuery::default()).await;
    assert_eq!(all.iter().filter(|l| l.recalled && l.text.is_empty()).count(), 1);
    drop(history);
    // Its thread closes the file a moment later, and takes what is beside it in.
    let beside = folder.path().join("history.db-wal");
    let closed = async {
        while std::fs::metadata(&beside).is_ok_and(|file| file.len() > 0) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), closed).await.unwrap();
    let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
    assert!(text.contains("主播晚上好") && !text.contains("上海的雨好大"), "overwritten in the file too");
}

/// Writes until it is killed, and prints how many lines it handed over, and when.
#[tokio::test]
#[ignore = "is started and killed by the next one"]
async fn the_child_that_is_killed() {
    let Ok(path) = std::env::var("KAIBO_TEST_HISTORY") else { return };
    let history = History::open(Path::new(&path)).unwrap();
    let session = session("r1", Platform::Bilibili, 1);
    for n in 0..u64::MAX {
        let event = said(&n.to_string(), ChatKind::Message, &format!("观众{}", n % 100), "晚上好");
        history.hear(&session, event, 1_000).await;
        if n % 50 == 0 {
            println!("\nsaid {n}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

#[tokio::test]
async fn a_program_killed_in_mid_flood_loses_no_more_than_the_last_moment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_child_that_is_killed", "--ignored", "--nocapture"])
        .env("KAIBO_TEST_HISTORY", &path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // The machine may be busy, so a moment is two seconds here.
    let moment = Duration::from_secs(2);
    let mut handed = Vec::new();
    for text in BufReader::new(child.stdout.take().unwrap()).lines() {
        let text = text.unwrap();
        let Some(n) = text.strip_prefix("said ") else { continue };
        handed.push((Instant::now(), n.parse::<i64>().unwrap()));
        if handed[0].0.elapsed() > moment * 2 {
            break;
        }
    }
    child.kill().unwrap();
    let killed = Instant::now();
    child.wait().unwrap();
    let due = handed.iter().rev().find(|(at, _)| *at + moment <= killed).unwrap().1;

    let history = History::open(&path).unwrap();
    let db = Connection::open(&path).unwrap();
    let intact: String = db.query_row("pragma integrity_check", [], |r| r.get(0)).unwrap();
    assert_eq!(intact, "ok");
    let sql = "select count(*), max(cast(event as integer)), count(distinct event) from line";
    let kept: (i64, i64, i64) = db.query_row(sql, [], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).unwrap();
    assert!(kept.0 > due, "{kept:?} of {due}");
    assert_eq!((kept.0, kept.2), (kept.1 + 1, kept.0), "no hole, no double");

    // The source says its last lines again.
    let again = session("r1", Platform::Bilibili, 1);
    for n in kept.1 - 20..kept.1 + 20 {
        history.hear(&again, said(&n.to_string(), ChatKind::Message, "观众", "晚上好"), 2_000).await;
    }
    history.flush().await.unwrap();
    assert_eq!(count(&path, "line"), kept.0 + 19);
    assert_eq!(count(&path, "session"), 1);
}

async fn on_air(bench: &Bench) -> RoomId {
    let room = bench.connect(Platform::Qiniu).await.id;
    bench
        .studio
        .go_live(GoLive {
            rooms: vec![room.clone()],
            details: titled("今晚"),
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    bench.until("on air", |r| r.status == Status::Live).await;
    bench.until("listening", |r| matches!(r.chat, ChatHealth::Listening { .. })).await;
    room
}

#[tokio::test]
async fn a_disk_that_fails_is_told_once_and_the_pane_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let bench = Bench::with_history(History::open(&path).unwrap());
    bench.studio.open().await;
    bench.qiniu.lock().unwrap().lines = vec![line("1", "晚上好", false)];
    on_air(&bench).await;
    bench.history.flush().await.unwrap();
    let lock = Connection::open(&path).unwrap();
    lock.execute_batch("begin immediate").unwrap();
    bench.qiniu.lock().unwrap().lines.push(line("2", "还在吗", false));
    let mut told = Vec::new();
    let mut hear = async |code: fn(&ProblemCode) -> bool| {
        let heard = async {
            loop {
                for update in bench.studio.next_updates().await {
                    if let Update::Problem { problem } = update {
                        told.push(problem.code);
                    }
                }
                if told.iter().any(code) {
                    return told.clone();
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), heard).await.unwrap()
    };
    hear(|code| *code == ProblemCode::Storage).await;
    assert_eq!(bench.studio.snapshot("", "").chat.last().unwrap().text, "还在吗", "the pane goes on");

    // More than is held: the rest is lost, counted, and told when the disk is back.
    let flood = session("r9", Platform::Weibo, 1);
    for n in 0..20_000 {
        bench.history.hear(&flood, said(&n.to_string(), ChatKind::Message, "小满", "晚上"), 1).await;
    }
    lock.execute_batch("rollback").unwrap();
    drop(lock);
    let told = hear(|code| matches!(code, ProblemCode::HistoryGap { .. })).await;
    assert_eq!(told.iter().filter(|code| **code == ProblemCode::Storage).count(), 1, "told once");
    let lost: i64 = told
        .iter()
        .map(|c| if let ProblemCode::HistoryGap { lines } = c { i64::from(*lines) } else { 0 })
        .sum();
    bench.history.flush().await.unwrap();
    assert_eq!(count(&path, "line"), 20_002 - lost, "what isn't lost is written");
    assert!((1..20_000).contains(&lost));
}

#[tokio::test(start_paused = true)]
async fn started_again_in_mid_broadcast_nothing_is_doubled_and_the_pane_is_full() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let bench = Bench::with_history(History::open(&path).unwrap());
    bench.studio.open().await;
    bench.qiniu.lock().unwrap().lines = vec![line("1", "晚上好", false), line("2", "666", false)];
    let room = on_air(&bench).await;
    bench.studio.say(std::slice::from_ref(&room), "谢谢").await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    bench.history.flush().await.unwrap();
    let sessions = bench.studio.sessions(None).await.unwrap().sessions;
    assert_eq!((sessions.len(), sessions[0].live, sessions[0].ended_at), (1, true, None));
    assert_eq!((sessions[0].room.clone(), sessions[0].title.as_str()), (room.clone(), "今晚"));

    let again = bench.again_with(History::open(&path).unwrap());
    again.studio.open().await;
    let texts = |bench: &Bench| -> Vec<String> {
        bench.studio.snapshot("", "").chat.into_iter().map(|l| l.text).collect()
    };
    assert_eq!(texts(&again), ["晚上好", "666", "谢谢"], "before anything was heard");
    again.qiniu.lock().unwrap().lines.push(line("9", "回来了", false));
    again.until("listening", |r| matches!(r.chat, ChatHealth::Listening { last_line: Some(_), .. })).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(
        texts(&again),
        ["晚上好", "666", "谢谢", "回来了"],
        "nor the own line under the platform's id"
    );
    again.qiniu.lock().unwrap().recalled = vec!["1".into()];
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(texts(&again)[0], "", "a line of before can be taken back");
    again.studio.end_broadcast(&[room], false).await;
    again.until("over", |r| r.chat == ChatHealth::Off).await;
    again.history.flush().await.unwrap();
    assert_eq!((count(&path, "session"), count(&path, "line")), (1, 4));
    let session = again.studio.sessions(None).await.unwrap().sessions.remove(0);
    assert!(!session.live && session.ended_at.is_some());
    assert_eq!(again.studio.history_search(words("666")).await.unwrap().lines.len(), 1);
    let line = again.studio.history_search(words("666")).await.unwrap().lines.remove(0);
    assert_eq!(again.studio.history_around(line.id).await.unwrap().lines.len(), 4);
    again.studio.delete_session(session.id).await.unwrap();
    assert_eq!(again.studio.sessions(None).await.unwrap().sessions.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn paid_messages_whose_time_is_not_over_stand_at_the_top_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let bench = Bench::with_history(History::open(&path).unwrap());
    bench.studio.open().await;
    let heard: Vec<_> = (0..600).map(|n| line(&n.to_string(), &format!("第 {n} 句"), false)).collect();
    let at = Timestamp::from_millisecond(1_800_000_000_000).unwrap(); // the test clock's beginning
    let paid = |id: &str, minutes: i64| {
        ChatEvent::new(id.into(), at, ChatKind::SuperChat, None, id)
            .pinned(Some(at + SignedDuration::from_mins(minutes)))
    };
    bench.qiniu.lock().unwrap().lines = [vec![paid("over", -1), paid("stands", 120)], heard].concat();
    on_air(&bench).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    bench.history.flush().await.unwrap();
    let told = |bench: &Bench| {
        let snapshot = bench.studio.snapshot("", "");
        let pinned: Vec<_> = snapshot.pinned.into_iter().map(|l| l.text).collect();
        (snapshot.chat.len(), pinned)
    };
    assert_eq!(told(&bench), (500, vec!["stands".into()]), "in a window that opens anew");
    let again = bench.again_with(History::open(&path).unwrap());
    again.studio.open().await;
    assert_eq!(told(&again), (500, vec!["stands".into()]));
    again.until("listening", |r| matches!(r.chat, ChatHealth::Listening { .. })).await;
    again.qiniu.lock().unwrap().recalled = vec!["stands".into()];
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(told(&again), (500, vec![]), "taken back");
}

#[tokio::test(start_paused = true)]
async fn sessions_older_than_they_are_kept_go_at_the_start_and_after_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let history = History::open(&path).unwrap();
    let now = 1_800_000_000_000; // the test clock's beginning
    let day = 24 * 3_600_000;
    for days in [1, 6, 8, 40] {
        let session = session(&format!("r{days}"), Platform::Weibo, now - days * day);
        history.hear(&session, said("1", ChatKind::Message, "小满", "晚上"), now - days * day).await;
    }
    history.flush().await.unwrap();
    let bench = Bench::with_history(history);
    bench.studio.set_preferences(Preferences { keep_history_days: 7, ..Preferences::default() }).await;
    bench.studio.open().await;
    let left = async || bench.studio.sessions(None).await.unwrap().sessions.len();
    bench.until_true("two are left", async || left().await == 2).await;
    tokio::time::sleep(Duration::from_secs(25 * 3600)).await;
    assert_eq!(left().await, 2, "six days and one hour old now");
    tokio::time::sleep(Duration::from_secs(24 * 3600)).await;
    bench.until_true("one is left", async || left().await == 1).await;
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_set_aside_and_a_newer_one_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    let rubbish = "not a database at all ".repeat(100);
    std::fs::write(&path, &rubbish).unwrap();
    let (history, told) = History::open_or_begin_anew(&path).unwrap();
    assert_eq!(told.map(|f| f.code), Some(ProblemCode::Storage));
    evening(&history).await;
    drop(history);
    let aside = std::fs::read_to_string(folder.path().join("history.unreadable-1.db")).unwrap();
    assert_eq!(aside, rubbish, "nothing is thrown away");
    let (history, told) = History::open_or_begin_anew(&path).unwrap();
    assert!(told.is_none());
    assert_eq!(found(&history, HistoryQuery::default()).await.len(), 5, "dropping it wrote all");
    drop(history);
    Connection::open(&path).unwrap().execute_batch("pragma user_version = 99").unwrap();
    assert!(History::open_or_begin_anew(&path).is_err(), "a newer program's file is left alone");
    assert!(path.exists());
}

#[tokio::test]
async fn a_private_history_has_all_and_numbers_of_its_own() {
    let history = History::private().unwrap();
    evening(&history).await;
    let lines = found(&history, words("晚上")).await;
    assert_eq!(lines.len(), 2);
    assert!(lines[0].id >= 1 << 52, "its numbers are told from the file's");
    assert_eq!(history.sessions(None).await.unwrap().sessions.iter().filter(|s| s.sandbox).count(), 2);
}

#[tokio::test]
async fn the_next_broadcast_of_a_lasting_room_is_another_session() {
    let history = History::private().unwrap();
    let start = |started: i64| {
        Session::new(SessionStart {
            remote: RemoteId("77".into()),
            lasting: true,
            started,
            ..Arc::into_inner(session("r1", Platform::Bilibili, started)).unwrap().start
        })
    };
    let hour = 3_600_000;
    let first = start(hour);
    history.hear(&first, said("1", ChatKind::Message, "小满", "一"), 2 * hour).await;
    let same = start(hour + 20_000);
    history.hear(&same, said("2", ChatKind::Message, "小满", "二"), 2 * hour + 1).await;
    let next = start(5 * hour);
    history.hear(&next, said("3", ChatKind::Message, "小满", "三"), 5 * hour).await;
    history.flush().await.unwrap();
    assert_eq!(first.number(), same.number(), "the platform's clock may differ");
    assert_ne!(first.number(), next.number());
}
