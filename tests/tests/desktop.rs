//! What the program tells outside its window: the tray icon's menu, and the system's notifications.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use kaibo_tests::{Desktop, Evening, Push, until};

const SILENT: &str = "没有画面";

#[tokio::test(flavor = "multi_thread")]
async fn an_alarm_is_told_by_tray_and_notification_and_leaves_when_healed() {
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
