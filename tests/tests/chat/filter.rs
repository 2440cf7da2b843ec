//! Filters by room, kind and word; paid messages at the top, and what was taken back.

use std::time::SystemTime;

use kaibo_tests::{FourRooms, Row, until};
use serde_json::json;

use crate::SCREEN;

#[tokio::test(flavor = "multi_thread")]
async fn lines_are_chosen_by_room_kind_and_word() {
    let _screen = SCREEN.lock().await;
    let mut four = FourRooms::begin().await;
    four.say_all(5);
    four.until_lines().await;
    let gift = "一杯手冲";
    four.evening.give(&four.rooms[0].remote, "橘子汽水", gift, 3, 1);
    let window = &four.evening.window;
    window.until_text("chat-lines", gift).await;
    let said = four.said();

    let weibo = four.rooms[3].id.clone();
    window.click("chat-tab-weibo").await;
    rows(&four, four.rooms[3].said.len(), |row| row.room == weibo).await;
    window.click("chat-tab-bilibili").await;
    let bilibili = said - four.rooms[3].said.len();
    rows(&four, bilibili + 1, |row| row.room != weibo).await;

    window.click("chat-kinds").await;
    window.click("chat-kind-messages").await;
    window.until_attribute("chat-hidden", "data-hidden", &bilibili.to_string()).await;
    rows(&four, 1, |row| row.kind == "gift" && row.text.contains(gift)).await;
    window.shot("chat-filtered-by-kind").await;
    window.click("chat-kind-gifts").await;
    window.find("chat-empty").await;
    window.click("chat-kinds").await;
    window.click("chat-show-all").await;
    rows(&four, bilibili + 1, |_| true).await;
    window.click("chat-tab-all").await;

    let word = "b 面";
    let wanted = four.rooms.iter().flat_map(|room| &room.said).filter(|s| s.contains("B 面")).count();
    assert!(wanted > 3 && wanted < said, "{wanted} of {said}");
    window.click_for("[data-testid=\"chat-search-open\"]", "[data-testid=\"chat-search\"]").await;
    window.fill("chat-search", word).await;
    window.until_attribute("chat-found", "data-found", &wanted.to_string()).await;
    rows(&four, wanted, |row| row.text.contains("B 面")).await;
    window.shot("chat-filtered-by-word").await;
    // A line that comes is looked at, too.
    four.evening.control.viewer_says("weibo", &four.rooms[3].remote, "半杯水", "再来一遍 B 面");
    four.evening.window.until_attribute("chat-found", "data-found", &(wanted + 1).to_string()).await;
}

/// Waits until so many rows are drawn, each of which is as it should be.
async fn rows(four: &FourRooms, count: usize, fits: impl Fn(&Row) -> bool) {
    until(&format!("{count} rows"), || async { (four.rows().await.len() == count).then_some(()) }).await;
    let rows = four.rows().await;
    assert!(rows.iter().all(fits), "rows that shouldn't be there: {rows:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_message_stands_at_the_top_until_it_is_taken_back() {
    let _screen = SCREEN.lock().await;
    let mut four = FourRooms::begin().await;
    let (control, remote) = (four.evening.control.clone(), four.rooms[1].remote.clone());
    let (kept, taken) = ("请放第三首，谢谢", "这句说错了");
    for (id, text, yuan) in [(91, kept, 50), (92, taken, 30)] {
        assert!(control.bilibili_event(&remote, &paid_message(id, text, yuan, 60)));
    }
    four.say_all(2);
    let window = &four.evening.window;
    window.until_attribute("chat-pins", "data-pins", "2").await;
    window.until_text("chat-pins", kept).await;
    window.until_text("chat-pins", taken).await;
    let all = four.said() + 2;
    rows(&four, all, |_| true).await;
    window.shot("chat-pinned").await;
    let before = four.rows().await;

    let recall = json!({ "cmd": "SUPER_CHAT_MESSAGE_DELETE", "data": { "ids": [92] } });
    assert!(control.bilibili_event(&remote, &recall.to_string()));
    window.until_attribute("chat-pins", "data-pins", "1").await;
    window.until_text("chat-pins", kept).await;
    window.find_css("[data-testid=\"chat-line\"][data-recalled=\"true\"]").await;
    let after = four.rows().await;
    window.shot("chat-recalled").await;
    assert_eq!(after.len(), before.len(), "its place stays");
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(was.text.contains(taken), is.recalled, "{was:?} became {is:?}");
        assert!(is.recalled || was == is, "{was:?} became {is:?}");
    }
    assert!(!window.source().await.contains(taken), "what was taken back is nowhere in the page");

    window.click("chat-pin-read").await;
    window.until_gone("[data-testid=\"chat-pins\"]").await;
    window.until_text("chat-lines", kept).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paid_message_stands_at_the_top_after_a_thousand_lines_and_a_restart() {
    let _screen = SCREEN.lock().await;
    let mut four = FourRooms::begin().await;
    let (control, remote) = (four.evening.control.clone(), four.rooms[1].remote.clone());
    let (text, gift) = ("今晚最后一首放哪首", "一杯手冲");
    assert!(control.bilibili_event(&remote, &paid_message(93, text, 500, 3600)));
    four.evening.window.until_attribute("chat-pins", "data-pins", "1").await;
    for number in 0..1_000 {
        assert!(control.viewer_says("bilibili", &remote, "半杯水", &format!("第 {number} 句")));
    }
    // It never folds.
    four.evening.give(&remote, "橘子汽水", gift, 3, 1);
    four.evening.window.until_text("chat-lines", gift).await;
    four.evening.restart().await;
    let window = &four.evening.window;
    window.until_attribute("chat-pins", "data-pins", "1").await;
    window.until_text("chat-pins", text).await;
    window.until_text("chat-lines", gift).await;
    window.shot("chat-pinned-restarted").await;
}

/// What the platform sends of a message that stands at the top for so many seconds from now on.
fn paid_message(id: u64, text: &str, yuan: u32, seconds: u64) -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let paid = json!({
        "cmd": "SUPER_CHAT_MESSAGE",
        "data": {
            "id": id, "uid": 7_700_000_200_u64 + id, "message": text, "price": yuan, "time": seconds,
            "start_time": now, "end_time": now + seconds, "ts": now, "user_info": { "uname": "深烘爱好者" },
        },
    });
    paid.to_string()
}
