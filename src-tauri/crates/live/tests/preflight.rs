//! The checks before going live, level by level, and what belongs to them: the right asked before a room is
//! made, the face check, the order of start and texts, the full keyring.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{Bench, Keyring, Shared, titled};
use jiff::{SignedDuration, Timestamp};
use kaibo_live::budget::CallsLeft;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{InvalidReason, ProblemCode};
use kaibo_live::room::{Area, Details, RoomId, Status};
use kaibo_live::secret::ExposeSecret;
use kaibo_live::store::Store;
use kaibo_live::view::{
    Check, CheckKind, CheckLevel, GoLive, PreflightView, PushPart, RoomView, RunState, RunView, Update,
};
use tokio::time::Instant;

/// What the benches' clock says at their beginning.
const BEGINNING: i64 = 1_800_000_000;

fn in_hours(hours: i64) -> Timestamp {
    Timestamp::from_second(BEGINNING + hours * 3_600).unwrap()
}

fn wish(room: &RoomView, details: Details) -> GoLive {
    GoLive {
        rooms: vec![room.id.clone()],
        details,
        covers: std::collections::BTreeMap::new(),
        encoder: None,
        relay: false,
    }
}

async fn preflight(bench: &Bench, room: &RoomView) -> PreflightView {
    let view = bench.studio.preflight(wish(room, titled("今晚"))).await;
    assert!(view.finished_at.is_some());
    view
}

fn find(view: &PreflightView, room: &RoomId, kind: CheckKind) -> Option<Check> {
    let room = view.rooms.iter().find(|r| &r.room == room).unwrap();
    room.checks.iter().find(|c| c.kind == kind).cloned()
}

async fn check(bench: &Bench, room: &RoomView, kind: CheckKind) -> Check {
    find(&preflight(bench, room).await, &room.id, kind).unwrap()
}

fn code(check: &Check) -> Option<ProblemCode> {
    check.problem.as_ref().map(|p| p.code.clone())
}

async fn go_live(bench: &Bench, room: &RoomView, title: &str) -> RunView {
    bench.studio.go_live(wish(room, titled(title))).await
}

fn asked(script: &Shared, what: &str) -> usize {
    script.lock().unwrap().asked.iter().filter(|a| **a == what).count()
}

fn calls(script: &Shared, what: &str) -> usize {
    script.lock().unwrap().calls.iter().filter(|c| c.starts_with(what)).count()
}

#[tokio::test(start_paused = true)]
async fn the_sign_in() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    for (ends, level, problem) in [
        (None, CheckLevel::Green, None),
        (Some(25), CheckLevel::Green, None),
        (Some(23), CheckLevel::Amber, None),
        (Some(-1), CheckLevel::Red, Some(ProblemCode::SignInExpired)),
    ] {
        let ends = ends.map(in_hours);
        bench.weibo.lock().unwrap().expires_at = ends;
        let check = check(&bench, &room, CheckKind::SignIn).await;
        assert_eq!((check.level, code(&check)), (level, problem), "{ends:?}");
        assert_eq!(check.expires_at, ends.map(Timestamp::as_millisecond));
    }
    for (failure, level) in [
        (ProblemCode::SignInExpired, CheckLevel::Red),
        (ProblemCode::CredentialsRefused, CheckLevel::Red),
        (ProblemCode::Network, CheckLevel::Unknown),
    ] {
        bench.weibo.lock().unwrap().check_failure = Some(failure.clone());
        let check = check(&bench, &room, CheckKind::SignIn).await;
        assert_eq!((check.level, code(&check)), (level, Some(failure)));
        assert_eq!(check.problem.unwrap().platform, Some(Platform::Weibo));
    }
}

#[tokio::test(start_paused = true)]
async fn without_its_secrets_an_account_is_red_and_nothing_else_is_asked_of_it() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    *bench.keyring.1.lock().unwrap() = true;
    let again = bench.again();
    again.studio.open().await;
    let view = preflight(&again, &room).await;
    let sign_in = find(&view, &room.id, CheckKind::SignIn).unwrap();
    assert_eq!((sign_in.level, code(&sign_in)), (CheckLevel::Red, Some(ProblemCode::KeyringLocked)));
    let kinds: Vec<CheckKind> = view.rooms[0].checks.iter().map(|c| c.kind).collect();
    assert_eq!(kinds, [CheckKind::SignIn, CheckKind::Texts]);
}

