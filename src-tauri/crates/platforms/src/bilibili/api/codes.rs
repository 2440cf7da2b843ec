//! What codes mean wherever they come from. Each call puts its own meanings before these.

use std::time::Duration;

use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode};

use super::Refusal;

/// How long to leave the platform alone after its wall closed.
pub(super) const WALL: Duration = Duration::from_secs(300);
/// How long to wait after other words about haste.
const HASTE: Duration = Duration::from_secs(5);

impl Refusal {
    /// The failure of a call that adds nothing to the general meanings.
    pub(super) fn failure(self) -> Failure {
        let code = self.general();
        self.failure_of(code)
    }

    /// A failure with the platform's own code and words.
    pub(super) fn failure_of(self, code: ProblemCode) -> Failure {
        let wait = match self.code {
            _ if code != ProblemCode::RateLimited => None,
            -412 | -352 => Some(WALL),
            _ => Some(HASTE),
        };
        let mut failure = Failure::new(code).at(Platform::Bilibili).said(self.code.to_string(), self.message);
        failure.retry_after = wait;
        failure
    }

    pub(super) fn general(&self) -> ProblemCode {
        match self.code {
            // Signed out, token expired, and the old services' "token error".
            -101 | -658 | 65530 => ProblemCode::SignInExpired,
            // The cookie's parts don't belong together.
            -111 => ProblemCode::CredentialsRefused,
            -102 | -403 => ProblemCode::NotAllowed,
            -404 | 60004 => ProblemCode::NotFound,
            -352 | -412 | -509 | -799 => ProblemCode::RateLimited,
            -500 | -503 | -504 => ProblemCode::PlatformDown,
            _ => ProblemCode::Refused,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A refusal to test a call's meanings with.
    pub(in super::super) fn refusal(code: i64) -> Refusal {
        Refusal { code, message: "原话".into(), data: None }
    }

    #[test]
    fn general_codes() {
        for (code, meaning) in [
            (-101, ProblemCode::SignInExpired),
            (65530, ProblemCode::SignInExpired),
            (-111, ProblemCode::CredentialsRefused),
            (-352, ProblemCode::RateLimited),
            (-412, ProblemCode::RateLimited),
            (-509, ProblemCode::RateLimited),
            (-799, ProblemCode::RateLimited),
            (-403, ProblemCode::NotAllowed),
            (-503, ProblemCode::PlatformDown),
        ] {
            assert_eq!(refusal(code).failure().code, meaning, "{code}");
        }
    }

    #[test]
    fn an_unknown_code_is_passed_on_word_for_word() {
        let failure = refusal(4_711).failure();
        assert_eq!(failure.code, ProblemCode::Refused);
        assert_eq!(failure.platform_code.as_deref(), Some("4711"));
        assert_eq!(failure.message.as_deref(), Some("原话"));
        assert_eq!(failure.retry_after, None);
    }

    #[test]
    fn haste_comes_with_a_wait() {
        assert_eq!(refusal(-412).failure().retry_after, Some(WALL));
        assert_eq!(refusal(-799).failure().retry_after, Some(HASTE));
    }
}
