//! The chat's line over a whole outage, over sleep, and the figures that come with it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::sync::atomic::Ordering;
use std::time::Duration;

use common::{Bench, line, titled};
use kaibo_live::chat::Heard;
use kaibo_live::platform::Platform;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{FigureKind, RoomId, Status};
use kaibo_live::view::{ChatHealth, GoLive, HistoryQuery};
use tokio::time::Instant;

async fn on_air(bench: &Bench) -> RoomId {
    let room = bench.connect(Platform::Qiniu).await.id;
    bench
        .studio
        .go_live(GoLive {
            rooms: vec![room.clone()],
            details: titled("今晚"),
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    bench.until("on air", |r| r.status == Status::Live).await;
    room
}

fn handshakes(bench: &Bench) -> usize {
    bench.qiniu.lock().unwrap().handshakes
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_ten_minutes_costs_few_handshakes_and_heals() {
    let bench = Bench::new();
    bench.qiniu.lock().unwrap().chat_failure = Some(ProblemCode::Network);
    on_air(&bench).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    let tried = handshakes(&bench);
    assert!((10..=30).contains(&tried), "{tried}");
    assert!(matches!(bench.room().chat, ChatHealth::Broken { tries: 10.., .. }));
    bench.qiniu.lock().unwrap().chat_failure = None;
    bench.until("healed", |r| matches!(r.chat, ChatHealth::Listening { reconnects: 10.., .. })).await;
}

#[tokio::test(start_paused = true)]
async fn after_sleep_the_line_is_opened_again_within_two_seconds() {
    let bench = Bench::new();
    bench.qiniu.lock().unwrap().chat_silent = true;
    on_air(&bench).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(handshakes(&bench), 1, "an open line is left alone");
    let woke = Instant::now();
    bench.slept.fetch_add(3_600_000, Ordering::SeqCst);
    while handshakes(&bench) == 1 {
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(woke.elapsed() <= Duration::from_secs(2), "the dead line is kept");
    }
    // A clock that is set right by some seconds is no sleep.
    bench.slept.fetch_add(20_000, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(handshakes(&bench), 2);

    // Nor is a wait waited out that began before the sleep.
    bench.qiniu.lock().unwrap().chat_failure = Some(ProblemCode::Network);
    bench.slept.fetch_add(3_600_000, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_secs(400)).await;
    let before = handshakes(&bench);
    let woke = Instant::now();
    bench.slept.fetch_add(3_600_000, Ordering::SeqCst);
    while handshakes(&bench) == before {
        tokio::time::sleep(Duration::from_millis(10)).await;
        assert!(woke.elapsed() <= Duration::from_secs(2), "still waiting");
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_chat_tells_is_not_wiped_by_a_reading() {
    let bench = Bench::new();
    bench.qiniu.lock().unwrap().figures = [(FigureKind::Followers, 5)].into();
    let room = on_air(&bench).await;
    let both = [(FigureKind::Watching, 7), (FigureKind::Followers, 5)].into();
    bench.until("both figures", |r| r.figures == both).await;
    bench.qiniu.lock().unwrap().chat_failure = Some(ProblemCode::Network);
    bench.slept.fetch_add(60_000, Ordering::SeqCst);
    let read_at = bench.room().read_at;
    bench.studio.refresh_room(&room).unwrap();
    let read = bench.until("read again", |r| r.read_at > read_at).await;
    assert_eq!(read.figures, both);
    let drawn = &bench.studio.snapshot("", "").readings[&room];
    assert!(drawn.iter().any(|reading| reading.figures == both), "drawn over time as well");
    bench.studio.end_broadcast(&[room], false).await;
    let over =
        bench.until("over", |r| r.status == Status::Ended && !r.figures.contains_key(&FigureKind::Watching));
    assert_eq!(over.await.figures, [(FigureKind::Followers, 5)].into(), "nobody watches what is over");
}

#[tokio::test(start_paused = true)]
async fn a_line_that_comes_together_with_figures_is_kept_like_any_other() {
    let bench = Bench::new();
    let said = |id: &str| Heard::Event(line(id, id, false));
    let figure = || Heard::Figure(FigureKind::Watching, 7);
    bench.qiniu.lock().unwrap().told =
        [figure(), Heard::Alive, said("first"), figure(), said("second"), Heard::Alive, said("third")].into();
    on_air(&bench).await;
    bench.until("heard", |r| r.figures.contains_key(&FigureKind::Watching)).await;
    bench.history.flush().await.unwrap();
    let kept = bench.studio.history_search(HistoryQuery::default()).await.unwrap().lines;
    let mut kept: Vec<_> = kept.iter().map(|kept| kept.text.as_str()).collect();
    kept.sort_unstable();
    assert_eq!(kept, ["first", "second", "third"]);
}

#[tokio::test(start_paused = true)]
async fn the_chat_is_heard_on_while_the_anchor_is_away_and_over_words_that_nobody_knows() {
    let bench = Bench::new();
    let room = on_air(&bench).await;
    let says = |status: Status| {
        bench.qiniu.lock().unwrap().rooms.values_mut().for_each(|(_, now)| *now = status);
        bench.studio.refresh_room(&room).unwrap();
    };
    let started_at = bench.room().started_at;
    for status in [Status::AnchorAway, Status::Unknown, Status::AnchorAway, Status::Live] {
        says(status);
        bench.until("told", |r| r.status == status).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let now = bench.room();
        assert!(
            matches!(now.chat, ChatHealth::Listening { reconnects: 0, .. }),
            "{status:?}: {:?}",
            now.chat
        );
        assert_eq!((now.started_at, now.ended_at), (started_at, None), "one broadcast, {status:?}");
    }
    assert_eq!(handshakes(&bench), 1);
    says(Status::Ended);
    bench.until("over", |r| r.chat == ChatHealth::Off).await;
    assert!(bench.room().ended_at.is_some());
}
