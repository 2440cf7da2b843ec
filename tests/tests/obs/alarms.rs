//! OBS and the rooms out of step, each way once: the alarm comes within its time and leaves when it is healed.

use std::sync::Arc;
use std::time::Duration;

use kaibo_live::account::Settings;
use kaibo_live::clock::SystemClock;
use kaibo_live::encoder::{AlarmKind, EncoderLink, EncoderService};
use kaibo_live::push::PushAddress;
use kaibo_live::secret::Credentials;
use kaibo_live::view::RunState;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::stage::Stage;

/// What an alarm with a grace of 15 seconds may take: another reading of room or OBS comes on top.
const AFTER_GRACE: Duration = Duration::from_secs(24);

/// The grace itself, and what clocks and polls may take off it.
const GRACE: Duration = Duration::from_secs(12);

/// What an alarm without a grace may take.
const SOON: Duration = Duration::from_secs(12);

const AT_ONCE: Duration = Duration::ZERO;

#[tokio::test(flavor = "multi_thread")]
async fn obs_is_stopped_by_hand() {
    let stage = Stage::on_air(&["bilibili"], "bilibili").await;
    let by_hand = stage.obs.by_hand().await;
    by_hand.stop().await.unwrap();
    stage.until_alarm(&AlarmKind::LiveWithoutVideo, GRACE, AFTER_GRACE).await;
    assert!(!stage.snapshot().encoder.streaming);
    by_hand.start().await.unwrap();
    stage.until_healed(&AlarmKind::LiveWithoutVideo, SOON).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_room_is_ended_by_hand() {
    let stage = Stage::on_air(&["bilibili"], "bilibili").await;
    end_by_hand(&stage).await;
    stage.until_alarm(&AlarmKind::VideoWithoutLive, GRACE, AFTER_GRACE).await;
    stage.studio.stop_encoder().await.expect("seen stopped");
    stage.until_healed(&AlarmKind::VideoWithoutLive, SOON).await;
}

/// Ends the room as the streamer's phone would: with a client besides the program's.
async fn end_by_hand(stage: &Stage) {
    let account = stage.sandbox.accounts().into_iter().find(|a| a.platform == "bilibili").unwrap();
    let mut credentials = Credentials::default();
    for (name, value) in account.secrets {
        credentials.set(name, value.into());
    }
    let room = stage.room("bilibili");
    let platform = |driver: &dyn kaibo_live::driver::Driver| driver.info().platform == room.platform;
    let mut drivers = kaibo_platforms::registry::drivers().into_iter();
    let (_, driver) = drivers.find(|(_, driver)| platform(driver.as_ref())).unwrap();
    let settings = Settings(account.settings);
    let phone = driver.connect(&settings, &credentials, Arc::new(SystemClock)).unwrap();
    phone.end().expect("can end").end(&room.remote.unwrap()).await.unwrap();
    assert!(!stage.remote("bilibili").live && stage.meter("bilibili").publishing, "OBS pushes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn obs_is_killed() {
    let mut stage = Stage::on_air(&["bilibili"], "bilibili").await;
    stage.obs.kill().await;
    stage.until_alarm(&AlarmKind::EncoderLost, AT_ONCE, SOON).await;
    stage.until_alarm(&AlarmKind::LiveWithoutVideo, AT_ONCE, AFTER_GRACE).await;
    stage.obs.start_again().await;
    stage.until_encoder("connected", |view| view.link == EncoderLink::Connected).await;
    stage.until_healed(&AlarmKind::EncoderLost, SOON).await;
    stage.studio.start_encoder().await.expect("it still has the key");
    stage.until_healed(&AlarmKind::LiveWithoutVideo, SOON).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_is_changed_in_obs() {
    let stage = Stage::on_air(&["bilibili"], "bilibili").await;
    let by_hand = stage.obs.by_hand().await;
    stage.studio.stop_encoder().await.expect("seen stopped");
    let (server, _) = stage.push("bilibili");
    let other = PushAddress { server, key: "?streamname=live_9_9&key=another-rooms".to_owned().into() };
    by_hand.set_service(&EncoderService::Custom(other)).await.unwrap();
    stage.until_alarm(&AlarmKind::OtherKey, AT_ONCE, SOON).await;
    let room = stage.room("bilibili").id;
    stage.studio.send_to_encoder(&room).await.expect("it is sent again");
    stage.until_healed(&AlarmKind::OtherKey, SOON).await;
    stage.studio.start_encoder().await.expect("bytes move");
}

#[tokio::test(flavor = "multi_thread")]
async fn obs_loses_its_server_again_and_again() {
    let stage = Stage::open(&["bilibili"]).await;
    stage.connect().await;
    stage.go_live(&["bilibili"], None).await;
    let (server, key) = stage.push("bilibili");
    let ingest = PushAddress { server, key: key.into() };
    let mut road = Road::open(ingest.tcp_host().unwrap(), 0).await;
    let by_the_road = PushAddress {
        server: format!("rtmp://127.0.0.1:{}/{}/", road.port, ingest.app()),
        key: ingest.key.clone(),
    };
    stage.obs.by_hand().await.set_service(&EncoderService::Custom(by_the_road)).await.unwrap();
    stage.studio.start_encoder().await.expect("bytes move");

    road.close().await;
    stage.until_encoder("trying again", |view| view.streaming && view.reconnecting).await;
    stage.until_alarm(&AlarmKind::EncoderReconnecting, AT_ONCE, Duration::from_secs(30)).await;
    let port = road.port;
    let _road = Road::open(ingest.tcp_host().unwrap(), port).await;
    stage.until_encoder("sending again", |view| view.streaming && !view.reconnecting).await;
    stage.until_healed(&AlarmKind::EncoderReconnecting, Duration::from_secs(50)).await;
}

/// The road to the ingest, which can be closed.
struct Road {
    port: u16,
    task: tokio::task::JoinHandle<()>,
}

impl Road {
    async fn open(to: (String, u16), port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let task = tokio::spawn(async move {
            // Goes with the task, and takes its connections with it.
            let mut travellers = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                let to = to.clone();
                travellers.spawn(async move {
                    let Ok(mut far) = TcpStream::connect(to).await else { return };
                    let _ = copy_bidirectional(&mut near, &mut far).await;
                });
            }
        });
        Self { port, task }
    }

    async fn close(&mut self) {
        self.task.abort();
        let _ = (&mut self.task).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn obs_does_not_start() {
    let stage = Stage::open(&["bilibili"]).await;
    stage.connect().await;
    // Where OBS may not write its picture to, it says nothing: a server that turns it away is as good.
    stage.go_live(&["bilibili"], None).await;
    let (server, _) = stage.push("bilibili");
    let closed = PushAddress { server, key: "?streamname=live_9_9&key=nobodys".to_owned().into() };
    stage.obs.by_hand().await.set_service(&EncoderService::Custom(closed)).await.unwrap();
    stage.studio.start_encoder().await.expect_err("no byte moves");
    let view = stage.until_encoder("at rest", |view| view.busy.is_none() && !view.streaming).await;
    assert!(view.problem.is_some(), "and it says why");
    let room = stage.room("bilibili");
    let run = stage.studio.end_broadcast(&[room.id], true).await;
    assert!(run.rooms.iter().all(|room| room.state == RunState::Done), "the room is ended all the same");
}
