//! What the program tells outside its window: the tray icon's menu, and the system's notifications.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::{SystemTime, UNIX_EPOCH};

use kaibo_tests::{Desktop, Evening, Push, until};
use serde_json::json;
use tokio::sync::Mutex;

/// There is one screen.
static SCREEN: Mutex<()> = Mutex::const_new(());

const SILENT: &str = "没有画面";

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_told_by_tray_and_notification_and_leaves_when_healed() {
    let _screen = SCREEN.lock().await;
    let desktop = Desktop::begin().await;
    let evening = Evening::begin().await;
    let tray = |part: &'static str, there: bool| {
        let desktop = &desktop;
        async move {
            until(&format!("{part:?} in the tray's menu: {there}"), || async {
                let menu = desktop.tray().await?;
                (menu.iter().any(|label| label.contains(part)) == there).then_some(())
            })
            .await;
        }
    };
    tray("没有直播间在播", true).await;
    evening.connect("bilibili").await;
    evening.go_live(&["bilibili"], "深夜手冲").await;
    evening.window.click("run-close").await;
    tray("直播中：", true).await;
    // Whoever has the window in front sees it there.
    let away = evening.window.put_away().await;
    until("a notification that no video arrives", || async {
        desktop.told().iter().any(|text| text.contains(SILENT)).then_some(())
    })
    .await;
    tray(SILENT, true).await;

    evening.window.take_up(away).await;
    evening.open_room("bilibili").await;
    let server = evening.copy("copy-server").await;
    let push = Push::start(&server, &evening.copy("copy-key").await);
    tray(SILENT, false).await;
    let times = desktop.told().iter().filter(|text| text.contains(SILENT)).count();
    assert_eq!(times, 1, "an alarm is told once");
    drop(push);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_message_is_told_once_it_was_chosen() {
    let _screen = SCREEN.lock().await;
    let desktop = Desktop::begin().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    evening.connect("bilibili").await;
    evening.go_live(&["bilibili"], "深夜手冲").await;
    window.click("run-close").await;
    window.find_css("[data-testid=\"room-bilibili\"][data-chat=\"listening\"]").await;
    let remote = evening.remote("bilibili");
    let pay = |id: u64, text: &str| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let paid = json!({
            "cmd": "SUPER_CHAT_MESSAGE",
            "data": {
                "id": id, "uid": 7_700_000_200_u64 + id, "message": text, "price": 50, "time": 60,
                "start_time": now, "end_time": now + 60, "ts": now, "user_info": { "uname": "深烘爱好者" },
            },
        });
        assert!(evening.control.bilibili_event(&remote, &paid.to_string()));
    };
    let (before, after) = ("没选的时候", "请放第三首");
    pay(91, before);
    window.until_text("chat-pins", before).await;
    window.click("nav-settings").await;
    window.click("notices-paid").await;
    window.until_attribute("notices-paid", "aria-checked", "true").await;
    window.put_away().await;
    pay(92, after);
    let told =
        until("the paid message", || async { desktop.told().into_iter().find(|text| text.contains(after)) })
            .await;
    assert!(told.contains("深烘爱好者") && told.contains("¥50"), "{told}");
    assert!(!desktop.told().iter().any(|text| text.contains(before)), "it wasn't wanted then");
}
