//! Heard in one pane, answered one by one and all at once.

use kaibo_sandbox::Fault;
use kaibo_tests::{FourRooms, until};

use crate::SCREEN;

/// Bilibili's filter swallows a line with this, and says so.
const SWALLOWED: &str = "违禁词";

#[tokio::test(flavor = "multi_thread")]
async fn four_rooms_are_heard_in_one_pane_and_answered_with_a_result_for_each() {
    let _screen = SCREEN.lock().await;
    let mut four = FourRooms::begin().await;
    four.say_all(4);
    four.pane_has_all_once().await;
    four.evening.window.shot("chat-four-rooms").await;

    let answered = answer(&mut four, "chat-target-weibo", "微博的朋友好", 1).await;
    assert_eq!(answered, [3], "Weibo's room alone");
    let answered = answer(&mut four, "chat-target-bilibili", "先说给一间听", 1).await;
    assert!(answered.len() == 1 && answered[0] < 3, "one room of Bilibili's: {answered:?}");
    let answered = answer(&mut four, "chat-target-all", "大家晚上好", 4).await;
    assert_eq!(answered, [0, 1, 2, 3]);
    four.pane_has_all_once().await;

    refused_by_three(&mut four).await;
    refused_by_one(&mut four).await;
    four.pane_has_all_once().await;
    four.history_has_all_once().await;
}

/// Says something to a target, and waits until so many rooms have it: these, by their place.
async fn answer(four: &mut FourRooms, target: &str, text: &str, rooms: usize) -> Vec<usize> {
    let window = &four.evening.window;
    window.click("chat-target").await;
    window.click(target).await;
    window.fill("chat-input", text).await;
    window.click("chat-send").await;
    let have = until("the answer at the platforms", || async {
        let have = having(four, text);
        (have.len() == rooms).then_some(have)
    })
    .await;
    until("the field to be empty", || async {
        (window.find("chat-input").await.prop("value").await.ok()?.as_deref() == Some("")).then_some(())
    })
    .await;
    assert!(!window.has("[data-testid=\"chat-problem\"]").await, "nothing was refused");
    for at in &have {
        four.rooms[*at].said.push(text.to_owned());
    }
    have
}

/// The rooms, by their place, whose platform took a line; none took it twice.
fn having(four: &FourRooms, text: &str) -> Vec<usize> {
    let times = |at: &usize| {
        let room = &four.rooms[*at];
        four.evening.control.chat_received(room.platform, &room.remote).iter().filter(|s| *s == text).count()
    };
    let have: Vec<usize> = (0..four.rooms.len()).filter(|at| times(at) > 0).collect();
    assert!(have.iter().all(|at| times(at) == 1), "{text} was said twice");
    have
}

/// Bilibili refuses for each of its rooms, and Weibo has it.
async fn refused_by_three(four: &mut FourRooms) {
    let window = &four.evening.window;
    let text = format!("这句有{SWALLOWED}");
    window.fill("chat-input", &text).await;
    window.click("chat-send").await;
    let refusals = "return document.querySelectorAll('[data-testid=\"chat-problem\"] \
        [data-code=\"chat_dropped\"]').length";
    until("three refusals", || async { (window.script(refusals).await == 3).then_some(()) }).await;
    window.shot("chat-refused").await;
    assert_eq!(window.attribute("chat-said", "data-room").await, four.rooms[3].id, "said in Weibo's room");
    assert_eq!(having(four, &text), [3]);
    four.rooms[3].said.push(text);
    window.click_css("[data-testid=\"chat-problem\"] button:last-of-type").await;
    window.until_gone("[data-testid=\"chat-problem\"]").await;
}

/// One room refuses; sending again is for that one alone.
async fn refused_by_one(four: &mut FourRooms) {
    let window = &four.evening.window;
    let text = "明晚还是八点";
    let refusal = Fault::Answer {
        status: 200,
        content_type: "application/json".to_owned(),
        body: r#"{"code":10031,"message":"您发送弹幕的频率过快","data":null}"#.to_owned(),
    };
    four.evening.control.fault("bilibili", "/msg/send", refusal, Some(1));
    window.fill("chat-input", text).await;
    window.click("chat-send").await;
    window.find_css("[data-testid=\"chat-problem\"] [data-code]").await;
    window.shot("chat-refused-by-one").await;
    assert_eq!(having(four, text).len(), 3);
    window.click("chat-resend").await;
    window.until_gone("[data-testid=\"chat-problem\"]").await;
    assert_eq!(having(four, text), [0, 1, 2, 3], "once in each");
    for room in &mut four.rooms {
        room.said.push(text.to_owned());
    }
}
