//! Changing what the keyring holds of an account, and what goes when it is full.
//!
//! Windows takes 2,560 bytes an entry, and an account has one entry. Push addresses of rooms that aren't on air are
//! the first to go: the platform tells them again. The account's own credentials never go.

use std::collections::BTreeSet;

use secrecy::ExposeSecret;

use super::alarm::on_air;
use super::{Inner, Studio};
use crate::account::{Account, AccountId};
use crate::problem::{Failure, ProblemCode};
use crate::secret::{Credentials, VaultError};

impl Inner {
    /// Reads an entry that is the program's own rather than an account's; empty when there is none.
    pub(super) async fn read_own(&self, entry: &AccountId) -> Result<Credentials, Failure> {
        let _one_at_a_time = self.vault_gate.lock().await;
        let read = self.vault.read(entry).await;
        self.show_vault();
        Ok(read.map_err(vault_failure)?.unwrap_or_default())
    }

    /// Writes one.
    pub(super) async fn write_own(&self, entry: &AccountId, secrets: &Credentials) -> Result<(), Failure> {
        let _one_at_a_time = self.vault_gate.lock().await;
        let written = self.vault.write(entry, secrets).await;
        self.show_vault();
        written.map_err(vault_failure)
    }

    /// Removes one; none is not an error.
    pub(super) async fn remove_own(&self, entry: &AccountId) -> Result<(), Failure> {
        let _one_at_a_time = self.vault_gate.lock().await;
        let removed = self.vault.remove(entry).await;
        self.show_vault();
        removed.map_err(vault_failure)
    }

    /// Each call may have found the keyring locked, or open again.
    fn show_vault(&self) {
        let state = self.vault.state();
        self.change(|p| p.set_vault(state));
    }

    /// Reads an account's keyring entry, changes it, writes it back. When the keyring is full, kept push
    /// addresses of the account's rooms that aren't on air are dropped from it (not from memory), and it is
    /// tried once more; then it is `KeyringFull`, and the entry is as it was, without what a push address in
    /// `change` would have replaced.
    pub(super) async fn change_secrets(
        &self,
        account: &Account,
        change: impl FnOnce(&mut Credentials) + Send,
    ) -> Result<(), Failure> {
        let _one_at_a_time = self.vault_gate.lock().await;
        let vault = self.vault_of(account);
        let before = vault.read(&account.id).await.map_err(vault_failure)?.unwrap_or_default();
        let mut after = before.clone();
        change(&mut after);
        let mut written = vault.write(&account.id, &after).await;
        if matches!(written, Err(VaultError::TooLarge { .. })) {
            let changed = changed_rooms(&before, &after);
            let mut spared = self.on_air(account);
            spared.extend(changed.iter().cloned());
            let smaller = without_push(&after, |room| !spared.contains(room));
            if smaller.iter().count() < after.iter().count() {
                tracing::info!(account = %account.id.0, "the keyring is full: push addresses of idle rooms go");
                written = vault.write(&account.id, &smaller).await;
            }
            // A former address would be shown after a restart as if it still worked.
            let stale = without_push(&before, |room| changed.contains(room));
            if matches!(written, Err(VaultError::TooLarge { .. }))
                && stale.iter().count() < before.iter().count()
                && let Err(error) = vault.write(&account.id, &stale).await
            {
                tracing::warn!(?error, "a former push address stays in the keyring");
            }
        }
        if !account.sandbox {
            self.show_vault();
        }
        written.map_err(vault_failure)
    }

    /// The account's rooms that are on air or about to be.
    fn on_air(&self, account: &Account) -> BTreeSet<String> {
        let picture = self.lock();
        let own = picture.rooms.iter().filter(|r| r.view.account == account.id);
        let busy = own.filter(|r| on_air(r) || r.view.busy.is_some());
        busy.map(|r| r.view.id.0.clone()).collect()
    }
}

impl Studio {
    /// Tells that a push address wasn't kept: it is in memory and can be copied, but won't outlive the
    /// program. Of a full keyring it is told once an account.
    pub(super) fn tell_unkept(&self, account: &Account, failure: Failure) {
        let full = failure.code == ProblemCode::KeyringFull;
        let mut told = self.0.told_full.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !full || told.insert(account.id.clone()) {
            drop(told);
            self.tell(failure.at(account.platform));
        }
    }
}

/// The room that a secret is a push address' part of.
fn room_of(name: &str) -> Option<&str> {
    name.strip_prefix("push.")?.rsplit_once('.').map(|(room, _)| room)
}

/// The rooms whose push address is another one afterwards.
fn changed_rooms(before: &Credentials, after: &Credentials) -> BTreeSet<String> {
    let differs = |name: &str, value: &str| before.get(name).map(ExposeSecret::expose_secret) != Some(value);
    let changed = after.iter().filter(|(name, value)| differs(name, value.expose_secret()));
    changed.filter_map(|(name, _)| room_of(name)).map(str::to_owned).collect()
}

fn without_push(credentials: &Credentials, goes: impl Fn(&str) -> bool) -> Credentials {
    let mut left = credentials.clone();
    for (name, _) in credentials.iter() {
        if room_of(name).is_some_and(&goes) {
            left.remove(name);
        }
    }
    left
}

/// What a failure of the keyring means to the window.
pub(super) fn vault_failure(error: VaultError) -> Failure {
    let code = match error {
        VaultError::Locked | VaultError::Absent => ProblemCode::KeyringLocked,
        VaultError::TooLarge { .. } => ProblemCode::KeyringFull,
        VaultError::Broken(_) => ProblemCode::KeyringFailed,
    };
    Failure::new(code).because(error)
}
