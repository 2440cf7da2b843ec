//! Signing in by a code: its states, what comes with the last, and the sign-ins side by side.

use std::time::Duration;

use reqwest::Response;
use reqwest::header::SET_COOKIE;
use serde_json::{Value, json};

use super::Browser;

impl Browser {
    pub(super) async fn fetch(&self, target: &str) -> Response {
        let request = self.http.get(format!("{}{target}", self.base)).header("Cookie", &self.cookie);
        request.send().await.unwrap()
    }

    /// A new code: its key and its address.
    async fn code(&self) -> (String, String) {
        let made = self.get("/x/passport-login/web/qrcode/generate").await;
        assert_eq!(made["code"], 0);
        let text = |name: &str| made["data"][name].as_str().unwrap().to_owned();
        (text("qrcode_key"), text("url"))
    }

    async fn poll(&self, key: &str) -> Value {
        let polled = self.get(&format!("/x/passport-login/web/qrcode/poll?qrcode_key={key}")).await;
        assert_eq!(polled["code"], 0, "the outer code is 0 in every state");
        polled["data"].clone()
    }

    /// Signs in anew by a code. Wears the cookies that came and returns the refresh token.
    pub(super) async fn scan(&mut self) -> String {
        let (key, url) = self.code().await;
        assert!(self.sandbox.control().bilibili_phone_confirms(&url));
        let reply = self.fetch(&format!("/x/passport-login/web/qrcode/poll?qrcode_key={key}")).await;
        self.wear(worn(&reply));
        let reply: Value = reply.json().await.unwrap();
        reply["data"]["refresh_token"].as_str().unwrap().to_owned()
    }
}

/// The `Set-Cookie` headers of a reply.
fn set(reply: &Response) -> Vec<String> {
    let all = reply.headers().get_all(SET_COOKIE).iter();
    all.map(|value| value.to_str().unwrap().to_owned()).collect()
}

/// What a browser sends after these `Set-Cookie` headers.
pub(super) fn worn(reply: &Response) -> String {
    let pairs: Vec<_> = set(reply).iter().map(|all| all.split(';').next().unwrap().to_owned()).collect();
    pairs.join("; ")
}

pub(super) fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test]
async fn a_code_goes_from_waiting_to_done_once() {
    let browser = Browser::new().await;
    let control = browser.sandbox.control();
    let (key, url) = browser.code().await;
    assert!(is_hex(&key, 32) && url.starts_with(&browser.base) && url.contains(&key), "{key} {url}");
    for _ in 0..2 {
        let waiting = browser.poll(&key).await;
        assert_eq!((&waiting["code"], &waiting["refresh_token"]), (&json!(86101), &json!("")));
    }
    assert!(!control.bilibili_phone_scans("https://example.com/"), "another's code");
    assert!(control.bilibili_phone_scans(&url));
    assert!(!control.bilibili_phone_scans(&url), "a code is scanned once");
    assert_eq!(browser.poll(&key).await["code"], 86090);
    let before = control.bilibili_sessions();
    assert!(control.bilibili_phone_confirms(&url));
    assert!(!control.bilibili_phone_confirms(&url), "a code is confirmed once");
    assert_eq!(control.bilibili_sessions(), before, "the sign-in begins when it is fetched");
    assert_eq!(browser.poll(&key).await["code"], 0);
    assert_eq!(control.bilibili_sessions(), before + 1);
    assert_eq!(browser.poll(&key).await["code"], 86038);
    assert_eq!(browser.poll(&"0".repeat(32)).await["code"], 86038);
    let nothing = browser.get("/x/passport-login/web/qrcode/poll").await;
    assert_eq!(nothing["code"], -400);
}

#[tokio::test]
async fn a_code_lasts_180_seconds_in_every_state() {
    let browser = Browser::new().await;
    let control = browser.sandbox.control();
    let codes = [browser.code().await, browser.code().await, browser.code().await];
    assert!(control.bilibili_phone_scans(&codes[1].1));
    assert!(control.bilibili_phone_confirms(&codes[2].1));
    control.advance_clock(Duration::from_secs(150));
    assert_eq!(browser.poll(&codes[0].0).await["code"], 86101);
    assert_eq!(browser.poll(&codes[1].0).await["code"], 86090);
    control.advance_clock(Duration::from_secs(30));
    for (key, url) in &codes {
        assert_eq!(browser.poll(key).await["code"], 86038);
        assert!(!control.bilibili_phone_scans(url) && !control.bilibili_phone_confirms(url));
    }
}

