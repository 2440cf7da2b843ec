//! What became of an evening, read back after it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use common::{Bench, titled};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kaibo_live::chat::{ChatEvent, ChatKind, Gift, Person};
use kaibo_live::history::History;
use kaibo_live::platform::Platform;
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::{FigureKind, Signal, Status};
use kaibo_live::view::{ChatHealth, GoLive, SummaryTable, TroubleSource};

fn said(id: &str, person: &str, name: &str) -> ChatEvent {
    let who = Person { id: person.into(), name: name.into(), me: false, moderator: false };
    ChatEvent::new(id.into(), Timestamp::UNIX_EPOCH, ChatKind::Message, Some(who), "你好")
}

fn gave(id: &str, person: &str, name: &str, worth: u64) -> ChatEvent {
    let mut event = said(id, person, name);
    event.kind = ChatKind::Gift;
    event.gift = Some(Gift { name: "花".into(), count: 1, worth: Some(worth) });
    event
}

fn wanted(session: i64) -> SummaryTable {
    let names = [
        ("column_peak", "最高"),
        ("qiniu", "七牛"),
        ("milestone_likes", "点赞"),
        ("alarm_live_without_video", "没有画面"),
    ];
    let names = names.map(|(key, word)| (key.to_owned(), word.to_owned()));
    SummaryTable { session, alone: false, names: BTreeMap::from(names) }
}

#[tokio::test(start_paused = true)]
async fn an_evening_of_two_rooms_is_summed_up() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with_history(History::open(&folder.path().join("history.db")).unwrap());
    bench.studio.open().await;
    {
        let mut qiniu = bench.qiniu.lock().unwrap();
        qiniu.lines = (0..5).map(|n| said(&format!("a{n}"), "7", "=阿澈")).collect();
        qiniu.lines.extend((0..3).map(|n| said(&format!("b{n}"), "8", "白露")));
        qiniu.lines.push(gave("g", "9", "青柠", 30_000));
        let mut own = said("own", "1", "主播");
        own.who.as_mut().unwrap().me = true;
        qiniu.lines.push(own);
        qiniu.figures = [(FigureKind::Popularity, 100), (FigureKind::Likes, 8)].into();
        qiniu.signal = Some(Signal::None);
    }
    bench.weibo.lock().unwrap().lines = (0..4).map(|n| said(&format!("c{n}"), "7", "别人")).collect();
    let mut rooms = Vec::new();
    for platform in [Platform::Qiniu, Platform::Weibo] {
        rooms.push(bench.connect(platform).await.id);
    }
    bench
        .studio
        .go_live(GoLive {
            rooms: rooms.clone(),
            details: titled("今晚"),
            covers: BTreeMap::new(),
            encoder: None,
            relay: false,
        })
        .await;
    // Where pushing is the start, the push has arrived.
    bench.weibo.lock().unwrap().rooms.values_mut().for_each(|room| room.1 = Status::Live);
    let on_air = async || bench.rooms().iter().all(|r| matches!(r.chat, ChatHealth::Listening { .. }));
    bench.until_true("both are heard", on_air).await;
    bench.until("figures", |r| !r.figures.is_empty()).await;
    tokio::time::sleep(Duration::from_secs(130)).await;
    bench.qiniu.lock().unwrap().figures = [(FigureKind::Popularity, 40), (FigureKind::Likes, 109)].into();
    tokio::time::sleep(Duration::from_secs(200)).await;

    let page = bench.studio.sessions(None).await.unwrap().sessions;
    let qiniu = page.iter().find(|s| s.platform == Platform::Qiniu).unwrap().id;
    let so_far = bench.studio.summary(qiniu, true).await.unwrap();
    assert!(so_far.sessions[0].session.live && so_far.to > so_far.from, "on air: up to now");

    bench.studio.end_broadcast(&rooms, false).await;
    let over = async || bench.rooms().iter().all(|r| r.status != Status::Live && r.chat == ChatHealth::Off);
    bench.until_true("over", over).await;
    tokio::time::sleep(Duration::from_secs(200)).await;

    let evening = bench.studio.summary(qiniu, false).await.unwrap();
    let platforms: Vec<_> = evening.sessions.iter().map(|s| s.session.platform).collect();
    assert_eq!(platforms.len(), 2, "the room of the same time is in it: {platforms:?}");
    let one = evening.sessions.iter().find(|s| s.session.id == qiniu).unwrap();
    let popularity = one.figures[&FigureKind::Popularity];
    assert_eq!((popularity.first, popularity.last, popularity.peak), (100, 40, 100));
    assert!((41..100).contains(&popularity.mean), "{popularity:?}");
    assert_eq!(one.figures[&FigureKind::Likes].last, 109);
    assert_eq!(one.crowd, Some(FigureKind::Watching), "heads, which the chat tells, before popularity");
    assert!(one.crowds.contains(&Some(7)), "{:?}", one.crowds);
    assert_eq!(one.messages.iter().sum::<u32>(), 9);
    assert_eq!((one.session.messages, one.session.worth), (9, 30_000));
    assert_eq!(one.messages.len(), one.crowds.len());
    let chatters: Vec<_> = evening.chatters.iter().map(|p| (p.person.name.as_str(), p.messages)).collect();
    assert_eq!(chatters, [("=阿澈", 5), ("别人", 4), ("白露", 3)], "one id on two platforms is two people");
    assert_eq!(evening.people, 3, "neither who only gave nor the streamer");
    assert_eq!(evening.givers.iter().map(|p| p.worth).collect::<Vec<_>>(), [30_000]);
    let alarm = |t: &&kaibo_live::view::SummaryTrouble| {
        t.source == TroubleSource::Alarm && t.what == "live_without_video" && t.session == qiniu
    };
    assert_eq!(evening.troubles.iter().filter(alarm).count(), 1, "{:?}", evening.troubles);

    let alone = bench.studio.summary(qiniu, true).await.unwrap();
    assert_eq!((alone.sessions.len(), alone.people), (1, 2));
    assert_eq!(bench.studio.summary(99, false).await.unwrap_err().code, ProblemCode::NotFound);

    let zone = TimeZone::fixed(jiff::tz::offset(8));
    let table =
        String::from_utf8(bench.studio.summary_table(&wanted(qiniu), zone.clone()).await.unwrap()).unwrap();
    let rows: Vec<&str> = table.split("\r\n").collect();
    assert!(rows[0].starts_with('\u{feff}') && rows[0].contains(",最高,"), "{table}");
    assert!(rows.iter().any(|r| r.starts_with("七牛,") && r.ends_with(",7,,109,9,1,30.00")), "{table}");
    assert!(rows.iter().any(|r| r.contains(",'=阿澈,7,5,")), "no formula: {table}");
    let milestones = rows.iter().position(|r| *r == "time,room,milestone,count").unwrap();
    let reached = rows[milestones + 1];
    let at = evening.milestones.iter().find(|m| m.session == qiniu).unwrap().at;
    let at = Timestamp::from_millisecond(at).unwrap().to_zoned(zone).strftime("%Y-%m-%d %H:%M");
    assert_eq!(reached, format!("{at},{},点赞,100", one.session.name), "{table}");
    assert_eq!(rows[milestones + 2..milestones + 4], ["", "time,room,problem"], "{table}");
    assert!(rows.iter().any(|r| r.ends_with(",没有画面")), "{table}");

    let course = bench.studio.course().await.unwrap();
    assert_eq!(course.len(), 2);
    let one = course.iter().find(|c| c.session.id == qiniu).unwrap();
    assert_eq!((one.peak, one.crowd), (Some(7), Some(FigureKind::Watching)));
}
