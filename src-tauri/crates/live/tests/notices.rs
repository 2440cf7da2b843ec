//! What is told outside the window, and milestones.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use std::time::Duration;

use common::{Bench, titled};
use jiff::{SignedDuration, Timestamp};
use kaibo_live::chat::{ChatEvent, ChatKind, Heard, Person};
use kaibo_live::encoder::AlarmKind;
use kaibo_live::history::History;
use kaibo_live::platform::Platform;
use kaibo_live::room::{FigureKind, RoomId, Signal, Status};
use kaibo_live::studio::NoticeKind;
use kaibo_live::view::{ChatHealth, MilestoneKind, NoticeSettings, Preferences, Update};

impl Bench {
    async fn prefer(&self, change: impl FnOnce(&mut Preferences)) {
        let mut preferences = self.studio.preferences();
        change(&mut preferences);
        self.studio.set_preferences(preferences).await;
    }

    async fn on_air(&self) -> RoomId {
        let room = self.connect(Platform::Qiniu).await.id;
        assert_eq!(self.told(), [], "nothing of what stood before");
        let request = serde_json::json!({ "rooms": [room], "details": titled("今晚") });
        self.studio.go_live(serde_json::from_value(request).unwrap()).await;
        self.until("heard", |r| matches!(r.chat, ChatHealth::Listening { .. })).await;
        room
    }

    /// What is told while the window is hidden.
    fn told(&self) -> Vec<NoticeKind> {
        self.studio.notices(|| false).into_iter().map(|n| n.kind).collect()
    }

    /// Waits for a notice, and answers its room.
    async fn tells(&self, why: &str, wanted: impl Fn(&NoticeKind) -> bool) -> Option<String> {
        for _ in 0..400 {
            if let Some(notice) = self.studio.notices(|| false).into_iter().find(|n| wanted(&n.kind)) {
                return notice.room;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        panic!("never: {why}")
    }
}

fn silent(kind: &NoticeKind) -> bool {
    *kind == NoticeKind::Alarm(AlarmKind::LiveWithoutVideo)
}

#[tokio::test(start_paused = true)]
async fn an_alarm_is_told_once_and_not_to_whom_it_stands_before() {
    let bench = Bench::new();
    bench.studio.open().await;
    bench.on_air().await;
    bench.tells("the run", |k| *k == NoticeKind::Run { going_live: true, done: 1, failed: 0 }).await;
    bench.qiniu.lock().unwrap().signal = Some(Signal::None);
    let room = bench.tells("an alarm", silent).await;
    assert_eq!(room, Some(bench.room().name));
    assert_eq!(bench.told(), [], "once");

    let arriving = Signal::Arriving { kbps: 900, width: 0, height: 0 };
    bench.qiniu.lock().unwrap().signal = Some(arriving.clone());
    tokio::time::sleep(Duration::from_secs(10)).await;
    bench.qiniu.lock().unwrap().signal = Some(Signal::None);
    let mut seen = 0;
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        bench.studio.notices(|| {
            seen += 1;
            true
        });
    }
    assert_eq!((seen, bench.told()), (1, vec![]), "in front it is in the window, and isn't told after that");

    bench.qiniu.lock().unwrap().signal = Some(arriving);
    tokio::time::sleep(Duration::from_secs(10)).await;
    bench.prefer(|p| p.streamer_mode = true).await;
    bench.qiniu.lock().unwrap().signal = Some(Signal::None);
    assert_eq!(bench.tells("without a name", silent).await, None);
    bench.prefer(|p| p.notices.alarms = false).await;
    bench.qiniu.lock().unwrap().signal = Some(Signal::Unknown);
    tokio::time::sleep(Duration::from_secs(10)).await;
    bench.qiniu.lock().unwrap().signal = Some(Signal::None);
    for _ in 0..30 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!(bench.told(), [], "switched off");
    }
}

