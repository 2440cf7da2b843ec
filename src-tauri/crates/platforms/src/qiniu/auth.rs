//! How calls are signed: `Qiniu <AK>:<sign>` on the server API, a bare JWT on the client API.
//!
//! <https://developer.qiniu.com/lowcode/12009/qlive-server-api-authentication>

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use hmac::{Hmac, Mac as _};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha1::Sha1;

use kaibo_live::secret::{ExposeSecret, SecretString};

/// A body of this type is neither signed nor checked by the server.
const UNSIGNED_BODY: &str = "application/octet-stream";
/// Headers whose names start like this are signed along.
const SIGNED_HEADER: &str = "x-qiniu-";

/// Everything but `A-Z a-z 0-9 - . _ ~`, so that a space becomes `%20` and never `+`.
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value for a query string.
pub(super) fn query_value(value: &str) -> String {
    utf8_percent_encode(value, QUERY_VALUE).to_string()
}

/// What is signed of a request, as it goes over the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signed<'a> {
    /// `GET`, `POST`, …
    pub(super) method: &'a str,
    /// The path as sent. The server signs what it decodes it to, so this does as well.
    pub(super) path: &'a str,
    /// The query as sent, without `?`; signed raw.
    pub(super) query: Option<&'a str>,
    /// The `Host` header: with the port when it isn't the scheme's own.
    pub(super) host: &'a str,
    /// The `Content-Type` header, letter for letter.
    pub(super) content_type: Option<&'a str>,
    /// Other headers; those named `X-Qiniu-…` are signed.
    pub(super) headers: &'a [(&'a str, &'a str)],
    /// The body; empty when there is none.
    pub(super) body: &'a [u8],
}

impl Signed<'_> {
    /// The text that is signed.
    fn text(&self) -> Vec<u8> {
        let content_type = self.content_type.filter(|t| !t.is_empty());
        let mut text = format!("{} ", self.method).into_bytes();
        text.extend(percent_decode_str(self.path));
        if let Some(query) = self.query.filter(|q| !q.is_empty()) {
            text.extend(format!("?{query}").into_bytes());
        }
        text.extend(format!("\nHost: {}\n", self.host).into_bytes());
        if let Some(content_type) = content_type {
            text.extend(format!("Content-Type: {content_type}\n").into_bytes());
        }
        for (name, value) in self.signed_headers() {
            text.extend(format!("{name}: {value}\n").into_bytes());
        }
        text.push(b'\n');
        if content_type.is_some_and(|t| t != UNSIGNED_BODY) {
            text.extend(self.body);
        }
        text
    }

    /// The `X-Qiniu-…` headers by canonical name, in order of it. Of a repeated one the first counts.
    fn signed_headers(&self) -> Vec<(String, &str)> {
        let mut found: Vec<(String, &str)> = Vec::new();
        for (name, value) in self.headers {
            let name = canonical(name);
            let ours = name.len() > SIGNED_HEADER.len()
                && name
                    .get(..SIGNED_HEADER.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(SIGNED_HEADER));
            if ours && !found.iter().any(|(known, _)| *known == name) {
                found.push((name, value));
            }
        }
        found.sort();
        found
    }

    /// The `Authorization` header.
    pub(super) fn authorization(&self, access_key: &str, secret_key: &SecretString) -> SecretString {
        format!("Qiniu {access_key}:{}", sign(secret_key, &self.text())).into()
    }
}

/// `x-qiniu-aaa` → `X-Qiniu-Aaa`.
fn canonical(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|c| {
            let c = if upper { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            upper = c == '-';
            c
        })
        .collect()
}

