//! Danmaku packets that nobody sends who means well: what each costs Kaibo's decoder, and what it does to others.
//!
//! ```text
//! hostile SUMMARY.json PEERS-FOLDER
//! ```
//!
//! Time is the best of several, memory what was held at most over what was there before. The peers run in processes of
//! their own that are ended after five seconds or beyond a gigabyte.

use std::error::Error;
use std::io::{Read, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kaibo_platforms::DanmakuDecoder;
use peak_alloc::PeakAlloc;
use serde_json::Value;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// What a packet may cost.
const TIME_CAP: Duration = Duration::from_millis(5);
const MEMORY_CAP: usize = 16 << 20;
/// Readings of a packet, of which the best counts.
const ROUNDS: usize = 20;

const PEERS: [&str; 2] = ["bilibili-live-ws", "tiny-bilibili-ws"];
/// What a peer may cost before it is ended.
const PATIENCE: Duration = Duration::from_secs(5);
const PEER_MEMORY_KB: u64 = 1 << 20;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [summary, peers] = arguments.as_slice() else {
        return Err("usage: hostile SUMMARY.json PEERS-FOLDER".into());
    };
    let file = Path::new(summary).with_file_name("hostile.bin");
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    println!("{:>26} {:>9} {:>9} {:>9}  kaibo | {} | {}", "", "bytes", "ms", "MB", PEERS[0], PEERS[1]);
    let (mut slowest, mut biggest, mut beaten) = (Duration::ZERO, 0, 0);
    for (name, packet) in packets() {
        let cost = read(&packet);
        (slowest, biggest) = (slowest.max(cost.time), biggest.max(cost.memory));
        std::fs::write(&file, &packet)?;
        let told: Vec<String> =
            PEERS.iter().map(|peer| by_node(Path::new(peers), &file, peer)).collect::<Result<_>>()?;
        beaten += usize::from(told.iter().any(|told| told.starts_with(ENDED)));
        println!(
            "{name:>26} {:>9} {:>9.3} {:>9.2}  {} | {}",
            packet.len(),
            millis(cost.time),
            megabytes(cost.memory),
            cost.result,
            told.join(" | ")
        );
    }
    #[allow(clippy::cast_precision_loss)] // a handful
    let figures = [
        ("hostile_worst_ms", millis(slowest)),
        ("hostile_worst_mb", megabytes(biggest)),
        ("hostile_that_stop_a_peer", beaten as f64),
    ];
    for (name, figure) in figures {
        println!("{name:>26} {figure:>9.3}");
    }
    keep(Path::new(summary), &figures)?;
    if slowest > TIME_CAP || biggest > MEMORY_CAP {
        return Err("a packet costs more than it may".into());
    }
    Ok(())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[allow(clippy::cast_precision_loss)] // megabytes
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1_048_576.0
}

struct Cost {
    result: String,
    time: Duration,
    memory: usize,
}

fn read(packet: &[u8]) -> Cost {
    let once = || {
        let mut decoder = DanmakuDecoder::new(1);
        let mut heard = Vec::new();
        MEMORY.reset_peak_usage();
        let before = MEMORY.current_usage();
        let begun = Instant::now();
        let result = decoder.decode(packet, Timestamp::UNIX_EPOCH, &mut heard);
        let time = begun.elapsed();
        let memory = MEMORY.peak_usage().saturating_sub(before);
        let unknown: u64 = decoder.unknown().map(|(_, count)| count).sum();
        let result = match result {
            Ok(()) => format!("{} told, {unknown} left", heard.len()),
            Err(error) => error.to_string(),
        };
        Cost { result, time, memory }
    };
    let mut best = once();
    for _ in 1..ROUNDS {
        let next = once();
        best.time = best.time.min(next.time);
        best.memory = best.memory.max(next.memory);
    }
    best
}

/// How a peer's row begins when the peer didn't get through.
const ENDED: &str = "ENDED";

