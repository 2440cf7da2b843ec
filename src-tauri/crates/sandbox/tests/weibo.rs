//! Weibo's live API: the codes, the two dialects, the life of a room.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::time::Duration;

use common::{Weibo, app_and_name, push, quiet, text, until};
use kaibo_sandbox::{Config, Dialect, Sandbox, WEIBO_STRANGERS_ROOM};

const ROOM: [(&str, &str); 3] = [("title", "豆子"), ("width", "1280"), ("height", "720")];

/// Path, fields, HTTP status, code.
type Case<'a> = (&'a str, Vec<(&'a str, &'a str)>, u16, u32);

#[tokio::test]
async fn each_mistake_has_its_code() {
    let sandbox = quiet().await;
    let weibo = Weibo::of(&sandbox);
    let (id, _) = weibo.create(&[]).await;
    let id = id.as_str();
    let long = "豆".repeat(131);
    let wordy = "豆".repeat(101);
    let (create, update) = ("/2/proxy/live/create", "/2/proxy/live/update");
    let (show, delete) = ("/2/proxy/live/show", "/2/proxy/live/delete");
    let r_msg = "/2/proxy/live/chatroom/r_msg";
    let with = |more: (&'static str, &'static str)| [ROOM[0], ROOM[1], ROOM[2], more];
    let cases: Vec<Case> = vec![
        (create, vec![("width", "1280"), ("height", "720")], 400, 20003),
        (create, vec![("title", "豆子"), ("height", "720")], 400, 20003),
        (create, vec![("title", "豆子"), ("width", "wide"), ("height", "720")], 400, 10017),
        (create, with(("published", "2")).to_vec(), 400, 10017),
        (create, with(("image", "file:///etc/cover.jpg")).to_vec(), 400, 10017),
        (create, with(("replay", "yes")).to_vec(), 400, 10017),
        (create, with(("title", "twice")).to_vec(), 400, 10008),
        (update, vec![("title", "豆子")], 400, 20003),
        (update, vec![("id", id), ("summary", &long)], 400, 20010),
        (update, vec![("id", id), ("stop", "true")], 400, 10017),
        (update, vec![("id", id), ("replay_url", "replay")], 400, 10017),
        (update, vec![("id", "230916nothing")], 400, 20009),
        (update, vec![("id", WEIBO_STRANGERS_ROOM), ("title", "mine")], 403, 20013),
        (show, vec![], 400, 20003),
        (show, vec![("id", WEIBO_STRANGERS_ROOM)], 403, 20013),
        (delete, vec![("id", "230916nothing")], 400, 20009),
        (delete, vec![("id", WEIBO_STRANGERS_ROOM)], 403, 20013),
        (r_msg, vec![("id", id), ("content", "hi")], 400, 20003),
        (r_msg, vec![("id", id), ("type", "1"), ("content", "hi")], 400, 20012),
        (r_msg, vec![("id", id), ("type", "0"), ("content", "")], 400, 20011),
        (r_msg, vec![("id", id), ("type", "0"), ("content", &wordy)], 400, 20011),
        (r_msg, vec![("id", id), ("type", "0"), ("content", "too early")], 400, 20007),
        ("/2/proxy/live/chatroom/r_sync", vec![("id", "230916nothing")], 400, 20009),
        ("/2/proxy/live/nothing", vec![], 404, 10020),
        ("/2/account/get_uid.json", vec![], 405, 10021),
    ];
    for (path, fields, status, code) in cases {
        let (got, reply) = weibo.post(path, &fields).await;
        assert_eq!((got, &reply["error_code"]), (status, &code.into()), "{path} {fields:?}: {reply}");
        assert_eq!(reply["request"], path);
        assert!(!text(&reply["error"]).is_empty());
    }
    assert_eq!(weibo.get("/2/proxy/live/show?id=1&").await.1["error_code"], 10021);
    assert_eq!(sandbox.control().rooms("weibo").len(), 1, "no mistake made a room");
    assert_eq!(weibo.post(update, &[("id", id), ("summary", &"豆".repeat(130))]).await.0, 200);
}

