//! Signing in by the browser, OAuth 2: the person allows Kaibo's app on Weibo's page, and the browser brings
//! a code back, by itself to a loopback address or pasted. <https://open.weibo.com/wiki/Oauth2/authorize>

use std::sync::Arc;

use async_trait::async_trait;
use jiff::SignedDuration;
use kaibo_live::account::Settings;
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Outcome, SignIn, SignInPrompt, SignInStep, SignedIn};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode, UnreadableHow};
use kaibo_live::secret::{Credentials, SecretString};
use tokio::task::JoinHandle;
use url::{Url, form_urlencoded};

use super::BASE;
use super::api::access_token::{self, Ask};
use super::codes::{Code, Meant};
use crate::connect::{PlainHttp, base_url, endpoint, secret, text};
use crate::http::{Http, Redirects};
use crate::loopback::{Loopback, Query, value};

/// Weibo's page for apps without a callback of their own.
pub(super) const DEFAULT_REDIRECT: &str = "https://api.weibo.com/oauth2/default.html";
/// The longest code that is taken, bytes. Real ones have 32.
const CODE_CAP: usize = 512;

/// A sign-in under way. No `Debug`: it holds secrets.
pub(super) struct BrowserSignIn {
    http: Arc<Http>,
    base: Url,
    app_key: String,
    app_secret: SecretString,
    /// As it was typed: it must be the registered one, byte for byte.
    redirect_url: String,
    redirect: Url,
    listener: Option<Loopback>,
    /// What the answer must repeat; nobody else knows it.
    state: String,
    /// The code is being changed for a token. It works once, so this goes on when a step is dropped.
    exchange: Option<JoinHandle<Outcome<SignedIn>>>,
}

impl BrowserSignIn {
    pub(super) fn new(
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Self> {
        // The answer may come back to any address that the app's owner registered.
        let redirect = base_url(settings, "redirect_url", DEFAULT_REDIRECT, PlainHttp::Anywhere)?;
        if redirect.port() == Some(0) {
            return Err(Failure::invalid("redirect_url", InvalidReason::Malformed));
        }
        Ok(Self {
            app_key: text(settings, "app_key")?,
            app_secret: secret(credentials, "app_secret")?,
            base: base_url(settings, "base_url", BASE, PlainHttp::Loopback)?,
            redirect_url: settings.get("redirect_url").unwrap_or(DEFAULT_REDIRECT).to_owned(),
            redirect,
            http: Arc::new(Http::new(Platform::Weibo, Redirects::Never, clock)),
            listener: None,
            state: String::new(),
            exchange: None,
        })
    }

    /// The page to open.
    fn page(&self) -> Url {
        let mut page = endpoint(&self.base, "/oauth2/authorize");
        page.query_pairs_mut().extend_pairs([
            ("client_id", self.app_key.as_str()),
            ("redirect_uri", &self.redirect_url),
            ("response_type", "code"),
            ("state", &self.state),
            ("display", "client"),
        ]);
        page
    }

    /// Reads the code out of an answer, or why there is none.
    fn code(query: &Query) -> Outcome<SecretString> {
        if let Some(error) = value(query, "error").or_else(|| value(query, "error_code")) {
            let code = value(query, "error_code").or_else(|| Code::named(error)).unwrap_or(error);
            let words = value(query, "error_description").unwrap_or(error);
            let failure = match code {
                // No secret was sent so far: it is the key.
                "21324" => Failure::invalid("app_key", InvalidReason::Refused).at(Platform::Weibo),
                _ => Code::read(code, Meant::SignIn).failure(Meant::SignIn),
            };
            return Err(failure.said(code, words));
        }
        let code = value(query, "code").unwrap_or_default();
        let fit = !code.is_empty() && code.len() <= CODE_CAP && code.bytes().all(|b| b.is_ascii_graphic());
        if fit { Ok(code.to_owned().into()) } else { Err(wrong_answer()) }
    }

    fn begin_exchange(&mut self, code: SecretString) {
        let ask = Ask {
            app_key: self.app_key.clone(),
            app_secret: self.app_secret.clone(),
            redirect_url: self.redirect_url.clone(),
            code,
        };
        let (http, base) = (Arc::clone(&self.http), self.base.clone());
        self.exchange = Some(tokio::spawn(async move { exchange(&http, &base, &ask).await }));
    }

    /// Waits for the exchange that was begun.
    async fn exchanged(&mut self) -> Option<Outcome<SignedIn>> {
        let outcome = self.exchange.as_mut()?.await;
        self.exchange = None;
        Some(outcome.unwrap_or_else(|error| Err(Failure::new(ProblemCode::Internal).because(error))))
    }
}

impl Drop for BrowserSignIn {
    fn drop(&mut self) {
        if let Some(exchange) = &self.exchange {
            exchange.abort();
        }
    }
}

/// Changes the code for a token. After a lost answer the code may be spent, and trying again would tell
/// nothing: it is a failure, and the sign-in begins anew.
async fn exchange(http: &Http, base: &Url, ask: &Ask) -> Outcome<SignedIn> {
    let token = match access_token::send(http, base, ask).await {
        Err(lost) if lost.code == ProblemCode::OutcomeUnknown => {
            return Err(Failure { code: ProblemCode::Network, ..lost });
        }
        answered => answered?,
    };
    let Some(access_token) = token.access_token.filter(|token| token.bytes().all(|b| b.is_ascii_graphic()))
    else {
        let how = UnreadableHow::Malformed;
        return Err(Failure::new(ProblemCode::Unreadable { how }).at(Platform::Weibo));
    };
    let mut credentials = Credentials::default();
    credentials.set("access_token", access_token.into());
    let life = token.expires_in.filter(|seconds| *seconds > 0).map(SignedDuration::from_secs);
    let expires_at = life.and_then(|life| http.clock().now().checked_add(life).ok());
    Ok(SignedIn { credentials, expires_at })
}

#[async_trait]
impl SignIn for BrowserSignIn {
    /// The address is listened at before it is shown, so that nobody else can be.
    async fn begin(&mut self) -> Outcome<SignInPrompt> {
        self.exchange = None;
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).map_err(|error| Failure::new(ProblemCode::Internal).because(error))?;
        self.state = hex::encode(bytes);
        if self.listener.is_none() && Loopback::fits(&self.redirect) {
            let bound = Loopback::bind(&self.redirect).await;
            self.listener = Some(bound.map_err(|error| {
                let refused = Failure::invalid("redirect_url", InvalidReason::Refused).at(Platform::Weibo);
                Failure { message: Some(error.kind().to_string()), ..refused }.because(error)
            })?);
        }
        if let Some(listener) = &mut self.listener {
            listener.expect(&self.state);
        }
        Ok(SignInPrompt::Browser { url: self.page().into(), returns: self.listener.is_some() })
    }

