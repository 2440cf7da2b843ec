//! Covers: a picture is checked before it is sent, and each room gets the one that was uploaded for it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeMap;

use common::{Bench, Keyring, Shared, titled};
use kaibo_live::cover::CoverRule;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{InvalidReason, ProblemCode};
use kaibo_live::room::{Details, RoomId};
use kaibo_live::store::Store;
use kaibo_live::view::{AccountState, GoLive, RunState};

const RULE: CoverRule = CoverRule { width: 16, height: 9, max_bytes: 500 };

/// A JPEG of this size, as far as headers tell.
fn jpeg(width: u8, height: u8) -> Vec<u8> {
    let mut file = b"\xff\xd8\xff\xc0\x00\x0b\x08".to_vec();
    file.extend([0, height, 0, width, 1, 1, 0x11, 0, 0xff, 0xd9]);
    file
}

/// Weibo takes covers; with `own_covers` none from elsewhere. Qiniu takes none.
async fn covered(own_covers: bool) -> (Bench, RoomId) {
    let weibo = Shared::default();
    {
        let mut script = weibo.lock().unwrap();
        (script.cover, script.own_covers) = (Some(RULE), own_covers);
    }
    let bench = Bench::with(Store::in_memory().unwrap(), Keyring::default(), weibo, Shared::default());
    let room = bench.connect(Platform::Weibo).await.id;
    (bench, room)
}

fn calls(bench: &Bench) -> Vec<String> {
    bench.weibo.lock().unwrap().calls.clone()
}

#[tokio::test(start_paused = true)]
async fn only_a_picture_as_the_rule_wants_it_is_sent() {
    let (bench, room) = covered(false).await;
    assert_eq!(bench.studio.snapshot("", "").accounts[0].cover, Some(RULE));
    let mut long = jpeg(16, 9);
    long.truncate(15);
    long.resize(600, 0);
    long.extend([0xff, 0xd9]);
    for bad in [jpeg(9, 16), jpeg(17, 9), long, b"\x89PNG".to_vec(), Vec::new()] {
        let refused = bench.studio.upload_cover(&room, bad).await.unwrap_err();
        let reason = InvalidReason::Malformed;
        assert_eq!(refused.code, ProblemCode::Invalid { field: "cover_picture".into(), reason });
    }
    assert_eq!(calls(&bench), [""; 0]);
    let url = bench.studio.upload_cover(&room, jpeg(16, 9)).await.unwrap();
    assert_eq!((url.as_str(), calls(&bench)), ("https://img.example/Weibo.jpg", vec!["upload 17".into()]));
    // Where nothing can be uploaded, nothing is tried.
    let other = bench.connect(Platform::Qiniu).await.id;
    let refused = bench.studio.upload_cover(&other, jpeg(16, 9)).await.unwrap_err();
    assert_eq!((refused.code, refused.platform), (ProblemCode::NotAllowed, Some(Platform::Qiniu)));
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_and_nothing_is_sent_twice() {
    let (bench, room) = covered(false).await;
    let fails = |code| bench.weibo.lock().unwrap().write_failures.push_back(code);
    // An upload that may have arrived does no harm: it can be made again.
    for (failure, told) in [
        (ProblemCode::OutcomeUnknown, ProblemCode::Timeout),
        (ProblemCode::NotAllowed, ProblemCode::NotAllowed),
        (ProblemCode::SignInExpired, ProblemCode::SignInExpired),
    ] {
        fails(failure);
        assert_eq!(bench.studio.upload_cover(&room, jpeg(16, 9)).await.unwrap_err().code, told);
    }
    assert_eq!(calls(&bench).len(), 3);
    assert_eq!(bench.studio.snapshot("", "").accounts[0].state, AccountState::Expired);
}

/// What Weibo's room was made with, when the form says `address` and this was uploaded.
async fn made_with(own_covers: bool, address: &str, uploaded: Option<&str>) -> String {
    let (bench, room) = covered(own_covers).await;
    let details = Details { cover_url: address.into(), ..titled("今晚") };
    let covers: BTreeMap<_, _> = uploaded.map(|url| (room.clone(), url.to_owned())).into_iter().collect();
    let request = GoLive { rooms: vec![room.clone()], details, covers, encoder: None, relay: false };
    let remembered = bench.studio.preferences_after(&request).last.remove(&room).unwrap();
    assert_eq!(remembered.cover_url, uploaded.unwrap_or(address), "for the next evening");
    let run = bench.studio.go_live(request).await;
    assert_eq!(run.rooms[0].state, RunState::Done);
    let made = bench.weibo.lock().unwrap().wanted.remove(0);
    made.cover_url
}

#[tokio::test(start_paused = true)]
async fn a_room_gets_its_own_cover_before_the_forms() {
    let (form, own) = ("https://img.example/form.jpg", "https://img.example/own.jpg");
    assert_eq!(made_with(false, form, Some(own)).await, own);
    assert_eq!(made_with(false, form, None).await, form);
    assert_eq!(made_with(true, form, Some(own)).await, own);
    assert_eq!(made_with(true, form, None).await, "", "no cover from elsewhere where none is taken");
}