#[tokio::test]
async fn only_a_form_with_a_valid_token_is_taken() {
    let sandbox = quiet().await;
    let (mut weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    let url = format!("{}/2/proxy/live/create", weibo.base);
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let reply = http.post(&url).json(&serde_json::json!({ "title": "豆子" })).send().await.unwrap();
    assert_eq!(reply.json::<serde_json::Value>().await.unwrap()["error_code"], 10007);
    let reply = http.post(&url).form(&ROOM).send().await.unwrap();
    assert_eq!(reply.json::<serde_json::Value>().await.unwrap()["error_code"], 10006);

    control.expire_tokens("weibo");
    assert_eq!(weibo.post("/2/proxy/live/create", &ROOM).await.1["error_code"], 21327);
    weibo.token = "2.00made-up".into();
    assert_eq!(weibo.post("/2/proxy/live/create", &ROOM).await.1["error_code"], 21332);
    weibo = Weibo::of(&sandbox);
    assert_eq!(weibo.post("/2/proxy/live/create", &ROOM).await.0, 200, "the renewed token works");
}

#[tokio::test]
async fn both_dialects_are_spoken() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    let (_, corrected) = weibo.post("/2/proxy/live/create", &ROOM).await;
    assert!(text(&corrected["url"]).starts_with("rtmp://127.0.0.1:"));
    assert!(text(&corrected["room_id"]).starts_with("1042097:"));
    assert!(corrected.get("rtmp_url").is_none());

    control.set_dialect("weibo", Dialect::Documented);
    let (_, documented) = weibo.post("/2/proxy/live/create", &ROOM).await;
    assert!(text(&documented["rtmp_url"]).contains("?auth_key="));
    assert!(documented.get("url").is_none() && documented.get("room_id").is_none());
    let (_, error) = weibo.post("/2/proxy/live/show", &[("id", "nothing")]).await;
    assert_eq!(error["error_code"], "20009");
}

#[tokio::test]
async fn a_room_lives_and_ends() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    let (id, url) = weibo.create(&[("summary", "今晚 八点"), ("image", "https://example.com/c.jpg")]).await;
    let (_, brief) = weibo.post("/2/proxy/live/show", &[("id", &id)]).await;
    assert_eq!((&brief["summary"], &brief["status"]), (&"今晚 八点".into(), &0.into()));
    assert!(brief.get("live_views").is_none(), "figures only with detail=1");

    let mut encoder = push(&url, 30);
    until("the room to go live", || async { (weibo.show(&id).await["status"] == 1).then_some(()) }).await;
    control.advance_clock(Duration::from_mins(5));
    let live = weibo.show(&id).await;
    assert!(live["live_views"].as_u64() > Some(0) && live["total_stars"].as_u64() > Some(0), "{live}");

    let replay = "https://example.com/r.m3u8";
    let edit = [("id", id.as_str()), ("title", "第二杯"), ("published", "1"), ("replay_url", replay)];
    assert_eq!(weibo.post("/2/proxy/live/update", &edit).await.1["id"], id.as_str());
    let room = control.room("weibo", &id).unwrap();
    assert_eq!((room.title.as_str(), room.private, room.replay_url.as_str()), ("第二杯", true, replay));
    assert_eq!(room.cover_url, "https://example.com/c.jpg", "what isn't told stays");
    weibo.post("/2/proxy/live/update", &[("id", &id), ("stop", "1")]).await;
    let ended = weibo.show(&id).await;
    assert_eq!((&ended["status"], &ended["live_views"]), (&3.into(), &0.into()));
    let (_, late) =
        weibo.post("/2/proxy/live/chatroom/r_msg", &[("id", &id), ("type", "0"), ("content", "bye")]).await;
    assert_eq!(late["error_code"], 20007);
    encoder.kill().await.unwrap();

    let (never, _) = weibo.create(&[]).await;
    weibo.post("/2/proxy/live/update", &[("id", &never), ("stop", "1")]).await;
    assert_eq!(weibo.show(&never).await["status"], 5, "nothing was recorded");
    weibo.post("/2/proxy/live/delete", &[("id", &never)]).await;
    assert_eq!(weibo.show(&never).await["error_code"], 20009);
}

