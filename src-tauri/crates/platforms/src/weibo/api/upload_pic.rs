//! `statuses/upload_pic`: a picture, by itself; no post is made of it.
//! <http://open.weibo.com/wiki/Live/api> names it for covers (without its `/2`);
//! <https://open.weibo.com/wiki/2/statuses/upload_pic>. An app needs a permission of its own for it.

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::super::auth::Client;
use crate::wire;

/// Of its answer: the picture in the size that was sent.
#[derive(Deserialize)]
pub(in super::super) struct Uploaded {
    #[serde(default, deserialize_with = "wire::text")]
    pub(in super::super) original_pic: Option<String>,
}

/// Sends it. A write, of which nobody sees anything.
pub(in super::super) async fn send(client: &Client, jpeg: &[u8]) -> Outcome<Uploaded> {
    client.post_picture("/2/statuses/upload_pic.json", "pic", jpeg).await
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::ProblemCode;
    use wiremock::matchers::{method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::super::testing::{TOKEN, client};
    use super::*;

    async fn answering(status: u16, reply: &str) -> MockServer {
        let server = MockServer::start().await;
        let reply = ResponseTemplate::new(status).set_body_string(reply);
        let pic = Mock::given(method("POST")).and(path("/2/statuses/upload_pic.json"));
        pic.respond_with(reply).expect(1).mount(&server).await;
        server
    }

    #[tokio::test]
    async fn token_and_picture_are_sent_and_the_original_is_told() {
        let server = answering(
            200,
            r#"{"pic_id":"6b1c1c1cjw1e","thumbnail_pic":"http://ww1.sinaimg.cn/thumbnail/6b1c1c1cjw1e.jpg",
            "bmiddle_pic":"http://ww1.sinaimg.cn/bmiddle/6b1c1c1cjw1e.jpg",
            "original_pic":"http://ww1.sinaimg.cn/large/6b1c1c1cjw1e.jpg"}"#,
        )
        .await;
        let told = send(&client(&server), b"a picture").await.unwrap();
        assert_eq!(told.original_pic.as_deref(), Some("http://ww1.sinaimg.cn/large/6b1c1c1cjw1e.jpg"));
        let sent = server.received_requests().await.unwrap().remove(0);
        let body = String::from_utf8(sent.body).unwrap();
        let parts = [
            format!("name=\"access_token\"\r\n\r\n{TOKEN}\r\n"),
            "name=\"pic\"; filename=\"cover.jpg\"\r\nContent-Type: image/jpeg\r\n\r\na picture\r\n".into(),
        ];
        for part in parts {
            assert!(body.contains(&part), "{part:?}");
        }
        assert_eq!(sent.url.query(), None, "the token isn't in the address");
    }

    #[tokio::test]
    async fn refusals() {
        let missing = r#"{"error":"Insufficient app permissions!","error_code":10014}"#;
        let failure = send(&client(&answering(403, missing).await), b"a").await.err().unwrap();
        assert_eq!(failure.code, ProblemCode::NotAllowed);
        let unknown = r#"{"error":"?","error_code":31415}"#;
        let failure = send(&client(&answering(400, unknown).await), b"a").await.err().unwrap();
        assert_eq!((failure.code, failure.platform_code.as_deref()), (ProblemCode::Refused, Some("31415")));
    }
}
