//! What the chat's commands say.

use std::borrow::Cow;

use jiff::Timestamp;
use kaibo_live::chat::{ChatEvent, ChatKind, Person};
use serde::Deserialize;

use super::danmu::{Danmu, Line};

use crate::http::parse_json;
use crate::wire;

/// What a command means for the chat.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Something to show.
    Event(ChatEvent),
    /// Known, and nothing to show.
    Skipped,
    /// Not known, or not in a form that is: its name, empty when it can't be read.
    Unknown(String),
}

#[derive(Deserialize)]
struct Command {
    cmd: String,
}

/// The command's name. It is the first thing in nearly all of them, so that those nobody reads cost no parsing.
/// Long ago names carried their arguments: `DANMU_MSG:4:0:2:2:2:0`.
fn name_of(json: &[u8]) -> Option<Cow<'_, str>> {
    let first = json.strip_prefix(br#"{"cmd":""#).and_then(|rest| {
        let end = rest.iter().take(NAME_CAP).position(|b| !(b.is_ascii_alphanumeric() || *b == b'_'))?;
        matches!(rest[end], b'"' | b':').then(|| std::str::from_utf8(&rest[..end]).ok())?
    });
    if let Some(name) = first {
        return Some(Cow::Borrowed(name));
    }
    let Command { cmd } = parse_json(json).ok()?;
    let name: String = cmd.split(':').next().unwrap_or_default().chars().take(NAME_CAP).collect();
    Some(Cow::Owned(name))
}

/// Longest name of a command, bytes.
const NAME_CAP: usize = 64;

/// Who reads, and when.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    /// The account's own id.
    pub(super) uid: u64,
    /// For commands that don't tell their time.
    pub(super) now: Timestamp,
}

impl Reader {
    /// Reads one command.
    pub(super) fn read(&self, json: &[u8]) -> Meaning {
        let Some(name) = name_of(json) else { return Meaning::Unknown(String::new()) };
        let event = match name.as_ref() {
            "DANMU_MSG" | "DANMU_MSG_MIRROR" => {
                // serde_json bounds the depth of what is built, and skips the rest without recursing.
                serde_json::from_slice::<Danmu<'_>>(json)
                    .ok()
                    .and_then(Danmu::line)
                    .map(|line| self.line(line))
            }
            "SEND_GIFT" => data(json).and_then(|gift| self.gift(gift)),
            "SUPER_CHAT_MESSAGE" => data(json).and_then(|chat| self.super_chat(chat)),
            "GUARD_BUY" => data(json).and_then(|guard| self.guard(guard)),
            "LIKE_INFO_V3_UPDATE" => data(json).and_then(|likes| self.likes(&likes)),
            "WARNING" | "CUT_OFF" => parse_json(json).ok().and_then(|notice| self.notice(notice)),
            // Entries come by the thousand and tell the streamer nothing; the rest repeats what a
            // command above tells, or what the room's own figures do.
            "INTERACT_WORD"
            | "INTERACT_WORD_V2"
            | "ENTRY_EFFECT"
            | "WATCHED_CHANGE"
            | "LIKE_INFO_V3_CLICK"
            | "ONLINE_RANK_COUNT"
            | "ONLINE_RANK_V2"
            | "ONLINE_RANK_V3"
            | "STOP_LIVE_ROOM_LIST"
            | "NOTICE_MSG"
            | "COMBO_SEND"
            | "USER_TOAST_MSG"
            | "USER_TOAST_MSG_V2"
            | "SUPER_CHAT_MESSAGE_JPN"
            | "LIVE"
            | "PREPARING"
            | "ROOM_CHANGE"
            | "ROOM_REAL_TIME_MESSAGE_UPDATE" => return Meaning::Skipped,
            _ => None,
        };
        event.map_or_else(|| Meaning::Unknown(name.into_owned()), Meaning::Event)
    }

    fn person(&self, uid: Option<u64>, name: Option<String>, moderator: bool) -> Option<Person> {
        let uid = uid.unwrap_or_default();
        let me = uid != 0 && uid == self.uid;
        name.map(|name| Person { id: uid.to_string(), name, me, moderator })
    }

    fn second(&self, at: Option<i64>) -> Timestamp {
        at.and_then(wire::epoch).unwrap_or(self.now)
    }

