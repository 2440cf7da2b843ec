//! Secrets in the operating system's keyring: Secret Service on Linux, Keychain on macOS, Credential Manager
//! on Windows. One entry an account; never a file of our own.
//!
//! | | |
//! |---|---|
//! | service | `kaibo`, in debug builds `kaibo-dev`; tests add a suffix |
//! | user | the account's id |
//! | value | a JSON object, secret by name. Private to this crate |
//!
//! Windows takes at most 2,560 bytes a value (`CRED_MAX_CREDENTIAL_BLOB_SIZE`); a longer one is refused as
//! [`VaultError::TooLarge`], and the entry stays as it was.
//!
//! # What can go wrong, and how it is told apart
//!
//! * **Absent**: no session bus, or nobody on it who keeps secrets.
//! * **Locked**: the keyring wants a password. A locked Secret Service answers a *read* with "no such entry"
//!   and leaves a *write* waiting for a prompt, for as long as nobody answers it. So "no such entry" is only
//!   believed after a random value could be written, read and deleted, and no call is waited for longer than
//!   five seconds.
//! * **Broken**: anything else. The text has no secret in it.
//!
//! A call that outlives its bound keeps its thread until the keyring answers; while there is one, further
//! calls answer *locked* at once, so threads don't pile up. A write that outlived its bound is given up: when
//! the prompt is answered later, nothing is written behind the streamer's back.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod keeper;
mod keyring;
mod lane;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kaibo_live::account::AccountId;
use kaibo_live::secret::{Credentials, SecretStore, VaultError, VaultState};

use crate::keeper::Keeper;
use crate::keyring::{Connect, Keyring};
use crate::lane::{Lane, Ticket};

/// The longest that a call is waited for.
pub const BOUND: Duration = Duration::from_secs(5);

/// The keyring's service name in this build.
const SERVICE: &str = if cfg!(debug_assertions) { "kaibo-dev" } else { "kaibo" };

/// The accounts' secrets, in the OS keyring or, when the streamer chose so, in memory.
pub struct Vault {
    keyring: Arc<Keyring>,
    lane: Lane,
    seen: Arc<Mutex<Seen>>,
}

/// What the vault knows: how the keyring did last, and the secrets of *this session only*.
struct Seen {
    state: VaultState,
    /// `Some` from the moment that *this session only* was chosen. The secrets are wiped when dropped.
    memory: Option<BTreeMap<AccountId, Credentials>>,
}

impl Vault {
    /// The vault on this system's keyring. Touches nothing until it is asked something.
    pub fn new() -> Self {
        Self::build(SERVICE.to_owned(), keyring::system(), keeper::system(), BOUND)
    }

    /// The same, under a service name of its own: for tests, so that they never meet a streamer's entries.
    pub fn with_suffix(suffix: &str) -> Self {
        Self::build(format!("{SERVICE}-{suffix}"), keyring::system(), keeper::system(), BOUND)
    }

    fn build(service: String, connect: Connect, keeper: Keeper, bound: Duration) -> Self {
        Self {
            keyring: Arc::new(Keyring::new(service, connect)),
            lane: Lane::new(bound, keeper),
            seen: Arc::new(Mutex::new(Seen { state: VaultState::Unknown, memory: None })),
        }
    }

    /// The service name under which the entries stand.
    pub fn service(&self) -> &str {
        self.keyring.service()
    }

    /// Runs a keyring call in the lane and remembers how the keyring did.
    async fn call<T, F>(&self, call: F) -> Result<T, VaultError>
    where
        T: Send + 'static,
        F: FnOnce(&Keyring, &dyn Fn() -> bool) -> Result<T, VaultError> + Send + 'static,
    {
        let (keyring, seen) = (self.keyring.clone(), self.seen.clone());
        let result = self
            .lane
            .run(move |ticket: &Ticket| {
                // Asked just before anything is changed: is it still wanted?
                let wanted = || lock(&seen).memory.is_none() && ticket.commit();
                let result = call(&keyring, &wanted);
                // Here and not only below: an answer that came too late for its caller is still news.
                note(&seen, &result);
                result
            })
            .await;
        if let Err(error) = &result {
            tracing::warn!(%error, "keyring");
            note(&self.seen, &result);
        }
        result
    }
}

impl Default for Vault {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").field("service", &self.service()).field("state", &self.state()).finish()
    }
}

#[async_trait]
impl SecretStore for Vault {
    async fn read(&self, account: &AccountId) -> Result<Option<Credentials>, VaultError> {
        if let Some(memory) = &lock(&self.seen).memory {
            return Ok(memory.get(account).cloned());
        }
        let user = account.0.clone();
        self.call(move |keyring, _| keyring.read(&user)).await
    }

    async fn write(&self, account: &AccountId, credentials: &Credentials) -> Result<(), VaultError> {
        if let Some(memory) = &mut lock(&self.seen).memory {
            memory.insert(account.clone(), credentials.clone());
            return Ok(());
        }
        let (user, credentials) = (account.0.clone(), credentials.clone());
        self.call(move |keyring, wanted| keyring.write(&user, &credentials, wanted)).await
    }

    async fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        if let Some(memory) = &mut lock(&self.seen).memory {
            memory.remove(account);
            return Ok(());
        }
        let user = account.0.clone();
        self.call(move |keyring, wanted| keyring.remove(&user, wanted)).await
    }

    async fn probe(&self) -> VaultState {
        if self.state() == VaultState::SessionOnly {
            return VaultState::SessionOnly;
        }
        if let Err(VaultError::Broken(_)) = self.call(|keyring, _| keyring.probe()).await {
            // There is no state of its own for it: a keyring that can't keep a value is none.
            set(&self.seen, VaultState::Absent);
        }
        self.state()
    }

    fn state(&self) -> VaultState {
        lock(&self.seen).state.clone()
    }

    fn use_session_only(&self) {
        let mut seen = lock(&self.seen);
        seen.memory.get_or_insert_default();
        seen.state = VaultState::SessionOnly;
    }
}

fn note<T>(seen: &Mutex<Seen>, result: &Result<T, VaultError>) {
    match result {
        Ok(_) => set(seen, VaultState::Unlocked),
        Err(VaultError::Locked) => set(seen, VaultState::Locked),
        Err(VaultError::Absent) => set(seen, VaultState::Absent),
        // One entry that can't be read or doesn't fit says nothing about the keyring.
        Err(VaultError::Broken(_) | VaultError::TooLarge { .. }) => {}
    }
}

fn set(seen: &Mutex<Seen>, state: VaultState) {
    let mut seen = lock(seen);
    if seen.memory.is_none() {
        seen.state = state;
    }
}

/// What the lock guards stays whole even when a thread died holding it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
