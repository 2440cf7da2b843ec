//! The ingest without sockets, for fuzzers.

use bytes::Bytes;
use tokio::time::Instant;

use crate::ingest::session::{Door, Next, Refusal, Session};
use crate::packet::Cutter;
use crate::status::Fault;
use crate::wire::frame::CHUNK;
use crate::wire::handshake::PART;
use crate::wire::{Message, kind};

/// What the probe's ingest takes.
pub const APP: &str = "live";
/// The key that it has given out.
pub const KEY: &str = "bench";

/// What an ingest made of some bytes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Kind, time and body of what was let through.
    pub taken: Vec<(u8, u32, Bytes)>,
    /// Bytes that were answered.
    pub said: usize,
    /// Why the connection was cut.
    pub fault: Option<Fault>,
    /// It was refused in so many words.
    pub refused: bool,
}

/// Reads `bytes` in pieces of `piece` bytes, 1 at least. With `shaken` the handshake has been held before.
pub fn ingest(bytes: &[u8], piece: usize, shaken: bool) -> Seen {
    let mut gate = Gate { admitted: false, cutter: Cutter::default(), seen: Seen::default() };
    let mut session = Session::new();
    if shaken {
        let hello: Vec<u8> = [3].into_iter().chain([0; 2 * PART]).collect();
        let _ = session.input(&hello, &mut gate);
    }
    for piece in bytes.chunks(piece.max(1)) {
        let next = session.input(piece, &mut gate);
        gate.seen.said += session.out().len();
        session.out().clear();
        match next {
            Ok(Next::Read) => {}
            Ok(Next::Close) => gate.seen.refused = true,
            Err(fault) => gate.seen.fault = Some(fault),
        }
        if gate.seen.refused || gate.seen.fault.is_some() {
            break;
        }
    }
    gate.seen
}

struct Gate {
    admitted: bool,
    cutter: Cutter,
    seen: Seen,
}

impl Door for Gate {
    fn knows_app(&self, app: &str) -> bool {
        app == APP
    }

    fn admit(&mut self, key: &str) -> Result<(), Refusal> {
        if key != KEY {
            return Err(Refusal::WrongKey);
        }
        self.admitted = true;
        self.cutter.push_begins();
        Ok(())
    }

    fn take(&mut self, message: Message) {
        debug_assert!(self.admitted, "nothing passes before a publisher is let in");
        self.seen.taken.push((message.kind, message.timestamp, message.body.clone()));
        let length = message.body.len();
        if let Some(packet) = self.cutter.cut(message, Instant::now()) {
            debug_assert_eq!(packet.framed.length, length);
            debug_assert_eq!(packet.size(), length + length.saturating_sub(1) / CHUNK);
            debug_assert!(packet.framed.kind != kind::COMMAND);
        }
    }

    fn ended(&mut self) {
        self.admitted = false;
    }
}
