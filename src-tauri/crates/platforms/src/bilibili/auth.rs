//! Cookies, csrf, and the two signatures: WBI for reading, the client identity for starting.

use std::fmt;

use jiff::Timestamp;
use kaibo_live::driver::Outcome;
use kaibo_live::problem::{Failure, InvalidReason};
use kaibo_live::secret::{ExposeSecret, SecretString};
use md5::{Digest as _, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::cookies::Jar;

/// RFC 3986's unreserved characters stay; a space becomes `%20`.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The most bytes of a pasted header that are looked at.
const PASTED_CAP: usize = 8192;

/// One form or query parameter.
pub(super) type Pair = (&'static str, String);

/// A value as it stands in a query, a form or a quoted cookie.
pub(super) fn quoted(value: &str) -> String {
    utf8_percent_encode(value, VALUE).to_string()
}

/// Joins parameters as they go over the wire and under a signature.
pub(super) fn encode(pairs: &[Pair]) -> String {
    let one = |(name, value): &Pair| format!("{name}={}", quoted(value));
    pairs.iter().map(one).collect::<Vec<_>>().join("&")
}

/// The signed-in session.
pub(super) struct Session {
    jar: Jar,
    /// The account's own id.
    pub(super) uid: u64,
}

impl Session {
    /// Reads a pasted header, with or without `Cookie:` before it.
    ///
    /// `Invalid{cookie}` when a part is missing or holds characters that no cookie can hold.
    pub(super) fn parse(pasted: &str) -> Outcome<Self> {
        let malformed = || Failure::invalid("cookie", InvalidReason::Malformed);
        let pasted = pasted.trim();
        if pasted.is_empty() {
            return Err(Failure::invalid("cookie", InvalidReason::Empty));
        }
        // A line break would end the header and begin another one of the paster's choosing.
        if pasted.len() > PASTED_CAP || !pasted.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return Err(malformed());
        }
        let start = pasted.get(..7).is_some_and(|s| s.eq_ignore_ascii_case("cookie:"));
        Self::of(Jar::pasted(if start { &pasted[7..] } else { pasted })).ok_or_else(malformed)
    }

    /// The session that these cookies make; `None` when one is missing.
    pub(super) fn of(jar: Jar) -> Option<Self> {
        let uid = jar.get("DedeUserID")?.parse().ok()?;
        let whole = jar.get("SESSDATA").is_some() && jar.get("bili_jct").is_some();
        whole.then_some(Self { jar, uid })
    }

    /// Its cookies.
    pub(super) fn jar(&self) -> &Jar {
        &self.jar
    }

    /// A cookie's value.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.jar.get(name)
    }

    /// The csrf token, which every write repeats in its body.
    pub(super) fn csrf(&self) -> &str {
        self.value("bili_jct").unwrap_or_default()
    }

    /// The `Cookie` header; `buvid3` is added when the session brought none.
    pub(super) fn header(&self, buvid3: Option<&str>) -> SecretString {
        let mut jar = self.jar.clone();
        jar.add("buvid3", buvid3.unwrap_or_default());
        jar.header()
    }

    /// The two fields that every write ends with.
    pub(super) fn csrf_pairs(&self) -> [Pair; 2] {
        [("csrf", self.csrf().to_owned()), ("csrf_token", self.csrf().to_owned())]
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("uid", &self.uid).finish_non_exhaustive()
    }
}

/// The identity of a live client that the streamer entered. Kaibo ships none.
pub(super) struct ClientIdentity {
    /// `appkey`
    pub(super) key: String,
    /// What the signature is made with.
    pub(super) secret: SecretString,
}

impl ClientIdentity {
    /// Adds `appkey` and `ts`, sorts, and appends `sign`. The text returned is to be sent as it is: a
    /// signature covers its bytes.
    pub(super) fn sign(&self, mut pairs: Vec<Pair>, now: Timestamp) -> String {
        pairs.push(("appkey", self.key.clone()));
        pairs.push(("ts", now.as_second().to_string()));
        self.sign_as_is(pairs)
    }

