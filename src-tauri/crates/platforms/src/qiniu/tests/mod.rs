//! Whole intentions against a server that answers with what the real one was recorded to answer.

mod anchor;
mod fake;

use std::sync::Arc;

use kaibo_live::account::Settings;
use kaibo_live::driver::{Driver, Looked};
use kaibo_live::problem::{InvalidReason, ProblemCode};
use kaibo_live::room::{Details, FigureKind, Status};
use kaibo_live::secret::ExposeSecret;
use serde_json::{Value, json};
use wiremock::matchers::method;
use wiremock::{Mock, Request, ResponseTemplate};

use self::fake::{Fake, ID, NOW, at, code, credentials, details, header, resigned, room, settings};
use super::QiniuDriver;
use crate::testing::FixedClock;

#[tokio::test]
async fn what_arrives_is_what_was_signed() {
    let fake = Fake::start().await;
    fake.token().await;
    fake.always("POST", "/server/live", "life-01-create").await;
    fake.always("GET", &format!("/server/live/{ID}"), "life-02-get-created").await;
    fake.always("POST", &format!("/server/live/{ID}/stop"), "life-23-stop").await;
    fake.always("DELETE", &format!("/server/live/{ID}"), "life-29-delete-ended").await;
    fake.list("x", 1, 0).await;
    let c = &fake.connection;
    let made = Details { notice: "公告".into(), ..details("生命周期") };
    let facts = c.create().expect("able").create(&made).await.expect("made");
    assert_eq!(facts.remote, room());
    assert_eq!(facts.push.expect("an address").server, "rtmp://pili-publish.example.test/hub_test");
    c.read(&room()).await.expect("read");
    c.end().expect("able").end(&room()).await.expect("ended");
    c.delete().expect("able").delete(&room()).await.expect("deleted");
    c.check().await.expect("good");
    let sent = fake.sent().await;
    let signed: Vec<&Request> = sent.iter().filter(|r| r.url.path().starts_with("/server")).collect();
    assert_eq!(signed.len(), 6, "create, get, stop, delete, token, user");
    for request in signed {
        let path = request.url.path();
        assert_eq!(header(request, "authorization"), Some(resigned(request).expose_secret()), "{path}");
        assert_eq!(header(request, "x-reqid"), Some("0123456789abcdef"), "{path}");
        let json = (!request.body.is_empty()).then_some("application/json");
        assert_eq!(header(request, "content-type"), json, "{path}: nothing unsigned is added");
    }
    let body: Value = sent[0].body_json().expect("JSON");
    // 1795299888 in China.
    let start_at = "2026-11-22 06:24:48";
    assert_eq!(
        body,
        json!({"anchor_id": "主播 b", "title": "生命周期", "notice": "公告", "start_at": start_at})
    );
    let token = sent.iter().find(|r| r.url.path() == "/server/auth/token").expect("a token call");
    assert_eq!(token.url.query(), Some("app_id=kaibo&user_id=%E4%B8%BB%E6%92%AD%20b"));
    let user = sent.iter().find(|r| r.url.path().starts_with("/server/user/")).expect("a user call");
    assert_eq!(user.url.path(), "/server/user/info/%E4%B8%BB%E6%92%AD%20b");
}

#[tokio::test]
async fn checking_tells_who_it_is() {
    let fake = Fake::started("anchor_a", NOW).await;
    fake.token().await;
    fake.always("GET", "/server/user/info/anchor_a", "user-info-ok").await;
    fake.always("GET", "/client/live/room/list/anchor", "list-anchor-empty").await;
    let profile = fake.connection.check().await.expect("good");
    assert_eq!(profile.user_id.as_deref(), Some("anchor_a"));
    assert_eq!(profile.name.as_deref(), Some("主播甲"));
    let list = fake.sent().await.into_iter().find(|r| r.url.path().ends_with("/anchor")).expect("a list");
    assert_eq!(header(&list, "authorization"), Some("test-jwt-4"), "the bare token");

    let fake = Fake::start().await;
    fake.always("GET", "/server/auth/token", "auth-bad-signature").await;
    assert_eq!(code(fake.connection.check().await), ProblemCode::CredentialsRefused);
}

