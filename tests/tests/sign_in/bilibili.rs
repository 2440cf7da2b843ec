//! Bilibili: by a code that a phone scans, and by pasted cookies.

use std::time::Duration;

use kaibo_tests::{Connect, Evening, read_qr, until};

use crate::SCREEN;
use crate::walk::{on_air, signed_in};

/// What a phone's camera reads from the code in the window.
async fn photographed(evening: &Evening) -> String {
    until("a code that can be read", || async {
        let picture = evening.window.picture("signin-qr").await;
        let read = read_qr(&picture)?;
        // The corners are round; a bit further in is the quiet zone.
        assert_eq!(picture.get_pixel(10, 10).0, [255], "black on white");
        Some(read)
    })
    .await
}

/// Fills in the sandbox's addresses and asks for a code.
async fn ask_for_a_code(evening: &Evening) {
    evening.open_form("bilibili", "qr").await;
    evening.fill_form("bilibili", &Connect::new()).await;
    evening.window.click("connect").await;
    evening.window.until_attribute("signin-qr-state", "data-state", "waiting").await;
}

async fn scan_and_confirm(evening: &Evening) {
    let code = photographed(evening).await;
    assert!(evening.control.bilibili_phone_scans(&code), "a code of the platform's: {code}");
    evening.window.until_attribute("signin-qr-state", "data-state", "scanned").await;
    evening.window.shot("qr-scanned").await;
    assert!(evening.control.bilibili_phone_confirms(&code));
}

#[tokio::test(flavor = "multi_thread")]
async fn bilibili_by_a_code_from_an_empty_program() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    ask_for_a_code(&evening).await;
    window.shot("qr-dark").await;
    let first = photographed(&evening).await;

    // The first code runs out; one press gives a new one.
    evening.control.advance_clock(Duration::from_secs(181));
    window.until_attribute("signin-qr-state", "data-state", "expired").await;
    window.shot("qr-expired").await;
    assert!(!evening.control.bilibili_phone_scans(&first), "it is over at the platform too");
    window.click("signin-renew").await;
    window.until_attribute("signin-qr-state", "data-state", "waiting").await;
    let second = until("a new code", || async {
        let code = photographed(&evening).await;
        (code != first).then_some(code)
    })
    .await;
    assert_ne!(first, second);
    scan_and_confirm(&evening).await;
    signed_in(&evening, "bilibili").await;

    let room = on_air(&evening, "bilibili", "扫码开播").await;
    // On air in the light, too: the code must stay black on white.
    window.click("nav-settings").await;
    window.click("setting-theme-light").await;
    room.expire_and_check(&evening).await;
    evening.choose_way("qr").await;
    window.click("connect").await;
    window.until_attribute("signin-qr-state", "data-state", "waiting").await;
    window.shot("qr-light").await;
    scan_and_confirm(&evening).await;
    room.survived(&evening).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bilibili_by_pasted_cookies() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    evening.connect("bilibili").await;
    signed_in(&evening, "bilibili").await;
    let room = on_air(&evening, "bilibili", "粘贴开播").await;
    room.expire_and_check(&evening).await;
    evening.choose_way("form").await;
    let secrets = evening.account("bilibili").secrets;
    evening.window.fill("field-cookie", &secrets["cookie"]).await;
    evening.window.click("connect").await;
    room.survived(&evening).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_is_cancelled_leaves_nothing() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    ask_for_a_code(&evening).await;
    let code = photographed(&evening).await;
    assert!(evening.control.bilibili_phone_scans(&code));
    window.until_attribute("signin-qr-state", "data-state", "scanned").await;
    window.click("signin-cancel").await;
    window.until_gone("[data-testid=\"connect-dialog\"]").await;
    evening.control.bilibili_phone_confirms(&code);
    // Asked for again, the code is another one: nobody took the first.
    ask_for_a_code(&evening).await;
    assert_ne!(photographed(&evening).await, code);
    assert!(!window.has("[data-testid=\"account-bilibili\"][data-sandbox=\"false\"]").await);
}
