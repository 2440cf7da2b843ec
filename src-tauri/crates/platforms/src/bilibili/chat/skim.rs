//! JSON read in passing: what is wanted is looked at, the rest stepped over, 64 bytes at a time.
//!
//! A value that is stepped over is not checked: brackets and quotes must fit, the rest may be anything. Nothing
//! recurses, so that depth costs no more than length.
//!
//! Sixty-four bytes become bit sets, a bit a byte: where quotes, backslashes and brackets are. Which quotes are
//! escaped and what is inside of a text then takes a few operations on whole words (Langdale and Lemire, *Parsing
//! Gigabytes of JSON per Second*, 2019, <https://arxiv.org/abs/1902.08318>).

use memchr::memchr2;
use wide::u8x16;

/// Bytes looked at at once, a bit each.
const BLOCK: usize = 64;
const LANE: usize = 16;

/// A place in JSON.
#[derive(Debug, Clone, Copy)]
pub(super) struct Skim<'a> {
    json: &'a [u8],
    at: usize,
}

impl<'a> Skim<'a> {
    /// The place before a value.
    pub(super) fn new(json: &'a [u8]) -> Self {
        Self { json, at: 0 }
    }

    /// Steps into an array or an object; `None` when there is something else.
    pub(super) fn enter(&mut self, open: u8) -> Option<()> {
        (self.peek()? == open).then(|| self.at += 1)
    }

    /// Before the next element of the array it is in; `false` at the array's end, which is stepped over.
    pub(super) fn element(&mut self) -> Option<bool> {
        self.next(b']')
    }

    /// The name of the next member of the object it is in, as it stands between its quotes, and the place before
    /// its value; an outer `None` for what is no JSON, an inner one at the object's end, which is stepped over.
    #[allow(clippy::option_option)] // broken and over are two things
    pub(super) fn member(&mut self) -> Option<Option<&'a [u8]>> {
        if !self.next(b'}')? {
            return Some(None);
        }
        let name = self.text()?;
        (self.peek()? == b':').then(|| self.at += 1)?;
        Some(Some(&name[1..name.len() - 1]))
    }

    fn next(&mut self, close: u8) -> Option<bool> {
        let mut next = self.peek()?;
        if next == b',' {
            self.at += 1;
            next = self.peek()?;
        }
        let over = next == close;
        self.at += usize::from(over);
        Some(!over)
    }

    /// Steps over a value; answers its bytes.
    pub(super) fn value(&mut self) -> Option<&'a [u8]> {
        match self.peek()? {
            b'"' => self.text(),
            b'[' | b'{' => {
                let from = self.at;
                self.at += 1;
                self.leave()?;
                self.json.get(from..self.at)
            }
            _ => {
                let rest = self.json.get(self.at..)?;
                let ends = |b: &u8| matches!(b, b',' | b']' | b'}' | b' ' | b'\n' | b'\r' | b'\t');
                let length = rest.iter().position(ends).filter(|length| *length > 0)?;
                self.at += length;
                rest.get(..length)
            }
        }
    }

    /// Steps out of the array or object it is in.
    pub(super) fn leave(&mut self) -> Option<()> {
        let mut depth: u32 = 1;
        let mut texts = Texts::default();
        self.blocks(|block| {
            let quotes = texts.quotes(block);
            let inside = texts.inside(quotes);
            let (opened, closed) = (block.opening() & !inside, block.closing() & !inside);
            if closed.count_ones() < depth {
                depth = depth + opened.count_ones() - closed.count_ones();
                return None;
            }
            let mut left = opened | closed;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                if opened >> bit & 1 == 1 {
                    depth += 1;
                } else if depth == 1 {
                    return Some(bit);
                } else {
                    depth -= 1;
                }
            }
            None
        })
    }

    /// Steps over a text; answers its bytes, quotes and all.
    fn text(&mut self) -> Option<&'a [u8]> {
        if self.peek()? != b'"' {
            return None;
        }
        let from = self.at;
        self.at += 1;
        let rest = self.json.get(self.at..)?;
        let plain = memchr2(b'"', b'\\', rest)?;
        self.at += plain;
        if rest[plain] == b'"' {
            self.at += 1;
        } else {
            let mut texts = Texts::default();
            self.blocks(|block| {
                let quotes = texts.quotes(block);
                (quotes != 0).then(|| quotes.trailing_zeros())
            })?;
        }
        self.json.get(from..self.at)
    }

    /// Looks at blocks from here until one has what is looked for, and steps behind it.
    fn blocks(&mut self, mut look: impl FnMut(&Block) -> Option<u32>) -> Option<()> {
        let rest = self.json.get(self.at..)?;
        let (whole, tail) = rest.as_chunks::<BLOCK>();
        let mut last = [0; BLOCK];
        last[..tail.len()].copy_from_slice(tail);
        for block in whole.iter().chain(std::iter::once(&last)) {
            if let Some(bit) = look(&Block::of(block)) {
                self.at += usize::try_from(bit).ok()? + 1;
                return Some(());
            }
            self.at += BLOCK;
        }
        self.at = self.json.len();
        None
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        loop {
            match *self.json.get(self.at)? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }
}

