//! Addresses of the streamer's own.

use kaibo_live::problem::{InvalidReason, ProblemCode};
use kaibo_live::relay::engines::Engine;
use kaibo_live::relay::{CUSTOM_CAP, CustomTargetForm};

use super::*;

fn form(id: Option<&str>, server: &str, key: Option<&str>) -> CustomTargetForm {
    let text = |text: &str| text.to_owned();
    CustomTargetForm {
        id: id.map(text),
        name: "自己的".into(),
        server: server.into(),
        key: key.map(text),
        on: true,
    }
}

const SERVER: &str = "rtmp://own.example/live";

#[tokio::test(start_paused = true)]
async fn its_key_is_in_the_keyring_alone() {
    let world = World::open().await;
    let studio = &world.bench.studio;
    let id = studio.set_relay_target(&form(None, &format!("{SERVER}/hidden-own?x=1"), None)).await.unwrap();
    let preferences = serde_json::to_string(&studio.preferences()).unwrap();
    assert!(preferences.contains(SERVER) && !preferences.contains("hidden"), "{preferences}");
    assert_eq!(world.kept_text(&format!("target.{id}.key")).as_deref(), Some("hidden-own?x=1"));

    world.go_live(&[Platform::Qiniu], None).await;
    let added = format!("add {id} {SERVER}/hidden-own?x=1");
    assert_eq!(world.engine.calls(), [world.added(Platform::Qiniu), added]);
    // Another server keeps the key, and what runs goes on there.
    let other = "rtmps://other.example/live";
    studio.set_relay_target(&form(Some(&id), other, None)).await.unwrap();
    assert_eq!(world.engine.calls(), [format!("remove {id}"), format!("add {id} {other}/hidden-own?x=1")]);

    // Without the last room it has nothing to do, and its key stays.
    studio.end_broadcast(&[world.id(Platform::Qiniu)], false).await;
    world.until_off().await;
    world.until_kept(false).await;
    assert!(world.kept_text(&format!("target.{id}.key")).is_some());
    studio.forget_relay_target(&id).await.unwrap();
    assert!(world.kept().is_none() && studio.preferences().relay.custom.is_empty());
}

#[tokio::test(start_paused = true)]
async fn by_itself_it_goes_on_until_it_is_taken_out() {
    let world = World::open().await;
    let studio = &world.bench.studio;
    let off = CustomTargetForm { on: false, ..form(None, SERVER, Some("hidden-key")) };
    let id = studio.set_relay_target(&off).await.unwrap();
    let target = RelayTarget::Custom { id: id.clone() };
    world.go_live(&[Platform::Qiniu], None).await;
    assert_eq!(world.targets().len(), 1, "it is switched off");
    studio.end_broadcast(&[world.id(Platform::Qiniu)], false).await;
    world.until_off().await;

    studio.add_to_relay(target.clone()).await.unwrap();
    studio
        .go_live(GoLive {
            rooms: vec![world.id(Platform::Qiniu)],
            details: titled("今晚"),
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: true,
        })
        .await;
    studio.end_broadcast(&[world.id(Platform::Qiniu)], false).await;
    world.until("the room is gone", 5, |s| s.relay.targets.len() == 1).await;
    seconds(5).await;
    assert_eq!(world.relay().state, RelayState::On, "it was started for it");
    assert_eq!(studio.may_restart().await.unwrap_err().code, ProblemCode::UpdateHeld);
    world.engine.source(kaibo_live::relay::SourceReading::Publishing);
    world.until("it sends", 2, |s| s.relay.targets[0].state == RelayTargetState::Publishing).await;
    assert!(studio.is_on_air(), "closing the window asks");
    studio.forget_relay_target(&id).await.unwrap();
    assert_eq!(world.relay().state, RelayState::Off);
    assert!(!studio.is_on_air());
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_used_is_refused_and_changes_nothing() {
    let world = World::open().await;
    let studio = &world.bench.studio;
    let refused = async |form: CustomTargetForm| match studio.set_relay_target(&form).await.unwrap_err().code
    {
        ProblemCode::Invalid { field, reason } => (field, reason),
        other => panic!("{other:?}"),
    };
    let malformed = |field: &str| (field.to_owned(), InvalidReason::Malformed);
    assert_eq!(refused(form(None, "srt://own.example:9000", Some("k"))).await, malformed("server"));
    assert_eq!(refused(form(None, SERVER, None)).await, ("key".into(), InvalidReason::Empty));
    let unknown = studio.set_relay_target(&form(Some("x"), SERVER, Some("k"))).await.unwrap_err();
    assert_eq!(unknown.code, ProblemCode::NotFound);
    *world.bench.keyring.1.lock().unwrap() = true;
    let locked = studio.set_relay_target(&form(None, SERVER, Some("k"))).await.unwrap_err();
    assert_eq!(locked.code, ProblemCode::KeyringLocked);
    *world.bench.keyring.1.lock().unwrap() = false;
    assert!(studio.preferences().relay.custom.is_empty() && world.kept().is_none());
    for _ in 0..CUSTOM_CAP {
        studio.set_relay_target(&form(None, SERVER, Some("k"))).await.unwrap();
    }
    let (_, reason) = refused(form(None, SERVER, Some("k"))).await;
    assert_eq!(reason, InvalidReason::TooMany { limit: 8 });
}

#[tokio::test(start_paused = true)]
async fn another_relay_gets_them_by_name_and_keys_in_files_of_their_own() {
    let world = World::open().await;
    let studio = &world.bench.studio;
    let id = studio.set_relay_target(&form(None, SERVER, Some("hidden-own"))).await.unwrap();
    let room = world.target(Platform::Qiniu);
    let none = studio.export_relay(Engine::Srs, std::slice::from_ref(&room)).await.unwrap_err();
    assert_eq!(none.code, ProblemCode::NoStreamKey);
    world.go_live(&[Platform::Qiniu], None).await;
    let targets = [room, RelayTarget::Custom { id }];
    let config = studio.export_relay(Engine::NginxRtmp, &targets).await.unwrap();
    let secret: String = config.secret.iter().map(|(_, text)| text.expose_secret()).collect();
    for found in ["hidden-own", "secret-of-live", "自己的", "小满"] {
        assert!(secret.contains(found), "{found} in {secret}");
    }
    assert!(!config.main.1.contains("hidden-own") && !config.main.1.contains("secret-of"));
}
