//! Frames of the danmaku socket: a 16-byte big-endian header and a body, several in one message, and
//! whole rows of them again inside a compressed body.
//!
//! Everything the other side says about lengths is checked before it is believed: a length of zero, a
//! body that inflates without end and compressed frames inside compressed frames are refused.

use super::inflate::{Compression, Inflater};

/// Bytes of a header.
const HEADER: usize = 16;
/// The most frames that are read out of one message.
const FRAMES_CAP: usize = 5_000;
/// Client → server: I am still here.
pub(super) const OP_HEARTBEAT: u32 = 2;
/// Server → client: so am I, with a popularity number.
const OP_HEARTBEAT_REPLY: u32 = 3;
/// Server → client: something happened.
const OP_COMMAND: u32 = 5;
/// Client → server: who I am and which room I want.
pub(super) const OP_AUTH: u32 = 7;
/// Server → client: whether I may.
const OP_AUTH_REPLY: u32 = 8;

/// One piece of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packet<'a> {
    /// JSON of the reply to the auth frame.
    Auth(&'a [u8]),
    /// The heartbeat's reply with the popularity number.
    Heartbeat(u32),
    /// JSON of one command.
    Command(&'a [u8]),
    /// An operation or version that is not known.
    Unknown,
}

/// Why a message can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Shorter than its header says, or than a header is.
    #[error("a frame is cut off")]
    Cut,
    /// A header's lengths contradict each other.
    #[error("a frame's lengths make no sense")]
    Length,
    /// A compressed body doesn't inflate.
    #[error("a compressed body is broken")]
    Broken,
    /// Compressed bodies inflate beyond the cap, or there are more frames than are read.
    #[error("a message is too big")]
    TooBig,
}

/// A frame to send.
pub(super) fn encode(op: u32, body: &[u8]) -> Vec<u8> {
    let total = u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(HEADER + body.len());
    frame.extend(total.to_be_bytes());
    frame.extend(16_u16.to_be_bytes());
    frame.extend(1_u16.to_be_bytes());
    frame.extend(op.to_be_bytes());
    frame.extend(1_u32.to_be_bytes());
    frame.extend(body);
    frame
}

/// Takes messages apart. Kept over a connection, so that what is inflated needs no new memory each time.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    inflater: Inflater,
}

impl Decoder {
    /// Hands over the packets of one WebSocket message, in order. Those before a broken frame were handed over
    /// then; the stream can't be trusted after one.
    pub(super) fn decode(
        &mut self,
        message: &[u8],
        mut each: impl FnMut(Packet<'_>),
    ) -> Result<(), FrameError> {
        let mut frames = FRAMES_CAP;
        self.inflater.begin();
        read_frames(message, &mut frames, &mut |frames, head, body| {
            let Some(compression) = compression(head) else {
                each(packet(head, body));
                return Ok(());
            };
            let inflated = self.inflater.inflate(compression, body)?;
            read_frames(inflated, frames, &mut |_, head, body| {
                each(packet(head, body));
                Ok(())
            })
        })
    }
}

struct Header {
    total: usize,
    body_at: usize,
    version: u16,
    op: u32,
}

fn header(bytes: &[u8]) -> Result<Header, FrameError> {
    let Some(&[t0, t1, t2, t3, h0, h1, v0, v1, o0, o1, o2, o3, ..]) = bytes.get(..HEADER) else {
        return Err(FrameError::Cut);
    };
    let total = usize::try_from(u32::from_be_bytes([t0, t1, t2, t3])).map_err(|_| FrameError::Length)?;
    let header = usize::from(u16::from_be_bytes([h0, h1]));
    if header < HEADER || total < header {
        return Err(FrameError::Length);
    }
    Ok(Header {
        total,
        body_at: header,
        version: u16::from_be_bytes([v0, v1]),
        op: u32::from_be_bytes([o0, o1, o2, o3]),
    })
}

fn read_frames(
    mut rest: &[u8],
    frames: &mut usize,
    each: &mut impl FnMut(&mut usize, &Header, &[u8]) -> Result<(), FrameError>,
) -> Result<(), FrameError> {
    while !rest.is_empty() {
        *frames = frames.checked_sub(1).ok_or(FrameError::TooBig)?;
        let head = header(rest)?;
        // The heartbeat's reply counts only its number and lets the echoed text follow uncounted, so
        // nothing after it can be told from a frame.
        if head.op == OP_HEARTBEAT_REPLY {
            return each(frames, &head, rest.get(head.body_at..).unwrap_or_default());
        }
        let body = rest.get(head.body_at..head.total).ok_or(FrameError::Cut)?;
        each(frames, &head, body)?;
        rest = rest.get(head.total..).unwrap_or_default();
    }
    Ok(())
}

/// The compression of a body that holds frames again.
fn compression(head: &Header) -> Option<Compression> {
    match (head.op, head.version) {
        (OP_COMMAND, 2) => Some(Compression::Zlib),
        (OP_COMMAND, 3) => Some(Compression::Brotli),
        _ => None,
    }
}

fn packet<'a>(head: &Header, body: &'a [u8]) -> Packet<'a> {
    match (head.op, head.version) {
        // Whatever version it claims: auth replies with 3 and a plain body have been seen.
        (OP_AUTH_REPLY, _) => Packet::Auth(body),
        (OP_HEARTBEAT_REPLY, _) => Packet::Heartbeat(number(body)),
        (OP_COMMAND, 0 | 1) => Packet::Command(body),
        // Compressed frames inside compressed frames among them.
        _ => Packet::Unknown,
    }
}

