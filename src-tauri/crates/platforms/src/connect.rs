//! Reading a connect form: required fields, base addresses, credentials that can go on the wire.

use std::net::IpAddr;

use kaibo_live::account::{Settings, SignInWay};
use kaibo_live::driver::Outcome;
use kaibo_live::platform::{FieldKind, FieldSpec};
use kaibo_live::problem::{Failure, InvalidReason};
use kaibo_live::secret::{Credentials, ExposeSecret, SecretString};
use url::{Host, Url};

/// Where plain `http` may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlainHttp {
    /// On this machine only: the secret itself is on the wire.
    Loopback,
    /// Anywhere: what is on the wire doesn't give the secret away.
    Anywhere,
}

/// A field of a connect form that isn't advanced and must be filled.
pub(crate) fn required(name: &str, kind: FieldKind) -> FieldSpec {
    FieldSpec {
        name: name.to_owned(),
        kind,
        required: true,
        default: None,
        choices: Vec::new(),
        advanced: false,
        ways: Vec::new(),
    }
}

/// A field of some ways of signing in only.
pub(crate) fn only(ways: &[SignInWay], field: FieldSpec) -> FieldSpec {
    FieldSpec { ways: ways.to_vec(), ..field }
}

/// A field under *More*, with what it is filled in with.
pub(crate) fn advanced(name: &str, kind: FieldKind, default: Option<&str>) -> FieldSpec {
    FieldSpec { required: false, advanced: true, default: default.map(str::to_owned), ..required(name, kind) }
}

/// A base address from the form, or the platform's own. `https` anywhere, `http` as `plain` says; no
/// user information, query or fragment. Anything else is `Invalid { field, Malformed }`.
pub(crate) fn base_url(settings: &Settings, field: &str, default: &str, plain: PlainHttp) -> Outcome<Url> {
    let malformed = || Failure::invalid(field, InvalidReason::Malformed);
    let url = Url::parse(settings.get(field).unwrap_or(default)).map_err(|_| malformed())?;
    let clean = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let allowed = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => plain == PlainHttp::Anywhere || is_loopback(&url),
        _ => false,
    };
    if clean && allowed { Ok(url) } else { Err(malformed()) }
}

/// Whether the address is this machine: `localhost`, `127.0.0.0/8` or `::1`.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
        None => false,
    }
}

/// The address of a call: the base's own path, then `path`, which begins with `/` and is encoded.
pub(crate) fn endpoint(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let path = format!("{}{path}", base.path().trim_end_matches('/'));
    url.set_path(&path);
    url
}

/// An id as one segment of a path. `.` and `..` would leave the path, so they are refused.
pub(crate) fn path_segment(field: &str, id: &str) -> Outcome<String> {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    match id {
        "" => Err(Failure::invalid(field, InvalidReason::Empty)),
        "." | ".." => Err(Failure::invalid(field, InvalidReason::Malformed)),
        _ => Ok(utf8_percent_encode(id, KEPT).to_string()),
    }
}

/// A plain field that must be there and be a token: visible ASCII without spaces.
pub(crate) fn text(settings: &Settings, field: &str) -> Outcome<String> {
    let value = settings.get(field).ok_or_else(|| Failure::invalid(field, InvalidReason::Empty))?;
    check_token(field, value)?;
    Ok(value.to_owned())
}

/// A secret that must be there and be a token: visible ASCII without spaces.
pub(crate) fn secret(credentials: &Credentials, field: &str) -> Outcome<SecretString> {
    let value = credentials.get(field).ok_or_else(|| Failure::invalid(field, InvalidReason::Empty))?;
    check_token(field, value.expose_secret())?;
    Ok(value.clone())
}

/// Visible ASCII without spaces, or `Invalid { field, Malformed }`. Nothing of it is in the error.
pub(crate) fn check_token(field: &str, value: &str) -> Outcome<()> {
    let fit = !value.is_empty() && value.bytes().all(|b| b.is_ascii_graphic());
    if fit { Ok(()) } else { Err(Failure::invalid(field, InvalidReason::Malformed)) }
}

