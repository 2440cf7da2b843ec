//! Reading protobuf messages field by field, as far as the chat needs it.
//!
//! Not a library's job here: one that builds whole messages builds a million empty gifts out of two megabytes,
//! and gives up on all of a message when the type of one field changes. This one holds nothing: who wants a field
//! takes it while passing by, and a field of another type is none.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

/// The value of one field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// Whole numbers and booleans.
    Number(u64),
    /// Texts and messages within.
    Bytes(&'a [u8]),
    /// Anything of a fixed width.
    Other,
}

impl<'a> Value<'a> {
    /// A number; none for another type.
    pub(super) fn number(self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The fields of a message within; none of another type.
    pub(super) fn fields(self) -> Fields<'a> {
        Fields(self.bytes().unwrap_or_default())
    }

    /// A text that says something; what isn't UTF-8 in it is replaced.
    pub(super) fn text(self) -> Option<String> {
        self.bytes()
            .filter(|bytes| !bytes.is_empty())
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    fn bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// The fields of a message in the order of the wire: number and value. Ends early where the bytes are broken.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = (u64, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Number(self.varint()?),
            1 => self.take(8).map(|_| Value::Other)?,
            2 => {
                let length = usize::try_from(self.varint()?).ok()?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Other)?,
            _ => return None,
        };
        Some((tag >> 3, value))
    }
}

impl<'a> Fields<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A field with a number.
    pub(in super::super) fn number(field: u64, value: u64) -> Vec<u8> {
        [varint(field << 3), varint(value)].concat()
    }

    /// A field with a text or a message within.
    pub(in super::super) fn bytes(field: u64, value: &[u8]) -> Vec<u8> {
        [varint(field << 3 | 2), varint(value.len() as u64), value.to_vec()].concat()
    }

    fn varint(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value > 0x7f {
            bytes.push(0x80 | u8::try_from(value & 0x7f).expect("seven bits"));
            value >>= 7;
        }
        bytes.push(u8::try_from(value).expect("seven bits"));
        bytes
    }

    #[test]
    fn the_documents_examples() {
        // From the encoding page: 150 in field 1, "testing" in field 2, that first message in field 3.
        let all =
            [0x08, 0x96, 0x01, 0x12, 7, b't', b'e', b's', b't', b'i', b'n', b'g', 0x1a, 3, 0x08, 0x96, 0x01];
        let fields: Vec<_> = Fields(&all).collect();
        assert_eq!(fields[0], (1, Value::Number(150)));
        assert_eq!(fields[1].1.text().as_deref(), Some("testing"));
        assert_eq!(fields[2].1.fields().collect::<Vec<_>>(), [(1, Value::Number(150))]);
    }

    #[test]
    fn broken_messages_end() {
        for broken in
            [&[0x08][..], &[0x12, 9, b'x'], &[0x0b], &[0x09, 1, 2], &[0xff; 11], &[0x12, 0xff, 0xff, 0xff]]
        {
            assert_eq!(Fields(broken).count(), 0, "{broken:?}");
        }
        for fixed in [&[0x0d, 1, 2, 3, 4, 0x08, 1][..], &[0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x08, 1]] {
            let all: Vec<_> = Fields(fixed).collect();
            assert_eq!(all, [(1, Value::Other), (1, Value::Number(1))], "fixed widths are passed");
        }
    }

    #[test]
    fn a_field_of_another_type_is_none() {
        let (seven, text) = (number(1, 7), bytes(1, b"x"));
        let value = |of: &'static [u8]| Fields(of).next().map(|(_, value)| value);
        assert_eq!(Fields(&seven).next().map(|(_, v)| (v.number(), v.text())), Some((Some(7), None)));
        assert_eq!(Fields(&text).next().map(|(_, v)| (v.number(), v.text())), Some((None, Some("x".into()))));
        assert_eq!(value(&[0x08, 7]).map(|v| v.fields().count()), Some(0));
        assert_eq!(value(&[0x0a, 0]).map(Value::text), Some(None), "a text of nothing says nothing");
        assert_eq!(value(&[0x0a, 1, 0xff]).and_then(Value::text).as_deref(), Some("\u{fffd}"));
    }

    proptest! {
        #[test]
        fn no_bytes_hurt(noise in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Fields(&noise).count() <= noise.len());
        }

        #[test]
        fn numbers_are_what_was_written(field in 1_u64..9999, value: u64) {
            let written = number(field, value);
            prop_assert_eq!(Fields(&written).next(), Some((field, Value::Number(value))));
        }
    }
}
