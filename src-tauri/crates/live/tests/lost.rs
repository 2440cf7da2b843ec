//! Writes whose answer got lost. A live object that was asked for and whose making has no known end: no second one is
//! made before it was looked for, by Kaibo or, where the platform can't be asked, by the streamer. An end, a change: what
//! a later reading says of them.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{Bench, left_open, titled};
use kaibo_live::platform::Platform;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{Edit, RemoteId, RoomId, Status};
use kaibo_live::view::{Action, GoLive, JournalOutcome, PushPart, RoomView, RunState};

async fn press(bench: &Bench, room: &RoomId) -> RunState {
    let (rooms, details) = (vec![room.clone()], titled("今晚"));
    let run = bench
        .studio
        .go_live(GoLive {
            rooms,
            details,
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    run.rooms[0].state.clone()
}

fn creates(bench: &Bench) -> usize {
    bench.weibo.lock().unwrap().calls.iter().filter(|call| call.starts_with("create")).count()
}

fn outcomes(bench: &Bench) -> Vec<Option<JournalOutcome>> {
    bench.studio.snapshot("", "").journal.iter().map(|entry| entry.outcome).collect()
}

/// A room whose live object was made or not, with the answer lost and no way to look for it.
async fn lost(made: bool) -> (Bench, RoomView) {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    {
        let mut script = bench.weibo.lock().unwrap();
        script.cannot_look = true;
        script.create_happens = made;
        script.write_failures.push_back(ProblemCode::OutcomeUnknown);
    }
    let state = press(&bench, &room.id).await;
    assert!(matches!(state, RunState::Unknown { .. }), "{state:?}");
    assert!(bench.room().lost_since.is_some(), "the window can ask");
    (bench, room)
}

#[tokio::test(start_paused = true)]
async fn no_other_is_made_until_the_streamer_has_looked() {
    let (bench, room) = lost(true).await;
    for _ in 0..2 {
        let state = press(&bench, &room.id).await;
        assert!(matches!(state, RunState::Unknown { .. }), "{state:?}");
    }
    assert_eq!(creates(&bench), 1);
    bench.studio.settle_lost(&room.id, None).await.unwrap();
    let now = bench.room();
    assert_eq!((now.lost_since, now.problem), (None, None));
    assert_eq!(outcomes(&bench), [Some(JournalOutcome::Failed)]);
    assert_eq!(press(&bench, &room.id).await, RunState::Done);
    assert_eq!(creates(&bench), 2);
    let again = bench.studio.settle_lost(&room.id, None).await.unwrap_err();
    assert_eq!(again.code, ProblemCode::WrongState, "nothing is lost any more");
}

#[tokio::test(start_paused = true)]
async fn the_streamer_says_which_one_it_is() {
    let (bench, room) = lost(true).await;
    let none = bench.studio.settle_lost(&room.id, Some(RemoteId("live-7".into()))).await.unwrap_err();
    assert_eq!(none.code, ProblemCode::NotFound);
    assert!(bench.room().lost_since.is_some(), "an answer that can't be right settles nothing");
    bench.studio.settle_lost(&room.id, Some(RemoteId("live-1".into()))).await.unwrap();
    let now = bench.room();
    assert_eq!((now.remote, now.lost_since), (Some(RemoteId("live-1".into())), None));
    assert_eq!(outcomes(&bench), [Some(JournalOutcome::Done)]);
    assert_eq!(press(&bench, &room.id).await, RunState::Done);
    assert_eq!(creates(&bench), 1, "it is used");
}

#[tokio::test(start_paused = true)]
async fn it_is_asked_after_a_restart_as_well() {
    let (bench, room) = lost(true).await;
    let again = bench.again();
    again.studio.open().await;
    assert!(again.room().lost_since.is_some());
    let state = press(&again, &room.id).await;
    assert!(matches!(state, RunState::Unknown { .. }), "{state:?}");
    assert_eq!(creates(&again), 1);
}

#[tokio::test(start_paused = true)]
async fn it_is_looked_for_before_another_is_made() {
    let (bench, room) = lost(true).await;
    bench.weibo.lock().unwrap().cannot_look = false;
    assert_eq!(press(&bench, &room.id).await, RunState::Done);
    assert_eq!(creates(&bench), 1, "it was found");
    assert_eq!(outcomes(&bench), [Some(JournalOutcome::Done)], "the journal tells what came of it");
    assert_eq!(bench.room().lost_since, None);
}

#[tokio::test(start_paused = true)]
async fn looking_at_the_room_looks_for_it() {
    let (bench, room) = lost(true).await;
    bench.weibo.lock().unwrap().cannot_look = false;
    bench.studio.refresh_room(&room.id).unwrap();
    let found = bench.until("found", |room| room.lost_since.is_none()).await;
    assert_eq!(found.remote, Some(RemoteId("live-1".into())));
    bench.until("said", |room| room.problem.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn what_a_killed_program_left_open_waits_for_the_keyring() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    left_open(&bench, Platform::Weibo, &room.id, Action::Create, "今晚").await;
    bench.weibo.lock().unwrap().rooms.insert("live-9".into(), ("今晚".into(), Status::NotStarted));
    *bench.keyring.1.lock().unwrap() = true;
    let again = bench.again();
    again.studio.open().await;
    tokio::time::sleep(std::time::Duration::from_secs(3600)).await;
    assert_eq!(outcomes(&again), [None], "nobody could look");
    *bench.keyring.1.lock().unwrap() = false;
    again.studio.probe_vault().await;
    let found = again.until("found", |room| room.remote.is_some()).await;
    assert_eq!(found.remote, Some(RemoteId("live-9".into())));
    assert_eq!(outcomes(&again), [Some(JournalOutcome::Done)]);
    assert_eq!(creates(&again), 0);
}

#[tokio::test(start_paused = true)]
async fn an_end_that_nobody_answered_for_is_settled_by_the_next_reading() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    press(&bench, &room.id).await;
    bench.until("on air", |r| r.status == Status::Live).await;
    let (id, title) = {
        let mut script = bench.qiniu.lock().unwrap();
        script.write_failures.push_back(ProblemCode::OutcomeUnknown);
        let (id, (title, _)) = script.rooms.pop_first().unwrap();
        (id, title)
    };
    let run = bench.studio.end_broadcast(std::slice::from_ref(&room.id), false).await;
    assert_eq!(outcomes(&bench).last(), Some(&Some(JournalOutcome::Unknown)));
    assert!(matches!(run.rooms[0].state, RunState::Unknown { .. }), "{:?}", run.rooms[0].state);
    bench
        .until("unknown", |r| r.problem.as_ref().is_some_and(|p| p.code == ProblemCode::OutcomeUnknown))
        .await;
    bench.qiniu.lock().unwrap().rooms.insert(id.clone(), (title.clone(), Status::AnchorAway));
    let away = bench.until("away", |r| r.status == Status::AnchorAway).await;
    assert_eq!(
        away.problem.map(|p| p.code),
        Some(ProblemCode::OutcomeUnknown),
        "the encoder stopped, no more"
    );
    bench.qiniu.lock().unwrap().rooms.insert(id, (title, Status::Ended));
    let over = bench.until("over", |r| r.status == Status::Ended).await;
    assert_eq!(over.problem, None, "the platform itself says that it is over");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(outcomes(&bench).last(), Some(&Some(JournalOutcome::Done)), "and so does the journal");
    assert_eq!(bench.store.journal(1).await.unwrap()[0].outcome, Some(JournalOutcome::Done), "it is kept");
}

#[tokio::test(start_paused = true)]
async fn going_on_air_says_nothing_of_a_change_that_nobody_answered_for() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    press(&bench, &room.id).await;
    let rooms = {
        let mut script = bench.weibo.lock().unwrap();
        script.write_failures.push_back(ProblemCode::OutcomeUnknown);
        std::mem::take(&mut script.rooms)
    };
    let edit = Edit { title: Some("明晚".into()), ..Edit::default() };
    let lost = bench.studio.edit_room(&room.id, edit).await.unwrap_err();
    assert_eq!(lost.code, ProblemCode::OutcomeUnknown);
    let live = rooms.into_iter().map(|(id, (title, _))| (id, (title, Status::Live)));
    bench.weibo.lock().unwrap().rooms = live.collect();
    let up = bench.until("on air", |r| r.status == Status::Live).await;
    assert_eq!(up.problem.map(|p| p.code), Some(ProblemCode::OutcomeUnknown), "its title may be either");
}

#[tokio::test(start_paused = true)]
async fn an_anchor_who_is_away_has_not_ended() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    press(&bench, &room.id).await;
    bench.weibo.lock().unwrap().rooms.get_mut("live-1").unwrap().1 = Status::Live;
    bench.until("on air", |r| r.status == Status::Live).await;
    {
        let mut script = bench.weibo.lock().unwrap();
        script.write_failures.push_back(ProblemCode::OutcomeUnknown);
        script.slow = Duration::from_secs(2);
    }
    let ending = {
        let (studio, id) = (bench.studio.clone(), room.id.clone());
        tokio::spawn(async move { studio.end_broadcast(&[id], false).await })
    };
    bench.until("under way", |r| r.busy.is_some()).await;
    bench.weibo.lock().unwrap().rooms.get_mut("live-1").unwrap().1 = Status::AnchorAway;
    let run = ending.await.unwrap();
    let RunState::Failed { problem } = &run.rooms[0].state else { panic!("{:?}", run.rooms[0].state) };
    assert_eq!(problem.code, ProblemCode::Timeout, "it may be asked to end again");
    bench.until("away", |r| r.status == Status::AnchorAway).await;
    assert!(bench.studio.push_part(&room.id, PushPart::Key).is_ok(), "video may come back");
    assert!(bench.studio.is_on_air(), "closing the window asks");
    assert_eq!(bench.studio.delete_room(&room.id).await.unwrap_err().code, ProblemCode::WrongState);
    assert_eq!(bench.studio.may_restart().await.unwrap_err().code, ProblemCode::UpdateHeld);
}
