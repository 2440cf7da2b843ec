//! `GET /room/v1/Room/getRoomInfoOld`: whether somebody has a room, and its id (perhaps the short one).
//!
//! <https://live.bilibili.com>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::{Api, Refusal};
use crate::wire;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Data {
    /// 0: has none.
    #[serde(rename = "roomStatus", deserialize_with = "wire::int")]
    room_status: Option<i64>,
    #[serde(deserialize_with = "wire::count")]
    roomid: Option<u64>,
}

impl Api {
    /// The account's own room, by its real or short id; `None` when it has none.
    pub(crate) async fn room_info_old(&self) -> Outcome<Option<u64>> {
        let query = [("mid", self.session.uid.to_string())];
        let answer = self.read_live("/room/v1/Room/getRoomInfoOld", &query).await?;
        let data: Data = answer.map_err(Refusal::failure)?.data()?;
        Ok(data.roomid.filter(|id| *id != 0 && data.room_status != Some(0)))
    }
}