#[tokio::test(start_paused = true)]
async fn an_end_is_told_when_it_was_not_pressed_here() {
    for own in [true, false] {
        let bench = Bench::new();
        bench.studio.open().await;
        let room = bench.on_air().await;
        bench.tells("the run", |k| matches!(k, NoticeKind::Run { .. })).await;
        if own {
            bench.studio.end_broadcast(&[room], false).await;
        } else {
            bench.qiniu.lock().unwrap().rooms.values_mut().for_each(|r| r.1 = Status::Ended);
        }
        bench.until("over", |r| r.status == Status::Ended).await;
        assert_eq!(bench.told().contains(&NoticeKind::Over), !own);
    }
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_is_told_of_a_day_and_an_hour_before_its_end() {
    let bench = Bench::new();
    bench.studio.open().await;
    let begins = Timestamp::from_second(1_800_000_000).unwrap();
    bench.qiniu.lock().unwrap().expires_at = Some(begins + SignedDuration::from_hours(30));
    bench.connect(Platform::Qiniu).await;
    assert_eq!(bench.told(), []);
    let mut told = Vec::new();
    for hour in 1..40 {
        tokio::time::sleep(Duration::from_secs(3_600)).await;
        for kind in bench.told() {
            let NoticeKind::SignIn { hours, account } = kind else { panic!("{kind:?}") };
            assert!(account.is_some());
            told.push((hour, hours));
        }
    }
    assert_eq!(told.iter().map(|(_, hours)| *hours).collect::<Vec<_>>(), [24, 1, 0], "{told:?}");
    assert!((6..=7).contains(&told[0].0) && (29..=30).contains(&told[1].0), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn paid_messages_are_told_when_wanted_and_three_a_minute_at_most() {
    let bench = Bench::new();
    bench.studio.open().await;
    let paid = |id: String| {
        let who = Person { id: "7".into(), name: "青柠".into(), me: false, moderator: false };
        let at = Timestamp::from_second(1_800_000_030).unwrap();
        Heard::Event(ChatEvent::new(id, at, ChatKind::SuperChat, Some(who), "点一首"))
    };
    bench.on_air().await;
    bench.qiniu.lock().unwrap().told.push_back(paid("unwanted".into()));
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(!bench.told().iter().any(|k| matches!(k, NoticeKind::Paid { .. })), "off at first");
    bench.prefer(|p| p.notices = NoticeSettings { paid: true, ..p.notices }).await;
    for n in 0..7 {
        bench.qiniu.lock().unwrap().told.push_back(paid(n.to_string()));
    }
    let mut told = Vec::new();
    for _ in 0..20 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        told.extend(bench.told());
    }
    told.retain(|k| matches!(k, NoticeKind::Paid { .. }));
    assert_eq!(told.len(), 3, "{told:?}");
    let NoticeKind::Paid { who, text, member, .. } = &told[0] else { panic!() };
    assert_eq!((who.as_deref(), text.as_str(), *member), (Some("青柠"), "点一首", false));
}

#[tokio::test(start_paused = true)]
async fn a_milestone_is_told_once_and_stands_in_the_summary() {
    let folder = tempfile::tempdir().unwrap();
    let bench = Bench::with_history(History::open(&folder.path().join("history.db")).unwrap());
    bench.studio.open().await;
    bench.qiniu.lock().unwrap().figures = [(FigureKind::Likes, 4)].into();
    bench.on_air().await;
    let _before = bench.studio.next_updates().await;
    let mut told = Vec::new();
    for likes in [90, 120, 90, 130, 700] {
        bench.qiniu.lock().unwrap().figures = [(FigureKind::Likes, likes)].into();
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            told.extend(bench.studio.next_updates().await);
        }
    }
    let told: Vec<_> = told
        .into_iter()
        .filter_map(|u| if let Update::Milestone { milestone } = u { Some(milestone) } else { None })
        .map(|m| (m.kind, m.value))
        .collect();
    assert_eq!(told, [(MilestoneKind::Likes, 100), (MilestoneKind::Likes, 500)]);
    let session = bench.studio.sessions(None).await.unwrap().sessions[0].id;
    let summary = bench.studio.summary(session, true).await.unwrap();
    let listed: Vec<_> = summary.milestones.iter().map(|m| (m.kind, m.value)).collect();
    assert_eq!(listed, told, "the moment between two minutes, too");
}
