//! A run as the window sees it: begun, its rooms' steps and results, finished.

use super::Studio;
use super::run::ROOMS_A_RUN;
use crate::encoder::RunEncoder;
use crate::problem::{Failure, Problem, ProblemCode};
use crate::room::RoomId;
use crate::view::{RunRoom, RunState, RunStep, RunView, Step};

impl Studio {
    pub(super) fn begin_run(
        &self,
        going_live: bool,
        rooms: &[RoomId],
        encoder: Option<RunEncoder>,
        relay: bool,
    ) -> u64 {
        let now = self.0.now_ms();
        self.0.change(|p| {
            let id = p.run.as_ref().map_or(1, |r| r.id + 1);
            let rooms = rooms.iter().take(ROOMS_A_RUN).map(|room| RunRoom {
                room: room.clone(),
                state: RunState::Working,
                steps: Vec::new(),
                took_ms: None,
            });
            let view = RunView {
                id,
                going_live,
                started_at: now,
                finished_at: None,
                rooms: rooms.collect(),
                encoder,
                relay: relay.then_some(RunState::Working),
            };
            p.change_run(|run| *run = Some(view));
            id
        })
    }

    pub(super) fn step(&self, run: u64, room: &RoomId, step: Step, done: bool) {
        self.change_run_room(run, room, |r| match r.steps.iter_mut().find(|s| s.step == step) {
            Some(known) => known.done = done,
            None => r.steps.push(RunStep { step, done }),
        });
    }

    pub(super) fn run_failure(&self, room: &RoomId, failure: Failure) -> RunState {
        let unknown = failure.code == ProblemCode::OutcomeUnknown;
        let shown = self.0.lock().room(room).and_then(|r| r.action_problem.clone());
        let problem: Problem = match shown.filter(|p| p.code == failure.code) {
            Some(problem) => problem,
            None => self.0.problem(failure),
        };
        if unknown { RunState::Unknown { problem } } else { RunState::Failed { problem } }
    }

    pub(super) fn end_room_of_run(&self, run: u64, room: &RoomId, state: RunState, begun: i64) {
        let took = u64::try_from(self.0.now_ms() - begun).unwrap_or_default();
        self.change_run_room(run, room, |r| {
            r.state = state;
            r.took_ms = Some(took);
        });
    }

    pub(super) fn change_run_room(&self, run: u64, room: &RoomId, change: impl FnOnce(&mut RunRoom)) {
        self.0.change(|p| {
            p.change_run(|view| {
                let view = view.as_mut().filter(|v| v.id == run);
                if let Some(entry) = view.and_then(|v| v.rooms.iter_mut().find(|r| &r.room == room)) {
                    change(entry);
                }
            });
        });
    }

    pub(super) fn finish_run(&self, run: u64) -> RunView {
        let now = self.0.now_ms();
        self.0.change(|p| {
            let mut finished = RunView {
                id: run,
                going_live: true,
                started_at: now,
                finished_at: Some(now),
                rooms: Vec::new(),
                encoder: None,
                relay: None,
            };
            p.change_run(|view| {
                if let Some(view) = view.as_mut().filter(|v| v.id == run) {
                    // A room that is started again after its face check may still be at it.
                    let part = view.encoder.iter().map(|part| &part.state).chain(&view.relay);
                    let working =
                        view.rooms.iter().map(|r| &r.state).chain(part).any(|s| *s == RunState::Working);
                    view.finished_at = (!working).then_some(now);
                    finished = view.clone();
                }
            });
            finished
        })
    }
}
