//! A failure as the streamer needs it: what happened, whose side, what to do next.

use std::error::Error;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::platform::Platform;

/// What went wrong. A closed set: the window has one table from it to words, severity and a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum ProblemCode {
    /// The sign-in has run out or was revoked. Sign in again.
    SignInExpired,
    /// The credentials were never right.
    CredentialsRefused,
    /// The account or app may not do this.
    NotAllowed,
    /// The person has to be verified in the platform's own app before broadcasting (Weibo).
    VerifyInApp {
        /// What to open there; the address belongs into a QR code. Empty when the platform named none.
        url: String,
    },
    /// The person refused on the platform's page.
    SignInDenied,
    /// The sign-in is another person's than the account's.
    WrongAccount,
    /// The platform doesn't know the room.
    NotFound,
    /// A field was refused, by Kaibo before sending or by the platform.
    Invalid {
        /// The field: a detail (`title`), a connect field (`access_token`), or `chat`.
        field: String,
        /// Why.
        reason: InvalidReason,
    },
    /// Too many calls; wait.
    RateLimited,
    /// Bilibili wants a face check; the address belongs into a QR code.
    FaceCheck {
        /// What the QR code holds.
        url: String,
    },
    /// The platform starts broadcasts only from its own program (Bilibili 60034, 60037).
    ClientRefused,
    /// The platform wants the person's identity checked in its own program (Bilibili 60043).
    IdentityCheck,
    /// The area doesn't exist any more.
    AreaGone,
    /// The platform took the line but shows it to nobody.
    ChatDropped,
    /// The platform said that it was done, and nothing changed.
    NoEffect,
    /// The room's state doesn't allow this (ended rooms can't start, unstarted ones can't be ended).
    WrongState,
    /// The platform answered with a failure of its own.
    PlatformDown,
    /// The platform refused in a way that has no entry of its own.
    Refused,
    /// No connection.
    Network,
    /// No answer in time.
    Timeout,
    /// It was sent and the answer got lost: done or not done is not known.
    OutcomeUnknown,
    /// The answer made no sense (HTML, cut off, too big, too deep).
    Unreadable {
        /// What was wrong with it.
        how: UnreadableHow,
    },
    /// The keyring is locked or absent.
    KeyringLocked,
    /// The account's secrets are more than the keyring takes in one entry.
    KeyringFull,
    /// The keyring answered with a failure of its own.
    KeyringFailed,
    /// No stream key is known for this room.
    NoStreamKey,
    /// The encoder (OBS) doesn't answer: closed, its server off, or hanging.
    EncoderUnreachable,
    /// The encoder wants a password, or another one.
    EncoderPassword,
    /// The encoder is streaming and can't take other settings now.
    EncoderBusy,
    /// The encoder refused; its words are in the problem's `message`.
    EncoderRefused,
    /// What was read back from the encoder isn't what was sent, or its figures didn't move in time.
    EncoderDiffers,
    /// Another program has the relay's port.
    RelayPort,
    /// The relay doesn't reach a target: its host, the connection, or TLS.
    TargetUnreachable,
    /// A target refuses the relay's stream: a wrong key, or a broadcast that is over; its code is in `message`.
    TargetRefused,
    /// A target takes nothing of the relay's stream any more.
    TargetStalled,
    /// The database or preferences could not be read or written.
    Storage,
    /// Chat lines were shown and couldn't be written into the history.
    HistoryGap {
        /// How many.
        lines: u32,
    },
    /// A newer version of Kaibo can't be looked for or fetched: no connection, no answer in time, or a refusal.
    UpdateUnreachable,
    /// What came in place of a newer version, or of word of one, makes no sense or is too large.
    UpdateUnreadable,
    /// The newer version isn't signed by those who make Kaibo.
    UpdateUntrusted,
    /// Something is on air or under way, which a new start would disturb.
    UpdateHeld,
    /// This copy of Kaibo doesn't replace itself: it was built without a key, came as a package of the system's, or may
    /// not write where it stands.
    UpdateByHand,
    /// Something of Kaibo's own went wrong.
    Internal,
}

/// Why a field was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "why", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum InvalidReason {
    /// It must not be empty.
    Empty,
    /// It is too long.
    TooLong {
        /// Its length, counted the platform's way.
        used: u32,
        /// The most that is taken.
        limit: u32,
    },
    /// There are as many already as can be.
    TooMany {
        /// The most.
        limit: u32,
    },
    /// It has the wrong form: not an address, not a number, not a cookie.
    Malformed,
    /// The platform refused it; its words are in the problem's `message`.
    Refused,
}

/// What was wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum UnreadableHow {
    /// A web page where data was due.
    Html,
    /// It stopped in the middle.
    Truncated,
    /// Over the size that is read.
    TooLarge,
    /// Nested deeper than is read.
    TooDeep,
    /// Anything else that doesn't parse or lacks what must be there.
    Malformed,
}

/// A failure on its way to the window. It has no secrets and no causes in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Problem {
    /// What went wrong.
    pub code: ProblemCode,
    /// Where.
    pub platform: Option<Platform>,
    /// The platform's own code, verbatim.
    pub platform_code: Option<String>,
    /// The platform's own words, cleaned and capped at 300 characters.
    pub message: Option<String>,
    /// Seconds to wait before it makes sense to try again.
    #[ts(type = "number | null")]
    pub retry_after: Option<u64>,
    /// Where the cause stands in the log.
    pub detail_id: String,
}

