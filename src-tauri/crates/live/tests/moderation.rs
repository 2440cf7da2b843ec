//! Moderating: what a platform says it did is believed once its lists show it, and nothing is sent twice.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::Bench;
use common::moderation::{Rules, muted};
use kaibo_live::moderation::{Moderator, MuteFor, Silence, SilenceKind};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};
use kaibo_live::room::{RoomId, Status};
use kaibo_live::view::AccountState;

const HOUR: MuteFor = MuteFor::Hours { hours: 1 };

/// An account whose one room has these rules. Nobody broadcasts: rules can be set at any time.
async fn ruled(rules: Rules) -> (Bench, RoomId) {
    let bench = Bench::new();
    {
        let mut script = bench.qiniu.lock().unwrap();
        script.rooms.insert("r1".into(), ("深夜".into(), Status::NotStarted));
        script.found = vec!["r1"];
        script.user_id = Some("42");
        script.rules = Some(rules);
    }
    let room = bench.connect(Platform::Qiniu).await.id;
    (bench, room)
}

fn calls(bench: &Bench) -> Vec<String> {
    bench.qiniu.lock().unwrap().calls.clone()
}

fn change(bench: &Bench, change: impl FnOnce(&mut Rules)) {
    change(bench.qiniu.lock().unwrap().rules.as_mut().unwrap());
}

fn fails(bench: &Bench, code: ProblemCode) {
    bench.qiniu.lock().unwrap().write_failures.push_back(code);
}

fn code<T>(outcome: Result<T, Failure>) -> ProblemCode {
    match outcome {
        Ok(_) => panic!("not refused"),
        Err(failure) => failure.code,
    }
}

fn invalid(field: &str, reason: InvalidReason) -> ProblemCode {
    ProblemCode::Invalid { field: field.into(), reason }
}

/// Commands run on any thread.
#[tokio::test]
async fn everything_can_be_asked_from_any_thread() {
    fn on_any_thread(_: impl Future + Send) {}
    let (bench, room) = ruled(Rules::default()).await;
    let studio = &bench.studio;
    on_any_thread(studio.mute_person(&room, "7", HOUR, ""));
    on_any_thread(studio.unmute_person(&room, "7"));
    on_any_thread(studio.list_muted(&room, 1));
    on_any_thread(studio.list_blocked_words(&room));
    on_any_thread(studio.block_word(&room, "a"));
    on_any_thread(studio.unblock_word(&room, "a"));
    on_any_thread(studio.read_silence(&room));
    on_any_thread(studio.set_silence(&room, Silence::default()));
    on_any_thread(studio.list_moderators(&room, 1));
    on_any_thread(studio.appoint_moderator(&room, "7"));
    on_any_thread(studio.dismiss_moderator(&room, "7"));
}

