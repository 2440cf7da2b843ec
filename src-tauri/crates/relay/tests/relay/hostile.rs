//! Publishers that mean no good are let go in time, and the one that means well goes on.

use std::time::Duration;

use kaibo_relay::Source;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};

use crate::common::clip::{Clip, Make};
use crate::common::push::{Push, shake_hands};
use crate::common::sink::{Mood, Sink};
use crate::common::{id, relay, status, until};

/// Sends `bytes`, over and over if told, until the other side closes. Returns how long that took.
async fn cut(mut stream: TcpStream, bytes: &[u8], again: bool) -> Duration {
    let start = Instant::now();
    let ended = timeout(Duration::from_secs(8), async {
        let (mut read, mut write) = stream.split();
        let reading = async {
            let mut buffer = [0; 4096];
            while !matches!(read.read(&mut buffer).await, Ok(0) | Err(_)) {}
        };
        let writing = async {
            while write.write_all(bytes).await.is_ok() && again {}
            std::future::pending::<()>().await;
        };
        tokio::select! {
            () = reading => {}
            () = writing => {}
        }
    });
    ended.await.expect("cut within eight seconds");
    start.elapsed()
}

/// A message in one chunk.
fn message(kind: u8, length: u32, body: &[u8]) -> Vec<u8> {
    [&[3, 0, 0, 0][..], &length.to_be_bytes()[1..], &[kind, 1, 0, 0, 0], body].concat()
}

/// The same on another chunk stream.
fn on(id: u8, message: &[u8]) -> Vec<u8> {
    [&[id][..], &message[1..]].concat()
}

#[tokio::test]
async fn strangers_are_cut_and_disturb_nobody() {
    let relay = relay(|_| {});
    let sink = Sink::start(Mood::Reads);
    relay.add(id("a"), sink.address("k"));
    let at = relay.address().tcp_host().unwrap();
    let open = async || TcpStream::connect(&at).await.unwrap();
    let shaken = async || {
        let mut stream = open().await;
        shake_hands(&mut stream).await;
        stream
    };
    let clip = Clip::made(Make { seconds: 9, kbps: 3_000, ..Make::default() });
    let mut push = Push::to(relay.address()).await.unwrap();
    let attacks = async {
        let at_once = Duration::from_secs(1);
        assert!(cut(open().await, b"GET / HTTP/1.1\r\n\r\n", false).await < at_once, "no RTMP");
        let huge = message(9, 0xff_ffff, &[0; 128]);
        assert!(cut(shaken().await, &huge, true).await < at_once, "a picture of 16 MB from nobody");
        let values = message(20, 0xff_ffff, &[3; 128]);
        assert!(cut(shaken().await, &values, true).await < at_once, "a command of 16 MB");
        let endless =
            message(20, 120, &[&[2, 0, 7][..], b"connect", &[10, 255, 255, 255, 255], &[5; 105]].concat());
        assert!(cut(shaken().await, &endless, true).await < at_once, "an array of four billion");
        let zero = message(1, 4, &[0; 4]);
        assert!(cut(shaken().await, &zero, false).await < at_once, "chunks of nothing");
        let unending = message(20, 120, &[&[2, 0, 7][..], b"connect", &[3; 111]].concat());
        assert!(cut(shaken().await, &unending, true).await < at_once, "objects in objects");
        let aggregate = message(22, 0xff_ffff, &[0; 128]);
        assert!(cut(shaken().await, &aggregate, true).await < at_once, "an aggregate of 16 MB from nobody");
        let early = message(20, 17, &[&[2, 0, 7][..], b"publish", &[0; 7]].concat());
        assert!(cut(shaken().await, &early, true).await < at_once, "publishing without connecting");
        // Nothing, a handshake and nothing, empty messages without an end: five seconds for all of it.
        let nothing = message(3, 4, &[0; 4]);
        let (a, b, c) = tokio::join!(
            cut(open().await, b"", false),
            cut(shaken().await, b"", false),
            cut(shaken().await, &nothing, true),
        );
        for took in [a, b, c] {
            assert!((4..7).contains(&took.as_secs()), "{took:?}");
        }
    };
    tokio::join!(push.play(&clip), attacks);
    until(20, "all arrived", || sink.count() == clip.0.len()).await;
    assert!(sink.tags() == clip.0, "the one that means well has noticed nothing");
}