#[tokio::test]
async fn the_cookies_come_as_a_browser_gets_them() {
    let mut browser = Browser::new().await;
    browser.cookie = String::new();
    let (key, url) = browser.code().await;
    browser.sandbox.control().bilibili_phone_confirms(&url);
    let now = jiff::Timestamp::now();
    let reply = browser.fetch(&format!("/x/passport-login/web/qrcode/poll?qrcode_key={key}")).await;
    let cookies = set(&reply);
    let names: Vec<_> = cookies.iter().map(|cookie| cookie.split('=').next().unwrap()).collect();
    assert_eq!(names, ["SESSDATA", "bili_jct", "DedeUserID", "DedeUserID__ckMd5", "sid"]);
    assert!(cookies[0].contains("%2C") && cookies[0].contains("%2A"), "{}", cookies[0]);
    assert!(cookies[0].contains("; HttpOnly; Secure") && !cookies[1].contains("HttpOnly"));
    for cookie in &cookies {
        let until = cookie.split("Expires=").nth(1).unwrap().split(';').next().unwrap();
        let until = jiff::fmt::rfc2822::parse(until).unwrap().timestamp();
        let days = until.duration_since(now).as_hours() / 24;
        assert!((179..=180).contains(&days), "{cookie}");
    }
    let cookie = worn(&reply);
    let told: Value = reply.json().await.unwrap();
    let data = &told["data"];
    // The address repeats the cookies byte for byte.
    let query = data["url"].as_str().unwrap().split_once('?').unwrap().1.to_owned();
    for pair in cookie.split("; ") {
        assert!(query.split('&').any(|part| part == pair), "{pair} in {query}");
    }
    assert!(is_hex(data["refresh_token"].as_str().unwrap(), 32));
    assert!(data["timestamp"].as_i64().unwrap().abs_diff(now.as_millisecond()) < 60_000);
    let jct = cookie.split("bili_jct=").nth(1).unwrap().split(';').next().unwrap();
    assert!(is_hex(jct, 32));
    browser.wear(cookie.clone());
    assert_eq!(browser.get("/x/web-interface/nav").await["code"], 0);
    browser.wear(cookie.replace("%2C", ","));
    assert_eq!(browser.get("/x/web-interface/nav").await["code"], -101, "unescaped, it isn't the cookie");
}

#[tokio::test]
async fn cookies_can_be_lost_on_the_way() {
    let browser = Browser::new().await;
    let control = browser.sandbox.control();
    control.bilibili_lose_set_cookie(true);
    let (key, url) = browser.code().await;
    control.bilibili_phone_confirms(&url);
    let reply = browser.fetch(&format!("/x/passport-login/web/qrcode/poll?qrcode_key={key}")).await;
    assert!(set(&reply).is_empty());
    let told: Value = reply.json().await.unwrap();
    assert!(told["data"]["url"].as_str().unwrap().contains("SESSDATA="));
}

#[tokio::test]
async fn a_browser_can_be_the_phone() {
    let browser = Browser::new().await;
    let (key, url) = browser.code().await;
    let open = |url: String| async { browser.http.get(url).send().await.unwrap().text().await.unwrap() };
    let page = open(url.clone()).await;
    assert!(page.contains("sandbox's phone") && page.contains("<button"), "{page}");
    assert_eq!(browser.poll(&key).await["code"], 86090);
    let action = page.split("action=\"").nth(1).unwrap().split('"').next().unwrap();
    let form = format!("qrcode_key={key}");
    let press = browser.http.post(format!("{}{action}", browser.base)).body(form);
    let press = press.header("Content-Type", "application/x-www-form-urlencoded");
    assert!(press.send().await.unwrap().text().await.unwrap().contains("Confirmed"));
    assert!(!open(url.clone()).await.contains("<button"), "nothing is left to press");
    assert_eq!(browser.poll(&key).await["code"], 0);
    assert!(open(url).await.contains("is over"));
}

