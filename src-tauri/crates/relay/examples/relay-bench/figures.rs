//! What came of a round.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use bytes::Bytes;
use serde_json::{Map, Value};
use tokio::time::Instant;

use super::common::clip::{Clip, Tag};
use super::common::sink::Sink;
use super::engine::Kind;

#[derive(Debug, Default)]
pub struct Round {
    /// Messages of the source that a healthy sink didn't get.
    healthy_drops: usize,
    /// From the encoder's write to the healthy sinks' read.
    p50_ms: f64,
    p99_ms: f64,
    pub cpu_ms: f64,
    /// The most it held beyond what it held before the push.
    pub memory_mb: f64,
    /// From the killed sink's return, and the frozen one's thaw, to its first key frame.
    pub back_ms: f64,
    pub thawed_ms: f64,
    /// After each gap the troubled sinks went on with a key frame.
    pub clean_gaps: bool,
}

impl Round {
    /// Something came to the healthy sinks.
    pub fn has_begun(&self) -> bool {
        self.p50_ms.is_finite()
    }

    /// `sent` has the time of each message.
    pub fn of(clip: &Clip, sent: &[Instant], healthy: &[Sink]) -> Self {
        let places = places(clip);
        let (mut drops, mut delays) = (0, Vec::new());
        for sink in healthy {
            let mut missing: Vec<bool> = clip.0.iter().map(|tag| !tag.is_setup()).collect();
            for arrival in sink.arrivals() {
                let Some(place) = places.get(&essence(&arrival.tag)) else { continue };
                if std::mem::take(&mut missing[*place]) {
                    delays.push(arrival.at.saturating_duration_since(sent[*place]).as_secs_f64() * 1e3);
                }
            }
            drops += missing.iter().filter(|missing| **missing).count();
        }
        delays.sort_by(f64::total_cmp);
        let at = |part: usize| delays.get(delays.len() * part / 100).copied().unwrap_or(f64::NAN);
        Self { healthy_drops: drops, p50_ms: at(50), p99_ms: at(99), ..Self::default() }
    }
}

fn places(clip: &Clip) -> HashMap<Bytes, usize> {
    clip.0.iter().enumerate().map(|(place, tag)| (essence(tag), place)).collect()
}

/// What a message is told by: without the time of composition, which ffmpeg counts anew. That the relay leaves it
/// alone is for its tests.
fn essence(tag: &Tag) -> Bytes {
    if tag.is_picture() { tag.body.slice(5.min(tag.body.len())..) } else { tag.body.clone() }
}

/// From `since` to the next key frame; -1 if there was none.
pub fn first_key(sink: &Sink, since: Instant) -> f64 {
    let arrivals = sink.arrivals();
    let key = arrivals.iter().find(|arrival| arrival.at > since && arrival.tag.is_key());
    key.map_or(-1.0, |arrival| arrival.at.duration_since(since).as_secs_f64() * 1e3)
}

/// Whether each gap in the pictures ends with a key frame.
pub fn gaps_are_clean(clip: &Clip, sink: &Sink) -> bool {
    let pictures = Clip(clip.0.iter().filter(|tag| tag.is_picture()).cloned().collect());
    let places = places(&pictures);
    let mut next = 0;
    sink.tags().iter().filter(|tag| tag.is_picture()).all(|tag| {
        let Some(place) = places.get(&essence(tag)) else { return false };
        let clean = *place == next || tag.is_key();
        next = place + 1;
        clean
    })
}

/// Adds the figures to the summary, which other benches write to too.
pub fn keep(summary: &Path, rounds: &BTreeMap<Kind, Round>) {
    let mut all: Map<String, Value> = match std::fs::read(summary) {
        Ok(text) => serde_json::from_slice(&text).expect("a summary of figures"),
        Err(_) => Map::new(),
    };
    let mut put = |key: &str, value: f64| {
        all.insert(key.to_owned(), ((value * 100.0).round() / 100.0).into());
    };
    for (kind, prefix) in
        [(Kind::Kaibo, "relay"), (Kind::Nginx, "relay_nginx"), (Kind::Ffmpeg, "relay_ffmpeg")]
    {
        let round = &rounds[&kind];
        // Counts of messages are far below what a float holds exactly.
        #[allow(clippy::cast_precision_loss)]
        put(&format!("{prefix}_healthy_drops"), round.healthy_drops as f64);
        // What reads the file has no push to measure from.
        if kind != Kind::Ffmpeg {
            put(&format!("{prefix}_p50_ms"), round.p50_ms);
            put(&format!("{prefix}_p99_ms"), round.p99_ms);
        }
        put(&format!("{prefix}_cpu_ms"), round.cpu_ms);
        put(&format!("{prefix}_memory_mb"), round.memory_mb);
        put(&format!("{prefix}_back_ms"), round.back_ms);
        put(&format!("{prefix}_thawed_ms"), round.thawed_ms);
        put(&format!("{prefix}_clean_gaps"), f64::from(u8::from(round.clean_gaps)));
    }
    let cpu = |kind| rounds[&kind].cpu_ms;
    put("relay_cpu_vs_nginx", cpu(Kind::Kaibo) / cpu(Kind::Nginx));
    put("relay_cpu_vs_ffmpeg", cpu(Kind::Kaibo) / cpu(Kind::Ffmpeg));
    if let Some(folder) = summary.parent() {
        std::fs::create_dir_all(folder).expect("a folder for the summary");
    }
    std::fs::write(summary, serde_json::to_string_pretty(&all).expect("JSON") + "\n").expect("written");
}
