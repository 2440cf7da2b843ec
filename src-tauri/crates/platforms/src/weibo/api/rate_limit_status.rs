//! `account/rate_limit_status`: what is left of the day's calls. It isn't counted itself.
//! <https://open.weibo.com/wiki/2/account/rate_limit_status>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::super::auth::Client;
use crate::wire;

/// The answer, as far as it is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct Quota {
    /// `DAY`, or `HOURS` for old apps.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) limit_time_unit: Option<String>,
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) user_limit: Option<u64>,
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) remaining_user_hits: Option<u64>,
    #[serde(deserialize_with = "wire::int")]
    pub(in super::super) reset_time_in_seconds: Option<i64>,
}

/// Sends it. A read.
pub(in super::super) async fn send(client: &Client) -> Outcome<Quota> {
    client.get_uncounted("/2/account/rate_limit_status.json").await
}
