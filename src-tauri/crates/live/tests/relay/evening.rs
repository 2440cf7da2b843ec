//! What goes through the relay, from *Go live* to the end, and after a crash.

use kaibo_live::problem::ProblemCode;
use kaibo_live::relay::{RelaySource, SourceReading, TargetFailure, TargetState};
use kaibo_live::view::RunState;

use super::*;

#[tokio::test(start_paused = true)]
async fn both_rooms_go_live_through_it_and_it_ends_with_the_last() {
    let world = World::open().await;
    let run = world.go_live(&BOTH, None).await;
    assert_eq!(run.relay, Some(RunState::Done));
    assert!(run.finished_at.is_some() && run.rooms.iter().all(|r| r.state == RunState::Done));
    assert_eq!(world.engine.state().starts, [(1936, "hidden-relay-key-0".to_owned())]);
    let calls = world.engine.calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(BOTH.iter().all(|p| calls.contains(&world.added(*p))), "{calls:?}");
    let view = world.relay();
    assert_eq!((view.state, view.server.as_deref()), (RelayState::On, Some("rtmp://127.0.0.1:1936/live")));
    assert_eq!((view.source, view.targets.len()), (RelaySource::Absent, 2));
    let key = world.bench.studio.relay_part(PushPart::Key).unwrap();
    assert_eq!(key.expose_secret(), "hidden-relay-key-0");
    world.until_kept(true).await;
    assert_eq!(world.kept_text("ingest.key").as_deref(), Some("hidden-relay-key-0"));

    world.engine.source(SourceReading::Publishing);
    world.until("its source", 2, |s| matches!(s.relay.source, RelaySource::Publishing { .. })).await;
    assert!(world.targets().iter().all(|(_, state)| *state == RelayTargetState::Publishing));
    // Where pushing starts the broadcast the platform is asked soon.
    world.platform_says(Platform::Weibo, Status::Live);
    world.until("read", 4, |s| s.rooms.iter().all(|r| r.status == Status::Live)).await;

    world.platform_says(Platform::Qiniu, Status::Ended);
    world.until("one left", 90, |s| s.relay.targets.len() == 1).await;
    assert_eq!(world.targets()[0].0, world.target(Platform::Weibo));
    assert_eq!(world.engine.calls(), [format!("remove {}", world.id(Platform::Qiniu).0)]);

    world.bench.studio.end_broadcast(&[world.id(Platform::Weibo)], false).await;
    world.until_off().await;
    assert_eq!(world.engine.calls().last().map(String::as_str), Some("stop"));
    world.until_kept(false).await;
    assert!(world.kept().is_none(), "nothing of it is left in the keyring");
    let gone = world.bench.studio.relay_part(PushPart::Key).unwrap_err();
    assert_eq!(gone.code, ProblemCode::WrongState);
    world.go_live(&[Platform::Qiniu], None).await;
    assert_eq!(world.engine.state().starts[1], (1936, "hidden-relay-key-1".to_owned()), "another key");
}

