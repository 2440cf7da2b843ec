//! `users/show`: somebody's name and picture. <https://open.weibo.com/wiki/2/users/show>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::super::auth::Client;
use crate::wire;

/// The answer, as far as it is used.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in super::super) struct User {
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) screen_name: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) name: Option<String>,
    /// 180 pixels.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) avatar_large: Option<String>,
    /// 50 pixels.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) profile_image_url: Option<String>,
}

/// Sends it. A read.
pub(in super::super) async fn send(client: &Client, uid: &str) -> Outcome<User> {
    client.get("/2/users/show.json", &[("uid", uid)]).await
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::ProblemCode;
    use wiremock::matchers::{method, path, query_param};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::super::testing::client;
    use super::*;

    async fn answering(status: u16, reply: &str) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/2/users/show.json"))
            .and(query_param("uid", "1596"))
            .respond_with(ResponseTemplate::new(status).set_body_string(reply))
            .expect(1)
            .mount(&server)
            .await;
        server
    }

    #[tokio::test]
    async fn tells_name_and_picture() {
        let reply =
            r#"{"id":1596,"idstr":"1596","screen_name":"小明","avatar_large":"http://i.example/180"}"#;
        let server = answering(200, reply).await;
        let user = send(&client(&server), "1596").await.unwrap();
        assert_eq!(user.screen_name.as_deref(), Some("小明"));
        assert_eq!(user.avatar_large.as_deref(), Some("http://i.example/180"));
    }

    #[tokio::test]
    async fn refusals_and_unknown_codes() {
        for (code, expected) in
            [(20003, ProblemCode::NotFound), (21335, ProblemCode::NotAllowed), (88888, ProblemCode::Refused)]
        {
            let server = answering(403, &format!(r#"{{"error_code":{code},"error":"no"}}"#)).await;
            assert_eq!(send(&client(&server), "1596").await.unwrap_err().code, expected, "{code}");
        }
    }
}
