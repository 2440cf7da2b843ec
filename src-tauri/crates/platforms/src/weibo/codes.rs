//! Weibo's error codes. 20001 to 20013 mean one thing on the live API and another elsewhere, so a code
//! is read together with what was asked.
//!
//! <http://open.weibo.com/wiki/Live/api>, <https://open.weibo.com/wiki/Error_code>

use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};

use super::{CHAT_LIMIT, SUMMARY_LIMIT};

/// What was asked, as far as a refusal's meaning hangs on it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meant<'a> {
    /// Changing the browser's answer for a token.
    SignIn,
    /// The account API.
    Account,
    /// A live object.
    Room,
    /// A live object's texts.
    Post {
        /// The summary that was sent.
        summary: &'a str,
    },
    /// A comment.
    Comment {
        /// The comment that was sent.
        text: &'a str,
    },
}

/// A code, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Code {
    /// Of the live API's own table.
    Live(LiveCode),
    /// Of the table that all Weibo APIs share.
    General(GeneralCode),
    /// In no table; kept as it came.
    Unknown(String),
}

/// The live API's own table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LiveCode {
    /// 20001
    CreateFailed,
    /// 20002
    PostFailed,
    /// 20003
    BodyParameterMissing,
    /// 20004
    QueryParameterMissing,
    /// 20005
    DeleteFailed,
    /// 20006
    UpdateFailed,
    /// 20007
    CommentFailed,
    /// 20008
    SyncFailed,
    /// 20009
    NoSuchLive,
    /// 20010
    SummaryTooLong,
    /// 20011
    CommentLength,
    /// 20012
    CommentType,
    /// 20013
    NotYours,
}

/// The shared table, by what it means for the streamer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GeneralCode {
    /// The platform is ill or busy.
    Down,
    /// App or account may not do this.
    NotAllowed,
    /// Too many calls of one address, account or app.
    TooMany,
    /// The token ran out or was taken back.
    TokenExpired,
    /// The token, app or grant is wrong.
    TokenWrong,
    /// The text is refused for what it says.
    Content,
    /// The redirect address isn't the registered one.
    RedirectWrong,
    /// The app's key or secret is wrong.
    AppWrong,
    /// The code is wrong, too old or was used.
    GrantWrong,
    /// The person said no.
    Denied,
    /// No such person.
    NoSuchUser,
    /// Known, and nothing of its own to do about it.
    Other,
}

impl Code {
    pub(super) fn read(code: &str, meant: Meant<'_>) -> Self {
        let Ok(number) = code.parse::<u32>() else { return Self::Unknown(code.to_owned()) };
        let live = if matches!(meant, Meant::Account | Meant::SignIn) { None } else { live(number) };
        live.map(Self::Live)
            .or_else(|| general(number).map(Self::General))
            .unwrap_or_else(|| Self::Unknown(code.to_owned()))
    }

    /// The number of an OAuth error that came by its name alone.
    pub(super) fn named(name: &str) -> Option<&'static str> {
        Some(match name {
            "redirect_uri_mismatch" => "21322",
            "invalid_request" => "21323",
            "invalid_client" => "21324",
            "invalid_grant" => "21325",
            "unauthorized_client" => "21326",
            "expired_token" => "21327",
            "unsupported_grant_type" => "21328",
            "unsupported_response_type" => "21329",
            "access_denied" => "21330",
            "temporarily_unavailable" => "21331",
            _ => return None,
        })
    }

    /// Too many calls of this account, app or address, rather than too many posts.
    pub(super) fn quota_is_used_up(code: &str) -> bool {
        matches!(code, "10022" | "10023" | "10024")
    }

    /// The domain's form.
    pub(super) fn failure(&self, meant: Meant<'_>) -> Failure {
        let code = match self {
            Self::Live(code) => live_problem(*code, meant),
            Self::General(code) => general_problem(*code, meant),
            Self::Unknown(_) => ProblemCode::Refused,
        };
        Failure::new(code).at(Platform::Weibo)
    }
}

