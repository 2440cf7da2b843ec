//! A sign-in from the code to the cookies, against a stand-in for the platform.

use std::collections::BTreeMap;
use std::sync::Mutex;

use kaibo_live::account::{Settings, SignInWay};
use kaibo_live::driver::Driver as _;
use kaibo_live::secret::ExposeSecret as _;
use wiremock::matchers::{method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::bilibili::BilibiliDriver;
use crate::bilibili::fake::hosts;
use crate::testing::{FixedClock, LogOf};

const GENERATE: &str = "/x/passport-login/web/qrcode/generate";
const POLL: &str = "/x/passport-login/web/qrcode/poll";
const SPI: &str = "/x/frontend/finger/spi";
const CODE: &str = r#"{"code":0,"message":"0","ttl":1,"data":{"url":"https://passport.example/h5-app/passport/login/scan?qrcode_key=canary-key","qrcode_key":"canary-key"}}"#;
const DEVICE: &str = r#"{"code":0,"message":"ok","data":{"b_3":"B-3infoc","b_4":"B-4+/a=="}}"#;

fn json(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.as_bytes(), "application/json")
}

fn polled(code: i64, message: &str) -> ResponseTemplate {
    json(&format!(
        r#"{{"code":0,"message":"0","ttl":1,"data":{{"url":"","refresh_token":"","timestamp":0,
        "code":{code},"message":"{message}"}}}}"#
    ))
}

/// The last answer of a sign-in, without its cookies.
fn done(query: &str) -> ResponseTemplate {
    json(&format!(
        r#"{{"code":0,"message":"0","data":{{"url":"https://passport.example/crossDomain?{query}",
        "refresh_token":"canary-refresh","timestamp":1662363009601,"code":0,"message":""}}}}"#
    ))
}

const QUERY: &str = "DedeUserID=42&DedeUserID__ckMd5=0f&Expires=15551000\
    &SESSDATA=canary%2C1613437237%2Cx%2Ay&bili_jct=canaryjct&gourl=https%3A%2F%2Fwww.example";

fn with_cookies(answer: ResponseTemplate, lines: &[&str]) -> ResponseTemplate {
    lines.iter().fold(answer, |answer, line| answer.append_header("set-cookie", *line))
}

async fn answers(server: &MockServer, at: &str, answer: ResponseTemplate) {
    Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(server).await;
}

/// A platform that hands out codes.
async fn platform() -> MockServer {
    let server = MockServer::start().await;
    answers(&server, GENERATE, json(CODE)).await;
    answers(&server, SPI, json(DEVICE)).await;
    server
}

fn sign_in_by(server: &MockServer, clock: Arc<dyn Clock>) -> QrSignIn {
    let base = server.uri().parse().expect("an address");
    QrSignIn { pause: Duration::ZERO, ..QrSignIn::new(hosts(&base), clock) }
}

fn sign_in(server: &MockServer) -> QrSignIn {
    sign_in_by(server, Arc::new(FixedClock::default()))
}

/// Begins, and takes the step that ends it.
async fn one_step(server: &MockServer) -> Outcome<SignInStep> {
    let mut sign_in = sign_in(server);
    sign_in.begin().await.expect("a code");
    sign_in.step().await
}

fn brought(step: SignInStep) -> SignedIn {
    let SignInStep::Done(signed_in) = step else { panic!("{step:?}") };
    signed_in
}

fn secret<'a>(signed_in: &'a SignedIn, name: &str) -> &'a str {
    signed_in.credentials.get(name).expect(name).expose_secret()
}

fn malformed() -> ProblemCode {
    ProblemCode::Unreadable { how: UnreadableHow::Malformed }
}

#[tokio::test]
async fn a_code_is_waited_for_scanned_confirmed_and_brings_cookies_byte_for_byte() {
    let server = platform().await;
    let poll = || Mock::given(path(POLL)).and(query_param("qrcode_key", "canary-key"));
    for (code, message) in [(86101, "未扫码"), (86101, "未扫码"), (86090, "二维码已扫码未确认")]
    {
        poll().respond_with(polled(code, message)).up_to_n_times(1).mount(&server).await;
    }
    let lines = [
        "SESSDATA=canary%2C1613437237%2Cx%2Ay; Path=/; Domain=bilibili.com; Expires=Tue, 16 Feb 2021 01:00:37 \
         GMT; HttpOnly; Secure",
        "bili_jct=canaryjct; Path=/; Domain=bilibili.com",
        "DedeUserID=42; Path=/",
        "DedeUserID__ckMd5=0f; Path=/",
        "sid=s1; Path=/",
    ];
    poll().respond_with(with_cookies(done(QUERY), &lines)).up_to_n_times(1).mount(&server).await;

    let mut sign_in = sign_in(&server);
    let SignInPrompt::Qr { url, expires_at } = sign_in.begin().await.expect("a code") else {
        panic!("a code")
    };
    assert_eq!(url, "https://passport.example/h5-app/passport/login/scan?qrcode_key=canary-key");
    assert_eq!(expires_at, FixedClock::default().0 + SignedDuration::from_secs(180));
    for _ in 0..2 {
        assert!(matches!(sign_in.step().await.expect("told"), SignInStep::Waiting));
    }
    assert!(matches!(sign_in.step().await.expect("told"), SignInStep::Scanned));
    let signed_in = brought(sign_in.step().await.expect("told"));
    assert_eq!(
        secret(&signed_in, "cookie"),
        "SESSDATA=canary%2C1613437237%2Cx%2Ay; bili_jct=canaryjct; DedeUserID=42; DedeUserID__ckMd5=0f; \
         sid=s1; buvid3=B-3infoc; buvid4=B-4%2B%2Fa%3D%3D"
    );
    assert_eq!(secret(&signed_in, "refresh_token"), "canary-refresh");
    assert_eq!(signed_in.expires_at.map(|t| t.to_string()).as_deref(), Some("2021-02-16T01:00:37Z"));
    let asked = server.received_requests().await.expect("recording is on");
    let count = |at: &str| asked.iter().filter(|r| r.url.path() == at).count();
    assert_eq!((count(GENERATE), count(POLL), count(SPI)), (1, 4, 1));
}

