//! A Weibo account against a server that answers as the documents say.

use std::collections::BTreeMap;

use kaibo_live::chat::{ChatKind, Heard};
use kaibo_live::room::Visibility;
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::testing::FixedClock;

fn settings(server: &MockServer, more: &[(&str, &str)]) -> Settings {
    let mut map = BTreeMap::from([("base_url".to_owned(), server.uri())]);
    map.extend(more.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())));
    Settings(map)
}

fn credentials() -> Credentials {
    let mut credentials = Credentials::default();
    credentials.set("access_token", "2.00TestToken".to_owned().into());
    credentials
}

fn connection(server: &MockServer) -> WeiboConnection {
    let settings = settings(server, &[]);
    WeiboConnection::new(&settings, &credentials(), Arc::new(FixedClock::default())).unwrap()
}

async fn answer(server: &MockServer, at: &str, reply: &str, times: u64) {
    Mock::given(path(at))
        .respond_with(ResponseTemplate::new(200).set_body_string(reply))
        .expect(times)
        .mount(server)
        .await;
}

fn room() -> RemoteId {
    RemoteId("230916aa".into())
}

fn details() -> Details {
    Details { title: "t".into(), ..Details::default() }
}

fn invalid(field: &str, reason: InvalidReason) -> ProblemCode {
    ProblemCode::Invalid { field: field.into(), reason }
}

const INFO: &str = r#"{"uid":1596,"appkey":1000200030,"scope":null,"create_at":1,"expire_in":"7200"}"#;
const USER: &str = r#"{"id":1596,"screen_name":"小明","avatar_large":"https://i.example/180"}"#;

fn quota(limit: u32, left: u32, seconds: u32) -> String {
    format!(
        r#"{{"ip_limit":15000,"limit_time_unit":"DAY","remaining_ip_hits":9,"remaining_user_hits":{left},
            "reset_time":"2020-08-21 00:00:00","reset_time_in_seconds":{seconds},"user_limit":{limit}}}"#
    )
}

#[tokio::test]
async fn the_profile_has_a_name_a_picture_and_an_end() {
    let server = MockServer::start().await;
    answer(&server, "/oauth2/get_token_info", INFO, 1).await;
    answer(&server, "/2/users/show.json", USER, 1).await;
    answer(&server, "/2/account/rate_limit_status.json", &quota(60, 40, 3600), 1).await;
    let weibo = connection(&server);
    let profile = weibo.check().await.unwrap();
    assert_eq!((profile.user_id.as_deref(), profile.name.as_deref()), (Some("1596"), Some("小明")));
    assert_eq!(profile.avatar_url.as_deref(), Some("https://i.example/180"));
    assert_eq!(profile.expires_at.unwrap().to_string(), "2020-08-20T03:00:37Z");
    let reset: Timestamp = "2020-08-20T02:00:37Z".parse().unwrap();
    let left = CallsLeft { left: 40, of: 60, resets_at: reset.as_millisecond() };
    assert_eq!(weibo.calls_left(), Some(left), "by the platform's word");
}

#[tokio::test]
async fn a_token_that_ran_out_is_told() {
    for reply in [r#"{"uid":"1596","expire_in":-5}"#, r#"{"error":"expired_token","error_code":21327}"#] {
        let server = MockServer::start().await;
        answer(&server, "/oauth2/get_token_info", reply, 1).await;
        assert_eq!(
            connection(&server).check().await.unwrap_err().code,
            ProblemCode::SignInExpired,
            "{reply}"
        );
    }
}

