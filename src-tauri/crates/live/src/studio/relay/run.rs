//! The relay's part in *Go live* and *End*.

use super::super::Studio;
use crate::problem::{Failure, ProblemCode};
use crate::relay::RelayTarget;
use crate::room::RoomId;
use crate::view::RunState;

impl Studio {
    /// Gives a room that just went live to the relay, when the run is to use it. The relay is started with the first
    /// room, and gets the custom targets that are on. Without a relay nothing more is tried in this run.
    pub(in super::super) async fn feed_room(&self, run: u64, room: &RoomId) {
        if let Err(failure) = self.feed_first(run, room).await {
            let problem = self.0.problem(failure);
            self.set_relay_part(run, RunState::Failed { problem });
            return;
        }
        // The keyring may take its time; other rooms don't wait for it.
        self.feed_own().await;
        self.keep_session();
    }

    async fn feed_first(&self, run: u64, room: &RoomId) -> Result<(), Failure> {
        let _one_at_a_time = self.0.relay.gate.lock().await;
        if self.relay_part_of(run) != Some(RunState::Working) {
            return Ok(());
        }
        let push = self.push_of(room)?;
        self.ensure_relay(false).await?;
        self.feed(RelayTarget::Room { room: room.clone() }, push);
        Ok(())
    }

    /// Gives the custom targets that are on to the relay.
    async fn feed_own(&self) {
        if self.0.relay.running().is_none() {
            return;
        }
        let wanted: Vec<String> = {
            let picture = self.0.lock();
            picture.preferences.relay.custom.iter().filter(|c| c.on).map(|c| c.id.clone()).collect()
        };
        for id in wanted {
            let target = RelayTarget::Custom { id };
            let known = self.0.relay.running().as_ref().is_some_and(|r| r.feeds(&target));
            if known {
                continue;
            }
            match self.target_address(&target).await {
                Ok(push) => self.feed(target, push),
                Err(failure) => self.tell(failure),
            }
        }
    }

    /// All rooms of the run have their results: the relay's part has its own.
    pub(in super::super) fn end_relay_part(&self, run: u64) {
        if self.relay_part_of(run) == Some(RunState::Working) {
            let fed = self.fed_rooms();
            let any = {
                let picture = self.0.lock();
                let view = picture.run.as_ref().filter(|view| view.id == run);
                view.is_some_and(|view| view.rooms.iter().any(|r| fed.contains(&r.room)))
            };
            self.set_relay_part(run, if any { RunState::Done } else { RunState::Skipped });
        }
    }

    /// A room of the run is started again: what failed of the relay is tried again too.
    pub(in super::super) fn retry_relay_part(&self, run: u64) {
        if self.relay_part_of(run).is_some() {
            self.set_relay_part(run, RunState::Working);
        }
    }

    /// How the relay's part of the run stands; none when it has none.
    pub(in super::super) fn relay_part_of(&self, run: u64) -> Option<RunState> {
        let picture = self.0.lock();
        picture.run.as_ref().filter(|view| view.id == run).and_then(|view| view.relay.clone())
    }

    fn set_relay_part(&self, run: u64, state: RunState) {
        self.0.change(|p| {
            p.change_run(|view| {
                if let Some(view) = view.as_mut().filter(|view| view.id == run) {
                    view.relay = Some(state);
                }
            });
        });
    }

    /// Does the encoder send to rooms that stay on air, by the relay?
    pub(in super::super) fn feeds_others(&self, ended: &[RoomId]) -> bool {
        let through = self.0.lock().encoder.relay;
        through && self.fed_rooms().iter().any(|room| !ended.contains(room))
    }

    /// What the encoder is to be given in this run: `NotFound` when no room went live by the relay.
    pub(in super::super) fn relay_push_of(&self, run: u64) -> Result<crate::push::PushAddress, Failure> {
        match self.relay_part_of(run) {
            Some(RunState::Done) => self.relay_address(),
            _ => Err(Failure::new(ProblemCode::NotFound)),
        }
    }
}
