//! Between the one push and the targets: who publishes, what is kept for those who come later, who gets it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use secrecy::ExposeSecret as _;
use subtle::ConstantTimeEq as _;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::Settings;
use crate::flv::Codec;
use crate::ingest::session::{Door, Refusal};
use crate::lane::Lane;
use crate::meter::Meter;
use crate::packet::{Cutter, Packet};
use crate::queue::Bounds;
use crate::status::{IngestStatus, Source, Status, TargetId};
use crate::wire::Message;

/// Which broadcast is on; counted from 1. A broadcast lasts over the encoder's absences.
pub(crate) type Broadcast = Option<u64>;

/// What ingest and targets share.
pub(crate) struct Hub {
    settings: Settings,
    state: Mutex<State>,
    broadcast: watch::Sender<Broadcast>,
    /// Something is to be seen.
    pub(crate) changed: Notify,
}

#[derive(Default)]
struct State {
    source: Source,
    /// Counts changes of `source`, so that a hold ends only itself.
    turn: u64,
    broadcasts: u64,
    cutter: Cutter,
    group: Group,
    lanes: BTreeMap<TargetId, Arc<Lane>>,
    received: u64,
    meter: Meter,
    refused: u64,
}

impl Hub {
    pub(crate) fn new(settings: Settings) -> Self {
        let state = State { group: Group::new(settings.bounds), ..State::default() };
        let broadcast = watch::Sender::new(None);
        Self { settings, state: Mutex::new(state), broadcast, changed: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn broadcasts(&self) -> watch::Receiver<Broadcast> {
        self.broadcast.subscribe()
    }

    /// `FourCC`s that the source uses.
    pub(crate) fn four_ccs(&self) -> Vec<Codec> {
        self.state().cutter.enhanced.clone()
    }

    /// Adds a target unless there is one of its name. It gets what is kept, if a broadcast is on.
    pub(crate) fn add(&self, lane: &Arc<Lane>) -> bool {
        let mut state = self.state();
        if state.lanes.contains_key(&lane.id) {
            return false;
        }
        state.lanes.insert(lane.id.clone(), lane.clone());
        state.admit(lane);
        self.changed.notify_one();
        true
    }

    /// Fills a target's queue anew with what is kept and not yet sent, and lets it have what comes.
    pub(crate) fn admit(&self, lane: &Lane) {
        self.state().admit(lane);
        self.changed.notify_one();
    }

    pub(crate) fn lane(&self, id: &TargetId) -> Option<Arc<Lane>> {
        self.state().lanes.get(id).cloned()
    }

    pub(crate) fn remove(&self, id: &TargetId) -> Option<Arc<Lane>> {
        self.changed.notify_one();
        self.state().lanes.remove(id)
    }

    fn begin(&self) -> Result<(), Refusal> {
        let mut state = self.state();
        if state.source == Source::Publishing {
            return Err(Refusal::Taken);
        }
        let fresh = state.source == Source::Absent;
        state.turn += 1;
        state.source = Source::Publishing;
        if fresh {
            state.broadcasts += 1;
            state.cutter = Cutter::default();
        }
        state.cutter.push_begins();
        state.group.begin();
        if fresh {
            let broadcast = state.broadcasts;
            state.lanes.values().for_each(|lane| lane.open(broadcast));
            drop(state);
            self.broadcast.send_replace(Some(broadcast));
        }
        self.changed.notify_one();
        Ok(())
    }

    fn take(&self, message: Message) {
        let mut state = self.state();
        state.received += message.body.len() as u64;
        let Some(packet) = state.cutter.cut(message, Instant::now()) else { return };
        state.group.push(&packet);
        state.lanes.values().for_each(|lane| lane.offer(&packet));
    }

    /// The encoder went: targets are held, and after a while let go.
    fn left(self: &Arc<Self>) {
        let mut state = self.state();
        if state.source != Source::Publishing {
            return; // the relay has ended
        }
        state.turn += 1;
        state.source = Source::Held;
        state.group.begin();
        let (turn, hub) = (state.turn, self.clone());
        drop(state);
        self.changed.notify_one();
        tokio::spawn(async move {
            tokio::time::sleep(hub.settings.hold).await;
            hub.end(Some(turn));
        });
    }

    /// Ends the broadcast, unless it isn't the one that is meant. Targets send what waits, and say farewell.
    pub(crate) fn end(&self, turn: Option<u64>) {
        let mut state = self.state();
        if turn.is_some_and(|turn| turn != state.turn) || state.source == Source::Absent {
            return;
        }
        state.turn += 1;
        state.source = Source::Absent;
        state.cutter = Cutter::default();
        state.group.begin();
        state.lanes.values().for_each(|lane| lane.close());
        drop(state);
        self.broadcast.send_replace(None);
        self.changed.notify_one();
    }

    /// How it stands. Rates are measured from call to call.
    pub(crate) fn status(&self, now: Instant) -> Status {
        let mut state = self.state();
        let received = state.received;
        let ingest = IngestStatus {
            source: state.source,
            video: state.cutter.video,
            audio: state.cutter.audio,
            bits_per_second: state.meter.rate(received, now),
            refused: state.refused,
        };
        Status { ingest, targets: state.lanes.values().map(|lane| lane.status(now)).collect() }
    }
}

impl State {
    fn admit(&self, lane: &Lane) {
        if self.source != Source::Absent {
            lane.join(self.broadcasts, self.group.packets.iter());
        }
    }
}

/// The packets since the last place to begin, within the bounds of a queue. At the start of a push it begins
/// with the very first.
#[derive(Default)]
struct Group {
    bounds: Bounds,
    packets: Vec<Arc<Packet>>,
    bytes: usize,
    /// The first place to begin hasn't come yet.
    opening: bool,
    /// It outgrew its bounds: nothing is kept until the next place to begin.
    lost: bool,
}

impl Group {
    fn new(bounds: Bounds) -> Self {
        Self { bounds, ..Self::default() }
    }

    fn begin(&mut self) {
        self.clear();
        (self.opening, self.lost) = (true, false);
    }

    fn clear(&mut self) {
        self.packets.clear();
        self.bytes = 0;
    }

    fn push(&mut self, packet: &Arc<Packet>) {
        if packet.start {
            if !self.opening {
                self.clear();
            }
            (self.opening, self.lost) = (false, false);
        }
        if self.lost {
            return;
        }
        self.bytes += packet.size();
        self.packets.push(packet.clone());
        let first = self.packets.first().map_or(0, |first| first.time);
        let span = crate::packet::between(first, packet.time);
        if self.bytes > self.bounds.bytes || span > self.bounds.span {
            self.clear();
            self.lost = true;
        }
    }
}

/// A publisher's hold on the hub: let go when it is dropped.
pub(crate) struct Publisher {
    hub: Arc<Hub>,
    admitted: bool,
}

impl Publisher {
    pub(crate) fn new(hub: Arc<Hub>) -> Self {
        Self { hub, admitted: false }
    }
}

impl Door for Publisher {
    fn knows_app(&self, app: &str) -> bool {
        app == self.hub.settings.app
    }

    fn admit(&mut self, key: &str) -> Result<(), Refusal> {
        let right = self.hub.settings.key.expose_secret().as_bytes().ct_eq(key.as_bytes());
        let admitted = if right.into() { self.hub.begin() } else { Err(Refusal::WrongKey) };
        if admitted.is_err() {
            self.hub.state().refused += 1;
            self.hub.changed.notify_one();
        }
        self.admitted = admitted.is_ok();
        admitted
    }

    fn take(&mut self, message: Message) {
        self.hub.take(message);
    }

    fn ended(&mut self) {
        if std::mem::take(&mut self.admitted) {
            self.hub.left();
        }
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        self.ended();
    }
}
