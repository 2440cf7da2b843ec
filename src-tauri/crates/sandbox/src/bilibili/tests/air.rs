//! Going on air and off.

use serde_json::json;

use super::Browser;
use crate::bilibili::sign::md5_hex;

#[tokio::test]
async fn a_start_gives_the_address_and_a_stop_ends_it() {
    let browser = Browser::new().await;
    let started = browser.start(&[]).await;
    assert_eq!((&started["code"], &started["data"]["change"]), (&json!(0), &json!(1)), "{started}");
    let rtmp = &started["data"]["rtmp"];
    assert_eq!(rtmp["addr"], format!("{}/live-bvc/", browser.sandbox.addresses().rtmp));
    let code = rtmp["code"].as_str().unwrap();
    let shown = format!("?streamname=live_{}_", browser.uid());
    assert!(code.starts_with(&shown) && code.ends_with("&schedule=rtmp&pflag=1"), "{code}");
    let info = browser.info().await;
    assert_eq!((&info["live_status"], &info["area_id"]), (&json!(1), &json!(27)));
    assert_ne!(info["live_time"], "0000-00-00 00:00:00");

    let again = browser.start(&[]).await;
    assert_eq!((&again["code"], &again["data"]["change"]), (&json!(0), &json!(0)));
    assert_eq!(again["data"]["rtmp"], *rtmp, "a repeated start gives the same address");

    let no_platform = [("room_id", browser.room.as_str())];
    assert_eq!(browser.post("/room/v1/Room/stopLive", &no_platform).await["code"], -400);
    let stopped = browser.stop().await;
    assert_eq!((&stopped["data"]["change"], &stopped["data"]["status"]), (&json!(1), &json!("PREPARING")));
    assert_eq!(browser.stop().await["data"]["change"], 0);
    let info = browser.info().await;
    assert_eq!((&info["live_status"], &info["live_time"]), (&json!(0), &json!("0000-00-00 00:00:00")));
    let third = browser.start(&[]).await;
    assert_eq!(third["data"]["rtmp"], *rtmp, "the key outlives the broadcast");
    assert_ne!(third["data"]["live_key"], started["data"]["live_key"]);
}

#[tokio::test]
async fn platforms_and_areas_that_may_not_start() {
    let browser = Browser::new().await;
    for (field, value, code) in [
        ("platform", "pc", 60034),
        ("platform", "web", 60037),
        ("platform", "", -400),
        ("area_v2", "424242", 60009),
        ("area_v2", "", -400),
        ("room_id", "5", 1),
    ] {
        let reply = browser.start(&[(field, value)]).await;
        assert_eq!(reply["code"], code, "{field}={value}: {reply}");
    }
    assert_eq!(browser.info().await["live_status"], 0);
}

/// A start form with the client's signature over everything, keys in order.
fn signed(browser: &Browser, key: &str, secret: &str, ts: i64) -> String {
    let (room, jct) = (&browser.room, &browser.jct);
    let form = format!(
        "appkey={key}&area_v2=27&build=10783&csrf={jct}&csrf_token={jct}&platform=pc_link&room_id={room}\
         &ts={ts}&version=7.63.0.10783"
    );
    let sign = md5_hex(&format!("{form}{secret}"));
    format!("{form}&sign={sign}")
}

#[tokio::test]
async fn a_client_identity_is_verified_and_can_be_demanded() {
    let browser = Browser::new().await;
    let path = "/room/v1/Room/startLive";
    let control = browser.sandbox.control();
    let (key, secret) = control.client_identity();
    let now = jiff::Timestamp::now().as_second();
    for form in [
        signed(&browser, key, "another secret", now),
        signed(&browser, "anotherkey000000", secret, now),
        signed(&browser, key, secret, now - 3600),
        signed(&browser, key, secret, now) + "&more=1",
    ] {
        assert_eq!(browser.raw(path, form).await["code"], -3);
    }
    control.require_client_identity(true);
    assert_eq!(browser.start(&[]).await["code"], 60034);
    assert_eq!(
        browser.raw(path, signed(&browser, key, secret, now * 1000)).await["code"],
        0,
        "in milliseconds"
    );
    let version = "/xlive/app-blink/v1/liveVersionInfo/getHomePageLiveVersion";
    let told = browser.get(&format!("{version}?system_version=2")).await;
    assert_eq!(told["data"]["build"], 10783);
    assert_eq!(browser.get(version).await["code"], -400);
}

#[tokio::test]
async fn a_face_check_stands_until_it_is_passed() {
    let browser = Browser::new().await;
    let control = browser.sandbox.control();
    control.require_face_check(true);
    let refused = browser.start(&[]).await;
    assert_eq!((&refused["code"], &refused["data"]["need_face_auth"]), (&json!(60024), &json!(true)));
    let qr = refused["data"]["qr"].as_str().unwrap();
    assert!(qr.contains("face-auth-middle.html") && qr.ends_with(&browser.uid()), "{qr}");
    assert_eq!((&refused["data"]["rtmp"]["addr"], &refused["data"]["protocols"]), (&json!(""), &json!(null)));
    let fields = [("room_id", browser.room.as_str()), ("face_auth_code", "60024"), ("visit_id", "")];
    let path = "/xlive/app-blink/v1/preLive/IsUserIdentifiedByFaceAuth";
    assert_eq!(browser.post(path, &fields).await["data"]["is_identified"], false);
    for left_out in ["room_id", "face_auth_code", "visit_id"] {
        let fewer: Vec<_> = fields.into_iter().filter(|(name, _)| *name != left_out).collect();
        assert_eq!(browser.post(path, &fewer).await["code"], -400, "without {left_out}");
    }
    let other = [fields[0], ("face_auth_code", "60043"), fields[2]];
    assert_eq!(browser.post(path, &other).await["code"], -400);
    let no_csrf = format!("room_id={}&face_auth_code=60024&visit_id=", browser.room);
    assert_eq!(browser.raw(path, no_csrf).await["code"], -111);
    assert_eq!(browser.start(&[]).await["code"], 60024, "asking doesn't pass it");
    control.pass_face_check();
    assert_eq!(browser.post(path, &fields).await["data"]["is_identified"], true);
    assert_eq!(browser.start(&[]).await["code"], 0);
    browser.stop().await;

    control.require_identity_check(true);
    let refused = browser.start(&[]).await;
    assert_eq!(refused["code"], 60043);
    assert!(refused["data"]["risk_extra"]["v_voucher"].is_string());
}
