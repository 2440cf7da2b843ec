//! The studio against a scripted platform: what is kept, what is sent how often, and what an answer that
//! got lost leads to.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{Bench, Keyring, Shared, left_open, line, titled};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{InvalidReason, ProblemCode};
use kaibo_live::room::{Area, FigureKind, RoomId, Signal, Status};
use kaibo_live::secret::ExposeSecret;
use kaibo_live::store::Store;
use kaibo_live::view::{
    AccountDraft, Action, ChatHealth, GoLive, JournalOutcome, PushPart, RunState, RunView, Update,
};

async fn go_live(bench: &Bench, rooms: Vec<RoomId>, title: &str) -> RunView {
    bench
        .studio
        .go_live(GoLive {
            rooms,
            details: titled(title),
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await
}

fn creates(bench: &Bench) -> usize {
    bench.weibo.lock().unwrap().calls.iter().filter(|c| c.starts_with("create")).count()
}

#[tokio::test(start_paused = true)]
async fn a_refused_account_leaves_nothing_behind() {
    let bench = Bench::new();
    bench.weibo.lock().unwrap().refuse_check = true;
    let fields = [("access_token".to_owned(), "junk".to_owned()), ("anchor".to_owned(), "a".to_owned())];
    let draft = AccountDraft { platform: Platform::Weibo, name: String::new(), fields: fields.into() };
    let refused = bench.studio.connect_account(draft).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::CredentialsRefused);
    assert!(bench.keyring.0.lock().unwrap().is_empty(), "no secret was kept");
    assert!(bench.store.accounts().await.unwrap().is_empty(), "no account was kept");
    assert!(bench.rooms().is_empty(), "no room is shown");
}

#[tokio::test(start_paused = true)]
async fn a_field_that_is_missing_is_named() {
    let bench = Bench::new();
    let draft = AccountDraft {
        platform: Platform::Weibo,
        name: String::new(),
        fields: std::collections::BTreeMap::default(),
    };
    let refused = bench.studio.connect_account(draft).await.unwrap_err();
    assert_eq!(
        refused.code,
        ProblemCode::Invalid { field: "access_token".into(), reason: InvalidReason::Empty }
    );
}

#[tokio::test(start_paused = true)]
async fn a_wrong_title_is_refused_before_anything_is_sent() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    for (title, reason) in
        [("  ", InvalidReason::Empty), (&"字".repeat(41)[..], InvalidReason::TooLong { used: 41, limit: 40 })]
    {
        let run = go_live(&bench, vec![room.id.clone()], title).await;
        let RunState::Failed { problem } = &run.rooms[0].state else { panic!("{:?}", run.rooms[0].state) };
        assert_eq!(problem.code, ProblemCode::Invalid { field: "title".into(), reason });
    }
    assert_eq!(creates(&bench), 0, "nothing was sent");
    assert!(bench.studio.snapshot("", "").journal.is_empty(), "nothing was intended");
    assert_eq!(bench.room().problem, None, "the room's own state is as it was");
}

#[tokio::test(start_paused = true)]
async fn one_room_that_fails_or_is_slow_holds_up_no_other() {
    let bench = Bench::new();
    let weibo = bench.connect(Platform::Weibo).await;
    let qiniu = bench.connect(Platform::Qiniu).await;
    bench.weibo.lock().unwrap().write_failures.push_back(ProblemCode::NotAllowed);
    bench.qiniu.lock().unwrap().slow = Duration::from_secs(3);
    let run = go_live(&bench, vec![weibo.id.clone(), qiniu.id.clone()], "今晚").await;
    assert!(
        matches!(&run.rooms[0].state, RunState::Failed { problem } if problem.code == ProblemCode::NotAllowed)
    );
    assert_eq!(run.rooms[1].state, RunState::Done);
    assert!(run.rooms[0].took_ms < Some(1_000), "the refusal was there at once: {:?}", run.rooms[0].took_ms);
    assert!(run.rooms[1].took_ms >= Some(6_000), "create and start took three seconds each");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_for_and_never_sent_twice() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    {
        let mut script = bench.weibo.lock().unwrap();
        script.create_happens = true;
        script.write_failures.push_back(ProblemCode::OutcomeUnknown);
    }
    let run = go_live(&bench, vec![room.id.clone()], "今晚").await;
    assert_eq!(run.rooms[0].state, RunState::Done, "the room was found");
    assert_eq!(creates(&bench), 1);
    let key = bench.studio.push_part(&room.id, PushPart::Key).unwrap();
    assert_eq!(key.expose_secret(), "live-1?k=secret-of-live-1");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_that_cannot_be_looked_up_is_unknown() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    {
        let mut script = bench.weibo.lock().unwrap();
        script.cannot_look = true;
        script.write_failures.push_back(ProblemCode::OutcomeUnknown);
    }
    let run = go_live(&bench, vec![room.id.clone()], "今晚").await;
    assert!(matches!(run.rooms[0].state, RunState::Unknown { .. }), "{:?}", run.rooms[0].state);
    assert_eq!(creates(&bench), 1, "it was not sent again");
    let journal = bench.studio.snapshot("", "").journal;
    assert_eq!(journal[0].outcome, Some(JournalOutcome::Unknown));
}