#[tokio::test]
async fn lost_cookies_are_taken_from_the_link() {
    for lines in [&[][..], &["bili_jct=canaryjct; Path=/", "sid=s1"][..]] {
        let server = platform().await;
        answers(&server, POLL, with_cookies(done(QUERY), lines)).await;
        let signed_in = brought(one_step(&server).await.expect("told"));
        let cookie = secret(&signed_in, "cookie");
        for part in ["SESSDATA=canary%2C1613437237%2Cx%2Ay", "bili_jct=canaryjct", "DedeUserID=42"] {
            assert_eq!(cookie.matches(part).count(), 1, "{part} in {cookie}");
        }
        let connected = BilibiliDriver.connect(
            &Settings::default(),
            &signed_in.credentials,
            Arc::new(FixedClock::default()),
        );
        assert!(connected.expect("connected").renew().is_some(), "what it brought is what is connected with");
        assert_eq!(signed_in.expires_at.map(Timestamp::as_second), Some(1_613_437_237));
    }
}

#[tokio::test]
async fn half_a_session_is_none() {
    for query in
        ["", "DedeUserID=42&SESSDATA=a", "SESSDATA=a&bili_jct=b", "DedeUserID=me&SESSDATA=a&bili_jct=b"]
    {
        let server = platform().await;
        answers(&server, POLL, done(query)).await;
        assert_eq!(one_step(&server).await.expect_err("incomplete").code, malformed(), "{query}");
    }
}

#[tokio::test]
async fn without_device_cookies_one_is_signed_in_all_the_same() {
    let server = MockServer::start().await;
    answers(&server, GENERATE, json(CODE)).await;
    answers(&server, SPI, ResponseTemplate::new(404).set_body_string("<html></html>")).await;
    answers(&server, POLL, done(QUERY)).await;
    let signed_in = brought(one_step(&server).await.expect("told"));
    assert!(!secret(&signed_in, "cookie").contains("buvid"));
}

#[tokio::test]
async fn a_code_that_ran_out_is_followed_by_a_new_one() {
    let server = platform().await;
    answers(&server, POLL, polled(86038, "二维码已失效")).await;
    let mut sign_in = sign_in(&server);
    assert!(matches!(sign_in.step().await.expect("told"), SignInStep::Expired), "none was asked for");
    for _ in 0..2 {
        sign_in.begin().await.expect("a code");
        assert!(matches!(sign_in.step().await.expect("told"), SignInStep::Expired));
    }
    let asked = server.received_requests().await.expect("recording is on");
    let count = |at: &str| asked.iter().filter(|r| r.url.path() == at).count();
    assert_eq!((count(GENERATE), count(POLL), count(SPI)), (2, 2, 1));
}

/// A clock that is put forward.
struct Moved(Mutex<Timestamp>);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        *self.0.lock().expect("a time")
    }
    fn chance(&self) -> f64 {
        1.0
    }
    fn fresh_id(&self) -> String {
        String::new()
    }
}

#[tokio::test]
async fn a_platform_that_never_says_so_is_not_asked_for_ever() {
    let server = platform().await;
    answers(&server, POLL, polled(86101, "未扫码")).await;
    let clock = Arc::new(Moved(Mutex::new(FixedClock::default().0)));
    let mut sign_in = sign_in_by(&server, clock.clone());
    let SignInPrompt::Qr { expires_at, .. } = sign_in.begin().await.expect("a code") else {
        panic!("a code")
    };
    *clock.0.lock().expect("a time") = expires_at + SignedDuration::from_secs(5);
    assert!(matches!(sign_in.step().await.expect("told"), SignInStep::Waiting), "the platform's word counts");
    *clock.0.lock().expect("a time") = expires_at + SignedDuration::from_secs(31);
    assert!(matches!(sign_in.step().await.expect("told"), SignInStep::Expired));
    let asked = server.received_requests().await.expect("recording is on");
    assert_eq!(asked.iter().filter(|r| r.url.path() == POLL).count(), 1);
}

