//! Why there is no answer to use.

use std::time::Duration;

use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode, UnreadableHow};
use reqwest::StatusCode;

use super::Intent;

/// Why there is no answer to use. Holds no address, query or piece of an answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// The request could not even be made.
    #[error("the request could not be made")]
    Unsendable(#[source] reqwest::Error),
    /// No connection: surely not sent.
    #[error("no connection")]
    NotSent(#[source] reqwest::Error),
    /// Perhaps sent, and no (whole) answer in time.
    #[error("no answer in time")]
    TimedOut(#[source] reqwest::Error),
    /// Perhaps sent, and the connection broke before the answer.
    #[error("the connection broke before the answer")]
    Lost(#[source] reqwest::Error),
    /// The answer began and stopped in the middle.
    #[error("the answer was cut off")]
    Cut(#[source] reqwest::Error),
    /// Sent on to another place, or round and round.
    #[error("redirected")]
    Redirected,
    /// HTTP 429.
    #[error("HTTP 429")]
    RateLimited {
        /// What `Retry-After` says.
        after: Option<Duration>,
    },
    /// 5xx, and not in the platform's words.
    #[error("HTTP {status}")]
    Down {
        /// The status.
        status: StatusCode,
        /// What `Retry-After` says.
        after: Option<Duration>,
    },
    /// The answer makes no sense.
    #[error("unreadable: {how:?}, HTTP {status}, at {at:?}")]
    Unreadable {
        /// What is wrong with it.
        how: UnreadableHow,
        /// Its status.
        status: StatusCode,
        /// Line and column, where a parser stopped.
        at: Option<(usize, usize)>,
    },
}

impl SendError {
    pub(super) fn before_answer(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_builder() {
            Self::Unsendable(error)
        } else if error.is_connect() {
            Self::NotSent(error)
        } else if error.is_redirect() {
            Self::Redirected
        } else if error.is_timeout() {
            Self::TimedOut(error)
        } else {
            Self::Lost(error)
        }
    }

    pub(super) fn within_answer(error: reqwest::Error) -> Self {
        let error = error.without_url();
        if error.is_timeout() { Self::TimedOut(error) } else { Self::Cut(error) }
    }

    /// Whether another try makes sense.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::NotSent(_)
            | Self::TimedOut(_)
            | Self::Lost(_)
            | Self::Cut(_)
            | Self::RateLimited { .. }
            | Self::Down { .. } => true,
            Self::Unsendable(_) | Self::Redirected | Self::Unreadable { .. } => false,
        }
    }

    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { after } | Self::Down { after, .. } => *after,
            _ => None,
        }
    }

    /// The domain's form. For a write, whatever may have happened is `OutcomeUnknown`: also a 500 in nobody's
    /// words, which may have come in the middle of it, and 502 and 504, where a gateway lost the answer that
    /// the platform perhaps gave. A 503 turns away what wasn't begun.
    pub(crate) fn into_failure(self, platform: Platform, intent: Intent) -> Failure {
        let lost = |read: ProblemCode| match intent {
            Intent::Read => read,
            Intent::Write => ProblemCode::OutcomeUnknown,
        };
        let (code, status) = match &self {
            Self::Unsendable(_) => (ProblemCode::Internal, None),
            Self::NotSent(_) => (ProblemCode::Network, None),
            Self::TimedOut(_) => (lost(ProblemCode::Timeout), None),
            Self::Lost(_) => (lost(ProblemCode::Network), None),
            Self::Cut(_) => (ProblemCode::Unreadable { how: UnreadableHow::Truncated }, None),
            Self::Redirected => (ProblemCode::Unreadable { how: UnreadableHow::Malformed }, None),
            Self::RateLimited { .. } => (ProblemCode::RateLimited, Some(StatusCode::TOO_MANY_REQUESTS)),
            Self::Down { status, .. } => {
                let begun = *status != StatusCode::SERVICE_UNAVAILABLE;
                let code = if begun { lost(ProblemCode::PlatformDown) } else { ProblemCode::PlatformDown };
                (code, Some(*status))
            }
            Self::Unreadable { how, status, .. } => (ProblemCode::Unreadable { how: *how }, Some(*status)),
        };
        let mut failure = Failure::new(code).at(platform);
        failure.retry_after = self.retry_after();
        // A status that says "fine" adds nothing.
        failure.platform_code = status.filter(|s| !s.is_success()).map(|s| format!("HTTP {}", s.as_u16()));
        failure.because(self)
    }
}
