//! `oauth2/get_token_info`: whose token this is and how long it lives.
//! <https://open.weibo.com/wiki/Oauth2/get_token_info>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::super::auth::Client;
use super::super::codes::Meant;
use crate::http::Intent;
use crate::wire;

/// The answer, as far as it is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct TokenInfo {
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) uid: Option<String>,
    /// Seconds, below zero once it ran out. Without an s, unlike elsewhere.
    #[serde(deserialize_with = "wire::int")]
    pub(in super::super) expire_in: Option<i64>,
}

/// Sends it. A read, though a post.
pub(in super::super) async fn send(client: &Client) -> Outcome<TokenInfo> {
    client.post(Intent::Read, "/oauth2/get_token_info", &[], Meant::Account).await
}
