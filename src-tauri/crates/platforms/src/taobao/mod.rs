//! Taobao live: somebody's live, watched by its id through the TOP gateway. It can be read and nothing
//! else: no push address, no chat.
//!
//! The platform's page: `taobao.live.room.fetch.origin` at <https://open.taobao.com/>, and how calls
//! are made and signed: <https://developer.alibaba.com/docs/doc.htm?articleId=101617&docType=1&treeId=780>.

mod api;
mod auth;
mod codes;
mod connection;
mod envelope;
mod map;
mod xml;

use std::sync::Arc;

use kaibo_live::account::{Settings, SignInWay};
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Connection, Driver, Outcome};
use kaibo_live::platform::{Abilities, FieldKind, FieldSpec, Platform, PlatformInfo};
use kaibo_live::room::FigureKind;
use kaibo_live::secret::Credentials;

use crate::connect::{advanced, required};
use auth::SignMethod;
use connection::TaobaoConnection;

const PAGE: &str = "https://developer.alibaba.com/docs/doc.htm?articleId=101617&docType=1&treeId=780";
const GATEWAY: &str = "https://eco.taobao.com/router/rest";

/// Taobao's driver.
pub(crate) struct TaobaoDriver;

impl Driver for TaobaoDriver {
    fn info(&self) -> PlatformInfo {
        let choice = |name: &str, choices: &[&str]| FieldSpec {
            choices: choices.iter().map(|c| (*c).to_owned()).collect(),
            ..advanced(name, FieldKind::Text, choices.first().copied())
        };
        PlatformInfo {
            platform: Platform::Taobao,
            abilities: Abilities { figures: vec![FigureKind::Duration], ..Abilities::default() },
            ways: vec![SignInWay::Form],
            takes_file: false,
            fields: vec![
                required("app_key", FieldKind::Text),
                required("app_secret", FieldKind::Secret),
                required("live_ids", FieldKind::List),
                advanced("base_url", FieldKind::Url, Some(GATEWAY)),
                choice("sign_method", &SignMethod::ALL.map(SignMethod::name)),
                choice("format", &["json", "xml"]),
            ],
            limits: Vec::new(),
            chat_limit: None,
            documentation: PAGE.to_owned(),
        }
    }

    fn connect(
        &self,
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Arc<dyn Connection>> {
        let connection = TaobaoConnection::new(settings, credentials, clock);
        Ok(Arc::new(connection.map_err(|failure| failure.at(Platform::Taobao))?))
    }
}
