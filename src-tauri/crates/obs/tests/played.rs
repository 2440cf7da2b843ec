//! The client against a played OBS, written from the protocol's document, and against what isn't OBS at all.
//! The tests with a real OBS are in `tests/tests/obs.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod play;

use std::sync::Arc;
use std::time::{Duration, Instant};

use kaibo_live::encoder::{Encoder, EncoderDriver as _, EncoderService};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::push::PushAddress;
use kaibo_live::secret::ExposeSecret as _;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use play::{PASSWORD, Play, address};

/// An OBS that hangs must be noticed within this.
const NOTICED: Duration = Duration::from_secs(5);

async fn connected(play: &Play) -> Arc<dyn Encoder> {
    connect(play.port, Some(PASSWORD)).await.expect("connects")
}

async fn connect(port: u16, password: Option<&str>) -> Result<Arc<dyn Encoder>, Failure> {
    let password = password.map(|password| password.to_owned().into());
    kaibo_obs::driver().connect(&address(port), password.as_ref()).await
}

/// Connecting fails in time; answers why.
async fn refused(port: u16, password: Option<&str>) -> Failure {
    let started = Instant::now();
    let refused = connect(port, password).await.err().expect("is refused");
    assert!(started.elapsed() < kaibo_obs::CONNECT + Duration::from_secs(1), "in time");
    let told = format!("{refused} {refused:?}");
    assert!(!told.contains(PASSWORD) && !told.contains("hidden"), "{told}");
    refused
}

fn push(key: &str) -> EncoderService {
    EncoderService::Custom(PushAddress::from_parts("rtmp://127.0.0.1/live", key).unwrap())
}

fn key(service: &EncoderService) -> String {
    let EncoderService::Custom(push) = service else { panic!("not custom but {service:?}") };
    push.key.expose_secret().to_owned()
}

#[tokio::test]
async fn signs_in_sends_and_reads_back() {
    let play = Play::start().await;
    let obs = connected(&play).await;
    assert_eq!((obs.version().encoder.as_str(), obs.version().protocol.as_str()), ("29.0.2", "5.1.0"));
    obs.set_service(&push("room?token=a/b%2F=")).await.unwrap();
    assert_eq!(key(&obs.service().await.unwrap()), "room?token=a/b%2F=");

    assert!(!obs.read().await.unwrap().streaming);
    obs.start().await.unwrap();
    obs.start().await.expect("streaming already is fine");
    let reading = obs.read().await.unwrap();
    assert!(reading.streaming && !reading.reconnecting);
    assert_eq!((reading.bytes, reading.frames, reading.dropped_frames), (1_234_567, 100, 3));
    assert_eq!((reading.uptime_ms, reading.size), (10_000, Some((640, 360))));
    assert!((reading.congestion - 0.25).abs() < 0.001);

    let busy = obs.set_service(&push("other")).await.unwrap_err();
    assert_eq!(busy.code, ProblemCode::EncoderBusy);
    obs.stop().await.unwrap();
    obs.stop().await.expect("not streaming is fine");
}

#[tokio::test]
async fn a_password_that_is_wrong_or_missing_is_told_as_that() {
    let play = Play::start().await;
    for password in [None, Some("wrong"), Some("")] {
        assert_eq!(refused(play.port, password).await.code, ProblemCode::EncoderPassword, "{password:?}");
    }
    let open = Play::without_password().await;
    connect(open.port, None).await.expect("none is needed");
    connect(open.port, Some("superfluous")).await.expect("one too many does no harm");
}

#[tokio::test]
async fn a_refusal_brings_obs_code_and_words_but_never_the_key() {
    let play = Play::start().await;
    let obs = connected(&play).await;
    play.refuse("StartStream", 207, "not ready");
    let no = obs.start().await.unwrap_err();
    assert_eq!(no.code, ProblemCode::EncoderRefused);
    assert_eq!((no.platform_code.as_deref(), no.message.as_deref()), (Some("207"), Some("not ready")));

    play.refuse("SetStreamServiceSettings", 400, "what is hidden-key?");
    let no = obs.set_service(&push("hidden-key")).await.unwrap_err();
    assert_eq!((no.platform_code.as_deref(), no.message.as_deref()), (Some("400"), None));
    assert!(!format!("{no} {no:?}").contains("hidden"));
}

#[tokio::test]
async fn what_changes_is_told_once() {
    let play = Play::start().await;
    let obs = connected(&play).await;
    // Of three events between two calls one is told.
    for _ in 0..3 {
        play.say(
            json!({ "op": 5, "d": { "eventType": "StreamStateChanged", "eventIntent": 64 } }).to_string(),
        );
    }
    obs.read().await.unwrap();
    changes(&obs).await;
    let more = tokio::time::timeout(Duration::from_millis(200), obs.changed()).await;
    assert!(more.is_err(), "told a second time");

    // OBS has no event for its service; it is noticed all the same, by whoever calls again after giving up.
    play.until_checked(2).await;
    play.state().service["streamServiceSettings"]["key"] = "changed by hand".into();
    changes(&obs).await;
    assert_eq!(key(&obs.service().await.unwrap()), "changed by hand");
}

async fn changes(obs: &Arc<dyn Encoder>) {
    tokio::time::timeout(NOTICED, obs.changed()).await.expect("it is told").expect("the connection holds");
}

/// The connection ends in time, for whoever waits for an answer or a change, and stays ended.
async fn ends(obs: &Arc<dyn Encoder>, within: Duration) {
    let started = Instant::now();
    let (changed, read) = tokio::join!(tokio::time::timeout(within, obs.changed()), obs.read());
    assert_eq!(changed.expect("the end is told").unwrap_err().code, ProblemCode::EncoderUnreachable);
    assert_eq!(read.unwrap_err().code, ProblemCode::EncoderUnreachable);
    assert!(started.elapsed() < within, "{:?}", started.elapsed());
    let again = Instant::now();
    assert_eq!(obs.service().await.unwrap_err().code, ProblemCode::EncoderUnreachable);
    assert!(again.elapsed() < Duration::from_millis(100), "at once");
}

