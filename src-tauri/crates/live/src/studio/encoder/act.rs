//! What is done with the encoder: its settings, starting, stopping. Nothing counts as done before it was seen.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use tokio::sync::MutexGuard;
use tokio::time::{Instant, sleep};

use super::super::Studio;
use super::bounded;
use super::figures::same;
use super::kept::Kept;
use crate::encoder::{Encoder, EncoderAction, EncoderReading, EncoderService};
use crate::problem::{Failure, ProblemCode};
use crate::push::PushAddress;
use crate::room::RoomId;

/// Longest that its bytes may take to move after a start.
const MOVES_WITHIN: Duration = Duration::from_secs(15);
/// Longest that it may take to be seen stopped: it empties its queue first.
const STOPS_WITHIN: Duration = Duration::from_secs(8);
/// Time between two looks meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The encoder, with nobody else at it.
pub(super) struct Hold<'a> {
    pub(super) encoder: Arc<dyn Encoder>,
    _gate: MutexGuard<'a, ()>,
}

impl Studio {
    /// Puts a room's push address into the encoder, reads it back and compares.
    pub async fn send_to_encoder(&self, room: &RoomId) -> Result<(), Failure> {
        let hold = self.hold_encoder()?;
        let sent = self.doing(EncoderAction::Send, async {
            let push = self.push_of(room)?;
            self.put_address(&hold, Some(room), &push).await?;
            self.compare_service(&hold, &EncoderService::Custom(push)).await
        });
        sent.await
    }

    /// The same with the relay's address; `WrongState` while the relay is off.
    pub async fn send_relay_to_encoder(&self) -> Result<(), Failure> {
        let push = self.relay_address()?;
        let hold = self.hold_encoder()?;
        let sent = self.doing(EncoderAction::Send, async {
            self.put_address(&hold, None, &push).await?;
            self.compare_service(&hold, &EncoderService::Custom(push)).await
        });
        sent.await
    }

    /// Puts the settings back that the encoder had before Kaibo's. `NotFound` when none are kept.
    pub async fn restore_encoder(&self) -> Result<(), Failure> {
        let hold = self.hold_encoder()?;
        let restored = self.doing(EncoderAction::Restore, async {
            let kept = self.kept().await?;
            let former = kept.former.clone().ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
            self.refuse_while_streaming(&hold).await?;
            bounded(hold.encoder.set_service(&former)).await?;
            self.compare_service(&hold, &former).await?;
            self.0.change(|p| p.encoder_facts.meant = None);
            self.keep(Kept { former: None, sent: None, sent_room: None, ..kept }).await
        });
        restored.await
    }

    /// Starts the encoder; done once its bytes move.
    pub async fn start_encoder(&self) -> Result<(), Failure> {
        let hold = self.hold_encoder()?;
        self.doing(EncoderAction::Start, self.start_and_see(&hold)).await
    }

    /// Stops the encoder; done once it is seen stopped.
    pub async fn stop_encoder(&self) -> Result<(), Failure> {
        let hold = self.hold_encoder()?;
        self.doing(EncoderAction::Stop, self.stop_and_see(&hold)).await
    }