#[tokio::test(start_paused = true)]
async fn a_room_that_waits_for_video_is_used_again() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    go_live(&bench, vec![room.id.clone()], "一").await;
    let run = go_live(&bench, vec![room.id.clone()], "二").await;
    assert_eq!(run.rooms[0].state, RunState::Done);
    assert_eq!(creates(&bench), 1, "the live object of the first press is still good");
    assert_eq!(bench.weibo.lock().unwrap().rooms["live-1"].0, "二", "its title was changed");
}

#[tokio::test(start_paused = true)]
async fn ending_takes_the_key_out_of_memory_and_keyring() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    bench.until("on air", |r| r.status == Status::Live).await;
    let kept = |bench: &Bench| {
        let entries = bench.keyring.0.lock().unwrap();
        entries.values().any(|c| c.iter().any(|(name, _)| name.starts_with("push.")))
    };
    assert!(kept(&bench), "the key is in the keyring while the room is on air");
    bench.qiniu.lock().unwrap().write_failures.push_back(ProblemCode::OutcomeUnknown);
    let run = bench.studio.end_broadcast(std::slice::from_ref(&room.id), false).await;
    assert_eq!(run.rooms[0].state, RunState::Done, "the lost answer was looked up: it is over");
    assert!(!kept(&bench), "the key is gone from the keyring");
    let none = bench.studio.push_part(&room.id, PushPart::Key).unwrap_err();
    assert_eq!(none.code, ProblemCode::NoStreamKey);
}

#[tokio::test(start_paused = true)]
async fn everything_is_found_again_after_a_restart() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    let again = bench.again();
    again.studio.open().await;
    let found = again.until("on air again", |r| r.status == Status::Live).await;
    assert_eq!((found.id, found.title.as_str()), (room.id.clone(), "今晚"));
    let key = again.studio.push_part(&room.id, PushPart::Whole).unwrap();
    assert_eq!(key.expose_secret(), "rtmp://ingest.example/live/live-1?k=secret-of-live-1");
    assert_eq!(again.studio.snapshot("", "").journal.len(), 2, "create and start");
}

#[tokio::test(start_paused = true)]
async fn an_intent_left_open_by_a_crash_is_looked_up_at_the_next_start() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    left_open(&bench, Platform::Weibo, &room.id, Action::Create, "今晚").await;
    bench.weibo.lock().unwrap().rooms.insert("live-9".into(), ("今晚".into(), Status::NotStarted));
    let again = bench.again();
    again.studio.open().await;
    let found = again.until("adopted", |r| r.remote.is_some()).await;
    assert_eq!(found.remote.unwrap().0, "live-9");
    assert_eq!(creates(&again), 0, "nothing was made");
    assert_eq!(again.studio.snapshot("", "").journal[0].outcome, Some(JournalOutcome::Done));
}

#[tokio::test(start_paused = true)]
async fn a_line_is_shown_once_and_our_own_at_once() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    bench.qiniu.lock().unwrap().lines = vec![line("1", "晚上好", false), line("2", "666", false)];
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    bench.until("listening", |r| matches!(r.chat, ChatHealth::Listening { .. })).await;
    let said = bench.studio.say(std::slice::from_ref(&room.id), "谢谢").await;
    assert_eq!(said[0].problem, None);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let texts: Vec<String> = bench.studio.snapshot("", "").chat.into_iter().map(|l| l.text).collect();
    assert_eq!(texts, ["晚上好", "666", "谢谢"], "ten polls brought each line ten times");
}

