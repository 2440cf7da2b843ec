//! Messages to chunks.

use bytes::{BufMut, Bytes, BytesMut};

use super::{Message, kind};

/// The chunk size that is announced to targets, bytes: OBS's, which every ingest is used to.
pub(crate) const CHUNK: usize = 4096;
/// The size before anything is announced.
pub(crate) const FIRST_CHUNK: usize = 128;
/// The longest header of a message.
pub(crate) const HEAD: usize = 16;

/// Chunk streams that are written to, one a kind, so that each has its own times.
fn chunk_stream(message: u8) -> u8 {
    match message {
        kind::AUDIO => 4,
        kind::VIDEO => 6,
        kind::DATA | kind::DATA_AMF3 => 5,
        kind::COMMAND => 3,
        _ => 2,
    }
}

/// A message's body with the one-byte headers of its later chunks in it, for chunks of [`CHUNK`] bytes.
/// Made once and shared by all targets; a target adds the first header.
#[derive(Debug, Clone)]
pub(crate) struct Framed {
    pub(crate) kind: u8,
    /// Bytes of the body itself.
    pub(crate) length: usize,
    pub(crate) bytes: Bytes,
}

impl Framed {
    pub(crate) fn new(kind: u8, body: Bytes) -> Self {
        let length = body.len();
        let bytes = if length <= CHUNK { body } else { cut(kind, &body, CHUNK, None) };
        Self { kind, length, bytes }
    }

    fn body(&self) -> BytesMut {
        let mut body = BytesMut::with_capacity(self.length);
        self.bytes.chunks(CHUNK + 1).enumerate().for_each(|(index, piece)| {
            // Pieces are a chunk and the header of the next.
            let last = (index + 1) * (CHUNK + 1) >= self.bytes.len();
            body.extend_from_slice(if last { piece } else { &piece[..piece.len() - 1] });
        });
        body
    }
}

/// `body` with a header between each two chunks. Later headers repeat an extended time.
fn cut(message: u8, body: &[u8], size: usize, extended: Option<u32>) -> Bytes {
    let mut bytes = BytesMut::with_capacity(body.len() + body.len() / size * 5);
    for (index, piece) in body.chunks(size).enumerate() {
        if index > 0 {
            bytes.put_u8(0xc0 | chunk_stream(message));
            if let Some(time) = extended {
                bytes.put_u32(time);
            }
        }
        bytes.extend_from_slice(piece);
    }
    bytes.freeze()
}

/// The times last written to one connection, one a kind.
#[derive(Default)]
pub(crate) struct Heads {
    audio: Option<u32>,
    video: Option<u32>,
    data: Option<u32>,
}

/// The header of a message and, where it isn't the shared one, its body.
pub(crate) struct Head {
    bytes: [u8; HEAD],
    length: usize,
    /// The framed body for this connection alone: a time that needs four more bytes stands in every chunk.
    pub(crate) own: Option<Bytes>,
}

impl Head {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }
}

impl Heads {
    /// The header of the next message on message stream `stream`. The first of a kind has the whole time, later
    /// ones the difference, which keeps times short in the fifth hour too.
    pub(crate) fn next(&mut self, framed: &Framed, time: u32, stream: u32) -> Head {
        let last = match framed.kind {
            kind::AUDIO => &mut self.audio,
            kind::VIDEO => &mut self.video,
            _ => &mut self.data,
        };
        // Never back, also where a header stands beside another kind's packet.
        let time = last.filter(|last| time.wrapping_sub(*last).cast_signed() < 0).unwrap_or(time);
        let delta = last.map(|last| time.wrapping_sub(last)).filter(|delta| *delta < 0xff_ffff);
        *last = Some(time);
        let field = delta.unwrap_or(time);
        let mut head = Head { bytes: [0; HEAD], length: 0, own: None };
        head.put(&[if delta.is_some() { 0x40 } else { 0 } | chunk_stream(framed.kind)]);
        head.put(&field.min(0xff_ffff).to_be_bytes()[1..]);
        let length = u32::try_from(framed.length).unwrap_or(u32::MAX);
        head.put(&length.to_be_bytes()[1..]);
        head.put(&[framed.kind]);
        if delta.is_none() {
            head.put(&stream.to_le_bytes());
        }
        if field >= 0xff_ffff {
            head.put(&field.to_be_bytes());
            if framed.length > CHUNK {
                head.own = Some(cut(framed.kind, &framed.body(), CHUNK, Some(field)));
            }
        }
        head
    }
}

/// Adds a control message or a command to `out`, in chunks of `size`.
pub(crate) fn put(out: &mut Vec<u8>, message: &Message, size: usize) {
    out.push(chunk_stream(message.kind));
    out.extend([0; 3]);
    out.extend(&u32::try_from(message.body.len()).unwrap_or(u32::MAX).to_be_bytes()[1..]);
    out.push(message.kind);
    out.extend(message.stream.to_le_bytes());
    out.extend_from_slice(&cut(message.kind, &message.body, size, None));
}

