//! Every recorded answer that one of our calls can get, sent through our own send path, means what it
//! meant there.

use std::sync::Arc;

use kaibo_live::clock::SystemClock;
use kaibo_live::problem::{InvalidReason, ProblemCode, UnreadableHow};
use serde_json::Value;
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::qiniu::fixtures;

/// What a call of ours makes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Meaning {
    Ok,
    Refused(ProblemCode),
    /// A heartbeat of an anchor who isn't in the room.
    DroppedOut,
}

/// All recordings that don't mean *ok*, by what they mean.
#[allow(clippy::too_many_lines)] // a table
fn expected() -> Vec<(Meaning, &'static [&'static str])> {
    let invalid = ProblemCode::Invalid { field: "anchor_id".into(), reason: InvalidReason::Refused };
    let malformed = ProblemCode::Unreadable { how: UnreadableHow::Malformed };
    vec![
        (
            Meaning::Refused(ProblemCode::CredentialsRefused),
            &[
                "auth-bad-signature",
                "auth-body-tampered",
                "auth-body-without-ct-signed",
                "auth-ct-charset-unsigned",
                "auth-ct-sent-unsigned",
                "auth-empty-header",
                "auth-host-without-port-signed",
                "auth-jwt-on-server",
                "auth-missing",
                "auth-no-colon",
                "auth-scheme-lower",
                "auth-scheme-qbox",
                "auth-standard-base64",
                "auth-two-spaces",
                "auth-unknown-ak",
                "auth-wrong-host-signed",
                "auth-x-qiniu-date-unsigned",
                "stop-form-ct-unsigned",
                "user-info-encoded-path-signed-encoded",
            ],
        ),
        (
            Meaning::Refused(ProblemCode::SignInExpired),
            &[
                "client-bearer-jwt",
                "client-expired-jwt",
                "client-garbage-jwt",
                "client-mac-on-client",
                "client-no-auth",
                "client-unknown-user-jwt",
                "client-wrong-key-jwt",
            ],
        ),
        (Meaning::Refused(invalid), &["create-missing-anchor-id", "create-unknown-anchor"]),
        (
            Meaning::Refused(ProblemCode::Refused),
            &[
                "create-bad-date",
                "create-bad-json",
                "create-empty-body",
                "create-empty-date",
                "create-extends-not-string",
                "create-wrong-type",
                "list-anchor-page-text",
                "list-anchor-page0",
                "token-bad-expires-at",
                "token-missing-app-id",
                "token-missing-user-id",
                "user-register-bad-json",
                "user-register-empty-id",
            ],
        ),
        (
            Meaning::Refused(ProblemCode::PlatformDown),
            &[
                "client-info-missing",
                "client-join-missing",
                "create-cover-too-long",
                "create-extends-too-long",
                "create-notice-too-long",
                "create-title-too-long",
                "life-06-start-not-anchor",
                "life-28-start-ended",
                "life-33-start-deleted",
                "start-missing",
                "user-register-existing",
            ],
        ),
        (
            Meaning::Refused(ProblemCode::NotFound),
            &[
                "delete-created-twice",
                "delete-missing",
                "get-deleted-created",
                "get-deleted-live",
                "get-missing",
                "get-not-a-number",
                "life-30-get-deleted",
                "life-31-delete-twice",
                "life-32-stop-deleted",
                "stop-deleted-live",
                "stop-missing",
                "user-info-missing",
            ],
        ),
        (Meaning::Refused(ProblemCode::WrongState), &["life-05-stop-not-live", "life-25-stop-twice"]),
        (Meaning::Refused(malformed), &["create-trailing-slash", "get-trailing-slash"]),
        (
            Meaning::DroppedOut,
            &[
                "heartbeat-deleted-live",
                "heartbeat-missing",
                "life-04-heartbeat-before-start",
                "life-34-heartbeat-deleted",
            ],
        ),
    ]
}

fn of<T>(outcome: Outcome<T>) -> Meaning {
    match outcome {
        Ok(_) => Meaning::Ok,
        Err(failure) => Meaning::Refused(failure.code),
    }
}

/// Sends the call of ours that belongs to a recorded request; `None` when there is none.
async fn send(api: &Api, method: &str, target: &str) -> Option<Meaning> {
    let target = target.split('?').next().unwrap_or_default().trim_end_matches('/');
    let id = target.rsplit('/').next().unwrap_or_default();
    let parts: Vec<&str> = target.split('/').skip(1).collect();
    Some(match (method, parts.as_slice()) {
        ("POST", ["server", "live"]) => {
            let body = CreateLive {
                anchor_id: "a",
                title: "t",
                notice: "",
                cover_url: "",
                start_at: "2021-12-02 11:11:11".into(),
            };
            of(api.create_live(&body).await)
        }
        ("GET", ["server", "live", _]) => of(api.get_live(id).await),
        ("DELETE", ["server", "live", _]) => of(api.delete_live(id).await),
        ("POST", ["server", "live", id, "stop"]) => of(api.stop_live(id).await),
        ("GET", ["server", "auth", "token"]) => of(api.renew_token().await),
        ("GET", ["server", "user", "info", _]) => of(api.user_info().await),
        ("POST", ["server", "user", "register"]) => of(api.register_anchor("n").await),
        ("PUT", ["client", "live", "room", id]) if *id != "extends" => of(api.start_room(id).await),
        ("POST", ["client", "live", "room", "user", _]) => of(api.join_room(id).await),
        ("GET", ["client", "live", "room", "info", _]) => of(api.room_info(id).await),
        ("GET", ["client", "live", "room", "list", "anchor"]) => of(api.list_anchor().await),
        ("GET", ["client", "stats", "singleLive", _]) => of(api.stats(id).await),
        ("GET", ["client", "live", "room", "heartbeat", _]) => match api.heartbeat(id).await {
            Ok(Beat::DroppedOut) => Meaning::DroppedOut,
            outcome => of(outcome),
        },
        _ => return None,
    })
}