fn number(body: &[u8]) -> u32 {
    body.first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::super::inflate::INFLATED_CAP;
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    /// What a message held, with its bytes.
    #[derive(Debug, PartialEq, Eq)]
    enum Held {
        Auth(Vec<u8>),
        Heartbeat(u32),
        Command(Vec<u8>),
        Unknown,
    }

    fn decode(message: &[u8]) -> Result<Vec<Held>, FrameError> {
        let mut held = Vec::new();
        Decoder::default().decode(message, |packet| {
            held.push(match packet {
                Packet::Auth(json) => Held::Auth(json.to_vec()),
                Packet::Heartbeat(number) => Held::Heartbeat(number),
                Packet::Command(json) => Held::Command(json.to_vec()),
                Packet::Unknown => Held::Unknown,
            });
        })?;
        Ok(held)
    }

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text.replace(' ', "")).expect("hex")
    }

    fn frame(version: u16, op: u32, body: &[u8]) -> Vec<u8> {
        let mut frame = encode(op, body);
        frame[6..8].copy_from_slice(&version.to_be_bytes());
        frame
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).expect("memory");
        encoder.finish().expect("memory")
    }

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        brotli::CompressorWriter::new(&mut out, 4096, 5, 22).write_all(bytes).expect("memory");
        out
    }

    #[test]
    fn published_auth_reply() {
        let message = [&bytes("0000001a 0010 0001 00000008 00000001")[..], br#"{"code":0}"#].concat();
        assert_eq!(decode(&message), Ok(vec![Held::Auth(br#"{"code":0}"#.to_vec())]));
    }

    #[test]
    fn published_heartbeat_is_what_is_sent() {
        let published = [&bytes("0000001f 0010 0001 00000002 00000001")[..], b"[object Object]"].concat();
        assert_eq!(encode(OP_HEARTBEAT, b"[object Object]"), published);
    }

    #[test]
    fn published_heartbeat_reply_with_its_uncounted_tail() {
        let message =
            [&bytes("00000014 0010 0001 00000003 00000000 000009a2")[..], b"[object Object]"].concat();
        assert_eq!(decode(&message), Ok(vec![Held::Heartbeat(2466)]));
    }

    #[test]
    fn published_brotli_frame() {
        let json = r#"{"cmd":"WATCHED_CHANGE","data":{"num":22097,"text_small":"2.2万","text_large":"2.2万人看过"}}"#;
        let message = [
            &bytes("00000086 0010 0003 00000005 00000000 8b3880 00000072 0010 0000 00000005 00000000")[..],
            json.as_bytes(),
            &[3],
        ]
        .concat();
        assert_eq!(message.len(), 134);
        assert_eq!(decode(&message), Ok(vec![Held::Command(json.as_bytes().to_vec())]));
    }

    #[test]
    fn every_version_carries_commands_several_in_one_message() {
        let inner = [frame(0, OP_COMMAND, b"{\"a\":1}"), frame(0, OP_COMMAND, b"{\"b\":2}")].concat();
        let message = [
            frame(0, OP_COMMAND, b"{}"),
            frame(1, OP_COMMAND, b"[]"),
            frame(2, OP_COMMAND, &zlib(&inner)),
            frame(3, OP_COMMAND, &brotli(&inner)),
            frame(9, OP_COMMAND, b"?"),
            frame(1, 23, b"?"),
        ]
        .concat();
        let command = |text: &str| Held::Command(text.as_bytes().to_vec());
        let expected = vec![
            command("{}"),
            command("[]"),
            command("{\"a\":1}"),
            command("{\"b\":2}"),
            command("{\"a\":1}"),
            command("{\"b\":2}"),
            Held::Unknown,
            Held::Unknown,
        ];
        assert_eq!(decode(&message), Ok(expected));
    }

    #[test]
    fn an_auth_reply_is_plain_whatever_version_it_claims() {
        assert_eq!(decode(&frame(3, 8, b"{\"code\":0}")), Ok(vec![Held::Auth(b"{\"code\":0}".to_vec())]));
    }

    #[test]
    fn lengths_are_not_believed() {
        assert_eq!(decode(&[0; 28]), Err(FrameError::Length), "a total of zero would never advance");
        assert_eq!(decode(&bytes("00000010 0008 0000 00000005 00000000")), Err(FrameError::Length));
        assert_eq!(decode(&bytes("0000000f 0010 0000 00000005 00000000")), Err(FrameError::Length));
        assert_eq!(decode(&bytes("ffffffff 0010 0000 00000005 00000000")), Err(FrameError::Cut));
        assert_eq!(decode(&[0; 7]), Err(FrameError::Cut));
    }

    #[test]
    fn frames_are_read_up_to_a_bound_packed_ones_too() {
        let empty = encode(OP_COMMAND, b"");
        let frames = |count: usize| empty.repeat(count);
        assert_eq!(decode(&frames(FRAMES_CAP)).map(|held| held.len()), Ok(FRAMES_CAP));
        assert_eq!(decode(&frames(FRAMES_CAP + 1)), Err(FrameError::TooBig));
        // The packet is a frame itself.
        let packet = |count| frame(3, OP_COMMAND, &brotli(&frames(count)));
        assert_eq!(decode(&packet(FRAMES_CAP - 1)).map(|held| held.len()), Ok(FRAMES_CAP - 1));
        assert_eq!(decode(&packet(FRAMES_CAP)), Err(FrameError::TooBig));
        assert_eq!(decode(&[packet(3000), packet(3000)].concat()), Err(FrameError::TooBig));
    }

    #[test]
    fn a_longer_header_is_stepped_over() {
        let longer = [&bytes("00000016 0014 0001 00000005 00000001 ffffffff")[..], b"{}"].concat();
        assert_eq!(decode(&longer), Ok(vec![Held::Command(b"{}".to_vec())]));
        let reply = bytes("00000014 0010 0001 00000003 00000000 0000");
        assert_eq!(decode(&reply), Ok(vec![Held::Heartbeat(0)]), "a number that is cut is none");
    }

    #[test]
    fn bombs_and_nesting_are_refused() {
        let bomb = frame(0, OP_COMMAND, &vec![b' '; INFLATED_CAP]);
        assert_eq!(decode(&frame(3, OP_COMMAND, &brotli(&bomb))), Err(FrameError::TooBig));
        assert_eq!(decode(&frame(2, OP_COMMAND, &zlib(&bomb))), Err(FrameError::TooBig));
        let nested = frame(2, OP_COMMAND, &zlib(&frame(2, OP_COMMAND, &zlib(b"{}"))));
        assert_eq!(decode(&nested), Ok(vec![Held::Unknown]), "one level only");
        assert_eq!(decode(&frame(2, OP_COMMAND, b"not zlib")), Err(FrameError::Broken));
        assert_eq!(decode(&frame(3, OP_COMMAND, b"not brotli, not at all")), Err(FrameError::Broken));
    }

    #[test]
    fn a_wide_window_is_refused_before_it_is_paid_for() {
        let wide = |lgwin| {
            let mut out = Vec::new();
            let params = brotli::enc::BrotliEncoderParams { lgwin, size_hint: 1 << 26, ..Default::default() };
            brotli::BrotliCompress(&mut &frame(0, OP_COMMAND, b"{}")[..], &mut out, &params).expect("memory");
            frame(3, OP_COMMAND, &out)
        };
        for lgwin in 10..=22 {
            assert_eq!(decode(&wide(lgwin)), Ok(vec![Held::Command(b"{}".to_vec())]), "{lgwin}");
        }
        for lgwin in [23, 24] {
            assert_eq!(decode(&wide(lgwin)), Err(FrameError::TooBig), "{lgwin}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_hurt(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = decode(&noise);
        }

        #[test]
        fn what_is_encoded_is_decoded(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(decode(&encode(OP_COMMAND, &body)), Ok(vec![Held::Command(body)]));
        }
    }
}
