//! `/xlive/app-blink/v1/index/updateRoomNews` and `getRoomNews`: the room's notice board.
//!
//! <https://link.bilibili.com/p/center/index#/my-room/start-live>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;
use serde::Deserialize;

use super::{Api, Refusal};
use crate::wire;

#[derive(Deserialize)]
struct Data {
    #[serde(default, deserialize_with = "wire::text")]
    content: Option<String>,
}

impl Api {
    /// Writes the board: at most 60 characters, empty clears it.
    pub(crate) async fn update_room_news(&self, room_id: &str, content: &str) -> Outcome<()> {
        let form = vec![
            ("room_id", room_id.to_owned()),
            ("uid", self.session.uid.to_string()),
            ("content", content.to_owned()),
        ];
        self.write("/xlive/app-blink/v1/index/updateRoomNews", form)
            .await?
            .map(drop)
            .map_err(Refusal::failure)
    }

    /// Reads the board; empty when nothing stands on it.
    pub(crate) async fn room_news(&self, room_id: &str) -> Outcome<String> {
        let query = [("room_id", room_id.to_owned()), ("uid", self.session.uid.to_string())];
        match self.read_live("/xlive/app-blink/v1/index/getRoomNews", &query).await? {
            Ok(answer) => Ok(answer.data::<Data>()?.content.unwrap_or_default()),
            Err(refusal) if refusal.general() == ProblemCode::NotFound => Ok(String::new()),
            Err(refusal) => Err(refusal.failure()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn documented_answers() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"message":"0","ttl":1,"data":{}}"#).await;
        fake.api.update_room_news("11996900", "测试修改公告").await.expect("done");
        let sent = fake.last().await;
        assert_eq!(sent.target, "/xlive/app-blink/v1/index/updateRoomNews");
        assert_eq!(
            sent.body,
            "room_id=11996900&uid=42&content=%E6%B5%8B%E8%AF%95%E4%BF%AE%E6%94%B9%E5%85%AC%E5%91%8A\
             &csrf=c5&csrf_token=c5"
        );
        assert_eq!(fake.api.room_news("11996900").await.expect("read"), "");
        fake.answers(r#"{"code":0,"data":{"roomid":"1","content":"今晚八点"}}"#).await;
        assert_eq!(fake.api.room_news("1").await.expect("read"), "今晚八点");
        fake.answers(r#"{"code":65530,"message":"token error","data":{}}"#).await;
        let failure = fake.api.update_room_news("1", "").await.expect_err("refused");
        assert_eq!(failure.code, ProblemCode::SignInExpired);
        fake.answers(r#"{"code":12321,"message":"?"}"#).await;
        let failure = fake.api.update_room_news("1", "").await.expect_err("refused");
        assert_eq!((failure.code, failure.platform_code.as_deref()), (ProblemCode::Refused, Some("12321")));
    }
}
