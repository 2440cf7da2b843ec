//! What tests can read of a room's rules.

use super::super::world::Room;
use crate::Control;

/// Somebody who may not speak in a room of Bilibili.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MutedViewer {
    /// The platform's number.
    pub id: String,
    /// Display name.
    pub name: String,
    /// As it was asked for: -1 for ever, 0 for this broadcast, else hours.
    pub hours: i64,
}

impl Control {
    /// Who is muted in a room of Bilibili, newest first.
    pub fn bilibili_muted(&self, room: &str) -> Vec<MutedViewer> {
        let now = self.house().clock.now().as_second();
        self.bilibili_rules(room, |room| {
            let mutes = room.rules.mutes.iter().filter(|mute| mute.lasts(now));
            let viewer =
                |m: &super::Mute| MutedViewer { id: m.uid.to_string(), name: m.name.clone(), hours: m.hours };
            mutes.map(viewer).collect()
        })
    }

    /// The blocked words of a room of Bilibili.
    pub fn bilibili_blocked_words(&self, room: &str) -> Vec<String> {
        self.bilibili_rules(room, |room| room.rules.words.iter().map(|word| word.text.clone()).collect())
    }

    /// How a room of Bilibili is silenced: the platform's word, the level, the minutes asked for. `None` when it
    /// isn't.
    pub fn bilibili_silence(&self, room: &str) -> Option<(&'static str, u64, i64)> {
        let now = self.house().clock.now().as_second();
        self.bilibili_rules(room, |room| {
            let silence = room.rules.silence.as_ref().filter(|silence| silence.lasts(now))?;
            Some((silence.kind, silence.level, silence.minutes))
        })
    }

    /// The numbers of a room's moderators at Bilibili, in the order they were appointed.
    pub fn bilibili_moderators(&self, room: &str) -> Vec<String> {
        self.bilibili_rules(room, |room| room.rules.admins.iter().map(|a| a.uid.to_string()).collect())
    }

    /// Bilibili's number of the viewer with this name.
    pub fn bilibili_viewer(&self, name: &str) -> String {
        crate::viewers::id_of(name).to_string()
    }

    fn bilibili_rules<T: Default>(&self, room: &str, read: impl FnOnce(&Room) -> T) -> T {
        let Ok(id) = room.parse::<u64>() else { return T::default() };
        self.house().bilibili.with(|world| world.rooms.get(&id).map(read)).unwrap_or_default()
    }
}
