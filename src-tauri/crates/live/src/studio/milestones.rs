//! Milestones of a broadcast: a round number of viewers, likes or messages, and each full hour. Each is told once in a
//! session, also when the program was started again within it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Studio;
use super::picture::{Picture, RoomEntry};
use crate::chat::ChatKind;
use crate::history::{Note, Session};
use crate::room::{FigureKind, Figures, RemoteId, RoomId};
use crate::view::{Milestone, MilestoneKind};

/// The least that is a milestone; after it come five times as much, ten times, fifty times, and so on.
const FIRST: u64 = 100;
const HOUR_MS: i64 = 3_600_000;
/// A broadcast that is older when it is first heard of has its milestones behind it.
const LATE_MS: i64 = 2 * 60_000;

/// The highest milestone that a count has reached; 0 under the first.
pub(crate) fn reached(count: u64) -> u64 {
    let mut highest = 0;
    let mut step = FIRST;
    let mut five = true;
    while step <= count {
        highest = step;
        let Some(next) = step.checked_mul(if five { 5 } else { 2 }) else { break };
        (step, five) = (next, !five);
    }
    highest
}

/// The figures that have milestones.
pub(crate) fn of_figure(kind: FigureKind) -> Option<MilestoneKind> {
    match kind {
        FigureKind::Watching => Some(MilestoneKind::Watching),
        FigureKind::Likes => Some(MilestoneKind::Likes),
        _ => None,
    }
}

/// What a session has reached so far.
#[derive(Debug)]
pub(crate) struct Reached {
    remote: RemoteId,
    started: i64,
    marks: BTreeMap<MilestoneKind, u64>,
    messages: u64,
    /// It was heard of when it was under way: what is found first was reached unseen.
    late: bool,
}

impl Reached {
    /// Of a session, with the peaks and messages that an earlier life of the program kept of it.
    fn new(session: &Session, now: i64, peaks: &Figures, messages: u64) -> Self {
        let (remote, started) = (session.start.remote.clone(), session.start.started);
        let figures = peaks.iter().filter_map(|(kind, peak)| Some((of_figure(*kind)?, reached(*peak))));
        let mut marks: BTreeMap<_, _> = figures.collect();
        marks.insert(MilestoneKind::Messages, reached(messages));
        marks.insert(MilestoneKind::Hours, hours(started, now));
        Self { remote, started, marks, messages, late: now - started > LATE_MS }
    }

    fn is_of(&self, session: &Session) -> bool {
        (&self.remote, self.started) == (&session.start.remote, session.start.started)
    }

    /// Notes that a kind stands at a mark; true when that is a milestone to tell.
    fn note(&mut self, kind: MilestoneKind, mark: u64) -> bool {
        let unseen = self.late && !self.marks.contains_key(&kind);
        let before = self.marks.entry(kind).or_default();
        let higher = mark > *before;
        *before = mark.max(*before);
        higher && !unseen
    }
}

fn hours(started: i64, now: i64) -> u64 {
    u64::try_from((now - started) / HOUR_MS).unwrap_or_default()
}

fn marks_of(room: &RoomEntry, started: i64, messages: u64, now: i64) -> Vec<(MilestoneKind, u64)> {
    let figures = room.view.figures.iter();
    let mut marks: Vec<_> =
        figures.filter_map(|(kind, count)| Some((of_figure(*kind)?, reached(*count)))).collect();
    marks.push((MilestoneKind::Messages, reached(messages)));
    marks.push((MilestoneKind::Hours, hours(started, now)));
    marks
}

impl Studio {
    /// What a session has reached so far, as the history knows it.
    pub(super) async fn recall_milestones(&self, session: &Arc<Session>) {
        let start = &session.start;
        let kept = match session.number() {
            Some(number) => self.0.history_of(start.sandbox).so_far(number).await,
            None => return,
        };
        let (peaks, messages) = match kept {
            Ok(kept) => kept,
            // Without it nothing is told: it might have been told before.
            Err(failure) => return tracing::warn!(?failure, "what was reached before isn't known"),
        };
        let now = self.0.now_ms();
        self.0.lock().change_room(&start.room, |room| {
            // The chat of the same broadcast may be heard anew.
            if room.reached.as_ref().is_none_or(|r| !r.is_of(session)) {
                room.reached = Some(Reached::new(session, now, &peaks, messages));
            }
        });
    }

