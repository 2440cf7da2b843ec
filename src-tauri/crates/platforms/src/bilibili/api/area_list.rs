//! `GET /room/v1/Area/getList`: the areas, in groups.
//!
//! <https://live.bilibili.com/p/eden/area-tags>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::{Api, Refusal};
use crate::wire;

/// A group of areas.
#[derive(Debug, Deserialize)]
pub(crate) struct AreaGroup {
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) list: Vec<ChildArea>,
}

/// An area that a broadcast can be in.
#[derive(Debug, Deserialize)]
pub(crate) struct ChildArea {
    /// A string here, though a number everywhere else.
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) name: Option<String>,
}

impl Api {
    /// All areas.
    pub(crate) async fn area_list(&self) -> Outcome<Vec<AreaGroup>> {
        self.read_live("/room/v1/Area/getList", &[]).await?.map_err(Refusal::failure)?.data()
    }
}
