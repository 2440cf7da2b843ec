//! Secrets, and where they are kept.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
pub use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use ts_rs::TS;

use crate::account::AccountId;

/// All secrets of one account, by name: the connect form's secret fields, and `push.<room>.server` /
/// `push.<room>.key` for the stream keys Kaibo was handed. No `Serialize`, no `Display`.
#[derive(Clone, Default)]
pub struct Credentials(BTreeMap<String, SecretString>);

impl Credentials {
    /// A secret, when there is one and it isn't empty.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name).filter(|v| !v.expose_secret().is_empty())
    }

    /// Sets a secret.
    pub fn set(&mut self, name: impl Into<String>, value: SecretString) {
        self.0.insert(name.into(), value);
    }

    /// Forgets a secret.
    pub fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Takes over every secret of `newer`; others stay.
    pub fn merge(&mut self, newer: &Self) {
        for (name, value) in newer.iter() {
            self.set(name, value.clone());
        }
    }

    /// Names and secrets, in order of name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// How the keyring is doing. Always visible in the window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum VaultState {
    /// Not probed yet.
    Unknown,
    /// Written, read back and deleted just now.
    Unlocked,
    /// There, but locked: a write got no answer in time.
    Locked,
    /// There is none (no session bus, no Secret Service).
    Absent,
    /// The streamer chose *this session only*: secrets are in memory and go with the program.
    SessionOnly,
}

/// Why a secret could not be kept or fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// Locked, or no answer within the bound.
    #[error("the keyring is locked")]
    Locked,
    /// There is no keyring.
    #[error("there is no keyring")]
    Absent,
    /// The account's secrets are longer than the keyring takes in one entry.
    #[error("{used} bytes are more than the {limit} that the keyring takes")]
    TooLarge {
        /// Bytes that should be kept.
        used: usize,
        /// The most that can be.
        limit: usize,
    },
    /// The entry is not what Kaibo wrote, or the keyring failed. The text has no secrets in it.
    #[error("the keyring failed: {0}")]
    Broken(String),
}

/// Where secrets are kept: the OS keyring, or memory for this session only. One entry an account.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// The account's secrets; `None` when there is no entry.
    async fn read(&self, account: &AccountId) -> Result<Option<Credentials>, VaultError>;
    /// Replaces the account's secrets.
    async fn write(&self, account: &AccountId, credentials: &Credentials) -> Result<(), VaultError>;
    /// Removes the account's entry. Not having one is fine.
    async fn remove(&self, account: &AccountId) -> Result<(), VaultError>;
    /// Probes by write, read and delete.
    async fn probe(&self) -> VaultState;
    /// As the last probe or call saw it.
    fn state(&self) -> VaultState;
    /// From now on, memory only; what the keyring holds stays there.
    fn use_session_only(&self);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(secrets: &[(&str, &str)]) -> Credentials {
        let mut credentials = Credentials::default();
        for (name, value) in secrets {
            credentials.set(*name, (*value).to_owned().into());
        }
        credentials
    }

    fn shown(credentials: &Credentials) -> Vec<(&str, &str)> {
        credentials.iter().map(|(name, secret)| (name, secret.expose_secret())).collect()
    }

    #[test]
    fn newer_secrets_replace_older_ones_and_others_stay() {
        let mut kept = credentials(&[("token", "old"), ("secret", "s"), ("sid", "gone")]);
        kept.merge(&credentials(&[("token", "new"), ("cookie", "")]));
        kept.remove("sid");
        assert_eq!(shown(&kept), [("cookie", ""), ("secret", "s"), ("token", "new")]);
        let get = |name| kept.get(name).map(ExposeSecret::expose_secret);
        assert_eq!((get("token"), get("cookie"), get("sid")), (Some("new"), None, None));
    }

    #[test]
    fn what_is_printed_is_names_alone() {
        let printed = format!("{:?}", credentials(&[("token", "t0ps3cret"), ("sid", "s1d")]));
        assert_eq!(printed, r#"{"sid", "token"}"#);
    }
}
