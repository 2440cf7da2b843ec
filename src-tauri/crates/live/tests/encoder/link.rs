//! Connecting, losing and finding again.

use kaibo_live::encoder::{EncoderFound, LocalEncoder};
use kaibo_live::problem::ProblemCode;
use kaibo_live::secret::VaultState;

use super::*;

fn broken(view: &EncoderView) -> Option<(Option<i64>, ProblemCode)> {
    match &view.link {
        EncoderLink::Broken { retry_at, problem } => Some((*retry_at, problem.code.clone())),
        _ => None,
    }
}

#[tokio::test(start_paused = true)]
async fn address_and_password_are_kept_once_they_worked() {
    let world = World::new();
    let studio = &world.bench.studio;
    studio.open().await;
    let refused = studio.connect_encoder(world.form(Some("another"))).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::EncoderPassword);
    let refused = studio.connect_encoder(world.form(None)).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::EncoderPassword, "it wants one");
    assert_eq!((world.view(), studio.preferences().encoder), (EncoderView::default(), None));
    assert!(world.kept().is_none());

    studio.connect_encoder(world.form(Some(PASSWORD))).await.unwrap();
    world.linked().await;
    let view = world.view();
    assert_eq!(view.address, Some(world.address()));
    assert_eq!(view.version.unwrap().encoder, "29.0.2");
    assert_eq!(studio.preferences().encoder, Some(world.address()));
    assert_eq!(world.kept_text("password").as_deref(), Some(PASSWORD));
    studio.connect_encoder(world.form(None)).await.unwrap();

    let again = world.again().await;
    again.linked().await;
    assert_eq!(again.view().address, Some(world.address()));

    studio.forget_encoder().await.unwrap();
    assert_eq!((world.view(), studio.preferences().encoder), (EncoderView::default(), None));
    assert!(world.kept().is_none());
}

#[tokio::test(start_paused = true)]
async fn a_kept_password_is_for_its_own_machine() {
    let world = World::connected().await;
    let mut form = world.form(None);
    form.host = "localhost".into();
    let refused = world.bench.studio.connect_encoder(form).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::EncoderPassword, "nothing was sent there");
    assert_eq!(world.view().address, Some(world.address()), "the former link stands");
    for (host, port) in [("", 4455), ("a b", 4455), ("http://h", 4455), ("h", 0)] {
        let form = EncoderForm { host: host.into(), port, password: None, insist: true };
        let refused = world.bench.studio.connect_encoder(form).await.unwrap_err();
        assert!(matches!(refused.code, ProblemCode::Invalid { .. }), "{host} {port}");
    }
}

#[tokio::test(start_paused = true)]
async fn preferences_of_the_window_leave_the_address_alone() {
    let world = World::connected().await;
    world.bench.studio.set_preferences(Preferences { blank_key: true, ..Preferences::default() }).await;
    let kept = world.bench.studio.preferences();
    assert_eq!((kept.encoder, kept.blank_key), (Some(world.address()), true));
}

#[tokio::test(start_paused = true)]
async fn who_starts_it_later_finds_it_connected_within_five_seconds() {
    let mut world = World::new();
    let studio = world.bench.studio.clone();
    studio.open().await;
    world.obs.change(|s| s.up = false);
    world.listener = None;
    let refused = studio.connect_encoder(world.form(Some(PASSWORD))).await.unwrap_err();
    assert_eq!(refused.code, ProblemCode::EncoderUnreachable);
    assert_eq!(studio.preferences().encoder, None, "the streamer may have mistyped");
    let insisting = EncoderForm { insist: true, ..world.form(Some(PASSWORD)) };
    studio.connect_encoder(insisting).await.unwrap();
    assert_eq!(studio.preferences().encoder, Some(world.address()));
    world.until("tried", 2, |s| matches!(s.encoder.link, EncoderLink::Broken { .. })).await;
    let (retry_at, code) = broken(&world.view()).unwrap();
    assert_eq!(code, ProblemCode::EncoderUnreachable);
    assert!(retry_at.is_some());

    world.obs.state().connects = 0;
    seconds(3_600).await;
    let tries = world.obs.state().connects;
    assert!((100..400).contains(&tries), "{tries} tries in an hour");

    world.obs.change(|s| s.up = true);
    world.listener = Some(TcpListener::bind(("127.0.0.1", world.port)).unwrap());
    world.until("found", 5, |s| s.encoder.link == EncoderLink::Connected).await;
}

