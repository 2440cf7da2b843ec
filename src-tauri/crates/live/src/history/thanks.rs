//! Whom to thank: paid lines that wait for it, and ticks.
//!
//! `line.thanked` is null where there is nothing to thank for, 0 while a line waits, and the time of the tick after
//! that. Only paid lines are in the two indexes, so a flood of messages costs nothing here.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::person;
use super::schema::PRIVATE;
use super::session::{kind_number, kind_of, platform_of};
use crate::chat::{ChatEvent, ChatKind};
use crate::platform::Platform;
use crate::room::RoomId;
use crate::view::{PersonRef, THANKED_CAP, THANKS_CAP, THANKS_ITEMS, ThanksEntry, ThanksItem};

/// Which sessions are of tonight.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tonight {
    /// Those heard of, or over, at this time or later (ms since 1970).
    pub since: i64,
    /// And those on air, by number.
    pub live: Vec<i64>,
}

/// A session of tonight.
pub(super) struct Evening {
    pub id: i64,
    room: RoomId,
    name: String,
}

impl Tonight {
    pub(super) fn sessions(&self, db: &Connection) -> rusqlite::Result<Vec<Evening>> {
        let live: Vec<String> = self.live.iter().map(i64::to_string).collect();
        let sql = format!(
            "select id, room, name from session
             where gone = 0 and (active >= ?1 or ended >= ?1 or id in ({})) order by id",
            live.join(", ")
        );
        let evening = |r: &Row<'_>| Ok(Evening { id: r.get(0)?, room: RoomId(r.get(1)?), name: r.get(2)? });
        db.prepare(&sql)?.query_map([self.since], evening)?.collect()
    }
}

/// What is listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Listed {
    /// Of these sessions.
    pub tonight: Tonight,
    /// Worth at least this, thousandths of a yuan. What has no known price counts as enough.
    pub bar: u64,
    /// Not of these people.
    pub hidden: Vec<(Platform, String)>,
}

/// What a line has in `thanked` when it is written.
pub(super) fn owed(event: &ChatEvent) -> Option<i64> {
    let free = event.kind == ChatKind::Gift
        && event.gift.as_ref().and_then(|g| g.worth).is_none_or(|worth| worth == 0);
    (event.kind.is_paid() && !free && event.who.as_ref().is_some_and(|who| !who.me)).then_some(0)
}

/// What a person gave in a room.
#[derive(Default)]
struct Given {
    worth: i64,
    /// Something had no known price.
    unpriced: bool,
    up_to: i64,
    /// Places in the list of sessions.
    of: Vec<usize>,
}

/// A room, by its place among those of the sessions, and a person.
type Of = (usize, i64);

/// Where the first session of each one's room stands.
fn rooms(evenings: &[Evening]) -> Vec<usize> {
    let first = |room: &RoomId| evenings.iter().position(|e| e.room == *room).unwrap_or_default();
    evenings.iter().map(|e| first(&e.room)).collect()
}

/// What waits, by room and person, before it is known whether it is listed.
fn waiting_by_person(db: &Connection, evenings: &[Evening]) -> rusqlite::Result<HashMap<Of, Given>> {
    let mut all: HashMap<Of, Given> = HashMap::new();
    let rooms = rooms(evenings);
    let mut query = db.prepare_cached(
        "select person, sum(gift_worth), sum(gift_worth is null), max(id) from line indexed by line_owed
         where session = ?1 and thanked = 0 group by person",
    )?;
    for (place, evening) in evenings.iter().enumerate() {
        let mut rows = query.query([evening.id])?;
        while let Some(row) = rows.next()? {
            let given = all.entry((rooms[place], row.get(0)?)).or_default();
            given.worth = given.worth.saturating_add(row.get::<_, Option<i64>>(1)?.unwrap_or_default());
            given.unpriced |= row.get::<_, i64>(2)? > 0;
            given.up_to = given.up_to.max(row.get(3)?);
            given.of.push(place);
        }
    }
    Ok(all)
}

/// Takes out what isn't listed.
fn keep_listed(db: &Connection, listed: &Listed, all: &mut HashMap<Of, Given>) -> rusqlite::Result<()> {
    let mut hidden = HashSet::new();
    for (platform, key) in &listed.hidden {
        hidden.extend(person::row(db, *platform, key)?);
    }
    let bar = i64::try_from(listed.bar).unwrap_or(i64::MAX);
    all.retain(|(_, person), given| (given.unpriced || given.worth >= bar) && !hidden.contains(person));
    Ok(())
}

