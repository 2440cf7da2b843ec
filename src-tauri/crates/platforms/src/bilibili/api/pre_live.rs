//! `POST /xlive/app-blink/v1/preLive/UpdatePreLiveInfo`: the room's cover.
//!
//! <https://link.bilibili.com/p/center/index#/my-room/start-live>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::{InvalidReason, ProblemCode};

use super::{Api, Refusal};

impl Api {
    /// Sets the cover of the account's own room: the address of a picture that was uploaded. Pictures are looked at
    /// by people before viewers see them: code 0 doesn't promise that it stays.
    pub(crate) async fn update_cover(&self, cover: &str) -> Outcome<()> {
        let form = [
            ("platform", "web"),
            ("mobi_app", "web"),
            ("build", "1"),
            ("cover", cover),
            ("coverVertical", ""),
            ("liveDirectionType", "1"),
        ];
        let form = form.map(|(name, value)| (name, value.to_owned())).to_vec();
        match self.write("/xlive/app-blink/v1/preLive/UpdatePreLiveInfo", form).await? {
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
        100_402 => ProblemCode::Invalid { field: "cover_url".into(), reason: InvalidReason::Refused },
        _ => refusal.general(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn documented_answers() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"message":"0","ttl":1,"data":{"audit_info":{"audit_title_status":0}}}"#)
            .await;
        fake.api.update_cover("https://i0.hdslb.com/a.jpg").await.expect("done");
        let sent = fake.last().await;
        assert_eq!(sent.target, "/xlive/app-blink/v1/preLive/UpdatePreLiveInfo");
        assert_eq!(
            sent.body,
            "platform=web&mobi_app=web&build=1&cover=https%3A%2F%2Fi0.hdslb.com%2Fa.jpg&coverVertical=\
             &liveDirectionType=1&csrf=c5&csrf_token=c5"
        );
        for (answer, code) in [
            (
                r#"{"code":100402,"message":"图片不合适"}"#,
                ProblemCode::Invalid { field: "cover_url".into(), reason: InvalidReason::Refused },
            ),
            (r#"{"code":-101,"message":"账号未登录"}"#, ProblemCode::SignInExpired),
            (r#"{"code":98765,"message":"?"}"#, ProblemCode::Refused),
        ] {
            fake.answers(answer).await;
            let failure = fake.api.update_cover("https://i0.hdslb.com/a.jpg").await.expect_err("refused");
            assert_eq!(failure.code, code);
        }
    }
}