    /// Takes hold of the encoder. A second action is refused at once while another is under way.
    pub(super) fn hold_encoder(&self) -> Result<Hold<'_>, Failure> {
        let link = &self.0.encoder;
        let busy = |_| Failure::new(ProblemCode::WrongState).said("", "busy");
        let gate = link.act_gate.try_lock().map_err(busy)?;
        Ok(Hold { encoder: link.connected()?, _gate: gate })
    }

    /// Shows what is being done, and what went wrong with it.
    async fn doing(
        &self,
        action: EncoderAction,
        done: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        self.0.change(|p| p.change_encoder(|view| view.busy = Some(action)));
        let result = done.await;
        let problem = result.as_ref().err().map(|f| self.0.problem(f.without_cause()));
        self.0.change(|p| {
            p.change_encoder(|view| {
                view.busy = None;
                view.problem = problem;
            });
        });
        result
    }

    pub(in super::super) fn push_of(&self, room: &RoomId) -> Result<PushAddress, Failure> {
        let picture = self.0.lock();
        let entry = picture.room(room).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
        let none = || Failure::new(ProblemCode::NoStreamKey).at(entry.view.platform);
        entry.push.clone().ok_or_else(none)
    }

    /// Sets the encoder to a room's address, or without a room to the relay's. What it was set to before is kept
    /// first, unless it was Kaibo's.
    pub(super) async fn put_address(
        &self,
        hold: &Hold<'_>,
        room: Option<&RoomId>,
        push: &PushAddress,
    ) -> Result<(), Failure> {
        self.refuse_while_streaming(hold).await?;
        let before = bounded(hold.encoder.service()).await?;
        let kept = self.kept().await?;
        let former = if self.is_ours(&before) { kept.former.clone() } else { Some(before) };
        let fresh = !self.0.lock().encoder_facts.sent.as_ref().is_some_and(|sent| same(sent, push));
        let other = !is_kept(former.as_ref(), &kept);
        if fresh || other {
            // Nothing in the encoder changes before this is safe.
            let (sent, sent_room) = (Some(push.clone()), room.cloned());
            self.keep(Kept { former, sent, sent_room, ..kept }).await?;
        }
        bounded(hold.encoder.set_service(&EncoderService::Custom(push.clone()))).await?;
        self.0.change(|p| p.encoder_facts.meant = room.cloned());
        Ok(())
    }

    /// Reads back what the encoder is set to; `EncoderDiffers` when that isn't what it was set to.
    pub(super) async fn compare_service(
        &self,
        hold: &Hold<'_>,
        wanted: &EncoderService,
    ) -> Result<(), Failure> {
        let read = bounded(hold.encoder.service()).await?;
        let equal = says_the_same(wanted, &read);
        self.0.change(|p| p.note_service(read));
        if equal { Ok(()) } else { Err(Failure::new(ProblemCode::EncoderDiffers)) }
    }

    pub(super) async fn start_and_see(&self, hold: &Hold<'_>) -> Result<(), Failure> {
        let before = self.look(hold).await?;
        if !before.streaming {
            bounded(hold.encoder.start()).await?;
        }
        let begun = Instant::now();
        let mut last = before.streaming.then_some(before.bytes);
        while begun.elapsed() < MOVES_WITHIN {
            sleep(LOOK_EVERY).await;
            let reading = self.look(hold).await?;
            let moved = last.is_none_or(|bytes| reading.bytes > bytes);
            if reading.streaming && !reading.reconnecting && reading.bytes > 0 && moved {
                return Ok(());
            }
            last = reading.streaming.then_some(reading.bytes);
        }
        Err(Failure::new(ProblemCode::EncoderDiffers))
    }

    pub(super) async fn stop_and_see(&self, hold: &Hold<'_>) -> Result<(), Failure> {
        bounded(hold.encoder.stop()).await?;
        let begun = Instant::now();
        loop {
            if !self.look(hold).await?.streaming {
                return Ok(());
            }
            if begun.elapsed() >= STOPS_WITHIN {
                return Err(Failure::new(ProblemCode::EncoderDiffers));
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// Takes the key out of the encoder's settings; the server stays.
    pub(super) async fn blank_and_see(&self, hold: &Hold<'_>) -> Result<(), Failure> {
        self.refuse_while_streaming(hold).await?;
        let EncoderService::Custom(set) = bounded(hold.encoder.service()).await? else { return Ok(()) };
        if set.key.expose_secret().is_empty() || !self.is_ours(&EncoderService::Custom(set.clone())) {
            return Ok(());
        }
        let blank = PushAddress { server: set.server, key: SecretString::default() };
        let service = EncoderService::Custom(blank.clone());
        bounded(hold.encoder.set_service(&service)).await?;
        self.compare_service(hold, &service).await?;
        self.0.change(|p| p.encoder_facts.meant = None);
        let kept = self.kept().await?;
        self.keep(Kept { sent: Some(blank), ..kept }).await
    }

    /// A reading that the window sees too.
    async fn look(&self, hold: &Hold<'_>) -> Result<EncoderReading, Failure> {
        let reading = bounded(hold.encoder.read()).await?;
        let now = self.0.now_ms();
        self.0.change(|p| p.note_reading(reading, now));
        Ok(reading)
    }

    async fn refuse_while_streaming(&self, hold: &Hold<'_>) -> Result<(), Failure> {
        let streaming = self.look(hold).await?.streaming;
        if streaming { Err(Failure::new(ProblemCode::EncoderBusy)) } else { Ok(()) }
    }

    /// Is this an address of Kaibo's, from whichever evening?
    fn is_ours(&self, service: &EncoderService) -> bool {
        let EncoderService::Custom(push) = service else { return false };
        let picture = self.0.lock();
        let facts = &picture.encoder_facts;
        let known = matches!(&facts.service, Some(EncoderService::Custom(set)) if same(set, push));
        facts.is_sent(push)
            || (known && (picture.encoder.room.is_some() || picture.encoder.relay))
            || picture.relay_facts.address.as_ref().is_some_and(|address| same(address, push))
            || picture.rooms.iter().any(|r| r.push.as_ref().is_some_and(|p| same(p, push)))
    }
}

fn is_kept(former: Option<&EncoderService>, kept: &Kept) -> bool {
    match (former, &kept.former) {
        (Some(a), Some(b)) => says_the_same(a, b) && says_the_same(b, a),
        (a, b) => a.is_none() && b.is_none(),
    }
}

/// Server and key byte for byte; of other settings each that was sent, since an encoder may add its own.
fn says_the_same(wanted: &EncoderService, read: &EncoderService) -> bool {
    match (wanted, read) {
        (EncoderService::Custom(a), EncoderService::Custom(b)) => same(a, b),
        (
            EncoderService::Other { kind: a, settings: wanted },
            EncoderService::Other { kind: b, settings: read },
        ) => {
            let map = |text: &SecretString| serde_json::from_str::<Map<String, Value>>(text.expose_secret());
            a == b
                && match (map(wanted), map(read)) {
                    (Ok(wanted), Ok(read)) => {
                        wanted.iter().all(|(name, value)| read.get(name) == Some(value))
                    }
                    _ => wanted.expose_secret() == read.expose_secret(),
                }
        }
        _ => false,
    }
}
