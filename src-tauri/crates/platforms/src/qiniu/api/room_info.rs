//! `GET /client/live/room/info/{live_id}`: a room with its true number of users.
//!
//! <https://developer.qiniu.com/lowcode/manual/12005/qlive-server-guide>

use kaibo_live::driver::Outcome;

use super::{Api, LiveRoom, Refusal, Request};
use crate::connect::path_segment;

impl Api {
    /// Reads a room as its anchor sees it. An unknown one is HTTP 500 (`PlatformDown`).
    pub(crate) async fn room_info(&self, live_id: &str) -> Outcome<LiveRoom> {
        let path = format!("/client/live/room/info/{}", path_segment("live_id", live_id)?);
        self.client(Request::read(path), Refusal::general_client).await?.data()
    }
}
