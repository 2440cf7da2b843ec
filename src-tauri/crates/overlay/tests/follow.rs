//! The overlay follows the studio's settings and keeps its address.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kaibo_live::account::AccountId;
use kaibo_live::clock::SystemClock;
use kaibo_live::encoder::NoEncoder;
use kaibo_live::history::History;
use kaibo_live::overlay::{CSS_CAP, OverlaySettings, OverlayState, OverlayView};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::{Credentials, ExposeSecret, SecretStore, VaultError, VaultState};
use kaibo_live::store::Store;
use kaibo_live::studio::{Parts, SandboxAccount, SandboxHost, Studio};
use kaibo_live::view::{Preferences, Theme};
use kaibo_overlay::Overlay;
use kaibo_overlay::server::Page;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Default)]
struct Keyring(Arc<Mutex<Option<Credentials>>>, Arc<AtomicBool>);

impl Keyring {
    fn lock(&self, locked: bool) {
        self.1.store(locked, Ordering::SeqCst);
    }

    fn open(&self) -> Result<std::sync::MutexGuard<'_, Option<Credentials>>, VaultError> {
        if self.1.load(Ordering::SeqCst) { Err(VaultError::Locked) } else { Ok(self.0.lock().unwrap()) }
    }
}

#[async_trait]
impl SecretStore for Keyring {
    async fn read(&self, account: &AccountId) -> Result<Option<Credentials>, VaultError> {
        assert_eq!(account.0, "overlay");
        Ok(self.open()?.clone())
    }
    async fn write(&self, account: &AccountId, credentials: &Credentials) -> Result<(), VaultError> {
        assert_eq!(account.0, "overlay");
        *self.open()? = Some(credentials.clone());
        Ok(())
    }
    async fn remove(&self, _: &AccountId) -> Result<(), VaultError> {
        Ok(())
    }
    async fn probe(&self) -> VaultState {
        self.state()
    }
    fn state(&self) -> VaultState {
        if self.open().is_ok() { VaultState::Unlocked } else { VaultState::Locked }
    }
    fn use_session_only(&self) {}
}

struct NoSandbox;

#[async_trait]
impl SandboxHost for NoSandbox {
    async fn start(&self) -> Result<Vec<SandboxAccount>, Failure> {
        Ok(Vec::new())
    }
    async fn stop(&self) {}
}

fn stage() -> (Studio, Overlay, Keyring) {
    let keyring = Keyring::default();
    let studio = Studio::new(Parts {
        drivers: Vec::new(),
        vault: Arc::new(keyring.clone()),
        sandbox_vault: Arc::new(Keyring::default()),
        store: Store::in_memory().unwrap(),
        history: History::private().unwrap(),
        clock: Arc::new(SystemClock),
        sandbox: Arc::new(NoSandbox),
        encoder: Arc::new(NoEncoder),
        relay: Arc::new(kaibo_live::relay::NoRelay),
        preferences: Preferences::default(),
    });
    let studio = studio.unwrap();
    let overlay = Overlay::new(studio.clone(), Page { script: "".into(), style: "".into() });
    (studio, overlay, keyring)
}

fn view(studio: &Studio) -> OverlayView {
    studio.snapshot("", "").overlay
}

/// A port that was free a moment ago.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

async fn set(studio: &Studio, overlay: &Overlay, on: bool, port: u16) {
    studio.set_overlay(OverlaySettings { on, port, ..OverlaySettings::default() }).unwrap();
    overlay.follow().await;
}

