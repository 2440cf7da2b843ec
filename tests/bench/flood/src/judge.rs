//! From what was sent and what was seen to how late it was.

use std::collections::BTreeMap;

use crate::history::Order;
use crate::probe::Frame;
use crate::source::Sent;

/// How late lines were, ms.
pub(crate) struct Lateness {
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) p99: f64,
    pub(crate) worst: f64,
    /// Lines that never came; the others are what the figures are of.
    pub(crate) missing: usize,
    /// Lines later than [`AIM_MS`], by the second in which they were sent.
    pub(crate) when: BTreeMap<u64, usize>,
}

/// What the 99th percentile is to stay within, ms.
const AIM_MS: f64 = 50.0;

/// How late each line was. `base` lines stood in the list before the first of these; the order is that in which the
/// program numbered them.
pub(crate) fn lateness(sent: &[Sent], frames: &[Frame], order: Option<&Order>, base: usize) -> Lateness {
    let mut late = Vec::new();
    let mut missing = 0;
    let mut when = BTreeMap::new();
    let begin_ms = sent.first().map_or(0.0, |packet| packet.at_ms);
    let counted = frames.iter().any(|frame| frame.through.is_some());
    // What is sent later is there later, so each search goes on where the one before it ended.
    let mut place = 0;
    let mut from = [0; crate::ROOMS];
    let mut from_count = 0;
    for packet in sent {
        for number in packet.first..packet.first + packet.count {
            place += 1;
            let found = if counted {
                let rank = order.and_then(|order| order.rank(packet.room, number)).unwrap_or(place);
                let there = |frame: &Frame| frame.through.is_some_and(|through| through >= base + rank);
                // Ranks of rooms interleave, so that a search may have to begin a little earlier.
                let start = usize::saturating_sub(from_count, 120);
                let at = frames[start..].iter().position(there).map(|at| start + at);
                from_count = at.unwrap_or(from_count);
                at
            } else {
                let from = &mut from[packet.room];
                let there = |frame: &Frame| frame.newest[packet.room].is_some_and(|newest| newest >= number);
                let at = frames[*from..].iter().position(there).map(|at| *from + at);
                *from = at.unwrap_or(*from);
                at
            };
            match found {
                Some(at) => {
                    let late_ms = (frames[at].at_ms - packet.at_ms).max(0.0);
                    if late_ms > AIM_MS {
                        *when.entry(((packet.at_ms - begin_ms) / 1000.0) as u64).or_default() += 1;
                    }
                    late.push(late_ms);
                }
                None => missing += 1,
            }
        }
    }
    Lateness { when, ..summed_up(late, missing) }
}

/// How late those lines were that stand in the list whole, seen for the first time as the newest of their room.
pub(crate) fn lateness_of_whole(sent: &[Sent], frames: &[Frame]) -> Lateness {
    let mut late = Vec::new();
    for room in 0..crate::ROOMS {
        let mut packets = sent.iter().filter(|packet| packet.room == room).peekable();
        let mut last = None;
        for frame in frames {
            let newest = frame.newest[room];
            if newest == last {
                continue;
            }
            last = newest;
            let Some(newest) = newest else { continue };
            while packets.next_if(|packet| packet.first + packet.count <= newest).is_some() {}
            if let Some(packet) = packets.peek().filter(|packet| packet.first <= newest) {
                late.push((frame.at_ms - packet.at_ms).max(0.0));
            }
        }
    }
    summed_up(late, 0)
}

fn summed_up(mut late: Vec<f64>, missing: usize) -> Lateness {
    late.sort_by(f64::total_cmp);
    let at = |part: f64| {
        let place = ((late.len() as f64 * part).ceil() as usize).clamp(1, late.len().max(1)) - 1;
        late.get(place).copied().unwrap_or(f64::INFINITY)
    };
    Lateness { p50: at(0.5), p95: at(0.95), p99: at(0.99), worst: at(1.0), missing, when: BTreeMap::new() }
}

impl std::fmt::Display for Lateness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { p50, p95, p99, worst, missing, when } = self;
        write!(f, "p50 {p50:.0}, p95 {p95:.0}, p99 {p99:.0}, worst {worst:.0} ms; {missing} never came")?;
        if !when.is_empty() {
            write!(f, "; later than {AIM_MS} ms by second: {when:?}")?;
        }
        Ok(())
    }
}