#[tokio::test]
async fn a_creation_that_failed_is_looked_for_before_it_is_told() {
    let made = details("直播");
    for (listed, outcome) in [
        (Some(("直播", NOW)), None),
        (Some(("别的", NOW)), Some(ProblemCode::PlatformDown)),
        (Some(("直播", NOW - 3_600)), Some(ProblemCode::PlatformDown)),
        (Some(("直播", NOW + 86_400)), Some(ProblemCode::PlatformDown)),
        (None, Some(ProblemCode::OutcomeUnknown)),
    ] {
        let fake = Fake::start().await;
        fake.token().await;
        fake.always("POST", "/server/live", "create-title-too-long").await;
        if let Some((title, start)) = listed {
            fake.list(title, start, 0).await;
        }
        let created = fake.connection.create().expect("able").create(&made).await;
        assert_eq!(created.err().map(|f| f.code), outcome, "{listed:?}");
        assert_eq!(fake.count("POST", "/server/live").await, 1, "never sent twice");
    }
}

#[tokio::test]
async fn a_creation_whose_answer_got_lost_is_found_or_unknown() {
    for (title, outcome) in [("直播", None), ("别的", Some(ProblemCode::OutcomeUnknown))] {
        let fake = Fake::start().await;
        fake.token().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(504)).mount(&fake.server).await;
        fake.list(title, NOW, 0).await;
        let created = fake.connection.create().expect("able").create(&details("直播")).await;
        assert_eq!(created.err().map(|f| f.code), outcome, "{title}");
    }
}

#[tokio::test]
async fn looking_for_a_room_goes_by_title_and_time() {
    let fake = Fake::start().await;
    fake.token().await;
    fake.list("直播", NOW - 10, 0).await;
    let create = fake.connection.create().expect("able");
    let look = async |title: &str, since| create.look_for(&details(title), at(since)).await.expect("looked");
    assert!(matches!(look("直播", NOW - 10).await, Looked::Found(facts) if facts.remote.0 == "77"));
    assert!(matches!(look("直播", NOW).await, Looked::Absent), "made before");
    assert!(matches!(look("别的", NOW - 10).await, Looked::Absent));
}

#[tokio::test]
async fn texts_the_server_has_no_room_for_are_not_sent() {
    let fake = Fake::start().await;
    let create = fake.connection.create().expect("able");
    let too_long = |field: &str, used, limit| ProblemCode::Invalid {
        field: field.into(),
        reason: InvalidReason::TooLong { used, limit },
    };
    assert_eq!(code(create.create(&details(&"长".repeat(129))).await), too_long("title", 129, 128));
    let long = Details { notice: "长".repeat(256), ..details("a") };
    assert_eq!(code(create.create(&long).await), too_long("notice", 256, 255));
    let bad = Details { cover_url: "javascript:1".into(), ..details("a") };
    let malformed = ProblemCode::Invalid { field: "cover_url".into(), reason: InvalidReason::Malformed };
    assert_eq!(code(create.create(&bad).await), malformed);
    let empty = ProblemCode::Invalid { field: "title".into(), reason: InvalidReason::Empty };
    assert_eq!(code(create.create(&details(" ")).await), empty);
    assert!(fake.sent().await.is_empty());
}

#[tokio::test]
async fn starting_tells_the_address_and_leaves_a_live_room_alone() {
    let start = format!("/client/live/room/{ID}");
    let fake = Fake::start().await;
    fake.token().await;
    fake.always("GET", &format!("/server/live/{ID}"), "life-02-get-created").await;
    fake.always("PUT", &start, "life-07-start").await;
    let started = fake.connection.start().expect("able").start(&room(), &details("")).await.expect("live");
    let key = started.push.expect("an address").key;
    assert!(key.expose_secret().starts_with("qn_live_kit-2124267562907734016?e="), "the key, whole");
    assert_eq!(fake.count("PUT", &start).await, 1);

    let fake = Fake::start().await;
    fake.always("GET", &format!("/server/live/{ID}"), "life-08-get-live").await;
    let started = fake.connection.start().expect("able").start(&room(), &details("")).await.expect("live");
    assert!(started.push.is_some());
    assert_eq!(fake.count("PUT", &start).await, 0, "starting again would move the start");
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let get = format!("/server/live/{ID}");
    let fake = Fake::started("a", NOW + 86_400).await;
    fake.always("GET", &get, "life-02-get-created").await;
    let run_out = fake.connection.start().expect("able").start(&room(), &details("")).await;
    let failure = run_out.expect_err("too late");
    assert_eq!(failure.code, ProblemCode::WrongState);
    assert!(failure.message.expect("words").contains("ran out at 2026-11-21T"));

    let fake = Fake::start().await;
    let data = json!({"live_id": ID, "live_status": 0, "push_url": ""});
    fake.json("GET", &get, 200, json!({"code": 200, "data": data})).await;
    let start = fake.connection.start().expect("able");
    assert_eq!(code(start.start(&room(), &details("")).await), ProblemCode::NoStreamKey);

    for (recording, expected) in
        [("life-24-get-ended", ProblemCode::WrongState), ("life-30-get-deleted", ProblemCode::NotFound)]
    {
        let fake = Fake::start().await;
        fake.always("GET", &get, recording).await;
        let start = fake.connection.start().expect("able");
        assert_eq!(code(start.start(&room(), &details("")).await), expected, "{recording}");
    }
}

