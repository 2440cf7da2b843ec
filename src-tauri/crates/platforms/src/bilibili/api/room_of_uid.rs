//! `GET /room/v2/Room/room_id_by_uid`: the real id of somebody's room.
//!
//! <https://live.bilibili.com>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::{Api, Refusal};
use crate::wire;

#[derive(Deserialize)]
struct Data {
    #[serde(default, deserialize_with = "wire::count")]
    room_id: Option<u64>,
}

impl Api {
    /// The account's own room; `None` when the answer names none.
    pub(crate) async fn room_of_uid(&self) -> Outcome<Option<u64>> {
        let query = [("uid", self.session.uid.to_string())];
        let answer = self.read_live("/room/v2/Room/room_id_by_uid", &query).await?;
        let data: Data = answer.map_err(Refusal::failure)?.data()?;
        Ok(data.room_id.filter(|id| *id != 0))
    }
}
