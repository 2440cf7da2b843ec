//! Bilibili: the web's room calls, the chat socket and the passport. One listener plays all of their hosts: the paths
//! tell them apart.
//!
//! Pages: <https://live.bilibili.com> and <https://api.bilibili.com> have no public documents; what stands here
//! follows the project's notes on the wire. Accounts, names and keys are made up.

mod air;
mod area;
mod call;
mod chat;
mod control;
mod cover;
mod crowd;
mod event;
mod face;
mod flood;
mod form;
mod frame;
mod manage;
mod moderation;
mod packed;
mod passport;
mod read;
mod sign;
mod socket;
mod world;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, WebSocketUpgrade};
use axum::http::header::DATE;
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use axum::routing::get;
use tokio::sync::broadcast;

use crate::SandboxAccount;
use crate::house::{House, RoomState, Stage, lock};
use crate::ingest::Door;
use crate::viewers;

use call::{Call, Reply};
use event::Event;
pub use flood::{DanmakuLine, DanmakuPacket};
pub use moderation::MutedViewer;
use socket::Timing;
use world::{Check, Line, Room, STREAMER, World};

/// The RTMP app of the push address.
const APP: &str = "live-bvc";
/// The largest form.
const BODY: usize = 64 * 1024;
/// The largest form with a picture in it.
const UPLOAD: usize = 1024 * 1024;
/// Commands that wait for slow readers; beyond, these lose the oldest.
const WAITING: usize = 4096;

/// What the platform remembers.
pub(crate) struct State {
    world: Mutex<World>,
    events: broadcast::Sender<(u64, Event)>,
    timing: Mutex<Timing>,
}

impl State {
    /// With so many streamers; see [`crate::Config::bilibili_streamers`].
    pub(crate) fn new(streamers: usize) -> Self {
        let (events, _) = broadcast::channel(WAITING);
        Self { world: Mutex::new(World::with_streamers(streamers)), events, timing: Mutex::default() }
    }

    fn with<T>(&self, then: impl FnOnce(&mut World) -> T) -> T {
        then(&mut lock(&self.world))
    }

    /// The accounts of all streamers.
    pub(crate) fn accounts(&self, house: &House) -> Vec<SandboxAccount> {
        let streamers = self.with(|world| world.streamers());
        streamers.into_iter().map(|uid| self.account_of(house, uid)).collect()
    }

    fn account_of(&self, house: &House, uid: u64) -> SandboxAccount {
        let field = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let base = &house.addresses().bilibili;
        let now_ms = house.clock.now().as_millisecond();
        let (name, session) = self.with(|world| {
            let name = world.user(uid).map_or("", |user| user.name).to_owned();
            (name, world.handed(uid, now_ms))
        });
        SandboxAccount {
            platform: "bilibili",
            name,
            settings: BTreeMap::from([
                field("base_url", base),
                field("api_url", base),
                field("passport_url", base),
                field("www_url", base),
                field("signal_url", &house.addresses().ingest_api),
            ]),
            secrets: BTreeMap::from([
                field("cookie", &session.header()),
                field("refresh_token", &session.refresh_token),
            ]),
        }
    }

    /// Tells everybody in the room. Nobody may be there.
    fn tell(&self, room: u64, event: Event) {
        let _ = self.events.send((room, event));
    }

    fn listen(&self) -> broadcast::Receiver<(u64, Event)> {
        self.events.subscribe()
    }
}

fn summary(room: &Room) -> RoomState {
    let live = room.on_air.is_some();
    RoomState {
        id: room.id.to_string(),
        title: room.title.clone(),
        notice: room.news.clone(),
        tags: room.tags.clone(),
        cover_url: room.cover.clone(),
        area: room.area.map(|area| area.id.to_string()).unwrap_or_default(),
        status: u8::from(live).to_string(),
        live,
        ..RoomState::default()
    }
}

impl Stage for State {
    fn name(&self) -> &'static str {
        "bilibili"
    }

    fn account(&self, house: &House) -> SandboxAccount {
        self.account_of(house, STREAMER)
    }

    fn rooms(&self, _house: &House) -> Vec<RoomState> {
        self.with(|world| world.rooms.values().map(summary).collect())
    }

    fn viewer_says(&self, house: &House, room: &str, name: &str, text: &str) -> bool {
        let Ok(id) = room.parse::<u64>() else { return false };
        let at_ms = house.clock.now().as_millisecond();
        let line = self.with(|world| {
            let number = world.next();
            let room = world.rooms.get_mut(&id)?;
            let line = Line {
                id: number,
                uid: viewers::id_of(name),
                name: name.to_owned(),
                text: text.to_owned(),
                color: 0x00ff_ffff,
                mode: 1,
                admin: false,
                at_ms,
            };
            if room.drops(line.uid, text, at_ms.div_euclid(1000)) {
                return None;
            }
            room.remember(line.clone());
            Some(line)
        });
        line.map(|line| self.tell(id, Event::Line(line))).is_some()
    }

    fn chat_received(&self, room: &str) -> Vec<String> {
        let Ok(id) = room.parse::<u64>() else { return Vec::new() };
        self.with(|world| {
            world.rooms.get(&id).map(|room| room.said.iter().cloned().collect()).unwrap_or_default()
        })
    }

    fn expire_tokens(&self) {
        self.with(|world| world.sessions.close(|_| true));
    }

    fn require_face_check(&self, on: bool) {
        self.with(|world| world.check = if on { Check::Face } else { Check::None });
    }
}

