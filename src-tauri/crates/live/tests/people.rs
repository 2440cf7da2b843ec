//! People over real files: what is noted of them, what is known of them, and whom to thank.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use common::{Bench, line, titled};
use jiff::Timestamp;
use kaibo_live::chat::{ChatEvent, ChatKind, Gift, Person};
use kaibo_live::history::{History, Session, SessionStart};
use kaibo_live::overlay::OverlayEvent;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{InvalidReason, ProblemCode};
use kaibo_live::room::{RemoteId, RoomId, Status};
use kaibo_live::secret::Credentials;
use kaibo_live::store::Store;
use kaibo_live::studio::SandboxAccount;
use kaibo_live::view::{
    ChatHealth, GoLive, HistoryQuery, Marks, PersonRef, PersonTonight, Preferences, ThanksEntry, ThanksView,
    Update,
};

/// When the test clock begins.
const NOW: i64 = 1_800_000_000_000;
const HOUR: i64 = 3_600_000;

fn person(name: &str) -> PersonRef {
    let id = format!("id-of-{name}");
    PersonRef { platform: Platform::Bilibili, id, name: name.into(), sandbox: false }
}

fn noted(note: &str) -> Marks {
    Marks { note: note.into(), ..Marks::default() }
}

fn hidden() -> Marks {
    Marks { hidden: true, ..Marks::default() }
}

fn bench(folder: &Path) -> Bench {
    let store = Store::open(&folder.join("kaibo.db")).unwrap();
    Bench::kept(store, History::open(&folder.join("history.db")).unwrap())
}

fn session(room: &str, started: i64) -> Arc<Session> {
    Session::new(SessionStart {
        room: RoomId(room.into()),
        platform: Platform::Bilibili,
        sandbox: false,
        account: "店内".into(),
        name: format!("{room} 店"),
        title: "今晚".into(),
        remote: RemoteId(format!("{room}-{started}")),
        lasting: false,
        started,
    })
}

fn event(id: &str, kind: ChatKind, name: &str, text: &str) -> ChatEvent {
    let who = Person { id: format!("id-of-{name}"), name: name.into(), me: false, moderator: false };
    ChatEvent::new(id.into(), Timestamp::UNIX_EPOCH, kind, Some(who), text)
}

fn gift(id: &str, name: &str, what: &str, count: u32, worth: u64) -> ChatEvent {
    let worth = Some(worth).filter(|worth| *worth > 0);
    event(id, ChatKind::Gift, name, "").giving(Gift { name: what.into(), count, worth })
}

fn super_chat(id: &str, name: &str, text: &str, worth: u64) -> ChatEvent {
    event(id, ChatKind::SuperChat, name, text).giving(Gift {
        name: String::new(),
        count: 1,
        worth: Some(worth),
    })
}

async fn hear(bench: &Bench, session: &Arc<Session>, events: Vec<ChatEvent>, at: i64) {
    for event in events {
        bench.history.hear(session, event, at).await;
    }
    bench.history.flush().await.unwrap();
}

async fn thanks(bench: &Bench) -> ThanksView {
    bench.studio.thanks().await.unwrap()
}

fn who(entries: &[ThanksEntry]) -> Vec<(&str, &str, u64)> {
    entries.iter().map(|e| (e.room.0.as_str(), e.person.name.as_str(), e.worth)).collect()
}

fn things(entry: &ThanksEntry) -> Vec<(ChatKind, &str, u64, Option<u64>)> {
    entry.items.iter().map(|i| (i.kind, i.name.as_str(), i.count, i.worth)).collect()
}

#[tokio::test(start_paused = true)]
async fn marks_are_there_after_a_restart_and_go_when_nothing_is_left_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let all = Marks {
        note: "常来，爱点老歌\n生日十二月".into(), favourite: true, watch: true, hidden: true
    };
    {
        let bench = bench(folder.path());
        bench.studio.open().await;
        bench.studio.snapshot("", "");
        let written =
            Marks { note: " 常来，爱\u{202e}点老歌\r\n生日\u{7}十二月\n".into(), ..all.clone() };
        bench.studio.mark_person(person("小满"), written).await.unwrap();
        bench.studio.mark_person(person("橘猫"), noted("x")).await.unwrap();
        bench.studio.mark_person(person("橘猫"), Marks::default()).await.unwrap();
        let told: Vec<_> = bench
            .studio
            .next_updates()
            .await
            .into_iter()
            .filter_map(|u| if let Update::Marked { marked } = u { Some(marked) } else { None })
            .map(|m| (m.key, m.marks))
            .collect();
        assert_eq!(told, [("id-of-小满".into(), all.clone()), ("id-of-橘猫".into(), Marks::default())]);
    }
    let again = bench(folder.path());
    again.studio.open().await;
    let marked = again.studio.snapshot("", "").marked;
    assert_eq!(marked.len(), 1, "{marked:?}");
    assert_eq!(
        (&marked[0].person, &marked[0].marks),
        (&person("小满"), &all),
        "its lines, nothing invisible"
    );
    let renamed = PersonRef { name: "小满了".into(), ..person("小满") };
    assert_eq!(again.studio.read_person(renamed).await.unwrap().marks, all, "a person is told by the id");
}

