//! The relay: when it runs, what it feeds, and what is kept of it.

use std::sync::Arc;

use super::Studio;
use crate::problem::Failure;
use crate::relay::{RelayDriver, RelaySettings};
use crate::view::Preferences;

/// The way to the relay.
pub(super) struct Plug {
    #[expect(dead_code, reason = "plugged in next")]
    driver: Arc<dyn RelayDriver>,
}

impl Plug {
    pub(super) fn new(driver: Arc<dyn RelayDriver>) -> Self {
        Self { driver }
    }
}

impl Studio {
    /// Sets how the relay is used. Custom targets and what was measured stay as they are; port and hold count from
    /// the next start. Keeping the settings is the shell's.
    pub fn set_relay(&self, settings: RelaySettings) -> Result<(), Failure> {
        settings.check()?;
        self.0.change(|p| {
            let now = p.preferences.relay.clone();
            let relay = RelaySettings { custom: now.custom, measured_kbps: now.measured_kbps, ..settings };
            p.set_preferences(Preferences { relay, ..p.preferences.clone() });
        });
        Ok(())
    }
}
