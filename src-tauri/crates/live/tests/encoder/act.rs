//! Sending an address, putting the former settings back, starting and stopping; and that no secret leaks.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use kaibo_live::encoder::{EncoderService, PushExport};
use kaibo_live::problem::ProblemCode;
use kaibo_live::push::PushAddress;

use super::*;

async fn live() -> World {
    let world = World::connected().await;
    world.go_live(&[Platform::Weibo, Platform::Qiniu], None).await;
    world
}

#[tokio::test(start_paused = true)]
async fn what_is_sent_is_read_back_and_what_was_there_comes_back() {
    let world = live().await;
    let studio = &world.bench.studio;
    studio.send_to_encoder(&world.id(Platform::Qiniu)).await.unwrap();
    assert_eq!(world.obs.custom(), Some(world.push(Platform::Qiniu)));
    let view = world.view();
    assert_eq!((view.room, view.former, view.busy), (Some(world.id(Platform::Qiniu)), true, None));

    studio.send_to_encoder(&world.id(Platform::Weibo)).await.unwrap();
    assert_eq!(world.obs.custom(), Some(world.push(Platform::Weibo)));
    assert_eq!(world.kept_text("former.kind").as_deref(), Some("rtmp_common"), "not Kaibo's own");

    let again = world.again().await;
    again.linked().await;
    assert!(again.view().former);
    again.bench.studio.restore_encoder().await.unwrap();
    assert_eq!(again.obs.custom(), None);
    let EncoderService::Other { settings, .. } = again.obs.state().service.clone() else { panic!() };
    assert!(settings.expose_secret().contains("former-key"));
    let view = again.view();
    assert_eq!((view.room, view.former, again.kept_text("former.kind")), (None, false, None));
    let failure = again.bench.studio.restore_encoder().await.unwrap_err();
    assert_eq!(failure.code, ProblemCode::NotFound);
}

#[tokio::test(start_paused = true)]
async fn an_address_of_an_earlier_evening_is_not_the_streamers_own() {
    let world = live().await;
    world.bench.studio.send_to_encoder(&world.id(Platform::Qiniu)).await.unwrap();
    world.bench.studio.end_broadcast(&[world.id(Platform::Qiniu)], false).await;
    let again = world.again().await;
    again.bench.qiniu.lock().unwrap().rooms.insert("live-1".into(), (String::new(), Status::Ended));
    again.linked().await;
    again.go_live(&[Platform::Qiniu], None).await;
    assert_ne!(again.obs.custom(), Some(again.push(Platform::Qiniu)));
    again.bench.studio.send_to_encoder(&again.id(Platform::Qiniu)).await.unwrap();
    assert_eq!(again.kept_text("former.kind").as_deref(), Some("rtmp_common"));
}

#[tokio::test(start_paused = true)]
async fn a_custom_server_of_the_streamers_comes_back_byte_for_byte() {
    let world = live().await;
    let own = PushAddress { server: "rtmp://own.example/a/".into(), key: "k?x=%2F ".into() };
    world.obs.change(|s| s.service = EncoderService::Custom(own.clone()));
    world.bench.studio.send_to_encoder(&world.id(Platform::Qiniu)).await.unwrap();
    world.bench.studio.restore_encoder().await.unwrap();
    assert_eq!(world.obs.custom(), Some((own.server, own.key.expose_secret().to_owned())));
}

#[tokio::test(start_paused = true)]
async fn what_differs_or_is_busy_is_said() {
    let world = live().await;
    let (studio, id) = (&world.bench.studio, world.id(Platform::Qiniu));
    world.obs.change(|s| s.mangles = true);
    assert_eq!(studio.send_to_encoder(&id).await.unwrap_err().code, ProblemCode::EncoderDiffers);
    assert_eq!(world.view().problem.unwrap().code, ProblemCode::EncoderDiffers);
    world.obs.change(|s| s.mangles = false);
    studio.send_to_encoder(&id).await.unwrap();
    assert_eq!(world.view().problem, None, "the next success clears it");

    studio.start_encoder().await.unwrap();
    assert!(world.view().streaming);
    for busy in [studio.send_to_encoder(&world.id(Platform::Weibo)).await, studio.restore_encoder().await] {
        assert_eq!(busy.unwrap_err().code, ProblemCode::EncoderBusy);
    }
    assert_eq!(world.obs.custom(), Some(world.push(Platform::Qiniu)));
    studio.stop_encoder().await.unwrap();
    assert!(!world.view().streaming);
    let (first, second) = tokio::join!(studio.start_encoder(), studio.start_encoder());
    first.unwrap();
    assert_eq!(second.unwrap_err().code, ProblemCode::WrongState, "one at a time");
}

