//! Weibo live: each broadcast makes a live object; pushing video starts it, `stop=1` ends it.
//!
//! The platform's page: <http://open.weibo.com/wiki/Live/api>. It can't list an account's lives, so
//! Kaibo remembers them, and a lost answer to *create* can't be looked up.

mod api;
mod auth;
mod chat;
mod codes;
mod connection;
mod map;
mod sign_in;

use std::sync::Arc;

use kaibo_live::account::{Settings, SignInWay};
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Connection, Driver, Outcome, SignIn};
use kaibo_live::limits::{Counting, TextLimit};
use kaibo_live::platform::{Abilities, DetailKind, DetailLimit, FieldKind, Platform, PlatformInfo};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::room::FigureKind;
use kaibo_live::secret::Credentials;

use crate::connect::{advanced, only, required};
use connection::WeiboConnection;
use sign_in::{BrowserSignIn, DEFAULT_REDIRECT};

const PAGE: &str = "http://open.weibo.com/wiki/Live/api";
const BASE: &str = "https://api.weibo.com";
/// The post's text, counted Weibo's way.
const SUMMARY_LIMIT: TextLimit = TextLimit { max: 130, counting: Counting::Weibo, required: false };
/// One comment.
const CHAT_LIMIT: TextLimit = TextLimit { max: 100, counting: Counting::Characters, required: true };

/// Weibo's driver.
pub(crate) struct WeiboDriver;

impl Driver for WeiboDriver {
    fn info(&self) -> PlatformInfo {
        PlatformInfo {
            platform: Platform::Weibo,
            abilities: Abilities {
                create: true,
                end: true,
                delete: true,
                push: true,
                set_at_start: vec![
                    DetailKind::Title,
                    DetailKind::Summary,
                    DetailKind::Cover,
                    DetailKind::Visibility,
                ],
                edit: vec![
                    DetailKind::Title,
                    DetailKind::Summary,
                    DetailKind::Cover,
                    DetailKind::Visibility,
                    DetailKind::ReplayUrl,
                ],
                chat_in: true,
                chat_out: true,
                figures: vec![FigureKind::Watching, FigureKind::Views, FigureKind::Likes],
                ..Abilities::default()
            },
            ways: vec![SignInWay::Browser, SignInWay::Form],
            takes_file: false,
            fields: vec![
                only(&[SignInWay::Browser], required("app_key", FieldKind::Text)),
                only(&[SignInWay::Browser], required("app_secret", FieldKind::Secret)),
                only(&[SignInWay::Browser], advanced("redirect_url", FieldKind::Url, Some(DEFAULT_REDIRECT))),
                only(&[SignInWay::Form], required("access_token", FieldKind::Secret)),
                advanced("base_url", FieldKind::Url, Some(BASE)),
                advanced("width", FieldKind::Text, Some("1920")),
                advanced("height", FieldKind::Text, Some("1080")),
                advanced("daily_calls", FieldKind::Text, Some("100")),
                advanced("signal_url", FieldKind::Url, None),
            ],
            limits: vec![DetailLimit { detail: DetailKind::Summary, limit: SUMMARY_LIMIT }],
            chat_limit: Some(CHAT_LIMIT),
            documentation: PAGE.to_owned(),
        }
    }

    fn connect(
        &self,
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Arc<dyn Connection>> {
        let connection = WeiboConnection::new(settings, credentials, clock);
        Ok(Arc::new(connection.map_err(|failure| failure.at(Platform::Weibo))?))
    }

    fn sign_in(
        &self,
        way: SignInWay,
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Box<dyn SignIn>> {
        if way != SignInWay::Browser {
            return Err(Failure::new(ProblemCode::NotAllowed).at(Platform::Weibo));
        }
        let begun = BrowserSignIn::new(settings, credentials, clock);
        Ok(Box::new(begun.map_err(|failure| failure.at(Platform::Weibo))?))
    }
}
