//! What became of an evening: figures, chat and problems of sessions that were on air at the same time.

mod table;

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Statement, params};

use super::History;
use super::read::{SESSION, session};
use super::session::{identifier, kind_number, platform_of};
use crate::chat::ChatKind;
use crate::problem::{Failure, ProblemCode};
use crate::room::{FigureKind, Figures};
use crate::studio::{milestone_of, reached};
use crate::view::{
    COURSE_CAP, CourseView, EVENING_CAP, EVENING_MILESTONES, EVENING_PARTS, EVENING_PEOPLE, EVENING_TROUBLES,
    FigureSummary, MilestoneKind, PersonRef, SessionSummary, SessionView, SummaryMilestone, SummaryPerson,
    SummaryTrouble, SummaryView, TroubleSource,
};

pub(crate) use table::table;

/// The shortest part of the time, ms: figures are kept once a minute.
const MINUTE: i64 = 60_000;
/// Figures that tell the crowd, the better first.
const CROWDS: [FigureKind; 2] = [FigureKind::Watching, FigureKind::Popularity];

impl History {
    /// What became of a session and, unless it is asked for alone, of those on air at the same time. `now` is the end
    /// of what is on air; `live` marks that.
    pub(crate) async fn summary(
        &self,
        id: i64,
        alone: bool,
        now: i64,
        live: impl Fn(&mut [SessionView]) + Send + 'static,
    ) -> Result<SummaryView, Failure> {
        self.flush().await?;
        self.read(move |db| {
            let sessions = evening(db, id, alone, live)?;
            if sessions.is_empty() { Ok(None) } else { sum_up(db, sessions, now).map(Some) }
        })
        .await?
        .ok_or_else(|| Failure::new(ProblemCode::NotFound))
    }

    /// The peaks of a session's figures so far, and how many messages it has.
    pub(crate) async fn so_far(&self, session: i64) -> Result<(Figures, u64), Failure> {
        self.read(move |db| {
            let mut peaks = Figures::new();
            let mut query =
                db.prepare_cached("select kind, max(value) from figure where session = ?1 group by kind")?;
            let mut rows = query.query([session])?;
            while let Some(row) = rows.next()? {
                if let Ok(kind) = serde_json::from_value(row.get::<_, String>(0)?.into()) {
                    peaks.insert(kind, unsigned(row.get(1)?));
                }
            }
            let mut messages = db.prepare_cached("select messages from session where id = ?1")?;
            Ok((peaks, unsigned(messages.query_row([session], |r| r.get(0))?)))
        })
        .await
    }

    /// The last sessions with their peaks, oldest first.
    pub(crate) async fn course(&self) -> Result<Vec<CourseView>, Failure> {
        self.read(|db| {
            let mut last: Vec<SessionView> = db
                .prepare_cached(&format!("{SESSION} order by id desc limit {COURSE_CAP}"))?
                .query_map([], session)?
                .collect::<rusqlite::Result<_>>()?;
            last.reverse();
            let mut peak =
                db.prepare_cached("select max(value) from figure where session = ?1 and kind = ?2")?;
            last.into_iter()
                .map(|session| {
                    let of = |kind| peak.query_row(params![session.id, identifier(&kind)], |r| r.get(0));
                    let (crowd, peak) = first_of(CROWDS, of)?.unzip();
                    Ok(CourseView { session, peak: peak.map(unsigned), crowd })
                })
                .collect()
        })
        .await
    }
}

