//! A live object that was asked for and whose making has no known end: no second one is made before it was
//! looked for, by Kaibo or, where the platform can't be asked, by the streamer.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use common::{Bench, titled};
use kaibo_live::platform::Platform;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{RemoteId, RoomId, Status};
use kaibo_live::store::Intent;
use kaibo_live::view::{Action, GoLive, JournalOutcome, RoomView, RunState};

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
    let intent = Intent {
        room: room.id.clone(),
        platform: Platform::Weibo,
        action: Action::Create,
        at: 1,
        details: titled("今晚"),
    };
    bench.store.intend(intent).await.unwrap();
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
