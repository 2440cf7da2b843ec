//! The overlay: a page that a browser source of OBS shows the chat with, served to this machine alone.
//!
//! Whoever has the address can read the chat, and nothing else: there is nothing to send. The address has 128 random
//! bits, which are kept in the keyring. [`Overlay`] follows the studio's settings; [`server`] says what is answered.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod answer;
mod events;
pub mod server;
mod socket;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use kaibo_live::overlay::{OverlayFeed, OverlaySettings, OverlayState, address};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::SecretString;
use kaibo_live::studio::Studio;
use tokio::sync::{Mutex, Notify, watch};

use server::{Page, Server, Source};

/// A port that another program has is tried again after this; it costs one call of the system.
const PORT_RETRY: Duration = Duration::from_secs(5);
/// A keyring that was closed is asked again after this, as often as the slow clock looks after accounts.
const KEYRING_RETRY: Duration = Duration::from_secs(30);
/// Bytes of chance in an address.
const TOKEN_BYTES: usize = 16;

/// Serves the overlay while the studio's settings want it.
#[derive(Clone)]
pub struct Overlay(Arc<Inner>);

struct Inner {
    studio: Studio,
    page: Page,
    serving: Mutex<Option<Serving>>,
    wake: Notify,
    /// Counts up when the settings change, so that pages are told.
    changed: watch::Sender<u64>,
}

struct Serving {
    port: u16,
    token: SecretString,
    server: Server,
}

impl Overlay {
    /// Serves nothing yet: see [`run`](Self::run).
    pub fn new(studio: Studio, page: Page) -> Self {
        let (serving, wake, changed) = (Mutex::default(), Notify::new(), watch::Sender::new(0));
        Self(Arc::new(Inner { studio, page, serving, wake, changed }))
    }

    /// Follows the settings for as long as the program runs.
    pub async fn run(&self) {
        self.0.studio.opened().await;
        loop {
            let woken = self.0.wake.notified();
            let wait = self.settle().await;
            tokio::select! {
                () = woken => {}
                () = async { tokio::time::sleep(wait.unwrap_or_default()).await }, if wait.is_some() => {}
            }
        }
    }

    /// The settings changed: pages are told, and the port is opened, closed or moved.
    pub async fn follow(&self) {
        self.0.changed.send_modify(|n| *n += 1);
        self.settle().await;
        self.0.wake.notify_one();
    }

    /// The address as it is now, for the clipboard; it is made when there is none.
    pub async fn address(&self) -> Result<SecretString, Failure> {
        let serving = self.0.serving.lock().await;
        let port = self.0.studio.preferences().overlay.port;
        let token = match serving.as_ref() {
            Some(serving) => serving.token.clone(),
            None => self.token().await?,
        };
        Ok(address(port, &token))
    }

    /// Makes another address; the pages of the former end. When it can't be kept, the former stays.
    pub async fn renew(&self) -> Result<(), Failure> {
        {
            let mut serving = self.0.serving.lock().await;
            self.0.studio.keep_overlay_token(fresh_token()?).await?;
            if let Some(former) = serving.take() {
                former.server.close().await;
            }
        }
        self.follow().await;
        Ok(())
    }

    /// What opens the page; made and kept when there is none.
    async fn token(&self) -> Result<SecretString, Failure> {
        if let Some(token) = self.0.studio.overlay_token().await? {
            return Ok(token);
        }
        let token = fresh_token()?;
        self.0.studio.keep_overlay_token(token.clone()).await?;
        Ok(token)
    }

    /// Makes what is served what the settings want. Answers after what time to try again, where it failed.
    async fn settle(&self) -> Option<Duration> {
        let mut serving = self.0.serving.lock().await;
        let settings = self.0.studio.preferences().overlay;
        if serving.as_ref().is_some_and(|s| settings.on && s.port == settings.port) {
            return None;
        }
        if let Some(former) = serving.take() {
            former.server.close().await;
        }
        if !settings.on {
            self.show(OverlayState::Off);
            return None;
        }
        let token = match self.token().await {
            Ok(token) => token,
            Err(failure) => return Some(self.failed(failure, KEYRING_RETRY)),
        };
        let source = Arc::new(Told { studio: self.0.studio.clone(), changed: self.0.changed.clone() });
        match Server::open(settings.port, &token, self.0.page.clone(), source).await {
            Ok(server) => {
                *serving = Some(Serving { port: settings.port, token, server });
                self.show(OverlayState::On);
                None
            }
            Err(error) if is_taken(&error) => {
                self.show(OverlayState::PortTaken { port: settings.port });
                Some(PORT_RETRY)
            }
            Err(error) => {
                Some(self.failed(Failure::new(ProblemCode::Internal).because(error), KEYRING_RETRY))
            }
        }
    }

    fn show(&self, state: OverlayState) {
        self.0.studio.change_overlay(|view| {
            view.state = state;
            if view.state != OverlayState::On {
                view.pages = 0;
            }
        });
    }

    fn failed(&self, failure: Failure, again: Duration) -> Duration {
        let problem = self.0.studio.problem(failure);
        self.show(OverlayState::Failed { problem });
        again
    }
}

/// Taken by another program, or kept by the system (Windows sets ranges of ports aside).
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

fn fresh_token() -> Result<SecretString, Failure> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|e| Failure::new(ProblemCode::Internal).because(io::Error::other(e.to_string())))?;
    Ok(hex::encode(bytes).into())
}

/// The studio, as the server sees it.
struct Told {
    studio: Studio,
    changed: watch::Sender<u64>,
}

impl Source for Told {
    fn lines(&self) -> OverlayFeed {
        self.studio.overlay_lines()
    }

    fn settings(&self) -> OverlaySettings {
        self.studio.preferences().overlay
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn settle(&self) {
        self.studio.settle_lines();
    }

    fn pages(&self, count: u32) {
        self.studio.change_overlay(|view| view.pages = count);
    }
}
