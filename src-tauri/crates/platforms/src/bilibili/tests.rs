//! Whole intentions against a stand-in for the platform.

use std::collections::BTreeMap;
use std::sync::Arc;

use kaibo_live::account::Settings;
use kaibo_live::driver::{Connection, Driver, Looked};
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};
use kaibo_live::room::{Details, Edit, RemoteId, Status};
use kaibo_live::secret::Credentials;

use super::BilibiliDriver;
use super::connection::BilibiliConnection;
use super::fake::{COOKIE, Fake};
use crate::bilibili::chat::Danmaku;
use crate::testing::FixedClock;

const INFO: &str = "/room/v1/Room/get_info";
const NEWS: &str = "/xlive/app-blink/v1/index/getRoomNews";
const START: &str = "/room/v1/Room/startLive";
const STOP: &str = "/room/v1/Room/stopLive";
const UPDATE: &str = "/room/v1/Room/update";
const OK: &str = r#"{"code":0,"message":"0","data":{}}"#;

/// The platform, and a connection to it.
struct Account {
    server: wiremock::MockServer,
    connection: BilibiliConnection,
}

impl Account {
    async fn new() -> Self {
        let Fake { server, api } = Fake::start().await;
        let connection = BilibiliConnection {
            api,
            room_id: None,
            refresh_token: None,
            danmaku: Danmaku::default(),
            speech: super::speech::Speech::default(),
            ingest: None,
        };
        Self { server, connection }
    }

    async fn at(&self, at: &str, json: &str) {
        use wiremock::matchers::path;
        let reply = wiremock::ResponseTemplate::new(200).set_body_raw(json.as_bytes(), "application/json");
        wiremock::Mock::given(path(at)).respond_with(reply).mount(&self.server).await;
    }

    async fn room(&self, live_status: u8) {
        let json = format!(
            r#"{{"code":0,"data":{{"room_id":1234,"uid":42,"live_status":{live_status},"area_id":27,
            "title":"旧标题"}}}}"#
        );
        self.at(INFO, &json).await;
    }

    /// Paths of the writes that arrived, with the bodies they had.
    async fn writes(&self) -> Vec<(String, String)> {
        let requests = self.server.received_requests().await.expect("recording is on");
        let writes = requests.into_iter().filter(|r| r.method.as_str() == "POST");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        writes.map(|r| (r.url.path().to_owned(), text(r.body))).collect()
    }
}

fn room() -> RemoteId {
    RemoteId("1234".into())
}

fn code<T>(outcome: Result<T, Failure>) -> ProblemCode {
    outcome.err().expect("a refusal").code
}

fn too_long(field: &str, used: u32, limit: u32) -> ProblemCode {
    ProblemCode::Invalid { field: field.into(), reason: InvalidReason::TooLong { used, limit } }
}

