//! `oauth2/revokeoauth2`: takes the token back. <https://open.weibo.com/wiki/Oauth2/revokeoauth2>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::super::auth::Client;
use super::super::codes::Meant;
use crate::http::Intent;
use crate::wire;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Revoked {
    #[serde(deserialize_with = "wire::text_or_bool")]
    result: Option<String>,
}

/// Sends it; whether the platform says it is done. It may be repeated: a token can't be taken back twice.
pub(in super::super) async fn send(client: &Client) -> Outcome<bool> {
    let revoked: Revoked = client.post(Intent::Read, "/oauth2/revokeoauth2", &[], Meant::Account).await?;
    Ok(revoked.result.is_some_and(|result| result.eq_ignore_ascii_case("true")))
}
