//! *Go live* and *End* for several rooms at once: side by side, a result a room as it comes, and a room
//! that fails holds up no other.

use futures_util::future::join_all;

use super::Studio;
use super::actions::{Held, check_details, edit_towards, send_edit};
use super::cover::wanted;
use super::encoder::new_part;
use super::face::wants_face;
use super::picture::Lost;
use super::preflight::{bounded, refuses_broadcast};
use crate::driver::{Looked, Started};
use crate::encoder::RunEncoder;
use crate::platform::DetailKind;
use crate::problem::{Failure, ProblemCode};
use crate::room::{Details, Edit, RemoteId, RoomFacts, RoomId, Status};
use crate::view::{Action, GoLive, RunState, RunView, Step};

/// Rooms in one run.
pub(super) const ROOMS_A_RUN: usize = 32;

impl Studio {
    /// Takes the rooms live, then has the encoder push to the one that was chosen for it. Answers when all have
    /// their results; the window is told as they come. What went live stays so whatever the encoder does.
    pub async fn go_live(&self, request: GoLive) -> RunView {
        let ended = &self.0.end_waits();
        let part = request.encoder.clone().map(|room| new_part(Some(room)));
        let run = self.begin_run(true, &request.rooms, part, request.relay);
        let request = &request;
        join_all(request.rooms.iter().take(ROOMS_A_RUN).map(|room| async move {
            let details = self.wanted(request, room);
            let state = self.bring_room_live(run, room, &details).await;
            if wants_face(&state) {
                self.wait_for_face(run, room, &details, ended);
            }
        }))
        .await;
        self.end_relay_part(run);
        if let Some(room) = &request.encoder {
            self.bring_encoder_live(run, room).await;
        }
        self.finish_run(run)
    }

    fn wanted(&self, request: &GoLive, room: &RoomId) -> Details {
        let abilities = self.0.lock().room(room).map(|r| r.abilities.clone()).unwrap_or_default();
        wanted(request, room, &abilities)
    }

    /// Starts a room of a run again, in the same run. Not when another run is shown by now.
    pub(super) async fn retry_room(&self, run: u64, room: &RoomId, details: &Details) {
        let current = self.0.change(|p| {
            let current = p.run.as_ref().is_some_and(|view| view.id == run);
            if current {
                p.change_run(|view| view.iter_mut().for_each(|v| v.finished_at = None));
            }
            current
        });
        if !current {
            return;
        }
        self.change_run_room(run, room, |r| {
            r.state = RunState::Working;
            r.steps.clear();
            r.took_ms = None;
        });
        self.retry_relay_part(run);
        self.bring_room_live(run, room, details).await;
        self.end_relay_part(run);
        let waits = self.0.lock().run.as_ref().filter(|r| r.id == run).is_some_and(|r| {
            let part = r.encoder.as_ref();
            let meant = |p: &RunEncoder| r.relay.is_some() || p.room.as_ref() == Some(room);
            part.is_some_and(|p| meant(p) && p.state == RunState::Skipped)
        });
        if waits {
            self.bring_encoder_live(run, room).await;
        }
        self.finish_run(run);
    }

    /// Takes one room of a run live and shows the result; the relay gets it at once, whatever the others do.
    async fn bring_room_live(&self, run: u64, room: &RoomId, details: &Details) -> RunState {
        let begun = self.0.now_ms();
        let state = match self.bring_live(run, room, details).await {
            Ok(state) => state,
            Err(failure) => self.run_failure(room, failure),
        };
        self.end_room_of_run(run, room, state.clone(), begun);
        if state == RunState::Done && self.relay_part_of(run).is_some() {
            self.feed_room(run, room).await;
        }
        state
    }

    /// Ends the broadcasts of the rooms. With the encoder it is stopped first, unless the relay hands on to rooms that
    /// go on; when it can't be, they end all the same. Its key is taken out of it after that, when the streamer wants
    /// so.
    pub async fn end_broadcast(&self, rooms: &[RoomId], with_encoder: bool) -> RunView {
        self.0.end_waits();
        let with_encoder = with_encoder && !self.feeds_others(rooms);
        let part = (with_encoder || self.wants_blank(rooms)).then(|| new_part(None));
        let run = self.begin_run(false, rooms, part, false);
        if with_encoder {
            self.bring_encoder_down(run).await;
        }
        join_all(rooms.iter().take(ROOMS_A_RUN).map(|room| async move {
            let begun = self.0.now_ms();
            let state = match self.bring_down(run, room).await {
                Ok(state) => state,
                Err(failure) => self.run_failure(room, failure),
            };
            self.end_room_of_run(run, room, state, begun);
        }))
        .await;
        self.blank_encoder(run).await;
        let run = self.finish_run(run);
        self.settle_sandbox().await;
        run
    }