#[tokio::test(start_paused = true)]
async fn people_without_an_id_are_told_by_name_and_the_sandboxs_are_others() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path());
    bench.studio.open().await;
    let masked = |name: &str| PersonRef { id: "0".into(), name: name.into(), ..person("") };
    bench.studio.mark_person(masked("小***"), noted("一")).await.unwrap();
    bench.studio.mark_person(masked("橘***"), noted("二")).await.unwrap();
    let played = PersonRef { sandbox: true, ..person("小满") };
    bench.studio.mark_person(played.clone(), noted("三")).await.unwrap();
    let marks = async |person| bench.studio.read_person(person).await.unwrap().marks.note;
    assert_eq!(marks(masked("小***")).await, "一");
    assert_eq!(marks(masked("橘***")).await, "二");
    assert_eq!((marks(played).await, marks(person("小满")).await), ("三".into(), String::new()));
    assert_eq!(bench.store.marked().await.unwrap().len(), 2, "nothing of the sandbox is kept");
}

#[tokio::test]
async fn what_cannot_be_noted_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path());
    let refused = async |person, marks| bench.studio.mark_person(person, marks).await.unwrap_err().code;
    let invalid = |field: &str, reason| ProblemCode::Invalid { field: field.into(), reason };
    let long = "好".repeat(501);
    let code = refused(person("小满"), noted(&long)).await;
    assert_eq!(code, invalid("note", InvalidReason::TooLong { used: 501, limit: 500 }));
    bench.studio.mark_person(person("小满"), noted(&long[3..])).await.unwrap();
    let nobody = PersonRef { id: "0".into(), name: String::new(), ..person("") };
    assert_eq!(refused(nobody, noted("x")).await, invalid("person", InvalidReason::Malformed));

    let full = Store::in_memory().unwrap();
    for n in 0..10_000 {
        full.set_marks(person(&n.to_string()), noted("x")).await.unwrap();
    }
    let refused = full.set_marks(person("小满"), noted("x")).await.unwrap_err().code;
    assert_eq!(refused, invalid("marks", InvalidReason::TooMany { limit: 10_000 }));
    full.set_marks(person("7"), noted("another")).await.unwrap();
    full.set_marks(person("8"), Marks::default()).await.unwrap();
    full.set_marks(person("小满"), noted("x")).await.unwrap();
    assert_eq!(full.marked().await.unwrap().len(), 10_000);
}

