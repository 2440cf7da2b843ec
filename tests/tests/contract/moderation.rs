//! Moderating a room of Bilibili: the client's calls against the platform as it is played.

use std::time::Duration;

use kaibo_live::chat::{ChatKind, ChatOut, Heard};
use kaibo_live::driver::Moderate;
use kaibo_live::moderation::{MuteFor, Silence, SilenceKind};
use kaibo_live::problem::{InvalidReason, ProblemCode};
use kaibo_live::room::RemoteId;
use kaibo_sandbox::{Dialect, Fault};
use tokio::sync::mpsc::Receiver;
use tokio::time::timeout;

use super::stage::{Stage, code};

const AT: &str = "bilibili";
const VIEWER: &str = "手冲阿岩";
const ADD: &str = "/xlive/web-ucenter/v1/banned/AddSilentUser";

async fn next(heard: &mut Receiver<Heard>) -> (ChatKind, String, String) {
    loop {
        let told = timeout(Duration::from_secs(10), heard.recv()).await.expect("in time").expect("open");
        if let Heard::Event(event) = told {
            return (event.kind, event.who.map(|who| who.id).unwrap_or_default(), event.text);
        }
    }
}

async fn muted(moderate: &dyn Moderate, room: &RemoteId) -> Vec<String> {
    let page = moderate.muted(room, 1).await.unwrap();
    assert_eq!(page.total, page.people.len() as u64);
    page.people.into_iter().map(|person| person.id).collect()
}

#[tokio::test]
async fn who_is_muted_is_shown_so_in_the_pane_and_not_heard() {
    let stage = Stage::open().await;
    let connection = stage.connect(AT);
    let room = stage.room(AT, connection.as_ref()).await;
    let moderate = connection.moderate().unwrap();
    let (control, viewer) = (&stage.control, stage.control.bilibili_viewer(VIEWER));
    let (out, mut heard) = ChatOut::queue();
    let evening = async {
        assert!(matches!(heard.recv().await, Some(Heard::Alive)));
        control.viewer_says(AT, &room.0, VIEWER, "加我领豆子");
        let (_, who, text) = next(&mut heard).await;
        assert_eq!(who, viewer, "a line has the number that mutes");
        moderate.mute(&room, &who, MuteFor::Hours { hours: 24 }, &text).await.unwrap();
        assert_eq!(next(&mut heard).await, (ChatKind::Muted, viewer.clone(), String::new()));
        assert!(!control.viewer_says(AT, &room.0, VIEWER, "再说一遍"));
        assert_eq!(control.bilibili_muted(&room.0)[0].hours, 24);

        let listed = moderate.muted(&room, 1).await.unwrap().people.remove(0);
        assert_eq!(
            (listed.id.as_str(), listed.name.as_str(), listed.by.as_str()),
            (&*viewer, VIEWER, "开播小馆")
        );
        let day = listed.until.unwrap() - listed.at.unwrap();
        assert_eq!(day, 24 * 3_600_000);
        moderate.unmute(&room, &viewer).await.unwrap();
        assert_eq!(muted(moderate, &room).await, [""; 0]);
        assert!(control.viewer_says(AT, &room.0, VIEWER, "谢谢"));
        assert_eq!(next(&mut heard).await.2, "谢谢");

        moderate.block_word(&room, "领豆子").await.unwrap();
        assert!(!control.viewer_says(AT, &room.0, "慢半拍", "快来领豆子"));
        let words = moderate.blocked_words(&room).await.unwrap();
        assert_eq!((words.words, words.limit), (vec!["领豆子".to_owned()], Some(50)));
        let dropped = connection.speak().unwrap().say(&room, "不领豆子").await;
        assert_eq!(code(AT, dropped), ProblemCode::ChatDropped);
        moderate.unblock_word(&room, "领豆子").await.unwrap();
        assert_eq!(moderate.blocked_words(&room).await.unwrap().words, [""; 0]);
    };
    tokio::select! {
        ended = connection.chat().unwrap().listen(&room, out) => panic!("{ended:?}"),
        () = evening => {}
    }
}

#[tokio::test]
async fn each_time_is_the_one_that_was_asked_for() {
    let stage = Stage::open().await;
    let connection = stage.connect(AT);
    let room = stage.room(AT, connection.as_ref()).await;
    let moderate = connection.moderate().unwrap();
    let viewer = stage.control.bilibili_viewer(VIEWER);
    for dialect in [Dialect::Documented, Dialect::Corrected] {
        stage.control.set_dialect(AT, dialect);
        for (how_long, hours) in
            [(MuteFor::ForEver, -1), (MuteFor::ThisBroadcast, 0), (MuteFor::Hours { hours: 720 }, 720)]
        {
            moderate.mute(&room, &viewer, how_long, "").await.unwrap();
            assert_eq!(stage.control.bilibili_muted(&room.0)[0].hours, hours);
            let listed = moderate.muted(&room, 1).await.unwrap().people.remove(0);
            assert_eq!(listed.until.is_some(), hours > 0);
        }
    }
    assert_eq!(muted(moderate, &room).await.len(), 1);
}

