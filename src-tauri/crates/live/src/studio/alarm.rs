//! Alarms: a room and the encoder disagree, or something on air wants the streamer now.
//!
//! [`judge`] says what is wrong at a moment, and how long that has to last before it is an alarm. [`Watch`]
//! remembers since when, raises, and takes back what has been well for two seconds. A clock that ticks every
//! second, and whatever can't wait for it, have the picture judged.

mod relay;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::encoder::figures::same;
use super::picture::{Picture, RoomEntry};
use super::{Inner, Studio};
use crate::encoder::{Alarm, AlarmKind, EncoderLink, EncoderService};
use crate::history::Source;
use crate::problem::{MESSAGE_CAP, clean_text};
use crate::room::{RoomId, Signal, Status};
use crate::view::RunState;

/// Longest that room and encoder may disagree while one follows the other.
const GRACE: SignedDuration = SignedDuration::from_secs(15);
/// What lasts less is no alarm, and what was well for less still is one.
const STEADY: SignedDuration = SignedDuration::from_secs(2);
/// A key that isn't the room's: *Go live* hands out a new one before it is put into the encoder.
const KEY_GRACE: SignedDuration = SignedDuration::from_secs(5);
/// Too little upload for so long isn't just a burst.
const UPLOAD_GRACE: SignedDuration = SignedDuration::from_secs(10);
/// An address that runs out so soon is told of.
const RUNS_OUT: SignedDuration = SignedDuration::from_mins(30);
/// So many losses of the server within [`LOSS_SPAN`] are a loop.
const LOSSES: usize = 3;
const LOSS_SPAN: SignedDuration = SignedDuration::from_secs(60);
/// Trying again for so long at a stretch is one too.
const LOSS_LONG: SignedDuration = SignedDuration::from_secs(20);
/// The platform's words go so long after they were seen.
const WORDS_SEEN: SignedDuration = SignedDuration::from_secs(60);
/// Seconds after the encoder began to push at which a room that isn't live is read out of its turn.
const ASK_AFTER: [i64; 3] = [2, 7, 13];

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) room: Option<RoomId>,
    pub(crate) kind: AlarmKind,
    /// How long it has to last.
    pub(crate) after: SignedDuration,
}

/// What was found, and since when.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    found: Vec<Found>,
    told: Vec<Told>,
    last_id: u64,
    /// Questions after rooms that a stream goes to: since when it does, and how many were asked.
    asked: BTreeMap<RoomId, (i64, usize)>,
}

#[derive(Debug)]
struct Found {
    finding: Finding,
    since: i64,
    well_since: Option<i64>,
    alarm: Option<u64>,
}

/// What a platform told of a room: an event, not a state.
#[derive(Debug)]
struct Told {
    room: RoomId,
    kind: AlarmKind,
    /// The room was off air since.
    down: bool,
    seen_at: Option<i64>,
}

impl Studio {
    /// Starts the clock that judges, once a second.
    pub(super) fn keep_alarms(&self) {
        let studio = self.clone();
        tokio::spawn(async move {
            loop {
                studio.settle_alarms();
                studio.settle_milestones().await;
                tokio::time::sleep_until(studio.0.next_second()).await;
            }
        });
    }

    /// The platform cut a room's broadcast off.
    pub(super) fn cut_off(&self, room: &RoomId, words: &str) {
        let words = clean_text(words, MESSAGE_CAP);
        self.0.lock().be_told(room, AlarmKind::CutOff { words });
        self.settle_alarms();
    }

    /// The platform warned a room's streamer.
    pub(super) fn warned(&self, room: &RoomId, words: &str) {
        let words = clean_text(words, MESSAGE_CAP);
        self.0.lock().be_told(room, AlarmKind::Warned { words });
        self.settle_alarms();
    }

    /// The streamer has seen an alarm: it stays in its place and makes no more noise.
    pub fn alarm_seen(&self, id: u64) {
        let now = self.0.now_ms();
        self.0.change(|p| p.see_alarm(id, now));
    }

    fn settle_alarms(&self) {
        let now = self.0.clock.now();
        let changed = {
            let mut picture = self.0.lock();
            let before = (picture.alarms.clone(), picture.encoder.room.clone());
            picture.settle_alarms(now);
            for alarm in picture.alarms.iter().filter(|a| before.0.iter().all(|b| b.id != a.id)) {
                self.0.keep_alarm(&picture, alarm, now.as_millisecond());
            }
            for room in picture.next_to_ask(now.as_millisecond()) {
                if let Some(room) = picture.room(&room) {
                    room.poke.notify_one();
                }
            }
            before != (picture.alarms.clone(), picture.encoder.room.clone())
        };
        if changed {
            self.0.changed.notify_one();
        }
    }
}

impl Inner {
    /// Keeps an alarm in the history of its room's broadcast; one of the encoder's own, in those of all rooms on air.
    fn keep_alarm(&self, picture: &Picture, alarm: &Alarm, now: i64) {
        let concerned =
            picture.rooms.iter().filter(|r| alarm.room.as_ref().is_none_or(|room| *room == r.view.id));
        for session in concerned.filter_map(|r| r.session.as_ref()) {
            self.history_of(session.start.sandbox).note_trouble(session, now, Source::Alarm, &alarm.kind);
        }
    }
}

