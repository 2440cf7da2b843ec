//! A studio between played platforms and a real OBS.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kaibo_live::clock::SystemClock;
use kaibo_live::encoder::{AlarmKind, EncoderForm, EncoderLink, EncoderService, EncoderView};
use kaibo_live::history::History;
use kaibo_live::platform::Platform;
use kaibo_live::problem::Failure;
use kaibo_live::room::{Details, RoomId};
use kaibo_live::secret::{ExposeSecret as _, SecretStore as _};
use kaibo_live::store::Store;
use kaibo_live::studio::{Parts, SandboxAccount, SandboxHost, Studio};
use kaibo_live::view::{AccountDraft, GoLive, Preferences, PushPart, RoomView, RunState, RunView, Snapshot};
use kaibo_sandbox::{Config, Control, Meter, Sandbox};
use kaibo_tests::{Obs, until};
use kaibo_vault::Vault;
use tokio::time::Instant;

use crate::PASSWORD;

/// A state of OBS's must be right within this. It is five seconds by design, which `kaibo-live`'s own tests hold to the
/// second on a clock of theirs; a real OBS on a busy machine gets some more.
pub const RIGHT_WITHIN: Duration = Duration::from_secs(25);

pub struct Stage {
    pub sandbox: Sandbox,
    pub control: Control,
    pub studio: Studio,
    pub obs: Obs,
}

/// These tests have accounts of their own.
struct NoSandbox;

#[async_trait]
impl SandboxHost for NoSandbox {
    async fn start(&self) -> Result<Vec<SandboxAccount>, Failure> {
        Ok(Vec::new())
    }
    async fn stop(&self) {}
}

impl Stage {
    /// Accounts of these platforms, and an OBS that nobody has connected yet.
    pub async fn open(platforms: &[&str]) -> Self {
        Self::open_with(platforms, Obs::start(PASSWORD).await, None).await
    }

    /// The same with a certain OBS; what arrives at the platforms is recorded into a folder, where there is one.
    pub async fn open_with(platforms: &[&str], obs: Obs, recordings: Option<PathBuf>) -> Self {
        let sandbox =
            Sandbox::start(Config { chatter: false, recordings, ..Config::default() }).await.unwrap();
        let control = sandbox.control();
        let vault = || {
            let vault = Vault::new();
            vault.use_session_only();
            Arc::new(vault)
        };
        let mut preferences = Preferences { with_encoder: true, blank_key: true, ..Preferences::default() };
        // Nobody else had it a moment ago.
        preferences.relay.port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
        let studio = Studio::new(Parts {
            drivers: kaibo_platforms::registry::drivers(),
            vault: vault(),
            sandbox_vault: vault(),
            store: Store::in_memory().unwrap(),
            history: History::private().unwrap(),
            clock: Arc::new(SystemClock),
            sandbox: Arc::new(NoSandbox),
            relay: Arc::new(kaibo_relay::driver()),
            encoder: Arc::new(kaibo_obs::driver_looking_in(vec![obs.folder()])),
            preferences,
        });
        let studio = studio.unwrap();
        studio.open().await;
        let stage = Self { sandbox, control, studio, obs };
        for platform in platforms {
            stage.add(platform).await;
        }
        stage
    }

    async fn add(&self, platform: &str) {
        let account = self.sandbox.accounts().into_iter().find(|a| a.platform == platform).unwrap();
        let mut fields = account.settings;
        fields.extend(account.secrets);
        let platform: Platform = serde_json::from_value(platform.into()).unwrap();
        let draft = AccountDraft { platform, name: account.name, fields };
        self.studio.connect_account(draft).await.expect("the account connects");
        until("its room", || async { self.find(platform) }).await;
    }

    /// Connects OBS as a streamer does who knows its password.
    pub async fn connect(&self) {
        self.studio.connect_encoder(self.form(Some(PASSWORD))).await.expect("connects");
        self.until_encoder("connected", |view| view.link == EncoderLink::Connected).await;
    }

    /// The filled-in form.
    pub fn form(&self, password: Option<&str>) -> EncoderForm {
        let kaibo_live::encoder::EncoderAddress { host, port } = self.obs.address();
        EncoderForm { host, port, password: password.map(str::to_owned), insist: false }
    }

    pub fn snapshot(&self) -> Snapshot {
        self.studio.snapshot("test", "zh-CN")
    }

    fn find(&self, platform: Platform) -> Option<RoomView> {
        self.snapshot().rooms.into_iter().find(|room| room.platform == platform)
    }