    async fn bring_live(&self, run: u64, id: &RoomId, details: &Details) -> Result<RunState, Failure> {
        self.renew_before_live(id).await;
        let held = self.hold(id)?;
        let abilities = &held.info.abilities;
        if !abilities.push {
            return Ok(RunState::Skipped);
        }
        let mut unsaid = None;
        let result = async {
            check_details(&held.info, details)?;
            let (facts, fresh) = self.ready_room(run, &held, details).await?;
            let outdated = !fresh || abilities.lasting_room;
            if held.connection.start().is_some() {
                // A start that is refused must leave the room as it was, so what it says changes after it.
                self.start_room(run, &held, &facts.remote, details).await?;
                if outdated {
                    unsaid = self.send_details(run, &held, &facts.remote, details).await.err();
                }
            } else if outdated {
                self.send_details(run, &held, &facts.remote, details).await?;
            }
            let known = self.0.lock().room(id).is_some_and(|r| r.push.is_some());
            if known { Ok(()) } else { Err(Failure::new(ProblemCode::NoStreamKey)) }
        }
        .await;
        self.finish(&held, result)?;
        if let Some(failure) = unsaid {
            // It is on air and stays there, under its former texts: the room says so.
            let problem = self.0.problem(failure.at(held.account.platform));
            self.0.change(|p| p.change_room(id, |r| r.action_problem = Some(problem)));
        }
        Ok(RunState::Done)
    }

    /// The live object to broadcast in: the room's own when it can still be used, else a new one. The
    /// second value says whether it was made just now, with the details in it.
    async fn ready_room(
        &self,
        run: u64,
        held: &Held,
        details: &Details,
    ) -> Result<(RoomFacts, bool), Failure> {
        if let Some(remote) = &held.view.remote {
            match held.connection.read(remote).await {
                Ok(facts) if self.is_usable(held, &facts) => {
                    let now = self.0.clock.now();
                    self.0.change(|p| p.change_room(&held.id, |r| r.apply(&facts, now)));
                    return Ok((facts, false));
                }
                Ok(_) => {}
                Err(failure) if failure.code == ProblemCode::NotFound => {}
                Err(failure) => return Err(failure),
            }
        } else if held.info.abilities.lasting_room
            && let Some(facts) = held.connection.find_rooms().await?.into_iter().next()
        {
            self.adopt(held, &facts, details.clone()).await;
            return Ok((facts, false));
        }
        if let Some(facts) = self.find_lost(held).await?
            && self.is_usable(held, &facts)
        {
            return Ok((facts, false));
        }
        self.ask_right(held).await?;
        self.step(run, &held.id, Step::Create, false);
        let facts = self.create_room(held, details).await?;
        self.step(run, &held.id, Step::Create, true);
        Ok((facts, true))
    }

