//! An answer, and reading JSON from it with bounds.

use bytes::Bytes;
use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, UnreadableHow};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;

use super::{DEPTH_CAP, Intent, SendError};

/// An answer, decoded and within its bound. No `Debug`: it may hold a stream key.
pub(crate) struct Reply {
    pub(super) platform: Platform,
    pub(super) intent: Intent,
    /// The HTTP status.
    pub(crate) status: StatusCode,
    /// The headers.
    pub(crate) headers: HeaderMap,
    /// The body.
    pub(crate) body: Bytes,
}

impl Reply {
    /// Reads JSON. What can't be read is `Unreadable`, or `PlatformDown` when the status is 5xx.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Outcome<T> {
        parse_json(&self.body).map_err(|(how, at)| self.unreadable(how, at))
    }

    /// A failure: what must be in the answer isn't.
    pub(crate) fn malformed(&self) -> Failure {
        self.unreadable(UnreadableHow::Malformed, None)
    }

    /// A failure: the answer can't be read.
    pub(crate) fn unreadable(&self, how: UnreadableHow, at: Option<(usize, usize)>) -> Failure {
        let status = self.status;
        let error = if status.is_server_error() {
            SendError::Down { status, after: None }
        } else {
            SendError::Unreadable { how, status, at }
        };
        error.into_failure(self.platform, self.intent)
    }

    /// Whether the body is data rather than a web page or nothing.
    pub(super) fn holds_data(&self) -> bool {
        let body = trimmed(&self.body);
        match body.first() {
            Some(b'{' | b'[') => parse_json::<IgnoredAny>(body).is_ok(),
            Some(b'<') => !is_html(body),
            _ => false,
        }
    }
}

/// Why JSON could not be read, and where the parser stopped (line, column). The parser's own words
/// stay out: they quote the answer.
pub(crate) type ParseError = (UnreadableHow, Option<(usize, usize)>);

/// Reads JSON that is nested at most [`DEPTH_CAP`] deep.
pub(crate) fn parse_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ParseError> {
    let body = trimmed(body);
    if body.first() == Some(&b'<') {
        return Err((UnreadableHow::Html, None));
    }
    if too_deep(body) {
        return Err((UnreadableHow::TooDeep, None));
    }
    serde_json::from_slice(body).map_err(|error| {
        let how = match error.classify() {
            Category::Eof => UnreadableHow::Truncated,
            Category::Io | Category::Syntax | Category::Data => UnreadableHow::Malformed,
        };
        (how, Some((error.line(), error.column())))
    })
}

/// Whether brackets outside strings nest deeper than [`DEPTH_CAP`]. Looks at the bytes alone, so that
/// no parser recurses first.
fn too_deep(body: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH_CAP {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// Without a byte order mark and white space around.
pub(crate) fn trimmed(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii()
}

/// Whether a body that begins with `<` is a web page.
pub(crate) fn is_html(body: &[u8]) -> bool {
    let head = body.get(..body.len().min(1024)).unwrap_or_default().to_ascii_lowercase();
    let has = |word: &[u8]| head.windows(word.len()).any(|w| w == word);
    has(b"<!doctype html") || has(b"<html") || has(b"<head") || has(b"<body")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn how(body: &[u8]) -> Option<UnreadableHow> {
        parse_json::<Value>(body).err().map(|(how, _)| how)
    }

    #[test]
    fn depth_is_counted_outside_strings() {
        let nested = |n: usize| format!("{}1{}", "[".repeat(n), "]".repeat(n));
        assert_eq!(how(nested(DEPTH_CAP).as_bytes()), None);
        assert_eq!(how(nested(DEPTH_CAP + 1).as_bytes()), Some(UnreadableHow::TooDeep));
        assert_eq!(
            how(br#"{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}"#),
            None
        );
        let escaped = format!(r#"{{"a":"\"{}"}}"#, "{".repeat(100));
        assert_eq!(how(escaped.as_bytes()), None, "an escaped quote doesn't end the string");
        let after = format!(r#"{{"a":"\\",{}"#, "[".repeat(100));
        assert_eq!(how(after.as_bytes()), Some(UnreadableHow::TooDeep), "an escaped backslash does");
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        assert_eq!(how(b" \n<html><body>502</body></html>"), Some(UnreadableHow::Html));
        assert_eq!(how(br#"{"id":"23091"#), Some(UnreadableHow::Truncated));
        assert_eq!(how(b""), Some(UnreadableHow::Truncated));
        assert_eq!(how(b"{id:1}"), Some(UnreadableHow::Malformed));
        assert_eq!(how(b"\xff\xfe\x00"), Some(UnreadableHow::Malformed));
        assert_eq!(how(b"\xef\xbb\xbf {\"a\":1}"), None);
    }

    #[test]
    fn the_parsers_words_stay_inside() {
        let error = parse_json::<u32>(br#""rtmp://h/a/secret-key""#).unwrap_err();
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body: Vec<u8>) {
            let _ = parse_json::<Value>(&body);
            let _ = is_html(&body);
        }
    }
}
