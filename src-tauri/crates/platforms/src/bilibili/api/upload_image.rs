//! `POST https://api.bilibili.com/x/upload/web/image`: a picture into the folder of the rooms' covers.
//!
//! <https://link.bilibili.com/p/center/index#/my-room/start-live>

use kaibo_live::driver::Outcome;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde::Deserialize;

use super::{Api, Refusal, answer};
use crate::bilibili::auth::encode;
use crate::connect::endpoint;
use crate::http::{Call, Multipart};
use crate::wire;

#[derive(Deserialize)]
struct Data {
    #[serde(default, deserialize_with = "wire::text")]
    location: Option<String>,
}

impl Api {
    /// Uploads a JPEG; answers its address. No room changes by it.
    pub(crate) async fn upload_image(&self, jpeg: &[u8]) -> Outcome<String> {
        let mut url = endpoint(&self.hosts.main, "/x/upload/web/image");
        url.set_query(Some(&encode(&[("csrf", self.session.csrf().to_owned())])));
        let form = Multipart::new(self.http.clock())
            .text("bucket", "live")
            .text("dir", "new_room_cover")
            .jpeg("file", jpeg);
        let (kind, body) = form.finish();
        let call =
            Call::write(Method::POST, url).body("multipart/form-data", body).header(CONTENT_TYPE, &kind);
        match answer(self.http.send(self.dressed(call).await).await?)? {
            Ok(answer) => {
                let location = answer.data::<Data>()?.location.filter(|url| !url.is_empty());
                location.ok_or_else(|| answer.malformed())
            }
            Err(refusal) => Err(Refusal::failure(refusal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::{ProblemCode, UnreadableHow};

    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn documented_answers() {
        let fake = Fake::start().await;
        fake.answers(
            r#"{"code":0,"message":"0","ttl":1,
            "data":{"location":"https://i0.hdslb.com/bfs/live/new_room_cover/ab.jpg","etag":"ab"}}"#,
        )
        .await;
        let url = fake.api.upload_image(b"a picture").await.expect("done");
        assert_eq!(url, "https://i0.hdslb.com/bfs/live/new_room_cover/ab.jpg");
        let sent = fake.last().await;
        assert_eq!(sent.target, "/x/upload/web/image?csrf=c5");
        for part in [
            "name=\"bucket\"\r\n\r\nlive\r\n",
            "name=\"dir\"\r\n\r\nnew_room_cover\r\n",
            "name=\"file\"; filename=\"cover.jpg\"\r\nContent-Type: image/jpeg\r\n\r\na picture\r\n",
        ] {
            assert!(sent.body.contains(part), "{part:?}");
        }
        assert!(sent.cookie.contains("bili_jct=c5"));

        fake.answers(r#"{"code":-111,"message":"csrf 校验失败","ttl":1}"#).await;
        let failure = fake.api.upload_image(b"a").await.expect_err("refused");
        assert_eq!(failure.code, ProblemCode::CredentialsRefused);
        fake.answers(r#"{"code":0,"data":{"location":""}}"#).await;
        let failure = fake.api.upload_image(b"a").await.expect_err("no address");
        assert_eq!(failure.code, ProblemCode::Unreadable { how: UnreadableHow::Malformed });
        fake.answers(r#"{"code":98765,"message":"?"}"#).await;
        let failure = fake.api.upload_image(b"a").await.expect_err("an unknown code");
        assert_eq!(failure.code, ProblemCode::Refused);
    }
}
