//! What waits for one target.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::packet::{Packet, between};

/// How much may wait for one target, and be kept for those who come later.
///
/// Eight seconds are four groups of pictures as platforms ask for them (two seconds), which carries a target
/// over a reconnect without a gap; 16 MiB are eight seconds at 16 Mb/s. What comes first counts.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// From the oldest to the newest packet.
    pub span: Duration,
    /// Of all packets.
    pub bytes: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { span: Duration::from_secs(8), bytes: 16 << 20 }
    }
}

/// Packets in the order in which they came. When a bound is reached the oldest go, up to the next place to
/// begin; where there is none yet, all go, and nothing is taken until there is.
#[derive(Debug)]
pub(crate) struct Queue {
    bounds: Bounds,
    packets: VecDeque<Arc<Packet>>,
    bytes: usize,
    /// Nothing is taken before a packet that a viewer can begin with.
    wants_start: bool,
    /// Pictures that were thrown away.
    pub(crate) dropped: u64,
}

impl Queue {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self { bounds, packets: VecDeque::new(), bytes: 0, wants_start: false, dropped: 0 }
    }

    pub(crate) fn push(&mut self, packet: Arc<Packet>) {
        if self.wants_start && !packet.start {
            self.dropped += u64::from(packet.is_picture());
            return;
        }
        self.wants_start = false;
        self.bytes += packet.size();
        self.packets.push_back(packet);
        while self.bytes > self.bounds.bytes || self.span() > self.bounds.span {
            self.skip();
        }
    }

    /// Throws away the oldest packets up to the next place to begin, the first packet in any case.
    fn skip(&mut self) {
        self.drop_first();
        self.restart();
    }

    /// The next packet shall be one to begin with.
    pub(crate) fn restart(&mut self) {
        while self.packets.front().is_some_and(|packet| !packet.start) {
            self.drop_first();
        }
        self.wants_start = self.packets.is_empty();
    }

    fn drop_first(&mut self) {
        if let Some(packet) = self.pop() {
            self.dropped += u64::from(packet.is_picture());
        }
    }

    pub(crate) fn pop(&mut self) -> Option<Arc<Packet>> {
        let packet = self.packets.pop_front()?;
        self.bytes -= packet.size();
        Some(packet)
    }

    /// Empties it without counting; what comes next is taken from its first start on.
    pub(crate) fn clear(&mut self) {
        self.packets.clear();
        self.bytes = 0;
        self.wants_start = true;
    }

    /// Takes whatever comes next.
    pub(crate) fn take_all(&mut self) {
        self.wants_start = false;
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Packet>> {
        self.packets.iter()
    }

    pub(crate) fn first(&self) -> Option<&Arc<Packet>> {
        self.packets.front()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn span(&self) -> Duration {
        match (self.packets.front(), self.packets.back()) {
            (Some(first), Some(last)) => between(first.time, last.time),
            _ => Duration::ZERO,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use bytes::Bytes;
    use tokio::time::Instant;

    use super::*;
    use crate::wire::frame::Framed;
    use crate::wire::kind;

    /// A packet of 1,000 bytes; pictures come 100 ms apart.
    pub(crate) fn packet(number: u64, start: bool) -> Arc<Packet> {
        Arc::new(Packet {
            framed: Framed::new(kind::VIDEO, Bytes::from(vec![0; 1000])),
            number,
            time: number * 100,
            arrived: Instant::now(),
            start,
            setups: Arc::default(),
        })
    }

    fn filled(bounds: Bounds, pictures: u64, group: u64) -> Queue {
        let mut queue = Queue::new(bounds);
        (0..pictures).for_each(|number| queue.push(packet(number, number % group == 0)));
        queue
    }

    fn numbers(queue: &Queue) -> Vec<u64> {
        queue.iter().map(|packet| packet.number).collect()
    }

    #[test]
    fn whole_groups_go_when_bytes_or_seconds_are_full() {
        let bytes = Bounds { span: Duration::from_secs(60), bytes: 25_000 };
        let queue = filled(bytes, 26, 10);
        assert_eq!(numbers(&queue), (10..26).collect::<Vec<_>>());
        assert_eq!((queue.dropped, queue.bytes()), (10, 16_000));
        let seconds = Bounds { span: Duration::from_secs(2), bytes: 1 << 20 };
        let queue = filled(seconds, 22, 10);
        assert_eq!(numbers(&queue), (10..22).collect::<Vec<_>>());
        assert_eq!(queue.dropped, 10);
    }

    #[test]
    fn a_group_larger_than_the_queue_goes_and_the_next_begins() {
        let queue = filled(Bounds { span: Duration::from_secs(2), bytes: 1 << 20 }, 55, 50);
        assert_eq!(numbers(&queue), (50..55).collect::<Vec<_>>());
        assert_eq!(queue.dropped, 50);
    }

    #[test]
    fn after_what_was_half_sent_it_begins_anew() {
        let mut queue = filled(Bounds::default(), 15, 10);
        assert_eq!(queue.pop().unwrap().number, 0);
        queue.restart();
        assert_eq!((numbers(&queue), queue.dropped), ((10..15).collect(), 9));
        queue.pop();
        queue.restart();
        assert!(queue.first().is_none());
        queue.push(packet(15, false));
        queue.push(packet(16, true));
        assert_eq!((numbers(&queue), queue.dropped), (vec![16], 14));
    }
}
