//! Signing in against a server that answers as the documents say.

use std::collections::BTreeMap;

use kaibo_live::secret::ExposeSecret;
use tokio::net::TcpListener;
use wiremock::matchers::{body_string, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::testing::FixedClock;

const TOKEN: &str = r#"{"access_token":"2.00New","remind_in":"7200","expires_in":"7200","uid":"1596"}"#;

fn sign_in_with(server: &str, redirect: &str) -> Outcome<BrowserSignIn> {
    let settings = [("base_url", server), ("app_key", "1000200030"), ("redirect_url", redirect)];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut credentials = Credentials::default();
    credentials.set("app_secret", "s3cret".to_owned().into());
    BrowserSignIn::new(&Settings(BTreeMap::from(settings)), &credentials, Arc::new(FixedClock::default()))
}

fn sign_in(server: &MockServer, redirect: &str) -> BrowserSignIn {
    sign_in_with(&server.uri(), redirect).unwrap()
}

async fn answering(status: u16, reply: &str, times: u64) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/oauth2/access_token"))
        .respond_with(ResponseTemplate::new(status).set_body_string(reply))
        .expect(times)
        .mount(&server)
        .await;
    server
}

async fn page(sign_in: &mut BrowserSignIn) -> (Url, bool) {
    match sign_in.begin().await.unwrap() {
        SignInPrompt::Browser { url, returns } => (url.parse().unwrap(), returns),
        SignInPrompt::Qr { .. } => panic!("a code to scan"),
    }
}

fn of(page: &Url, name: &str) -> String {
    page.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default()
}

