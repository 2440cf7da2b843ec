//! The one way to send. Bounds: connecting 5 s, a whole call 15 s, a read with its repeats 20 s, the
//! decoded body [`BODY_CAP`], nesting [`DEPTH_CAP`]. Reads are repeated at most twice; writes are sent
//! once, and a lost answer is [`ProblemCode::OutcomeUnknown`](kaibo_live::problem::ProblemCode).

mod call;
mod error;
mod multipart;
mod reply;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use bytes::BytesMut;
pub(crate) use call::{Call, Intent};
pub(crate) use error::SendError;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, SignedDurationRound, Timestamp, Unit};
use kaibo_live::budget::CallBudget;
use kaibo_live::clock::Clock;
use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::UnreadableHow;
pub(crate) use multipart::Multipart;
pub(crate) use reply::{Reply, is_html, parse_json, trimmed};
use reqwest::header::{AGE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, redirect};
use tokio::time::Instant;
use tracing::Instrument;

use crate::connect::is_loopback;

/// The most that is read of a decoded body, unless the call says otherwise.
pub(crate) const BODY_CAP: usize = 2 * 1024 * 1024;
/// The deepest nesting that is parsed.
pub(crate) const DEPTH_CAP: usize = 64;
/// How often a read is repeated.
const REPEATS: u32 = 2;
/// First and longest bound of the random wait before a repeat.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(4));
/// The longest `Retry-After` that is believed.
const RETRY_AFTER_CAP: Duration = Duration::from_secs(24 * 3600);
/// A difference of clocks up to this is the answer's way and the `Date`'s whole seconds.
const SKEW_BORNE: SignedDuration = SignedDuration::from_secs(30);
/// How long a reading waits for what it can do without: figures, a notice.
const EXTRA: Duration = Duration::from_secs(3);
const USER_AGENT: &str = concat!("Kaibo/", env!("CARGO_PKG_VERSION"));

/// What to do with a redirect. One to another origin is always refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Redirects {
    /// At most three, within scheme, host and port.
    SameHost,
    /// None.
    Never,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    connect: Duration,
    call: Duration,
    overall: Duration,
}

const LIMITS: Limits = Limits {
    connect: Duration::from_secs(5),
    call: Duration::from_secs(15),
    overall: Duration::from_secs(20),
};

/// Something that a reading can do without, so that a room's status never waits long for it. Anything
/// that goes wrong is logged, and there is none.
pub(crate) async fn extra<T>(what: &str, asking: impl Future<Output = Outcome<T>>) -> Option<T> {
    match tokio::time::timeout(EXTRA, asking).await {
        Ok(Ok(told)) => return Some(told),
        Ok(Err(error)) => tracing::debug!(%error, "no {what}"),
        Err(_) => tracing::debug!("no {what} in time"),
    }
    None
}

/// Sends one account's calls. Clients are made at the first call: reading the machine's certificates
/// takes a while, and an account on loopback needs none.
pub(crate) struct Http {
    platform: Platform,
    redirects: Redirects,
    clock: Arc<dyn Clock>,
    limits: Limits,
    /// For this machine: no proxy and no certificates.
    near: OnceLock<Client>,
    /// For the rest of the world.
    far: OnceLock<Client>,
    /// The platform's clock minus this machine's, as last seen.
    skew: Mutex<Option<SignedDuration>>,
    /// Where the day's calls are counted, repeats too.
    budget: Option<Arc<CallBudget>>,
}

impl Http {
    pub(crate) fn new(platform: Platform, redirects: Redirects, clock: Arc<dyn Clock>) -> Self {
        let (near, far, skew, budget) = Default::default();
        Self { platform, redirects, clock, limits: LIMITS, near, far, skew, budget }
    }

    /// Counts each call as it goes out.
    pub(crate) fn counting(self, budget: Arc<CallBudget>) -> Self {
        Self { budget: Some(budget), ..self }
    }

    /// Whose calls these are.
    pub(crate) fn platform(&self) -> Platform {
        self.platform
    }

    /// The time and the random numbers.
    pub(crate) fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// The platform's clock minus this machine's, by the `Date` of the last answer; whole seconds. The time
    /// that the answer was on its way is in it.
    pub(crate) fn skew(&self) -> Option<SignedDuration> {
        *self.skew.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What time it is at the platform, as near as can be told: calls are signed with it, so that a machine whose
    /// clock is off by an hour or a day can still make them.
    pub(crate) fn platform_now(&self) -> Timestamp {
        let now = self.clock.now();
        let off = self.skew().filter(|skew| skew.abs() > SKEW_BORNE);
        off.and_then(|skew| now.checked_add(skew).ok()).unwrap_or(now)
    }

    /// An answer out of a cache tells the time it was made at, not what time it is.
    fn note_clock(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).filter(|_| !headers.contains_key(AGE));
        let Some(date) = date.and_then(|value| value.to_str().ok()) else { return };
        let Ok(date) = rfc2822::DateTimeParser::new().parse_timestamp(date) else { return };
        let whole = SignedDurationRound::new().smallest(Unit::Second);
        if let Ok(skew) = date.duration_since(self.clock.now()).round(whole) {
            *self.skew.lock().unwrap_or_else(PoisonError::into_inner) = Some(skew);
        }
    }

