//! Bilibili.

use std::sync::Arc;

use kaibo_live::account::Settings;
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Connection, Driver, Outcome};
use kaibo_live::platform::{Abilities, Platform, PlatformInfo};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::Credentials;

/// Bilibili's driver.
pub(crate) struct BilibiliDriver;

impl Driver for BilibiliDriver {
    fn info(&self) -> PlatformInfo {
        PlatformInfo {
            platform: Platform::Bilibili,
            abilities: Abilities::default(),
            fields: Vec::new(),
            limits: Vec::new(),
            chat_limit: None,
            documentation: String::new(),
        }
    }

    fn connect(&self, _: &Settings, _: &Credentials, _: Arc<dyn Clock>) -> Outcome<Arc<dyn Connection>> {
        Err(Failure::new(ProblemCode::Internal).at(Platform::Bilibili))
    }
}
