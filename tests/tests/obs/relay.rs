//! A real OBS sends once, to the relay, for two rooms and a server of the streamer's own.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use kaibo_live::relay::{CustomTargetForm, RelayState};
use kaibo_live::room::Status;
use kaibo_live::secret::ExposeSecret as _;
use kaibo_live::view::{PushPart, RunState};
use kaibo_tests::until;
use tempfile::TempDir;
use tokio::process::{Child, Command};

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

/// Times of a recording's packets, in seconds: of the picture and of the sound.
async fn times(recorded: &Path) -> [Vec<f64>; 2] {
    let mut command = Command::new("ffprobe");
    command
        .args(["-v", "error", "-show_entries", "packet=codec_type,dts_time", "-of", "csv=p=0"])
        .arg(recorded);
    let told = String::from_utf8(command.output().await.unwrap().stdout).unwrap();
    ["video,", "audio,"].map(|kind| {
        told.lines().filter_map(|line| line.strip_prefix(kind)?.trim_end_matches(',').parse().ok()).collect()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn one_push_of_a_real_obs_for_two_rooms() {
    const BOTH: [&str; 2] = ["weibo", "bilibili"];
    let folder = TempDir::new().unwrap();
    let (_nginx, server) = nginx(folder.path());
    let stage = Stage::open(&BOTH).await;
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

    let recorded = folder.path().join("evening.flv");
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-hide_banner", "-loglevel", "error", "-xerror", "-i"]).arg(&recorded);
    let decoded = ffmpeg.args(["-f", "null", "-"]).output().await.unwrap();
    let words = String::from_utf8_lossy(&decoded.stderr);
    assert!(decoded.status.success() && words.is_empty(), "decodes without an error: {words}");
    let [picture, sound] = times(&recorded).await;
    assert!(picture.len() > 20 && sound.len() > 60, "{} pictures, {} sounds", picture.len(), sound.len());
    // Ten pictures a second: within one of them and a sound.
    let apart = |a: Option<&f64>, b: Option<&f64>| (a.unwrap() - b.unwrap()).abs();
    assert!(apart(picture.first(), sound.first()) < 0.13, "{:?} {:?}", picture.first(), sound.first());
    assert!(apart(picture.last(), sound.last()) < 0.13, "{:?} {:?}", picture.last(), sound.last());
}
