//! What the history knows of a person.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, params};

use super::session::{kind_of, platform_text};
use super::thanks::Tonight;
use crate::chat::ChatKind;
use crate::platform::Platform;
use crate::view::{NAMES_CAP, PersonTonight};

/// See [`crate::view::PersonView`].
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub first_seen: Option<i64>,
    pub last_seen: Option<i64>,
    pub sessions: u32,
    pub lines: u64,
    pub messages: u64,
    pub gifts: u64,
    pub worth: u64,
    pub tonight: PersonTonight,
    pub names: Vec<String>,
}

/// The row of a person, where the history has heard of them.
pub(super) fn row(db: &Connection, platform: Platform, key: &str) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached("select id from person where platform = ?1 and key = ?2")?
        .query_row(params![platform_text(platform), key], |r| r.get(0))
        .optional()
}

/// Sums up what a person said and gave, in one walk over their lines.
pub(super) fn read(
    db: &Connection,
    platform: Platform,
    key: &str,
    tonight: &Tonight,
) -> rusqlite::Result<Known> {
    let Some(person) = row(db, platform, key)? else { return Ok(Known::default()) };
    let tonight: HashSet<i64> = tonight.sessions(db)?.into_iter().map(|e| e.id).collect();
    let mut known = Known::default();
    let mut names: HashMap<String, i64> = HashMap::new();
    let mut sessions = HashSet::new();
    let mut query = db.prepare_cached(
        "select session, kind, coalesce(name, ''), count(*), sum(gift_worth), max(id), max(heard) from line
         where person = ?1 and session not in (select id from session where gone = 1)
         group by session, kind, name",
    )?;
    let mut rows = query.query([person])?;
    while let Some(row) = rows.next()? {
        let session: i64 = row.get(0)?;
        let count = u64::try_from(row.get::<_, i64>(3)?).unwrap_or_default();
        sessions.insert(session);
        known.lines += count;
        let of_tonight = tonight.contains(&session);
        known.tonight.lines += if of_tonight { count } else { 0 };
        match kind_of(row.get(1)?) {
            ChatKind::Message => known.messages += count,
            kind if kind.is_paid() => {
                let worth = row.get::<_, Option<i64>>(4)?.unwrap_or_default();
                let worth = u64::try_from(worth).unwrap_or_default();
                known.gifts += count;
                known.worth = known.worth.saturating_add(worth);
                if of_tonight {
                    known.tonight.gifts += count;
                    known.tonight.worth = known.tonight.worth.saturating_add(worth);
                }
            }
            _ => {}
        }
        let last = names.entry(row.get(2)?).or_default();
        *last = row.get::<_, i64>(5)?.max(*last);
        known.last_seen = known.last_seen.max(Some(row.get(6)?));
    }
    if known.lines > 0 {
        known.first_seen = db
            .prepare_cached("select first_seen from person where id = ?1")?
            .query_row([person], |r| r.get(0))
            .optional()?;
    }
    known.sessions = u32::try_from(sessions.len()).unwrap_or(u32::MAX);
    let mut names: Vec<(String, i64)> = names.into_iter().filter(|(name, _)| !name.is_empty()).collect();
    names.sort_unstable_by_key(|(_, last)| std::cmp::Reverse(*last));
    known.names = names.into_iter().take(NAMES_CAP as usize).map(|(name, _)| name).collect();
    Ok(known)
}