#[tokio::test]
async fn an_obs_that_hangs_is_noticed() {
    let play = Play::start().await;
    let obs = connected(&play).await;
    play.until_checked(1).await;
    play.hang();
    // Nobody asks anything: it is noticed by looking.
    let started = Instant::now();
    let told = tokio::time::timeout(NOTICED, obs.changed()).await.expect("noticed in time");
    assert_eq!(told.unwrap_err().code, ProblemCode::EncoderUnreachable);
    assert!(started.elapsed() > Duration::from_secs(1), "and not before it was sure");
    assert!(obs.read().await.is_err());
}

#[tokio::test]
async fn a_call_to_an_obs_that_hangs_has_an_end() {
    let play = Play::start().await;
    let obs = connected(&play).await;
    play.hang();
    ends(&obs, NOTICED).await;
}

#[tokio::test]
async fn an_obs_that_goes_away_is_noticed_at_once() {
    let at_once = Duration::from_secs(1);
    let play = Play::start().await;
    let obs = connected(&play).await;
    play.cut();
    ends(&obs, at_once).await;

    let play = Play::start().await;
    let obs = connected(&play).await;
    play.close(1001, "OBS is going");
    ends(&obs, at_once).await;
}

#[tokio::test]
async fn what_makes_no_sense_ends_the_connection() {
    let deep = format!("{{\"op\":7,\"d\":{}", "[".repeat(100_000));
    let strange = [
        "nonsense".to_owned(),
        deep,
        json!({ "op": 5, "d": { "eventType": "x".repeat(300_000) } }).to_string(),
        json!({ "op": 7, "d": { "requestId": "x", "requestStatus": { "result": true, "code": 100 } } })
            .to_string(),
    ];
    for text in strange {
        let play = Play::start().await;
        let obs = connected(&play).await;
        play.say(text);
        ends(&obs, Duration::from_secs(2)).await;
    }
}

#[tokio::test]
async fn an_answer_that_lacks_what_must_be_there_is_unreadable() {
    let play = Play::start().await;
    let obs = connected(&play).await;
    play.answer("GetStreamStatus", json!({ "outputActive": "yes" }));
    assert!(matches!(obs.read().await.unwrap_err().code, ProblemCode::Unreadable { .. }));
    play.answer("GetStreamServiceSettings", json!({ "streamServiceType": 7 }));
    assert!(matches!(obs.service().await.unwrap_err().code, ProblemCode::Unreadable { .. }));
    play.answer(
        "GetStreamStatus",
        json!({ "outputActive": true, "outputBytes": -1, "outputCongestion": 1e300 }),
    );
    let reading = obs.read().await.unwrap();
    assert_eq!(reading.bytes, 0);
    assert!(reading.congestion <= 1.0);
}

#[tokio::test]
async fn dropping_it_closes_the_connection() {
    let play = Play::start().await;
    drop(connected(&play).await);
    play.until_gone().await;
}

static LONG: [u8; 200_000] = [b'a'; 200_000];

/// Something that isn't OBS: sends `bytes` to whoever connects, and holds the connection.
async fn stranger(bytes: &'static [u8]) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let _ = stream.write_all(bytes).await;
                let mut sink = [0; 1024];
                while stream.read(&mut sink).await.is_ok_and(|length| length > 0) {}
            });
        }
    });
    port
}

#[tokio::test]
async fn a_port_that_is_not_obs_is_an_obs_that_does_not_answer() {
    let closed = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    assert_eq!(refused(closed, Some(PASSWORD)).await.code, ProblemCode::EncoderUnreachable);
    for bytes in [
        &b""[..],
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
        b"SSH-2.0-hidden\r\n",
        b"\x00\x01\x02\xff\xfe",
        &LONG,
    ] {
        let port = stranger(bytes).await;
        assert_eq!(refused(port, Some(PASSWORD)).await.code, ProblemCode::EncoderUnreachable, "{bytes:.20?}");
    }
}

#[tokio::test]
async fn a_websocket_that_is_not_obs_is_an_obs_that_does_not_answer() {
    let mute = Play::start().await;
    mute.answer("GetVersion", json!({}));
    assert!(matches!(refused(mute.port, Some(PASSWORD)).await.code, ProblemCode::Unreadable { .. }));
    for hello in [
        Some("hello".to_owned()),
        Some("{}".to_owned()),
        Some("x".repeat(300_000)),
        Some(json!({ "op": 2, "d": { "negotiatedRpcVersion": 1 } }).to_string()),
        Some(json!({ "op": 0, "d": { "authentication": { "challenge": 5 } } }).to_string()),
        None,
    ] {
        let play = Play::greeting(hello.clone()).await;
        let refused = refused(play.port, Some(PASSWORD)).await;
        assert_eq!(refused.code, ProblemCode::EncoderUnreachable, "{hello:.40?}");
    }
}

#[tokio::test]
async fn a_host_that_is_no_host_is_an_obs_that_does_not_answer() {
    for host in ["", " ", "no such host", "http://127.0.0.1", "127.0.0.1/x", "a\r\nb: c"] {
        let mut address = address(4455);
        host.clone_into(&mut address.host);
        let refused = kaibo_obs::driver().connect(&address, None).await.err().expect("is refused");
        assert_eq!(refused.code, ProblemCode::EncoderUnreachable, "{host:?}");
    }
}