#[tokio::test(start_paused = true)]
async fn a_line_taken_back_is_emptied_where_it_stands() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    bench.qiniu.lock().unwrap().lines = vec![line("1", "晚上好", false), line("2", "666", false)];
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    bench.until("listening", |r| matches!(r.chat, ChatHealth::Listening { .. })).await;
    bench.studio.say(std::slice::from_ref(&room.id), "谢谢").await;
    bench
        .until("the figure that comes with the chat", |r| r.figures.get(&FigureKind::Watching) == Some(&7))
        .await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    // The second, our own by the platform's id, and one that nobody has seen.
    bench.qiniu.lock().unwrap().recalled = vec!["2".into(), "sent-谢谢".into(), "9".into()];
    tokio::time::sleep(Duration::from_secs(2)).await;
    let updates = bench.studio.next_updates().await;
    let told = updates.iter().find_map(|u| match u {
        Update::ChatRecalled { ids } => Some(ids.as_slice()),
        _ => None,
    });
    assert_eq!(told, Some(&[2, 3][..]));
    let lines = bench.studio.snapshot("", "").chat;
    let shown: Vec<(&str, bool)> = lines.iter().map(|l| (l.text.as_str(), l.recalled)).collect();
    assert_eq!(shown, [("晚上好", false), ("", true), ("", true)]);
}

#[tokio::test(start_paused = true)]
async fn a_line_that_is_too_long_is_not_sent() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    let said = bench.studio.say(std::slice::from_ref(&room.id), &"长".repeat(101)).await;
    let problem = said[0].problem.as_ref().unwrap();
    let reason = InvalidReason::TooLong { used: 101, limit: 100 };
    assert_eq!(problem.code, ProblemCode::Invalid { field: "chat".into(), reason });
    assert!(!bench.qiniu.lock().unwrap().calls.iter().any(|c| c.starts_with("say")));
}

#[tokio::test(start_paused = true)]
async fn a_locked_keyring_refuses_new_accounts_and_keeps_the_old_ones_visible() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    *bench.keyring.1.lock().unwrap() = true;
    let again = bench.again();
    again.studio.open().await;
    assert_eq!(again.room().id, room.id, "the room is still in the rail");
    let run = go_live(&again, vec![room.id.clone()], "今晚").await;
    assert!(
        matches!(&run.rooms[0].state, RunState::Failed { problem } if problem.code == ProblemCode::KeyringLocked)
    );
    *again.keyring.1.lock().unwrap() = false;
    again.studio.probe_vault().await;
    let run = go_live(&again, vec![room.id], "今晚").await;
    assert_eq!(run.rooms[0].state, RunState::Done, "unlocking was enough");
}

#[tokio::test(start_paused = true)]
async fn a_deleted_room_keeps_its_place() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    bench.studio.delete_room(&room.id).await.unwrap();
    let now = bench.room();
    assert_eq!((now.id, now.remote, now.push), (room.id.clone(), None, None));
    go_live(&bench, vec![room.id], "明晚").await;
    assert_eq!(creates(&bench), 2, "the place takes the next broadcast");
}

#[tokio::test(start_paused = true)]
async fn nothing_on_air_is_deleted() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    assert_eq!(bench.room().status, Status::Live);
    let refused = bench.studio.delete_room(&room.id).await.unwrap_err();
    assert_eq!((refused.code, refused.message.as_deref()), (ProblemCode::WrongState, Some("live")));
    let calls = &bench.qiniu.lock().unwrap().calls;
    assert!(!calls.iter().any(|call| call.starts_with("delete")), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn a_window_that_sleeps_gets_each_room_once() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let updates = bench.studio.next_updates().await;
    let rooms = updates.iter().filter(|u| matches!(u, Update::Room { .. })).count();
    assert_eq!(rooms, 1, "ten minutes of readings are one update");
}