#[tokio::test]
async fn a_stop_that_lies_is_looked_into() {
    let get = format!("/server/live/{ID}");
    let stop = format!("/server/live/{ID}/stop");
    for (answer, state, outcome) in [
        ("life-25-stop-twice", "life-24-get-ended", None),
        ("life-05-stop-not-live", "life-02-get-created", Some(ProblemCode::WrongState)),
        ("life-32-stop-deleted", "life-30-get-deleted", Some(ProblemCode::NotFound)),
    ] {
        let fake = Fake::start().await;
        fake.always("POST", &stop, answer).await;
        fake.always("GET", &get, state).await;
        let ended = fake.connection.end().expect("able").end(&room()).await;
        assert_eq!(ended.err().map(|f| f.code), outcome, "{answer}");
    }
    for (status, state, outcome) in [
        (500, "life-24-get-ended", None),
        (504, "life-24-get-ended", None),
        (500, "life-08-get-live", Some(ProblemCode::OutcomeUnknown)),
        (504, "life-08-get-live", Some(ProblemCode::OutcomeUnknown)),
    ] {
        let fake = Fake::start().await;
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(status)).mount(&fake.server).await;
        fake.always("GET", &get, state).await;
        let ended = fake.connection.end().expect("able").end(&room()).await;
        assert_eq!(ended.err().map(|f| f.code), outcome, "{status} {state}");
        assert_eq!(fake.count("POST", &stop).await, 1, "never sent twice");
    }
}

#[tokio::test]
async fn deleting_what_is_gone_is_fine() {
    let fake = Fake::start().await;
    fake.always("DELETE", &format!("/server/live/{ID}"), "delete-missing").await;
    fake.connection.delete().expect("able").delete(&room()).await.expect("gone");
}

#[tokio::test]
async fn an_anchor_who_dropped_out_is_put_back() {
    let (beat, join) = (format!("/client/live/room/heartbeat/{ID}"), format!("/client/live/room/user/{ID}"));
    let fake = Fake::start().await;
    fake.token().await;
    fake.recorded("GET", &beat, "life-04-heartbeat-before-start", 1).await;
    fake.always("GET", &beat, "life-09-heartbeat").await;
    fake.always("GET", &format!("/server/live/{ID}"), "life-08-get-live").await;
    fake.always("POST", &join, "life-11-viewer1-join").await;
    assert!(fake.connection.keep_alive().expect("able").beat(&room()).await.expect("heard"));
    assert_eq!(fake.count("POST", &join).await, 1);
    assert_eq!(fake.count("GET", &beat).await, 2);
}

#[tokio::test]
async fn the_beat_tells_when_it_is_over() {
    let beat = format!("/client/live/room/heartbeat/{ID}");
    let fake = Fake::start().await;
    fake.token().await;
    fake.always("GET", &beat, "life-26-heartbeat-ended").await;
    assert!(!fake.connection.keep_alive().expect("able").beat(&room()).await.expect("told"));

    let fake = Fake::start().await;
    fake.token().await;
    fake.always("GET", &beat, "life-34-heartbeat-deleted").await;
    fake.always("GET", &format!("/server/live/{ID}"), "life-30-get-deleted").await;
    assert!(!fake.connection.keep_alive().expect("able").beat(&room()).await.expect("told"));
    assert_eq!(fake.count("POST", &format!("/client/live/room/user/{ID}")).await, 0);
}

