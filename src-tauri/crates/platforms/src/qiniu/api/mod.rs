//! Qiniu's calls, one a file, and what their answers have in common.
//!
//! Two doors: the server API, signed with AK and SK, and the client API with the anchor's JWT, which
//! [`auth_token`] fetches. <https://developer.qiniu.com/lowcode/12012/qlive-server-api-live>

mod auth_token;
mod create_live;
mod delete_live;
mod get_live;
mod heartbeat;
mod join_room;
mod list_anchor;
mod live_room;
#[cfg(test)]
mod recordings;
mod register_user;
mod room_info;
mod start_room;
mod stats;
mod stop_live;
mod user_info;

use std::sync::Arc;

use jiff::Timestamp;
use kaibo_live::clock::Clock;
use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::{ExposeSecret, SecretString};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderName};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use url::Url;

pub(super) use create_live::CreateLive;
pub(super) use heartbeat::Beat;
pub(super) use live_room::{LiveRoom, LiveStatus};

use super::auth::Signed;
use crate::connect::endpoint;
use crate::http::{Call, Http, Intent, Redirects, Reply, parse_json};

/// Comes back as `request_id`, so that an answer can be found in the server's log.
const X_REQID: HeaderName = HeaderName::from_static("x-reqid");
const JSON: &str = "application/json";

/// What the account was connected with.
pub(super) struct Keys {
    pub(super) access_key: String,
    pub(super) secret_key: SecretString,
    pub(super) app_id: String,
    pub(super) anchor_id: String,
}

/// Sends the calls of one account.
pub(super) struct Api {
    http: Http,
    base: Url,
    keys: Keys,
    /// The client API's token, kept until it runs out.
    token: Mutex<Option<Token>>,
}

/// A JWT and when it ends.
struct Token {
    jwt: SecretString,
    ends: Timestamp,
}

/// One call before it is signed.
struct Request {
    intent: Intent,
    method: Method,
    /// Encoded, from `/`.
    path: String,
    /// Encoded, without `?`.
    query: Option<String>,
    /// JSON.
    body: Option<Vec<u8>>,
}

impl Request {
    fn read(path: impl Into<String>) -> Self {
        Self { intent: Intent::Read, method: Method::GET, path: path.into(), query: None, body: None }
    }

    fn write(method: Method, path: impl Into<String>) -> Self {
        Self { intent: Intent::Write, method, path: path.into(), query: None, body: None }
    }

    fn query(mut self, query: String) -> Self {
        self.query = Some(query);
        self
    }
}

impl Api {
    pub(super) fn new(base: Url, keys: Keys, clock: Arc<dyn Clock>) -> Self {
        // A redirect would have to be signed anew: the path is signed.
        let http = Http::new(Platform::Qiniu, Redirects::Never, clock);
        Self { http, base, keys, token: Mutex::new(None) }
    }

    /// The way out, for what isn't a call of the API.
    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// The time at the server, whatever this machine's clock says.
    pub(super) fn now(&self) -> Timestamp {
        self.http.platform_now()
    }

    /// The time by this machine's clock.
    pub(super) fn local_now(&self) -> Timestamp {
        self.http.clock().now()
    }

    /// The anchor whose rooms these are.
    pub(super) fn anchor_id(&self) -> &str {
        &self.keys.anchor_id
    }

    /// Sends to the server API, signed.
    async fn server(&self, request: Request, refused: fn(&Refusal) -> ProblemCode) -> Outcome<Answer> {
        let call = self.call(&request, |url| {
            let content_type = request.body.as_ref().map(|_| JSON);
            let signed = Signed {
                method: request.method.as_str(),
                path: url.path(),
                query: url.query(),
                host: &host_header(url),
                content_type,
                headers: &[],
                body: request.body.as_deref().unwrap_or_default(),
            };
            signed.authorization(&self.keys.access_key, &self.keys.secret_key)
        });
        let reply = self.http.send(call).await?;
        answer(reply)?.map_err(|refusal| refusal.failure(refused))
    }

