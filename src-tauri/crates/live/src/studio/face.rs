//! After a start that was refused for a face check: asking whether the person passed it, then starting again.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Studio;
use super::preflight::bounded;
use crate::problem::{Failure, ProblemCode};
use crate::room::{Details, RoomId};
use crate::view::RunState;

/// Time between questions, give or take a sixth.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// After this the person has to press the button.
const WAIT_AT_MOST: Duration = Duration::from_secs(5 * 60);

/// What asking once led to.
enum Asked {
    Passed,
    NotYet {
        wait: Option<Duration>,
    },
    /// There is nothing to wait for any more.
    GiveUp,
}

impl Studio {
    /// Waits in the background until the person passed the face check, then starts the room again, once. The
    /// result is shown in the same run. Ends silently after five minutes, with `ended`, with the room, when the
    /// room's problem is another one by then, or when asking fails for good.
    pub(super) fn wait_for_face(
        &self,
        run: u64,
        room: &RoomId,
        details: &Details,
        ended: &CancellationToken,
    ) {
        let Some(gone) = self.0.lock().room(room).map(|r| r.cancel.clone()) else { return };
        let (studio, room, details, ended) = (self.clone(), room.clone(), details.clone(), ended.clone());
        tokio::spawn(async move {
            let passed = tokio::select! {
                () = ended.cancelled() => false,
                () = gone.cancelled() => false,
                passed = studio.face_passed(&room) => passed,
            };
            if passed && !ended.is_cancelled() {
                studio.retry_room(run, &room, &details).await;
            }
        });
    }

    async fn face_passed(&self, room: &RoomId) -> bool {
        let deadline = Instant::now() + WAIT_AT_MOST;
        let mut wait = None;
        while Instant::now() < deadline {
            let jitter = ASK_EVERY.mul_f64(5.0 / 6.0 + self.0.clock.chance() / 3.0);
            tokio::time::sleep(jitter.max(wait.unwrap_or_default())).await;
            match self.ask_face(room).await {
                Asked::Passed => return true,
                Asked::NotYet { wait: told } => wait = told,
                Asked::GiveUp => return false,
            }
        }
        false
    }

    async fn ask_face(&self, id: &RoomId) -> Asked {
        let asked = {
            let picture = self.0.lock();
            let Some(room) = picture.room(id) else { return Asked::GiveUp };
            let stands =
                matches!(&room.action_problem, Some(p) if matches!(p.code, ProblemCode::FaceCheck { .. }));
            if room.gate.try_lock().is_err() {
                return Asked::NotYet { wait: None }; // something is being done with it: ask after that
            }
            if !stands || room.view.status.is_on_air() {
                return Asked::GiveUp;
            }
            let connection = picture.account(&room.view.account).and_then(|a| a.connection.clone());
            connection.zip(room.view.remote.clone())
        };
        let Some((connection, remote)) = asked else { return Asked::GiveUp };
        let Some(face) = connection.face_check() else { return Asked::GiveUp };
        match bounded(face.passed(&remote)).await {
            Ok(true) => Asked::Passed,
            Ok(false) => Asked::NotYet { wait: None },
            Err(failure) if may_pass(&failure) => Asked::NotYet { wait: failure.retry_after },
            Err(failure) => {
                tracing::info!(?failure, "whether the face check was passed can't be asked");
                Asked::GiveUp
            }
        }
    }
}

/// Is this a failure that goes away by itself?
fn may_pass(failure: &Failure) -> bool {
    matches!(
        failure.code,
        ProblemCode::Network
            | ProblemCode::Timeout
            | ProblemCode::PlatformDown
            | ProblemCode::RateLimited
            | ProblemCode::Unreadable { .. }
    )
}

/// Was the room refused for a face check?
pub(super) fn wants_face(state: &RunState) -> bool {
    matches!(state, RunState::Failed { problem } if matches!(problem.code, ProblemCode::FaceCheck { .. }))
}
