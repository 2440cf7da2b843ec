//! What makes an alarm, when it comes and when it goes.

use jiff::Timestamp;
use kaibo_live::chat::Heard;
use kaibo_live::encoder::{Alarm, AlarmKind};
use kaibo_live::room::Signal;

use super::*;

/// What the benches' clock says at their beginning.
const BEGINNING: i64 = 1_800_000_000;

async fn on_air() -> World {
    let world = World::connected().await;
    world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    world
}

impl World {
    fn alarms(&self) -> Vec<Alarm> {
        self.snapshot().alarms
    }

    fn has(&self, kind: &AlarmKind) -> bool {
        self.alarms().iter().any(|a| &a.kind == kind)
    }

    /// Waits for an alarm; it comes after so many seconds, and three later at most.
    async fn comes(&self, kind: AlarmKind, after: u64) -> Alarm {
        let took = self.until("the alarm", after + 3, |s| s.alarms.iter().any(|a| a.kind == kind)).await;
        assert!(took >= Duration::from_secs(after.saturating_sub(1)), "{kind:?} after {took:?} already");
        self.alarms().into_iter().find(|a| a.kind == kind).unwrap()
    }

    async fn goes(&self, kind: AlarmKind) {
        self.until("healed", 8, |s| s.alarms.iter().all(|a| a.kind != kind)).await;
    }

