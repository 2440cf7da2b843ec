//! `POST /server/live/{live_id}/stop`: ends a live room.
//!
//! <https://developer.qiniu.com/lowcode/12012/qlive-server-api-live>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;
use reqwest::Method;

use super::{Api, Refusal, Request};
use crate::connect::path_segment;

impl Api {
    /// Ends a room. A 5xx may be a lie (the room can be over all the same): read the room again.
    pub(crate) async fn stop_live(&self, live_id: &str) -> Outcome<()> {
        let path = format!("/server/live/{}/stop", path_segment("live_id", live_id)?);
        self.server(Request::write(Method::POST, path), refused).await.map(drop)
    }
}

fn refused(refusal: &Refusal) -> ProblemCode {
    match (refusal.code, refusal.message.as_str()) {
        (501, "record not found") => ProblemCode::NotFound,
        (501, "live status error") => ProblemCode::WrongState,
        _ => refusal.general(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let code = |status, code, message: &str| refused(&Refusal { status, code, message: message.into() });
        assert_eq!(code(200, 501, "record not found"), ProblemCode::NotFound);
        assert_eq!(code(500, 501, "live status error"), ProblemCode::WrongState);
        assert_eq!(code(500, 501, "Post \"http://censor\": EOF"), ProblemCode::PlatformDown);
        assert_eq!(code(200, 12345, ""), ProblemCode::Refused, "an unknown code");
    }
}
