//! `POST /xlive/web-ucenter/v1/banned/AddSilentUser` and `DelSilentUser`: mutes somebody in a room, and takes that back.
//!
//! <https://live.bilibili.com>

use kaibo_live::driver::Outcome;
use kaibo_live::moderation::MuteFor;

use super::{Api, Refusal};

const PATH: &str = "/xlive/web-ucenter/v1/banned/";

impl Api {
    /// Mutes somebody. Without hours the platform says yes and does nothing, so they are always sent; code 0 alone
    /// isn't believed by whoever calls this.
    pub(crate) async fn add_silent_user(
        &self,
        room_id: &str,
        person: &str,
        how_long: MuteFor,
        line: &str,
    ) -> Outcome<()> {
        let form = vec![
            ("room_id", room_id.to_owned()),
            ("tuid", person.to_owned()),
            ("msg", line.to_owned()),
            // Spelled otherwise than when it is taken back.
            ("mobile_app", "web".to_owned()),
            ("hour", hours(how_long).to_string()),
        ];
        let path = format!("{PATH}AddSilentUser");
        self.write(&path, form).await?.map(drop).map_err(Refusal::failure)
    }

    /// Lets somebody speak again.
    pub(crate) async fn del_silent_user(&self, room_id: &str, person: &str) -> Outcome<()> {
        let form = vec![
            ("room_id", room_id.to_owned()),
            ("tuid", person.to_owned()),
            ("mobi_app", "web".to_owned()),
        ];
        let path = format!("{PATH}DelSilentUser");
        self.write(&path, form).await?.map(drop).map_err(Refusal::failure)
    }
}

fn hours(how_long: MuteFor) -> i32 {
    match how_long {
        MuteFor::ForEver => -1,
        MuteFor::ThisBroadcast => 0,
        MuteFor::Hours { hours } => i32::from(hours),
    }
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::ProblemCode;

    use super::*;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn hours_are_always_sent() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"message":"0","ttl":1,"data":{}}"#).await;
        for (how_long, hour) in [
            (MuteFor::ForEver, "-1"),
            (MuteFor::ThisBroadcast, "0"),
            (MuteFor::Hours { hours: 24 }, "24"),
            (MuteFor::Hours { hours: 720 }, "720"),
        ] {
            fake.api.add_silent_user("1234", "77", how_long, "广告").await.expect("done");
            let sent = fake.last().await;
            assert_eq!(sent.target, "/xlive/web-ucenter/v1/banned/AddSilentUser");
            let form = format!(
                "room_id=1234&tuid=77&msg=%E5%B9%BF%E5%91%8A&mobile_app=web&hour={hour}&csrf=c5&csrf_token=c5"
            );
            assert_eq!(sent.body, form);
        }
    }

    #[tokio::test]
    async fn somebody_may_speak_again() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"message":"0","ttl":1,"data":null}"#).await;
        fake.api.del_silent_user("1234", "77").await.expect("done");
        let sent = fake.last().await;
        assert_eq!(sent.target, "/xlive/web-ucenter/v1/banned/DelSilentUser");
        assert_eq!(sent.body, "room_id=1234&tuid=77&mobi_app=web&csrf=c5&csrf_token=c5");
    }

    #[tokio::test]
    async fn refusals_keep_the_platforms_words() {
        let fake = Fake::start().await;
        for (answer, code) in [
            (r#"{"code":-101,"message":"账号未登录"}"#, ProblemCode::SignInExpired),
            (r#"{"code":-111,"message":"csrf 校验失败"}"#, ProblemCode::CredentialsRefused),
            (r#"{"code":-403,"message":"没有权限"}"#, ProblemCode::NotAllowed),
            (r#"{"code":100004,"message":"参数错误","data":null}"#, ProblemCode::Refused),
        ] {
            fake.answers(answer).await;
            let failure =
                fake.api.add_silent_user("1", "2", MuteFor::ForEver, "").await.expect_err("refused");
            assert_eq!(failure.code, code);
            assert!(answer.contains(&failure.message.expect("words")), "{answer}");
            assert_eq!(fake.api.del_silent_user("1", "2").await.expect_err("refused").code, code);
            assert_eq!(fake.sent().await.len(), 2, "a write is sent once");
        }
    }
}
