//! The cookies of a signed-in session, wherever they come from. Values stay byte for byte: `SESSDATA` has
//! escapes in it that are part of it.

use cookie::Cookie;
use jiff::{SignedDuration, Timestamp};
use kaibo_live::secret::SecretString;
use reqwest::header::{HeaderMap, SET_COOKIE};

/// Cookies that are kept and sent on, of all that there may be. The rest is none of Kaibo's business.
const KEPT: [&str; 8] =
    ["SESSDATA", "bili_jct", "DedeUserID", "DedeUserID__ckMd5", "sid", "buvid3", "buvid4", "b_nut"];
/// The longest value that is kept, bytes.
const VALUE_CAP: usize = 2048;

/// Cookies by name, in the order they came. No `Debug`: they are the sign-in.
#[derive(Clone, Default)]
pub(super) struct Jar {
    pairs: Vec<(&'static str, String)>,
    /// When `SESSDATA` ends, where an answer or the cookie itself tells.
    pub(super) ends: Option<Timestamp>,
}

impl Jar {
    /// Reads a pasted `Cookie` header.
    pub(super) fn pasted(header: &str) -> Self {
        let mut jar = Self::default();
        for part in header.split(';') {
            if let Some((name, value)) = part.trim().split_once('=') {
                jar.add(name, value);
            }
        }
        jar.ends = jar.told_by_itself();
        jar
    }

    /// Reads what an answer sets (`Set-Cookie`).
    pub(super) fn of_answer(headers: &HeaderMap, now: Timestamp) -> Self {
        let mut jar = Self::default();
        let lines = headers.get_all(SET_COOKIE).iter().filter_map(|line| line.to_str().ok());
        for cookie in lines.filter_map(|line| Cookie::parse(line).ok()) {
            // RFC 6265: Max-Age goes before Expires.
            let ends = match cookie.max_age() {
                Some(age) => now.checked_add(SignedDuration::from_secs(age.whole_seconds())).ok(),
                None => {
                    cookie.expires_datetime().and_then(|at| Timestamp::from_second(at.unix_timestamp()).ok())
                }
            };
            // One that ended is taken away by this answer.
            if ends.is_none_or(|at| at > now) {
                jar.add(cookie.name(), cookie.value());
                if cookie.name() == "SESSDATA" {
                    jar.ends = ends;
                }
            }
        }
        jar.ends = jar.ends.or_else(|| jar.told_by_itself());
        jar
    }

    /// Reads the query of the link that ends a sign-in: it repeats the values as the cookies have them.
    pub(super) fn of_link(link: &str) -> Self {
        let mut jar = Self::default();
        let query = link.split_once('?').map_or("", |(_, query)| query);
        let query = query.split_once('#').map_or(query, |(query, _)| query);
        for (name, value) in query.split('&').filter_map(|part| part.split_once('=')) {
            jar.add(name, value);
        }
        jar.ends = jar.told_by_itself();
        jar
    }

    /// Adds a cookie unless it is known, is none of those kept, or could not stand in a header.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        let Some(kept) = KEPT.into_iter().find(|kept| *kept == name) else { return };
        let fit = (1..=VALUE_CAP).contains(&value.len())
            && value.bytes().all(|b| matches!(b, b' '..=b'~') && b != b';');
        if fit && self.get(kept).is_none() {
            self.pairs.push((kept, value.to_owned()));
        }
    }

    /// Takes over from `older` what isn't here.
    pub(super) fn fill_up(&mut self, older: &Self) {
        if self.get("SESSDATA").is_none() {
            self.ends = older.ends;
        }
        for (name, value) in &older.pairs {
            self.add(name, value);
        }
    }

    /// A cookie's value.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The `Cookie` header.
    pub(super) fn header(&self) -> SecretString {
        let parts: Vec<String> = self.pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        parts.join("; ").into()
    }

