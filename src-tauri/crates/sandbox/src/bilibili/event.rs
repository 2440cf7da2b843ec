//! What the chat socket tells, as JSON.

use bytes::Bytes;
use serde_json::{Value, json};

use super::area::Area;
use super::packed;
use super::world::{Line, china_time};

/// Something that happened in a room.
#[derive(Debug, Clone)]
pub(super) enum Event {
    Line(Line),
    Gift(Gift),
    /// The same in the form of 2026.
    PackedGift(Gift),
    Visit(Visit),
    SuperChat(Paid),
    /// Told three times, as `GUARD_BUY` and two toasts.
    Member(Paid, Told),
    /// Whatever a test tells.
    Other(Value),
    /// A message that was packed beforehand: whoever listens gets it as it is.
    Packed(Bytes),
    /// Likes of the whole broadcast.
    Likes(u64),
    /// People who have watched the broadcast.
    Watched(u64),
    /// People who watch now.
    Online(u64),
    /// Told twice: at the start call with the time, and when the picture arrives without it.
    Live {
        key: String,
        since: Option<i64>,
    },
    Preparing,
    Changed {
        title: String,
        area: Option<Area>,
    },
}

/// A present.
#[derive(Debug, Clone)]
pub(super) struct Gift {
    pub(super) id: u64,
    pub(super) uid: u64,
    pub(super) name: String,
    pub(super) kind: u32,
    pub(super) what: &'static str,
    pub(super) count: u32,
    /// For one, in thousandths of a yuan when it is gold.
    pub(super) price: u32,
    pub(super) gold: bool,
    pub(super) at_ms: i64,
}

/// Somebody comes in, follows, shares.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) uid: u64,
    pub(super) name: String,
    /// 1 enters, 2 follows, 3 shares.
    pub(super) what: u32,
    pub(super) at_ms: i64,
}

/// A paid message or a membership.
#[derive(Debug, Clone)]
pub(super) struct Paid {
    pub(super) id: u64,
    pub(super) uid: u64,
    pub(super) name: String,
    /// Empty for a membership.
    pub(super) text: String,
    pub(super) yuan: u32,
    pub(super) at_ms: i64,
}

/// The three ways in which a membership is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Told {
    Bought,
    Toast,
    ToastV2,
}

/// Who reads. Without a login names are masked and numbers withheld.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub(super) uid: u64,
}

pub(super) const FACE: &str = "https://i0.hdslb.com/bfs/face/member/noface.jpg";

impl Reader {
    pub(super) fn name(self, name: &str) -> String {
        match name.chars().next() {
            Some(first) if self.uid == 0 => format!("{first}***"),
            _ => name.to_owned(),
        }
    }

    pub(super) fn user(self, uid: u64) -> u64 {
        if self.uid == 0 { 0 } else { uid }
    }
}

impl Event {
    /// The command's JSON for one reader of the room.
    pub(super) fn json(&self, room: u64, reader: Reader) -> Value {
        match self {
            Self::Line(line) => danmu(line, reader),
            Self::Gift(gift) => send_gift(gift, reader),
            Self::PackedGift(gift) => packed::send_gift(gift, reader),
            Self::Visit(visit) => packed::interact(visit, room, reader),
            Self::SuperChat(paid) => super_chat(paid, room, reader),
            Self::Member(paid, told) => member(paid, *told, reader),
            Self::Other(command) => command.clone(),
            // The socket sends its bytes instead.
            Self::Packed(_) => Value::Null,
            Self::Likes(count) => {
                json!({ "cmd": "LIKE_INFO_V3_UPDATE", "data": { "click_count": count } })
            }
            Self::Watched(count) => json!({
                "cmd": "WATCHED_CHANGE",
                "data": { "num": count, "text_small": short(*count), "text_large": format!("{}人看过", short(*count)) },
            }),
            Self::Online(count) => json!({
                "cmd": "ONLINE_RANK_COUNT",
                "data": { "count": count / 3, "count_text": (count / 3).to_string(), "online_count": count, "online_count_text": count.to_string() },
            }),
            Self::Live { key, since } => {
                let mut live = json!({
                    "cmd": "LIVE",
                    "live_key": key,
                    "voice_background": "",
                    "sub_session_key": format!("{key}sub_time:{}", since.unwrap_or_default()),
                    "live_platform": "pc_link",
                    "live_model": 0,
                    "roomid": room,
                });
                if let Some(since) = since {
                    live["live_time"] = (*since).into();
                }
                live
            }
            // Here the room is a text, elsewhere a number.
            Self::Preparing => json!({ "cmd": "PREPARING", "roomid": room.to_string() }),
            Self::Changed { title, area } => json!({
                "cmd": "ROOM_CHANGE",
                "data": {
                    "title": title,
                    "area_id": area.map_or(0, |area| area.id),
                    "area_name": area.map_or("", |area| area.name),
                    "parent_area_id": area.map_or(0, |area| area.parent_id),
                    "parent_area_name": area.map_or("", |area| area.parent_name),
                    "live_key": "0",
                    "sub_session_key": "",
                },
            }),
        }
    }
}