/// A control message of one number.
pub(crate) fn control(kind: u8, value: u32) -> Message {
    Message { kind, timestamp: 0, stream: 0, body: Bytes::copy_from_slice(&value.to_be_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::super::Fault;
    use super::super::chunk::{Caps, ChunkReader};
    use super::*;

    const CAPS: Caps = Caps { media: 1 << 20, values: 1 << 16, pending: 2 << 20 };

    fn read(bytes: &[u8]) -> Vec<Message> {
        let mut reader = ChunkReader::new(CAPS);
        let mut size = Vec::new();
        put(&mut size, &control(kind::CHUNK_SIZE, 4096), FIRST_CHUNK);
        assert!(reader.next(&mut &size[..]).unwrap().is_none());
        let mut messages = Vec::new();
        // In small pieces, as a network may hand them over.
        for mut piece in bytes.chunks(7) {
            while let Some(message) = reader.next(&mut piece).unwrap() {
                messages.push(message);
            }
        }
        messages
    }

    #[test]
    fn pictures_come_out_as_they_went_in_also_after_five_hours() {
        let body: Bytes = (0..40_000_u32).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
        let (picture, sound) =
            (Framed::new(kind::VIDEO, body.clone()), Framed::new(kind::AUDIO, body.slice(..99)));
        let exact = Framed::new(kind::VIDEO, body.slice(..2 * CHUNK));
        let times =
            [(&picture, 17_000_000), (&sound, 17_000_001), (&exact, 17_000_033), (&picture, 17_000_033)];
        let (mut heads, mut bytes) = (Heads::default(), Vec::new());
        for (framed, time) in times {
            let head = heads.next(framed, time, 7);
            bytes.extend_from_slice(head.bytes());
            bytes.extend_from_slice(head.own.as_ref().unwrap_or(&framed.bytes));
        }
        let messages = read(&bytes);
        assert_eq!(messages.len(), times.len());
        for (message, (framed, time)) in messages.iter().zip(times) {
            assert_eq!((message.kind, message.timestamp, message.stream), (framed.kind, time, 7));
            assert_eq!(message.body, body[..framed.length]);
        }
    }

    #[test]
    fn a_body_comes_back_out_of_its_chunks() {
        for length in [1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1, 40_000] {
            let body: Bytes = (0..length).map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1]).collect();
            assert_eq!(Framed::new(kind::VIDEO, body.clone()).body(), body, "{length} bytes");
        }
    }

    #[test]
    fn times_never_go_back_and_long_pauses_are_told() {
        let sound = Framed::new(kind::AUDIO, Bytes::from_static(b"\xaf\x01"));
        let (mut heads, mut bytes) = (Heads::default(), Vec::new());
        let times = [5_000, 4_000, 5_001, 5_001, 5_001 + 0xff_fffe, 2 * 0xff_ffff + 5_000, 0x0400_0000];
        for time in times {
            bytes.extend_from_slice(heads.next(&sound, time, 1).bytes());
            bytes.extend_from_slice(&sound.bytes);
        }
        let told: Vec<u32> = read(&bytes).iter().map(|message| message.timestamp).collect();
        assert_eq!(told, [&[5_000, 5_000], &times[2..]].concat());
    }

    #[test]
    fn each_kind_counts_its_own_times_in_short_headers() {
        let framed =
            [kind::AUDIO, kind::VIDEO, kind::DATA].map(|kind| Framed::new(kind, Bytes::from_static(b"x")));
        let (mut heads, mut bytes, mut long) = (Heads::default(), Vec::new(), Vec::new());
        let times = (0..9_u32).map(|n| 17_000_000 + n * 10);
        for (framed, time) in framed.iter().cycle().zip(times.clone()) {
            let head = heads.next(framed, time, 1);
            long.push(head.bytes().len() > 8);
            bytes.extend_from_slice(head.bytes());
            bytes.extend_from_slice(&framed.bytes);
        }
        let told: Vec<u32> = read(&bytes).iter().map(|message| message.timestamp).collect();
        assert_eq!(told, times.collect::<Vec<_>>());
        assert_eq!(long, [&[true; 3][..], &[false; 6]].concat(), "the first of each kind alone");
    }

    #[test]
    fn each_kind_has_chunks_of_its_own_and_control_those_of_the_specification() {
        let kinds = [kind::CHUNK_SIZE, kind::COMMAND, kind::AUDIO, kind::DATA, kind::VIDEO];
        let mut streams = kinds.map(chunk_stream);
        assert_eq!(streams[0], 2, "5.4: protocol control messages");
        streams.sort_unstable();
        assert!(streams.windows(2).all(|pair| pair[0] < pair[1]), "{streams:?}");
    }

    #[test]
    fn a_reader_is_bounded() {
        let fault = |bytes: &[u8]| {
            let mut reader = ChunkReader::new(CAPS);
            let mut input = bytes;
            loop {
                match reader.next(&mut input) {
                    Ok(Some(_)) => {}
                    Ok(None) => return None,
                    Err(fault) => return Some(fault),
                }
            }
        };
        let video = |id: u8, length: [u8; 3]| [&[id, 0, 0, 0][..], &length, &[9, 1, 0, 0, 0]].concat();
        assert_eq!(fault(&video(6, [0x20, 0, 0])), Some(Fault::TooLarge));
        assert_eq!(fault(&[4, 0, 0, 0, 1, 0, 1, 20, 1, 0, 0, 0]), Some(Fault::TooLarge));
        assert_eq!(fault(&[2, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0]), Some(Fault::ChunkSize));
        assert_eq!(fault(&[2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]), Some(Fault::ChunkSize));
        assert_eq!(fault(&[0xc4]), Some(Fault::NoHeader));
        // Each stream announces half a megabyte and sends the first chunk of it.
        let chunk = |id: u8| [video(id, [8, 0, 0]), vec![0; 128]].concat();
        let several: Vec<u8> = (4..9).flat_map(chunk).collect();
        assert_eq!(fault(&several), Some(Fault::TooLarge));
        let many: Vec<u8> = (4..30).flat_map(|id| video(id, [0; 3])).collect();
        assert_eq!(fault(&many), Some(Fault::TooManyStreams));
        assert_eq!(fault(&[chunk(4), video(4, [0, 0, 1])].concat()), Some(Fault::Interrupted));
    }
}
