use super::*;
use crate::account::{Account, AccountId, Profile, Settings, SignInWay};
use crate::encoder::{EncoderReading, EncoderView};
use crate::platform::{Abilities, Platform, PlatformInfo};
use crate::push::PushAddress;
use crate::room::Details;
use crate::studio::picture::{RoomEntry, blank_room};

const NOW: i64 = 1_800_000_000_000;

fn now() -> Timestamp {
    Timestamp::from_millisecond(NOW).unwrap()
}

fn push(key: &str) -> PushAddress {
    PushAddress { server: "rtmp://ingest.example/live".into(), key: key.into() }
}

/// A room on air; nobody knows whether video arrives.
fn room(id: &str, abilities: Abilities) -> RoomEntry {
    let info = PlatformInfo {
        platform: Platform::Qiniu,
        ways: Vec::new(),
        takes_file: false,
        abilities: abilities.clone(),
        fields: Vec::new(),
        limits: Vec::new(),
        chat_limit: None,
        documentation: String::new(),
    };
    let account = Account {
        id: AccountId("a".into()),
        platform: Platform::Qiniu,
        name: "小满".into(),
        settings: Settings::default(),
        way: SignInWay::Form,
        profile: Profile::default(),
        renewal_checked_at: None,
        sandbox: false,
    };
    let mut view = blank_room(RoomId(id.into()), &account, "小满".into(), &info);
    view.status = Status::Live;
    view.read_at = Some(NOW);
    let mut entry = RoomEntry::new(view, Details::default(), abilities);
    entry.set_push(Some(push(id)));
    entry
}

fn own() -> Abilities {
    Abilities { push: true, start: true, end: true, ..Abilities::default() }
}

/// One room on air, and an encoder that pushes to it.
fn well() -> Picture {
    let mut picture = Picture::default();
    picture.rooms.push(room("r", own()));
    picture.encoder = EncoderView { link: EncoderLink::Connected, ..EncoderView::default() };
    picture.note_service(EncoderService::Custom(push("r")));
    for (ago, bytes) in [(2_000, 1_000), (1_000, 2_000), (0, 3_000)] {
        let up = 60_000 - ago;
        picture.note_reading(sends(bytes, u64::try_from(up).unwrap()), NOW - ago);
    }
    picture
}

fn sends(bytes: u64, uptime_ms: u64) -> EncoderReading {
    EncoderReading { streaming: true, bytes, uptime_ms, ..EncoderReading::default() }
}

fn idle(picture: &mut Picture) {
    picture.note_reading(EncoderReading::default(), NOW);
}

fn status(picture: &mut Picture, status: Status) {
    picture.rooms[0].view.status = status;
}

/// What is wrong, when something was done to what was well.
fn after(change: impl FnOnce(&mut Picture)) -> Vec<AlarmKind> {
    let mut picture = well();
    change(&mut picture);
    picture.settle_encoder_room();
    judge(&picture, now()).into_iter().map(|f| f.kind).collect()
}

#[test]
fn each_thing_that_is_wrong_is_found() {
    use AlarmKind::{
        AddressRunsOut, EncoderLost, EncoderReconnecting, LiveWithoutVideo, OtherKey, VideoWithoutLive,
    };
    assert_eq!(after(|_| {}), []);
    assert_eq!(after(idle), [LiveWithoutVideo]);
    assert_eq!(after(|p| p.note_reading(sends(3_000, 64_000), NOW + 4_000)), [], "its bytes moved just now");
    assert_eq!(after(|p| status(p, Status::Ended)), [VideoWithoutLive]);
    assert_eq!(after(|p| p.note_service(EncoderService::Custom(push("other")))), [OtherKey]);
    let end = NOW / 1000 + 29 * 60;
    let at = end * 1000;
    let expiring = move |p: &mut Picture| {
        p.rooms[0].set_push(Some(push(&format!("r?e={end}"))));
        p.note_service(EncoderService::Custom(push(&format!("r?e={end}"))));
    };
    assert_eq!(after(expiring), [AddressRunsOut { at }]);
    let reconnecting = EncoderReading { reconnecting: true, ..sends(3_000, 60_000) };
    let loses = |p: &mut Picture| p.note_reading(reconnecting, NOW - 20_000);
    assert_eq!(after(loses), [LiveWithoutVideo, EncoderReconnecting]);
    let gone = |p: &mut Picture| {
        p.lose_encoder();
        p.encoder.link = EncoderLink::Connecting;
    };
    assert_eq!(after(gone), [EncoderLost]);
}

#[test]
fn what_a_streamer_does_on_purpose_is_not_wrong() {
    for off in [Status::NotStarted, Status::Ended, Status::Unknown, Status::Deleted] {
        let found = after(|p| {
            status(p, off);
            idle(p);
        });
        assert_eq!(found, [], "{off:?}: nothing is on");
    }
    let elsewhere = |p: &mut Picture| {
        p.rooms.push(room("second", own()));
    };
    assert_eq!(after(elsewhere), [], "another program may send to the second");
    let known = |p: &mut Picture| {
        elsewhere(p);
        p.rooms[1].view.signal = Signal::None;
    };
    assert_eq!(after(known), [AlarmKind::LiveWithoutVideo], "nobody does");
    let early = |p: &mut Picture| {
        status(p, Status::NotStarted);
        p.rooms[0].view.read_at = Some(NOW - 61_000);
    };
    assert_eq!(after(early), [], "what was read before the push says nothing");
    let by_hand = |p: &mut Picture| {
        idle(p);
        p.encoder.busy = Some(crate::encoder::EncoderAction::Start);
    };
    assert_eq!(after(by_hand), [], "it is being started");
}

#[test]
fn an_anchor_who_dropped_out_is_silent_whoever_else_knows() {
    let found = after(|p| {
        status(p, Status::AnchorAway);
        p.encoder.link = EncoderLink::Off;
    });
    assert_eq!(found, [AlarmKind::LiveWithoutVideo]);
}

#[test]
fn a_room_that_is_only_watched_gives_none() {
    let found = after(|p| {
        p.rooms[0].abilities = Abilities::default();
        p.rooms[0].view.signal = Signal::None;
        idle(p);
        p.be_told(&RoomId("r".into()), AlarmKind::CutOff { words: String::new() });
    });
    assert_eq!(found, []);
}

#[test]
fn the_same_words_twice_are_one_and_a_room_that_is_gone_has_none() {
    let mut picture = well();
    let warned = |words: &str| AlarmKind::Warned { words: words.into() };
    let id = RoomId("r".into());
    for words in ["一", "二"] {
        picture.be_told(&id, warned(words));
        picture.settle_alarms(now());
    }
    let kinds: Vec<AlarmKind> = picture.alarms.iter().map(|a| a.kind.clone()).collect();
    assert_eq!(kinds, [warned("二")]);
    picture.remove_account(&AccountId("a".into()));
    for seconds in [0, 3] {
        picture.settle_alarms(now() + SignedDuration::from_secs(seconds));
    }
    assert_eq!(picture.alarms, []);
}
