//! One file a call.

pub(super) mod access_token;
pub(super) mod authed;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod get_uid;
pub(super) mod r_msg;
pub(super) mod r_sync;
pub(super) mod rate_limit_status;
pub(super) mod revoke;
pub(super) mod show;
pub(super) mod token_info;
pub(super) mod update;
pub(super) mod upload_pic;
pub(super) mod users_show;

/// What a write that was taken is answered with: the id again. Anything else says nothing of it.
#[derive(serde::Deserialize)]
struct Taken {
    #[serde(rename = "id")]
    _id: serde_json::Value,
}

#[cfg(test)]
mod testing {
    use std::sync::Arc;

    use wiremock::matchers::{body_string, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use crate::http::{Http, Redirects};
    use crate::testing::FixedClock;
    use crate::weibo::auth::Client;
    use kaibo_live::budget::CallBudget;
    use kaibo_live::platform::Platform;

    pub(super) const TOKEN: &str = "2.00TestToken";

    pub(super) fn client(server: &MockServer) -> Client {
        let clock = Arc::new(FixedClock::default());
        let budget = Arc::new(CallBudget::new(100, clock.clone()));
        let http = Http::new(Platform::Weibo, Redirects::SameHost, clock);
        Client::new(http, server.uri().parse().unwrap(), TOKEN.to_owned().into(), budget)
    }

    /// A server that answers exactly one form, sent exactly once.
    pub(super) async fn expecting(at: &str, form: &str, status: u16, reply: &str) -> MockServer {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path(at))
            .and(body_string(format!("access_token={TOKEN}&{form}")))
            .respond_with(ResponseTemplate::new(status).set_body_string(reply))
            .expect(1)
            .mount(&server)
            .await;
        server
    }
}