/// 12345 → 1.2万
fn short(count: u64) -> String {
    if count < 10_000 {
        return count.to_string();
    }
    format!("{}.{}万", count / 10_000, count % 10_000 / 1000)
}

/// The hash that stands for a user in the old places of a line.
fn user_hash(uid: u64) -> String {
    let mut crc = flate2::Crc::new();
    crc.update(uid.to_string().as_bytes());
    format!("{:x}", crc.sum())
}

/// What stands as a text within the newest place.
fn extra(line: &Line, reader: Reader) -> Value {
    json!({
        "send_from_me": reader.uid != 0 && reader.uid == line.uid,
        "mode": 0,
        "color": line.color,
        "dm_type": 0,
        "font_size": 25,
        "player_mode": line.mode,
        "show_player_type": 0,
        "content": line.text,
        "user_hash": user_hash(line.uid),
        "emoticon_unique": "",
        "emots": null,
        "id_str": format!("{:016x}{:08x}", line.at_ms, line.id),
        "reply_mid": 0,
        "reply_uname": "",
        "show_reply": true,
    })
}

/// A line of chat in its form of 2026: the newest things stand in the object at `info[0][15]`.
fn danmu(line: &Line, reader: Reader) -> Value {
    let (uid, name) = (reader.user(line.uid), reader.name(&line.name));
    let (hash, seconds) = (user_hash(line.uid), line.at_ms / 1000);
    let user = json!({
        "uid": uid,
        "base": { "name": name, "face": FACE, "name_color": 0, "is_mystery": false },
        "medal": null,
        "wealth": null,
        "title": { "old_title_css_id": "", "title_css_id": "" },
        "guard": null,
        "uhead_frame": null,
        "guard_leader": { "is_guard_leader": false },
    });
    let newest =
        json!({ "extra": extra(line, reader).to_string(), "mode": 0, "show_player_type": 0, "user": user });
    let about = json!({ "activity_identity": "", "activity_source": 0, "not_show": 0 });
    let show = json!([
        0, line.mode, 25, line.color, line.at_ms, seconds, 0, hash, 0, 0, 0, "", 0, "{}", "{}", newest,
        about, 0
    ]);
    json!({
        "cmd": "DANMU_MSG",
        "dm_v2": "",
        "info": [
            show,
            line.text,
            [uid, name, u8::from(line.admin), 0, 0, 10000, 1, ""],
            [],
            [12, 0, 6_406_234, ">50000", 0],
            ["", ""],
            0,
            0,
            null,
            { "ts": seconds, "ct": hash.to_uppercase() },
            0,
            0,
            null,
            null,
            0,
            105,
            [3],
            null,
        ],
    })
}

fn send_gift(gift: &Gift, reader: Reader) -> Value {
    let seconds = gift.at_ms / 1000;
    let number = gift.number();
    json!({
        "cmd": "SEND_GIFT",
        "data": {
            "action": "投喂",
            "batch_combo_id": "",
            "batch_combo_send": null,
            "blind_gift": null,
            "coin_type": if gift.gold { "gold" } else { "silver" },
            "combo_total_coin": gift.price * gift.count,
            "face": FACE,
            "giftId": gift.kind,
            "giftName": gift.what,
            "gift_info": { "img_basic": "https://s1.hdslb.com/bfs/live/sandbox.png", "webp": "", "gif": "" },
            "guard_level": 0,
            "medal_info": null,
            "num": gift.count,
            "original_gift_name": "",
            "price": gift.price,
            "receive_user_info": { "uid": reader.uid, "uname": "" },
            "rnd": number,
            "tid": number,
            "timestamp": seconds,
            "total_coin": gift.price * gift.count,
            "uid": reader.user(gift.uid),
            "uname": reader.name(&gift.name),
        },
    })
}

impl Gift {
    /// The trade's number.
    pub(super) fn number(&self) -> String {
        (self.at_ms * 1000 + i64::try_from(self.id % 1000).unwrap_or_default()).to_string()
    }
}

fn super_chat(paid: &Paid, room: u64, reader: Reader) -> Value {
    let seconds = paid.at_ms / 1000;
    json!({
        "cmd": "SUPER_CHAT_MESSAGE",
        "data": {
            "background_bottom_color": "#2A60B2",
            "background_color": "#EDF5FF",
            "end_time": seconds + 60,
            "id": paid.id,
            "is_ranked": 1,
            "medal_info": null,
            "message": paid.text,
            "message_trans": "",
            // Yuan, unlike everywhere else.
            "price": paid.yuan,
            "start_time": seconds,
            "time": 60,
            "token": format!("{:08X}", paid.id),
            "ts": seconds,
            "uid": reader.user(paid.uid),
            "user_info": { "face": FACE, "guard_level": 0, "uname": reader.name(&paid.name), "user_level": 12 },
        },
        "roomid": room,
    })
}

