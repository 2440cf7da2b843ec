//! `GetRoomSilent` and `RoomSilent`: nobody may speak, or nobody below a level.

use serde_json::json;

use super::super::call::{Call, Reply};
use super::super::event::Event;
use super::super::world::World;
use super::{Asked, done, wrong};

/// A room in which not everybody may speak.
#[derive(Debug, Clone)]
pub(super) struct Silenced {
    pub(super) kind: &'static str,
    pub(super) level: u64,
    pub(super) minutes: i64,
    /// Unix seconds.
    at: i64,
}

impl Silenced {
    fn end(&self) -> i64 {
        self.at + self.minutes * 60
    }

    pub(super) fn lasts(&self, now: i64) -> bool {
        now < self.end()
    }
}

/// Everybody may ask, signed in or not.
pub(super) fn read(world: &World, call: &Call) -> Reply {
    let Some(room) = call.number("room_id").and_then(|id| world.rooms.get(&id)) else {
        return Reply::bad_request();
    };
    let silence = room.rules.silence.as_ref().filter(|silence| silence.lasts(call.now()));
    Reply::done(match silence {
        None => json!({ "type": "", "level": 0, "second": 0, "minute": 0, "expire_time": 0 }),
        Some(silence) => json!({
            "type": silence.kind,
            "level": silence.level,
            "second": silence.end() - call.now(),
            "minute": silence.minutes,
            "expire_time": silence.end(),
        }),
    })
}

pub(super) fn set(
    world: &mut World,
    asked: &Asked<'_>,
    tell: &mut Vec<(u64, Event)>,
) -> Result<Reply, Reply> {
    let call = asked.call;
    let kinds = ["off", "wealth", "medal", "member"];
    let kind = call.param("type").and_then(|told| kinds.into_iter().find(|kind| *kind == told));
    let (Some(kind), Some(level), Some(minutes)) = (kind, call.number("level"), call.number("minute")) else {
        return Err(Reply::bad_request());
    };
    let room = asked.of(world)?;
    let command = if kind == "off" {
        room.rules.silence = None;
        json!({ "cmd": "ROOM_SILENT_OFF", "data": { "type": "", "level": 0, "second": 0 } })
    } else {
        // What 0 minutes mean isn't known for sure.
        let minutes = match minutes {
            30 => 30,
            60 => 60,
            _ => return Err(wrong("参数错误")),
        };
        if level == 0 {
            return Err(wrong("参数错误"));
        }
        room.rules.silence = Some(Silenced { kind, level, minutes, at: asked.now() });
        json!({ "cmd": "ROOM_SILENT_ON", "data": { "type": kind, "level": level, "second": minutes * 60 } })
    };
    tell.push((asked.room, Event::Other(command)));
    Ok(done())
}
