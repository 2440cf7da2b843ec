//! 七牛 Qiniu interactive live. A room is a live object that lasts for one broadcast.
//!
//! * Calls: <https://developer.qiniu.com/lowcode/12012/qlive-server-api-live>
//! * Signing: <https://developer.qiniu.com/lowcode/12009/qlive-server-api-authentication>
//! * Running the server oneself: <https://developer.qiniu.com/lowcode/manual/12005/qlive-server-guide>

mod api;
mod auth;
mod connection;
#[cfg(test)]
mod fixtures;
mod map;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use kaibo_live::account::{Settings, SignInWay};
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Connection, Driver, Outcome, SignalSource};
use kaibo_live::limits::{Counting, TextLimit};
use kaibo_live::platform::{
    Abilities, DetailKind, DetailLimit, FieldKind, FieldSpec, Platform, PlatformInfo,
};
use kaibo_live::problem::{Failure, InvalidReason};
use kaibo_live::room::FigureKind;
use kaibo_live::secret::Credentials;

use api::{Api, Keys};
use connection::QiniuConnection;

use crate::connect::{self, PlainHttp};
use crate::ingest::Ingest;

const DOCUMENTATION: &str = "https://developer.qiniu.com/lowcode/12012/qlive-server-api-live";
const BASE_URL: &str = "https://live-api.qiniu.com";
const APP_ID: &str = "kaibo";
/// The width of the server's column, characters.
const ANCHOR_ID_CAP: usize = 64;
/// Kaibo's own bound, characters: Qiniu publishes none.
const ANCHOR_NAME_CAP: usize = 64;

/// The widths of the server's columns, characters.
struct Limits {
    title: u32,
    notice: u32,
    cover_url: u32,
}

const LIMITS: Limits = Limits { title: 128, notice: 255, cover_url: 255 };

/// Qiniu's driver.
pub(crate) struct QiniuDriver;

impl Driver for QiniuDriver {
    fn info(&self) -> PlatformInfo {
        PlatformInfo {
            platform: Platform::Qiniu,
            abilities: Abilities {
                create: true,
                start: true,
                end: true,
                delete: true,
                push: true,
                set_at_start: vec![DetailKind::Title, DetailKind::Notice, DetailKind::Cover],
                figures: vec![FigureKind::Watching, FigureKind::PageViews, FigureKind::Visitors],
                ..Abilities::default()
            },
            ways: vec![SignInWay::Form],
            takes_file: false,
            fields: fields(),
            limits: vec![
                limit(DetailKind::Title, LIMITS.title, true),
                limit(DetailKind::Notice, LIMITS.notice, false),
                limit(DetailKind::Cover, LIMITS.cover_url, false),
            ],
            chat_limit: None,
            documentation: DOCUMENTATION.to_owned(),
        }
    }

    /// Plain `http` may go anywhere: a signature doesn't give the key away, and private servers often
    /// have no certificate.
    fn connect(
        &self,
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Arc<dyn Connection>> {
        connect(settings, credentials, clock).map_err(|failure| failure.at(Platform::Qiniu))
    }
}

fn connect(
    settings: &Settings,
    credentials: &Credentials,
    clock: Arc<dyn Clock>,
) -> Outcome<Arc<dyn Connection>> {
    let base = connect::base_url(settings, "base_url", BASE_URL, PlainHttp::Anywhere)?;
    let keys = Keys {
        access_key: connect::text(settings, "access_key")?,
        secret_key: connect::secret(credentials, "secret_key")?,
        app_id: settings.get("app_id").unwrap_or(APP_ID).to_owned(),
        anchor_id: anchor_id(settings)?,
    };
    let anchor_name = anchor_name(settings)?;
    let ingest = Ingest::from_settings(settings, Platform::Qiniu, clock.clone())?;
    let ingest = ingest.map(|ingest| Box::new(ingest) as Box<dyn SignalSource>);
    Ok(Arc::new(QiniuConnection { api: Api::new(base, keys, clock), anchor_name, ingest }))
}

/// Any text will do, Chinese and spaces included, if the server's column holds it.
fn anchor_id(settings: &Settings) -> Outcome<String> {
    let refuse = |reason| Err(Failure::invalid("anchor_id", reason));
    let Some(id) = settings.get("anchor_id") else { return refuse(InvalidReason::Empty) };
    let malformed =
        matches!(id, "." | "..") || id.chars().any(char::is_control) || id.chars().count() > ANCHOR_ID_CAP;
    if malformed { refuse(InvalidReason::Malformed) } else { Ok(id.to_owned()) }
}

/// The name that a missing anchor is registered under.
fn anchor_name(settings: &Settings) -> Outcome<Option<String>> {
    let Some(name) = settings.get("anchor_name") else { return Ok(None) };
    if name.chars().any(char::is_control) || name.chars().count() > ANCHOR_NAME_CAP {
        return Err(Failure::invalid("anchor_name", InvalidReason::Malformed));
    }
    Ok(Some(name.to_owned()))
}

fn fields() -> Vec<FieldSpec> {
    vec![
        connect::required("access_key", FieldKind::Text),
        connect::required("secret_key", FieldKind::Secret),
        connect::required("anchor_id", FieldKind::Text),
        connect::advanced("anchor_name", FieldKind::Text, None),
        connect::advanced("base_url", FieldKind::Url, Some(BASE_URL)),
        connect::advanced("app_id", FieldKind::Text, Some(APP_ID)),
        connect::advanced("signal_url", FieldKind::Url, None),
    ]
}

fn limit(detail: DetailKind, max: u32, required: bool) -> DetailLimit {
    DetailLimit { detail, limit: TextLimit { max, counting: Counting::Characters, required } }
}
