//! Muting, blocked words, a room's silence, and moderators.

use std::time::Duration;

use serde_json::{Value, json};

use super::Browser;
use super::socket::Chat;

const BANNED: &str = "/xlive/web-ucenter/v1/banned/";
const SILENT: &str = "/xlive/web-room/v1/banned/";
const APPOINT: &str = "/xlive/web-ucenter/v1/roomAdmin/appoint";
const ADMINS: &str = "/xlive/app-ucenter/v1/roomAdmin/";
const VIEWER: &str = "手冲阿岩";

impl Browser {
    /// A call about the room, with `room_id` and the csrf fields.
    async fn about(&self, path: &str, fields: &[(&str, &str)]) -> Value {
        let all: Vec<_> = [("room_id", self.room.as_str())].iter().chain(fields).copied().collect();
        self.post(path, &all).await
    }

    async fn mute(&self, person: &str, hour: &str) -> i64 {
        let fields = [("tuid", person), ("msg", "来了"), ("mobile_app", "web"), ("hour", hour)];
        let reply = self.about(&format!("{BANNED}AddSilentUser"), &fields).await;
        reply["code"].as_i64().unwrap()
    }

    async fn muted(&self) -> Value {
        self.about(&format!("{BANNED}GetSilentUserList"), &[("ps", "1")]).await["data"].clone()
    }

    async fn word(&self, call: &str, word: &str) -> i64 {
        let reply = self.about(&format!("{BANNED}{call}"), &[("keyword", word)]).await;
        reply["code"].as_i64().unwrap()
    }

    async fn silence(&self, kind: &str, level: &str, minute: &str) -> i64 {
        let fields = [("type", kind), ("level", level), ("minute", minute)];
        self.about(&format!("{SILENT}RoomSilent"), &fields).await["code"].as_i64().unwrap()
    }

    async fn silent(&self) -> Value {
        self.get(&format!("{SILENT}GetRoomSilent?room_id={}", self.room)).await["data"].clone()
    }

    fn viewer(&self) -> String {
        self.sandbox.control().bilibili_viewer(VIEWER)
    }

    fn viewer_says(&self, text: &str) -> bool {
        self.sandbox.control().viewer_says("bilibili", &self.room, VIEWER, text)
    }
}

#[tokio::test]
async fn who_is_muted_is_told_of_and_not_heard() {
    let browser = Browser::new().await.with_buvid();
    let (control, viewer) = (browser.sandbox.control(), browser.viewer());
    let mut chat = Chat::listening(&browser).await;
    assert_eq!(browser.mute(&viewer, "2").await, 0);
    let told = chat.command(3, "ROOM_BLOCK_MSG").await;
    assert_eq!((&told["uid"], &told["uname"]), (&json!(viewer), &json!(VIEWER)));
    assert_eq!(told["data"]["uid"].to_string(), viewer);

    assert!(!browser.viewer_says("听得见吗"));
    assert!(control.viewer_says("bilibili", &browser.room, "慢半拍", "我能说"));
    assert_eq!(chat.command(3, "DANMU_MSG").await["info"][1], "我能说", "and nothing before it");

    let list = browser.muted().await;
    let entry = &list["data"][0];
    assert_eq!(
        (&list["total"], &list["total_page"], &entry["tname"]),
        (&json!(1), &json!(1), &json!(VIEWER))
    );
    assert_eq!((&entry["name"], &entry["is_anchor"]), (&json!("开播小馆"), &json!(1)));
    let seen = control.bilibili_muted(&browser.room);
    assert_eq!((seen.len(), seen[0].id.as_str(), seen[0].hours), (1, viewer.as_str(), 2));

    let take_back = format!("{BANNED}DelSilentUser");
    let misspelled = [("tuid", viewer.as_str()), ("mobile_app", "web")];
    assert_eq!(browser.about(&take_back, &misspelled).await["code"], -400);
    let fields = [("tuid", viewer.as_str()), ("mobi_app", "web")];
    assert_eq!(browser.about(&take_back, &fields).await["code"], 0);
    assert!(browser.viewer_says("又能说了"));
    assert_eq!(chat.command(3, "DANMU_MSG").await["info"][1], "又能说了");
    assert_eq!(control.bilibili_muted(&browser.room), []);
}

#[tokio::test]
async fn without_hours_all_seems_well_and_nothing_happens() {
    let browser = Browser::new().await;
    let viewer = browser.viewer();
    let fields = [("tuid", viewer.as_str()), ("msg", ""), ("mobile_app", "web")];
    let reply = browser.about(&format!("{BANNED}AddSilentUser"), &fields).await;
    assert_eq!(reply, json!({ "code": 0, "message": "0", "ttl": 1, "data": {} }));
    assert_eq!(browser.mute(&viewer, "").await, 0);
    assert_eq!(browser.muted().await["total"], 0);
    assert!(browser.viewer_says("我还在"));
    for hour in ["-2", "721", "1.5", "很久"] {
        assert_eq!(browser.mute(&viewer, hour).await, 100_004, "{hour}");
    }
    assert_eq!(browser.muted().await["total"], 0);
}

