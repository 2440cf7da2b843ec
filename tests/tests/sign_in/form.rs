//! The platforms whose keys are typed: Qiniu and Taobao.

use kaibo_tests::Evening;

use crate::SCREEN;
use crate::walk::{check, on_air, signed_in};

#[tokio::test(flavor = "multi_thread")]
async fn qiniu_by_its_keys() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    evening.connect("qiniu").await;
    signed_in(&evening, "qiniu").await;
    let room = on_air(&evening, "qiniu", "七牛开播").await;
    // The anchor's token runs out; a new one is got with the keys, and nobody has to do anything.
    evening.control.expire_tokens("qiniu");
    check(&evening, "qiniu", "signed_in").await;
    // Keys typed anew while the room is on air.
    window.click("replace-credentials").await;
    for (name, value) in &evening.account("qiniu").secrets {
        window.fill(&format!("field-{name}"), value).await;
    }
    window.click("connect").await;
    room.survived(&evening).await;
}

/// Taobao's lives are started in its own app; watching one is what there is.
#[tokio::test(flavor = "multi_thread")]
async fn taobao_by_its_keys() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    evening.connect("taobao").await;
    signed_in(&evening, "taobao").await;
    evening.open_room("taobao").await;
    window.until_attribute("room-status", "data-status", "live").await;
    let title = window.text("room-title").await;
    evening.control.expire_tokens("taobao");
    window.click("refresh").await;
    window.find("problem-action").await;
    window.shot("expired-taobao").await;
    assert_eq!(window.text("room-title").await, title, "the room stays");
    window.click("problem-action").await;
    for (name, value) in &evening.account("taobao").secrets {
        window.fill(&format!("field-{name}"), value).await;
    }
    window.click("connect").await;
    window.until_gone("[data-testid=\"connect-dialog\"]").await;
    evening.open_room("taobao").await;
    window.until_gone("[data-testid=\"problem\"]").await;
    window.until_attribute("room-status", "data-status", "live").await;
}
