//! A target as hub and caller see it: what waits for it, what is wanted of it, how it does.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use kaibo_live::push::PushAddress;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::meter::Meter;
use crate::packet::Packet;
use crate::queue::{Bounds, Queue};
use crate::status::{Failure, TargetId, TargetState, TargetStatus};

/// Taken from a queue at once: as much as a socket takes in most cases.
const BATCH_BYTES: usize = 256 * 1024;
const BATCH_PACKETS: usize = 64;

/// What the caller wants of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Run,
    Pause,
    Remove,
}

pub(crate) struct Lane {
    pub(crate) id: TargetId,
    pub(crate) address: PushAddress,
    /// There is something to send, or to know.
    pub(crate) wake: Notify,
    wanted: watch::Sender<Wanted>,
    inner: Mutex<Inner>,
}

struct Inner {
    queue: Queue,
    /// The broadcast that the queue is of.
    broadcast: u64,
    /// What comes is taken.
    open: bool,
    /// The number of the last packet that was handed over.
    sent: u64,
    /// What is taken off the broadcast's times for this target; settled with the first packet.
    base: Option<u64>,
    state: TargetState,
    bytes: u64,
    meter: Meter,
    reconnects: u32,
    delay: Duration,
}

/// What there is to send.
pub(crate) enum Taken {
    /// These, on a time that begins at `base`.
    Batch { packets: Vec<Arc<Packet>>, base: u64 },
    /// Nothing now.
    Nothing,
    /// Nothing any more.
    End,
}

impl Lane {
    pub(crate) fn new(id: TargetId, address: PushAddress, bounds: Bounds) -> Self {
        let inner = Inner {
            queue: Queue::new(bounds),
            broadcast: 0,
            open: false,
            sent: 0,
            base: None,
            state: TargetState::Waiting,
            bytes: 0,
            meter: Meter::default(),
            reconnects: 0,
            delay: Duration::ZERO,
        };
        let wanted = watch::Sender::new(Wanted::Run);
        Self { id, address, wake: Notify::new(), wanted, inner: Mutex::new(inner) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes the target's task also if nothing changes, so that one that stopped tries again.
    pub(crate) fn want(&self, wanted: Wanted) {
        self.wanted.send_replace(wanted);
        if wanted != Wanted::Run {
            let mut inner = self.inner();
            inner.open = false;
            inner.queue.clear();
        }
        self.wake.notify_one();
    }

    pub(crate) fn wanted(&self) -> watch::Receiver<Wanted> {
        self.wanted.subscribe()
    }

    pub(crate) fn is_wanted(&self) -> bool {
        *self.wanted.borrow() == Wanted::Run
    }

    /// A broadcast begins: everything from its first packet on, with its own times.
    pub(crate) fn open(&self, broadcast: u64) {
        let mut inner = self.inner();
        inner.reset(broadcast);
        if self.is_wanted() && !matches!(inner.state, TargetState::Stopped(_)) {
            inner.queue.take_all();
            (inner.open, inner.base) = (true, Some(0));
        }
    }

    /// In mid-broadcast: what is kept and wasn't sent, from its first start on, and all that comes.
    pub(crate) fn join<'a>(&self, broadcast: u64, kept: impl Iterator<Item = &'a Arc<Packet>>) {
        let mut inner = self.inner();
        if inner.broadcast != broadcast {
            inner.reset(broadcast);
        }
        inner.queue.clear();
        let (sent, dropped) = (inner.sent, inner.queue.dropped);
        kept.filter(|packet| packet.number > sent).for_each(|packet| inner.queue.push(packet.clone()));
        inner.queue.dropped = dropped;
        inner.open = true;
        self.wake.notify_one();
    }

    /// Makes a target that was paused or stopped one that may run. False: it is one already.
    pub(crate) fn resume(&self) -> bool {
        let mut inner = self.inner();
        let stopped = matches!(inner.state, TargetState::Stopped(_));
        if stopped {
            inner.state = TargetState::Waiting;
        }
        stopped || !self.is_wanted()
    }

    /// The broadcast is over; what waits is still sent.
    pub(crate) fn close(&self) {
        self.inner().open = false;
        self.wake.notify_one();
    }

    pub(crate) fn offer(&self, packet: &Arc<Packet>) {
        let mut inner = self.inner();
        if inner.open {
            inner.queue.push(packet.clone());
            drop(inner);
            self.wake.notify_one();
        }
    }

    pub(crate) fn take(&self, broadcast: u64) -> Taken {
        let mut inner = self.inner();
        if inner.broadcast != broadcast {
            return Taken::End;
        }
        let Some(first) = inner.queue.first() else {
            return if inner.open { Taken::Nothing } else { Taken::End };
        };
        inner.delay = first.arrived.elapsed();
        let base = inner.settle_base();
        let (mut packets, mut bytes) = (Vec::new(), 0);
        while packets.len() < BATCH_PACKETS && bytes < BATCH_BYTES {
            let Some(packet) = inner.queue.pop() else { break };
            bytes += packet.size();
            inner.sent = packet.number;
            packets.push(packet);
        }
        Taken::Batch { packets, base }
    }

    /// The target takes the stream. After a connection that carried some of it, nothing before the next start
    /// is of use.
    pub(crate) fn publishes(&self, again: bool) {
        let mut inner = self.inner();
        inner.state = TargetState::Publishing;
        inner.reconnects += u32::from(again);
        if inner.sent > 0 {
            inner.queue.restart();
        }
    }

    /// Pictures of a batch that were on the way when the connection was lost.
    pub(crate) fn lost(&self, packets: &[Arc<Packet>]) {
        let pictures = packets.iter().filter(|packet| packet.is_picture()).count();
        self.inner().queue.dropped += pictures as u64;
    }

    pub(crate) fn wrote(&self, bytes: usize) {
        self.inner().bytes += bytes as u64;
    }

    pub(crate) fn set_state(&self, state: TargetState) {
        self.inner().state = state;
    }

    /// It won't heal: nothing is kept for it any more.
    pub(crate) fn stop(&self, failure: Failure) {
        let mut inner = self.inner();
        inner.state = TargetState::Stopped(failure);
        inner.open = false;
        inner.queue.clear();
    }

    pub(crate) fn status(&self, now: Instant) -> TargetStatus {
        let mut inner = self.inner();
        let bytes = inner.bytes;
        TargetStatus {
            id: self.id.clone(),
            state: inner.state.clone(),
            bits_per_second: inner.meter.rate(bytes, now),
            queued: inner.queue.span(),
            queued_bytes: inner.queue.bytes(),
            dropped_frames: inner.queue.dropped,
            reconnects: inner.reconnects,
            delay: inner.delay,
        }
    }
}

impl Inner {
    /// One that came later begins at nothing, not at the broadcast's third hour. Sound may stand a little before
    /// the picture that it was sent after.
    fn settle_base(&mut self) -> u64 {
        if self.base.is_none() {
            self.base = self.queue.iter().map(|packet| packet.time).min();
        }
        self.base.unwrap_or(0)
    }

    fn reset(&mut self, broadcast: u64) {
        self.queue.clear();
        self.queue.dropped = 0;
        (self.broadcast, self.open) = (broadcast, false);
        (self.sent, self.base, self.reconnects) = (0, None, 0);
        self.delay = Duration::ZERO;
    }
}
