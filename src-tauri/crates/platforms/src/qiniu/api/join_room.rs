//! `POST /client/live/room/user/{live_id}`: puts the anchor back into the room.
//!
//! <https://developer.qiniu.com/lowcode/manual/12005/qlive-server-guide>

use kaibo_live::driver::Outcome;
use reqwest::Method;

use super::{Api, Refusal, Request};
use crate::connect::path_segment;

impl Api {
    /// Joins the room. Joining twice is the same as once.
    pub(crate) async fn join_room(&self, live_id: &str) -> Outcome<()> {
        let path = format!("/client/live/room/user/{}", path_segment("live_id", live_id)?);
        self.client(Request::write(Method::POST, path), Refusal::general_client).await.map(drop)
    }
}
