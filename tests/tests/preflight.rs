//! The checks before going live, in the real window: what is wrong is shown with one button, and the button leads
//! to green.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use kaibo_tests::{Connect, Evening};
use tokio::sync::Mutex;

/// One window at a time.
static SCREEN: Mutex<()> = Mutex::const_new(());

/// Waits until a check of a platform's room has a level.
async fn until_level(evening: &Evening, platform: &str, kind: &str, level: &str) {
    evening.window.until_attribute(&format!("preflight-{platform}-{kind}"), "data-level", level).await;
}

/// Presses the one button of a check that isn't green.
async fn fix(evening: &Evening, platform: &str, kind: &str) {
    let button = format!("[data-testid=\"preflight-{platform}-{kind}\"] [data-testid=\"preflight-fix\"]");
    evening.window.click_css(&button).await;
}

/// Opens *Tonight* and has the chosen rooms looked over anew.
async fn look(evening: &Evening) {
    let window = &evening.window;
    if !window.has("[data-testid=\"tonight-page\"]").await {
        window.click("go-live").await;
    }
    window.click("preflight-run").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_warning_has_a_button_that_leads_to_green() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    for platform in ["weibo", "bilibili"] {
        evening.connect(platform).await;
    }
    window.click("go-live").await;
    window.fill("tonight-title", "先看一眼").await;
    look(&evening).await;
    for (platform, kind) in [
        ("weibo", "sign_in"),
        ("weibo", "right"),
        ("weibo", "texts"),
        ("bilibili", "sign_in"),
        ("bilibili", "area"),
    ] {
        until_level(&evening, platform, kind, "green").await;
    }
    window.shot("preflight-green").await;
    title_too_long(&evening).await;
    right_refused(&evening).await;
    sign_in_expired(&evening).await;
    window.until_attribute("go-hint", "data-red", "0").await;
    window.click("tonight-go").await;
    for platform in ["weibo", "bilibili"] {
        window.until_attribute(&format!("run-{platform}"), "data-state", "done").await;
    }
}

async fn title_too_long(evening: &Evening) {
    let window = &evening.window;
    window.fill("tonight-title", &"字".repeat(41)).await;
    look(evening).await;
    until_level(evening, "bilibili", "texts", "red").await;
    fix(evening, "bilibili", "texts").await;
    let focused = window.script("return document.activeElement.dataset.testid").await;
    assert_eq!(focused, "tonight-title", "the button leads to the title");
    window.fill("tonight-title", "先看一眼").await;
    look(evening).await;
    until_level(evening, "bilibili", "texts", "green").await;
}

async fn right_refused(evening: &Evening) {
    let window = &evening.window;
    evening.control.weibo_right(6);
    look(evening).await;
    until_level(evening, "weibo", "right", "red").await;
    window.shot("preflight-right").await;
    // What has to be opened in Weibo's own app, as a code for the phone.
    fix(evening, "weibo", "right").await;
    window.find("qr").await;
    window.shot("preflight-verify").await;
    evening.control.weibo_right(1);
    window.script("document.querySelector('dialog[open]').requestClose()").await;
    window.until_gone("dialog[open]").await;
    look(evening).await;
    until_level(evening, "weibo", "right", "green").await;
}

async fn sign_in_expired(evening: &Evening) {
    let window = &evening.window;
    evening.control.expire_tokens("bilibili");
    look(evening).await;
    until_level(evening, "bilibili", "sign_in", "red").await;
    window.shot("preflight-expired").await;
    fix(evening, "bilibili", "sign_in").await;
    evening.choose_way("form").await;
    window.fill("field-cookie", &evening.account("bilibili").secrets["cookie"]).await;
    window.click("connect").await;
    window.until_gone("[data-testid=\"connect-dialog\"]").await;
    look(evening).await;
    until_level(evening, "bilibili", "sign_in", "green").await;
}

/// A streamer without a room yet has no area either.
#[tokio::test(flavor = "multi_thread")]
async fn a_missing_area_is_found_by_search() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    let newcomer = Connect::from([
        ("cookie".to_owned(), evening.control.newcomer_cookie()),
        ("refresh_token".to_owned(), String::new()),
    ]);
    evening.try_connect("bilibili", &newcomer).await;
    window.until_gone("[data-testid=\"connect-dialog\"]").await;
    window.click("go-live").await;
    window.fill("tonight-title", "第一次开播").await;
    if window.find("tonight-choose-bilibili").await.prop("checked").await.unwrap().as_deref() != Some("true")
    {
        window.click_css("label:has([data-testid=\"tonight-choose-bilibili\"])").await;
    }
    look(&evening).await;
    until_level(&evening, "bilibili", "area", "red").await;
    window.shot("preflight-area").await;
    fix(&evening, "bilibili", "area").await;
    window.fill("area-search", "生活").await;
    window.shot("area-search").await;
    window.click_css("[data-testid^=\"area-option-\"]").await;
    look(&evening).await;
    until_level(&evening, "bilibili", "area", "green").await;
    // Chosen once, it stands at the top the next time.
    window.click("tonight-area").await;
    window.find_css("[data-testid^=\"area-recent-\"]").await;
    window.shot("area-recent").await;
    window.script("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))").await;
    window.click("tonight-go").await;
    window.until_attribute("run-bilibili", "data-state", "done").await;
}