    /// Sends. An answer of any HTTP status comes back as a reply, because platforms put their own codes
    /// into all of them; except 429, redirects, and 5xx without a platform's body, which are failures.
    pub(crate) async fn send(&self, call: Call) -> Outcome<Reply> {
        let span = tracing::info_span!("call", platform = ?self.platform, method = %call.method,
            host = call.url.host_str(), path = call.url.path());
        let sent = self.attempts(&call).instrument(span).await;
        sent.map_err(|error| error.into_failure(self.platform, call.intent))
    }

    async fn attempts(&self, call: &Call) -> Result<Reply, SendError> {
        let deadline = Instant::now() + self.limits.overall;
        let mut attempt = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let error = match self.once(call, left.min(self.limits.call)).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            tracing::debug!(attempt, %error, "no answer to use");
            if call.intent == Intent::Write || attempt == REPEATS || !error.may_pass() {
                return Err(error);
            }
            let wait = self.backoff(attempt).max(error.retry_after().unwrap_or_default());
            if wait >= deadline.saturating_duration_since(Instant::now()) {
                return Err(error);
            }
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Full jitter: anything from nothing to a bound that doubles.
    fn backoff(&self, attempt: u32) -> Duration {
        let (first, longest) = BACKOFF;
        (first * 2u32.pow(attempt)).min(longest).mul_f64(self.clock.chance().clamp(0.0, 1.0))
    }

    async fn once(&self, call: &Call, timeout: Duration) -> Result<Reply, SendError> {
        #[cfg(feature = "canned")]
        if let Some(answer) = crate::canned::next() {
            return self.canned(call, answer);
        }
        let client = self.client(call)?;
        let mut request = client
            .request(call.method.clone(), call.url.clone())
            .headers(call.headers.clone())
            .timeout(timeout);
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let budget = self.budget.as_ref().filter(|_| call.counted);
        if let Some(budget) = budget {
            budget.spend();
        }
        let mut response = request.send().await.map_err(|error| {
            let error = SendError::before_answer(error);
            if let (Some(budget), SendError::NotSent(_)) = (budget, &error) {
                budget.take_back();
            }
            error
        })?;
        let status = response.status();
        let headers = response.headers().clone();
        if !call.elsewhere {
            self.note_clock(&headers);
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(SendError::within_answer)? {
            if body.len() + chunk.len() > call.cap {
                return Err(SendError::Unreadable { how: UnreadableHow::TooLarge, status, at: None });
            }
            body.extend_from_slice(&chunk);
        }
        tracing::debug!(status = status.as_u16(), bytes = body.len(), "answered");
        let reply =
            Reply { platform: self.platform, intent: call.intent, status, headers, body: body.freeze() };
        self.sort_out(reply)
    }

    /// As [`Self::once`], with an answer that came by no wire.
    #[cfg(feature = "canned")]
    fn canned(&self, call: &Call, answer: (StatusCode, HeaderMap, Vec<u8>)) -> Result<Reply, SendError> {
        let (status, headers, body) = answer;
        if let Some(budget) = self.budget.as_ref().filter(|_| call.counted) {
            budget.spend();
        }
        if !call.elsewhere {
            self.note_clock(&headers);
        }
        if body.len() > call.cap {
            return Err(SendError::Unreadable { how: UnreadableHow::TooLarge, status, at: None });
        }
        let (platform, intent) = (self.platform, call.intent);
        self.sort_out(Reply { platform, intent, status, headers, body: body.into() })
    }

    /// The statuses that mean the same whatever the platform.
    fn sort_out(&self, reply: Reply) -> Result<Reply, SendError> {
        let status = reply.status;
        let after = || self.retry_after(&reply.headers);
        if status == StatusCode::TOO_MANY_REQUESTS {
            Err(SendError::RateLimited { after: after() })
        } else if status.is_redirection() {
            Err(SendError::Redirected)
        } else if status.is_server_error() && !reply.holds_data() {
            Err(SendError::Down { status, after: after() })
        } else {
            Ok(reply)
        }
    }

    /// `Retry-After` in seconds or as a date.
    fn retry_after(&self, headers: &HeaderMap) -> Option<Duration> {
        let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let wait = if let Ok(seconds) = value.parse() {
            Duration::from_secs(seconds)
        } else {
            let date = rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
            Duration::try_from(date.duration_since(self.clock.now())).unwrap_or_default()
        };
        Some(wait.min(RETRY_AFTER_CAP))
    }

    fn client(&self, call: &Call) -> Result<Client, SendError> {
        let near = is_loopback(&call.url);
        let slot = if near { &self.near } else { &self.far };
        if let Some(client) = slot.get() {
            return Ok(client.clone());
        }
        let policy = match self.redirects {
            Redirects::SameHost => redirect::Policy::custom(same_origin),
            Redirects::Never => redirect::Policy::none(),
        };
        let mut builder = Client::builder()
            .user_agent(USER_AGENT)
            .connect_timeout(self.limits.connect)
            .redirect(policy)
            .referer(false)
            .retry(reqwest::retry::never())
            .pool_max_idle_per_host(2);
        if near {
            builder = builder.no_proxy().tls_certs_only([]);
        }
        let client = builder.build().map_err(SendError::Unsendable)?;
        Ok(slot.get_or_init(|| client).clone())
    }
}

fn same_origin(attempt: redirect::Attempt<'_>) -> redirect::Action {
    let from_here = attempt.previous().first().is_some_and(|first| first.origin() == attempt.url().origin());
    // The first of `previous` is the call itself.
    if from_here && attempt.previous().len() <= 3 { attempt.follow() } else { attempt.stop() }
}
