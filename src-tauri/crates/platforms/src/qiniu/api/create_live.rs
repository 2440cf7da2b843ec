//! `POST /server/live`: makes a room. Not idempotent.
//!
//! <https://developer.qiniu.com/lowcode/12012/qlive-server-api-live>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::{InvalidReason, ProblemCode};
use reqwest::Method;
use serde::Serialize;

use super::{Api, LiveRoom, Refusal, Request};

/// The body. What is unset is left out: an empty time is refused.
#[derive(Debug, Serialize)]
pub(crate) struct CreateLive<'a> {
    pub(crate) anchor_id: &'a str,
    /// At most 128 characters.
    pub(crate) title: &'a str,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) notice: &'a str,
    /// At most 255 characters.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) cover_url: &'a str,
    /// `2021-12-02 11:11:11`, China time. A plan; starting overwrites it.
    pub(crate) start_at: String,
}

impl Api {
    /// Makes a room. Code 500 says that it failed although it may be there: look before telling.
    pub(crate) async fn create_live(&self, body: &CreateLive<'_>) -> Outcome<LiveRoom> {
        let mut request = Request::write(Method::POST, "/server/live");
        request.body = serde_json::to_vec(body).ok();
        self.server(request, refused).await?.data()
    }
}

fn refused(refusal: &Refusal) -> ProblemCode {
    match refusal.code {
        404 => ProblemCode::Invalid { field: "anchor_id".into(), reason: InvalidReason::Refused },
        _ => refusal.general(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_fields_are_left_out() {
        let body = CreateLive {
            anchor_id: "a",
            title: "标题",
            notice: "",
            cover_url: "",
            start_at: "2021-12-02 11:11:11".into(),
        };
        let json = serde_json::to_string(&body).expect("JSON");
        assert_eq!(json, r#"{"anchor_id":"a","title":"标题","start_at":"2021-12-02 11:11:11"}"#);
    }

    #[test]
    fn codes() {
        let code = |code| refused(&Refusal { status: 200, code, message: String::new() });
        assert_eq!(
            code(404),
            ProblemCode::Invalid { field: "anchor_id".into(), reason: InvalidReason::Refused }
        );
        assert_eq!(code(400), ProblemCode::Refused);
        assert_eq!(code(500), ProblemCode::PlatformDown);
        assert_eq!(code(602), ProblemCode::PlatformDown);
        assert_eq!(code(31337), ProblemCode::Refused, "an unknown code");
    }
}
