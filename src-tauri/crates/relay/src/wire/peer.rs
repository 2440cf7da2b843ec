//! What both sides of a connection do alike: chunks to messages, acknowledgements, pings.

use bytes::{BufMut as _, BytesMut};

use super::chunk::{Caps, ChunkReader};
use super::frame::{self, FIRST_CHUNK};
use super::{Fault, Message, kind};

/// The smallest window that is acknowledged by, bytes. A peer that asks for less is answered less often than
/// it asked.
const LEAST_WINDOW: u64 = 16 * 1024;

/// The other side.
pub(crate) struct Peer {
    reader: ChunkReader,
    /// What is to be sent to it.
    pub(crate) out: Vec<u8>,
    /// The chunk size in force towards it.
    pub(crate) chunk: usize,
    received: u64,
    acknowledged: u64,
    window: Option<u64>,
}

impl Peer {
    pub(crate) fn new(caps: Caps) -> Self {
        Self {
            reader: ChunkReader::new(caps),
            out: Vec::new(),
            chunk: FIRST_CHUNK,
            received: 0,
            acknowledged: 0,
            window: None,
        }
    }

    pub(crate) fn set_caps(&mut self, caps: Caps) {
        self.reader.set_caps(caps);
    }

    /// Adds a message to what is to be sent.
    pub(crate) fn say(&mut self, message: &Message) {
        frame::put(&mut self.out, message, self.chunk);
    }

    /// Announces a chunk size and keeps to it.
    pub(crate) fn announce_chunks(&mut self, size: usize) {
        self.say(&frame::control(kind::CHUNK_SIZE, u32::try_from(size).unwrap_or(u32::MAX)));
        self.chunk = size;
    }

    /// Reads on. `None` when `input` is used up. What is the connection's own business is dealt with here.
    pub(crate) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Fault> {
        loop {
            let before = input.len();
            let message = self.reader.next(input);
            self.received += (before - input.len()) as u64;
            self.acknowledge();
            let Some(message) = message? else { return Ok(None) };
            match message.kind {
                kind::ACKNOWLEDGEMENT => {}
                kind::USER_CONTROL => self.control(&message.body),
                kind::WINDOW_SIZE => self.window = number(&message.body).map(|n| LEAST_WINDOW.max(n.into())),
                // The size is the answer that is expected.
                kind::PEER_BANDWIDTH => {
                    if let Some(size) = number(&message.body) {
                        self.say(&frame::control(kind::WINDOW_SIZE, size));
                    }
                }
                _ => return Ok(Some(message)),
            }
        }
    }

    fn acknowledge(&mut self) {
        if self.window.is_some_and(|window| self.received - self.acknowledged >= window) {
            self.acknowledged = self.received;
            // Wraps after 4 GB, as the specification has it.
            let count = u32::try_from(self.received & u64::from(u32::MAX)).unwrap_or(0);
            self.say(&frame::control(kind::ACKNOWLEDGEMENT, count));
        }
    }

    fn control(&mut self, body: &[u8]) {
        const PING: [u8; 2] = [0, 6];
        const PONG: u16 = 7;
        let Some(time) = body.strip_prefix(&PING).and_then(|rest| rest.first_chunk::<4>()) else { return };
        let mut answer = BytesMut::with_capacity(6);
        answer.put_u16(PONG);
        answer.extend_from_slice(time);
        self.say(&Message { kind: kind::USER_CONTROL, timestamp: 0, stream: 0, body: answer.freeze() });
    }
}

fn number(body: &[u8]) -> Option<u32> {
    body.first_chunk::<4>().map(|bytes| u32::from_be_bytes(*bytes))
}
