//! TOP's refusals. `code` is the gateway's; from 50 on, and for 15, the business's own is in `sub_code`:
//! `isp.` is the platform's fault, `isv.` the caller's.

use std::time::Duration;

use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode};
use serde::Deserialize;

use crate::wire;

/// `error_response`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Refusal {
    #[serde(deserialize_with = "wire::text")]
    code: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    msg: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    sub_code: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    sub_msg: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    request_id: Option<String>,
}

impl Refusal {
    /// The domain's form. The platform's code is `code`, or `code sub_code`.
    pub(super) fn failure(self) -> Failure {
        let sub = self.sub_code.as_deref().unwrap_or_default();
        let number = self.code.as_deref().and_then(|code| code.trim().parse().ok());
        let words = self.sub_msg.as_deref().or(self.msg.as_deref()).unwrap_or_default();
        let code = match number {
            // A refused key: the words beside it are `isv.` in many spellings.
            Some(11..=13) => ProblemCode::NotAllowed,
            _ => by_sub_code(sub).unwrap_or_else(|| by_number(number)),
        };
        let mut failure = Failure::new(code).at(Platform::Taobao);
        failure.retry_after = ban(words);
        if failure.retry_after.is_some() {
            failure.code = ProblemCode::RateLimited;
        }
        if let Some(id) = &self.request_id {
            tracing::info!(request_id = id, "refused");
        }
        let number = self.code.unwrap_or_default();
        failure.said(format!("{number} {sub}").trim(), words)
    }
}

fn by_sub_code(sub: &str) -> Option<ProblemCode> {
    Some(match sub {
        "isv.invalid-parameter" => ProblemCode::NotFound,
        _ if sub.starts_with("isv.") && sub.contains("permission") => ProblemCode::NotAllowed,
        "invalid-sessionkey" => ProblemCode::SignInExpired,
        _ if sub.starts_with("accesscontrol.") => ProblemCode::RateLimited,
        _ if sub.starts_with("isp.") => ProblemCode::PlatformDown,
        _ if sub.starts_with("isv.") => ProblemCode::Refused,
        _ => return None,
    })
}

fn by_number(number: Option<u32>) -> ProblemCode {
    match number {
        Some(4..=8) => ProblemCode::RateLimited,
        // 15 and 50 are "remote service error"; when it is the caller's, `sub_code` says so.
        Some(10 | 15 | 50) => ProblemCode::PlatformDown,
        Some(26 | 42) => ProblemCode::NotAllowed,
        // A wrong signature is a wrong secret.
        Some(24 | 25 | 28 | 29) => ProblemCode::CredentialsRefused,
        Some(27) => ProblemCode::SignInExpired,
        _ => ProblemCode::Refused,
    }
}

/// "This ban will last for N more seconds": N seconds and one to be sure.
fn ban(words: &str) -> Option<Duration> {
    let (_, after) = words.split_once("ban will last")?;
    let digits = after.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let seconds: u32 = digits[..end].parse().ok()?;
    Some(Duration::from_secs(u64::from(seconds) + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(json: &str) -> Failure {
        serde_json::from_str::<Refusal>(json).unwrap().failure()
    }

    #[test]
    fn a_ban_tells_how_long() {
        for words in ["This ban will last for 36 more seconds", "ban will last 36 seconds"] {
            let json = format!(
                r#"{{"code":7,"msg":"App Call Limited","sub_code":"accesscontrol.limited-by-api-access-count","sub_msg":"{words}"}}"#
            );
            let failure = failure(&json);
            assert_eq!(
                (failure.code, failure.retry_after),
                (ProblemCode::RateLimited, Some(Duration::from_secs(37)))
            );
            assert_eq!(failure.platform_code.as_deref(), Some("7 accesscontrol.limited-by-api-access-count"));
        }
        assert_eq!(ban("ban will last for long"), None);
        assert_eq!(ban("ban will last 99999999999999999999 seconds"), None);
    }

    #[test]
    fn whose_fault_it_is() {
        for (sub, code) in [
            ("isv.invalid-parameter", ProblemCode::NotFound),
            ("isv.invalid-permission", ProblemCode::NotAllowed),
            ("isv.missing-parameter", ProblemCode::Refused),
            ("isp.remote-service-error", ProblemCode::PlatformDown),
            ("isp.top-remote-connection-timeout", ProblemCode::PlatformDown),
            ("accesscontrol.limited-by-app-access-count", ProblemCode::RateLimited),
            ("new.thing", ProblemCode::Refused),
        ] {
            let json = format!(r#"{{"code":"51","msg":"m","sub_code":"{sub}"}}"#);
            let failure = failure(&json);
            assert_eq!(failure.code, code, "{sub}");
            assert_eq!(failure.platform_code, Some(format!("51 {sub}")));
        }
    }

    #[test]
    fn a_refused_key_is_told_in_the_platforms_words() {
        for (number, sub) in [
            (11, "isv.permission-api-package-limit"),
            (12, "isv.user-not-permitted"),
            (13, "isv.partner"),
            (50, "isv.permission-denied"),
        ] {
            let json = format!(
                r#"{{"code":{number},"msg":"Insufficient permissions","sub_code":"{sub}","sub_msg":"该应用没有权限"}}"#
            );
            let failure = failure(&json);
            assert_eq!(failure.code, ProblemCode::NotAllowed, "{number} {sub}");
            assert_eq!(failure.platform_code, Some(format!("{number} {sub}")));
            assert_eq!(failure.message.as_deref(), Some("该应用没有权限"));
        }
    }

    #[test]
    fn the_gateways_own_codes() {
        for (number, code) in [
            (7, ProblemCode::RateLimited),
            (10, ProblemCode::PlatformDown),
            (11, ProblemCode::NotAllowed),
            (12, ProblemCode::NotAllowed),
            (13, ProblemCode::NotAllowed),
            (31, ProblemCode::Refused),
            (15, ProblemCode::PlatformDown),
            (25, ProblemCode::CredentialsRefused),
            (29, ProblemCode::CredentialsRefused),
            (27, ProblemCode::SignInExpired),
            (40, ProblemCode::Refused),
            (777, ProblemCode::Refused),
        ] {
            let failure = failure(&format!(r#"{{"code":{number},"msg":"words"}}"#));
            assert_eq!(failure.code, code, "{number}");
            assert_eq!(failure.platform_code, Some(number.to_string()));
            assert_eq!(failure.message.as_deref(), Some("words"));
        }
    }
}
