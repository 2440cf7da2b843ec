//! Whether the program may end and start anew: nobody's broadcast is to notice, and nothing to be left half done.

use super::Studio;
use super::alarm::on_air;
use super::picture::Picture;
use crate::problem::{Failure, ProblemCode};
use crate::relay::RelayState;

impl Studio {
    /// Refuses while a room is on air (one of the sandbox's too: it would be gone), something is being done with a
    /// room, the relay runs, an export is being written, or a write has no known outcome yet. A room that is only
    /// watched (Taobao) doesn't count.
    ///
    /// # Errors
    ///
    /// [`ProblemCode::UpdateHeld`], or [`ProblemCode::Storage`] when the journal can't be read.
    pub async fn may_restart(&self) -> Result<(), Failure> {
        if self.0.lock().is_at_work() || !self.0.store.open_intents().await?.is_empty() {
            return Err(Failure::new(ProblemCode::UpdateHeld));
        }
        Ok(())
    }
}

impl Picture {
    fn is_at_work(&self) -> bool {
        let mut rooms = self.rooms.iter();
        rooms.any(|r| r.view.busy.is_some() || r.abilities.end && on_air(r))
            || self.run.as_ref().is_some_and(|run| run.finished_at.is_none())
            || self.relay.state == RelayState::On
            || self.export.is_some()
    }
}
