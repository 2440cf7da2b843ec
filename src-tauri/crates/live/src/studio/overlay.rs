//! What the overlay is fed with, its settings, and where its address is kept.

use super::Studio;
use crate::account::AccountId;
use crate::overlay::{LAST_LINES, OverlayFeed, OverlaySettings, OverlayView};
use crate::problem::Failure;
use crate::secret::{Credentials, SecretString};

const TOKEN: &str = "token";

/// The keyring entry's name. Ids of accounts are longer.
fn entry() -> AccountId {
    AccountId("overlay".into())
}

impl Studio {
    /// The last lines, and those that come: none is missing or told twice between them.
    pub fn overlay_lines(&self) -> OverlayFeed {
        let mut picture = self.0.lock();
        let settings = picture.preferences.overlay.clone();
        let (last, news) = picture.overlay(LAST_LINES, |line| settings.shows(line.kind));
        OverlayFeed { settings, last, news }
    }

    /// Numbers the lines that wait. The window's frames do that too, but a window may be asleep behind OBS.
    pub fn settle_lines(&self) {
        self.0.lock().chat.settle();
    }

    /// Sets what the overlay shows. Keeping it is the shell's, serving it `kaibo-overlay`'s.
    pub fn set_overlay(&self, settings: OverlaySettings) -> Result<(), Failure> {
        settings.check()?;
        self.0.change(|p| {
            let overlay = settings;
            p.set_preferences(crate::view::Preferences { overlay, ..p.preferences.clone() });
        });
        Ok(())
    }

    /// Shows how the overlay is doing.
    pub fn change_overlay(&self, change: impl FnOnce(&mut OverlayView)) {
        self.0.change(|p| p.change_overlay(change));
    }

    /// What opens the page, from the keyring; none was made yet.
    pub async fn overlay_token(&self) -> Result<Option<SecretString>, Failure> {
        Ok(self.0.read_own(&entry()).await?.get(TOKEN).cloned())
    }

    /// Keeps another token in the keyring.
    pub async fn keep_overlay_token(&self, token: SecretString) -> Result<(), Failure> {
        let mut secrets = Credentials::default();
        secrets.set(TOKEN, token);
        self.0.write_own(&entry(), &secrets).await
    }
}
