//! What Bilibili remembers: users, rooms, who is signed in, which checks stand before going live.

use std::collections::{BTreeMap, VecDeque};

use jiff::tz::{Offset, TimeZone};

use super::area::{self, Area};
use super::call::{Call, Reply};
use super::cover::Pictures;
use super::moderation::Rules;
use super::passport::{Codes, Session, Sessions};
use super::sign::{md5_hex, mixin};
use serde_json::Value;

/// The app key that the sandbox knows as the platform's own program. Made up.
pub(super) const APP_KEY: &str = "kaibotest0000001";
/// Its secret. Made up.
pub(super) const APP_SECRET: &str = "kaibotestsecret00000000000000001";

/// Lines kept for `gethistory` and for [`crate::Control::chat_received`]; older ones are dropped.
const LINES: usize = 1000;
/// Chat tokens that are valid at once; the oldest is dropped.
const TOKENS: usize = 256;

/// One user.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) name: &'static str,
    pub(super) followers: u64,
    pub(super) room: Option<u64>,
}

/// A broadcast that runs.
#[derive(Debug, Clone)]
pub(super) struct OnAir {
    pub(super) key: String,
    /// Unix seconds.
    pub(super) since: i64,
}

/// A line of chat.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) id: u64,
    pub(super) uid: u64,
    pub(super) name: String,
    pub(super) text: String,
    pub(super) color: u32,
    pub(super) mode: u32,
    pub(super) admin: bool,
    pub(super) at_ms: i64,
}

#[derive(Debug, Clone)]
pub(super) struct Room {
    pub(super) id: u64,
    pub(super) uid: u64,
    pub(super) title: String,
    pub(super) area: Option<Area>,
    pub(super) tags: Vec<String>,
    pub(super) news: String,
    /// The cover's address.
    pub(super) cover: String,
    pub(super) on_air: Option<OnAir>,
    pub(super) watched: u64,
    pub(super) likes: u64,
    pub(super) online: u64,
    pub(super) history: VecDeque<Line>,
    /// What the streamer said, oldest first.
    pub(super) said: VecDeque<String>,
    /// When somebody last said what, by user.
    pub(super) last_said: BTreeMap<u64, (i64, String)>,
    /// Who may not speak, and what isn't shown.
    pub(super) rules: Rules,
    /// The part of the stream key that is secret; the same for all broadcasts of the room.
    pub(super) secret: String,
}

impl Room {
    fn new(id: u64, uid: u64) -> Self {
        let nonce: u128 = fastrand::u128(..);
        Self {
            id,
            uid,
            title: String::new(),
            area: None,
            tags: Vec::new(),
            news: String::new(),
            cover: String::new(),
            on_air: None,
            watched: 0,
            likes: 0,
            online: 0,
            history: VecDeque::new(),
            said: VecDeque::new(),
            last_said: BTreeMap::new(),
            rules: Rules::default(),
            secret: format!("{nonce:032x}"),
        }
    }

    /// The public name of the stream.
    pub(super) fn stream(&self) -> String {
        format!("live_{}_{}", self.uid, self.id % 10_000_000)
    }

    /// The stream key without its `?`.
    pub(super) fn query(&self) -> String {
        format!("streamname={}&key={}&schedule=rtmp&pflag=1", self.stream(), self.secret)
    }

    pub(super) fn remember(&mut self, line: Line) {
        if line.uid == self.uid {
            push(&mut self.said, line.text.clone());
        }
        push(&mut self.history, line);
    }
}

fn push<T>(ring: &mut VecDeque<T>, item: T) {
    if ring.len() == LINES {
        ring.pop_front();
    }
    ring.push_back(item);
}

/// The check that going live asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Check {
    #[default]
    None,
    /// 60024: the face, by a code to scan.
    Face,
    /// 60043: the identity, with a risk voucher.
    Identity,
}

