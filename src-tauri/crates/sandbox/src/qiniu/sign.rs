//! Qiniu's signatures: the header of a server call, the token of a user, the token in a push address.
//!
//! Header: <https://developer.qiniu.com/lowcode/12009/qlive-server-api-authentication>.

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};

/// Longest body that takes part in a signature, in bytes.
pub(super) const MAX_BODY: usize = 16 * 1024 * 1024;

/// What of a request is signed, as it arrived.
pub(super) struct Signed<'a> {
    pub(super) method: &'a str,
    /// Percent-decoded: the server signs the path it routes by.
    pub(super) path: &'a str,
    /// As sent, still encoded.
    pub(super) query: Option<&'a str>,
    /// The `Host` header, with its port when it has one.
    pub(super) host: &'a str,
    pub(super) content_type: Option<&'a str>,
    /// `X-Qiniu-…` headers with the first value of each; any order, any case.
    pub(super) qiniu: &'a [(String, String)],
    pub(super) body: &'a [u8],
}

impl Signed<'_> {
    /// The bytes that go into the HMAC.
    pub(super) fn text(&self) -> Vec<u8> {
        let mut text = format!("{} {}", self.method, self.path);
        if let Some(query) = self.query.filter(|query| !query.is_empty()) {
            text.push('?');
            text.push_str(query);
        }
        text.push_str("\nHost: ");
        text.push_str(self.host);
        let content_type = self.content_type.filter(|kind| !kind.is_empty());
        if let Some(kind) = content_type {
            text.push_str("\nContent-Type: ");
            text.push_str(kind);
        }
        let mut extra: Vec<_> = self
            .qiniu
            .iter()
            .filter(|(name, _)| name.len() > "x-qiniu-".len())
            .map(|(name, value)| format!("\n{}: {value}", canonical(name)))
            .collect();
        extra.sort();
        text.extend(extra);
        text.push_str("\n\n");
        let mut text = text.into_bytes();
        if content_type.is_some_and(|kind| kind != "application/octet-stream") {
            text.extend_from_slice(self.body);
        }
        text
    }

    /// Whether `header` is the `Authorization` these keys give this request.
    pub(super) fn allows(&self, header: &str, access: &str, secret: &str) -> bool {
        let Some((key, sign)) = header.strip_prefix("Qiniu ").and_then(|rest| rest.split_once(':')) else {
            return false;
        };
        let padding = "=".repeat((4 - sign.len() % 4) % 4);
        key == access && format!("{sign}{padding}") == hmac_sha1(secret, &self.text())
    }
}

/// `x-qiniu-date` → `X-Qiniu-Date`: each part begins with a capital and goes on small.
fn canonical(name: &str) -> String {
    let parts = name.split('-').map(|part| {
        let mut chars = part.chars();
        chars.next().map_or_else(String::new, |first| {
            first.to_ascii_uppercase().to_string() + &chars.as_str().to_ascii_lowercase()
        })
    });
    parts.collect::<Vec<_>>().join("-")
}

/// HMAC-SHA1 as URL-safe base64 with padding.
pub(super) fn hmac_sha1(secret: &str, text: &[u8]) -> String {
    // HMAC takes a key of any length, so the error arm is never entered.
    Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(text);
            URL_SAFE.encode(mac.finalize().into_bytes())
        },
    )
}

/// The query of a push address whose hub has the security type `expiry_sk`: valid until `expires` (Unix seconds).
pub(super) fn expiry_query(path: &str, expires: i64, access: &str, secret: &str) -> String {
    let text = format!("{path}?e={expires}");
    let sign = hmac_sha1(secret, text.as_bytes());
    format!("e={expires}&token={access}:{sign}")
}

/// Who a client token speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) app_id: String,
    pub(super) user_id: String,
    pub(super) device_id: String,
    pub(super) role: String,
    /// Unix seconds.
    pub(super) exp: i64,
    /// Raised when the sandbox is told to let all its tokens expire.
    pub(super) generation: u64,
}

/// Why a client token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenFault {
    Invalid,
    Expired,
}

const JWT_HEAD: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// A signed token for `claims`.
pub(super) fn issue(claims: &Claims, key: &str) -> String {
    let claims = serde_json::to_vec(claims).unwrap_or_default();
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(JWT_HEAD), URL_SAFE_NO_PAD.encode(claims));
    let sign = hmac_sha256(key, &text);
    format!("{text}.{sign}")
}

