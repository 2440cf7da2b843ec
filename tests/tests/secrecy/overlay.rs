//! The overlay's address opens the chat to whoever has it: it goes from the keyring to the clipboard, and over the
//! wire when a page is opened.

use kaibo_tests::Evening;
use url::Url;

/// Switches it on, copies its address and opens it; answers what is secret in it.
pub async fn opened(evening: &Evening) -> Vec<(String, String)> {
    evening.switch_overlay_on().await;
    vec![("overlay".to_owned(), copied(evening).await)]
}

/// The same after a start that found it switched on, and another address.
pub async fn renewed(evening: &Evening) {
    let window = &evening.window;
    window.click("nav-settings").await;
    window.until_attribute("overlay", "data-state", "on").await;
    let former = copied(evening).await;
    window.click_for("[data-testid=\"overlay-renew\"]", "[data-testid=\"overlay-renew-sure\"]").await;
    window.click("overlay-renew-sure").await;
    window.until_gone("[data-testid=\"overlay-renew-sure\"]").await;
    assert_ne!(copied(evening).await, former);
}

/// Copies the address, opens it, and answers the part of it that is secret.
async fn copied(evening: &Evening) -> String {
    let address = Url::parse(&evening.copy("overlay-copy").await).unwrap();
    let page = reqwest::get(address.clone()).await.unwrap();
    assert_eq!(page.status(), 200, "the page is there");
    address.path_segments().unwrap().next().unwrap().to_owned()
}