#[tokio::test]
async fn chat_goes_both_ways() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    let (id, url) = weibo.create(&[]).await;
    assert!(!control.viewer_says("weibo", &id, "小满", "有人吗"), "nobody is there before the start");
    let _encoder = push(&url, 30);
    until("the room to go live", || async { control.room("weibo", &id).filter(|room| room.live) }).await;
    control.advance_clock(Duration::from_mins(1));
    for n in 0..4 {
        assert!(control.viewer_says("weibo", &id, "小满", &format!("第{n}句")));
    }
    let say = [("id", id.as_str()), ("type", "0"), ("content", "大家好")];
    assert_eq!(weibo.post("/2/proxy/live/chatroom/r_msg", &say).await.1["id"], id.as_str());
    assert_eq!(control.chat_received("weibo", &id), ["大家好"]);

    let (_, news) = weibo.post("/2/proxy/live/chatroom/r_sync", &[("id", &id)]).await;
    let pairs = news.as_array().unwrap();
    let lines: Vec<_> =
        pairs.iter().filter(|pair| pair[0]["proto"] == "r_msg").map(|pair| &pair[1]).collect();
    let said: Vec<_> = lines.iter().map(|line| text(&line["content"])).collect();
    assert_eq!(said, ["第0句", "第1句", "第2句", "第3句", "大家好"]);
    assert_eq!(lines[0]["user"]["name"], "小满");
    let notice = &pairs.iter().find(|pair| pair[0]["proto"] == "r_notices").unwrap()[1]["notices"][0];
    assert_eq!(notice["type"], 4);
    assert!(notice["value"].as_u64().unwrap() >= 180);

    let (_, again) = weibo.post("/2/proxy/live/chatroom/r_sync", &[("id", &id)]).await;
    assert!(again.as_array().unwrap().iter().all(|pair| pair[0]["proto"] != "r_msg"), "{again}");
}

