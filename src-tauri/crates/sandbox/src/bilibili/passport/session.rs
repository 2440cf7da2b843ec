//! Sign-ins. Each has cookies, a csrf and a refresh token of its own, and lives for 180 days.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::bilibili::call::Call;
use crate::bilibili::sign::{md5_hex, pairs};

/// How long a sign-in works, in milliseconds.
const LIFE_MS: i64 = 180 * DAY_MS;
/// From this age on the platform asks for a refresh, in milliseconds.
const OLD_MS: i64 = 30 * DAY_MS;
const DAY_MS: i64 = 24 * 3600 * 1000;
/// Sign-ins remembered at once; the oldest stops working.
const SESSIONS: usize = 256;

/// One sign-in.
#[derive(Debug, Clone)]
pub(in crate::bilibili) struct Session {
    pub(in crate::bilibili) uid: u64,
    /// As in the cookie, escapes and all.
    pub(in crate::bilibili) sessdata: String,
    /// The cookie `bili_jct`, which is the csrf token.
    pub(in crate::bilibili) jct: String,
    sid: String,
    pub(in crate::bilibili) refresh_token: String,
    made_ms: i64,
    /// When `cookie/info` was last asked.
    pub(super) asked_ms: Option<i64>,
    /// The `refresh_csrf` that was handed out last and not used yet.
    pub(super) refresh_csrf: Option<String>,
    /// The refresh token of the sign-in that this one comes from.
    pub(super) replaces: Option<String>,
    /// The control that asks for a refresh finds this one renewed already.
    renewed: bool,
}

/// 32 hexadecimal digits of chance.
pub(super) fn nonce() -> String {
    format!("{:032x}", fastrand::u128(..))
}

impl Session {
    fn new(uid: u64, now_ms: i64) -> Self {
        let (nonce, until) = (nonce(), now_ms.saturating_add(LIFE_MS).div_euclid(1000));
        Self {
            uid,
            sessdata: format!("{}%2C{until}%2C{}%2A21", &nonce[..8], &nonce[8..13]),
            jct: self::nonce(),
            sid: nonce[13..21].to_owned(),
            refresh_token: self::nonce(),
            made_ms: now_ms,
            asked_ms: None,
            refresh_csrf: None,
            replaces: None,
            renewed: false,
        }
    }

    fn works(&self, now_ms: i64) -> bool {
        now_ms < self.made_ms.saturating_add(LIFE_MS)
    }

    /// Whether the platform asks for a refresh; `wanted` when the control says so.
    pub(super) fn wants_refresh(&self, wanted: bool, now_ms: i64) -> bool {
        (wanted && !self.renewed) || now_ms.saturating_sub(self.made_ms) > OLD_MS
    }

    /// Whether the request carries this sign-in's csrf, as a cookie and as `field`.
    pub(in crate::bilibili) fn csrf(&self, call: &Call, field: &str) -> bool {
        call.cookie("bili_jct") == Some(&self.jct) && call.param(field) == Some(&self.jct)
    }

    /// Whether the request carries this sign-in's csrf, as a cookie and in its query.
    pub(in crate::bilibili) fn csrf_of_query(&self, call: &Call) -> bool {
        let told = pairs(&call.query).into_iter().find(|(name, _)| name == "csrf");
        call.cookie("bili_jct") == Some(&self.jct) && told.is_some_and(|(_, csrf)| csrf == self.jct)
    }

    /// The cookies in the form of a `Cookie` header.
    pub(in crate::bilibili) fn header(&self) -> String {
        format!("SESSDATA={}; bili_jct={}; DedeUserID={}", self.sessdata, self.jct, self.uid)
    }

    fn pairs(&self) -> [(&'static str, String); 5] {
        let uid = self.uid.to_string();
        let check = md5_hex(&uid)[..16].to_owned();
        [
            ("SESSDATA", self.sessdata.clone()),
            ("bili_jct", self.jct.clone()),
            ("DedeUserID", uid),
            ("DedeUserID__ckMd5", check),
            ("sid", self.sid.clone()),
        ]
    }

    /// The values of the `Set-Cookie` headers.
    pub(super) fn set_cookies(&self) -> Vec<String> {
        let until = Timestamp::from_millisecond(self.made_ms.saturating_add(LIFE_MS)).unwrap_or_default();
        let until = until.strftime("%a, %d %b %Y %H:%M:%S GMT");
        let with = |(name, value): &(&str, String)| {
            let hidden = if *name == "SESSDATA" { "; HttpOnly; Secure" } else { "" };
            format!("{name}={value}; Path=/; Domain=.bilibili.com; Expires={until}{hidden}")
        };
        self.pairs().iter().map(with).collect()
    }

    /// The address that carries the cookies to the platform's other domains. Values stand in it byte for byte.
    pub(super) fn cross_domain(&self, base: &str) -> String {
        let pairs = self.pairs().map(|(name, value)| format!("{name}={value}")).join("&");
        let life = LIFE_MS / 1000;
        format!("{base}/crossDomain?{pairs}&Expires={life}&gourl=https%3A%2F%2Fwww.bilibili.com")
    }
}

/// All sign-ins.
#[derive(Debug, Default)]
pub(in crate::bilibili) struct Sessions {
    all: VecDeque<Session>,
    /// The control wants `cookie/info` to ask for a refresh.
    pub(super) wanted: bool,
}

impl Sessions {
    /// A new sign-in, after the one with the refresh token `replaces`, if any.
    pub(in crate::bilibili) fn open(&mut self, uid: u64, replaces: Option<String>, now_ms: i64) -> Session {
        self.all.retain(|session| session.works(now_ms));
        if self.all.len() == SESSIONS {
            self.all.pop_front();
        }
        let renewed = replaces.is_some();
        let session = Session { replaces, renewed, ..Session::new(uid, now_ms) };
        self.all.push_back(session.clone());
        session
    }

    /// The sign-in that the request's cookies belong to, if it still works.
    pub(in crate::bilibili) fn of(&self, call: &Call) -> Option<&Session> {
        self.all.iter().find(|session| session.is(call))
    }

    pub(super) fn of_mut(&mut self, call: &Call) -> Option<&mut Session> {
        self.all.iter_mut().find(|session| session.is(call))
    }

    /// The sign-in with this SESSDATA, if it still works.
    pub(in crate::bilibili) fn find(&self, sessdata: &str, now_ms: i64) -> Option<&Session> {
        self.all.iter().find(|session| session.sessdata == sessdata && session.works(now_ms))
    }

    /// Ends the sign-ins that `which` picks. False when there was none.
    pub(in crate::bilibili) fn close(&mut self, which: impl Fn(&Session) -> bool) -> bool {
        let before = self.all.len();
        self.all.retain(|session| !which(session));
        self.all.len() < before
    }

    /// How many work.
    pub(in crate::bilibili) fn working(&self, now_ms: i64) -> usize {
        self.all.iter().filter(|session| session.works(now_ms)).count()
    }

    /// From now on every sign-in is asked to refresh, once; or none before it is old.
    pub(in crate::bilibili) fn want_refresh(&mut self, on: bool) {
        self.wanted = on;
        for session in &mut self.all {
            session.renewed = false;
        }
    }
}

impl Session {
    /// Whether the request's cookies are this sign-in's and it still works.
    fn is(&self, call: &Call) -> bool {
        let told = call.cookie("DedeUserID");
        call.cookie("SESSDATA") == Some(&self.sessdata)
            && told.is_none_or(|id| id == self.uid.to_string())
            && self.works(call.now_ms)
    }
}
