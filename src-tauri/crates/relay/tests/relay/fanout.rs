//! What goes in comes out.

use std::sync::Arc;
use std::time::Duration;

use kaibo_relay::{Source, TargetState};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::AsyncWriteExt as _;

use crate::common::clip::{AUDIO, Clip, Make, Tag, VIDEO, missing, times_never_go_back};
use crate::common::push::Push;
use crate::common::sink::{Mood, Sink};
use crate::common::{address, id, publishes, relay, status, target, until};

#[tokio::test]
async fn every_message_arrives_as_it_came_the_first_included() {
    let relay = relay(|_| {});
    let sinks = [Sink::start(Mood::Reads), Sink::start(Mood::Reads)];
    for (number, sink) in sinks.iter().enumerate() {
        assert!(relay.add(id(&number.to_string()), sink.address("a/b?c=d")));
    }
    let clip = Clip::made(Make::default());
    let mut push = Push::to(relay.address()).await.unwrap();
    push.play(&clip).await;
    for sink in &sinks {
        until(20, "all arrived", || sink.count() == clip.0.len()).await;
        assert!(sink.tags() == clip.0, "kinds, times and bodies are the source's");
        assert_eq!((sink.connections(), sink.metadata()), (1, 1));
    }
    let seen = status(&relay);
    assert_eq!(seen.ingest.source, Source::Publishing);
    assert_eq!(seen.ingest.video.map(|codec| codec.as_str().to_owned()), Some("avc1".to_owned()));
    for rate in [seen.ingest.bits_per_second, seen.targets[0].bits_per_second] {
        assert!((1_500_000..2_800_000).contains(&rate), "{rate} bits a second of 2,000,000");
    }
    for target in seen.targets {
        assert_eq!((target.dropped_frames, target.reconnects), (0, 0));
        assert!(target.delay < Duration::from_secs(1) && target.queued < Duration::from_secs(1));
    }
}

#[tokio::test]
async fn codecs_by_four_letters_pass_as_they_come() {
    let relay = relay(|_| {});
    let sink = Sink::start(Mood::Reads);
    relay.add(id("a"), sink.address("k"));
    // Large pictures, over many chunks.
    let clip = Clip::made(Make { seconds: 1, kbps: 20_000, group: 25, enhanced: true });
    let mut push = Push::to(relay.address()).await.unwrap();
    push.play(&clip).await;
    until(20, "all arrived", || sink.count() == clip.0.len()).await;
    assert!(sink.tags() == clip.0);
    let seen = status(&relay).ingest;
    assert_eq!(seen.video.map(|codec| codec.as_str().to_owned()), Some("hvc1".to_owned()));
    assert_eq!(seen.audio.map(|codec| codec.as_str().to_owned()), Some("Opus".to_owned()));
}

/// A message as it stands in an FLV file.
fn in_a_file(tag: &Tag) -> Vec<u8> {
    let [high, time @ ..] = tag.time.to_be_bytes();
    let length = u32::try_from(tag.body.len()).unwrap();
    let (trailer, length) = ((length + 11).to_be_bytes(), length.to_be_bytes());
    [&[tag.kind][..], &length[1..], &time, &[high, 0, 0, 0], &tag.body, &trailer].concat()
}

#[tokio::test]
async fn messages_in_one_message_are_taken_apart() {
    let relay = relay(|_| {});
    let sink = Sink::start(Mood::Reads);
    relay.add(id("a"), sink.address("k"));
    let mut push = Push::to(relay.address()).await.unwrap();
    push.metadata().await;
    let tag = |kind, time, body: &'static [u8]| Tag { kind, time, body: body.into() };
    let first =
        [tag(VIDEO, 0, b"\x17\0\0\0\0setup"), tag(AUDIO, 0, b"\xaf\0\x12"), tag(VIDEO, 0, b"\x17\x01key")];
    let second = [tag(AUDIO, 5023, b"\xaf\x01sound"), tag(VIDEO, 5040, b"\x27\x01next")];
    for (time, tags) in [(0_u8, &first[..]), (23, &second)] {
        // On a chunk stream of its own, in one chunk.
        let body: Vec<u8> = tags.iter().flat_map(in_a_file).collect();
        let length = u8::try_from(body.len()).unwrap();
        assert!(length <= 128);
        let head = [40, 0, 0, time, 0, 0, length, 22, 1, 0, 0, 0];
        push.stream.write_all(&[&head[..], &body].concat()).await.unwrap();
    }
    until(20, "all arrived", || sink.count() == 5).await;
    // The sound's header goes out with the first sound.
    let times: Vec<_> = sink.tags().iter().map(|tag| (tag.kind, tag.time)).collect();
    assert_eq!(
        times,
        [(VIDEO, 0), (AUDIO, 23), (VIDEO, 0), (AUDIO, 23), (VIDEO, 40)],
        "as the aggregates say"
    );
    assert!(sink.bodies() == Clip([&first[..], &second].concat()).bodies());
}

