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
