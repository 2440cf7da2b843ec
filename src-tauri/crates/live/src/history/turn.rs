//! One transaction of the writer: notes become rows.

use std::collections::HashMap;
use std::sync::Arc;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};

use super::recent::Recent;
use super::session::{Added, Session, add_up, identifier, key_of, kind_number, kind_of, platform_text};
use super::writer::{LineNote, Note, of_the_line};
use super::{thanks, words};
use crate::chat::{ChatEvent, Person};
use crate::platform::Platform;

/// People remembered with their row. All are forgotten when there are more.
const PEOPLE: usize = 32_768;
/// How much later than noted a person may have been seen last, ms.
const SEEN_EVERY: i64 = 60_000;
/// Troubles kept of a session: the first ones.
const TROUBLES: u32 = 5_000;
/// The most that one line can be worth, thousandths of a yuan: a billion yuan. Sums stay in range.
const WORTH_CAP: u64 = 1_000_000_000_000;

/// What the writer remembers from one transaction to the next. It is forgotten when one fails.
#[derive(Default)]
pub(super) struct Memory {
    people: HashMap<Platform, HashMap<String, Known>>,
    recent: Recent,
}

struct Known {
    row: i64,
    name: String,
    seen: i64,
}

impl Memory {
    pub(super) fn clear(&mut self) {
        self.people.clear();
        self.recent.clear();
    }

    /// Forgets who has which row: some may be gone.
    pub(super) fn forget_people(&mut self) {
        self.people.clear();
    }
}

/// One transaction.
pub(super) struct Turn<'a> {
    db: &'a Connection,
    memory: &'a mut Memory,
    insert_line: CachedStatement<'a>,
    insert_words: CachedStatement<'a>,
    /// What the index is to hold of a line; kept for their space.
    text: String,
    name: String,
    event: String,
    /// Lines whose words aren't in the index yet, with their fingerprints. They go there together: whatever else is
    /// written in between has the index close a part of it, and such parts have to be merged.
    unindexed: Vec<(i64, &'a ChatEvent, u64)>,
    /// Rows of the sessions met in it.
    rows: Vec<(Arc<Session>, i64)>,
    added: HashMap<i64, Added>,
    /// There may be other things to thank for.
    owed: bool,
}

/// What a transaction did.
pub(super) struct Done {
    /// Rows of the sessions met in it.
    pub(super) rows: Vec<(Arc<Session>, i64)>,
    /// There may be other things to thank for.
    pub(super) owed: bool,
}

