//! Weibo: on its page in the browser, with the answer coming back by itself or pasted.

use kaibo_tests::{Connect, Consent, Evening};
use url::Url;

use crate::SCREEN;
use crate::walk::{on_air, signed_in};

/// A page from which nothing comes back by itself.
const ELSEWHERE: &str = "https://api.weibo.com/oauth2/default.html";

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The form of this way, with the answer coming back to `callback`, and its button pressed.
async fn begin(evening: &Evening, callback: &str) {
    let (key, secret) = evening.control.weibo_app();
    evening.control.weibo_redirects(vec![callback.to_owned()]);
    evening.open_form("weibo", "browser").await;
    let changes = Connect::from([
        ("app_key".to_owned(), key),
        ("app_secret".to_owned(), secret),
        ("redirect_url".to_owned(), callback.to_owned()),
    ]);
    evening.fill_form("weibo", &changes).await;
    evening.window.click("connect").await;
    evening.window.find("signin-open").await;
}

/// Presses the button that opens the page; answers what the browser was told.
async fn open_page(evening: &Evening) -> Url {
    evening.window.click("signin-open").await;
    let page = evening.browser.opened().await;
    assert_eq!(page.as_str(), evening.window.attribute("signin-url", "data-url").await);
    assert!(!page.as_str().contains(&evening.control.weibo_app().1), "the app's secret stays here");
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn weibo_by_the_browser_coming_back() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let callback = format!("http://127.0.0.1:{}/weibo", free_port());
    begin(&evening, &callback).await;
    evening.window.shot("browser-returns").await;
    let page = open_page(&evening).await;
    let back = evening.browser.answer(&page, Consent::Allow).await;

    // Somebody else's answer, a wrong state, is turned away and the sign-in goes on.
    let mut forged = back.clone();
    forged.set_query(Some("code=abc&state=wrong"));
    let (status, _) = evening.browser.visit(&forged).await;
    assert!((400..500).contains(&status), "a wrong state: {status}");
    assert!(evening.window.has("[data-testid=\"signin-open\"]").await, "the sign-in goes on");

    let (status, text) = evening.browser.visit(&back).await;
    assert_eq!(status, 200, "{text}");
    assert!(!text.contains("code="), "the page in the browser doesn't repeat the code");
    signed_in(&evening, "weibo").await;

    let room = on_air(&evening, "weibo", "浏览器开播").await;
    room.expire(&evening).await;
    // Key and secret are kept: nothing has to be typed again.
    evening.window.click("connect").await;
    let page = open_page(&evening).await;
    let back = evening.browser.answer(&page, Consent::Allow).await;
    assert_eq!(evening.browser.visit(&back).await.0, 200);
    room.survived(&evening).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weibo_by_pasting_the_last_address() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    begin(&evening, ELSEWHERE).await;
    let page = open_page(&evening).await;
    let back = evening.browser.answer(&page, Consent::Allow).await;
    assert!(back.as_str().starts_with(ELSEWHERE), "the browser ends at the platform's own page");

    // An answer to another question is refused, and the sign-in goes on.
    let mut forged = back.clone();
    forged.set_query(Some("code=abc&state=wrong"));
    window.fill("signin-answer", forged.as_str()).await;
    window.click("signin-answer-send").await;
    window.find_css("[data-testid=\"signin-answer-problem\"]").await;
    window.shot("browser-wrong-answer").await;
    window.fill("signin-answer", back.as_str()).await;
    window.click("signin-answer-send").await;
    signed_in(&evening, "weibo").await;
    let room = on_air(&evening, "weibo", "粘贴网址开播").await;
    room.expire(&evening).await;
    window.click("connect").await;
    let page = open_page(&evening).await;
    let back = evening.browser.answer(&page, Consent::Allow).await;
    // This time the code alone.
    let code = back.query_pairs().find(|(name, _)| name == "code").unwrap().1.into_owned();
    window.fill("signin-answer", &code).await;
    window.click("signin-answer-send").await;
    room.survived(&evening).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn weibo_refused_on_its_page() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    let callback = format!("http://127.0.0.1:{}/weibo", free_port());
    begin(&evening, &callback).await;
    let before = evening.control.weibo_tokens();
    let page = open_page(&evening).await;
    let back = evening.browser.answer(&page, Consent::Refuse).await;
    evening.browser.visit(&back).await;
    window.until_attribute("signin-problem", "data-code", "sign_in_denied").await;
    window.shot("browser-refused").await;
    assert_eq!(evening.control.weibo_tokens(), before, "nobody was given a token");
    // Thought better of: the same dialog tries again.
    window.click("signin-renew").await;
    let page = open_page(&evening).await;
    let back = evening.browser.answer(&page, Consent::Allow).await;
    assert_eq!(evening.browser.visit(&back).await.0, 200);
    signed_in(&evening, "weibo").await;
    assert_eq!(evening.control.weibo_tokens(), before + 1);
}