#[tokio::test(start_paused = true)]
async fn a_hidden_persons_lines_are_not_over_the_picture() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path());
    bench.studio.open().await;
    bench.qiniu.lock().unwrap().lines = vec![line("1", "晚上好", false)];
    let room = bench.connect(Platform::Qiniu).await.id;
    bench
        .studio
        .go_live(GoLive {
            rooms: vec![room],
            details: titled("今晚"),
            covers: BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    bench.until("on air", |r| r.status == Status::Live).await;
    bench.until("heard", |r| matches!(r.chat, ChatHealth::Listening { last_line: Some(_), .. })).await;
    let mut feed = bench.studio.overlay_lines();
    assert_eq!(feed.last.iter().map(|l| l.text.as_str()).collect::<Vec<_>>(), ["晚上好"]);
    let shown = feed.last[0].id;

    let who = PersonRef { platform: Platform::Qiniu, id: "7".into(), name: "阿澈".into(), sandbox: false };
    bench.studio.mark_person(who.clone(), hidden()).await.unwrap();
    assert!(matches!(feed.news.try_recv(), Ok(OverlayEvent::Recalled(id)) if id == shown));
    bench.qiniu.lock().unwrap().lines.push(line("2", "还在吗", false));
    bench.until_true("heard", async || bench.studio.snapshot("", "").chat.len() == 2).await;
    assert!(feed.news.try_recv().is_err(), "not told to a page that is open");
    assert!(bench.studio.overlay_lines().last.is_empty(), "nor to one that opens");

    bench.studio.mark_person(who, Marks::default()).await.unwrap();
    bench.qiniu.lock().unwrap().lines.push(line("3", "好的", false));
    bench.until_true("heard", async || bench.studio.snapshot("", "").chat.len() == 3).await;
    assert!(matches!(feed.news.try_recv(), Ok(OverlayEvent::Line(line)) if line.text == "好的"));
    bench.history.flush().await.unwrap();
    let kept = bench.studio.history_search(HistoryQuery::default()).await.unwrap();
    assert_eq!(kept.lines.len(), 3, "the history has all of it");
}

#[tokio::test(start_paused = true)]
async fn what_was_given_is_summed_a_person_and_a_room() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path());
    bench.studio.open().await;
    let (one, other) = (session("r1", NOW - HOUR), session("r2", NOW - HOUR));
    let mine = Person { id: "9".into(), name: "我".into(), me: true, moderator: false };
    let nobodys = ChatEvent { who: None, ..gift("n", "", "小花", 1, 100) };
    let own = ChatEvent { who: Some(mine), ..gift("o", "", "小花", 1, 100) };
    let given = vec![
        gift("1", "小满", "小花", 3, 300),
        gift("2", "小满", "小花", 2, 200),
        gift("3", "小满", "飞船", 1, 90_000),
        super_chat("4", "小满", "第一句", 30_000),
        super_chat("5", "小满", "第二句", 50_000),
        gift("6", "橘猫", "辣条", 99, 0),
        event("7", ChatKind::Message, "橘猫", "晚上好"),
        event("8", ChatKind::Like, "橘猫", "100"),
        event("9", ChatKind::Member, "Leo", "").giving(Gift { name: "舰长".into(), count: 1, worth: None }),
        nobodys,
        own,
    ];
    hear(&bench, &one, given, NOW - 5_000).await;
    hear(&bench, &other, vec![gift("1", "小满", "小花", 1, 100)], NOW - 4_000).await;
    // Half a day and more ago.
    hear(&bench, &session("r3", NOW - 30 * HOUR), vec![gift("1", "阿澈", "小花", 1, 100)], NOW - 13 * HOUR)
        .await;

    let view = thanks(&bench).await;
    assert_eq!(who(&view.entries), [("r2", "小满", 100), ("r1", "Leo", 0), ("r1", "小满", 170_500)]);
    let entry = &view.entries[2];
    let all = [
        (ChatKind::Gift, "飞船", 1, Some(90_000)),
        (ChatKind::SuperChat, "", 2, Some(80_000)),
        (ChatKind::Gift, "小花", 5, Some(500)),
    ];
    assert_eq!(things(entry), all);
    assert_eq!((entry.text.as_str(), entry.last_at, entry.more), ("第二句", NOW - 5_000, 0));
    assert_eq!((&entry.person, entry.room_name.as_str()), (&person("小满"), "r1 店"));
    assert_eq!(things(&view.entries[1]), [(ChatKind::Member, "舰长", 1, None)]);
    assert_eq!(view.done, []);

    bench.studio.set_preferences(Preferences { thanks_from: 1, ..Preferences::default() }).await;
    let view = thanks(&bench).await;
    assert_eq!(view.bar, 1_000);
    assert_eq!(who(&view.entries), [("r1", "Leo", 0), ("r1", "小满", 170_500)], "without a price: enough");
    bench.studio.mark_person(person("小满"), hidden()).await.unwrap();
    assert_eq!(who(&thanks(&bench).await.entries), [("r1", "Leo", 0)], "hidden everywhere");

    let many = (0..12).map(|n| gift(&format!("k{n}"), "橘猫", &format!("礼物{n}"), 1, 1_000 + n)).collect();
    hear(&bench, &one, many, NOW - 1_000).await;
    let entry = thanks(&bench).await.entries.remove(0);
    assert_eq!((entry.items.len(), entry.more, entry.worth), (8, 4, 12_066));
    assert_eq!(entry.items[0].name, "礼物11", "the dearest first");
}

