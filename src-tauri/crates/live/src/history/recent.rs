//! Ids of the events heard last, and the lines they became.
//!
//! The table has no order by id. Ids come in none, so that keeping one costs more than all else that is done for a
//! line; the lines that are told twice, come back or are taken back are nearly always among the last ones. Older ones
//! are found by the index of words, which has an entry for each id ([`words::event_entry`](super::words)).

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::words::fingerprint;
use crate::latest::Latest;

/// Ids remembered of a session; a line that is told again after so many others is kept twice.
const LINES: u32 = 14_336;
/// Sessions remembered. All are forgotten, and read again, when there are more.
const SESSIONS: usize = 64;

/// What is remembered, by the session's row.
#[derive(Default)]
pub(super) struct Recent(HashMap<i64, Heard>);

/// The last events of a session.
#[derive(Default)]
pub(super) struct Heard {
    lines: Latest<u64, i64, { LINES as usize }>,
    /// There are lines that aren't among these.
    pub(super) older: bool,
}

impl Recent {
    /// Forgets all: what a transaction wrote isn't there.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The last events of a session, read if need be.
    pub(super) fn of(&mut self, db: &Connection, session: i64) -> rusqlite::Result<&mut Heard> {
        if !self.0.contains_key(&session) {
            if self.0.len() >= SESSIONS {
                self.0.clear();
            }
            let heard = Heard::read(db, session)?;
            self.0.insert(session, heard);
        }
        Ok(self.0.entry(session).or_default())
    }
}

impl Heard {
    fn read(db: &Connection, session: i64) -> rusqlite::Result<Self> {
        let mut query =
            db.prepare_cached("select id, event from line where session = ?1 order by id desc limit ?2")?;
        let mut rows = query.query(params![session, LINES])?;
        let mut heard = Self::default();
        let mut read = 0;
        while let Some(row) = rows.next()? {
            let print = fingerprint(row.get_ref(1)?.as_str().unwrap_or_default());
            if !heard.lines.contains_key(&print) {
                heard.lines.insert(print, row.get(0)?);
            }
            read += 1;
        }
        heard.older = read >= LINES;
        Ok(heard)
    }

    /// The line of an event with this fingerprint, if it is one of the last. Another may have the same.
    pub(super) fn line(&self, print: u64) -> Option<i64> {
        self.lines.get(&print).copied()
    }

    /// An event became a line.
    pub(super) fn note(&mut self, print: u64, line: i64) {
        self.older |= self.lines.insert(print, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_events_are_remembered_and_older_ones_known_of() {
        let mut heard = Heard::default();
        for n in 0..3 * u64::from(LINES) {
            heard.note(n << 20, n.cast_signed());
            assert_eq!(heard.older, n >= 2 * u64::from(LINES));
        }
        let newest = 3 * u64::from(LINES) - 1;
        for n in [newest, newest - u64::from(LINES) + 1] {
            assert_eq!(heard.line(n << 20), Some(n.cast_signed()));
        }
        assert_eq!(heard.line(3 << 20), None);
    }
}
