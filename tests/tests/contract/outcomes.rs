//! What is told about a write is true: done is done, refused is refused, and what may have happened is
//! told as such. No write is ever sent twice.

use std::sync::Arc;

use kaibo_live::driver::{Connection, Looked, Outcome};
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{Details, Edit, RemoteId};
use kaibo_sandbox::{Fault, WEIBO_STRANGERS_ROOM};

use super::stage::{Act, Stage, code, details};

/// A write: where it goes, and whether looking afterwards can tell that it was done.
struct Write {
    platform: &'static str,
    act: Act,
    path: &'static str,
    found: bool,
}

const START_AT_QINIU: &str = "/client/live/room/";

fn writes() -> Vec<Write> {
    let write = |platform, act, path, found| Write { platform, act, path, found };
    let title = || Act::title("换一张");
    // Not the title of the room that is there already: rooms are looked for by it.
    let create = || Act::Create(Details { title: "另一场".into(), ..details() });
    vec![
        write("weibo", create(), "/2/proxy/live/create", false),
        write("weibo", title(), "/2/proxy/live/update", false),
        write("weibo", Act::End, "/2/proxy/live/update", true),
        write("weibo", Act::Delete, "/2/proxy/live/delete", true),
        write("qiniu", create(), "/server/live", true),
        write("qiniu", Act::Start(details()), START_AT_QINIU, true),
        write("qiniu", Act::End, "/server/live/", true),
        write("qiniu", Act::Delete, "/server/live/", false),
        write("bilibili", create(), "/xlive/app-blink/v1/preLive/CreateRoom", false),
        write("bilibili", title(), "/room/v1/Room/update", false),
        write("bilibili", Act::Start(Details::default()), "/room/v1/Room/startLive", false),
        write("bilibili", Act::End, "/room/v1/Room/stopLive", true),
        write("bilibili", Act::Say("晚上好".into()), "/msg/send", false),
    ]
}

/// The write about to be made: the account and the room it is for.
async fn set(write: &Write, stage: &Stage) -> (Arc<dyn Connection>, RemoteId) {
    let platform = write.platform;
    let own = stage.connect(platform);
    let room = stage.room(platform, own.as_ref()).await;
    match (&write.act, own.start()) {
        (Act::End, Some(start)) => drop(start.start(&room, &details()).await.unwrap()),
        (Act::Create(_), _) if platform == "bilibili" => return (stage.connect_newcomer(), room),
        _ => {}
    }
    (own, room)
}

/// Makes the write with a fault on its way, once. Tells what came of it, whether the platform's state
/// is another one now, and how often the call arrived.
async fn make(write: &Write, fault: Fault) -> (Outcome<()>, bool, usize) {
    let platform = write.platform;
    let stage = Stage::open().await;
    let (connection, room) = set(write, &stage).await;
    let (before, sent) = (stage.state(platform), posted(&stage, write));
    // The write's own path, not that of the reads below it.
    let path = match &write.act {
        Act::Start(_) if platform == "qiniu" => format!("{START_AT_QINIU}{}", room.0),
        Act::End if platform == "qiniu" => format!("{}{}/stop", write.path, room.0),
        _ => write.path.to_owned(),
    };
    stage.control.fault(platform, &path, fault, Some(1));
    let outcome = write.act.on(connection.as_ref(), &room).await;
    let after = stage.state(platform);
    assert!(after.len() <= before.len() + 1, "{platform} {:?}: two rooms", write.act);
    (outcome, after != before, posted(&stage, write) - sent)
}

/// The calls at the write's path that aren't reads.
fn posted(stage: &Stage, write: &Write) -> usize {
    let calls = stage.control.calls(write.platform);
    calls.iter().filter(|call| call.path.starts_with(write.path) && call.method != "GET").count()
}

#[tokio::test]
async fn a_lost_answer_is_looked_for_or_told_as_unknown() {
    for write in writes() {
        let what = format!("{} {:?}", write.platform, write.act);
        let (outcome, changed, sent) = make(&write, Fault::LostAnswer).await;
        assert!(changed && sent == 1, "{what}: carried out, once");
        match outcome {
            Ok(()) => assert!(write.found, "{what}: found by looking"),
            Err(failure) => {
                assert_eq!(failure.code, ProblemCode::OutcomeUnknown, "{what}");
                assert!(!write.found, "{what}: not found");
            }
        }
        let (outcome, changed, sent) = make(&write, Fault::CutBeforeHeaders).await;
        assert!(!changed && sent == 1, "{what}: not carried out, and not tried again");
        assert_eq!(code(write.platform, outcome), ProblemCode::OutcomeUnknown, "{what}");
    }
}

