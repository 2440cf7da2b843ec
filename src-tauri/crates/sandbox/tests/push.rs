//! Real pushes to the addresses that Qiniu and Bilibili hand out.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use common::{account, app_and_name, push, quiet, text, until};
use hmac::{Hmac, Mac};
use kaibo_sandbox::Sandbox;
use serde_json::{Value, json};

fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A live made at Qiniu; its push address.
async fn qiniu_live(sandbox: &Sandbox) -> String {
    let account = account(sandbox, "qiniu");
    let base = &account.settings["base_url"];
    let body = json!({ "anchor_id": account.settings["anchor_id"] }).to_string();
    let host = base.trim_start_matches("http://");
    let signed = format!("POST /server/live\nHost: {host}\nContent-Type: application/json\n\n{body}");
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(account.secrets["secret_key"].as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    let sign = URL_SAFE.encode(mac.finalize().into_bytes());
    let reply = http()
        .post(format!("{base}/server/live"))
        .header("Content-Type", "application/json")
        .header("Authorization", format!("Qiniu {}:{sign}", account.settings["access_key"]))
        .body(body);
    let reply: Value = reply.send().await.unwrap().json().await.unwrap();
    text(&reply["data"]["push_url"])
}

/// A broadcast begun at Bilibili; its push address as one.
async fn bilibili_live(sandbox: &Sandbox) -> String {
    let account = account(sandbox, "bilibili");
    let cookie = &account.secrets["cookie"];
    let jct = cookie.split("bili_jct=").nth(1).unwrap().split(';').next().unwrap();
    let room = sandbox.control().rooms("bilibili")[0].id.clone();
    let form = [
        ("room_id", room.as_str()),
        ("area_v2", "27"),
        ("platform", "pc_link"),
        ("csrf", jct),
        ("csrf_token", jct),
    ];
    let url = format!("{}/room/v1/Room/startLive", account.settings["base_url"]);
    let reply = http().post(url).header("Cookie", cookie).form(&form).send().await.unwrap();
    let reply: Value = reply.json().await.unwrap();
    let rtmp = &reply["data"]["rtmp"];
    text(&rtmp["addr"]) + &text(&rtmp["code"])
}

async fn arrives(sandbox: &Sandbox, url: &str, app: &str, name: &str) {
    let mut wrong = push(&url.replace("token=", "token=x").replace("key=", "key=0"), 3);
    assert!(!wrong.wait().await.unwrap().success(), "a wrong key is refused");
    let control = sandbox.control();
    let mut right = push(url, 3);
    until("the picture", || async {
        control.meter(app, name).filter(|meter| meter.publishing && meter.video_messages > 0)
    })
    .await;
    assert!(right.wait().await.unwrap().success());
}

#[tokio::test]
async fn a_push_to_qinius_address_arrives() {
    let sandbox = quiet().await;
    let url = qiniu_live(&sandbox).await;
    let (app, name) = app_and_name(&url);
    arrives(&sandbox, &url, &app, &name).await;
    let live = &sandbox.control().rooms("qiniu")[0];
    assert_eq!((live.status.as_str(), live.live), ("0", false), "pushing alone doesn't start it");
}

#[tokio::test]
async fn a_push_to_bilibilis_address_arrives() {
    let sandbox = quiet().await;
    let url = bilibili_live(&sandbox).await;
    let name = url.split("streamname=").nth(1).unwrap().split('&').next().unwrap();
    arrives(&sandbox, &url, "live-bvc", name).await;
}