/// A whole number from the form within `range`, or its default.
pub(crate) fn number(
    settings: &Settings,
    field: &str,
    default: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Outcome<u32> {
    let Some(value) = settings.get(field) else { return Ok(default) };
    value
        .parse()
        .ok()
        .filter(|n| range.contains(n))
        .ok_or_else(|| Failure::invalid(field, InvalidReason::Malformed))
}

/// An `http` or `https` address that viewers' programs will open (a cover, a replay).
pub(crate) fn web_address(field: &str, value: &str) -> Outcome<()> {
    let fit = Url::parse(value).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.host_str().is_some_and(|h| !h.is_empty())
    });
    if fit && !value.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(Failure::invalid(field, InvalidReason::Malformed))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kaibo_live::problem::ProblemCode;

    use super::*;

    fn with(field: &str, value: &str) -> Settings {
        Settings(BTreeMap::from([(field.to_owned(), value.to_owned())]))
    }

    fn base(value: &str, plain: PlainHttp) -> Result<String, ProblemCode> {
        base_url(&with("base_url", value), "base_url", "https://api.example", plain)
            .map(Into::into)
            .map_err(|f| f.code)
    }

    #[test]
    fn http_is_for_this_machine_alone() {
        for good in
            ["https://a.example/x", "http://127.0.0.1:8/weibo", "http://localhost:1", "http://[::1]:2", " "]
        {
            assert!(base(good, PlainHttp::Loopback).is_ok(), "{good}");
        }
        let malformed =
            Err(ProblemCode::Invalid { field: "base_url".into(), reason: InvalidReason::Malformed });
        for bad in [
            "http://a.example",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "https://user@a.example",
            "https://:pw@a.example",
            "https://a.example/?q=1",
            "https://a.example/#f",
            "ftp://a.example",
            "file:///etc",
            "a.example",
            "https://",
        ] {
            assert_eq!(base(bad, PlainHttp::Loopback), malformed, "{bad}");
        }
        assert!(base("http://qiniu.intern", PlainHttp::Anywhere).is_ok());
        assert_eq!(base("http://u:p@qiniu.intern", PlainHttp::Anywhere), malformed);
    }

    #[test]
    fn a_call_keeps_the_bases_own_path() {
        let base: Url = "http://127.0.0.1:9/weibo/".parse().unwrap();
        assert_eq!(endpoint(&base, "/2/x").as_str(), "http://127.0.0.1:9/weibo/2/x");
        let official: Url = "https://api.example".parse().unwrap();
        assert_eq!(endpoint(&official, "/2/x").as_str(), "https://api.example/2/x");
    }

    #[test]
    fn an_id_stays_one_segment() {
        assert_eq!(path_segment("room", "a/b?c#d").unwrap(), "a%2Fb%3Fc%23d");
        for bad in ["", ".", ".."] {
            assert!(path_segment("room", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn junk_credentials_are_refused_without_being_repeated() {
        for junk in ["a\nb", "a b", "密", "a\u{7f}", "a\r\nX: y", "tok\0"] {
            let mut credentials = Credentials::default();
            credentials.set("access_token", junk.to_owned().into());
            let failure = secret(&credentials, "access_token").unwrap_err();
            assert_eq!(
                failure.code,
                ProblemCode::Invalid { field: "access_token".into(), reason: InvalidReason::Malformed }
            );
            assert!(!format!("{failure:?}").contains(junk));
        }
        assert_eq!(
            secret(&Credentials::default(), "access_token").unwrap_err().code,
            ProblemCode::Invalid { field: "access_token".into(), reason: InvalidReason::Empty }
        );
    }

    #[test]
    fn numbers_keep_to_their_range() {
        assert_eq!(number(&with("width", "1280"), "width", 1, 16..=7680).unwrap(), 1280);
        assert_eq!(number(&Settings::default(), "width", 1920, 16..=7680).unwrap(), 1920);
        for bad in ["0", "-1", "x", "99999999999"] {
            assert!(number(&with("width", bad), "width", 1, 16..=7680).is_err(), "{bad}");
        }
    }

    #[test]
    fn covers_are_web_addresses() {
        assert!(web_address("cover_url", "https://img.example/a.jpg").is_ok());
        for bad in ["", "a.jpg", "javascript:alert(1)", "file:///a", "http://", "https://a.example/\u{0}x"] {
            assert!(web_address("cover_url", bad).is_err(), "{bad}");
        }
    }
}
