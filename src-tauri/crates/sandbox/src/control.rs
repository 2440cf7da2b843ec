//! The strings behind the scenes, for tests.

use std::sync::Arc;
use std::time::Duration;

use crate::fault::{CallRecord, Fault};
use crate::house::{Dialect, House, RoomState};
use crate::ingest::Meter;
use crate::listen::Doormen;

/// Controls a running [`crate::Sandbox`] from outside the wire. Cheap to clone.
///
/// `platform` is one of [`crate::PLATFORMS`]; with any other name nothing happens.
#[derive(Clone)]
pub struct Control {
    house: Arc<House>,
    doormen: Arc<Doormen>,
}

impl std::fmt::Debug for Control {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control").finish_non_exhaustive()
    }
}

impl Control {
    pub(crate) fn new(house: Arc<House>, doormen: Arc<Doormen>) -> Self {
        Self { house, doormen }
    }

    /// For what a platform adds to the controls in its own module.
    pub(crate) fn house(&self) -> &House {
        &self.house
    }

    /// Makes the next `times` calls (`None`: all) whose path begins with `path_prefix` go wrong.
    pub fn fault(&self, platform: &str, path_prefix: &str, fault: Fault, times: Option<u32>) {
        self.house.faults.add(platform, path_prefix, fault, times);
    }

    /// Switches all faults off.
    pub fn clear_faults(&self) {
        self.house.faults.clear();
    }

    /// A viewer says something in a room. False when the room isn't there or takes no chat.
    pub fn viewer_says(&self, platform: &str, room: &str, name: &str, text: &str) -> bool {
        self.house.platform(platform).is_some_and(|stage| stage.viewer_says(&self.house, room, name, text))
    }

    /// What the streamer said in a room, oldest first.
    pub fn chat_received(&self, platform: &str, room: &str) -> Vec<String> {
        self.house.platform(platform).map(|stage| stage.chat_received(room)).unwrap_or_default()
    }

    /// One room, as the platform sees it.
    pub fn room(&self, platform: &str, id: &str) -> Option<RoomState> {
        self.house.platform(platform)?.room(&self.house, id)
    }

    /// All rooms of a platform.
    pub fn rooms(&self, platform: &str) -> Vec<RoomState> {
        self.house.platform(platform).map(|stage| stage.rooms(&self.house)).unwrap_or_default()
    }

    /// All credentials of the platform's account expire. [`crate::Sandbox::accounts`] has new ones.
    pub fn expire_tokens(&self, platform: &str) {
        if let Some(stage) = self.house.platform(platform) {
            stage.expire_tokens();
        }
    }

    /// Taobao turns the next `calls` calls away for having come too often, with the seconds to wait.
    pub fn taobao_ban(&self, calls: u32) {
        self.house.taobao.ban(calls);
    }

    /// Going live asks for a face check from now on, or no longer.
    pub fn require_face_check(&self, on: bool) {
        for stage in self.house.platforms() {
            stage.require_face_check(on);
        }
    }

    /// Closes a platform's listener and cuts its connections: the platform is dead.
    pub async fn stop(&self, platform: &str) {
        self.doormen.stop(platform).await;
    }

    /// Opens a platform's listener again on the same port, with all it remembers.
    pub async fn restart(&self, platform: &str) -> std::io::Result<()> {
        self.doormen.restart(platform).await
    }

    /// What arrived at a push address: `app` and the stream's public name.
    pub fn meter(&self, app: &str, name: &str) -> Option<Meter> {
        self.house.ingest.meter(app, name)
    }

    /// The last calls that a platform got, oldest first (10,000 at most).
    pub fn calls(&self, platform: &str) -> Vec<CallRecord> {
        self.house.calls.of(platform)
    }

    /// Changes the form of a platform's replies.
    pub fn set_dialect(&self, platform: &str, dialect: Dialect) {
        self.house.set_dialect(platform, dialect);
    }

    /// Lets viewers talk by themselves, or not.
    pub fn set_chatter(&self, on: bool) {
        self.house.set_chatter(on);
    }

    /// Puts the platforms' clock forward.
    pub fn advance_clock(&self, by: Duration) {
        self.house.clock.advance(by);
    }
}