#[tokio::test]
async fn refusals_are_told_in_the_platforms_words() {
    for (answer, code, platform_code) in [
        (polled(86666, "风控了"), ProblemCode::Refused, "86666"),
        (json(r#"{"code":-412,"message":"风控了"}"#), ProblemCode::RateLimited, "-412"),
        (json(r#"{"code":-400,"message":"风控了","data":[]}"#), ProblemCode::Refused, "-400"),
    ] {
        let server = platform().await;
        answers(&server, POLL, answer).await;
        let failure = one_step(&server).await.expect_err("refused");
        assert_eq!((failure.code, failure.platform_code.as_deref()), (code, Some(platform_code)));
        assert_eq!(failure.message.as_deref(), Some("风控了"));
        assert_eq!(failure.platform, Some(Platform::Bilibili));
    }
    for (answer, how) in [
        (json("<!doctype html><html>canary</html>"), UnreadableHow::Html),
        (json(r#"{"code":0,"data":{"message":"canary"}}"#), UnreadableHow::Malformed),
        (json(r#"{"code":0,"data":null}"#), UnreadableHow::Malformed),
        (json(r#"{"code":0,"data":{"co"#), UnreadableHow::Truncated),
    ] {
        let server = platform().await;
        answers(&server, POLL, answer).await;
        let failure = one_step(&server).await.expect_err("unreadable");
        assert_eq!(failure.code, ProblemCode::Unreadable { how });
    }
}

#[tokio::test]
async fn what_is_no_web_address_is_not_drawn() {
    for data in [
        r#"{"url":"javascript:alert(1)","qrcode_key":"k"}"#.to_owned(),
        r#"{"url":"https://h/","qrcode_key":"k k"}"#.to_owned(),
        r#"{"url":"https://h/"}"#.to_owned(),
        format!(r#"{{"url":"https://h/{}","qrcode_key":"k"}}"#, "x".repeat(2000)),
    ] {
        let server = MockServer::start().await;
        answers(&server, GENERATE, json(&format!(r#"{{"code":0,"data":{data}}}"#))).await;
        assert_eq!(sign_in(&server).begin().await.expect_err("no code").code, malformed(), "{data}");
    }
}

#[tokio::test]
async fn nothing_of_it_is_in_log_or_failure() {
    let log = LogOf::everything();
    let mut told = Vec::new();
    for answer in [
        with_cookies(done(QUERY), &["SESSDATA=canary%2Cb"]),
        with_cookies(done("SESSDATA=canary"), &["sid=canary"]),
        json("<html>canary</html>"),
        ResponseTemplate::new(503).set_body_string("canary"),
    ] {
        let server = platform().await;
        answers(&server, POLL, answer).await;
        match one_step(&server).await {
            Ok(step) => told.push(format!("{step:?}")),
            Err(failure) => {
                told.push(format!("{failure:?} {failure} {:?}", failure.cause));
                drop(failure.into_problem("d".into()));
            }
        }
    }
    let log = log.text();
    assert!(log.contains(POLL), "the path is logged: {log}");
    for text in told.iter().chain([&log]) {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn the_rest_of_the_form_is_looked_at_first() {
    let begin = |way, field: &str, value: &str| {
        let settings = Settings(BTreeMap::from([(field.to_owned(), value.to_owned())]));
        let clock = Arc::new(FixedClock::default());
        BilibiliDriver.sign_in(way, &settings, &Credentials::default(), clock).err().map(|f| f.code)
    };
    assert_eq!(begin(SignInWay::Qr, "room_id", "1234"), None);
    for (field, value) in [
        ("room_id", "x"),
        ("passport_url", "http://passport.example"),
        ("www_url", "ftp://h"),
        ("api_url", "x"),
        ("base_url", "x"),
    ] {
        let malformed = ProblemCode::Invalid { field: field.into(), reason: InvalidReason::Malformed };
        assert_eq!(begin(SignInWay::Qr, field, value), Some(malformed), "{field}");
    }
    assert_eq!(begin(SignInWay::Browser, "room_id", ""), Some(ProblemCode::NotAllowed));
    assert_eq!(begin(SignInWay::Form, "room_id", ""), Some(ProblemCode::NotAllowed));
    let mut sign_in = QrSignIn::new(
        hosts(&"http://127.0.0.1:1".parse().expect("an address")),
        Arc::new(FixedClock::default()),
    );
    let pasted = ProblemCode::Invalid { field: "answer".into(), reason: InvalidReason::Malformed };
    assert_eq!(sign_in.answer("SESSDATA=a").await.expect_err("nothing to paste").code, pasted);
}
