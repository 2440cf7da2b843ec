//! Bilibili's calls, one a file, and what their answers have in common.
//!
//! None of these is published by Bilibili for others' use; their names and addresses stand in these
//! files alone, so that a change there is a change here and nowhere else.

mod area_list;
mod codes;
mod cookie_info;
mod cookie_refresh;
mod correspond;
mod create_room;
mod danmu_info;
mod face_auth;
mod finger;
mod get_info;
mod history;
mod live_version;
mod log_out;
mod nav;
mod pre_live;
mod qr_code;
mod room_admin;
mod room_info_old;
mod room_news;
mod room_of_uid;
mod room_silent;
mod room_update;
mod send_message;
mod shield_keyword;
mod silent_user;
mod silent_user_list;
mod start_live;
mod stop_live;
mod upload_image;
mod user_in_room;
mod visitor;

use std::sync::Arc;

use jiff::Timestamp;
use kaibo_live::clock::Clock;
use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::ExposeSecret;
use reqwest::header::{COOKIE, ORIGIN, REFERER, USER_AGENT};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::sync::Mutex;
use url::Url;

pub(super) use area_list::AreaGroup;
pub(super) use create_room::Created;
pub(super) use danmu_info::{ChatDoor, ChatHost};
pub(super) use finger::Device;
pub(super) use get_info::RoomInfo;
pub(super) use history::PastLine;
pub(super) use live_version::Version;
pub(super) use qr_code::{Poll, QrCode};
pub(super) use room_update::Change;
pub(super) use start_live::Start;
pub(super) use visitor::Visitor;

use super::auth::{ClientIdentity, Pair, Session, WbiKey, encode};
use crate::connect::endpoint;
use crate::http::{Call, Http, Redirects, Reply, parse_json};
use crate::wire;

const FORM: &str = "application/x-www-form-urlencoded";
pub(super) const PAGE: &str = "https://live.bilibili.com";
/// The platform's risk control turns programs away that don't name a browser's engine.
pub(super) const AGENT: &str = concat!(
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Kaibo/",
    env!("CARGO_PKG_VERSION")
);

/// The most people that are read of one page of a list.
const PEOPLE: usize = 200;
/// The longest address that is drawn as a QR code, characters.
const QR_CAP: usize = 1024;

/// Where the platform's parts are.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    /// `https://api.live.bilibili.com`
    pub(super) live: Url,
    /// `https://api.bilibili.com`
    pub(super) main: Url,
    /// `https://passport.bilibili.com`
    pub(super) passport: Url,
    /// `https://www.bilibili.com`
    pub(super) www: Url,
}

/// Sends the calls of one account.
pub(super) struct Api {
    http: Http,
    hosts: Hosts,
    pub(super) session: Session,
    identity: Option<ClientIdentity>,
    /// The device cookie that the chat asks for, when the session brought none.
    buvid3: Mutex<Option<String>>,
    /// The WBI key and when it was fetched.
    wbi: Mutex<Option<(WbiKey, Timestamp)>>,
    /// The live client's version as last seen, for when it can't be asked.
    version: Mutex<Option<Version>>,
}

impl Api {
    pub(super) fn new(
        hosts: Hosts,
        session: Session,
        identity: Option<ClientIdentity>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            http: Http::new(Platform::Bilibili, Redirects::SameHost, clock),
            hosts,
            session,
            identity,
            buvid3: Mutex::new(None),
            wbi: Mutex::new(None),
            version: Mutex::new(None),
        }
    }

    /// The way out, for what isn't a call of the API.
    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    /// Where pictures are uploaded to.
    pub(super) fn main(&self) -> &Url {
        &self.hosts.main
    }

    /// The time.
    pub(super) fn now(&self) -> Timestamp {
        self.http.clock().now()
    }

    async fn read_live(&self, path: &str, query: &[Pair]) -> Outcome<Result<Answer, Refusal>> {
        self.read(&self.hosts.live, path, &encode(query)).await
    }

    async fn read(&self, base: &Url, path: &str, query: &str) -> Outcome<Result<Answer, Refusal>> {
        let mut url = endpoint(base, path);
        url.set_query(Some(query).filter(|q| !q.is_empty()));
        let call = self.dressed(Call::read(Method::GET, url)).await;
        answer(self.http.send(call).await?)
    }

    /// Posts a form that changes nothing, with the csrf fields at its end.
    async fn read_posted(&self, path: &str, mut form: Vec<Pair>) -> Outcome<Result<Answer, Refusal>> {
        form.extend(self.session.csrf_pairs());
        let call = Call::read(Method::POST, endpoint(&self.hosts.live, path)).body(FORM, encode(&form));
        answer(self.http.send(self.dressed(call).await).await?)
    }

    /// Posts a form, with the csrf fields at its end.
    async fn write(&self, path: &str, mut form: Vec<Pair>) -> Outcome<Result<Answer, Refusal>> {
        form.extend(self.session.csrf_pairs());
        self.write_encoded(path, encode(&form)).await
    }

    /// Posts a form to the live host that is encoded (and perhaps signed) already.
    async fn write_encoded(&self, path: &str, form: String) -> Outcome<Result<Answer, Refusal>> {
        self.post(&self.hosts.live, path, form).await
    }

    /// Posts a form that is encoded already.
    async fn post(&self, base: &Url, path: &str, form: String) -> Outcome<Result<Answer, Refusal>> {
        let call = Call::write(Method::POST, endpoint(base, path)).body(FORM, form);
        answer(self.http.send(self.dressed(call).await).await?)
    }

    /// With the headers that every call has, and the session's cookies.
    async fn dressed(&self, call: Call) -> Call {
        let buvid3 = self.buvid3.lock().await.clone();
        dressed(call).header(COOKIE, self.session.header(buvid3.as_deref()).expose_secret())
    }
}

