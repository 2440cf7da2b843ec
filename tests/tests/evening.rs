//! The evening, end to end, in the real window: connect, go live, push real video to what was copied, read
//! and answer chat, edit, end, delete, and find everything again after a restart.
//!
//! Each test has the program, the keyring, the clipboard and ffmpeg to itself and they run one after
//! another (they share one screen, one session bus and one clipboard).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;

use kaibo_tests::{Evening, Push, until};
use tokio::sync::Mutex;

/// One window at a time.
static SCREEN: Mutex<()> = Mutex::const_new(());

const PUSHED: [&str; 3] = ["weibo", "qiniu", "bilibili"];

#[tokio::test(flavor = "multi_thread")]
async fn from_connecting_to_deleting() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    for platform in ["weibo", "taobao", "qiniu", "bilibili"] {
        evening.connect(platform).await;
    }
    window.shot("accounts").await;
    window.until_gone("[data-testid^=\"room-\"][data-testid$=\"o\"][data-sandbox=\"true\"]").await;

    watch_taobao(&evening).await;
    evening.go_live(&PUSHED, "手冲咖啡与老唱片").await;
    window.shot("run").await;
    window.click("run-close").await;
    for platform in PUSHED {
        push_what_was_copied(&evening, platform).await;
    }
    chat_both_ways(&evening, "weibo").await;
    chat_both_ways(&evening, "bilibili").await;
    edit_bilibili(&evening).await;
    edit_weibo(&evening).await;
    for platform in PUSHED {
        end(&evening, platform).await;
    }
    for platform in ["weibo", "qiniu"] {
        delete(&evening, platform).await;
    }
}

/// What a person meets who has no account at all.
#[tokio::test(flavor = "multi_thread")]
async fn without_an_account_the_sandbox_plays_all_four() {
    let _screen = SCREEN.lock().await;
    let mut evening = Evening::begin().await;
    let window = &evening.window;
    window.find("firstrun").await;
    for platform in ["weibo", "taobao", "qiniu", "bilibili"] {
        window.find(&format!("room-{platform}")).await;
    }
    window.shot("firstrun").await;
    evening.go_live(&PUSHED, "周五夜听：手冲咖啡与老唱片").await;
    window.click("run-close").await;
    let mut pushes = Vec::new();
    for platform in PUSHED {
        evening.open_room(platform).await;
        let server = evening.copy("copy-server").await;
        pushes.push(Push::start(&server, &evening.copy("copy-key").await));
        window.until_attribute("room-signal", "data-signal", "arriving").await;
        window.until_attribute("room-status", "data-status", "live").await;
    }
    // Viewers talk by themselves, in both rooms that have chat.
    window.find_css("[data-testid=\"chat-line\"][data-kind=\"message\"]").await;
    window.click("chat-target").await;
    window.click("chat-target-all").await;
    window.fill("chat-input", "晚上好，刚泡好咖啡").await;
    window.click("chat-send").await;
    window.until_text("chat-lines", "晚上好，刚泡好咖啡").await;
    until("a dozen lines", || async {
        let lines = window.script("return document.querySelectorAll('[data-testid=chat-line]').length").await;
        (lines.as_u64() >= Some(12)).then_some(())
    })
    .await;
    window.until_gone("[data-testid=\"toast\"]").await;
    window.shot("sandbox-evening").await;
    window.click("end-all").await;
    window.click("confirm").await;
    window.find_css("[data-testid=\"rooms-live\"][data-live=\"0\"]").await;
    evening.restart().await;
    evening.window.find("firstrun").await; // nothing of the sandbox was kept
    let journal = evening.home().join("data/cn.kaibo.desktop/kaibo.db");
    let kept = std::fs::read(journal).unwrap();
    let sandbox = "sandbox-".as_bytes();
    assert!(!kept.windows(sandbox.len()).any(|w| w == sandbox), "the database knows nothing of the sandbox");
}

async fn watch_taobao(evening: &Evening) {
    let window = &evening.window;
    window.click_css("[data-testid=\"room-taobao\"][data-status=\"live\"] button.hit").await;
    window.until_attribute("room-status", "data-status", "live").await;
    let address = window.find("play-url").await.attr("data-url").await.unwrap().unwrap();
    assert!(address.starts_with("http"), "a play address to copy: {address}");
    assert!(!window.has("[data-testid=\"copy-key\"]").await, "Taobao hands out no push address");
    assert!(!window.has("[data-testid=\"end\"]").await, "Taobao's rooms can't be ended from here");
    window.shot("taobao").await;
}

