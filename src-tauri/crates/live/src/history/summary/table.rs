//! An evening as a file for spreadsheets.

use std::io;

use jiff::tz::TimeZone;

use super::MINUTE;
use crate::history::export::{Form, MARK, harmless, record, yuan};
use crate::history::session::identifier;
use crate::problem::{Failure, ProblemCode};
use crate::room::FigureKind;
use crate::view::{FigureSummary, SessionSummary, SummaryTable, SummaryView};

/// Columns of the table of sessions, of people, of milestones, and of problems; the window has words for them.
const SESSIONS: [&str; 15] = [
    "platform", "room", "title", "start", "end", "minutes", "crowd", "peak", "peak_at", "mean", "views",
    "likes", "messages", "gifts", "yuan",
];
const PEOPLE: [&str; 5] = ["platform", "name", "person", "messages", "yuan"];
const MILESTONES: [&str; 4] = ["time", "room", "milestone", "count"];
const TROUBLES: [&str; 3] = ["time", "room", "problem"];

const TIME: &str = "%Y-%m-%d %H:%M";

/// A summary as one file of four tables with an empty line between: sessions, people, milestones, problems.
/// [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180).
pub(crate) fn table(view: &SummaryView, wanted: &SummaryTable, zone: TimeZone) -> Result<Vec<u8>, Failure> {
    let form = Form::named(wanted.names.clone(), zone);
    tables(view, &form).map_err(|e| Failure::new(ProblemCode::Internal).because(e))
}

fn tables(view: &SummaryView, form: &Form) -> io::Result<Vec<u8>> {
    let mut file = MARK.as_bytes().to_vec();
    sessions(view, form, &mut file)?;
    people(view, form, &mut file)?;
    milestones(view, form, &mut file)?;
    troubles(view, form, &mut file)?;
    Ok(file)
}

fn head(form: &Form, columns: &[&str]) -> io::Result<Vec<u8>> {
    let words = columns.iter().map(|c| form.word(&format!("column_{c}"), c));
    record(&words.collect::<Vec<_>>())
}

fn sessions(view: &SummaryView, form: &Form, file: &mut Vec<u8>) -> io::Result<()> {
    file.extend(head(form, &SESSIONS)?);
    for one in &view.sessions {
        file.extend(session(one, view.to, form)?);
    }
    Ok(())
}

fn session(one: &SessionSummary, to: i64, form: &Form) -> io::Result<Vec<u8>> {
    let s = &one.session;
    let end = s.ended_at.unwrap_or(to);
    let crowd = one.crowd.and_then(|kind| Some((kind, one.figures.get(&kind)?)));
    let last = |kind| one.figures.get(&kind).map(|f| f.last.to_string()).unwrap_or_default();
    let told = |of: fn(&FigureSummary) -> String| crowd.map(|(_, f)| of(f)).unwrap_or_default();
    let counts = |kind: FigureKind| form.word(&format!("figure_{}", identifier(&kind)), &identifier(&kind));
    record(&[
        form.platform(s),
        harmless(&s.name),
        harmless(&s.title),
        form.time(s.started_at, TIME),
        form.time(end, TIME),
        ((end - s.started_at).max(0) / MINUTE).to_string(),
        crowd.map(|(kind, _)| counts(kind)).unwrap_or_default(),
        told(|f| f.peak.to_string()),
        crowd.map(|(_, f)| form.time(f.peak_at, TIME)).unwrap_or_default(),
        told(|f| f.mean.to_string()),
        last(FigureKind::Views),
        last(FigureKind::Likes),
        s.messages.to_string(),
        s.gifts.to_string(),
        yuan(s.worth),
    ])
}

fn people(view: &SummaryView, form: &Form, file: &mut Vec<u8>) -> io::Result<()> {
    file.extend(b"\r\n");
    file.extend(head(form, &PEOPLE)?);
    let givers = view.givers.iter().filter(|g| !view.chatters.iter().any(|c| c.person == g.person));
    for p in view.chatters.iter().chain(givers) {
        let platform = identifier(&p.person.platform);
        file.extend(record(&[
            form.word(&platform, &platform),
            harmless(&p.person.name),
            harmless(&p.person.id),
            p.messages.to_string(),
            yuan(p.worth),
        ])?);
    }
    Ok(())
}

fn milestones(view: &SummaryView, form: &Form, file: &mut Vec<u8>) -> io::Result<()> {
    file.extend(b"\r\n");
    file.extend(head(form, &MILESTONES)?);
    for reached in &view.milestones {
        let kind = identifier(&reached.kind);
        file.extend(record(&[
            form.time(reached.at, TIME),
            room(view, reached.session),
            form.word(&format!("milestone_{kind}"), &kind),
            reached.value.to_string(),
        ])?);
    }
    Ok(())
}

fn troubles(view: &SummaryView, form: &Form, file: &mut Vec<u8>) -> io::Result<()> {
    file.extend(b"\r\n");
    file.extend(head(form, &TROUBLES)?);
    for t in &view.troubles {
        let what = form.word(&format!("{}_{}", identifier(&t.source), t.what), &t.what);
        file.extend(record(&[form.time(t.at, TIME), room(view, t.session), harmless(&what)])?);
    }
    Ok(())
}

/// The room that a session was in.
fn room(view: &SummaryView, session: i64) -> String {
    let of = view.sessions.iter().find(|s| s.session.id == session);
    of.map(|s| harmless(&s.session.name)).unwrap_or_default()
}
