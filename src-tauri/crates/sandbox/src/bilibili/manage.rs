//! The calls that change a room: opening one, its title, area and tags, its news.

use serde_json::{Value, json};

use super::area;
use super::call::{Call, Reply};
use super::event::Event;
use super::world::{Service, World};
use crate::house::Dialect;

/// Longest title, in characters.
const TITLE: usize = 40;
/// Longest tag, in characters.
const TAG: usize = 10;
/// Longest news, in characters.
const NEWS: usize = 60;

/// POST `/xlive/app-blink/v1/preLive/CreateRoom`
pub(super) fn create(world: &mut World, call: &Call, dialect: Dialect) -> Reply {
    let uid = match signed_in(world, call, Service::New, dialect) {
        Ok(uid) => uid,
        Err(refusal) => return refusal,
    };
    if call.filled("platform").is_none() {
        return Reply::bad_request();
    }
    match world.create_room(uid) {
        Some(room) => Reply::done(json!({ "roomID": room.to_string() })),
        None => Reply::new(1_531_193_016, "已经创建直播间~", json!({ "roomID": "" })),
    }
}

/// The caller, if login and csrf are right.
pub(super) fn signed_in(
    world: &World,
    call: &Call,
    service: Service,
    dialect: Dialect,
) -> Result<u64, Reply> {
    let user = world.login(call).ok_or_else(|| service.not_signed_in())?;
    let both = dialect == Dialect::Corrected;
    if world.csrf(call, both) { Ok(user.id) } else { Err(service.csrf_wrong()) }
}

fn refused(code: i64, message: &str) -> Reply {
    Reply::old(code, message, Value::Array(Vec::new()))
}

/// `/room/v1/Room/update`: title, area and tags by one call. 405 is answered to anything but POST.
pub(super) fn update(world: &mut World, call: &Call, dialect: Dialect, tell: &mut Vec<Event>) -> Reply {
    if call.get {
        return refused(405, "method not allowed");
    }
    let uid = match signed_in(world, call, Service::Update, dialect) {
        Ok(uid) => uid,
        Err(refusal) => return refusal,
    };
    let Some(room) = world.own_room(call, uid) else {
        return refused(1, "不是自己的房间");
    };
    let (title, add, del) = (call.param("title"), call.param("add_tag"), call.param("del_tag"));
    let area = match call.param("area_id").map(area::find) {
        Some(None) => return refused(60009, "分区不存在"),
        found => found.flatten(),
    };
    let length = |text: &str| text.chars().count();
    if title.is_none() && add.is_none() && del.is_none() && area.is_none() {
        return refused(1, "参数错误");
    }
    if title.is_some_and(|title| title.trim().is_empty() || length(title) > TITLE) {
        return refused(1, "标题长度不合法");
    }
    if add.is_some_and(|tag| tag.is_empty() || length(tag) > TAG || tag.contains(',')) {
        return refused(1, "标签长度不合法");
    }
    if let Some(title) = title {
        title.clone_into(&mut room.title);
    }
    if area.is_some() {
        room.area = area;
    }
    if let Some(tag) = add {
        if !room.tags.iter().any(|known| known == tag) {
            room.tags.push(tag.to_owned());
        }
    } else if let Some(tag) = del {
        room.tags.retain(|known| known != tag);
    }
    if title.is_some() || area.is_some() {
        tell.push(Event::Changed { title: room.title.clone(), area: room.area });
    }
    let told = changed(title, area.is_some(), dialect);
    Reply::old(0, "ok", told)
}

/// The data of a change that was taken.
fn changed(title: Option<&str>, area: bool, dialect: Dialect) -> Value {
    match dialect {
        // The first documents show nothing for a title, and an object for tags.
        Dialect::Documented if title.is_some() || area => json!([]),
        Dialect::Documented => json!({
            "sub_session_key": "",
            "audit_info": { "audit_title_reason": "", "update_title": "", "audit_title_status": 0 },
        }),
        Dialect::Corrected => json!({
            "sub_session_key": "",
            "audit_info": {
                "audit_title": title.unwrap_or_default(),
                "audit_title_reason": "",
                // 2: shown first, looked at later.
                "audit_title_status": if title.is_some() { 2 } else { 0 },
                "update_title": title.unwrap_or_default(),
            },
        }),
    }
}

/// POST `/xlive/app-blink/v1/index/updateRoomNews`
pub(super) fn news(world: &mut World, call: &Call, dialect: Dialect) -> Reply {
    let uid = match signed_in(world, call, Service::New, dialect) {
        Ok(uid) => uid,
        Err(refusal) => return refusal,
    };
    let told = call.number("uid");
    let Some(content) = call.param("content").filter(|_| told == Some(uid)) else {
        return Reply::bad_request();
    };
    let Some(room) = world.own_room(call, uid) else {
        return Reply::new(1, "不是自己的房间", json!({}));
    };
    if content.chars().count() > NEWS {
        return Reply::new(1, "公告不能超过60个字", json!({}));
    }
    content.clone_into(&mut room.news);
    Reply::done(json!({}))
}

/// GET `/xlive/app-blink/v1/index/getRoomNews`
pub(super) fn read_news(world: &World, call: &Call) -> Reply {
    let room = call.number("room_id").and_then(|id| world.rooms.get(&id));
    match room.filter(|room| call.number("uid") == Some(room.uid)) {
        Some(room) => Reply::done(json!({
            "roomid": room.id.to_string(),
            "uid": room.uid.to_string(),
            "content": room.news,
            "ctime": "",
            "status": "0",
        })),
        None => Reply::bad_request(),
    }
}