#[tokio::test]
async fn each_sign_in_has_its_own_cookies_and_csrf() {
    let mut one = Browser::new().await;
    let control = one.sandbox.control();
    let (first, first_jct) = (one.cookie.clone(), one.jct.clone());
    let token = one.scan().await;
    let (second, second_jct) = (one.cookie.clone(), one.jct.clone());
    assert_ne!(first_jct, second_jct);
    let account = one.sandbox.accounts().remove(3);
    assert_ne!(account.secrets["refresh_token"], token);
    assert_eq!(account.secrets["cookie"], first, "the account's sign-in stays the same");
    for name in ["base_url", "api_url", "passport_url", "www_url"] {
        assert_eq!(account.settings[name], one.base);
    }
    for cookie in [&first, &second] {
        one.wear(cookie.clone());
        let info = format!("/x/passport-login/web/cookie/info?csrf={}", one.jct);
        assert_eq!(one.get(&info).await["code"], 0, "both work side by side");
    }
    // The other's csrf is wrong, as a field and as a cookie.
    let say = "/msg/send";
    one.jct.clone_from(&first_jct);
    assert_eq!(one.post(say, &[("roomid", "1")]).await["code"], -111);
    one.cookie = second.replace(&second_jct, &first_jct);
    assert_eq!(one.post(say, &[("roomid", "1")]).await["code"], -111);

    assert_eq!(control.bilibili_sessions(), 2);
    control.expire_tokens("bilibili");
    assert_eq!(control.bilibili_sessions(), 0);
    for cookie in [first, second] {
        one.wear(cookie);
        assert_eq!(one.get("/x/web-interface/nav").await["code"], -101);
    }
    one.sign_in();
    assert_eq!(
        (one.get("/x/web-interface/nav").await["code"].clone(), control.bilibili_sessions()),
        (0.into(), 1)
    );
}

#[tokio::test]
async fn a_sign_in_ends_after_180_days() {
    let mut browser = Browser::new().await;
    let control = browser.sandbox.control();
    browser.scan().await;
    control.advance_clock(DAY * 179);
    assert_eq!(browser.get("/x/web-interface/nav").await["code"], 0);
    control.advance_clock(DAY);
    assert_eq!(browser.get("/x/web-interface/nav").await["code"], -101);
    assert_eq!(control.bilibili_sessions(), 0);
    browser.sign_in();
    assert_eq!(browser.get("/x/web-interface/nav").await["code"], 0);
}

#[tokio::test]
async fn faces_are_pictures() {
    let browser = Browser::new().await;
    let nav = browser.get("/x/web-interface/nav").await;
    let face = nav["data"]["face"].as_str().unwrap().to_owned();
    let reply = browser.http.get(&face).send().await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["content-type"]),
        (200, &"image/png".parse().unwrap())
    );
    let picture = reply.bytes().await.unwrap();
    assert!(picture.starts_with(b"\x89PNG\r\n\x1a\n") && picture.len() < 4096);
    assert_eq!(picture[16..24], [0, 0, 0, 48, 0, 0, 0, 48], "48 by 48");
    assert_eq!(picture[picture.len() - 8..], *b"IEND\xae\x42\x60\x82", "the standard's checksum of nothing");
    let master = browser.get(&format!("/live_user/v1/Master/info?uid={}", browser.uid())).await;
    assert_eq!(master["data"]["info"]["face"], face);
    assert_eq!(browser.http.get(face.replace(".png", "0.png")).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn the_date_is_the_platforms_clock() {
    let browser = Browser::new().await;
    browser.sandbox.control().advance_clock(DAY);
    let reply = browser.fetch("/x/report/click/now").await;
    let date = reply.headers()["date"].to_str().unwrap().to_owned();
    let date = jiff::fmt::rfc2822::parse(&date).unwrap().timestamp().as_second();
    let told: Value = reply.json().await.unwrap();
    assert!(told["data"]["now"].as_i64().unwrap().abs_diff(date) <= 1);
}
