//! Signing out, and being turned away for coming too often.

use serde_json::Value;

use super::Browser;
use crate::Fault;

const EXIT: &str = "/login/exit/v2";

#[tokio::test]
async fn signing_out_ends_one_sign_in() {
    let mut browser = Browser::new().await;
    let control = browser.sandbox.control();
    browser.scan().await;
    assert_eq!(control.bilibili_sessions(), 2);
    let right = format!("biliCSRF={}", browser.jct);
    for wrong in ["biliCSRF=0".to_owned(), format!("csrf={}", browser.jct), String::new()] {
        assert_eq!(browser.raw(EXIT, wrong).await["code"], 2202);
    }
    assert_eq!(control.bilibili_sessions(), 2);
    assert_eq!(browser.raw(EXIT, right.clone()).await["code"], 0);
    assert_eq!(control.bilibili_sessions(), 1);
    assert_eq!(browser.get("/x/web-interface/nav").await["code"], -101);

    // Who is out gets a page.
    let again = browser.http.post(format!("{}{EXIT}", browser.base)).header("Cookie", &browser.cookie);
    let again = again.header("Content-Type", "application/x-www-form-urlencoded").body(right);
    let reply = again.send().await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["content-type"]),
        (200, &"text/html; charset=utf-8".parse().unwrap())
    );
    assert!(reply.text().await.unwrap().starts_with("<!doctype html>"));
}

#[tokio::test]
async fn the_passport_plays_its_rarer_errors() {
    let browser = Browser::new().await;
    let control = browser.sandbox.control();
    let path = "/x/passport-login/web/qrcode/generate";
    let body = r#"{"code":-412,"message":"request was banned","ttl":1}"#.to_owned();
    let banned = Fault::Answer { status: 412, content_type: "application/json".into(), body };
    control.fault("bilibili", path, banned, Some(1));
    let reply = browser.fetch(path).await;
    assert_eq!(reply.status(), 412);
    assert_eq!(reply.json::<Value>().await.unwrap()["code"], -412);
    control.fault("bilibili", path, Fault::Busy { retry_after_s: 7 }, Some(1));
    let reply = browser.fetch(path).await;
    assert_eq!((reply.status().as_u16(), &reply.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(browser.fetch(path).await.status(), 200);
}