fn live(number: u32) -> Option<LiveCode> {
    Some(match number {
        20001 => LiveCode::CreateFailed,
        20002 => LiveCode::PostFailed,
        20003 => LiveCode::BodyParameterMissing,
        20004 => LiveCode::QueryParameterMissing,
        20005 => LiveCode::DeleteFailed,
        20006 => LiveCode::UpdateFailed,
        20007 => LiveCode::CommentFailed,
        20008 => LiveCode::SyncFailed,
        20009 => LiveCode::NoSuchLive,
        20010 => LiveCode::SummaryTooLong,
        20011 => LiveCode::CommentLength,
        20012 => LiveCode::CommentType,
        20013 => LiveCode::NotYours,
        _ => return None,
    })
}

fn general(number: u32) -> Option<GeneralCode> {
    Some(match number {
        10001..=10003 | 10009..=10011 | 21331 => GeneralCode::Down,
        10004 | 10005 | 10012..=10014 | 21321 | 21326 | 21335 => GeneralCode::NotAllowed,
        10022..=10024 | 20016 => GeneralCode::TooMany,
        21301 | 21314 | 21315 | 21319 | 21327 => GeneralCode::TokenExpired,
        10006 | 21316 | 21317 | 21323 | 21328 | 21329 | 21332 => GeneralCode::TokenWrong,
        21322 => GeneralCode::RedirectWrong,
        21324 => GeneralCode::AppWrong,
        21325 => GeneralCode::GrantWrong,
        21330 => GeneralCode::Denied,
        20012 | 20013 | 20017..=20021 | 20111 => GeneralCode::Content,
        20003 => GeneralCode::NoSuchUser,
        10007 | 10008 | 10016..=10018 | 10020 | 10021 | 20001 | 20031 | 21320 => GeneralCode::Other,
        _ => return None,
    })
}

fn live_problem(code: LiveCode, meant: Meant<'_>) -> ProblemCode {
    match code {
        LiveCode::CreateFailed
        | LiveCode::PostFailed
        | LiveCode::DeleteFailed
        | LiveCode::UpdateFailed
        | LiveCode::CommentFailed => ProblemCode::Refused,
        LiveCode::BodyParameterMissing | LiveCode::QueryParameterMissing => ProblemCode::Internal,
        LiveCode::SyncFailed => ProblemCode::PlatformDown,
        LiveCode::NoSuchLive => ProblemCode::NotFound,
        LiveCode::SummaryTooLong => {
            let used = match meant {
                Meant::Post { summary } => SUMMARY_LIMIT.counting.count(summary),
                Meant::SignIn | Meant::Account | Meant::Room | Meant::Comment { .. } => 0,
            };
            invalid("summary", InvalidReason::TooLong { used, limit: SUMMARY_LIMIT.max })
        }
        LiveCode::CommentLength => invalid(
            "chat",
            match meant {
                Meant::Comment { text } if !text.trim().is_empty() => {
                    InvalidReason::TooLong { used: CHAT_LIMIT.counting.count(text), limit: CHAT_LIMIT.max }
                }
                _ => InvalidReason::Empty,
            },
        ),
        LiveCode::CommentType => invalid("chat", InvalidReason::Refused),
        LiveCode::NotYours => ProblemCode::NotAllowed,
    }
}

fn general_problem(code: GeneralCode, meant: Meant<'_>) -> ProblemCode {
    match code {
        GeneralCode::Down => ProblemCode::PlatformDown,
        GeneralCode::NotAllowed => ProblemCode::NotAllowed,
        GeneralCode::TooMany => ProblemCode::RateLimited,
        GeneralCode::TokenExpired => ProblemCode::SignInExpired,
        GeneralCode::TokenWrong => ProblemCode::CredentialsRefused,
        GeneralCode::NoSuchUser => ProblemCode::NotFound,
        GeneralCode::Content => match meant {
            Meant::Comment { .. } => invalid("chat", InvalidReason::Refused),
            Meant::Post { .. } => invalid("summary", InvalidReason::Refused),
            Meant::SignIn | Meant::Account | Meant::Room => ProblemCode::Refused,
        },
        GeneralCode::RedirectWrong => invalid("redirect_url", InvalidReason::Refused),
        GeneralCode::AppWrong => invalid("app_secret", InvalidReason::Refused),
        GeneralCode::GrantWrong => invalid("answer", InvalidReason::Refused),
        GeneralCode::Denied => ProblemCode::SignInDenied,
        GeneralCode::Other => ProblemCode::Refused,
    }
}

