//! Whether the relay holds on to anything: one push for an hour to three sinks, of which one is gone for half of each
//! twenty seconds. The relay's memory, descriptors and threads are looked at all along and must not have grown.
//!
//!   relay-soak [SECONDS] [FIGURES]   3600 seconds unless told; a line a minute goes to the file FIGURES too
//!   relay-soak engine                the relay alone, for the above: targets are read from the standard input

#![allow(unreachable_pub)] // nobody is outside
#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a program for developers

#[path = "../../tests/relay/common/mod.rs"]
mod common;

use std::fmt::Write as _;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use common::clip::{Clip, Make};
use common::id;
use common::push::Push;
use common::sink::{Mood, Sink};
use kaibo_live::push::PushAddress;
use kaibo_relay::{Relay, Settings};
use secrecy::ExposeSecret as _;
use tokio::time::{Instant, interval, sleep, sleep_until};

/// One sink goes and comes in this time, half of it each.
const FLAP: Duration = Duration::from_secs(20);
/// How often the relay is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// What memory may have grown by from the start to the end, kB: a queue is fuller at one moment than at another.
const SLACK_KB: u64 = 2048;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "engine") {
        return engine().await;
    }
    let seconds = arguments.first().map_or(3600, |text| text.parse().expect("seconds"));
    assert!(seconds >= 120, "less says nothing");
    soak(Duration::from_secs(seconds), arguments.get(1).map(PathBuf::from)).await;
}

/// The relay, until the input ends.
async fn engine() {
    let relay = Relay::start(Settings::new(0, "live", "soak".to_owned().into())).expect("a port");
    let mut lines = std::io::stdin().lines();
    for number in 0..3 {
        let line = lines.next().expect("three targets").expect("text");
        assert!(relay.add(id(&number.to_string()), PushAddress::split(&line).expect("an address")));
    }
    println!("{}", relay.address().whole().expose_secret());
    let _ = lines.next();
    relay.stop().await;
}

/// The relay in a process of its own, so that nothing but it is measured.
struct Engine(Child);

impl Engine {
    fn start(sinks: &[&Sink]) -> (Self, PushAddress) {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .arg("engine")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program again");
        let input = child.stdin.as_mut().expect("piped");
        for sink in sinks {
            writeln!(input, "{}", sink.address("room").whole().expose_secret()).expect("read");
        }
        let mut line = String::new();
        let output = child.stdout.as_mut().expect("piped");
        std::io::BufReader::new(output).read_line(&mut line).expect("a line");
        (Self(child), PushAddress::split(&line).expect("an address"))
    }