/// Sixty-four bytes.
struct Block([u8x16; BLOCK / LANE]);

impl Block {
    fn of(bytes: &[u8; BLOCK]) -> Self {
        let (lanes, _) = bytes.as_chunks::<LANE>();
        let mut block = [u8x16::splat(0); BLOCK / LANE];
        for (to, from) in block.iter_mut().zip(lanes) {
            *to = u8x16::new(*from);
        }
        Self(block)
    }

    /// A bit for each byte that is `wanted` once the bits of `or` are set in it.
    fn are(&self, wanted: u8, or: u8) -> u64 {
        let mut bits = 0;
        for (at, lane) in self.0.iter().enumerate() {
            let found = (*lane | u8x16::splat(or)).simd_eq(u8x16::splat(wanted)).to_bitmask();
            bits |= u64::from(found) << (at * LANE);
        }
        bits
    }

    /// `[` and `{`, which differ in one bit.
    fn opening(&self) -> u64 {
        self.are(b'{', b'[' ^ b'{')
    }

    /// `]` and `}`, which differ in the same bit.
    fn closing(&self) -> u64 {
        self.are(b'}', b']' ^ b'}')
    }
}

/// What one block tells the next about texts.
#[derive(Default)]
struct Texts {
    /// The first byte is escaped: 1 or 0.
    escapes: u64,
    /// A text goes on: all bits or none.
    goes_on: u64,
}

impl Texts {
    /// The quotes that begin or end a text.
    fn quotes(&mut self, block: &Block) -> u64 {
        block.are(b'"', 0) & !self.escaped(block.are(b'\\', 0))
    }

    /// Bytes behind an odd number of backslashes.
    fn escaped(&mut self, backslashes: u64) -> u64 {
        const EVEN: u64 = 0x5555_5555_5555_5555;
        if backslashes == 0 {
            return std::mem::take(&mut self.escapes);
        }
        let escaping = backslashes & !self.escapes;
        let behind = escaping << 1 | self.escapes;
        // Adding a row of backslashes to its odd start carries over the row's end.
        let (ends, over) = (escaping & !EVEN & !behind).overflowing_add(escaping);
        self.escapes = u64::from(over);
        (EVEN ^ (ends << 1)) & behind
    }

    /// Bytes of texts, with the quote that begins one and without that which ends it.
    fn inside(&mut self, quotes: u64) -> u64 {
        let mut inside = quotes;
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        inside ^= self.goes_on;
        self.goes_on = 0_u64.wrapping_sub(inside >> 63);
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn any_json() -> impl Strategy<Value = Value> {
        let text = r#"["\\\\{}\[\],:a语 ]{0,90}"#;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            text.prop_map(Value::from),
        ];
        leaf.prop_recursive(6, 60, 8, move |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
                proptest::collection::btree_map(text, inner, 0..8)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_ends_where_it_ends(
            value in any_json(),
            pretty in any::<bool>(),
            behind in "[,\\]} ]{0,80}",
            cut in any::<prop::sample::Index>(),
        ) {
            let json = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let json = json.expect("JSON");
            let whole = format!("{json},{behind}");
            prop_assert_eq!(Skim::new(whole.as_bytes()).value(), Some(json.as_bytes()));
            // Of a list or a text that is cut there is no end.
            if matches!(value, Value::Array(_) | Value::Object(_) | Value::String(_)) {
                let cut = cut.index(json.len());
                prop_assert_eq!(Skim::new(&json.as_bytes()[..cut]).value(), None);
            }
        }

        #[test]
        fn no_bytes_hurt(noise in proptest::collection::vec(prop_oneof![
            any::<u8>(), Just(b'"'), Just(b'\\'), Just(b'['), Just(b']'), Just(b'{'), Just(b'}')], 0..300)) {
            for open in [b'[', b'{'] {
                let mut skim = Skim::new(&noise);
                if skim.enter(open).is_some() {
                    let _ = skim.leave();
                }
                prop_assert!(skim.at <= noise.len());
            }
            let mut skim = Skim::new(&noise);
            while skim.value().is_some() {}
            prop_assert!(skim.at <= noise.len());
        }
    }

    #[test]
    fn members_and_elements_in_their_order() {
        let json = json!({"a": [1, "x\\\"]", {}], "b\"": {"c": []}}).to_string();
        let mut skim = Skim::new(json.as_bytes());
        skim.enter(b'{').expect("an object");
        assert_eq!(skim.member(), Some(Some(&b"a"[..])));
        skim.enter(b'[').expect("an array");
        for expected in ["1", r#""x\\\"]""#, "{}"] {
            assert_eq!(skim.element(), Some(true));
            assert_eq!(skim.value(), Some(expected.as_bytes()));
        }
        assert_eq!(skim.element(), Some(false));
        assert_eq!(skim.member(), Some(Some(&br#"b\""#[..])));
        assert_eq!(skim.enter(b'['), None);
        assert_eq!(skim.value(), Some(&br#"{"c":[]}"#[..]));
        assert_eq!(skim.member(), Some(None));
        assert_eq!(skim.member(), None, "nothing is left");
    }
}
