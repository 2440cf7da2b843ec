//! The chat as it is known now: the lines of the pane, and what a room's line needs to tell doubles.

use std::collections::{BTreeSet, HashMap, VecDeque};

use tokio::sync::broadcast;

use crate::chat::ChatKind;
use crate::latest::Latest;
use crate::overlay::{Fanout, OverlayEvent, OverlayLine};
use crate::room::RoomId;
use crate::view::{ChatLine, Update};

use super::pins::Pins;

/// Lines kept in memory for a window that opens late. Older ones are gone from the pane only.
const KEPT: usize = 5_000;
/// Lines that may wait for a frame before they get their numbers.
const WAITING: usize = 2_000;
/// Lines sent to the window at once, so that none of its frames has too many to take in. Of more that wait the oldest
/// are skipped in the pane, and counted.
const AT_ONCE: usize = 500;
/// Of those that would be skipped, the newest that nobody may miss, which are sent all the same. Super chats always are.
const STANDING_AT_ONCE: usize = 250;
/// Ids remembered a room at least, to tell doubles after a reconnect.
const IDS_REMEMBERED: usize = 3_584;
/// Own lines remembered, to tell them when the platform sends them back.
const ECHOES_REMEMBERED: usize = 32;
/// Lines that a page of the overlay may still show.
const OVERLAY_SHOWS: usize = 200;

/// See the module.
#[derive(Default)]
pub(crate) struct Lines {
    /// Numbered, oldest first.
    ring: VecDeque<ChatLine>,
    /// Came since the last frame; they get their numbers when they are put in order. At most [`WAITING`].
    fresh: Vec<Fresh>,
    memories: HashMap<RoomId, Memory>,
    pins: Pins,
    last: u64,
    /// Numbered lines that the window hasn't seen.
    unseen: usize,
    /// Among these, or those without a number, is one that isn't a count of likes.
    told: bool,
    /// Lines taken back, of those in the ring.
    recalled: BTreeSet<u64>,
    /// The overlay's pages.
    overlay: Fanout,
}

struct Fresh {
    event: String,
    line: ChatLine,
    /// Of a person whose lines the streamer doesn't want shown.
    hidden: bool,
}

/// What is remembered of a room's chat.
#[derive(Default)]
struct Memory {
    /// The line that an event became; 0 while it has no number.
    numbers: Latest<String, u64, IDS_REMEMBERED>,
    echoes: VecDeque<Echo>,
}

/// An own line that the platform will send back, or has.
struct Echo {
    text: String,
    /// The id that Kaibo gave it.
    own: String,
    /// The id that the platform sent it back with.
    event: Option<String>,
    /// It stands in the pane.
    shown: bool,
}

/// What an event is.
pub(crate) enum News {
    /// Heard for the first time.
    New,
    /// Heard before.
    Double,
    /// An own line coming back: the id that Kaibo gave it. It is shown already, or will be.
    Echo(String),
}

impl Memory {
    fn remember(&mut self, event: &str, number: u64) {
        self.numbers.insert(event.to_owned(), number);
    }
}

impl Lines {
    /// Is this event heard for the first time? It is remembered from now on.
    pub(crate) fn meet(&mut self, room: &RoomId, event: &str, text: &str, mine: bool) -> News {
        let memory = self.memories.entry(room.clone()).or_default();
        if memory.numbers.contains_key(event) {
            return News::Double;
        }
        let expected = |e: &Echo| mine && e.event.is_none() && e.text == text;
        let Some(at) = memory.echoes.iter().position(expected) else {
            memory.remember(event, 0);
            return News::New;
        };
        let echo = &mut memory.echoes[at];
        let own = echo.own.clone();
        if echo.shown {
            memory.echoes.remove(at);
            let number = memory.numbers.get(own.as_str()).copied().unwrap_or_default();
            memory.remember(event, number);
            for fresh in self.fresh.iter_mut().filter(|f| f.event == own) {
                event.clone_into(&mut fresh.event);
            }
        } else {
            echo.event = Some(event.to_owned());
            memory.remember(event, 0);
        }
        News::Echo(own)
    }

