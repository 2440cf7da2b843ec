//! Reading values of whatever type stands there, borrowed and without building what isn't wanted: a value of
//! another type is none, never an error. Only JSON that is broken is.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// The types that are none, for visitors that want others.
macro_rules! none {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E: Error>(self, _: $type) -> Result<Self::Value, E> { Ok(Self::Value::default()) })*
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> { Ok(Self::Value::default()) }
        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result { to.write_str("any value") }
    };
}

macro_rules! no_array {
    () => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
}

macro_rules! no_object {
    () => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok(Self::Value::default())
        }
    };
}

/// A whole number, from a number, a text or a boolean.
#[derive(Default, Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Int(pub(super) Option<i64>);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Int;
            none!(visit_f64: f64);
            no_array!();
            no_object!();
            fn visit_i64<E: Error>(self, n: i64) -> Result<Int, E> {
                Ok(Int(Some(n)))
            }
            fn visit_u64<E: Error>(self, n: u64) -> Result<Int, E> {
                Ok(Int(i64::try_from(n).ok()))
            }
            fn visit_bool<E: Error>(self, b: bool) -> Result<Int, E> {
                Ok(Int(Some(i64::from(b))))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Int, E> {
                Ok(Int(text.trim().parse().ok()))
            }
        }
        from.deserialize_any(Reader)
    }
}

/// A text; borrowed where nothing in it is escaped.
#[derive(Default, Debug, Clone, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Option<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;
            none!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64);
            no_array!();
            no_object!();
            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }
        }
        from.deserialize_any(Reader)
    }
}

/// An id: a text, or a whole number as text; never empty.
#[derive(Default, Debug, Clone, PartialEq, Eq)]
pub(super) struct Key(pub(super) Option<String>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Key;
            none!(visit_bool: bool, visit_f64: f64);
            no_array!();
            no_object!();
            fn visit_i64<E: Error>(self, n: i64) -> Result<Key, E> {
                Ok(Key(Some(n.to_string())))
            }
            fn visit_u64<E: Error>(self, n: u64) -> Result<Key, E> {
                Ok(Key(Some(n.to_string())))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Key, E> {
                let fits = !text.is_empty() && text.len() <= KEY_CAP;
                Ok(Key(fits.then(|| text.to_owned())))
            }
        }
        from.deserialize_any(Reader)
    }
}

/// Longest id, bytes; a longer one is none.
pub(super) const KEY_CAP: usize = 128;

/// The first ids of an array, [`Keys::CAP`] at most.
#[derive(Default)]
pub(super) struct Keys(pub(super) Vec<String>);

impl Keys {
    const CAP: usize = 100;
}

impl<'de> Places<'de> for Keys {
    fn take<A: SeqAccess<'de>>(&mut self, at: usize, from: &mut A) -> Result<bool, A::Error> {
        if at >= Self::CAP {
            return Ok(from.next_element::<IgnoredAny>()?.is_some());
        }
        let key = from.next_element::<Key>()?;
        let there = key.is_some();
        self.0.extend(key.and_then(|key| key.0));
        Ok(there)
    }
}

/// An object, or its default.
#[derive(Default)]
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for Reader<T> {
            type Value = Object<T>;
            none!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
            no_array!();
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        from.deserialize_any(Reader(PhantomData))
    }
}

/// Something that is made of some places of an array.
pub(super) trait Places<'de>: Default {
    /// Takes the element at place `at`, or skips it; `false` at the array's end.
    fn take<A: SeqAccess<'de>>(&mut self, at: usize, from: &mut A) -> Result<bool, A::Error>;
}

/// An array, or its default.
#[derive(Default)]
pub(super) struct Array<T>(pub(super) T);

impl<'de, T: Places<'de>> Deserialize<'de> for Array<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader<T>(PhantomData<T>);
        impl<'de, T: Places<'de>> Visitor<'de> for Reader<T> {
            type Value = Array<T>;
            none!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
            no_object!();
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Array<T>, A::Error> {
                let mut places = T::default();
                let mut at = 0;
                while places.take(at, &mut seq)? {
                    at += 1;
                }
                Ok(Array(places))
            }
        }
        from.deserialize_any(Reader(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read<'a, T: Deserialize<'a>>(json: &'a str) -> T {
        serde_json::from_str(json).expect("JSON")
    }

    #[test]
    fn whatever_stands_there_is_a_value_or_none() {
        let most = u64::MAX.to_string();
        let cases = [
            ("7", Some(7), None, Some("7")),
            ("-7", Some(-7), None, Some("-7")),
            (&most, None, None, Some(&most[..])),
            ("1.5", None, None, None),
            ("true", Some(1), None, None),
            ("null", None, None, None),
            (r#"" 12 ""#, Some(12), Some(" 12 "), Some(" 12 ")),
            (r#""\u0061""#, None, Some("a"), Some("a")),
            (r#""""#, None, Some(""), None),
            ("[1,[2]]", None, None, None),
            (r#"{"a":{"b":1}}"#, None, None, None),
        ];
        for (json, int, text, key) in cases {
            assert_eq!(read::<Int>(json).0, int, "{json}");
            assert_eq!(read::<Text>(json).0.as_deref(), text, "{json}");
            assert_eq!(read::<Key>(json).0.as_deref(), key, "{json}");
        }
        let long = |length| format!("\"{}\"", "x".repeat(length));
        assert!(read::<Key>(&long(KEY_CAP)).0.is_some());
        assert_eq!(read::<Key>(&long(KEY_CAP + 1)).0, None);
    }

    #[test]
    fn arrays_and_objects_are_read_and_all_else_is_empty() {
        let keys = |json: &str| read::<Array<Keys>>(json).0.0;
        assert_eq!(keys(r#"["a",7,null,[1],"b"]"#), ["a", "7", "b"]);
        let many = format!("[{}]", vec!["1"; Keys::CAP + 1].join(","));
        assert_eq!(keys(&many).len(), Keys::CAP);
        let fields = |json: &str| read::<Object<BTreeMap<String, Int>>>(json).0;
        assert_eq!(fields(r#"{"a":1}"#), BTreeMap::from([("a".to_owned(), Int(Some(1)))]));
        for other in ["7", "-7", "1.5", "true", "null", "\"a\""] {
            assert!(keys(other).is_empty() && fields(other).is_empty(), "{other}");
        }
        assert!(keys(r#"{"a":[1]}"#).is_empty() && fields(r#"[{"a":1}]"#).is_empty());
    }
}
