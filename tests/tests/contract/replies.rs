//! Nasty replies to a read: each becomes the right problem, in time and within bounds, and the next
//! read is none the worse for it.

use std::time::{Duration, Instant};

use kaibo_live::driver::Connection;
use kaibo_live::problem::{ProblemCode, UnreadableHow};
use kaibo_live::room::{Details, FigureKind, RemoteId, RoomFacts, Status};
use kaibo_sandbox::Fault;

use super::stage::{Act, Stage, code, details, platforms};

/// Of one call, and of a read with its repeats; and what a busy machine may add.
const CALL: Duration = Duration::from_secs(15);
const READ: Duration = Duration::from_secs(20);
const SLACK: Duration = Duration::from_secs(9);

fn nasty() -> Vec<(Fault, ProblemCode)> {
    let unreadable = |how| ProblemCode::Unreadable { how };
    vec![
        (Fault::Html, unreadable(UnreadableHow::Html)),
        (Fault::Truncate, unreadable(UnreadableHow::Truncated)),
        (Fault::Garbage, unreadable(UnreadableHow::Malformed)),
        (Fault::Huge, unreadable(UnreadableHow::TooLarge)),
        (Fault::Deep, unreadable(UnreadableHow::TooDeep)),
        (Fault::CutInBody, unreadable(UnreadableHow::Truncated)),
        (Fault::Status(500), ProblemCode::PlatformDown),
        (Fault::Status(503), ProblemCode::PlatformDown),
        (Fault::Status(429), ProblemCode::RateLimited),
        (Fault::CutBeforeHeaders, ProblemCode::Network),
        (Fault::LostAnswer, ProblemCode::Network),
    ]
}

/// A read that goes wrong, what came of it, and how often it was sent.
async fn fails(
    stage: &Stage,
    platform: &str,
    connection: &dyn Connection,
    (act, room): (&Act, &RemoteId),
) -> (ProblemCode, usize) {
    let before = stage.calls(platform, "/");
    let begun = Instant::now();
    let told = code(platform, act.on(connection, room).await);
    assert!(begun.elapsed() < SLACK, "{platform} {act:?}: {:?}", begun.elapsed());
    (told, stage.calls(platform, "/") - before)
}

#[tokio::test]
async fn a_nasty_reply_is_told_for_what_it_is() {
    for platform in platforms() {
        let stage = Stage::open().await;
        let connection = stage.connect(platform);
        let room = stage.room(platform, connection.as_ref()).await;
        for (fault, expected) in nasty() {
            stage.control.fault(platform, "/", fault.clone(), None);
            let (told, sent) = fails(&stage, platform, connection.as_ref(), (&Act::Read, &room)).await;
            assert_eq!(told, expected, "{platform} {fault:?}");
            // What may pass is tried again before the streamer is bothered; what won't pass isn't.
            let passes = !matches!(expected, ProblemCode::Unreadable { .. }) || fault == Fault::CutInBody;
            assert_eq!(sent, if passes { 3 } else { 1 }, "{platform} {fault:?}");
            stage.control.clear_faults();
            connection.read(&room).await.unwrap();
            stage.control.fault(platform, "/", fault.clone(), Some(1));
            assert_eq!(connection.read(&room).await.is_ok(), passes, "{platform} {fault:?} once");
            stage.control.clear_faults();
        }
    }
}

#[tokio::test]
async fn every_other_read_tells_it_too() {
    for platform in platforms() {
        let stage = Stage::open().await;
        let connection = stage.connect(platform);
        let room = stage.room(platform, connection.as_ref()).await;
        let mut acts = vec![Act::Check];
        // Weibo can't list rooms and isn't asked.
        acts.extend((platform != "weibo").then_some(Act::Find));
        acts.extend(connection.areas().map(|_| Act::List));
        acts.extend(connection.chat().map(|_| Act::Listen));
        for act in acts {
            for (fault, expected) in nasty() {
                stage.control.fault(platform, "/", fault.clone(), None);
                let (told, _) = fails(&stage, platform, connection.as_ref(), (&act, &room)).await;
                assert_eq!(told, expected, "{platform} {act:?} {fault:?}");
                stage.control.clear_faults();
            }
            act.on(connection.as_ref(), &room).await.unwrap();
        }
    }
}

