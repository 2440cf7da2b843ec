//! Frames of the chat socket: a header of sixteen bytes, then the body. All numbers are big-endian.

use std::io::Write as _;

const HEAD: usize = 16;
/// Frames of a client are small; anything longer is refused.
const MAX: usize = 4096;

pub(super) const OP_HEARTBEAT: u32 = 2;
pub(super) const OP_HEARTBEAT_REPLY: u32 = 3;
pub(super) const OP_COMMAND: u32 = 5;
pub(super) const OP_AUTH: u32 = 7;
pub(super) const OP_AUTH_REPLY: u32 = 8;

const PLAIN: u16 = 0;
const CONTROL: u16 = 1;
const ZLIB: u16 = 2;
const BROTLI: u16 = 3;

fn frame(version: u16, operation: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(HEAD + body.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(HEAD + body.len());
    frame.extend(length.to_be_bytes());
    frame.extend([0, 16]);
    frame.extend(version.to_be_bytes());
    frame.extend(operation.to_be_bytes());
    frame.extend(sequence.to_be_bytes());
    frame.extend(body);
    frame
}

/// The answer to an auth frame.
pub(super) fn auth_reply(code: i32) -> Vec<u8> {
    frame(CONTROL, OP_AUTH_REPLY, 1, format!("{{\"code\":{code}}}").as_bytes())
}

/// The answer to a heartbeat. Its header counts the number only; what the client sent follows, outside the frame.
pub(super) fn heartbeat_reply(popularity: u32, echoed: &[u8]) -> Vec<u8> {
    let mut reply = frame(CONTROL, OP_HEARTBEAT_REPLY, 0, &popularity.to_be_bytes());
    reply.extend(echoed);
    reply
}

/// Commands in one message, as the client asked for them: `protover` 2 packs with zlib, 3 with brotli, others not
/// at all.
pub(super) fn commands(commands: &[String], protover: u16) -> Vec<u8> {
    let mut frames = Vec::new();
    for command in commands {
        frames.extend(frame(PLAIN, OP_COMMAND, 0, command.as_bytes()));
    }
    match protover {
        ZLIB => frame(ZLIB, OP_COMMAND, 0, &zlib(&frames)),
        BROTLI => frame(BROTLI, OP_COMMAND, 0, &brotli(&frames)),
        _ => frames,
    }
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory doesn't fail.
    let _ = packed.write_all(bytes);
    packed.finish().unwrap_or_default()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut packed = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 18);
    let _ = packed.write_all(bytes);
    packed.into_inner()
}

/// The frames that a client put into one message: operation and body. `None` when it isn't made of whole frames.
pub(super) fn read(mut message: &[u8]) -> Option<Vec<(u32, &[u8])>> {
    let mut frames = Vec::new();
    while !message.is_empty() {
        let length = usize::try_from(u32::from_be_bytes(*message.first_chunk()?)).ok()?;
        let head: &[u8; HEAD] = message.first_chunk()?;
        if !(HEAD..=MAX.min(message.len())).contains(&length) || head[4..6] != [0, 16] {
            return None;
        }
        let operation = u32::from_be_bytes([head[8], head[9], head[10], head[11]]);
        frames.push((operation, &message[HEAD..length]));
        message = &message[length..];
    }
    Some(frames)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex.replace(' ', "")).unwrap()
    }

    #[test]
    fn published_frames() {
        assert_eq!(
            auth_reply(0),
            [bytes("0000001a 0010 0001 00000008 00000001"), b"{\"code\":0}".to_vec()].concat()
        );
        let beat = [bytes("0000001f 0010 0001 00000002 00000001"), b"[object Object]".to_vec()].concat();
        assert_eq!(read(&beat), Some(vec![(OP_HEARTBEAT, &b"[object Object]"[..])]));
        assert_eq!(
            heartbeat_reply(2466, b"[object Object]"),
            [bytes("00000014 0010 0001 00000003 00000000 000009a2"), b"[object Object]".to_vec()].concat()
        );
    }

    #[test]
    fn packed_commands_hold_whole_frames() {
        use std::io::Read as _;
        let lines = ["{\"cmd\":\"A\"}".to_owned(), "{\"cmd\":\"B\"}".to_owned()];
        let plain = commands(&lines, 0);
        let zlib = commands(&lines, 2);
        assert_eq!(zlib[6..8], [0, 2]);
        let mut out = Vec::new();
        flate2::read::ZlibDecoder::new(&zlib[16..]).read_to_end(&mut out).unwrap();
        assert_eq!(out, plain);
        let brotli = commands(&lines, 3);
        assert_eq!(brotli[6..8], [0, 3]);
        let mut out = Vec::new();
        brotli::Decompressor::new(&brotli[16..], 4096).read_to_end(&mut out).unwrap();
        assert_eq!(out, plain);
    }

    #[test]
    fn broken_frames_are_refused() {
        let good = frame(1, OP_HEARTBEAT, 1, b"{}");
        assert!(read(&good).is_some());
        for broken in [
            &good[..15],
            &good[..17],
            &[&good[..], b"x"].concat()[..],
            &bytes("0000000f 0010 0001 00000002 00000001"),
        ] {
            assert_eq!(read(broken), None);
        }
    }
}
