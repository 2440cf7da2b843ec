//! `PUT /client/live/room/{live_id}`: starts a room, as its anchor.
//!
//! <https://developer.qiniu.com/lowcode/manual/12005/qlive-server-guide>

use kaibo_live::driver::Outcome;
use reqwest::Method;

use super::{Api, LiveRoom, Refusal, Request};
use crate::connect::path_segment;

impl Api {
    /// Starts a room and puts the anchor into it. Any trouble is HTTP 500 "start live failed"
    /// (`PlatformDown`); reading the room tells more.
    pub(crate) async fn start_room(&self, live_id: &str) -> Outcome<LiveRoom> {
        let path = format!("/client/live/room/{}", path_segment("live_id", live_id)?);
        self.client(Request::write(Method::PUT, path), Refusal::general_client).await?.data()
    }
}
