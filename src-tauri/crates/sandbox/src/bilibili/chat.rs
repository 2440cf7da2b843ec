//! Chat over HTTP: saying something, the way into the socket, and the last lines.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::event::{self, Event};
use super::manage::signed_in;
use super::sign;
use super::world::{Line, Service, World};
use crate::house::Dialect;

/// Longest line, in characters, for the streamer's level.
const LENGTH: usize = 30;
/// A line with this is dropped by the site's filter.
const SITE_WORD: &str = "违禁词";
/// A line with this is dropped by the room's filter.
const ROOM_WORD: &str = "屏蔽词";

/// POST `/msg/send`, as a form of either kind.
///
/// Code 0 isn't success: the message tells which filter swallowed the line.
pub(super) fn send(world: &mut World, call: &Call, dialect: Dialect, tell: &mut Vec<(u64, Event)>) -> Reply {
    let uid = match signed_in(world, call, Service::New, dialect) {
        Ok(uid) => uid,
        Err(refusal) => return refusal,
    };
    let name = world.user(uid).map_or("", |user| user.name);
    let id = world.next();
    let complete = ["rnd", "fontsize", "color"].iter().all(|field| call.number(field).is_some());
    let mode = call.number("mode").and_then(|mode| u32::try_from(mode).ok());
    let room = call.number("roomid").and_then(|id| world.rooms.get_mut(&id));
    let (Some(room), Some(text), Some(mode @ (1 | 4 | 5)), true) = (room, call.filled("msg"), mode, complete)
    else {
        return Reply::bad_request();
    };
    if text.chars().count() > LENGTH {
        return Reply::new(1_003_212, "超出限制长度", Value::Null);
    }
    if !room.helps(uid) && (room.muted(uid, call.now()) || room.silenced(call.now())) {
        return Reply::new(-403, "您已被禁言", Value::Null);
    }
    let swallowed = |word: &str| Reply::new(0, word, json!([]));
    if let Some((at, last)) = room.last_said.get(&uid) {
        let ago = call.now_ms.saturating_sub(*at);
        if ago < 300 {
            return Reply::new(10031, "您发送弹幕的频率过快", Value::Null);
        }
        if ago < 1000 {
            return swallowed("msg in 1s");
        }
        if ago < 5000 && last == text {
            return swallowed("msg repeat");
        }
    }
    room.last_said.insert(uid, (call.now_ms, text.to_owned()));
    if text.contains(SITE_WORD) {
        return swallowed("f");
    }
    if text.contains(ROOM_WORD) || room.blocks(text) {
        return swallowed("k");
    }
    let color = call.number("color").and_then(|color| u32::try_from(color).ok()).unwrap_or(0x00ff_ffff);
    let line = Line {
        id,
        uid,
        name: name.to_owned(),
        text: text.to_owned(),
        color,
        mode,
        admin: room.helps(uid),
        at_ms: call.now_ms,
    };
    room.remember(line.clone());
    tell.push((room.id, Event::Line(line)));
    let mode_info = json!({ "mode": 0, "show_player_type": 0, "extra": "{}" });
    Reply::new(0, "", json!({ "mode_info": mode_info, "dm_v2": null }))
}

/// GET `/xlive/web-room/v1/index/getDanmuInfo`: signed with WBI and with a `buvid3`, else risk control answers.
///
/// The sandbox's socket speaks plain `ws` on the port of its API: there is no certificate for 127.0.0.1, so
/// `wss_port` is that port as well.
pub(super) fn way_in(world: &mut World, call: &Call, port: u16) -> Reply {
    let signed = sign::wbi_allows(&call.query, &world.wbi_mixin(), call.now());
    if !signed || call.cookie("buvid3").is_none_or(str::is_empty) {
        return Reply::new(-352, "-352", json!({ "v_voucher": "voucher_sandbox" }));
    }
    if call.number("id").is_none_or(|id| !world.rooms.contains_key(&id)) {
        return Reply::bad_request();
    }
    let uid = world.login(call).map_or(0, |user| user.id);
    let token = world.chat_token(uid);
    Reply::done(json!({
        "group": "live",
        "business_id": 0,
        "refresh_row_factor": 0.125,
        "refresh_rate": 100,
        "max_delay": 5000,
        "token": token,
        "host_list": [{ "host": "127.0.0.1", "port": port, "wss_port": port, "ws_port": port }],
    }))
}

/// GET `/xlive/web-room/v1/index/getInfoByUser`: what a room allows who asks.
pub(super) fn user(world: &World, call: &Call) -> Reply {
    let Some(user) = world.login(call) else { return Service::New.not_signed_in() };
    if call.number("room_id").is_none_or(|id| !world.rooms.contains_key(&id)) {
        return Reply::bad_request();
    }
    Reply::done(json!({
        "user_level": { "level": 21, "next_level": 22, "color": 5_805_790, "level_rank": ">50000" },
        "property": {
            "uname_color": "",
            "bubble": 0,
            "danmu": { "mode": 1, "color": 16_777_215, "length": LENGTH, "room_id": call.number("room_id") },
        },
        "info": { "uid": user.id, "uname": user.name },
    }))
}

/// GET `/xlive/web-room/v1/dM/gethistory`: the last ten lines, oldest first.
pub(super) fn history(world: &World, call: &Call) -> Reply {
    let Some(room) = call.number("roomid").and_then(|id| world.rooms.get(&id)) else {
        return Reply::bad_request();
    };
    let last = |admin: bool| -> Vec<Value> {
        let lines: Vec<_> = room.history.iter().filter(|line| !admin || line.admin).collect();
        lines[lines.len().saturating_sub(10)..].iter().map(|line| event::history(line)).collect()
    };
    Reply::done(json!({ "admin": last(true), "room": last(false) }))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, Uri};

    use super::*;
    use crate::bilibili::world::STREAMER;

    /// Code and message for a line said at this millisecond.
    fn say(world: &mut World, text: &str, at_ms: i64) -> (i64, String) {
        let session = world.handed(STREAMER, at_ms);
        let jct = &session.jct;
        let room = *world.rooms.keys().next().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("cookie", session.header().parse().unwrap());
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        let form =
            format!("roomid={room}&msg={text}&rnd=1&fontsize=25&color=1&mode=1&csrf={jct}&csrf_token={jct}");
        let call = Call::new(false, &Uri::from_static("/msg/send"), &headers, form.as_bytes(), at_ms);
        let reply = send(world, &call, Dialect::Corrected, &mut Vec::new()).into_json();
        (reply["code"].as_i64().unwrap(), reply["message"].as_str().unwrap().to_owned())
    }

    #[test]
    fn one_line_a_second_and_none_twice_in_a_row() {
        let mut world = World::default();
        let t0 = 1_795_300_000_000;
        for (text, after_ms, code, message) in [
            ("a", 0, 0, ""),
            ("b", 299, 10031, "您发送弹幕的频率过快"),
            ("b", 999, 0, "msg in 1s"),
            ("a", 1000, 0, "msg repeat"),
            ("b", 1000, 0, ""),
            ("b", 6000, 0, ""),
        ] {
            assert_eq!(say(&mut world, text, t0 + after_ms), (code, message.to_owned()), "{text} {after_ms}");
        }
        let room = world.rooms.values().next().unwrap();
        assert_eq!(room.said, ["a", "b", "b"]);
    }
}
