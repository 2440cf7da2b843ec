//! The connection to the encoder: one task that connects, reads, and connects again.
//!
//! Every second it is asked whether it streams, with three seconds to answer, so an encoder that hangs is seen
//! within four. One that can't be reached is tried again after a random wait whose bound doubles up to 30
//! seconds; meanwhile its port is looked at every two seconds, and once somebody listens there it is tried at
//! once. One whose port is open and who doesn't answer hangs, most likely: it is tried every other second.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::super::Studio;
use super::figures::EncoderFacts;
use super::{Current, bounded, bounded_by};
use crate::driver::Outcome;
use crate::encoder::{Encoder, EncoderAddress, EncoderLink};
use crate::problem::{Failure, ProblemCode};

/// Time between two readings.
const READ_EVERY: Duration = Duration::from_secs(1);
/// Longest that a reading may take.
const READ_BOUND: Duration = Duration::from_secs(3);
/// Time between two looks at its settings: it doesn't tell when a key is changed in it.
const SERVICE_EVERY: Duration = Duration::from_secs(4);
/// Shortest time between two readings that the encoder asked for.
const CHANGED_SPACING: Duration = Duration::from_millis(100);
/// Shortest and longest bound of the wait for the next try.
const WAIT: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));
/// Time between two looks at its port while nobody answers.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Longest that a look at its port may take.
const LOOK_BOUND: Duration = Duration::from_secs(1);
/// An encoder that was well for so long is tried again as if for the first time.
const WELL: Duration = Duration::from_secs(10);
/// A try that took so long met somebody who doesn't answer.
const HANGING: Duration = Duration::from_secs(2);

impl Studio {
    /// Links to an encoder, in place of the one before. It may be connected already.
    pub(super) fn link_encoder(&self, address: EncoderAddress, encoder: Option<Arc<dyn Encoder>>) {
        let cancel = CancellationToken::new();
        {
            let mut current = self.0.encoder.current();
            current.cancel.cancel();
            let kept = current.kept.take();
            *current = Current { encoder: None, kept, cancel: cancel.clone() };
        }
        self.0.change(|p| {
            p.lose_encoder();
            p.encoder_facts.lost = None;
            if p.encoder.address.as_ref() != Some(&address) {
                let known = std::mem::take(&mut p.encoder_facts);
                let (sent, sent_room) = (known.sent, known.sent_room);
                p.encoder_facts = EncoderFacts { sent, sent_room, ..EncoderFacts::default() };
            }
            p.change_encoder(|view| {
                view.address = Some(address.clone());
                view.link = EncoderLink::Connecting;
                view.problem = None;
            });
        });
        let studio = self.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = cancel.cancelled() => {}
                () = studio.hold_link(&address, encoder, &cancel) => {}
            }
        });
    }

    async fn hold_link(
        &self,
        address: &EncoderAddress,
        mut encoder: Option<Arc<dyn Encoder>>,
        cancel: &CancellationToken,
    ) {
        let mut tries: u32 = 0;
        loop {
            let begun = Instant::now();
            let connected = match encoder.take() {
                Some(encoder) => Ok(encoder),
                None => self.try_link(address).await,
            };
            let failure = match connected {
                Ok(encoder) => {
                    let ended = self.attend(&encoder, cancel).await;
                    if begun.elapsed() >= WELL {
                        tries = 0; // it may be back at once
                    }
                    self.set_linked(None, cancel);
                    ended
                }
                Err(failure) => failure,
            };
            if wants_the_streamer(&failure) {
                self.show_broken(failure, None, cancel);
                self.0.encoder.poke.notified().await;
                continue;
            }
            tries = tries.saturating_add(1);
            let took = begun.elapsed();
            let most = (WAIT.0 * 2u32.saturating_pow(tries.min(6))).min(WAIT.1);
            let wait = most.mul_f64(self.0.clock.chance()).max(WAIT.0);
            let listens = listens(address).await;
            let wait = if listens && took >= HANGING { wait.min(LOOK_EVERY) } else { wait };
            self.show_broken(failure, Some(wait), cancel);
            tokio::select! {
                found = wait_for(address, wait, listens) => if found {
                    tries = 0;
                },
                () = self.0.encoder.poke.notified() => {}
            }
        }
    }

    async fn try_link(&self, address: &EncoderAddress) -> Outcome<Arc<dyn Encoder>> {
        let kept = self.kept().await?;
        bounded(self.0.encoder.driver.connect(address, kept.password.as_ref())).await
    }

    /// Follows a connected encoder until it is gone; answers why.
    async fn attend(&self, encoder: &Arc<dyn Encoder>, cancel: &CancellationToken) -> Failure {
        if let Err(failure) = self.first_look(encoder, cancel).await {
            return gone(failure);
        }
        let mut read_due = Instant::now() + READ_EVERY;
        let mut service_due = Instant::now() + SERVICE_EVERY;
        loop {
            tokio::select! {
                changed = encoder.changed() => {
                    if let Err(failure) = changed {
                        return gone(failure);
                    }
                    sleep(CHANGED_SPACING).await;
                    service_due = Instant::now();
                }
                () = sleep_until(read_due) => {}
            }
            if Instant::now() >= service_due {
                match told(bounded_by(READ_BOUND, encoder.service()).await) {
                    Ok(Some(service)) => self.if_linked(cancel, |p| p.note_service(service)),
                    Ok(None) => {}
                    Err(failure) => return gone(failure),
                }
                service_due = Instant::now() + SERVICE_EVERY;
            }
            match told(bounded_by(READ_BOUND, encoder.read()).await) {
                Ok(Some(reading)) => {
                    let now = self.0.now_ms();
                    self.if_linked(cancel, |p| p.note_reading(reading, now));
                }
                Ok(None) => {}
                Err(failure) => return gone(failure),
            }
            read_due = Instant::now() + READ_EVERY;
        }
    }

    /// What it is, what it is set to and what it does, before it is shown as connected.
    async fn first_look(&self, encoder: &Arc<dyn Encoder>, cancel: &CancellationToken) -> Outcome<()> {
        let service = told(bounded_by(READ_BOUND, encoder.service()).await)?;
        let reading = told(bounded_by(READ_BOUND, encoder.read()).await)?;
        let now = self.0.now_ms();
        self.set_linked(Some(Arc::clone(encoder)), cancel);
        self.if_linked(cancel, |p| {
            p.encoder_facts.lost = None;
            p.change_encoder(|view| {
                view.link = EncoderLink::Connected;
                view.version = Some(encoder.version());
            });
            if let Some(service) = service {
                p.note_service(service);
            }
            if let Some(reading) = reading {
                p.note_reading(reading, now);
            }
        });
        Ok(())
    }

    fn set_linked(&self, encoder: Option<Arc<dyn Encoder>>, cancel: &CancellationToken) {
        let mut current = self.0.encoder.current();
        if !cancel.is_cancelled() {
            current.encoder = encoder;
        }
    }

    fn show_broken(&self, failure: Failure, wait: Option<Duration>, cancel: &CancellationToken) {
        let retry_at = wait.map(|wait| self.0.now_ms() + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
        // The same again is no news, and the log would fill with it over night.
        let shown = match &self.0.lock().encoder.link {
            EncoderLink::Broken { problem, .. } if problem.code == failure.code => Some(problem.clone()),
            _ => None,
        };
        let problem = shown.unwrap_or_else(|| self.0.problem(failure));
        self.if_linked(cancel, |p| {
            p.lose_encoder();
            p.change_encoder(|view| view.link = EncoderLink::Broken { retry_at, problem });
        });
    }

    /// Changes the picture unless another link has taken this one's place.
    fn if_linked(
        &self,
        cancel: &CancellationToken,
        change: impl FnOnce(&mut super::super::picture::Picture),
    ) {
        self.0.change(|p| {
            if !cancel.is_cancelled() {
                change(p);
            }
        });
    }
}

