//! The chat over the picture, from the window's switch to what a browser source of OBS gets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use kaibo_tests::{Evening, PATIENCE, keyring};
use reqwest::Response;
use tokio::time::timeout;
use url::Url;

const ON: &str = "[data-testid=\"overlay\"][data-state=\"on\"]";

#[tokio::test(flavor = "multi_thread")]
async fn what_the_window_copies_is_a_page_that_hears_the_chat() {
    let mut evening = Evening::begin().await;
    evening.connect("bilibili").await;
    evening.go_live(&["bilibili"], "深夜手冲").await;
    evening.window.click("run-close").await;
    evening.window.find_css("[data-testid=\"room-bilibili\"][data-chat=\"listening\"]").await;
    evening.switch_overlay_on().await;
    let address = evening.copy("overlay-copy").await;
    let kept = token(&address);
    assert!(in_keyring(&kept), "the address is kept in the keyring");
    assert!(!evening.window.source().await.contains(&kept), "it never passes through the page");

    let mut page = open(&address).await;
    evening.window.until_attribute("overlay", "data-pages", "1").await;
    say(&evening, "这首叫什么名字").await;
    page.hears("这首叫什么名字").await;
    page.hears("南山有台").await;
    evening.window.shot("overlay-on").await;

    // Another address: the former ends, and opens nothing any more.
    evening.window.click_for("[data-testid=\"overlay-renew\"]", "[data-testid=\"overlay-renew-sure\"]").await;
    evening.window.click("overlay-renew-sure").await;
    page.ends().await;
    let renewed = evening.copy("overlay-copy").await;
    assert_ne!(renewed, address);
    assert_eq!(get(&address).await.unwrap().status(), 404, "the former address");
    assert!(!in_keyring(&kept) && in_keyring(&token(&renewed)));
    let mut page = open(&renewed).await;
    say(&evening, "第二个地址也听得见").await;
    page.hears("第二个地址也听得见").await;

    // The program is closed: the page is told by its connection. It is found again at the same address.
    evening.window.close().await;
    page.ends().await;
    assert!(get(&renewed).await.is_err(), "nobody listens there");
    evening.start().await;
    evening.window.click("nav-settings").await;
    evening.window.find_css(ON).await;
    let mut page = open(&renewed).await;
    // Said just before the end: nothing of the chat is lost by closing.
    page.hears("第二个地址也听得见").await;

    // Switched off, it ends too.
    evening.window.click("overlay-on").await;
    evening.window.until_attribute("overlay", "data-state", "off").await;
    page.ends().await;
    assert!(get(&renewed).await.is_err(), "nobody listens there");
}

async fn say(evening: &Evening, text: &str) {
    let remote = evening.remote("bilibili");
    assert!(evening.control.viewer_says("bilibili", &remote, "南山有台", text));
    evening.window.until_text("chat-lines", text).await;
}

/// The part of an address that opens it.
fn token(address: &str) -> String {
    let address = Url::parse(address).unwrap();
    assert_eq!(address.host_str(), Some("127.0.0.1"));
    let token = address.path_segments().unwrap().next().unwrap().to_owned();
    assert!(token.len() >= 32, "{token} can't be guessed");
    token
}

fn in_keyring(token: &str) -> bool {
    keyring().into_iter().any(|(_, secrets)| secrets.values().any(|secret| secret == token))
}

async fn get(address: &str) -> reqwest::Result<Response> {
    reqwest::Client::builder().no_proxy().build().unwrap().get(address).send().await
}

/// A page that is open: what it hears.
struct Page {
    events: Response,
    heard: String,
}

/// Opens the page as a browser does: itself, its script and style, and then its events.
async fn open(address: &str) -> Page {
    let html = get(address).await.unwrap();
    assert_eq!(html.status(), 200);
    let html = html.text().await.unwrap();
    for file in ["overlay.js", "overlay.css"] {
        assert!(html.contains(file), "{html}");
        let answer = get(&format!("{address}{file}")).await.unwrap();
        assert_eq!(answer.status(), 200, "{file}");
        assert!(!answer.text().await.unwrap().is_empty(), "{file}");
    }
    let events = get(&format!("{address}events")).await.unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    let mut page = Page { events, heard: String::new() };
    page.hears("event: start").await;
    page
}

impl Page {
    /// Waits until it has heard something.
    async fn hears(&mut self, text: &str) {
        let hearing = async {
            while !self.heard.contains(text) {
                let more = self.events.chunk().await.unwrap().expect("its connection stays");
                self.heard.push_str(&String::from_utf8_lossy(&more));
            }
        };
        let heard = timeout(PATIENCE, hearing).await;
        assert!(heard.is_ok(), "{text} isn't in what it heard: {}", self.heard);
    }

    /// Waits until its connection has ended.
    async fn ends(mut self) {
        let ended = async { while let Ok(Some(_)) = self.events.chunk().await {} };
        timeout(PATIENCE, ended).await.expect("its connection ends");
    }
}