    /// There is no alarm within this time.
    async fn quiet(&self, within: u64) {
        for _ in 0..within * 4 {
            assert_eq!(self.alarms(), []);
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn live_and_the_encoder_is_silent() {
    let world = on_air().await;
    world.quiet(60).await;
    world.obs.stream(false);
    let alarm = world.comes(AlarmKind::LiveWithoutVideo, 15).await;
    assert_eq!((alarm.room, alarm.seen), (Some(world.id(Platform::Qiniu)), false));
    world.obs.stream(true);
    world.goes(AlarmKind::LiveWithoutVideo).await;

    world.obs.change(|s| s.rate = 0); // it says that it streams
    world.comes(AlarmKind::LiveWithoutVideo, 15).await;
    let arriving = Signal::Arriving { kbps: 900, width: 0, height: 0 };
    world.bench.qiniu.lock().unwrap().signal = Some(arriving);
    world.goes(AlarmKind::LiveWithoutVideo).await;
    world.bench.qiniu.lock().unwrap().signal = Some(Signal::None);
    world.comes(AlarmKind::LiveWithoutVideo, 15).await;
    world.bench.studio.end_broadcast(&[world.id(Platform::Qiniu)], true).await;
    world.goes(AlarmKind::LiveWithoutVideo).await;
    world.quiet(60).await;
}

#[tokio::test(start_paused = true)]
async fn without_an_encoder_it_takes_an_ingest_that_says_so() {
    let world = World::new();
    world.bench.studio.open().await;
    world.bench.connect(Platform::Qiniu).await;
    world.go_live(&[Platform::Qiniu], None).await;
    world.quiet(60).await;
    world.bench.qiniu.lock().unwrap().signal = Some(Signal::None);
    world.comes(AlarmKind::LiveWithoutVideo, 15).await;
    world.bench.qiniu.lock().unwrap().signal = Some(Signal::Arriving { kbps: 9, width: 0, height: 0 });
    world.goes(AlarmKind::LiveWithoutVideo).await;
}

#[tokio::test(start_paused = true)]
async fn short_silences_are_no_alarm_and_an_alarm_does_not_flicker() {
    let world = on_air().await;
    for _ in 0..5 {
        world.obs.stream(false);
        world.quiet(12).await;
        world.obs.stream(true);
        world.quiet(4).await;
    }
    world.obs.stream(false);
    let alarm = world.comes(AlarmKind::LiveWithoutVideo, 15).await;
    world.bench.studio.alarm_seen(alarm.id);
    for _ in 0..5 {
        world.obs.stream(true);
        seconds(1).await;
        world.obs.stream(false);
        for _ in 0..20 {
            assert_eq!(world.alarms(), [Alarm { seen: true, ..alarm.clone() }], "the same, and seen");
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }
    world.obs.stream(true);
    world.goes(AlarmKind::LiveWithoutVideo).await;
    world.obs.stream(false);
    let next = world.comes(AlarmKind::LiveWithoutVideo, 15).await;
    assert!(next.id > alarm.id && !next.seen, "it makes noise again");
}

#[tokio::test(start_paused = true)]
async fn the_encoder_pushes_and_the_room_is_over() {
    let world = on_air().await;
    world.platform_says(Platform::Qiniu, Status::Ended);
    let alarm = world.comes(AlarmKind::VideoWithoutLive, 15).await;
    assert_eq!(alarm.room, Some(world.id(Platform::Qiniu)), "its address is forgotten, the room isn't");
    world.bench.studio.stop_encoder().await.unwrap();
    world.goes(AlarmKind::VideoWithoutLive).await;
}

#[tokio::test(start_paused = true)]
async fn started_by_hand_on_the_next_evening_without_going_live() {
    let world = on_air().await;
    world.bench.studio.end_broadcast(&[world.id(Platform::Qiniu)], true).await;
    let again = world.again().await;
    again.linked().await;
    assert_eq!(again.view().room, Some(world.id(Platform::Qiniu)), "it still has its last key");
    again.bench.qiniu.lock().unwrap().rooms.clone_from(&world.bench.qiniu.lock().unwrap().rooms);
    again.quiet(30).await;
    again.obs.stream(true);
    let alarm = again.comes(AlarmKind::VideoWithoutLive, 15).await;
    assert_eq!(alarm.room, Some(world.id(Platform::Qiniu)));
    again.obs.stream(false);
    again.goes(AlarmKind::VideoWithoutLive).await;
}

#[tokio::test(start_paused = true)]
async fn a_room_that_turns_live_by_its_push_has_its_time() {
    let world = World::connected().await;
    world.go_live(&[Platform::Weibo], Some(Platform::Weibo)).await;
    world.quiet(10).await;
    world.platform_says(Platform::Weibo, Status::Live);
    world.quiet(60).await;
    world.platform_says(Platform::Weibo, Status::NotStarted);
    world.comes(AlarmKind::VideoWithoutLive, 15).await;
    world.platform_says(Platform::Weibo, Status::Live);
    world.goes(AlarmKind::VideoWithoutLive).await;
}

#[tokio::test(start_paused = true)]
async fn another_key_than_the_rooms() {
    let world = on_air().await;
    world.obs.stream(false);
    world.obs.set_key("typed-by-hand");
    let alarm = world.comes(AlarmKind::OtherKey, 5).await;
    assert_eq!(alarm.room, Some(world.id(Platform::Qiniu)));
    world.obs.stream(true);
    seconds(30).await;
    assert!(world.has(&AlarmKind::OtherKey), "it streams to somewhere else");
    world.obs.stream(false);
    world.bench.studio.send_to_encoder(&world.id(Platform::Qiniu)).await.unwrap();
    world.goes(AlarmKind::OtherKey).await;

    // Changed silently: no event tells of it.
    world.obs.state().service =
        kaibo_live::encoder::EncoderService::Other { kind: "rtmp_common".into(), settings: "{}".into() };
    world.until("seen", 12, |s| s.alarms.iter().any(|a| a.kind == AlarmKind::OtherKey)).await;
    world.bench.studio.end_broadcast(&[world.id(Platform::Qiniu)], false).await;
    world.goes(AlarmKind::OtherKey).await;
    world.quiet(30).await;
}

#[tokio::test(start_paused = true)]
async fn a_stale_key_of_the_same_place_is_known_after_a_restart() {
    let world = on_air().await;
    world.obs.stream(false);
    world.obs.set_key("of-last-week");
    let again = World::with(
        world.obs.clone(),
        world.bench.store.clone(),
        world.bench.keyring.clone(),
        world.bench.studio.preferences(),
    );
    again.bench.qiniu.lock().unwrap().rooms.clone_from(&world.bench.qiniu.lock().unwrap().rooms);
    again.obs.stream(true);
    again.bench.studio.open().await;
    again.until("seen", 20, |s| s.alarms.iter().any(|a| a.kind == AlarmKind::OtherKey)).await;
}

#[tokio::test(start_paused = true)]
async fn going_live_anew_is_no_alarm_while_it_is_under_way() {
    let world = on_air().await;
    world.bench.studio.end_broadcast(&[world.id(Platform::Qiniu)], true).await;
    world.obs.change(|s| s.never_starts = true);
    let room = world.id(Platform::Qiniu);
    let details = titled("明晚");
    let going = world.bench.studio.go_live(GoLive {
        rooms: vec![room.clone()],
        details,
        covers: std::collections::BTreeMap::new(),
        encoder: Some(room),
        relay: false,
    });
    let (run, ()) = tokio::join!(going, world.quiet(14));
    assert!(run.encoder.is_some());
    world.comes(AlarmKind::LiveWithoutVideo, 15).await;
}

#[tokio::test(start_paused = true)]
async fn cut_off_and_warned_in_the_platforms_words() {
    let world = on_air().await;
    let warned = AlarmKind::Warned { words: "请文明直播".into() };
    let say = |heard| world.bench.qiniu.lock().unwrap().told.push_back(heard);
    say(Heard::Warned { words: "请文明直播".into() });
    let alarm = world.comes(warned.clone(), 0).await;
    assert_eq!(alarm.room, Some(world.id(Platform::Qiniu)));
    seconds(600).await;
    assert!(world.has(&warned), "nobody has seen it");
    world.bench.studio.alarm_seen(alarm.id);
    seconds(30).await;
    assert!(world.alarms()[0].seen);
    seconds(60).await;
    assert!(!world.has(&warned), "read, and gone");

    let cut = AlarmKind::CutOff { words: "违反规定".into() };
    say(Heard::Warned { words: "再次".into() });
    say(Heard::CutOff { words: "违反规定".into() });
    world.comes(cut.clone(), 0).await;
    world.platform_says(Platform::Qiniu, Status::Ended);
    world.goes(AlarmKind::Warned { words: "再次".into() }).await;
    seconds(600).await;
    assert!(world.has(&cut));
    world.bench.studio.stop_encoder().await.unwrap();
    world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    world.goes(cut).await;
}

#[tokio::test(start_paused = true)]
async fn the_address_runs_out() {
    let world = World::connected().await;
    let at = BEGINNING + 40 * 60;
    world.bench.qiniu.lock().unwrap().push = Some(format!("rtmp://ingest.example/live/x?e={at}&token=t"));
    world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    world.quiet(9 * 60).await;
    let kind = AlarmKind::AddressRunsOut { at: Timestamp::from_second(at).unwrap().as_millisecond() };
    world.until("half an hour before", 120, |s| s.alarms.iter().any(|a| a.kind == kind)).await;
    world.bench.studio.end_broadcast(&[world.id(Platform::Qiniu)], true).await;
    world.goes(kind).await;
}

#[tokio::test(start_paused = true)]
async fn the_encoder_loses_its_server_again_and_again() {
    let world = on_air().await;
    let reconnecting = |on: bool| world.obs.change(|s| s.reconnecting = on);
    reconnecting(true);
    world.quiet(10).await;
    reconnecting(false);
    world.quiet(60).await;

    reconnecting(true);
    world
        .until("at a stretch", 25, |s| {
            s.alarms.iter().any(|a| a.kind == AlarmKind::EncoderReconnecting && a.room.is_none())
        })
        .await;
    reconnecting(false);
    world.goes(AlarmKind::EncoderReconnecting).await;
    seconds(70).await;
    assert_eq!(world.alarms(), []);
    for _ in 0..3 {
        reconnecting(true);
        seconds(2).await;
        reconnecting(false);
        seconds(3).await;
    }
    world.comes(AlarmKind::EncoderReconnecting, 0).await;
    seconds(65).await;
    assert_eq!(world.alarms(), [], "a minute went well");
}

#[tokio::test(start_paused = true)]
async fn the_encoder_is_gone_while_its_room_is_on_air() {
    let world = on_air().await;
    world.obs.kill();
    let alarm = world.comes(AlarmKind::EncoderLost, 2).await;
    assert_eq!(alarm.room, Some(world.id(Platform::Qiniu)));
    world.obs.change(|s| s.up = true);
    world.goes(AlarmKind::EncoderLost).await;
    world.linked().await;
    world.obs.change(|s| s.hangs = true);
    world.quiet(1).await;
    world.obs.change(|s| s.hangs = false);
    world.obs.stream(true);
    world.until("streams", 3, |s| s.encoder.streaming).await;
    world.obs.change(|s| s.hangs = true);
    world.until("hangs", 8, |s| s.alarms.iter().any(|a| a.kind == AlarmKind::EncoderLost)).await;
    world.bench.studio.end_broadcast(&[world.id(Platform::Qiniu)], false).await;
    world.goes(AlarmKind::EncoderLost).await;
}
