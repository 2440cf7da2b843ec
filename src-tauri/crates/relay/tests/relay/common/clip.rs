//! What an encoder sends.

use std::collections::VecDeque;
use std::path::Path;
use std::process::Command;

use bytes::Bytes;

pub const AUDIO: u8 = 8;
pub const VIDEO: u8 = 9;

/// One message, as in an FLV file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub kind: u8,
    pub time: u32,
    pub body: Bytes,
}

impl Tag {
    pub fn is_setup(&self) -> bool {
        let first = self.body[0];
        match self.kind {
            VIDEO if first & 0x80 != 0 => first.is_multiple_of(16),
            VIDEO => self.body[1] == 0,
            _ if first >> 4 == 9 => first.is_multiple_of(16),
            _ => first >> 4 == 10 && self.body[1] == 0,
        }
    }

    pub fn is_key(&self) -> bool {
        self.kind == VIDEO && !self.is_setup() && (self.body[0] >> 4) & 7 == 1
    }

    pub fn is_picture(&self) -> bool {
        self.kind == VIDEO && !self.is_setup()
    }
}

/// Sound and picture for a while.
#[derive(Debug, Clone)]
pub struct Clip(pub Vec<Tag>);

/// How a clip is made: 25 pictures a second.
#[derive(Debug, Clone, Copy)]
pub struct Make {
    pub seconds: u32,
    pub kbps: u32,
    /// Pictures from key frame to key frame.
    pub group: u32,
    /// By `FourCC`, as enhanced RTMP has it.
    pub enhanced: bool,
}

impl Default for Make {
    fn default() -> Self {
        Self { seconds: 3, kbps: 2000, group: 10, enhanced: false }
    }
}

impl Clip {
    /// Of chance, but with the first bytes that codecs have.
    pub fn made(make: Make) -> Self {
        let mut random = fastrand::Rng::with_seed(7);
        let mut body = |head: &[u8], length: u32| {
            head.iter().copied().chain((0..length).map(|_| random.u8(..))).collect::<Bytes>()
        };
        let heads: [&[u8]; 5] = if make.enhanced {
            [b"\x90hvc1", b"\x90Opus", b"\x91hvc1\0\0\0", b"\xa1hvc1\0\0\0", b"\x91Opus"]
        } else {
            [b"\x17\0\0\0\0", b"\xaf\0", b"\x17\x01\0\0\0", b"\x27\x01\0\0\0", b"\xaf\x01"]
        };
        let mut tags = vec![
            Tag { kind: VIDEO, time: 0, body: body(heads[0], 40) },
            Tag { kind: AUDIO, time: 0, body: body(heads[1], 2) },
        ];
        // A key frame is as large as three other pictures.
        let unit = make.kbps * 125 / 25 * make.group / (make.group + 2);
        for picture in 0..make.seconds * 25 {
            let key = picture % make.group == 0;
            let (head, length) = if key { (heads[2], unit * 3) } else { (heads[3], unit) };
            tags.push(Tag { kind: VIDEO, time: picture * 40, body: body(head, length) });
            for sound in 0..2 {
                tags.push(Tag { kind: AUDIO, time: picture * 40 + sound * 20, body: body(heads[4], 180) });
            }
        }
        Self(tags)
    }

    /// The tags of an FLV file, without its metadata.
    pub fn read(path: &Path) -> Self {
        let file = Bytes::from(std::fs::read(path).unwrap());
        let be = |at: usize, count: usize| {
            file[at..at + count].iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte))
        };
        let (mut at, mut tags) = (13, Vec::new());
        while at + 11 <= file.len() {
            let (kind, length) = (file[at], be(at + 1, 3) as usize);
            let time = be(at + 4, 3) | u32::from(file[at + 7]) << 24;
            if kind == AUDIO || kind == VIDEO {
                tags.push(Tag { kind, time, body: file.slice(at + 11..at + 11 + length) });
            }
            at += 11 + length + 4;
        }
        Self(tags)
    }

    /// Sound and picture by ffmpeg, as an FLV file.
    pub fn encode(path: &Path, seconds: u32, kbps: u32) {
        let rate = format!("{kbps}k");
        let video = format!("testsrc2=size=1280x720:rate=30:duration={seconds}");
        let sound = format!("sine=frequency=440:sample_rate=48000:duration={seconds}");
        let done = Command::new("ffmpeg")
            .args(["-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i", &video])
            .args(["-f", "lavfi", "-i", &sound, "-c:v", "libx264", "-preset", "ultrafast"])
            .args(["-x264-params", "nal-hrd=cbr:force-cfr=1", "-b:v", &rate, "-minrate", &rate])
            .args(["-maxrate", &rate, "-bufsize", &rate, "-g", "60", "-keyint_min", "60", "-bf", "2"])
            .args(["-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", "-f", "flv"])
            .arg(path)
            .status()
            .expect("ffmpeg");
        assert!(done.success(), "ffmpeg made no clip");
    }

    /// Kind and body of each, which is what must arrive.
    pub fn bodies(&self) -> Vec<(u8, Bytes)> {
        self.0.iter().map(|tag| (tag.kind, tag.body.clone())).collect()
    }
}

/// Fails unless `arrived` is the source but for whole groups of pictures: each gap ends with a key frame.
/// Setups may come again at any place. Returns how many pictures are missing.
pub fn missing(source: &[Tag], arrived: &[Tag]) -> usize {
    let mut rest: VecDeque<&Tag> = source.iter().filter(|tag| !tag.is_setup()).collect();
    let mut missing = 0;
    for tag in arrived.iter().filter(|tag| !tag.is_setup()) {
        let mut skipped = 0;
        loop {
            let next = rest.pop_front().expect("what arrives is the source's, in its order");
            if next.kind == tag.kind && next.body == tag.body {
                break;
            }
            skipped += 1;
            missing += usize::from(next.is_picture());
        }
        assert!(skipped == 0 || tag.is_key(), "after a gap of {skipped} it begins at a key frame");
    }
    missing + rest.iter().filter(|tag| tag.is_picture()).count()
}

/// Fails unless the times of each kind go on and on.
pub fn times_never_go_back(arrived: &[Tag]) {
    for kind in [AUDIO, VIDEO] {
        let times: Vec<u32> = arrived.iter().filter(|tag| tag.kind == kind).map(|tag| tag.time).collect();
        assert!(times.is_sorted(), "times of kind {kind} go back: {times:?}");
    }
}
