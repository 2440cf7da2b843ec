//! The program that sends the video (OBS): finding it, connecting it, and what is kept of it.
//!
//! `link.rs` holds the connection, `figures.rs` is what is known of the encoder, `act.rs` what is done with it,
//! `part.rs` its part in *Go live* and *End*. Its password, the settings it had before Kaibo's and the address
//! that Kaibo put into it are one keyring entry of their own.

mod act;
pub(crate) mod figures;
mod kept;
mod link;
mod part;

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Studio;
use crate::driver::Outcome;
use crate::encoder::{
    Encoder, EncoderAddress, EncoderDriver, EncoderForm, EncoderFound, EncoderView, LocalEncoder,
};
use crate::problem::{Failure, InvalidReason, ProblemCode};
use figures::EncoderFacts;
use kept::Kept;
pub(super) use part::new_part;

/// Longest that any one call may take, whatever the driver promises.
const CALL_BOUND: Duration = Duration::from_secs(5);
/// Longest host name, in bytes (RFC 1035, section 2.3.4).
const HOST_CAP: usize = 253;

/// The way to the encoder.
pub(super) struct Link {
    driver: Arc<dyn EncoderDriver>,
    current: Mutex<Current>,
    /// Held while it is connected, found or forgotten: one at a time.
    change_gate: tokio::sync::Mutex<()>,
    /// Held while something is done with it: one at a time.
    act_gate: tokio::sync::Mutex<()>,
    /// Makes a link that waits try at once.
    poke: Notify,
}

#[derive(Default)]
struct Current {
    encoder: Option<Arc<dyn Encoder>>,
    /// What is known of the keyring's entry; none until it could be read.
    kept: Option<Kept>,
    /// Ends the link's task.
    cancel: CancellationToken,
}

impl Link {
    pub(super) fn new(driver: Arc<dyn EncoderDriver>) -> Self {
        Self {
            driver,
            current: Mutex::default(),
            change_gate: tokio::sync::Mutex::default(),
            act_gate: tokio::sync::Mutex::default(),
            poke: Notify::new(),
        }
    }

    /// Tries at once what waits: the keyring may have been opened.
    pub(super) fn try_again(&self) {
        self.poke.notify_one();
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connected(&self) -> Result<Arc<dyn Encoder>, Failure> {
        self.current().encoder.clone().ok_or_else(|| Failure::new(ProblemCode::EncoderUnreachable))
    }
}

impl Studio {
    /// Looks into the settings of the encoder on this machine, takes them over and begins to connect; the
    /// streamer has agreed.
    pub async fn find_encoder(&self) -> Result<EncoderFound, Failure> {
        let _one_at_a_time = self.0.encoder.change_gate.lock().await;
        match bounded(self.0.encoder.driver.find()).await? {
            LocalEncoder::Ready(address, password) => {
                self.take_encoder(address, password, None).await;
                Ok(EncoderFound::Ready)
            }
            LocalEncoder::ServerOff => Ok(EncoderFound::ServerOff),
            LocalEncoder::Absent => Ok(EncoderFound::Absent),
        }
    }

    /// Connects the encoder. Address and password are kept once that worked; `EncoderUnreachable` keeps them
    /// too when the streamer insists, and it is tried again until the encoder answers.
    pub async fn connect_encoder(&self, form: EncoderForm) -> Result<(), Failure> {
        let _one_at_a_time = self.0.encoder.change_gate.lock().await;
        let address = address_of(&form)?;
        let password = match form.password {
            Some(typed) => Some(SecretString::from(typed)).filter(|p| !p.expose_secret().is_empty()),
            None => self.password_for(&address).await?,
        };
        let tried = bounded(self.0.encoder.driver.connect(&address, password.as_ref())).await;
        let encoder = match tried {
            Ok(encoder) => Some(encoder),
            Err(failure) if form.insist && failure.code == ProblemCode::EncoderUnreachable => None,
            Err(failure) => return Err(failure),
        };
        self.take_encoder(address, password, encoder).await;
        Ok(())
    }

    /// Parts from the encoder, and forgets address, password and former settings.
    pub async fn forget_encoder(&self) -> Result<(), Failure> {
        let inner = &self.0;
        let _one_at_a_time = inner.encoder.change_gate.lock().await;
        {
            let mut current = inner.encoder.current();
            current.cancel.cancel();
            *current = Current::default();
        }
        inner.change(|p| {
            p.encoder_facts = EncoderFacts::default();
            p.change_encoder(|view| *view = EncoderView::default());
            if p.preferences.encoder.is_some() {
                let kept = crate::view::Preferences { encoder: None, ..p.preferences.clone() };
                p.set_preferences(kept);
            }
        });
        self.forget_kept().await
    }

    /// Connects to where the encoder was last time, and goes on trying.
    pub(super) fn resume_encoder(&self) {
        let address = self.0.lock().preferences.encoder.clone();
        if let Some(address) = address {
            self.link_encoder(address, None);
        }
    }

    /// Is the encoder's password all that it waits for?
    pub(super) fn encoder_waits_for_keyring(&self) -> bool {
        let wanted = self.0.lock().preferences.encoder.is_some();
        wanted && self.0.encoder.current().kept.is_none()
    }

    /// Keeps what was found or typed, and links to it.
    async fn take_encoder(
        &self,
        address: EncoderAddress,
        password: Option<SecretString>,
        encoder: Option<Arc<dyn Encoder>>,
    ) {
        if let Err(failure) = self.keep_password(password).await {
            self.tell(failure); // it is in memory, and goes with the program
        }
        self.0.change(|p| {
            if p.preferences.encoder.as_ref() != Some(&address) {
                let kept =
                    crate::view::Preferences { encoder: Some(address.clone()), ..p.preferences.clone() };
                p.set_preferences(kept);
            }
        });
        self.link_encoder(address, encoder);
    }

    /// The password that is kept, for the machine that it was typed for.
    async fn password_for(&self, address: &EncoderAddress) -> Result<Option<SecretString>, Failure> {
        let known = self.0.lock().preferences.encoder.clone();
        if known.is_none_or(|known| known.host != address.host) {
            return Ok(None);
        }
        Ok(self.kept().await?.password)
    }
}

fn address_of(form: &EncoderForm) -> Result<EncoderAddress, Failure> {
    let host = form.host.trim().trim_start_matches('[').trim_end_matches(']');
    if host.is_empty() {
        return Err(Failure::invalid("host", InvalidReason::Empty));
    }
    if host.len() > HOST_CAP || host.contains(|c: char| c.is_whitespace() || "/?#@\\".contains(c)) {
        return Err(Failure::invalid("host", InvalidReason::Malformed));
    }
    if form.port == 0 {
        return Err(Failure::invalid("port", InvalidReason::Malformed));
    }
    Ok(EncoderAddress { host: host.to_owned(), port: form.port })
}

/// A call of the encoder's that takes too long has failed: it hangs.
async fn bounded<T>(call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    bounded_by(CALL_BOUND, call).await
}

async fn bounded_by<T>(bound: Duration, call: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    timeout(bound, call).await.unwrap_or_else(|_| Err(Failure::new(ProblemCode::EncoderUnreachable)))
}