#[tokio::test(start_paused = true)]
async fn a_refused_password_waits_for_the_streamer() {
    let world = World::connected().await;
    world.obs.kill();
    world.obs.change(|s| (s.up, s.password) = (true, Some("changed-password")));
    world.until("refused", 5, |s| matches!(s.encoder.link, EncoderLink::Broken { .. })).await;
    world.until("said so", 5, |s| broken(&s.encoder) == Some((None, ProblemCode::EncoderPassword))).await;
    world.obs.state().connects = 0;
    seconds(3_600).await;
    assert_eq!(world.obs.state().connects, 0);
    world.bench.studio.connect_encoder(world.form(Some("changed-password"))).await.unwrap();
    world.linked().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_blocks_nothing() {
    let world = World::connected().await;
    world.go_live(&[Platform::Qiniu], Some(Platform::Qiniu)).await;
    assert!(world.view().streaming);
    world.obs.change(|s| s.hangs = true);
    let (begun, id) = (Instant::now(), world.id(Platform::Qiniu));
    let failure = world.bench.studio.stop_encoder().await.unwrap_err();
    assert_eq!(failure.code, ProblemCode::EncoderUnreachable);
    assert!(begun.elapsed() <= Duration::from_secs(5));
    let view = world.view();
    assert!(broken(&view).is_some(), "{view:?}");
    assert!(!view.streaming && view.room.is_none() && view.figures.is_empty(), "nothing is known: {view:?}");
    let failure = world.bench.studio.send_to_encoder(&id).await.unwrap_err();
    assert_eq!(failure.code, ProblemCode::EncoderUnreachable);
    seconds(600).await;
    world.obs.state().connects = 0;
    seconds(60).await;
    let tries = world.obs.state().connects;
    assert!((5..30).contains(&tries), "{tries} tries in a minute");
    world.obs.change(|s| s.hangs = false);
    world.until("it goes on", 5, |s| s.encoder.link == EncoderLink::Connected && s.encoder.streaming).await;
}

#[tokio::test(start_paused = true)]
async fn restarted_it_is_connected_again() {
    let mut world = World::connected().await;
    for _ in 0..3 {
        world.obs.kill();
        world.listener = None;
        world.until("gone", 2, |s| matches!(s.encoder.link, EncoderLink::Broken { .. })).await;
        seconds(90).await;
        world.obs.change(|s| s.up = true);
        world.listener = Some(TcpListener::bind(("127.0.0.1", world.port)).unwrap());
        world.until("back", 5, |s| s.encoder.link == EncoderLink::Connected).await;
    }
}

#[tokio::test(start_paused = true)]
async fn found_on_this_machine_it_is_taken_over() {
    let world = World::new();
    let studio = &world.bench.studio;
    studio.open().await;
    assert_eq!(studio.find_encoder().await.unwrap(), EncoderFound::Absent);
    world.obs.state().local = Some(LocalEncoder::ServerOff);
    assert_eq!(studio.find_encoder().await.unwrap(), EncoderFound::ServerOff);
    assert_eq!(studio.preferences().encoder, None);
    world.obs.state().local = Some(LocalEncoder::Ready(world.address(), Some(PASSWORD.into())));
    assert_eq!(studio.find_encoder().await.unwrap(), EncoderFound::Ready);
    world.linked().await;
    assert_eq!(studio.preferences().encoder, Some(world.address()));
    assert_eq!(world.kept_text("password").as_deref(), Some(PASSWORD));
}

#[tokio::test(start_paused = true)]
async fn a_locked_keyring_is_waited_for() {
    let world = World::connected().await;
    *world.bench.keyring.1.lock().unwrap() = true;
    let again = world.again().await;
    again.until("said", 6, |s| broken(&s.encoder) == Some((None, ProblemCode::KeyringLocked))).await;
    *again.bench.keyring.1.lock().unwrap() = false;
    again.until("opened", 40, |s| s.encoder.link == EncoderLink::Connected).await;
    assert_eq!(again.snapshot().vault, VaultState::Unlocked);
}

#[tokio::test(start_paused = true)]
async fn with_a_locked_keyring_a_typed_password_serves_and_loses_nothing() {
    let world = World::connected().await;
    world.bench.connect(Platform::Qiniu).await;
    world.go_live(&[Platform::Qiniu], None).await;
    world.bench.studio.send_to_encoder(&world.id(Platform::Qiniu)).await.unwrap();
    assert_eq!(world.kept_text("former.kind").as_deref(), Some("rtmp_common"));
    *world.bench.keyring.1.lock().unwrap() = true;
    let again = world.again().await;
    again.obs.change(|s| s.password = Some("changed-password"));
    again.bench.studio.connect_encoder(again.form(Some("changed-password"))).await.unwrap();
    again.linked().await;
    assert_eq!(again.kept_text("password").as_deref(), Some(PASSWORD), "it couldn't be written");
    *again.bench.keyring.1.lock().unwrap() = false;
    again.bench.studio.restore_encoder().await.unwrap();
    assert_eq!(again.kept_text("password").as_deref(), Some("changed-password"));
    assert_eq!(again.obs.custom(), None, "the former settings weren't lost");
}