fn replay(record: &Value) -> ResponseTemplate {
    let response = &record["response"];
    let status = response["status"].as_u64().and_then(|s| u16::try_from(s).ok()).expect("a status");
    let header = |wanted: &str| {
        let headers = response["headers"].as_array().expect("headers");
        headers.iter().find(|h| h[0] == wanted).and_then(|h| h[1].as_str())
    };
    // A list that has more pages would go on for ever when each page is this one.
    let body = response["body_text"].as_str().unwrap_or_default();
    let body = body.replace("\"end_page\":false", "\"end_page\":true");
    let reply = ResponseTemplate::new(status)
        .set_body_raw(body.into_bytes(), header("Content-Type").unwrap_or("text/plain"));
    match header("Location") {
        Some(location) => reply.insert_header("location", location),
        None => reply,
    }
}

#[tokio::test]
async fn every_recording_is_read_rightly() {
    let expected = expected();
    let meaning_of = |name: &str| {
        expected.iter().find(|(_, names)| names.contains(&name)).map_or(Meaning::Ok, |(m, _)| m.clone())
    };
    let (_, token) = fixtures::answer("token-get-ok");
    let (mut read, mut refused) = (0, 0);
    for (name, record) in fixtures::all() {
        let server = MockServer::start().await;
        let target = record["request"]["target"].as_str().expect("target");
        if !target.starts_with("/server/auth/token") {
            let token = ResponseTemplate::new(200).set_body_raw(token.clone(), "application/json");
            Mock::given(path("/server/auth/token")).respond_with(token).mount(&server).await;
        }
        Mock::given(any()).respond_with(replay(&record)).mount(&server).await;
        let api = api(&server.uri());
        let method = record["request"]["method"].as_str().expect("method");
        let Some(meaning) = send(&api, method, target).await else { continue };
        assert_eq!(meaning, meaning_of(&name), "{name}");
        read += 1;
        refused += usize::from(meaning != Meaning::Ok);
    }
    let listed: usize = expected.iter().map(|(_, names)| names.len()).sum();
    assert_eq!(refused, listed, "a name in the table has no recording");
    assert!(read > 120, "only {read} recordings were read");
}

fn api(base: &str) -> Api {
    let keys = Keys {
        access_key: "ak_test".into(),
        secret_key: "sk_test".to_owned().into(),
        app_id: "app_test".into(),
        anchor_id: "anchor_a".into(),
    };
    Api::new(base.parse().expect("an address"), keys, Arc::new(SystemClock))
}

#[tokio::test]
async fn counts_are_read_where_they_are_true() {
    let rooms = [
        ("life-10-client-info-anchor-only", 1),
        ("life-13-client-info-three", 3),
        ("life-15-server-get-three", 0),
    ];
    for (name, count) in rooms {
        let data = fixtures::read(name)["response"]["json"]["data"].clone();
        let room: LiveRoom = serde_json::from_value(data).expect("a room");
        assert_eq!(room.online_count, Some(count), "{name}");
    }
    let server = MockServer::start().await;
    let (_, token) = fixtures::answer("token-get-ok");
    let token = ResponseTemplate::new(200).set_body_raw(token, "application/json");
    Mock::given(path("/server/auth/token")).respond_with(token).mount(&server).await;
    Mock::given(any()).respond_with(replay(&fixtures::read("life-22-stats"))).mount(&server).await;
    let visits = api(&server.uri()).stats("1").await.expect("stats").expect("a row");
    assert_eq!((visits.page_view, visits.unique_visitor), (Some(2), Some(2)));
}

#[tokio::test]
async fn the_heartbeat_tells_an_ended_room() {
    for (name, status) in
        [("life-09-heartbeat", LiveStatus::Live), ("life-26-heartbeat-ended", LiveStatus::Ended)]
    {
        let server = MockServer::start().await;
        let (_, token) = fixtures::answer("token-get-ok");
        let token = ResponseTemplate::new(200).set_body_raw(token, "application/json");
        Mock::given(path("/server/auth/token")).respond_with(token).mount(&server).await;
        Mock::given(any()).respond_with(replay(&fixtures::read(name))).mount(&server).await;
        assert_eq!(api(&server.uri()).heartbeat("1").await.expect("an answer"), Beat::Heard(status));
    }
}
