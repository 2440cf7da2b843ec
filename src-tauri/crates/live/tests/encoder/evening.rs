//! The encoder's part in *Go live* and in *End*.

use kaibo_live::encoder::EncoderStep;
use kaibo_live::problem::ProblemCode;
use kaibo_live::view::RunState;

use super::*;

fn steps(run: &RunView) -> Vec<(EncoderStep, bool)> {
    run.encoder.as_ref().unwrap().steps.iter().map(|s| (s.step, s.done)).collect()
}

fn state(run: &RunView) -> RunState {
    run.encoder.clone().unwrap().state
}

fn failed(run: &RunView) -> Option<ProblemCode> {
    match state(run) {
        RunState::Failed { problem } => Some(problem.code),
        _ => None,
    }
}

const LIVE: [(EncoderStep, bool); 4] = [
    (EncoderStep::Rooms, true),
    (EncoderStep::Send, true),
    (EncoderStep::Compare, true),
    (EncoderStep::Start, true),
];

async fn wants_blank(world: &World) {
    let preferences = world.bench.studio.preferences();
    world.bench.studio.set_preferences(Preferences { blank_key: true, ..preferences }).await;
}

#[tokio::test(start_paused = true)]
async fn rooms_first_then_the_encoder_and_the_end_the_other_way_round() {
    let world = World::connected().await;
    let both = [Platform::Weibo, Platform::Qiniu];
    let run = world.go_live(&both, Some(Platform::Qiniu)).await;
    assert_eq!((state(&run), steps(&run)), (RunState::Done, LIVE.to_vec()));
    assert!(run.finished_at.is_some());
    assert_eq!(world.obs.custom(), Some(world.push(Platform::Qiniu)));
    let view = world.view();
    assert!(view.streaming && view.room == Some(world.id(Platform::Qiniu)), "{view:?}");
    assert_eq!(world.room(Platform::Qiniu).status, Status::Live);

    // Which of the two is first is told by a platform that takes its time.
    world.bench.qiniu.lock().unwrap().slow = Duration::from_secs(5);
    let rooms: Vec<RoomId> = both.iter().map(|p| world.id(*p)).collect();
    let ending = world.bench.studio.end_broadcast(&rooms, true);
    let watching = async {
        world.until("stopped", 3, |s| !s.encoder.streaming).await;
        assert_eq!(world.room(Platform::Qiniu).status, Status::Live, "the rooms end after it");
    };
    let (run, ()) = tokio::join!(ending, watching);
    assert_eq!((state(&run), steps(&run)), (RunState::Done, vec![(EncoderStep::Stop, true)]));
    assert!(run.rooms.iter().all(|r| r.state == RunState::Done));
    assert!(world.obs.custom().is_some_and(|(_, key)| !key.is_empty()), "nobody asked for it to go");
}

#[tokio::test(start_paused = true)]
async fn where_pushing_starts_the_broadcast_the_encoder_starts_it() {
    let world = World::connected().await;
    let run = world.go_live(&[Platform::Weibo], Some(Platform::Weibo)).await;
    assert_eq!(state(&run), RunState::Done);
    assert_eq!(world.room(Platform::Weibo).status, Status::NotStarted);
    world.platform_says(Platform::Weibo, Status::Live);
    world.until("read soon", 4, |s| s.rooms.iter().any(|r| r.status == Status::Live)).await;
}

#[tokio::test(start_paused = true)]
async fn what_fails_in_the_encoder_leaves_the_rooms_on_air() {
    let world = World::connected().await;
    world.obs.change(|s| s.never_starts = true);
    let run = world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    assert_eq!(failed(&run), Some(ProblemCode::EncoderDiffers));
    assert_eq!(steps(&run)[2..], [(EncoderStep::Compare, true), (EncoderStep::Start, false)]);
    assert_eq!(
        (run.rooms[0].state.clone(), world.room(Platform::Qiniu).status),
        (RunState::Done, Status::Live)
    );

    world.obs.change(|s| s.mangles = true);
    let run = world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    assert_eq!(failed(&run), Some(ProblemCode::EncoderDiffers));
    assert_eq!(steps(&run)[1..], [(EncoderStep::Send, true), (EncoderStep::Compare, false)]);

    world.obs.stream(true);
    let run = world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    assert_eq!(failed(&run), Some(ProblemCode::EncoderBusy), "it streams elsewhere");

    world.obs.kill();
    seconds(1).await;
    let begun = Instant::now();
    let run = world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    assert_eq!(failed(&run), Some(ProblemCode::EncoderUnreachable));
    assert!(begun.elapsed() <= Duration::from_secs(6));
    assert_eq!(world.room(Platform::Qiniu).status, Status::Live);
    // The answer "end them":
    let run = world.bench.studio.end_broadcast(&[world.id(Platform::Qiniu)], true).await;
    assert_eq!(failed(&run), Some(ProblemCode::EncoderUnreachable));
    assert_eq!(
        (run.rooms[0].state.clone(), world.room(Platform::Qiniu).status),
        (RunState::Done, Status::Ended)
    );
}