#[tokio::test]
async fn one_that_is_added_later_begins_at_a_key_frame_and_at_nothing() {
    let relay = relay(|_| {});
    let (first, second) = (Sink::start(Mood::Reads), Sink::start(Mood::Reads));
    relay.add(id("first"), first.address("k"));
    let clip = Clip::made(Make { seconds: 4, ..Make::default() });
    let mut push = Push::to(relay.address()).await.unwrap();
    let playing = async {
        push.play(&clip).await;
        push
    };
    let adding = async {
        // In the middle of a group.
        until(20, "pictures arrive", || first.count() > 170).await;
        assert!(relay.add(id("second"), second.address("k")));
        assert!(!relay.add(id("second"), second.address("k")), "a name is given once");
    };
    let (push, ()) = tokio::join!(playing, adding);
    until(20, "the end arrived", || {
        second.tags().last().map(|tag| &tag.body) == Some(&clip.0.last().unwrap().body)
    })
    .await;
    let (all, later) = (first.tags(), second.tags());
    assert!(all == clip.0, "the first has noticed nothing");
    assert_eq!(second.metadata(), 1);
    assert!(later[0].is_setup() && later[1].is_setup() && later[2].is_key(), "what is needed comes first");
    assert!(later[0].time < 50, "a stream of its own: {}", later[0].time);
    let whole: Vec<_> = later.iter().filter(|tag| !tag.is_setup()).map(|tag| &tag.body).collect();
    let tail: Vec<_> = clip.0[clip.0.len() - whole.len()..].iter().map(|tag| &tag.body).collect();
    assert!(whole == tail, "from its key frame on nothing is missing");
    times_never_go_back(&later);
    push.end().await;
}

#[tokio::test]
async fn targets_are_paused_taken_up_and_removed_in_mid_broadcast() {
    let relay = relay(|_| {});
    let (steady, other) = (Sink::start(Mood::Reads), Sink::start(Mood::Reads));
    relay.add(id("steady"), steady.address("k"));
    relay.add(id("other"), other.address("k"));
    let clip = Clip::made(Make { seconds: 5, ..Make::default() });
    let mut push = Push::to(relay.address()).await.unwrap();
    let meddling = async {
        until(20, "pictures arrive", || other.count() > 60).await;
        assert!(relay.pause(&id("other")));
        until(20, "paused, with a farewell", || {
            target(&relay, "other").state == TargetState::Paused && other.farewells() == 1
        })
        .await;
        let before = other.count();
        tokio::time::sleep(Duration::from_millis(600)).await;
        assert_eq!(other.count(), before, "a paused target gets nothing");
        assert!(relay.resume(&id("other")));
        until(20, "pictures arrive again", || other.count() > before + 30).await;
        assert!(relay.remove(&id("other")));
        until(20, "removed, with a farewell", || other.farewells() == 2).await;
        until(20, "out of sight", || status(&relay).targets.len() == 1).await;
        assert!(!relay.pause(&id("other")), "there is none any more");
    };
    tokio::join!(push.play(&clip), meddling);
    until(20, "all arrived", || steady.count() == clip.0.len()).await;
    assert!(steady.tags() == clip.0, "the other has noticed nothing");
    assert_eq!((steady.connections(), other.connections()), (1, 2));
    missing(&clip.0, &other.tags());
    times_never_go_back(&other.tags());
    relay.stop().await;
    assert_eq!(steady.farewells(), 1);
}

/// Client and server that trust one made-up authority.
fn tls() -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let client = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Arc::new(client), Arc::new(server))
}

#[tokio::test]
async fn rtmps_is_spoken_to_whom_is_trusted_and_to_nobody_else() {
    let (trusting, server) = tls();
    let sink = Sink::start_with(Mood::Reads, Some(server.into()));
    let at = address(&format!("rtmps://localhost:{}/live", sink.at.port()), "k");
    let relay_of = |tls: Option<Arc<ClientConfig>>| relay(|settings| settings.tls = tls);
    let (trusting, doubting) = (relay_of(Some(trusting)), relay_of(None));
    trusting.add(id("a"), at.clone());
    doubting.add(id("a"), at);
    let clip = Clip::made(Make { seconds: 2, ..Make::default() });
    let mut push = Push::to(trusting.address()).await.unwrap();
    let _other = Push::to(doubting.address()).await.unwrap();
    push.play(&clip).await;
    until(20, "all arrived", || sink.count() == clip.0.len()).await;
    let arrived: Vec<Tag> = sink.tags();
    assert!(arrived == clip.0);
    assert!(publishes(&trusting, "a"));
    // By the system's own trust, a made-up certificate is nobody's.
    until(20, "no trust", || {
        matches!(&target(&doubting, "a").state, TargetState::Retrying(kaibo_relay::Failure::Tls))
    })
    .await;
}