#[tokio::test(start_paused = true)]
async fn figures_are_told_together_every_tenth_second_and_a_line_at_once() {
    let began = tokio::time::Instant::now();
    let bench = Bench::new();
    // Nothing begins with a second.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let off_beat = || began.elapsed().as_millis() % 10_000;
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    bench.until("listening", |r| matches!(r.chat, ChatHealth::Listening { .. })).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    bench.studio.next_updates().await;
    let end = tokio::time::Instant::now() + Duration::from_secs(60);
    let mut batches = 0;
    while let Ok(updates) = tokio::time::timeout_at(end, bench.studio.next_updates()).await {
        assert!(off_beat() <= 2, "nothing but readings and signs of life: {updates:?}");
        batches += 1;
    }
    assert!((2..=7).contains(&batches), "{batches} batches a minute");
    bench.qiniu.lock().unwrap().lines = vec![line("1", "晚上好", false)];
    let said = |u: &Update| matches!(u, Update::Chat { .. });
    while !bench.studio.next_updates().await.iter().any(said) {}
    assert!((3..9_990).contains(&off_beat()), "the line waits for nothing");
}

#[tokio::test(start_paused = true)]
async fn an_ingest_is_asked_less_often_once_its_answer_stands() {
    let bench = Bench::new();
    bench.qiniu.lock().unwrap().signal = Some(Signal::None);
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    let asked_in_a_minute = async || {
        bench.qiniu.lock().unwrap().signal_asked = 0;
        tokio::time::sleep(Duration::from_secs(58)).await;
        bench.qiniu.lock().unwrap().signal_asked
    };
    assert!((27..=32).contains(&asked_in_a_minute().await), "young");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!((10..=13).contains(&asked_in_a_minute().await), "it stands");
    bench.qiniu.lock().unwrap().signal = Some(Signal::Arriving { kbps: 900, width: 0, height: 0 });
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert!((24..=32).contains(&asked_in_a_minute().await), "it changed");
}

