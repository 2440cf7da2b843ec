//! The encoder's part in *Go live* (after the rooms) and in *End* (before them, and once more after).

use std::future::Future;

use super::super::Studio;
use super::act::Hold;
use super::figures::same;
use crate::encoder::{EncoderAction, EncoderService, EncoderStep, RunEncoder, RunEncoderStep};
use crate::problem::{Failure, ProblemCode};
use crate::push::PushAddress;
use crate::room::RoomId;
use crate::view::RunState;

impl Studio {
    /// Has the encoder push to a room that just went live, or that waits for its push; in a run with the relay to
    /// the relay. `Skipped` when there is nothing to push to; `bring_encoder_live` may be called again then.
    pub(in super::super) async fn bring_encoder_live(&self, run: u64, room: &RoomId) {
        let relayed = self.relay_part_of(run).is_some();
        let room = Some(room).filter(|_| !relayed);
        let push = match room {
            Some(room) if self.takes_a_push(run, room) => self.push_of(room),
            Some(_) => Err(Failure::new(ProblemCode::NoStreamKey)),
            None => self.relay_push_of(run),
        };
        let Ok(push) = push else {
            self.encoder_state(run, RunState::Skipped);
            return;
        };
        self.encoder_state(run, RunState::Working);
        self.encoder_step(run, EncoderStep::Rooms, true);
        let result = self.push_to(run, room, push).await;
        self.end_part(run, result);
    }

    async fn push_to(&self, run: u64, room: Option<&RoomId>, push: PushAddress) -> Result<(), Failure> {
        let hold = self.hold_encoder()?;
        if !self.pushes_there(&hold, &push).await? {
            self.part(run, EncoderStep::Send, EncoderAction::Send, self.put_address(&hold, room, &push))
                .await?;
        }
        let wanted = EncoderService::Custom(push);
        let compared = self.compare_service(&hold, &wanted);
        self.part(run, EncoderStep::Compare, EncoderAction::Send, compared).await?;
        self.part(run, EncoderStep::Start, EncoderAction::Start, self.start_and_see(&hold)).await?;
        // Where pushing starts the broadcast, it starts now.
        let pushed = room.map_or_else(|| self.fed_rooms(), |room| vec![room.clone()]);
        pushed.iter().try_for_each(|room| self.refresh_room(room))
    }

    /// Stops the encoder before the rooms are ended. Whatever comes of it, they are ended after it.
    pub(in super::super) async fn bring_encoder_down(&self, run: u64) {
        let result = async {
            let hold = self.hold_encoder()?;
            self.part(run, EncoderStep::Stop, EncoderAction::Stop, self.stop_and_see(&hold)).await
        };
        let result = result.await;
        let blanks = self.0.lock().preferences.blank_key;
        if result.is_err() || !blanks {
            self.end_part(run, result);
        }
    }

    /// Takes the key out of the encoder once the rooms are over, unless its part has failed before.
    pub(in super::super) async fn blank_encoder(&self, run: u64) {
        let due = {
            let picture = self.0.lock();
            let part = picture.run.as_ref().filter(|r| r.id == run).and_then(|r| r.encoder.as_ref());
            part.is_some_and(|part| part.state == RunState::Working)
        };
        if !due {
            return;
        }
        let result = async {
            let hold = self.hold_encoder()?;
            self.part(run, EncoderStep::Blank, EncoderAction::Send, self.blank_and_see(&hold)).await
        };
        let result = result.await;
        self.end_part(run, result);
    }

    /// Is the encoder idle and set to one of the rooms that end, whose key has to leave it?
    pub(in super::super) fn wants_blank(&self, rooms: &[RoomId]) -> bool {
        let picture = self.0.lock();
        let ends = picture.encoder.room.as_ref().is_some_and(|room| rooms.contains(room));
        let blanks = picture.preferences.blank_key && !picture.encoder.streaming;
        let through = picture.encoder.relay;
        drop(picture);
        blanks && (ends || through && !self.feeds_others(rooms))
    }

    /// Did the room go live, or does it wait for its push?
    fn takes_a_push(&self, run: u64, room: &RoomId) -> bool {
        let picture = self.0.lock();
        let view = picture.run.as_ref().filter(|r| r.id == run);
        let part = view.and_then(|r| r.rooms.iter().find(|r| &r.room == room));
        let Some(entry) = picture.room(room) else { return false };
        let up = entry.view.status.is_on_air() || !entry.abilities.start;
        part.is_none_or(|part| part.state == RunState::Done) && up && entry.push.is_some()
    }

    /// Does it push to that very address already?
    async fn pushes_there(&self, hold: &Hold<'_>, push: &PushAddress) -> Result<bool, Failure> {
        let set = super::bounded(hold.encoder.service()).await?;
        let there = matches!(&set, EncoderService::Custom(set) if same(set, push));
        Ok(there && super::bounded(hold.encoder.read()).await?.streaming)
    }

    /// One step of the encoder's part, shown as it goes.
    async fn part(
        &self,
        run: u64,
        step: EncoderStep,
        action: EncoderAction,
        done: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        self.encoder_step(run, step, false);
        self.0.change(|p| p.change_encoder(|view| view.busy = Some(action)));
        let result = done.await;
        self.0.change(|p| p.change_encoder(|view| view.busy = None));
        if result.is_ok() {
            self.encoder_step(run, step, true);
        }
        result
    }

    fn end_part(&self, run: u64, result: Result<(), Failure>) {
        let problem = result.err().map(|failure| self.0.problem(failure));
        self.0.change(|p| p.change_encoder(|view| view.problem.clone_from(&problem)));
        let state = match problem {
            None => RunState::Done,
            Some(problem) if problem.code == ProblemCode::OutcomeUnknown => RunState::Unknown { problem },
            Some(problem) => RunState::Failed { problem },
        };
        self.encoder_state(run, state);
    }

    fn encoder_state(&self, run: u64, state: RunState) {
        self.change_part(run, |part| part.state = state);
    }

    fn encoder_step(&self, run: u64, step: EncoderStep, done: bool) {
        self.change_part(run, |part| match part.steps.iter_mut().find(|s| s.step == step) {
            Some(known) => known.done = done,
            None => part.steps.push(RunEncoderStep { step, done }),
        });
    }

    fn change_part(&self, run: u64, change: impl FnOnce(&mut RunEncoder)) {
        self.0.change(|p| {
            p.change_run(|view| {
                if let Some(part) = view.as_mut().filter(|v| v.id == run).and_then(|v| v.encoder.as_mut()) {
                    change(part);
                }
            });
        });
    }
}

/// The encoder's part of a run that begins.
pub(in super::super) fn new_part(room: Option<RoomId>) -> RunEncoder {
    let steps = room.iter().map(|_| RunEncoderStep { step: EncoderStep::Rooms, done: false }).collect();
    RunEncoder { room, state: RunState::Working, steps }
}
