//! The relay beside Debian's nginx-rtmp and ffmpeg's tee: one push of 6 Mb/s to five sinks, of which one freezes
//! for twenty seconds, one takes 1 Mb/s, and one is killed and back after three.
//!
//!   relay-bench SUMMARY [SECONDS]     42 seconds unless told; figures are added to the JSON file SUMMARY
//!   relay-bench engine                the relay alone, for the above: targets are read from the standard input

#![allow(unreachable_pub)] // nobody is outside
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a program for developers

#[path = "../../tests/relay/common/mod.rs"]
mod common;
mod engine;
mod figures;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use common::clip::Clip;
use common::push::Push;
use common::sink::{Mood, Sink};
use engine::{Engine, Kind};
use figures::Round;
use tokio::time::{Instant, sleep, sleep_until};

/// The source's bits, as the issue of the bench has them.
const KBPS: u32 = 6000;
const SLOW: u32 = 125_000;
/// What isn't measured at a clip's end: a program that reads the file ends with it.
const LAST: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (summary, seconds) = match arguments.as_slice() {
        [word] if word == "engine" => return engine::relay().await,
        [summary] => (summary, 42),
        [summary, seconds] => (summary, seconds.parse().expect("seconds")),
        _ => panic!("usage: relay-bench SUMMARY [SECONDS]"),
    };
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("source.flv");
    Clip::encode(&file, seconds, KBPS);
    let clip = Clip::read(&file);
    let mut all = BTreeMap::new();
    for kind in [Kind::Kaibo, Kind::Nginx, Kind::Ffmpeg] {
        let mut done = round(kind, &clip, folder.path()).await;
        if kind == Kind::Nginx && !done.has_begun() {
            // Now and then Debian's nginx-rtmp takes a push and hands nothing on; that says nothing of its work.
            println!("{kind:?} handed nothing on: once more");
            done = round(kind, &clip, folder.path()).await;
        }
        println!("{kind:?}: {done:?}");
        all.insert(kind, done);
    }
    figures::keep(Path::new(summary), &all);
}

/// One engine's turn.
async fn round(kind: Kind, clip: &Clip, folder: &Path) -> Round {
    let moods = [Mood::Reads, Mood::Reads, Mood::Reads, Mood::Slow(SLOW), Mood::Reads];
    let mut sinks: Vec<Sink> = moods.into_iter().map(Sink::start).collect();
    let addresses: Vec<_> = sinks.iter().map(|sink| sink.address("room")).collect();
    let engine = Engine::start(kind, folder, &addresses).await;
    let before = engine.usage();
    let mut push = match &engine.address {
        Some(address) => Some(Push::to(address).await.expect("the engine takes the push")),
        None => None,
    };
    let killed = sinks.pop().expect("five");
    let playing = async {
        if let Some(push) = &mut push {
            push.metadata().await;
        }
        let start = Instant::now();
        let mut sent = Vec::with_capacity(clip.0.len());
        for tag in &clip.0 {
            sleep_until(start + Duration::from_millis(tag.time.into())).await;
            sent.push(Instant::now());
            if let Some(push) = &mut push {
                push.send(tag).await.expect("the engine takes what is pushed");
            }
        }
        sent
    };
    let freezing = async {
        sleep(Duration::from_secs(8)).await;
        sinks[2].set(Mood::Frozen);
        sleep(Duration::from_secs(20)).await;
        sinks[2].set(Mood::Reads);
        Instant::now()
    };
    // While all of them still run.
    let watching = async {
        let length = Duration::from_millis(clip.0.last().map_or(0, |tag| tag.time).into());
        sleep(length.saturating_sub(LAST)).await;
        engine.usage()
    };
    let (sent, thawed, (killed, revived), after) = tokio::join!(playing, freezing, kill(killed), watching);
    sleep(Duration::from_secs(2)).await;
    let mut round = Round::of(clip, &sent, &sinks[..2]);
    round.cpu_ms = after.cpu.saturating_sub(before.cpu).as_secs_f64() * 1e3;
    round.memory_mb = (after.peak - before.now) / 1024.0;
    round.back_ms = figures::first_key(&killed, revived);
    round.thawed_ms = figures::first_key(&sinks[2], thawed);
    round.clean_gaps = [&sinks[2], &sinks[3], &killed].iter().all(|sink| figures::gaps_are_clean(clip, sink));
    if let Some(push) = push {
        push.end().await;
    }
    round
}

async fn kill(mut sink: Sink) -> (Sink, Instant) {
    sleep(Duration::from_secs(10)).await;
    sink.kill().await;
    sleep(Duration::from_secs(3)).await;
    sink.revive();
    (sink, Instant::now())
}