#[tokio::test(start_paused = true)]
async fn without_its_room_the_encoder_stays_still() {
    let world = World::connected().await;
    world.bench.qiniu.lock().unwrap().write_failures.push_back(ProblemCode::Refused);
    let run = world.go_live(&[Platform::Weibo, Platform::Qiniu], Some(Platform::Qiniu)).await;
    assert_eq!(state(&run), RunState::Skipped);
    assert!(run.finished_at.is_some());
    assert!(world.obs.state().calls.is_empty() && world.obs.custom().is_none());
}

#[tokio::test(start_paused = true)]
async fn after_a_face_check_the_encoder_starts_too() {
    let world = World::connected().await;
    world.go_live(&[Platform::Qiniu], None).await;
    world.platform_says(Platform::Qiniu, Status::NotStarted);
    world.until("off air", 8, |s| s.rooms.iter().all(|r| r.status != Status::Live)).await;
    world.bench.qiniu.lock().unwrap().face = Some(Ok(false));
    let face = ProblemCode::FaceCheck { url: "https://face.example".into() };
    world.bench.qiniu.lock().unwrap().write_failures.push_back(face);
    let run = world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    assert_eq!(state(&run), RunState::Skipped, "{run:?}");
    world.bench.qiniu.lock().unwrap().face = Some(Ok(true));
    world.until("it streams", 20, |s| s.encoder.streaming).await;
    world
        .until("the run says so", 5, |s| {
            s.run.as_ref().is_some_and(|r| state(r) == RunState::Done && r.finished_at.is_some())
        })
        .await;
}

#[tokio::test(start_paused = true)]
async fn one_that_streams_there_already_is_left_alone() {
    let world = World::connected().await;
    world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    world.obs.state().calls.clear();
    let run = world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    assert_eq!(state(&run), RunState::Done);
    assert!(world.obs.state().calls.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_encoder_that_does_not_stop_keeps_no_room_from_ending() {
    let world = World::connected().await;
    wants_blank(&world).await;
    world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    world.obs.change(|s| s.never_stops = true);
    let begun = Instant::now();
    let run = world.bench.studio.end_broadcast(&[world.id(Platform::Qiniu)], true).await;
    assert!(begun.elapsed() <= Duration::from_secs(10), "{:?}", begun.elapsed());
    assert_eq!(failed(&run), Some(ProblemCode::EncoderDiffers));
    assert_eq!(world.room(Platform::Qiniu).status, Status::Ended);

    world.obs.change(|s| s.hangs = true);
    let begun = Instant::now();
    world.bench.studio.end_broadcast(&[world.id(Platform::Weibo)], true).await;
    assert!(begun.elapsed() <= Duration::from_secs(6), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_key_leaves_the_encoder_with_the_broadcast() {
    let world = World::connected().await;
    wants_blank(&world).await;
    let id = world.id(Platform::Qiniu);
    world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    let (server, _) = world.push(Platform::Qiniu);
    let run = world.bench.studio.end_broadcast(std::slice::from_ref(&id), true).await;
    assert_eq!(
        (state(&run), steps(&run)),
        (RunState::Done, vec![(EncoderStep::Stop, true), (EncoderStep::Blank, true)])
    );
    assert_eq!(world.obs.custom(), Some((server.clone(), String::new())));
    assert_eq!(world.kept_text("sent.key"), None);

    // Stopped by hand before, and ended without it: the key goes all the same.
    world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    assert_eq!(
        world.kept_text("former.kind").as_deref(),
        Some("rtmp_common"),
        "the blank isn't the streamer's"
    );
    world.obs.stream(false);
    world.until("stopped", 3, |s| !s.encoder.streaming).await;
    let run = world.bench.studio.end_broadcast(std::slice::from_ref(&id), false).await;
    assert_eq!(steps(&run), [(EncoderStep::Blank, true)]);
    assert_eq!(world.obs.custom(), Some((server, String::new())));

    // The streamer's own settings stay as they are.
    world.bench.studio.restore_encoder().await.unwrap();
    world.go_live(&[Platform::Qiniu], None).await;
    world.bench.studio.end_broadcast(&[id], true).await;
    let former = world.obs.state().service.clone();
    assert!(matches!(former, kaibo_live::encoder::EncoderService::Other { .. }));
}
