//! `account/get_uid`: whose token this is. <https://open.weibo.com/wiki/2/account/get_uid>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::super::auth::Client;
use crate::wire;

/// The answer.
#[derive(Deserialize)]
pub(in super::super) struct Uid {
    #[serde(default, deserialize_with = "wire::text")]
    pub(in super::super) uid: Option<String>,
}

/// Sends it. A read.
pub(in super::super) async fn send(client: &Client) -> Outcome<Uid> {
    client.get("/2/account/get_uid.json", &[]).await
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::ProblemCode;
    use wiremock::matchers::{method, path, query_param};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::super::testing::{TOKEN, client};
    use super::*;

    async fn answering(status: u16, reply: &str) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/2/account/get_uid.json"))
            .and(query_param("access_token", TOKEN))
            .respond_with(ResponseTemplate::new(status).set_body_string(reply))
            .expect(1)
            .mount(&server)
            .await;
        server
    }

    #[tokio::test]
    async fn tells_the_uid() {
        let server = answering(200, r#"{"uid":3456676543}"#).await;
        assert_eq!(send(&client(&server)).await.unwrap().uid.as_deref(), Some("3456676543"));
    }

    #[tokio::test]
    async fn refusals_and_unknown_codes() {
        for (reply, code) in [
            (r#"{"error":"invalid_access_token","error_code":21332}"#, ProblemCode::CredentialsRefused),
            (r#"{"error":"expired_token","error_code":"21327"}"#, ProblemCode::SignInExpired),
            (r#"{"error":"?","error_code":60000}"#, ProblemCode::Refused),
        ] {
            let server = answering(400, reply).await;
            let Err(failure) = send(&client(&server)).await else { panic!("{reply}") };
            assert_eq!(failure.code, code, "{reply}");
        }
    }
}
