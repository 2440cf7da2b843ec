//! Decodes the same danmaku frames with Kaibo's decoder and with others, turn about, one thread each.
//!
//! ```text
//! decode SUMMARY.json PEERS-FOLDER
//! ```
//!
//! * *floor*: inflation alone, by the brotli library that Kaibo uses. Nothing that reads the frames can be faster.
//! * *value*: inflation and `serde_json::Value`, as most Rust clients do it.
//! * two npm clients, with node's own brotli (C).
//!
//! The best of several passes counts. Before anything is timed, all decoders' lines of chat are compared.

mod corpus;

use std::error::Error;
use std::hint::black_box;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use jiff::Timestamp;
use kaibo_live::chat::{ChatKind, Heard};
use kaibo_platforms::DanmakuDecoder;
use serde_json::Value;

const ROUNDS: usize = 7;
const PEERS: [&str; 2] = ["bilibili-live-ws", "tiny-bilibili-ws"];
/// Passes of a node process, whose first ones warm up.
const NODE_PASSES: &str = "12";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [summary, peers] = arguments.as_slice() else {
        return Err("usage: decode SUMMARY.json PEERS-FOLDER".into());
    };
    let frames = corpus::frames();
    let messages: usize = frames.iter().map(|frame| messages_in(&inflated(frame))).sum();
    let bytes: usize = frames.iter().map(|frame| inflated(frame).len()).sum();
    println!("{messages} messages of {} bytes in {} frames", bytes / messages, frames.len());

    let file = Path::new(summary).with_file_name("frames.bin");
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let length = |frame: &[u8]| u32::try_from(frame.len()).unwrap_or_default().to_be_bytes();
    let written: Vec<u8> = frames.iter().flat_map(|f| [&length(f)[..], f].concat()).collect();
    std::fs::write(&file, written)?;
    agree(&frames, Path::new(peers), &file)?;

    let (mut ours, mut value, mut floor) = (f64::MAX, f64::MAX, f64::MAX);
    let mut node = [f64::MAX; PEERS.len()];
    for _ in 0..ROUNDS {
        floor = floor.min(time(|| frames.iter().for_each(|f| drop(black_box(inflated(f))))));
        value = value.min(time(|| frames.iter().for_each(|f| by_value(&inflated(f)))));
        ours = ours.min(time(|| by_kaibo(&frames)));
    }
    for _ in 0..2 {
        for (best, peer) in node.iter_mut().zip(PEERS) {
            *best = best.min(by_node(Path::new(peers), &file, peer, messages)?);
        }
    }

    #[allow(clippy::cast_precision_loss)] // thousands
    let rate = |seconds: f64| messages as f64 / seconds;
    println!("{:>20} {:>12}", "", "messages/s");
    for (name, seconds) in [("kaibo", ours), ("floor: inflation", floor), ("rust value", value)]
        .into_iter()
        .chain(PEERS.into_iter().zip(node))
    {
        println!("{name:>20} {:>12.0}", rate(seconds));
    }
    let fastest_node = node.iter().copied().fold(f64::MAX, f64::min);
    let figures = [
        ("decode_messages_per_s", rate(ours).round()),
        ("decode_vs_node", fastest_node / ours),
        ("decode_vs_rust", value / ours),
        ("decode_of_floor", floor / ours),
    ];
    for (name, figure) in figures.iter().skip(1) {
        println!("{name:>20} {figure:>12.2}");
    }
    keep(Path::new(summary), &figures)
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

fn time(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    begun.elapsed().as_secs_f64()
}

fn inflated(frame: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut reader = brotli::Decompressor::new(&frame[16..], 4096);
    reader.read_to_end(&mut bytes).expect("a good frame");
    bytes
}

fn bodies(inflated: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = inflated;
    std::iter::from_fn(move || {
        let total = usize::try_from(u32::from_be_bytes(*rest.first_chunk()?)).ok()?;
        let (frame, after) = rest.split_at(total);
        rest = after;
        Some(&frame[16..])
    })
}

fn messages_in(inflated: &[u8]) -> usize {
    bodies(inflated).count()
}

fn by_value(inflated: &[u8]) {
    for body in bodies(inflated) {
        let value: Value = serde_json::from_slice(body).expect("JSON");
        black_box(value["cmd"].as_str());
    }
}

fn by_kaibo(frames: &[Vec<u8>]) {
    let mut decoder = DanmakuDecoder::new(42);
    let mut heard = Vec::new();
    for frame in frames {
        heard.clear();
        decoder.decode(frame, Timestamp::UNIX_EPOCH, &mut heard).expect("a good frame");
        black_box(&heard);
    }
}

fn by_node(peers: &Path, file: &Path, peer: &str, messages: usize) -> Result<f64> {
    let out = Command::new("node").arg(peers.join("decode.cjs")).arg(peer).arg(file).arg(NODE_PASSES).output()?;
    let told: Value = serde_json::from_slice(&out.stdout)
        .map_err(|_| format!("{peer}: {}", String::from_utf8_lossy(&out.stderr)))?;
    if told["messages"].as_u64() != Some(messages as u64) {
        return Err(format!("{peer} found {} messages, not {messages}", told["messages"]).into());
    }
    told["seconds"].as_f64().ok_or_else(|| "no time told".into())
}

/// All decoders must read the same lines of chat, in the same order.
fn agree(frames: &[Vec<u8>], peers: &Path, file: &Path) -> Result<()> {
    let mut decoder = DanmakuDecoder::new(42);
    let mut heard = Vec::new();
    for frame in frames {
        decoder.decode(frame, Timestamp::UNIX_EPOCH, &mut heard)?;
    }
    let lines: Vec<Value> = heard
        .iter()
        .filter_map(|heard| match heard {
            Heard::Event(event) if event.kind == ChatKind::Message => {
                let who = event.who.as_ref()?;
                Some(serde_json::json!([who.id.parse::<u64>().ok()?, who.name, event.text]))
            }
            _ => None,
        })
        .collect();
    for peer in PEERS {
        let out = Command::new("node").arg(peers.join("decode.cjs")).arg(peer).arg(file).arg("--lines").output()?;
        let told: Vec<Value> = String::from_utf8(out.stdout)?
            .lines()
            .map(serde_json::from_str)
            .collect::<std::result::Result<_, _>>()?;
        if let Some(at) = (0..lines.len().max(told.len())).find(|at| lines.get(*at) != told.get(*at)) {
            return Err(format!("line {at}: {:?} by Kaibo, {:?} by {peer}", lines.get(at), told.get(at)).into());
        }
        println!("{} lines of chat, the same by {peer}", lines.len());
    }
    Ok(())
}
