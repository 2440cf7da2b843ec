//! What a session is: one broadcast of a room as Kaibo heard it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::{Connection, OptionalExtension, params};

use crate::chat::ChatKind;
use crate::platform::Platform;
use crate::room::{RemoteId, RoomId};

/// How far the start that the platform tells may lie after what was heard, ms: its clock isn't ours.
const SLACK: i64 = 60_000;

/// What is known of a session when it begins.
#[derive(Debug)]
pub struct SessionStart {
    /// Which room.
    pub room: RoomId,
    /// Where.
    pub platform: Platform,
    /// Of the sandbox, so of the private history.
    pub sandbox: bool,
    /// The account's name.
    pub account: String,
    /// The room's name.
    pub name: String,
    /// What the broadcast is called.
    pub title: String,
    /// The platform's id.
    pub remote: RemoteId,
    /// The room outlives its broadcasts, so its id doesn't tell one from the next.
    pub lasting: bool,
    /// On air since, ms since 1970.
    pub started: i64,
}

/// A session that is being heard. Its row is made with its first line, if not before.
#[derive(Debug)]
pub struct Session {
    /// What is known of it.
    pub start: SessionStart,
    /// 0 before it is known.
    pub(super) row: AtomicI64,
}

impl Session {
    /// A session that begins or goes on.
    pub fn new(start: SessionStart) -> Arc<Self> {
        Arc::new(Self { start, row: AtomicI64::new(0) })
    }

    /// Its number in the database, once it has one.
    pub fn number(&self) -> Option<i64> {
        Some(self.row.load(Ordering::Acquire)).filter(|row| *row != 0)
    }

    /// Finds its row, or makes it. The same broadcast goes on in the same row: a live object that is made for each
    /// broadcast is told by its id, a broadcast of a lasting room by when it began.
    pub(super) fn find_or_make(&self, db: &Connection) -> rusqlite::Result<i64> {
        let start = &self.start;
        if let Some(row) = self.number()
            && db.prepare_cached("select 1 from session where id = ?1 and gone = 0")?.exists([row])?
        {
            return Ok(row);
        }
        let last = db
            .prepare_cached(
                "select id, started, ended, active from session
                 where room = ?1 and remote = ?2 and gone = 0 order by id desc limit 1",
            )?
            .query_row(params![start.room.0, start.remote.0], |r| {
                Ok((
                    r.get::<_, i64>(0)?,
                    r.get::<_, i64>(1)?,
                    r.get::<_, Option<i64>>(2)?,
                    r.get::<_, i64>(3)?,
                ))
            })
            .optional()?;
        if let Some((row, started, ended, active)) = last {
            let known_until = if ended.is_some() { started } else { active };
            if !start.lasting || start.started <= known_until + SLACK {
                db.prepare_cached("update session set ended = null where id = ?1 and ended is not null")?
                    .execute([row])?;
                return Ok(row);
            }
        }
        db.prepare_cached(
            "insert into session (room, platform, account, name, title, remote, started, active)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
        )?
        .execute(params![
            start.room.0,
            platform_text(start.platform),
            start.account,
            start.name,
            start.title,
            start.remote.0,
            start.started
        ])?;
        Ok(db.last_insert_rowid())
    }
}

/// What a transaction adds to a session.
#[derive(Default)]
pub(super) struct Added {
    lines: u64,
    messages: u64,
    gifts: u64,
    worth: u64,
    first: i64,
    last: i64,
    active: i64,
}

impl Added {
    pub(super) fn count(&mut self, row: i64, kind: ChatKind, worth: Option<u64>, heard: i64) {
        self.lines += 1;
        match kind {
            ChatKind::Message => self.messages += 1,
            kind if kind.is_paid() => {
                self.gifts += 1;
                self.worth = self.worth.saturating_add(worth.unwrap_or(0));
            }
            _ => {}
        }
        if self.first == 0 {
            self.first = row;
        }
        self.last = row;
        self.active = self.active.max(heard);
    }
}

/// Notes what a transaction added to its sessions.
pub(super) fn add_up(db: &Connection, added: &HashMap<i64, Added>) -> rusqlite::Result<()> {
    let mut update = db.prepare_cached(
        "update session set lines = lines + ?2, messages = messages + ?3, gifts = gifts + ?4, worth = worth + ?5,
           first = coalesce(first, ?6), last = ?7, active = max(active, ?8) where id = ?1",
    )?;
    for (session, a) in added {
        let worth = i64::try_from(a.worth).unwrap_or(i64::MAX / 4);
        let number = |n: u64| i64::try_from(n).unwrap_or_default();
        update.execute(params![
            session,
            number(a.lines),
            number(a.messages),
            number(a.gifts),
            worth,
            a.first,
            a.last,
            a.active
        ])?;
    }
    Ok(())
}

/// A platform as it is written in the database.
pub(super) fn platform_text(platform: Platform) -> String {
    identifier(&platform)
}

/// A name as it is written in JSON.
pub(super) fn identifier(name: &impl serde::Serialize) -> String {
    serde_json::to_value(name).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A platform as it was written.
pub(super) fn platform_of(text: String) -> rusqlite::Result<Platform> {
    serde_json::from_value(text.into())
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))
}

/// Kinds in the order of their numbers in the database: new ones go to the end.
const KINDS: [ChatKind; 10] = [
    ChatKind::Message,
    ChatKind::Gift,
    ChatKind::SuperChat,
    ChatKind::Member,
    ChatKind::Like,
    ChatKind::Entry,
    ChatKind::Follow,
    ChatKind::Share,
    ChatKind::Notice,
    ChatKind::Muted,
];

pub(super) fn kind_number(kind: ChatKind) -> i64 {
    KINDS.iter().position(|k| *k == kind).and_then(|at| at.try_into().ok()).unwrap_or_default()
}

pub(super) fn kind_of(number: i64) -> ChatKind {
    let kind = usize::try_from(number).ok().and_then(|at| KINDS.get(at));
    kind.copied().unwrap_or(ChatKind::Notice)
}

/// What tells people of a platform apart: the id, or the name where there is none. Masked people have the id 0.
pub(crate) fn person_key(id: &str, name: &str) -> String {
    key_of(id, name).into_owned()
}

/// The same, without a copy of an id.
pub(super) fn key_of<'a>(id: &'a str, name: &str) -> Cow<'a, str> {
    if id.is_empty() || id == "0" { format!("~{name}").into() } else { id.into() }
}
