//! Weibo's live API, <https://open.weibo.com/wiki/Live/api>.
//!
//! A live object is made for each broadcast. It turns live when the push arrives and ends by
//! `update` with `stop=1`; its chat is polled.

mod avatar;
mod budget;
mod chat;
mod control;
mod count;
mod figures;
mod live;
mod oauth;
mod picture;
mod room;
mod tokens;
mod user;
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use jiff::Timestamp;

use crate::SandboxAccount;
use crate::house::{House, RoomState, Stage, lock};
use budget::Budget;
use oauth::OAuth;
use picture::Picture;
use room::{Room, status};
use tokens::Tokens;
use wire::Act;

/// The account's user id.
const UID: u64 = 5_600_000_001;
/// The account's display name.
const SCREEN_NAME: &str = "豆子与唱片";
/// Another user, whose room the account may not touch.
const STRANGER: u64 = 5_600_000_999;
/// The id of the other user's room.
pub(crate) const STRANGERS_ROOM: &str = "2309160123456789abcdef0123456789abcdef";
/// Calls a day, unless told otherwise: plenty, for a sandbox that is looked at all evening.
const DAILY_CALLS: u64 = 100_000;
/// Live objects kept; creating more is refused with 20001.
const ROOMS: usize = 500;
/// The `auth_code`s of accounts that may broadcast.
const MAY_BROADCAST: [u32; 3] = [1, 4, 7];

/// What Weibo remembers.
pub(crate) struct State(Mutex<Memory>);

struct Memory {
    tokens: Tokens,
    oauth: OAuth,
    budget: Budget,
    /// The `auth_code` that says whether the account may broadcast.
    right: u32,
    rooms: BTreeMap<String, Room>,
    message_id: u64,
    /// Pictures that were uploaded.
    pictures: VecDeque<Picture>,
}

impl Default for State {
    fn default() -> Self {
        let now = Timestamp::now();
        let stranger = Room::strangers(STRANGERS_ROOM, STRANGER, now);
        Self(Mutex::new(Memory {
            tokens: Tokens::default(),
            oauth: OAuth::default(),
            budget: Budget::new(DAILY_CALLS),
            right: MAY_BROADCAST[0],
            rooms: BTreeMap::from([(STRANGERS_ROOM.to_owned(), stranger)]),
            message_id: 4_100_000_000_000_000,
            pictures: VecDeque::new(),
        }))
    }
}

/// So many random hexadecimal digits.
fn hex(digits: usize) -> String {
    std::iter::repeat_with(|| char::from_digit(fastrand::u32(..16), 16).unwrap_or('0')).take(digits).collect()
}

impl State {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        lock(&self.0)
    }
}

impl Stage for State {
    fn name(&self) -> &'static str {
        "weibo"
    }

    fn account(&self, house: &House) -> SandboxAccount {
        let addresses = house.addresses();
        let token = self.memory().tokens.own(house.clock.now());
        let settings = [
            ("base_url", addresses.weibo.clone()),
            ("signal_url", addresses.ingest_api.clone()),
            ("width", "1920".into()),
            ("height", "1080".into()),
            ("daily_calls", DAILY_CALLS.to_string()),
        ];
        SandboxAccount {
            platform: "weibo",
            name: SCREEN_NAME.into(),
            settings: settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            secrets: BTreeMap::from([("access_token".to_owned(), token)]),
        }
    }

    fn rooms(&self, _house: &House) -> Vec<RoomState> {
        self.memory().rooms.values().filter(|room| room.uid == UID).map(Room::state).collect()
    }

    fn viewer_says(&self, house: &House, room: &str, name: &str, text: &str) -> bool {
        let mut memory = self.memory();
        let id = memory.next_message_id();
        let Some(room) = memory.rooms.get_mut(room).filter(|room| room.status == status::LIVE) else {
            return false;
        };
        room.hear(id, crate::viewers::id_of(name), name, text, house.clock.now());
        true
    }

    fn chat_received(&self, room: &str) -> Vec<String> {
        self.memory().rooms.get(room).map(|room| room.said.iter().cloned().collect()).unwrap_or_default()
    }

    fn expire_tokens(&self) {
        self.memory().tokens.expire_all();
    }
}

impl State {
    /// Plays an encoder at the room's push address, or stops it.
    fn play_video(&self, house: &House, room: &str, on: bool) -> bool {
        let mut memory = self.memory();
        let Some(room) = memory.rooms.get_mut(room).filter(|room| room.uid == UID) else { return false };
        if !on {
            room.encoder = None;
            return true;
        }
        if room.ended.is_some() {
            return false;
        }
        if room.encoder.is_none() {
            room.encoder = house.ingest.play(Room::APP, &room.tail).map(Arc::new);
            let Some(encoder) = &room.encoder else { return false };
            let encoder = Arc::downgrade(encoder);
            house.spawn(async move {
                while encoder.upgrade().is_some_and(|pass| pass.play_moment()) {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            });
        }
        // The room's own follower would do it as well, a moment later.
        room.go_live(house.clock.now());
        true
    }
}

impl Memory {
    fn next_message_id(&mut self) -> u64 {
        self.message_id += fastrand::u64(1..1000);
        self.message_id
    }
}

/// Weibo's API.
pub(crate) fn router(house: Arc<House>) -> Router {
    let posts: [(&str, Act); 7] = [
        ("/2/proxy/live/create", live::create),
        ("/2/proxy/live/update", live::update),
        ("/2/proxy/live/delete", live::delete),
        ("/2/proxy/live/show", live::show),
        ("/2/proxy/live/chatroom/r_msg", chat::r_msg),
        ("/2/proxy/live/chatroom/r_sync", chat::r_sync),
        ("/2/proxy/live2/user/authed", user::authed),
    ];
    let gets: [(&str, Act); 3] = [
        ("/2/account/rate_limit_status.json", user::rate_limit_status),
        ("/2/account/get_uid.json", user::get_uid),
        ("/2/users/show.json", user::show),
    ];
    let mut router = Router::new();
    for (path, act) in posts {
        router = router.route(path, post(move |house, request| wire::run(house, request, act)));
    }
    for (path, act) in gets {
        router = router.route(path, get(move |house, request| wire::run(house, request, act)));
    }
    router
        .route("/show", get(user::landing_page))
        .route("/avatar/{file}", get(avatar::avatar))
        .route(picture::PATH, post(picture::upload))
        .route("/large/{file}", get(picture::picture))
        .route("/bmiddle/{file}", get(picture::picture))
        .route("/thumbnail/{file}", get(picture::picture))
        .merge(oauth::router())
        .fallback(wire::no_such_api)
        .method_not_allowed_fallback(wire::wrong_method)
        .with_state(house)
}
