//! `DANMU_MSG`: a line of chat, as an array of arrays whose places mean something.
//!
//! These are most of a busy room, so they are read in one pass: the places that are wanted are taken, the others
//! skipped without being built. The array grew with the years and its places change their types; whatever is
//! missing or of another type is none.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{IgnoredAny, SeqAccess};
use serde_json::value::RawValue;

use super::lenient::{Array, Int, Object, Places, Text};

/// A command with an `info`.
#[derive(Deserialize)]
pub(super) struct Danmu<'a> {
    #[serde(borrow)]
    info: Array<Info<'a>>,
}

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

impl<'a> Danmu<'a> {
    /// The line; `None` when there is no text.
    pub(super) fn line(self) -> Option<Line<'a>> {
        let Info { meta, text, person } = self.info.0;
        let text = text.0.filter(|text| !text.is_empty())?;
        let (meta, person) = (meta.0, person.0);
        let Extended { extra, user } = meta.extended.0;
        let id = extra.and_then(|extra| id_of(extra.get()));
        let uid = person.uid.0.filter(|uid| *uid != 0).or(user.0.uid.0);
        let name = person.name.0.filter(|name| !name.is_empty()).or(user.0.base.0.name.0);
        Some(Line {
            text,
            uid: uid.and_then(|uid| u64::try_from(uid).ok()),
            name,
            moderator: person.moderator.0 == Some(1),
            at_ms: meta.at_ms.0.filter(|ms| *ms > 0),
            rnd: meta.rnd.0,
            id,
        })
    }
}

/// The id in `extra`, which is JSON within a text; `extra` is that text as it stands in the outer JSON.
///
/// Half of a line's bytes are in there, so the id is taken from where it stands, escaped once. Nothing that a
/// viewer writes can stand there: a quote of theirs is escaped twice.
fn id_of(extra: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Extra<'a> {
        #[serde(default, borrow)]
        id_str: Text<'a>,
    }
    let there = extra.split_once(r#"\"id_str\":\""#).and_then(|(_, rest)| rest.split_once('\\'));
    if let Some((id, _)) = there
        && !id.is_empty()
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return Some(id.to_owned());
    }
    let text: String = serde_json::from_str(extra).ok()?;
    let extra: Extra<'_> = serde_json::from_str(&text).ok()?;
    extra.id_str.0.filter(|id| !id.is_empty()).map(Cow::into_owned)
}

/// `info`.
#[derive(Default)]
struct Info<'a> {
    meta: Array<Meta<'a>>,
    text: Text<'a>,
    person: Array<Person<'a>>,
}

impl<'de: 'a, 'a> Places<'de> for Info<'a> {
    fn take<A: SeqAccess<'de>>(&mut self, at: usize, from: &mut A) -> Result<bool, A::Error> {
        match at {
            0 => self.meta.fill(from),
            1 => self.text.fill(from),
            2 => self.person.fill(from),
            _ => Ok(from.next_element::<IgnoredAny>()?.is_some()),
        }
    }
}

/// `info[0]`.
#[derive(Default)]
struct Meta<'a> {
    at_ms: Int,
    rnd: Int,
    extended: Object<Extended<'a>>,
}

impl<'de: 'a, 'a> Places<'de> for Meta<'a> {
    fn take<A: SeqAccess<'de>>(&mut self, at: usize, from: &mut A) -> Result<bool, A::Error> {
        match at {
            4 => self.at_ms.fill(from),
            5 => self.rnd.fill(from),
            15 => self.extended.fill(from),
            _ => Ok(from.next_element::<IgnoredAny>()?.is_some()),
        }
    }
}

/// `info[0][15]`, the newest place for name and id.
#[derive(Default, Deserialize)]
struct Extended<'a> {
    #[serde(default, borrow)]
    extra: Option<&'a RawValue>,
    #[serde(default, borrow)]
    user: Object<User<'a>>,
}

#[derive(Default, Deserialize)]
struct User<'a> {
    #[serde(default)]
    uid: Int,
    #[serde(default, borrow)]
    base: Object<Base<'a>>,
}

#[derive(Default, Deserialize)]
struct Base<'a> {
    #[serde(default, borrow)]
    name: Text<'a>,
}

/// `info[2]`.
#[derive(Default)]
struct Person<'a> {
    uid: Int,
    name: Text<'a>,
    moderator: Int,
}

impl<'de: 'a, 'a> Places<'de> for Person<'a> {
    fn take<A: SeqAccess<'de>>(&mut self, at: usize, from: &mut A) -> Result<bool, A::Error> {
        match at {
            0 => self.uid.fill(from),
            1 => self.name.fill(from),
            2 => self.moderator.fill(from),
            _ => Ok(from.next_element::<IgnoredAny>()?.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(extra: &serde_json::Value) -> Option<String> {
        let escaped = serde_json::to_string(&extra.to_string()).expect("JSON");
        let info =
            format!(r#"{{"info":[[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,{{"extra":{escaped}}}],"x",[7]]}}"#);
        serde_json::from_str::<Danmu<'_>>(&info).expect("JSON").line().expect("a line").id
    }

    #[test]
    fn an_id_is_found_wherever_it_stands_and_never_taken_from_what_is_said() {
        let said = r#"","id_str":"forged","#;
        assert_eq!(id(&serde_json::json!({"content": said, "id_str": "real1"})).as_deref(), Some("real1"));
        assert_eq!(id(&serde_json::json!({"id_str": "real2", "content": said})).as_deref(), Some("real2"));
        assert_eq!(id(&serde_json::json!({"content": said})), None);
        assert_eq!(id(&serde_json::json!({"id_str": "od d\"x"})).as_deref(), Some("od d\"x"), "the long way");
        assert_eq!(id(&serde_json::json!({"id_str": ""})), None);
    }
}