#[tokio::test(start_paused = true)]
async fn a_tick_takes_what_was_seen_can_be_undone_and_outlives_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let one = session("r1", NOW - HOUR);
    {
        let bench = bench(folder.path());
        bench.studio.open().await;
        hear(&bench, &one, vec![gift("1", "小满", "小花", 3, 300), gift("2", "橘猫", "小花", 1, 100)], NOW)
            .await;
        let seen = thanks(&bench).await.entries;
        // This one comes while the streamer's finger is on its way.
        hear(&bench, &one, vec![gift("3", "小满", "飞船", 1, 90_000)], NOW).await;
        let up_to = seen.iter().find(|e| e.person.name == "小满").unwrap().up_to;
        bench.studio.thank(up_to, true).await.unwrap();
        bench.studio.thank(up_to, true).await.unwrap();
        let view = thanks(&bench).await;
        assert_eq!(who(&view.entries), [("r1", "小满", 90_000), ("r1", "橘猫", 100)]);
        assert_eq!(who(&view.done), [("r1", "小满", 300)]);
        assert_eq!(things(&view.done[0]), [(ChatKind::Gift, "小花", 3, Some(300))]);
        tokio::time::sleep(Duration::from_secs(5)).await;
        bench.studio.thank(view.entries[1].up_to, true).await.unwrap();
    }
    let again = bench(folder.path());
    again.studio.open().await;
    let view = thanks(&again).await;
    assert_eq!(who(&view.entries), [("r1", "小满", 90_000)]);
    assert_eq!(who(&view.done), [("r1", "橘猫", 100), ("r1", "小满", 300)], "the latest tick first");
    assert!(view.done[0].thanked_at > view.done[1].thanked_at && view.entries[0].thanked_at.is_none());

    again.studio.thank(view.done[1].up_to, false).await.unwrap();
    let view = thanks(&again).await;
    assert_eq!(who(&view.entries), [("r1", "小满", 90_300)], "what was ticked is summed with what wasn't");
    assert_eq!(who(&view.done), [("r1", "橘猫", 100)]);
    again.studio.thank(view.entries[0].up_to, false).await.unwrap();
    assert_eq!(thanks(&again).await, view, "nothing to undo");
    assert_eq!(again.studio.thank(12_345, true).await.unwrap_err().code, ProblemCode::NotFound);
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_back_and_a_deleted_session_leave_the_list() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path());
    bench.studio.open().await;
    let (one, other) = (session("r1", NOW - HOUR), session("r2", NOW - HOUR));
    let given = vec![super_chat("1", "小满", "第一句", 30_000), super_chat("2", "小满", "第二句", 50_000)];
    hear(&bench, &one, given, NOW).await;
    hear(&bench, &other, vec![gift("1", "橘猫", "小花", 1, 100), gift("2", "Leo", "小花", 1, 100)], NOW)
        .await;
    let leo = thanks(&bench).await.entries.into_iter().find(|e| e.person.name == "Leo").unwrap();
    bench.studio.thank(leo.up_to, true).await.unwrap();

    bench.history.recall(&one, vec!["2".into()], NOW).await;
    bench.history.flush().await.unwrap();
    let view = thanks(&bench).await;
    let entry = view.entries.iter().find(|e| e.person.name == "小满").unwrap();
    assert_eq!((entry.worth, entry.text.as_str()), (30_000, "第一句"));
    bench.history.recall(&one, vec!["1".into()], NOW).await;
    bench.history.flush().await.unwrap();
    let view = thanks(&bench).await;
    assert_eq!(who(&view.entries), [("r2", "橘猫", 100)]);
    assert_eq!(who(&view.done), [("r2", "Leo", 100)]);

    bench.studio.delete_session(other.number().unwrap()).await.unwrap();
    let view = thanks(&bench).await;
    assert_eq!((view.entries, view.done), (vec![], vec![]));
    assert_eq!(bench.studio.thank(leo.up_to, false).await.unwrap_err().code, ProblemCode::NotFound);
}

#[tokio::test]
async fn how_many_wait_is_told_once_a_second_at_most() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path());
    bench.studio.open().await;
    bench.studio.snapshot("", "");
    let one = session("r1", NOW - HOUR);
    let mut told = Vec::new();
    let began = std::time::Instant::now();
    let flood = async {
        for n in 0..40_u32 {
            let event = gift(&n.to_string(), &format!("观众{n}"), "小花", 1, 100);
            hear(&bench, &one, vec![event, event_of_none(n)], NOW).await;
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    };
    let listen = async {
        while told.last() != Some(&40) {
            for update in bench.studio.next_updates().await {
                if let Update::Thanks { waiting } = update {
                    told.push(waiting);
                }
            }
        }
    };
    let both = async { tokio::join!(flood, listen) };
    tokio::time::timeout(Duration::from_secs(60), both).await.unwrap();
    let seconds = began.elapsed().as_secs_f64();
    assert!(told.is_sorted_by(|a, b| a < b), "{told:?}");
    assert!(f64::from(u32::try_from(told.len()).unwrap()) <= seconds + 2.0, "{told:?} in {seconds} s");

    bench.studio.mark_person(person("观众7"), hidden()).await.unwrap();
    let fewer = async {
        loop {
            let updates = bench.studio.next_updates().await;
            if updates.iter().any(|u| matches!(u, Update::Thanks { waiting: 39 })) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), fewer).await.unwrap();
    assert_eq!(bench.studio.snapshot("", "").thanks_waiting, 39);
}