#[tokio::test]
async fn more_connections_than_anybody_needs_are_closed_at_the_door() {
    let relay = relay(|_| {});
    let at = relay.address().tcp_host().unwrap();
    let mut crowd = Vec::new();
    for _ in 0..8 {
        crowd.push(TcpStream::connect(&at).await.unwrap());
    }
    sleep(Duration::from_millis(200)).await;
    let mut ninth = TcpStream::connect(&at).await.unwrap();
    let read = timeout(Duration::from_secs(2), ninth.read(&mut [0; 16])).await.expect("closed at once");
    assert!(matches!(read, Ok(0) | Err(_)));
    drop(crowd);
    until(20, "there is room again", || true).await;
    sleep(Duration::from_millis(200)).await;
    Push::to(relay.address()).await.expect("room for an encoder");
}

#[tokio::test]
async fn a_publisher_that_turns_bad_is_cut() {
    let relay = relay(|_| {});
    // Chunk streams without number, a picture over the cap, chunks without a beginning.
    let many: Vec<u8> = (4..40).flat_map(|id| on(id, &message(9, 0, &[]))).collect();
    let picture = on(9, &message(9, 5 << 20, &[0; 128]));
    // A picture over the cap in one chunk of 2 GB; aggregates that hold a command, or more than they are long.
    let mut chunk = message(1, 4, &[0x7f, 0xff, 0xff, 0xff]);
    chunk.extend(&picture);
    let command = on(10, &message(22, 15, &[&[20, 0, 0, 0][..], &[0; 11]].concat()));
    let short = on(10, &message(22, 15, &[&[9, 0, 0, 200][..], &[0; 11]].concat()));
    for bytes in [many, picture, vec![0xfa; 64], chunk, command, short] {
        let push = Push::to(relay.address()).await.expect("the slot is free again");
        until(20, "publishing", || status(&relay).ingest.source == Source::Publishing).await;
        // At once, not by a deadline.
        assert!(cut(push.stream, &bytes, false).await < Duration::from_secs(4));
        until(20, "held", || status(&relay).ingest.source == Source::Held).await;
    }
    // One that publishes and then says nothing, or only drips.
    let push = Push::to(relay.address()).await.expect("the slot is free again");
    until(20, "publishing", || status(&relay).ingest.source == Source::Publishing).await;
    let mut stream = push.stream;
    let start = Instant::now();
    let drip = message(9, 100_000, &[]);
    for byte in drip.iter().cycle() {
        if stream.write_all(&[*byte]).await.is_err() || status(&relay).ingest.source == Source::Held {
            break;
        }
        assert!(start.elapsed() < Duration::from_secs(14), "cut within its deadline");
        sleep(Duration::from_millis(100)).await;
    }
    assert!(start.elapsed() > Duration::from_secs(8), "an encoder may hang for a while");
}

#[tokio::test]
async fn a_publisher_that_says_nothing_in_many_words_is_cut() {
    let relay = relay(|_| {});
    let mut stream = Push::to(relay.address()).await.expect("the right key").stream;
    let start = Instant::now();
    let pings = message(4, 6, &[0, 6, 0, 0, 0, 0]);
    let nothing = [on(9, &message(9, 0, &[])), on(10, &message(22, 0, &[])), pings].concat();
    while stream.write_all(&nothing).await.is_ok() {
        assert!(start.elapsed() < Duration::from_secs(30), "cut within its deadline");
        // What is answered is taken, or that would end it.
        let _ = stream.try_read(&mut [0; 4096]);
        sleep(Duration::from_millis(50)).await;
    }
    assert!(start.elapsed() > Duration::from_secs(8), "an encoder may hang for a while");
    until(20, "held", || status(&relay).ingest.source == Source::Held).await;
}

#[tokio::test]
async fn a_publisher_that_takes_no_answer_is_cut() {
    let relay = relay(|_| {});
    let mut stream = Push::to(relay.address()).await.expect("the right key").stream;
    let pings = message(4, 6, &[0, 6, 0, 0, 0, 0]).repeat(1000);
    let start = Instant::now();
    // Never reads: the answers fill what the system holds, and then ours don't go out.
    let flood = async { while stream.write_all(&pings).await.is_ok() {} };
    timeout(Duration::from_secs(30), flood).await.expect("cut");
    assert!(start.elapsed() > Duration::from_secs(1), "it has a moment to read");
    until(20, "held", || status(&relay).ingest.source == Source::Held).await;
    Push::to(relay.address()).await.expect("the place is free again");
}