#[tokio::test(start_paused = true)]
async fn a_slow_room_holds_up_no_other() {
    let world = World::open().await;
    world.bench.qiniu.lock().unwrap().slow = Duration::from_secs(20);
    let watching = async {
        world.until("the first is fed", 5, |s| s.relay.targets.len() == 1).await;
        world.until("the second too", 60, |s| s.relay.targets.len() == 2).await
    };
    let (run, took) = tokio::join!(world.go_live(&BOTH, None), watching);
    assert_eq!(run.relay, Some(RunState::Done));
    assert!(took >= Duration::from_secs(15), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn another_address_goes_on_at_its_place_and_a_pause_stays_one() {
    let world = World::on_air().await;
    world.bench.studio.pause_relay_target(&world.target(Platform::Qiniu)).await.unwrap();
    world.engine.calls();
    world.bench.qiniu.lock().unwrap().push = Some("rtmp://second.example/live/n?k=1".into());
    let second = |s: &Snapshot| {
        let push = s.rooms.iter().find(|r| r.platform == Platform::Qiniu).and_then(|r| r.push.clone());
        push.is_some_and(|p| p.server.contains("second"))
    };
    world.until("another address", 90, second).await;
    seconds(3).await;
    let id = world.id(Platform::Qiniu).0;
    let moved = [format!("remove {id}"), world.added(Platform::Qiniu), format!("pause {id}")];
    assert_eq!(world.engine.calls(), moved);
    let paused = (world.target(Platform::Qiniu), RelayTargetState::Paused);
    assert!(world.targets().contains(&paused));
    world.bench.studio.resume_relay_target(&paused.0).await.unwrap();
    assert!(world.targets().iter().all(|(_, state)| *state == RelayTargetState::Publishing));
}

#[tokio::test(start_paused = true)]
async fn the_streamer_adds_and_takes_away() {
    let world = World::open().await;
    let studio = &world.bench.studio;
    let [weibo, qiniu] = BOTH.map(|p| world.target(p));
    assert_eq!(studio.pause_relay_target(&weibo).await.unwrap_err().code, ProblemCode::WrongState);
    assert_eq!(studio.add_to_relay(weibo.clone()).await.unwrap_err().code, ProblemCode::NoStreamKey);
    assert_eq!(world.relay().state, RelayState::Off, "nothing was started for it");
    let rooms = BOTH.map(|p| world.id(p)).to_vec();
    studio
        .go_live(GoLive {
            rooms,
            details: titled("今晚"),
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    assert_eq!(world.relay().state, RelayState::Off, "nobody asked for it");
    studio.add_to_relay(weibo.clone()).await.unwrap();
    assert_eq!(studio.remove_from_relay(&qiniu).await.unwrap_err().code, ProblemCode::NotFound);
    studio.add_to_relay(qiniu.clone()).await.unwrap();
    studio.add_to_relay(qiniu.clone()).await.unwrap();
    assert_eq!(world.targets().len(), 2);
    studio.remove_from_relay(&weibo).await.unwrap();
    assert_eq!(world.relay().state, RelayState::On);
    studio.remove_from_relay(&qiniu).await.unwrap();
    assert_eq!(world.relay().state, RelayState::Off);
    assert_eq!(world.engine.calls().last().map(String::as_str), Some("stop"));
}

#[tokio::test(start_paused = true)]
async fn a_port_that_is_taken_costs_no_room_its_broadcast() {
    let world = World::open().await;
    world.connect_obs().await;
    world.engine.change(|s| s.taken = true);
    let run = world.go_live(&BOTH, Some(Platform::Qiniu)).await;
    let taken = |state: &Option<RunState>| matches!(state, Some(RunState::Failed { problem }) if problem.code == ProblemCode::RelayPort);
    assert!(taken(&run.relay), "{:?}", run.relay);
    assert!(run.rooms.iter().all(|r| r.state == RunState::Done));
    assert_eq!(run.encoder.map(|part| part.state), Some(RunState::Skipped), "there is nothing to push to");
    assert!(matches!(world.relay().state, RelayState::Broken { .. }));
    assert_eq!(world.kept_text("ingest.key"), None);

    world.engine.change(|s| s.taken = false);
    world.bench.studio.add_to_relay(world.target(Platform::Qiniu)).await.unwrap();
    assert_eq!(world.relay().state, RelayState::On);
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_the_encoder_finds_it_where_it_was() {
    let world = World::on_air().await;
    world.until_kept(true).await;
    let again = world.again().await;
    again.until("both again", 30, |s| s.relay.targets.len() == 2).await;
    assert_eq!(again.engine.state().starts, world.engine.state().starts, "the same port and key");
    let calls = again.engine.calls();
    assert!(BOTH.iter().all(|p| calls.contains(&again.added(*p))), "{calls:?}");
}

#[tokio::test(start_paused = true)]
async fn after_a_crash_a_port_that_is_taken_is_waited_for() {
    let world = World::on_air().await;
    world.until_kept(true).await;
    let kept = world.kept_text("ingest.key");
    let engine = Engine::new();
    engine.change(|s| s.taken = true);
    let again = world.again_with(engine).await;
    let broken = |s: &Snapshot| matches!(s.relay.state, RelayState::Broken { .. });
    again.until("told", 30, broken).await;
    seconds(20).await;
    again.engine.change(|s| s.taken = false);
    again.until("both again", 2, |s| s.relay.state == RelayState::On && s.relay.targets.len() == 2).await;
    assert_eq!(
        again.engine.state().starts.last(),
        world.engine.state().starts.last(),
        "the same port and key"
    );
    again.bench.studio.leave_relay().await;

    // Not for ever; the next start finds what was kept.
    let engine = Engine::new();
    engine.change(|s| s.taken = true);
    let third = world.again_with(engine).await;
    third.until("told", 30, broken).await;
    seconds(90).await;
    third.engine.change(|s| s.taken = false);
    seconds(5).await;
    assert!(broken(&third.snapshot()));
    assert_eq!(third.kept_text("ingest.key"), kept);
}

#[tokio::test(start_paused = true)]
async fn what_ended_meanwhile_is_not_taken_up_again() {
    let world = World::on_air().await;
    world.until_kept(true).await;
    world.bench.studio.leave_relay().await;
    assert!(world.kept_text("ingest.key").is_some(), "the rooms are on air");
    world.platform_says(Platform::Qiniu, Status::Ended);
    let again = world.again().await;
    again.until("one again", 30, |s| s.relay.targets.len() == 1).await;
    seconds(2).await;
    again.bench.studio.leave_relay().await;
    world.platform_says(Platform::Weibo, Status::Ended);
    let third = world.again().await;
    let gone = async || third.kept().is_none();
    third.bench.until_true("what was kept goes", gone).await;
    assert_eq!((third.relay().state, third.engine.state().starts.len()), (RelayState::Off, 0));
}

#[tokio::test(start_paused = true)]
async fn a_locked_keyring_stops_nothing() {
    let world = World::open().await;
    *world.bench.keyring.1.lock().unwrap() = true;
    let run = world.go_live(&[Platform::Qiniu], None).await;
    assert_eq!(run.relay, Some(RunState::Done));
    *world.bench.keyring.1.lock().unwrap() = false;
    assert_eq!(world.kept_text("ingest.key"), None);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_once_while_it_lasts() {
    let world = World::on_air().await;
    let target = world.target(Platform::Qiniu);
    let failure = TargetFailure { code: ProblemCode::TargetUnreachable, words: "no answer in time".into() };
    let shown = |state: TargetState| {
        world.engine.change(|s| s.target(&target).unwrap().state = state);
        async {
            seconds(1).await;
            let state = world.targets().into_iter().find(|(t, _)| *t == target).unwrap().1;
            match state {
                RelayTargetState::Retrying { problem } | RelayTargetState::Stopped { problem } => {
                    Some(problem)
                }
                _ => None,
            }
        }
    };
    let first = shown(TargetState::Retrying(failure.clone())).await.unwrap();
    assert_eq!(
        (first.platform, first.message.as_deref()),
        (Some(Platform::Qiniu), Some("no answer in time"))
    );
    assert_eq!(shown(TargetState::Connecting).await, None);
    assert_eq!(shown(TargetState::Retrying(failure.clone())).await.unwrap().detail_id, first.detail_id);
    let other = TargetFailure { code: ProblemCode::TargetRefused, ..failure.clone() };
    assert_ne!(shown(TargetState::Stopped(other)).await.unwrap().detail_id, first.detail_id);
    assert_eq!(shown(TargetState::Publishing).await, None);
    assert_ne!(shown(TargetState::Retrying(failure)).await.unwrap().detail_id, first.detail_id);
}

#[tokio::test(start_paused = true)]
async fn the_view_tells_times_by_our_clock_and_a_minute_of_figures() {
    let world = World::on_air().await;
    let RelaySource::Publishing { since } = world.relay().source else { panic!("it sends") };
    let target = world.target(Platform::Weibo);
    world.engine.change(|s| s.target(&target).unwrap().bits_per_second = 6_000_400);
    seconds(100).await;
    let of = |view: RelayView| view.targets.into_iter().find(|t| t.target == target).unwrap();
    let view = of(world.relay());
    assert_eq!((view.kbps, view.figures.len()), (6_000, 60));
    assert!(view.figures.iter().all(|kbps| *kbps == 6_000));
    let now = since + 100_000;
    world.engine.source(SourceReading::Held);
    seconds(2).await;
    let RelaySource::Held { until } = world.relay().source else { panic!("held") };
    assert!((now + 28_000..=now + 36_000).contains(&until), "{until} {now}");
    seconds(5).await;
    assert_eq!(world.relay().source, RelaySource::Held { until });
    world.engine.source(SourceReading::Publishing);
    seconds(1).await;
    assert_eq!(world.relay().source, RelaySource::Publishing { since }, "the same broadcast");
}
