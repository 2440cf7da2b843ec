//! The calls that read: who am I, which room is mine, what does it look like.

use serde_json::{Value, json};

use super::area;
use super::call::{Call, Reply};
use super::face;
use super::world::{Room, User, World, china_time};

/// GET `/x/web-interface/nav`: the WBI keys come also without a login.
pub(super) fn nav(world: &World, call: &Call, base: &str) -> Reply {
    let (img, sub) = world.wbi_keys();
    let address = |stem: &str| format!("https://i0.hdslb.com/bfs/wbi/{stem}.png");
    let wbi = json!({ "img_url": address(&img), "sub_url": address(&sub) });
    match world.login(call) {
        None => Reply::new(-101, "账号未登录", json!({ "isLogin": false, "wbi_img": wbi })),
        Some(user) => Reply::done(json!({
            "isLogin": true,
            "mid": user.id,
            "uname": user.name,
            "face": face::address(base, user.id),
            "level_info": { "current_level": 5 },
            "money": 66.6,
            "vipStatus": 0,
            "wbi_img": wbi,
        })),
    }
}

/// GET `/x/frontend/finger/spi`: the client keeps both values as cookies by itself.
pub(super) fn spi() -> Reply {
    let nonce = format!("{:032X}", fastrand::u128(..));
    let id =
        format!("{}-{}-{}-{}-{}", &nonce[..8], &nonce[8..12], &nonce[12..16], &nonce[16..20], &nonce[20..]);
    Reply::done(
        json!({ "b_3": format!("{id}00000infoc"), "b_4": format!("{id}00000-026112200-sandbox+a/b==") }),
    )
}

/// GET `/room/v2/Room/room_id_by_uid`
pub(super) fn room_by_user(world: &World, call: &Call) -> Reply {
    let user = call.number("uid").and_then(|uid| world.user(uid));
    match user.and_then(|user| user.room) {
        Some(room) => Reply::old(0, "success", json!({ "room_id": room })),
        None => Reply::old(404, "room not found", json!({})),
    }
}

/// GET `/room/v1/Room/getRoomInfoOld`
pub(super) fn room_old(world: &World, call: &Call) -> Reply {
    let Some(user) = call.number("mid").and_then(|uid| world.user(uid)) else {
        return Reply::old(1, "invalid params", json!([]));
    };
    let room = user.room.and_then(|id| world.rooms.get(&id));
    let url = room.map(|room| format!("https://live.bilibili.com/{}", room.id));
    Reply::old(
        0,
        "",
        json!({
            "roomStatus": u8::from(room.is_some()),
            "roundStatus": 0,
            "live_status": u8::from(room.is_some_and(|room| room.on_air.is_some())),
            "url": url.unwrap_or_default(),
            "title": room.map_or("", |room| &room.title),
            "cover": room.map_or("", |room| &room.cover),
            "online": room.map_or(0, |room| room.online),
            "roomid": room.map_or(0, |room| room.id),
            "broadcast_type": 0,
            "online_hidden": 0,
            "link": "",
        }),
    )
}

/// GET `/live_user/v1/Master/info`
pub(super) fn master(world: &World, call: &Call, base: &str) -> Reply {
    let Some(user) = call.number("uid").and_then(|uid| world.user(uid)) else {
        return Reply::old(1, "invalid params", json!([]));
    };
    let room = user.room.and_then(|id| world.rooms.get(&id));
    Reply::old(0, "success", person(user, room, call.now(), base))
}

fn person(user: &User, room: Option<&Room>, now: i64, base: &str) -> Value {
    json!({
        "info": {
            "uid": user.id,
            "uname": user.name,
            "face": face::address(base, user.id),
            "official_verify": { "type": -1, "desc": "" },
            "gender": -1,
        },
        "exp": { "master_level": { "level": 8, "color": 6_406_234 } },
        "follower_num": user.followers,
        "room_id": room.map_or(0, |room| room.id),
        "medal_name": "",
        "glory_count": 0,
        "pendant": "",
        "link_group_num": 0,
        "room_news": {
            "content": room.map_or("", |room| &room.news),
            "ctime": china_time(now),
            "ctime_text": "今天",
        },
    })
}

/// GET `/room/v1/Room/mobileRoomInit`: the id of a room and whether it is on air.
pub(super) fn room_init(world: &World, call: &Call) -> Reply {
    let Some(room) = call.number("id").and_then(|id| world.rooms.get(&id)) else {
        return Reply::old(60004, "直播间不存在", json!([]));
    };
    let live = room.on_air.as_ref();
    Reply::old(
        0,
        "ok",
        json!({
            "room_id": room.id,
            "short_id": 0,
            "uid": room.uid,
            "live_status": u8::from(live.is_some()),
            "live_time": live.map_or(-1, |live| live.since),
            "is_hidden": false,
            "is_locked": false,
            "encrypted": false,
            "pwd_verified": false,
        }),
    )
}

/// GET `/room/v1/Room/get_info`
pub(super) fn room_info(world: &World, call: &Call) -> Reply {
    let Some(room) = call.number("room_id").and_then(|id| world.rooms.get(&id)) else {
        return Reply::old(1, "未找到该房间", json!([]));
    };
    let followers = world.user(room.uid).map_or(0, |user| user.followers);
    let area = room.area;
    let none = json!({ "frame": { "name": "", "value": "", "position": 0 }, "badge": null });
    Reply::old(
        0,
        "ok",
        json!({
            "uid": room.uid,
            "room_id": room.id,
            "short_id": 0,
            "attention": followers,
            "online": room.online,
            "is_portrait": false,
            "description": "",
            "live_status": u8::from(room.on_air.is_some()),
            "area_id": area.map_or(0, |area| area.id),
            "parent_area_id": area.map_or(0, |area| area.parent_id),
            "parent_area_name": area.map_or("", |area| area.parent_name),
            "old_area_id": 0,
            "background": "",
            "title": room.title,
            "user_cover": room.cover,
            "keyframe": "",
            "is_strict_room": false,
            "live_time": room.on_air.as_ref().map_or("0000-00-00 00:00:00".into(), |live| china_time(live.since)),
            "tags": room.tags.join(","),
            "is_anchor": 0,
            "room_silent_type": "",
            "room_silent_level": 0,
            "room_silent_second": 0,
            "area_name": area.map_or("", |area| area.name),
            "pardants": "",
            "area_pardants": "",
            "hot_words": ["666", "晚上好"],
            "hot_words_status": 0,
            "verify": "",
            "new_pendants": none,
            "up_session": room.on_air.as_ref().map_or("", |live| &live.key),
            "pk_status": 0,
            "pk_id": 0,
            "battle_id": 0,
            "allow_change_area_time": 0,
            "allow_upload_cover_time": 0,
        }),
    )
}

/// GET `/room/v1/Area/getList`
pub(super) fn areas() -> Reply {
    Reply::old(0, "success", area::list())
}

/// GET `/x/report/click/now`: the clock, for signing.
pub(super) fn clock(call: &Call) -> Reply {
    Reply::done(json!({ "now": call.now() }))
}
