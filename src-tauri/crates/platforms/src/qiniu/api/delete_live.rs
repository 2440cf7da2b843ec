//! `DELETE /server/live/{live_id}`: deletes a room in any state. It then reads as missing.
//!
//! <https://developer.qiniu.com/lowcode/12012/qlive-server-api-live>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;
use reqwest::Method;

use super::{Api, Refusal, Request};
use crate::connect::path_segment;

impl Api {
    /// Deletes a room. `NotFound` for one that is gone already.
    pub(crate) async fn delete_live(&self, live_id: &str) -> Outcome<()> {
        let path = format!("/server/live/{}", path_segment("live_id", live_id)?);
        self.server(Request::write(Method::DELETE, path), refused).await.map(drop)
    }
}

fn refused(refusal: &Refusal) -> ProblemCode {
    match (refusal.code, refusal.message.as_str()) {
        (501, "record not found") => ProblemCode::NotFound,
        _ => refusal.general(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        let code = |code, message: &str| refused(&Refusal { status: 200, code, message: message.into() });
        assert_eq!(code(501, "record not found"), ProblemCode::NotFound);
        assert_eq!(code(501, "dial tcp: connection refused"), ProblemCode::PlatformDown);
        assert_eq!(code(7, ""), ProblemCode::Refused, "an unknown code");
    }
}
