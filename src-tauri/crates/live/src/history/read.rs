//! Reading: sessions, search, and what stands around a line. Pages are by key: each answer says where the next begins.

use std::ffi::c_int;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params, params_from_iter};

use super::schema::PRIVATE;
use super::session::{kind_number, kind_of, person_key, platform_of, platform_text};
use super::words;
use crate::chat::{ChatKind, Gift, Person};
use crate::room::{RemoteId, RoomId};
use crate::view::{
    HISTORY_PAGE, HistoryLine, HistoryPage, HistoryQuery, SESSION_PAGE, SessionPage, SessionView,
};

/// Longest that a reading may take; it fails then.
pub(super) const BOUND: Duration = Duration::from_secs(5);
/// Steps of the database between two looks at the clock.
pub(super) const LOOK: c_int = 10_000;
/// Lines shown on each side of a line that was jumped to.
const AROUND: u32 = 100;

/// A line with what only the studio needs of it.
pub(crate) struct KeptLine {
    /// The platform's id of it.
    pub event: String,
    /// Its room.
    pub room: RoomId,
    /// It.
    pub line: HistoryLine,
}

pub(super) const SESSION: &str =
    "select id, room, platform, account, name, title, remote, started, ended, active, lines,
    messages, gifts, worth from session where gone = 0";

/// Paid messages that are looked for because their time isn't over.
const PINNED: u32 = 50;

/// Older than the line `?`, in the order of time.
const OLDER_BY_TIME: &str = "(l.heard, l.id) < ((select heard from line where id = ?), ?)";

pub(super) const LINE: &str =
    "l.id, l.session, l.kind, p.remote, l.name, l.mine, l.moderator, l.text, l.gift, l.gift_count,
    l.gift_worth, l.until, l.recalled is not null, l.at, l.heard";

pub(super) fn sessions(db: &Connection, before: Option<i64>) -> rusqlite::Result<SessionPage> {
    let mut query = db.prepare_cached(&format!("{SESSION} and id < ?1 order by id desc limit ?2"))?;
    let rows = query.query_map(params![before.unwrap_or(i64::MAX), SESSION_PAGE + 1], session)?;
    let mut sessions: Vec<SessionView> = rows.collect::<rusqlite::Result<_>>()?;
    let more = sessions.len() > SESSION_PAGE as usize;
    sessions.truncate(SESSION_PAGE as usize);
    let before = if more { sessions.last().map(|s| s.id) } else { None };
    Ok(SessionPage { sessions, before })
}