#[tokio::test]
async fn a_token_is_kept_and_renewed_once_when_refused() {
    let beat = format!("/client/live/room/heartbeat/{ID}");
    let fake = Fake::start().await;
    fake.token().await;
    fake.recorded("GET", &beat, "life-09-heartbeat", 2).await;
    fake.recorded("GET", &beat, "client-expired-jwt", 1).await;
    fake.recorded("GET", &beat, "life-09-heartbeat", 1).await;
    fake.always("GET", &beat, "client-garbage-jwt").await;
    let keep_alive = fake.connection.keep_alive().expect("able");
    for expected in [1, 1, 2] {
        assert!(keep_alive.beat(&room()).await.expect("heard"));
        assert_eq!(fake.count("GET", "/server/auth/token").await, expected);
    }
    assert_eq!(code(keep_alive.beat(&room()).await), ProblemCode::SignInExpired);
    assert_eq!(fake.count("GET", "/server/auth/token").await, 3, "once, not for ever");

    // Its end, 1795904627, is near: it isn't used again.
    let fake = Fake::started("a", 1_795_904_600).await;
    fake.token().await;
    fake.always("GET", &beat, "life-09-heartbeat").await;
    for _ in 0..2 {
        fake.connection.keep_alive().expect("able").beat(&room()).await.expect("heard");
    }
    assert_eq!(fake.count("GET", "/server/auth/token").await, 2);
}

#[tokio::test]
async fn figures_come_from_where_they_are_true() {
    let fake = Fake::start().await;
    fake.token().await;
    fake.always("GET", &format!("/server/live/{ID}"), "life-15-server-get-three").await;
    fake.always("GET", &format!("/client/live/room/info/{ID}"), "life-13-client-info-three").await;
    fake.always("GET", &format!("/client/stats/singleLive/{ID}"), "life-22-stats").await;
    let facts = fake.connection.read(&room()).await.expect("read");
    assert_eq!(facts.status, Status::Live);
    let figures = [(FigureKind::Watching, 3), (FigureKind::PageViews, 2), (FigureKind::Visitors, 2)];
    assert_eq!(facts.figures, figures.into());

    let fake = Fake::start().await;
    fake.always("GET", &format!("/server/live/{ID}"), "life-08-get-live").await;
    let facts = fake.connection.read(&room()).await.expect("read without figures");
    assert!(facts.figures.is_empty());
}

#[tokio::test]
async fn ended_rooms_are_not_listed() {
    for (status, rooms) in [(0, 1), (1, 1), (2, 0)] {
        let fake = Fake::start().await;
        fake.token().await;
        fake.list("a", NOW, status).await;
        assert_eq!(fake.connection.find_rooms().await.expect("a list").len(), rooms, "{status}");
    }
}

#[test]
fn junk_in_the_form_is_refused_before_anything_is_sent() {
    let connect = |settings: Settings, secret: &str| {
        let clock = Arc::new(FixedClock(at(NOW)));
        QiniuDriver.connect(&settings, &credentials(secret), clock).err().map(|f| f.code)
    };
    let invalid = |field: &str, reason| Some(ProblemCode::Invalid { field: field.into(), reason });
    let good = "https://live.example";
    assert_eq!(connect(settings(good, "主播 b"), "sk"), None);
    assert_eq!(connect(settings("http://qiniu.intern:8099", "a"), "sk"), None);
    assert_eq!(connect(settings(good, "a"), "s\nk"), invalid("secret_key", InvalidReason::Malformed));
    assert_eq!(connect(settings(good, "a"), ""), invalid("secret_key", InvalidReason::Empty));
    assert_eq!(connect(settings(good, " "), "sk"), invalid("anchor_id", InvalidReason::Empty));
    for anchor in ["a\u{7}b", "..", &"a".repeat(65)] {
        assert_eq!(connect(settings(good, anchor), "sk"), invalid("anchor_id", InvalidReason::Malformed));
    }
    let named = |name: &str| {
        let mut settings = settings(good, "a");
        settings.0.insert("anchor_name".into(), name.into());
        connect(settings, "sk")
    };
    assert_eq!(named("主播 甲"), None);
    for name in ["a\u{7}b", &"长".repeat(65)] {
        assert_eq!(named(name), invalid("anchor_name", InvalidReason::Malformed));
    }
    assert_eq!(
        connect(settings("https://u:p@live.example", "a"), "sk"),
        invalid("base_url", InvalidReason::Malformed)
    );
}