    fn look(&self) -> Held {
        let proc = PathBuf::from("/proc").join(self.0.id().to_string());
        let status = std::fs::read_to_string(proc.join("status")).expect("it runs");
        let number = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("a field");
            line.trim().trim_end_matches(" kB").parse().expect("a number")
        };
        let descriptors = std::fs::read_dir(proc.join("fd")).expect("it runs").count() as u64;
        Held { kb: number("VmRSS:"), descriptors, threads: number("Threads:") }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the relay holds.
#[derive(Debug, Clone, Copy, Default)]
struct Held {
    kb: u64,
    descriptors: u64,
    threads: u64,
}

impl Held {
    /// The most of each: moments differ, as one sink comes and goes.
    fn most(all: &[Self]) -> Self {
        all.iter().fold(Self::default(), |most, held| Self {
            kb: most.kb.max(held.kb),
            descriptors: most.descriptors.max(held.descriptors),
            threads: most.threads.max(held.threads),
        })
    }
}

async fn soak(length: Duration, figures: Option<PathBuf>) {
    let steady = [Sink::start(Mood::Reads), Sink::start(Mood::Reads)];
    let flapping = Sink::start(Mood::Reads);
    let (engine, address) = Engine::start(&[&steady[0], &steady[1], &flapping]);
    let mut push = Push::to(&address).await.expect("the relay takes the push");
    let end = Instant::now() + length;
    let sent = AtomicU64::new(0);
    let (playing, flaps, watching) =
        tokio::join!(play(&mut push, end, &sent), flap(flapping, end), watch(&engine, &steady, end, figures));
    push.end().await;
    let (looks, mut arrived) = watching;
    // What is under way.
    sleep(Duration::from_secs(3)).await;
    for (sink, arrived) in steady.iter().zip(&mut arrived) {
        *arrived += media(sink);
        assert_eq!(sink.connections(), 1, "a healthy sink is left alone");
    }
    println!("{playing} messages sent, {arrived:?} at the healthy sinks; {flaps:?}");
    assert!(arrived.iter().all(|arrived| *arrived == playing), "healthy sinks have every packet");
    assert_eq!(flaps.pictures, flaps.times, "each time that it is there the flapping one has pictures");
    // The first minutes are for buffers to find their size.
    let settled = looks.len() / 12;
    let (before, after) =
        (Held::most(&looks[settled..settled * 2]), Held::most(&looks[looks.len() - settled..]));
    println!("settled at {before:?}, ended at {after:?}");
    assert!(after.kb <= before.kb + SLACK_KB, "memory has grown");
    assert!(after.descriptors <= before.descriptors, "descriptors have grown");
    assert!(after.threads <= before.threads, "threads have grown");
}

/// Plays a clip over and over, at the speed of life. Returns what was sent, headers aside.
async fn play(push: &mut Push, end: Instant, sent: &AtomicU64) -> u64 {
    let make = Make { seconds: 2, kbps: 2000, group: 50, enhanced: false };
    let clip = Clip::made(make);
    push.metadata().await;
    let start = Instant::now();
    let mut round = 0;
    while Instant::now() < end {
        for tag in clip.0.iter().filter(|tag| round == 0 || !tag.is_setup()) {
            let mut tag = tag.clone();
            tag.time += round * make.seconds * 1000;
            sleep_until(start + Duration::from_millis(tag.time.into())).await;
            push.send(&tag).await.expect("the relay takes what is pushed");
            sent.fetch_add(u64::from(!tag.is_setup()), Ordering::Relaxed);
        }
        round += 1;
    }
    sent.load(Ordering::Relaxed)
}

/// How the flapping sink fared.
#[derive(Debug, Default)]
struct Flaps {
    times: u32,
    /// Times in which pictures came.
    pictures: u32,
}

async fn flap(mut sink: Sink, end: Instant) -> Flaps {
    let mut flaps = Flaps::default();
    while Instant::now() + FLAP < end {
        sleep(FLAP / 2).await;
        flaps.pictures += u32::from(sink.forget().iter().any(|arrival| arrival.tag.is_key()));
        sink.kill().await;
        sleep(FLAP / 2).await;
        sink.revive();
        flaps.times += 1;
    }
    flaps
}

/// Sound and pictures that came since the last call.
fn media(sink: &Sink) -> u64 {
    sink.forget().iter().filter(|arrival| !arrival.tag.is_setup()).count() as u64
}

async fn watch(
    engine: &Engine,
    steady: &[Sink; 2],
    end: Instant,
    figures: Option<PathBuf>,
) -> (Vec<Held>, [u64; 2]) {
    let (mut looks, mut arrived) = (Vec::new(), [0; 2]);
    let (mut ticks, mut text) = (interval(LOOK), "minute,kB,descriptors,threads\n".to_owned());
    while Instant::now() < end {
        ticks.tick().await;
        looks.push(engine.look());
        for (sink, arrived) in steady.iter().zip(&mut arrived) {
            *arrived += media(sink);
        }
        if looks.len() % 60 == 0 {
            let Held { kb, descriptors, threads } = Held::most(&looks[looks.len() - 60..]);
            println!("{:>3} min: {kb} kB, {descriptors} descriptors, {threads} threads", looks.len() / 60);
            let _ = writeln!(text, "{},{kb},{descriptors},{threads}", looks.len() / 60);
            if let Some(figures) = &figures {
                std::fs::write(figures, &text).expect("written");
            }
        }
    }
    (looks, arrived)
}
