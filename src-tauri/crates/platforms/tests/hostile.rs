//! Bytes of a danmaku socket that nobody sends who means well: each is survived, in little time and memory.
//!
//! Time is asserted in release builds alone.

#![allow(clippy::panic, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::io::{Read, Write as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use jiff::Timestamp;
use kaibo_live::chat::Heard;
use kaibo_platforms::{DanmakuDecoder, FrameError};
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most that any message may cost.
const TIME_CAP: Duration = Duration::from_millis(5);
/// The same in bytes, over what was there before.
const MEMORY_CAP: usize = 16 << 20;
/// What the decoder inflates at most.
const INFLATED_CAP: usize = 1 << 20;
/// The longest command that it reads.
const COMMAND_CAP: usize = 64 << 10;

/// What the brotli bomb inflates to. Two gigabytes take the encoder a while, so only where it is quick.
const BOMB: u64 = if cfg!(debug_assertions) { 64 << 20 } else { 2 << 30 };

/// Memory is counted over all threads, so that the tests take turns.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Cost {
    result: Result<(), FrameError>,
    heard: Vec<Heard>,
    time: Duration,
    memory: usize,
    unknown: u64,
}

/// Reads a message with a fresh decoder, three times for the best time, and holds it to the bounds.
fn read(what: &str, message: &[u8]) -> Cost {
    let once = || {
        let mut decoder = DanmakuDecoder::new(1);
        let mut heard = Vec::new();
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let begun = Instant::now();
        let result = decoder.decode(message, Timestamp::UNIX_EPOCH, &mut heard);
        let time = begun.elapsed();
        let unknown = decoder.unknown().map(|(_, count)| count).sum();
        Cost { result, heard, time, memory: MEMORY.peak_usage().saturating_sub(before), unknown }
    };
    let cost = [once(), once(), once()].into_iter().min_by_key(|cost| cost.time).expect("three");
    println!("{what}: {} bytes, {:?}, {} bytes held at most", message.len(), cost.time, cost.memory);
    assert!(cost.memory <= MEMORY_CAP, "{what}: {} bytes", cost.memory);
    assert!(cfg!(debug_assertions) || cost.time <= TIME_CAP, "{what}: {:?}", cost.time);
    cost
}

/// A frame with a command.
fn frame(version: u16, body: &[u8]) -> Vec<u8> {
    let total = u32::try_from(16 + body.len()).expect("short");
    let mut frame = total.to_be_bytes().to_vec();
    frame.extend(16_u16.to_be_bytes());
    frame.extend(version.to_be_bytes());
    frame.extend(5_u32.to_be_bytes());
    frame.extend(0_u32.to_be_bytes());
    frame.extend(body);
    frame
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

fn brotli(mut from: impl Read, lgwin: i32, quality: i32) -> Vec<u8> {
    let mut out = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { lgwin, quality, ..Default::default() };
    brotli::BrotliCompress(&mut from, &mut out, &params).expect("memory");
    out
}

fn packed(body: &[u8]) -> Vec<u8> {
    frame(3, &brotli(&frame(0, body)[..], 22, 5))
}

#[test]
fn lengths_of_zero_and_beyond_the_end() {
    let _turn = turn();
    for (what, message) in [
        ("zeros", vec![0; 4096]),
        ("a header of zero", [16_u32.to_be_bytes(), [0; 4], [0; 4], [0; 4]].concat()),
        ("four gigabytes", [u32::MAX.to_be_bytes(), [0, 16, 0, 0], [0, 0, 0, 5], [0; 4]].concat()),
        ("a total within the header", [15_u32.to_be_bytes(), [0, 16, 0, 0], [0, 0, 0, 5], [0; 4]].concat()),
    ] {
        let cost = read(what, &message);
        assert!(matches!(cost.result, Err(FrameError::Length | FrameError::Cut)), "{what}");
    }
    // Empty frames are frames: no more than the cap are read, and none makes the reader stand still.
    let empty = frame(0, b"").repeat(100_000);
    assert_eq!(read("empty frames", &empty).result, Err(FrameError::TooBig));
}

#[test]
fn every_cut_of_a_frame() {
    let _turn = turn();
    let json = br#"{"cmd":"DANMU_MSG","info":[[0,1,25,0,1600000000000,9],"hi",[7,"x"]]}"#;
    for whole in [packed(json), frame(2, &zlib(&frame(0, json))), frame(0, json)] {
        for length in 1..whole.len() {
            let mut heard = Vec::new();
            let result = DanmakuDecoder::new(1).decode(&whole[..length], Timestamp::UNIX_EPOCH, &mut heard);
            assert_eq!((result, heard.len()), (Err(FrameError::Cut), 0), "{length}");
        }
        // Cut within: the outer length tells the shorter truth.
        for length in 17..whole.len() {
            let mut cut = whole[..length].to_vec();
            cut[..4].copy_from_slice(&u32::try_from(length).expect("short").to_be_bytes());
            let mut heard = Vec::new();
            let _ = DanmakuDecoder::new(1).decode(&cut, Timestamp::UNIX_EPOCH, &mut heard);
            assert!(heard.len() <= 1, "{length}");
        }
    }
}

#[test]
fn bombs() {
    let _turn = turn();
    let bomb = brotli(std::io::repeat(b' ').take(BOMB), 22, 2);
    assert!(bomb.len() < 64 << 10, "{}", bomb.len());
    assert_eq!(read("a brotli bomb", &frame(3, &bomb)).result, Err(FrameError::TooBig));

    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::repeat(b' ').take(64 << 20), &mut encoder).expect("memory");
    let bomb = encoder.finish().expect("memory");
    assert_eq!(read("a zlib bomb", &frame(2, &bomb)).result, Err(FrameError::TooBig));

    // As many bombs as fit: the first ends it.
    let many = frame(2, &bomb).repeat(16);
    assert_eq!(read("zlib bombs", &many).result, Err(FrameError::TooBig));
    let wide = brotli(std::io::repeat(b' ').take(1 << 20), 24, 2);
    assert_eq!(read("a wide window", &frame(3, &wide)).result, Err(FrameError::TooBig));

    // Each within the cap, and thousands of them in a message: it is their sum that costs.
    let nearly = frame(3, &brotli(&frame(0, &vec![b' '; INFLATED_CAP - 16])[..], 22, 2));
    assert_eq!(read("nearly a bomb", &nearly).result, Ok(()));
    let many = nearly.repeat(1000);
    assert_eq!(read("many that are nearly bombs", &many).result, Err(FrameError::TooBig));
}

