//! Accounts whose calls are answered with given bytes, on a clock that runs only while everybody waits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kaibo_live::account::Settings;
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Connection, Driver, Outcome};
use kaibo_live::platform::Platform;
use kaibo_live::problem::Failure;
use kaibo_live::secret::Credentials;
use kaibo_platforms::canned::Answer;
use kaibo_platforms::drivers;
use tokio::runtime::Builder;
use tokio::time::{Instant, timeout};

/// Parts answers: no JSON and no XML holds this byte.
const PART: u8 = 0x1e;
/// The most answers in one input.
const ANSWERS_CAP: usize = 16;
/// Stands in every secret, so that it can be looked for.
const CANARY: &str = "kaibo-canary";
/// Longer than anything may take, in the clock's time.
const PATIENCE: Duration = Duration::from_secs(3600);

const TAOBAO: [(&str, &str); 3] = [("app_key", "k"), ("app_secret", CANARY), ("live_ids", "23091,23092")];
const WEIBO: [(&str, &str); 5] = [
    ("app_key", "k"),
    ("app_secret", CANARY),
    ("access_token", CANARY),
    ("daily_calls", "10000000"),
    ("signal_url", "http://127.0.0.1:9"),
];
const QINIU: [(&str, &str); 5] = [
    ("access_key", "k"),
    ("secret_key", CANARY),
    ("anchor_id", "anchor"),
    ("anchor_name", "主播"),
    ("signal_url", "http://127.0.0.1:9"),
];
const BILIBILI: [(&str, &str); 5] = [
    ("cookie", "SESSDATA=kaibo-canary; bili_jct=kaibo-canary; DedeUserID=42"),
    ("refresh_token", CANARY),
    ("client_app_key", "k"),
    ("client_app_secret", CANARY),
    ("signal_url", "http://127.0.0.1:9"),
];

/// An account of which nothing is known but how it is connected.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Side {
    Weibo,
    Taobao,
    TaobaoXml,
    Qiniu,
    Bilibili,
}

impl Side {
    /// By the letter that begins an input; any other byte is one of them too.
    pub(crate) fn of(byte: u8) -> Self {
        match byte {
            b'w' => Self::Weibo,
            b't' => Self::Taobao,
            b'x' => Self::TaobaoXml,
            b'q' => Self::Qiniu,
            b'b' => Self::Bilibili,
            _ => [Self::Weibo, Self::Taobao, Self::TaobaoXml, Self::Qiniu, Self::Bilibili]
                [usize::from(byte) % 5],
        }
    }

    fn platform(self) -> Platform {
        match self {
            Self::Weibo => Platform::Weibo,
            Self::Taobao | Self::TaobaoXml => Platform::Taobao,
            Self::Qiniu => Platform::Qiniu,
            Self::Bilibili => Platform::Bilibili,
        }
    }

    /// The filled-in form.
    pub(crate) fn form(self) -> (Settings, Credentials) {
        let fields: &[(&str, &str)] = match self {
            Self::Weibo => &WEIBO,
            Self::Taobao | Self::TaobaoXml => &TAOBAO,
            Self::Qiniu => &QINIU,
            Self::Bilibili => &BILIBILI,
        };
        let (mut settings, mut credentials) = (BTreeMap::new(), Credentials::default());
        for (name, value) in fields {
            if value.contains(CANARY) {
                credentials.set(*name, (*value).to_owned().into());
            } else {
                settings.insert((*name).to_owned(), (*value).to_owned());
            }
        }
        if matches!(self, Self::TaobaoXml) {
            settings.insert("format".to_owned(), "xml".to_owned());
        }
        (Settings(settings), credentials)
    }

    pub(crate) fn driver(self) -> Box<dyn Driver> {
        let mut all = drivers().into_iter();
        all.find(|(platform, _)| *platform == self.platform()).map(|(_, driver)| driver).expect("a driver")
    }

    pub(crate) fn connect(self) -> Arc<dyn Connection> {
        let (settings, credentials) = self.form();
        self.driver().connect(&settings, &credentials, Arc::new(Ticking::new())).expect("a good form")
    }
}

/// Follows tokio's clock, which `during` stops.
pub(crate) struct Ticking(Instant);

impl Ticking {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        let gone = SignedDuration::try_from(self.0.elapsed()).unwrap_or_default();
        Timestamp::constant(1_795_305_600, 0).checked_add(gone).unwrap_or(Timestamp::MAX)
    }

    fn chance(&self) -> f64 {
        0.5
    }

    fn fresh_id(&self) -> String {
        "0123456789abcdef".to_owned()
    }
}

/// Runs what waits without waiting. `None` when it never ends.
pub(crate) fn during<F: Future>(what: F) -> Option<F::Output> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    runtime.block_on(async { timeout(PATIENCE, what).await.ok() })
}

/// Parts answers. One may begin with a line `HTTP 503` and lines of headers up to an empty one; else it is a body
/// of a 200.
pub(crate) fn answers(script: &[u8]) -> Vec<Answer> {
    script.split(|b| *b == PART).take(ANSWERS_CAP).map(answer).collect()
}

fn answer(part: &[u8]) -> Answer {
    let plain = || Answer { status: 200, headers: Vec::new(), body: part.to_vec() };
    let Some(rest) = part.strip_prefix(b"HTTP ") else { return plain() };
    let Some(end) = rest.windows(2).position(|two| two == b"\n\n") else { return plain() };
    let Ok(head) = std::str::from_utf8(&rest[..end]) else { return plain() };
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.parse().ok()).unwrap_or(200);
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Answer { status, headers, body: rest[end + 2..].to_vec() }
}

/// Whether these bytes hold what is looked for themselves, so that nothing can be concluded.
pub(crate) fn names_the_secret(data: &[u8]) -> bool {
    data.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
}

/// No failure tells a secret, in any of its forms.
pub(crate) fn tells_no_secret<T>(outcome: &Outcome<T>) {
    if let Err(failure) = outcome {
        assert!(!told(failure).contains(CANARY), "a failure tells a secret");
    }
}

fn told(failure: &Failure) -> String {
    format!("{failure} {failure:?}")
}