#[tokio::test]
async fn an_app_that_may_not_read_names_still_connects() {
    let server = MockServer::start().await;
    answer(&server, "/oauth2/get_token_info", r#"{"error_code":10014,"error":"no"}"#, 1).await;
    answer(&server, "/2/account/get_uid.json", r#"{"uid":"1596"}"#, 1).await;
    answer(&server, "/2/users/show.json", r#"{"error_code":10014,"error":"no"}"#, 1).await;
    let profile = connection(&server).check().await.unwrap();
    assert_eq!((profile.user_id.as_deref(), profile.name), (Some("1596"), None));
    assert_eq!(profile.expires_at, None);
}

#[tokio::test]
async fn every_call_is_counted_but_the_question_for_the_count() {
    let server = MockServer::start().await;
    answer(&server, "/oauth2/get_token_info", INFO, 1).await;
    answer(&server, "/2/users/show.json", USER, 1).await;
    answer(&server, "/2/account/rate_limit_status.json", "{}", 1).await;
    answer(&server, "/2/proxy/live/update", r#"{"id":"1"}"#, 1).await;
    let ill = ResponseTemplate::new(503);
    Mock::given(path("/2/proxy/live/show")).respond_with(ill).expect(3).mount(&server).await;
    let weibo = connection(&server);
    weibo.check().await.unwrap();
    let left = || weibo.calls_left().unwrap().left;
    assert_eq!(left(), 98);
    let edit = Edit { title: Some("new".into()), ..Edit::default() };
    EditRoom::edit(&weibo, &room(), &edit).await.unwrap();
    assert_eq!(left(), 97);
    weibo.read(&room()).await.unwrap_err();
    assert_eq!(left(), 94, "repeats are calls too");
}

#[tokio::test]
async fn a_call_that_never_left_is_not_counted() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let settings = Settings(BTreeMap::from([("base_url".to_owned(), format!("http://127.0.0.1:{port}"))]));
    let weibo = WeiboConnection::new(&settings, &credentials(), Arc::new(FixedClock::default())).unwrap();
    assert_eq!(weibo.read(&room()).await.unwrap_err().code, ProblemCode::Network);
    assert_eq!(weibo.calls_left().unwrap().left, 100);
}

#[tokio::test]
async fn the_pace_is_the_plans_and_slows_with_each_call() {
    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live/show", r#"{"id":"1","status":1}"#, 1).await;
    let weibo = connection(&server);
    // It is 09:00:37 in China: a whole evening of eight hours is left of the day.
    let before = weibo.read_interval();
    assert_eq!(before, Duration::from_secs(8 * 3600 / 32));
    weibo.read(&room()).await.unwrap();
    assert!(weibo.read_interval() > before);
    let settings = settings(&server, &[("daily_calls", "1000")]);
    let more = WeiboConnection::new(&settings, &credentials(), Arc::new(FixedClock::default())).unwrap();
    assert_eq!(more.read_interval(), Duration::from_secs(90));
}

#[tokio::test]
async fn a_used_up_quota_is_waited_for() {
    for code in [10022, 10023, 10024] {
        let server = MockServer::start().await;
        let refused = format!(r#"{{"error":"User requests out of rate limit!","error_code":{code}}}"#);
        answer(&server, "/2/proxy/live/show", &refused, 1).await;
        answer(&server, "/2/account/rate_limit_status.json", &quota(100, 3, 600), 1).await;
        let weibo = connection(&server);
        let failure = weibo.read(&room()).await.unwrap_err();
        let ten_minutes = Duration::from_secs(600);
        assert_eq!((failure.code, failure.retry_after), (ProblemCode::RateLimited, Some(ten_minutes)));
        assert_eq!((weibo.calls_left().unwrap().left, weibo.read_interval()), (0, ten_minutes));
    }
    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live/show", r#"{"error_code":"10023"}"#, 1).await;
    let weibo = connection(&server);
    let failure = weibo.read(&room()).await.unwrap_err();
    assert_eq!(failure.retry_after, Some(Duration::from_secs(3600)), "nobody says until when");
    // Posting too often is another thing.
    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live/chatroom/r_msg", r#"{"error_code":20016}"#, 1).await;
    let weibo = connection(&server);
    assert_eq!(weibo.say(&room(), "hi").await.unwrap_err().code, ProblemCode::RateLimited);
    assert_eq!(weibo.calls_left().unwrap().left, 99);
}

#[tokio::test]
async fn an_hours_quota_says_nothing_about_the_day() {
    let server = MockServer::start().await;
    answer(&server, "/oauth2/get_token_info", INFO, 1).await;
    answer(&server, "/2/users/show.json", USER, 1).await;
    let hourly = quota(150, 149, 600).replace("DAY", "HOURS");
    answer(&server, "/2/account/rate_limit_status.json", &hourly, 1).await;
    let weibo = connection(&server);
    weibo.check().await.unwrap();
    let left = weibo.calls_left().unwrap();
    assert_eq!((left.left, left.of), (98, 100));
    assert!(left.resets_at > FixedClock::default().now().as_millisecond() + 3_600_000);
}

async fn right_by(reply: &str) -> Outcome<()> {
    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live2/user/authed", reply, 1).await;
    connection(&server).right().unwrap().ask().await
}

#[tokio::test]
async fn the_three_outcomes_of_the_right_to_broadcast() {
    for number in [1, 4, 7, 99] {
        right_by(&format!(r#"{{"auth_code":{number}}}"#)).await.unwrap();
        right_by(&format!(r#"{{"auth_code":"{number}","status":1}}"#)).await.unwrap();
    }
    for number in [6, 8, 9, 10, 13] {
        let reply = format!(r#"{{"auth_code":{number},"scheme_url":"sinaweibo://verify?x=1"}}"#);
        let failure = right_by(&reply).await.unwrap_err();
        assert_eq!(failure.code, ProblemCode::VerifyInApp { url: "sinaweibo://verify?x=1".into() });
        assert_eq!(failure.platform_code, Some(number.to_string()));
    }
    for number in [2, 3, 5, 11, 12] {
        let failure = right_by(&format!(r#"{{"auth_code":"{number}"}}"#)).await.unwrap_err();
        assert_eq!(
            (failure.code, failure.platform_code),
            (ProblemCode::NotAllowed, Some(number.to_string()))
        );
    }
    let none = ProblemCode::VerifyInApp { url: String::new() };
    for url in ["", "has space", "换行", &"a".repeat(SCHEME_CAP + 1)] {
        let reply = format!(r#"{{"auth_code":6,"scheme_url":"{url}"}}"#);
        assert_eq!(right_by(&reply).await.unwrap_err().code, none, "{url}");
    }
    assert!(matches!(right_by("{}").await.unwrap_err().code, ProblemCode::Unreadable { .. }));
    assert_eq!(right_by(r#"{"error_code":21327}"#).await.unwrap_err().code, ProblemCode::SignInExpired);
}

async fn revoked_by(status: u16, reply: &str) -> Option<ProblemCode> {
    let server = MockServer::start().await;
    Mock::given(path("/oauth2/revokeoauth2"))
        .and(body_string_contains("access_token=2.00TestToken"))
        .respond_with(ResponseTemplate::new(status).set_body_string(reply))
        .expect(1)
        .mount(&server)
        .await;
    let weibo = connection(&server);
    Connection::revoke(&weibo).unwrap().revoke().await.err().map(|failure| failure.code)
}

#[tokio::test]
async fn taking_a_token_back() {
    for reply in [r#"{"result":"true"}"#, r#"{"result":true}"#] {
        assert_eq!(revoked_by(200, reply).await, None, "{reply}");
    }
    for code in [21321, 21315, 21317, 21319, 21327, 21332] {
        let reply = format!(r#"{{"error":"gone","error_code":{code}}}"#);
        assert_eq!(revoked_by(400, &reply).await, None, "it is gone: {code}");
    }
    for reply in [r#"{"result":"false"}"#, r#"{"result":false}"#, "{}"] {
        assert_eq!(revoked_by(200, reply).await, Some(ProblemCode::Refused), "{reply}");
    }
    assert_eq!(revoked_by(400, r#"{"error_code":10009}"#).await, Some(ProblemCode::PlatformDown));
}

#[tokio::test]
async fn a_base_address_with_a_path_is_kept() {
    let server = MockServer::start().await;
    answer(&server, "/weibo/2/proxy/live/show", r#"{"id":"1","status":0}"#, 1).await;
    let settings = settings(&server, &[("base_url", &format!("{}/weibo/", server.uri()))]);
    let connection =
        WeiboConnection::new(&settings, &credentials(), Arc::new(FixedClock::default())).unwrap();
    assert_eq!(connection.read(&room()).await.unwrap().status, Status::NotStarted);
}

#[tokio::test]
async fn wrong_input_is_refused_before_sending() {
    let server = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    let weibo = connection(&server);
    let long = "长".repeat(131);
    let comment = "a".repeat(101);

    let create = |d: Details| {
        let weibo = &weibo;
        async move { CreateRoom::create(weibo, &d).await.unwrap_err().code }
    };
    assert_eq!(create(Details::default()).await, invalid("title", InvalidReason::Empty));
    assert_eq!(
        create(Details { summary: long.clone(), ..details() }).await,
        invalid("summary", InvalidReason::TooLong { used: 131, limit: 130 })
    );
    assert_eq!(
        create(Details { cover_url: "a.jpg".into(), ..details() }).await,
        invalid("cover_url", InvalidReason::Malformed)
    );
    let edit = |e: Edit| {
        let weibo = &weibo;
        async move { EditRoom::edit(weibo, &room(), &e).await.unwrap_err().code }
    };
    assert_eq!(
        edit(Edit { title: Some(" ".into()), ..Edit::default() }).await,
        invalid("title", InvalidReason::Empty)
    );
    assert_eq!(
        edit(Edit { replay_url: Some("ftp://a".into()), ..Edit::default() }).await,
        invalid("replay_url", InvalidReason::Malformed)
    );
    assert_eq!(
        weibo.say(&room(), &comment).await.unwrap_err().code,
        invalid("chat", InvalidReason::TooLong { used: 101, limit: 100 })
    );
    assert_eq!(weibo.say(&room(), "  ").await.unwrap_err().code, invalid("chat", InvalidReason::Empty));
}

#[tokio::test]
async fn the_longest_texts_are_sent() {
    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live/create", r#"{"id":"1"}"#, 1).await;
    answer(&server, "/2/proxy/live/chatroom/r_msg", r#"{"id":"1"}"#, 1).await;
    let weibo = connection(&server);
    let details = Details { summary: "长".repeat(130), ..details() };
    CreateRoom::create(&weibo, &details).await.unwrap();
    weibo.say(&room(), &"长".repeat(100)).await.unwrap();
}

#[tokio::test]
async fn an_edit_of_nothing_is_no_call() {
    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live/update", "{}", 0).await;
    let edit = Edit { notice: Some("not Weibo's".into()), ..Edit::default() };
    EditRoom::edit(&connection(&server), &room(), &edit).await.unwrap();
}

#[tokio::test]
async fn visibility_is_sent_only_when_it_changes() {
    let server = MockServer::start().await;
    Mock::given(path("/2/proxy/live/update"))
        .and(body_string_contains("&published=1"))
        .respond_with(ResponseTemplate::new(200).set_body_string(r#"{"id":"1"}"#))
        .expect(1)
        .mount(&server)
        .await;
    let edit = Edit { visibility: Some(Visibility::Private), ..Edit::default() };
    EditRoom::edit(&connection(&server), &room(), &edit).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_to_end_is_looked_up() {
    let server = MockServer::start().await;
    let lost = ResponseTemplate::new(504).set_body_string("<html>gateway</html>");
    Mock::given(path("/2/proxy/live/update")).respond_with(lost).expect(1).mount(&server).await;
    answer(&server, "/2/proxy/live/show", r#"{"id":"1","status":3}"#, 1).await;
    EndRoom::end(&connection(&server), &room()).await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_to_end_stays_unknown_while_live() {
    let server = MockServer::start().await;
    let lost = ResponseTemplate::new(504);
    Mock::given(path("/2/proxy/live/update")).respond_with(lost).expect(1).mount(&server).await;
    answer(&server, "/2/proxy/live/show", r#"{"id":"1","status":1}"#, 1).await;
    let failure = EndRoom::end(&connection(&server), &room()).await.unwrap_err();
    assert_eq!(failure.code, ProblemCode::OutcomeUnknown);
}

#[tokio::test]
async fn deleting_what_is_gone_is_fine() {
    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live/delete", r#"{"error_code":20009,"error":"live id unexist"}"#, 1).await;
    DeleteRoom::delete(&connection(&server), &room()).await.unwrap();
}

#[tokio::test]
async fn a_create_without_an_id_may_have_happened() {
    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live/create", r#"{"rtmp_url":"rtmp://h/a/b"}"#, 1).await;
    let weibo = connection(&server);
    let failure = CreateRoom::create(&weibo, &details()).await.unwrap_err();
    assert!(failure.outcome_unknown());
    let since = FixedClock::default().now();
    assert!(matches!(weibo.look_for(&details(), since).await.unwrap(), Looked::CannotTell));
}

#[tokio::test]
async fn the_chat_is_polled_again_and_again() {
    let server = MockServer::start().await;
    let reply = r#"[[{"proto":"r_msg"},{"id":"7","from":"1","content":"hi"}]]"#;
    answer(&server, "/2/proxy/live/chatroom/r_sync", reply, 2).await;
    // As often as it may: every two seconds.
    let settings = settings(&server, &[("daily_calls", "10000000")]);
    let weibo = WeiboConnection::new(&settings, &credentials(), Arc::new(FixedClock::default())).unwrap();
    let began = std::time::Instant::now();
    let (out, mut heard) = ChatOut::queue();
    let room = room();
    let reader = async {
        for poll in 0..2 {
            assert!(matches!(heard.recv().await, Some(Heard::Alive)), "poll {poll}");
            let Some(Heard::Event(event)) = heard.recv().await else { panic!("poll {poll}") };
            assert_eq!((event.id.as_str(), event.kind), ("m7", ChatKind::Message), "told apart by id");
        }
    };
    tokio::select! {
        _ = weibo.listen(&room, out) => panic!("ended"),
        () = reader => {}
    }
    assert!(began.elapsed() >= Duration::from_secs(2));
}

#[tokio::test]
async fn listening_anew_doesnt_poll_more_often() {
    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live/chatroom/r_sync", r#"{"error_code":20008}"#, 2).await;
    let weibo = connection(&server);
    let (out, _heard) = ChatOut::queue();
    weibo.listen(&room(), out.clone()).await.unwrap_err();
    let again = tokio::time::timeout(Duration::from_millis(300), weibo.listen(&room(), out.clone())).await;
    assert!(again.is_err(), "it waits for its turn");
    weibo.listen(&RemoteId("another".into()), out).await.unwrap_err();
}

#[tokio::test]
async fn the_chat_ends_when_nobody_listens_and_fails_when_refused() {
    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live/chatroom/r_sync", "[]", 1).await;
    let (out, heard) = ChatOut::queue();
    drop(heard);
    connection(&server).listen(&room(), out).await.unwrap();

    let server = MockServer::start().await;
    answer(&server, "/2/proxy/live/chatroom/r_sync", r#"{"error_code":21327}"#, 1).await;
    let (out, _heard) = ChatOut::queue();
    let failure = connection(&server).listen(&room(), out).await.unwrap_err();
    assert_eq!(failure.code, ProblemCode::SignInExpired);
}

#[test]
fn junk_is_refused_on_connecting() {
    let code = |settings: &[(&str, &str)], token: &str| {
        let map = settings.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let mut credentials = Credentials::default();
        credentials.set("access_token", token.to_owned().into());
        let made = WeiboConnection::new(&Settings(map), &credentials, Arc::new(FixedClock::default()));
        made.err().map(|failure| failure.code)
    };
    assert_eq!(code(&[], "2.00ok"), None);
    assert_eq!(code(&[], "2.00\nX"), Some(invalid("access_token", InvalidReason::Malformed)));
    assert_eq!(code(&[], ""), Some(invalid("access_token", InvalidReason::Empty)));
    for (field, value) in [
        ("base_url", "http://api.weibo.com"),
        ("width", "wide"),
        ("height", "0"),
        ("daily_calls", "-3"),
        ("signal_url", "not an address"),
    ] {
        assert_eq!(code(&[(field, value)], "t"), Some(invalid(field, InvalidReason::Malformed)));
    }
}