fn member(paid: &Paid, told: Told, reader: Reader) -> Value {
    let (uid, name, seconds) = (reader.user(paid.uid), reader.name(&paid.name), paid.at_ms / 1000);
    let price = paid.yuan * 1000;
    let flow = format!("{}{:08}", paid.at_ms, paid.id);
    match told {
        Told::Bought => json!({
            "cmd": "GUARD_BUY",
            "data": {
                "uid": uid, "username": name, "guard_level": 3, "num": 1, "price": price, "gift_id": 10003,
                "gift_name": "舰长", "start_time": seconds, "end_time": seconds,
            },
        }),
        Told::Toast => json!({
            "cmd": "USER_TOAST_MSG",
            "data": {
                "uid": uid, "username": name, "guard_level": 3, "num": 1, "unit": "月", "price": price,
                "op_type": 1, "payflow_id": flow, "role_name": "舰长", "start_time": seconds,
                "toast_msg": format!("<%{name}%> 开通了舰长"),
            },
        }),
        Told::ToastV2 => json!({
            "cmd": "USER_TOAST_MSG_V2",
            "data": {
                "sender_uinfo": { "uid": uid, "base": { "name": name, "face": FACE } },
                "guard_info": {
                    "guard_level": 3, "op_type": 1, "role_name": "舰长", "room_guard_count": 4,
                    "start_time": seconds, "end_time": seconds,
                },
                "pay_info": { "price": price, "num": 1, "unit": "月", "payflow_id": flow },
                "option": { "source": 0 },
                "toast_msg": format!("<%{name}%> 开通了舰长"),
            },
        }),
    }
}

/// A line as `gethistory` tells it.
pub(super) fn history(line: &Line) -> Value {
    json!({
        "text": line.text,
        "dm_type": 0,
        "uid": line.uid,
        "nickname": line.name,
        "uname_color": "",
        "timeline": china_time(line.at_ms / 1000),
        "isadmin": u8::from(line.admin),
        "vip": 0,
        "svip": 0,
        "medal": [],
        "title": ["", ""],
        "user_level": [12, 0, 6_406_234, ">50000"],
        "rank": 10000,
        "teamid": 0,
        "rnd": (line.at_ms / 1000).to_string(),
        "guard_level": 0,
        "bubble": 0,
        "emots": null,
        "id_str": format!("{:016x}{:08x}", line.at_ms, line.id),
        "check_info": { "ts": line.at_ms / 1000, "ct": user_hash(line.uid).to_uppercase() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> Line {
        Line {
            id: 1,
            uid: 42,
            name: "慢半拍".into(),
            text: "来了".into(),
            color: 0x00ff_ffff,
            mode: 1,
            admin: false,
            at_ms: 1_795_300_000_123,
        }
    }

    #[test]
    fn a_line_has_its_parts_where_the_documents_say() {
        let json = Event::Line(line()).json(7, Reader { uid: 42 });
        let info = &json["info"];
        assert_eq!(json["cmd"], "DANMU_MSG");
        assert_eq!((&info[1], &info[2][0], &info[2][1]), (&json!("来了"), &json!(42), &json!("慢半拍")));
        assert_eq!(info[0][4], 1_795_300_000_123_i64);
        // CRC-32 of "42", as the reference implementation in Python's zlib gives it.
        assert_eq!(info[0][7], "3224b088");
        assert_eq!(info[0][15]["user"]["base"]["name"], "慢半拍");
        let extra: Value = serde_json::from_str(info[0][15]["extra"].as_str().unwrap()).unwrap();
        assert_eq!((&extra["content"], &extra["send_from_me"]), (&json!("来了"), &json!(true)));
        assert_eq!(info[9]["ts"], 1_795_300_000);
        assert_eq!(info[16][0], 3);
    }

    #[test]
    fn a_stranger_reads_masked_names() {
        let json = Event::Line(line()).json(7, Reader { uid: 0 });
        assert_eq!(json["info"][2][1], "慢***");
        assert_eq!(json["info"][2][0], 0);
        assert!(!json.to_string().contains("慢半拍"));
    }

    #[test]
    fn the_room_is_a_number_when_it_begins_and_a_text_when_it_ends() {
        let live = Event::Live { key: "9".into(), since: Some(5) }.json(7, Reader { uid: 1 });
        assert_eq!((&live["roomid"], &live["live_time"]), (&json!(7), &json!(5)));
        assert!(
            Event::Live { key: "9".into(), since: None }
                .json(7, Reader { uid: 1 })
                .get("live_time")
                .is_none()
        );
        assert_eq!(Event::Preparing.json(7, Reader { uid: 1 })["roomid"], "7");
        assert_eq!(short(9999), "9999");
        assert_eq!(short(22_097), "2.2万");
    }
}
