//! What is known of the encoder beside what the window sees, and how readings and settings change it.

use std::collections::VecDeque;

use secrecy::ExposeSecret;

use super::super::picture::Picture;
use crate::encoder::{ENCODER_HISTORY, EncoderFigures, EncoderReading, EncoderService};
use crate::push::PushAddress;
use crate::room::RoomId;

/// Bytes that didn't grow for so long don't move.
const STILL_MS: i64 = 3_000;
/// Figures are drawn no closer than this, whoever asks in between.
const SPACING_MS: i64 = 900;
/// Losses of its server that are remembered.
const LOSSES_REMEMBERED: usize = 16;

/// What is known of the encoder. Holds a key, so it never leaves the domain.
#[derive(Debug, Default)]
pub(crate) struct EncoderFacts {
    /// The service as it was read last.
    pub service: Option<EncoderService>,
    /// The room whose address that was, for as long as the service stays the same.
    pub(super) matched: Option<RoomId>,
    /// The room that the encoder is for: the last whose address was in it.
    pub meant: Option<RoomId>,
    /// What Kaibo put into it last.
    pub sent: Option<PushAddress>,
    /// Whose address that was.
    pub sent_room: Option<RoomId>,
    pub(super) last: Option<(i64, EncoderReading)>,
    /// When figures were last drawn, ms, and its bytes then.
    pub(super) figured: (i64, u64),
    /// When bytes last moved, ms.
    pub(super) moved_at: Option<i64>,
    /// When it lost its server within this stream, ms.
    pub losses: VecDeque<i64>,
    /// It is trying again since, ms.
    pub reconnecting_since: Option<i64>,
    /// The room that it pushed to when it was lost.
    pub lost: Option<RoomId>,
}

impl EncoderFacts {
    /// Is it sending? Trying to is not.
    pub(crate) fn pushing(&self, now: i64) -> bool {
        let well = self.last.is_some_and(|(_, reading)| reading.streaming && !reading.reconnecting);
        well && self.moved_at.is_some_and(|at| now - at < STILL_MS)
    }

    /// Is this something that Kaibo put there, with its key or with the key taken out?
    pub(crate) fn is_sent(&self, push: &PushAddress) -> bool {
        let blank = push.key.expose_secret().is_empty();
        self.sent.as_ref().is_some_and(|sent| same(sent, push) || (blank && sent.server == push.server))
    }
}

/// Byte for byte: an encoder must not make another address of it.
pub(crate) fn same(a: &PushAddress, b: &PushAddress) -> bool {
    a.server == b.server && a.key.expose_secret() == b.key.expose_secret()
}

impl Picture {
    /// Takes in a reading of the encoder.
    pub(crate) fn note_reading(&mut self, reading: EncoderReading, now: i64) {
        let facts = &mut self.encoder_facts;
        let before = facts.last.replace((now, reading));
        let going_on = before.filter(|(_, b)| b.streaming && reading.streaming && b.bytes <= reading.bytes);
        if going_on.is_none() {
            facts.losses.clear();
            facts.reconnecting_since = None;
            facts.moved_at = (reading.streaming && reading.bytes > 0).then_some(now);
            facts.figured = (now, reading.bytes);
        }
        if going_on.is_some_and(|(_, b)| reading.bytes > b.bytes) {
            facts.moved_at = Some(now);
        }
        let (at, bytes) = facts.figured;
        let figures = (going_on.is_some() && now - at >= SPACING_MS).then(|| {
            facts.figured = (now, reading.bytes);
            figures_since(at, bytes, now, reading)
        });
        let lost = reading.streaming && reading.reconnecting;
        match (lost, facts.reconnecting_since) {
            (true, None) => {
                facts.reconnecting_since = Some(now);
                facts.losses.push_back(now);
                if facts.losses.len() > LOSSES_REMEMBERED {
                    facts.losses.pop_front();
                }
            }
            (false, Some(_)) => facts.reconnecting_since = None,
            _ => {}
        }
        self.change_encoder(|view| {
            if going_on.is_none() {
                view.figures.clear();
                let up = i64::try_from(reading.uptime_ms).unwrap_or_default();
                view.since = reading.streaming.then_some(now.saturating_sub(up));
            }
            view.streaming = reading.streaming;
            view.reconnecting = lost;
            view.size = reading.size;
            if let Some(figures) = figures {
                if view.figures.len() >= ENCODER_HISTORY {
                    view.figures.remove(0);
                }
                view.figures.push(figures);
            }
        });
    }