/// How many entries the list has.
pub(super) fn waiting(db: &Connection, listed: &Listed) -> rusqlite::Result<u32> {
    let mut all = waiting_by_person(db, &listed.tonight.sessions(db)?)?;
    keep_listed(db, listed, &mut all)?;
    Ok(u32::try_from(all.len()).unwrap_or(u32::MAX))
}

/// The list, the latest first.
pub(super) fn list(db: &Connection, listed: &Listed) -> rusqlite::Result<Vec<ThanksEntry>> {
    let evenings = listed.tonight.sessions(db)?;
    let mut all = waiting_by_person(db, &evenings)?;
    keep_listed(db, listed, &mut all)?;
    let mut all: Vec<(Of, Given)> = all.into_iter().collect();
    all.sort_unstable_by_key(|(_, given)| std::cmp::Reverse(given.up_to));
    all.truncate(THANKS_CAP as usize);
    all.into_iter().map(|((_, person), given)| entry(db, &evenings, person, &given, None)).collect()
}

/// What was ticked last in sessions of tonight, the latest tick first.
pub(super) fn done(db: &Connection, tonight: &Tonight) -> rusqlite::Result<Vec<ThanksEntry>> {
    let evenings = tonight.sessions(db)?;
    let mut ticks: HashMap<(i64, Of), Given> = HashMap::new();
    let rooms = rooms(&evenings);
    let mut query = db.prepare_cached(
        "select thanked, session, person, sum(gift_worth), max(id) from line indexed by line_thanked
         where thanked > 0 and thanked >= ?1 group by thanked, session, person",
    )?;
    let mut rows = query.query([tonight.since])?;
    while let Some(row) = rows.next()? {
        let session: i64 = row.get(1)?;
        let Some(place) = evenings.iter().position(|e| e.id == session) else { continue };
        let key = (row.get(0)?, (rooms[place], row.get(2)?));
        let given = ticks.entry(key).or_default();
        given.worth = given.worth.saturating_add(row.get::<_, Option<i64>>(3)?.unwrap_or_default());
        given.up_to = given.up_to.max(row.get(4)?);
        given.of.push(place);
    }
    let mut ticks: Vec<_> = ticks.into_iter().collect();
    ticks.sort_unstable_by_key(|((at, _), given)| std::cmp::Reverse((*at, given.up_to)));
    ticks.truncate(THANKED_CAP as usize);
    let of = |((at, (_, person)), given): ((i64, Of), Given)| entry(db, &evenings, person, &given, Some(at));
    ticks.into_iter().map(of).collect()
}

/// An entry with what was given.
fn entry(
    db: &Connection,
    evenings: &[Evening],
    person: i64,
    given: &Given,
    ticked: Option<i64>,
) -> rusqlite::Result<ThanksEntry> {
    let mut things: HashMap<(i64, String), Thing> = HashMap::new();
    let mut text = String::new();
    for evening in given.of.iter().rev().filter_map(|place| evenings.get(*place)) {
        things_of(db, evening.id, person, ticked, &mut things)?;
        if text.is_empty() && things.keys().any(|(kind, _)| *kind == kind_number(ChatKind::SuperChat)) {
            text = last_text(db, evening.id, person, ticked)?.unwrap_or_default();
        }
    }
    let mut things: Vec<_> = things.into_iter().collect();
    things.sort_by(|(name, one), (other, two)| {
        (two.worth, two.count).cmp(&(one.worth, one.count)).then_with(|| name.cmp(other))
    });
    let more = things.len().saturating_sub(THANKS_ITEMS as usize);
    things.truncate(THANKS_ITEMS as usize);
    let items = things.into_iter().map(|((kind, name), thing)| ThanksItem {
        kind: kind_of(kind),
        name,
        count: unsigned(thing.count),
        worth: thing.worth.map(unsigned),
    });
    let evening = given.of.last().and_then(|place| evenings.get(*place));
    Ok(ThanksEntry {
        room: evening.map_or_else(|| RoomId(String::new()), |e| e.room.clone()),
        room_name: evening.map(|e| e.name.clone()).unwrap_or_default(),
        person: named(db, person)?,
        items: items.collect(),
        more: u32::try_from(more).unwrap_or(u32::MAX),
        worth: unsigned(given.worth),
        text,
        last_at: db
            .prepare_cached("select heard from line where id = ?1")?
            .query_row([given.up_to], |r| r.get(0))?,
        up_to: given.up_to,
        thanked_at: ticked,
    })
}