    /// Events of a session that goes on, heard before the program began.
    pub(crate) fn heard_before(&mut self, room: &RoomId, events: &[String]) {
        let memory = self.memories.entry(room.clone()).or_default();
        for event in events {
            if !memory.numbers.contains_key(event) {
                memory.remember(event, 0);
            }
        }
    }

    /// A line is about to be said, under the id `own`: the platform may send it back before it answers.
    pub(crate) fn expect(&mut self, room: &RoomId, text: &str, own: &str) {
        let memory = self.memories.entry(room.clone()).or_default();
        let (text, own) = (text.to_owned(), own.to_owned());
        memory.echoes.push_back(Echo { text, own, event: None, shown: false });
        if memory.echoes.len() > ECHOES_REMEMBERED {
            memory.echoes.pop_front();
        }
    }

    /// It was refused.
    pub(crate) fn expect_no_more(&mut self, room: &RoomId, own: &str) {
        if let Some(memory) = self.memories.get_mut(room) {
            memory.echoes.retain(|e| e.own != own);
        }
    }

    /// The platform took it: it is to be shown. Answers the id that it has, the platform's where that is known.
    pub(crate) fn took(&mut self, room: &RoomId, own: String) -> String {
        let memory = self.memories.entry(room.clone()).or_default();
        if let Some(at) = memory.echoes.iter().position(|e| e.own == own) {
            if let Some(event) = memory.echoes[at].event.take() {
                memory.echoes.remove(at);
                return event;
            }
            memory.echoes[at].shown = true;
        }
        memory.remember(&own, 0);
        own
    }

    /// Adds a line, which waits for the next frame to get its place and number. A hidden one isn't for the overlay;
    /// the window leaves it out by itself.
    pub(crate) fn add(&mut self, event: String, line: ChatLine, hidden: bool) {
        self.told |= line.kind != ChatKind::Like;
        self.fresh.push(Fresh { event, line, hidden });
        if self.fresh.len() >= WAITING {
            self.settle();
        }
    }

    /// Puts what waits in order, and numbers it. Lines of several rooms stand by their platforms' time; within a room
    /// the order they came in is kept, whatever times they bear.
    pub(crate) fn settle(&mut self) {
        let mut latest: HashMap<RoomId, i64> = HashMap::new();
        let mut fresh: Vec<(i64, Fresh)> = Vec::with_capacity(self.fresh.len());
        for line in self.fresh.drain(..) {
            let at = match latest.get_mut(&line.line.room) {
                Some(at) => {
                    *at = line.line.at.max(*at);
                    *at
                }
                None => *latest.entry(line.line.room.clone()).or_insert(line.line.at),
            };
            fresh.push((at, line));
        }
        fresh.sort_by_key(|(at, _)| *at);
        self.unseen += fresh.len();
        for (_, Fresh { event, mut line, hidden }) in fresh {
            self.last += 1;
            line.id = self.last;
            let memory = self.memories.get_mut(&line.room);
            if let Some(number) = memory.and_then(|m| m.numbers.get_mut(event.as_str())) {
                *number = self.last;
            }
            self.pins.keep(&event, &line);
            if !line.recalled && !hidden {
                self.overlay.send(|| OverlayEvent::Line(OverlayLine::of(&line)));
            }
            self.ring.push_back(line);
        }
        let over = self.ring.len().saturating_sub(KEPT);
        self.ring.drain(..over);
    }

    /// Empties the lines that a room's events became.
    pub(crate) fn recall(&mut self, room: &RoomId, events: &[String]) {
        // Paid messages may outlive their line, and what tells it.
        self.recalled.extend(events.iter().filter_map(|event| self.pins.recall(room, event)));
        let Some(memory) = self.memories.get(room) else { return };
        for event in events {
            let Some(number) = memory.numbers.get(event.as_str()).copied() else { continue };
            let line = if let Ok(at) = self.ring.binary_search_by_key(&number, |line| line.id) {
                &mut self.ring[at]
            } else {
                let waits = |f: &&mut Fresh| f.line.room == *room && f.event == *event;
                let Some(fresh) = self.fresh.iter_mut().find(waits) else { continue };
                &mut fresh.line
            };
            if !line.recalled {
                line.recalled = true;
                line.text.clear();
                if number > 0 {
                    self.recalled.insert(number);
                    self.overlay.send(|| OverlayEvent::Recalled(number));
                }
            }
        }
    }

