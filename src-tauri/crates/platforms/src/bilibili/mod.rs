//! 哔哩哔哩 Bilibili. Each account has one room, which lasts over its broadcasts.
//!
//! Bilibili publishes no interface for running a room. These are the calls of its own pages and its
//! live program; they can change any day, and using them is at the account's own risk. What is asked of
//! the person (a face check, an identity check) is shown and never answered for them.
//!
//! * The room's page: <https://link.bilibili.com/p/center/index#/my-room/start-live>
//! * The live program: <https://live.bilibili.com/liveHime>

mod api;
mod auth;
mod chat;
mod client_file;
mod connection;
mod cookies;
mod correspond;
mod cover;
#[cfg(test)]
mod fake;
mod map;
mod moderation;
mod renewal;
mod sign_in;
mod speech;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use kaibo_live::account::{Settings, SignInWay};
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Connection, Driver, Outcome, SignIn, SignalSource};
use kaibo_live::limits::{Counting, TextLimit};
use kaibo_live::platform::{
    Abilities, DetailKind, DetailLimit, FieldKind, FieldSpec, Platform, PlatformInfo,
};
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};
use kaibo_live::room::FigureKind;
use kaibo_live::secret::{Credentials, ExposeSecret};

use api::{Api, Hosts};
use auth::{ClientIdentity, Session};
use chat::Danmaku;
pub use chat::{DanmakuDecoder, FrameError};
use connection::BilibiliConnection;
use sign_in::QrSignIn;
use speech::Speech;

use crate::connect::{self, PlainHttp};
use crate::ingest::Ingest;

const DOCUMENTATION: &str = "https://link.bilibili.com/p/center/index#/my-room/start-live";
const BASE_URL: &str = "https://api.live.bilibili.com";
const API_URL: &str = "https://api.bilibili.com";
const PASSPORT_URL: &str = "https://passport.bilibili.com";
const WWW_URL: &str = "https://www.bilibili.com";

/// The most that Bilibili takes, characters.
struct Limits {
    title: u32,
    tag: u32,
    notice: u32,
    chat: u32,
}

/// A chat line may be 20 to 40 characters by the account's level; how long is asked before one is sent.
const LIMITS: Limits = Limits { title: 40, tag: 10, notice: 60, chat: 40 };

/// Bilibili's driver.
pub(crate) struct BilibiliDriver;

impl Driver for BilibiliDriver {
    fn info(&self) -> PlatformInfo {
        PlatformInfo {
            platform: Platform::Bilibili,
            abilities: Abilities {
                create: true,
                lasting_room: true,
                start: true,
                end: true,
                push: true,
                areas: true,
                set_at_start: vec![DetailKind::Title, DetailKind::Cover, DetailKind::Area],
                edit: vec![
                    DetailKind::Title,
                    DetailKind::Cover,
                    DetailKind::Area,
                    DetailKind::Tags,
                    DetailKind::Notice,
                ],
                own_covers: true,
                figures: vec![
                    FigureKind::Watching,
                    FigureKind::Views,
                    FigureKind::Popularity,
                    FigureKind::Followers,
                ],
                chat_in: true,
                chat_out: true,
                moderate: true,
                ..Abilities::default()
            },
            ways: vec![SignInWay::Qr, SignInWay::Form],
            takes_file: true,
            fields: fields(),
            limits: vec![
                DetailLimit { detail: DetailKind::Title, limit: limit(LIMITS.title, true) },
                DetailLimit { detail: DetailKind::Tags, limit: limit(LIMITS.tag, false) },
                DetailLimit { detail: DetailKind::Notice, limit: limit(LIMITS.notice, false) },
            ],
            chat_limit: Some(limit(LIMITS.chat, true)),
            documentation: DOCUMENTATION.to_owned(),
        }
    }