/// The chat's own door, past the calls before it.
#[tokio::test]
async fn a_chat_socket_that_does_not_open_is_told() {
    let stage = Stage::open().await;
    let connection = stage.connect("bilibili");
    let room = stage.room("bilibili", connection.as_ref()).await;
    for (fault, _) in nasty() {
        stage.control.fault("bilibili", "/sub", fault.clone(), None);
        let outcome = Act::Listen.on(connection.as_ref(), &room).await;
        // A fault of the body comes too late to harm: the socket is open by then.
        if let Err(failure) = outcome {
            let told = matches!(failure.code, ProblemCode::Network | ProblemCode::Unreadable { .. });
            assert!(told, "{fault:?}: {failure:?}");
        } else {
            assert!(matches!(fault, Fault::Truncate | Fault::CutInBody), "{fault:?}");
        }
        stage.control.clear_faults();
        Act::Listen.on(connection.as_ref(), &room).await.unwrap();
    }
}

#[tokio::test]
async fn nasty_replies_are_as_harmless_in_xml() {
    let stage = Stage::open().await;
    let xml = |form: &mut kaibo_live::account::Settings| drop(form.0.insert("format".into(), "xml".into()));
    let connection = stage.connect_with("taobao", |form, _| xml(form)).unwrap();
    let room = stage.room("taobao", connection.as_ref()).await;
    let deep = ["<a>".repeat(10_000), "</a>".repeat(10_000)].concat();
    let bomb = r#"<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>
        <live_room_fetch_origin_response><result><title>&b;</title></result></live_room_fetch_origin_response>"#;
    let own = |body: &str| {
        let body = body.to_owned();
        Fault::Answer { status: 200, content_type: "text/xml;charset=UTF-8".into(), body }
    };
    let more = [own(&deep), own(bomb), own(""), own("<a"), own("<a></b>")];
    for fault in nasty().into_iter().map(|(fault, _)| fault).chain(more) {
        stage.control.fault("taobao", "/", fault.clone(), None);
        let (told, _) = fails(&stage, "taobao", connection.as_ref(), (&Act::Read, &room)).await;
        match nasty().into_iter().find(|(known, _)| *known == fault) {
            Some((_, expected)) if !matches!(fault, Fault::Garbage | Fault::Deep | Fault::Truncate) => {
                assert_eq!(told, expected, "{fault:?}");
            }
            _ => assert!(matches!(told, ProblemCode::Unreadable { .. }), "{fault:?}: {told:?}"),
        }
        stage.control.clear_faults();
        connection.read(&room).await.unwrap();
    }
}

#[tokio::test]
async fn a_dead_platform_is_told_and_found_again() {
    for platform in platforms() {
        let stage = Stage::open().await;
        let connection = stage.connect(platform);
        let room = stage.room(platform, connection.as_ref()).await;
        stage.control.stop(platform).await;
        let begun = Instant::now();
        assert_eq!(code(platform, connection.read(&room).await), ProblemCode::Network, "{platform}");
        if connection.create().is_some() {
            let outcome = Act::Create(details()).on(connection.as_ref(), &room).await;
            assert_eq!(code(platform, outcome), ProblemCode::Network, "{platform}: surely not sent");
        }
        assert!(begun.elapsed() < SLACK, "{platform}: {:?}", begun.elapsed());
        stage.control.restart(platform).await.unwrap();
        connection.read(&room).await.unwrap();
    }
}

