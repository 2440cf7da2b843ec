//! Nothing that a target does changes another.

use std::time::Duration;

use kaibo_relay::{Bounds, Failure, TargetState};
use tokio::time::Instant;

use crate::common::clip::{Clip, Make, Tag, missing, times_never_go_back};
use crate::common::push::Push;
use crate::common::sink::{Mood, Sink};
use crate::common::{id, publishes, relay, status, target, until};

const SMALL: Bounds = Bounds { span: Duration::from_secs(2), bytes: 16 << 20 };

#[tokio::test]
async fn a_frozen_target_loses_whole_groups_and_the_other_nothing() {
    let relay = relay(|settings| settings.bounds = SMALL);
    let (steady, frozen) = (Sink::start(Mood::Reads), Sink::start(Mood::Reads));
    relay.add(id("steady"), steady.address("k"));
    relay.add(id("frozen"), frozen.address("k"));
    let clip = Clip::made(Make { seconds: 9, kbps: 12_000, group: 20, enhanced: false });
    let mut push = Push::to(relay.address()).await.unwrap();
    let freezing = async {
        until(20, "pictures arrive", || frozen.count() > 60).await;
        frozen.set(Mood::Frozen);
        until(20, "groups go", || target(&relay, "frozen").dropped_frames > 0).await;
        assert!(target(&relay, "frozen").queued <= SMALL.span);
        assert!(publishes(&relay, "steady"));
        assert!(target(&relay, "steady").queued_bytes < 1 << 20);
        frozen.set(Mood::Reads);
    };
    tokio::join!(push.play(&clip), freezing);
    let end = clip.0.last().map(|tag| tag.body.clone());
    until(20, "the end arrived", || frozen.tags().last().map(|tag| tag.body.clone()) == end).await;
    until(20, "all arrived", || steady.count() == clip.0.len()).await;
    assert!(steady.tags() == clip.0, "the other has every packet");
    let lost = missing(&clip.0, &frozen.tags());
    assert!(lost > 0);
    assert_eq!(target(&relay, "frozen").dropped_frames, lost as u64, "what is missing is counted");
    times_never_go_back(&frozen.tags());
}

#[tokio::test]
async fn one_that_takes_nothing_any_more_is_left_and_found_again() {
    let bounds = Bounds { span: Duration::from_secs(1), ..SMALL };
    let relay = relay(|settings| settings.bounds = bounds);
    let sink = Sink::start(Mood::Reads);
    relay.add(id("a"), sink.address("k"));
    let clip = Clip::made(Make { seconds: 9, kbps: 16_000, ..Make::default() });
    let mut push = Push::to(relay.address()).await.unwrap();
    let freezing = async {
        until(20, "pictures arrive", || sink.count() > 60).await;
        sink.set(Mood::Frozen);
        until(20, "left", || target(&relay, "a").state == TargetState::Retrying(Failure::Stalled)).await;
        sink.set(Mood::Reads);
        until(20, "found again", || publishes(&relay, "a") && target(&relay, "a").reconnects == 1).await;
    };
    tokio::join!(push.play(&clip), freezing);
    let arrivals = sink.arrivals();
    let newest = arrivals.iter().map(|arrival| arrival.connection).max();
    let again: Vec<_> = arrivals.into_iter().filter(|arrival| Some(arrival.connection) == newest).collect();
    assert!(again[0].tag.is_setup() && again[1].tag.is_setup() && again[2].tag.is_key());
}