#[tokio::test(start_paused = true)]
async fn the_right_to_broadcast() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    assert_eq!(find(&preflight(&bench, &room).await, &room.id, CheckKind::Right), None, "it can't be asked");
    let verify = ProblemCode::VerifyInApp { url: "https://app.example/verify".into() };
    for (right, level) in [
        (Ok(()), CheckLevel::Green),
        (Err(verify), CheckLevel::Red),
        (Err(ProblemCode::NotAllowed), CheckLevel::Red),
        (Err(ProblemCode::PlatformDown), CheckLevel::Unknown),
    ] {
        bench.weibo.lock().unwrap().right = Some(right.clone());
        let check = check(&bench, &room, CheckKind::Right).await;
        assert_eq!((check.level, code(&check)), (level, right.err()));
    }
}

fn areas() -> Vec<Area> {
    let area = |id: &str, name: &str| Area { id: id.into(), name: name.into(), group: "生活".into() };
    vec![area("27", "学习"), area("30", "手作")]
}

#[tokio::test(start_paused = true)]
async fn the_area() {
    let weibo = Shared::default();
    weibo.lock().unwrap().areas = Some(areas());
    let store = Store::in_memory().unwrap();
    let bench = Bench::with(store, Keyring::default(), weibo, Shared::default());
    let room = bench.connect(Platform::Weibo).await;
    let other = bench.connect(Platform::Qiniu).await;
    assert_eq!(find(&preflight(&bench, &other).await, &other.id, CheckKind::Area), None, "it has none");
    let with = async |area: &str| {
        let details = Details { area_id: area.into(), ..titled("今晚") };
        let view = bench.studio.preflight(wish(&room, details)).await;
        let check = find(&view, &room.id, CheckKind::Area).unwrap();
        (check.level, code(&check))
    };
    let empty = ProblemCode::Invalid { field: "area_id".into(), reason: InvalidReason::Empty };
    assert_eq!(with("").await, (CheckLevel::Red, Some(empty)));
    assert_eq!(with("30").await, (CheckLevel::Green, None));
    assert_eq!(with("31").await, (CheckLevel::Red, Some(ProblemCode::AreaGone)));
    assert_eq!(asked(&bench.weibo, "areas"), 1, "the list is good for ten minutes");
    tokio::time::sleep(Duration::from_secs(601)).await;
    bench.weibo.lock().unwrap().areas_failure = Some(ProblemCode::Network);
    assert_eq!(with("30").await, (CheckLevel::Unknown, Some(ProblemCode::Network)));
    assert_eq!(asked(&bench.weibo, "areas"), 2);
}

#[tokio::test(start_paused = true)]
async fn a_rooms_own_area_is_as_good_as_a_chosen_one() {
    let weibo = Shared::default();
    {
        let mut script = weibo.lock().unwrap();
        script.areas = Some(areas());
        script.area = Some(areas().remove(0));
        script.found = vec!["own"];
        script.rooms.insert("own".into(), ("旧".into(), Status::NotStarted));
    }
    let bench = Bench::with(Store::in_memory().unwrap(), Keyring::default(), weibo, Shared::default());
    let room = bench.connect(Platform::Weibo).await;
    assert_eq!(check(&bench, &room, CheckKind::Area).await.level, CheckLevel::Green);
}

#[tokio::test(start_paused = true)]
async fn the_texts() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    assert_eq!(check(&bench, &room, CheckKind::Texts).await.level, CheckLevel::Green);
    let view = bench.studio.preflight(wish(&room, titled(&"字".repeat(41)))).await;
    let long = find(&view, &room.id, CheckKind::Texts).unwrap();
    let reason = InvalidReason::TooLong { used: 41, limit: 40 };
    assert_eq!(long.level, CheckLevel::Red);
    assert_eq!(code(&long), Some(ProblemCode::Invalid { field: "title".into(), reason }));
}

/// A bench whose one room was given this push address.
async fn pushing_to(address: &str) -> (Bench, RoomView) {
    let bench = Bench::new();
    bench.weibo.lock().unwrap().push = Some(address.to_owned());
    let room = bench.connect(Platform::Weibo).await;
    let run = go_live(&bench, &room, "今晚").await;
    assert_eq!(run.rooms[0].state, RunState::Done);
    (bench, room)
}