/// The first of several that there is.
fn first_of<K: Copy>(
    all: [K; 2],
    mut get: impl FnMut(K) -> rusqlite::Result<Option<i64>>,
) -> rusqlite::Result<Option<(K, i64)>> {
    for one in all {
        if let Some(found) = get(one)? {
            return Ok(Some((one, found)));
        }
    }
    Ok(None)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The session, and those whose time lies within its own; in the order of their starts.
fn evening(
    db: &Connection,
    id: i64,
    alone: bool,
    live: impl Fn(&mut [SessionView]),
) -> rusqlite::Result<Vec<SessionView>> {
    let mut one: Vec<SessionView> = db
        .prepare_cached(&format!("{SESSION} and id = ?1"))?
        .query_map([id], session)?
        .collect::<rusqlite::Result<_>>()?;
    live(&mut one);
    let Some(one) = one.pop() else { return Ok(Vec::new()) };
    if alone {
        return Ok(vec![one]);
    }
    // The one that was asked for is among them, however many there are.
    let sql = format!(
        "{SESSION} and started < ?2 and coalesce(ended, active) > ?1 and id <> ?3 order by id limit ?4"
    );
    let span = params![one.started_at, one.ended_at.unwrap_or(i64::MAX), id, EVENING_CAP - 1];
    let mut all: Vec<SessionView> =
        db.prepare_cached(&sql)?.query_map(span, session)?.collect::<rusqlite::Result<_>>()?;
    live(&mut all);
    all.push(one);
    all.sort_by_key(|s| (s.started_at, s.id));
    Ok(all)
}

/// What is added up over all sessions.
#[derive(Default)]
struct Sums {
    /// Messages and worth, by person.
    people: HashMap<i64, (u32, u64)>,
    troubles: Vec<SummaryTrouble>,
    more_troubles: u32,
    milestones: Vec<SummaryMilestone>,
}

/// How the time is divided.
#[derive(Clone, Copy)]
struct Parts {
    from: i64,
    each: i64,
    count: usize,
}

impl Parts {
    fn over(from: i64, to: i64) -> Self {
        let minutes = ((to - from).max(1) - 1) / MINUTE + 1;
        let each = ((minutes - 1) / i64::from(EVENING_PARTS) + 1) * MINUTE;
        let count = usize::try_from((minutes * MINUTE - 1) / each + 1).unwrap_or(1);
        Self { from, each, count }
    }

    /// The part that a moment is in; what lies outside belongs to the nearest.
    fn of(self, at: i64) -> usize {
        usize::try_from((at - self.from) / self.each).unwrap_or(0).min(self.count - 1)
    }
}

fn sum_up(db: &Connection, sessions: Vec<SessionView>, now: i64) -> rusqlite::Result<SummaryView> {
    let from = sessions.iter().map(|s| s.started_at).min().unwrap_or(now);
    let to = sessions.iter().map(|s| s.ended_at.unwrap_or(now)).max().unwrap_or(now).max(from);
    let parts = Parts::over(from, to);
    let mut sums = Sums::default();
    let sessions = sessions
        .into_iter()
        .map(|session| {
            let messages = walk(db, session.id, parts, &mut sums)?;
            sums.add_troubles(db, session.id)?;
            let (figures, crowd, crowds) = figures(db, session.id, parts, &mut sums)?;
            sums.add_hours(&session, now);
            Ok(SessionSummary { session, figures, crowd, crowds, messages })
        })
        .collect::<rusqlite::Result<_>>()?;
    sums.troubles.sort_by_key(|t| t.at);
    sums.milestones.sort_by_key(|m| m.at);
    sums.milestones.truncate(EVENING_MILESTONES as usize);
    let over = sums.troubles.len().saturating_sub(EVENING_TROUBLES as usize);
    sums.troubles.truncate(EVENING_TROUBLES as usize);
    Ok(SummaryView {
        from,
        to,
        part_ms: parts.each,
        sessions,
        people: u32::try_from(sums.people.values().filter(|(said, _)| *said > 0).count()).unwrap_or(u32::MAX),
        chatters: sums.first_by(db, |(said, _)| u64::from(said))?,
        givers: sums.first_by(db, |(_, worth)| worth)?,
        troubles: sums.troubles,
        more_troubles: sums.more_troubles.saturating_add(u32::try_from(over).unwrap_or(u32::MAX)),
        milestones: sums.milestones,
    })
}

/// Walks over a session's lines, once.
fn walk(db: &Connection, session: i64, parts: Parts, sums: &mut Sums) -> rusqlite::Result<Vec<u32>> {
    let mut messages = vec![0_u32; parts.count];
    let mut lines = db.prepare_cached(
        "select heard, kind, person, mine, gift_worth from line indexed by line_session where session = ?1",
    )?;
    let mut rows = lines.query([session])?;
    let message = kind_number(ChatKind::Message);
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let said = row.get::<_, i64>(1)? == message;
        if said {
            count += 1;
            if reached(count) == count {
                sums.reach(row.get(0)?, session, MilestoneKind::Messages, count);
            }
            let part = &mut messages[parts.of(row.get(0)?)];
            *part = part.saturating_add(1);
        }
        let (person, mine): (Option<i64>, bool) = (row.get(2)?, row.get(3)?);
        let Some(person) = person.filter(|_| !mine) else { continue };
        let worth = unsigned(row.get::<_, Option<i64>>(4)?.unwrap_or_default());
        if said || worth > 0 {
            let sum = sums.people.entry(person).or_default();
            sum.0 = sum.0.saturating_add(u32::from(said));
            sum.1 = sum.1.saturating_add(worth);
        }
    }
    Ok(messages)
}

