//! `DANMU_MSG`: a line of chat, as an array of arrays whose places mean something.
//!
//! These are most of a busy room, so they are read in one pass: the places that are wanted are taken, the others
//! skipped without being built. The array grew with the years and its places change their types; whatever is
//! missing or of another type is none.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{IgnoredAny, SeqAccess};

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
        let id = extra.0.and_then(|extra| id_of(&extra));
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

/// The id in `extra`, which is JSON within a text.
fn id_of(extra: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Extra<'a> {
        #[serde(default, borrow)]
        id_str: Text<'a>,
    }
    let extra: Extra<'_> = serde_json::from_str(extra).ok()?;
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
    extra: Text<'a>,
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
