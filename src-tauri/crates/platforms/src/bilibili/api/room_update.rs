//! `POST /room/v1/Room/update`: title and area (together, if you like), or one tag.
//!
//! <https://link.bilibili.com/p/center/index#/my-room/start-live>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;

use super::{Api, Refusal};
use crate::bilibili::auth::Pair;

/// One change. A tag to add makes the call ignore all else, so tags go alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Either or both; `None` stays.
    TitleAndArea {
        /// At most 40 characters.
        title: Option<String>,
        /// A child area's id.
        area_id: Option<String>,
    },
    /// At most 10 characters.
    AddTag(String),
    /// One of the room's tags.
    DelTag(String),
}

impl Change {
    fn pairs(self) -> Vec<Pair> {
        match self {
            Self::TitleAndArea { title, area_id } => {
                let title = title.map(|t| ("title", t));
                title.into_iter().chain(area_id.map(|a| ("area_id", a))).collect()
            }
            Self::AddTag(tag) => vec![("add_tag", tag)],
            Self::DelTag(tag) => vec![("del_tag", tag)],
        }
    }
}

impl Api {
    /// Changes the room. A title may be published first and looked at later: code 0 doesn't promise that
    /// it stays.
    pub(crate) async fn update_room(&self, room_id: &str, change: Change) -> Outcome<()> {
        let mut form = vec![("room_id", room_id.to_owned())];
        form.extend(change.pairs());
        form.push(("platform", "pc_link".to_owned()));
        match self.write("/room/v1/Room/update", form).await? {
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
        3 => ProblemCode::SignInExpired,
        -1 => ProblemCode::RateLimited,
        60009 => ProblemCode::AreaGone,
        _ => refusal.general(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::api::codes::tests::refusal;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn documented_answers() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"msg":"ok","message":"ok","data":[]}"#).await;
        let change = Change::TitleAndArea { title: Some("测试".into()), area_id: Some("27".into()) };
        fake.api.update_room("10352053", change).await.expect("done");
        let sent = fake.last().await;
        assert_eq!(sent.target, "/room/v1/Room/update");
        assert_eq!(
            sent.body,
            "room_id=10352053&title=%E6%B5%8B%E8%AF%95&area_id=27&platform=pc_link&csrf=c5&csrf_token=c5"
        );
        fake.answers(
            r#"{"code":0,"msg":"ok","message":"ok","data":{"sub_session_key":"","audit_info":
            {"audit_title_reason":"","update_title":"","audit_title_status":0}}}"#,
        )
        .await;
        fake.api.update_room("1", Change::AddTag("测试标签".into())).await.expect("done");
        assert!(fake.last().await.body.starts_with("room_id=1&add_tag=%E6%B5%8B%E8%AF%95"));
        fake.api.update_room("1", Change::DelTag("a".into())).await.expect("done");
        assert!(fake.last().await.body.starts_with("room_id=1&del_tag=a&"));
        fake.answers(r#"{"code":65530,"msg":"token error","message":"token error","data":[]}"#).await;
        let failure = fake.api.update_room("1", Change::AddTag("a".into())).await.expect_err("refused");
        assert_eq!(failure.code, ProblemCode::SignInExpired);
        assert_eq!(failure.message.as_deref(), Some("token error"));
    }

    #[test]
    fn codes() {
        assert_eq!(meaning(&refusal(3)), ProblemCode::SignInExpired);
        assert_eq!(meaning(&refusal(-1)), ProblemCode::RateLimited);
        assert_eq!(meaning(&refusal(60009)), ProblemCode::AreaGone);
        assert_eq!(meaning(&refusal(405)), ProblemCode::Refused);
        assert_eq!(meaning(&refusal(1)), ProblemCode::Refused);
        assert_eq!(meaning(&refusal(98_765)), ProblemCode::Refused, "an unknown code");
    }
}