    async fn step(&mut self) -> Outcome<SignInStep> {
        if self.exchange.is_none() {
            let Some(listener) = &mut self.listener else {
                // It will be pasted.
                return std::future::pending().await;
            };
            let Some(query) = listener.answer().await else {
                return std::future::pending().await;
            };
            let code = Self::code(&query)?;
            self.begin_exchange(code);
        }
        match self.exchanged().await {
            Some(done) => done.map(SignInStep::Done),
            None => Ok(SignInStep::Waiting),
        }
    }

    async fn answer(&mut self, text: &str) -> Outcome<SignedIn> {
        let query = pasted(text);
        // Another attempt's, or another's altogether.
        if value(&query, "state").is_some_and(|state| state != self.state) {
            return Err(wrong_answer());
        }
        let code = Self::code(&query)?;
        self.begin_exchange(code);
        self.exchanged().await.unwrap_or_else(|| Err(Failure::new(ProblemCode::Internal)))
    }
}

fn wrong_answer() -> Failure {
    Failure::invalid("answer", InvalidReason::Malformed).at(Platform::Weibo)
}

/// What stands in a pasted text: an address with a query, a query, or the code alone. The documents once have
/// `&code=` without a `?` before it.
fn pasted(text: &str) -> Query {
    let text = text.trim().trim_matches(['"', '\'', '<', '>']);
    let text = text.split('#').next().unwrap_or_default();
    let query = if text.contains("://") {
        text.split_once(['?', '&']).map_or("", |(_, query)| query)
    } else if text.contains('=') {
        text.trim_start_matches(['?', '&'])
    } else {
        return vec![("code".to_owned(), text.to_owned())];
    };
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

#[cfg(test)]
mod tests;
