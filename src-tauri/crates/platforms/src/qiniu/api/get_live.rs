//! `GET /server/live/{live_id}`: reads a room.
//!
//! <https://developer.qiniu.com/lowcode/12012/qlive-server-api-live>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;

use super::{Api, LiveRoom, Refusal, Request};
use crate::connect::path_segment;

impl Api {
    /// Reads a room. `NotFound` for one that isn't there or was deleted.
    pub(crate) async fn get_live(&self, live_id: &str) -> Outcome<LiveRoom> {
        let path = format!("/server/live/{}", path_segment("live_id", live_id)?);
        self.server(Request::read(path), refused).await?.data()
    }
}

/// A missing room reads as code 500 "create live failed", byte for byte what a database that is down
/// answers too; the far more frequent meaning is taken.
fn refused(refusal: &Refusal) -> ProblemCode {
    match refusal.code {
        500 => ProblemCode::NotFound,
        _ => refusal.general(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let code = |status, code| refused(&Refusal { status, code, message: String::new() });
        assert_eq!(code(200, 500), ProblemCode::NotFound);
        assert_eq!(code(200, 404), ProblemCode::NotFound);
        assert_eq!(code(401, 401), ProblemCode::CredentialsRefused);
        assert_eq!(code(200, -7), ProblemCode::Refused, "an unknown code");
    }
}
