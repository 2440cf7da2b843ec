//! Reading values as platforms really send them: numbers as text, text as numbers, nothing for empty.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Text, from a string or a number; anything else, and the empty string, is `None`.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(s) if !s.is_empty() => Some(s),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    })
}

/// [`text`], and `true` or `false` from a boolean.
pub(crate) fn text_or_bool<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(s) if !s.is_empty() => Some(s),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    })
}

/// A whole number, from a number, a string or a boolean; anything else is `None`.
pub(crate) fn int<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(int_of(&Value::deserialize(from)?))
}

/// A count: a whole number that isn't negative.
pub(crate) fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(int_of(&Value::deserialize(from)?).and_then(|n| u64::try_from(n).ok()))
}

/// [`int`] of a value at hand.
pub(crate) fn int_of(value: &Value) -> Option<i64> {
    match value {
        Value::Number(n) => n.as_i64().or_else(|| n.as_f64().filter(|f| f.fract() == 0.0).and_then(whole)),
        Value::String(s) => s.trim().parse().ok(),
        Value::Bool(b) => Some(i64::from(*b)),
        _ => None,
    }
}

#[allow(clippy::cast_possible_truncation)] // the range is checked
fn whole(f: f64) -> Option<i64> {
    (f.abs() < 9e15).then_some(f as i64)
}

/// An object, or its default for anything else (an empty element of XML is empty text).
pub(crate) fn object<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + Default,
{
    let value = Value::deserialize(from)?;
    Ok(if value.is_object() { serde_json::from_value(value).unwrap_or_default() } else { T::default() })
}

/// A time written `2016-10-20 16:40:29` in UTC+8, or as an epoch. Anything else is `None`.
pub(crate) fn beijing_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return epoch(number);
    }
    let civil: DateTime = text.parse().ok()?;
    civil.to_zoned(tz::offset(8).to_time_zone()).ok().map(|zoned| zoned.timestamp())
}

/// An epoch in seconds or, past the year 5000 as seconds, in milliseconds. 0 and less mean none.
pub(crate) fn epoch(number: i64) -> Option<Timestamp> {
    match number {
        ..=0 => None,
        1..100_000_000_000 => Timestamp::from_second(number).ok(),
        _ => Timestamp::from_millisecond(number).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_utc_8() {
        let at = |text: &str| beijing_time(text).map(|t| t.to_string());
        assert_eq!(at("2020-08-20 09:00:37").as_deref(), Some("2020-08-20T01:00:37Z"));
        assert_eq!(at("1597885237").as_deref(), Some("2020-08-20T01:00:37Z"));
        assert_eq!(at("1597885237000").as_deref(), Some("2020-08-20T01:00:37Z"));
        for none in ["", "0", "-1", "soon", "2020-13-01 00:00:00", "99999999999999999"] {
            assert_eq!(at(none), None, "{none}");
        }
    }

    #[derive(Deserialize)]
    struct Row {
        #[serde(default, deserialize_with = "text")]
        id: Option<String>,
        #[serde(default, deserialize_with = "int")]
        n: Option<i64>,
        #[serde(default, deserialize_with = "count")]
        c: Option<u64>,
    }

    #[test]
    fn numbers_and_text_are_read_from_each_other() {
        let row = |json: &str| serde_json::from_str::<Row>(json).map(|r| (r.id, r.n, r.c)).unwrap();
        let all = (Some("18446744073709551615".to_owned()), Some(-1), Some(7));
        assert_eq!(row(r#"{"id":18446744073709551615,"n":"-1","c":"7"}"#), all);
        assert_eq!(row(r#"{"id":"18446744073709551615","n":-1.0,"c":7}"#), all);
        assert_eq!(row(r#"{"id":"","n":null,"c":-1}"#), (None, None, None));
        assert_eq!(row(r#"{"id":{},"n":[],"c":1e300}"#), (None, None, None));
        assert_eq!(row("{}"), (None, None, None));
    }
}
