//! `AddSilentUser`, `DelSilentUser`, the older `del_room_block_user`, and `GetSilentUserList`.

use serde_json::{Value, json};

use super::super::call::Reply;
use super::super::event::{Event, FACE};
use super::super::world::{World, china_time};
use super::{Asked, done, name_of, page, wrong};

/// People who can be muted in one room; more are refused.
const MUTES: usize = 1_000;
/// The longest time, hours.
const HOURS: i64 = 720;

/// Somebody who may not speak.
#[derive(Debug, Clone)]
pub(super) struct Mute {
    id: u64,
    pub(super) uid: u64,
    pub(super) name: String,
    by: u64,
    by_name: &'static str,
    by_owner: bool,
    /// Unix seconds.
    at: i64,
    /// As it was asked for: -1 for ever, 0 for the broadcast.
    pub(super) hours: i64,
}

impl Mute {
    fn end(&self) -> Option<i64> {
        (self.hours > 0).then_some(self.at + self.hours * 3600)
    }

    pub(super) fn lasts(&self, now: i64) -> bool {
        self.end().is_none_or(|end| now < end)
    }

    pub(super) fn this_broadcast(&self) -> bool {
        self.hours == 0
    }

    fn json(&self) -> Value {
        json!({
            "tuid": self.uid,
            "tname": self.name,
            "uid": self.by,
            "name": self.by_name,
            "ctime": china_time(self.at),
            "id": self.id,
            "is_anchor": u8::from(self.by_owner),
            "face": FACE,
            "admin_level": u8::from(!self.by_owner),
            "block_end_time": self.end().map(china_time).unwrap_or_default(),
        })
    }
}

pub(super) fn add(
    world: &mut World,
    asked: &Asked<'_>,
    tell: &mut Vec<(u64, Event)>,
) -> Result<Reply, Reply> {
    let call = asked.call;
    let uid = call.number("tuid").ok_or_else(Reply::bad_request)?;
    if call.param("mobile_app") != Some("web") {
        return Err(Reply::bad_request());
    }
    let name = name_of(world, asked.room, uid).ok_or_else(|| wrong("用户不存在"))?;
    let id = world.next();
    let room = asked.of(world)?;
    // Nobody is muted by themselves, and the owner by nobody.
    if uid == asked.uid || uid == room.uid {
        return Err(wrong("参数错误"));
    }
    // Since 2024-11: without hours all seems well and nothing happens.
    let Some(hours) = call.filled("hour") else { return Ok(done()) };
    let hours = hours.parse::<i64>().ok().filter(|hours| (-1..=HOURS).contains(hours));
    let hours = hours.ok_or_else(|| wrong("参数错误"))?;
    room.rules.mutes.retain(|mute| mute.uid != uid && mute.lasts(asked.now()));
    if room.rules.mutes.len() >= MUTES {
        return Err(wrong("禁言人数已达上限"));
    }
    let (by, by_name, by_owner) = (asked.uid, asked.name, asked.owner);
    let mute = Mute { id, uid, name: name.clone(), by, by_name, by_owner, at: asked.now(), hours };
    room.rules.mutes.insert(0, mute);
    let operator = if asked.owner { 2 } else { 1 };
    tell.push((
        asked.room,
        Event::Other(json!({
            "cmd": "ROOM_BLOCK_MSG",
            "data": { "dmscore": 30, "operator": operator, "uid": uid, "uname": name },
            "uid": uid.to_string(),
            "uname": name,
        })),
    ));
    Ok(done())
}

pub(super) fn remove(world: &mut World, asked: &Asked<'_>) -> Result<Reply, Reply> {
    let uid = asked.call.number("tuid").ok_or_else(Reply::bad_request)?;
    // Spelled otherwise than when somebody is muted.
    if asked.call.param("mobi_app") != Some("web") {
        return Err(Reply::bad_request());
    }
    asked.of(world)?.rules.mutes.retain(|mute| mute.uid != uid);
    Ok(done())
}

/// The older call names the record, not the person.
pub(super) fn remove_by_record(world: &mut World, asked: &Asked<'_>) -> Result<Reply, Reply> {
    let id = asked.call.number("id");
    asked.of(world)?.rules.mutes.retain(|mute| Some(mute.id) != id);
    Ok(Reply::old(0, "", json!([])))
}

pub(super) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Reply, Reply> {
    let number = asked.call.number("ps").filter(|page| *page > 0).ok_or_else(Reply::bad_request)?;
    let room = asked.of(world)?;
    room.rules.mutes.retain(|mute| mute.lasts(asked.now()));
    let (mutes, pages) = page(&room.rules.mutes, number);
    let list: Vec<Value> = mutes.iter().map(Mute::json).collect();
    Ok(Reply::done(json!({ "data": list, "total": room.rules.mutes.len(), "total_page": pages })))
}
