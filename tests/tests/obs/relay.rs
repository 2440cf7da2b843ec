//! A real OBS sends once, to the relay, for two rooms.

use kaibo_live::relay::RelayState;
use kaibo_live::room::Status;
use kaibo_live::secret::ExposeSecret as _;
use kaibo_live::view::{PushPart, RunState};
use kaibo_tests::until;

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn one_push_of_a_real_obs_for_two_rooms() {
    const BOTH: [&str; 2] = ["weibo", "bilibili"];
    let stage = Stage::open(&BOTH).await;
    stage.connect().await;
    let run = stage.go_live_by(&BOTH, Some("bilibili"), true).await;
    assert_eq!(run.relay, Some(RunState::Done));
    assert_eq!(run.encoder.expect("OBS has a part in it").state, RunState::Done);
    let part = |part| stage.studio.relay_part(part).unwrap().expose_secret().to_owned();
    assert_eq!(stage.set_in_obs().await, (part(PushPart::Server), part(PushPart::Key)));
    stage.until_encoder("set to the relay", |view| view.relay && view.room.is_none()).await;
    for platform in BOTH {
        until("video at the ingest", || async {
            let meter = stage.meter(platform);
            (meter.publishing && meter.video_messages > 20 && meter.width == Some(640)).then_some(())
        })
        .await;
        until("the room to be live", || async {
            (stage.remote(platform).live && stage.room(platform).status == Status::Live).then_some(())
        })
        .await;
    }
    assert_eq!(stage.alarms(), []);

    let run = stage.studio.end_broadcast(&[stage.room("bilibili").id], true).await;
    assert_eq!(run.encoder, None, "OBS goes on for the other");
    let before = stage.meter("weibo").video_messages;
    until("the other to go on", || async {
        let meter = stage.meter("weibo");
        (meter.publishing && meter.video_messages > before + 10 && meter.pushes == 1).then_some(())
    })
    .await;
    let run = stage.studio.end_broadcast(&[stage.room("weibo").id], true).await;
    assert_eq!(run.encoder.expect("OBS has a part in it").state, RunState::Done);
    assert!(!stage.obs.by_hand().await.read().await.unwrap().streaming, "OBS has stopped");
    assert_eq!(stage.set_in_obs().await.1, "", "the relay's key was taken out of OBS");
    until("the relay's end", || async { (stage.snapshot().relay.state == RelayState::Off).then_some(()) })
        .await;
}
