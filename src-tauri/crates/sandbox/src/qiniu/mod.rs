//! Qiniu's interactive live: its open server's API, with lives that begin and end by it.
//!
//! <https://developer.qiniu.com/lowcode/12012/qlive-server-api-live> and the replies recorded from the
//! open-source server, which are what the contract test compares with.

mod client;
mod crowd;
mod dates;
mod model;
mod records;
mod reply;
mod route;
mod server;
mod sign;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::response::Response;
use percent_encoding::percent_decode_str;

use crate::SandboxAccount;
use crate::house::{Dialect, House, RoomState, Stage, lock};
use crate::ingest::Door;

use model::{Live, Status, User};
use records::{HUB, Store, stream};
use reply::{Reply, Writer};
use route::{Call, Route};

const ACCESS_KEY: &str = "ak_test";
const SECRET_KEY: &str = "sk_test";
const JWT_KEY: &str = "jwt_key_sandbox";
const ANCHOR: &str = "kaibo_anchor";
const UNAUTHORIZED: &str = "Your authorization token is invalid";

/// What the platform remembers.
pub(crate) struct State(Mutex<Store>);

impl Default for State {
    fn default() -> Self {
        let mut store = Store::default();
        store.register(User { id: ANCHOR.into(), nick: "开播小店".into(), ..User::default() });
        Self(Mutex::new(store))
    }
}

impl State {
    /// The store, brought up to the house's time.
    fn now<T>(&self, house: &House, then: impl FnOnce(&mut Store, i64) -> T) -> T {
        let now_ms = house.clock.now().as_millisecond();
        let mut store = lock(&self.0);
        store.tick(now_ms, house.chatter());
        then(&mut store, now_ms)
    }
}

impl Stage for State {
    fn name(&self) -> &'static str {
        "qiniu"
    }

    fn account(&self, house: &House) -> SandboxAccount {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        SandboxAccount {
            platform: "qiniu",
            name: "开播小店".into(),
            settings: BTreeMap::from([
                field("access_key", ACCESS_KEY),
                field("anchor_id", ANCHOR),
                field("app_id", "kaibo"),
                field("base_url", &house.addresses().qiniu),
                field("signal_url", &house.addresses().ingest_api),
            ]),
            secrets: BTreeMap::from([field("secret_key", SECRET_KEY)]),
        }
    }

    fn rooms(&self, house: &House) -> Vec<RoomState> {
        let summary = |live: &Live| RoomState {
            id: live.id.clone(),
            title: live.title.clone(),
            notice: live.notice.clone(),
            cover_url: live.cover_url.clone(),
            status: reply::status_word(live.status).to_owned(),
            live: live.status == Status::Live,
            ..RoomState::default()
        };
        self.now(house, |store, _| store.lives().map(summary).collect())
    }

    /// Tokens of users become void; the next one asked for is good. The access key stays.
    fn expire_tokens(&self) {
        lock(&self.0).token_generation += 1;
    }
}

/// The platform's API.
pub(crate) fn router(house: Arc<House>) -> Router {
    Router::new().fallback(move |request: Request| {
        let house = house.clone();
        async move { serve(&house, request).await }
    })
}

async fn serve(house: &House, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // A longer body can't be signed rightly, so it needn't be read.
    let Ok(body) = to_bytes(body, sign::MAX_BODY).await else {
        return Reply::no_route().into_response();
    };
    let call = Call {
        method: parts.method.as_str().to_owned(),
        path: percent_decode_str(parts.uri.path()).decode_utf8_lossy().into_owned(),
        query: parts.uri.query().map(str::to_owned),
        headers: parts.headers,
        body,
        now_ms: 0,
    };
    answer(house, call, parts.uri.path()).into_response()
}

fn answer(house: &House, mut call: Call, raw_path: &str) -> Reply {
    let path = call.path.clone();
    let Some(route) = route::find(&call.method, &path) else {
        let shorter = path.strip_suffix('/').and_then(|path| route::find(&call.method, path));
        let to = raw_path.trim_end_matches('/');
        return shorter.map_or_else(Reply::no_route, |_| Reply::moved(call.method == "GET", to));
    };
    let out = Writer {
        request_id: call
            .header("x-reqid")
            .filter(|id| !id.is_empty())
            .map_or_else(reply::request_id, str::to_owned),
        live_success: if house.dialect("qiniu") == Dialect::Documented { 0 } else { 200 },
    };
    let ingest = house.ingest.rtmp_base();
    house.qiniu.now(house, |store, now_ms| {
        call.now_ms = now_ms;
        let before: Vec<String> = store.lives().map(|live| live.id.clone()).collect();
        let reply = match route {
            Route::Status => out.done(None),
            Route::Server(_) if !call.signed_by(ACCESS_KEY, SECRET_KEY) => {
                out.refused(401, 401, UNAUTHORIZED)
            }
            Route::Server(route) => server::answer(route, &call, store, &out, &ingest),
            Route::Client(route) => client::answer(route, &call, store, &out, &ingest),
            Route::AdminStop(id) => client::admin_stop(id, &call, store, &out),
        };
        doors(house, store, &before);
        reply
    })
}

/// A live's push address works from its making to its deletion, whatever its status: the platform's two halves
/// don't ask each other.
fn doors(house: &House, store: &Store, before: &[String]) {
    for gone in before.iter().filter(|id| store.live(id).is_none()) {
        house.ingest.close(HUB, &stream(gone));
    }
    for live in store.lives().filter(|live| !before.contains(&live.id)) {
        let query = live.push_query.clone();
        house.ingest.open(&Door { app: HUB.to_owned(), name: stream(&live.id), query });
    }
}