async fn push_what_was_copied(evening: &Evening, platform: &str) {
    let window = &evening.window;
    evening.open_room(platform).await;
    window.until_attribute("room-signal", "data-signal", "none").await;
    let server = evening.copy("copy-server").await;
    assert!(server.starts_with("rtmp://127.0.0.1:"), "{server}");
    let key = evening.copy("copy-key").await;
    assert!(!key.contains('•') && key.contains('?'), "the real key, query included");
    let whole = evening.copy("copy-whole").await;
    assert!(whole.starts_with(&server) && whole.ends_with(&key));
    assert!(!window.source().await.contains(&key), "the key never passes through the page");
    let push = Push::start(&server, &key);
    window.until_attribute("room-signal", "data-signal", "arriving").await;
    window.until_attribute("room-status", "data-status", "live").await;
    window.shot(&format!("live-{platform}")).await;
    if platform != "weibo" {
        push.stop().await;
        window.until_attribute("room-signal", "data-signal", "none").await;
        window.until_attribute("room-status", "data-status", "live").await;
    }
}

async fn chat_both_ways(evening: &Evening, platform: &str) {
    let window = &evening.window;
    let (line, answer) = (format!("{platform} 的声音正常"), format!("谢谢 {platform}"));
    let remote = evening.remote(platform);
    window.find_css(&format!("[data-testid=\"room-{platform}\"][data-chat=\"listening\"]")).await;
    assert!(evening.control.viewer_says(platform, &remote, "南山有台", &line), "the room takes chat");
    window.until_text("chat-lines", &line).await;
    window.until_text("chat-lines", "南山有台").await;
    window.click("chat-target").await;
    window.click(&format!("chat-target-{platform}")).await;
    window.fill("chat-input", &answer).await;
    window.click("chat-send").await;
    window.until_text("chat-lines", &answer).await;
    until("the answer at the platform", || async {
        evening.control.chat_received(platform, &remote).contains(&answer).then_some(())
    })
    .await;
    window.shot(&format!("chat-{platform}")).await;
}

async fn edit_bilibili(evening: &Evening) {
    let window = &evening.window;
    evening.open_room("bilibili").await;
    window.click_for("[data-testid=\"edit-details\"]", "[data-testid=\"edit-dialog\"]").await;
    window.fill("edit-title", "七四年首版").await;
    window.fill("edit-notice", "点歌每人一首").await;
    window.fill("edit-tags", "唱机").await;
    window.enter("edit-tags").await;
    window.shot("edit").await;
    window.click("save-edit").await;
    window.until_gone("[data-testid=\"edit-dialog\"]").await;
    window.shot("saved").await;
    window.until_text("room-title", "七四年首版").await;
    window.until_text("detail-tags", "唱机").await;
    let room = evening.control.room("bilibili", &evening.remote("bilibili")).unwrap();
    assert_eq!((room.title.as_str(), room.notice.as_str()), ("七四年首版", "点歌每人一首"));
    assert!(room.tags.contains(&"唱机".to_owned()), "{:?}", room.tags);
}

async fn edit_weibo(evening: &Evening) {
    let window = &evening.window;
    evening.open_room("weibo").await;
    window.click_for("[data-testid=\"edit-details\"]", "[data-testid=\"edit-dialog\"]").await;
    window.fill("edit-title", "七四年首版").await;
    window.fill("edit-summary", "阿澈在店里放唱片").await;
    window.click("save-edit").await;
    window.until_gone("[data-testid=\"edit-dialog\"]").await;
    window.shot("saved-weibo").await;
    window.until_text("room-title", "七四年首版").await;
    let room = evening.control.room("weibo", &evening.remote("weibo")).unwrap();
    assert_eq!((room.title.as_str(), room.notice.as_str()), ("七四年首版", "阿澈在店里放唱片"));
}

async fn end(evening: &Evening, platform: &str) {
    let window = &evening.window;
    let remote = evening.remote(platform);
    evening.open_room(platform).await;
    window.click("end").await;
    window.shot(&format!("end-{platform}")).await;
    window.click("confirm").await;
    until("the end at the platform", || async {
        evening.control.room(platform, &remote).is_none_or(|room| !room.live).then_some(())
    })
    .await;
    evening.open_room(platform).await;
    window.until_gone("[data-testid=\"room-status\"][data-status=\"live\"]").await;
}

