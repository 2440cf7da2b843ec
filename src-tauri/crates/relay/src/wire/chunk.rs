//! Chunks to messages (5.3), within bounds whatever comes.

use bytes::BytesMut;

use super::{Fault, Message, kind};

/// Chunk streams of one peer. OBS uses three, ffmpeg five.
const STREAMS: usize = 16;
/// The longest header: three bytes of stream, eleven of message, four of time.
const HEADER: usize = 18;

/// What is reserved for a message before its bytes come.
const FIRST_RESERVE: usize = 64 * 1024;

/// What a peer may send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caps {
    /// Bytes of a message of sound or picture.
    pub(crate) media: usize,
    /// Bytes of a message of values.
    pub(crate) values: usize,
    /// Announced bytes of all messages that are under way at once.
    pub(crate) pending: usize,
}

impl Caps {
    fn of(&self, message: u8) -> usize {
        match message {
            kind::AUDIO | kind::VIDEO | kind::AGGREGATE => self.media,
            // Of control messages, the longest is told apart by reading it.
            _ => self.values,
        }
    }
}

/// Reads the chunks of one peer.
pub(crate) struct ChunkReader {
    caps: Caps,
    chunk_size: usize,
    streams: Vec<ChunkStream>,
    /// The header being read.
    header: [u8; HEADER],
    filled: usize,
    /// While a chunk's data is read: its stream's index and the bytes that are left of the chunk.
    open: Option<(usize, usize)>,
    /// Announced bytes of messages under way.
    pending: usize,
}

#[derive(Default)]
struct ChunkStream {
    id: u32,
    timestamp: u32,
    delta: u32,
    extended: bool,
    length: usize,
    kind: u8,
    stream: u32,
    body: BytesMut,
    /// A message has begun and isn't whole.
    begun: bool,
}

/// A header as it stands in its bytes.
struct Header {
    format: u8,
    id: u32,
    /// Where the message's own header begins.
    at: usize,
    /// Bytes of it, without the extended time.
    length: usize,
}

impl ChunkReader {
    pub(crate) fn new(caps: Caps) -> Self {
        Self {
            caps,
            chunk_size: 128,
            streams: Vec::new(),
            header: [0; HEADER],
            filled: 0,
            open: None,
            pending: 0,
        }
    }

    /// Caps for what begins from now on.
    pub(crate) fn set_caps(&mut self, caps: Caps) {
        self.caps = caps;
    }

