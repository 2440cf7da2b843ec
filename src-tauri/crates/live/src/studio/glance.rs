//! What can be told outside the window: tray icon and system notifications.

use super::Studio;
use crate::encoder::Alarm;
use crate::room::{RoomId, Status};
use crate::view::Language;

/// The little that a glance shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Glance {
    /// Names of the streamer's own rooms that are on air, in the order of the rail.
    pub live: Vec<String>,
    /// Alarms that stand, oldest first, each with the name of its room.
    pub alarms: Vec<(Alarm, Option<String>)>,
    /// The system is not to be told of alarms.
    pub quiet: bool,
    /// The language that the streamer chose.
    pub language: Language,
}

impl Studio {
    /// What can be told outside the window, as it is now.
    pub fn glance(&self) -> Glance {
        let picture = self.0.lock();
        let name = |id: &RoomId| picture.room(id).map(|r| r.view.name.clone());
        let own = picture.rooms.iter().filter(|r| r.abilities.end && r.view.status == Status::Live);
        Glance {
            live: own.map(|r| r.view.name.clone()).collect(),
            alarms: picture.alarms.iter().map(|a| (a.clone(), a.room.as_ref().and_then(name))).collect(),
            quiet: picture.preferences.quiet_alarms,
            language: picture.preferences.language,
        }
    }
}
