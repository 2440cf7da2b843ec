//! Paid messages that stand at the top of the pane for their time, also when a thousand lines came since.

use std::collections::VecDeque;

use crate::room::RoomId;
use crate::view::ChatLine;

/// Messages kept; of more the oldest go. The window shows no more either.
const KEPT: usize = 50;

/// They, oldest first, each with its event.
#[derive(Default)]
pub(super) struct Pins(VecDeque<(String, ChatLine)>);

impl Pins {
    /// Keeps a line if it is such a message. Those whose time was over before it go.
    pub(super) fn keep(&mut self, event: &str, line: &ChatLine) {
        if line.until.is_none() || line.recalled {
            return;
        }
        self.0.retain(|(_, kept)| kept.until > Some(line.at));
        self.0.push_back((event.to_owned(), line.clone()));
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    /// An event was taken back. Answers its number if it was kept.
    pub(super) fn recall(&mut self, room: &RoomId, event: &str) -> Option<u64> {
        let at = self.0.iter().position(|(of, line)| of == event && line.room == *room)?;
        self.0.remove(at).map(|(_, line)| line.id)
    }

    /// A room is gone.
    pub(super) fn forget(&mut self, room: &RoomId) {
        self.0.retain(|(_, line)| line.room != *room);
    }

    /// Those with numbers after `after` and before `before`.
    pub(super) fn between(&self, after: u64, before: u64) -> impl Iterator<Item = &ChatLine> {
        self.0.iter().map(|(_, line)| line).filter(move |line| after < line.id && line.id < before)
    }
}