    /// Tells what was reached since the last look, and keeps the figures of that moment: the summary lists it.
    pub(super) async fn settle_milestones(&self) {
        let now = self.0.now_ms();
        let (found, told) = {
            let mut picture = self.0.lock();
            let found = picture.find_milestones(now);
            let told = !found.is_empty() && picture.preferences.notices.milestones;
            (found, told)
        };
        if told {
            self.0.changed.notify_one();
        }
        for (session, figures) in found {
            let history = self.0.history_of(session.start.sandbox);
            history.note(Note::Figures { session, at: now, figures }).await;
        }
    }
}

impl Picture {
    pub(crate) fn count_message(&mut self, id: &RoomId, kind: ChatKind) {
        if kind == ChatKind::Message
            && let Some(reached) =
                self.rooms.iter_mut().find(|r| &r.view.id == id).and_then(|r| r.reached.as_mut())
        {
            reached.messages += 1;
        }
    }

    fn find_milestones(&mut self, now: i64) -> Vec<(Arc<Session>, Figures)> {
        let mut found = Vec::new();
        let mut milestones = Vec::new();
        for room in &mut self.rooms {
            let Some(session) = room.session.clone() else { continue };
            let Some(mut so_far) = room.reached.take() else { continue };
            let started = room.view.started_at.unwrap_or(session.start.started);
            let mut any = false;
            for (kind, value) in marks_of(room, started, so_far.messages, now) {
                if so_far.note(kind, value) {
                    milestones.push(Milestone { room: room.view.id.clone(), kind, value });
                    any = true;
                }
            }
            if any {
                found.push((session, room.view.figures.clone()));
            }
            room.reached = Some(so_far);
        }
        if self.preferences.notices.milestones {
            for milestone in milestones {
                self.tell_milestone(milestone);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::SessionStart;
    use crate::platform::Platform;
    use MilestoneKind::{Hours, Likes, Messages, Watching};

    fn session() -> Arc<Session> {
        Session::new(SessionStart {
            room: RoomId("r".into()),
            sandbox: false,
            platform: Platform::Qiniu,
            account: "小满".into(),
            name: "小满".into(),
            title: "今晚".into(),
            remote: RemoteId("1".into()),
            lasting: false,
            started: 0,
        })
    }

    #[test]
    fn milestones_are_round_numbers() {
        let table = [
            (0, 0),
            (99, 0),
            (100, 100),
            (499, 100),
            (500, 500),
            (999, 500),
            (1_000, 1_000),
            (4_999, 1_000),
            (7_000, 5_000),
            (12_347, 10_000),
            (1_000_000, 1_000_000),
            (u64::MAX, 10_000_000_000_000_000_000),
        ];
        for (count, mark) in table {
            assert_eq!(reached(count), mark, "{count}");
        }
    }

    #[test]
    fn each_is_told_once_and_only_the_highest_of_several() {
        let mut session = Reached::new(&session(), 1_000, &Figures::new(), 0);
        let table = [
            (Watching, 0, false),
            (Watching, 100, true),
            (Watching, 100, false),
            (Watching, 0, false),
            (Watching, 100, false), // they left and came back
            (Watching, 5_000, true),
            (Watching, 1_000, false),
            (Likes, 500, true), // each kind by itself
            (Messages, 100, true),
            (Hours, 1, true),
            (Hours, 1, false),
            (Hours, 2, true),
        ];
        for (at, (kind, mark, told)) in table.into_iter().enumerate() {
            assert_eq!(session.note(kind, mark), told, "{at}: {kind:?} {mark}");
        }
    }

    #[test]
    fn what_was_reached_before_the_program_began_is_not_told() {
        let peaks = Figures::from([(FigureKind::Watching, 700)]);
        let mut again = Reached::new(&session(), 2 * HOUR_MS, &peaks, 130);
        let table = [
            (Watching, 500, false), // in an earlier life of the program
            (Watching, 1_000, true),
            (Messages, 100, false),
            (Hours, 2, false),
            (Hours, 3, true),
            (Likes, 50_000, false), // nobody knows since when
            (Likes, 100_000, true),
        ];
        for (at, (kind, mark, told)) in table.into_iter().enumerate() {
            assert_eq!(again.note(kind, mark), told, "{at}: {kind:?} {mark}");
        }
    }
}
