//! The anchor and its token: registered when missing, renewed when it ran out.

use kaibo_live::problem::ProblemCode;
use kaibo_live::secret::ExposeSecret as _;
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, Request, ResponseTemplate};

use super::fake::{Fake, ID, NOW, code, details, header, resigned, room};

#[tokio::test]
async fn a_missing_anchor_is_registered_under_its_name() {
    let (info, register) = ("/server/user/info/anchor_a", "/server/user/register");
    let fake = Fake::named("anchor_a", Some("主播甲"), NOW).await;
    fake.recorded("GET", info, "user-info-missing", 1).await;
    fake.always("GET", info, "user-info-ok").await;
    fake.always("POST", register, "user-register-ok").await;
    fake.token().await;
    fake.always("GET", "/client/live/room/list/anchor", "list-anchor-empty").await;
    for _ in 0..2 {
        fake.connection.check().await.expect("good");
    }
    let sent = fake.sent().await;
    let registered: Vec<&Request> = sent.iter().filter(|r| r.url.path() == register).collect();
    assert_eq!(registered.len(), 1, "who is there is left alone");
    let body: Value = registered[0].body_json().expect("JSON");
    assert_eq!(body, json!({"user_id": "anchor_a", "nick": "主播甲"}));
    assert_eq!(header(registered[0], "authorization"), Some(resigned(registered[0]).expose_secret()));
    let at = |path: &str| sent.iter().position(|r| r.url.path() == path).expect(path);
    assert!(at(register) < at("/server/auth/token"), "the token call would make one without a name");

    let fake = Fake::started("anchor_a", NOW).await;
    fake.always("GET", info, "user-info-missing").await;
    fake.token().await;
    fake.always("GET", "/client/live/room/list/anchor", "list-anchor-empty").await;
    fake.connection.check().await.expect("good");
    assert_eq!(fake.count("POST", register).await, 0, "without a name, the token call makes it");
}

#[tokio::test]
async fn a_registration_that_failed_is_looked_into() {
    let (info, register) = ("/server/user/info/anchor_a", "/server/user/register");
    for (answer, then, outcome) in [
        (500, "user-info-ok", None),
        (504, "user-info-ok", None),
        (500, "user-info-missing", Some(ProblemCode::OutcomeUnknown)),
        (504, "user-info-missing", Some(ProblemCode::OutcomeUnknown)),
    ] {
        let fake = Fake::named("anchor_a", Some("主播甲"), NOW).await;
        fake.recorded("GET", info, "user-info-missing", 1).await;
        fake.always("GET", info, then).await;
        fake.token().await;
        fake.always("GET", "/client/live/room/list/anchor", "list-anchor-empty").await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(answer)).mount(&fake.server).await;
        assert_eq!(fake.connection.check().await.err().map(|f| f.code), outcome, "{answer} {then}");
        assert_eq!(fake.count("POST", register).await, 1, "never sent twice");
    }
    let fake = Fake::named("anchor_a", Some("主播甲"), NOW).await;
    fake.always("GET", info, "auth-bad-signature").await;
    assert_eq!(code(fake.connection.check().await), ProblemCode::CredentialsRefused);
}

#[tokio::test]
async fn a_token_that_ran_out_fails_no_call() {
    let start = format!("/client/live/room/{ID}");
    let list = "/client/live/room/list/anchor";
    let fake = Fake::start().await;
    fake.token().await;
    fake.always("GET", &format!("/server/live/{ID}"), "life-02-get-created").await;
    fake.recorded("PUT", &start, "client-expired-jwt", 1).await;
    fake.always("PUT", &start, "life-07-start").await;
    fake.recorded("GET", list, "client-expired-jwt", 1).await;
    fake.always("GET", list, "list-anchor-empty").await;
    fake.connection.start().expect("able").start(&room(), &details("")).await.expect("live");
    assert_eq!(fake.count("PUT", &start).await, 2, "the refused one did nothing");
    fake.connection.find_rooms().await.expect("a list");
    assert_eq!(fake.count("GET", "/server/auth/token").await, 3, "one, and one for each refusal");
}