#[tokio::test]
async fn one_that_is_killed_has_picture_soon_after_it_is_back() {
    let relay = relay(|_| {});
    let (steady, mut killed) = (Sink::start(Mood::Reads), Sink::start(Mood::Reads));
    relay.add(id("steady"), steady.address("k"));
    relay.add(id("killed"), killed.address("k"));
    let clip = Clip::made(Make { seconds: 9, kbps: 4_000, group: 50, enhanced: false });
    let mut push = Push::to(relay.address()).await.unwrap();
    let killing = async {
        until(20, "pictures arrive", || killed.count() > 120).await;
        killed.kill().await;
        let before = killed.count();
        until(20, "missed", || matches!(target(&relay, "killed").state, TargetState::Retrying(_))).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        killed.revive();
        let back = Instant::now();
        until(20, "picture again", || killed.arrivals()[before..].iter().any(|a| a.tag.is_key())).await;
        (before, back.elapsed())
    };
    let ((), (before, took)) = tokio::join!(push.play(&clip), killing);
    assert!(took < Duration::from_secs(2), "{took:?}");
    until(20, "all arrived", || steady.count() == clip.0.len()).await;
    assert!(steady.tags() == clip.0, "the other has every packet");
    let arrived = killed.tags();
    assert!(arrived[before].is_setup() && arrived[before + 1].is_setup() && arrived[before + 2].is_key());
    let lost = missing(&clip.0, &arrived);
    // Three seconds are 75 pictures; what waited is sent after all, from a key frame on.
    assert!((1..=60).contains(&lost), "{lost} pictures are missing");
    times_never_go_back(&arrived);
    assert_eq!(target(&relay, "killed").reconnects, 1);
    assert_eq!(killed.metadata(), 2);
}

#[tokio::test]
async fn a_slow_target_gets_whole_groups_and_slows_nobody() {
    let relay = relay(|settings| settings.bounds = SMALL);
    let (steady, slow) = (Sink::start(Mood::Reads), Sink::start(Mood::Slow(400_000)));
    relay.add(id("steady"), steady.address("k"));
    relay.add(id("slow"), slow.address("k"));
    let clip = Clip::made(Make { seconds: 8, kbps: 8_000, ..Make::default() });
    let mut push = Push::to(relay.address()).await.unwrap();
    push.play(&clip).await;
    until(20, "all arrived", || steady.count() == clip.0.len()).await;
    assert!(steady.tags() == clip.0, "the other has every packet");
    assert!(target(&relay, "slow").dropped_frames > 0);
    assert_eq!(slow.connections(), 1, "slow isn't gone");
    let arrived = slow.tags();
    assert!(arrived.iter().filter(|tag| tag.is_picture()).count() > 25, "it gets what it can take");
    // Fails unless every gap ends with a key frame.
    missing(&clip.0, &arrived);
    times_never_go_back(&arrived);
}

#[tokio::test]
async fn a_refused_key_stops_that_target_and_is_told_without_the_key() {
    const SECRET: &str = "made-up-room-key-51ab";
    let relay = relay(|_| {});
    let (steady, refusing) = (Sink::start(Mood::Reads), Sink::start(Mood::Refuses));
    relay.add(id("steady"), steady.address("k"));
    relay.add(id("refusing"), refusing.address(SECRET));
    relay.add(id("nowhere"), crate::common::address("srt://127.0.0.1:9", ""));
    let clip = Clip::made(Make { seconds: 3, ..Make::default() });
    let mut push = Push::to(relay.address()).await.unwrap();
    let looking = async {
        let refused = TargetState::Stopped(Failure::Refused("NetStream.Publish.BadName".to_owned()));
        until(20, "refused", || target(&relay, "refusing").state == refused).await;
        until(20, "refused", || target(&relay, "nowhere").state == TargetState::Stopped(Failure::Address))
            .await;
        let shown = format!("{:?}", status(&relay));
        assert!(!shown.contains(SECRET) && !shown.contains(crate::common::KEY));
        assert_eq!(refusing.connections(), 1, "it isn't asked again");
        refusing.set(Mood::Reads);
        assert!(relay.resume(&id("refusing")));
        until(20, "taken after all", || publishes(&relay, "refusing")).await;
    };
    tokio::join!(push.play(&clip), looking);
    until(20, "all arrived", || steady.count() == clip.0.len()).await;
    assert!(steady.tags() == clip.0);
    assert!(refusing.tags().iter().any(Tag::is_key));
}