#[tokio::test]
async fn whatever_the_reply_what_is_told_is_true() {
    let faults = [
        Fault::Html,
        Fault::Truncate,
        Fault::Garbage,
        Fault::Huge,
        Fault::Deep,
        Fault::CutInBody,
        Fault::Status(500),
        Fault::Status(502),
        Fault::Status(429),
    ];
    for write in writes() {
        for fault in &faults {
            let what = format!("{} {:?} {fault:?}", write.platform, write.act);
            let (outcome, changed, sent) = make(&write, fault.clone()).await;
            assert_eq!(sent, 1, "{what}");
            match outcome {
                Ok(()) => assert!(changed, "{what}: told as done"),
                Err(failure) if failure.outcome_unknown() => {}
                Err(failure) => assert!(!changed, "{what}: told as {:?}, but done", failure.code),
            }
        }
    }
}

#[tokio::test]
async fn a_room_is_looked_for_after_a_lost_answer() {
    let list = "/client/live/room/list";
    for (platform, path, looked_at) in [
        ("weibo", "/2/proxy/live/create", None),
        ("qiniu", "/server/live", Some(list)),
        ("bilibili", "/xlive/app-blink/v1/preLive/CreateRoom", None),
    ] {
        for (fault, made) in [(Fault::LostAnswer, true), (Fault::CutBeforeHeaders, false)] {
            let stage = Stage::open().await;
            let connection =
                if platform == "bilibili" { stage.connect_newcomer() } else { stage.connect(platform) };
            let create = connection.create().unwrap();
            let (since, before) = (jiff::Timestamp::now(), stage.control.rooms(platform));
            stage.control.fault(platform, path, fault, None);
            if let Some(list) = looked_at {
                // Looking within the write itself fails too.
                stage.control.fault(platform, list, Fault::Status(503), None);
            }
            let told = code(platform, create.create(&details()).await);
            assert_eq!(told, ProblemCode::OutcomeUnknown, "{platform}");
            stage.control.clear_faults();
            let mut rooms = stage.control.rooms(platform);
            rooms.retain(|room| !before.contains(room));
            assert_eq!(rooms.len(), usize::from(made), "{platform}");
            match create.look_for(&details(), since).await.unwrap() {
                Looked::CannotTell => assert_eq!(platform, "weibo"),
                Looked::Found(found) => assert_eq!(found.remote.0, rooms.remove(0).id, "{platform}"),
                Looked::Absent => assert!(!made && platform != "weibo", "{platform}"),
            }
        }
    }
}

#[tokio::test]
async fn a_refused_write_changes_nothing() {
    let area = |id: &str| Edit { title: Some("没有".into()), area_id: Some(id.into()), ..Edit::default() };
    let stranger = "27301965";
    let cases = [
        ("weibo", Act::title("我的"), Some(WEIBO_STRANGERS_ROOM), ProblemCode::NotAllowed),
        ("weibo", Act::End, Some(WEIBO_STRANGERS_ROOM), ProblemCode::NotAllowed),
        ("weibo", Act::Delete, Some(WEIBO_STRANGERS_ROOM), ProblemCode::NotAllowed),
        ("weibo", Act::title("没有"), Some("230916nothing"), ProblemCode::NotFound),
        ("weibo", Act::Say("没开播".into()), None, ProblemCode::Refused),
        ("qiniu", Act::End, None, ProblemCode::WrongState),
        ("qiniu", Act::Start(details()), Some("1"), ProblemCode::NotFound),
        ("bilibili", Act::Edit(area("999999")), None, ProblemCode::AreaGone),
        ("bilibili", Act::title("我的"), Some(stranger), ProblemCode::Refused),
        ("bilibili", Act::End, Some(stranger), ProblemCode::NotAllowed),
        ("bilibili", Act::Say("违禁词".into()), None, ProblemCode::ChatDropped),
    ];
    for (platform, act, room, expected) in cases {
        let stage = Stage::open().await;
        let connection = stage.connect(platform);
        let own = stage.room(platform, connection.as_ref()).await;
        let room = room.map_or(own, |id| RemoteId(id.into()));
        let before = stage.state(platform);
        assert_eq!(code(platform, act.on(connection.as_ref(), &room).await), expected, "{platform} {act:?}");
        assert_eq!(stage.state(platform), before, "{platform} {act:?}");
    }
}
