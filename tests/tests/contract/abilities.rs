//! What a platform claims to be able to do, it can; what it doesn't claim, it doesn't offer.

use std::time::Duration;

use kaibo_live::driver::Connection;
use kaibo_live::platform::{Platform, PlatformInfo};
use kaibo_live::problem::ProblemCode;
use kaibo_live::room::Status;
use kaibo_sandbox::Dialect;

use super::evening::Evening;
use super::stage::{Stage, code, details, driver, info, platforms};

/// Everything the platform claims, in the order of an evening.
async fn spend(platform: &'static str, dialect: Dialect) {
    let mut evening = Evening::begin(platform, dialect).await;
    let abilities = evening.info.abilities.clone();
    let encoder = if abilities.push { evening.go_live().await } else { None };
    evening.tells_its_figures().await;
    if !abilities.edit.is_empty() {
        evening.edits_each_detail().await;
    }
    if abilities.chat_in && abilities.chat_out {
        evening.talks().await;
    }
    if abilities.end {
        evening.ends().await;
    }
    drop(encoder);
    if abilities.delete {
        evening.deletes().await;
    }
}

async fn both(platform: &'static str) {
    tokio::join!(spend(platform, Dialect::Documented), spend(platform, Dialect::Corrected));
}

#[tokio::test]
async fn an_evening_at_weibo() {
    both("weibo").await;
}

#[tokio::test]
async fn an_evening_at_taobao() {
    both("taobao").await;
}

#[tokio::test]
async fn an_evening_at_qiniu() {
    both("qiniu").await;
}

#[tokio::test]
async fn an_evening_at_bilibili() {
    both("bilibili").await;
}

