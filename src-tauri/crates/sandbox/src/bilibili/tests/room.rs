//! Who am I, my room, its title, area, tags and news, and saying something.

use std::time::Duration;

use serde_json::json;

use super::Browser;
use crate::Dialect;

#[tokio::test]
async fn the_account_finds_itself_and_its_room() {
    let mut browser = Browser::new().await;
    let (uid, room) = (browser.uid(), browser.room.clone());
    let nav = browser.get("/x/web-interface/nav").await;
    assert_eq!((&nav["code"], &nav["data"]["mid"]), (&json!(0), &json!(uid.parse::<u64>().unwrap())));
    let by_uid = browser.get(&format!("/room/v2/Room/room_id_by_uid?uid={uid}")).await;
    assert_eq!(by_uid["data"]["room_id"].to_string(), room);
    let old = browser.get(&format!("/room/v1/Room/getRoomInfoOld?mid={uid}")).await;
    assert_eq!((&old["data"]["roomStatus"], old["data"]["roomid"].to_string()), (&json!(1), room.clone()));
    let master = browser.get(&format!("/live_user/v1/Master/info?uid={uid}")).await;
    assert_eq!(master["data"]["room_news"]["content"], "每周五晚八点，慢慢喝一杯");
    assert_eq!(master["data"]["follower_num"], 12_840);
    assert_eq!(browser.get("/room/v1/Room/get_info?room_id=5").await["code"], 1);
    assert!(browser.get("/x/frontend/finger/spi").await["data"]["b_3"].is_string());
    assert!(browser.get("/x/report/click/now").await["data"]["now"].is_i64());

    browser.cookie = String::new();
    let nav = browser.get("/x/web-interface/nav").await;
    assert_eq!((&nav["code"], &nav["data"]["isLogin"]), (&json!(-101), &json!(false)));
    assert!(nav["data"]["wbi_img"]["img_url"].is_string(), "the keys come without a login");
}

#[tokio::test]
async fn ids_of_child_areas_are_texts() {
    let browser = Browser::new().await;
    let areas = browser.get("/room/v1/Area/getList").await;
    let first = &areas["data"][0];
    assert!(first["id"].is_u64() && first["list"][0]["id"].is_string(), "{first}");
}

#[tokio::test]
async fn a_room_is_given_once() {
    let mut browser = Browser::new().await;
    let path = "/xlive/app-blink/v1/preLive/CreateRoom";
    let fields = [("platform", "web"), ("visit_id", "")];
    let again = browser.post(path, &fields).await;
    assert_eq!((&again["code"], &again["data"]["roomID"]), (&json!(1_531_193_016), &json!("")));
    let newcomer = browser.sandbox.control().newcomer_cookie();
    browser.wear(newcomer);
    let made = browser.post(path, &fields).await;
    assert_eq!(made["code"], 0);
    let id: u64 = made["data"]["roomID"].as_str().unwrap().parse().unwrap();
    let by_uid = browser.get(&format!("/room/v2/Room/room_id_by_uid?uid={}", browser.uid())).await;
    assert_eq!(by_uid["data"]["room_id"], id);
    assert_eq!(browser.post(path, &fields).await["code"], 1_531_193_016);
}

#[tokio::test]
async fn title_area_and_tags_change_within_their_limits() {
    let browser = Browser::new().await;
    let path = "/room/v1/Room/update";
    let room = browser.room.as_str();
    let (longest, too_long) = ("字".repeat(40), "字".repeat(41));
    for (field, value, code) in [
        ("title", longest.as_str(), 0),
        ("title", too_long.as_str(), 1),
        ("title", "", 1),
        ("area_id", "369", 0),
        ("area_id", "424242", 60009),
        ("add_tag", "十个字的标签刚刚好了", 0),
        ("add_tag", "十一个字的标签就太长了吧", 1),
        ("del_tag", "黑胶", 0),
    ] {
        let reply = browser.post(path, &[("room_id", room), (field, value)]).await;
        assert_eq!(reply["code"], code, "{field}={value}: {reply}");
        assert_eq!(reply["data"].is_array(), code != 0, "{reply}");
    }
    // del_tag counts only alone.
    browser.post(path, &[("room_id", room), ("add_tag", "爵士"), ("del_tag", "咖啡")]).await;
    let seen = browser.sandbox.control().room("bilibili", room).unwrap();
    assert_eq!(seen.title, longest);
    assert_eq!(seen.tags, ["咖啡", "十个字的标签刚刚好了", "爵士"]);
    let info = browser.info().await;
    assert_eq!(
        (&info["area_name"], &info["tags"]),
        (&json!("美食"), &json!("咖啡,十个字的标签刚刚好了,爵士"))
    );

    assert_eq!(browser.post(path, &[("room_id", room)]).await["code"], 1, "nothing to change");
    assert_eq!(browser.post(path, &[("room_id", "5"), ("title", "t")]).await["code"], 1, "another's room");
    assert_eq!(browser.get(path).await["code"], 405);
}

