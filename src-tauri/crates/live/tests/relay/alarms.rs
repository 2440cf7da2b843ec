//! What the relay tells of the rooms that it feeds.

use kaibo_live::encoder::{Alarm, AlarmKind};
use kaibo_live::problem::ProblemCode;
use kaibo_live::relay::{SourceReading, TargetFailure, TargetReading, TargetState, UploadBudget};

use super::*;

impl World {
    async fn comes(&self, kind: AlarmKind, after: u64) -> Alarm {
        let took = self.until("the alarm", after + 3, |s| s.alarms.iter().any(|a| a.kind == kind)).await;
        assert!(took >= Duration::from_secs(after.saturating_sub(1)), "{kind:?} after {took:?} already");
        self.snapshot().alarms.into_iter().find(|a| a.kind == kind).unwrap()
    }

    /// There is no alarm within this time.
    async fn quiet(&self, within: u64) {
        for _ in 0..within * 4 {
            assert_eq!(self.snapshot().alarms, []);
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    async fn healed(&self) {
        self.until("healed", 8, |s| s.alarms.is_empty()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_room_whose_target_is_silent() {
    let world = World::on_air().await;
    world.quiet(30).await;
    let target = world.target(Platform::Qiniu);
    let failure = TargetFailure { code: ProblemCode::TargetRefused, words: "refused".into() };
    world.engine.change(|s| s.target(&target).unwrap().state = TargetState::Stopped(failure));
    let alarm = world.comes(AlarmKind::LiveWithoutVideo, 15).await;
    assert_eq!(alarm.room, Some(world.id(Platform::Qiniu)), "the other is well");
    world.engine.source(SourceReading::Publishing);
    world.healed().await;
    world.engine.source(SourceReading::Held);
    world.comes(AlarmKind::LiveWithoutVideo, 15).await;
    let alarms = world.snapshot().alarms;
    assert_eq!(alarms.len(), 2, "{alarms:?}");
}

#[tokio::test(start_paused = true)]
async fn a_target_that_takes_what_nobody_sees() {
    let world = World::open().await;
    world.go_live(&[Platform::Weibo], None).await;
    world.engine.source(SourceReading::Publishing);
    let alarm = world.comes(AlarmKind::VideoWithoutLive, 15).await;
    assert_eq!(alarm.room, Some(world.id(Platform::Weibo)));
    world.platform_says(Platform::Weibo, Status::Live);
    world.until("healed", 90, |s| s.alarms.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn the_encoder_at_the_relay_is_at_no_wrong_key_and_may_be_lost() {
    let world = World::open().await;
    world.connect_obs().await;
    // It was meant for the room before.
    world
        .bench
        .studio
        .go_live(GoLive {
            rooms: vec![world.id(Platform::Qiniu)],
            details: titled("今晚"),
            covers: std::collections::BTreeMap::new(),
            encoder: Some(world.id(Platform::Qiniu)),
            relay: false,
        })
        .await;
    world.bench.studio.stop_encoder().await.unwrap();
    world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    world.engine.source(SourceReading::Publishing);
    world.quiet(30).await;
    // Its remote control goes, its stream doesn't.
    world.obs.state().up = false;
    world.quiet(30).await;
}

#[tokio::test(start_paused = true)]
async fn too_little_upload() {
    let world = World::on_air().await;
    let studio = &world.bench.studio;
    let rates = |kbps: u64, queued: u64| {
        world.engine.change(|s| {
            s.reading.bits_per_second = 6_000_000;
            let set = |t: &mut TargetReading| {
                (t.bits_per_second, t.queued) = (kbps * 1000, Duration::from_millis(queued));
            };
            s.reading.targets.iter_mut().for_each(set);
        });
    };
    rates(6_000, 20);
    world.quiet(12).await;
    let upload = world.relay().upload;
    assert_eq!((upload.needed_kbps, upload.budget), (12_000, UploadBudget::AtLeast { kbps: 12_000 }));

    let settings = studio.preferences().relay;
    let told = kaibo_live::relay::RelaySettings { upload_kbps: 10_000, ..settings.clone() };
    studio.set_relay(&told).unwrap();
    let short = AlarmKind::UploadShort { needed_kbps: 12_000, budget_kbps: Some(10_000) };
    assert_eq!(world.comes(short, 10).await.room, None);
    studio.set_relay(&settings).unwrap();
    world.healed().await;

    rates(4_000, 1_500);
    tokio::time::timeout(Duration::from_secs(5), studio.relay_measured()).await.unwrap();
    assert_eq!(studio.preferences().relay.measured_kbps, 8_000);
    world.comes(AlarmKind::UploadShort { needed_kbps: 12_000, budget_kbps: Some(8_000) }, 10).await;
    studio.set_relay(&settings).unwrap();
    assert_eq!(studio.preferences().relay.measured_kbps, 8_000, "Kaibo's own");
}