fn by_node(peers: &Path, file: &Path, peer: &str) -> Result<String> {
    let mut child = Command::new("node")
        .arg(peers.join("hostile.cjs"))
        .arg(peer)
        .arg(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let begun = Instant::now();
    let ended = loop {
        if child.try_wait()?.is_some() {
            break None;
        }
        if begun.elapsed() > PATIENCE {
            break Some(format!("{ENDED}: still at it after {} s", PATIENCE.as_secs()));
        }
        if resident_kb(&child) > PEER_MEMORY_KB {
            break Some(format!("{ENDED}: more than 1 GB after {:.1} s", begun.elapsed().as_secs_f64()));
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    if let Some(ended) = ended {
        child.kill()?;
        child.wait()?;
        return Ok(ended);
    }
    let mut out = String::new();
    child.stdout.take().ok_or("no output")?.read_to_string(&mut out)?;
    let Ok(told) = serde_json::from_str::<Value>(&out) else {
        return Ok(format!("{ENDED}: {}", child.wait()?));
    };
    let number = |name: &str| told[name].as_f64().unwrap_or_default();
    Ok(format!("{} ({:.1} ms, {:.1} MB)", told["result"].as_str().unwrap_or("?"), number("ms"), number("mb")))
}

/// What a process holds now.
fn resident_kb(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

/// Adds the figures to those that other benchmarks wrote.
fn keep(summary: &Path, figures: &[(&str, f64)]) -> Result<()> {
    let mut all: serde_json::Map<String, Value> = match std::fs::read(summary) {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(_) => serde_json::Map::new(),
    };
    for (name, figure) in figures {
        all.insert((*name).to_owned(), ((figure * 1000.0).round() / 1000.0).into());
    }
    std::fs::write(summary, serde_json::to_string_pretty(&all)? + "\n")?;
    Ok(())
}

/// A header with whatever lengths, and a body.
fn header(total: u32, length: u16, version: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = total.to_be_bytes().to_vec();
    bytes.extend(length.to_be_bytes());
    bytes.extend(version.to_be_bytes());
    bytes.extend(5_u32.to_be_bytes());
    bytes.extend(1_u32.to_be_bytes());
    bytes.extend(body);
    bytes
}

fn frame(version: u16, body: &[u8]) -> Vec<u8> {
    header(u32::try_from(16 + body.len()).expect("short"), 16, version, body)
}

fn zlib(from: impl Read) -> Vec<u8> {
    let mut from = from;
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut from, &mut encoder).expect("memory");
    encoder.flush().expect("memory");
    encoder.finish().expect("memory")
}

fn brotli(from: impl Read, lgwin: i32, quality: i32) -> Vec<u8> {
    let (mut from, mut out) = (from, Vec::new());
    let params = brotli::enc::BrotliEncoderParams { lgwin, quality, ..Default::default() };
    brotli::BrotliCompress(&mut from, &mut out, &params).expect("memory");
    out
}

fn spaces(count: u64) -> impl Read {
    std::io::repeat(b' ').take(count)
}

fn packets() -> Vec<(&'static str, Vec<u8>)> {
    let command = |json: &str| frame(3, &brotli(&frame(0, json.as_bytes())[..], 22, 5));
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    let line = r#"{"cmd":"DANMU_MSG","info":[[0,1,25,0,1795300000000,9],"晚上好",[7,"小红"]]}"#;
    let good = brotli(&frame(0, line.as_bytes())[..], 22, 5);
    let mut no_text = frame(0, line.as_bytes());
    no_text.iter_mut().filter(|byte| **byte >= 0x80).for_each(|byte| *byte = 0xff);
    let mut nested = frame(0, line.as_bytes());
    for _ in 0..50 {
        nested = frame(2, &zlib(&nested[..]));
    }
    let zlib_bomb = frame(2, &zlib(spaces(64 << 20)));
    vec![
        ("empty", Vec::new()),
        ("length of zero", vec![0; 28]),
        ("header of zero", header(16, 0, 0, b"")),
        ("length within the header", header(15, 16, 0, b"")),
        ("header beyond the end", header(32, u16::MAX, 0, &[0; 16])),
        ("four gigabytes", header(u32::MAX, 16, 0, b"{}")),
        ("100,000 empty frames", frame(0, b"").repeat(100_000)),
        ("cut in a frame", command(line)[..40].to_vec()),
        ("cut in the brotli", frame(3, &good[..good.len() / 2])),
        ("brotli, 2 GiB", frame(3, &brotli(spaces(2 << 30), 22, 2))),
        ("brotli, 16 MiB window", frame(3, &brotli(spaces(1 << 20), 24, 2))),
        ("zlib, 64 MiB", zlib_bomb.clone()),
        ("zlib, 64 MiB, 16 times", zlib_bomb.repeat(16)),
        ("compressed 50 times", nested),
        ("no text", frame(2, &zlib(&no_text[..]))),
        ("arrays, 10,000 deep", command(&format!(r#"{{"cmd":"DANMU_MSG","info":{}}}"#, deep("[", "]")))),
        (
            "objects, 10,000 deep",
            command(&format!(r#"{{"cmd":"SEND_GIFT","data":{}}}"#, deep(r#"{"a":"#, "}"))),
        ),
        ("no JSON", command(&"[{\"".repeat(20_000))),
    ]
}
