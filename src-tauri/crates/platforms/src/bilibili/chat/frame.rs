//! Frames of the danmaku socket: a 16-byte big-endian header and a body, several in one message, and
//! whole rows of them again inside a compressed body.
//!
//! Everything the other side says about lengths is checked before it is believed: a length of zero, a
//! body that inflates without end and compressed frames inside compressed frames are refused.

use std::io::Read as _;

/// Bytes of a header.
const HEADER: usize = 16;
/// The most that one body may inflate to. The largest packets seen are a hundredth of it.
pub(super) const INFLATED_CAP: usize = 8 << 20;
/// The most frames that are read out of one message.
const FRAMES_CAP: usize = 20_000;

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

/// What a message held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Packet {
    /// JSON of the reply to the auth frame.
    Auth(Vec<u8>),
    /// The heartbeat's reply with the popularity number.
    Heartbeat(u32),
    /// JSON of one command.
    Command(Vec<u8>),
    /// An operation or version that is not known.
    Unknown,
}

/// Why a message can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    /// Shorter than its header says, or than a header is.
    #[error("a frame is cut off")]
    Cut,
    /// A header's lengths contradict each other.
    #[error("a frame's lengths make no sense")]
    Length,
    /// A compressed body doesn't inflate.
    #[error("a compressed body is broken")]
    Broken,
    /// A compressed body inflates beyond the cap, or holds more frames than are read.
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

/// All packets of one WebSocket message, in order. Those before a broken frame are lost with it: the
/// stream can't be trusted after one.
pub(super) fn decode(message: &[u8]) -> Result<Vec<Packet>, FrameError> {
    let mut packets = Vec::new();
    read_frames(message, true, &mut packets)?;
    Ok(packets)
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

fn read_frames(mut rest: &[u8], may_inflate: bool, packets: &mut Vec<Packet>) -> Result<(), FrameError> {
    while !rest.is_empty() {
        if packets.len() >= FRAMES_CAP {
            return Err(FrameError::TooBig);
        }
        let head = header(rest)?;
        // The heartbeat's reply counts only its number and lets the echoed text follow uncounted, so
        // nothing after it can be told from a frame.
        if head.op == OP_HEARTBEAT_REPLY {
            packets.push(Packet::Heartbeat(number(rest.get(head.body_at..).unwrap_or_default())));
            return Ok(());
        }
        let body = rest.get(head.body_at..head.total).ok_or(FrameError::Cut)?;
        read_body(&head, body, may_inflate, packets)?;
        rest = rest.get(head.total..).unwrap_or_default();
    }
    Ok(())
}

fn read_body(
    head: &Header,
    body: &[u8],
    may_inflate: bool,
    packets: &mut Vec<Packet>,
) -> Result<(), FrameError> {
    match (head.op, head.version) {
        // Whatever version it claims: auth replies with 3 and a plain body have been seen.
        (OP_AUTH_REPLY, _) => packets.push(Packet::Auth(body.to_vec())),
        (OP_COMMAND, 0 | 1) => packets.push(Packet::Command(body.to_vec())),
        (OP_COMMAND, version @ (2 | 3)) if may_inflate => {
            return read_frames(&inflate(version, body)?, false, packets);
        }
        _ => packets.push(Packet::Unknown),
    }
    Ok(())
}

fn number(body: &[u8]) -> u32 {
    body.first_chunk::<4>().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

/// Inflates zlib (2) or brotli (3), never beyond the cap.
fn inflate(version: u16, body: &[u8]) -> Result<Vec<u8>, FrameError> {
    let limit = INFLATED_CAP as u64 + 1;
    let mut inflated = Vec::new();
    let read = if version == 2 {
        flate2::read::ZlibDecoder::new(body).take(limit).read_to_end(&mut inflated)
    } else {
        brotli::Decompressor::new(body, 4096).take(limit).read_to_end(&mut inflated)
    };
    read.map_err(|_| FrameError::Broken)?;
    if inflated.len() > INFLATED_CAP { Err(FrameError::TooBig) } else { Ok(inflated) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

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
        assert_eq!(decode(&message), Ok(vec![Packet::Auth(br#"{"code":0}"#.to_vec())]));
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
        assert_eq!(decode(&message), Ok(vec![Packet::Heartbeat(2466)]));
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
        assert_eq!(decode(&message), Ok(vec![Packet::Command(json.as_bytes().to_vec())]));
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
        let command = |text: &str| Packet::Command(text.as_bytes().to_vec());
        let expected = vec![
            command("{}"),
            command("[]"),
            command("{\"a\":1}"),
            command("{\"b\":2}"),
            command("{\"a\":1}"),
            command("{\"b\":2}"),
            Packet::Unknown,
            Packet::Unknown,
        ];
        assert_eq!(decode(&message), Ok(expected));
    }

    #[test]
    fn an_auth_reply_is_plain_whatever_version_it_claims() {
        assert_eq!(decode(&frame(3, 8, b"{\"code\":0}")), Ok(vec![Packet::Auth(b"{\"code\":0}".to_vec())]));
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
    fn bombs_and_nesting_are_refused() {
        let bomb = frame(0, OP_COMMAND, &vec![b' '; INFLATED_CAP]);
        assert_eq!(decode(&frame(3, OP_COMMAND, &brotli(&bomb))), Err(FrameError::TooBig));
        assert_eq!(decode(&frame(2, OP_COMMAND, &zlib(&bomb))), Err(FrameError::TooBig));
        let nested = frame(2, OP_COMMAND, &zlib(&frame(2, OP_COMMAND, &zlib(b"{}"))));
        assert_eq!(decode(&nested), Ok(vec![Packet::Unknown]), "one level only");
        assert_eq!(decode(&frame(2, OP_COMMAND, b"not zlib")), Err(FrameError::Broken));
        assert_eq!(decode(&frame(3, OP_COMMAND, b"not brotli, not at all")), Err(FrameError::Broken));
    }

    proptest! {
        #[test]
        fn no_bytes_hurt(noise in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = decode(&noise);
        }

        #[test]
        fn what_is_encoded_is_decoded(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            prop_assert_eq!(decode(&encode(OP_COMMAND, &body)), Ok(vec![Packet::Command(body)]));
        }
    }
}
