//! Weibo.

use std::sync::Arc;

use kaibo_live::account::Settings;
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Connection, Driver, Outcome};
use kaibo_live::platform::{Abilities, Platform, PlatformInfo};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::Credentials;

/// Weibo's driver.
pub(crate) struct WeiboDriver;

impl Driver for WeiboDriver {
    fn info(&self) -> PlatformInfo {
        PlatformInfo {
            platform: Platform::Weibo,
            abilities: Abilities::default(),
            fields: Vec::new(),
            limits: Vec::new(),
            chat_limit: None,
            documentation: String::new(),
        }
    }

    fn connect(&self, _: &Settings, _: &Credentials, _: Arc<dyn Clock>) -> Outcome<Arc<dyn Connection>> {
        Err(Failure::new(ProblemCode::Internal).at(Platform::Weibo))
    }
}
