//! Decodes the same danmaku packets with Kaibo's decoder and with others, turn about.
//!
//! ```text
//! decode SUMMARY.json PEERS-FOLDER
//! ```
//!
//! * *floor*: the same bytes through Kaibo's decoder, sealed so that they are inflated, within its bounds, and left.
//!   Nothing that reads them can be faster.
//! * *value*: inflation and `serde_json::Value`, as most Rust clients do it.
//! * two npm clients, with node's own brotli (C).
//!
//! Quiet and busy packets are timed apart; the figures that count are over both, as many messages of each (see
//! `corpus.rs`). Seconds are the processor's, and the best of
//! several passes counts. Before anything is timed, all decoders' lines are compared.

mod corpus;

use std::error::Error;
use std::hint::black_box;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use kaibo_live::chat::{ChatKind, Heard};
use kaibo_platforms::DanmakuDecoder;
use rustix::time::{ClockId, clock_gettime};
use serde_json::Value;

use corpus::{Corpus, MESSAGES};

/// Passes over a corpus. A pass takes some ten milliseconds, so that some are left alone by whatever else runs.
const ROUNDS: usize = 25;
const PEERS: [&str; 2] = ["bilibili-live-ws", "tiny-bilibili-ws"];
/// Passes of a node process, whose first ones warm up.
const NODE_PASSES: &str = "15";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Seconds of one pass over a corpus.
#[derive(Clone, Copy)]
struct Times {
    kaibo: f64,
    floor: f64,
    value: f64,
    node: [f64; PEERS.len()],
}

impl Times {
    const NONE: Self =
        Self { kaibo: f64::MAX, floor: f64::MAX, value: f64::MAX, node: [f64::MAX; PEERS.len()] };

    fn and(self, other: Self) -> Self {
        let node = std::array::from_fn(|at| self.node[at] + other.node[at]);
        Self {
            kaibo: self.kaibo + other.kaibo,
            floor: self.floor + other.floor,
            value: self.value + other.value,
            node,
        }
    }

