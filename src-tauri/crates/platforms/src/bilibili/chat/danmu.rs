//! `DANMU_MSG`: a line of chat, as an array of arrays whose places mean something.
//!
//! These are most of a busy room, so they are read in one pass that ends where the last wanted place does: other
//! places are stepped over, and what comes after is not looked at. The array grew with the years and its places
//! change their types; whatever is missing or of another type is none.

use std::borrow::Cow;

use memchr::memmem;
use serde::Deserialize;

use super::lenient::{Int, KEY_CAP, Key, Text};
use super::skim::Skim;

/// What is read of a line.
#[derive(Default)]
pub(super) struct Line<'a> {
    /// The line.
    pub(super) text: Cow<'a, str>,
    /// Who said it; none for masked names.
    pub(super) uid: Option<u64>,
    /// Their name.
    pub(super) name: Option<Cow<'a, str>>,
    /// They may moderate the room.
    pub(super) moderator: bool,
    /// When, ms since 1970.
    pub(super) at_ms: Option<i64>,
    /// The number beside the time.
    pub(super) rnd: Option<i64>,
    /// The line's own id.
    pub(super) id: Option<String>,
}

impl<'a> Line<'a> {
    /// The line in a command; `None` when there is no text, or no JSON.
    pub(super) fn read(command: &'a [u8]) -> Option<Self> {
        let mut skim = Skim::new(command);
        skim.enter(b'{')?;
        while skim.member()?? != b"info" {
            skim.value()?;
        }
        let mut line = Self::default();
        let mut newest = None;
        let mut text = Text::default();
        skim.enter(b'[')?;
        for at in 0..3 {
            if !skim.element()? {
                break;
            }
            match at {
                0 => newest = line.read_meta(&mut skim)?,
                1 => text = read(skim.value()?)?,
                _ => line.read_person(&mut skim)?,
            }
        }
        line.text = text.0.filter(|text| !text.is_empty())?;
        if let Some(newest) = newest {
            line.read_newest(newest)?;
        }
        Some(line)
    }