fn invalid(field: &str, reason: InvalidReason) -> ProblemCode {
    ProblemCode::Invalid { field: field.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: &str, meant: Meant<'_>) -> ProblemCode {
        Code::read(code, meant).failure(meant).code
    }

    #[test]
    fn the_live_table_is_whole() {
        for number in 20001..=20013 {
            assert!(matches!(Code::read(&number.to_string(), Meant::Room), Code::Live(_)), "{number}");
        }
        assert_eq!(problem("20009", Meant::Room), ProblemCode::NotFound);
        assert_eq!(problem("20013", Meant::Room), ProblemCode::NotAllowed);
        assert_eq!(problem("20001", Meant::Room), ProblemCode::Refused);
        assert_eq!(problem("20008", Meant::Room), ProblemCode::PlatformDown);
        assert_eq!(problem("20003", Meant::Room), ProblemCode::Internal);
    }

    #[test]
    fn the_same_number_means_another_thing_elsewhere() {
        assert_eq!(problem("20003", Meant::Account), ProblemCode::NotFound);
        assert_eq!(problem("20009", Meant::Account), ProblemCode::Refused);
        assert_eq!(Code::read("20009", Meant::Account), Code::Unknown("20009".into()));
    }

    #[test]
    fn lengths_the_server_refuses_are_told_with_their_counts() {
        let summary = "长".repeat(131);
        assert_eq!(
            problem("20010", Meant::Post { summary: &summary }),
            invalid("summary", InvalidReason::TooLong { used: 131, limit: 130 })
        );
        let text = "a".repeat(101);
        assert_eq!(
            problem("20011", Meant::Comment { text: &text }),
            invalid("chat", InvalidReason::TooLong { used: 101, limit: 100 })
        );
        assert_eq!(problem("20011", Meant::Comment { text: "" }), invalid("chat", InvalidReason::Empty));
    }

    #[test]
    fn sign_in_rates_and_illness_are_told_apart() {
        for code in ["21301", "21314", "21315", "21319", "21327"] {
            assert_eq!(problem(code, Meant::Room), ProblemCode::SignInExpired, "{code}");
        }
        for code in ["21316", "21317", "21332"] {
            assert_eq!(problem(code, Meant::Room), ProblemCode::CredentialsRefused, "{code}");
        }
        for code in ["10022", "10023", "10024"] {
            assert_eq!(problem(code, Meant::Room), ProblemCode::RateLimited, "{code}");
        }
        for code in ["10001", "10002", "10003", "10009", "21331"] {
            assert_eq!(problem(code, Meant::Account), ProblemCode::PlatformDown, "{code}");
        }
        assert_eq!(problem("21321", Meant::Account), ProblemCode::NotAllowed);
    }

    #[test]
    fn a_refused_sign_in_names_the_field() {
        for (code, field) in [("21322", "redirect_url"), ("21324", "app_secret"), ("21325", "answer")] {
            assert_eq!(problem(code, Meant::SignIn), invalid(field, InvalidReason::Refused), "{code}");
        }
        assert_eq!(problem("21330", Meant::SignIn), ProblemCode::SignInDenied);
        for code in ["21321", "21326"] {
            assert_eq!(problem(code, Meant::SignIn), ProblemCode::NotAllowed, "{code}");
        }
        assert_eq!(Code::named("invalid_grant"), Some("21325"));
        assert_eq!(Code::named("brand_new"), None);
    }

    #[test]
    fn unknown_codes_are_kept() {
        assert_eq!(Code::read("99999", Meant::Room), Code::Unknown("99999".into()));
        assert_eq!(Code::read("E-7", Meant::Room), Code::Unknown("E-7".into()));
        assert_eq!(problem("99999", Meant::Room), ProblemCode::Refused);
    }
}
