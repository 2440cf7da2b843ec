//! What a message of sound or picture is, by its first bytes: FLV's tags, and enhanced RTMP's, where a codec
//! is told by its `FourCC` (<https://github.com/veovera/enhanced-rtmp>). Nothing else of it is looked at.

use std::fmt;

/// A codec by its `FourCC`: `avc1`, `hvc1`, `av01`, `mp4a`, `Opus`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Codec([u8; 4]);

impl Codec {
    const AVC: Self = Self(*b"avc1");
    const AAC: Self = Self(*b"mp4a");

    /// `None` when these can't be anybody's `FourCC`.
    fn new(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; 4] = bytes.get(..4)?.try_into().ok()?;
        bytes.iter().all(u8::is_ascii_graphic).then_some(Self(bytes))
    }

    /// The four letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a message is to the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) role: Role,
    pub(crate) codec: Option<Codec>,
    /// The codec came as a `FourCC`.
    pub(crate) enhanced: bool,
}

/// What part a message has in its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Needed to read what follows, and kept for who comes later: which of several (`slot`) it replaces.
    Setup {
        /// Track and sort.
        slot: u16,
    },
    /// A picture that can be read without those before it.
    Key,
    /// Anything else.
    Plain,
}

/// A tag's packet type and where its `FourCC` and track are, after enhanced RTMP's detours.
struct Enhanced {
    packet: u8,
    codec: Option<Codec>,
    track: u8,
}

/// `ModEx` parts before the packet type. One is what there is.
const DETOURS: usize = 4;

/// `modifier` and `several` are the packet types that stand for a detour and for more tracks.
fn enhanced(bytes: &[u8], modifier: u8, several: u8) -> Option<Enhanced> {
    let mut packet = bytes.first()? & 0x0f;
    let mut rest = bytes.get(1..)?;
    let mut detours = 0;
    while packet == modifier {
        detours += 1;
        let mut skip = usize::from(*rest.first()?) + 1;
        rest = &rest[1..];
        if skip == 256 {
            skip = usize::from(u16::from_be_bytes([*rest.first()?, *rest.get(1)?])) + 1;
            rest = &rest[2..];
        }
        packet = rest.get(skip)? & 0x0f;
        rest = rest.get(skip + 1..)?;
        if detours == DETOURS {
            return None;
        }
    }
    if packet != several {
        return Some(Enhanced { packet, codec: Codec::new(rest), track: 0 });
    }
    let sort = rest.first()?;
    let rest = rest.get(1..)?;
    // Of several tracks in one message, the first speaks for all.
    Some(Enhanced { packet: sort & 0x0f, codec: Codec::new(rest), track: *rest.get(4)? })
}

/// A message of picture.
pub(crate) fn video(bytes: &[u8]) -> Tag {
    let plain = Tag { role: Role::Plain, codec: None, enhanced: false };
    let Some(first) = bytes.first() else { return plain };
    if first & 0x80 != 0 {
        let plain = Tag { enhanced: true, ..plain };
        let Some(found) = enhanced(bytes, 7, 6) else { return plain };
        let role = match (found.packet, (first >> 4) & 7) {
            // The codec's configuration (two sorts), and colours.
            (0 | 5, 1..=4) | (4, _) => {
                Role::Setup { slot: u16::from(found.track) << 8 | u16::from(found.packet) }
            }
            (1 | 3, 1) => Role::Key,
            _ => Role::Plain,
        };
        return Tag { role, codec: found.codec, ..plain };
    }
    let codec = match first & 0x0f {
        7 => Some(Codec::AVC),
        // HEVC and AV1 as Chinese platforms and players took them before there was a `FourCC`.
        12 => Codec::new(b"hvc1"),
        13 => Codec::new(b"av01"),
        _ => None,
    };
    let role = match (codec, bytes.get(1), first >> 4) {
        (Some(_), Some(0), _) => Role::Setup { slot: 0 },
        (Some(_), Some(1), 1) | (None, _, 1) => Role::Key,
        _ => Role::Plain,
    };
    Tag { role, codec, enhanced: false }
}

/// A message of sound.
pub(crate) fn audio(bytes: &[u8]) -> Tag {
    const EXTENDED: u8 = 9;
    const AAC: u8 = 10;
    let plain = Tag { role: Role::Plain, codec: None, enhanced: false };
    match bytes.first().map(|first| first >> 4) {
        Some(EXTENDED) => {
            let plain = Tag { enhanced: true, ..plain };
            let Some(found) = enhanced(bytes, 7, 5) else { return plain };
            let role = match found.packet {
                0 | 4 => Role::Setup { slot: u16::from(found.track) << 8 | u16::from(found.packet) },
                _ => Role::Plain,
            };
            Tag { role, codec: found.codec, ..plain }
        }
        Some(AAC) => {
            let role = if bytes.get(1) == Some(&0) { Role::Setup { slot: 0 } } else { Role::Plain };
            Tag { role, codec: Some(Codec::AAC), ..plain }
        }
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_and_key_frames_are_told_apart() {
        let role = |bytes: &[u8]| video(bytes).role;
        assert_eq!(role(&[0x17, 0, 0]), Role::Setup { slot: 0 });
        assert_eq!(role(&[0x17, 1, 0]), Role::Key);
        assert_eq!(role(&[0x27, 1, 0]), Role::Plain);
        assert_eq!(role(&[0x17, 2, 0]), Role::Plain, "the end of a sequence");
        assert_eq!(role(&[0x12, 9]), Role::Key, "codecs without a header");
        assert_eq!(role(&[]), Role::Plain);
        assert_eq!(audio(&[0xaf, 0]).role, Role::Setup { slot: 0 });
        assert_eq!(audio(&[0xaf, 1]).role, Role::Plain);
    }

    #[test]
    fn four_letters_name_a_codec() {
        let start = video(b"\x90hvc1");
        assert_eq!((start.role, start.codec), (Role::Setup { slot: 0 }, Codec::new(b"hvc1")));
        assert_eq!(video(b"\x91av01").role, Role::Key);
        assert_eq!(video(b"\xa1av01").role, Role::Plain);
        assert_eq!(video(b"\x93hvc1").role, Role::Key);
        assert_eq!(video(b"\x94hvc1").role, Role::Setup { slot: 4 });
        assert_eq!(audio(b"\x90Opus").role, Role::Setup { slot: 0 });
        assert_eq!(video(b"\x90a\0\0\0").codec, None);
    }

    #[test]
    fn detours_and_tracks_are_followed() {
        // A time in nanoseconds before a key frame; then the header of track 3.
        assert_eq!(video(b"\x97\x02\0\0\0\x01av01").role, Role::Key);
        assert_eq!(video(b"\x96\x00hvc1\x03").role, Role::Setup { slot: 0x300 });
        let endless = [&[0x97][..], &[0, 0, 7].repeat(20)].concat();
        assert_eq!(video(&endless).role, Role::Plain);
        for length in 0..6 {
            let cut = video(&b"\x97\xff\0\0\0\x01av01"[..length]);
            assert_eq!((cut.role, audio(&b"\x95\x20\0Opus"[..length]).role), (Role::Plain, Role::Plain));
        }
    }
}