#[tokio::test]
async fn a_mute_ends_by_the_clock_with_the_broadcast_or_never() {
    let browser = Browser::new().await;
    let (control, viewer) = (browser.sandbox.control(), browser.viewer());
    browser.mute(&viewer, "1").await;
    control.advance_clock(Duration::from_secs(3599));
    assert!(!browser.viewer_says("还差一秒"));
    control.advance_clock(Duration::from_secs(2));
    assert!(browser.viewer_says("一小时到了"));
    assert_eq!(browser.muted().await["total"], 0);

    browser.start(&[]).await;
    browser.mute(&viewer, "0").await;
    let forever = control.bilibili_viewer("慢半拍");
    browser.mute(&forever, "-1").await;
    assert_eq!(browser.muted().await["total"], 2);
    browser.stop().await;
    let left = control.bilibili_muted(&browser.room);
    assert_eq!((left.len(), left[0].id.as_str()), (1, forever.as_str()));
    control.advance_clock(Duration::from_secs(60 * 24 * 3600));
    assert!(!control.viewer_says("bilibili", &browser.room, "慢半拍", "六十天"));
}

#[tokio::test]
async fn pages_have_ten_and_records_have_numbers() {
    let browser = Browser::new().await;
    let control = browser.sandbox.control();
    for at in 0..11 {
        let name = format!("看客{at}");
        assert!(control.viewer_says("bilibili", &browser.room, &name, "在"));
        assert_eq!(browser.mute(&control.bilibili_viewer(&name), "-1").await, 0);
    }
    let path = format!("{BANNED}GetSilentUserList");
    let second = browser.about(&path, &[("ps", "2")]).await;
    assert_eq!((&second["data"]["total"], &second["data"]["total_page"]), (&json!(11), &json!(2)));
    assert_eq!(second["data"]["data"][0]["tname"], "看客0");
    assert_eq!(browser.about(&path, &[("ps", "0")]).await["code"], -400);
    let record = second["data"]["data"][0]["id"].to_string();
    let old = [("roomid", browser.room.as_str()), ("id", record.as_str())];
    let reply = browser.post("/banned_service/v1/Silent/del_room_block_user", &old).await;
    assert_eq!(reply, json!({ "code": 0, "msg": "", "message": "", "data": [] }));
    assert_eq!(browser.muted().await["total"], 10);
}

#[tokio::test]
async fn only_the_owner_and_moderators_may() {
    let mut browser = Browser::new().await;
    let (viewer, owner) = (browser.viewer(), browser.uid());
    assert_eq!(browser.mute(&owner, "1").await, 100_004, "oneself");
    assert_eq!(browser.mute("123", "1").await, 100_004, "nobody");
    let path = format!("{BANNED}AddSilentUser");
    let form = format!("room_id={}&tuid={viewer}&mobile_app=web&hour=1&csrf=0&csrf_token=0", browser.room);
    assert_eq!(browser.raw(&path, form).await["code"], -111);

    let (cookie, newcomer) = (browser.cookie.clone(), browser.sandbox.control().newcomer_cookie());
    browser.wear(newcomer.clone());
    let helper = browser.uid();
    assert_eq!(browser.mute(&viewer, "1").await, -403);
    assert_eq!(browser.about(&format!("{BANNED}GetSilentUserList"), &[("ps", "1")]).await["code"], -403);
    assert_eq!(browser.word("AddShieldKeyword", "剧透").await, -403);
    assert_eq!(browser.silence("member", "1", "30").await, -403);
    browser.wear(String::new());
    assert_eq!(browser.mute(&viewer, "1").await, -101);

    browser.wear(cookie);
    let appointed = browser.post(APPOINT, &[("admin", &helper), ("admin_level", "1")]).await;
    assert_eq!(appointed["code"], 0, "{appointed}");
    browser.wear(newcomer);
    assert_eq!(browser.mute(&viewer, "1").await, 0);
    assert_eq!(browser.mute(&owner, "1").await, 100_004, "the owner is muted by nobody");
    assert_eq!(browser.muted().await["data"][0]["is_anchor"], 0);
    assert_eq!(browser.post(APPOINT, &[("admin", &viewer), ("admin_level", "1")]).await["code"], -403);
}

