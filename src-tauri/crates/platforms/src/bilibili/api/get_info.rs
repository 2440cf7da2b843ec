//! `GET /room/v1/Room/get_info`: all about a room.
//!
//! <https://live.bilibili.com>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;
use serde::Deserialize;

use super::{Api, Refusal};
use crate::wire;

/// A room as Bilibili describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct RoomInfo {
    /// The real id, also when the short one was asked for.
    #[serde(deserialize_with = "wire::text")]
    pub(crate) room_id: Option<String>,
    /// Whose room it is.
    #[serde(deserialize_with = "wire::count")]
    pub(crate) uid: Option<u64>,
    #[serde(deserialize_with = "wire::text")]
    pub(crate) title: Option<String>,
    /// 0 off, 1 live, 2 a loop of recordings.
    #[serde(deserialize_with = "wire::int")]
    pub(crate) live_status: Option<i64>,
    /// `YYYY-MM-DD HH:MM:SS` China time; zeros when off.
    #[serde(deserialize_with = "wire::text")]
    pub(crate) live_time: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(crate) area_id: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(crate) area_name: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(crate) parent_area_name: Option<String>,
    /// Joined with commas.
    #[serde(deserialize_with = "wire::text")]
    pub(crate) tags: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(crate) user_cover: Option<String>,
    /// Followers.
    #[serde(deserialize_with = "wire::count")]
    pub(crate) attention: Option<u64>,
    /// A popularity number, not a head count.
    #[serde(deserialize_with = "wire::count")]
    pub(crate) online: Option<u64>,
}

impl Api {
    /// Reads a room, by its real or short id.
    pub(crate) async fn room_info(&self, room_id: &str) -> Outcome<RoomInfo> {
        let query = [("room_id", room_id.to_owned())];
        match self.read_live("/room/v1/Room/get_info", &query).await? {
            Ok(answer) => answer.data(),
            Err(refusal) => {
                let code = meaning(&refusal);
                Err(refusal.failure_of(code))
            }
        }
    }
}

fn meaning(refusal: &Refusal) -> ProblemCode {
    match refusal.code {
        1 => ProblemCode::NotFound,
        _ => refusal.general(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::api::codes::tests::refusal;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn a_room_is_read() {
        let fake = Fake::start().await;
        fake.answers(
            r#"{"code":0,"msg":"ok","message":"ok","data":{"uid":42,"room_id":1234,"short_id":0,
            "attention":7,"online":99,"live_status":1,"area_id":27,"parent_area_id":1,"area_name":"学习",
            "parent_area_name":"生活","title":"写代码","user_cover":"","live_time":"2026-11-21 20:00:00",
            "tags":"编程,自习","pardants":"","area_pardants":"","hot_words":[]}}"#,
        )
        .await;
        let room = fake.api.room_info("1234").await.expect("a room");
        assert_eq!(fake.last().await.target, "/room/v1/Room/get_info?room_id=1234");
        assert_eq!((room.room_id.as_deref(), room.uid, room.live_status), (Some("1234"), Some(42), Some(1)));
        assert_eq!((room.area_id.as_deref(), room.attention, room.online), (Some("27"), Some(7), Some(99)));
        fake.answers(r#"{"code":1,"msg":"未找到该房间","message":"未找到该房间","data":[]}"#).await;
        assert_eq!(fake.api.room_info("9").await.expect_err("none").code, ProblemCode::NotFound);
    }

    #[test]
    fn codes() {
        assert_eq!(meaning(&refusal(1)), ProblemCode::NotFound);
        assert_eq!(meaning(&refusal(60004)), ProblemCode::NotFound);
        assert_eq!(meaning(&refusal(-77)), ProblemCode::Refused, "an unknown code");
    }
}
