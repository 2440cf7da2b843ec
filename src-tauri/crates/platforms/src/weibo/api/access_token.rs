//! `oauth2/access_token`: a code for a token. <https://open.weibo.com/wiki/OAuth2/access_token>

use kaibo_live::driver::Outcome;
use kaibo_live::secret::{ExposeSecret, SecretString};
use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::super::auth::read;
use super::super::codes::Meant;
use crate::connect::endpoint;
use crate::http::{Call, Http};
use crate::wire;

/// What is sent. No `Debug`: it holds secrets.
pub(in super::super) struct Ask {
    pub(in super::super) app_key: String,
    pub(in super::super) app_secret: SecretString,
    /// As it was typed: it must be the registered one, byte for byte.
    pub(in super::super) redirect_url: String,
    pub(in super::super) code: SecretString,
}

/// The answer, as far as it is used. No `Debug`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Token {
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) access_token: Option<String>,
    /// Seconds; text in the documents, a number in real answers.
    #[serde(deserialize_with = "wire::int")]
    pub(in super::super) expires_in: Option<i64>,
}

/// Sends it. A write: the code works once.
pub(in super::super) async fn send(http: &Http, base: &Url, ask: &Ask) -> Outcome<Token> {
    let secret = ask.app_secret.expose_secret();
    let code = ask.code.expose_secret();
    let form = [
        ("client_id", ask.app_key.as_str()),
        ("client_secret", secret),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &ask.redirect_url),
    ];
    let reply =
        http.send(Call::write(Method::POST, endpoint(base, "/oauth2/access_token")).form(form)).await?;
    read(&reply, Meant::SignIn, &[secret, code])
}
