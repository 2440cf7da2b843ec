//! Who may publish, and what happens when the encoder goes.

use std::time::Duration;

use kaibo_relay::{Source, TargetState};

use crate::common::clip::{Clip, Make, missing, times_never_go_back};
use crate::common::push::Push;
use crate::common::sink::{Mood, Sink};
use crate::common::{KEY, address, id, relay, status, target, until};

#[tokio::test]
async fn only_the_key_that_was_given_out_is_taken_and_only_once() {
    let relay = relay(|_| {});
    let server = relay.address().server.clone();
    let bad_name = Some("NetStream.Publish.BadName".to_owned());
    let refusal = async |server: &str, key: &str| Push::to(&address(server, key)).await.err();
    assert_eq!(refusal(&server, "another").await, bad_name);
    assert_eq!(refusal(&server, "").await, bad_name);
    assert_eq!(refusal(&server, &format!("{KEY}x")).await, bad_name);
    let elsewhere = server.replace("/kaibo", "/live");
    assert_eq!(refusal(&elsewhere, KEY).await, Some("NetConnection: no such app".to_owned()));
    let first = Push::to(relay.address()).await.expect("the right key");
    assert_eq!(refusal(&server, KEY).await, bad_name, "a second publisher");
    until(20, "four were turned away", || status(&relay).ingest.refused == 4).await;
    assert_eq!(status(&relay).ingest.source, Source::Publishing, "the first goes on");
    first.end().await;
    until(20, "the first is gone", || status(&relay).ingest.source == Source::Held).await;
    Push::to(relay.address()).await.expect("now it is the next one's turn");
}

#[tokio::test]
async fn targets_are_held_over_an_absence_and_go_on() {
    let relay = relay(|settings| settings.hold = Duration::from_secs(20));
    let sink = Sink::start(Mood::Reads);
    relay.add(id("a"), sink.address("k"));
    let clip = Clip::made(Make { seconds: 2, ..Make::default() });
    let mut push = Push::to(relay.address()).await.unwrap();
    push.play(&clip).await;
    drop(push); // as by a crash
    until(20, "held", || status(&relay).ingest.source == Source::Held).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(target(&relay, "a").state, TargetState::Publishing, "nobody has noticed");
    let mut push = Push::to(relay.address()).await.unwrap();
    push.play(&clip).await;
    until(20, "all arrived", || sink.count() == clip.0.len() * 2).await;
    assert_eq!((sink.connections(), sink.farewells()), (1, 0), "one stream");
    let arrived = sink.tags();
    assert_eq!(missing(&clip.0, &arrived[..clip.0.len()]), 0);
    assert_eq!(missing(&clip.0, &arrived[clip.0.len()..]), 0);
    times_never_go_back(&arrived);
    let gap = arrived[clip.0.len()].time - arrived[clip.0.len() - 1].time;
    assert!((1500..4000).contains(&gap), "a gap of {gap} ms, as long as it was");
}

#[tokio::test]
async fn after_the_hold_the_streams_are_ended_and_the_next_are_new_ones() {
    let relay = relay(|settings| settings.hold = Duration::from_millis(700));
    let sink = Sink::start(Mood::Reads);
    relay.add(id("a"), sink.address("k"));
    let clip = Clip::made(Make { seconds: 1, ..Make::default() });
    for round in 1..=2 {
        let mut push = Push::to(relay.address()).await.unwrap();
        push.play(&clip).await;
        until(20, "all arrived", || sink.count() == clip.0.len() * round).await;
        push.end().await;
        assert_eq!(sink.farewells() as usize, round - 1, "held at first");
        until(20, "a farewell", || sink.farewells() as usize == round).await;
        until(20, "over", || target(&relay, "a").state == TargetState::Waiting).await;
        let seen = status(&relay);
        assert_eq!((seen.ingest.source, seen.ingest.video), (Source::Absent, None));
    }
    let arrived = sink.arrivals();
    assert_eq!(arrived[clip.0.len()].connection, 2);
    assert_eq!(arrived[clip.0.len()].tag, clip.0[0], "with times of its own");
}
