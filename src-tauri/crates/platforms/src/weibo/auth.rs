//! Sending with an account's token, and reading what comes back.
//!
//! Calls of the live API are form posts with `access_token` among the fields; the account API takes
//! it in the query. See <http://open.weibo.com/wiki/Live/api>.

use std::sync::Arc;

use jiff::SignedDuration;
use kaibo_live::budget::CallBudget;
use kaibo_live::driver::Outcome;
use kaibo_live::problem::Failure;
use kaibo_live::secret::{ExposeSecret, SecretString};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::api::rate_limit_status;
use super::codes::{Code, Meant};
use crate::connect::endpoint;
use crate::http::{Call, Http, Intent, Multipart, Reply, extra};

/// One account's way to Weibo. No `Debug`: it holds the token.
pub(super) struct Client {
    http: Http,
    base: Url,
    token: SecretString,
    budget: Arc<CallBudget>,
}

impl Client {
    /// Each call is counted in `budget` as it goes out.
    pub(super) fn new(http: Http, base: Url, token: SecretString, budget: Arc<CallBudget>) -> Self {
        Self { http: http.counting(Arc::clone(&budget)), base, token, budget }
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    pub(super) fn budget(&self) -> &CallBudget {
        &self.budget
    }

    /// Posts a form to the live API.
    pub(super) async fn post<T: DeserializeOwned>(
        &self,
        intent: Intent,
        path: &str,
        fields: &[(&str, &str)],
        meant: Meant<'_>,
    ) -> Outcome<T> {
        let url = endpoint(&self.base, path);
        let call = match intent {
            Intent::Read => Call::read(Method::POST, url),
            Intent::Write => Call::write(Method::POST, url),
        };
        let token = ("access_token", self.token.expose_secret());
        self.settle(self.answer(call.form([token].into_iter().chain(fields.iter().copied())), meant).await)
            .await
    }

    /// Posts a JPEG to the account API, under `name`.
    pub(super) async fn post_picture<T: DeserializeOwned>(
        &self,
        path: &str,
        name: &str,
        jpeg: &[u8],
    ) -> Outcome<T> {
        let form = Multipart::new(self.http.clock()).text("access_token", self.token.expose_secret());
        let (kind, body) = form.jpeg(name, jpeg).finish();
        let call = Call::write(Method::POST, endpoint(&self.base, path));
        let call = call.body("multipart/form-data", body).header(CONTENT_TYPE, &kind);
        self.settle(self.answer(call, Meant::Account).await).await
    }

    /// Gets from the account API.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, fields: &[(&str, &str)]) -> Outcome<T> {
        let call = Call::read(Method::GET, self.with_token(path, fields));
        self.settle(self.answer(call, Meant::Account).await).await
    }

    /// Gets what costs nothing of the quota.
    pub(super) async fn get_uncounted<T: DeserializeOwned>(&self, path: &str) -> Outcome<T> {
        let call = Call::read(Method::GET, self.with_token(path, &[])).uncounted();
        self.answer(call, Meant::Account).await
    }

    /// Corrects the count by the platform's own, if it tells that.
    pub(super) async fn correct_budget(&self) {
        let Some(quota) = extra("quota", rate_limit_status::send(self)).await else { return };
        let whole = |n: Option<u64>| n.map(|n| u32::try_from(n).unwrap_or(u32::MAX));
        let (Some(limit), Some(left)) = (whole(quota.user_limit), whole(quota.remaining_user_hits)) else {
            return;
        };
        let seconds = SignedDuration::from_secs(quota.reset_time_in_seconds.unwrap_or_default());
        let resets_at = self.http.clock().now().checked_add(seconds).ok();
        let hourly = quota.limit_time_unit.is_some_and(|unit| unit.to_ascii_uppercase().starts_with("HOUR"));
        match resets_at {
            // What an hour allows says nothing about the day.
            _ if hourly && left > 0 => {}
            until if hourly => self.budget.used_up(until),
            Some(resets_at) => self.budget.correct(limit, left, resets_at),
            None => {}
        }
    }

    fn with_token(&self, path: &str, fields: &[(&str, &str)]) -> Url {
        let mut url = endpoint(&self.base, path);
        url.query_pairs_mut().append_pair("access_token", self.token.expose_secret()).extend_pairs(fields);
        url
    }

    async fn answer<T: DeserializeOwned>(&self, call: Call, meant: Meant<'_>) -> Outcome<T> {
        read(&self.http.send(call).await?, meant, &[self.token.expose_secret()])
    }

    /// After a refusal for too many calls nothing is left, until the platform's reset or for an hour.
    async fn settle<T>(&self, outcome: Outcome<T>) -> Outcome<T> {
        let used_up =
            |failure: &Failure| failure.platform_code.as_deref().is_some_and(Code::quota_is_used_up);
        let Err(failure) = outcome else { return outcome };
        if !used_up(&failure) {
            return Err(failure);
        }
        self.budget.used_up(None);
        if let Some(quota) = extra("quota", rate_limit_status::send(self)).await {
            let seconds = quota.reset_time_in_seconds.map(SignedDuration::from_secs);
            self.budget.used_up(seconds.and_then(|s| self.http.clock().now().checked_add(s).ok()));
        }
        Err(match self.budget.dry_for() {
            Some(wait) => failure.after(wait),
            None => failure,
        })
    }
}

/// Reads an answer. The body's `error_code` decides, whatever the HTTP status; `secrets` are taken out of the
/// platform's words, because it may quote what it didn't like.
pub(super) fn read<T: DeserializeOwned>(reply: &Reply, meant: Meant<'_>, secrets: &[&str]) -> Outcome<T> {
    let body: Value = reply.json()?;
    if let Some(code) = error_code(&body, reply.status.is_success()) {
        let mut words = error_text(&body).to_owned();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            words = words.replace(*secret, "…");
        }
        return Err(Code::read(&code, meant).failure(meant).said(code, words));
    }
    if !reply.status.is_success() {
        return Err(reply.malformed());
    }
    serde_json::from_value(body).map_err(|_| reply.malformed())
}

/// The code, when there is one that isn't 0: a number, or a number as text. OAuth's own errors may come by
/// their names alone.
fn error_code(body: &Value, success: bool) -> Option<String> {
    let code = match body.get("error_code") {
        Some(Value::Number(n)) => n.to_string(),
        Some(Value::String(s)) => s.trim().to_owned(),
        _ if success => return None,
        _ => body.get("error")?.as_str().and_then(Code::named)?.to_owned(),
    };
    (!code.is_empty() && code != "0").then_some(code)
}

fn error_text(body: &Value) -> &str {
    ["error", "error_msg", "error_description"]
        .iter()
        .find_map(|name| body.get(name)?.as_str())
        .unwrap_or_default()
}