#[tokio::test]
async fn an_edit_goes_title_and_area_then_tags_then_notice() {
    let account = Account::new().await;
    account.at(UPDATE, r#"{"code":0,"msg":"ok","message":"ok","data":[]}"#).await;
    account.at("/xlive/app-blink/v1/index/updateRoomNews", OK).await;
    let edit = Edit {
        title: Some("新标题".into()),
        area_id: Some("28".into()),
        add_tags: vec!["a".into(), "b".into()],
        remove_tags: vec!["c".into()],
        notice: Some(String::new()),
        ..Edit::default()
    };
    account.connection.edit().expect("able").edit(&room(), &edit).await.expect("done");
    let csrf = "platform=pc_link&csrf=c5&csrf_token=c5";
    let title = "%E6%96%B0%E6%A0%87%E9%A2%98";
    let expected = [
        (UPDATE, format!("room_id=1234&title={title}&area_id=28&{csrf}")),
        (UPDATE, format!("room_id=1234&add_tag=a&{csrf}")),
        (UPDATE, format!("room_id=1234&add_tag=b&{csrf}")),
        (UPDATE, format!("room_id=1234&del_tag=c&{csrf}")),
        (
            "/xlive/app-blink/v1/index/updateRoomNews",
            "room_id=1234&uid=42&content=&csrf=c5&csrf_token=c5".to_owned(),
        ),
    ];
    assert_eq!(account.writes().await, expected.map(|(path, body)| (path.to_owned(), body)));
}

#[tokio::test]
async fn what_is_too_long_is_told_before_anything_is_sent() {
    let account = Account::new().await;
    let edit = account.connection.edit().expect("able");
    let long = |n| "长".repeat(n);
    let title = Edit { title: Some(long(41)), ..Edit::default() };
    assert_eq!(code(edit.edit(&room(), &title).await), too_long("title", 41, 40));
    let tag = Edit { title: Some("好".into()), add_tags: vec![long(11)], ..Edit::default() };
    assert_eq!(code(edit.edit(&room(), &tag).await), too_long("tags", 11, 10));
    let notice = Edit { title: Some("好".into()), notice: Some(long(61)), ..Edit::default() };
    assert_eq!(code(edit.edit(&room(), &notice).await), too_long("notice", 61, 60));
    let empty = Edit { title: Some(" ".into()), ..Edit::default() };
    let refused = ProblemCode::Invalid { field: "title".into(), reason: InvalidReason::Empty };
    assert_eq!(code(edit.edit(&room(), &empty).await), refused);
    let area = Edit { area_id: Some("27&x=1".into()), ..Edit::default() };
    let malformed = ProblemCode::Invalid { field: "area_id".into(), reason: InvalidReason::Malformed };
    assert_eq!(code(edit.edit(&room(), &area).await), malformed);
    let start = Details { title: long(41), ..Details::default() };
    let started = account.connection.start().expect("able").start(&room(), &start).await;
    assert_eq!(code(started), too_long("title", 41, 40));
    let said = account.connection.speak().expect("able").say(&room(), &long(41)).await;
    assert_eq!(code(said), too_long("chat", 41, 40));
    assert!(account.server.received_requests().await.expect("recording is on").is_empty());
}

#[tokio::test]
async fn starting_leaves_the_title_alone_and_falls_back_to_the_last_area() {
    let account = Account::new().await;
    account.room(0).await;
    account
        .at(START, r#"{"code":0,"data":{"rtmp":{"addr":"rtmp://h/live-bvc/","code":"?streamname=s&key=k"}}}"#)
        .await;
    let start = account.connection.start().expect("able");
    let details = Details { title: "新标题".into(), ..Details::default() };
    let push = start.start(&room(), &details).await.expect("live").push.expect("an address");
    assert_eq!(push.server, "rtmp://h/live-bvc/");
    let chosen = Details { area_id: "30".into(), ..details };
    start.start(&room(), &chosen).await.expect("live");
    let writes = account.writes().await;
    let paths: Vec<&str> = writes.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, [START, START], "a start that is refused would leave a new title behind");
    assert!(writes[0].1.contains("&area_v2=27&"), "the room's last area");
    assert!(writes[1].1.contains("&area_v2=30&"));
}

#[tokio::test]
async fn a_start_without_any_area_is_a_field() {
    let account = Account::new().await;
    account.at(INFO, r#"{"code":0,"data":{"room_id":1234,"live_status":0,"area_id":0}}"#).await;
    let started = account.connection.start().expect("able").start(&room(), &Details::default()).await;
    let empty = ProblemCode::Invalid { field: "area_id".into(), reason: InvalidReason::Empty };
    assert_eq!(code(started), empty);
}

#[tokio::test]
async fn an_end_whose_answer_got_lost_is_looked_into() {
    for (live_status, outcome) in [(0, None), (2, None), (1, Some(ProblemCode::OutcomeUnknown))] {
        let account = Account::new().await;
        account.room(live_status).await;
        let lost = wiremock::ResponseTemplate::new(504);
        let stop = wiremock::matchers::path(STOP);
        wiremock::Mock::given(stop).respond_with(lost).mount(&account.server).await;
        let ended = account.connection.end().expect("able").end(&room()).await;
        assert_eq!(ended.err().map(|f| f.code), outcome, "{live_status}");
        assert_eq!(account.writes().await.len(), 1, "never sent twice");
    }
}

#[tokio::test]
async fn the_one_room_is_found_or_opened() {
    let account = Account::new().await;
    account.room(0).await;
    account.at(NEWS, r#"{"code":0,"data":{"content":"今晚八点"}}"#).await;
    account.at("/room/v2/Room/room_id_by_uid", r#"{"code":0,"data":{"room_id":1234}}"#).await;
    let create = "/xlive/app-blink/v1/preLive/CreateRoom";
    account.at(create, r#"{"code":1531193016,"message":"已经创建直播间~","data":{"roomID":""}}"#).await;
    let rooms = account.connection.find_rooms().await.expect("a list");
    assert_eq!(rooms.len(), 1);
    assert_eq!(rooms[0].notice.as_deref(), Some("今晚八点"));
    assert_eq!(rooms[0].status, Status::NotStarted);
    let able = account.connection.create().expect("able");
    let facts = able.create(&Details::default()).await.expect("the one it has");
    assert_eq!(facts.remote, room());
    let looked = able.look_for(&Details::default(), jiff::Timestamp::UNIX_EPOCH).await.expect("looked");
    assert!(matches!(looked, Looked::Found(facts) if facts.remote == room()));

    let account = Account::new().await;
    account.at("/room/v2/Room/room_id_by_uid", r#"{"code":404,"message":"?","data":null}"#).await;
    account.at("/room/v1/Room/getRoomInfoOld", r#"{"code":0,"data":{"roomStatus":0,"roomid":0}}"#).await;
    assert!(account.connection.find_rooms().await.expect("a list").is_empty());
    let able = account.connection.create().expect("able");
    let looked = able.look_for(&Details::default(), jiff::Timestamp::UNIX_EPOCH).await.expect("looked");
    assert!(matches!(looked, Looked::Absent));
}

#[tokio::test]
async fn the_walls_page_means_wait() {
    let account = Account::new().await;
    let wall = wiremock::ResponseTemplate::new(412)
        .set_body_raw("<html>由于触发哔哩哔哩安全风控</html>", "text/html");
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(wall).mount(&account.server).await;
    let failure = account.connection.read(&room()).await.expect_err("a wall");
    assert_eq!(failure.code, ProblemCode::RateLimited);
    assert!(failure.retry_after.is_some());
}

#[tokio::test]
async fn checking_notices_parts_of_two_sign_ins() {
    let account = Account::new().await;
    account.at("/x/web-interface/nav", r#"{"code":0,"data":{"isLogin":true,"mid":43,"uname":"别人"}}"#).await;
    assert_eq!(code(account.connection.check().await), ProblemCode::CredentialsRefused);
    let account = Account::new().await;
    account
        .at(
            "/x/web-interface/nav",
            r#"{"code":0,"data":{"isLogin":true,"mid":42,"uname":"小明","face":"https://i0.example/f.jpg"}}"#,
        )
        .await;
    let profile = account.connection.check().await.expect("good");
    assert_eq!((profile.user_id.as_deref(), profile.name.as_deref()), (Some("42"), Some("小明")));
    assert_eq!(profile.avatar_url.as_deref(), Some("https://i0.example/f.jpg"));
    assert_eq!(profile.expires_at, None, "this cookie doesn't tell");
    assert!(account.connection.clock_skew().is_some(), "the answer told the time");
}

#[tokio::test]
async fn a_sign_in_that_ended_is_told_by_every_write() {
    let account = Account::new().await;
    account.room(0).await;
    let gone = wiremock::ResponseTemplate::new(200)
        .set_body_raw(r#"{"code":-101,"message":"账号未登录","data":null}"#, "application/json");
    wiremock::Mock::given(wiremock::matchers::method("POST")).respond_with(gone).mount(&account.server).await;
    let c = &account.connection;
    let details = Details { title: "好".into(), area_id: "27".into(), ..Details::default() };
    let title = Edit { title: Some("好".into()), ..Edit::default() };
    let notice = Edit { notice: Some("好".into()), ..Edit::default() };
    let outcomes = [
        c.create().expect("able").create(&details).await.err(),
        c.edit().expect("able").edit(&room(), &title).await.err(),
        c.edit().expect("able").edit(&room(), &notice).await.err(),
        c.start().expect("able").start(&room(), &details).await.err(),
        c.end().expect("able").end(&room()).await.err(),
        c.speak().expect("able").say(&room(), "好").await.err(),
    ];
    for outcome in outcomes {
        assert_eq!(outcome.expect("refused").code, ProblemCode::SignInExpired);
    }
    assert_eq!(account.writes().await.len(), 6);
}

#[tokio::test]
async fn areas_are_listed_with_their_groups() {
    let account = Account::new().await;
    account
        .at(
            "/room/v1/Area/getList",
            r#"{"code":0,"data":[{"id":1,"name":"生活","list":[{"id":"27","name":"学习"}]}]}"#,
        )
        .await;
    let areas = account.connection.areas().expect("able").list().await.expect("a list");
    assert_eq!((areas[0].id.as_str(), areas[0].group.as_str()), ("27", "生活"));
}

#[test]
fn the_form_is_checked() {
    let connect = |fields: &[(&str, &str)], secrets: &[(&str, &str)]| {
        let fields: BTreeMap<String, String> =
            fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let mut credentials = Credentials::default();
        for (name, value) in secrets {
            credentials.set(*name, (*value).to_owned().into());
        }
        let clock = Arc::new(FixedClock::default());
        BilibiliDriver.connect(&Settings(fields), &credentials, clock).err().map(|f| f.code)
    };
    let invalid = |field: &str, reason| Some(ProblemCode::Invalid { field: field.into(), reason });
    let cookie = ("cookie", COOKIE);
    assert_eq!(connect(&[], &[cookie]), None);
    assert_eq!(connect(&[], &[]), invalid("cookie", InvalidReason::Empty));
    assert_eq!(connect(&[], &[("cookie", "SESSDATA=a")]), invalid("cookie", InvalidReason::Malformed));
    assert_eq!(connect(&[("room_id", "12a")], &[cookie]), invalid("room_id", InvalidReason::Malformed));
    let plain = [("base_url", "http://api.live.example")];
    assert_eq!(connect(&plain, &[cookie]), invalid("base_url", InvalidReason::Malformed));
    let half = [("client_app_key", "k")];
    assert_eq!(connect(&half, &[cookie]), invalid("client_app_secret", InvalidReason::Empty));
    assert_eq!(connect(&half, &[cookie, ("client_app_secret", "s")]), None);
    assert_eq!(connect(&[("room_id", "1234")], &[cookie]), None, "somebody else's room");
    let token = ("refresh_token", "a b");
    assert_eq!(connect(&[], &[cookie, token]), invalid("refresh_token", InvalidReason::Malformed));
    for host in ["passport_url", "www_url"] {
        let plain = [(host, "http://www.example")];
        assert_eq!(connect(&plain, &[cookie]), invalid(host, InvalidReason::Malformed));
    }
}

#[test]
fn what_is_entered_by_hand_belongs_to_that_way() {
    use kaibo_live::account::SignInWay;
    let info = BilibiliDriver.info();
    assert_eq!(info.ways, [SignInWay::Qr, SignInWay::Form]);
    assert!(info.takes_file);
    let by_hand: Vec<&str> =
        info.fields.iter().filter(|f| f.ways == [SignInWay::Form]).map(|f| f.name.as_str()).collect();
    assert_eq!(by_hand, ["cookie", "refresh_token"]);
    assert!(info.fields.iter().filter(|f| f.ways.is_empty()).all(|f| f.advanced && !f.required));
}