/// A failure inside the program, with its cause. [`Failure::into_problem`] makes the window's form.
#[derive(Debug, thiserror::Error)]
#[error("{code:?} platform_code={platform_code:?}")]
pub struct Failure {
    /// What went wrong.
    pub code: ProblemCode,
    /// Where.
    pub platform: Option<Platform>,
    /// The platform's own code, verbatim.
    pub platform_code: Option<String>,
    /// The platform's own words.
    pub message: Option<String>,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
    /// For the log only. Must not hold secrets.
    #[source]
    pub cause: Option<Box<dyn Error + Send + Sync>>,
}

/// The longest piece of a platform's own words that is passed on, in characters.
pub const MESSAGE_CAP: usize = 300;

impl Failure {
    /// A failure with a code and nothing else.
    pub fn new(code: ProblemCode) -> Self {
        Self { code, platform: None, platform_code: None, message: None, retry_after: None, cause: None }
    }

    /// A field that was refused.
    pub fn invalid(field: impl Into<String>, reason: InvalidReason) -> Self {
        Self::new(ProblemCode::Invalid { field: field.into(), reason })
    }

    /// Says where it happened.
    #[must_use]
    pub fn at(mut self, platform: Platform) -> Self {
        self.platform = Some(platform);
        self
    }

    /// Adds the platform's own code and words.
    #[must_use]
    pub fn said(mut self, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.platform_code = Some(code.into());
        let message = message.into();
        self.message = (!message.is_empty()).then_some(message);
        self
    }

    /// Adds how long to wait.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same without its cause, which can't be copied.
    #[must_use]
    pub fn without_cause(&self) -> Self {
        Self {
            code: self.code.clone(),
            platform: self.platform,
            platform_code: self.platform_code.clone(),
            message: self.message.clone(),
            retry_after: self.retry_after,
            cause: None,
        }
    }

    /// Whether a write that failed like this may still have happened.
    pub fn outcome_unknown(&self) -> bool {
        matches!(
            self.code,
            ProblemCode::OutcomeUnknown | ProblemCode::Timeout | ProblemCode::Unreadable { .. }
        )
    }

    /// The window's form. The cause goes to the log under `detail_id`.
    pub fn into_problem(self, detail_id: String) -> Problem {
        tracing::warn!(detail_id, code = ?self.code, platform = ?self.platform,
            platform_code = ?self.platform_code, cause = ?self.cause, "problem");
        Problem {
            code: self.code,
            platform: self.platform,
            platform_code: self.platform_code,
            message: self.message.map(|m| clean_text(&m, MESSAGE_CAP)),
            retry_after: self.retry_after.map(|d| d.as_secs()),
            detail_id,
        }
    }
}

/// Drops control and bidirectional characters and caps the length, in characters. Platform words and
/// chat text are hostile until they went through here.
pub fn clean_text(text: &str, cap: usize) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .filter(|c| !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'))
        .take(cap)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_platform_are_cleaned_and_capped() {
        let failure =
            Failure::new(ProblemCode::Refused).said("1", format!("a\u{202e}b\nc{}", "x".repeat(400)));
        let problem = failure.into_problem("d".into());
        let message = problem.message.unwrap_or_default();
        assert!(message.starts_with("abc"), "{message}");
        assert_eq!(message.chars().count(), MESSAGE_CAP);
    }

    #[test]
    fn neither_window_nor_print_has_the_cause() {
        let failure = Failure::invalid("title", InvalidReason::Empty)
            .at(Platform::Weibo)
            .said("20012", "")
            .after(Duration::from_secs(7))
            .because("token t0ps3cret was refused");
        let printed = failure.to_string();
        assert!(printed.contains("Invalid") && printed.contains("20012"), "{printed}");
        let copy = failure.without_cause();
        assert!(copy.cause.is_none());
        assert!(failure.source().is_some_and(|cause| cause.to_string().contains("t0ps3cret")), "for the log");
        let problem = failure.into_problem("d7".into());
        assert_eq!(copy.into_problem("d7".into()), problem);
        let code = ProblemCode::Invalid { field: "title".into(), reason: InvalidReason::Empty };
        assert_eq!((&problem.code, problem.platform), (&code, Some(Platform::Weibo)));
        assert_eq!((problem.platform_code.as_deref(), problem.message.as_deref()), (Some("20012"), None));
        assert_eq!((problem.retry_after, problem.detail_id.as_str()), (Some(7), "d7"));
        let told = serde_json::to_string(&problem).unwrap_or_default();
        assert!(!told.contains("t0ps3cret") && !printed.contains("t0ps3cret"), "{told} {printed}");
    }

    #[test]
    fn a_write_that_failed_like_this_may_have_happened() {
        let unknown = |code| Failure::new(code).outcome_unknown();
        let how = UnreadableHow::Html;
        assert!(
            [ProblemCode::OutcomeUnknown, ProblemCode::Timeout, ProblemCode::Unreadable { how }]
                .into_iter()
                .all(unknown)
        );
        assert!(![ProblemCode::Network, ProblemCode::NotAllowed].into_iter().any(unknown));
    }

    #[test]
    fn directions_and_controls_are_dropped_and_words_stay() {
        let hostile = "晚\u{200e}上\u{200f}\u{202a}好\u{202e}\u{2066}a\u{2069}\u{feff}b\u{7}\r\n c\u{2065}";
        assert_eq!(clean_text(hostile, 99), "晚上好ab c\u{2065}");
        assert_eq!(clean_text(hostile, 2), "晚上");
    }
}
