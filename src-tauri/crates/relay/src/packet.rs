//! What is handed from the ingest to every target: one copy, counted references.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::flv::{self, Codec, Role};
use crate::wire::frame::Framed;
use crate::wire::{Message, kind};

/// Setups that are kept: one a track and sort.
const SETUPS: usize = 16;
/// A step of the encoder's clock beyond this, in milliseconds, is a jump of the clock and not a pause.
const JUMP: u32 = 10_000;

/// One message of the source.
#[derive(Debug)]
pub(crate) struct Packet {
    pub(crate) framed: Framed,
    /// Its number in the broadcast; none is left out.
    pub(crate) number: u64,
    /// Milliseconds on the broadcast's own time, which never goes back within a kind.
    pub(crate) time: u64,
    pub(crate) arrived: Instant,
    /// A viewer can begin here.
    pub(crate) start: bool,
    /// What a reader must have seen before it.
    pub(crate) setups: Arc<Setups>,
}

impl Packet {
    pub(crate) fn is_picture(&self) -> bool {
        self.framed.kind == kind::VIDEO
    }

    /// Bytes it holds.
    pub(crate) fn size(&self) -> usize {
        self.framed.bytes.len()
    }
}

/// Metadata and codec headers that are in force, in the order in which they are sent.
#[derive(Debug, Default, Clone)]
pub(crate) struct Setups(Vec<Setup>);

/// One of them. The number tells it from the one that it replaced, even if both are alike.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    kind: u8,
    slot: u16,
    pub(crate) number: u64,
    pub(crate) framed: Framed,
}

impl Setups {
    fn put(&mut self, setup: Setup) {
        let of = |s: &Setup| (s.kind, s.slot);
        let full = self.0.len() >= SETUPS; // of sorts that nobody sends
        match self.0.iter_mut().find(|old| of(old) == of(&setup)) {
            Some(old) => *old = setup,
            None if full => {}
            None => self.0.push(setup),
        }
        // Metadata first, then picture, then sound.
        self.0.sort_by_key(|setup| std::cmp::Reverse((setup.kind, std::cmp::Reverse(setup.slot))));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Setup> {
        self.0.iter()
    }

    /// The largest number among them.
    pub(crate) fn newest(&self) -> u64 {
        self.0.iter().map(|setup| setup.number).max().unwrap_or(0)
    }
}

/// Makes packets of messages, over all pushes of one broadcast.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    setups: Arc<Setups>,
    number: u64,
    clock: Timeline,
    /// Pictures were seen, so sound alone is no place to begin.
    pictures: bool,
    pub(crate) video: Option<Codec>,
    pub(crate) audio: Option<Codec>,
    /// `FourCC`s that came as such.
    pub(crate) enhanced: Vec<Codec>,
}

impl Cutter {
    /// A push begins: its times are joined to what was before, its headers replace what was before.
    pub(crate) fn push_begins(&mut self) {
        self.setups = Arc::default();
        self.clock.begins = true;
        (self.pictures, self.video, self.audio) = (false, None, None);
        self.enhanced.clear();
    }

    /// `None` for what is kept as a setup, and for nothing.
    pub(crate) fn cut(&mut self, message: Message, now: Instant) -> Option<Arc<Packet>> {
        if message.body.is_empty() {
            return None;
        }
        let role = match message.kind {
            kind::VIDEO => {
                let tag = flv::video(&message.body);
                self.pictures = true;
                note(&mut self.video, &mut self.enhanced, tag);
                tag.role
            }
            kind::AUDIO => {
                let tag = flv::audio(&message.body);
                note(&mut self.audio, &mut self.enhanced, tag);
                if tag.role == Role::Plain && !self.pictures { Role::Key } else { tag.role }
            }
            _ if is_metadata(&message.body) => Role::Setup { slot: 0 },
            _ => Role::Plain,
        };
        self.number += 1;
        let framed = Framed::new(message.kind, message.body);
        if let Role::Setup { slot } = role {
            let setup = Setup { kind: message.kind, slot, number: self.number, framed };
            Arc::make_mut(&mut self.setups).put(setup);
            return None;
        }
        Some(Arc::new(Packet {
            time: self.clock.time(message.kind, message.timestamp, now),
            number: self.number,
            arrived: now,
            start: role == Role::Key,
            setups: self.setups.clone(),
            framed,
        }))
    }
}

fn note(codec: &mut Option<Codec>, enhanced: &mut Vec<Codec>, tag: flv::Tag) {
    const FOUR_CCS: usize = 8;
    let Some(found) = tag.codec else { return };
    *codec = Some(found);
    if tag.enhanced && !enhanced.contains(&found) && enhanced.len() < FOUR_CCS {
        enhanced.push(found);
    }
}