    /// Takes lines out of the overlay, those of the last [`OVERLAY_SHOWS`] that are meant.
    pub(crate) fn hide(&mut self, meant: impl Fn(&ChatLine) -> bool) {
        self.settle();
        let last = self.ring.iter().rev().take(OVERLAY_SHOWS);
        for line in last.filter(|line| !line.recalled && meant(line)) {
            self.overlay.send(|| OverlayEvent::Recalled(line.id));
        }
    }

    /// Forgets what a room's doubles are told by.
    pub(crate) fn forget(&mut self, room: &RoomId) {
        self.memories.remove(room);
        self.pins.forget(room);
    }

    /// The last lines, for a snapshot. Nothing is unseen then.
    pub(crate) fn last(&mut self, count: usize) -> Vec<ChatLine> {
        self.settle();
        self.unseen = 0;
        self.told = false;
        self.recalled.clear();
        self.ring.range(self.ring.len().saturating_sub(count)..).cloned().collect()
    }

    /// Paid messages that may still stand at the top, of before a line.
    pub(crate) fn pinned(&self, before: Option<&ChatLine>) -> Vec<ChatLine> {
        self.pins.between(0, before.map_or(u64::MAX, |line| line.id)).cloned().collect()
    }

    /// The last lines that are wanted, oldest first, and what comes after them.
    pub(crate) fn overlay(
        &mut self,
        count: usize,
        wanted: impl Fn(&ChatLine) -> bool,
    ) -> (Vec<OverlayLine>, broadcast::Receiver<OverlayEvent>) {
        self.settle();
        let lines = self.ring.iter().rev().filter(|line| !line.recalled && wanted(line));
        let mut last: Vec<_> = lines.take(count).map(OverlayLine::of).collect();
        last.reverse();
        (last, self.overlay.subscribe())
    }

    /// Is there something that the window hasn't seen?
    pub(crate) fn waits(&self) -> bool {
        self.unseen > 0 || !self.fresh.is_empty() || !self.recalled.is_empty()
    }

    /// Is it more than likes, which are a number that grows?
    pub(crate) fn waits_now(&self) -> bool {
        self.told || !self.recalled.is_empty()
    }

    /// What the window hasn't seen.
    pub(crate) fn take(&mut self) -> Vec<Update> {
        self.settle();
        let mut updates = Vec::new();
        let unseen = std::mem::take(&mut self.unseen);
        self.told = false;
        if unseen > 0 {
            let lines = self.last_of(unseen);
            let skipped = unseen.saturating_sub(lines.len()) as u64;
            updates.push(Update::Chat { lines, skipped });
        }
        let ids: Vec<u64> = std::mem::take(&mut self.recalled).into_iter().collect();
        if !ids.is_empty() {
            updates.push(Update::ChatRecalled { ids });
        }
        updates
    }

    /// What the window gets of as many lines that it hasn't seen: the newest, and before them what nobody may miss.
    fn last_of(&self, unseen: usize) -> Vec<ChatLine> {
        let kept = unseen.min(self.ring.len());
        let waiting = self.ring.range(self.ring.len() - kept..);
        let older = kept.saturating_sub(AT_ONCE);
        let standing: Vec<_> =
            waiting.clone().take(older).rev().filter(|l| stands(l)).take(STANDING_AT_ONCE).collect();
        let seen = self.last - unseen as u64;
        let first = standing.last().copied().or_else(|| waiting.clone().nth(older));
        let pinned = self.pins.between(seen, first.map_or(u64::MAX, |line| line.id));
        pinned.chain(standing.into_iter().rev()).chain(waiting.skip(older)).cloned().collect()
    }
}