#[derive(Debug)]
pub(super) struct World {
    pub(super) users: Vec<User>,
    pub(super) rooms: BTreeMap<u64, Room>,
    pub(super) check: Check,
    /// Without a client's signature nobody goes live.
    pub(super) client_required: bool,
    /// Who is signed in.
    pub(super) sessions: Sessions,
    /// The codes that a phone may scan.
    pub(super) codes: Codes,
    /// Answers lose their `Set-Cookie` on the way.
    pub(super) lose_set_cookie: bool,
    /// SESSDATA of the sign-ins that tests were given, by user.
    handed: BTreeMap<u64, String>,
    /// Covers that were uploaded.
    pub(super) pictures: Pictures,
    /// Raised when the WBI keys shall change.
    pub(super) wbi_generation: u64,
    tokens: VecDeque<(String, u64)>,
    counter: u64,
}

/// The streamer whose account is handed out.
pub(super) const STREAMER: u64 = 3_546_500_100_001;
/// A user who has no room yet.
pub(super) const NEWCOMER: u64 = 3_546_500_100_002;
const ROOM: u64 = 27_301_964;
/// Streamers who are there when several are wanted: name, room, title. Their numbers go on from the newcomer's.
const OTHERS: [(&str, u64, &str); 3] = [
    ("阿岩的豆子铺", 27_301_965, "生豆拼配，边烘边聊"),
    ("南窗电台", 27_301_966, "下雨天放慢歌"),
    ("夜航唱片", 27_301_967, "老唱片开箱"),
];
/// The room a newcomer gets.
const NEXT_ROOM: u64 = 32_500_000;

#[cfg(test)]
impl Default for World {
    fn default() -> Self {
        Self::with_streamers(1)
    }
}

impl World {
    /// The first streamer and the newcomer, with as many further streamers as are there.
    pub(super) fn with_streamers(count: usize) -> Self {
        let mut room = Room::new(ROOM, STREAMER);
        room.title = "深夜手冲，一起听唱片".into();
        room.area = area::find("646");
        room.tags = vec!["咖啡".into(), "黑胶".into()];
        room.news = "每周五晚八点，慢慢喝一杯".into();
        let mut users = vec![
            User { id: STREAMER, name: "开播小馆", followers: 12_840, room: Some(ROOM) },
            User { id: NEWCOMER, name: "新来的阿冲", followers: 3, room: None },
        ];
        let mut rooms = BTreeMap::from([(ROOM, room)]);
        for (uid, (name, id, title)) in (NEWCOMER + 1..).zip(OTHERS).take(count.saturating_sub(1)) {
            users.push(User { id: uid, name, followers: 2_350, room: Some(id) });
            rooms.insert(id, Room { title: title.into(), area: area::find("646"), ..Room::new(id, uid) });
        }
        Self {
            users,
            rooms,
            check: Check::None,
            client_required: false,
            sessions: Sessions::default(),
            codes: Codes::default(),
            lose_set_cookie: false,
            handed: BTreeMap::new(),
            pictures: Pictures::default(),
            wbi_generation: 0,
            tokens: VecDeque::new(),
            counter: 0,
        }
    }
}

impl World {
    /// Who had a room from the beginning, the one whose account is handed out first.
    pub(super) fn streamers(&self) -> Vec<u64> {
        self.rooms.values().map(|room| room.uid).filter(|uid| *uid != NEWCOMER).collect()
    }

    pub(super) fn user(&self, id: u64) -> Option<&User> {
        self.users.iter().find(|user| user.id == id)
    }

    /// The sign-in that [`crate::Sandbox::accounts`] hands out for a user: the same as long as it works.
    pub(super) fn handed(&mut self, uid: u64, now_ms: i64) -> Session {
        let known = self.handed.get(&uid).and_then(|sessdata| self.sessions.find(sessdata, now_ms));
        if let Some(session) = known {
            return session.clone();
        }
        let session = self.sessions.open(uid, None, now_ms);
        self.handed.insert(uid, session.sessdata.clone());
        session
    }

    /// Who a request is from.
    pub(super) fn login(&self, call: &Call) -> Option<&User> {
        self.user(self.sessions.of(call)?.uid)
    }