/// A line that nobody is to be thanked for.
fn event_of_none(n: u32) -> ChatEvent {
    event(&format!("m{n}"), ChatKind::Message, "小满", "晚上好")
}

#[tokio::test(start_paused = true)]
async fn the_sandboxs_people_are_thanked_in_the_same_list_and_kept_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path());
    let mut secrets = Credentials::default();
    secrets.set("access_token", "token-of-nobody".to_owned().into());
    let account = SandboxAccount {
        platform: Platform::Qiniu,
        name: "演练".into(),
        settings: BTreeMap::from([("anchor".into(), "a".into())]),
        secrets,
    };
    bench.sandbox.0.lock().unwrap().push(account);
    bench.studio.open().await;
    let given = Gift { name: "小花".into(), count: 2, worth: Some(200) };
    let paid = ChatEvent { kind: ChatKind::Gift, ..line("1", "", false) }.giving(given);
    bench.qiniu.lock().unwrap().lines = vec![paid, line("2", "晚上好", false)];
    let room = bench.room().id;
    bench
        .studio
        .go_live(GoLive {
            rooms: vec![room],
            details: titled("今晚"),
            covers: BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    bench.until_true("counted", async || bench.studio.snapshot("", "").thanks_waiting == 1).await;
    hear(&bench, &session("r1", NOW - HOUR), vec![gift("1", "阿澈", "小花", 1, 100)], NOW - HOUR).await;

    let view = thanks(&bench).await;
    let played: Vec<_> = view.entries.iter().map(|e| (e.person.sandbox, e.worth)).collect();
    assert_eq!(played, [(true, 200), (false, 100)]);
    let who = view.entries[0].person.clone();
    bench.studio.thank(view.entries[0].up_to, true).await.unwrap();
    let view = thanks(&bench).await;
    assert_eq!((view.entries.len(), view.done.len()), (1, 1));
    assert_eq!(bench.studio.read_person(who.clone()).await.unwrap().tonight.lines, 2);
    let real = PersonRef { sandbox: false, ..who };
    assert_eq!(bench.studio.read_person(real).await.unwrap().lines, 0);
    bench.history.flush().await.unwrap();
    assert_eq!(bench.history.sessions(None).await.unwrap().sessions.len(), 1, "of the real room alone");
}

#[tokio::test(start_paused = true)]
async fn a_person_is_known_over_all_sessions_and_what_is_of_tonight() {
    let folder = tempfile::tempdir().unwrap();
    let bench = bench(folder.path());
    bench.studio.open().await;
    let days = |n: i64| NOW - n * 24 * HOUR;
    let long_ago = session("r1", days(9));
    let named = |id: &str, name: &str| {
        let who = Person { id: "id-of-小满".into(), name: name.into(), me: false, moderator: false };
        ChatEvent { who: Some(who), ..event(id, ChatKind::Message, "", "晚上好") }
    };
    hear(&bench, &long_ago, vec![named("1", "满满"), gift("2", "小满", "小花", 1, 100)], days(9)).await;
    let tonight = session("r2", NOW - HOUR);
    let said = vec![
        named("1", "小满"),
        super_chat("2", "小满", "点歌", 30_000),
        event("3", ChatKind::Entry, "小满", ""),
        event("4", ChatKind::Message, "橘猫", "喵"),
    ];
    hear(&bench, &tonight, said, NOW - 5_000).await;

    let view = bench.studio.read_person(person("小满")).await.unwrap();
    assert_eq!((view.first_seen, view.last_seen), (Some(days(9)), Some(NOW - 5_000)));
    let sums = (view.sessions, view.lines, view.messages, view.gifts, view.worth);
    assert_eq!(sums, (2, 5, 2, 2, 30_100));
    assert_eq!(view.tonight, PersonTonight { lines: 3, gifts: 1, worth: 30_000 });
    assert_eq!(view.names, ["小满", "满满"], "the latest first");

    bench.studio.delete_session(long_ago.number().unwrap()).await.unwrap();
    let view = bench.studio.read_person(person("小满")).await.unwrap();
    assert_eq!((view.sessions, view.lines, view.worth), (1, 3, 30_000));
    let stranger = bench.studio.read_person(person("阿澈")).await.unwrap();
    assert_eq!((stranger.first_seen, stranger.lines), (None, 0));
}
