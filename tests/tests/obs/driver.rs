//! The connection by itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kaibo_live::encoder::{Encoder, EncoderDriver as _, EncoderReading, EncoderService, LocalEncoder};
use kaibo_live::problem::ProblemCode;
use kaibo_live::push::PushAddress;
use kaibo_live::secret::{ExposeSecret as _, SecretString};
use kaibo_tests::{Obs, until};
use tempfile::TempDir;

use crate::PASSWORD;

/// A state must be told within this: some seconds, and what a busy machine adds.
const NOTICED: Duration = Duration::from_secs(20);

fn custom(server: &str, key: &str) -> EncoderService {
    EncoderService::Custom(PushAddress { server: server.into(), key: key.to_owned().into() })
}

fn parts(service: &EncoderService) -> (String, String) {
    let EncoderService::Custom(push) = service else { panic!("not custom but {service:?}") };
    (push.server.clone(), push.key.expose_secret().to_owned())
}

async fn until_reading(encoder: &Arc<dyn Encoder>, what: &str, so: impl Fn(EncoderReading) -> bool) {
    until(what, || async { so(encoder.read().await.unwrap()).then_some(()) }).await;
}

#[tokio::test]
async fn found_by_its_settings_and_connected_with_its_password() {
    let folder = TempDir::new().unwrap();
    let obs = Obs::start_in(folder.path(), PASSWORD).await;
    let driver = kaibo_obs::driver_looking_in(vec![obs.folder()]);
    let LocalEncoder::Ready(address, password) = driver.find().await.unwrap() else { panic!("not found") };
    assert_eq!(address, obs.address());
    let encoder = driver.connect(&address, password.as_ref()).await.expect("connects");
    let version = encoder.version();
    assert!(version.encoder.starts_with(|first: char| first.is_ascii_digit()), "{version:?}");
    assert!(version.protocol.starts_with("5."), "{version:?}");

    for wrong in [None, Some("wrong")] {
        let wrong: Option<SecretString> = wrong.map(|wrong| wrong.to_owned().into());
        let refused = driver.connect(&address, wrong.as_ref()).await.err().expect("is refused");
        assert_eq!(refused.code, ProblemCode::EncoderPassword);
    }
}

#[tokio::test]
async fn services_are_set_and_put_back_byte_for_byte() {
    let obs = Obs::start(PASSWORD).await;
    let encoder = obs.by_hand().await;
    let kind = "rtmp_common".to_owned();
    let settings = r#"{"service":"Twitch","server":"auto","key":"former-key"}"#.to_owned().into();
    encoder.set_service(&EncoderService::Other { kind, settings }).await.unwrap();
    let former = encoder.service().await.unwrap();
    assert!(matches!(&former, EncoderService::Other { kind, .. } if kind == "rtmp_common"));

    for (server, key) in [
        ("rtmp://127.0.0.1:1/live-bvc/", "?streamname=live_1_2&key=ab%2Fc&schedule=rtmp&pflag=1"),
        ("rtmp://127.0.0.1:1/alicdn", "b08204ae3f5d?auth_key=1495710112-0-0-aa/bb=\\\"'"),
        ("rtmp://127.0.0.1:1/hub", "房间?e=1&token=ak:si_gn-="),
        ("srt://127.0.0.1:1937?streamid=#!::h=hub/a,m=publish", ""),
    ] {
        encoder.set_service(&custom(server, key)).await.unwrap();
        assert_eq!(parts(&encoder.service().await.unwrap()), (server.to_owned(), key.to_owned()));
    }

    encoder.set_service(&former).await.unwrap();
    let EncoderService::Other { kind, settings } = encoder.service().await.unwrap() else {
        panic!("put back")
    };
    assert_eq!(kind, "rtmp_common");
    let settings: serde_json::Value = serde_json::from_str(settings.expose_secret()).unwrap();
    assert_eq!((&settings["service"], &settings["key"]), (&"Twitch".into(), &"former-key".into()));
}

#[tokio::test]
async fn a_key_changed_by_hand_is_told() {
    let obs = Obs::start(PASSWORD).await;
    let encoder = obs.by_hand().await;
    encoder.set_service(&custom("rtmp://127.0.0.1:1/live", "ours")).await.unwrap();
    // Its own change may be told too, at first.
    while tokio::time::timeout(Duration::from_secs(4), encoder.changed()).await.is_ok() {}
    obs.by_hand().await.set_service(&custom("rtmp://127.0.0.1:1/live", "theirs")).await.unwrap();
    tokio::time::timeout(NOTICED, encoder.changed()).await.expect("told in time").unwrap();
    assert_eq!(parts(&encoder.service().await.unwrap()).1, "theirs");
}

#[tokio::test]
async fn starting_and_stopping_are_told() {
    let sandbox = kaibo_sandbox::Sandbox::start(kaibo_sandbox::Config::default()).await.unwrap();
    let obs = Obs::start(PASSWORD).await;
    let encoder = obs.by_hand().await;
    encoder.stop().await.expect("not streaming is fine");
    // Nobody knows this key: the ingest turns it away, and OBS says so by not streaming.
    let server = format!("{}/live", sandbox.addresses().rtmp);
    encoder.set_service(&custom(&server, "nobody-knows-it")).await.unwrap();
    encoder.start().await.unwrap();
    tokio::time::timeout(NOTICED, encoder.changed()).await.expect("told in time").unwrap();
    until_reading(&encoder, "OBS to give up", |reading| !reading.streaming).await;
}

#[tokio::test]
async fn an_obs_that_hangs_is_told_in_time_and_comes_back() {
    let obs = Obs::start(PASSWORD).await;
    let encoder = obs.by_hand().await;
    encoder.read().await.unwrap();
    obs.hang();
    let began = Instant::now();
    let told = tokio::time::timeout(NOTICED, async { while encoder.changed().await.is_ok() {} });
    let read = async {
        let read = encoder.read().await;
        (read, began.elapsed())
    };
    let (told, (read, after)) = tokio::join!(told, read);
    told.expect("told in time");
    assert_eq!(read.unwrap_err().code, ProblemCode::EncoderUnreachable);
    assert!(after < NOTICED, "{after:?}");

    // Neither does connecting wait for it, though its port is open.
    let began = Instant::now();
    let refused = kaibo_obs::driver().connect(&obs.address(), Some(&obs.password())).await;
    assert_eq!(refused.err().expect("nobody answers").code, ProblemCode::EncoderUnreachable);
    assert!(began.elapsed() < NOTICED);
    obs.wake();
    obs.by_hand().await.read().await.unwrap();
}

#[tokio::test]
async fn an_obs_that_is_killed_is_told_and_found_after_its_start() {
    let mut obs = Obs::start(PASSWORD).await;
    let encoder = obs.by_hand().await;
    obs.kill().await;
    let told = tokio::time::timeout(NOTICED, async { while encoder.changed().await.is_ok() {} });
    told.await.expect("told");
    let refused = kaibo_obs::driver().connect(&obs.address(), Some(&obs.password())).await;
    assert_eq!(refused.err().expect("nobody is there").code, ProblemCode::EncoderUnreachable);
    obs.start_again().await;
    obs.by_hand().await.read().await.unwrap();
}