    fn connect(
        &self,
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Arc<dyn Connection>> {
        connect(settings, credentials, clock).map_err(|failure| failure.at(Platform::Bilibili))
    }

    fn sign_in(
        &self,
        way: SignInWay,
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Box<dyn SignIn>> {
        if way != SignInWay::Qr {
            return Err(Failure::new(ProblemCode::NotAllowed).at(Platform::Bilibili));
        }
        // The rest of the form is looked at now, not after somebody took out a phone.
        let form = Form::read(settings, credentials, &clock).map_err(|f| f.at(Platform::Bilibili))?;
        Ok(Box::new(QrSignIn::new(form.hosts, clock)))
    }

    fn read_file(&self, text: &str) -> Outcome<(Settings, Credentials)> {
        client_file::read(text).map_err(|failure| failure.at(Platform::Bilibili))
    }
}

fn connect(
    settings: &Settings,
    credentials: &Credentials,
    clock: Arc<dyn Clock>,
) -> Outcome<Arc<dyn Connection>> {
    let form = Form::read(settings, credentials, &clock)?;
    let session = session(credentials)?;
    let refresh_token = match credentials.get("refresh_token") {
        Some(_) => Some(connect::secret(credentials, "refresh_token")?),
        None => None,
    };
    Ok(Arc::new(BilibiliConnection {
        api: Api::new(form.hosts, session, form.identity, clock),
        room_id: form.room_id,
        refresh_token,
        danmaku: Danmaku::default(),
        speech: Speech::default(),
        ingest: form.ingest,
    }))
}

fn session(credentials: &Credentials) -> Outcome<Session> {
    Session::parse(credentials.get("cookie").map(ExposeSecret::expose_secret).unwrap_or_default())
}

/// What a chat that was cut tells of the time since `from`, without a socket.
#[cfg(feature = "canned")]
#[doc(hidden)]
pub async fn missed_lines(
    settings: &Settings,
    credentials: &Credentials,
    clock: Arc<dyn Clock>,
    room_id: &str,
    from: jiff::Timestamp,
) -> Outcome<Vec<kaibo_live::chat::Heard>> {
    let form = Form::read(settings, credentials, &clock)?;
    let api = Api::new(form.hosts, session(credentials)?, form.identity, clock);
    chat::missed_since(&api, room_id, from).await
}

/// The fields that every way of signing in has.
struct Form {
    hosts: Hosts,
    identity: Option<ClientIdentity>,
    room_id: Option<String>,
    ingest: Option<Box<dyn SignalSource>>,
}

impl Form {
    fn read(settings: &Settings, credentials: &Credentials, clock: &Arc<dyn Clock>) -> Outcome<Self> {
        let url = |field, default| connect::base_url(settings, field, default, PlainHttp::Loopback);
        let hosts = Hosts {
            live: url("base_url", BASE_URL)?,
            main: url("api_url", API_URL)?,
            passport: url("passport_url", PASSPORT_URL)?,
            www: url("www_url", WWW_URL)?,
        };
        let room_id = match settings.get("room_id") {
            Some(id) if id.len() <= 20 && id.bytes().all(|b| b.is_ascii_digit()) => Some(id.to_owned()),
            Some(_) => return Err(Failure::invalid("room_id", InvalidReason::Malformed)),
            None => None,
        };
        let ingest = Ingest::from_settings(settings, Platform::Bilibili, clock.clone())?;
        Ok(Self {
            hosts,
            identity: identity(settings, credentials)?,
            room_id,
            ingest: ingest.map(|ingest| Box::new(ingest) as Box<dyn SignalSource>),
        })
    }
}

/// Both halves of a client identity, or none.
fn identity(settings: &Settings, credentials: &Credentials) -> Outcome<Option<ClientIdentity>> {
    match (settings.get("client_app_key"), credentials.get("client_app_secret")) {
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Ok(Some(ClientIdentity {
            key: connect::text(settings, "client_app_key")?,
            secret: connect::secret(credentials, "client_app_secret")?,
        })),
        (None, Some(_)) => Err(Failure::invalid("client_app_key", InvalidReason::Empty)),
        (Some(_), None) => Err(Failure::invalid("client_app_secret", InvalidReason::Empty)),
    }
}

fn fields() -> Vec<FieldSpec> {
    let pasted = |field| connect::only(&[SignInWay::Form], field);
    vec![
        pasted(connect::required("cookie", FieldKind::Secret)),
        // A browser keeps it as `ac_time_value`. Without it a session can't be renewed.
        pasted(connect::advanced("refresh_token", FieldKind::Secret, None)),
        connect::advanced("room_id", FieldKind::Text, None),
        connect::advanced("base_url", FieldKind::Url, Some(BASE_URL)),
        connect::advanced("api_url", FieldKind::Url, Some(API_URL)),
        connect::advanced("passport_url", FieldKind::Url, Some(PASSPORT_URL)),
        connect::advanced("www_url", FieldKind::Url, Some(WWW_URL)),
        connect::advanced("client_app_key", FieldKind::Text, None),
        connect::advanced("client_app_secret", FieldKind::Secret, None),
        connect::advanced("signal_url", FieldKind::Url, None),
    ]
}

fn limit(max: u32, required: bool) -> TextLimit {
    TextLimit { max, counting: Counting::Characters, required }
}