#[tokio::test]
async fn a_blocked_word_keeps_a_line_from_everybody() {
    let browser = Browser::new().await.with_buvid();
    let mut chat = Chat::listening(&browser).await;
    let list = format!("{BANNED}GetShieldKeywordList");
    assert_eq!(browser.about(&list, &[]).await["data"], json!({ "keyword_list": null, "max_limit": 50 }));
    assert_eq!(browser.word("AddShieldKeyword", "剧透").await, 0);
    assert_eq!(browser.word("AddShieldKeyword", "剧透").await, 100_004, "twice");
    assert_eq!(browser.word("AddShieldKeyword", "").await, -400);
    assert_eq!(browser.word("AddShieldKeyword", &"字".repeat(16)).await, 100_004);
    let told = browser.get(&format!("{list}?room_id={}", browser.room)).await;
    assert_eq!(told["data"]["keyword_list"][0]["keyword"], "剧透", "also by GET");

    assert!(!browser.viewer_says("我来剧透一下"));
    assert_eq!(browser.say("不许剧透").await["message"], "k", "the streamer's own too");
    assert!(browser.viewer_says("好"));
    assert_eq!(chat.command(3, "DANMU_MSG").await["info"][1], "好", "and nothing before it");
    assert_eq!(browser.word("DelShieldKeyword", "剧透").await, 0);
    assert!(browser.viewer_says("剧透"));

    for at in 0..50 {
        assert_eq!(browser.word("AddShieldKeyword", &format!("词{at}")).await, 0);
    }
    assert_eq!(browser.word("AddShieldKeyword", "多了").await, 100_004);
    assert_eq!(browser.sandbox.control().bilibili_blocked_words(&browser.room).len(), 50);
}

#[tokio::test]
async fn a_silenced_room_hears_the_streamer_alone() {
    let browser = Browser::new().await.with_buvid();
    let control = browser.sandbox.control();
    let mut chat = Chat::listening(&browser).await;
    assert_eq!(browser.silent().await["type"], "");
    for (kind, level, minute) in [("member", "1", "0"), ("member", "1", "45"), ("medal", "0", "30")] {
        assert_eq!(browser.silence(kind, level, minute).await, 100_004, "{kind} {level} {minute}");
    }
    assert_eq!(browser.silence("all", "1", "30").await, -400, "not in the documents");
    assert_eq!(browser.silence("medal", "5", "30").await, 0);
    let told = chat.command(3, "ROOM_SILENT_ON").await;
    assert_eq!(told["data"], json!({ "type": "medal", "level": 5, "second": 1800 }));
    let now = browser.silent().await;
    assert_eq!((&now["type"], &now["level"], &now["minute"]), (&json!("medal"), &json!(5), &json!(30)));
    assert_eq!(control.bilibili_silence(&browser.room), Some(("medal", 5, 30)));

    assert!(!browser.viewer_says("有人吗"));
    assert_eq!(browser.say("安静一会儿").await["message"], "");
    assert_eq!(chat.command(3, "DANMU_MSG").await["info"][1], "安静一会儿");
    assert_eq!(browser.silence("off", "1", "0").await, 0);
    chat.command(3, "ROOM_SILENT_OFF").await;
    assert!(browser.viewer_says("回来了"));
    browser.silence("member", "1", "60").await;
    control.advance_clock(Duration::from_secs(3601));
    assert_eq!(browser.silent().await["type"], "", "it ends by itself");
    assert!(browser.viewer_says("到点了"));
}

#[tokio::test]
async fn moderators_come_and_go() {
    let browser = Browser::new().await;
    let (control, viewer) = (browser.sandbox.control(), browser.viewer());
    let list = format!("{ADMINS}get_by_anchor?page=1");
    assert_eq!(browser.get(&list).await["data"]["data"], Value::Null);
    let appoint = |who: String| {
        let browser = &browser;
        async move { browser.post(APPOINT, &[("admin", &who), ("admin_level", "1")]).await["code"].clone() }
    };
    assert_eq!(appoint(viewer.clone()).await, 0);
    assert_eq!(appoint(viewer.clone()).await, 100_004, "twice");
    assert_eq!(appoint(browser.uid()).await, 100_004, "oneself");
    assert_eq!(browser.post(APPOINT, &[("admin", &viewer)]).await["code"], -400, "without a level");
    let told = browser.get(&list).await["data"].clone();
    assert_eq!(told["data"][0]["uname"], VIEWER);
    assert_eq!((&told["page"]["total_count"], &told["max_room_anchors_number"]), (&json!(1), &json!(12)));
    assert_eq!(control.bilibili_moderators(&browser.room), [viewer.as_str()]);

    let dismiss = format!("{ADMINS}dismiss");
    assert_eq!(browser.post(&dismiss, &[("uid", &viewer)]).await["code"], 0);
    assert_eq!(browser.post(&dismiss, &[("uid", &viewer)]).await["code"], 100_004, "twice");
    assert!(control.bilibili_moderators(&browser.room).is_empty());
}