#[tokio::test(start_paused = true)]
async fn readings_are_told_one_by_one_and_anew_when_some_are_gone() {
    let bench = Bench::new();
    bench.qiniu.lock().unwrap().figures = [(FigureKind::Watching, 5)].into();
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    let mut window = bench.studio.snapshot("", "").readings;
    let mut parts = Vec::new();
    let mut hear = |updates: Vec<Update>| {
        for update in updates {
            let Update::Readings { room, whole, readings } = update else { continue };
            let kept = window.entry(room).or_default();
            parts.push((whole, readings.len()));
            if whole {
                kept.clear();
            }
            kept.extend(readings);
        }
    };
    let end = tokio::time::Instant::now() + Duration::from_secs(3_600);
    while let Ok(updates) = tokio::time::timeout_at(end, bench.studio.next_updates()).await {
        hear(updates);
    }
    hear(bench.studio.next_updates().await);
    assert_eq!(window, bench.studio.snapshot("", "").readings, "the window knows what there is");
    let (wholes, news): (Vec<_>, Vec<_>) = parts.into_iter().partition(|(whole, _)| *whole);
    assert!((3..=5).contains(&wholes.len()), "every other one went {} times", wholes.len());
    assert!(news.len() > 100 && news.iter().all(|(_, count)| (1..=2).contains(count)), "{news:?}");

    tokio::time::sleep(Duration::from_secs(3_600)).await;
    for update in bench.studio.next_updates().await {
        let Update::Readings { whole, readings, .. } = update else { continue };
        assert!(whole, "a window that slept gets all of them");
        window.insert(room.id.clone(), readings);
    }
    assert_eq!(window, bench.studio.snapshot("", "").readings);

    bench.studio.end_broadcast(std::slice::from_ref(&room.id), false).await;
    bench.studio.delete_room(&room.id).await.unwrap();
    let told = bench.studio.next_updates().await;
    let cleared =
        |u: &Update| matches!(u, Update::Readings { whole: true, readings, .. } if readings.is_empty());
    assert!(told.iter().any(cleared), "they were the broadcast's that is gone: {told:?}");
    assert!(bench.studio.snapshot("", "").readings.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_flood_is_skipped_and_counted() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    let flood = (0..3_000).map(|n| line(&n.to_string(), &n.to_string(), false));
    bench.qiniu.lock().unwrap().lines = flood.collect();
    go_live(&bench, vec![room.id], "今晚").await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    let updates = bench.studio.next_updates().await;
    let chat = updates.into_iter().find_map(|u| match u {
        Update::Chat { lines, skipped } => Some((lines, skipped)),
        _ => None,
    });
    let (lines, skipped) = chat.unwrap();
    assert_eq!((lines.len(), skipped), (500, 2_500));
    assert_eq!(lines[0].text, "2500", "the newest are sent");
}

#[tokio::test(start_paused = true)]
async fn forgetting_removes_every_secret() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    go_live(&bench, vec![room.id], "今晚").await;
    bench.studio.forget_account(&room.account, false).await.unwrap();
    assert!(bench.keyring.0.lock().unwrap().is_empty());
    assert!(bench.rooms().is_empty());
    assert!(bench.store.rooms().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn signing_in_again_keeps_what_is_left_empty() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    let fields =
        [("access_token".to_owned(), "another-token".to_owned()), ("anchor".to_owned(), String::new())];
    bench.studio.replace_credentials(&room.account, fields.into()).await.unwrap();
    let kept = bench.keyring.0.lock().unwrap()[&room.account].clone();
    assert_eq!(kept.get("access_token").unwrap().expose_secret(), "another-token");
    assert_eq!(bench.store.accounts().await.unwrap()[0].settings.get("anchor"), Some("a"));
    bench.weibo.lock().unwrap().refuse_check = true;
    let fields = [("access_token".to_owned(), "junk".to_owned()), ("anchor".to_owned(), String::new())];
    bench.studio.replace_credentials(&room.account, fields.into()).await.unwrap_err();
    let kept = bench.keyring.0.lock().unwrap()[&room.account].clone();
    assert_eq!(
        kept.get("access_token").unwrap().expose_secret(),
        "another-token",
        "a refusal changes nothing"
    );
}

#[tokio::test(start_paused = true)]
async fn a_problem_from_before_the_window_is_told_when_it_opens() {
    let bench = Bench::new();
    bench.studio.tell(kaibo_live::problem::Failure::new(ProblemCode::Storage));
    bench.studio.snapshot("", "");
    let updates = bench.studio.next_updates().await;
    assert!(matches!(&updates[..], [Update::Problem { problem }] if problem.code == ProblemCode::Storage));
}

#[tokio::test(start_paused = true)]
async fn a_start_cut_off_before_its_key_was_kept_gets_the_key_at_the_next_start() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    bench.until("on air", |r| r.status == Status::Live).await;
    // As if the program had stopped after the platform's answer and before the keyring's.
    for entry in bench.keyring.0.lock().unwrap().values_mut() {
        entry.remove(&format!("push.{}.server", room.id.0));
        entry.remove(&format!("push.{}.key", room.id.0));
    }
    bench.qiniu.lock().unwrap().only_start_tells_push = true;
    left_open(&bench, Platform::Qiniu, &room.id, Action::Start, "今晚").await;
    let again = bench.again();
    again.studio.open().await;
    let key = again.studio.push_part(&room.id, PushPart::Key).unwrap();
    assert_eq!(key.expose_secret(), "live-1?k=secret-of-live-1");
}

#[tokio::test(start_paused = true)]
async fn a_reading_from_before_an_action_does_not_undo_what_the_action_told() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, vec![room.id.clone()], "今晚").await;
    bench.until("on air", |r| r.status == Status::Live).await;
    bench.qiniu.lock().unwrap().slow_read = Duration::from_secs(4);
    bench.studio.refresh_room(&room.id).unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await; // the reading has looked, and says live in three seconds
    bench.studio.end_broadcast(std::slice::from_ref(&room.id), false).await;
    for _ in 0..40 {
        assert_eq!(bench.room().status, Status::Ended, "the old reading was shown");
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn areas_are_the_platforms_own() {
    let area = Area { id: "86".into(), name: "英雄联盟".into(), group: "网游".into() };
    let weibo = Shared::default();
    weibo.lock().unwrap().areas = Some(vec![area.clone()]);
    let bench = Bench::with(Store::in_memory().unwrap(), Keyring::default(), weibo, Shared::default());
    let room = bench.connect(Platform::Weibo).await;
    assert_eq!(bench.studio.list_areas(&room.id).await.unwrap(), [area]);
    let unknown = bench.studio.list_areas(&RoomId("none".into())).await.unwrap_err();
    assert_eq!(unknown.code, ProblemCode::NotFound);
}
