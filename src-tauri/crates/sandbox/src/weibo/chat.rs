//! `chatroom/r_msg` and `chatroom/r_sync`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::figures::figures;
use super::live::own_room;
use super::room::{Line, status};
use super::wire::{Call, Refused};
use super::{SCREEN_NAME, UID};
use crate::house::{Dialect, House};

/// The longest comment, in characters.
const COMMENT: usize = 100;
/// The notice that carries the number of likes.
const LIKES: u32 = 4;

pub(super) fn r_msg(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let id = call.required("id")?;
    if call.required("type")? != "0" {
        return Err(Refused::new(20012, "msg content type error"));
    }
    let content = call.raw("content").ok_or_else(|| Refused::new(20003, "post param loss: content"))?;
    if content.is_empty() || content.chars().count() > COMMENT {
        return Err(Refused::new(20011, "msg content more than 100 word,or is null"));
    }
    let mut memory = house.weibo.memory();
    let message = memory.next_message_id();
    let room = own_room(&mut memory, id)?;
    if room.status != status::LIVE {
        return Err(Refused::new(20007, "send message error"));
    }
    room.say(content);
    // The chat room shows it to everybody, so to the streamer's own poll too.
    room.hear(message, UID, SCREEN_NAME, content, house.clock.now());
    Ok(match call.dialect {
        Dialect::Documented => json!({ "id": id, "context": content }),
        Dialect::Corrected => json!({ "id": id }),
    })
}

/// Everything since the last poll of this room.
pub(super) fn r_sync(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let id = call.required("id")?;
    let mut memory = house.weibo.memory();
    let room = own_room(&mut memory, id)?;
    let now = house.clock.now();
    let room_id = room.room_id();
    let avatars = &house.addresses().weibo;
    let lines = room.lines.drain(..);
    let mut pairs: Vec<Value> = lines.map(|line| message(&line, &room_id, avatars, call.dialect)).collect();
    let stars = figures(room, now).total_stars;
    if stars != room.told_likes {
        room.told_likes = stars;
        pairs.push(json!([
            { "type": "chatroom", "proto": "r_notices" },
            {
                "id": room_id,
                "notices": [{ "type": LIKES, "users": [], "value": stars, "time": now.as_second() }],
            },
        ]));
    }
    Ok(Value::Array(pairs))
}

fn message(line: &Line, room_id: &str, avatars: &str, dialect: Dialect) -> Value {
    // Numbers beyond 2^53 are safe as text alone, and real replies mix both.
    let as_text = dialect == Dialect::Corrected && line.id.is_multiple_of(2);
    let number = |n: u64| if as_text { Value::from(n.to_string()) } else { Value::from(n) };
    json!([
        { "type": "chatroom", "proto": "r_msg" },
        {
            "id": number(line.id),
            "from": number(line.from),
            "to": room_id,
            "type": 0,
            "content": line.content,
            "latitude": "",
            "longitude": "",
            "curr_play": line.play,
            "additional_desc": if line.from == UID { "主播" } else { "" },
            "user": {
                "id": number(line.from),
                "name": line.name,
                "avatar": format!("{avatars}/avatar/{}.png", line.from),
            },
        },
    ])
}
