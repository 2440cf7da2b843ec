//! A server that answers with what the real one was recorded to answer.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use kaibo_live::account::Settings;
use kaibo_live::driver::{Connection, Driver};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::room::{Details, RemoteId};
use kaibo_live::secret::{Credentials, SecretString};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::qiniu::auth::Signed;
use crate::qiniu::{QiniuDriver, fixtures};
use crate::testing::FixedClock;

/// A minute after the recordings of the life cycle were made; their push addresses last an hour.
pub(super) const NOW: i64 = 1_795_299_888;
pub(super) const ID: &str = "2124267562907734016";

pub(super) struct Fake {
    pub(super) server: MockServer,
    /// Its `Date`: the client's clock is right.
    date: String,
    pub(super) connection: Arc<dyn Connection>,
}

pub(super) fn settings(base: &str, anchor: &str) -> Settings {
    Settings(BTreeMap::from([
        ("base_url".into(), base.into()),
        ("access_key".into(), "ak_test".into()),
        ("anchor_id".into(), anchor.into()),
    ]))
}

pub(super) fn credentials(secret: &str) -> Credentials {
    let mut credentials = Credentials::default();
    credentials.set("secret_key", secret.to_owned().into());
    credentials
}

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

pub(super) fn room() -> RemoteId {
    RemoteId(ID.into())
}

pub(super) fn details(title: &str) -> Details {
    Details { title: title.into(), ..Details::default() }
}

pub(super) fn code<T>(outcome: Result<T, Failure>) -> ProblemCode {
    outcome.err().expect("a refusal").code
}

impl Fake {
    pub(super) async fn start() -> Self {
        Self::started("主播 b", NOW).await
    }

    pub(super) async fn started(anchor: &str, now: i64) -> Self {
        Self::named(anchor, None, now).await
    }

    /// With a name to register the anchor under.
    pub(super) async fn named(anchor: &str, name: Option<&str>, now: i64) -> Self {
        let server = MockServer::start().await;
        let clock = Arc::new(FixedClock(at(now)));
        let date = at(now).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let mut settings = settings(&server.uri(), anchor);
        settings.0.extend(name.map(|name| ("anchor_name".to_owned(), name.to_owned())));
        let connection = QiniuDriver.connect(&settings, &credentials("sk_test"), clock).expect("connected");
        Self { server, date, connection }
    }

    /// Answers as recorded, the first `times` times.
    pub(super) async fn recorded(&self, verb: &str, at: &str, name: &str, times: u64) {
        let (status, body) = fixtures::answer(name);
        let reply = ResponseTemplate::new(status).set_body_raw(body, "application/json");
        let reply = reply.insert_header("date", self.date.as_str());
        Mock::given(method(verb))
            .and(path(at))
            .respond_with(reply)
            .up_to_n_times(times)
            .mount(&self.server)
            .await;
    }

    pub(super) async fn always(&self, verb: &str, at: &str, name: &str) {
        self.recorded(verb, at, name, 1_000).await;
    }

    pub(super) async fn json(&self, verb: &str, at: &str, status: u16, body: Value) {
        let reply =
            ResponseTemplate::new(status).set_body_json(body).insert_header("date", self.date.as_str());
        Mock::given(method(verb)).and(path(at)).respond_with(reply).mount(&self.server).await;
    }

    pub(super) async fn token(&self) {
        self.always("GET", "/server/auth/token", "token-get-ok").await;
    }

    /// The anchor's list holds one room.
    pub(super) async fn list(&self, title: &str, start_time: i64, live_status: i64) {
        let rooms = json!([{"live_id": "77", "title": title, "start_time": start_time,
            "live_status": live_status, "push_url": "rtmp://h/hub/s?e=1795303428&token=t"}]);
        let data = json!({"total_count": 1, "page_total": 1, "end_page": true, "list": rooms});
        self.json("GET", "/client/live/room/list/anchor", 200, json!({"code": 200, "data": data})).await;
    }

    pub(super) async fn sent(&self) -> Vec<Request> {
        self.server.received_requests().await.expect("recording is on")
    }

    pub(super) async fn count(&self, verb: &str, at: &str) -> usize {
        let hit = |r: &&Request| r.method.as_str() == verb && r.url.path() == at;
        self.sent().await.iter().filter(hit).count()
    }
}

pub(super) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.get(name).and_then(|v| v.to_str().ok())
}

/// Signs what arrived, from nothing but what arrived.
pub(super) fn resigned(request: &Request) -> SecretString {
    Signed {
        method: request.method.as_str(),
        path: request.url.path(),
        query: request.url.query(),
        host: header(request, "host").expect("host"),
        content_type: header(request, "content-type"),
        headers: &[],
        body: &request.body,
    }
    .authorization("ak_test", &"sk_test".to_owned().into())
}
