//! Renewing, ending and checking, against a stand-in for the platform.

use std::sync::Arc;

use kaibo_live::account::Settings;
use kaibo_live::driver::{Connection, Driver as _};
use kaibo_live::secret::ExposeSecret as _;
use std::collections::BTreeMap;
use wiremock::matchers::{body_string, header, method, path, path_regex, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::bilibili::BilibiliDriver;
use crate::testing::{FixedClock, LogOf};

const INFO: &str = "/x/passport-login/web/cookie/info";
const REFRESH: &str = "/x/passport-login/web/cookie/refresh";
const CONFIRM: &str = "/x/passport-login/web/confirm/refresh";
const EXIT: &str = "/login/exit/v2";
const COOKIE: &str = "SESSDATA=canary%2Cb%2A; bili_jct=c5; DedeUserID=42; buvid3=B-3";
const DUE: &str = r#"{"code":0,"message":"0","data":{"refresh":true,"timestamp":1684466082562}}"#;
const PAGE: &str =
    "<!DOCTYPE html><html><body><div id=\"1-name\">b0cc8411ded2f9db2cff2edb3123acac</div></body></html>";
const OK: &str = r#"{"code":0,"message":"0","data":{"refresh_token":"canary-new"}}"#;

/// The platform, and an account there.
struct Account {
    server: MockServer,
    connection: Arc<dyn Connection>,
}

impl Account {
    async fn new() -> Self {
        let server = MockServer::start().await;
        let connection = connection(&server, COOKIE, Some("canary-old"));
        Self { server, connection }
    }

    /// A platform where everything goes well up to the new cookies.
    async fn renewing(refreshed: ResponseTemplate) -> Self {
        let account = Self::new().await;
        account.at("GET", INFO, json(DUE)).await;
        account.page(ResponseTemplate::new(200).set_body_raw(PAGE, "text/html")).await;
        account.at("POST", REFRESH, refreshed).await;
        account
    }

    async fn at(&self, verb: &str, at: &str, answer: ResponseTemplate) {
        Mock::given(method(verb)).and(path(at)).respond_with(answer).mount(&self.server).await;
    }

    async fn page(&self, answer: ResponseTemplate) {
        let page = Mock::given(method("GET")).and(path_regex("^/correspond/1/[0-9a-f]{256}$"));
        page.and(header("cookie", COOKIE)).respond_with(answer).mount(&self.server).await;
    }

    async fn renew(&self) -> Outcome<SignedIn> {
        self.connection.renew().expect("able").renew().await
    }

    async fn count(&self, at: &str) -> usize {
        let requests = self.server.received_requests().await.expect("recording is on");
        requests.iter().filter(|r| r.url.path().starts_with(at)).count()
    }
}

fn connection(server: &MockServer, cookie: &str, refresh_token: Option<&str>) -> Arc<dyn Connection> {
    let hosts = ["base_url", "api_url", "passport_url", "www_url"];
    let settings = hosts.map(|host| (host.to_owned(), server.uri()));
    let mut credentials = Credentials::default();
    credentials.set("cookie", cookie.to_owned().into());
    if let Some(token) = refresh_token {
        credentials.set("refresh_token", token.to_owned().into());
    }
    let clock = Arc::new(FixedClock::default());
    BilibiliDriver.connect(&Settings(BTreeMap::from(settings)), &credentials, clock).expect("connected")
}

fn json(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(body.as_bytes(), "application/json")
}

fn html(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw("<!doctype html><html>出错啦! canary</html>", "text/html")
}

/// What the platform sends with new cookies. `DedeUserID` and `buvid3` aren't sent anew.
fn renewed() -> ResponseTemplate {
    json(OK)
        .append_header(
            "set-cookie",
            "SESSDATA=new%2Cb%2A; Path=/; Domain=bilibili.com; Max-Age=15552000; HttpOnly; Secure",
        )
        .append_header("set-cookie", "bili_jct=n6; Path=/; Domain=bilibili.com")
}

fn code<T>(outcome: Outcome<T>) -> ProblemCode {
    outcome.err().expect("a failure").code
}

#[tokio::test]
async fn the_platform_says_when() {
    for due in [true, false] {
        let account = Account::new().await;
        let answer = format!(r#"{{"code":0,"data":{{"refresh":{due},"timestamp":1684466082562}}}}"#);
        Mock::given(path(INFO))
            .and(query_param("csrf", "c5"))
            .respond_with(json(&answer))
            .mount(&account.server)
            .await;
        assert_eq!(account.connection.renew().expect("able").is_due().await.expect("told"), due);
    }
    let account = Account::new().await;
    account.at("GET", INFO, json(r#"{"code":-101,"message":"账号未登录","ttl":1}"#)).await;
    assert_eq!(code(account.connection.renew().expect("able").is_due().await), ProblemCode::SignInExpired);
    assert_eq!(code(account.renew().await), ProblemCode::SignInExpired);
    let able = connection(&account.server, COOKIE, None);
    assert!(able.renew().is_none(), "nothing to renew with");
}

#[tokio::test]
async fn new_cookies_take_the_place_of_old_ones_and_then_the_old_ones_are_ended() {
    let account = Account::renewing(renewed()).await;
    let signed_in = account.renew().await.expect("new cookies");
    let secret = |name: &str| signed_in.credentials.get(name).expect(name).expose_secret().to_owned();
    assert_eq!(secret("cookie"), "SESSDATA=new%2Cb%2A; bili_jct=n6; DedeUserID=42; buvid3=B-3");
    assert_eq!(secret("refresh_token"), "canary-new");
    let life = signed_in.expires_at.expect("an end").duration_since(FixedClock::default().0);
    assert_eq!(life.as_secs(), 15_552_000);
    let requests = account.server.received_requests().await.expect("recording is on");
    let posted = requests.iter().find(|r| r.url.path() == REFRESH).expect("asked");
    let body =
        "csrf=c5&refresh_csrf=b0cc8411ded2f9db2cff2edb3123acac&source=main_web&refresh_token=canary-old";
    assert_eq!(posted.body, body.as_bytes());
    assert_eq!(account.count(CONFIRM).await, 0, "they have to be kept first");

    let newer = connection(&account.server, &secret("cookie"), Some(&secret("refresh_token")));
    let mut old = Credentials::default();
    old.set("cookie", COOKIE.to_owned().into());
    old.set("refresh_token", "canary-old".to_owned().into());
    Mock::given(path(CONFIRM))
        .and(header("cookie", secret("cookie").as_str()))
        .and(body_string("csrf=n6&refresh_token=canary-old"))
        .respond_with(json(r#"{"code":0,"message":"0","ttl":1}"#))
        .expect(1)
        .mount(&account.server)
        .await;
    newer.renew().expect("able").confirm(&old).await.expect("ended");
    newer.renew().expect("able").confirm(&Credentials::default()).await.expect("nothing to end");
}

#[tokio::test]
async fn an_old_session_that_is_over_is_confirmed() {
    let mut old = Credentials::default();
    old.set("refresh_token", "canary-old".to_owned().into());
    for (number, outcome) in [
        (-400, None),
        (86095, None),
        (-101, Some(ProblemCode::SignInExpired)),
        (-111, Some(ProblemCode::CredentialsRefused)),
        (-509, Some(ProblemCode::RateLimited)),
    ] {
        let account = Account::new().await;
        account.at("POST", CONFIRM, json(&format!(r#"{{"code":{number},"message":"原话"}}"#))).await;
        let confirmed = account.connection.renew().expect("able").confirm(&old).await;
        assert_eq!(confirmed.err().map(|f| f.code), outcome, "{number}");
    }
}

#[tokio::test]
async fn a_refused_renewal_says_why_and_is_sent_once() {
    for (answer, expected, platform_code) in [
        (json(r#"{"code":86095,"message":"原话"}"#), ProblemCode::CredentialsRefused, Some("86095")),
        (json(r#"{"code":-101,"message":"原话"}"#), ProblemCode::SignInExpired, Some("-101")),
        (json(r#"{"code":-111,"message":"原话"}"#), ProblemCode::CredentialsRefused, Some("-111")),
        (json(r#"{"code":70001,"message":"原话"}"#), ProblemCode::Refused, Some("70001")),
        (ResponseTemplate::new(504), ProblemCode::OutcomeUnknown, Some("HTTP 504")),
    ] {
        let account = Account::renewing(answer).await;
        let failure = account.renew().await.expect_err("refused");
        assert_eq!((failure.code, failure.platform_code.as_deref()), (expected, platform_code));
        assert_eq!(account.count(REFRESH).await, 1);
    }
}

#[tokio::test]
async fn half_a_session_is_not_taken_for_a_new_one() {
    let set = |answer: ResponseTemplate, line: &'static str| answer.append_header("set-cookie", line);
    for answer in [
        json(OK),
        set(json(OK), "SESSDATA=new"),
        set(json(OK), "bili_jct=n6"),
        set(set(json(OK), "SESSDATA=; Max-Age=0"), "bili_jct=n6"),
        set(set(json(r#"{"code":0,"data":{"refresh_token":""}}"#), "SESSDATA=new"), "bili_jct=n6"),
        set(renewed(), "DedeUserID=43"),
    ] {
        let account = Account::renewing(answer).await;
        let malformed = ProblemCode::Unreadable { how: UnreadableHow::Malformed };
        assert_eq!(code(account.renew().await), malformed);
    }
}

#[tokio::test]
async fn a_page_without_the_word_is_a_failure() {
    let malformed = ProblemCode::Unreadable { how: UnreadableHow::Malformed };
    for (page, expected) in [
        (html(404), ProblemCode::Refused),
        (html(200), malformed.clone()),
        (ResponseTemplate::new(200), malformed.clone()),
        (html(412), ProblemCode::RateLimited),
        (json(r#"{"code":-101,"message":"账号未登录"}"#), ProblemCode::SignInExpired),
        (json(r#"{"code":0,"data":{}}"#), malformed),
        (
            ResponseTemplate::new(200).set_body_raw("x".repeat(300 * 1024), "text/html"),
            ProblemCode::Unreadable { how: UnreadableHow::TooLarge },
        ),
    ] {
        let account = Account::new().await;
        account.at("GET", INFO, json(DUE)).await;
        account.page(page).await;
        assert_eq!(code(account.renew().await), expected);
        assert_eq!(account.count("/correspond/").await, 1);
        assert_eq!(account.count(REFRESH).await, 0);
    }
    let account = Account::new().await;
    account.at("GET", INFO, json(DUE)).await;
    account.page(html(404)).await;
    let failure = account.renew().await.expect_err("no page");
    assert_eq!(failure.platform_code.as_deref(), Some("HTTP 404"));

    let account = Account::new().await;
    account.at("GET", INFO, json(r#"{"code":0,"data":{"refresh":true}}"#)).await;
    assert!(account.renew().await.is_err(), "no time, no page");
    assert_eq!(account.count("/correspond/").await, 0);
}

#[tokio::test]
async fn signing_out_is_done_or_was_done() {
    for (answer, outcome) in [
        (json(r#"{"code":0,"status":true,"data":{"redirectUrl":"https://h/"}}"#), None),
        (html(200), None),
        (json(r#"{"code":-101,"message":"账号未登录"}"#), None),
        (json(r#"{"code":2202,"status":false,"message":"csrf"}"#), Some(ProblemCode::CredentialsRefused)),
        (html(412), Some(ProblemCode::RateLimited)),
        (html(503), Some(ProblemCode::PlatformDown)),
    ] {
        let account = Account::new().await;
        account.at("POST", EXIT, answer).await;
        let revoked = account.connection.revoke().expect("able").revoke().await;
        assert_eq!(revoked.err().map(|f| f.code), outcome);
        let requests = account.server.received_requests().await.expect("recording is on");
        assert_eq!(requests.len(), 1);
        assert_eq!(requests[0].body, b"biliCSRF=c5");
        assert_eq!(requests[0].headers.get("cookie").expect("a cookie"), COOKIE);
    }
}

#[tokio::test]
async fn the_face_check_is_asked_about() {
    let account = Account::new().await;
    let asked = "/xlive/app-blink/v1/preLive/IsUserIdentifiedByFaceAuth";
    account.at("POST", asked, json(r#"{"code":0,"data":{"is_identified":true}}"#)).await;
    let face_check = account.connection.face_check().expect("able");
    assert!(face_check.passed(&RemoteId("1234".into())).await.expect("told"));
}

#[tokio::test]
async fn nothing_of_it_is_in_log_or_failure() {
    let log = LogOf::everything();
    let mut told = Vec::new();
    for answer in [renewed(), json(OK), html(500), json("{\"code\":0,\"data\":{\"refresh_token\":\"canary")] {
        let account = Account::renewing(answer).await;
        match account.renew().await {
            Ok(signed_in) => told.push(format!("{signed_in:?}")),
            Err(failure) => {
                told.push(format!("{failure:?} {failure} {:?}", failure.cause));
                drop(failure.into_problem("d".into()));
            }
        }
    }
    let log = log.text();
    assert!(log.contains(REFRESH), "the path is logged: {log}");
    for text in told.iter().chain([&log]) {
        assert!(!text.contains("canary"), "{text}");
    }
}