/// URL-safe base64, padded, of HMAC-SHA1.
fn sign(secret_key: &SecretString, text: &[u8]) -> String {
    // HMAC takes keys of any length, so there is no failure to tell of.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret_key.expose_secret().as_bytes()) else {
        return String::new();
    };
    mac.update(text);
    URL_SAFE.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qiniu::fixtures;
    use serde_json::Value;

    #[test]
    fn official_vectors() {
        let vectors = fixtures::read("signing-vectors");
        let vectors = vectors["vectors"].as_array().expect("vectors");
        assert_eq!(vectors.len(), 13);
        for vector in vectors {
            let field = |name: &str| vector[name].as_str().expect("text");
            let secret = SecretString::from(field("secret_key"));
            let token = format!("{}:{}", field("access_key"), sign(&secret, field("text").as_bytes()));
            assert_eq!(token, field("expected"), "{}", field("name"));
        }
    }

    /// Every recorded request that the real server let in is signed by us as it was signed there.
    #[test]
    fn requests_that_the_server_accepted() {
        let mut checked = 0;
        for (name, record) in fixtures::all() {
            let signing = &record["signing"];
            let target = record["request"]["target"].as_str().unwrap_or_default();
            if !signing.is_object() || record["response"]["status"] == 401 || !target.starts_with("/server") {
                continue;
            }
            let headers: Vec<(&str, &str)> = record["request"]["headers"]
                .as_array()
                .expect("headers")
                .iter()
                .map(|h| (h[0].as_str().expect("name"), h[1].as_str().expect("value")))
                .collect();
            let header =
                |wanted: &str| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(wanted)).map(|(_, v)| *v);
            let (path, query) =
                target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
            let signed = Signed {
                method: record["request"]["method"].as_str().expect("method"),
                path,
                query,
                host: header("Host").expect("host"),
                content_type: header("Content-Type"),
                headers: &headers,
                body: record["request"]["body_text"].as_str().unwrap_or_default().as_bytes(),
            };
            let secret = SecretString::from(signing["secret_key"].as_str().expect("key"));
            let ours = signed.authorization(signing["access_key"].as_str().expect("key"), &secret);
            let sent = header("Authorization").expect("authorization");
            // `auth-no-padding` went out with its padding cut off, which the server tolerates.
            assert_eq!(ours.expose_secret().trim_end_matches('='), sent.trim_end_matches('='), "{name}");
            if name != "auth-no-padding" {
                assert_eq!(Value::from(ours.expose_secret()), signing["authorization"], "{name}");
            }
            checked += 1;
        }
        assert!(checked > 50, "only {checked} records were signed");
    }

    #[test]
    fn an_anchor_of_chinese_and_spaces_is_signed_decoded_in_the_path_and_raw_in_the_query() {
        assert_eq!(query_value("主播 x"), "%E4%B8%BB%E6%92%AD%20x");
        let signed = Signed {
            method: "GET",
            path: "/server/user/info/%E4%B8%BB%E6%92%AD%20x",
            query: Some("user_id=%E4%B8%BB%E6%92%AD%20x"),
            host: "h:1",
            content_type: None,
            headers: &[],
            body: &[],
        };
        let text = String::from_utf8(signed.text()).expect("UTF-8");
        assert_eq!(text, "GET /server/user/info/主播 x?user_id=%E4%B8%BB%E6%92%AD%20x\nHost: h:1\n\n");
    }

    #[test]
    fn of_headers_only_the_platforms_own_are_signed_each_once_in_order() {
        let headers = [
            ("X-Qiniu-", "no name"),
            ("X-Request-Id", "9"),
            ("X-QINIU-bbb", "2"),
            ("x-qiniu-a1-cCc", "1"),
            ("X-Qiniu-Bbb", "again"),
        ];
        let text = |content_type, query, body| {
            let (method, path, host) = ("POST", "/server/live", "h");
            let signed = Signed { method, path, query, host, content_type, headers: &headers, body };
            String::from_utf8(signed.text()).expect("UTF-8")
        };
        let head = "POST /server/live\nHost: h\n";
        let own = "X-Qiniu-A1-Ccc: 1\nX-Qiniu-Bbb: 2\n";
        assert_eq!(
            text(Some("application/json"), Some(""), b"{}"),
            format!("{head}Content-Type: application/json\n{own}\n{{}}"),
        );
        assert_eq!(
            text(Some(UNSIGNED_BODY), None, b"{}"),
            format!("{head}Content-Type: {UNSIGNED_BODY}\n{own}\n"),
        );
        for none in [None, Some("")] {
            assert_eq!(text(none, None, b"{}"), format!("{head}{own}\n"), "a body of no type isn't signed");
        }
    }
}
