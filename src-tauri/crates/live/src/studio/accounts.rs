//! Connecting accounts and signing them in again. Nothing is kept before the platform took the credentials.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use super::entry::drop_replaced;
use super::open::show_kept_pushes;
use super::{Inner, Studio, form, vault_failure};
use crate::account::{Account, AccountId, Profile, Settings, SignInWay};
use crate::driver::Connection;
use crate::platform::{Platform, PlatformInfo};
use crate::problem::{Failure, InvalidReason, ProblemCode, clean_text};
use crate::secret::{Credentials, VaultState};
use crate::view::{AccountDraft, AccountState};

/// Longest name of an account, in characters.
const NAME_CAP: usize = 60;
/// Longest file of connect fields, in bytes.
const FILE_CAP: usize = 64 * 1024;

/// A sign-in to be tried and kept.
pub(super) struct Fresh {
    pub way: SignInWay,
    /// Plain fields.
    pub settings: Settings,
    /// Secrets, those that the sign-in brought among them.
    pub credentials: Credentials,
    /// When it runs out, as far as the sign-in told.
    pub expires_at: Option<Timestamp>,
}

impl Studio {
    /// Connects an account from its form. The credentials are tried before anything is kept; on a
    /// refusal nothing changes. A person who is connected already is signed in again instead.
    pub async fn connect_account(&self, draft: AccountDraft) -> Result<AccountId, Failure> {
        let (_, info) = self.0.driver(draft.platform)?;
        let (settings, credentials) = form::part(info, SignInWay::Form, draft.fields)?;
        self.demand_keyring().await?;
        let fresh = Fresh { way: SignInWay::Form, settings, credentials, expires_at: None };
        self.connect_new(draft.platform, &draft.name, fresh, &CancellationToken::new()).await
    }

    /// Replaces an account's credentials; a field left empty keeps its value. They are tried first, and on
    /// a refusal the old ones stay. Another person's are `WrongAccount`.
    pub async fn replace_credentials(&self, id: &AccountId, mut fields: form::Typed) -> Result<(), Failure> {
        let inner = &self.0;
        let account = inner.account(id)?;
        let (_, info) = inner.driver(account.platform)?;
        let kept = inner.vault_of(&account).read(id).await.map_err(vault_failure)?.unwrap_or_default();
        let typed = fields.clone();
        form::fill(info, &mut fields, &account.settings, &kept);
        let (settings, all) = form::part(info, SignInWay::Form, fields)?;
        let tells = form::tells_way(info, SignInWay::Form, &typed);
        let way = if tells { SignInWay::Form } else { account.way };
        let credentials = form::only_typed(&typed, &all);
        let fresh = Fresh { way, settings, credentials, expires_at: None };
        self.sign_in_again(id, fresh, &CancellationToken::new()).await
    }

    /// Takes fields of the connect form from a file, as [`Driver::read_file`](crate::driver::Driver::read_file)
    /// reads it.
    pub async fn read_account_file(&self, id: &AccountId, text: &str) -> Result<(), Failure> {
        let inner = &self.0;
        if text.len() > FILE_CAP {
            return Err(Failure::invalid(
                "file",
                InvalidReason::TooLong {
                    used: u32::try_from(text.len()).unwrap_or(u32::MAX),
                    limit: u32::try_from(FILE_CAP).unwrap_or(u32::MAX),
                },
            ));
        }
        let _one_at_a_time = inner.account_gate(id).await?;
        let mut account = inner.account(id)?;
        let (driver, _) = inner.driver(account.platform)?;
        let (settings, credentials) = driver.read_file(text).map_err(|f| f.at(account.platform))?;
        account.settings.0.extend(settings.0);
        let mut all = inner.vault_of(&account).read(id).await.map_err(vault_failure)?.unwrap_or_default();
        all.merge(&credentials);
        let connection = driver.connect(&account.settings, &all, Arc::clone(&inner.clock))?;
        self.keep_again(account, &credentials, &all, connection, None).await
    }

    /// Fails when secrets can't be kept now.
    pub(super) async fn demand_keyring(&self) -> Result<(), Failure> {
        if self.0.vault.state() == VaultState::SessionOnly
            || matches!(self.probe_vault().await, VaultState::Unlocked | VaultState::SessionOnly)
        {
            return Ok(());
        }
        Err(Failure::new(ProblemCode::KeyringLocked))
    }

    /// Tries credentials and keeps them as a new account. Ending `end` leaves all as it was, unless keeping
    /// has begun.
    pub(super) async fn connect_new(
        &self,
        platform: Platform,
        name: &str,
        fresh: Fresh,
        end: &CancellationToken,
    ) -> Result<AccountId, Failure> {
        let inner = &self.0;
        let _one_at_a_time = inner.connect_gate.lock().await;
        let (driver, info) = inner.driver(platform)?;
        let connection = driver.connect(&fresh.settings, &fresh.credentials, Arc::clone(&inner.clock))?;
        let mut profile = unless(end, connection.check()).await?;
        profile.expires_at = profile.expires_at.or(fresh.expires_at);
        if let Some(id) = self.same_person(info, &fresh.settings, &profile) {
            self.sign_in_again(&id, fresh, end).await?;
            return Ok(id);
        }
        let found = unless(end, connection.find_rooms()).await?;
        let typed = name.trim();
        let name = if typed.is_empty() { profile.name.clone().unwrap_or_default() } else { typed.to_owned() };
        let account = Account {
            id: AccountId(format!("{}-{}", platform_tag(platform), inner.clock.fresh_id())),
            platform,
            name: clean_text(&name, NAME_CAP),
            settings: fresh.settings,
            way: fresh.way,
            profile,
            renewal_checked_at: Some(inner.clock.now()),
            sandbox: false,
        };
        let rooms = self.rooms_for(&account, &found);
        inner.vault.write(&account.id, &fresh.credentials).await.map_err(vault_failure)?;
        if let Err(failure) = inner.store.add_account(account.clone(), rooms.clone()).await {
            let _ = inner.vault.remove(&account.id).await;
            return Err(failure);
        }
        self.show_account(&account, Some(connection), AccountState::SignedIn);
        self.show_rooms(&account, info, rooms, &found, &fresh.credentials);
        self.settle_sandbox().await;
        Ok(account.id)
    }

