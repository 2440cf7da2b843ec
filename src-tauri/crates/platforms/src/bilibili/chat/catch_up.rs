//! What was said while nobody listened: after an outage the platform's last ten lines fill the gap.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use kaibo_live::chat::{ChatEvent, ChatKind, Heard};

use super::super::api::PastLine;
use super::command::Reader;

/// How far a room was heard. A room that is heard for the first time has no gap: what was said before is no news
/// to anybody, and may be from another evening.
#[derive(Debug, Default)]
pub(super) struct Listened(Mutex<Option<Until>>);

#[derive(Debug)]
struct Until {
    room: String,
    at: Timestamp,
}

/// Lines that nobody heard, from one time to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gap {
    /// The last line that was heard, by the platform's clock; before the first line, when listening began.
    pub(super) from: Timestamp,
    /// Listening goes on.
    pub(super) to: Timestamp,
}

impl Listened {
    /// Listening begins, or goes on after a gap.
    pub(super) fn begin(&self, room: &str, now: Timestamp) -> Option<Gap> {
        let mut until = self.lock();
        if let Some(until) = until.as_ref().filter(|until| until.room == room) {
            return Some(Gap { from: until.at, to: now });
        }
        *until = Some(Until { room: room.to_owned(), at: now });
        None
    }

    /// Lines were heard.
    pub(super) fn heard(&self, news: &[Heard]) {
        let said = news.iter().filter_map(|heard| match heard {
            Heard::Event(event) if event.kind == ChatKind::Message => Some(event.at),
            _ => None,
        });
        if let (Some(last), Some(until)) = (said.max(), self.lock().as_mut()) {
            until.at = until.at.max(last);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Until>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gap {
    /// The lines of the gap as they would have been heard. Those at its edges have been, or will be, heard as well;
    /// they have the same ids. Lines that have none are left out there.
    pub(super) fn fill(self, lines: Vec<PastLine>, reader: Reader) -> Vec<Heard> {
        let line = |line: PastLine| {
            let (second, from, to) = (line.at.as_second(), self.from.as_second(), self.to.as_second());
            let id = match line.id {
                Some(id) if second >= from => id,
                None if second > from && second < to => {
                    format!("past-{second}-{}-{}", line.uid.unwrap_or_default(), line.text)
                }
                _ => return None,
            };
            let who = reader.person(line.uid, line.name, line.moderator);
            Some(Heard::Event(ChatEvent::new(id, line.at, ChatKind::Message, who, &line.text)))
        };
        lines.into_iter().filter_map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(at: i64) -> Timestamp {
        Timestamp::from_second(at).expect("a time")
    }

    fn said(at: i64) -> Heard {
        Heard::Event(ChatEvent::new(at.to_string(), second(at), ChatKind::Message, None, "x"))
    }

    #[test]
    fn a_gap_begins_with_the_last_line_and_only_in_the_same_room() {
        let listened = Listened::default();
        assert_eq!(listened.begin("1", second(100)), None, "the first time");
        assert_eq!(listened.begin("1", second(110)), Some(Gap { from: second(100), to: second(110) }));
        listened.heard(&[said(130), said(120), Heard::Alive]);
        assert_eq!(listened.begin("1", second(200)), Some(Gap { from: second(130), to: second(200) }));
        assert_eq!(listened.begin("2", second(300)), None, "another room");
        assert_eq!(listened.begin("1", second(400)), None, "that one was left");
    }

    #[test]
    fn a_gap_takes_what_may_have_been_missed() {
        let past = |id: Option<&str>, at| PastLine {
            id: id.map(str::to_owned),
            uid: Some(42),
            name: Some("我".into()),
            moderator: true,
            at: second(at),
            text: format!("at {at}"),
        };
        let lines = vec![
            past(Some("old"), 99),
            past(Some("edge"), 100),
            past(None, 100),
            past(None, 101),
            past(Some("new"), 105),
            past(None, 110),
            past(Some("late"), 111),
        ];
        let gap = Gap { from: Timestamp::from_millisecond(100_900).expect("a time"), to: second(110) };
        let filled = gap.fill(lines, Reader { uid: 42, now: second(110) });
        let events: Vec<_> = filled
            .into_iter()
            .map(|heard| match heard {
                Heard::Event(event) => event,
                other => panic!("{other:?}"),
            })
            .collect();
        let ids: Vec<_> = events.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, ["edge", "past-101-42-at 101", "new", "late"]);
        let who = events[2].who.as_ref().expect("somebody");
        assert_eq!((events[2].text.as_str(), who.me, who.moderator), ("at 105", true, true));
    }
}