    /// Asks for the right to broadcast, where it can be asked. Not being told is no refusal.
    async fn ask_right(&self, held: &Held) -> Result<(), Failure> {
        let Some(right) = held.connection.right() else { return Ok(()) };
        match bounded(right.ask()).await {
            Err(failure) if refuses_broadcast(&failure) => Err(failure),
            Err(failure) => {
                tracing::info!(?failure, "the right to broadcast can't be told");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn is_usable(&self, held: &Held, facts: &RoomFacts) -> bool {
        if held.info.abilities.lasting_room {
            return true;
        }
        let over = matches!(facts.status, Status::Ended | Status::Deleted);
        let has_address =
            self.0.lock().room(&held.id).is_some_and(|r| r.push.is_some()) || facts.push.is_some();
        !over && has_address
    }

    async fn create_room(&self, held: &Held, details: &Details) -> Result<RoomFacts, Failure> {
        let platform = held.account.platform;
        let create =
            held.connection.create().ok_or_else(|| Failure::new(ProblemCode::NotAllowed).at(platform))?;
        let since = self.0.clock.now();
        let making = async {
            match create.create(details).await {
                Err(failure) if failure.outcome_unknown() => {
                    match self.look_for(held, details, since).await {
                        Ok(Looked::Found(facts)) => Ok(*facts),
                        // Looked at, not there: this is a plain failure, and trying again is safe.
                        Ok(Looked::Absent) => Err(Failure { code: ProblemCode::Timeout, ..failure }),
                        Ok(Looked::CannotTell) | Err(_) => {
                            Err(Failure { code: ProblemCode::OutcomeUnknown, ..failure })
                        }
                    }
                }
                made => made,
            }
        };
        let (made, entry) = self.journalled(held, Action::Create, details, making).await;
        let facts = match (made, entry) {
            (Ok(facts), _) => facts,
            (Err(failure), Some(entry)) if failure.outcome_unknown() => {
                // What was on its way may still arrive, so that it is looked for once more before another is made.
                let open = failure.code == ProblemCode::OutcomeUnknown;
                let lost = Lost { entry, details: details.clone(), since, open };
                self.0.change(|p| p.change_room(&held.id, |r| r.set_lost(Some(lost))));
                return Err(failure);
            }
            (Err(failure), _) => return Err(failure),
        };
        self.adopt(held, &facts, details.clone()).await;
        Ok(facts)
    }

    async fn send_details(
        &self,
        run: u64,
        held: &Held,
        remote: &RemoteId,
        details: &Details,
    ) -> Result<(), Failure> {
        let view = {
            let picture = self.0.lock();
            picture.room(&held.id).map_or_else(|| held.view.clone(), |r| r.view.clone())
        };
        let abilities = &held.info.abilities;
        let mut edit = edit_towards(&held.info, &view, details).unwrap_or_default();
        if held.connection.start().is_some() && abilities.set_at_start.contains(&DetailKind::Area) {
            edit.area_id = None; // the start call carried it
        }
        let Some(editing) = held.connection.edit().filter(|_| edit != Edit::default()) else {
            return Ok(());
        };
        self.step(run, &held.id, Step::Details, false);
        self.journalled(held, Action::Edit, details, send_edit(held, editing, remote, &edit)).await.0?;
        self.keep_room(held, Some(remote.clone()), details.clone()).await;
        self.0.change(|p| p.change_room(&held.id, |r| r.details = details.clone()));
        self.step(run, &held.id, Step::Details, true);
        Ok(())
    }

    async fn start_room(
        &self,
        run: u64,
        held: &Held,
        remote: &RemoteId,
        details: &Details,
    ) -> Result<(), Failure> {
        let Some(start) = held.connection.start() else { return Ok(()) };
        self.step(run, &held.id, Step::Start, false);
        let mut details = details.clone();
        if details.area_id.is_empty()
            && let Some(area) = self.0.lock().room(&held.id).and_then(|r| r.view.area.clone())
        {
            details.area_id = area.id;
        }
        let starting = async {
            match start.start(remote, &details).await {
                Ok(started) => Ok(Some(started)),
                Err(failure) if failure.outcome_unknown() => match held.connection.read(remote).await {
                    Ok(facts) if facts.status.is_on_air() => Ok(None),
                    Ok(_) => Err(Failure { code: ProblemCode::Timeout, ..failure }),
                    Err(_) => Err(Failure { code: ProblemCode::OutcomeUnknown, ..failure }),
                },
                Err(failure) => Err(failure),
            }
        };
        let started = match self.journalled(held, Action::Start, &details, starting).await.0? {
            Some(started) => started,
            // It is on air; asking again is harmless by the trait's word and brings the address.
            None => start.start(remote, &details).await?,
        };
        self.step(run, &held.id, Step::Start, true);
        let now = self.0.clock.now();
        self.0.change(|p| p.change_room(&held.id, |r| r.set_status(Status::Live, now)));
        let Started { push: Some(push) } = started else { return Ok(()) };
        self.step(run, &held.id, Step::Keep, false);
        self.keep_started(held, push).await;
        self.step(run, &held.id, Step::Keep, true);
        Ok(())
    }

    async fn bring_down(&self, run: u64, id: &RoomId) -> Result<RunState, Failure> {
        let held = self.hold(id)?;
        let Some(end) = held.connection.end() else { return Ok(RunState::Skipped) };
        let result = async {
            let remote = held.remote()?;
            self.step(run, id, Step::End, false);
            let ending = async {
                match end.end(&remote).await {
                    Err(failure) if failure.outcome_unknown() => {
                        // The encoder may have stopped first: an anchor who is away has not ended.
                        match held.connection.read(&remote).await.map(|facts| facts.status.on_air()) {
                            Ok(Some(false)) => Ok(()),
                            Ok(Some(true)) => Err(Failure { code: ProblemCode::Timeout, ..failure }),
                            Ok(None) | Err(_) => {
                                Err(Failure { code: ProblemCode::OutcomeUnknown, ..failure })
                            }
                        }
                    }
                    ended => ended,
                }
            };
            self.journalled(&held, Action::End, &held.details, ending).await.0?;
            self.step(run, id, Step::End, true);
            Ok(())
        }
        .await;
        if result.is_ok() {
            let now = self.0.clock.now();
            let lasting = held.info.abilities.lasting_room;
            self.0.change(|p| {
                p.change_room(id, |r| {
                    r.set_status(if lasting { Status::NotStarted } else { Status::Ended }, now);
                    r.set_push(None);
                });
            });
            if let Err(failure) = self.0.keep_push(&held.account, id, None).await {
                tracing::warn!(?failure, "the old push address stays in the keyring");
            }
        }
        self.finish(&held, result).map(|()| RunState::Done)
    }
}

pub(super) fn trimmed(details: &Details) -> Details {
    Details {
        title: details.title.trim().to_owned(),
        summary: details.summary.trim().to_owned(),
        notice: details.notice.trim().to_owned(),
        cover_url: details.cover_url.trim().to_owned(),
        area_id: details.area_id.trim().to_owned(),
        tags: details.tags.iter().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect(),
        visibility: details.visibility,
    }
}
