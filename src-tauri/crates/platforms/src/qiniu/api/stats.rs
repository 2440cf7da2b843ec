//! `GET /client/stats/singleLive/{live_id}`: visits of a room.
//!
//! <https://developer.qiniu.com/lowcode/manual/12005/qlive-server-guide>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::{Api, Refusal, Request};
use crate::connect::path_segment;
use crate::wire;

/// `type` of the row that counts the room itself; others count items, comments, likes and so on.
const LIVE: i64 = 1;

#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    info: Option<Vec<Visits>>,
}

/// Visits of one kind.
#[derive(Debug, Deserialize)]
pub(crate) struct Visits {
    #[serde(rename = "type", default, deserialize_with = "wire::int")]
    kind: Option<i64>,
    #[serde(default, deserialize_with = "wire::count")]
    pub(crate) page_view: Option<u64>,
    #[serde(default, deserialize_with = "wire::count")]
    pub(crate) unique_visitor: Option<u64>,
}

impl Api {
    /// Visits of the room; `None` when none were counted.
    pub(crate) async fn stats(&self, live_id: &str) -> Outcome<Option<Visits>> {
        let path = format!("/client/stats/singleLive/{}", path_segment("live_id", live_id)?);
        let data: Data = self.client(Request::read(path), Refusal::general_client).await?.data()?;
        Ok(data.info.unwrap_or_default().into_iter().find(|row| row.kind == Some(LIVE)))
    }
}
