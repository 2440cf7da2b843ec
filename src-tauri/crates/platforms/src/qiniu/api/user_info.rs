//! `GET /server/user/info/{user_id}`: a user's name and picture.
//!
//! <https://developer.qiniu.com/lowcode/manual/12005/qlive-server-guide>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;

use super::live_room::Anchor;
use super::{Api, Refusal, Request};
use crate::connect::path_segment;

impl Api {
    /// Who the account's anchor is. `NotFound` for an unknown one.
    pub(crate) async fn user_info(&self) -> Outcome<Anchor> {
        let path = format!("/server/user/info/{}", path_segment("anchor_id", &self.keys.anchor_id)?);
        self.server(Request::read(path), refused).await?.data()
    }
}

/// An unknown user comes as HTTP 404 with code 500.
fn refused(refusal: &Refusal) -> ProblemCode {
    if refusal.status == 404 { ProblemCode::NotFound } else { refusal.general() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let code = |status, code| refused(&Refusal { status, code, message: String::new() });
        assert_eq!(code(404, 500), ProblemCode::NotFound);
        assert_eq!(code(500, 500), ProblemCode::PlatformDown);
        assert_eq!(code(400, 99), ProblemCode::Refused, "an unknown code");
    }
}