impl<'a> Turn<'a> {
    pub(super) fn begin(db: &'a Connection, memory: &'a mut Memory) -> rusqlite::Result<Self> {
        let insert_line = db.prepare_cached(
            "insert into line (session, at, heard, kind, event, person, name, text, gift, gift_count,
               gift_worth, until, mine, moderator, thanked)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        )?;
        let insert_words =
            db.prepare_cached("insert into words (rowid, text, name, event) values (?1, ?2, ?3, ?4)")?;
        Ok(Self {
            db,
            memory,
            insert_line,
            insert_words,
            text: String::new(),
            name: String::new(),
            event: String::new(),
            unindexed: Vec::new(),
            rows: Vec::new(),
            added: HashMap::new(),
            owed: false,
        })
    }

    /// Writes what was put off, and what concerns the sessions as a whole.
    pub(super) fn end(mut self) -> rusqlite::Result<Done> {
        add_up(self.db, &self.added)?;
        self.index_all()?;
        Ok(Done { rows: self.rows, owed: self.owed })
    }

    pub(super) fn put(&mut self, note: &'a Note) -> rusqlite::Result<()> {
        match note {
            Note::Line(line) => self.line(line),
            Note::Echo { session, own, event } => {
                let row = self.row(session)?;
                self.index_all()?;
                self.echo(row, own, event)
            }
            Note::Recall { session, events, at } => {
                let row = self.row(session)?;
                self.index_all()?;
                events.iter().try_for_each(|event| self.recall(row, event, *at))
            }
            Note::Finish { session, title, started, ended } => {
                let row = self.row(session)?;
                self.db
                    .prepare_cached("update session set title = ?2, started = ?3, ended = ?4 where id = ?1")?
                    .execute(params![row, title, started, ended])
                    .map(drop)
            }
            Note::Figures { session, at, figures } => {
                let row = self.row(session)?;
                let mut insert = self.db.prepare_cached(
                    "insert or replace into figure (session, at, kind, value) values (?1, ?2, ?3, ?4)",
                )?;
                figures.iter().try_for_each(|(kind, value)| {
                    let value = i64::try_from(*value).unwrap_or(i64::MAX);
                    insert.execute(params![row, at, identifier(kind), value]).map(drop)
                })
            }
            Note::Trouble { session, at, source, what } => {
                let row = self.row(session)?;
                self.db
                    .prepare_cached(
                        "insert into trouble (session, at, source, what) select ?1, ?2, ?3, ?4
                         where (select count(*) from trouble where session = ?1) < ?5",
                    )?
                    .execute(params![row, at, identifier(source), what, TROUBLES])
                    .map(drop)
            }
            Note::Ask(_) => Ok(()),
        }
    }

    fn row(&mut self, session: &Arc<Session>) -> rusqlite::Result<i64> {
        if let Some((_, row)) = self.rows.iter().find(|(known, _)| Arc::ptr_eq(known, session)) {
            return Ok(*row);
        }
        let row = session.find_or_make(self.db)?;
        self.rows.push((Arc::clone(session), row));
        Ok(row)
    }

    fn line(&mut self, note: &'a LineNote) -> rusqlite::Result<()> {
        let LineNote { session, event, heard } = note;
        let row = self.row(session)?;
        let print = words::fingerprint(&event.id);
        let met = self.memory.recent.of(self.db, row)?.line(print);
        if let Some(met) = met
            && self.is(met, &event.id)?
        {
            return Ok(());
        }
        let person = match &event.who {
            Some(who) => Some(self.person(session.start.platform, who, *heard)?),
            None => None,
        };
        let who = event.who.as_ref();
        let gift = event.gift.as_ref();
        let worth = gift.and_then(|g| g.worth).map(|w| w.min(WORTH_CAP));
        let owed = thanks::owed(event);
        self.insert_line.execute(params![
            row,
            event.at.as_millisecond(),
            heard,
            kind_number(event.kind),
            event.id,
            person,
            who.map(|w| &w.name),
            event.text,
            gift.map(|g| &g.name),
            gift.map(|g| g.count),
            worth.and_then(|w| i64::try_from(w).ok()),
            event.until.map(jiff::Timestamp::as_millisecond),
            who.is_some_and(|w| w.me),
            who.is_some_and(|w| w.moderator),
            owed,
        ])?;
        let id = self.db.last_insert_rowid();
        self.owed |= owed.is_some();
        self.added.entry(row).or_default().count(id, event.kind, worth, *heard);
        self.unindexed.push((id, event, print));
        self.memory.recent.of(self.db, row)?.note(print, id);
        Ok(())
    }

    /// Puts the lines of this transaction into the index of words.
    fn index_all(&mut self) -> rusqlite::Result<()> {
        for (id, event, print) in std::mem::take(&mut self.unindexed) {
            let gift = event.gift.as_ref().map(|g| g.name.as_str());
            let who = event.who.as_ref().map(|w| w.name.as_str());
            match self.index(id, [Some(event.text.as_str()), gift], who, print) {
                Err(error) if of_the_line(&error) => {
                    tracing::warn!(%error, "a line's words were refused by the history");
                }
                done => done?,
            }
        }
        Ok(())
    }

    /// Puts a line into the index of words.
    fn index(
        &mut self,
        id: i64,
        texts: [Option<&str>; 2],
        name: Option<&str>,
        print: u64,
    ) -> rusqlite::Result<()> {
        for kept in [&mut self.text, &mut self.name, &mut self.event] {
            kept.clear();
        }
        texts.into_iter().flatten().for_each(|text| words::entries(text, &mut self.text));
        words::entries(name.unwrap_or_default(), &mut self.name);
        words::event_entry(print, &mut self.event);
        self.insert_words.execute(params![id, self.text, self.name, self.event]).map(drop)
    }

    /// Is this the line of this event?
    fn is(&self, line: i64, event: &str) -> rusqlite::Result<bool> {
        let mut same = self.db.prepare_cached("select 1 from line where id = ?1 and event = ?2")?;
        same.exists(params![line, event])
    }

    /// The line that an event of a session became.
    fn find(&mut self, session: i64, event: &str) -> rusqlite::Result<Option<i64>> {
        let print = words::fingerprint(event);
        let heard = self.memory.recent.of(self.db, session)?;
        let (met, older) = (heard.line(print), heard.older);
        if let Some(met) = met
            && self.is(met, event)?
        {
            return Ok(Some(met));
        }
        if !older && met.is_none() {
            return Ok(None);
        }
        let mut entry = String::new();
        words::event_entry(print, &mut entry);
        self.db
            .prepare_cached(
                "select l.id from words w join line l on l.id = w.rowid
                 where w.words match ?1 and l.session = ?2 and l.event = ?3",
            )?
            .query_row(params![format!("event : \"{}\"", entry.trim_end()), session, event], |r| r.get(0))
            .optional()
    }

    /// An own line came back with the platform's id; its own double, if it was heard first, stays as it is.
    fn echo(&mut self, session: i64, own: &str, event: &str) -> rusqlite::Result<()> {
        let Some(line) = self.find(session, own)? else { return Ok(()) };
        if self.find(session, event)?.is_some() {
            return Ok(());
        }
        let (text, gift, name, recalled): (String, Option<String>, Option<String>, bool) = self
            .db
            .prepare_cached(
                "update line set event = ?2 where id = ?1 returning text, gift, name, recalled is not null",
            )?
            .query_row(params![line, event], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))?;
        let print = words::fingerprint(event);
        self.memory.recent.of(self.db, session)?.note(print, line);
        if recalled {
            return Ok(());
        }
        self.db.prepare_cached("delete from words where rowid = ?1")?.execute([line])?;
        self.index(line, [Some(&text), gift.as_deref()], name.as_deref(), print)
    }

    /// The row of whoever said it, made or brought up to date.
    fn person(&mut self, platform: Platform, who: &Person, heard: i64) -> rusqlite::Result<i64> {
        let key = key_of(&who.id, &who.name);
        let people = self.memory.people.entry(platform).or_default();
        if let Some(known) = people.get(key.as_ref())
            && known.name == who.name
            && heard - known.seen < SEEN_EVERY
        {
            return Ok(known.row);
        }
        let row = self
            .db
            .prepare_cached(
                "insert into person (platform, key, remote, name, first_seen, last_seen)
                 values (?1, ?2, ?3, ?4, ?5, ?5)
                 on conflict (platform, key) do update set name = excluded.name, last_seen = excluded.last_seen
                 returning id",
            )?
            .query_row(params![platform_text(platform), key, who.id, who.name, heard], |r| r.get(0))?;
        if people.len() >= PEOPLE {
            people.clear();
        }
        people.insert(key.into_owned(), Known { row, name: who.name.clone(), seen: heard });
        Ok(row)
    }

    /// What was taken back isn't found any more: neither by reading nor by searching.
    fn recall(&mut self, session: i64, event: &str, at: i64) -> rusqlite::Result<()> {
        let Some(line) = self.find(session, event)? else { return Ok(()) };
        let kind: Option<i64> = self
            .db
            .prepare_cached(
                "update line set text = '', recalled = ?2, thanked = null
                 where id = ?1 and recalled is null returning kind",
            )?
            .query_row(params![line, at], |r| r.get(0))
            .optional()?;
        if let Some(kind) = kind {
            self.owed |= kind_of(kind).is_paid();
            self.db.prepare_cached("delete from words where rowid = ?1")?.execute([line])?;
        }
        Ok(())
    }
}