/// Things of one kind and name.
#[derive(Default)]
struct Thing {
    count: i64,
    worth: Option<i64>,
}

/// The lines of an entry: those that wait, or those of one tick.
fn lines(ticked: Option<i64>) -> &'static str {
    if ticked.is_some() {
        "line indexed by line_thanked
         where session = ?1 and person = ?2 and thanked > 0 and thanked = ?3"
    } else {
        "line indexed by line_owed where session = ?1 and person = ?2 and thanked = 0 and ?3 is null"
    }
}

fn things_of(
    db: &Connection,
    session: i64,
    person: i64,
    ticked: Option<i64>,
    things: &mut HashMap<(i64, String), Thing>,
) -> rusqlite::Result<()> {
    let sql = format!(
        "select kind, coalesce(gift, ''), sum(coalesce(gift_count, 1)), sum(gift_worth) from {}
         group by kind, gift",
        lines(ticked)
    );
    let mut query = db.prepare_cached(&sql)?;
    let mut rows = query.query(params![session, person, ticked])?;
    while let Some(row) = rows.next()? {
        let thing = things.entry((row.get(0)?, row.get(1)?)).or_default();
        thing.count = thing.count.saturating_add(row.get(2)?);
        if let Some(worth) = row.get::<_, Option<i64>>(3)? {
            thing.worth = Some(thing.worth.unwrap_or_default().saturating_add(worth));
        }
    }
    Ok(())
}

fn last_text(
    db: &Connection,
    session: i64,
    person: i64,
    ticked: Option<i64>,
) -> rusqlite::Result<Option<String>> {
    let sql = format!(
        "select text from {} and kind = {} order by id desc limit 1",
        lines(ticked),
        kind_number(ChatKind::SuperChat)
    );
    db.prepare_cached(&sql)?.query_row(params![session, person, ticked], |r| r.get(0)).optional()
}

fn named(db: &Connection, person: i64) -> rusqlite::Result<PersonRef> {
    db.prepare_cached("select platform, remote, name from person where id = ?1")?.query_row([person], |r| {
        Ok(PersonRef {
            platform: platform_of(r.get(0)?)?,
            id: r.get(1)?,
            name: r.get(2)?,
            sandbox: person >= PRIVATE,
        })
    })
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// A tick, or taking one back.
#[derive(Debug, Clone)]
pub(crate) struct Tick {
    /// The last line of what is ticked, or any of what was.
    pub up_to: i64,
    /// When, ms since 1970; none takes the tick back.
    pub at: Option<i64>,
    /// Only what is listed is ticked.
    pub tonight: Tonight,
}

/// Ticks what a person gave in the room of a line, up to the line, or takes the line's tick back. False when there is
/// no such line.
pub(super) fn tick(db: &Connection, tick: &Tick) -> rusqlite::Result<bool> {
    let line = db
        .prepare_cached(
            "select s.room, l.person, l.thanked from line l join session s on s.id = l.session
             where l.id = ?1 and l.person is not null and s.gone = 0",
        )?
        .query_row([tick.up_to], |r| {
            Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?, r.get::<_, Option<i64>>(2)?))
        })
        .optional()?;
    let Some((room, person, stands)) = line else { return Ok(false) };
    match (tick.at, stands) {
        (Some(at), _) => {
            let mut update = db.prepare_cached(
                "update line set thanked = ?3
                 where session = ?1 and person = ?2 and thanked = 0 and id <= ?4",
            )?;
            for evening in tick.tonight.sessions(db)?.iter().filter(|e| e.room.0 == room) {
                update.execute(params![evening.id, person, at.max(1), tick.up_to])?;
            }
        }
        (None, Some(stands)) if stands > 0 => {
            db.prepare_cached(
                "update line set thanked = 0 where thanked > 0 and thanked = ?1 and person = ?2
                 and session in (select id from session where room = ?3)",
            )?
            .execute(params![stands, person, room])?;
        }
        // It waits already, or was taken back.
        (None, _) => {}
    }
    Ok(true)
}
