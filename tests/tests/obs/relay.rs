//! A real OBS sends once, to the relay, for two rooms and a server of the streamer's own.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use kaibo_live::relay::{CustomTargetForm, RelayState};
use kaibo_live::room::Status;
use kaibo_live::secret::ExposeSecret as _;
use kaibo_live::view::{PushPart, RunState};
use kaibo_tests::{Obs, Packet, Recording, decodes, until};
use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::PASSWORD;
use crate::stage::Stage;

/// nginx-rtmp, which records what it gets into a folder; and its port.
fn nginx(folder: &Path) -> (Child, u16) {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let at = folder.display();
    let text = format!(
        "load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;\n\
         daemon off; master_process off; pid {at}/pid; error_log {at}/error.log;\n\
         events {{}}\n\
         rtmp {{ server {{ listen 127.0.0.1:{port}; application live {{\n\
           live on; record all; record_path {at}; record_suffix .flv; }} }} }}\n"
    );
    fs::write(folder.join("nginx.conf"), text).unwrap();
    let mut command = Command::new("/usr/sbin/nginx");
    command.arg("-p").arg(folder).arg("-e").arg(folder.join("error.log"));
    command.arg("-c").arg(folder.join("nginx.conf")).kill_on_drop(true);
    (command.spawn().expect("nginx with its RTMP module: src-tauri/scripts/setup.sh test"), port)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_push_of_a_real_obs_for_two_rooms() {
    const BOTH: [&str; 2] = ["weibo", "bilibili"];
    let folder = TempDir::new().unwrap();
    let (_nginx, server) = nginx(folder.path());
    let obs = Obs::start_recording(PASSWORD).await;
    let stage = Stage::open_with(&BOTH, obs, Some(folder.path().to_owned())).await;
    stage.connect().await;
    let own = CustomTargetForm {
        id: None,
        name: "自己的服务器".into(),
        server: format!("rtmp://127.0.0.1:{server}/live"),
        key: Some("evening".into()),
        on: true,
    };
    stage.studio.set_relay_target(&own).await.unwrap();
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
    let places = BOTH.map(|platform| stage.place(platform));

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

    // By OBS's own count. Two sinks had all of it, to the byte; the third from the same picture and sound on.
    let sent = stage.obs.by_hand().await.read().await.unwrap();
    assert_eq!(sent.dropped_frames, 0);
    let (own, first) = as_obs_made_it(&stage, &folder.path().join("evening.flv")).await;
    assert_eq!(own.bytes(), sent.bytes, "nginx has all that OBS sent");
    for ((app, name), until_the_end) in places.into_iter().zip([true, false]) {
        let left = async || stage.control.meter(&app, &name).filter(|meter| !meter.publishing);
        let meter = until("the relay to have left", left).await;
        let recorded = meter.recording.expect("the sandbox recorded it");
        let (room, start) = as_obs_made_it(&stage, &recorded).await;
        assert_eq!(start, first, "the first picture and sound that OBS sent");
        assert_eq!(room.bytes() == sent.bytes, until_the_end, "{} of {} bytes", room.bytes(), sent.bytes);
    }
}

/// A sink's file, which has to be a piece of OBS's own record of what its encoder made; and where in it that begins.
async fn as_obs_made_it(stage: &Stage, sink: &Path) -> (Recording, [usize; 2]) {
    decodes(sink).await;
    let got = Recording::read(sink);
    assert!(got.video.len() > 20 && got.audio.len() > 60, "{} {}", got.video.len(), got.audio.len());
    let record = until("the last packets in OBS's record", || async {
        let has =
            |of: &[Packet], last: Option<&Packet>| of.iter().any(|packet| packet.data == last.unwrap().data);
        let recorded = stage.obs.record();
        recorded.filter(|record| has(&record.video, got.video.last()) && has(&record.audio, got.audio.last()))
    })
    .await;
    let runs = got.is_a_run_of(&record);
    assert!(runs.iter().all(|run| run.start > 0), "OBS recorded before it streamed");
    (got, runs.map(|run| run.start))
}
