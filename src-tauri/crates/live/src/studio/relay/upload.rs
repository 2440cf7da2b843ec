//! What the relay takes of the line upwards, and what the line gives.

use std::time::Duration;

use crate::relay::{RelayReading, RelaySettings, RelayUpload, TargetReading, TargetState, UploadBudget};

/// A target with more than this waiting falls behind.
const BEHIND: Duration = Duration::from_secs(1);
/// The line is full when all targets fall behind for so long, ms.
const FULL_MS: i64 = 3_000;

/// What was seen of the line.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The most that went out without a picture left out, kbit/s.
    peak: u32,
    dropped: u64,
    full: Option<Full>,
}

/// All targets fall behind.
#[derive(Debug)]
struct Full {
    /// ms.
    since: i64,
    /// Sum and count of what went out meanwhile, kbit/s.
    seen: (u64, u64),
    measured: bool,
}

impl Line {
    /// Takes in a reading; answers what the line gives, in kbit/s, when that was measured just now.
    pub(super) fn note(&mut self, reading: &RelayReading, now: i64) -> Option<u32> {
        let out = kbps(reading.targets.iter().map(|t| t.bits_per_second).sum());
        let dropped = reading.targets.iter().map(|t| t.dropped_frames).sum();
        let more_dropped = dropped > std::mem::replace(&mut self.dropped, dropped);
        if !all_behind(&reading.targets) {
            self.full = None;
            if !more_dropped {
                self.peak = self.peak.max(out);
            }
            return None;
        }
        let full = self.full.get_or_insert(Full { since: now, seen: (0, 0), measured: false });
        full.seen = (full.seen.0 + u64::from(out), full.seen.1 + 1);
        if full.measured || now - full.since < FULL_MS {
            return None;
        }
        full.measured = true;
        let measured = u32::try_from(full.seen.0 / full.seen.1).ok();
        // What it gave before counts no more.
        self.peak = self.peak.min(measured.unwrap_or(self.peak));
        measured
    }

    /// What is needed of it, at this moment.
    pub(super) fn upload(&self, reading: &RelayReading, settings: &RelaySettings, now: i64) -> RelayUpload {
        let wanting = u32::try_from(reading.targets.iter().filter(|t| wants(t)).count()).unwrap_or(u32::MAX);
        let needed = kbps(reading.bits_per_second).saturating_mul(wanting);
        let budget = match (settings.upload_kbps, settings.measured_kbps, self.peak) {
            (kbps @ 1.., ..) => UploadBudget::Told { kbps },
            // More went out since: the line is another one by now.
            (_, kbps @ 1.., peak) if peak <= kbps => UploadBudget::Measured { kbps },
            (.., kbps @ 1..) => UploadBudget::AtLeast { kbps },
            _ => UploadBudget::Unknown,
        };
        let full = self.full.as_ref().is_some_and(|full| now - full.since >= FULL_MS);
        let over = budget.limit().is_some_and(|kbps| u64::from(needed) * 10 > u64::from(kbps) * 9);
        RelayUpload {
            now_kbps: kbps(reading.targets.iter().map(|t| t.bits_per_second).sum()),
            needed_kbps: needed,
            budget,
            short: full || over,
        }
    }
}

impl UploadBudget {
    /// The most that the line takes, where that is known.
    pub(crate) fn limit(self) -> Option<u32> {
        match self {
            Self::Told { kbps } | Self::Measured { kbps } => Some(kbps),
            Self::AtLeast { .. } | Self::Unknown => None,
        }
    }
}

/// Two targets or all of them: one alone may be slow by itself. One that takes nothing at all is stuck.
fn all_behind(targets: &[TargetReading]) -> bool {
    let publishing = targets.iter().filter(|t| t.state == TargetState::Publishing);
    let behind = |t: &TargetReading| t.queued > BEHIND && t.bits_per_second > 0;
    let (count, all) = publishing.fold((0, true), |(count, all), target| (count + 1, all && behind(target)));
    all && (count >= 2 || (count == 1 && targets.iter().filter(|t| wants(t)).count() == 1))
}

/// Would it take the stream?
fn wants(target: &TargetReading) -> bool {
    !matches!(target.state, TargetState::Paused | TargetState::Stopped(_))
}

pub(super) fn kbps(bits: u64) -> u32 {
    u32::try_from(bits / 1000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::RelayTarget;

    fn target(id: &str, queued: u64, kbps: u64) -> TargetReading {
        TargetReading {
            target: RelayTarget::Custom { id: id.into() },
            state: TargetState::Publishing,
            bits_per_second: kbps * 1000,
            queued: Duration::from_millis(queued),
            dropped_frames: 0,
            reconnects: 0,
            delay: Duration::ZERO,
        }
    }

    fn reading(targets: Vec<TargetReading>) -> RelayReading {
        RelayReading { bits_per_second: 6_000_000, targets, ..RelayReading::default() }
    }

    #[test]
    fn a_line_is_measured_when_every_target_falls_behind_for_three_seconds() {
        let (mut line, settings) = (Line::default(), RelaySettings::default());
        let behind = reading(vec![target("a", 1_500, 4_000), target("b", 2_000, 3_000)]);
        assert_eq!(line.note(&behind, 0), None);
        assert!(!line.upload(&behind, &settings, 2_999).short);
        assert_eq!(line.note(&behind, 3_000), Some(7_000));
        assert_eq!(line.note(&behind, 4_000), None, "once a stretch");
        assert!(line.upload(&behind, &settings, 3_000).short);
        let one = reading(vec![target("a", 1_500, 4_000), target("b", 10, 6_000)]);
        line.note(&one, 5_000);
        assert!(!line.upload(&one, &settings, 9_000).short, "the other target is well");
        let stuck = reading(vec![target("a", 9_000, 0)]);
        assert_eq!(
            (line.note(&stuck, 10_000), line.note(&stuck, 14_000)),
            (None, None),
            "not the line's fault"
        );
    }

    #[test]
    fn what_the_streamer_says_counts_before_what_was_seen() {
        let mut line = Line::default();
        let well = reading(vec![target("a", 10, 6_000), target("b", 10, 6_000)]);
        line.note(&well, 0);
        let upload = |told, measured| {
            let settings =
                RelaySettings { upload_kbps: told, measured_kbps: measured, ..RelaySettings::default() };
            let upload = line.upload(&well, &settings, 0);
            assert_eq!((upload.now_kbps, upload.needed_kbps), (12_000, 12_000));
            (upload.budget, upload.short)
        };
        assert_eq!(upload(0, 0), (UploadBudget::AtLeast { kbps: 12_000 }, false));
        assert_eq!(upload(0, 13_000), (UploadBudget::Measured { kbps: 13_000 }, true), "over nine tenths");
        assert_eq!(upload(13_334, 13_000), (UploadBudget::Told { kbps: 13_334 }, false));
        assert_eq!(
            upload(0, 11_000),
            (UploadBudget::AtLeast { kbps: 12_000 }, false),
            "it gives more by now"
        );
        let mut paused = well.clone();
        paused.targets[1].state = TargetState::Paused;
        assert_eq!(line.upload(&paused, &RelaySettings::default(), 0).needed_kbps, 6_000);
        let mut dropping = reading(vec![target("a", 10, 90_000)]);
        dropping.targets[0].dropped_frames = 1;
        line.note(&dropping, 1);
        let budget = line.upload(&well, &RelaySettings::default(), 1).budget;
        assert_eq!(budget, UploadBudget::AtLeast { kbps: 12_000 }, "that was too much");
    }
}