    /// Reads on, taking from `input`, until a message is whole or the input is used up. Chunk sizes and
    /// aborted messages are dealt with here and aren't told.
    pub(crate) fn next(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Fault> {
        loop {
            let (index, left) = match self.open {
                Some(open) => open,
                None => match self.read_header(input)? {
                    Some(open) => open,
                    None => return Ok(None),
                },
            };
            let stream = &mut self.streams[index];
            let (taken, rest) = input.split_at(left.min(input.len()));
            stream.body.extend_from_slice(taken);
            *input = rest;
            if taken.len() < left {
                self.open = Some((index, left - taken.len()));
                return Ok(None);
            }
            self.open = None;
            if stream.body.len() < stream.length {
                continue;
            }
            stream.begun = false;
            self.pending -= stream.length;
            let message = Message {
                kind: stream.kind,
                timestamp: stream.timestamp,
                stream: stream.stream,
                body: stream.body.split().freeze(),
            };
            match message.kind {
                kind::CHUNK_SIZE => self.set_chunk_size(&message)?,
                kind::ABORT => self.abort(&message)?,
                _ => return Ok(Some(message)),
            }
        }
    }

    /// Byte by byte until the header says how long it is. `None` when the input is used up.
    fn read_header(&mut self, input: &mut &[u8]) -> Result<Option<(usize, usize)>, Fault> {
        loop {
            if let Some(header) = self.parsed() {
                let whole = header.at + header.length;
                let index = if self.filled >= whole { Some(self.stream(&header)?) } else { None };
                if let Some(index) = index {
                    let extended = self.is_extended(&header, index);
                    if self.filled == whole + usize::from(extended) * 4 {
                        self.filled = 0;
                        return self.begin(&header, index, extended).map(Some);
                    }
                }
            }
            let Some((byte, rest)) = input.split_first() else { return Ok(None) };
            self.header[self.filled] = *byte;
            self.filled += 1;
            *input = rest;
        }
    }

    /// `None` while the chunk stream's id isn't known.
    fn parsed(&self) -> Option<Header> {
        let bytes = &self.header[..self.filled];
        let first = *bytes.first()?;
        let (id, at) = match first & 0x3f {
            0 => (64 + u32::from(*bytes.get(1)?), 2),
            1 => (64 + u32::from(*bytes.get(1)?) + 256 * u32::from(*bytes.get(2)?), 3),
            id => (u32::from(id), 1),
        };
        let format = first >> 6;
        Some(Header { format, id, at, length: [11, 7, 3, 0][usize::from(format)] })
    }

    fn stream(&mut self, header: &Header) -> Result<usize, Fault> {
        if let Some(index) = self.streams.iter().position(|stream| stream.id == header.id) {
            return Ok(index);
        }
        if header.format != 0 {
            return Err(Fault::NoHeader);
        }
        if self.streams.len() == STREAMS {
            return Err(Fault::TooManyStreams);
        }
        self.streams.push(ChunkStream { id: header.id, ..ChunkStream::default() });
        Ok(self.streams.len() - 1)
    }

    fn is_extended(&self, header: &Header, index: usize) -> bool {
        if header.format == 3 {
            return self.streams[index].extended;
        }
        self.header[header.at..header.at + 3] == [0xff; 3]
    }

    /// Takes the header in. Says which stream's data follow and how many bytes of them.
    fn begin(&mut self, header: &Header, index: usize, extended: bool) -> Result<(usize, usize), Fault> {
        let bytes = &self.header[header.at..];
        let stream = &mut self.streams[index];
        if stream.begun && header.format != 3 {
            return Err(Fault::Interrupted);
        }
        let be = |bytes: &[u8]| bytes.iter().fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte));
        if header.format < 3 {
            let time = if extended { be(&bytes[header.length..header.length + 4]) } else { be(&bytes[..3]) };
            stream.extended = extended;
            stream.delta = time;
        }
        if header.format < 2 {
            stream.length = be(&bytes[3..6]) as usize;
            stream.kind = bytes[6];
        }
        if header.format == 0 {
            stream.stream = bytes[7..11].iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
            stream.timestamp = stream.delta;
        } else if !stream.begun {
            stream.timestamp = stream.timestamp.wrapping_add(stream.delta);
        }
        if !stream.begun {
            if stream.length > self.caps.of(stream.kind)
                || stream.length > self.caps.pending.saturating_sub(self.pending)
            {
                return Err(Fault::TooLarge);
            }
            stream.begun = true;
            self.pending += stream.length;
            // Memory for what came, not for what was announced.
            stream.body.reserve(stream.length.min(FIRST_RESERVE));
        }
        Ok((index, (stream.length - stream.body.len()).min(self.chunk_size)))
    }

    fn set_chunk_size(&mut self, message: &Message) -> Result<(), Fault> {
        let bytes: [u8; 4] = message.body[..].try_into().map_err(|_| Fault::ChunkSize)?;
        match u32::from_be_bytes(bytes) {
            size @ 1..0x8000_0000 => self.chunk_size = size as usize,
            _ => return Err(Fault::ChunkSize),
        }
        Ok(())
    }

    fn abort(&mut self, message: &Message) -> Result<(), Fault> {
        let bytes: [u8; 4] = message.body[..].try_into().map_err(|_| Fault::OutOfPlace)?;
        let id = u32::from_be_bytes(bytes);
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.id == id && stream.begun) {
            stream.begun = false;
            stream.body.clear();
            self.pending -= stream.length;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: Caps = Caps { media: 4096, values: 64, pending: 6000 };

    /// Kind, time, message stream, body.
    type Seen = (u8, u32, u32, Vec<u8>);

    fn read(bytes: &[u8]) -> Result<Vec<Seen>, Fault> {
        let (mut reader, mut seen, mut input) = (ChunkReader::new(CAPS), Vec::new(), bytes);
        while let Some(Message { kind, timestamp, stream, body }) = reader.next(&mut input)? {
            seen.push((kind, timestamp, stream, body.to_vec()));
        }
        Ok(seen)
    }

    /// A chunk with a whole header, on the one-byte stream `id`: the first 128 bytes at most of a message.
    fn first(id: u8, kind: u8, length: u32) -> Vec<u8> {
        let [_, length_bytes @ ..] = length.to_be_bytes();
        let body = vec![kind; length.min(128) as usize];
        [&[id, 0, 0, 0][..], &length_bytes, &[kind, 1, 0, 0, 0], &body].concat()
    }

    /// The chunks after it.
    fn rest(id: u8, kind: u8, length: u32) -> Vec<u8> {
        let body = vec![kind; length.saturating_sub(128) as usize];
        body.chunks(128).flat_map(|piece| [&[0xc0 | id][..], piece].concat()).collect()
    }

    fn whole(id: u8, kind: u8, length: u32) -> Vec<u8> {
        [first(id, kind, length), rest(id, kind, length)].concat()
    }

    fn abort(id: u32) -> Vec<u8> {
        [&[2, 0, 0, 0, 0, 0, 4, kind::ABORT, 0, 0, 0, 0][..], &id.to_be_bytes()].concat()
    }

    #[test]
    fn each_format_on_ids_of_each_length() {
        let ids: [&[u8]; 5] = [&[5], &[0, 10], &[0, 255], &[1, 10, 2], &[1, 255, 255]];
        for id in ids {
            let chunk = |format: u8, rest: &[u8]| [&[format << 6 | id[0]][..], &id[1..], rest].concat();
            let bytes = [
                chunk(0, &[0, 0x10, 1, 0, 0, 2, 8, 1, 2, 3, 4, 0xaa, 0xbb]),
                chunk(1, &[0, 0, 20, 0, 0, 1, 9, 0xcc]),
                chunk(2, &[0, 1, 0, 0xdd]),
                chunk(3, &[0xee]),
            ];
            let seen = |kind, time, body: &[u8]| (kind, time, 0x0403_0201, body.to_vec());
            let expected = [
                seen(8, 0x1001, &[0xaa, 0xbb]),
                seen(9, 0x1015, &[0xcc]),
                seen(9, 0x1115, &[0xdd]),
                seen(9, 0x1215, &[0xee]),
            ];
            assert_eq!(read(&bytes.concat()).as_deref(), Ok(&expected[..]), "{id:?}");
        }
    }

    #[test]
    fn one_stream_is_one_however_its_id_is_written() {
        let head = |id: &[u8]| [id, &[0, 0, 0, 0, 0, 1, 8, 0, 0, 0, 0, b'a'][..]].concat();
        // 64 + 10, in two bytes and in three.
        assert_eq!(read(&[head(&[0, 10]), vec![0xc1, 10, 0, b'b']].concat()).map(|seen| seen.len()), Ok(2));
        assert_eq!(read(&[head(&[0, 10]), vec![0xc1, 10, 1, b'b']].concat()), Err(Fault::NoHeader));
        // Begun on 64 + 10 + 512, given up by that number, begun again.
        let begun = [&[1, 10, 2, 0, 0, 0, 0, 0, 200, 8, 0, 0, 0, 0][..], &[b'a'; 128]].concat();
        assert_eq!(read(&[&begun[..], &begun].concat()), Err(Fault::Interrupted));
        assert_eq!(read(&[&begun[..], &abort(586), &begun].concat()), Ok(Vec::new()));
    }

    #[test]
    fn a_long_difference_is_read_and_repeated() {
        let bytes = [
            &[5, 0, 0, 1, 0, 0, 1, 8, 0, 0, 0, 0, b'a'][..],
            &[0x45, 0xff, 0xff, 0xff, 0, 0, 1, 9, 1, 0, 0, 0, b'b'],
            &[0xc5, 1, 0, 0, 0, b'c'],
        ]
        .concat();
        let times = read(&bytes).map(|seen| seen.iter().map(|s| (s.1, s.3[0])).collect::<Vec<_>>());
        assert_eq!(times, Ok(vec![(1, b'a'), (0x0100_0001, b'b'), (0x0200_0001, b'c')]));
    }

    #[test]
    fn messages_of_two_streams_may_take_turns() {
        let bytes = [first(4, 8, 200), first(6, 9, 300), rest(4, 8, 200), rest(6, 9, 300)].concat();
        let lengths = read(&bytes).map(|seen| seen.iter().map(|s| (s.0, s.3.len())).collect::<Vec<_>>());
        assert_eq!(lengths, Ok(vec![(8, 200), (9, 300)]));
    }

    #[test]
    fn a_short_header_leans_on_its_own_stream() {
        let own = |id: u8, time: u8, body: &[u8]| {
            let length = u8::try_from(body.len()).unwrap();
            [&[id, 0, 0, time, 0, 0, length, id, 0, 0, 0, 0][..], body].concat()
        };
        let bytes = [
            &own(4, 1, b"ab")[..],
            &[0x44, 0, 0, 20, 0, 0, 3, 8, b'a', b'b', b'c'],
            &own(6, 90, b"d"),
            &[0x84, 0, 0, 30, b'a', b'b', b'c'],
            &own(6, 90, b"d"),
            &[0xc4, b'a', b'b', b'c'],
        ]
        .concat();
        let times = read(&bytes).map(|seen| seen.iter().map(|s| (s.1, s.3.len())).collect::<Vec<_>>());
        assert_eq!(times, Ok(vec![(1, 2), (21, 3), (90, 1), (51, 3), (90, 1), (81, 3)]));
    }

    #[test]
    fn each_kind_has_its_cap_and_all_together_one() {
        for (kind, cap) in [
            (kind::AUDIO, 4096),
            (kind::VIDEO, 4096),
            (kind::AGGREGATE, 4096),
            (kind::DATA, 64),
            (kind::COMMAND, 64),
            (kind::USER_CONTROL, 64),
        ] {
            assert_eq!(read(&whole(4, kind, cap)).map(|seen| seen.len()), Ok(1), "kind {kind}");
            assert_eq!(read(&whole(4, kind, cap + 1)), Err(Fault::TooLarge), "kind {kind}");
        }
        let two = |second| [first(4, 8, 4096), first(6, 9, second)].concat();
        assert_eq!(read(&two(1904)), Ok(Vec::new()));
        assert_eq!(read(&two(1905)), Err(Fault::TooLarge));
        let after = [whole(4, 8, 4096), whole(6, 9, 4096)].concat();
        assert_eq!(read(&after).map(|seen| seen.len()), Ok(2), "what is whole counts no more");
        let mut reader = ChunkReader::new(CAPS);
        reader.set_caps(Caps { media: 9, ..CAPS });
        assert_eq!(reader.next(&mut &whole(4, 8, 10)[..]).map(|_| ()), Err(Fault::TooLarge));
    }

    #[test]
    fn what_is_given_up_makes_room_and_touches_no_other() {
        let again = [first(4, 8, 4096), abort(4), first(4, 8, 4096), abort(4), whole(4, 8, 4096)].concat();
        assert_eq!(read(&again).map(|seen| seen.len()), Ok(1));
        for other in [6, 99] {
            let bytes =
                [first(4, 8, 200), abort(other), rest(4, 8, 200), abort(4), whole(6, 9, 4096)].concat();
            let lengths = read(&bytes).map(|seen| seen.iter().map(|s| s.3.len()).collect::<Vec<_>>());
            assert_eq!(lengths, Ok(vec![200, 4096]), "stream {other}");
        }
        let full =
            [first(6, 9, 1900), first(4, 8, 4096), abort(4), first(4, 8, 4096), first(5, 9, 5)].concat();
        assert_eq!(read(&full), Err(Fault::TooLarge), "no more room than there was");
        let finished = [whole(4, 8, 4096), abort(4), whole(6, 9, 4096)].concat();
        assert_eq!(read(&finished).map(|seen| seen.len()), Ok(2));
        assert_eq!(read(&[2, 0, 0, 0, 0, 0, 1, kind::ABORT, 0, 0, 0, 0, 4]), Err(Fault::OutOfPlace));
    }

    #[test]
    fn the_peer_says_how_long_its_chunks_are() {
        let size = |bytes: &[u8]| {
            let length = u8::try_from(bytes.len()).unwrap();
            [&[2, 0, 0, 0, 0, 0, length, kind::CHUNK_SIZE, 0, 0, 0, 0][..], bytes].concat()
        };
        let head = [4, 0, 0, 0, 0, 0, 3, 8, 0, 0, 0, 0];
        let cases: [(u32, &[u8]); 4] = [
            (1, &[b'a', 0xc4, b'b', 0xc4, b'c']),
            (2, &[b'a', b'b', 0xc4, b'c']),
            (3, b"abc"),
            (0x7fff_ffff, b"abc"),
        ];
        for (chunk, rest) in cases {
            let seen = read(&[&size(&chunk.to_be_bytes())[..], &head, rest].concat());
            assert_eq!(seen, Ok(vec![(8, 0, 0, b"abc".to_vec())]), "chunks of {chunk}");
        }
        for wrong in [&[0, 0, 0, 0][..], &[0x80, 0, 0, 0], &[0, 0, 9], &[0, 0, 0, 1, 0]] {
            assert_eq!(read(&size(wrong)), Err(Fault::ChunkSize), "{wrong:?}");
        }
    }

    #[test]
    fn sixteen_streams_and_no_more() {
        let streams = |count: u8| (3..3 + count).flat_map(|id| whole(id, 8, 1)).collect::<Vec<u8>>();
        assert_eq!(read(&streams(16)).map(|seen| seen.len()), Ok(16));
        assert_eq!(read(&streams(17)), Err(Fault::TooManyStreams));
    }
}
