//! Inflating a packet's body, never beyond a cap, and with the memory of the packets before it.
//!
//! A packet of a quiet room holds one message, so that what a decoder sets up for a stream costs as much as the
//! stream. Tables and windows are therefore handed from one stream to the next, as they are: a stream writes what it
//! reads.

use std::io::Read as _;

use brotli::{
    Allocator, BrotliDecompressStream, BrotliResult, BrotliState, HuffmanCode, SliceWrapper, SliceWrapperMut,
};

use super::frame::FrameError;

/// The most that all bodies of a message may inflate to. The largest packets seen are a tenth of it, and so much is
/// inflated in a few milliseconds.
pub(super) const INFLATED_CAP: usize = 1 << 20;
/// Where the buffer begins; most packets fit.
const FIRST: usize = 32 << 10;
/// What is kept to inflate into. More is given back at the next message.
const KEPT: usize = 256 << 10;

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    Zlib,
    Brotli,
}

/// Inflates the bodies of one connection.
#[derive(Debug, Default)]
pub(super) struct Inflater {
    /// What the message at hand may still inflate to.
    left: usize,
    into: Vec<u8>,
    bytes: Cells<u8>,
    words: Cells<u32>,
    codes: Cells<HuffmanCode>,
}

impl Inflater {
    /// A new message begins.
    pub(super) fn begin(&mut self) {
        self.left = INFLATED_CAP;
        if self.into.capacity() > KEPT {
            self.into = Vec::new();
        }
    }

    /// Inflates a body of the message.
    pub(super) fn inflate(&mut self, compression: Compression, body: &[u8]) -> Result<&[u8], FrameError> {
        let length = match compression {
            Compression::Zlib => self.zlib(body)?,
            Compression::Brotli => self.brotli(body)?,
        };
        self.left = self.left.checked_sub(length).ok_or(FrameError::TooBig)?;
        Ok(&self.into[..length])
    }

    /// Inflates one byte more than may be, at most.
    fn zlib(&mut self, body: &[u8]) -> Result<usize, FrameError> {
        self.into.clear();
        let limit = self.left as u64 + 1;
        let read = flate2::read::ZlibDecoder::new(body).take(limit).read_to_end(&mut self.into);
        read.map_err(|_| FrameError::Broken)
    }

    /// The same of brotli.
    fn brotli(&mut self, body: &[u8]) -> Result<usize, FrameError> {
        if wide_window(body) {
            return Err(FrameError::TooBig);
        }
        // Strict: no windows beyond the RFC's.
        let mut state = BrotliState::new_strict(&mut self.bytes, &mut self.words, &mut self.codes);
        let (mut unread, mut read, mut length, mut total) = (body.len(), 0, 0, 0);
        let limit = self.left + 1;
        self.into.resize(self.into.len().clamp(FIRST.min(limit), limit), 0);
        loop {
            let mut room = self.into.len() - length;
            let result = BrotliDecompressStream(
                &mut unread,
                &mut read,
                body,
                &mut room,
                &mut length,
                &mut self.into,
                &mut total,
                &mut state,
            );
            match result {
                BrotliResult::ResultSuccess => return Ok(length),
                BrotliResult::NeedsMoreOutput if length == limit => return Ok(length),
                BrotliResult::NeedsMoreOutput => {
                    let more = (self.into.len() * 2).min(limit);
                    self.into.resize(more, 0);
                }
                BrotliResult::NeedsMoreInput | BrotliResult::ResultFailure => return Err(FrameError::Broken),
            }
        }
    }
}

/// Whether a brotli stream wants a window of 8 or 16 MB (RFC 7932, section 9.1). Servers use 4 MB at most, and
/// a window is paid for before anything is inflated.
fn wide_window(body: &[u8]) -> bool {
    // WBITS 23 and 24 are the codes 1101 and 1111, least bit first.
    body.first().is_some_and(|first| matches!(first & 0b1111, 0b1101 | 0b1111))
}

/// Memory that waits for the next stream: at most [`Cells::COUNT`] pieces of [`Cells::LONGEST`] elements.
#[derive(Debug)]
struct Cells<T>(Vec<Vec<T>>);

impl<T> Cells<T> {
    const COUNT: usize = 12;
    const LONGEST: usize = 64 << 10;
}

impl<T> Default for Cells<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[cfg(test)]
impl<T> Cells<T> {
    /// Elements in all.
    fn kept(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }
}

/// A piece of memory, at least as long as was asked for.
struct Cell<T> {
    memory: Vec<T>,
    length: usize,
}

impl<T> Default for Cell<T> {
    fn default() -> Self {
        Self { memory: Vec::new(), length: 0 }
    }
}

impl<T> SliceWrapper<T> for Cell<T> {
    fn slice(&self) -> &[T] {
        &self.memory[..self.length]
    }
}

impl<T> SliceWrapperMut<T> for Cell<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.memory[..self.length]
    }
}

impl<T: Clone + Default> Allocator<T> for &mut Cells<T> {
    type AllocatedMemory = Cell<T>;

    fn alloc_cell(&mut self, length: usize) -> Cell<T> {
        if length == 0 {
            return Cell::default();
        }
        let fitting = self.0.iter().enumerate().filter(|(_, memory)| memory.len() >= length);
        let shortest = fitting.min_by_key(|(_, memory)| memory.len()).map(|(at, _)| at);
        let memory = shortest.map_or_else(|| vec![T::default(); length], |at| self.0.swap_remove(at));
        Cell { memory, length }
    }

