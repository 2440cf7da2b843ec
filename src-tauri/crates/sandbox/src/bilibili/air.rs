//! Going on air and off: `startLive`, `stopLive`, the checks before, and the client's version.

use serde_json::{Value, json};

use super::area;
use super::call::{Call, Reply};
use super::event::Event;
use super::manage::signed_in;
use super::sign;
use super::world::{APP_KEY, APP_SECRET, Check, OnAir, Room, Service, World};
use crate::house::Dialect;

fn refused(code: i64, message: &str) -> Reply {
    Reply::old(code, message, Value::Array(Vec::new()))
}

/// The refusal of a platform or client, or none.
fn client_fault(world: &World, call: &Call) -> Option<Reply> {
    let signed = call.param("sign").is_some() || call.param("appkey").is_some();
    match call.filled("platform") {
        Some("pc") => return Some(refused(60034, "当前仅支持使用直播姬开播")),
        Some("web") => return Some(refused(60037, "web 在线开播已下线")),
        Some("pc_link" | "android_link") => {}
        _ => return Some(refused(-400, "请求错误")),
    }
    if !signed {
        return world.client_required.then(|| refused(60034, "当前仅支持使用直播姬开播"));
    }
    let complete = ["version", "build", "ts"].iter().all(|name| call.filled(name).is_some());
    if !complete {
        return Some(refused(-400, "请求错误"));
    }
    // Seconds and milliseconds are both in use.
    let fresh = call.number("ts").and_then(|ts| i64::try_from(ts).ok()).is_some_and(|ts| {
        let seconds = if ts > 100_000_000_000 { ts / 1000 } else { ts };
        seconds.abs_diff(call.now()) <= 600
    });
    let right = fresh && sign::app_allows(&call.form, APP_KEY, APP_SECRET);
    (!right).then(|| refused(-3, "API校验密匙错误"))
}

/// POST `/room/v1/Room/startLive`
pub(super) fn start(
    world: &mut World,
    call: &Call,
    dialect: Dialect,
    address: &str,
    tell: &mut Vec<Event>,
) -> Reply {
    let uid = match signed_in(world, call, Service::Old, dialect) {
        Ok(uid) => uid,
        Err(refusal) => return refusal,
    };
    let Some(area) = call.filled("area_v2") else { return refused(-400, "请求错误") };
    if let Some(refusal) = client_fault(world, call) {
        return refusal;
    }
    if world.own_room(call, uid).is_none() {
        return refused(1, "不是自己的房间");
    }
    let Some(area) = area::find(area) else { return refused(60009, "分区不存在") };
    if let Some(refusal) = check(world, uid) {
        return refusal;
    }
    let number = world.next();
    let Some(room) = world.own_room(call, uid) else { return refused(1, "不是自己的房间") };
    let again = room.on_air.is_some();
    if !again {
        let key = format!("{}{number:04}", call.now_ms);
        room.on_air = Some(OnAir { key: key.clone(), since: call.now() });
        room.area = Some(area);
        room.watched = 0;
        room.likes = 0;
        tell.push(Event::Live { key, since: Some(call.now()) });
    }
    let data = started(room, address, !again, dialect);
    Reply::old(0, if again { "重复开播" } else { "" }, data)
}

fn check(world: &World, uid: u64) -> Option<Reply> {
    let qr =
        format!("https://www.bilibili.com/blackboard/live/face-auth-middle.html?source_event=400&mid={uid}");
    let empty = json!({ "type": 0, "addr": "", "code": "", "new_link": "", "provider": "" });
    let data = |qr: &str, risk: Value| {
        let mut data = json!({
            "change": 0,
            "status": "",
            "room_type": 0,
            "rtmp": empty,
            "protocols": null,
            "try_time": "",
            "live_key": "",
            "sub_session_key": "",
            "notice": notice(),
            "qr": qr,
            "need_face_auth": !qr.is_empty(),
            "service_source": "",
            "rtmp_backup": null,
            "up_stream_extra": { "isp": "" },
        });
        if !risk.is_null() {
            data["risk_extra"] = risk;
        }
        data
    };
    match world.check {
        Check::None => None,
        Check::Face => Some(Reply::old(60024, "本次开播需要进行人脸认证", data(&qr, Value::Null))),
        Check::Identity => {
            let risk = json!({ "v_voucher": "voucher_sandbox" });
            Some(Reply::old(60043, "本次开播需要进行身份验证", data("", risk)))
        }
    }
}