#[tokio::test]
async fn the_documented_form_has_a_list_for_titles_and_an_object_for_tags() {
    let browser = Browser::new().await;
    browser.sandbox.control().set_dialect("bilibili", Dialect::Documented);
    let room = browser.room.as_str();
    let title = browser.post("/room/v1/Room/update", &[("room_id", room), ("title", "新")]).await;
    assert_eq!(title["data"], json!([]));
    let tag = browser.post("/room/v1/Room/update", &[("room_id", room), ("add_tag", "新")]).await;
    assert_eq!(tag["data"]["audit_info"]["audit_title_status"], 0);
    let one_csrf = format!("room_id={room}&title=x&csrf={}", browser.jct);
    assert_eq!(browser.raw("/room/v1/Room/update", one_csrf.clone()).await["code"], 0);
    browser.sandbox.control().set_dialect("bilibili", Dialect::Corrected);
    assert_eq!(browser.raw("/room/v1/Room/update", one_csrf).await["code"], 65530);
}

#[tokio::test]
async fn each_service_refuses_a_wrong_login_in_its_own_words() {
    let mut browser = Browser::new().await;
    let room = browser.room.clone();
    let room = room.as_str();
    let calls = [
        ("/room/v1/Room/update", "room_id", 3, 65530),
        ("/room/v1/Room/startLive", "room_id", 65530, 65530),
        ("/room/v1/Room/stopLive", "room_id", 65530, 65530),
        ("/xlive/app-blink/v1/index/updateRoomNews", "room_id", -101, -111),
        ("/msg/send", "roomid", -101, -111),
    ];
    let jct = std::mem::replace(&mut browser.jct, "f".repeat(32));
    for (path, name, _, csrf) in &calls {
        assert_eq!(browser.post(path, &[(name, room)]).await["code"], *csrf, "{path}");
    }
    browser.jct = jct;
    browser.sandbox.control().expire_tokens("bilibili");
    for (path, name, login, _) in &calls {
        assert_eq!(browser.post(path, &[(name, room)]).await["code"], *login, "{path}");
    }
    browser.sign_in();
    assert_eq!(browser.get("/x/web-interface/nav").await["code"], 0, "the new cookies work");
    browser.cookie = browser.cookie.replace("DedeUserID=", "DedeUserID=9");
    assert_eq!(browser.get("/x/web-interface/nav").await["code"], -101);
}

#[tokio::test]
async fn news_has_sixty_characters() {
    let browser = Browser::new().await;
    let (uid, path) = (browser.uid(), "/xlive/app-blink/v1/index/updateRoomNews");
    let (longest, too_long) = ("报".repeat(60), "报".repeat(61));
    for (content, code) in [(longest.as_str(), 0), (too_long.as_str(), 1), ("", 0), (longest.as_str(), 0)] {
        let fields = [("room_id", browser.room.as_str()), ("uid", &uid), ("content", content)];
        assert_eq!(browser.post(path, &fields).await["code"], code);
    }
    let read = format!("/xlive/app-blink/v1/index/getRoomNews?room_id={}&uid={uid}", browser.room);
    assert_eq!(browser.get(&read).await["data"]["content"], longest);
    let missing = [("room_id", browser.room.as_str()), ("uid", uid.as_str())];
    assert_eq!(browser.post(path, &missing).await["code"], -400);
}

#[tokio::test]
async fn success_of_a_line_is_code_0_and_no_message() {
    let browser = Browser::new().await;
    let control = browser.sandbox.control();
    let second = || control.advance_clock(Duration::from_secs(2));
    let longest = "话".repeat(30);
    assert_eq!(browser.say("晚上好").await["message"], "");
    for (text, code, message) in [
        ("晚上好", 0, "msg repeat"),
        ("有违禁词", 0, "f"),
        ("有屏蔽词", 0, "k"),
        (longest.as_str(), 0, ""),
        (&(longest.clone() + "。"), 1_003_212, "超出限制长度"),
        ("", -400, "请求错误"),
    ] {
        second();
        let reply = browser.say(text).await;
        assert_eq!((&reply["code"], &reply["message"]), (&json!(code), &json!(message)), "{text}");
    }
    assert_eq!(control.chat_received("bilibili", &browser.room), ["晚上好", longest.as_str()]);
    let history = format!("/xlive/web-room/v1/dM/gethistory?roomid={}", browser.room);
    let history = browser.get(&history).await;
    assert_eq!(history["data"]["room"][1]["text"], longest);
    let incomplete = [("roomid", browser.room.as_str()), ("msg", "没有颜色")];
    assert_eq!(browser.post("/msg/send", &incomplete).await["code"], -400);
}
