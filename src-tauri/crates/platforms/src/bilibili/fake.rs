//! A stand-in for both of Bilibili's hosts, for tests.

use std::sync::Arc;

use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::api::{Api, Hosts};
use super::auth::{ClientIdentity, Session};
use crate::testing::FixedClock;

pub(super) const COOKIE: &str = "SESSDATA=a%2Cb%2A; bili_jct=c5; DedeUserID=42";

/// All of the platform's hosts at one address.
pub(super) fn hosts(base: &url::Url) -> Hosts {
    Hosts { live: base.clone(), main: base.clone(), passport: base.clone(), www: base.clone() }
}

pub(super) struct Fake {
    pub(super) server: MockServer,
    pub(super) api: Api,
}

/// A request as it arrived.
pub(super) struct Sent {
    /// Path and query.
    pub(super) target: String,
    pub(super) body: String,
    pub(super) cookie: String,
}

impl Fake {
    pub(super) async fn start() -> Self {
        Self::with(None).await
    }

    pub(super) async fn with_identity() -> Self {
        Self::with(Some(ClientIdentity {
            key: "kaibotest0000001".into(),
            secret: "kaibotestsecret00000000000000001".to_owned().into(),
        }))
        .await
    }

    async fn with(identity: Option<ClientIdentity>) -> Self {
        let server = MockServer::start().await;
        let base: url::Url = server.uri().parse().expect("an address");
        let session = Session::parse(COOKIE).expect("a session");
        let api = Api::new(hosts(&base), session, identity, Arc::new(FixedClock::default()));
        Self { server, api }
    }

    /// From now on everything is answered with this.
    pub(super) async fn answers(&self, json: &str) {
        self.server.reset().await;
        let reply = ResponseTemplate::new(200).set_body_raw(json.as_bytes(), "application/json");
        Mock::given(any()).respond_with(reply).mount(&self.server).await;
    }

    /// Calls of this path are answered with this, from now on.
    pub(super) async fn at(&self, at: &str, json: &str) {
        let reply = ResponseTemplate::new(200).set_body_raw(json.as_bytes(), "application/json");
        Mock::given(path(at)).respond_with(reply).mount(&self.server).await;
    }

    /// Calls of this path get no answer.
    pub(super) async fn hangs_at(&self, at: &str) {
        let never = ResponseTemplate::new(200).set_delay(std::time::Duration::from_secs(600));
        Mock::given(path(at)).respond_with(never).mount(&self.server).await;
    }

    /// Every request since the last [`answers`](Self::answers), in order.
    pub(super) async fn sent(&self) -> Vec<Sent> {
        let requests = self.server.received_requests().await.expect("recording is on");
        requests
            .into_iter()
            .map(|request| {
                let header = |name: &str| request.headers.get(name).and_then(|v| v.to_str().ok());
                let query = request.url.query().map(|q| format!("?{q}")).unwrap_or_default();
                Sent {
                    target: format!("{}{query}", request.url.path()),
                    cookie: header("cookie").unwrap_or_default().to_owned(),
                    body: String::from_utf8(request.body).expect("UTF-8"),
                }
            })
            .collect()
    }

    /// The last request.
    pub(super) async fn last(&self) -> Sent {
        self.sent().await.pop().expect("a request")
    }
}
