//! Who may not speak in a room, which words aren't shown, and who helps. What a room drops by these rules nobody hears.

mod admins;
mod control;
mod muting;
mod silence;
mod words;

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::event::Event;
use super::manage::signed_in;
use super::world::{Room, Service, World};
use crate::house::Dialect;
use crate::viewers;

pub use control::MutedViewer;
use muting::Mute;
use silence::Silenced;

/// People in a page of a list.
const PAGE: usize = 10;

/// A room's rules.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// Newest first.
    mutes: Vec<Mute>,
    words: Vec<words::Word>,
    silence: Option<Silenced>,
    /// In the order they were appointed.
    admins: Vec<admins::Admin>,
}

/// Who asks, and about which room.
struct Asked<'a> {
    call: &'a Call,
    room: u64,
    uid: u64,
    name: &'static str,
    /// The room is theirs.
    owner: bool,
}

impl Room {
    /// Whether a line is kept from everybody, at this unix second.
    pub(super) fn drops(&self, uid: u64, text: &str, now: i64) -> bool {
        self.blocks(text) || (!self.helps(uid) && (self.muted(uid, now) || self.silenced(now)))
    }

    /// Whether one of the room's words is in the text.
    pub(super) fn blocks(&self, text: &str) -> bool {
        self.rules.words.iter().any(|word| text.contains(&word.text))
    }

    /// Whether somebody may not speak.
    pub(super) fn muted(&self, uid: u64, now: i64) -> bool {
        self.rules.mutes.iter().any(|mute| mute.uid == uid && mute.lasts(now))
    }

    /// Whether nobody may speak. No viewer of the sandbox has a level.
    pub(super) fn silenced(&self, now: i64) -> bool {
        self.rules.silence.as_ref().is_some_and(|silence| silence.lasts(now))
    }

    /// The owner and the moderators may speak in any case.
    pub(super) fn helps(&self, uid: u64) -> bool {
        self.uid == uid || self.rules.admins.iter().any(|admin| admin.uid == uid)
    }

    /// The broadcast is over: who was muted for it may speak in the next.
    pub(super) fn forgives(&mut self) {
        self.rules.mutes.retain(|mute| !mute.this_broadcast());
    }
}

/// Answers what is asked about these rules. `None` when the path is another's.
pub(super) fn answer(
    world: &mut World,
    call: &Call,
    dialect: Dialect,
    tell: &mut Vec<(u64, Event)>,
) -> Option<Reply> {
    let path = call.path.as_str();
    if let (true, "/xlive/web-room/v1/banned/GetRoomSilent") = (call.get, path) {
        return Some(silence::read(world, call));
    }
    let (_, name) = path.rsplit_once('/')?;
    let known = match path.strip_suffix(name)? {
        "/xlive/web-ucenter/v1/banned/" => {
            matches!(name, "AddSilentUser" | "DelSilentUser" | "GetSilentUserList") && !call.get
                || name == "GetShieldKeywordList"
                || matches!(name, "AddShieldKeyword" | "DelShieldKeyword") && !call.get
        }
        "/banned_service/v1/Silent/" => name == "del_room_block_user" && !call.get,
        "/xlive/web-room/v1/banned/" => name == "RoomSilent" && !call.get,
        "/xlive/app-ucenter/v1/roomAdmin/" => {
            name == "get_by_anchor" && call.get || name == "dismiss" && !call.get
        }
        "/xlive/web-ucenter/v1/roomAdmin/" => name == "appoint" && !call.get,
        _ => false,
    };
    known.then(|| match name {
        "get_by_anchor" | "appoint" | "dismiss" => admins::answer(world, call, name, dialect),
        _ => in_room(world, call, name, dialect, tell).unwrap_or_else(|refusal| refusal),
    })
}

/// What the room's owner and its moderators may.
fn in_room(
    world: &mut World,
    call: &Call,
    name: &str,
    dialect: Dialect,
    tell: &mut Vec<(u64, Event)>,
) -> Result<Reply, Reply> {
    let old = name == "del_room_block_user";
    let uid = if call.get {
        // A list that is read by GET has no csrf.
        world.login(call).ok_or_else(|| Service::New.not_signed_in())?.id
    } else {
        signed_in(world, call, if old { Service::Old } else { Service::New }, dialect)?
    };
    let room = call.number(if old { "roomid" } else { "room_id" }).ok_or_else(Reply::bad_request)?;
    let known = world.rooms.get(&room).ok_or_else(Reply::bad_request)?;
    if !known.helps(uid) {
        return Err(no_right());
    }
    let name_of = world.user(uid).map_or("", |user| user.name);
    let asked = Asked { call, room, uid, name: name_of, owner: known.uid == uid };
    match name {
        "AddSilentUser" => muting::add(world, &asked, tell),
        "DelSilentUser" => muting::remove(world, &asked),
        "del_room_block_user" => muting::remove_by_record(world, &asked),
        "GetSilentUserList" => muting::list(world, &asked),
        "GetShieldKeywordList" => words::list(world, &asked),
        "AddShieldKeyword" => words::add(world, &asked),
        "DelShieldKeyword" => words::remove(world, &asked),
        _ => silence::set(world, &asked, tell),
    }
}

impl Asked<'_> {
    fn of<'w>(&self, world: &'w mut World) -> Result<&'w mut Room, Reply> {
        world.rooms.get_mut(&self.room).ok_or_else(Reply::bad_request)
    }

    fn now(&self) -> i64 {
        self.call.now()
    }
}

fn no_right() -> Reply {
    Reply::new(-403, "没有权限", Value::Null)
}

fn wrong(words: &str) -> Reply {
    Reply::new(100_004, words, Value::Null)
}

fn done() -> Reply {
    Reply::done(json!({}))
}

/// A page of a list, from 1, with how many pages there are.
fn page<T>(all: &[T], page: u64) -> (&[T], usize) {
    let page = usize::try_from(page).unwrap_or(usize::MAX);
    let begin = page.saturating_sub(1).saturating_mul(PAGE).min(all.len());
    (&all[begin..(begin + PAGE).min(all.len())], all.len().div_ceil(PAGE))
}

/// The name of somebody the platform has heard of.
fn name_of(world: &World, room: u64, uid: u64) -> Option<String> {
    let user = || world.user(uid).map(|user| user.name.to_owned());
    let viewer = || viewers::name_of(uid).map(str::to_owned);
    let heard = || {
        let history = &world.rooms.get(&room)?.history;
        history.iter().rev().find(|line| line.uid == uid).map(|line| line.name.clone())
    };
    user().or_else(viewer).or_else(heard)
}
