//! Figures over time, as sparklines and charts draw them, and how far the window has heard them.

use jiff::Timestamp;

use crate::room::{Figures, RoomId};
use crate::view::{READINGS_KEPT, Reading, Update};

/// Shortest time between two readings that are kept, at first. It doubles when there is no room for another.
const FIRST_SPACING_MS: i64 = 5_000;

/// A broadcast's readings, at most [`READINGS_KEPT`].
pub(crate) struct Readings {
    /// Oldest first.
    kept: Vec<Reading>,
    spacing_ms: i64,
    /// So many of them, from the oldest on, the window has.
    told: usize,
    /// Some that the window has are no longer kept: it gets all of them anew.
    whole: bool,
}

impl Readings {
    pub(crate) fn new() -> Self {
        Self { kept: Vec::new(), spacing_ms: FIRST_SPACING_MS, told: 0, whole: false }
    }

    /// Another broadcast begins.
    pub(crate) fn clear(&mut self) {
        self.whole |= self.told > 0;
        self.kept.clear();
        self.told = 0;
        self.spacing_ms = FIRST_SPACING_MS;
    }

    /// Keeps the figures of this moment, unless the last reading is too near. When there is no room, every other
    /// one goes, so that a long evening has no fewer than half of them.
    pub(crate) fn remember(&mut self, figures: &Figures, now: Timestamp) {
        let at = now.as_millisecond();
        if figures.is_empty() || self.kept.last().is_some_and(|last| at - last.at < self.spacing_ms) {
            return;
        }
        if self.kept.len() >= READINGS_KEPT {
            let mut odd = false;
            self.kept.retain(|_| {
                odd = !odd;
                odd
            });
            self.spacing_ms *= 2;
            self.whole |= self.told > 0;
            self.told = 0;
        }
        self.kept.push(Reading { at, figures: figures.clone() });
    }

    /// All of them, oldest first.
    pub(crate) fn all(&self) -> &[Reading] {
        &self.kept
    }

    /// Is there something that the window hasn't seen?
    pub(crate) fn wait(&self) -> bool {
        self.whole || self.told < self.kept.len()
    }

    /// The window has all of them: a snapshot was just made.
    pub(crate) fn tell_all(&mut self) {
        self.told = self.kept.len();
        self.whole = false;
    }

    /// What the window hasn't seen of room `id`'s.
    pub(crate) fn tell(&mut self, id: &RoomId) -> Option<Update> {
        if !self.wait() {
            return None;
        }
        let readings = self.kept.get(self.told..).unwrap_or_default().to_vec();
        let update = Update::Readings { room: id.clone(), whole: self.whole, readings };
        self.tell_all();
        Some(update)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::FigureKind;

    const ROOM: &str = "room";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }

    fn watching(number: u64) -> Figures {
        [(FigureKind::Watching, number)].into()
    }

    /// What a window has that heard each update.
    fn hear(window: &mut Vec<Reading>, readings: &mut Readings) -> Option<bool> {
        let update = readings.tell(&RoomId(ROOM.into()))?;
        let Update::Readings { whole, readings, .. } = update else { panic!("{update:?}") };
        if whole {
            window.clear();
        }
        window.extend(readings);
        Some(whole)
    }

    #[test]
    fn a_window_hears_each_reading_once_and_all_when_some_are_gone() {
        let (mut readings, mut window) = (Readings::new(), Vec::new());
        let mut wholes = 0;
        for n in 0..4_000_u64 {
            readings.remember(&watching(n), at(n.cast_signed() * 5));
            // A window that is asleep for half an hour now and then.
            if n % 500 > 360 {
                continue;
            }
            wholes += usize::from(hear(&mut window, &mut readings) == Some(true));
            assert_eq!(window, readings.all());
            assert!(!readings.wait() && readings.tell(&RoomId(ROOM.into())).is_none(), "told once");
        }
        assert!((2..=7).contains(&wholes), "all of them {wholes} times, when every other one went");
        assert!(window.len() <= READINGS_KEPT && window.len() >= READINGS_KEPT / 2);
    }

    #[test]
    fn what_is_new_goes_alone() {
        let mut readings = Readings::new();
        readings.remember(&watching(1), at(0));
        readings.tell_all();
        readings.remember(&watching(2), at(4));
        assert!(!readings.wait(), "too near to the last");
        readings.remember(&watching(3), at(5));
        let mut window = Vec::new();
        assert_eq!(hear(&mut window, &mut readings), Some(false));
        assert_eq!(window, [Reading { at: at(5).as_millisecond(), figures: watching(3) }]);
    }

    #[test]
    fn another_broadcast_begins_with_nothing() {
        let (mut readings, mut window) = (Readings::new(), Vec::new());
        readings.clear();
        assert!(!readings.wait(), "there was nothing");
        readings.remember(&watching(1), at(0));
        hear(&mut window, &mut readings);
        readings.clear();
        assert_eq!(hear(&mut window, &mut readings), Some(true));
        assert!(window.is_empty());
    }
}
