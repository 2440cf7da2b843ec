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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const CAPS: Caps = Caps { media: 1 << 20, values: 1 << 16, pending: 2 << 20 };

    /// What a peer is told of messages that come at once, in chunks of 128 bytes.
    fn hears(peer: &mut Peer, messages: &[&Message]) -> Vec<Message> {
        let mut bytes = Vec::new();
        for message in messages {
            frame::put(&mut bytes, message, FIRST_CHUNK);
        }
        let (mut input, mut told) = (&bytes[..], Vec::new());
        while let Some(message) = peer.next(&mut input).unwrap() {
            told.push(message);
        }
        told
    }

    /// What it wants sent, and forgets.
    fn says(peer: &mut Peer) -> Vec<(u8, Vec<u8>)> {
        let bytes = std::mem::take(&mut peer.out);
        let (mut reader, mut input, mut said) = (ChunkReader::new(CAPS), &bytes[..], Vec::new());
        while let Some(message) = reader.next(&mut input).unwrap() {
            said.push((message.kind, message.body.to_vec()));
        }
        said
    }

    fn message(kind: u8, body: &[u8]) -> Message {
        Message { kind, timestamp: 0, stream: 1, body: Bytes::copy_from_slice(body) }
    }

    /// On the wire: a header of 12 bytes, one more before each further chunk.
    const SOUND: usize = 10_000;
    const SOUND_ON_WIRE: u32 = 12 + 10_000 + 78;

    #[test]
    fn a_full_window_is_acknowledged_and_counting_goes_on() {
        let mut peer = Peer::new(CAPS);
        let sound = message(kind::AUDIO, &[0xaf; SOUND]);
        hears(&mut peer, &[&sound]);
        assert!(says(&mut peer).is_empty(), "nobody asked for it");
        hears(&mut peer, &[&frame::control(kind::WINDOW_SIZE, 20_000)]);
        let before = SOUND_ON_WIRE + 16;
        let mut acknowledged = Vec::new();
        for count in [1, 3, 4] {
            let at_once = if count == 3 { 2 } else { 1 };
            hears(&mut peer, &vec![&sound; at_once]);
            acknowledged.extend(says(&mut peer).into_iter().map(|said| (count, said)));
        }
        let told =
            |sounds: u32| (kind::ACKNOWLEDGEMENT, (before + sounds * SOUND_ON_WIRE).to_be_bytes().to_vec());
        // The first sound counts too: with it and the next, the window is full.
        assert_eq!(acknowledged, [(1, told(1)), (3, told(3))]);
    }

    #[test]
    fn a_tiny_window_is_not_answered_byte_by_byte() {
        let mut peer = Peer::new(CAPS);
        hears(&mut peer, &[&frame::control(kind::WINDOW_SIZE, 1)]);
        hears(&mut peer, &[&message(kind::AUDIO, &[0xaf; SOUND])]);
        assert!(says(&mut peer).is_empty());
        hears(&mut peer, &[&message(kind::AUDIO, &[0xaf; SOUND])]);
        assert_eq!(says(&mut peer).len(), 1);
    }

    #[test]
    fn the_connections_own_business_is_answered_and_not_told() {
        let mut peer = Peer::new(CAPS);
        for (heard, said) in [
            (frame::control(kind::ACKNOWLEDGEMENT, 9), None),
            (
                message(kind::USER_CONTROL, &[0, 6, 1, 2, 3, 4]),
                Some((kind::USER_CONTROL, vec![0, 7, 1, 2, 3, 4])),
            ),
            (message(kind::USER_CONTROL, &[0, 6, 1]), None),
            (message(kind::USER_CONTROL, &[0, 0, 0, 0, 0, 1]), None),
            (frame::control(kind::PEER_BANDWIDTH, 2_500), Some((kind::WINDOW_SIZE, vec![0, 0, 9, 0xc4]))),
            (message(kind::PEER_BANDWIDTH, &[1, 2]), None),
        ] {
            assert_eq!(hears(&mut peer, &[&heard]).len(), 0, "kind {}", heard.kind);
            assert_eq!(says(&mut peer), Vec::from_iter(said), "kind {}", heard.kind);
        }
    }

    #[test]
    fn announced_chunks_begin_after_the_announcement() {
        let mut peer = Peer::new(CAPS);
        peer.announce_chunks(4096);
        let announced = peer.out.len();
        peer.say(&message(kind::COMMAND, &[5; 1000]));
        assert_eq!(peer.out.len() - announced, 12 + 1000, "one chunk");
        assert_eq!(says(&mut peer), [(kind::COMMAND, vec![5; 1000])]);
    }

    #[test]
    fn other_caps_hold_for_what_comes() {
        let mut peer = Peer::new(CAPS);
        peer.set_caps(Caps { media: 9, ..CAPS });
        let mut bytes = Vec::new();
        frame::put(&mut bytes, &message(kind::AUDIO, &[0xaf; 10]), FIRST_CHUNK);
        assert_eq!(peer.next(&mut &bytes[..]).map(|_| ()), Err(Fault::TooLarge));
    }
}