#[tokio::test(start_paused = true)]
async fn the_push_address() {
    for (query, level, ends) in [
        ("?k=1".to_owned(), CheckLevel::Green, None),
        (format!("?e={}", BEGINNING + 5 * 3_600), CheckLevel::Green, Some(5)),
        (format!("?auth_key={}-0-0-a", BEGINNING + 3 * 3_600), CheckLevel::Amber, Some(3)),
        (format!("?expires={}", BEGINNING - 3_600), CheckLevel::Red, Some(-1)),
    ] {
        let (bench, room) = pushing_to(&format!("rtmp://127.0.0.1:9/live/one{query}")).await;
        let check = check(&bench, &room, CheckKind::PushAddress).await;
        assert_eq!(check.level, level, "{query}");
        assert_eq!(check.expires_at, ends.map(|h| in_hours(h).as_millisecond()), "{query}");
    }
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    let view = preflight(&bench, &room).await;
    assert_eq!(find(&view, &room.id, CheckKind::PushAddress), None, "it comes with the start");
    assert_eq!(find(&view, &room.id, CheckKind::Ingest), None);
}

#[tokio::test(start_paused = true)]
async fn the_ingest() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (bench, room) = pushing_to(&format!("rtmp://127.0.0.1:{port}/live/one?k=1")).await;
    let open = check(&bench, &room, CheckKind::Ingest).await;
    assert_eq!((open.level, open.host.as_deref()), (CheckLevel::Green, Some(&*format!("127.0.0.1:{port}"))));
    drop(listener);
    let shut = check(&bench, &room, CheckKind::Ingest).await;
    assert_eq!((shut.level, code(&shut)), (CheckLevel::Red, Some(ProblemCode::Network)));
    assert_eq!(shut.host, open.host, "it is said which");

    let (bench, room) = pushing_to("srt://127.0.0.1:9?streamid=one").await;
    let view = preflight(&bench, &room).await;
    assert_eq!(find(&view, &room.id, CheckKind::Ingest), None, "there is nothing to connect to by TCP");
}

