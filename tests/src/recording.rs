//! What an encoder sent and what a server got, as FLV files: compared packet by packet.

use std::collections::HashSet;
use std::ops::Range;
use std::path::Path;

use tokio::process::Command;

/// Milliseconds of one picture, at thirty a second.
const FRAME: i64 = 33;

/// A picture or a piece of sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packet {
    /// Milliseconds at which it is decoded.
    pub time: i64,
    /// As the codec made it, behind the container's own bytes.
    pub data: Vec<u8>,
    /// Milliseconds from then until it is shown; 0 for sound.
    pub delay: i32,
    /// Nothing before it is needed to decode it.
    pub key: bool,
}

impl Packet {
    /// The same, whenever it came.
    fn is(&self, other: &Self) -> bool {
        (&self.data, self.delay, self.key) == (&other.data, other.delay, other.key)
    }
}

/// The packets of a file with H.264 and AAC, in its order.
#[derive(Debug, Default)]
pub struct Recording {
    /// Pictures.
    pub video: Vec<Packet>,
    /// Pieces of sound.
    pub audio: Vec<Packet>,
    /// The different headers of the codecs: what `video` and `audio` can't be decoded without.
    pub headers: [Vec<Vec<u8>>; 2],
}

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

impl Recording {
    /// Reads a file, which may be growing.
    pub fn read(path: &Path) -> Self {
        const NO_TAG: usize = 13;
        const HEAD: usize = 11;
        let (file, mut read) = (std::fs::read(path).unwrap(), Self::default());
        let mut rest = file.get(NO_TAG..).unwrap_or_default();
        while let Some(head) = rest.get(..HEAD) {
            let length = number(&head[1..4]) as usize;
            let Some(body) = rest.get(HEAD..HEAD + length) else { break };
            let time = i64::from(number(&[&head[7..8], &head[4..7]].concat()));
            read.take(head[0], time, body);
            rest = rest.get(HEAD + length + 4..).unwrap_or_default();
        }
        read
    }

    fn take(&mut self, kind: u8, time: i64, body: &[u8]) {
        const AUDIO: u8 = 8;
        const VIDEO: u8 = 9;
        let (header, packet) = match (kind, body) {
            (VIDEO, [first, what, delay @ ..]) => {
                assert_eq!(first & 0x8f, 7, "H.264");
                let (delay, data) = delay.split_at(3);
                // Of 24 bits with a sign.
                let delay = i32::try_from(number(delay)).unwrap() << 8 >> 8;
                let packet = Packet { time, data: data.to_vec(), delay, key: first >> 4 == 1 };
                // What is neither 0 nor 1 says that the stream is over.
                (*what == 0, if *what < 2 { packet } else { return })
            }
            (AUDIO, [first, what, data @ ..]) => {
                assert_eq!(first >> 4, 10, "AAC");
                (*what == 0, Packet { time, data: data.to_vec(), delay: 0, key: true })
            }
            _ => return,
        };
        let packets = if kind == VIDEO { &mut self.video } else { &mut self.audio };
        let headers = &mut self.headers[usize::from(kind == AUDIO)];
        if !header {
            packets.push(packet);
        } else if !headers.contains(&packet.data) {
            headers.push(packet.data);
        }
    }

    /// Bytes of packets and headers, a header counted once, each with what FLV sets around it: what OBS counts as sent.
    pub fn bytes(&self) -> u64 {
        const AROUND: [usize; 2] = [11 + 5 + 4, 11 + 2 + 4];
        let packets =
            [&self.video, &self.audio].map(|packets| packets.iter().map(|packet| packet.data.len()));
        let lengths =
            packets.into_iter().zip(&self.headers).zip(AROUND).flat_map(|((packets, headers), around)| {
                packets.chain(headers.iter().map(Vec::len)).map(move |length| length + around)
            });
        lengths.sum::<usize>() as u64
    }

    /// Fails unless all of this is what `source` has from some packet on: pictures and sounds, none missing or
    /// changed, none besides, shown as far apart. Returns the places of its first and behind its last picture and
    /// sound there.
    pub fn is_a_run_of(&self, source: &Self) -> [Range<usize>; 2] {
        assert_eq!(self.headers, source.headers, "the same headers");
        let runs = [run("picture", &self.video, &source.video), run("sound", &self.audio, &source.audio)];
        let behind =
            |[ours, theirs]: [&[Packet]; 2], run: &Range<usize>| ours[0].time - theirs[run.start].time;
        let apart =
            behind([&self.video, &source.video], &runs[0]) - behind([&self.audio, &source.audio], &runs[1]);
        // OBS counts times anew for each output, from the first picture and the first sound.
        assert!(apart.abs() <= FRAME, "sound and picture are {apart} ms further apart than they were");
        runs
    }
}

fn run(kind: &str, ours: &[Packet], theirs: &[Packet]) -> Range<usize> {
    let first = ours.first().unwrap_or_else(|| panic!("no {kind} arrived"));
    let start = theirs.iter().position(|packet| packet.is(first));
    let start = start.unwrap_or_else(|| panic!("the first {kind} isn't one of the source's"));
    let end = start + ours.len();
    assert!(end <= theirs.len(), "{} of {kind} more than were sent", end - theirs.len());
    let later = first.time - theirs[start].time;
    for (at, (our, their)) in ours.iter().zip(&theirs[start..end]).enumerate() {
        assert!(our.is(their), "{kind} {at} is missing or isn't as it was sent");
        // Both are rounded to milliseconds, each in its own count.
        let moved = our.time - their.time - later;
        assert!(moved.abs() <= 1, "{kind} {at} is {moved} ms off");
    }
    let different: HashSet<&[u8]> = ours.iter().map(|packet| packet.data.as_slice()).collect();
    assert_eq!(different.len(), ours.len(), "one {kind} couldn't be told from another");
    start..end
}

/// Fails unless ffmpeg decodes all of a file without a word.
pub async fn decodes(path: &Path) {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-hide_banner", "-loglevel", "error", "-xerror", "-i"]).arg(path);
    let decoded = ffmpeg.args(["-f", "null", "-"]).kill_on_drop(true).output().await.unwrap();
    let words = String::from_utf8_lossy(&decoded.stderr);
    assert!(
        decoded.status.success() && words.is_empty(),
        "{} decodes without an error: {words}",
        path.display()
    );
}
