//! The encoder sends to the relay.

use kaibo_live::problem::ProblemCode;
use kaibo_live::view::RunState;

use super::*;

#[tokio::test(start_paused = true)]
async fn it_gets_the_relays_address_and_stops_with_the_last_room() {
    let world = World::open().await;
    world.connect_obs().await;
    let studio = &world.bench.studio;
    let preferences = studio.preferences();
    studio.set_preferences(Preferences { blank_key: true, ..preferences }).await;
    assert_eq!(studio.send_relay_to_encoder().await.unwrap_err().code, ProblemCode::WrongState);
    let run = world.go_live(&BOTH, Some(Platform::Qiniu)).await;
    assert_eq!(run.encoder.map(|part| part.state), Some(RunState::Done));
    let address = ("rtmp://127.0.0.1:1936/live".to_owned(), "hidden-relay-key-0".to_owned());
    assert_eq!(world.obs.custom(), Some(address.clone()));
    let view = world.snapshot().encoder;
    assert!(view.relay && view.room.is_none() && view.streaming && view.former, "{view:?}");

    // The other room goes on.
    let run = studio.end_broadcast(&[world.id(Platform::Qiniu)], true).await;
    assert_eq!(run.encoder, None);
    assert!(world.snapshot().encoder.streaming);
    world.until("one left", 5, |s| s.relay.targets.len() == 1).await;
    let run = studio.end_broadcast(&[world.id(Platform::Weibo)], true).await;
    assert_eq!(run.encoder.map(|part| part.state), Some(RunState::Done));
    assert!(!world.obs.state().streaming);
    assert_eq!(world.obs.custom(), Some((address.0, String::new())), "the key is out of it");
    world.until_off().await;
    assert!(!world.snapshot().encoder.relay);
    studio.restore_encoder().await.unwrap();
    assert_eq!(world.obs.custom(), None, "as it was before");
}

#[tokio::test(start_paused = true)]
async fn an_address_of_an_earlier_evening_is_nobodys_own() {
    let world = World::open().await;
    world.connect_obs().await;
    world.go_live(&BOTH, None).await;
    let studio = &world.bench.studio;
    studio.send_relay_to_encoder().await.unwrap();
    world.until("set", 6, |s| s.encoder.relay).await;
    studio.end_broadcast(&BOTH.map(|p| world.id(p)), false).await;
    world.until_off().await;
    // The old address is in it still; what is kept is what was there before Kaibo's.
    let again = world.again().await;
    again.until("connected", 6, |s| s.encoder.version.is_some()).await;
    again.go_live(&[Platform::Qiniu], None).await;
    again.bench.studio.send_to_encoder(&again.id(Platform::Qiniu)).await.unwrap();
    again.bench.studio.restore_encoder().await.unwrap();
    assert_eq!(again.obs.custom(), None, "not the relay's of the evening before");
}

#[tokio::test(start_paused = true)]
async fn a_room_that_comes_late_is_fed_and_the_encoder_goes_on() {
    let world = World::open().await;
    world.connect_obs().await;
    world.bench.weibo.lock().unwrap().write_failures.push_back(ProblemCode::PlatformDown);
    let run = world.go_live(&BOTH, Some(Platform::Weibo)).await;
    assert_eq!(run.relay, Some(RunState::Done), "the other went live");
    assert_eq!(run.encoder.map(|part| part.state), Some(RunState::Done));
    assert_eq!(world.targets().len(), 1);
    let run = world.go_live(&[Platform::Weibo], Some(Platform::Weibo)).await;
    assert_eq!(run.encoder.map(|part| part.state), Some(RunState::Done), "it pushes there already");
    assert_eq!((world.targets().len(), world.engine.state().starts.len()), (2, 1));
}