    /// Sends to the client API. A token that is refused is renewed once: the server knows the refusal
    /// for sure, so even a write may be sent again.
    async fn client(&self, request: Request, refused: fn(&Refusal) -> ProblemCode) -> Outcome<Answer> {
        let mut renewed = false;
        loop {
            let jwt = if renewed { self.renew_token().await? } else { self.token().await? };
            // The bare token, with no word before it.
            let call = self.call(&request, |_| jwt);
            match answer(self.http.send(call).await?)? {
                Ok(answer) => return Ok(answer),
                Err(refusal) if refusal.token_is_bad() && !renewed => renewed = true,
                Err(refusal) => return Err(refusal.failure(refused)),
            }
        }
    }

    fn call(&self, request: &Request, authorization: impl FnOnce(&Url) -> SecretString) -> Call {
        let mut url = endpoint(&self.base, &request.path);
        url.set_query(request.query.as_deref());
        let authorization = authorization(&url);
        let call = match request.intent {
            Intent::Read => Call::read(request.method.clone(), url),
            Intent::Write => Call::write(request.method.clone(), url),
        };
        let call = call
            .header(AUTHORIZATION, authorization.expose_secret())
            .header(X_REQID, &self.http.clock().fresh_id());
        match &request.body {
            Some(body) => call.body(JSON, body.clone()),
            None => call,
        }
    }
}

/// The `Host` header as the HTTP client writes it: the port only when it isn't the scheme's own.
fn host_header(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What every answer is wrapped in.
#[derive(Deserialize)]
struct Envelope {
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    request_id: String,
    #[serde(default)]
    data: Option<Box<RawValue>>,
}

/// An answer that says it worked. No `Debug`: it may hold a stream key.
struct Answer {
    reply: Reply,
    data: Option<Box<RawValue>>,
}

impl Answer {
    /// The answer's data, which must be there.
    fn data<T: DeserializeOwned>(&self) -> Outcome<T> {
        let data = self.data.as_ref().ok_or_else(|| self.reply.malformed())?;
        parse_json(data.get().as_bytes()).map_err(|(how, at)| self.reply.unreadable(how, at))
    }
}

/// An answer that says it didn't.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refusal {
    /// HTTP status.
    status: u16,
    /// Qiniu's own code.
    code: i64,
    /// Qiniu's own words.
    message: String,
}

/// Tells an answer that worked from one that didn't: HTTP 2xx **and** code 0 or 200. The documents
/// know 0 alone, the server answers 200 on rooms, and refusals come with HTTP 200 as well.
fn answer(reply: Reply) -> Outcome<Result<Answer, Refusal>> {
    // A wrong path answers in plain text, which is no answer of this API.
    let envelope: Envelope = reply.json()?;
    if reply.status.is_success() && matches!(envelope.code, 0 | 200) {
        return Ok(Ok(Answer { reply, data: envelope.data }));
    }
    tracing::debug!(request_id = envelope.request_id, code = envelope.code, "Qiniu refused");
    let status = reply.status.as_u16();
    Ok(Err(Refusal { status, code: envelope.code, message: envelope.message }))
}

impl Refusal {
    /// A token that has run out, isn't a token, or is of somebody who isn't there (asking for a new one
    /// makes the user). With the database down the same status comes with code 602.
    fn token_is_bad(&self) -> bool {
        self.status == 401 && matches!(self.code, 401 | 404 | 499)
    }

    fn failure(self, refused: fn(&Self) -> ProblemCode) -> Failure {
        let code = refused(&self);
        Failure::new(code).at(Platform::Qiniu).said(self.code.to_string(), self.message)
    }

    /// What the codes mean wherever they come from; calls put their own meanings before it.
    fn general(&self) -> ProblemCode {
        match self.code {
            401 if self.status == 401 => ProblemCode::CredentialsRefused,
            499 => ProblemCode::SignInExpired,
            404 => ProblemCode::NotFound,
            // 501 is any error of the server's insides, 602 its database.
            500 | 501 | 602 => ProblemCode::PlatformDown,
            601 => ProblemCode::WrongState,
            _ => ProblemCode::Refused,
        }
    }

    /// [`general`](Self::general) for the client API, where a bad token is a sign-in that ended.
    fn general_client(&self) -> ProblemCode {
        if self.token_is_bad() { ProblemCode::SignInExpired } else { self.general() }
    }
}