    /// `SESSDATA` is three parts with (escaped) commas between; the one in the middle is when it ends.
    fn told_by_itself(&self) -> Option<Timestamp> {
        let value = self.get("SESSDATA")?.replace("%2c", ",").replace("%2C", ",");
        let parts: Vec<&str> = value.split(',').collect();
        let [_, ends, _] = parts[..] else { return None };
        let digits = ends.len() == 10 && ends.bytes().all(|b| b.is_ascii_digit());
        ends.parse().ok().filter(|_| digits).and_then(|second| Timestamp::from_second(second).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaibo_live::secret::ExposeSecret;
    use reqwest::header::HeaderValue;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn set(lines: &[&'static str]) -> Jar {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(SET_COOKIE, HeaderValue::from_static(line));
        }
        Jar::of_answer(&headers, at(1_700_000_000))
    }

    #[test]
    fn what_an_answer_sets_is_kept_byte_for_byte() {
        let jar = set(&[
            "SESSDATA=ab%2C1715000000%2Ccd%2Aef; Path=/; Domain=bilibili.com; Expires=Sun, 12 May 2024 \
             00:00:00 GMT; HttpOnly; Secure",
            "bili_jct=0011aa; Path=/; Domain=bilibili.com",
            "tracker=x; Path=/",
            "sid=old; Max-Age=0",
            "buvid3=; Path=/",
            "no cookie at all",
        ]);
        assert_eq!(jar.header().expose_secret(), "SESSDATA=ab%2C1715000000%2Ccd%2Aef; bili_jct=0011aa");
        assert_eq!(jar.ends.map(|t| t.to_string()).as_deref(), Some("2024-05-12T00:00:00Z"));
    }

    #[test]
    fn how_long_it_lasts_is_told_in_several_ways() {
        let ends = |line| set(&[line]).ends.map(Timestamp::as_second);
        let aged = "SESSDATA=a; Expires=Sun, 12 May 2024 00:00:00 GMT; Max-Age=15552000";
        assert_eq!(ends(aged), Some(1_700_000_000 + 15_552_000));
        assert_eq!(ends("SESSDATA=a; Expires=Sun, 12-May-2024 00:00:00 GMT"), Some(1_715_472_000));
        assert_eq!(ends("SESSDATA=a%2C1715000000%2Cb%2A"), Some(1_715_000_000), "it says so itself");
        assert_eq!(ends("SESSDATA=a,1715000000,b"), Some(1_715_000_000));
        for none in ["SESSDATA=a%2C17%2Cb", "SESSDATA=a; Expires=soon", "SESSDATA=a%2C1715000000", "sid=b"] {
            assert_eq!(ends(none), None, "{none}");
        }
        assert_eq!(Jar::pasted("SESSDATA=a%2C1715000000%2Cb").ends, Some(at(1_715_000_000)));
    }

    #[test]
    fn a_link_repeats_the_values_as_they_are() {
        let jar = Jar::of_link(
            "https://passport.example/crossDomain?DedeUserID=42&DedeUserID__ckMd5=0f&Expires=15551000\
             &SESSDATA=ab%2C1715000000%2Ccd%2A12&bili_jct=0011&gourl=https%3A%2F%2Fx.example#sid=no",
        );
        assert_eq!(
            jar.header().expose_secret(),
            "DedeUserID=42; DedeUserID__ckMd5=0f; SESSDATA=ab%2C1715000000%2Ccd%2A12; bili_jct=0011"
        );
        assert_eq!(jar.ends, Some(at(1_715_000_000)));
        assert_eq!(Jar::of_link("no link").header().expose_secret(), "");
        let broken = Jar::of_link("https://h/?SESSDATA=a;b&bili_jct=c\r\nX:%20y&sid=s");
        assert_eq!(broken.header().expose_secret(), "sid=s", "what would break a header stays out");
    }

    #[test]
    fn newer_cookies_go_before_older_ones() {
        let mut jar = set(&["SESSDATA=new", "bili_jct=n2"]);
        jar.fill_up(&Jar::pasted("SESSDATA=a%2C1715000000%2Cb; bili_jct=o2; buvid3=B-3; DedeUserID=42"));
        assert_eq!(
            jar.header().expose_secret(),
            "SESSDATA=new; bili_jct=n2; buvid3=B-3; DedeUserID=42",
            "what wasn't sent anew stays"
        );
        assert_eq!(jar.ends, None, "the life of the old one isn't the new one's");
    }
}
