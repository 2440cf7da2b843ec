//! `live/create`, `live/update`, `live/delete`, `live/show`.

use std::sync::Arc;
use std::time::Duration;

use hex::encode;
use jiff::tz::{TimeZone, offset};
use md5::{Digest, Md5};
use serde_json::{Value, json};

use super::count::weibo_length;
use super::figures::figures;
use super::picture::check_ratio;
use super::room::{Room, status};
use super::wire::{Call, Refused, bad_value};
use super::{MAY_BROADCAST, Memory, ROOMS, UID};
use crate::house::{Dialect, House};
use crate::ingest::Door;

/// The longest text of a post, in Weibo's counting.
const SUMMARY: usize = 130;
/// How often somebody says something while live.
const CHATTER: Duration = Duration::from_millis(1500);
/// The largest width and height taken, in pixels.
const PIXELS: u32 = 10_000;

pub(super) fn create(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let title = call.required("title")?;
    let side = |name| {
        let value = call.required(name)?;
        let pixels = value.parse::<u32>().ok().filter(|pixels| (1..=PIXELS).contains(pixels));
        pixels.ok_or_else(|| bad_value(name, value))
    };
    let shape = (side("width")?, side("height")?);
    let now = house.clock.now();
    let mut room = Room::new(UID, title, now);
    room.summary = summary(call)?.unwrap_or_default();
    room.published = call.one_of("published", &["0", "1"])?.unwrap_or("0");
    room.image = call.web_address("image")?.unwrap_or_default();
    room.size = shape;
    check_ratio(house, &room.image, shape)?;
    room.replay = call.one_of("replay", &["0", "1"])? != Some("0");
    call.one_of("is_panolive", &["0", "1"])?;

    let mut memory = house.weibo.memory();
    // No document names the code. Of the live table's only 20013 is about what one may do.
    if !MAY_BROADCAST.contains(&memory.right) {
        return Err(Refused::new(20013, "authority not allow"));
    }
    if memory.rooms.len() >= ROOMS {
        return Err(Refused::new(20001, "live create error"));
    }
    let (id, room_id) = (room.id.clone(), room.room_id());
    let door = door(&room, now.as_second());
    let url = format!("{}/{}/{}", house.ingest.rtmp_base(), door.app, door.key());
    memory.rooms.insert(id.clone(), room);
    drop(memory);
    house.ingest.open(&door);
    follow(house, id.clone(), &door);
    Ok(match call.dialect {
        Dialect::Documented => json!({ "id": id, "rtmp_url": url }),
        Dialect::Corrected => json!({ "id": id, "room_id": room_id, "url": url }),
    })
}

/// The push address, with a signature in the CDN's form `expiry-random-user-md5`.
fn door(room: &Room, now: i64) -> Door {
    const DAY: i64 = 86_400;
    let expiry = now + DAY;
    let signed = format!("/{}/{}-{expiry}-0-0-{}", Room::APP, room.tail, super::hex(16));
    let query = format!("auth_key={expiry}-0-0-{}", encode(Md5::digest(signed)));
    Door { app: Room::APP.to_owned(), name: room.tail.clone(), query }
}

/// Turns the room live when the push arrives, and lets viewers talk while it is.
fn follow(house: &Arc<House>, id: String, door: &Door) {
    let Some(mut publishing) = house.ingest.watch(&door.app, &door.name) else { return };
    let own = house.clone();
    house.spawn(async move {
        // Fails when the room was deleted before.
        if publishing.wait_for(|publishing| *publishing).await.is_err() {
            return;
        }
        if let Some(room) = own.weibo.memory().rooms.get_mut(&id) {
            room.go_live(own.clock.now());
        }
        loop {
            tokio::time::sleep(CHATTER.mul_f64(0.6 + fastrand::f64() * 0.8)).await;
            let mut memory = own.weibo.memory();
            let message = memory.next_message_id();
            let Some(room) = memory.rooms.get_mut(&id).filter(|room| room.status == status::LIVE) else {
                return;
            };
            if own.chatter() {
                let viewer = crate::viewers::anybody();
                room.hear(message, viewer.id, viewer.name, crate::viewers::anything(), own.clock.now());
            }
        }
    });
}

pub(super) fn update(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let id = call.required("id")?;
    let summary = summary(call)?;
    let published = call.one_of("published", &["0", "1", "2"])?;
    let image = call.web_address("image")?;
    let replay_url = call.web_address("replay_url")?;
    let stop = call.one_of("stop", &["0", "1"])?;

    if let Some(image) = &image {
        let size = own_room(&mut house.weibo.memory(), id)?.size;
        check_ratio(house, image, size)?;
    }
    let mut memory = house.weibo.memory();
    let room = own_room(&mut memory, id)?;
    if let Some(title) = call.given("title") {
        title.clone_into(&mut room.title);
    }
    if let Some(summary) = summary {
        room.summary = summary;
    }
    // 2 leaves it as it is.
    if let Some(published @ ("0" | "1")) = published {
        room.published = published;
    }
    if let Some(image) = image {
        room.image = image;
    }
    if let Some(replay_url) = replay_url {
        room.replay_url = replay_url;
    }
    if stop == Some("1") {
        room.end(house.clock.now());
        let tail = room.tail.clone();
        drop(memory);
        house.ingest.close(Room::APP, &tail);
    }
    Ok(json!({ "id": id }))
}

pub(super) fn delete(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let id = call.required("id")?;
    let mut memory = house.weibo.memory();
    let tail = own_room(&mut memory, id)?.tail.clone();
    memory.rooms.remove(id);
    drop(memory);
    house.ingest.cut(Room::APP, &tail);
    Ok(json!({ "id": id }))
}

pub(super) fn show(house: &Arc<House>, call: &Call) -> Result<Value, Refused> {
    let id = call.required("id")?;
    let detail = call.one_of("detail", &["0", "1"])? == Some("1");
    let mut memory = house.weibo.memory();
    let room = own_room(&mut memory, id)?;
    let created = room.created.to_zoned(TimeZone::fixed(offset(8)));
    let mut reply = json!({
        "id": room.id,
        "uid": room.uid.to_string(),
        "title": room.title,
        "summary": room.summary,
        "url": format!("{}/show?id={}", house.addresses().weibo, room.room_id()),
        "status": room.status,
        "create_time": created.strftime("%Y-%m-%d %H:%M:%S").to_string(),
    });
    // Captured replies leave the cover out when there is none.
    if call.dialect == Dialect::Documented || !room.image.is_empty() {
        reply["image"] = room.image.clone().into();
    }
    if detail {
        let figures = figures(room, house.clock.now());
        reply["live_views"] = figures.live_views.into();
        reply["total_views"] = figures.total_views.into();
        reply["total_stars"] = figures.total_stars.into();
    }
    Ok(reply)
}

/// The post's text, when given.
fn summary(call: &Call) -> Result<Option<String>, Refused> {
    let Some(summary) = call.given("summary") else { return Ok(None) };
    if weibo_length(summary) > SUMMARY {
        return Err(Refused::new(20010, "weibo content more than 130 word"));
    }
    Ok(Some(summary.to_owned()))
}

/// A room of the caller's.
pub(super) fn own_room<'a>(memory: &'a mut Memory, id: &str) -> Result<&'a mut Room, Refused> {
    let room = memory.rooms.get_mut(id).ok_or_else(|| Refused::new(20009, "live id unexist"))?;
    if room.uid != UID {
        return Err(Refused::new(20013, "authority not allow"));
    }
    Ok(room)
}