    /// Whether `csrf` and `csrf_token` are the cookie `bili_jct`, and that belongs to the sign-in. The first documents
    /// ask for one of the two only.
    pub(super) fn csrf(&self, call: &Call, both: bool) -> bool {
        self.sessions.of(call).is_some_and(|session| {
            let token = call.param("csrf_token");
            session.csrf(call, "csrf") && token.map_or(!both, |token| token == session.jct)
        })
    }

    /// As [`Self::csrf`], of the query: the main site's way.
    pub(super) fn csrf_of_query(&self, call: &Call) -> bool {
        self.sessions.of(call).is_some_and(|session| session.csrf_of_query(call))
    }

    /// The `Set-Cookie` headers that arrive.
    pub(super) fn kept(&self, cookies: Vec<String>) -> Vec<String> {
        if self.lose_set_cookie { Vec::new() } else { cookies }
    }

    /// The stems of the two WBI addresses.
    pub(super) fn wbi_keys(&self) -> (String, String) {
        let key = |what: &str| md5_hex(&format!("{what} {}", self.wbi_generation));
        (key("img"), key("sub"))
    }

    pub(super) fn wbi_mixin(&self) -> String {
        let (img, sub) = self.wbi_keys();
        mixin(&img, &sub)
    }

    /// Gives a user a room. `None` when there is one already.
    pub(super) fn create_room(&mut self, uid: u64) -> Option<u64> {
        let id = NEXT_ROOM + self.next();
        let user = self.users.iter_mut().find(|user| user.id == uid && user.room.is_none())?;
        user.room = Some(id);
        self.rooms.insert(id, Room::new(id, uid));
        Some(id)
    }

    /// The caller's own room, named by `room_id`.
    pub(super) fn own_room(&mut self, call: &Call, uid: u64) -> Option<&mut Room> {
        let id = call.number("room_id")?;
        self.rooms.get_mut(&id).filter(|room| room.uid == uid)
    }

    /// A token with which `uid` (0 for nobody) may enter the chat.
    pub(super) fn chat_token(&mut self, uid: u64) -> String {
        let token = format!("{:032x}{:032x}", fastrand::u128(..), fastrand::u128(..));
        if self.tokens.len() == TOKENS {
            self.tokens.pop_front();
        }
        self.tokens.push_back((token.clone(), uid));
        token
    }

    /// Whether the token was given to this user.
    pub(super) fn admits(&self, token: &str, uid: u64) -> bool {
        self.tokens.iter().any(|(known, user)| known == token && *user == uid)
    }

    /// A number that no other has.
    pub(super) fn next(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}

/// `YYYY-MM-DD HH:MM:SS` in China.
pub(super) fn china_time(unix: i64) -> String {
    jiff::Timestamp::from_second(unix).map_or_else(
        |_| "0000-00-00 00:00:00".to_owned(),
        |at| {
            let china = TimeZone::fixed(Offset::constant(8));
            at.to_zoned(china).strftime("%Y-%m-%d %H:%M:%S").to_string()
        },
    )
}

/// The refusals of a call that needs a login, in the words of its service.
#[derive(Clone, Copy)]
pub(super) enum Service {
    /// `room/v1`: one code for whatever is wrong with the login.
    Old,
    /// `Room/update` has a code of its own for not being signed in.
    Update,
    /// `xlive` and the main site.
    New,
}

impl Service {
    pub(super) fn not_signed_in(self) -> Reply {
        match self {
            Self::Old => Reply::old(65530, "token error", Value::Array(Vec::new())),
            Self::Update => Reply::old(3, "请先登录", Value::Array(Vec::new())),
            Self::New => Reply::new(-101, "账号未登录", Value::Null),
        }
    }

    pub(super) fn csrf_wrong(self) -> Reply {
        match self {
            Self::Old | Self::Update => Reply::old(65530, "token error", Value::Array(Vec::new())),
            Self::New => Reply::new(-111, "csrf 校验失败", Value::Null),
        }
    }
}
