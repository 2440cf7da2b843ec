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

#[tokio::test]
async fn the_profile_has_a_name() {
    let server = MockServer::start().await;
    answer(&server, "/2/account/get_uid.json", r#"{"uid":1596}"#, 1).await;
    answer(&server, "/2/users/show.json", r#"{"id":1596,"screen_name":"小明"}"#, 1).await;
    let profile = connection(&server).check().await.unwrap();
    assert_eq!((profile.user_id.as_deref(), profile.name.as_deref()), (Some("1596"), Some("小明")));
}

#[tokio::test]
async fn an_app_that_may_not_read_names_still_connects() {
    let server = MockServer::start().await;
    answer(&server, "/2/account/get_uid.json", r#"{"uid":"1596"}"#, 1).await;
    answer(&server, "/2/users/show.json", r#"{"error_code":10014,"error":"no"}"#, 1).await;
    let profile = connection(&server).check().await.unwrap();
    assert_eq!((profile.user_id.as_deref(), profile.name), (Some("1596"), None));
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

#[test]
fn half_a_days_calls_last_an_evening() {
    assert_eq!(pause(100), Duration::from_secs(288));
    assert_eq!(pause(300), Duration::from_secs(96));
    assert_eq!(pause(10), Duration::from_secs(300));
    assert_eq!(pause(10_000_000), Duration::from_secs(2));
}

#[tokio::test]
async fn the_chat_is_polled_again_and_again() {
    let server = MockServer::start().await;
    let reply = r#"[[{"proto":"r_msg"},{"id":"7","from":"1","content":"hi"}]]"#;
    answer(&server, "/2/proxy/live/chatroom/r_sync", reply, 2).await;
    let mut weibo = connection(&server);
    weibo.pause = Duration::from_millis(10);
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
