//! Taobao's gateway with the one method that Kaibo calls, `taobao.live.room.fetch.origin`:
//! <https://open.taobao.com/doc.htm?docId=101617&docType=1>.
//!
//! Errors are answers too: HTTP 200 with an `error_response` in the form that was asked for.

mod encode;
mod gateway;
mod live_room;
mod sign;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::routing::any;
use jiff::Timestamp;

use crate::SandboxAccount;
use crate::house::{House, RoomState, Stage, lock};

/// The app that may call.
const APP_KEY: &str = "23800001";
/// A broadcast that runs.
pub(crate) const LIVE: &str = "275900000101";
/// A broadcast that has ended.
pub(crate) const ENDED: &str = "275900000102";

/// What Taobao remembers.
pub(crate) struct State {
    secret: Mutex<String>,
    /// The next calls that are turned away for having come too often.
    bans: AtomicU32,
    started: Timestamp,
}

impl Default for State {
    fn default() -> Self {
        Self { secret: Mutex::new(fresh_secret()), bans: AtomicU32::new(0), started: Timestamp::now() }
    }
}

fn fresh_secret() -> String {
    std::iter::repeat_with(|| char::from_digit(fastrand::u32(..16), 16).unwrap_or('0')).take(32).collect()
}

impl State {
    /// Turns the next `calls` calls away.
    pub(crate) fn ban(&self, calls: u32) {
        self.bans.store(calls, Ordering::Relaxed);
    }

    fn banned(&self) -> bool {
        let left = self.bans.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        left.is_ok()
    }
}

impl Stage for State {
    fn name(&self) -> &'static str {
        "taobao"
    }

    fn account(&self, house: &House) -> SandboxAccount {
        let settings = [
            ("app_key", APP_KEY.to_owned()),
            ("live_ids", format!("{LIVE},{ENDED}")),
            ("base_url", format!("{}/router/rest", house.addresses().taobao)),
            ("sign_method", "hmac-sha256".into()),
            ("format", "json".into()),
        ];
        SandboxAccount {
            platform: "taobao",
            name: "南窗唱片店".into(),
            settings: settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            secrets: BTreeMap::from([("app_secret".to_owned(), lock(&self.secret).clone())]),
        }
    }

    fn rooms(&self, house: &House) -> Vec<RoomState> {
        let rooms = [LIVE, ENDED].into_iter();
        rooms
            .filter_map(|id| live_room::LiveRoom::find(id, self.started, house.clock.now()))
            .map(|room| room.state())
            .collect()
    }

    /// A new app secret; signatures with the old one are wrong from now on.
    fn expire_tokens(&self) {
        *lock(&self.secret) = fresh_secret();
    }
}

/// Taobao's gateway.
pub(crate) fn router(house: Arc<House>) -> Router {
    Router::new().route("/router/rest", any(gateway::call)).with_state(house)
}
