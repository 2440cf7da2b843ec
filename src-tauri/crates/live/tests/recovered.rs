//! What a former run of the program left open in the journal: looked at, settled, and told.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{Bench, left_open, titled};
use kaibo_live::history::History;
use kaibo_live::platform::Platform;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{Edit, RemoteId, RoomId, Status};
use kaibo_live::secret::Credentials;
use kaibo_live::store::Store;
use kaibo_live::studio::SandboxAccount;
use kaibo_live::view::{Action, JournalOutcome};

async fn go_live(bench: &Bench, room: &RoomId) {
    let pressed = serde_json::json!({"rooms": [room], "details": titled("今晚")});
    bench.studio.go_live(serde_json::from_value(pressed).unwrap()).await;
}

/// How the last entry of the journal stands, in the window and in the database.
async fn last(bench: &Bench) -> Option<JournalOutcome> {
    let shown = bench.studio.snapshot("", "").journal.last().unwrap().outcome;
    assert_eq!(bench.store.journal(1).await.unwrap()[0].outcome, shown, "kept as it is shown");
    shown
}

#[tokio::test(start_paused = true)]
async fn each_action_is_done_or_not_by_what_the_platform_says() {
    use JournalOutcome::{Done, Failed};
    let gone = None;
    for (action, status, title, expected) in [
        (Action::Start, Some(Status::Live), "今晚", Done),
        (Action::Start, Some(Status::AnchorAway), "今晚", Done),
        (Action::Start, Some(Status::NotStarted), "今晚", Failed),
        (Action::End, Some(Status::Live), "今晚", Failed),
        (Action::End, Some(Status::AnchorAway), "今晚", Failed),
        (Action::End, Some(Status::Ended), "今晚", Done),
        (Action::End, gone, "今晚", Done),
        (Action::Delete, Some(Status::Ended), "今晚", Failed),
        (Action::Delete, Some(Status::Deleted), "今晚", Done),
        (Action::Delete, gone, "今晚", Done),
        (Action::Edit, Some(Status::Live), "今晚", Done),
        (Action::Edit, Some(Status::Live), "明晚", Failed),
    ] {
        let bench = Bench::new();
        let room = bench.connect(Platform::Weibo).await;
        go_live(&bench, &room.id).await;
        left_open(&bench, Platform::Weibo, &room.id, action, title).await;
        {
            let rooms = &mut bench.weibo.lock().unwrap().rooms;
            rooms.clear();
            rooms.extend(status.map(|status| ("live-1".to_owned(), ("今晚".to_owned(), status))));
        }
        let again = bench.again();
        again.studio.open().await;
        assert_eq!(last(&again).await, Some(expected), "{action:?} {status:?} {title}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_over_is_not_started_by_looking() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    go_live(&bench, &room.id).await;
    bench.studio.end_broadcast(std::slice::from_ref(&room.id), false).await;
    left_open(&bench, Platform::Weibo, &room.id, Action::Start, "今晚").await;
    left_open(&bench, Platform::Weibo, &room.id, Action::End, "今晚").await;
    bench.again().studio.open().await;
    let calls = &bench.qiniu.lock().unwrap().calls;
    assert_eq!(calls.iter().filter(|call| call.starts_with("start")).count(), 1, "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn what_nobody_can_tell_is_unknown() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    left_open(&bench, Platform::Weibo, &room.id, Action::Edit, "今晚").await;
    left_open(&bench, Platform::Weibo, &RoomId("forgotten".into()), Action::Start, "今晚").await;
    let again = bench.again();
    again.studio.open().await;
    let outcomes: Vec<_> = again.studio.snapshot("", "").journal.iter().map(|e| e.outcome).collect();
    assert_eq!(outcomes, [Some(JournalOutcome::Unknown); 2], "no live object, no room");
    assert!(bench.store.open_intents().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_does_not_tell_is_asked_for_five_minutes() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    go_live(&bench, &room.id).await;
    left_open(&bench, Platform::Weibo, &room.id, Action::Start, "今晚").await;
    // A start has no answer in a room that isn't found.
    let kept = std::mem::take(&mut bench.weibo.lock().unwrap().rooms);
    let again = bench.again();
    again.studio.open().await;
    tokio::time::sleep(Duration::from_secs(290)).await;
    assert_eq!(last(&again).await, None, "still asked");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(last(&again).await, Some(JournalOutcome::Unknown), "it is left at that");

    bench.weibo.lock().unwrap().rooms.insert("live-1".into(), ("今晚".into(), Status::Unknown));
    left_open(&bench, Platform::Weibo, &room.id, Action::End, "今晚").await;
    let unclear = bench.again();
    unclear.studio.open().await;
    assert_eq!(last(&unclear).await, None, "a number that isn't known is no end");
    tokio::time::sleep(Duration::from_secs(350)).await;
    assert_eq!(last(&unclear).await, Some(JournalOutcome::Unknown));
    bench.weibo.lock().unwrap().rooms.clear();

    left_open(&bench, Platform::Weibo, &room.id, Action::Start, "今晚").await;
    let third = bench.again();
    third.studio.open().await;
    tokio::time::sleep(Duration::from_secs(100)).await;
    assert_eq!(last(&third).await, None);
    bench.weibo.lock().unwrap().rooms = kept;
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(last(&third).await, Some(JournalOutcome::Failed), "told at last");
}

#[tokio::test(start_paused = true)]
async fn a_create_that_cannot_be_looked_for_is_left_to_the_streamer() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    left_open(&bench, Platform::Weibo, &room.id, Action::Create, "今晚").await;
    bench.weibo.lock().unwrap().cannot_look = true;
    let again = bench.again();
    again.studio.open().await;
    let now = again.room();
    assert_eq!(now.problem.map(|problem| problem.code), Some(ProblemCode::OutcomeUnknown));
    assert_eq!(now.lost_since, Some(1));
    assert_eq!(last(&again).await, Some(JournalOutcome::Unknown));
}

#[tokio::test(start_paused = true)]
async fn a_create_that_is_not_there_was_not_made() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    left_open(&bench, Platform::Weibo, &room.id, Action::Create, "今晚").await;
    let again = bench.again();
    again.studio.open().await;
    assert_eq!((again.room().remote, again.room().lost_since), (None, None));
    assert_eq!(last(&again).await, Some(JournalOutcome::Failed));
}

/// A database in a file, and a way to have nothing more fit into it.
fn disk() -> (tempfile::TempDir, Bench, impl Fn(bool)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kaibo.db");
    let bench = Bench::kept(Store::open(&path).unwrap(), History::private().unwrap());
    let fill = move |full: bool| {
        let sql = ["room", "journal"].map(|table| {
            if full {
                format!(
                    "create trigger full_{table} before update on {table}
                     begin select raise(abort, 'database or disk is full'); end;"
                )
            } else {
                format!("drop trigger full_{table};")
            }
        });
        rusqlite::Connection::open(&path).unwrap().execute_batch(&sql.concat()).unwrap();
    };
    (folder, bench, fill)
}

#[tokio::test(start_paused = true)]
async fn what_a_full_disk_left_unnoted_is_noted_once_there_is_room() {
    let (_folder, bench, fill) = disk();
    let room = bench.connect(Platform::Weibo).await;
    fill(true);
    go_live(&bench, &room.id).await;
    assert_eq!(bench.room().remote, Some(RemoteId("live-1".into())), "it is done all the same");
    assert_eq!(bench.store.open_intents().await.unwrap().len(), 1);
    assert_eq!(bench.store.rooms().await.unwrap()[0].remote, None);
    fill(false);
    let noted = async || {
        let kept = &bench.store.rooms().await.unwrap()[0];
        bench.store.open_intents().await.unwrap().is_empty() && kept.remote.is_some()
    };
    bench.until_true("noted", noted).await;
    assert_eq!(last(&bench).await, Some(JournalOutcome::Done));
    assert_eq!(bench.store.rooms().await.unwrap()[0].details.title, "今晚");
}

#[tokio::test(start_paused = true)]
async fn without_a_note_nothing_is_sent() {
    let (folder, bench, _) = disk();
    let room = bench.connect(Platform::Weibo).await;
    let refuse = "create trigger full before insert on journal begin select raise(abort, 'full'); end";
    rusqlite::Connection::open(folder.path().join("kaibo.db")).unwrap().execute_batch(refuse).unwrap();
    go_live(&bench, &room.id).await;
    assert_eq!(bench.room().problem.map(|problem| problem.code), Some(ProblemCode::Storage));
    assert!(bench.weibo.lock().unwrap().calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_edit_is_noted_shown_and_kept() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    go_live(&bench, &room.id).await;
    let edit = |title: &str| Edit { title: Some(title.into()), ..Edit::default() };
    bench.studio.edit_room(&room.id, edit("明晚")).await.unwrap();
    assert_eq!((bench.room().title.as_str(), last(&bench).await), ("明晚", Some(JournalOutcome::Done)));
    assert_eq!(bench.store.rooms().await.unwrap()[0].details.title, "明晚");
    // An answer that got lost: the room tells.
    bench.weibo.lock().unwrap().write_failures.push_back(ProblemCode::Timeout);
    let lost = bench.studio.edit_room(&room.id, edit("后天")).await.unwrap_err();
    assert_eq!((lost.code, last(&bench).await), (ProblemCode::OutcomeUnknown, Some(JournalOutcome::Unknown)));
    bench.weibo.lock().unwrap().write_failures.push_back(ProblemCode::OutcomeUnknown);
    bench.studio.edit_room(&room.id, edit("明晚")).await.unwrap();
    assert_eq!(last(&bench).await, Some(JournalOutcome::Done), "it says so already");
    bench.weibo.lock().unwrap().write_failures.push_back(ProblemCode::NotAllowed);
    let refused = bench.studio.edit_room(&room.id, edit("后天")).await.unwrap_err();
    assert_eq!((refused.code, last(&bench).await), (ProblemCode::NotAllowed, Some(JournalOutcome::Failed)));
    bench.studio.edit_room(&room.id, edit("明晚")).await.unwrap();
    let empty = bench.studio.edit_room(&room.id, edit(" ")).await.unwrap_err();
    assert!(matches!(empty.code, ProblemCode::Invalid { .. }));
    assert_eq!(bench.room().problem, None, "shown where it was typed");
}

#[tokio::test(start_paused = true)]
async fn a_busy_room_takes_no_second_action() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    go_live(&bench, &room.id).await;
    bench.weibo.lock().unwrap().slow = Duration::from_secs(3);
    let (deleted, refused) = tokio::join!(bench.studio.delete_room(&room.id), async {
        let busy = bench.until("busy", |room| room.busy.is_some()).await.busy;
        assert_eq!(busy, Some(Action::Delete));
        bench.studio.delete_room(&room.id).await.unwrap_err()
    });
    deleted.unwrap();
    assert_eq!(bench.room().title, "今晚", "its place keeps what it says");
    assert_eq!((refused.code, refused.message.as_deref()), (ProblemCode::WrongState, Some("busy")));
    assert_eq!(bench.room().busy, None);
    let none = bench.studio.delete_room(&room.id).await.unwrap_err();
    assert_eq!(none.code, ProblemCode::WrongState, "there is none to delete");
}

#[tokio::test(start_paused = true)]
async fn the_sandboxs_entries_are_kept_apart() {
    let bench = Bench::new();
    let mut secrets = Credentials::default();
    secrets.set("access_token", "token-of-nobody".to_owned().into());
    let settings = BTreeMap::from([("anchor".into(), "a".into())]);
    let account = SandboxAccount { platform: Platform::Weibo, name: "演练".into(), settings, secrets };
    bench.sandbox.0.lock().unwrap().push(account);
    bench.weibo.lock().unwrap().cannot_look = true;
    bench.studio.open().await;
    let room = bench.room().id;
    bench.weibo.lock().unwrap().write_failures.push_back(ProblemCode::OutcomeUnknown);
    go_live(&bench, &room).await;
    bench.studio.settle_lost(&room, None).await.unwrap();
    let journal = bench.studio.snapshot("", "").journal;
    let shown: Vec<_> = journal.iter().map(|entry| (entry.id, entry.outcome)).collect();
    assert_eq!(shown, [(-1, Some(JournalOutcome::Failed))]);
    assert!(bench.store.journal(9).await.unwrap().is_empty());
}
