//! Messages of the danmaku socket.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use jiff::Timestamp;
use kaibo_live::chat::Heard;
use kaibo_platforms::{DanmakuDecoder, FrameError};

use crate::chat::hold;
use crate::frugally;

/// The account that reads.
const UID: u64 = 42;
/// What the decoder inflates of one message at most.
const INFLATED_CAP: usize = 1 << 20;
/// A frame makes one event, or a hundred where gifts are packed; it reads five thousand frames.
const HEARD_CAP: usize = 500_000;

/// Reads arbitrary bytes as one message: lengths, versions, nesting.
pub fn frames(message: &[u8]) {
    let mut decoder = DanmakuDecoder::new(UID);
    let first = read(&mut decoder, message);
    // What is kept from one message to the next is memory, and nothing of the message.
    assert_eq!(first, read(&mut decoder, message));
}

/// Reads commands, one a line, that arrive plain, by zlib and by brotli: each way tells the same. With a first byte
/// of `z` or `b` the rest is arbitrary bytes in the place of a compressed body.
pub fn inflate(data: &[u8]) {
    match data.split_first() {
        Some((b'z', body)) => frames(&frame(2, body)),
        Some((b'b', body)) => frames(&frame(3, body)),
        _ => commands(data),
    }
}

fn commands(lines: &[u8]) {
    let inner: Vec<u8> = lines.split(|b| *b == b'\n').flat_map(|command| frame(0, command)).collect();
    let fresh = |message: &[u8]| read(&mut DanmakuDecoder::new(UID), message);
    let zlib = fresh(&frame(2, &zlib(&inner)));
    assert_eq!(zlib, fresh(&frame(3, &brotli(&inner))));
    if inner.len() > INFLATED_CAP {
        assert_eq!(zlib.0, Err(FrameError::TooBig));
    } else {
        assert_eq!(zlib, fresh(&inner));
    }
}

/// How it ended, and what was told.
fn read(decoder: &mut DanmakuDecoder, message: &[u8]) -> (Result<(), FrameError>, String) {
    let mut heard: Vec<Heard> = Vec::new();
    let result = frugally(|| decoder.decode(message, Timestamp::UNIX_EPOCH, &mut heard));
    assert!(heard.len() <= HEARD_CAP, "{} events", heard.len());
    assert!(decoder.unknown().count() <= 65, "names are counted up to a bound");
    heard.iter().for_each(hold);
    (result, format!("{heard:?}"))
}

/// A frame with a command.
fn frame(version: u16, body: &[u8]) -> Vec<u8> {
    let total = u32::try_from(16 + body.len()).unwrap_or(u32::MAX);
    let mut frame = total.to_be_bytes().to_vec();
    frame.extend(16_u16.to_be_bytes());
    frame.extend(version.to_be_bytes());
    frame.extend(5_u32.to_be_bytes());
    frame.extend(0_u32.to_be_bytes());
    frame.extend(body);
    frame
}

/// Stored, not squeezed: it is the reader that is tested.
fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// The same by brotli (RFC 7932, section 9): uncompressed meta-blocks.
fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, block) in bytes.chunks(1 << 16).enumerate() {
        let length = u32::try_from(block.len() - 1).unwrap_or_default();
        // Least bit first: WBITS 16 (one bit, ahead of the first block alone), ISLAST, MNIBBLES 4, MLEN - 1,
        // ISUNCOMPRESSED.
        let bits = (length << 3 | 1 << 19) << u32::from(at == 0);
        out.extend(&bits.to_le_bytes()[..3]);
        out.extend(block);
    }
    // ISLAST and ISLASTEMPTY, after WBITS where nothing came before.
    out.push(if bytes.is_empty() { 0b110 } else { 0b11 });
    out
}