/// The first line of the answer at the address.
async fn ask(address: &str) -> std::io::Result<String> {
    let (host, path) = address.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).await?;
    stream.write_all(format!("GET /{path} HTTP/1.1\r\nhost: {host}\r\n\r\n").as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn it_is_off_until_it_is_wanted_and_its_address_stays() {
    let (studio, overlay, keyring) = stage();
    let port = free_port().await;
    set(&studio, &overlay, false, port).await;
    assert_eq!(view(&studio).state, OverlayState::Off);
    assert!(TcpStream::connect(("127.0.0.1", port)).await.is_err(), "nothing listens");
    assert!(keyring.open().unwrap().is_none(), "no address is made for nothing");

    set(&studio, &overlay, true, port).await;
    assert_eq!(view(&studio).state, OverlayState::On);
    let address = overlay.address().await.unwrap();
    let token = address.expose_secret().split('/').nth(3).unwrap().to_owned();
    assert!(token.len() == 32 && token.bytes().all(|b| b.is_ascii_hexdigit()), "128 bits");
    assert_eq!(ask(address.expose_secret()).await.unwrap(), "HTTP/1.1 200 OK");

    set(&studio, &overlay, false, port).await;
    assert!(ask(address.expose_secret()).await.is_err());
    let moved = free_port().await;
    set(&studio, &overlay, true, moved).await;
    let there = overlay.address().await.unwrap();
    assert!(there.expose_secret().contains(&token), "the token is found again");
    assert_eq!(ask(there.expose_secret()).await.unwrap(), "HTTP/1.1 200 OK");
    // The rest of the window's preferences leave it alone.
    studio.set_preferences(Preferences { theme: Theme::Light, ..Preferences::default() }).await;
    assert!(studio.preferences().overlay.on);
}

#[tokio::test]
async fn a_new_address_ends_the_former_and_a_locked_keyring_changes_nothing() {
    let (studio, overlay, keyring) = stage();
    set(&studio, &overlay, true, free_port().await).await;
    let former = overlay.address().await.unwrap();
    keyring.lock(true);
    assert_eq!(overlay.renew().await.unwrap_err().code, ProblemCode::KeyringLocked);
    assert_eq!(ask(former.expose_secret()).await.unwrap(), "HTTP/1.1 200 OK", "it still works");
    keyring.lock(false);
    overlay.renew().await.unwrap();
    let fresh = overlay.address().await.unwrap();
    assert_ne!(fresh.expose_secret(), former.expose_secret());
    assert_eq!(ask(former.expose_secret()).await.unwrap(), "HTTP/1.1 404 Not Found");
    assert_eq!(ask(fresh.expose_secret()).await.unwrap(), "HTTP/1.1 200 OK");
}

#[tokio::test]
async fn a_taken_port_and_a_locked_keyring_are_told_and_tried_again() {
    let (studio, overlay, keyring) = stage();
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = other.local_addr().unwrap().port();
    set(&studio, &overlay, true, port).await;
    assert_eq!(view(&studio).state, OverlayState::PortTaken { port });
    drop(other);
    overlay.follow().await;
    assert_eq!(view(&studio).state, OverlayState::On);

    set(&studio, &overlay, false, port).await;
    keyring.lock(true);
    set(&studio, &overlay, true, port).await;
    let OverlayState::Failed { problem } = view(&studio).state else { panic!("{:?}", view(&studio)) };
    assert_eq!(problem.code, ProblemCode::KeyringLocked);
    keyring.lock(false);
    overlay.follow().await;
    assert_eq!(view(&studio).state, OverlayState::On);
}

#[tokio::test(start_paused = true)]
async fn without_a_press_of_a_button_it_is_served_once_the_port_is_free() {
    let (studio, overlay, _) = stage();
    studio.open().await;
    let other = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = other.local_addr().unwrap().port();
    studio.set_overlay(OverlaySettings { on: true, port, ..OverlaySettings::default() }).unwrap();
    let running = overlay.clone();
    tokio::spawn(async move { running.run().await });
    let until = async |wanted: OverlayState| {
        while view(&studio).state != wanted {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let soon = Duration::from_secs(60);
    tokio::time::timeout(soon, until(OverlayState::PortTaken { port })).await.expect("it is told");
    drop(other);
    tokio::time::timeout(soon, until(OverlayState::On)).await.expect("it is tried again");
}

#[test]
fn settings_out_of_bounds_are_refused() {
    let (studio, ..) = stage();
    let fine = OverlaySettings { css: "x".repeat(CSS_CAP), ..OverlaySettings::default() };
    studio.set_overlay(fine.clone()).unwrap();
    for wrong in [
        OverlaySettings { port: 80, ..fine.clone() },
        OverlaySettings { font_size: 1_000, ..fine.clone() },
        OverlaySettings { stay_seconds: 601, ..fine.clone() },
        OverlaySettings { css: "x".repeat(CSS_CAP + 1), ..fine.clone() },
    ] {
        let refused = studio.set_overlay(wrong).unwrap_err();
        assert!(matches!(refused.code, ProblemCode::Invalid { .. }), "{refused:?}");
    }
    assert_eq!(studio.preferences().overlay, fine, "what was refused changes nothing");
}