    /// Kaibo against node (the faster one), against Rust, and of the floor.
    fn figures(&self) -> [f64; 3] {
        let node = self.node.iter().copied().fold(f64::MAX, f64::min);
        [node / self.kaibo, self.value / self.kaibo, self.floor / self.kaibo]
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [summary, peers] = arguments.as_slice() else {
        return Err("usage: decode SUMMARY.json PEERS-FOLDER".into());
    };
    let (summary, peers) = (Path::new(summary), Path::new(peers));
    let mut timed = Vec::new();
    for corpus in [corpus::quiet(), corpus::busy()] {
        println!(
            "{}: {MESSAGES} messages of {} bytes in {} packets",
            corpus.name,
            corpus.bytes / MESSAGES,
            corpus.packets.len()
        );
        let file = written(&corpus, summary)?;
        agree(&corpus.packets, peers, &file)?;
        timed.push((corpus.name, timings(&corpus, peers, &file)?));
    }
    let all = timed.iter().map(|(_, times)| *times).reduce(Times::and).unwrap_or(Times::NONE);
    let messages = MESSAGES * timed.len();
    timed.push(("both", all));

    #[allow(clippy::cast_precision_loss)] // thousands
    let rate = |times: &Times, of: fn(&Times) -> f64| {
        let counted = if (times.kaibo - all.kaibo).abs() < f64::EPSILON { messages } else { MESSAGES };
        counted as f64 / of(times)
    };
    println!("{:>20} {:>10} {:>10} {:>10}", "messages/s", "quiet", "busy", "both");
    let rows: [(&str, fn(&Times) -> f64); 5] = [
        ("kaibo", |t| t.kaibo),
        ("floor: inflation", |t| t.floor),
        ("rust value", |t| t.value),
        (PEERS[0], |t| t.node[0]),
        (PEERS[1], |t| t.node[1]),
    ];
    for (name, of) in rows {
        let [quiet, busy, both] = [0, 1, 2].map(|at: usize| rate(&timed[at].1, of));
        println!("{name:>20} {quiet:>10.0} {busy:>10.0} {both:>10.0}");
    }
    let mut kept = vec![("decode_messages_per_s".to_owned(), rate(&all, |t| t.kaibo).round())];
    for (at, figure) in ["vs_node", "vs_rust", "of_floor"].iter().enumerate() {
        let [quiet, busy, both] = [0, 1, 2].map(|corpus: usize| timed[corpus].1.figures()[at]);
        println!("{figure:>20} {quiet:>10.2} {busy:>10.2} {both:>10.2}");
        kept.push((format!("decode_{figure}"), both));
        kept.push((format!("decode_quiet_{figure}"), quiet));
        kept.push((format!("decode_busy_{figure}"), busy));
    }
    keep(summary, &kept)
}

/// The packets in a file for the peers, each behind its length.
fn written(corpus: &Corpus, summary: &Path) -> Result<PathBuf> {
    let file = summary.with_file_name(format!("packets-{}.bin", corpus.name));
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let length = |packet: &[u8]| u32::try_from(packet.len()).unwrap_or_default().to_be_bytes();
    let bytes: Vec<u8> = corpus.packets.iter().flat_map(|p| [&length(p)[..], p].concat()).collect();
    std::fs::write(&file, bytes)?;
    Ok(file)
}

fn timings(corpus: &Corpus, peers: &Path, file: &Path) -> Result<Times> {
    let mut best = Times::NONE;
    for _ in 0..ROUNDS {
        best.floor = best.floor.min(time(|| by_kaibo(&corpus.sealed)));
        best.kaibo = best.kaibo.min(time(|| by_kaibo(&corpus.packets)));
        best.value = best.value.min(time(|| corpus.packets.iter().for_each(|p| by_value(&inflated(p)))));
    }
    for _ in 0..2 {
        for (best, peer) in best.node.iter_mut().zip(PEERS) {
            *best = best.min(by_node(peers, file, peer)?);
        }
    }
    Ok(best)
}

/// Adds the figures to those that other benchmarks wrote.
fn keep(summary: &Path, figures: &[(String, f64)]) -> Result<()> {
    let mut all: serde_json::Map<String, Value> = match std::fs::read(summary) {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(_) => serde_json::Map::new(),
    };
    for (name, figure) in figures {
        all.insert(name.clone(), ((figure * 1000.0).round() / 1000.0).into());
    }
    std::fs::write(summary, serde_json::to_string_pretty(&all)? + "\n")?;
    Ok(())
}

/// Seconds of processor that something takes, so that other programs are counted in as little as can be.
fn time(work: impl FnOnce()) -> f64 {
    let begun = processor();
    work();
    processor() - begun
}

#[allow(clippy::cast_precision_loss)] // nanoseconds of minutes
fn processor() -> f64 {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    used.tv_sec as f64 + used.tv_nsec as f64 / 1e9
}

fn inflated(packet: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut reader = brotli::Decompressor::new(&packet[16..], 4096);
    reader.read_to_end(&mut bytes).expect("a good packet");
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

fn by_value(inflated: &[u8]) {
    for body in bodies(inflated) {
        let value: Value = serde_json::from_slice(body).expect("JSON");
        black_box(value["cmd"].as_str());
    }
}

fn by_kaibo(packets: &[Vec<u8>]) {
    let mut decoder = DanmakuDecoder::new(42);
    let mut heard = Vec::new();
    for packet in packets {
        heard.clear();
        decoder.decode(packet, Timestamp::UNIX_EPOCH, &mut heard).expect("a good packet");
        black_box(&heard);
    }
}

fn by_node(peers: &Path, file: &Path, peer: &str) -> Result<f64> {
    let out =
        Command::new("node").arg(peers.join("decode.cjs")).arg(peer).arg(file).arg(NODE_PASSES).output()?;
    let told: Value = serde_json::from_slice(&out.stdout)
        .map_err(|_| format!("{peer}: {}", String::from_utf8_lossy(&out.stderr)))?;
    if told["messages"].as_u64() != Some(MESSAGES as u64) {
        return Err(format!("{peer} found {} messages, not {MESSAGES}", told["messages"]).into());
    }
    told["seconds"].as_f64().ok_or_else(|| "no time told".into())
}

/// All decoders must read the same lines of chat, in the same order.
fn agree(packets: &[Vec<u8>], peers: &Path, file: &Path) -> Result<()> {
    let mut decoder = DanmakuDecoder::new(42);
    let mut heard = Vec::new();
    for packet in packets {
        decoder.decode(packet, Timestamp::UNIX_EPOCH, &mut heard)?;
    }
    let lines: Vec<Value> = heard
        .iter()
        .filter_map(|heard| match heard {
            Heard::Event(event) if event.kind == ChatKind::Message => {
                let who = event.who.as_ref()?;
                let at = event.at.as_millisecond();
                Some(serde_json::json!([event.id, at, who.id.parse::<u64>().ok()?, who.name, event.text]))
            }
            _ => None,
        })
        .collect();
    for peer in PEERS {
        let out =
            Command::new("node").arg(peers.join("decode.cjs")).arg(peer).arg(file).arg("--lines").output()?;
        let told: Vec<Value> = String::from_utf8(out.stdout)?
            .lines()
            .map(serde_json::from_str)
            .collect::<std::result::Result<_, _>>()?;
        if let Some(at) = (0..lines.len().max(told.len())).find(|at| lines.get(*at) != told.get(*at)) {
            return Err(
                format!("line {at}: {:?} by Kaibo, {:?} by {peer}", lines.get(at), told.get(at)).into()
            );
        }
        println!("{} lines of chat, the same by {peer}", lines.len());
    }
    Ok(())
}