    fn sign_as_is(&self, mut pairs: Vec<Pair>) -> String {
        pairs.sort();
        let query = encode(&pairs);
        let sign = md5_hex(&format!("{query}{}", self.secret.expose_secret()));
        format!("{query}&sign={sign}")
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientIdentity")
    }
}

/// In which order the 64 characters of both WBI keys are taken; the first 32 make the mixin.
const MIXIN_ORDER: [usize; 32] = [
    46, 47, 18, 2, 53, 8, 23, 32, 15, 50, 10, 31, 58, 3, 45, 35, 27, 43, 5, 49, 33, 9, 42, 19, 29, 28, 14,
    39, 12, 38, 41, 13,
];

/// The key of the WBI signature. It changes about once a day.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct WbiKey(String);

impl fmt::Debug for WbiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WbiKey")
    }
}

impl WbiKey {
    /// From the two picture addresses of `nav`; `None` when they don't hold keys.
    pub(super) fn from_urls(img_url: &str, sub_url: &str) -> Option<Self> {
        let stem = |url: &str| {
            let file = url.rsplit('/').next().unwrap_or_default();
            file.split('.').next().unwrap_or_default().to_owned()
        };
        let raw = (stem(img_url) + &stem(sub_url)).into_bytes();
        if raw.len() != 64 {
            return None;
        }
        MIXIN_ORDER.iter().map(|at| raw.get(*at).copied().map(char::from)).collect::<Option<_>>().map(Self)
    }

    /// The signed query: `wts` added, sorted, `w_rid` appended.
    pub(super) fn sign(&self, mut pairs: Vec<Pair>, now: Timestamp) -> String {
        pairs.push(("wts", now.as_second().to_string()));
        for (_, value) in &mut pairs {
            value.retain(|c| !"!'()*".contains(c));
        }
        pairs.sort();
        let query = encode(&pairs);
        let w_rid = md5_hex(&format!("{query}{}", self.0));
        format!("{query}&w_rid={w_rid}")
    }
}