#[test]
fn compression_within_compression() {
    let _turn = turn();
    let mut nested = frame(0, br#"{"cmd":"NEVER_SEEN"}"#);
    for _ in 0..50 {
        nested = frame(2, &zlib(&nested));
    }
    let cost = read("nested compression", &nested);
    assert_eq!((cost.result, cost.unknown, cost.heard.len()), (Ok(()), 1, 0));
}

/// As many of a command as fit into a message.
fn many(command: &str) -> Vec<u8> {
    let frame = frame(0, command.as_bytes());
    frame.repeat(INFLATED_CAP / frame.len())
}

#[test]
fn deep_and_wide_json() {
    let _turn = turn();
    let deep = |depth, open: &str, close: &str| format!("{}1{}", open.repeat(depth), close.repeat(depth));
    let wide = |count| format!("[{}0]", "0,".repeat(count));
    for (what, value) in [
        ("100,000 arrays deep", deep(100_000, "[", "]")),
        ("100,000 objects deep", deep(100_000, r#"{"a":"#, "}")),
        ("half a million zeros", wide(500_000)),
        ("10,000 arrays deep", deep(10_000, "[", "]")),
        ("4,000 objects deep", deep(4_000, r#"{"a":"#, "}")),
        ("15,000 zeros", wide(15_000)),
    ] {
        for command in [
            format!(r#"{{"cmd":"DANMU_MSG","info":{value}}}"#),
            format!(r#"{{"cmd":"DANMU_MSG","info":[{value},"x",{value}]}}"#),
            format!(r#"{{"cmd":"SEND_GIFT","data":{value}}}"#),
            format!(r#"{{"cmd":"SEND_GIFT","data":{{"giftName":{value},"tid":{value}}}}}"#),
            format!(r#"{{"cmd":"SUPER_CHAT_MESSAGE_DELETE","data":{{"ids":{value}}}}}"#),
            format!(r#"{{"data":{value},"cmd":"NEVER_SEEN"}}"#),
            value.clone(),
        ] {
            let whole = many(&command);
            if whole.is_empty() {
                continue;
            }
            let cost = read(what, &frame(3, &brotli(&whole[..], 22, 5)));
            assert_eq!(cost.result, Ok(()), "the line goes on");
            assert!(command.len() < COMMAND_CAP || cost.heard.is_empty(), "{what}: too long to be read");
        }
    }
}

#[test]
fn many_commands_many_gifts_and_bytes_that_are_no_text() {
    let _turn = turn();
    let unknown: Vec<u8> =
        (0..4_900).flat_map(|n| frame(0, format!(r#"{{"cmd":"N{n}"}}"#).as_bytes())).collect();
    let cost = read("unknown commands", &frame(3, &brotli(&unknown[..], 22, 5)));
    assert!(cost.unknown == 4_900);

    let gifts = base64::prelude::BASE64_STANDARD.encode([0x52, 0].repeat(12_000));
    let gifts = packed(format!(r#"{{"cmd":"SEND_GIFT_V2","data":{{"pb":"{gifts}"}}}}"#).as_bytes());
    assert_eq!(read("12,000 empty gifts", &gifts).unknown, 1);

    let mut line = br#"{"cmd":"DANMU_MSG","info":[[],""#.to_vec();
    line.extend(vec![0xff; 60_000]);
    line.extend(br#"",[7,"x"]]}"#);
    let cost = read("no text", &packed(&line));
    let [Heard::Event(said)] = &cost.heard[..] else { panic!("{:?}", cost.heard.len()) };
    assert!(said.text.chars().all(|c| c == '\u{fffd}') && said.text.chars().count() <= 501);
}
