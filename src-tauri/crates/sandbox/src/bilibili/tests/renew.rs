//! Refreshing a sign-in, step by step and out of step.

use std::time::Duration;

use serde_json::{Value, json};

use super::Browser;
use super::passport::{is_hex, worn};

const DAY: Duration = Duration::from_secs(24 * 3600);
const REFRESH: &str = "/x/passport-login/web/cookie/refresh";
const CONFIRM: &str = "/x/passport-login/web/confirm/refresh";

impl Browser {
    async fn cookie_info(&self) -> Value {
        self.get(&format!("/x/passport-login/web/cookie/info?csrf={}", self.jct)).await
    }

    /// The status of the key's page, and the key.
    async fn key_at(&self, path: &str) -> (u16, Option<String>) {
        let reply = self.fetch(&format!("/correspond/1/{path}")).await;
        let status = reply.status().as_u16();
        assert_eq!(reply.headers()["content-type"], "text/html; charset=utf-8");
        let page = reply.text().await.unwrap();
        let key =
            page.split("<div id=\"1-name\">").nth(1).map(|rest| rest.split('<').next().unwrap().to_owned());
        (status, key)
    }

    async fn refresh_csrf(&self) -> String {
        assert_eq!(self.cookie_info().await["code"], 0);
        let (status, key) = self.key_at(&"0a".repeat(128)).await;
        assert_eq!(status, 200);
        key.unwrap()
    }

    /// Asks for new cookies: the reply, and the cookies if any came.
    async fn refresh(&self, key: &str, token: &str) -> (Value, String) {
        let form = format!("csrf={}&refresh_csrf={key}&source=main_web&refresh_token={token}", self.jct);
        let request = self.http.post(format!("{}{REFRESH}", self.base)).header("Cookie", &self.cookie);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(form);
        let reply = request.send().await.unwrap();
        let cookie = worn(&reply);
        (reply.json().await.unwrap(), cookie)
    }

    async fn confirm(&self, token: &str) -> Value {
        self.raw(CONFIRM, format!("csrf={}&refresh_token={token}", self.jct)).await["code"].clone()
    }

    async fn signed_in(&self, cookie: &str) -> bool {
        let request = self.http.get(format!("{}/x/web-interface/nav", self.base)).header("Cookie", cookie);
        request.send().await.unwrap().json::<Value>().await.unwrap()["code"] == 0
    }
}

#[tokio::test]
async fn the_old_sign_in_works_until_it_is_confirmed_away() {
    let mut browser = Browser::new().await;
    let control = browser.sandbox.control();
    let old_token = browser.scan().await;
    let old = browser.cookie.clone();
    let before = control.bilibili_sessions();
    let key = browser.refresh_csrf().await;
    assert!(is_hex(&key, 32));
    let (reply, new) = browser.refresh(&key, &old_token).await;
    assert_eq!(reply["code"], 0, "{reply}");
    let new_token = reply["data"]["refresh_token"].as_str().unwrap().to_owned();
    assert!(is_hex(&new_token, 32) && new_token != old_token);
    assert_eq!(control.bilibili_sessions(), before + 1);
    assert!(browser.signed_in(&old).await && browser.signed_in(&new).await);

    assert_eq!(browser.confirm(&old_token).await, -400, "with the old cookies");
    browser.wear(new.clone());
    assert_eq!(browser.confirm(&new_token).await, -400, "with the new token");
    assert_eq!(browser.raw(CONFIRM, format!("csrf={}", browser.jct)).await["code"], -400);
    let jct = std::mem::replace(&mut browser.jct, "0".repeat(32));
    assert_eq!(browser.confirm(&old_token).await, -111);
    browser.jct = jct;
    assert!(browser.signed_in(&old).await, "nothing of that ended it");

    assert_eq!(browser.confirm(&old_token).await, 0);
    assert!(!browser.signed_in(&old).await && browser.signed_in(&new).await);
    assert_eq!(browser.confirm(&old_token).await, -400, "gone already");
    assert!(browser.signed_in(&new).await);
    assert_eq!(control.bilibili_sessions(), before);
    browser.wear(old);
    assert_eq!(browser.confirm(&new_token).await, -101);
    assert_eq!(browser.refresh(&key, &old_token).await.0["code"], -101);
}

