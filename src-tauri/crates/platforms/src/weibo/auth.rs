//! Sending with an account's token, and reading what comes back.
//!
//! Calls of the live API are form posts with `access_token` among the fields; the account API takes
//! it in the query. See <http://open.weibo.com/wiki/Live/api>.

use kaibo_live::driver::Outcome;
use kaibo_live::secret::{ExposeSecret, SecretString};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::codes::{Code, Meant};
use crate::connect::endpoint;
use crate::http::{Call, Http, Intent, Reply};

/// One account's way to Weibo. No `Debug`: it holds the token.
pub(super) struct Client {
    http: Http,
    base: Url,
    token: SecretString,
}

impl Client {
    pub(super) fn new(http: Http, base: Url, token: SecretString) -> Self {
        Self { http, base, token }
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
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
        let reply = self.http.send(call.form([token].into_iter().chain(fields.iter().copied()))).await?;
        self.read(&reply, meant)
    }

    /// Gets from the account API.
    pub(super) async fn get<T: DeserializeOwned>(&self, path: &str, fields: &[(&str, &str)]) -> Outcome<T> {
        let mut url = endpoint(&self.base, path);
        url.query_pairs_mut().append_pair("access_token", self.token.expose_secret()).extend_pairs(fields);
        let reply = self.http.send(Call::read(Method::GET, url)).await?;
        self.read(&reply, Meant::Account)
    }

    /// The body's `error_code` decides, whatever the HTTP status.
    fn read<T: DeserializeOwned>(&self, reply: &Reply, meant: Meant<'_>) -> Outcome<T> {
        let body: Value = reply.json()?;
        if let Some(code) = error_code(&body) {
            // A platform may quote the token it didn't like.
            let words = error_text(&body).replace(self.token.expose_secret(), "…");
            return Err(Code::read(&code, meant).failure(meant).said(code, words));
        }
        if !reply.status.is_success() {
            return Err(reply.malformed());
        }
        serde_json::from_value(body).map_err(|_| reply.malformed())
    }
}

/// The code, when there is one that isn't 0: a number, or a number as text.
fn error_code(body: &Value) -> Option<String> {
    let code = match body.get("error_code")? {
        Value::Number(n) => n.to_string(),
        Value::String(s) => s.trim().to_owned(),
        _ => return None,
    };
    (!code.is_empty() && code != "0").then_some(code)
}

fn error_text(body: &Value) -> &str {
    ["error", "error_msg", "error_description"]
        .iter()
        .find_map(|name| body.get(name)?.as_str())
        .unwrap_or_default()
}
