//! One push for two rooms: a real studio with the real clients and the real relay, played platforms, and ffmpeg.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::net::TcpListener;
use std::sync::Arc;

use async_trait::async_trait;
use kaibo_live::clock::SystemClock;
use kaibo_live::encoder::NoEncoder;
use kaibo_live::history::History;
use kaibo_live::platform::Platform;
use kaibo_live::problem::Failure;
use kaibo_live::push::PushAddress;
use kaibo_live::relay::{RelaySource, RelayState, RelayTargetState, RelayView};
use kaibo_live::room::{Details, RoomId, Status};
use kaibo_live::secret::{ExposeSecret as _, SecretStore as _};
use kaibo_live::store::Store;
use kaibo_live::studio::{Parts, SandboxAccount, SandboxHost, Studio};
use kaibo_live::view::{AccountDraft, GoLive, Preferences, PushPart, RoomView, RunState};
use kaibo_sandbox::{Config, Control, Meter, Sandbox};
use kaibo_tests::{Push, Recording, decodes, until};
use kaibo_vault::Vault;
use tempfile::TempDir;

/// These tests have accounts of their own.
struct NoSandbox;

#[async_trait]
impl SandboxHost for NoSandbox {
    async fn start(&self) -> Result<Vec<SandboxAccount>, Failure> {
        Ok(Vec::new())
    }
    async fn stop(&self) {}
}

struct Stage {
    sandbox: Sandbox,
    recordings: TempDir,
    control: Control,
    studio: Studio,
}

fn named(platform: &str) -> Platform {
    serde_json::from_value(platform.into()).unwrap()
}

impl Stage {
    async fn open(platforms: &[&str]) -> Self {
        let recordings = TempDir::new().unwrap();
        let config =
            Config { chatter: false, recordings: Some(recordings.path().to_owned()), ..Config::default() };
        let sandbox = Sandbox::start(config).await.unwrap();
        let control = sandbox.control();
        let vault = || {
            let vault = Vault::new();
            vault.use_session_only();
            Arc::new(vault)
        };
        let mut preferences = Preferences::default();
        // Nobody else has it a moment ago.
        preferences.relay.port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let studio = Studio::new(Parts {
            drivers: kaibo_platforms::registry::drivers(),
            vault: vault(),
            sandbox_vault: vault(),
            store: Store::in_memory().unwrap(),
            history: History::private().unwrap(),
            clock: Arc::new(SystemClock),
            sandbox: Arc::new(NoSandbox),
            encoder: Arc::new(NoEncoder),
            relay: Arc::new(kaibo_relay::driver()),
            preferences,
        });
        let stage = Self { sandbox, recordings, control, studio: studio.unwrap() };
        stage.studio.open().await;
        for platform in platforms {
            let account = stage.sandbox.accounts().into_iter().find(|a| a.platform == *platform).unwrap();
            let mut fields = account.settings;
            fields.extend(account.secrets);
            let draft = AccountDraft { platform: named(platform), name: account.name, fields };
            stage.studio.connect_account(draft).await.expect("the account connects");
        }
        stage
    }

    fn room(&self, platform: &str) -> RoomView {
        let rooms = self.studio.snapshot("test", "zh-CN").rooms;
        rooms.into_iter().find(|room| room.platform == named(platform)).expect("the room is there")
    }

    fn relay(&self) -> RelayView {
        self.studio.snapshot("test", "zh-CN").relay
    }

    /// A platform's room's app and public name at the ingest.
    fn place(&self, platform: &str) -> (String, String) {
        let room = self.room(platform).id;
        let part = |part| self.studio.push_part(&room, part).unwrap().expose_secret().to_owned();
        let push = PushAddress { server: part(PushPart::Server), key: part(PushPart::Key).into() };
        (push.app().to_owned(), push.stream_name())
    }

    fn meter(&self, (app, name): &(String, String)) -> Meter {
        self.control.meter(app, name).expect("the ingest knows it")
    }

    fn relay_push(&self) -> (String, String) {
        let part = |part| self.studio.relay_part(part).unwrap().expose_secret().to_owned();
        (part(PushPart::Server), part(PushPart::Key))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_rooms_get_one_push_and_one_goes_on_when_the_other_ends() {
    let stage = Stage::open(&["weibo", "bilibili"]).await;
    let rooms: Vec<RoomId> = ["weibo", "bilibili"].map(|platform| stage.room(platform).id).into();
    let details = Details { title: "今晚的节目".into(), ..Details::default() };
    let run = stage
        .studio
        .go_live(GoLive {
            rooms,
            details,
            covers: std::collections::BTreeMap::new(),
            encoder: None,
            relay: true,
        })
        .await;
    assert!(run.rooms.iter().all(|room| room.state == RunState::Done), "{:?}", run.rooms);
    assert_eq!(run.relay, Some(RunState::Done));
    let [weibo, bilibili] = ["weibo", "bilibili"].map(|platform| stage.place(platform));

    let (server, key) = stage.relay_push();
    assert!(key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit()));
    assert!(Push::start(&server, "a-guess").was_refused().await, "another key opens nothing");
    let source = stage.recordings.path().join("source.flv");
    let push = Push::start_recording(&server, &key, &source);
    for place in [&weibo, &bilibili] {
        until("video at the ingest", || async {
            let meter = stage.meter(place);
            (meter.publishing && meter.video_messages > 20 && meter.width == Some(640)).then_some(())
        })
        .await;
    }
    until("both rooms live, and figures", || async {
        let live = ["weibo", "bilibili"].iter().all(|p| stage.room(p).status == Status::Live);
        let relay = stage.relay();
        let sends = |relay: &RelayView| {
            relay.targets.len() == 2
                && relay.targets.iter().all(|t| t.state == RelayTargetState::Publishing && t.kbps > 50)
        };
        let source = matches!(relay.source, RelaySource::Publishing { .. });
        (live && source && relay.refused > 0 && relay.kbps > 50 && sends(&relay)).then_some(())
    })
    .await;
    let relay = stage.relay();
    assert_eq!((relay.video.as_deref(), relay.audio.as_deref()), (Some("H.264"), Some("AAC")));

    stage.studio.end_broadcast(&[stage.room("bilibili").id], true).await;
    until("its stream to end", || async { (!stage.meter(&bilibili).publishing).then_some(()) }).await;
    until("one target", || async { (stage.relay().targets.len() == 1).then_some(()) }).await;
    let before = stage.meter(&weibo).video_messages;
    until("the other to go on", || async {
        let meter = stage.meter(&weibo);
        (meter.publishing && meter.video_messages > before + 30 && meter.pushes == 1).then_some(())
    })
    .await;

    stage.studio.end_broadcast(&[stage.room("weibo").id], true).await;
    until("the relay's end", || async { (stage.relay().state == RelayState::Off).then_some(()) }).await;
    until("its stream to end", || async { (!stage.meter(&weibo).publishing).then_some(()) }).await;
    push.stop().await;
    let source = Recording::read(&source);
    for place in [&weibo, &bilibili] {
        let recorded = stage.meter(place).recording.expect("the sandbox recorded it");
        decodes(&recorded).await;
        let got = Recording::read(&recorded);
        let [video, audio] = got.is_a_run_of(&source);
        assert_eq!((video.start, audio.start), (0, 0), "the first picture and sound included");
        assert!(video.end > 20 && audio.end > 40, "{video:?} {audio:?}");
    }
}
