//! What can be told outside the window: tray icon and system notifications.

use super::Studio;
use crate::encoder::Alarm;
use crate::room::RoomId;
use crate::view::Language;

/// The little that a glance shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Glance {
    /// Names of the streamer's own rooms that are on air, in the order of the rail.
    pub live: Vec<String>,
    /// Alarms that stand, oldest first, each with the name of its room.
    pub alarms: Vec<(Alarm, Option<String>)>,
    /// The language that the streamer chose.
    pub language: Language,
}

impl Studio {
    /// What can be told outside the window, as it is now.
    pub fn glance(&self) -> Glance {
        let picture = self.0.lock();
        // A notification is on the screen, and so on the stream.
        let hides = picture.preferences.streamer_mode;
        let name = |id: &RoomId| picture.room(id).filter(|_| !hides).map(|r| r.view.name.clone());
        let own = picture.rooms.iter().filter(|r| r.abilities.end && r.view.status.is_on_air());
        Glance {
            live: own.map(|r| r.view.name.clone()).collect(),
            alarms: picture.alarms.iter().map(|a| (a.clone(), a.room.as_ref().and_then(name))).collect(),
            language: picture.preferences.language,
        }
    }

    /// What whoever reads the log needs to know of accounts and rooms: how many, where, and how they are doing. No names.
    pub fn outline(&self) -> String {
        let picture = self.0.lock();
        let accounts = picture.accounts.iter().map(|a| &a.view);
        let accounts: Vec<String> = accounts
            .map(|a| format!("{:?} {:?}{}", a.platform, a.state, if a.sandbox { " (sandbox)" } else { "" }))
            .collect();
        let rooms = picture.rooms.iter().map(|r| format!("{:?} {:?}", r.view.platform, r.view.status));
        format!(
            "accounts: {}\nrooms: {}\nkeyring: {:?}\n",
            accounts.join(", "),
            rooms.collect::<Vec<_>>().join(", "),
            picture.vault,
        )
    }
}
