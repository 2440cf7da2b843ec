//! Accounts: one set of credentials at one platform.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::platform::Platform;

/// Kaibo's own name for an account; opaque, stable, safe to log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct AccountId(pub String);

/// An account as it is kept: everything but its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Kaibo's name for it.
    pub id: AccountId,
    /// Where it is.
    pub platform: Platform,
    /// What the streamer calls it.
    pub name: String,
    /// The connect form's plain fields, by name. Secrets are not here.
    pub settings: Settings,
    /// How it was signed in.
    pub way: SignInWay,
    /// Who the platform says it is, as last told.
    pub profile: Profile,
    /// When the platform was last asked whether the sign-in wants renewing.
    pub renewal_checked_at: Option<Timestamp>,
    /// Played by the built-in sandbox: marked in the window, kept nowhere.
    pub sandbox: bool,
}

/// How an account is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum SignInWay {
    /// The connect form holds the credentials themselves.
    #[default]
    Form,
    /// A code is scanned with the platform's app (Bilibili).
    Qr,
    /// The platform's page is opened in the browser (Weibo, OAuth 2).
    Browser,
}

/// Plain fields of a connect form, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings(pub BTreeMap<String, String>);

impl Settings {
    /// A field's value, when there is one and it isn't blank.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|v| v.trim()).filter(|v| !v.is_empty())
    }
}

/// Who the platform says an account is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// The platform's id of the person.
    pub user_id: Option<String>,
    /// Display name.
    pub name: Option<String>,
    /// Picture.
    pub avatar_url: Option<String>,
    /// When the sign-in runs out, where the platform tells.
    pub expires_at: Option<Timestamp>,
}