/// What no flood hides: what is paid, what the platform says, one's own and moderators' lines. The window has the same
/// rule for its folds.
fn stands(line: &ChatLine) -> bool {
    matches!(line.kind, ChatKind::Gift | ChatKind::Member | ChatKind::SuperChat | ChatKind::Notice)
        || line.who.as_ref().is_some_and(|who| who.me || who.moderator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{ChatEvent, ChatKind};
    use crate::platform::Platform;
    use jiff::Timestamp;

    fn add(lines: &mut Lines, room: &str, at: i64) {
        let room = RoomId(room.into());
        let id = format!("{}-{at}", room.0);
        assert!(matches!(lines.meet(&room, &id, "", false), News::New));
        let at = Timestamp::from_millisecond(at).unwrap();
        let event = ChatEvent::new(id.clone(), at, ChatKind::Message, None, &id);
        lines.add(id, ChatLine::of(0, &room, Platform::Qiniu, event), false);
    }

    fn texts(lines: &[ChatLine]) -> Vec<&str> {
        lines.iter().map(|l| l.text.as_str()).collect()
    }

    #[test]
    fn lines_of_a_frame_stand_by_their_time_and_a_source_keeps_its_order() {
        let mut lines = Lines::default();
        for (room, at) in [("a", 10), ("a", 40), ("a", 30), ("b", 20), ("b", 35), ("c", 5)] {
            add(&mut lines, room, at);
        }
        let first = lines.take();
        let Some(Update::Chat { lines: shown, skipped: 0 }) = first.first() else { panic!("{first:?}") };
        assert_eq!(texts(shown), ["c-5", "a-10", "b-20", "b-35", "a-40", "a-30"]);
        assert_eq!(shown.iter().map(|l| l.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
        // What comes late stands where it arrived.
        add(&mut lines, "b", 1);
        assert_eq!(texts(&lines.last(2)), ["a-30", "b-1"]);
    }

    /// A paid message that stands for `seconds`.
    fn add_paid(lines: &mut Lines, id: &str, at: i64, seconds: i64) {
        let room = RoomId("a".into());
        assert!(matches!(lines.meet(&room, id, "", false), News::New));
        let time = |ms| Timestamp::from_millisecond(ms).unwrap();
        let event = ChatEvent::new(id.to_owned(), time(at), ChatKind::SuperChat, None, id)
            .pinned(Some(time(at + seconds * 1_000)));
        lines.add(id.to_owned(), ChatLine::of(0, &room, Platform::Bilibili, event), false);
    }

    fn only_chat(updates: &[Update]) -> (&[ChatLine], u64) {
        let [Update::Chat { lines, skipped }] = updates else { panic!("{} updates", updates.len()) };
        (lines, *skipped)
    }

    #[test]
    fn of_too_many_lines_the_newest_are_sent_and_none_that_is_paid_is_skipped() {
        let mut lines = Lines::default();
        add_paid(&mut lines, "long ago", 1, 3_600);
        for at in 2..=6_000 {
            add(&mut lines, "a", at);
        }
        add_paid(&mut lines, "lately", 6_001, 60);
        for at in 6_002..=6_900 {
            add(&mut lines, "a", at);
        }
        let updates = lines.take();
        let (shown, skipped) = only_chat(&updates);
        assert_eq!(texts(&shown[..3]), ["long ago", "lately", "a-6401"]);
        assert_eq!((shown.len(), skipped), (502, 6_900 - 502));
        assert!(shown.is_sorted_by(|a, b| a.id < b.id));
        assert!(lines.take().is_empty());
    }

    #[test]
    fn of_too_many_lines_that_nobody_may_miss_super_chats_are_sent_all_the_same() {
        let mut lines = Lines::default();
        add_paid(&mut lines, "paid", 1, 3_600);
        let room = RoomId("a".into());
        for n in 0..STANDING_AT_ONCE + AT_ONCE + 9 {
            let event = ChatEvent::new(n.to_string(), Timestamp::UNIX_EPOCH, ChatKind::Notice, None, "words");
            lines.add(n.to_string(), ChatLine::of(0, &room, Platform::Bilibili, event), false);
        }
        let updates = lines.take();
        let (shown, skipped) = only_chat(&updates);
        assert_eq!(
            (shown[0].text.as_str(), shown.len(), skipped),
            ("paid", 1 + STANDING_AT_ONCE + AT_ONCE, 9)
        );
    }

    #[test]
    fn a_paid_message_outlives_its_line_until_it_is_over_or_taken_back() {
        let mut lines = Lines::default();
        for (id, seconds) in [("one", 3_600), ("two", 3_600), ("short", 1)] {
            add_paid(&mut lines, id, 0, seconds);
        }
        for at in 1..=20_000 {
            add(&mut lines, "a", at);
        }
        let pinned = |lines: &mut Lines| {
            let shown = lines.last(500);
            texts(&lines.pinned(shown.first())).join(" ")
        };
        add_paid(&mut lines, "new", 20_001, 60);
        assert_eq!(pinned(&mut lines), "one two", "the new one is among the lines");
        lines.recall(&RoomId("a".into()), &["one".into()]);
        let updates = lines.take();
        assert!(matches!(&updates[..], [Update::ChatRecalled { ids }] if ids[..] == [1]), "{updates:?}");
        assert_eq!(pinned(&mut lines), "two");
        lines.forget(&RoomId("a".into()));
        assert_eq!(pinned(&mut lines), "");
    }

    #[test]
    fn what_is_taken_back_before_it_was_shown_is_empty_when_it_is() {
        let mut lines = Lines::default();
        add(&mut lines, "a", 1);
        lines.recall(&RoomId("a".into()), &["a-1".into()]);
        let updates = lines.take();
        assert_eq!(updates.len(), 1, "nobody has to be told");
        let Update::Chat { lines: shown, .. } = &updates[0] else { panic!("{updates:?}") };
        assert!(shown[0].recalled && shown[0].text.is_empty());
    }

    #[test]
    fn an_own_line_has_the_platforms_id_whichever_comes_first() {
        for answered_first in [true, false] {
            let mut lines = Lines::default();
            let room = RoomId("a".into());
            let say = |lines: &mut Lines| {
                let id = lines.took(&room, "own-1".into());
                let event =
                    ChatEvent::new(id.clone(), Timestamp::UNIX_EPOCH, ChatKind::Message, None, "谢谢");
                lines.add(id, ChatLine::of(0, &room, Platform::Qiniu, event), false);
            };
            lines.expect(&room, "谢谢", "own-1");
            if answered_first {
                say(&mut lines);
            }
            let met = lines.meet(&room, "77", "谢谢", true);
            assert!(matches!(met, News::Echo(own) if own == "own-1"));
            if !answered_first {
                say(&mut lines);
            }
            assert_eq!(lines.last(9).len(), 1);
            lines.recall(&room, &["77".into()]);
            assert!(lines.last(9)[0].recalled, "answered first: {answered_first}");
        }
    }

    #[test]
    fn the_overlay_hears_each_line_once_with_its_number_and_what_is_recalled() {
        let mut lines = Lines::default();
        let room = RoomId("a".into());
        add(&mut lines, "a", 1);
        add(&mut lines, "a", 2);
        lines.recall(&room, &["a-2".into()]);
        let (last, mut news) = lines.overlay(20, |_| true);
        assert_eq!(last.iter().map(|l| (l.id, l.text.as_str())).collect::<Vec<_>>(), [(1, "a-1")]);
        add(&mut lines, "a", 3);
        add(&mut lines, "a", 4);
        lines.recall(&room, &["a-4".into()]);
        assert!(news.try_recv().is_err(), "a line without a number isn't told");
        lines.settle();
        lines.recall(&room, &["a-3".into()]);
        let heard: Vec<_> = std::iter::from_fn(|| news.try_recv().ok()).collect();
        let [OverlayEvent::Line(line), OverlayEvent::Recalled(3)] = &heard[..] else { panic!("{heard:?}") };
        assert_eq!((line.id, line.text.as_str()), (3, "a-3"));
        let (none, _) = lines.overlay(20, |_| false);
        assert!(none.is_empty());
    }
}
