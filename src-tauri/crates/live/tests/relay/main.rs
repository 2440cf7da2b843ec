//! The relay: what goes through it and when, what is kept of it, its part in an evening, and its alarms. The relay is
//! a played one, the clock is paused.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, missing_docs, dead_code)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../encoder/obs.rs"]
mod obs;

mod alarms;
mod custom;
mod encoder;
mod engine;
mod evening;

use std::sync::Arc;
use std::time::Duration;

use common::{Bench, Keyring, Shared, titled};
use engine::Engine;
use kaibo_live::account::AccountId;
use kaibo_live::encoder::EncoderForm;
use kaibo_live::platform::Platform;
use kaibo_live::relay::{RelayState, RelayTarget, RelayTargetState, RelayView};
use kaibo_live::room::{RoomId, Status};
use kaibo_live::secret::{Credentials, ExposeSecret};
use kaibo_live::store::Store;
use kaibo_live::view::{GoLive, Preferences, PushPart, RoomView, RunView, Snapshot};
use obs::Obs;
use tokio::time::Instant;

const BOTH: [Platform; 2] = [Platform::Weibo, Platform::Qiniu];

/// A studio with a room at a platform where pushing starts the broadcast (Weibo) and one where a call does (Qiniu).
struct World {
    bench: Bench,
    obs: Obs,
    engine: Engine,
}

impl World {
    async fn open() -> Self {
        let (weibo, qiniu) = (Shared::default(), Shared::default());
        // Its next room has another number than the other platform's, and so another address.
        qiniu.lock().unwrap().rooms.insert("live-0".into(), (String::new(), Status::Ended));
        let (store, keyring) = (Store::in_memory().unwrap(), Keyring::default());
        let programs = (Obs::new(), Engine::new());
        let world = Self::with(store, keyring, (weibo, qiniu), Preferences::default(), programs).await;
        for platform in BOTH {
            world.bench.connect(platform).await;
        }
        world
    }

    async fn with(
        store: Store,
        keyring: Keyring,
        platforms: (Shared, Shared),
        preferences: Preferences,
        (obs, engine): (Obs, Engine),
    ) -> Self {
        let programs: (Arc<_>, Arc<_>) = (Arc::new(obs.clone()), Arc::new(engine.clone()));
        let bench = Bench::relayed(store, keyring, platforms, (programs.0, programs.1), preferences);
        bench.studio.open().await;
        Self { bench, obs, engine }
    }

    /// Both rooms on air through it, and the encoder pushes.
    async fn on_air() -> Self {
        let world = Self::open().await;
        world.go_live(&BOTH, None).await;
        world.engine.source(kaibo_live::relay::SourceReading::Publishing);
        world.platform_says(Platform::Weibo, Status::Live);
        world.until("both live", 10, |s| s.rooms.iter().all(|r| r.status == Status::Live)).await;
        world
    }

    /// The same program, started again with what was kept.
    async fn again(&self) -> Self {
        self.again_with(Engine::new()).await
    }

    async fn again_with(&self, engine: Engine) -> Self {
        let platforms = (Arc::clone(&self.bench.weibo), Arc::clone(&self.bench.qiniu));
        let (store, keyring) = (self.bench.store.clone(), self.bench.keyring.clone());
        let programs = (self.obs.clone(), engine);
        Self::with(store, keyring, platforms, self.bench.studio.preferences(), programs).await
    }

    async fn connect_obs(&self) {
        let form = EncoderForm {
            host: "127.0.0.1".into(),
            port: 4455,
            password: Some("obs-password".into()),
            insist: false,
        };
        self.bench.studio.connect_encoder(form).await.unwrap();
        self.until("connected", 6, |s| s.encoder.version.is_some()).await;
    }

    fn snapshot(&self) -> Snapshot {
        self.bench.studio.snapshot("", "")
    }

    fn relay(&self) -> RelayView {
        self.snapshot().relay
    }

    fn targets(&self) -> Vec<(RelayTarget, RelayTargetState)> {
        self.relay().targets.into_iter().map(|t| (t.target, t.state)).collect()
    }

    fn kept(&self) -> Option<Credentials> {
        self.bench.keyring.0.lock().unwrap().get(&AccountId("relay".into())).cloned()
    }

    /// Waits until the keyring holds the relay's own key, or doesn't any more.
    async fn until_kept(&self, kept: bool) {
        let as_wanted = async || self.kept_text("ingest.key").is_some() == kept;
        self.bench.until_true("the keyring follows", as_wanted).await;
    }

    fn kept_text(&self, name: &str) -> Option<String> {
        self.kept()?.get(name).map(|s| s.expose_secret().to_owned())
    }

    fn room(&self, platform: Platform) -> RoomView {
        self.bench.rooms().into_iter().find(|r| r.platform == platform).unwrap()
    }

    fn id(&self, platform: Platform) -> RoomId {
        self.room(platform).id
    }

    fn target(&self, platform: Platform) -> RelayTarget {
        RelayTarget::Room { room: self.id(platform) }
    }

    /// A platform's room and its whole address, as the relay was given it.
    fn added(&self, platform: Platform) -> String {
        let whole = self.bench.studio.push_part(&self.id(platform), PushPart::Whole).unwrap();
        format!("add {} {}", self.id(platform).0, whole.expose_secret())
    }

    async fn go_live(&self, platforms: &[Platform], encoder: Option<Platform>) -> RunView {
        let rooms = platforms.iter().map(|p| self.id(*p)).collect();
        let encoder = encoder.map(|p| self.id(p));
        self.bench
            .studio
            .go_live(GoLive {
                rooms,
                details: titled("今晚"),
                covers: std::collections::BTreeMap::new(),
                encoder,
                relay: true,
            })
            .await
    }

    /// What the platform says of all its rooms from now on.
    fn platform_says(&self, platform: Platform, status: Status) {
        let script = if platform == Platform::Weibo { &self.bench.weibo } else { &self.bench.qiniu };
        script.lock().unwrap().rooms.values_mut().for_each(|room| room.1 = status);
    }

    /// Waits until the window would see it; answers how long that took. Seconds are the most it may take.
    async fn until(&self, why: &str, within: u64, wanted: impl Fn(&Snapshot) -> bool) -> Duration {
        let begun = Instant::now();
        loop {
            let snapshot = self.snapshot();
            if wanted(&snapshot) {
                return begun.elapsed();
            }
            let (relay, alarms) = (&snapshot.relay, &snapshot.alarms);
            assert!(
                begun.elapsed() <= Duration::from_secs(within),
                "not within {within} s: {why}; {relay:?} {alarms:?}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn until_off(&self) {
        self.until("off", 5, |s| s.relay.state == RelayState::Off).await;
    }
}

async fn seconds(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
