//! `live2/user/authed`: the right to broadcast, which the official kits ask for before a live is made.
//! It is in no page of the API; its path and its numbers are in the kits.

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::super::auth::Client;
use super::super::codes::Meant;
use crate::http::Intent;
use crate::wire;

/// The answer.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Authed {
    #[serde(deserialize_with = "wire::int")]
    pub(in super::super) auth_code: Option<i64>,
    /// What Weibo's app opens for the person to be verified.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) scheme_url: Option<String>,
}

/// Sends it. A read, though a post.
pub(in super::super) async fn send(client: &Client) -> Outcome<Authed> {
    client.post(Intent::Read, "/2/proxy/live2/user/authed", &[], Meant::Account).await
}
