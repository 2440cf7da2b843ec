//! `get_by_anchor`, `appoint`, `dismiss`: the moderators of the caller's own room, which isn't named.

use serde_json::{Value, json};

use super::super::call::{Call, Reply};
use super::super::event::FACE;
use super::super::manage::signed_in;
use super::super::world::{Service, World, china_time};
use super::{done, name_of, no_right, page, wrong};
use crate::house::Dialect;

/// The most moderators of a room.
const ADMINS: usize = 12;

/// Somebody who helps.
#[derive(Debug, Clone)]
pub(super) struct Admin {
    pub(super) uid: u64,
    pub(super) name: String,
    /// Unix seconds.
    at: i64,
}

pub(super) fn answer(world: &mut World, call: &Call, name: &str, dialect: Dialect) -> Reply {
    let answered = match name {
        "get_by_anchor" => list(world, call),
        "appoint" => appoint(world, call, dialect),
        _ => dismiss(world, call, dialect),
    };
    answered.unwrap_or_else(|refusal| refusal)
}

/// The caller's room.
fn own(world: &World, uid: u64) -> Result<u64, Reply> {
    world.user(uid).and_then(|user| user.room).ok_or_else(no_right)
}

fn list(world: &World, call: &Call) -> Result<Reply, Reply> {
    let user = world.login(call).ok_or_else(|| Service::New.not_signed_in())?;
    let number = call.number("page").filter(|page| *page > 0).ok_or_else(Reply::bad_request)?;
    let room = world.rooms.get(&own(world, user.id)?).ok_or_else(no_right)?;
    let admins = &room.rules.admins;
    let (shown, pages) = page(admins, number);
    let admin = |admin: &Admin| -> Value {
        json!({ "uid": admin.uid, "uname": admin.name, "face": FACE, "ctime": china_time(admin.at) })
    };
    let data: Vec<Value> = shown.iter().map(admin).collect();
    Ok(Reply::done(json!({
        "page": { "page": number, "page_size": super::PAGE, "total_page": pages, "total_count": admins.len() },
        "data": if data.is_empty() { Value::Null } else { data.into() },
        "max_room_anchors_number": ADMINS,
    })))
}

fn appoint(world: &mut World, call: &Call, dialect: Dialect) -> Result<Reply, Reply> {
    let caller = signed_in(world, call, Service::New, dialect)?;
    let room = own(world, caller)?;
    let (Some(uid), Some("1")) = (call.number("admin"), call.param("admin_level")) else {
        return Err(Reply::bad_request());
    };
    let name = name_of(world, room, uid).filter(|_| uid != caller).ok_or_else(|| wrong("用户不存在"))?;
    let room = world.rooms.get_mut(&room).ok_or_else(no_right)?;
    if room.helps(uid) {
        return Err(wrong("对方已经是房管"));
    }
    if room.rules.admins.len() >= ADMINS {
        return Err(wrong("房管人数已达上限"));
    }
    room.rules.admins.push(Admin { uid, name, at: call.now() });
    Ok(done())
}

fn dismiss(world: &mut World, call: &Call, dialect: Dialect) -> Result<Reply, Reply> {
    let caller = signed_in(world, call, Service::New, dialect)?;
    let uid = call.number("uid").ok_or_else(Reply::bad_request)?;
    let room = own(world, caller)?;
    let room = world.rooms.get_mut(&room).ok_or_else(no_right)?;
    let before = room.rules.admins.len();
    room.rules.admins.retain(|admin| admin.uid != uid);
    if room.rules.admins.len() == before { Err(wrong("对方不是房管")) } else { Ok(done()) }
}