    fn line(self, line: Line<'_>) -> ChatEvent {
        let who = self.person(line.uid, line.name.map(Cow::into_owned), line.moderator);
        let at = line.at_ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).unwrap_or(self.now);
        let id = line.id.unwrap_or_else(|| {
            let (ms, rnd) = (at.as_millisecond(), line.rnd.unwrap_or_default());
            format!("{ms}-{rnd}-{}", line.uid.unwrap_or_default())
        });
        ChatEvent::new(id, at, ChatKind::Message, who, &line.text)
    }

    fn gift(&self, gift: Gift) -> Option<ChatEvent> {
        let name = gift.name?;
        let count = gift.num.unwrap_or(1);
        let at = self.second(gift.timestamp);
        let uid = gift.uid.unwrap_or_default();
        let id = gift.tid.unwrap_or_else(|| {
            let rnd = gift.rnd.as_deref().unwrap_or_default();
            format!("{uid}-{}-{count}-{rnd}-{name}", at.as_second())
        });
        let who = self.person(gift.uid, gift.uname, false);
        Some(ChatEvent::new(format!("gift-{id}"), at, ChatKind::Gift, who, &format!("{name} × {count}")))
    }

    fn super_chat(&self, chat: SuperChat) -> Option<ChatEvent> {
        let at = self.second(chat.start_time.or(chat.ts));
        let who = self.person(chat.uid, chat.user_info.uname, false);
        let text = format!("¥{} {}", chat.price.unwrap_or_default(), chat.message?);
        Some(ChatEvent::new(format!("sc-{}", chat.id?), at, ChatKind::Gift, who, &text))
    }

    fn guard(&self, guard: Guard) -> Option<ChatEvent> {
        let at = self.second(guard.start_time);
        let (uid, level) = (guard.uid.unwrap_or_default(), guard.level.unwrap_or_default());
        let id = format!("guard-{uid}-{}-{level}", at.as_second());
        let text = format!("{} × {}", guard.gift_name?, guard.num.unwrap_or(1));
        let who = self.person(guard.uid, guard.username, false);
        Some(ChatEvent::new(id, at, ChatKind::Gift, who, &text))
    }

    fn likes(&self, likes: &Likes) -> Option<ChatEvent> {
        let total = likes.click_count?.to_string();
        Some(ChatEvent::new(format!("like-{total}"), self.now, ChatKind::Like, None, &total))
    }

    fn notice(&self, notice: Notice) -> Option<ChatEvent> {
        let id = format!("notice-{}", self.now.as_millisecond());
        Some(ChatEvent::new(id, self.now, ChatKind::Notice, None, &notice.msg?))
    }
}

fn data<T: serde::de::DeserializeOwned>(json: &[u8]) -> Option<T> {
    #[derive(Deserialize)]
    struct Holder<T> {
        data: T,
    }
    parse_json::<Holder<T>>(json).ok().map(|holder| holder.data)
}

#[derive(Deserialize)]
struct Gift {
    #[serde(rename = "giftName", default, deserialize_with = "wire::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "wire::count")]
    num: Option<u64>,
    #[serde(default, deserialize_with = "wire::count")]
    uid: Option<u64>,
    #[serde(default, deserialize_with = "wire::text")]
    uname: Option<String>,
    /// Seconds.
    #[serde(default, deserialize_with = "wire::int")]
    timestamp: Option<i64>,
    #[serde(default, deserialize_with = "wire::text")]
    tid: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    rnd: Option<String>,
}

#[derive(Deserialize)]
struct SuperChat {
    #[serde(default, deserialize_with = "wire::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "wire::count")]
    uid: Option<u64>,
    /// Yuan.
    #[serde(default, deserialize_with = "wire::count")]
    price: Option<u64>,
    #[serde(default, deserialize_with = "wire::text")]
    message: Option<String>,
    #[serde(default, deserialize_with = "wire::int")]
    start_time: Option<i64>,
    #[serde(default, deserialize_with = "wire::int")]
    ts: Option<i64>,
    #[serde(default, deserialize_with = "wire::object")]
    user_info: UserInfo,
}

#[derive(Default, Deserialize)]
struct UserInfo {
    #[serde(default, deserialize_with = "wire::text")]
    uname: Option<String>,
}

#[derive(Deserialize)]
struct Guard {
    #[serde(default, deserialize_with = "wire::count")]
    uid: Option<u64>,
    #[serde(default, deserialize_with = "wire::text")]
    username: Option<String>,
    #[serde(rename = "guard_level", default, deserialize_with = "wire::int")]
    level: Option<i64>,
    #[serde(default, deserialize_with = "wire::count")]
    num: Option<u64>,
    #[serde(default, deserialize_with = "wire::text")]
    gift_name: Option<String>,
    #[serde(default, deserialize_with = "wire::int")]
    start_time: Option<i64>,
}

#[derive(Deserialize)]
struct Likes {
    #[serde(default, deserialize_with = "wire::count")]
    click_count: Option<u64>,
}

#[derive(Deserialize)]
struct Notice {
    #[serde(default, deserialize_with = "wire::text")]
    msg: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Meaning {
        let now = Timestamp::from_second(1_000).expect("a time");
        Reader { uid: 42, now }.read(json.as_bytes())
    }

    fn event(json: &str) -> ChatEvent {
        match read(json) {
            Meaning::Event(event) => event,
            other => panic!("{other:?} of {json}"),
        }
    }

