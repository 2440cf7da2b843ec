//! The program may be started anew only when that disturbs nothing.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{Bench, Keyring, Shared, left_open, titled};
use kaibo_live::platform::Platform;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::Status;
use kaibo_live::store::Store;
use kaibo_live::view::{Action, GoLive};

async fn held(bench: &Bench) -> bool {
    match bench.studio.may_restart().await {
        Ok(()) => false,
        Err(refused) => {
            assert_eq!(refused.code, ProblemCode::UpdateHeld);
            true
        }
    }
}

#[tokio::test(start_paused = true)]
async fn not_while_a_room_is_on_air_or_something_is_done_with_one() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Qiniu).await;
    assert!(!held(&bench).await, "a room that is off disturbs nobody");
    bench.qiniu.lock().unwrap().slow = Duration::from_secs(2);
    let request = GoLive {
        rooms: vec![room.id.clone()],
        details: titled("今晚"),
        covers: BTreeMap::new(),
        encoder: None,
        relay: false,
    };
    let going = {
        let studio = bench.studio.clone();
        tokio::spawn(async move { studio.go_live(request).await })
    };
    bench.until("under way", |r| r.busy.is_some()).await;
    assert!(held(&bench).await, "it is being made");
    going.await.unwrap();
    bench.until("on air", |r| r.status == Status::Live && r.busy.is_none()).await;
    assert!(held(&bench).await, "it is on air");
    bench.studio.end_broadcast(std::slice::from_ref(&room.id), false).await;
    bench.until("over", |r| r.status != Status::Live && r.busy.is_none()).await;
    assert!(!held(&bench).await, "it is over");
}

#[tokio::test(start_paused = true)]
async fn a_room_that_is_only_watched_holds_nothing_up() {
    let weibo = Shared::default();
    {
        let mut script = weibo.lock().unwrap();
        script.watched = true;
        script.found = vec!["theirs"];
        script.rooms.insert("theirs".into(), ("今晚".into(), Status::Live));
    }
    let bench = Bench::with(Store::in_memory().unwrap(), Keyring::default(), weibo, Shared::default());
    bench.connect(Platform::Weibo).await;
    bench.until("on air", |r| r.status == Status::Live).await;
    assert!(!held(&bench).await);
}

#[tokio::test(start_paused = true)]
async fn not_while_a_write_has_no_known_outcome() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    assert!(!held(&bench).await);
    left_open(&bench, Platform::Weibo, &room.id, Action::Create, "今晚").await;
    assert!(held(&bench).await);
}