    /// Tries credentials and keeps them for an account that is there: its rooms, live objects and push
    /// addresses stay. Another person's are `WrongAccount`. Ending `end` leaves all as it was, unless keeping
    /// has begun.
    pub(super) async fn sign_in_again(
        &self,
        id: &AccountId,
        fresh: Fresh,
        end: &CancellationToken,
    ) -> Result<(), Failure> {
        let inner = &self.0;
        let _one_at_a_time = inner.account_gate(id).await?;
        let mut account = inner.account(id)?;
        let (driver, info) = inner.driver(account.platform)?;
        let mut all = inner.vault_of(&account).read(id).await.map_err(vault_failure)?.unwrap_or_default();
        drop_replaced(&mut all);
        all.merge(&fresh.credentials);
        account.settings.0.extend(fresh.settings.0);
        account.way = fresh.way;
        let connection = driver.connect(&account.settings, &all, Arc::clone(&inner.clock))?;
        let mut profile = unless(end, connection.check()).await?;
        let known = account.profile.user_id.as_ref();
        if tells_person(info) && known.is_some_and(|id| profile.user_id.as_ref().is_some_and(|new| new != id))
        {
            return Err(Failure::new(ProblemCode::WrongAccount).at(account.platform));
        }
        profile.expires_at = profile.expires_at.or(fresh.expires_at);
        profile.user_id = profile.user_id.or(account.profile.user_id);
        account.profile = profile;
        account.renewal_checked_at = Some(inner.clock.now());
        self.keep_again(account, &fresh.credentials, &all, connection, Some(AccountState::SignedIn)).await
    }

    /// Keeps what changed of an account and lets it work with it; the account's gate is held. Without a
    /// `state` what is known of the sign-in stays.
    async fn keep_again(
        &self,
        account: Account,
        fresh: &Credentials,
        all: &Credentials,
        connection: Arc<dyn Connection>,
        state: Option<AccountState>,
    ) -> Result<(), Failure> {
        let inner = &self.0;
        let id = account.id.clone();
        inner
            .change_secrets(&account, |kept| {
                if state.is_some() {
                    drop_replaced(kept);
                }
                kept.merge(fresh);
            })
            .await?;
        inner.store_of(&account).set_account(account.clone()).await?;
        let now = inner.now_ms();
        inner.change(|p| {
            p.change_account(&id, |a| {
                a.take(account);
                a.connect(connection);
                if let Some(state) = state {
                    a.view.state = state;
                    a.view.problem = None;
                    a.view.checked_at = Some(now);
                    a.unkept = None;
                    a.care_after = None;
                }
            });
            show_kept_pushes(p, &id, all);
        });
        self.poke_rooms(&id);
        Ok(())
    }

    /// The account of the same person at the same address, when there is one.
    fn same_person(&self, info: &PlatformInfo, settings: &Settings, profile: &Profile) -> Option<AccountId> {
        let person = profile.user_id.as_ref().filter(|_| tells_person(info))?;
        let picture = self.0.lock();
        let twin = picture.accounts.iter().map(|a| &a.account).find(|a| {
            a.platform == info.platform
                && !a.sandbox
                && a.profile.user_id.as_ref() == Some(person)
                && a.settings.get("base_url") == settings.get("base_url")
        });
        twin.map(|a| a.id.clone())
    }
}

impl Inner {
    pub(super) fn account(&self, id: &AccountId) -> Result<Account, Failure> {
        let picture = self.lock();
        let entry = picture.account(id).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
        Ok(entry.account.clone())
    }

    /// Waits until nobody else changes the account's sign-in. It may be forgotten by then.
    pub(super) async fn account_gate(&self, id: &AccountId) -> Result<OwnedMutexGuard<()>, Failure> {
        let gate = {
            let picture = self.lock();
            let entry = picture.account(id).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
            Arc::clone(&entry.gate)
        };
        Ok(gate.lock_owned().await)
    }
}

/// Where nothing can be broadcast, rooms are only watched, and the person is whoever is watched.
fn tells_person(info: &PlatformInfo) -> bool {
    info.abilities.push
}

fn platform_tag(platform: Platform) -> String {
    format!("{platform:?}").to_lowercase()
}

/// Waits for a call unless `end` comes first.
async fn unless<T>(
    end: &CancellationToken,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        () = end.cancelled() => Err(Failure::new(ProblemCode::WrongState).because("ended by the streamer")),
        result = call => result,
    }
}