fn md5_hex(text: &str) -> String {
    hex::encode(Md5::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaibo_live::problem::ProblemCode;

    const IMG: &str = "https://i0.hdslb.com/bfs/wbi/7cd084941338484aae1ad9425b84077c.png";
    const SUB: &str = "https://i0.hdslb.com/bfs/wbi/4932caff0ff746eab6f01bf08b70ac45.png";

    fn pair(name: &'static str, value: &str) -> Pair {
        (name, value.to_owned())
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn wbi(pairs: Vec<Pair>, wts: i64) -> String {
        WbiKey::from_urls(IMG, SUB).expect("keys").sign(pairs, at(wts))
    }

    #[test]
    fn wbi_mixin_vector() {
        let key = WbiKey::from_urls(IMG, SUB).expect("keys");
        assert_eq!(key.0, "ea1db124af3c7062474693fa704f4ff8");
        assert_eq!(WbiKey::from_urls("https://h/short.png", SUB), None);
        assert_eq!(WbiKey::from_urls("", ""), None);
    }

    #[test]
    fn wbi_vectors() {
        assert_eq!(
            wbi(vec![pair("foo", "114"), pair("bar", "514"), pair("zab", "1919810")], 1_702_204_169),
            "bar=514&foo=114&wts=1702204169&zab=1919810&w_rid=8f6f2b5b3d485fe1886cec6a0be8c5d4"
        );
        assert_eq!(
            wbi(vec![pair("bar", "514"), pair("foo", "114"), pair("hello", "世 界")], 1_744_823_207),
            "bar=514&foo=114&hello=%E4%B8%96%20%E7%95%8C&wts=1744823207\
             &w_rid=93acf59d85f74453e40cea00056c3daf"
        );
        let signed = wbi(
            vec![pair("foo", "one one four"), pair("bar", "五一四"), pair("baz", "1919810")],
            1_702_204_169,
        );
        assert!(signed.ends_with("&w_rid=04e50b58980e3e3cee8cbc0cc4c1c530"), "{signed}");
    }

    #[test]
    fn wbi_drops_what_the_server_drops() {
        let signed = wbi(vec![pair("a", "b!'()*c")], 1);
        assert!(signed.starts_with("a=bc&wts=1&"), "{signed}");
    }

    #[test]
    fn client_identity_vector() {
        let identity = ClientIdentity {
            key: "kaibotest0000001".into(),
            secret: "kaibotestsecret00000000000000001".to_owned().into(),
        };
        let pairs = vec![
            pair("id", "114514"),
            pair("str", "1919810"),
            pair("test", "いいよ，こいよ"),
            pair("appkey", "kaibotest0000001"),
        ];
        assert_eq!(
            identity.sign_as_is(pairs),
            "appkey=kaibotest0000001&id=114514&str=1919810\
             &test=%E3%81%84%E3%81%84%E3%82%88%EF%BC%8C%E3%81%93%E3%81%84%E3%82%88\
             &sign=d701dbf507a1fd963b9ab3ed6b591b02"
        );
        let signed = identity.sign(vec![pair("b", "2")], at(7));
        assert!(signed.starts_with("appkey=kaibotest0000001&b=2&ts=7&sign="), "{signed}");
    }

    #[test]
    fn a_pasted_header_is_read_byte_for_byte() {
        let session = Session::parse(
            "Cookie: buvid3=B-3; SESSDATA=ab%2Ccd%2A12==; bili_jct=0011; DedeUserID=42; theme=dark; sid=s",
        )
        .expect("a session");
        assert_eq!((session.uid, session.csrf()), (42, "0011"));
        assert_eq!(session.jar().get("sid"), Some("s"), "for what renews it");
        let header = session.header(Some("other"));
        assert_eq!(
            header.expose_secret(),
            "buvid3=B-3; SESSDATA=ab%2Ccd%2A12==; bili_jct=0011; DedeUserID=42; sid=s",
            "what isn't needed stays here"
        );
        let session = Session::parse("DedeUserID=1;bili_jct=x;SESSDATA=y").expect("a session");
        assert!(session.header(Some("found")).expose_secret().ends_with("; buvid3=found"));
        assert_eq!(format!("{session:?}"), "Session { uid: 1, .. }");
    }

    #[test]
    fn junk_is_refused_before_anything_is_sent() {
        let code = |pasted: &str| Session::parse(pasted).expect_err("refused").code;
        let malformed = ProblemCode::Invalid { field: "cookie".into(), reason: InvalidReason::Malformed };
        assert_eq!(code(" "), ProblemCode::Invalid { field: "cookie".into(), reason: InvalidReason::Empty });
        for pasted in [
            "hello",
            "SESSDATA=a; bili_jct=b",
            "SESSDATA=a; DedeUserID=1",
            "bili_jct=b; DedeUserID=1",
            "SESSDATA=; bili_jct=b; DedeUserID=1",
            "SESSDATA=a; bili_jct=b; DedeUserID=me",
            "SESSDATA=a\r\nHost: x; bili_jct=b; DedeUserID=1",
            "SESSDATA=密; bili_jct=b; DedeUserID=1",
            "SESSDATA=a; bili_jct=b; DedeUserID=1; theme=密",
            "SESSDATA=a; bili_jct=b; DedeUserID=1; theme=\r\nHost: x",
        ] {
            assert_eq!(code(pasted), malformed, "{pasted}");
        }
        let long = |length: usize| format!("{:=<length$}", "SESSDATA=a; bili_jct=b; DedeUserID=1; theme");
        assert_eq!(Session::parse(&long(PASTED_CAP)).map(|session| session.uid).ok(), Some(1));
        assert_eq!(code(&long(PASTED_CAP + 1)), malformed);
    }

    #[test]
    fn what_signs_shows_nothing_of_itself() {
        let secret = || "kaibotestsecret00000000000000001".to_owned().into();
        let identity = ClientIdentity { key: "kaibotest0000001".into(), secret: secret() };
        assert_eq!(format!("{identity:?}"), "ClientIdentity");
        assert_eq!(format!("{:?}", WbiKey::from_urls(IMG, SUB)), "Some(WbiKey)");
    }
}
