//! What the chat's commands say.

use std::borrow::Cow;

use jiff::Timestamp;
use kaibo_live::chat::{ChatEvent, ChatKind, Heard, Person};
use kaibo_live::room::FigureKind;
use serde::Deserialize;

use super::danmu::Line;
use super::lenient::{Int, Key, Object, Text};
use super::paid::{Deleted, Guard, Packed, SendGift, SuperChat, Toast, gifts, natural, owned};
use super::presence::{self, Interact, Presence};
use crate::http::parse_json;
use crate::wire;

/// Whether a command was understood; what it told stands in the reader's list.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Understood; there may be nothing to show.
    Known,
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
    if json.len() > COMMAND_CAP {
        return None;
    }
    let Command { cmd } = parse_json(json).ok()?;
    let name: String = cmd.split(':').next().unwrap_or_default().chars().take(NAME_CAP).collect();
    Some(Cow::Owned(name))
}

/// Longest command that is read, bytes. Lines of chat have about four thousand.
const COMMAND_CAP: usize = 64 << 10;
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
    /// Reads one command, and appends what it tells.
    pub(super) fn read(self, json: &[u8], heard: &mut Vec<Heard>) -> Meaning {
        let Some(name) = name_of(json) else { return Meaning::Unknown(String::new()) };
        if json.len() > COMMAND_CAP {
            return Meaning::Unknown(name.into_owned());
        }
        if self.understands(name.as_ref(), json, heard).is_some() {
            return Meaning::Known;
        }
        // Bytes that are no text cost their line nothing but themselves.
        if std::str::from_utf8(json).is_err() {
            let mended = String::from_utf8_lossy(json);
            if self.understands(name.as_ref(), mended.as_bytes(), heard).is_some() {
                return Meaning::Known;
            }
        }
        Meaning::Unknown(name.into_owned())
    }

    /// `None` for what isn't known, or is not in a form that is.
    fn understands(self, name: &str, json: &[u8], heard: &mut Vec<Heard>) -> Option<()> {
        let mut tell = |event| heard.push(Heard::Event(event));
        match name {
            "DANMU_MSG" | "DANMU_MSG_MIRROR" => tell(self.line(Line::read(json)?)),
            // serde_json bounds the depth of what is built, and skips the rest without recursing.
            "SEND_GIFT" => tell(data::<SendGift<'_>>(json)?.event(self)?),
            "SEND_GIFT_V2" => gifts(&data(json)?, self)?.into_iter().for_each(tell),
            "GUARD_BUY" => tell(data::<Guard<'_>>(json)?.bought(self)?),
            "USER_TOAST_MSG" => tell(data::<Guard<'_>>(json)?.toasted(self)?),
            "USER_TOAST_MSG_V2" => {
                let toast: Toast<'_> = data(json)?;
                if !toast.is_given_on() {
                    tell(toast.event(self)?);
                }
            }
            "SUPER_CHAT_MESSAGE" | "SUPER_CHAT_MESSAGE_JPN" => {
                tell(data::<SuperChat<'_>>(json)?.event(self)?);
            }
            "INTERACT_WORD" => {
                Presence::from(data::<Interact<'_>>(json)?).event(self).ok()?.into_iter().for_each(tell);
            }
            "INTERACT_WORD_V2" => {
                let packed: Packed<'_> = data(json)?;
                presence::packed(&packed)?.event(self).ok()?.into_iter().for_each(tell);
            }
            "LIKE_INFO_V3_UPDATE" => tell(self.likes(&data(json)?)?),
            _ => return self.understands_the_room(name, json, heard),
        }
        Some(())
    }

    /// The commands that are about the room and what was said before.
    fn understands_the_room(self, name: &str, json: &[u8], heard: &mut Vec<Heard>) -> Option<()> {
        match name {
            "SUPER_CHAT_MESSAGE_DELETE" => heard.push(recalled(data::<Deleted>(json)?.ids())?),
            "RECALL_DANMU_MSG" => heard.push(recalled(data::<Recall>(json)?.ids())?),
            "WATCHED_CHANGE" => {
                let views = natural(data::<Count>(json)?.num)?;
                heard.push(Heard::Figure(FigureKind::Views, views));
            }
            "ONLINE_RANK_COUNT" => {
                // Absent where the platform keeps it to itself.
                let watching = natural(data::<Count>(json)?.online);
                heard.extend(watching.map(|number| Heard::Figure(FigureKind::Watching, number)));
            }
            "ROOM_CHANGE" | "LIVE" | "PREPARING" | "ROOM_LOCK" => heard.push(Heard::RoomChanged),
            "WARNING" | "CUT_OFF" | "CUT_OFF_V2" => {
                // An alarm doesn't wait for words.
                let event = self.notice(name, json);
                let words = event.as_ref().map(|event| event.text.clone()).unwrap_or_default();
                heard.extend(event.map(Heard::Event));
                let warned = name == "WARNING";
                heard.push(if warned { Heard::Warned { words } } else { Heard::CutOff { words } });
                heard.push(Heard::RoomChanged);
            }
            "ROOM_BLOCK_MSG" => heard.push(Heard::Event(self.muted(json)?)),
            // What a command above tells as well, adverts, and what goes to every room alike.
            "COMBO_SEND"
            | "ENTRY_EFFECT"
            | "ENTRY_EFFECT_MUST_RECEIVE"
            | "LIKE_INFO_V3_CLICK"
            | "ONLINE_RANK_V2"
            | "ONLINE_RANK_V3"
            | "STOP_LIVE_ROOM_LIST"
            | "NOTICE_MSG"
            | "LOG_IN_NOTICE"
            | "PLAYURL_RELOAD"
            | "DM_INTERACTION"
            | "ROOM_SILENT_ON"
            | "ROOM_SILENT_OFF"
            | "ROOM_REAL_TIME_MESSAGE_UPDATE" => {}
            _ => return None,
        }
        Some(())
    }

    /// Somebody in the chat; none without a name. Masked people all have the id 0.
    pub(super) fn person(self, uid: Option<u64>, name: Option<String>, moderator: bool) -> Option<Person> {
        let uid = uid.unwrap_or_default();
        let me = uid != 0 && uid == self.uid;
        name.map(|name| Person { id: uid.to_string(), name, me, moderator })
    }

    /// A time in seconds, or now.
    pub(super) fn second(self, at: Option<i64>) -> Timestamp {
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

    fn likes(self, likes: &Count) -> Option<ChatEvent> {
        let total = natural(likes.likes)?.to_string();
        Some(ChatEvent::new(format!("like-{total}"), self.now, ChatKind::Like, None, &total))
    }

    /// What the platform tells the streamer: the words stand at the top, or in `data`.
    fn notice(self, name: &str, json: &[u8]) -> Option<ChatEvent> {
        let words = from::<Notice<'_>>(json).and_then(|notice| owned(notice.msg));
        let words = words.or_else(|| owned(data::<Notice<'_>>(json)?.msg))?;
        Some(self.told(name, &words))
    }

    /// Who was muted stands in `data` or, before that, at the top.
    fn muted(self, json: &[u8]) -> Option<ChatEvent> {
        let who = |blocked: Blocked<'_>| self.person(natural(blocked.uid), owned(blocked.uname), false);
        let who = data(json).and_then(who).or_else(|| who(from(json)?))?;
        let id = format!("muted-{}-{}-{}", self.now.as_millisecond(), who.id, who.name);
        Some(ChatEvent::new(id, self.now, ChatKind::Muted, Some(who), ""))
    }

    fn told(self, name: &str, words: &str) -> ChatEvent {
        let short: String = words.chars().take(40).collect();
        let id = format!("{name}-{}-{short}", self.now.as_millisecond());
        ChatEvent::new(id, self.now, ChatKind::Notice, None, words)
    }
}

/// What stands under `data`. Anything that is no object is the type's default.
fn data<'a, T: Deserialize<'a> + Default>(json: &'a [u8]) -> Option<T> {
    #[derive(Deserialize)]
    #[serde(bound(deserialize = "T: Deserialize<'de> + Default"))]
    struct Holder<T> {
        data: Object<T>,
    }
    from::<Holder<T>>(json).map(|holder| holder.data.0)
}

fn from<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Option<T> {
    serde_json::from_slice(json).ok()
}

fn recalled(ids: Vec<String>) -> Option<Heard> {
    (!ids.is_empty()).then_some(Heard::Recalled(ids))
}

/// The counts that commands carry, each in its own.
#[derive(Default, Deserialize)]
struct Count {
    /// `WATCHED_CHANGE`.
    #[serde(default)]
    num: Int,
    /// `ONLINE_RANK_COUNT`.
    #[serde(rename = "online_count", default)]
    online: Int,
    /// `LIKE_INFO_V3_UPDATE`.
    #[serde(rename = "click_count", default)]
    likes: Int,
}

/// `RECALL_DANMU_MSG`. Under which name the line's id stands isn't documented anywhere; an id of anything else
/// matches no line.
#[derive(Default, Deserialize)]
struct Recall {
    #[serde(default)]
    target_id: Key,
    #[serde(default)]
    id_str: Key,
    #[serde(default)]
    dmid: Key,
}

impl Recall {
    fn ids(self) -> Vec<String> {
        [self.target_id, self.id_str, self.dmid].into_iter().filter_map(|key| key.0).collect()
    }
}

#[derive(Default, Deserialize)]
struct Blocked<'a> {
    #[serde(default)]
    uid: Int,
    #[serde(default, borrow)]
    uname: Text<'a>,
}

#[derive(Default, Deserialize)]
struct Notice<'a> {
    #[serde(default, borrow)]
    msg: Text<'a>,
}

#[cfg(test)]
mod tests;