/// The platform's API and its chat socket.
pub(crate) fn router(house: Arc<House>) -> Router {
    let for_socket = house.clone();
    let sub = get(move |upgrade: WebSocketUpgrade| {
        let house = for_socket;
        async move {
            let timing = *lock(&house.bilibili.timing);
            upgrade.max_message_size(BODY).on_upgrade(move |socket| socket::serve(socket, house, timing))
        }
    });
    Router::new().route("/sub", sub).fallback(move |request: Request| {
        let house = house.clone();
        async move { serve(&house, request).await }
    })
}

async fn serve(house: &Arc<House>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let most = if parts.uri.path() == "/x/upload/web/image" { UPLOAD } else { BODY };
    let Ok(body) = to_bytes(body, most).await else {
        return Reply::bad_request().into_response();
    };
    let now_ms = house.clock.now().as_millisecond();
    let call = Call::new(parts.method == Method::GET, &parts.uri, &parts.headers, &body, now_ms);
    if parts.method != Method::GET && parts.method != Method::POST {
        return Reply::no_such_path().into_response();
    }
    let mut response = answer(house, &call).into_response();
    // The platform's own clock, which tests may put forward.
    let date = house.clock.now().strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

/// The port in `http://127.0.0.1:PORT`.
fn port(address: &str) -> u16 {
    address.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default()
}

fn answer(house: &Arc<House>, call: &Call) -> Reply {
    let dialect = house.dialect("bilibili");
    let base = &house.addresses().bilibili;
    let mut world = lock(&house.bilibili.world);
    let world = &mut *world;
    let (mut own, mut tell) = (Vec::new(), Vec::new());
    let reply = match (call.get, call.path.as_str()) {
        (true, "/x/web-interface/nav") => read::nav(world, call, base),
        (true, "/x/frontend/finger/spi") => read::spi(),
        (true, "/x/report/click/now") => read::clock(call),
        (true, "/room/v2/Room/room_id_by_uid") => read::room_by_user(world, call),
        (true, "/room/v1/Room/getRoomInfoOld") => read::room_old(world, call),
        (true, "/live_user/v1/Master/info") => read::master(world, call, base),
        (true, "/room/v1/Room/mobileRoomInit") => read::room_init(world, call),
        (true, "/room/v1/Room/get_info") => read::room_info(world, call),
        (true, "/room/v1/Area/getList") => read::areas(),
        (true, "/xlive/app-blink/v1/index/getRoomNews") => manage::read_news(world, call),
        (true, "/xlive/app-blink/v1/liveVersionInfo/getHomePageLiveVersion") => air::version(call),
        (true, "/xlive/web-room/v1/index/getDanmuInfo") => chat::way_in(world, call, port(base)),
        (true, "/xlive/web-room/v1/index/getInfoByUser") => chat::user(world, call),
        (true, "/xlive/web-room/v1/dM/gethistory") => chat::history(world, call),
        (_, "/room/v1/Room/update") => manage::update(world, call, dialect, &mut own),
        (false, "/xlive/app-blink/v1/preLive/CreateRoom") => manage::create(world, call, dialect),
        (false, "/xlive/app-blink/v1/index/updateRoomNews") => manage::news(world, call, dialect),
        (false, "/room/v1/Room/startLive") => {
            let address = format!("{}/{APP}/", house.ingest.rtmp_base());
            air::start(world, call, dialect, &address, &mut own)
        }
        (false, "/room/v1/Room/stopLive") => air::stop(world, call, dialect, &mut own),
        (false, "/xlive/app-blink/v1/preLive/IsUserIdentifiedByFaceAuth") => {
            air::identified(world, call, dialect)
        }
        (false, "/msg/send") => chat::send(world, call, dialect, &mut tell),
        (false, "/x/upload/web/image") => cover::upload(world, call, base),
        (false, "/xlive/app-blink/v1/preLive/UpdatePreLiveInfo") => cover::update(world, call, dialect, base),
        (true, path) if cover::is_cover(path) => cover::serve(world, call),
        (true, path) if face::is_face(path) => face::serve(world, call),
        _ => moderation::answer(world, call, dialect, &mut tell)
            .unwrap_or_else(|| passport::answer(world, call, base)),
    };
    let room = call.number("room_id").unwrap_or_default();
    tell.extend(own.into_iter().map(|event| (room, event)));
    for (id, event) in tell {
        if let (Event::Live { key, .. }, Some(room)) = (&event, world.rooms.get(&id)) {
            on_air(house, room, key);
        }
        house.bilibili.tell(id, event);
    }
    reply
}

/// A broadcast has begun: its door opens, viewers come, and the picture's arrival is told.
fn on_air(house: &Arc<House>, room: &Room, key: &str) {
    let (id, stream) = (room.id, room.stream());
    house.ingest.open(&Door { app: APP.to_owned(), name: stream.clone(), query: room.query() });
    crowd::come(house, id, key.to_owned());
    let Some(mut publishing) = house.ingest.watch(APP, &stream) else { return };
    let (shared, key) = (house.clone(), key.to_owned());
    house.spawn(async move {
        if publishing.wait_for(|publishing| *publishing).await.is_err() {
            return;
        }
        let runs = |world: &mut World| {
            let live = world.rooms.get(&id).and_then(|room| room.on_air.as_ref());
            live.is_some_and(|live| live.key == key)
        };
        if shared.bilibili.with(runs) {
            shared.bilibili.tell(id, Event::Live { key, since: None });
        }
    });
}