/// `@setDataFrame` or `onMetaData`, as AMF0 or after the byte that AMF3 puts before it.
fn is_metadata(body: &[u8]) -> bool {
    let body = body.strip_prefix(&[0]).unwrap_or(body);
    body.starts_with(b"\x02\x00\x0d@setDataFrame") || body.starts_with(b"\x02\x00\x0aonMetaData")
}

/// Joins the encoder's times into one that never goes back.
#[derive(Debug, Default)]
struct Timeline {
    /// The next message is the first of its push.
    begins: bool,
    /// The last time of the encoder, and what it became.
    raw: u32,
    time: i64,
    seen: Option<Instant>,
    /// The last times that were told, by kind: sound, picture, the rest.
    told: [u64; 3],
}

impl Timeline {
    fn time(&mut self, kind: u8, raw: u32, now: Instant) -> u64 {
        let away = self.seen.map(|seen| now.duration_since(seen)).unwrap_or_default();
        let away = i64::try_from(away.as_millis()).unwrap_or(i64::MAX);
        let step = raw.wrapping_sub(self.raw).cast_signed();
        self.time = match self.seen {
            None => i64::from(raw),
            // The gap is as long as it was, whatever the encoder's clock says now.
            Some(_) if self.begins || step.unsigned_abs() > JUMP => self.time.saturating_add(away.max(1)),
            Some(_) => self.time + i64::from(step),
        };
        (self.begins, self.raw, self.seen) = (false, raw, Some(now));
        let told = &mut self.told[match kind {
            kind::AUDIO => 0,
            kind::VIDEO => 1,
            _ => 2,
        }];
        *told = (*told).max(u64::try_from(self.time).unwrap_or(0));
        *told
    }
}

/// Between two times of the broadcast.
pub(crate) fn between(first: u64, last: u64) -> Duration {
    Duration::from_millis(last.saturating_sub(first))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn message(kind: u8, timestamp: u32, body: &'static [u8]) -> Message {
        Message { kind, timestamp, stream: 1, body: Bytes::from_static(body) }
    }

    #[test]
    fn times_go_on_after_a_gap_and_a_jump() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut line = Timeline { begins: true, ..Timeline::default() };
        assert_eq!(line.time(kind::VIDEO, 40, at(0)), 40);
        assert_eq!(line.time(kind::AUDIO, 23, at(1)), 23, "sound may be a little before the picture");
        assert_eq!(line.time(kind::VIDEO, 80, at(40)), 80);
        assert_eq!(line.time(kind::VIDEO, 70, at(41)), 80, "never back");
        line.begins = true;
        assert_eq!(line.time(kind::VIDEO, 0, at(5_041)), 5_070);
        assert_eq!(line.time(kind::VIDEO, 40, at(5_081)), 5_110);
        assert_eq!(line.time(kind::VIDEO, 3_000_000_000, at(5_121)), 5_150, "a clock that jumps");
        assert_eq!(line.time(kind::VIDEO, 3_000_000_040, at(5_161)), 5_190);
        assert_eq!(line.time(kind::AUDIO, 3_000_000_020, at(5_161)), 5_170);
    }

    #[test]
    fn setups_are_kept_and_all_else_is_cut() {
        let (mut cutter, now) = (Cutter::default(), Instant::now());
        cutter.push_begins();
        let mut cut = |kind, body| cutter.cut(message(kind, 0, body), now);
        assert!(cut(kind::AUDIO, b"\xaf\x00\x12").is_none());
        assert!(cut(kind::VIDEO, b"\x17\x00first").is_none());
        assert!(cut(kind::DATA, b"\x02\x00\x0d@setDataFrame").is_none());
        assert!(cut(kind::VIDEO, b"").is_none());
        let first = cut(kind::VIDEO, b"\x17\x01").unwrap();
        assert!(first.start);
        assert!(cut(kind::VIDEO, b"\x17\x00second").is_none());
        let second = cut(kind::AUDIO, b"\xaf\x01").unwrap();
        assert!(!second.start, "sound is no start where there are pictures");
        let sent = |packet: &Packet| -> Vec<(u8, u64)> {
            packet.setups.iter().map(|setup| (setup.kind, setup.number)).collect()
        };
        assert_eq!(sent(&first), [(kind::DATA, 3), (kind::VIDEO, 2), (kind::AUDIO, 1)]);
        assert_eq!(sent(&second), [(kind::DATA, 3), (kind::VIDEO, 5), (kind::AUDIO, 1)]);
        assert_eq!((first.number, second.number), (4, 6));
        assert_eq!(cutter.video, Some(flv::video(b"\x17\x01").codec.unwrap()));
    }

    #[test]
    fn sound_alone_can_begin_anywhere() {
        let mut cutter = Cutter::default();
        cutter.push_begins();
        assert!(cutter.cut(message(kind::AUDIO, 0, b"\xaf\x01"), Instant::now()).unwrap().start);
    }
}
