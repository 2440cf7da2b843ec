//! What arrives at a door, counted.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The window over which the bit rate is taken.
const WINDOW: Duration = Duration::from_secs(5);
/// The grain of the window.
const GRAIN: Duration = Duration::from_millis(250);

/// What arrived at one push address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meter {
    /// Somebody publishes now.
    pub publishing: bool,
    /// Bytes of sound and picture, over all pushes so far.
    pub bytes: u64,
    /// Video messages so far.
    pub video_messages: u64,
    /// Audio messages so far.
    pub audio_messages: u64,
    /// Bit rate of the last five seconds, in kbit/s; 0 when nobody publishes.
    pub kbps: u64,
    /// Picture width in pixels, once told.
    pub width: Option<u32>,
    /// Picture height in pixels, once told.
    pub height: Option<u32>,
    /// `H264`, `HEVC`, …, once video arrived.
    pub video_codec: Option<&'static str>,
    /// Pushes let in so far.
    pub pushes: u64,
    /// The file of the latest push, where [`crate::Config::recordings`] asks for one. It is whole once nobody publishes.
    pub recording: Option<PathBuf>,
}

/// The counters behind a [`Meter`].
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    meter: Meter,
    begun: Option<Instant>,
    /// Bytes in grains of time, at most `WINDOW / GRAIN` + 1.
    recent: VecDeque<(Instant, u64)>,
}

impl Arrivals {
    pub(super) fn begin(&mut self, now: Instant, recording: Option<&Path>) {
        self.begun = Some(now);
        self.meter.recording = recording.map(Path::to_owned);
        self.recent.clear();
        self.meter.pushes += 1;
        (self.meter.width, self.meter.height, self.meter.video_codec) = (None, None, None);
    }

    pub(super) fn any(&self) -> bool {
        self.meter.pushes > 0
    }

    pub(super) fn video(&mut self, now: Instant, data: &[u8]) {
        self.meter.video_messages += 1;
        if let Some(codec) = codec(data) {
            self.meter.video_codec = Some(codec);
        }
        self.bytes(now, data.len());
    }

    pub(super) fn audio(&mut self, now: Instant, data: &[u8]) {
        self.meter.audio_messages += 1;
        self.bytes(now, data.len());
    }

    pub(super) fn picture(&mut self, width: Option<u32>, height: Option<u32>) {
        (self.meter.width, self.meter.height) = (width, height);
    }

    fn bytes(&mut self, now: Instant, length: usize) {
        let length = length as u64;
        self.meter.bytes += length;
        match self.recent.back_mut() {
            Some((since, bytes)) if now.duration_since(*since) < GRAIN => *bytes += length,
            _ => self.recent.push_back((now, length)),
        }
        while self.recent.front().is_some_and(|(since, _)| now.duration_since(*since) > WINDOW) {
            self.recent.pop_front();
        }
    }

    pub(super) fn meter(&self, now: Instant, publishing: bool) -> Meter {
        let lasted = self.begun.map_or(WINDOW, |begun| now.duration_since(begun)).min(WINDOW);
        let recent = self.recent.iter().filter(|(since, _)| now.duration_since(*since) <= WINDOW);
        let bits = recent.map(|(_, bytes)| bytes * 8).sum::<u64>();
        let ms = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX).max(1000);
        Meter { publishing, kbps: if publishing { bits / ms } else { 0 }, ..self.meter.clone() }
    }
}

/// The codec of an FLV video tag, plain or enhanced.
fn codec(data: &[u8]) -> Option<&'static str> {
    let first = *data.first()?;
    if first & 0x80 != 0 {
        return match data.get(1..5)? {
            b"avc1" => Some("H264"),
            b"hvc1" => Some("HEVC"),
            b"av01" => Some("AV1"),
            _ => Some("other"),
        };
    }
    match first & 0x0f {
        7 => Some("H264"),
        12 => Some("HEVC"),
        _ => Some("other"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_of_the_last_seconds() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut arrivals = Arrivals::default();
        arrivals.begin(start, None);
        // 1,000 bytes every 100 ms are 80 kbit/s.
        for tick in 1..=100 {
            arrivals.video(at(tick * 100), &[0x17; 1000]);
        }
        let meter = arrivals.meter(at(10_000), true);
        assert_eq!((meter.bytes, meter.video_messages, meter.video_codec), (100_000, 100, Some("H264")));
        assert!((75..=90).contains(&meter.kbps), "{}", meter.kbps);
        assert_eq!(arrivals.meter(at(20_000), true).kbps, 0, "silence");
        assert_eq!(arrivals.meter(at(10_000), false).kbps, 0, "nobody there");
        assert!(arrivals.recent.len() <= 21);
    }

    #[test]
    fn codecs_plain_and_enhanced() {
        assert_eq!(codec(&[0x27, 1]), Some("H264"));
        assert_eq!(codec(b"\x90hvc1"), Some("HEVC"));
        assert_eq!(codec(b"\x90av01"), Some("AV1"));
        assert_eq!(codec(&[0x90]), None);
        assert_eq!(codec(&[]), None);
    }
}
