//! `POST /msg/send`: says something in the chat. Code 0 with words beside it means that nobody sees it.
//!
//! <https://live.bilibili.com>

use std::time::Duration;

use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};

use super::{Api, Refusal};

/// Lines may follow each other after this long.
const PAUSE: Duration = Duration::from_secs(1);

impl Api {
    /// Says a line. `Ok` means that viewers see it.
    pub(crate) async fn send_message(&self, room_id: &str, text: &str) -> Outcome<()> {
        let form = vec![
            ("roomid", room_id.to_owned()),
            ("msg", text.to_owned()),
            ("rnd", self.now().as_second().to_string()),
            ("fontsize", "25".to_owned()),
            ("color", "16777215".to_owned()),
            ("mode", "1".to_owned()),
            ("bubble", "0".to_owned()),
        ];
        match self.write("/msg/send", form).await? {
            Ok(answer) => shown(&answer.message),
            Err(refusal) => Err(failure(refusal)),
        }
    }
}

/// What the words beside code 0 mean: `f` the site's filter, `k` the room's, and two about haste.
fn shown(words: &str) -> Outcome<()> {
    let failure = match words {
        "" => return Ok(()),
        "msg in 1s" => Failure::new(ProblemCode::RateLimited).after(PAUSE),
        _ => Failure::new(ProblemCode::ChatDropped),
    };
    Err(failure.at(Platform::Bilibili).said("0", words))
}

fn failure(refusal: Refusal) -> Failure {
    match refusal.code {
        // The limit depends on the viewer's level and isn't told here.
        1_003_212 => {
            let code = ProblemCode::Invalid { field: "chat".into(), reason: InvalidReason::Refused };
            refusal.failure_of(code)
        }
        10_031 => refusal.failure_of(ProblemCode::RateLimited).after(PAUSE),
        _ => refusal.failure(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::api::codes::tests::refusal;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn the_real_rule_of_success() {
        let fake = Fake::start().await;
        for (answer, code) in [
            (r#"{"code":0,"data":{},"message":"","msg":""}"#, None),
            (r#"{"code":0,"data":{},"message":"f","msg":"f"}"#, Some(ProblemCode::ChatDropped)),
            (r#"{"code":0,"data":{},"message":"k","msg":"k"}"#, Some(ProblemCode::ChatDropped)),
            (r#"{"code":0,"data":{},"message":"msg repeat"}"#, Some(ProblemCode::ChatDropped)),
            (r#"{"code":0,"data":{},"message":"msg in 1s"}"#, Some(ProblemCode::RateLimited)),
            (r#"{"code":-101,"message":"账号未登录"}"#, Some(ProblemCode::SignInExpired)),
        ] {
            fake.answers(answer).await;
            assert_eq!(fake.api.send_message("1234", "晚上好").await.err().map(|f| f.code), code, "{answer}");
        }
        let sent = fake.last().await;
        assert_eq!(sent.target, "/msg/send");
        assert_eq!(
            sent.body,
            "roomid=1234&msg=%E6%99%9A%E4%B8%8A%E5%A5%BD&rnd=1597885237&fontsize=25&color=16777215&mode=1\
             &bubble=0&csrf=c5&csrf_token=c5"
        );
    }

    #[test]
    fn codes() {
        let too_long = ProblemCode::Invalid { field: "chat".into(), reason: InvalidReason::Refused };
        assert_eq!(failure(refusal(1_003_212)).code, too_long);
        let hasty = failure(refusal(10_031));
        assert_eq!((hasty.code, hasty.retry_after), (ProblemCode::RateLimited, Some(PAUSE)));
        assert_eq!(failure(refusal(10_024)).code, ProblemCode::Refused, "an unknown code");
    }
}