    /// `info[0]`; answers the object at its place 15, the newest place for name and id.
    #[allow(clippy::option_option)] // broken and absent are two things
    fn read_meta(&mut self, skim: &mut Skim<'a>) -> Option<Option<&'a [u8]>> {
        if skim.enter(b'[').is_none() {
            skim.value()?;
            return Some(None);
        }
        for at in 0..=15 {
            if !skim.element()? {
                return Some(None);
            }
            let value = skim.value()?;
            match at {
                4 => self.at_ms = int(value)?.filter(|ms| *ms > 0),
                5 => self.rnd = int(value)?,
                15 => {
                    skim.leave()?;
                    return Some(value.starts_with(b"{").then_some(value));
                }
                _ => {}
            }
        }
        Some(None)
    }

    /// `info[2]`.
    fn read_person(&mut self, skim: &mut Skim<'a>) -> Option<()> {
        if skim.enter(b'[').is_none() {
            return skim.value().map(drop);
        }
        for at in 0..3 {
            if !skim.element()? {
                break;
            }
            let value = skim.value()?;
            match at {
                0 => self.uid = id(value)?,
                1 => self.name = name(value)?,
                _ => self.moderator = int(value)? == Some(1),
            }
        }
        Some(())
    }

    /// `info[0][15]`.
    fn read_newest(&mut self, object: &'a [u8]) -> Option<()> {
        let mut skim = Skim::new(object);
        skim.enter(b'{')?;
        while let Some(member) = skim.member()? {
            match member {
                b"extra" => self.id = id_of(skim.value()?),
                b"user" if self.uid.is_none() || self.name.is_none() => self.read_user(skim.value()?)?,
                _ => drop(skim.value()?),
            }
            // Nothing else is wanted.
            if self.id.is_some() && self.uid.is_some() && self.name.is_some() {
                break;
            }
        }
        Some(())
    }

    fn read_user(&mut self, user: &'a [u8]) -> Option<()> {
        let mut skim = Skim::new(user);
        if skim.enter(b'{').is_none() {
            return Some(());
        }
        while let Some(member) = skim.member()? {
            match (member, skim.value()?) {
                (b"uid", value) if self.uid.is_none() => self.uid = id(value)?,
                (b"base", value) if self.name.is_none() => {
                    let mut base = Skim::new(value);
                    if base.enter(b'{').is_none() {
                        continue;
                    }
                    while let Some(member) = base.member()? {
                        let value = base.value()?;
                        if member == b"name" {
                            self.name = name(value)?;
                        }
                    }
                }
                _ => {}
            }
        }
        Some(())
    }
}

/// A value that is looked at; `None` when it is no JSON.
fn read<'a, T: Deserialize<'a>>(value: &'a [u8]) -> Option<T> {
    serde_json::from_slice(value).ok()
}

/// A whole number, or none.
#[allow(clippy::option_option)] // broken and absent are two things
fn int(value: &[u8]) -> Option<Option<i64>> {
    Some(read::<Int>(value)?.0)
}

/// Somebody's id: masked people have none, which is written as 0.
#[allow(clippy::option_option)]
fn id(value: &[u8]) -> Option<Option<u64>> {
    Some(int(value)?.filter(|uid| *uid != 0).and_then(|uid| u64::try_from(uid).ok()))
}

/// A name that says something.
#[allow(clippy::option_option)]
fn name(value: &[u8]) -> Option<Option<Cow<'_, str>>> {
    Some(read::<Text<'_>>(value)?.0.filter(|name| !name.is_empty()))
}

/// The id in `extra`, which is JSON within a text; `extra` is that text as it stands in the outer JSON.
///
/// Half of a line's bytes are in there, so the id is taken from where it stands, escaped once. Nothing that a
/// viewer writes can stand there: a quote of theirs is escaped twice.
fn id_of(extra: &[u8]) -> Option<String> {
    const BEFORE: &[u8] = br#"\"id_str\":\""#;
    #[derive(Deserialize)]
    struct Extra {
        #[serde(default)]
        id_str: Key,
    }
    if let Some(at) = memmem::find(extra, BEFORE) {
        let rest = &extra[at + BEFORE.len()..];
        let id = &rest[..rest.iter().position(|b| !b.is_ascii_alphanumeric())?];
        if (1..=KEY_CAP).contains(&id.len()) && rest[id.len()] == b'\\' {
            return std::str::from_utf8(id).ok().map(str::to_owned);
        }
    }
    let text: String = read(extra)?;
    serde_json::from_str::<Extra>(&text).ok()?.id_str.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(extra: &serde_json::Value) -> Option<String> {
        let escaped = serde_json::to_string(&extra.to_string()).expect("JSON");
        let info =
            format!(r#"{{"info":[[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,{{"extra":{escaped}}}],"x",[7]]}}"#);
        Line::read(info.as_bytes()).expect("a line").id
    }

    #[test]
    fn an_id_is_found_wherever_it_stands_and_never_taken_from_what_is_said() {
        let said = r#"","id_str":"forged","#;
        assert_eq!(id(&serde_json::json!({"content": said, "id_str": "real1"})).as_deref(), Some("real1"));
        assert_eq!(id(&serde_json::json!({"id_str": "real2", "content": said})).as_deref(), Some("real2"));
        assert_eq!(id(&serde_json::json!({"content": said})), None);
        assert_eq!(id(&serde_json::json!({"id_str": "od d\"x"})).as_deref(), Some("od d\"x"), "the long way");
        assert_eq!(id(&serde_json::json!({"id_str": ""})), None);
        for long in ["a".repeat(KEY_CAP + 1), "é".repeat(KEY_CAP)] {
            assert_eq!(id(&serde_json::json!({"id_str": long})), None, "none that fills memory");
        }
    }
}
