//! The encoder: connecting it, its settings, its part in an evening, and what makes an alarm. The encoder is a
//! scripted one, the clock is paused.

#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub, missing_docs)]

#[path = "../common/mod.rs"]
mod common;

mod act;
mod alarms;
mod evening;
mod link;
mod obs;

use std::net::TcpListener;
use std::time::Duration;

use common::{Bench, Keyring, Shared, titled};
use kaibo_live::account::AccountId;
use kaibo_live::encoder::{EncoderAddress, EncoderForm, EncoderLink, EncoderView};
use kaibo_live::platform::Platform;
use kaibo_live::room::{RoomId, Status};
use kaibo_live::secret::{Credentials, ExposeSecret};
use kaibo_live::store::Store;
use kaibo_live::view::{GoLive, Preferences, PushPart, RoomView, RunView, Snapshot};
use obs::Obs;
use tokio::time::Instant;

const PASSWORD: &str = "obs-password";

/// A studio with a room at a platform where pushing starts the broadcast (Weibo) and one where a call does
/// (Qiniu), and an encoder.
struct World {
    bench: Bench,
    obs: Obs,
    port: u16,
    /// Somebody listens at the encoder's port.
    listener: Option<TcpListener>,
}

impl World {
    fn new() -> Self {
        Self::with(Obs::new(), Store::in_memory().unwrap(), Keyring::default(), Preferences::default())
    }

    fn with(obs: Obs, store: Store, keyring: Keyring, preferences: Preferences) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let encoder = std::sync::Arc::new(obs.clone());
        let (weibo, qiniu) = (Shared::default(), Shared::default());
        // Its next room has another number than the other platform's, and so another address.
        qiniu.lock().unwrap().rooms.insert("live-0".into(), (String::new(), Status::Ended));
        let bench = Bench::made(store, keyring, weibo, qiniu, encoder, preferences);
        Self { bench, obs, port, listener: Some(listener) }
    }

    /// Opened, with both rooms, and connected.
    async fn connected() -> Self {
        let world = Self::new();
        world.bench.studio.open().await;
        world.bench.connect(Platform::Weibo).await;
        world.bench.connect(Platform::Qiniu).await;
        world.bench.studio.connect_encoder(world.form(Some(PASSWORD))).await.unwrap();
        world.linked().await;
        world
    }

    /// The same program, started again with what was kept.
    async fn again(&self) -> Self {
        let preferences = self.bench.studio.preferences();
        let again =
            Self::with(self.obs.clone(), self.bench.store.clone(), self.bench.keyring.clone(), preferences);
        again.bench.studio.open().await;
        again
    }

    fn form(&self, password: Option<&str>) -> EncoderForm {
        let password = password.map(str::to_owned);
        EncoderForm { host: "127.0.0.1".into(), port: self.port, password, insist: false }
    }

    fn address(&self) -> EncoderAddress {
        EncoderAddress { host: "127.0.0.1".into(), port: self.port }
    }

    fn snapshot(&self) -> Snapshot {
        self.bench.studio.snapshot("", "")
    }

    fn view(&self) -> EncoderView {
        self.snapshot().encoder
    }

    fn kept(&self) -> Option<Credentials> {
        self.bench.keyring.0.lock().unwrap().get(&AccountId("encoder".into())).cloned()
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

    fn push(&self, platform: Platform) -> (String, String) {
        let part = |part| self.bench.studio.push_part(&self.id(platform), part).unwrap();
        (part(PushPart::Server).expose_secret().to_owned(), part(PushPart::Key).expose_secret().to_owned())
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
                relay: false,
            })
            .await
    }

    /// What the platform says of its only room from now on.
    fn platform_says(&self, platform: Platform, status: Status) {
        let script = if platform == Platform::Weibo { &self.bench.weibo } else { &self.bench.qiniu };
        script.lock().unwrap().rooms.values_mut().for_each(|room| room.1 = status);
    }

    async fn linked(&self) {
        self.until("connected", 6, |s| s.encoder.link == EncoderLink::Connected).await;
    }

    /// Waits until the window would see it; answers how long that took. Seconds are the most it may take.
    async fn until(&self, why: &str, within: u64, wanted: impl Fn(&Snapshot) -> bool) -> Duration {
        let begun = Instant::now();
        loop {
            let snapshot = self.snapshot();
            if wanted(&snapshot) {
                return begun.elapsed();
            }
            let encoder = &snapshot.encoder;
            assert!(
                begun.elapsed() <= Duration::from_secs(within),
                "not within {within} s: {why}; {encoder:?} {:?}",
                snapshot.alarms
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

async fn seconds(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