impl Picture {
    fn settle_alarms(&mut self, now: Timestamp) {
        self.settle_encoder_room();
        self.settle_told(now.as_millisecond());
        let found = judge(self, now);
        let mut watch = std::mem::take(&mut self.watch);
        self.change_alarms(|alarms| watch.settle(found, now.as_millisecond(), alarms));
        self.watch = watch;
    }

    fn be_told(&mut self, room: &RoomId, kind: AlarmKind) {
        let own = self.room(room).is_some_and(|r| r.abilities.push);
        if own {
            self.watch.told.retain(|t| !(&t.room == room && alike(&t.kind, &kind)));
            self.watch.told.push(Told { room: room.clone(), kind, down: false, seen_at: None });
        }
    }

    /// Lets go of what a platform told once it is of no use: its room is gone or on air again, a warned
    /// broadcast is over, or it was seen a while ago.
    fn settle_told(&mut self, now: i64) {
        let mut told = std::mem::take(&mut self.watch.told);
        told.retain_mut(|t| {
            let Some(room) = self.room(&t.room) else { return false };
            let up = on_air(room);
            let over = match t.kind {
                AlarmKind::CutOff { .. } => t.down && up,
                _ => t.down,
            };
            t.down |= !up;
            let seen = t.seen_at.is_some_and(|at| SignedDuration::from_millis(now - at) >= WORDS_SEEN);
            !over && !seen
        });
        self.watch.told = told;
    }

    fn see_alarm(&mut self, id: u64, now: i64) {
        self.change_alarms(|alarms| alarms.iter_mut().filter(|a| a.id == id).for_each(|a| a.seen = true));
        let Some(alarm) = self.alarms.iter().find(|a| a.id == id).cloned() else { return };
        for told in &mut self.watch.told {
            if alarm.room.as_ref() == Some(&told.room) && alike(&alarm.kind, &told.kind) {
                told.seen_at.get_or_insert(now);
            }
        }
    }

    /// Rooms that a stream goes to and that should be read out of their turn: what they were before the video came
    /// says nothing.
    fn next_to_ask(&mut self, now: i64) -> Vec<RoomId> {
        let pushed = relay::pushed(self);
        let mut asked = std::mem::take(&mut self.watch.asked);
        asked.retain(|room, (since, _)| pushed.get(room) == Some(since));
        let mut due = Vec::new();
        for (room, since) in pushed {
            let (_, count) = asked.entry(room.clone()).or_insert((since, 0));
            let wait = ASK_AFTER.get(*count).is_some_and(|seconds| now >= since + seconds * 1_000);
            if wait && self.room(&room).is_some_and(|r| !on_air(r)) {
                *count += 1;
                due.push(room);
            }
        }
        self.watch.asked = asked;
        due
    }
}

impl Watch {
    /// Raises what has lasted long enough, and takes back what has been well for long enough.
    fn settle(&mut self, findings: Vec<Finding>, now: i64, alarms: &mut Vec<Alarm>) {
        for known in &mut self.found {
            let stands = findings.iter().find(|f| is_same(f, &known.finding));
            match stands {
                Some(finding) => {
                    known.finding = finding.clone();
                    known.well_since = None;
                }
                None => {
                    known.well_since.get_or_insert(now);
                }
            }
        }
        for finding in findings {
            if !self.found.iter().any(|known| is_same(&known.finding, &finding)) {
                self.found.push(Found { finding, since: now, well_since: None, alarm: None });
            }
        }
        let long = |since: i64, span: SignedDuration| SignedDuration::from_millis(now - since) >= span;
        // What heals before it is an alarm begins anew the next time.
        self.found.retain(|f| f.well_since.is_none_or(|since| f.alarm.is_some() && !long(since, STEADY)));
        for found in &mut self.found {
            if found.alarm.is_none() && long(found.since, found.finding.after) {
                self.last_id += 1;
                found.alarm = Some(self.last_id);
            }
        }
        alarms.retain(|a| self.found.iter().any(|f| f.alarm == Some(a.id)));
        for found in &self.found {
            let Some(id) = found.alarm else { continue };
            let Finding { room, kind, .. } = &found.finding;
            match alarms.iter_mut().find(|a| a.id == id) {
                Some(alarm) => alarm.kind.clone_from(kind),
                None => alarms.push(Alarm {
                    id,
                    kind: kind.clone(),
                    room: room.clone(),
                    since: found.since,
                    seen: false,
                }),
            }
        }
    }
}