impl Sums {
    fn reach(&mut self, at: i64, session: i64, kind: MilestoneKind, value: u64) {
        self.milestones.push(SummaryMilestone { at, session, kind, value });
    }

    /// The full hours that a session was on air.
    fn add_hours(&mut self, session: &SessionView, now: i64) {
        let end = session.ended_at.unwrap_or(now);
        for hour in 1..=i64::from(EVENING_MILESTONES) {
            let at = session.started_at + hour * 60 * MINUTE;
            if at > end {
                return;
            }
            self.reach(at, session.id, MilestoneKind::Hours, unsigned(hour));
        }
    }

    /// The marks that a figure passed, each when it was first told.
    fn add_figure(&mut self, session: i64, kind: FigureKind, told: &[(i64, u64)]) {
        let Some(kind) = milestone_of(kind) else { return };
        let mut highest = 0;
        for (at, value) in told {
            let mark = reached(*value);
            if mark > highest {
                highest = mark;
                self.reach(*at, session, kind, mark);
            }
        }
    }

    fn add_troubles(&mut self, db: &Connection, session: i64) -> rusqlite::Result<()> {
        let mut query = db.prepare_cached(
            "select at, source, what, (select count(*) from trouble where session = ?1) from trouble
             where session = ?1 order by id limit ?2",
        )?;
        let mut rows = query.query(params![session, EVENING_TROUBLES])?;
        let (mut read, mut of) = (0, 0);
        while let Some(row) = rows.next()? {
            let (source, what): (String, String) = (row.get(1)?, row.get(2)?);
            of = row.get::<_, u32>(3)?;
            read += 1;
            let Ok(source) = serde_json::from_value::<TroubleSource>(source.into()) else { continue };
            let what: serde_json::Value = serde_json::from_str(&what).unwrap_or_default();
            let what = what["kind"].as_str().unwrap_or_default().to_owned();
            self.troubles.push(SummaryTrouble { at: row.get(0)?, session, source, what });
        }
        self.more_troubles = self.more_troubles.saturating_add(of.saturating_sub(read));
        Ok(())
    }

    /// The first of the people in an order, with their names.
    fn first_by(
        &self,
        db: &Connection,
        by: impl Fn((u32, u64)) -> u64,
    ) -> rusqlite::Result<Vec<SummaryPerson>> {
        let mut people: Vec<(i64, (u32, u64))> = self.people.iter().map(|(id, sum)| (*id, *sum)).collect();
        people.retain(|(_, sum)| by(*sum) > 0);
        people.sort_unstable_by_key(|(id, sum)| (std::cmp::Reverse(by(*sum)), *id));
        people.truncate(EVENING_PEOPLE as usize);
        let mut named = db.prepare_cached("select platform, remote, name from person where id = ?1")?;
        people.into_iter().map(|(id, sum)| person(&mut named, id, sum)).collect()
    }
}