fn notice() -> Value {
    json!({ "type": 1, "status": 0, "title": "", "msg": "", "button_text": "", "button_url": "" })
}

/// What a start answers. `address` is the ingest's, with the app and a slash.
fn started(room: &Room, address: &str, change: bool, dialect: Dialect) -> Value {
    let (code, key) = (format!("?{}", room.query()), room.on_air.as_ref().map_or("", |live| &live.key));
    let link = json!({ "addr": address, "code": code, "new_link": "", "provider": "live" });
    let with = |name: &str, value: Value| {
        let mut link = link.clone();
        link[name] = value;
        link
    };
    let mut data = json!({
        "change": u8::from(change),
        "status": "LIVE",
        "room_type": 0,
        "rtmp": link,
        "protocols": [with("protocol", "rtmp".into())],
        "try_time": "0000-00-00 00:00:00",
        "live_key": key,
        "notice": notice(),
    });
    if dialect == Dialect::Corrected {
        let srt = json!({ "protocol": "srt", "addr": "", "code": "", "new_link": "", "provider": "live" });
        data["rtmp"] = with("type", 1.into());
        data["protocols"] = json!([with("protocol", "rtmp".into()), srt]);
        data["sub_session_key"] =
            format!("{key}sub_time:{}", room.on_air.as_ref().map_or(0, |live| live.since)).into();
        data["need_face_auth"] = false.into();
        data["qr"] = "".into();
        data["service_source"] = "live-streaming".into();
        data["rtmp_backup"] = Value::Null;
        data["up_stream_extra"] = json!({ "isp": "" });
    }
    data
}

/// POST `/room/v1/Room/stopLive`. What the encoder sends goes on arriving: the ingest isn't told.
pub(super) fn stop(world: &mut World, call: &Call, dialect: Dialect, tell: &mut Vec<Event>) -> Reply {
    let uid = match signed_in(world, call, Service::Old, dialect) {
        Ok(uid) => uid,
        Err(refusal) => return refusal,
    };
    if dialect == Dialect::Corrected && call.filled("platform").is_none() {
        return refused(-400, "请求错误");
    }
    if call.param("platform").is_some_and(|platform| !["pc_link", "android_link"].contains(&platform)) {
        return refused(60034, "当前仅支持使用直播姬操作");
    }
    let Some(room) = world.own_room(call, uid) else { return refused(-400, "没有权限") };
    let was = room.on_air.take().is_some();
    if was {
        room.forgives();
        room.online = 0;
        tell.push(Event::Preparing);
    }
    Reply::old(0, "", json!({ "change": u8::from(was), "status": "PREPARING" }))
}

/// POST `/xlive/app-blink/v1/preLive/IsUserIdentifiedByFaceAuth`
pub(super) fn identified(world: &mut World, call: &Call, dialect: Dialect) -> Reply {
    let uid = match signed_in(world, call, Service::New, dialect) {
        Ok(uid) => uid,
        Err(refusal) => return refusal,
    };
    let asked = call.param("face_auth_code") == Some("60024") && call.param("visit_id").is_some();
    if !asked || world.own_room(call, uid).is_none() {
        return Reply::bad_request();
    }
    Reply::done(json!({ "is_identified": world.check == Check::None }))
}

/// GET `/xlive/app-blink/v1/liveVersionInfo/getHomePageLiveVersion`
pub(super) fn version(call: &Call) -> Reply {
    if call.filled("system_version").is_none() {
        return Reply::bad_request();
    }
    Reply::done(json!({
        "curr_version": "7.63.0.10783",
        "build": 10783,
        "instruction": "",
        "file_size": "0",
        "file_md5": "",
        "content": [],
        "download_url": "",
    }))
}