#[tokio::test]
async fn viewers_talk_by_themselves_when_asked_to() {
    let sandbox = Sandbox::start(Config::default()).await.unwrap();
    let weibo = Weibo::of(&sandbox);
    let (id, url) = weibo.create(&[]).await;
    let _encoder = push(&url, 30);
    let (app, name) = app_and_name(&url);
    until("the push", || async { sandbox.control().meter(&app, &name).filter(|meter| meter.publishing) })
        .await;
    until("somebody to talk", || async {
        let (_, news) = weibo.post("/2/proxy/live/chatroom/r_sync", &[("id", &id)]).await;
        news.as_array().unwrap().iter().any(|pair| pair[0]["proto"] == "r_msg").then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_caller_and_the_quota_are_told() {
    let sandbox = quiet().await;
    let weibo = Weibo::of(&sandbox);
    let (_, uid) = weibo.get("/2/account/get_uid.json?").await;
    let uid = uid["uid"].as_u64().unwrap();
    let (_, user) = weibo.get(&format!("/2/users/show.json?uid={uid}&")).await;
    assert_eq!(text(&user["screen_name"]), common::account(&sandbox, "weibo").name);
    assert_eq!(weibo.get("/2/users/show.json?").await.1["error_code"], 10016);
    let left = || async { weibo.get("/2/account/rate_limit_status.json?").await.1 };
    let before = left().await;
    assert_eq!(before["user_limit"], 100_000);
    weibo.create(&[]).await;
    let spent = before["remaining_user_hits"].as_u64().unwrap()
        - left().await["remaining_user_hits"].as_u64().unwrap();
    assert_eq!(spent, 1, "asking itself costs nothing");
}

#[tokio::test]
async fn a_day_has_so_many_calls_for_all_tokens_of_the_user() {
    let sandbox = quiet().await;
    let (mut weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    // Just after midnight in China, so that the hours below stay within the day.
    let left = weibo.get("/2/account/rate_limit_status.json?").await.1;
    let to_midnight = left["reset_time_in_seconds"].as_u64().unwrap();
    control.advance_clock(Duration::from_secs(to_midnight + 60));
    control.weibo_daily_calls(3);
    let authed = "/2/proxy/live2/user/authed";
    assert_eq!(weibo.post(authed, &[]).await.0, 200);
    control.expire_tokens("weibo");
    assert_eq!(weibo.post(authed, &[]).await.1["error_code"], 21327, "costs nothing");
    weibo = Weibo::of(&sandbox);
    assert_eq!(weibo.post(authed, &[]).await.0, 200);
    assert_eq!(weibo.post("/2/proxy/live/show", &[("id", "nothing")]).await.1["error_code"], 20009);

    for _ in 0..2 {
        let (status, reply) = weibo.post("/2/proxy/live/create", &ROOM).await;
        assert_eq!((status, &reply["error_code"]), (403, &10023.into()));
        assert!(control.rooms("weibo").is_empty());
    }
    let (status, left) = weibo.get("/2/account/rate_limit_status.json?").await;
    assert_eq!((status, &left["remaining_user_hits"], &left["user_limit"]), (200, &0.into(), &3.into()));
    let reset = left["reset_time_in_seconds"].as_u64().unwrap();
    assert!((86_000..86_400).contains(&reset), "{left}");
    assert!(text(&left["reset_time"]).ends_with(" 00:00:00"), "{left}");

    control.advance_clock(Duration::from_secs(reset - 30));
    assert_eq!(weibo.post(authed, &[]).await.1["error_code"], 10023, "still the same day");
    control.advance_clock(Duration::from_secs(30));
    assert_eq!(weibo.post("/2/proxy/live/create", &ROOM).await.0, 200);
    assert_eq!(weibo.get("/2/account/rate_limit_status.json?").await.1["remaining_user_hits"], 2);
}

#[tokio::test]
async fn who_may_not_broadcast_makes_no_room() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    let authed = "/2/proxy/live2/user/authed";
    for right in 1..=13_u32 {
        control.weibo_right(right);
        let (_, reply) = weibo.post(authed, &[]).await;
        assert_eq!(reply["auth_code"], right);
        let verify = [6, 8, 9, 10, 13].contains(&right);
        assert_eq!(text(&reply["scheme_url"]).starts_with("sinaweibo://"), verify, "{right}: {reply}");
        let (status, reply) = weibo.post("/2/proxy/live/create", &ROOM).await;
        if [1, 4, 7].contains(&right) {
            assert_eq!(status, 200, "{right}: {reply}");
        } else {
            assert_eq!((status, &reply["error_code"]), (403, &20013.into()), "{right}");
        }
    }
    assert_eq!(control.rooms("weibo").len(), 3);
    control.set_dialect("weibo", Dialect::Documented);
    assert_eq!(weibo.post(authed, &[]).await.1["auth_code"], "13");
}

#[tokio::test]
async fn everybody_has_a_picture() {
    let sandbox = quiet().await;
    let weibo = Weibo::of(&sandbox);
    let (_, uid) = weibo.get("/2/account/get_uid.json?").await;
    let (_, user) = weibo.get(&format!("/2/users/show.json?uid={}&", uid["uid"])).await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let png = text(&user["avatar_large"]);
    for url in [png.replace(".png", ".jpg"), png] {
        let reply = http.get(&url).send().await.unwrap();
        assert_eq!(reply.headers()["content-type"], "image/png");
        let file = reply.bytes().await.unwrap();
        // ffmpeg checks the sums and unpacks the pixels.
        let scene = tempfile(&file);
        let read = std::process::Command::new("ffmpeg")
            .args(["-hide_banner", "-v", "error", "-xerror", "-err_detect", "explode", "-i"])
            .arg(&scene)
            .args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
            .output()
            .unwrap();
        std::fs::remove_file(&scene).unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        assert_eq!(read.stdout.len(), 180 * 180 * 3);
    }
    for wrong in ["/avatar/nobody.png", "/avatar/1.gif", "/avatar/1"] {
        assert_eq!(http.get(format!("{}{wrong}", weibo.base)).send().await.unwrap().status(), 404);
    }
}

/// A file of its own with this content.
fn tempfile(content: &[u8]) -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("sandbox-avatar-{}.png", std::process::id()));
    std::fs::write(&path, content).unwrap();
    path
}

#[tokio::test]
async fn an_encoder_can_be_played() {
    let sandbox = quiet().await;
    let (weibo, control) = (Weibo::of(&sandbox), sandbox.control());
    assert!(!control.weibo_video("nothing", true) && !control.weibo_video(WEIBO_STRANGERS_ROOM, true));
    let (id, url) = weibo.create(&[]).await;
    let (app, name) = app_and_name(&url);
    let meter = || control.meter(&app, &name).unwrap();
    assert!(control.weibo_video(&id, true) && control.weibo_video(&id, true));
    assert_eq!(weibo.show(&id).await["status"], 1);
    until("the picture to run", || async { (meter().video_messages > 5).then_some(()) }).await;
    let running = meter();
    assert!(running.publishing && running.kbps > 500, "{running:?}");
    assert_eq!((running.video_codec, running.height, running.pushes), (Some("H264"), Some(1080), 1));
    assert!(control.viewer_says("weibo", &id, "小满", "有人吗"));

    assert!(control.weibo_video(&id, false));
    assert!(!meter().publishing);
    assert_eq!(weibo.show(&id).await["status"], 1, "live until it is ended");
    assert!(control.weibo_video(&id, true) && meter().publishing);
    weibo.post("/2/proxy/live/update", &[("id", &id), ("stop", "1")]).await;
    assert!(meter().publishing, "an encoder goes on after the end");
    assert!(control.weibo_video(&id, false) && !control.weibo_video(&id, true), "ended for good");
    let mut encoder = push(&url, 30);
    let ended = tokio::time::timeout(Duration::from_secs(20), encoder.wait()).await.unwrap().unwrap();
    assert!(!ended.success(), "the played encoder left the door shut");
}