/// Claim and offer, by name. Keeping alive, covers and asking the ingest are no claims of
/// `Abilities`: the first is Qiniu's, the second the account's, the third comes with a `signal_url`.
fn offers(
    info: &PlatformInfo,
    connection: &dyn Connection,
    signal: bool,
) -> [(&'static str, bool, bool); 12] {
    let abilities = &info.abilities;
    let keeps = info.platform == Platform::Qiniu;
    let uploads = matches!(info.platform, Platform::Weibo | Platform::Bilibili);
    [
        ("create", abilities.create, connection.create().is_some()),
        ("edit", !abilities.edit.is_empty(), connection.edit().is_some()),
        ("start", abilities.start, connection.start().is_some()),
        ("end", abilities.end, connection.end().is_some()),
        ("delete", abilities.delete, connection.delete().is_some()),
        ("chat in", abilities.chat_in, connection.chat().is_some()),
        ("chat out", abilities.chat_out, connection.speak().is_some()),
        ("moderate", abilities.moderate, connection.moderate().is_some()),
        ("covers", uploads, connection.covers().is_some()),
        ("areas", abilities.areas, connection.areas().is_some()),
        ("keep alive", keeps, connection.keep_alive().is_some()),
        ("signal", signal, connection.signal().is_some()),
    ]
}

#[tokio::test]
async fn each_ability_is_offered_exactly_when_it_is_claimed() {
    let stage = Stage::open().await;
    for platform in platforms() {
        let info = info(platform);
        let can_ask = info.fields.iter().any(|field| field.name == "signal_url");
        let deaf = stage.connect_with(platform, |form, _| drop(form.0.remove("signal_url"))).unwrap();
        for (connection, signal) in [(stage.connect(platform), can_ask), (deaf, false)] {
            for (name, claimed, offered) in offers(&info, connection.as_ref(), signal) {
                assert_eq!(claimed, offered, "{platform}: {name}");
            }
        }
        assert_eq!(info.chat_limit.is_some(), info.abilities.chat_out, "{platform}");
        let settable =
            |kind| info.abilities.set_at_start.contains(&kind) || info.abilities.edit.contains(&kind);
        assert!(
            info.limits.iter().all(|limit| settable(limit.detail)),
            "{platform} limits what can't be set"
        );
        // The sandbox fills in what the form has, and nothing else.
        let (settings, credentials) = stage.form(platform);
        for name in settings.0.keys().map(String::as_str).chain(credentials.iter().map(|(name, _)| name)) {
            assert!(
                driver(platform).info().fields.iter().any(|field| field.name == name),
                "{platform} {name}"
            );
        }
    }
}

#[tokio::test]
async fn taobao_tells_of_lives_in_every_form() {
    let stage = Stage::open().await;
    for dialect in [Dialect::Documented, Dialect::Corrected] {
        stage.control.set_dialect("taobao", dialect);
        for (sign, format) in [("hmac-sha256", "json"), ("hmac", "xml"), ("md5", "json"), ("md5", "xml")] {
            let choose = |form: &mut kaibo_live::account::Settings| {
                form.0.extend([("sign_method".into(), sign.into()), ("format".into(), format.into())]);
            };
            let connection = stage.connect_with("taobao", |form, _| choose(form)).unwrap();
            connection.check().await.unwrap();
            let rooms = connection.find_rooms().await.unwrap();
            let told: Vec<_> = rooms
                .iter()
                .map(|r| (r.remote.0.clone(), r.title.clone().unwrap(), r.status == Status::Live))
                .collect();
            let seen = stage.control.rooms("taobao").into_iter().map(|r| (r.id, r.title, r.live));
            assert_eq!(told, seen.collect::<Vec<_>>(), "{dialect:?} {sign} {format}");
            assert!(rooms[0].started_at.is_some() && rooms[1].ended_at.is_some());
            assert!(!rooms[0].play.is_empty(), "{dialect:?} {format}");
            assert_eq!(rooms[1].status, Status::Ended);
        }
    }
}

#[tokio::test]
async fn bilibilis_newcomer_opens_the_one_room() {
    for dialect in [Dialect::Documented, Dialect::Corrected] {
        let stage = Stage::open().await;
        stage.control.set_dialect("bilibili", dialect);
        let newcomer = stage.connect_newcomer();
        assert!(newcomer.find_rooms().await.unwrap().is_empty());
        let made = newcomer.create().unwrap().create(&details()).await.unwrap();
        let again = newcomer.create().unwrap().create(&details()).await.unwrap();
        assert_eq!(made.remote, again.remote, "asking again finds it");
        assert_eq!(newcomer.find_rooms().await.unwrap()[0].remote, made.remote);
        assert!(stage.control.room("bilibili", &made.remote.0).is_some());
        assert_eq!(stage.control.rooms("bilibili").len(), 2);
    }
}

#[tokio::test]
async fn areas_are_listed_and_taken() {
    let stage = Stage::open().await;
    let connection = stage.connect("bilibili");
    let room = stage.room("bilibili", connection.as_ref()).await;
    let areas = connection.areas().unwrap().list().await.unwrap();
    assert!(areas.len() > 5 && areas.iter().all(|area| !area.name.is_empty() && !area.group.is_empty()));
    for area in &areas {
        let edit = kaibo_live::room::Edit { area_id: Some(area.id.clone()), ..Default::default() };
        connection.edit().unwrap().edit(&room, &edit).await.unwrap();
        assert_eq!(stage.control.room("bilibili", &room.0).unwrap().area, area.id);
        assert_eq!(connection.read(&room).await.unwrap().area.as_ref(), Some(area));
    }
}

#[tokio::test]
async fn qiniu_is_kept_alive_by_beats_and_ends_without() {
    const NINE_MINUTES: Duration = Duration::from_secs(9 * 60);
    let mut evening = Evening::begin("qiniu", Dialect::Corrected).await;
    let control = evening.stage.control.clone();
    let connection = evening.connection.clone();
    let beats = connection.keep_alive().unwrap();
    assert_eq!(code("qiniu", beats.beat(&evening.room).await), ProblemCode::WrongState, "not started");
    evening.go_live().await;
    assert!(beats.interval() <= Duration::from_secs(10));
    for _ in 0..3 {
        control.advance_clock(NINE_MINUTES);
        // The anchor dropped out after 20 seconds and is put back.
        assert!(beats.beat(&evening.room).await.unwrap());
        assert!(evening.seen().live);
    }
    control.advance_clock(NINE_MINUTES + NINE_MINUTES);
    assert!(!evening.seen().live);
    assert!(!beats.beat(&evening.room).await.unwrap(), "it is told that the room is over");
}
