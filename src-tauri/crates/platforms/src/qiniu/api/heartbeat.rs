//! `GET /client/live/room/heartbeat/{live_id}`: the anchor is still here. Due every 5 s; ten minutes
//! without one end the room, 20 s without one put the anchor out of it.
//!
//! <https://developer.qiniu.com/lowcode/manual/12005/qlive-server-guide>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;
use serde::Deserialize;

use super::{Api, LiveStatus, Refusal, Request};
use crate::connect::path_segment;

#[derive(Deserialize)]
struct Data {
    live_status: i64,
}

/// What a heartbeat found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    /// It was heard; the room is in this state.
    Heard(LiveStatus),
    /// HTTP 500: the anchor isn't in the room, or the room isn't there.
    DroppedOut,
}

impl Api {
    /// One heartbeat. It may be repeated like a read: all that it changes is when the last one was.
    pub(crate) async fn heartbeat(&self, live_id: &str) -> Outcome<Beat> {
        let path = format!("/client/live/room/heartbeat/{}", path_segment("live_id", live_id)?);
        match self.client(Request::read(path), refused).await {
            Ok(answer) => Ok(Beat::Heard(LiveStatus::of(answer.data::<Data>()?.live_status))),
            Err(failure) if failure.code == ProblemCode::WrongState => Ok(Beat::DroppedOut),
            Err(failure) => Err(failure),
        }
    }
}

fn refused(refusal: &Refusal) -> ProblemCode {
    match (refusal.status, refusal.code) {
        (500, 500) => ProblemCode::WrongState,
        _ => refusal.general_client(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let code = |status, code| refused(&Refusal { status, code, message: String::new() });
        assert_eq!(code(500, 500), ProblemCode::WrongState);
        assert_eq!(code(401, 602), ProblemCode::PlatformDown, "a 401 that is no sign-in problem");
        assert_eq!(code(401, 499), ProblemCode::SignInExpired);
        assert_eq!(code(400, 88), ProblemCode::Refused, "an unknown code");
    }
}