pub(super) fn session(r: &Row<'_>) -> rusqlite::Result<SessionView> {
    let id = r.get(0)?;
    let (ended, active): (Option<i64>, i64) = (r.get(8)?, r.get(9)?);
    Ok(SessionView {
        id,
        room: RoomId(r.get(1)?),
        platform: platform_of(r.get(2)?)?,
        account: r.get(3)?,
        name: r.get(4)?,
        title: r.get(5)?,
        remote: RemoteId(r.get(6)?),
        sandbox: id >= PRIVATE,
        live: false,
        started_at: r.get(7)?,
        ended_at: Some(ended.unwrap_or(active)),
        lines: count(r.get(10)?),
        messages: count(r.get(11)?),
        gifts: count(r.get(12)?),
        worth: count(r.get(13)?),
    })
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

pub(super) fn line(r: &Row<'_>) -> rusqlite::Result<HistoryLine> {
    let remote: Option<String> = r.get(3)?;
    let name: Option<String> = r.get(4)?;
    let (me, moderator) = (r.get(5)?, r.get(6)?);
    let gift: Option<String> = r.get(8)?;
    let (many, worth): (Option<u32>, Option<i64>) = (r.get(9)?, r.get(10)?);
    Ok(HistoryLine {
        id: r.get(0)?,
        session: r.get(1)?,
        kind: kind_of(r.get(2)?),
        who: name.map(|name| Person { id: remote.unwrap_or_default(), name, me, moderator }),
        text: r.get(7)?,
        gift: gift.map(|name| Gift { name, count: many.unwrap_or(1), worth: worth.map(count) }),
        until: r.get(11)?,
        recalled: r.get(12)?,
        at: r.get(13)?,
        heard_at: r.get(14)?,
    })
}

/// A query that is being put together.
#[derive(Default)]
struct Asked {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Asked {
    /// Adds a condition; `?` stands for the value.
    fn and(&mut self, condition: &str, value: impl Into<Value>) {
        self.values.push(value.into());
        self.conditions.push(condition.replace('?', &format!("?{}", self.values.len())));
    }

    fn to_text(&self) -> String {
        self.conditions.iter().flat_map(|c| [" and ", c]).collect()
    }
}

/// Looks for lines, newest first.
///
/// The narrowest way in that the query offers is walked from its new end: the index of words, else a session, a
/// person, kinds, a time, or all lines. Everything else is checked line by line. A `+` keeps the database from
/// choosing another way in.
pub(super) fn search(db: &Connection, query: &HistoryQuery) -> rusqlite::Result<HistoryPage> {
    let limit = if query.limit == 0 { HISTORY_PAGE } else { query.limit.min(HISTORY_PAGE) };
    let words = words::search(&query.words);
    if words.is_none() && !query.words.trim().is_empty() {
        return Ok(HistoryPage::default());
    }
    let Some(mut asked) = conditions(db, query)? else { return Ok(HistoryPage::default()) };
    let ids = if let Some(words) = words {
        asked.values.push(words.into());
        let sql = format!(
            "select l.id from words w join line l on l.id = w.rowid
             where w.words match ?{}{} order by w.rowid desc limit {}",
            asked.values.len(),
            asked.to_text().replace("l.id", "w.rowid"),
            limit + 1
        );
        ids(db, &sql, &asked.values)?
    } else if by_time(query) {
        let sql = format!(
            "select l.id from line l where l.heard is not null{} order by l.heard desc, l.id desc limit {}",
            asked.to_text(),
            limit + 1
        );
        ids(db, &sql, &asked.values)?
    } else if query.session.is_none() && query.person.is_none() && !query.kinds.is_empty() {
        by_kind(db, query, &asked, limit + 1)?
    } else {
        let sql = format!(
            "select l.id from line l where true{} order by l.id desc limit {}",
            asked.to_text(),
            limit + 1
        );
        ids(db, &sql, &asked.values)?
    };
    let more = ids.len() > limit as usize;
    let ids = &ids[..ids.len().min(limit as usize)];
    let before = if more { ids.last().copied() } else { None };
    page(db, ids, before)
}

/// Is the time the narrowest that is asked for? Then lines come in its order, which is that of their numbers but for
/// a clock that was set back.
fn by_time(query: &HistoryQuery) -> bool {
    let narrower = !query.words.trim().is_empty()
        || query.session.is_some()
        || query.person.is_some()
        || !query.kinds.is_empty();
    !narrower && (query.from.is_some() || query.to.is_some())
}

/// Newest ids of each kind, then the newest of these.
fn by_kind(db: &Connection, query: &HistoryQuery, asked: &Asked, limit: u32) -> rusqlite::Result<Vec<i64>> {
    let mut all = Vec::new();
    for kind in &query.kinds {
        let index = if *kind == ChatKind::Message { "not indexed" } else { "indexed by line_kind" };
        let sql = format!(
            "select l.id from line l {index} where l.kind {} {}{} order by l.id desc limit {limit}",
            if *kind == ChatKind::Message { "=" } else { "> 0 and l.kind =" },
            kind_number(*kind),
            asked.to_text()
        );
        all.extend(ids(db, &sql, &asked.values)?);
    }
    all.sort_unstable_by(|a, b| b.cmp(a));
    all.dedup();
    all.truncate(limit as usize);
    Ok(all)
}

/// What the query asks for beside words. None when it can't be found, because there is no such person.
fn conditions(db: &Connection, query: &HistoryQuery) -> rusqlite::Result<Option<Asked>> {
    let mut asked = Asked::default();
    if let Some(before) = query.before {
        asked.and(if by_time(query) { OLDER_BY_TIME } else { "l.id < ?" }, before);
    }
    if let Some(session) = query.session {
        asked.and("l.session = ?", session);
    }
    if let Some(person) = &query.person {
        let row = db
            .prepare_cached("select id from person where platform = ?1 and key = ?2")?
            .query_row(params![platform_text(person.platform), person_key(&person.id, &person.name)], |r| {
                r.get::<_, i64>(0)
            })
            .optional()?;
        let Some(row) = row else { return Ok(None) };
        asked.and(if query.session.is_some() { "+l.person = ?" } else { "l.person = ?" }, row);
    }
    if !query.kinds.is_empty() {
        let kinds: Vec<String> = query.kinds.iter().map(|k| kind_number(*k).to_string()).collect();
        asked.conditions.push(format!("+l.kind in ({})", kinds.join(", ")));
    }
    if let Some(platform) = query.platform {
        asked.and("+l.session in (select id from session where platform = ?)", platform_text(platform));
    }
    if let Some(room) = &query.room {
        asked.and("+l.session in (select id from session where room = ?)", room.0.clone());
    }
    let heard = if by_time(query) { "l.heard" } else { "+l.heard" };
    if let Some(from) = query.from {
        asked.and(&format!("{heard} >= ?"), from);
    }
    if let Some(to) = query.to {
        asked.and(&format!("{heard} < ?"), to);
    }
    if query.from.is_some() && !by_time(query) && !bound_by_sessions(db, query, &mut asked)? {
        return Ok(None);
    }
    if db.prepare_cached("select 1 from session where gone = 1")?.exists([])? {
        asked.conditions.push("+l.session not in (select id from session where gone = 1)".into());
    }
    Ok(Some(asked))
}

/// Sessions know their first line, so nothing older than the time is walked through. False when nothing was heard
/// since then.
fn bound_by_sessions(db: &Connection, query: &HistoryQuery, asked: &mut Asked) -> rusqlite::Result<bool> {
    let lowest: Option<i64> = db
        .prepare_cached("select min(first) from session where active >= ?1")?
        .query_row([query.from.unwrap_or(i64::MIN)], |r| r.get(0))?;
    let Some(lowest) = lowest else { return Ok(false) };
    asked.and("l.id >= ?", lowest);
    Ok(true)
}

fn ids(db: &Connection, sql: &str, values: &[Value]) -> rusqlite::Result<Vec<i64>> {
    db.prepare(sql)?.query_map(params_from_iter(values), |r| r.get(0))?.collect()
}

/// The lines with these ids, in this order, and their sessions.
fn page(db: &Connection, ids: &[i64], before: Option<i64>) -> rusqlite::Result<HistoryPage> {
    let mut one = db.prepare_cached(&format!(
        "select {LINE} from line l left join person p on p.id = l.person where l.id = ?1"
    ))?;
    let lines: Vec<HistoryLine> =
        ids.iter().map(|id| one.query_row([id], line)).collect::<rusqlite::Result<_>>()?;
    let mut of: Vec<i64> = lines.iter().map(|l| l.session).collect();
    of.sort_unstable();
    of.dedup();
    let mut one = db.prepare_cached(&format!("{SESSION} and id = ?1"))?;
    let sessions = of
        .iter()
        .filter_map(|id| one.query_row([id], session).optional().transpose())
        .collect::<rusqlite::Result<_>>()?;
    Ok(HistoryPage { lines, sessions, before })
}

/// A line of a session that isn't being deleted, with what stands around it.
pub(super) fn around(db: &Connection, line: i64) -> rusqlite::Result<Option<HistoryPage>> {
    let session: Option<i64> = db
        .prepare_cached(
            "select l.session from line l join session s on s.id = l.session where l.id = ?1 and s.gone = 0",
        )?
        .query_row([line], |r| r.get(0))
        .optional()?;
    let Some(session) = session else { return Ok(None) };
    let side = |condition: &str, count: u32| -> rusqlite::Result<Vec<i64>> {
        db.prepare_cached(&format!("select id from line where session = ?1 and {condition} limit ?3"))?
            .query_map(params![session, line, count], |r| r.get(0))?
            .collect()
    };
    let mut ids = side("id < ?2 order by id desc", AROUND + 1)?;
    let more = ids.len() > AROUND as usize;
    ids.truncate(AROUND as usize);
    ids.reverse();
    let before = if more { ids.first().copied() } else { None };
    ids.extend(side("id >= ?2 order by id", AROUND + 1)?);
    page(db, &ids, before).map(Some)
}

/// See [`super::History::unfinished`].
pub(super) fn unfinished(
    db: &Connection,
    since: i64,
    count: u32,
    now: i64,
) -> rusqlite::Result<Vec<KeptLine>> {
    let lines = |which: &str, last: i64| {
        let sql = format!(
            "select {LINE}, l.event, s.room from line l join session s on s.id = l.session
             left join person p on p.id = l.person
             where {which} and s.ended is null and s.active >= ?1 and s.gone = 0 order by l.id desc limit ?2"
        );
        let kept = |r: &Row<'_>| Ok(KeptLine { event: r.get(15)?, room: RoomId(r.get(16)?), line: line(r)? });
        db.prepare(&sql)?.query_map(params![since, last], kept)?.collect::<rusqlite::Result<Vec<_>>>()
    };
    let newest = "l.id >= (select min(first) from session where ended is null and active >= ?1 and gone = 0)";
    let paid = format!("l.kind = {} and l.until > {now}", kind_number(ChatKind::SuperChat));
    let mut all = lines(newest, count.into())?;
    all.extend(lines(&paid, PINNED.into())?);
    all.sort_by_key(|kept| kept.line.id);
    all.dedup_by_key(|kept| kept.line.id);
    Ok(all)
}