    /// A platform's room as the window sees it.
    pub fn room(&self, platform: &str) -> RoomView {
        self.find(serde_json::from_value(platform.into()).unwrap()).expect("the room is there")
    }

    /// Goes live on platforms; OBS pushes to one of them.
    pub async fn go_live(&self, platforms: &[&str], pushed: Option<&str>) -> RunView {
        self.go_live_by(platforms, pushed, false).await
    }

    /// The same, where it is wanted by the relay.
    pub async fn go_live_by(&self, platforms: &[&str], pushed: Option<&str>, relay: bool) -> RunView {
        let room = |platform: &str| self.room(platform).id;
        let rooms: Vec<RoomId> = platforms.iter().map(|platform| room(platform)).collect();
        let details = Details { title: "今晚的节目".into(), ..Details::default() };
        let run = self
            .studio
            .go_live(GoLive {
                rooms,
                details,
                covers: std::collections::BTreeMap::new(),
                encoder: pushed.map(room),
                relay,
            })
            .await;
        assert!(run.rooms.iter().all(|room| room.state == RunState::Done), "{:?}", run.rooms);
        run
    }

    /// On air on Bilibili with OBS, seen there.
    pub async fn on_air(platforms: &[&str], pushed: &str) -> Self {
        let stage = Self::open(platforms).await;
        stage.connect().await;
        let run = stage.go_live(platforms, Some(pushed)).await;
        assert_eq!(run.encoder.expect("OBS has a part in it").state, RunState::Done);
        until("the room to be live", || async { stage.remote(pushed).live.then_some(()) }).await;
        let room = stage.room(pushed).id;
        stage.until_encoder("set to the room", |view| view.room.as_ref() == Some(&room)).await;
        stage.until_alarms("none", <[_]>::is_empty).await;
        stage
    }

    /// A platform's room as the platform sees it.
    pub fn remote(&self, platform: &str) -> kaibo_sandbox::RoomState {
        let remote = self.room(platform).remote.expect("it was made");
        self.control.room(platform, &remote.0).expect("the platform has it")
    }

    /// A platform's room's server and key.
    pub fn push(&self, platform: &str) -> (String, String) {
        let room = self.room(platform).id;
        let part = |part| self.studio.push_part(&room, part).unwrap().expose_secret().to_owned();
        (part(PushPart::Server), part(PushPart::Key))
    }

    /// Where a platform's room is at the ingest: its app and public name.
    pub fn place(&self, platform: &str) -> (String, String) {
        let (server, key) = self.push(platform);
        let push = kaibo_live::push::PushAddress { server, key: key.into() };
        (push.app().to_owned(), push.stream_name())
    }

    /// What arrived at a platform's room.
    pub fn meter(&self, platform: &str) -> Meter {
        let (app, name) = self.place(platform);
        self.control.meter(&app, &name).expect("the ingest knows it")
    }

    /// What OBS is set to, asked by hand.
    pub async fn set_in_obs(&self) -> (String, String) {
        match self.obs.by_hand().await.service().await.unwrap() {
            EncoderService::Custom(push) => (push.server, push.key.expose_secret().to_owned()),
            other @ EncoderService::Other { .. } => panic!("not custom but {other:?}"),
        }
    }

    pub async fn until_encoder(&self, what: &str, so: impl Fn(&EncoderView) -> bool) -> EncoderView {
        until(&format!("OBS to be {what}"), || async {
            Some(self.snapshot().encoder).filter(|view| so(view))
        })
        .await
    }

    async fn until_alarms(&self, what: &str, so: impl Fn(&[AlarmKind]) -> bool) {
        until(&format!("alarms: {what}"), || async { so(&self.alarms()).then_some(()) }).await;
    }

    pub fn alarms(&self) -> Vec<AlarmKind> {
        self.snapshot().alarms.into_iter().map(|alarm| alarm.kind).collect()
    }

    /// Waits for an alarm, which must come within a time and not before another.
    pub async fn until_alarm(&self, kind: &AlarmKind, not_before: Duration, within: Duration) {
        let began = Instant::now();
        self.until_alarms(&format!("{kind:?}"), |alarms| alarms.contains(kind)).await;
        let took = began.elapsed();
        assert!(took >= not_before && took <= within, "{kind:?} came after {took:?}");
    }

    /// Waits for an alarm to leave, within a time.
    pub async fn until_healed(&self, kind: &AlarmKind, within: Duration) {
        let began = Instant::now();
        self.until_alarms(&format!("{kind:?} to leave"), |alarms| !alarms.contains(kind)).await;
        assert!(began.elapsed() <= within, "{kind:?} left after {:?}", began.elapsed());
    }
}