#[tokio::test(start_paused = true)]
async fn started_is_what_moves_and_stopped_what_is_still() {
    let world = live().await;
    let studio = &world.bench.studio;
    for change in [(|s| s.never_starts = true) as fn(&mut obs::State), |s| s.rate = 0] {
        world.obs.change(change);
        let begun = Instant::now();
        assert_eq!(studio.start_encoder().await.unwrap_err().code, ProblemCode::EncoderDiffers);
        assert!(begun.elapsed() <= Duration::from_secs(16), "{:?}", begun.elapsed());
        world.obs.change(|s| s.never_starts = false);
    }
    world.obs.change(|s| (s.rate, s.never_stops) = (250_000, true));
    studio.start_encoder().await.unwrap();
    assert_eq!(studio.stop_encoder().await.unwrap_err().code, ProblemCode::EncoderDiffers);
}

#[tokio::test(start_paused = true)]
async fn nothing_changes_in_it_before_its_former_settings_are_safe() {
    let world = live().await;
    *world.bench.keyring.1.lock().unwrap() = true;
    let failure = world.bench.studio.send_to_encoder(&world.id(Platform::Qiniu)).await.unwrap_err();
    assert_eq!(failure.code, ProblemCode::KeyringLocked);
    assert_eq!(world.obs.custom(), None);
    assert!(!world.obs.state().calls.contains(&"set".to_owned()));
}

#[tokio::test(start_paused = true)]
async fn figures_move_once_a_second_for_two_minutes() {
    let world = live().await;
    world.bench.studio.start_encoder().await.unwrap();
    seconds(30).await;
    let view = world.view();
    let last = view.figures.last().unwrap();
    assert!((1_990..=2_010).contains(&last.kbps), "250,000 bytes a second are 2,000 kbit: {last:?}");
    assert_eq!((last.dropped, last.frames, last.congestion), (3, 300, 25));
    assert_eq!(view.size, Some((1280, 720)));
    assert!((29..=32).contains(&view.figures.len()), "{}", view.figures.len());
    assert!(view.since.is_some());
    seconds(300).await;
    let figures = world.view().figures;
    assert_eq!(figures.len(), 120);
    assert!(figures.windows(2).all(|two| two[0].at < two[1].at));
    world.obs.stream(false);
    world.until("stopped by hand", 2, |s| !s.encoder.streaming && s.encoder.figures.is_empty()).await;
}

/// Everything that is logged, with all its fields.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl tracing::field::Visit for Log {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        write!(self.0.lock().unwrap(), "{field}={value:?} ").unwrap();
    }
}

impl tracing::Subscriber for Log {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }
    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        span.record(&mut self.clone());
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, values: &tracing::span::Record<'_>) {
        values.record(&mut self.clone());
    }
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test(start_paused = true)]
async fn neither_log_nor_window_nor_error_holds_a_secret() {
    let log = Log::default();
    let _logging = tracing::subscriber::set_default(log.clone());
    let world = live().await;
    let (studio, id) = (&world.bench.studio, world.id(Platform::Qiniu));
    let mut seen = String::new();
    for password in ["typed-password", PASSWORD] {
        let answer = studio.connect_encoder(world.form(Some(password))).await;
        write!(seen, "{answer:?}").unwrap();
    }
    world.linked().await;
    world.obs.change(|s| s.mangles = true);
    write!(seen, "{:?}", studio.send_to_encoder(&id).await).unwrap();
    world.obs.change(|s| s.mangles = false);
    studio.send_to_encoder(&id).await.unwrap();
    studio.start_encoder().await.unwrap();
    write!(seen, "{:?}", studio.send_to_encoder(&id).await).unwrap();
    seen.push_str(&serde_json::to_string(&world.snapshot()).unwrap());
    world.obs.kill();
    seconds(60).await;
    seen.push_str(&serde_json::to_string(&studio.next_updates().await).unwrap());
    seen.push_str(&log.0.lock().unwrap());
    assert!(seen.contains("EncoderDiffers") && seen.contains("EncoderUnreachable"), "something was seen");
    for secret in ["secret-of-", "former-key", PASSWORD, "typed-password"] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
}

#[tokio::test(start_paused = true)]
async fn other_programs_get_the_addresses_in_their_own_form() {
    let world = live().await;
    let rooms = [world.id(Platform::Weibo), world.id(Platform::Qiniu)];
    let export = |format| world.bench.studio.export_push(&rooms, format).unwrap().expose_secret().to_owned();
    let (server, key) = world.push(Platform::Qiniu);

    let targets: serde_json::Value = serde_json::from_str(&export(PushExport::ObsMultiRtmp)).unwrap();
    let target = &targets["targets"][1];
    assert_eq!(target["service-param"]["server"], server);
    assert_eq!(target["service-param"]["key"], key);
    assert!(target["id"].is_string() && target["name"].is_string());
    assert_ne!(targets["targets"][0]["id"], target["id"]);

    let ffmpeg = export(PushExport::Ffmpeg);
    assert!(ffmpeg.contains("KAIBO_KEY_2") && ffmpeg.contains("rtmp://ingest.example/"), "{ffmpeg}");
    assert!(!ffmpeg.contains("secret-of-"), "a command line is seen by every program: {ffmpeg}");

    let plain = export(PushExport::Plain);
    assert!(plain.contains(&server) && plain.contains(&key), "{plain}");

    let none = world.bench.studio.export_push(&[], PushExport::Plain).unwrap_err();
    assert_eq!(none.code, ProblemCode::NoStreamKey);
}
