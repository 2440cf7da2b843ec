//! `POST /room/v1/Room/stopLive`: ends the broadcast. The encoder goes on sending until it is stopped.
//!
//! <https://link.bilibili.com/p/center/index#/my-room/start-live>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;

use super::{Api, Refusal};

impl Api {
    /// Ends. A room that isn't live stays as it is.
    pub(crate) async fn stop_live(&self, room_id: &str) -> Outcome<()> {
        let form = vec![("room_id", room_id.to_owned()), ("platform", "pc_link".to_owned())];
        match self.write("/room/v1/Room/stopLive", form).await? {
            Ok(_) => Ok(()),
            Err(refusal) => {
                let code = meaning(&refusal);
                Err(refusal.failure_of(code))
            }
        }
    }
}

fn meaning(refusal: &Refusal) -> ProblemCode {
    match refusal.code {
        -400 => ProblemCode::NotAllowed,
        60034 | 60035 | 60037 => ProblemCode::ClientRefused,
        _ => refusal.general(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::api::codes::tests::refusal;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn documented_answer() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"msg":"","message":"","data":{"change":1,"status":"PREPARING"}}"#).await;
        fake.api.stop_live("10352053").await.expect("over");
        let sent = fake.last().await;
        assert_eq!(sent.target, "/room/v1/Room/stopLive");
        assert_eq!(sent.body, "room_id=10352053&platform=pc_link&csrf=c5&csrf_token=c5");
    }

    #[test]
    fn codes() {
        assert_eq!(meaning(&refusal(-400)), ProblemCode::NotAllowed);
        assert_eq!(meaning(&refusal(65530)), ProblemCode::SignInExpired);
        assert_eq!(meaning(&refusal(60034)), ProblemCode::ClientRefused);
        assert_eq!(meaning(&refusal(5)), ProblemCode::Refused, "an unknown code");
    }
}