/// The claims of the bare `token` (no scheme word) at `now` (Unix seconds).
pub(super) fn read(token: &str, key: &str, now: i64, generation: u64) -> Result<Claims, TokenFault> {
    let (text, sign) = token.rsplit_once('.').ok_or(TokenFault::Invalid)?;
    let (head, claims) = text.split_once('.').ok_or(TokenFault::Invalid)?;
    if sign != hmac_sha256(key, text) || head != URL_SAFE_NO_PAD.encode(JWT_HEAD) {
        return Err(TokenFault::Invalid);
    }
    let claims: Claims = URL_SAFE_NO_PAD
        .decode(claims)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or(TokenFault::Invalid)?;
    if claims.exp <= now || claims.generation < generation {
        return Err(TokenFault::Expired);
    }
    Ok(claims)
}

fn hmac_sha256(key: &str, text: &str) -> String {
    Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).map_or_else(
        |_| String::new(),
        |mut mac| {
            mac.update(text.as_bytes());
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "application/x-www-form-urlencoded";
    const JSON: &str = "application/json";

    struct Vector {
        request: (&'static str, &'static str, Option<&'static str>),
        host: &'static str,
        kind: Option<&'static str>,
        qiniu: &'static [(&'static str, &'static str)],
        body: &'static str,
        keys: (&'static str, &'static str),
        sign: &'static str,
    }

    const AAA_BBB: &[(&str, &str)] = &[("x-qiniu-bbb", "BBB"), ("X-Qiniu-Aaa", "DDD")];
    const AK: (&str, &str) = ("ak", "sk");
    const LIVE: &str = "/server/live/1582200377771377896";
    const STOP: &str = "/server/live/1582200377771377896/stop";

    #[rustfmt::skip]
    const VECTORS: &[Vector] = &[
        Vector { request: ("GET", "", None), host: "", kind: Some(JSON), qiniu: &[], body: r#"{"name": "test"}"#, keys: AK, sign: "K1DI0goT05yhGizDFE5FiPJxAj4=" },
        Vector { request: ("POST", "", None), host: "", kind: Some(JSON), qiniu: &[], body: r#"{"name": "test"}"#, keys: AK, sign: "0ujEjW_vLRZxebsveBgqa3JyQ-w=" },
        Vector { request: ("GET", "", None), host: "upload.qiniup.com", kind: Some(FORM), qiniu: &[], body: r#"{"name": "test"}"#, keys: AK, sign: "GShw5NitGmd5TLoo38nDkGUofRw=" },
        Vector { request: ("GET", "", None), host: "upload.qiniup.com", kind: Some(JSON), qiniu: AAA_BBB, body: r#"{"name": "test"}"#, keys: AK, sign: "DhNA1UCaBqSHCsQjMOLRfVn63GQ=" },
        Vector { request: ("GET", "", None), host: "upload.qiniup.com", kind: Some(FORM), qiniu: AAA_BBB, body: "name=test&language=go", keys: AK, sign: "KUAhrYh32P9bv0COD8ugZjDCmII=" },
        Vector { request: ("GET", "/mkfile/sdf.jpg", None), host: "upload.qiniup.com", kind: Some(FORM), qiniu: AAA_BBB, body: "name=test&language=go", keys: AK, sign: "fkRck5_LeyfwdkyyLk-hyNwGKac=" },
        Vector { request: ("GET", "/mkfile/sdf.jpg", Some("s=er3&df")), host: "upload.qiniup.com", kind: Some(FORM), qiniu: AAA_BBB, body: "name=test&language=go", keys: AK, sign: "PUFPWsEUIpk_dzUvvxTTmwhp3p4=" },
        Vector { request: ("GET", "/callback", None), host: "test.qiniu.com", kind: Some(FORM), qiniu: &[("X-Qiniu-Bbb", "BBB")], body: "name=sunflower.jpg&hash=Fn6qeQi4VDLQ347NiRm-RlQx_4O2&location=Shanghai&price=1500.00&uid=123", keys: ("abcdefghklmnopq", "1234567890"), sign: "ZqS7EZuAKrhZaEIxqNGxDJi41IQ=" },
        Vector { request: ("GET", LIVE, None), host: "live-api.qiniu.com", kind: None, qiniu: &[], body: "", keys: AK, sign: "QN_CI0D0ZsiPk2PpMH6jpM2DZbI=" },
        Vector { request: ("POST", STOP, None), host: "live-api.qiniu.com", kind: None, qiniu: &[], body: "", keys: AK, sign: "7hwUV1vg-iNr3SrauGLvnQZNY6c=" },
        Vector { request: ("DELETE", LIVE, None), host: "live-api.qiniu.com", kind: None, qiniu: &[], body: "", keys: AK, sign: "Td_8e1e1zq-31g7aeId2LIOpa-A=" },
        Vector { request: ("POST", "/server/live", None), host: "live-api.qiniu.com", kind: Some(JSON), qiniu: &[], body: r#"{"anchor_id":"user_1","title":"XXX直播"}"#, keys: AK, sign: "uD4Czic5KrukFQJOf8MCIn20yi0=" },
        Vector { request: ("GET", LIVE, None), host: "127.0.0.1:8099", kind: None, qiniu: &[("x-qiniu-date", "20230109T025715Z")], body: "", keys: AK, sign: "eXPHq2wA8bPGGT-PbO5g1HVwJk0=" },
    ];

    #[test]
    fn every_published_vector_is_allowed_and_its_changed_body_is_not() {
        for vector in VECTORS {
            let qiniu: Vec<_> =
                vector.qiniu.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let mut signed = Signed {
                method: vector.request.0,
                path: vector.request.1,
                query: vector.request.2,
                host: vector.host,
                content_type: vector.kind,
                qiniu: &qiniu,
                body: vector.body.as_bytes(),
            };
            let (access, secret) = vector.keys;
            let header = format!("Qiniu {access}:{}", vector.sign);
            assert!(signed.allows(&header, access, secret), "{header}");
            let bare = header.trim_end_matches('=');
            assert!(signed.allows(bare, access, secret), "padding is repaired: {bare}");
            assert!(!signed.allows(&header, "other", secret));
            assert!(!signed.allows(&header.replace("Qiniu ", "Qiniu  "), access, secret));
            signed.method = "PATCH";
            assert!(!signed.allows(&header, access, secret));
        }
    }

    #[test]
    fn a_push_address_carries_the_published_token() {
        let query = expiry_query(
            "/testhub/teststreamtitle",
            1_584_522_520,
            "7O7hf7Ld1RrC_fpZdFvU8aCgOPuhw2K4eapYOdII",
            "312ae9gd2BrCfpTdF4U8aIg9Puh62K4eEGY72Ea_",
        );
        assert_eq!(
            query,
            "e=1584522520&token=7O7hf7Ld1RrC_fpZdFvU8aCgOPuhw2K4eapYOdII:NfI2OWGCMdFDTLOfeUd-zSPVrFY="
        );
        let recorded = expiry_query(
            "/hub_test/qn_live_kit-2124267557585162240",
            1_795_303_427,
            "rtc_ak_test",
            "rtc_sk_test",
        );
        assert_eq!(recorded, "e=1795303427&token=rtc_ak_test:9NrlA8aGns6XyaL0FCsAckxXH3Y=");
        assert_eq!(
            hmac_sha1("publish_key_test", b"/hub_test/qn_live_kit-2124267652502269952?expire=1795303450"),
            "bAEF6eYEpEaJ1xirVaI0plkQOJA="
        );
    }

    #[test]
    fn a_token_is_read_back_until_it_expires_and_only_with_its_key() {
        let claims = Claims {
            app_id: "app".into(),
            user_id: "主播 x".into(),
            device_id: String::new(),
            role: "user".into(),
            exp: 100,
            generation: 3,
        };
        let token = issue(&claims, "key");
        assert_eq!(read(&token, "key", 99, 3), Ok(claims));
        assert_eq!(read(&token, "key", 100, 3), Err(TokenFault::Expired));
        assert_eq!(read(&token, "key", 99, 4), Err(TokenFault::Expired));
        assert_eq!(read(&token, "other", 99, 3), Err(TokenFault::Invalid));
        assert_eq!(read(&format!("Bearer {token}"), "key", 99, 3), Err(TokenFault::Invalid));
    }
}