/// With the headers that every call has.
fn dressed(call: Call) -> Call {
    call.header(USER_AGENT, AGENT).header(ORIGIN, PAGE).header(REFERER, PAGE)
}

/// A time of the platform's, ms since 1970; none for words and zeros.
fn millisecond(time: Option<&str>) -> Option<i64> {
    time.and_then(wire::beijing_time).map(Timestamp::as_millisecond)
}

/// Whether an address may be drawn as a QR code.
fn is_drawable(url: &str) -> bool {
    url.len() <= QR_CAP && Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https"))
}

/// What every answer is wrapped in: `room/v1` says `msg` and `message`, `xlive` says `message`.
#[derive(Deserialize)]
struct Envelope {
    code: i64,
    #[serde(default, deserialize_with = "wire::text")]
    message: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    msg: Option<String>,
    /// Read only after the code was seen to be 0: in refusals it is anything.
    #[serde(default)]
    data: Option<Box<RawValue>>,
}

/// An answer with code 0. No `Debug`: it may hold a stream key.
struct Answer {
    reply: Reply,
    /// The words that came with it; of a chat line they tell whether it is shown.
    message: String,
    data: Option<Box<RawValue>>,
}

impl Answer {
    /// The answer's data, which must be there.
    fn data<T: DeserializeOwned>(&self) -> Outcome<T> {
        let data = self.data.as_ref().ok_or_else(|| self.reply.malformed())?;
        parse_json(data.get().as_bytes()).map_err(|(how, at)| self.reply.unreadable(how, at))
    }

    /// A failure: what must be in the answer isn't.
    fn malformed(&self) -> Failure {
        self.reply.malformed()
    }
}

/// An answer with another code.
struct Refusal {
    code: i64,
    message: String,
    data: Option<Box<RawValue>>,
}

impl Refusal {
    /// A page of this status where something else was due.
    fn http(status: StatusCode) -> Failure {
        let refused = Failure::new(ProblemCode::Refused).at(Platform::Bilibili);
        refused.said(format!("HTTP {}", status.as_u16()), "")
    }

    /// A text in the refusal's data, when data is an object that has it.
    fn detail(&self, name: &str) -> Option<String> {
        let data: Value = parse_json(self.data.as_ref()?.get().as_bytes()).ok()?;
        data.get(name)?.as_str().filter(|s| !s.is_empty()).map(str::to_owned)
    }
}

/// The wall before the platform: leave it alone for a while.
fn wall(page: Failure) -> Failure {
    let limited = Failure::new(ProblemCode::RateLimited).at(Platform::Bilibili);
    limited.said("-412", "").after(codes::WALL).because(page)
}

/// Tells an answer with code 0 from a refusal.
fn answer(reply: Reply) -> Outcome<Result<Answer, Refusal>> {
    let envelope: Envelope = match reply.json() {
        Ok(envelope) => envelope,
        // The wall before the platform answers with a page.
        Err(failure) if reply.status == StatusCode::PRECONDITION_FAILED => {
            return Err(wall(failure));
        }
        Err(failure) => return Err(failure),
    };
    // Old services put "0" or "ok" where there is nothing to say.
    let said = |words: Option<String>| words.filter(|w| w != "0" && w != "ok");
    let message = said(envelope.message).or_else(|| said(envelope.msg)).unwrap_or_default();
    Ok(if envelope.code == 0 {
        Ok(Answer { reply, message, data: envelope.data })
    } else {
        Err(Refusal { code: envelope.code, message, data: envelope.data })
    })
}
