//! `GET /xlive/web-room/v1/index/getInfoByUser`: what a room allows the signed-in account.
//!
//! <https://live.bilibili.com>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::{Api, Refusal};
use crate::wire;

const PATH: &str = "/xlive/web-room/v1/index/getInfoByUser";

#[derive(Deserialize)]
struct Data {
    #[serde(default, deserialize_with = "wire::object")]
    property: Property,
}

#[derive(Default, Deserialize)]
struct Property {
    #[serde(default, deserialize_with = "wire::object")]
    danmu: Danmu,
}

#[derive(Default, Deserialize)]
struct Danmu {
    #[serde(default, deserialize_with = "wire::count")]
    length: Option<u64>,
}

impl Api {
    /// How long a line of the account's may be in a room, characters; none when the platform doesn't tell.
    pub(crate) async fn line_length(&self, room_id: &str) -> Outcome<Option<u32>> {
        let answer = self.read_live(PATH, &[("room_id", room_id.to_owned())]).await?;
        let data: Data = answer.map_err(Refusal::failure)?.data()?;
        Ok(data.property.danmu.length.and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0))
    }
}

#[cfg(test)]
mod tests {
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn a_length_is_told_or_not() {
        let fake = Fake::start().await;
        for (data, length) in [
            (r#"{"property":{"danmu":{"mode":1,"length":30}}}"#, Some(30)),
            (r#"{"property":{"danmu":{"length":0}}}"#, None),
            (r#"{"property":{"danmu":null}}"#, None),
            (r#"{"property":[]}"#, None),
        ] {
            fake.answers(&format!(r#"{{"code":0,"message":"0","data":{data}}}"#)).await;
            assert_eq!(fake.api.line_length("1234").await.expect("an answer"), length, "{data}");
        }
        assert_eq!(fake.last().await.target, "/xlive/web-room/v1/index/getInfoByUser?room_id=1234");
    }
}