#[tokio::test]
async fn pages_are_turned() {
    let stage = Stage::open().await;
    let connection = stage.connect(AT);
    let room = stage.room(AT, connection.as_ref()).await;
    let moderate = connection.moderate().unwrap();
    for at in 0..12 {
        let name = format!("看客{at}");
        stage.control.viewer_says(AT, &room.0, &name, "在");
        let id = stage.control.bilibili_viewer(&name);
        moderate.mute(&room, &id, MuteFor::ForEver, "在").await.unwrap();
    }
    let second = moderate.muted(&room, 2).await.unwrap();
    let names: Vec<_> = second.people.iter().map(|person| person.name.as_str()).collect();
    assert_eq!((names, second.total, second.pages), (vec!["看客1", "看客0"], 12, 2));
}

#[tokio::test]
async fn a_room_is_silenced_and_heard_again() {
    let stage = Stage::open().await;
    let connection = stage.connect(AT);
    let room = stage.room(AT, connection.as_ref()).await;
    let moderate = connection.moderate().unwrap();
    assert_eq!(moderate.silence(&room).await.unwrap(), Silence::default());
    for (kind, level, word, sent) in [
        (SilenceKind::Everyone, 0, "member", 1),
        (SilenceKind::Medal, 5, "medal", 5),
        (SilenceKind::Wealth, 12, "wealth", 12),
    ] {
        let silence = Silence { kind, level, minutes: 30 };
        moderate.set_silence(&room, silence).await.unwrap();
        assert_eq!(moderate.silence(&room).await.unwrap(), silence);
        assert_eq!(stage.control.bilibili_silence(&room.0), Some((word, sent, 30)));
        assert!(!stage.control.viewer_says(AT, &room.0, VIEWER, "有人吗"));
    }
    moderate.set_silence(&room, Silence::default()).await.unwrap();
    assert_eq!(stage.control.bilibili_silence(&room.0), None);
    assert!(stage.control.viewer_says(AT, &room.0, VIEWER, "回来了"));
}

#[tokio::test]
async fn moderators_are_of_the_own_room() {
    let stage = Stage::open().await;
    let connection = stage.connect(AT);
    let room = stage.room(AT, connection.as_ref()).await;
    let moderate = connection.moderate().unwrap();
    let viewer = stage.control.bilibili_viewer(VIEWER);
    moderate.appoint(&room, &viewer).await.unwrap();
    assert_eq!(stage.control.bilibili_moderators(&room.0), [viewer.as_str()]);
    let page = moderate.moderators(&room, 1).await.unwrap();
    assert_eq!((page.people[0].name.as_str(), page.total, page.max), (VIEWER, Some(1), Some(12)));
    moderate.dismiss(&room, &viewer).await.unwrap();
    assert_eq!(stage.control.bilibili_moderators(&room.0), [""; 0]);

    // An account that has no room of its own helps nobody, and mutes nobody in another's.
    let newcomer = stage.connect_newcomer();
    let other = newcomer.moderate().unwrap();
    assert_eq!(code(AT, other.appoint(&room, &viewer).await), ProblemCode::NotAllowed);
    let refused = other.mute(&room, &viewer, MuteFor::ForEver, "").await.unwrap_err();
    assert_eq!((refused.code, refused.message.as_deref()), (ProblemCode::NotAllowed, Some("没有权限")));
    assert!(stage.control.bilibili_muted(&room.0).is_empty());
}

#[tokio::test]
async fn a_write_is_sent_once_whatever_comes_of_it() {
    let stage = Stage::open().await;
    let connection = stage.connect(AT);
    let room = stage.room(AT, connection.as_ref()).await;
    let moderate = connection.moderate().unwrap();
    let viewer = stage.control.bilibili_viewer(VIEWER);
    for (fault, told, done) in [
        (Fault::LostAnswer, ProblemCode::OutcomeUnknown, 1),
        (Fault::Status(503), ProblemCode::PlatformDown, 0),
    ] {
        let before = stage.calls(AT, ADD);
        stage.control.fault(AT, ADD, fault.clone(), Some(1));
        let outcome = moderate.mute(&room, &viewer, MuteFor::ForEver, "").await;
        assert_eq!(code(AT, outcome), told, "{fault:?}");
        assert_eq!(stage.calls(AT, ADD) - before, 1, "{fault:?}");
        assert_eq!(muted(moderate, &room).await.len(), done, "{fault:?}");
        moderate.unmute(&room, &viewer).await.unwrap();
    }
    let oneself = connection.check().await.unwrap().user_id.unwrap();
    let refused = moderate.mute(&room, &oneself, MuteFor::ForEver, "").await;
    let reason = InvalidReason::Refused;
    assert_eq!(code(AT, refused), ProblemCode::Invalid { field: "person".into(), reason });
    stage.control.expire_tokens(AT);
    let expired = moderate.mute(&room, &viewer, MuteFor::ForEver, "").await;
    assert_eq!(code(AT, expired), ProblemCode::SignInExpired);
    assert_eq!(code(AT, moderate.muted(&room, 1).await), ProblemCode::SignInExpired);
}
