//! A client identity from a small JSON file: `{"app_key": "…", "app_secret": "…"}`. Kaibo ships none.

use std::collections::BTreeMap;

use kaibo_live::account::Settings;
use kaibo_live::driver::Outcome;
use kaibo_live::problem::{Failure, InvalidReason};
use kaibo_live::secret::{Credentials, ExposeSecret, SecretString};
use serde::Deserialize;

use crate::connect::check_token;
use crate::http::parse_json;

/// The biggest file that is read, bytes.
const CAP: usize = 16 * 1024;
/// The longest key or secret, bytes.
const FIELD_CAP: usize = 256;

/// The file; what else stands in it is left alone.
#[derive(Deserialize)]
struct File {
    #[serde(alias = "appkey", alias = "appKey")]
    app_key: String,
    #[serde(alias = "appsecret", alias = "appSecret", alias = "secret")]
    app_secret: Secret,
}

#[derive(Deserialize)]
#[serde(from = "String")]
struct Secret(SecretString);

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

/// Reads it. Anything of another form is `Invalid { field: "file" }`, and nothing of it is in the failure.
pub(super) fn read(text: &str) -> Outcome<(Settings, Credentials)> {
    let refuse = |reason| Failure::invalid("file", reason);
    if text.trim().is_empty() {
        return Err(refuse(InvalidReason::Empty));
    }
    if text.len() > CAP {
        let used = u32::try_from(text.len()).unwrap_or(u32::MAX);
        let limit = u32::try_from(CAP).unwrap_or(u32::MAX);
        return Err(refuse(InvalidReason::TooLong { used, limit }));
    }
    let file: File = parse_json(text.as_bytes()).map_err(|_| refuse(InvalidReason::Malformed))?;
    for value in [file.app_key.as_str(), file.app_secret.0.expose_secret()] {
        check_token("file", value)?;
        if value.len() > FIELD_CAP {
            return Err(refuse(InvalidReason::Malformed));
        }
    }
    let mut credentials = Credentials::default();
    credentials.set("client_app_secret", file.app_secret.0);
    Ok((Settings(BTreeMap::from([("client_app_key".to_owned(), file.app_key)])), credentials))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaibo_live::problem::ProblemCode;

    #[test]
    fn several_spellings_are_read() {
        for text in [
            r#"{"app_key": "kaibotest0000001", "app_secret": "made-up"}"#,
            "\u{feff}{\"appkey\": \"kaibotest0000001\", \"secret\": \"made-up\", \"note\": {\"a\": [1]}}\n",
            r#"{"secret": "made-up", "appKey": "kaibotest0000001"}"#,
        ] {
            let (settings, credentials) = read(text).expect("a client identity");
            assert_eq!(settings.get("client_app_key"), Some("kaibotest0000001"), "{text}");
            let secret = credentials.get("client_app_secret").expect("a secret");
            assert_eq!(secret.expose_secret(), "made-up", "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_without_being_repeated() {
        let malformed = ProblemCode::Invalid { field: "file".into(), reason: InvalidReason::Malformed };
        for text in [
            "canary",
            "[]",
            "{}",
            r#"{"app_key": "canary"}"#,
            r#"{"app_key": "", "app_secret": "canary"}"#,
            r#"{"app_key": "a", "app_secret": "canary two"}"#,
            r#"{"app_key": "a", "app_secret": "canary\nX: y"}"#,
            r#"{"app_key": 7, "app_secret": "canary"}"#,
            r#"{"app_key": "a", "app_secret": ["canary"]}"#,
            r#"{"app_key": "a", "app_secret": "canary""#,
            &format!(r#"{{"app_key": "a", "app_secret": "canary{}"}}"#, "x".repeat(300)),
            &"[".repeat(5_000),
        ] {
            let failure = read(text).expect_err("refused");
            assert_eq!(failure.code, malformed, "{text}");
            assert!(!format!("{failure:?} {failure}").contains("canary"), "{failure:?}");
        }
        let empty = ProblemCode::Invalid { field: "file".into(), reason: InvalidReason::Empty };
        assert_eq!(read(" \n").expect_err("refused").code, empty);
        let big = format!(r#"{{"app_key": "a", "app_secret": "b"}}{}"#, " ".repeat(CAP));
        assert!(matches!(
            read(&big).expect_err("refused").code,
            ProblemCode::Invalid { reason: InvalidReason::TooLong { limit: 16_384, .. }, .. }
        ));
    }
}
