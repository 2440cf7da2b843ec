//! An evening with OBS, from connecting to the end.

use std::time::{Duration, Instant};

use kaibo_live::encoder::{EncoderFound, EncoderLink, EncoderService, EncoderStep};
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{Signal, Status};
use kaibo_live::secret::ExposeSecret as _;
use kaibo_live::view::{RunState, RunView};
use kaibo_tests::until;

use crate::PASSWORD;
use crate::stage::{RIGHT_WITHIN, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn an_evening_where_a_call_starts_the_broadcast() {
    evening("bilibili").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evening_where_pushing_starts_the_broadcast() {
    evening("weibo").await;
}

/// The steps of the encoder's part of a run, all of them done.
fn steps(run: &RunView) -> Vec<EncoderStep> {
    let part = run.encoder.as_ref().expect("OBS has a part in it");
    assert_eq!(part.state, RunState::Done);
    assert!(part.steps.iter().all(|step| step.done), "{:?}", part.steps);
    part.steps.iter().map(|step| step.step).collect()
}

async fn evening(platform: &str) {
    let stage = Stage::open(&["weibo", "bilibili"]).await;
    let former = r#"{"service":"Twitch","server":"auto","key":"former-key"}"#.to_owned().into();
    let former = EncoderService::Other { kind: "rtmp_common".into(), settings: former };
    stage.obs.by_hand().await.set_service(&former).await.unwrap();
    stage.connect().await;
    assert_eq!(stage.snapshot().encoder.room, None);

    let run = stage.go_live(&["weibo", "bilibili"], Some(platform)).await;
    let all = [EncoderStep::Rooms, EncoderStep::Send, EncoderStep::Compare, EncoderStep::Start];
    assert_eq!(steps(&run), all);
    assert_eq!(stage.set_in_obs().await, stage.push(platform), "what OBS holds is what the platform gave");
    let room = stage.room(platform).id;

    // Real video arrives, and the room is live, as platform and window see it.
    until("video at the ingest", || async {
        let meter = stage.meter(platform);
        (meter.publishing && meter.video_messages > 20 && meter.width == Some(640)).then_some(())
    })
    .await;
    until("the room to be live", || async {
        let view = stage.room(platform);
        let arriving = matches!(view.signal, Signal::Arriving { width: 640, height: 360, .. });
        (stage.remote(platform).live && view.status == Status::Live && arriving).then_some(())
    })
    .await;
    let view = stage.until_encoder("telling figures that move", |view| view.figures.len() >= 4).await;
    assert!(view.streaming && !view.reconnecting && view.former && view.busy.is_none());
    assert_eq!((view.size, view.room.as_ref()), (Some((640, 360)), Some(&room)));
    assert!(view.figures.iter().any(|figures| figures.kbps > 50), "{:?}", view.figures);
    let frames: Vec<u64> = view.figures.iter().map(|figures| figures.frames).collect();
    assert!(frames.is_sorted() && frames.first() < frames.last(), "{frames:?}");
    assert_eq!(stage.alarms(), []);

    // Nothing can be sent into it now, and what it streams stays.
    let busy = stage.studio.send_to_encoder(&room).await.unwrap_err();
    assert_eq!(busy.code, ProblemCode::EncoderBusy);

    let server = stage.push(platform).0;
    let rooms = [stage.room("weibo").id, stage.room("bilibili").id];
    let run = stage.studio.end_broadcast(&rooms, true).await;
    assert_eq!(steps(&run), [EncoderStep::Stop, EncoderStep::Blank]);
    let by_hand = stage.obs.by_hand().await;
    assert!(!by_hand.read().await.unwrap().streaming, "OBS has stopped");
    assert!(!stage.remote(platform).live, "the room is over");
    assert_eq!(stage.set_in_obs().await, (server, String::new()), "the key was taken out of OBS");

    stage.studio.restore_encoder().await.expect("the former service is put back");
    let EncoderService::Other { kind, settings } = by_hand.service().await.unwrap() else {
        panic!("the former service was another")
    };
    let settings: serde_json::Value = serde_json::from_str(settings.expose_secret()).unwrap();
    assert_eq!((kind.as_str(), &settings["key"]), ("rtmp_common", &"former-key".into()));
    assert!(!stage.snapshot().encoder.former, "and it is no longer kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn sent_by_itself_started_and_stopped_by_itself() {
    let stage = Stage::open(&["bilibili"]).await;
    assert_eq!(stage.studio.find_encoder().await.unwrap(), EncoderFound::Ready);
    stage.until_encoder("connected", |view| view.link == EncoderLink::Connected).await;
    let run = stage.go_live(&["bilibili"], None).await;
    assert_eq!(run.encoder, None);
    let room = stage.room("bilibili").id;
    stage.studio.send_to_encoder(&room).await.expect("it is sent");
    assert_eq!(stage.set_in_obs().await, stage.push("bilibili"));
    stage.studio.start_encoder().await.expect("bytes move");
    assert!(stage.meter("bilibili").publishing);
    stage.studio.stop_encoder().await.expect("seen stopped");
    until("nobody to publish", || async { (!stage.meter("bilibili").publishing).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_wrong_waits_for_the_streamer() {
    let mut stage = Stage::open(&[]).await;
    let refused = stage.studio.connect_encoder(stage.form(Some("wrong"))).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::EncoderPassword);
    assert_eq!(stage.snapshot().encoder.link, EncoderLink::Off, "nothing is kept of it");
    stage.connect().await;

    // Somebody gives OBS another one.
    stage.obs.kill().await;
    stage.obs.set_password("another-sesame");
    stage.obs.start_again().await;
    let refused = |link: &EncoderLink| {
        let EncoderLink::Broken { retry_at, problem } = link else { return false };
        retry_at.is_none() && problem.code == ProblemCode::EncoderPassword
    };
    stage.until_encoder("refusing the password", |view| refused(&view.link)).await;
    stage.studio.connect_encoder(stage.form(Some("another-sesame"))).await.expect("the new one is right");
    stage.until_encoder("connected", |view| view.link == EncoderLink::Connected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_obs_that_is_closed_is_found_soon_after_its_start() {
    let mut stage = Stage::open(&[]).await;
    stage.obs.kill().await;
    let closed = stage.studio.connect_encoder(stage.form(Some(PASSWORD))).await.unwrap_err();
    assert_eq!(closed.code, ProblemCode::EncoderUnreachable);
    let mut form = stage.form(Some(PASSWORD));
    form.insist = true;
    stage.studio.connect_encoder(form).await.expect("the address is kept all the same");
    let waits = |link: &EncoderLink| {
        matches!(link, EncoderLink::Broken { retry_at: Some(_), problem }
            if problem.code == ProblemCode::EncoderUnreachable)
    };
    stage.until_encoder("waited for", |view| waits(&view.link)).await;
    stage.obs.start_again().await;
    let began = Instant::now();
    stage.until_encoder("connected", |view| view.link == EncoderLink::Connected).await;
    assert!(began.elapsed() < RIGHT_WITHIN, "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_obs_that_hangs_blocks_nothing() {
    let stage = Stage::on_air(&["bilibili"], "bilibili").await;
    let room = stage.room("bilibili").id;
    stage.obs.hang();
    let began = Instant::now();
    // Calls that need it end, and what doesn't need it answers at once.
    let (start, send) = tokio::join!(stage.studio.start_encoder(), async {
        stage.studio.refresh_room(&room).expect("taken");
        stage.snapshot();
        began.elapsed()
    });
    assert_eq!(start.unwrap_err().code, ProblemCode::EncoderUnreachable);
    assert!(send < Duration::from_secs(2), "{send:?}");
    let gone = |link: &EncoderLink| matches!(link, EncoderLink::Broken { retry_at: Some(_), .. });
    stage.until_encoder("shown as gone", |view| gone(&view.link) && !view.streaming).await;
    assert!(began.elapsed() < RIGHT_WITHIN, "{:?}", began.elapsed());

    stage.obs.wake();
    let woken = Instant::now();
    stage.until_encoder("back", |view| view.link == EncoderLink::Connected && view.streaming).await;
    assert!(woken.elapsed() < RIGHT_WITHIN, "{:?}", woken.elapsed());
}