#[tokio::test]
async fn what_was_never_confirmed_can_be_refreshed_again() {
    let mut browser = Browser::new().await;
    let token = browser.scan().await;
    let (old, key) = (browser.cookie.clone(), browser.refresh_csrf().await);
    let (first, lost) = browser.refresh(&key, &token).await;
    assert_eq!(first["code"], 0);
    assert_eq!(browser.refresh(&key, &token).await.0["code"], 86095, "a key opens once");
    let key = browser.refresh_csrf().await;
    let (second, new) = browser.refresh(&key, &token).await;
    assert_eq!(second["code"], 0);
    assert_ne!(second["data"]["refresh_token"], first["data"]["refresh_token"]);
    browser.wear(new.clone());
    assert_eq!(browser.confirm(&token).await, 0);
    assert!(
        !browser.signed_in(&old).await && browser.signed_in(&new).await && browser.signed_in(&lost).await
    );
    // And the new one in its turn.
    let token = second["data"]["refresh_token"].as_str().unwrap().to_owned();
    let key = browser.refresh_csrf().await;
    assert_eq!(browser.refresh(&key, &token).await.0["code"], 0);
}

#[tokio::test]
async fn a_refresh_wants_all_that_belongs_together() {
    let mut browser = Browser::new().await;
    let other_token = browser.sandbox.accounts().remove(3).secrets["refresh_token"].clone();
    let token = browser.scan().await;
    let zeros = "0".repeat(32);
    assert_eq!(browser.refresh(&zeros, &token).await.0["code"], 86095, "a key that was never given");
    let key = browser.refresh_csrf().await;
    for (key, token) in [(&zeros, &token), (&key, &zeros), (&key, &other_token)] {
        let (reply, cookie) = browser.refresh(key, token).await;
        assert_eq!((&reply["code"], cookie.as_str()), (&json!(86095), ""), "{reply}");
    }
    let whole = [
        ("csrf", browser.jct.as_str(), -111),
        ("refresh_csrf", &key, -400),
        ("source", "main_web", -400),
        ("refresh_token", &token, -400),
    ];
    for (left_out, _, code) in whole {
        let form = whole.iter().filter(|(name, ..)| *name != left_out);
        let form: Vec<_> = form.map(|(name, value, _)| format!("{name}={value}")).collect();
        assert_eq!(browser.raw(REFRESH, form.join("&")).await["code"], code, "without {left_out}");
    }
    let wrong_source = format!("csrf={}&refresh_csrf={key}&source=app&refresh_token={token}", browser.jct);
    assert_eq!(browser.raw(REFRESH, wrong_source).await["code"], -400);
    assert_eq!(browser.refresh(&key, &token).await.0["code"], 0, "none of these used the key up");
}

#[tokio::test]
async fn the_key_is_given_to_the_right_form_cookie_and_time() {
    let mut browser = Browser::new().await;
    let control = browser.sandbox.control();
    let path = "0123456789abcdef".repeat(16);
    assert_eq!(browser.key_at(&path).await, (404, None), "cookie/info wasn't asked");
    let asked = browser.cookie_info().await;
    assert!(asked["data"]["timestamp"].as_i64().unwrap() > 1_700_000_000_000);
    assert_eq!(browser.key_at(&path).await.0, 200);
    for wrong in [&path[1..], &format!("{path}0"), &path.replace('a', "A"), &path.replace('a', "g"), ""] {
        assert_eq!(browser.key_at(wrong).await, (404, None), "{wrong}");
    }
    control.advance_clock(Duration::from_secs(61));
    assert_eq!(browser.key_at(&path).await, (404, None), "too late");
    browser.cookie_info().await;
    assert_eq!(browser.key_at(&path).await.0, 200);
    browser.cookie = String::new();
    assert_eq!(browser.key_at(&path).await, (404, None), "nobody");
}

#[tokio::test]
async fn a_refresh_is_asked_for_after_30_days_or_on_command() {
    let mut browser = Browser::new().await;
    let control = browser.sandbox.control();
    let wanted = |told: Value| told["data"]["refresh"].as_bool().unwrap();
    let token = browser.scan().await;
    assert!(!wanted(browser.cookie_info().await));
    control.bilibili_want_refresh(true);
    assert!(wanted(browser.cookie_info().await));
    let key = browser.refresh_csrf().await;
    let (_, new) = browser.refresh(&key, &token).await;
    browser.wear(new);
    assert!(!wanted(browser.cookie_info().await), "it comes of a refresh");
    control.bilibili_want_refresh(true);
    assert!(wanted(browser.cookie_info().await), "asked anew");
    control.bilibili_want_refresh(false);
    assert!(!wanted(browser.cookie_info().await));
    control.advance_clock(DAY * 30 + Duration::from_secs(1));
    assert!(wanted(browser.cookie_info().await));

    let jct = std::mem::replace(&mut browser.jct, "0".repeat(32));
    assert_eq!(browser.cookie_info().await["code"], -111);
    browser.jct = jct;
    control.expire_tokens("bilibili");
    assert_eq!(browser.cookie_info().await["code"], -101);
}