#[tokio::test(start_paused = true)]
async fn the_clock() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    assert_eq!(check(&bench, &room, CheckKind::Clock).await.level, CheckLevel::Unknown);
    for (seconds, level) in [
        (60, CheckLevel::Green),
        (-61, CheckLevel::Amber),
        (300, CheckLevel::Amber),
        (-301, CheckLevel::Red),
        (301, CheckLevel::Red),
    ] {
        bench.weibo.lock().unwrap().skew = Some(SignedDuration::from_secs(seconds));
        let check = check(&bench, &room, CheckKind::Clock).await;
        assert_eq!((check.level, check.skew_ms), (level, Some(seconds * 1_000)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_calls() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    assert_eq!(find(&preflight(&bench, &room).await, &room.id, CheckKind::Calls), None, "no quota is known");
    for (left, level) in [(10, CheckLevel::Green), (9, CheckLevel::Amber), (0, CheckLevel::Red)] {
        let resets_at = in_hours(1).as_millisecond();
        bench.weibo.lock().unwrap().calls_left = Some(CallsLeft { left, of: 100, resets_at });
        let check = check(&bench, &room, CheckKind::Calls).await;
        assert_eq!(check.level, level, "{left}");
        let wait = check.problem.map(|p| (p.code, p.retry_after));
        assert_eq!(wait, (left == 0).then_some((ProblemCode::RateLimited, Some(3_600))));
    }
}

/// An account with two rooms, neither of them on air.
async fn two_rooms(bench: &Bench, status: Status) -> Vec<RoomView> {
    {
        let mut script = bench.weibo.lock().unwrap();
        script.found = vec!["a", "b"];
        for id in ["a", "b"] {
            script.rooms.insert(id.into(), ("旧".into(), status));
        }
    }
    bench.connect(Platform::Weibo).await;
    bench.rooms()
}

#[tokio::test(start_paused = true)]
async fn two_rooms_of_an_account_ask_it_once() {
    let bench = Bench::new();
    bench.weibo.lock().unwrap().right = Some(Ok(()));
    let rooms = two_rooms(&bench, Status::NotStarted).await;
    bench.weibo.lock().unwrap().asked.clear();
    let ids: Vec<RoomId> = rooms.iter().map(|r| r.id.clone()).collect();
    let view = bench
        .studio
        .preflight(GoLive {
            rooms: ids.clone(),
            details: titled("今晚"),
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    assert_eq!((asked(&bench.weibo, "check"), asked(&bench.weibo, "right")), (1, 1));
    for id in &ids {
        for kind in [CheckKind::SignIn, CheckKind::Right] {
            assert_eq!(find(&view, id, kind).unwrap().level, CheckLevel::Green, "shown in both");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_hangs_holds_up_nobody_and_ends_as_unknown() {
    let bench = Bench::new();
    let weibo = bench.connect(Platform::Weibo).await;
    let qiniu = bench.connect(Platform::Qiniu).await;
    bench.weibo.lock().unwrap().slow_asked = Duration::from_secs(3_600);
    let began = Instant::now();
    let request = GoLive {
        rooms: vec![weibo.id.clone(), qiniu.id.clone()],
        details: titled("今晚"),
        covers: std::collections::BTreeMap::new(),
        encoder: None,
        relay: false,
    };
    let studio = bench.studio.clone();
    let pressed = tokio::spawn(async move { studio.preflight(request).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    let shown = bench.studio.snapshot("", "").preflight.unwrap();
    assert_eq!(shown.finished_at, None);
    assert_eq!(find(&shown, &weibo.id, CheckKind::SignIn).unwrap().level, CheckLevel::Working);
    assert_eq!(find(&shown, &weibo.id, CheckKind::Texts).unwrap().level, CheckLevel::Green);
    assert_eq!(find(&shown, &qiniu.id, CheckKind::SignIn).unwrap().level, CheckLevel::Green);
    let updates = bench.studio.next_updates().await;
    assert!(updates.iter().any(|u| matches!(u, Update::Preflight { .. })), "the window is told meanwhile");
    let view = pressed.await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 8);
    let hung = find(&view, &weibo.id, CheckKind::SignIn).unwrap();
    assert_eq!((hung.level, code(&hung)), (CheckLevel::Unknown, Some(ProblemCode::Timeout)));
}

#[tokio::test(start_paused = true)]
async fn a_second_press_ends_the_first() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    bench.weibo.lock().unwrap().slow_asked = Duration::from_secs(5);
    let (studio, request) = (bench.studio.clone(), wish(&room, titled("今晚")));
    let first = tokio::spawn(async move { studio.preflight(request).await });
    tokio::time::sleep(Duration::from_secs(1)).await;
    bench.weibo.lock().unwrap().slow_asked = Duration::ZERO;
    let second = preflight(&bench, &room).await;
    let first = first.await.unwrap();
    assert_eq!((first.finished_at, second.id), (None, first.id + 1), "the first answers as far as it came");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(bench.studio.snapshot("", "").preflight, Some(second), "and shows nothing any more");
}

#[tokio::test(start_paused = true)]
async fn without_the_right_nothing_is_made() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    let verify = ProblemCode::VerifyInApp { url: String::new() };
    for refusal in [verify, ProblemCode::NotAllowed] {
        bench.weibo.lock().unwrap().right = Some(Err(refusal.clone()));
        let run = go_live(&bench, &room, "今晚").await;
        let RunState::Failed { problem } = &run.rooms[0].state else { panic!("{:?}", run.rooms[0].state) };
        assert_eq!(problem.code, refusal);
    }
    assert_eq!(calls(&bench.weibo, "create"), 0);
    assert!(bench.studio.snapshot("", "").journal.is_empty(), "nothing was intended");
    bench.weibo.lock().unwrap().right = Some(Err(ProblemCode::Network));
    let run = go_live(&bench, &room, "今晚").await;
    assert_eq!(run.rooms[0].state, RunState::Done, "not being told is no refusal");
    assert_eq!(calls(&bench.weibo, "create"), 1);
}

/// A room whose start was just refused for a face check.
async fn refused_for_a_face(face: Option<Result<bool, ProblemCode>>) -> (Bench, RoomView) {
    let bench = Bench::new();
    {
        let mut script = bench.qiniu.lock().unwrap();
        script.found = vec!["own"];
        script.rooms.insert("own".into(), ("旧".into(), Status::NotStarted));
        script.face = face;
        script.write_failures.push_back(face_check());
    }
    let room = bench.connect(Platform::Qiniu).await;
    let run = go_live(&bench, &room, "今晚").await;
    assert!(matches!(&run.rooms[0].state, RunState::Failed { problem } if problem.code == face_check()));
    assert!(run.finished_at.is_some());
    (bench, room)
}

fn face_check() -> ProblemCode {
    ProblemCode::FaceCheck { url: "https://app.example/face?mid=7".into() }
}

fn run_state(bench: &Bench) -> RunState {
    bench.studio.snapshot("", "").run.unwrap().rooms[0].state.clone()
}

#[tokio::test(start_paused = true)]
async fn a_room_is_started_again_once_the_face_check_was_passed_and_only_then() {
    let (bench, _) = refused_for_a_face(Some(Ok(false))).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let times = asked(&bench.qiniu, "face");
    assert!((15..=25).contains(&times), "every three seconds: {times}");
    assert_eq!(calls(&bench.qiniu, "start"), 1, "not passed yet");
    assert_eq!(bench.room().problem.unwrap().code, face_check(), "its code can be shown again");
    bench.qiniu.lock().unwrap().face = Some(Ok(true));
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(calls(&bench.qiniu, "start"), 2);
    let run = bench.studio.snapshot("", "").run.unwrap();
    assert_eq!((run.id, &run.rooms[0].state), (1, &RunState::Done), "in the same run");
    assert!(run.finished_at.is_some());
    assert_eq!((bench.room().status, bench.room().problem), (Status::Live, None));
    let times = asked(&bench.qiniu, "face");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(asked(&bench.qiniu, "face"), times, "there is nothing to wait for any more");
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_face_check_ends_with_the_run() {
    let (bench, room) = refused_for_a_face(Some(Ok(false))).await;
    bench.studio.end_broadcast(std::slice::from_ref(&room.id), false).await;
    bench.qiniu.lock().unwrap().face = Some(Ok(true));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(asked(&bench.qiniu, "face"), 0);
    assert_eq!(calls(&bench.qiniu, "start"), 1);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_the_face_check_has_an_end() {
    let (bench, _) = refused_for_a_face(Some(Ok(false))).await;
    tokio::time::sleep(Duration::from_secs(310)).await;
    bench.qiniu.lock().unwrap().face = Some(Ok(true));
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(calls(&bench.qiniu, "start"), 1);

    let (bench, _) = refused_for_a_face(Some(Err(ProblemCode::NotAllowed))).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(asked(&bench.qiniu, "face"), 1, "it can't be asked: the person has the button");
    assert!(matches!(run_state(&bench), RunState::Failed { .. }));

    let (bench, _) = refused_for_a_face(Some(Err(ProblemCode::Network))).await;
    tokio::time::sleep(Duration::from_secs(10)).await;
    bench.qiniu.lock().unwrap().face = Some(Ok(true));
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(run_state(&bench), RunState::Done, "a lost connection isn't for good");

    let (bench, _) = refused_for_a_face(None).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(calls(&bench.qiniu, "start"), 1, "nobody can be asked");
}

#[tokio::test(start_paused = true)]
async fn a_refused_start_leaves_the_room_as_it_was() {
    let (bench, room) = refused_for_a_face(None).await;
    assert_eq!(calls(&bench.qiniu, "edit"), 0);
    assert_eq!(bench.qiniu.lock().unwrap().rooms["own"].0, "旧");
    go_live(&bench, &room, "今晚").await;
    assert_eq!(bench.qiniu.lock().unwrap().rooms["own"].0, "今晚", "the title follows the start");
}

#[tokio::test(start_paused = true)]
async fn a_title_refused_after_the_start_is_the_rooms_problem() {
    let (bench, room) = refused_for_a_face(None).await;
    let refused = ProblemCode::Invalid { field: "title".into(), reason: InvalidReason::Refused };
    bench.qiniu.lock().unwrap().edit_failure = Some(refused.clone());
    let run = go_live(&bench, &room, "今晚").await;
    assert_eq!(run.rooms[0].state, RunState::Done, "it is on air");
    let steps: Vec<bool> = run.rooms[0].steps.iter().map(|s| s.done).collect();
    assert_eq!(steps, [true, false], "start, then the texts");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let room = bench.room();
    assert_eq!((room.status, room.title.as_str()), (Status::Live, "旧"));
    assert_eq!(room.problem.unwrap().code, refused, "readings don't take it away");
}

/// Names in the one keyring entry.
fn kept(bench: &Bench) -> Vec<String> {
    let entries = bench.keyring.0.lock().unwrap();
    entries.values().flat_map(|c| c.iter().map(|(name, _)| name.to_owned())).collect()
}

fn keeps(bench: &Bench, room: &RoomView) -> bool {
    kept(bench).iter().any(|name| name.starts_with(&format!("push.{}.", room.id.0)))
}

fn used(bench: &Bench) -> usize {
    let entries = bench.keyring.0.lock().unwrap();
    entries.values().flat_map(|c| c.iter().map(|(n, s)| n.len() + s.expose_secret().len())).sum()
}

fn limit(bench: &Bench, bytes: usize) {
    *bench.keyring.2.lock().unwrap() = bytes;
}

async fn told(bench: &Bench) -> usize {
    bench.studio.clipboard_cleared(); // so that there is an update to wait for
    let updates = bench.studio.next_updates().await;
    let full =
        |u: &&Update| matches!(u, Update::Problem { problem } if problem.code == ProblemCode::KeyringFull);
    updates.iter().filter(full).count()
}

/// Two rooms of one account; the first has a push address in the keyring, which has no place for another.
async fn full_keyring() -> (Bench, RoomView, RoomView) {
    let bench = Bench::new();
    let rooms = two_rooms(&bench, Status::Ended).await;
    go_live(&bench, &rooms[0], "一").await;
    assert!(keeps(&bench, &rooms[0]));
    limit(&bench, used(&bench) + 10);
    (bench, rooms[0].clone(), rooms[1].clone())
}

#[tokio::test(start_paused = true)]
async fn in_a_full_keyring_the_address_of_an_idle_room_makes_place() {
    let (bench, idle, room) = full_keyring().await;
    let run = go_live(&bench, &room, "二").await;
    assert_eq!(run.rooms[0].state, RunState::Done);
    assert!(keeps(&bench, &room) && !keeps(&bench, &idle));
    assert!(kept(&bench).contains(&"access_token".to_owned()), "the account's own stay");
    bench.studio.push_part(&idle.id, PushPart::Key).unwrap();
    assert_eq!(told(&bench).await, 0, "nothing is lost as long as the program runs");
}

#[tokio::test(start_paused = true)]
async fn the_address_of_a_room_on_air_stays_and_a_full_keyring_is_told_once() {
    let (bench, on_air, room) = full_keyring().await;
    for (_, status) in bench.weibo.lock().unwrap().rooms.values_mut() {
        if *status == Status::NotStarted {
            *status = Status::Live;
        }
    }
    bench.until("on air", |r| r.id == on_air.id && r.status == Status::Live).await;
    for _ in 0..2 {
        let run = go_live(&bench, &room, "二").await;
        assert_eq!(run.rooms[0].state, RunState::Done);
        bench
            .weibo
            .lock()
            .unwrap()
            .rooms
            .values_mut()
            .filter(|r| r.0 == "二")
            .for_each(|r| r.1 = Status::Ended);
    }
    assert_eq!(calls(&bench.weibo, "create"), 3, "it didn't fit twice");
    assert!(keeps(&bench, &on_air) && !keeps(&bench, &room));
    assert_eq!(told(&bench).await, 1);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_does_not_fit_takes_the_former_one_along() {
    let bench = Bench::new();
    let room = bench.connect(Platform::Weibo).await;
    go_live(&bench, &room, "一").await;
    assert!(keeps(&bench, &room));
    limit(&bench, used(&bench));
    {
        let mut script = bench.weibo.lock().unwrap();
        script.rooms.get_mut("live-1").unwrap().1 = Status::Ended;
        script.push = Some(format!("rtmp://ingest.example/live/another?k={}", "x".repeat(200)));
    }
    go_live(&bench, &room, "二").await;
    assert_eq!(kept(&bench), ["access_token"], "after a restart it would be shown as if it still worked");
    let key = bench.studio.push_part(&room.id, PushPart::Key).unwrap();
    assert!(key.expose_secret().starts_with("another?"), "the new one is in memory");
    assert_eq!(told(&bench).await, 1);
}

#[tokio::test(start_paused = true)]
async fn new_credentials_make_place_too_and_are_refused_when_it_is_not_enough() {
    let (bench, idle, _) = full_keyring().await;
    let sign_in = async |token: String| {
        let fields = [("access_token".to_owned(), token), ("anchor".to_owned(), String::new())];
        bench.studio.replace_credentials(&idle.account, fields.into()).await
    };
    sign_in("t".repeat(60)).await.unwrap();
    assert_eq!(kept(&bench), ["access_token"]);
    let refused = sign_in("t".repeat(6_000)).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::KeyringFull);
    let entry = bench.keyring.0.lock().unwrap()[&idle.account].clone();
    assert_eq!(entry.get("access_token").unwrap().expose_secret(), "t".repeat(60), "the former ones stay");
}
