//! What the window sees of an account.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::account::{AccountId, SignInWay};
use crate::budget::CallsLeft;
use crate::cover::CoverRule;
use crate::platform::Platform;
use crate::problem::Problem;

/// An account, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct AccountView {
    /// Kaibo's name for it.
    pub id: AccountId,
    /// Where.
    pub platform: Platform,
    /// What the streamer calls it, else the platform's name for the person.
    pub name: String,
    /// Played by the sandbox.
    pub sandbox: bool,
    /// How its credentials are doing.
    pub state: AccountState,
    /// How it was signed in.
    pub way: SignInWay,
    /// The platform's name for the person.
    pub person: Option<String>,
    /// There is a picture to ask for (`account_picture`).
    pub has_picture: bool,
    /// A cover picture can be uploaded, and has to be this; none: a cover is an address, or isn't taken at all.
    pub cover: Option<CoverRule>,
    /// When the sign-in runs out, ms since 1970.
    #[ts(type = "number | null")]
    pub expires_at: Option<i64>,
    /// Calls left of its quota.
    pub calls_left: Option<CallsLeft>,
    /// Its own problem.
    pub problem: Option<Problem>,
    /// When it was last checked, ms since 1970.
    #[ts(type = "number | null")]
    pub checked_at: Option<i64>,
}

/// How an account's credentials are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum AccountState {
    /// Not asked yet.
    Unknown,
    /// Being asked.
    Checking,
    /// They work.
    SignedIn,
    /// They ran out.
    Expired,
    /// They were refused.
    Refused,
    /// Their secrets can't be read: keyring locked or entry gone.
    NoSecrets,
}

/// What became of a forgotten account's sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Forgotten {
    /// Why the platform didn't take it back; none when it did or can't.
    pub revoke_problem: Option<Problem>,
}

/// A filled-in connect form. Its secret fields go to the keyring and never come back.
#[derive(Clone, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct AccountDraft {
    /// Where.
    pub platform: Platform,
    /// What the streamer calls it; empty means the platform's name for the person.
    pub name: String,
    /// Fields by name, secret ones among them.
    pub fields: BTreeMap<String, String>,
}
