//! `GET /server/auth/token`: a token for the client API. Makes the user when there is none.
//!
//! <https://developer.qiniu.com/lowcode/12009/qlive-server-api-authentication>

use jiff::{SignedDuration, Timestamp};
use kaibo_live::driver::Outcome;
use kaibo_live::secret::SecretString;
use serde::Deserialize;

use super::live_room::SecretText;
use super::{Api, Refusal, Request, Token};
use crate::qiniu::auth::query_value;
use crate::wire;

/// A token is renewed this long before it ends, so that it doesn't end on the way.
const MARGIN: SignedDuration = SignedDuration::from_secs(60);

#[derive(Deserialize)]
struct Data {
    access_token: SecretText,
    /// Unix seconds.
    #[serde(default, deserialize_with = "wire::int")]
    expires_at: Option<i64>,
}

impl Api {
    /// The token at hand, or a new one when it ends within a minute.
    pub(super) async fn token(&self) -> Outcome<SecretString> {
        if let Some(token) = self.token.lock().await.as_ref()
            && token.ends > self.local_now() + MARGIN
        {
            return Ok(token.jwt.clone());
        }
        self.renew_token().await
    }

    /// Fetches a new token. It is the proof that AK and SK are good.
    pub(crate) async fn renew_token(&self) -> Outcome<SecretString> {
        let query = format!(
            "app_id={}&user_id={}",
            query_value(&self.keys.app_id),
            query_value(&self.keys.anchor_id)
        );
        let request = Request::read("/server/auth/token").query(query);
        let data: Data = self.server(request, Refusal::general).await?.data()?;
        // Without an end it serves for this call alone.
        let ends = data.expires_at.and_then(|s| Timestamp::from_second(s).ok()).unwrap_or_default();
        let jwt = data.access_token.0;
        *self.token.lock().await = Some(Token { jwt: jwt.clone(), ends });
        Ok(jwt)
    }
}
