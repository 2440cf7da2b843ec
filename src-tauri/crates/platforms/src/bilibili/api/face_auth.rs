//! `POST /xlive/app-blink/v1/preLive/IsUserIdentifiedByFaceAuth`: did the person pass the face check that a
//! start was refused for?
//!
//! <https://link.bilibili.com/p/center/index#/my-room/start-live>

use kaibo_live::driver::Outcome;
use reqwest::Method;
use serde::Deserialize;

use super::{Api, FORM, Refusal, answer};
use crate::bilibili::auth::encode;
use crate::connect::endpoint;
use crate::http::Call;

const PATH: &str = "/xlive/app-blink/v1/preLive/IsUserIdentifiedByFaceAuth";

#[derive(Deserialize)]
struct Data {
    is_identified: bool,
}

impl Api {
    /// Asks; changes nothing.
    pub(crate) async fn passed_face_check(&self, room_id: &str) -> Outcome<bool> {
        let mut form = vec![("room_id", room_id.to_owned()), ("face_auth_code", "60024".to_owned())];
        form.extend(self.session.csrf_pairs());
        form.push(("visit_id", String::new()));
        let call = Call::read(Method::POST, endpoint(&self.hosts.live, PATH)).body(FORM, encode(&form));
        let answer = answer(self.http.send(self.dressed(call).await).await?)?;
        Ok(answer.map_err(Refusal::failure)?.data::<Data>()?.is_identified)
    }
}

#[cfg(test)]
mod tests {
    use crate::bilibili::fake::Fake;
    use kaibo_live::problem::{ProblemCode, UnreadableHow};

    #[tokio::test]
    async fn it_is_passed_or_not() {
        let fake = Fake::start().await;
        for passed in [false, true] {
            let json = format!(r#"{{"code":0,"message":"0","data":{{"is_identified":{passed}}}}}"#);
            fake.answers(&json).await;
            assert_eq!(fake.api.passed_face_check("1234").await.expect("told"), passed);
        }
        let sent = fake.last().await;
        assert_eq!(sent.target, super::PATH);
        assert_eq!(sent.body, "room_id=1234&face_auth_code=60024&csrf=c5&csrf_token=c5&visit_id=");
        fake.answers(r#"{"code":-101,"message":"账号未登录","data":null}"#).await;
        let failure = fake.api.passed_face_check("1234").await.expect_err("signed out");
        assert_eq!(failure.code, ProblemCode::SignInExpired);
        fake.answers(r#"{"code":0,"data":{}}"#).await;
        let failure = fake.api.passed_face_check("1234").await.expect_err("not told");
        assert_eq!(failure.code, ProblemCode::Unreadable { how: UnreadableHow::Malformed });
    }
}
