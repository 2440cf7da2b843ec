//! Times as Qiniu's server reads them from a request.

use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use serde_json::Value;

/// Unix seconds of a time in a request body; `None` = unset, an error = it can't be read.
///
/// A text without a zone is China time, slashes after a number below 13 mean month first, a number is Unix seconds or,
/// with 13 digits, milliseconds. `null` and `0` are unset; the empty text is an error.
pub(super) fn read(value: &Value) -> Result<Option<i64>, ()> {
    match value {
        Value::Null => Ok(None),
        Value::Number(number) => number.as_i64().ok_or(()).and_then(unix),
        Value::String(text) => text_to_unix(text.trim()).map(Some),
        _ => Err(()),
    }
}

fn unix(number: i64) -> Result<Option<i64>, ()> {
    match number {
        0 => Ok(None),
        1..=99_999_999_999 => Ok(Some(number)),
        100_000_000_000..=9_999_999_999_999 => Ok(Some(number / 1000)),
        _ => Err(()),
    }
}

fn text_to_unix(text: &str) -> Result<i64, ()> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return match text.len() {
            10 | 13 => text.parse().map_err(|_| ()).and_then(unix)?.ok_or(()),
            _ => Err(()),
        };
    }
    if let Ok(stamp) = text.parse::<jiff::Timestamp>() {
        return Ok(stamp.as_second());
    }
    let slashed = text.contains('/');
    let local = if slashed {
        let (day, time) = text.split_once(' ').unwrap_or((text, "00:00:00"));
        let time = time.parse().map_err(|_| ())?;
        slashed_date(day)?.to_datetime(time)
    } else if text.contains(':') {
        text.parse::<DateTime>().map_err(|_| ())?
    } else {
        let day: Date = text.parse().map_err(|_| ())?;
        day.at(0, 0, 0, 0)
    };
    let china = TimeZone::fixed(Offset::constant(8));
    let zoned = local.to_zoned(china).map_err(|_| ())?;
    Ok(zoned.timestamp().as_second())
}

fn slashed_date(day: &str) -> Result<Date, ()> {
    let parts: Vec<i16> = day.split('/').map(str::parse).collect::<Result<_, _>>().map_err(|_| ())?;
    let (year, month, day) = match parts[..] {
        [year, month, day] if year > 31 => (year, month, day),
        [month, day, year] => (year, month, day),
        _ => return Err(()),
    };
    let narrow = |part: i16| i8::try_from(part).map_err(|_| ());
    Date::new(year, narrow(month)?, narrow(day)?).map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn recorded_forms_are_read_as_recorded() {
        for (sent, unix) in [
            (json!("2031-12-02 11:11:11"), 1_953_947_471),
            (json!("2031-12-02T11:11:11+02:00"), 1_953_969_071),
            (json!(1_953_947_471), 1_953_947_471),
            (json!(1_953_947_471_000_i64), 1_953_947_471),
            (json!("1953947471"), 1_953_947_471),
            (json!("03/04/2031"), 1_930_320_000),
            (json!("2031/03/04"), 1_930_320_000),
            (json!("2031-03-04"), 1_930_320_000),
            (json!("2021-12-02 11:11:11"), 1_638_414_671),
        ] {
            assert_eq!(read(&sent), Ok(Some(unix)), "{sent}");
        }
    }

    #[test]
    fn unset_is_not_an_error_and_rubbish_is() {
        assert_eq!(read(&json!(null)), Ok(None));
        assert_eq!(read(&json!(0)), Ok(None));
        for rubbish in [json!(""), json!("tomorrow noon"), json!("13/40/2031"), json!(true), json!([1])] {
            assert_eq!(read(&rubbish), Err(()), "{rubbish}");
        }
    }
}