fn invalid(field: &str, reason: InvalidReason) -> ProblemCode {
    ProblemCode::Invalid { field: field.into(), reason }
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

/// What a browser does with the address it was sent to.
async fn browse(address: &str) -> u16 {
    reqwest::get(address).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn the_page_to_open() {
    let server = MockServer::start().await;
    let mut sign_in = sign_in(&server, "");
    let (first, returns) = page(&mut sign_in).await;
    assert!(first.as_str().starts_with(&format!("{}/oauth2/authorize?", server.uri())));
    let all: Vec<_> = first.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(all, ["client_id", "redirect_uri", "response_type", "state", "display"]);
    assert_eq!(of(&first, "client_id"), "1000200030");
    assert_eq!(of(&first, "redirect_uri"), DEFAULT_REDIRECT);
    assert_eq!((of(&first, "response_type").as_str(), returns), ("code", false));
    let state = of(&first, "state");
    assert!(state.len() == 32 && state.bytes().all(|b| b.is_ascii_hexdigit()), "128 bits: {state}");
    assert_ne!(of(&page(&mut sign_in).await.0, "state"), state, "another one each time");
    assert!(!first.as_str().contains("s3cret"));
}

#[tokio::test]
async fn a_redirect_is_sent_as_it_was_registered() {
    let server = MockServer::start().await;
    // As an address this would get a slash.
    let (page, returns) = page(&mut sign_in(&server, "https://Streamer.example")).await;
    assert_eq!((of(&page, "redirect_uri").as_str(), returns), ("https://Streamer.example", false));
}

#[tokio::test]
async fn a_pasted_answer_is_changed_for_a_token() {
    for slip in ["?", "?&", "&"] {
        let server = MockServer::start().await;
        let form = "client_id=1000200030&client_secret=s3cret&grant_type=authorization_code&code=abc123\
            &redirect_uri=https%3A%2F%2Fapi.weibo.com%2Foauth2%2Fdefault.html";
        Mock::given(path("/oauth2/access_token"))
            .and(body_string(form))
            .respond_with(ResponseTemplate::new(200).set_body_string(TOKEN))
            .expect(1)
            .mount(&server)
            .await;
        let mut sign_in = sign_in(&server, "");
        let (page, _) = page(&mut sign_in).await;
        let text = format!(" {DEFAULT_REDIRECT}{slip}state={}&code=abc123#top\n", of(&page, "state"));
        let signed = sign_in.answer(&text).await.unwrap();
        assert_eq!(signed.credentials.get("access_token").unwrap().expose_secret(), "2.00New");
        assert_eq!(signed.expires_at.unwrap().to_string(), "2020-08-20T03:00:37Z", "two hours on");
    }
}

#[tokio::test]
async fn every_form_of_an_answer() {
    let server = answering(200, r#"{"access_token":"t","expires_in":157679999}"#, 6).await;
    let mut sign_in = sign_in(&server, "");
    let (page, _) = page(&mut sign_in).await;
    let state = of(&page, "state");
    for text in [
        "0123456789abcdef0123456789abcdef".to_owned(),
        format!("code=abc&state={state}"),
        format!("?state={state}&code=abc"),
        "https://streamer.example/back?code=abc".to_owned(),
        "\"http://127.0.0.1/?code=abc\"".to_owned(),
        format!("https://api.weibo.com/oauth2/default.html&code=abc&state={state}"),
    ] {
        assert!(sign_in.answer(&text).await.unwrap().expires_at.is_some(), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_answer_is_told_and_the_sign_in_goes_on() {
    let server = answering(200, TOKEN, 1).await;
    let mut sign_in = sign_in(&server, "");
    page(&mut sign_in).await;
    let long = format!("code={}", "a".repeat(CODE_CAP + 1));
    for text in [
        "",
        "  ",
        "https://api.weibo.com/oauth2/default.html",
        "https://api.weibo.com/oauth2/default.html?code=",
        "https://api.weibo.com/oauth2/default.html?code=abc&state=another",
        "code=a%0Ab",
        "验证码",
        &long,
    ] {
        let code = sign_in.answer(text).await.unwrap_err().code;
        assert_eq!(code, invalid("answer", InvalidReason::Malformed), "{text}");
    }
    sign_in.answer("abc").await.unwrap();
}

#[tokio::test]
async fn a_no_on_the_page_is_told_apart() {
    let server = MockServer::start().await;
    let mut sign_in = sign_in(&server, "");
    page(&mut sign_in).await;
    for (query, code) in [
        ("error=access_denied", ProblemCode::SignInDenied),
        ("error=access_denied&error_code=21330&error_description=no", ProblemCode::SignInDenied),
        ("error_code=21322", invalid("redirect_url", InvalidReason::Refused)),
        ("error=invalid_client", invalid("app_key", InvalidReason::Refused)),
        ("error=applications+over+the+unaudited+use+restrictions&error_code=21321", ProblemCode::NotAllowed),
        ("error=brand_new", ProblemCode::Refused),
    ] {
        let failure = sign_in.answer(&format!("https://x.example/?{query}")).await.unwrap_err();
        assert_eq!(failure.code, code, "{query}");
        assert!(failure.message.is_some(), "{query}");
    }
}

#[tokio::test]
async fn each_refusal_of_the_exchange() {
    for (reply, code) in [
        (
            r#"{"error":"redirect_uri_mismatch","error_code":21322}"#,
            invalid("redirect_url", InvalidReason::Refused),
        ),
        (r#"{"error":"invalid_client","error_code":"21324"}"#, invalid("app_secret", InvalidReason::Refused)),
        (r#"{"error":"invalid_grant","error_code":21325}"#, invalid("answer", InvalidReason::Refused)),
        (r#"{"error":"invalid_grant"}"#, invalid("answer", InvalidReason::Refused)),
        (r#"{"error":"access_denied","error_code":21330}"#, ProblemCode::SignInDenied),
        (
            r#"{"error":"applications over the unaudited use restrictions!","error_code":21321}"#,
            ProblemCode::NotAllowed,
        ),
        (r#"{"error":"?","error_code":99999}"#, ProblemCode::Refused),
    ] {
        let server = answering(400, reply, 1).await;
        let mut sign_in = sign_in(&server, "");
        page(&mut sign_in).await;
        let failure = sign_in.answer("abc").await.unwrap_err();
        assert_eq!(failure.code, code, "{reply}");
        assert!(failure.message.is_some() && failure.platform == Some(Platform::Weibo), "{reply}");
    }
}

#[tokio::test]
async fn a_platform_that_quotes_secrets_is_not_repeated() {
    let reply = r#"{"error_code":21324,"error":"client_secret s3cret is wrong for thecode"}"#;
    let server = answering(400, reply, 1).await;
    let mut sign_in = sign_in(&server, "");
    page(&mut sign_in).await;
    let failure = sign_in.answer("thecode").await.unwrap_err();
    let all = format!("{failure:?}");
    assert!(!all.contains("s3cret") && !all.contains("thecode"), "{all}");
}

#[tokio::test]
async fn a_lost_answer_to_the_exchange_is_not_sent_again() {
    for (status, reply) in [(504, ""), (502, "<html>gateway</html>")] {
        let server = answering(status, reply, 1).await;
        let mut sign_in = sign_in(&server, "");
        page(&mut sign_in).await;
        assert_eq!(sign_in.answer("abc").await.unwrap_err().code, ProblemCode::Network);
    }
    for reply in [r#"{"uid":"1"}"#, r#"{"access_token":""}"#, r#"{"access_token":"a\nb"}"#] {
        let server = answering(200, reply, 1).await;
        let mut sign_in = sign_in(&server, "");
        page(&mut sign_in).await;
        let how = UnreadableHow::Malformed;
        assert_eq!(sign_in.answer("abc").await.unwrap_err().code, ProblemCode::Unreadable { how });
    }
}

#[tokio::test]
async fn the_browser_comes_back_by_itself() {
    let server = answering(200, TOKEN, 1).await;
    let redirect = format!("http://127.0.0.1:{}/back", free_port().await);
    let mut sign_in = sign_in(&server, &redirect);
    let (page, returns) = page(&mut sign_in).await;
    assert!(returns);
    assert_eq!(browse(&format!("{redirect}?code=evil&state=guessed")).await, 400);
    let step = tokio::time::timeout(std::time::Duration::from_millis(50), sign_in.step()).await;
    assert!(step.is_err(), "it goes on");
    assert_eq!(browse(&format!("{redirect}?code=abc&state={}", of(&page, "state"))).await, 200);
    let SignInStep::Done(signed) = sign_in.step().await.unwrap() else { panic!("not done") };
    assert!(signed.credentials.get("access_token").is_some());
}

#[tokio::test]
async fn a_step_that_is_dropped_loses_no_code() {
    let server = MockServer::start().await;
    let slow =
        ResponseTemplate::new(200).set_body_string(TOKEN).set_delay(std::time::Duration::from_millis(300));
    Mock::given(path("/oauth2/access_token")).respond_with(slow).expect(1).mount(&server).await;
    let redirect = format!("http://localhost:{}/", free_port().await);
    let mut sign_in = sign_in(&server, &redirect);
    let (page, _) = page(&mut sign_in).await;
    assert_eq!(browse(&format!("{redirect}?code=abc&state={}", of(&page, "state"))).await, 200);
    for _ in 0..3 {
        let step = tokio::time::timeout(std::time::Duration::from_millis(30), sign_in.step()).await;
        assert!(step.is_err(), "dropped while the code is out");
    }
    assert!(matches!(sign_in.step().await.unwrap(), SignInStep::Done(_)));
}

#[tokio::test]
async fn a_denial_comes_back_by_itself_and_it_can_begin_anew() {
    let server = answering(200, TOKEN, 1).await;
    let redirect = format!("http://127.0.0.1:{}/", free_port().await);
    let mut sign_in = sign_in(&server, &redirect);
    let first = of(&page(&mut sign_in).await.0, "state");
    assert_eq!(browse(&format!("{redirect}?error=access_denied&error_code=21330&state={first}")).await, 200);
    assert_eq!(sign_in.step().await.unwrap_err().code, ProblemCode::SignInDenied);
    let second = of(&page(&mut sign_in).await.0, "state");
    assert_eq!(browse(&format!("{redirect}?code=abc&state={first}")).await, 400, "of the attempt before");
    assert_eq!(browse(&format!("{redirect}?code=abc&state={second}")).await, 200);
    assert!(matches!(sign_in.step().await.unwrap(), SignInStep::Done(_)));
}

#[tokio::test]
async fn a_taken_port_is_told_before_a_page_is_shown() {
    let server = MockServer::start().await;
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let redirect = format!("http://{}/", taken.local_addr().unwrap());
    let failure = sign_in(&server, &redirect).begin().await.unwrap_err();
    assert_eq!(failure.code, invalid("redirect_url", InvalidReason::Refused));
    assert!(failure.message.is_some());
}

#[test]
fn junk_is_refused_before_anything_is_sent() {
    let code =
        |server: &str, redirect: &str| sign_in_with(server, redirect).err().map(|failure| failure.code);
    assert_eq!(code("", "https://a.example/back"), None);
    assert_eq!(code("", "http://a.example/back"), None, "the code passes over the streamer's own page");
    for bad in ["back", "javascript:alert(1)", "https://u:p@a.example/", "http://127.0.0.1:0/", "file:///a"] {
        assert_eq!(code("", bad), Some(invalid("redirect_url", InvalidReason::Malformed)), "{bad}");
    }
    assert_eq!(code("http://a.example", ""), Some(invalid("base_url", InvalidReason::Malformed)));
    let without = |settings: &[(&str, &str)], secret: &str| {
        let settings = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut credentials = Credentials::default();
        credentials.set("app_secret", secret.to_owned().into());
        let made = BrowserSignIn::new(&Settings(settings), &credentials, Arc::new(FixedClock::default()));
        made.err().map(|failure| failure.code)
    };
    assert_eq!(without(&[], "s"), Some(invalid("app_key", InvalidReason::Empty)));
    assert_eq!(without(&[("app_key", "1")], ""), Some(invalid("app_secret", InvalidReason::Empty)));
    assert_eq!(without(&[("app_key", "1")], "s\n"), Some(invalid("app_secret", InvalidReason::Malformed)));
}