async fn delete(evening: &Evening, platform: &str) {
    let window = &evening.window;
    let remote = evening.remote(platform);
    evening.open_room(platform).await;
    window.click("delete-room").await;
    window.click("confirm").await;
    until("the room to be gone at the platform", || async {
        evening.control.room(platform, &remote).is_none().then_some(())
    })
    .await;
    window.find(&format!("room-{platform}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_everything_is_there() {
    let _screen = SCREEN.lock().await;
    let mut evening = Evening::begin().await;
    for platform in ["weibo", "qiniu", "bilibili"] {
        evening.connect(platform).await;
    }
    evening.go_live(&PUSHED, "重开之后").await;
    let mut keys = BTreeMap::new();
    evening.window.click("run-close").await;
    for platform in PUSHED {
        evening.open_room(platform).await;
        keys.insert(platform, (evening.copy("copy-server").await, evening.copy("copy-key").await));
    }
    evening.restart().await;
    let window = &evening.window;
    for platform in ["qiniu", "bilibili"] {
        evening.open_room(platform).await;
        window.until_attribute("room-status", "data-status", "live").await;
        window.until_text("room-title", "重开之后").await;
    }
    for platform in PUSHED {
        evening.open_room(platform).await;
        let (server, key) = &keys[platform];
        assert_eq!(&evening.copy("copy-server").await, server, "{platform}");
        assert_eq!(&evening.copy("copy-key").await, key, "{platform}");
    }
    let (server, key) = &keys["weibo"];
    let _push = Push::start(server, key);
    evening.open_room("weibo").await;
    window.until_attribute("room-status", "data-status", "live").await;
    window.shot("restarted").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_show_their_next_step_and_change_nothing() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    junk_credentials(&evening).await;
    evening.connect("weibo").await;
    evening.connect("bilibili").await;
    face_check(&evening).await;
    wrong_texts(&evening).await;
    wrong_key(&evening).await;
    dead_platform(&evening).await;
    expired_token(&evening).await;
}

async fn junk_credentials(evening: &Evening) {
    let window = &evening.window;
    let junk = BTreeMap::from([("access_token".to_owned(), "nobody-knows-this".to_owned())]);
    evening.try_connect("weibo", &junk).await;
    window.find("connect-problem").await;
    window.shot("refused-credentials").await;
    window.click("cancel").await;
    assert!(!window.has("[data-testid=\"account-weibo\"][data-sandbox=\"false\"]").await);
}

async fn face_check(evening: &Evening) {
    let window = &evening.window;
    evening.control.require_face_check(true);
    evening.press_go_live(&["bilibili"], "今晚").await;
    window.until_attribute("run-bilibili", "data-code", "face_check").await;
    window.find("qr").await;
    window.shot("face-check").await;
    let room = evening.control.room("bilibili", &evening.remote("bilibili")).unwrap();
    assert!(!room.live, "nothing was started");
    evening.control.require_face_check(false);
    window.click("face-check-again").await;
    window.until_attribute("run-bilibili", "data-state", "done").await;
    window.click("run-close").await;
}

async fn wrong_texts(evening: &Evening) {
    let window = &evening.window;
    let created = || evening.control.rooms("weibo").len();
    let before = created();
    evening.press_go_live(&["weibo"], "").await;
    window.find("tonight-title-problem").await;
    window.fill("tonight-title", "今晚").await;
    window.fill("tonight-summary", &"字".repeat(131)).await;
    window.click("tonight-go").await;
    window.find("tonight-summary-problem").await;
    window.shot("wrong-summary").await;
    assert_eq!(created(), before, "nothing was made");
    window.fill("tonight-summary", "").await;
    evening.open_room_from_tonight("bilibili").await;
    window.click_for("[data-testid=\"edit-details\"]", "[data-testid=\"edit-dialog\"]").await;
    window.fill("edit-title", &"字".repeat(41)).await;
    window.until_text("edit-title-problem", "40").await;
    let save = window.find("save-edit").await;
    assert!(!save.is_enabled().await.unwrap(), "a title that is too long can't be sent");
    window.click("cancel").await;
}

async fn wrong_key(evening: &Evening) {
    let window = &evening.window;
    evening.go_live(&["weibo"], "今晚").await;
    window.click("run-close").await;
    evening.open_room("weibo").await;
    let server = evening.copy("copy-server").await;
    let key = evening.copy("copy-key").await;
    assert!(Push::start(&server, &format!("{key}x")).was_refused().await, "a wrong key is refused");
    window.until_attribute("room-signal", "data-signal", "none").await;
    assert!(!evening.control.room("weibo", &evening.remote("weibo")).unwrap().live);
}

async fn dead_platform(evening: &Evening) {
    let window = &evening.window;
    evening.control.stop("bilibili").await;
    evening.open_room("bilibili").await;
    window.click("refresh").await;
    window.until_attribute("problem", "data-code", "network").await;
    window.find("problem-action").await;
    window.until_attribute("room-status", "data-status", "live").await;
    window.shot("dead-platform").await;
    evening.control.restart("bilibili").await.unwrap();
    window.click("refresh").await;
    window.until_gone("[data-testid=\"problem\"]").await;
}

async fn expired_token(evening: &Evening) {
    let window = &evening.window;
    evening.control.expire_tokens("weibo");
    evening.open_room("weibo").await;
    window.click("refresh").await;
    window.until_attribute("problem", "data-code", "sign_in_expired").await;
    window.find("problem-action").await;
    window.shot("expired").await;
    assert!(window.has("[data-testid=\"room-weibo\"]").await, "the room stays");
    // Signing in again mends it.
    window.click("problem-action").await;
    let fresh = evening.account("weibo").secrets["access_token"].clone();
    window.fill("field-access_token", &fresh).await;
    window.click("connect").await;
    window.until_gone("[data-testid=\"connect-dialog\"]").await;
    evening.open_room("weibo").await;
    window.until_gone("[data-testid=\"problem\"]").await;
}