    #[test]
    fn a_message_of_today() {
        let event = event(
            r#"{"cmd":"DANMU_MSG","info":[[0,1,25,16777215,1795299828637,77,0,"a1",0,0,0,"",0,"{}","{}",
            {"extra":"{\"id_str\":\"abc123\",\"content\":\"晚上好\"}","user":{"uid":7,"base":{"name":"小红"}}}],
            "晚上好",[7,"小红",1,0,0,10000,1,""],[],[12,0,0,">50000"],["",""],0,0,null,{"ts":1,"ct":"x"}]}"#,
        );
        assert_eq!((event.id.as_str(), event.text.as_str()), ("abc123", "晚上好"));
        assert_eq!((event.kind, event.at.as_millisecond()), (ChatKind::Message, 1_795_299_828_637));
        let who = event.who.expect("somebody");
        assert_eq!((who.id.as_str(), who.name.as_str(), who.me, who.moderator), ("7", "小红", false, true));
    }

    #[test]
    fn a_message_of_years_ago_and_one_from_a_joint_room() {
        let old =
            event(r#"{"cmd":"DANMU_MSG:4:0:2:2:2:0","info":[[0,1,25,0,1600000000000,9],"hi",[42,"我"]]}"#);
        assert_eq!((old.id.as_str(), old.text.as_str()), ("1600000000000-9-42", "hi"));
        assert!(old.who.expect("somebody").me);
        let bare = event(r#"{"cmd":"DANMU_MSG_MIRROR","info":[[],"x"]}"#);
        assert_eq!((bare.who, bare.at.as_second()), (None, 1_000));
    }

    #[test]
    fn gifts_and_likes() {
        let gift = event(
            r#"{"cmd":"SEND_GIFT","data":{"giftName":"小花花","num":3,"uid":7,"uname":"小红","price":100,
            "timestamp":1600000000,"tid":"t1","coin_type":"gold","total_coin":300}}"#,
        );
        assert_eq!(
            (gift.id.as_str(), gift.kind, gift.text.as_str()),
            ("gift-t1", ChatKind::Gift, "小花花 × 3")
        );
        let likes = event(r#"{"cmd":"LIKE_INFO_V3_UPDATE","data":{"click_count":1234}}"#);
        assert_eq!((likes.kind, likes.text.as_str(), likes.who), (ChatKind::Like, "1234", None));
        let chat = event(
            r#"{"cmd":"SUPER_CHAT_MESSAGE","data":{"id":5,"uid":7,"price":30,"message":"加油",
            "start_time":1600000000,"user_info":{"uname":"小红"}}}"#,
        );
        assert_eq!((chat.id.as_str(), chat.text.as_str()), ("sc-5", "¥30 加油"));
        let guard = event(
            r#"{"cmd":"GUARD_BUY","data":{"uid":7,"username":"小红","guard_level":3,"num":1,
            "gift_name":"舰长","start_time":1600000000}}"#,
        );
        assert_eq!((guard.id.as_str(), guard.text.as_str()), ("guard-7-1600000000-3", "舰长 × 1"));
        let warning = event(r#"{"cmd":"WARNING","msg":"请调整画面","roomid":1}"#);
        assert_eq!((warning.kind, warning.text.as_str()), (ChatKind::Notice, "请调整画面"));
    }

    #[test]
    fn the_rest_is_left_alone() {
        assert_eq!(read(r#"{"cmd":"INTERACT_WORD","data":{"uname":"小红"}}"#), Meaning::Skipped);
        for odd in [
            r#"{"cmd":"NEVER_SEEN","data":{}}"#,
            r#"{"cmd":"DANMU_MSG","info":{}}"#,
            r#"{"cmd":"DANMU_MSG","info":[]}"#,
            r#"{"cmd":"DANMU_MSG","info":[[],7,[]]}"#,
            r#"{"cmd":"SEND_GIFT","data":[]}"#,
            r#"{"cmd":7}"#,
            r#"{"cmd":"DANMU_MSG","info":[["#,
            "[]",
            "",
        ] {
            assert!(matches!(read(odd), Meaning::Unknown(_)), "{odd}");
        }
        let deep = format!(r#"{{"cmd":"DANMU_MSG","info":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000));
        assert!(matches!(read(&deep), Meaning::Unknown(_)));
        assert_eq!(read(r#"{"cmd":"NEVER_SEEN:1","data":{}}"#), Meaning::Unknown("NEVER_SEEN".into()));
        assert_eq!(read(r#"{"data":{},"cmd":"NOR_THIS"}"#), Meaning::Unknown("NOR_THIS".into()));
    }

    proptest! {
        #[test]
        fn no_arrangement_of_values_hurts(info in "\\[(\\[[0-9,]{0,9}0\\],)?\"[a-z]{0,4}\"(,(\\[\\]|\\{\\}|null|7))?\\]") {
            let _ = read(&format!(r#"{{"cmd":"DANMU_MSG","info":{info}}}"#));
        }
    }
}