    /// Takes in the service that the encoder is set to.
    pub(crate) fn note_service(&mut self, service: EncoderService) {
        let facts = &mut self.encoder_facts;
        if !facts.service.as_ref().is_some_and(|known| same_service(known, &service)) {
            facts.matched = None;
        }
        facts.service = Some(service);
        self.settle_encoder_room();
    }

    /// Shows whose address the encoder is set to. A room that has none any more keeps the encoder that is set
    /// to its last one.
    pub(crate) fn settle_encoder_room(&mut self) {
        let matching = match &self.encoder_facts.service {
            Some(EncoderService::Custom(set)) => self.room_of(set),
            _ => None,
        };
        if let Some(id) = matching {
            self.encoder_facts.meant = Some(id.clone());
            self.encoder_facts.matched = Some(id);
        }
        let matched = self.encoder_facts.matched.clone();
        let shown = matched.filter(|id| {
            let Some(EncoderService::Custom(set)) = &self.encoder_facts.service else { return false };
            self.room(id).is_some_and(|r| r.push.as_ref().is_none_or(|p| same(p, set)))
        });
        let connected = self.encoder.link == crate::encoder::EncoderLink::Connected;
        let shown = shown.filter(|_| connected);
        let relay = connected && self.is_set_to_relay();
        if self.encoder.room != shown || self.encoder.relay != relay {
            self.change_encoder(|view| (view.room, view.relay) = (shown, relay));
        }
    }

    /// Is the encoder set to the relay that runs?
    fn is_set_to_relay(&self) -> bool {
        let Some(EncoderService::Custom(set)) = &self.encoder_facts.service else { return false };
        self.relay_facts.address.as_ref().is_some_and(|address| same(address, set))
    }

    /// The room whose address this is, or was on an earlier evening. Of several the one it was last.
    fn room_of(&self, set: &PushAddress) -> Option<RoomId> {
        let facts = &self.encoder_facts;
        let now = |id: &RoomId| self.room(id).and_then(|r| r.push.as_ref()).is_some_and(|p| same(p, set));
        if let Some(meant) = facts.meant.as_ref().filter(|id| now(id)) {
            return Some(meant.clone());
        }
        if let Some(room) = self.rooms.iter().find(|r| now(&r.view.id)) {
            return Some(room.view.id.clone());
        }
        let (last, whose) = (facts.sent.as_ref()?, facts.sent_room.as_ref()?);
        let known = same(last, set) && !last.key.expose_secret().is_empty();
        let room = self.room(whose).filter(|_| known)?;
        room.push.is_none().then(|| room.view.id.clone())
    }

    /// The encoder is gone: nothing of what it does is known any more.
    pub(crate) fn lose_encoder(&mut self) {
        let facts = &mut self.encoder_facts;
        if facts.last.take().is_some_and(|(_, reading)| reading.streaming) {
            facts.lost.clone_from(&self.encoder.room);
        }
        facts.moved_at = None;
        facts.losses.clear();
        facts.reconnecting_since = None;
        self.change_encoder(|view| {
            view.version = None;
            view.streaming = false;
            view.reconnecting = false;
            view.since = None;
            view.room = None;
            view.relay = false;
            view.size = None;
            view.figures.clear();
        });
    }
}

fn same_service(a: &EncoderService, b: &EncoderService) -> bool {
    matches!((a, b), (EncoderService::Custom(a), EncoderService::Custom(b)) if same(a, b))
}

/// Figures at `now`, when so many bytes had been sent at `at`, some time before.
fn figures_since(at: i64, bytes: u64, now: i64, reading: EncoderReading) -> EncoderFigures {
    let passed = u64::try_from(now - at).unwrap_or_default().max(1);
    let kbps = reading.bytes.saturating_sub(bytes).saturating_mul(8) / passed;
    let full = reading.congestion.clamp(0.0, 1.0) * 100.0;
    EncoderFigures {
        at: now,
        kbps: u32::try_from(kbps).unwrap_or(u32::MAX),
        dropped: reading.dropped_frames,
        frames: reading.frames,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
        congestion: full.round() as u8,
    }
}
