//! Who comes in, follows, shares: `INTERACT_WORD` in both forms.

use kaibo_live::chat::{ChatEvent, ChatKind};
use serde::Deserialize;

use super::command::Reader;
use super::lenient::{Int, Text};
use super::paid::{Packed, natural, owned, user};
use super::protobuf::Fields;

/// What is read of either form.
#[derive(Debug, Default)]
pub(super) struct Presence {
    uid: Option<u64>,
    who: Option<String>,
    what: Option<i64>,
    /// Seconds.
    at: Option<i64>,
}

/// `INTERACT_WORD`, gone by 2026.
#[derive(Default, Deserialize)]
pub(super) struct Interact<'a> {
    #[serde(default)]
    uid: Int,
    #[serde(default, borrow)]
    uname: Text<'a>,
    #[serde(default)]
    msg_type: Int,
    #[serde(default)]
    timestamp: Int,
}

impl From<Interact<'_>> for Presence {
    fn from(from: Interact<'_>) -> Self {
        let (uid, who) = (natural(from.uid), owned(from.uname));
        Self { uid, who, what: from.msg_type.0, at: from.timestamp.0 }
    }
}

/// `INTERACT_WORD_V2`; `None` when it can't be read.
pub(super) fn packed(packed: &Packed<'_>) -> Option<Presence> {
    let bytes = packed.bytes()?;
    let mut read = Presence::default();
    let signed = |number: u64| i64::try_from(number).ok();
    for (field, value) in Fields(&bytes) {
        match field {
            1 => read.uid = value.number(),
            2 => read.who = value.text(),
            5 => read.what = value.number().and_then(signed),
            7 => read.at = value.number().and_then(signed),
            22 => {
                let (uid, who) = user(value.fields());
                read.uid = read.uid.or(uid);
                read.who = read.who.take().or(who);
            }
            _ => {}
        }
    }
    read.what.is_some().then_some(read)
}

impl Presence {
    /// The event; `Ok(None)` for a like, which the count of likes tells as well, and `Err` for what isn't known.
    pub(super) fn event(self, reader: Reader) -> Result<Option<ChatEvent>, ()> {
        let kind = match self.what {
            Some(1) => ChatKind::Entry,
            Some(2 | 4 | 5) => ChatKind::Follow,
            Some(3) => ChatKind::Share,
            Some(6) => return Ok(None),
            _ => return Err(()),
        };
        let at = reader.second(self.at);
        let (uid, what) = (self.uid.unwrap_or_default(), self.what.unwrap_or_default());
        // Masked names have no id of their own.
        let whose = if uid == 0 { self.who.clone().unwrap_or_default() } else { uid.to_string() };
        let id = format!("came-{what}-{}-{whose}", at.as_second());
        let who = reader.person(self.uid, self.who, false);
        Ok(Some(ChatEvent::new(id, at, kind, who, "")))
    }
}