/// What is wrong at this moment. A room that is only watched has nothing wrong with it.
pub(crate) fn judge(picture: &Picture, now: Timestamp) -> Vec<Finding> {
    let mut found: Vec<Finding> = picture
        .watch
        .told
        .iter()
        .map(|t| Finding { room: Some(t.room.clone()), kind: t.kind.clone(), after: SignedDuration::ZERO })
        .collect();
    let mut say = |room: Option<&RoomEntry>, kind, after| {
        found.push(Finding { room: room.map(|r| r.view.id.clone()), kind, after });
    };
    let setting_up = sets_up(picture);
    for room in picture.rooms.iter().filter(|r| r.abilities.push) {
        if silent(picture, room, now) && !setting_up {
            say(Some(room), AlarmKind::LiveWithoutVideo, GRACE);
        }
        if pushed_in_vain(picture, room) {
            say(Some(room), AlarmKind::VideoWithoutLive, GRACE);
        }
        if other_key(picture, room) && !setting_up {
            say(Some(room), AlarmKind::OtherKey, KEY_GRACE);
        }
        if let Some(at) = runs_out(room, now) {
            say(Some(room), AlarmKind::AddressRunsOut { at: at.as_millisecond() }, STEADY);
        }
        if lost(picture, room) {
            say(Some(room), AlarmKind::EncoderLost, STEADY);
        }
    }
    if reconnects(picture, now) {
        say(None, AlarmKind::EncoderReconnecting, STEADY);
    }
    if let Some(kind) = relay::upload_short(picture) {
        say(None, kind, UPLOAD_GRACE);
    }
    found
}

/// Viewers can see the room, whether or not there is a picture.
pub(super) fn on_air(room: &RoomEntry) -> bool {
    room.view.status.on_air() == Some(true)
}

/// *Go live* is about to set and start the encoder, or somebody does so by hand.
fn sets_up(picture: &Picture) -> bool {
    let part = picture.run.as_ref().and_then(|r| r.encoder.as_ref());
    picture.encoder.busy.is_some() || part.is_some_and(|part| part.state == RunState::Working)
}

fn connected(picture: &Picture) -> bool {
    picture.encoder.link == EncoderLink::Connected
}

/// On air, and nobody sends. Where neither ingest nor encoder nor relay can tell, nothing is said.
fn silent(picture: &Picture, room: &RoomEntry, now: Timestamp) -> bool {
    if !on_air(room) || matches!(room.view.signal, Signal::Arriving { .. }) {
        return false;
    }
    if let Some(arrives) = relay::arrives(picture, room) {
        return !arrives;
    }
    let told_off = room.view.signal == Signal::None || room.view.status == Status::AnchorAway;
    let facts = &picture.encoder_facts;
    if !connected(picture) {
        return told_off;
    }
    if picture.encoder.room.as_ref() == Some(&room.view.id) {
        return !facts.pushing(now.as_millisecond());
    }
    told_off || !picture.encoder.streaming
}

/// A stream goes there, and viewers see nothing of it. Told by a reading since, not by one before.
fn pushed_in_vain(picture: &Picture, room: &RoomEntry) -> bool {
    let since = relay::pushed(picture).get(&room.view.id).copied();
    since.is_some_and(|since| !on_air(room) && room.view.read_at.is_some_and(|at| at > since))
}

/// The encoder is set to another key than the room's, and the room is on air or waits for its push.
fn other_key(picture: &Picture, room: &RoomEntry) -> bool {
    let facts = &picture.encoder_facts;
    let (Some(push), Some(service)) = (&room.push, &facts.service) else { return false };
    let through = picture.encoder.relay && relay::arrives(picture, room).is_some();
    if !connected(picture) || picture.encoder.room.is_some() || through {
        return false;
    }
    if matches!(room.view.signal, Signal::Arriving { .. }) {
        return false; // somebody else sends
    }
    let streaming = picture.encoder.streaming;
    let meant = facts.meant.as_ref() == Some(&room.view.id);
    match service {
        EncoderService::Custom(set) if same(set, push) => false,
        // A former key of the same place: it was copied there, and the room has another one by now.
        EncoderService::Custom(set) if set.server == push.server => {
            streaming && on_air(room) || meant && (on_air(room) || streaming && !room.abilities.start)
        }
        _ => meant && (on_air(room) || streaming && !room.abilities.start),
    }
}

fn runs_out(room: &RoomEntry, now: Timestamp) -> Option<Timestamp> {
    let at = room.push.as_ref()?.expires_at()?;
    (on_air(room) && at.duration_since(now) <= RUNS_OUT).then_some(at)
}

fn lost(picture: &Picture, room: &RoomEntry) -> bool {
    let fed = relay::arrives(picture, room) == Some(true);
    picture.encoder_facts.lost.as_ref() == Some(&room.view.id) && on_air(room) && !fed
}

fn reconnects(picture: &Picture, now: Timestamp) -> bool {
    let facts = &picture.encoder_facts;
    let age = |at: i64| SignedDuration::from_millis(now.as_millisecond() - at);
    let lately = facts.losses.iter().filter(|at| age(**at) <= LOSS_SPAN).count();
    picture.encoder.streaming
        && (lately >= LOSSES || facts.reconnecting_since.is_some_and(|at| age(at) >= LOSS_LONG))
}

fn is_same(a: &Finding, b: &Finding) -> bool {
    a.room == b.room && alike(&a.kind, &b.kind)
}

fn alike(a: &AlarmKind, b: &AlarmKind) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

#[cfg(test)]
mod tests;