/// What a reading can do without doesn't hold it up, and doesn't fail it.
#[tokio::test]
async fn a_status_does_not_wait_for_figures_or_notices() {
    type Told = fn(&RoomFacts) -> bool;
    let watching: Told = |facts| facts.figures.contains_key(&FigureKind::Watching);
    let notice: Told = |facts| facts.notice.is_some();
    let news = "/xlive/app-blink/v1/index/getRoomNews";
    for (platform, extras, told) in [("qiniu", "/client/", watching), ("bilibili", news, notice)] {
        let stage = Stage::open().await;
        let connection = stage.connect(platform);
        let room = stage.room(platform, connection.as_ref()).await;
        Act::Start(Details::default()).on(connection.as_ref(), &room).await.unwrap();
        for fault in [Fault::Delay(READ), Fault::Status(500), Fault::Html] {
            stage.control.fault(platform, extras, fault.clone(), None);
            let begun = Instant::now();
            let facts = connection.read(&room).await.unwrap();
            assert!(begun.elapsed() < SLACK + Duration::from_secs(1), "{platform} {:?}", begun.elapsed());
            assert_eq!(facts.status, Status::Live, "{platform} {fault:?}");
            assert!(!told(&facts), "{platform} {fault:?}");
            stage.control.clear_faults();
        }
        assert!(told(&connection.read(&room).await.unwrap()), "{platform}");
    }
}

/// The most memory that this process ever had, in MB; 0 where the system doesn't tell.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or(0) / 1024
}

/// Eight answers of 50 MB at once: read whole, they would take 400 MB.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn huge_answers_take_little_memory() {
    let mut reading = Vec::new();
    let mut stages = Vec::new();
    for platform in platforms() {
        let stage = Stage::open().await;
        let connection = stage.connect(platform);
        let room = stage.room(platform, connection.as_ref()).await;
        stage.control.fault(platform, "/", Fault::Huge, None);
        for _ in 0..2 {
            let (connection, room) = (connection.clone(), room.clone());
            reading.push(tokio::spawn(async move { code(platform, connection.read(&room).await) }));
        }
        stages.push(stage);
    }
    let before = peak_memory();
    for told in reading {
        let how = UnreadableHow::TooLarge;
        assert_eq!(told.await.unwrap(), ProblemCode::Unreadable { how });
    }
    let grown = peak_memory() - before;
    assert!(grown < 100, "grown by {grown} MB");
}

/// A write at each platform that takes any, and where it goes.
fn writes() -> [(&'static str, &'static str, Act); 3] {
    // Not the title of the room that is there already: Qiniu's rooms are looked for by it.
    let create = || Act::Create(Details { title: "另一场".into(), ..details() });
    [
        ("weibo", "/2/proxy/live/create", create()),
        ("qiniu", "/server/live", create()),
        ("bilibili", "/room/v1/Room/startLive", Act::Start(Details::default())),
    ]
}

async fn delayed_read(platform: &'static str) {
    let stage = Stage::open().await;
    let connection = stage.connect(platform);
    let room = stage.room(platform, connection.as_ref()).await;
    stage.control.fault(platform, "/", Fault::Delay(READ * 3), None);
    let begun = Instant::now();
    assert_eq!(code(platform, connection.read(&room).await), ProblemCode::Timeout, "{platform}");
    assert!((CALL..READ + SLACK).contains(&begun.elapsed()), "{platform}: {:?}", begun.elapsed());
    stage.control.clear_faults();
    connection.read(&room).await.unwrap();
}

async fn delayed_write(platform: &'static str, path: &'static str, act: Act) {
    let stage = Stage::open().await;
    let connection = stage.connect(platform);
    let room = stage.room(platform, connection.as_ref()).await;
    let before = stage.state(platform);
    stage.control.fault(platform, path, Fault::Delay(READ * 3), None);
    let begun = Instant::now();
    let told = code(platform, act.on(connection.as_ref(), &room).await);
    assert_eq!(told, ProblemCode::OutcomeUnknown, "{platform}");
    assert!((CALL..CALL + SLACK).contains(&begun.elapsed()), "{platform}: {:?}", begun.elapsed());
    assert_eq!(stage.state(platform), before, "{platform}: the platform gave up with the connection");
}

/// The one test that takes as long as the deadlines: all of them side by side.
#[tokio::test]
async fn an_answer_that_is_late_is_not_waited_for() {
    let mut waiting = tokio::task::JoinSet::new();
    for platform in platforms() {
        waiting.spawn(delayed_read(platform));
    }
    for (platform, path, act) in writes() {
        waiting.spawn(delayed_write(platform, path, act));
    }
    waiting.join_all().await;
}