    fn free_cell(&mut self, cell: Cell<T>) {
        let Cell { memory, .. } = cell;
        if memory.is_empty() || memory.len() > Cells::<T>::LONGEST {
            return;
        }
        if self.0.len() == Cells::<T>::COUNT {
            // The shortest goes: it is the cheapest to make again.
            let shortest = self.0.iter().enumerate().min_by_key(|(_, memory)| memory.len());
            if let Some(at) = shortest.map(|(at, _)| at) {
                self.0.swap_remove(at);
            }
        }
        self.0.push(memory);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn packed(bytes: &[u8], quality: u32) -> Vec<u8> {
        let mut out = Vec::new();
        brotli::CompressorWriter::new(&mut out, 4096, quality, 22).write_all(bytes).expect("memory");
        out
    }

    fn inflate<'a>(with: &'a mut Inflater, body: &[u8]) -> Result<&'a [u8], FrameError> {
        with.begin();
        with.inflate(Compression::Brotli, body)
    }

    proptest! {
        /// What one stream leaves behind is nothing to the next, also after a broken one.
        #[test]
        fn streams_that_share_memory_inflate_as_if_alone(
            texts in proptest::collection::vec(
                ("[a-e语\\\\\"]{0,40}", 0_usize..300, 0_u32..=11, any::<prop::sample::Index>()), 1..6),
        ) {
            let mut shared = Inflater::default();
            for (text, times, quality, cut) in texts {
                let text = text.repeat(times);
                let body = packed(text.as_bytes(), quality);
                prop_assert_eq!(inflate(&mut shared, &body), Ok(text.as_bytes()));
                let cut = &body[..cut.index(body.len())];
                let mut alone = Inflater::default();
                prop_assert_eq!(inflate(&mut shared, cut), inflate(&mut alone, cut));
            }
        }
    }

    #[test]
    fn the_cap_is_that_of_all_bodies_and_exact() {
        let half = packed(&vec![b'x'; INFLATED_CAP / 2], 5);
        let mut inflater = Inflater::default();
        inflater.begin();
        for _ in 0..2 {
            assert_eq!(inflater.inflate(Compression::Brotli, &half).map(<[u8]>::len), Ok(INFLATED_CAP / 2));
        }
        assert_eq!(inflater.inflate(Compression::Brotli, &packed(b"x", 5)), Err(FrameError::TooBig));
        assert_eq!(inflate(&mut inflater, &half).map(<[u8]>::len), Ok(INFLATED_CAP / 2), "the next message");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut inflater = Inflater::default();
        let mut chance = fastrand::Rng::with_seed(1);
        let noise: Vec<u8> = (0..700 << 10).map(|_| chance.u8(b'a'..b'q')).collect();
        assert_eq!(inflate(&mut inflater, &packed(&noise, 5)), Ok(&noise[..]));
        inflater.begin();
        assert_eq!(inflater.into.capacity(), 0);
        let kept = [inflater.bytes.kept(), inflater.words.kept(), inflater.codes.kept()];
        assert!(kept.iter().all(|kept| *kept <= Cells::<u8>::COUNT * Cells::<u8>::LONGEST), "{kept:?}");
        assert!(kept.iter().sum::<usize>() > 0, "something is");
    }

    #[test]
    fn a_buffer_of_the_kept_size_is_kept() {
        let mut inflater = Inflater { into: Vec::with_capacity(KEPT), ..Inflater::default() };
        inflater.begin();
        assert_eq!(inflater.into.capacity(), KEPT);
    }

    #[test]
    fn memory_is_handed_on_where_it_fits_best() {
        let mut cells = Cells::<u8>::default();
        let give = |cells: &mut Cells<u8>, length: usize| {
            let mut to = cells;
            to.free_cell(Cell { memory: vec![1; length], length });
        };
        let lengths = |cells: &Cells<u8>| {
            let mut lengths: Vec<_> = cells.0.iter().map(Vec::len).collect();
            lengths.sort_unstable();
            lengths
        };
        for length in [0, 30, 10, 20, Cells::<u8>::LONGEST, Cells::<u8>::LONGEST + 1] {
            give(&mut cells, length);
        }
        assert_eq!(
            lengths(&cells),
            [10, 20, 30, Cells::<u8>::LONGEST],
            "nothing of no length, nothing longer"
        );
        let mut from = &mut cells;
        let cell = from.alloc_cell(11);
        assert_eq!((cell.memory.len(), cell.slice().len()), (20, 11));
        assert_eq!(from.alloc_cell(10).memory.len(), 10, "as long as it is");
        assert_eq!(from.alloc_cell(0).memory.len(), 0);
        assert_eq!(lengths(&cells), [30, Cells::<u8>::LONGEST]);
        for length in 1..=Cells::<u8>::COUNT {
            give(&mut cells, length);
        }
        let longest = [30, Cells::<u8>::LONGEST];
        let kept: Vec<_> = (3..=Cells::<u8>::COUNT).chain(longest).collect();
        assert_eq!(lengths(&cells), kept, "the shortest went");
    }
}