#[tokio::test(start_paused = true)]
async fn a_mute_is_told_as_the_list_has_it_and_taken_back() {
    let (bench, room) = ruled(Rules::default()).await;
    let found = bench.studio.mute_person(&room, "7", HOUR, "广\u{202e}告").await.unwrap();
    assert_eq!(found, muted("7", "阿澈"));
    assert_eq!(calls(&bench), ["mute r1 7 Hours { hours: 1 } 广告"]);
    assert_eq!(bench.studio.list_muted(&room, 1).await.unwrap().total, 1);
    bench.studio.unmute_person(&room, "7").await.unwrap();
    assert_eq!(bench.studio.list_muted(&room, 1).await.unwrap().people, []);
    assert!(bench.room().problem.is_none(), "no problem of the room's");
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_says_yes_and_does_nothing_is_not_believed() {
    let other = Moderator { id: "8".into(), name: "小红".into(), at: None };
    let (bench, room) = ruled(Rules {
        idle: true,
        muted: vec![muted("9", "小红")],
        words: vec!["剧透".into()],
        moderators: vec![other],
        ..Rules::default()
    })
    .await;
    let studio = &bench.studio;
    let silence = Silence { kind: SilenceKind::Everyone, level: 0, minutes: 30 };
    assert_eq!(code(studio.mute_person(&room, "7", HOUR, "").await), ProblemCode::NoEffect);
    assert_eq!(code(studio.unmute_person(&room, "9").await), ProblemCode::NoEffect);
    assert_eq!(code(studio.block_word(&room, "广告").await), ProblemCode::NoEffect);
    assert_eq!(code(studio.unblock_word(&room, "剧透").await), ProblemCode::NoEffect);
    assert_eq!(code(studio.set_silence(&room, silence).await), ProblemCode::NoEffect);
    assert_eq!(code(studio.appoint_moderator(&room, "7").await), ProblemCode::NoEffect);
    assert_eq!(code(studio.dismiss_moderator(&room, "8").await), ProblemCode::NoEffect);
    assert_eq!(calls(&bench).len(), 7, "each was sent once");
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_a_moment_behind_is_waited_for() {
    let (bench, room) = ruled(Rules { behind: 2, ..Rules::default() }).await;
    bench.studio.mute_person(&room, "7", MuteFor::ForEver, "").await.unwrap();
    change(&bench, |rules| rules.behind = 3);
    assert_eq!(code(bench.studio.unmute_person(&room, "7").await), ProblemCode::NoEffect, "too long");
}

#[tokio::test(start_paused = true)]
async fn after_a_lost_answer_the_list_tells() {
    let (bench, room) = ruled(Rules { happens: true, ..Rules::default() }).await;
    for lost in [ProblemCode::OutcomeUnknown, ProblemCode::Timeout, ProblemCode::PlatformDown] {
        fails(&bench, lost.clone());
        bench.studio.mute_person(&room, "7", HOUR, "").await.unwrap();
        fails(&bench, lost.clone());
        bench.studio.unmute_person(&room, "7").await.unwrap();
        fails(&bench, lost);
        assert!(bench.studio.block_word(&room, "广告").await.unwrap());
        bench.studio.unblock_word(&room, "广告").await.unwrap();
    }
    let sent = calls(&bench).len();
    assert_eq!(sent, 12, "each was sent once");

    // It didn't happen, and that is told.
    change(&bench, |rules| rules.happens = false);
    fails(&bench, ProblemCode::OutcomeUnknown);
    assert_eq!(code(bench.studio.mute_person(&room, "7", HOUR, "").await), ProblemCode::NoEffect);
    fails(&bench, ProblemCode::PlatformDown);
    assert_eq!(code(bench.studio.mute_person(&room, "7", HOUR, "").await), ProblemCode::PlatformDown);

    // Nobody can tell.
    change(&bench, |rules| rules.failure = Some(ProblemCode::Network));
    fails(&bench, ProblemCode::Timeout);
    assert_eq!(code(bench.studio.mute_person(&room, "7", HOUR, "").await), ProblemCode::OutcomeUnknown);
    assert_eq!(code(bench.studio.mute_person(&room, "8", HOUR, "").await), ProblemCode::OutcomeUnknown);
    assert_eq!(calls(&bench).len(), sent + 4, "each was sent once");
}

#[tokio::test(start_paused = true)]
async fn what_the_platform_refuses_is_refused_at_once() {
    let (bench, room) = ruled(Rules::default()).await;
    fails(&bench, ProblemCode::NotAllowed);
    assert_eq!(code(bench.studio.mute_person(&room, "7", HOUR, "").await), ProblemCode::NotAllowed);
    assert!(!bench.qiniu.lock().unwrap().asked.contains(&"muted"), "no list was read");
    fails(&bench, ProblemCode::SignInExpired);
    assert_eq!(code(bench.studio.unmute_person(&room, "7").await), ProblemCode::SignInExpired);
    let account = bench.studio.snapshot("", "").accounts.remove(0);
    assert_eq!(account.state, AccountState::Expired, "the account shows it");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_for_what_cannot_be() {
    let (bench, room) = ruled(Rules { words: vec!["剧透".into()], limit: Some(1), ..Rules::default() }).await;
    let studio = &bench.studio;
    let refused = code(studio.mute_person(&room, "42", HOUR, "").await);
    assert_eq!(refused, invalid("person", InvalidReason::Refused), "oneself");
    let nobody = code(studio.mute_person(&room, " ", HOUR, "").await);
    assert_eq!(nobody, invalid("person", InvalidReason::Empty));
    let hours = code(studio.mute_person(&room, "7", MuteFor::Hours { hours: 0 }, "").await);
    assert_eq!(hours, invalid("hours", InvalidReason::Malformed));
    assert_eq!(code(studio.appoint_moderator(&room, "42").await), invalid("person", InvalidReason::Refused));
    assert_eq!(code(studio.block_word(&room, "").await), invalid("word", InvalidReason::Empty));
    let full = invalid("word", InvalidReason::TooMany { limit: 1 });
    assert_eq!(code(studio.block_word(&room, "广告").await), full);
    assert!(!studio.block_word(&room, " 剧透 ").await.unwrap(), "it is blocked already");
    let silence = Silence { kind: SilenceKind::Everyone, level: 0, minutes: 0 };
    assert_eq!(code(studio.set_silence(&room, silence).await), invalid("minutes", InvalidReason::Malformed));
    assert_eq!(code(studio.list_muted(&room, 0).await), invalid("page", InvalidReason::Malformed));
    let none = RoomId("nowhere".into());
    assert_eq!(code(studio.list_muted(&none, 1).await), ProblemCode::NotFound);
    bench.qiniu.lock().unwrap().rules = None;
    assert_eq!(code(studio.mute_person(&room, "7", HOUR, "").await), ProblemCode::NotAllowed);
    assert!(calls(&bench).is_empty(), "{:?}", calls(&bench));
}

#[tokio::test(start_paused = true)]
async fn somebody_is_found_on_a_later_page_but_not_on_any() {
    let (bench, room) = ruled(Rules { page: 1, ..Rules::default() }).await;
    change(&bench, |rules| rules.muted = (0..9).map(|at| muted(&format!("1{at}"), "看客")).collect());
    bench.studio.unmute_person(&room, "18").await.unwrap();
    change(&bench, |rules| rules.muted = (0..30).map(|at| muted(&format!("1{at}"), "看客")).collect());
    let lost = code(bench.studio.unmute_person(&room, "129").await);
    assert_eq!(lost, ProblemCode::OutcomeUnknown, "thirty pages aren't looked through");
}

#[tokio::test(start_paused = true)]
async fn a_room_is_silenced_and_moderators_are_appointed() {
    let (bench, room) = ruled(Rules { max: Some(1), ..Rules::default() }).await;
    let studio = &bench.studio;
    let silence = Silence { kind: SilenceKind::Medal, level: 5, minutes: 60 };
    assert_eq!(studio.set_silence(&room, silence).await.unwrap(), silence);
    assert_eq!(studio.read_silence(&room).await.unwrap(), silence);
    assert_eq!(studio.set_silence(&room, Silence::default()).await.unwrap().kind, SilenceKind::Off);

    studio.appoint_moderator(&room, "7").await.unwrap();
    assert_eq!(studio.list_moderators(&room, 1).await.unwrap().people[0].id, "7");
    let full = invalid("person", InvalidReason::TooMany { limit: 1 });
    assert_eq!(code(studio.appoint_moderator(&room, "8").await), full);
    studio.dismiss_moderator(&room, "7").await.unwrap();
    assert_eq!(studio.list_moderators(&room, 1).await.unwrap().total, Some(0));
}

#[tokio::test(start_paused = true)]
async fn a_platform_that_hangs_is_given_up_and_only_so_many_wait_for_it() {
    let (bench, room) = ruled(Rules::default()).await;
    bench.qiniu.lock().unwrap().slow = Duration::from_secs(3600);
    let begun = tokio::time::Instant::now();
    let all = (0..12).map(|_| bench.studio.unmute_person(&room, "7"));
    let codes: Vec<ProblemCode> = futures_util::future::join_all(all).await.into_iter().map(code).collect();
    let count = |wanted: &ProblemCode| codes.iter().filter(|code| *code == wanted).count();
    assert_eq!((count(&ProblemCode::OutcomeUnknown), count(&ProblemCode::RateLimited)), (8, 4), "{codes:?}");
    assert!(begun.elapsed() <= Duration::from_secs(41), "{:?}", begun.elapsed());
    assert_eq!(calls(&bench).len(), 8);
}