fn person(
    named: &mut Statement<'_>,
    id: i64,
    (messages, worth): (u32, u64),
) -> rusqlite::Result<SummaryPerson> {
    named.query_row([id], |r| {
        let sandbox = id >= super::schema::PRIVATE;
        let person = PersonRef { platform: platform_of(r.get(0)?)?, id: r.get(1)?, name: r.get(2)?, sandbox };
        Ok(SummaryPerson { person, messages, worth })
    })
}

type SummedFigures = (BTreeMap<FigureKind, FigureSummary>, Option<FigureKind>, Vec<Option<u64>>);

/// The figures of a session, and its crowd by parts of the time.
fn figures(db: &Connection, session: i64, parts: Parts, sums: &mut Sums) -> rusqlite::Result<SummedFigures> {
    let mut by_kind: BTreeMap<FigureKind, Vec<(i64, u64)>> = BTreeMap::new();
    let mut query = db.prepare_cached("select at, kind, value from figure where session = ?1 order by at")?;
    let mut rows = query.query([session])?;
    while let Some(row) = rows.next()? {
        // A kind of another version of the program is left out.
        let kind: String = row.get(1)?;
        if let Ok(kind) = serde_json::from_value(kind.into()) {
            by_kind.entry(kind).or_default().push((row.get(0)?, unsigned(row.get(2)?)));
        }
    }
    for (kind, told) in &by_kind {
        sums.add_figure(session, *kind, told);
    }
    let crowd = CROWDS.into_iter().find(|kind| by_kind.contains_key(kind));
    let mut crowds = vec![None; parts.count];
    for (at, value) in crowd.and_then(|kind| by_kind.get(&kind)).into_iter().flatten() {
        let part: &mut Option<u64> = &mut crowds[parts.of(*at)];
        *part = (*part).max(Some(*value));
    }
    let figures = by_kind.into_iter().filter_map(|(kind, told)| Some((kind, figure(&told)?))).collect();
    Ok((figures, crowd, crowds))
}

fn figure(told: &[(i64, u64)]) -> Option<FigureSummary> {
    let (first, last) = (told.first()?.1, told.last()?.1);
    let (peak_at, peak) = told.iter().copied().rev().max_by_key(|(_, value)| *value)?;
    let (sum, count) = (told.iter().map(|(_, v)| u128::from(*v)).sum::<u128>(), told.len() as u128);
    let mean = u64::try_from((sum + count / 2) / count).unwrap_or(u64::MAX);
    Some(FigureSummary { first, last, peak, peak_at, mean })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_evening_has_no_more_parts_than_can_be_drawn() {
        for minutes in [0, 1, 59, 119, 120, 121, 480, 24 * 60 * 30] {
            let parts = Parts::over(1_000, 1_000 + minutes * MINUTE);
            assert!((1..=EVENING_PARTS as usize).contains(&parts.count), "{minutes}: {}", parts.count);
            assert_eq!(parts.each % MINUTE, 0);
            assert_eq!(parts.of(1_000), 0);
            assert_eq!(parts.of(1_000 + (minutes * MINUTE - 1).max(0)), parts.count - 1, "{minutes}");
            assert_eq!(parts.of(0), 0, "what was heard before belongs to the first");
        }
    }

    #[test]
    fn a_figure_is_summed_up() {
        let summed = figure(&[(1, 10), (2, 31), (3, 31), (4, 5)]).unwrap();
        let FigureSummary { first, last, peak, peak_at, mean } = summed;
        assert_eq!((first, last, peak, peak_at, mean), (10, 5, 31, 2, 19));
        assert_eq!(figure(&[]), None);
    }
}
