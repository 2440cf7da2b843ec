//! `POST /xlive/app-blink/v1/preLive/CreateRoom`: opens the account's one lasting room.
//!
//! <https://live.bilibili.com/p/html/web-hime/index.html>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::{Api, Refusal};
use crate::wire;

#[derive(Deserialize)]
struct Data {
    #[serde(rename = "roomID", default, deserialize_with = "wire::text")]
    room_id: Option<String>,
}

/// What came of asking for a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Created {
    /// It is new.
    Room(String),
    /// The account has one; the answer doesn't say which.
    HasOne,
}

impl Api {
    /// Opens the room.
    pub(crate) async fn create_room(&self) -> Outcome<Created> {
        let form = vec![("platform", "web".to_owned()), ("visit_id", String::new())];
        match self.write("/xlive/app-blink/v1/preLive/CreateRoom", form).await? {
            Ok(answer) => answer.data::<Data>()?.room_id.map(Created::Room).ok_or_else(|| answer.malformed()),
            Err(refusal) if has_one(&refusal) => Ok(Created::HasOne),
            Err(refusal) => Err(refusal.failure()),
        }
    }
}

fn has_one(refusal: &Refusal) -> bool {
    refusal.code == 1_531_193_016
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::fake::Fake;
    use kaibo_live::problem::ProblemCode;

    #[tokio::test]
    async fn documented_answers() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"message":"0","ttl":1,"data":{"roomID":"1234"}}"#).await;
        assert_eq!(fake.api.create_room().await.expect("a room"), Created::Room("1234".into()));
        let sent = fake.last().await;
        assert_eq!(sent.target, "/xlive/app-blink/v1/preLive/CreateRoom");
        assert_eq!(sent.body, "platform=web&visit_id=&csrf=c5&csrf_token=c5");

        fake.answers(r#"{"code":1531193016,"message":"已经创建直播间~","ttl":1,"data":{"roomID":""}}"#).await;
        assert_eq!(fake.api.create_room().await.expect("fine"), Created::HasOne);

        fake.answers(r#"{"code":-400,"message":"请求错误","ttl":1,"data":[]}"#).await;
        let failure = fake.api.create_room().await.expect_err("refused");
        assert_eq!((failure.code, failure.platform_code.as_deref()), (ProblemCode::Refused, Some("-400")));
    }
}