/// An encoder that refuses to tell is there all the same.
fn told<T>(answer: Outcome<T>) -> Outcome<Option<T>> {
    match answer {
        Ok(told) => Ok(Some(told)),
        Err(failure) if failure.code == ProblemCode::EncoderUnreachable => Err(failure),
        Err(failure) => {
            tracing::debug!(?failure, "the encoder doesn't tell");
            Ok(None)
        }
    }
}

/// Whatever ends a connection, the encoder can't be reached any more and is looked for again.
fn gone(failure: Failure) -> Failure {
    Failure { code: ProblemCode::EncoderUnreachable, ..failure }
}

/// A refused password, a closed keyring: trying again changes nothing. An encoder that is about to start may
/// refuse everything else for a moment.
fn wants_the_streamer(failure: &Failure) -> bool {
    matches!(
        failure.code,
        ProblemCode::EncoderPassword
            | ProblemCode::KeyringLocked
            | ProblemCode::KeyringFailed
            | ProblemCode::KeyringFull
    )
}

/// Waits, but not longer than until somebody begins to listen at the encoder's port: `true` then.
async fn wait_for(address: &EncoderAddress, wait: Duration, mut listened: bool) -> bool {
    let until = Instant::now() + wait;
    loop {
        sleep_until(until.min(Instant::now() + LOOK_EVERY)).await;
        if Instant::now() >= until {
            return false;
        }
        let now = listens(address).await;
        if now && !listened {
            return true;
        }
        listened = now;
    }
}

/// Does somebody take connections there? Nothing is sent.
async fn listens(address: &EncoderAddress) -> bool {
    let connecting = TcpStream::connect((address.host.as_str(), address.port));
    matches!(timeout(LOOK_BOUND, connecting).await, Ok(Ok(_)))
}
