//! qiniu.

use std::sync::Arc;

use axum::Router;

use crate::SandboxAccount;
use crate::house::{House, RoomState, Stage};

/// What the platform remembers.
#[derive(Default)]
pub(crate) struct State;

impl Stage for State {
    fn name(&self) -> &'static str {
        "qiniu"
    }

    fn account(&self, _house: &House) -> SandboxAccount {
        SandboxAccount {
            platform: "qiniu",
            name: String::new(),
            settings: std::collections::BTreeMap::new(),
            secrets: std::collections::BTreeMap::new(),
        }
    }

    fn rooms(&self, _house: &House) -> Vec<RoomState> {
        Vec::new()
    }
}

/// The platform's API.
pub(crate) fn router(_house: Arc<House>) -> Router {
    Router::new()
}
