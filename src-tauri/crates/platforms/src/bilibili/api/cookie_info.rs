//! `GET /x/passport-login/web/cookie/info` on the passport host: does the session want renewing?
//!
//! <https://www.bilibili.com>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::{Api, Refusal};
use crate::bilibili::auth::encode;
use crate::wire;

/// What the platform says of the session.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct CookieInfo {
    /// It wants renewing.
    pub(crate) refresh: bool,
    /// The platform's time, ms since 1970.
    #[serde(default, deserialize_with = "wire::int")]
    pub(crate) timestamp: Option<i64>,
}

impl Api {
    /// Asks. `SignInExpired` when the session is over.
    pub(crate) async fn cookie_info(&self) -> Outcome<CookieInfo> {
        let query = encode(&[("csrf", self.session.csrf().to_owned())]);
        let path = "/x/passport-login/web/cookie/info";
        self.read(&self.hosts.passport, path, &query).await?.map_err(Refusal::failure)?.data()
    }
}
