//! The relay's readings on their way to the window.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::super::Studio;
use super::super::picture::Picture;
use super::Running;
use super::targets::room_of;
use super::upload::kbps;
use crate::problem::{Failure, Problem};
use crate::relay::{
    RELAY_HISTORY, Relay, RelayReading, RelaySource, RelayTarget, RelayTargetState, RelayTargetView,
    RelayView, SourceReading, TargetFailure, TargetReading, TargetState,
};

/// What is remembered from one reading to the next.
pub(super) struct Course {
    hold: Duration,
    source: RelaySource,
    /// When the encoder was first seen in this broadcast, ms.
    since: Option<i64>,
    targets: BTreeMap<RelayTarget, Past>,
}

#[derive(Default)]
struct Past {
    figures: Vec<u32>,
    /// The failure that lasts, as it was told.
    failure: Option<(TargetFailure, Problem)>,
    /// It takes the stream since, ms.
    publishing: Option<i64>,
}

impl Course {
    pub(super) fn new(hold: Duration) -> Self {
        Self { hold, source: RelaySource::Absent, since: None, targets: BTreeMap::new() }
    }

    fn source(&mut self, reading: SourceReading, now: i64) -> RelaySource {
        self.source = match (reading, self.source) {
            (SourceReading::Absent, _) => {
                self.since = None;
                RelaySource::Absent
            }
            (SourceReading::Publishing, _) => {
                RelaySource::Publishing { since: *self.since.get_or_insert(now) }
            }
            (SourceReading::Held, held @ RelaySource::Held { .. }) => held,
            (SourceReading::Held, _) => {
                let hold = i64::try_from(self.hold.as_millis()).unwrap_or(i64::MAX);
                RelaySource::Held { until: now.saturating_add(hold) }
            }
        };
        self.source
    }

    fn target(
        &mut self,
        reading: &TargetReading,
        now: i64,
        second: bool,
        problem: impl Fn(&TargetFailure) -> Problem,
    ) -> RelayTargetView {
        let past = self.targets.entry(reading.target.clone()).or_default();
        let kbps = kbps(reading.bits_per_second);
        if second {
            if past.figures.len() >= RELAY_HISTORY {
                past.figures.remove(0);
            }
            past.figures.push(kbps);
        }
        if reading.state == TargetState::Publishing {
            past.publishing.get_or_insert(now);
        } else {
            past.publishing = None;
        }
        let ms = |time: Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        RelayTargetView {
            target: reading.target.clone(),
            state: past.state(&reading.state, problem),
            kbps,
            queued_ms: ms(reading.queued),
            delay_ms: ms(reading.delay),
            dropped_frames: reading.dropped_frames,
            reconnects: reading.reconnects,
            figures: past.figures.clone(),
        }
    }
}

impl Past {
    /// The same failure is told once, also when there are tries in between.
    fn state(
        &mut self,
        state: &TargetState,
        problem: impl Fn(&TargetFailure) -> Problem,
    ) -> RelayTargetState {
        let mut told = |failure: &TargetFailure| {
            let known = self.failure.take().filter(|(known, _)| known == failure);
            let (_, problem) =
                self.failure.insert(known.unwrap_or_else(|| (failure.clone(), problem(failure))));
            problem.clone()
        };
        match state {
            TargetState::Retrying(failure) => return RelayTargetState::Retrying { problem: told(failure) },
            TargetState::Stopped(failure) => return RelayTargetState::Stopped { problem: told(failure) },
            TargetState::Connecting => return RelayTargetState::Connecting,
            _ => self.failure = None,
        }
        match state {
            TargetState::Publishing => RelayTargetState::Publishing,
            TargetState::Paused => RelayTargetState::Paused,
            _ => RelayTargetState::Waiting,
        }
    }
}

impl Studio {
    /// Shows how the relay stands; with `second` its figures go on. A relay that was replaced shows nothing.
    pub(super) fn show_relay(&self, relay: &Arc<dyn Relay>, second: bool) {
        let now = self.0.now_ms();
        let mut running = self.0.relay.running();
        let Some(running) = running.as_mut().filter(|r| Arc::ptr_eq(&r.relay, relay)) else { return };
        let mut reading = relay.read();
        in_order(&mut reading, running);
        let measured = {
            let mut line = self.0.relay.line();
            let measured = line.note(&reading, now);
            self.0.change(|p| {
                if let Some(measured_kbps) = measured {
                    let mut kept = p.preferences.clone();
                    kept.relay.measured_kbps = measured_kbps;
                    p.set_preferences(kept);
                }
                let upload = line.upload(&reading, &p.preferences.relay, now);
                let problem =
                    |target: &RelayTarget, failure: &TargetFailure| self.0.problem(told(p, target, failure));
                let course = &mut running.course;
                let source = course.source(reading.source, now);
                let targets: Vec<RelayTargetView> = reading
                    .targets
                    .iter()
                    .map(|t| course.target(t, now, second, |failure| problem(&t.target, failure)))
                    .collect();
                course.targets.retain(|known, _| targets.iter().any(|t| &t.target == known));
                p.relay_facts.publishing = course
                    .targets
                    .iter()
                    .filter_map(|(target, past)| Some((room_of(target)?.clone(), past.publishing?)))
                    .collect();
                p.change_relay(|view| {
                    let (state, server) = (view.state.clone(), view.server.take());
                    *view = RelayView {
                        state,
                        server,
                        source,
                        video: reading.video.take(),
                        audio: reading.audio.take(),
                        kbps: kbps(reading.bits_per_second),
                        refused: reading.refused,
                        targets,
                        upload,
                    };
                });
            });
            measured
        };
        if measured.is_some() {
            self.0.relay.measured.notify_one();
        }
    }
}

/// Only what the relay was given, in the order it was given.
fn in_order(reading: &mut RelayReading, running: &Running) {
    let place = |t: &TargetReading| running.targets.iter().position(|fed| fed.target == t.target);
    reading.targets.retain(|t| place(t).is_some());
    reading.targets.sort_by_key(place);
}

/// A target's failure, where it happened. Its room may be over, and is read at once.
fn told(picture: &Picture, target: &RelayTarget, failure: &TargetFailure) -> Failure {
    let room = room_of(target).and_then(|room| picture.room(room));
    if let Some(room) = room {
        room.poke.notify_one();
    }
    let platform = room.map(|r| r.view.platform);
    let said = Failure::new(failure.code.clone()).said("", failure.words.clone());
    Failure { platform, platform_code: None, ..said }
}
