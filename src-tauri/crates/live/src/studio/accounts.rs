//! Connecting, checking and forgetting accounts; the sandbox's among them.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::picture::{AccountEntry, RoomEntry, blank_room};
use super::{Inner, Studio, vault_failure};
use crate::account::{Account, AccountId, Profile, Settings, SignInWay};
use crate::driver::Connection;
use crate::platform::{FieldKind, PlatformInfo};
use crate::problem::{Failure, InvalidReason, ProblemCode};
use crate::push::PushAddress;
use crate::room::{Details, RemoteId, RoomFacts, RoomId};
use crate::secret::{Credentials, VaultState};
use crate::store::StoredRoom;
use crate::view::{AccountDraft, AccountState, AccountView};

/// Longest value of a connect field, in bytes. A Bilibili cookie is about 1 kB.
const FIELD_CAP: usize = 8 * 1024;
/// Rooms taken over from one account's list.
const ROOMS_A_LIST: usize = 50;

impl Studio {
    /// Shows what was kept, then connects, then looks at every intent that was left open. What was kept is
    /// shown before the keyring is asked for anything, so that a locked one delays no window.
    pub async fn open(&self) {
        let inner = &self.0;
        match (inner.store.accounts().await, inner.store.rooms().await) {
            (Ok(accounts), Ok(rooms)) => {
                for account in accounts {
                    let own = rooms.iter().filter(|r| r.account == account.id).cloned().collect();
                    self.take_in(&account, own);
                }
            }
            (Err(failure), _) | (_, Err(failure)) => self.tell(failure),
        }
        match inner.store.journal(200).await {
            Ok(entries) => inner.change(|p| entries.into_iter().for_each(|e| p.put_journal(e))),
            Err(failure) => self.tell(failure),
        }
        self.settle_sandbox().await;
        inner.opened.send_replace(true);
        self.probe_vault().await;
        inner.change(|p| {
            let waiting = p.accounts.iter().filter(|a| a.connection.is_none());
            let ids: Vec<AccountId> = waiting.map(|a| a.account.id.clone()).collect();
            for id in ids {
                p.change_account(&id, |a| a.view.state = AccountState::NoSecrets);
            }
        });
        self.recover().await;
    }

    /// Waits until what was kept is in the picture: a window that asks earlier would take an empty studio
    /// for a first run.
    pub async fn opened(&self) {
        // The sender lives as long as the studio, so this can't fail.
        let _ = self.0.opened.subscribe().wait_for(|open| *open).await;
    }

    /// Connects an account from its form. The credentials are tried before anything is kept; on a
    /// refusal nothing changes.
    pub async fn connect_account(&self, draft: AccountDraft) -> Result<AccountId, Failure> {
        let inner = &self.0;
        let (driver, info) = inner.driver(draft.platform)?;
        let (settings, credentials) = sort_fields(info, draft.fields)?;
        if inner.vault.state() != VaultState::SessionOnly
            && !matches!(self.probe_vault().await, VaultState::Unlocked)
        {
            return Err(Failure::new(ProblemCode::KeyringLocked));
        }
        let connection = driver.connect(&settings, &credentials, Arc::clone(&inner.clock))?;
        let profile = connection.check().await?;
        let found = connection.find_rooms().await?;
        let typed = draft.name.trim();
        let name = if typed.is_empty() { profile.name.clone().unwrap_or_default() } else { typed.to_owned() };
        let account = Account {
            id: AccountId(format!("{}-{}", platform_tag(draft.platform), inner.clock.fresh_id())),
            platform: draft.platform,
            name: crate::problem::clean_text(&name, 60),
            settings,
            way: SignInWay::Form,
            profile,
            renewal_checked_at: Some(inner.clock.now()),
            sandbox: false,
        };
        let rooms = self.rooms_for(&account, &found);
        inner.vault.write(&account.id, &credentials).await.map_err(vault_failure)?;
        if let Err(failure) = inner.store.add_account(account.clone(), rooms.clone()).await {
            let _ = inner.vault.remove(&account.id).await;
            return Err(failure);
        }
        self.show_account(&account, Some(connection), AccountState::SignedIn);
        self.show_rooms(&account, info, rooms, &found, &credentials);
        self.settle_sandbox().await;
        Ok(account.id)
    }

    /// Replaces an account's credentials; a field left empty keeps its value. They are tried first, and on
    /// a refusal the old ones stay.
    pub async fn replace_credentials(
        &self,
        id: &AccountId,
        mut fields: std::collections::BTreeMap<String, String>,
    ) -> Result<(), Failure> {
        let inner = &self.0;
        let mut account = {
            let picture = inner.lock();
            let entry = picture.account(id).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
            entry.account.clone()
        };
        let (driver, info) = inner.driver(account.platform)?;
        let kept = inner.vault_of(&account).read(id).await.map_err(vault_failure)?.unwrap_or_default();
        for field in &info.fields {
            let typed = fields.entry(field.name.clone()).or_default();
            if typed.trim().is_empty() {
                let before = match field.kind {
                    FieldKind::Secret => kept.get(&field.name).map(|s| s.expose_secret().to_owned()),
                    _ => account.settings.get(&field.name).map(str::to_owned),
                };
                *typed = before.unwrap_or_default();
            }
        }
        let (settings, fresh) = sort_fields(info, fields)?;
        let connection = driver.connect(&settings, &fresh, Arc::clone(&inner.clock))?;
        connection.check().await?;
        inner
            .change_secrets(&account, |kept| {
                for (name, value) in fresh.iter() {
                    kept.set(name, value.clone());
                }
            })
            .await?;
        account.settings = settings;
        inner.store_of(&account).set_account(account.clone()).await?;
        inner.change(|p| {
            p.change_account(id, |a| {
                a.account = account;
                a.connection = Some(connection);
                a.view.state = AccountState::SignedIn;
                a.view.problem = None;
            });
        });
        self.poke_rooms(id);
        Ok(())
    }

    /// Asks the platform whether the account's credentials still work.
    pub async fn check_account(&self, id: &AccountId) -> Result<(), Failure> {
        let inner = &self.0;
        self.connect_waiting().await;
        let (account, connection) = inner.connection(id)?;
        inner.change(|p| p.change_account(id, |a| a.view.state = AccountState::Checking));
        let checked = connection.check().await;
        let (state, problem, result) = match checked {
            Ok(_) => (AccountState::SignedIn, None, Ok(())),
            Err(failure) => {
                let state = match failure.code {
                    ProblemCode::SignInExpired | ProblemCode::CredentialsRefused => AccountState::Refused,
                    _ => AccountState::Unknown,
                };
                let problem = inner.problem(failure.at(account.platform));
                let code = problem.code.clone();
                (state, Some(problem), Err(Failure::new(code).at(account.platform)))
            }
        };
        let now = inner.now_ms();
        inner.change(|p| {
            p.change_account(id, |a| {
                a.view.state = state;
                a.view.problem = problem;
                a.view.checked_at = Some(now);
            });
        });
        self.poke_rooms(id);
        result
    }

    /// Forgets an account: its rooms here, its entry in the database, its secrets. Nothing is ended or
    /// deleted at the platform.
    pub async fn forget_account(&self, id: &AccountId) -> Result<(), Failure> {
        let inner = &self.0;
        let account = {
            let picture = inner.lock();
            let entry = picture.account(id).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
            entry.account.clone()
        };
        inner.vault_of(&account).remove(id).await.map_err(vault_failure)?;
        if !account.sandbox {
            inner.store.remove_account(id.clone(), false).await?;
        }
        inner.change(|p| p.remove_account(id));
        self.settle_sandbox().await;
        Ok(())
    }

    /// Connects the accounts whose secrets couldn't be read before.
    pub(super) async fn connect_waiting(&self) {
        let inner = &self.0;
        let waiting: Vec<Account> = {
            let picture = inner.lock();
            let without = picture.accounts.iter().filter(|a| a.connection.is_none());
            without.map(|a| a.account.clone()).collect()
        };
        for account in waiting {
            let (connection, credentials, state) = self.connect_from_vault(&account).await;
            if connection.is_none() {
                inner.change(|p| p.change_account(&account.id, |a| a.view.state = state));
                continue;
            }
            inner.change(|p| {
                p.change_account(&account.id, |a| {
                    a.connection = connection;
                    a.view.state = state;
                    a.view.problem = None;
                });
                let ids: Vec<RoomId> = rooms_of(p, &account.id);
                for id in ids {
                    p.change_room(&id, |r| r.set_push(kept_push(&credentials, &id)));
                }
            });
            self.poke_rooms(&account.id);
        }
    }

    /// Starts or stops the sandbox as it should be: on without accounts or when asked for, and never
    /// stopped while one of its rooms is on air.
    pub(super) async fn settle_sandbox(&self) {
        let inner = &self.0;
        let _one_at_a_time = inner.sandbox_gate.lock().await;
        let (wanted, on) = {
            let picture = inner.lock();
            let real = picture.accounts.iter().any(|a| !a.account.sandbox);
            let busy = picture.rooms.iter().any(|r| {
                r.view.sandbox && (r.view.busy.is_some() || (r.push.is_some() && r.view.ended_at.is_none()))
            });
            (!real || picture.preferences.sandbox || busy, picture.sandbox)
        };
        if wanted && !on {
            match inner.sandbox.start().await {
                Ok(accounts) => {
                    for account in accounts {
                        self.add_sandbox_account(account).await;
                    }
                    inner.change(|p| p.set_sandbox(true));
                }
                Err(failure) => self.tell(failure),
            }
        } else if !wanted && on {
            let ids: Vec<AccountId> = {
                let picture = inner.lock();
                let own = picture.accounts.iter().filter(|a| a.account.sandbox);
                own.map(|a| a.account.id.clone()).collect()
            };
            inner.change(|p| ids.iter().for_each(|id| p.remove_account(id)));
            inner.sandbox.stop().await;
            inner.change(|p| p.set_sandbox(false));
        }
    }

    async fn add_sandbox_account(&self, from: super::SandboxAccount) {
        let inner = &self.0;
        let account = Account {
            id: AccountId(format!("sandbox-{}", inner.clock.fresh_id())),
            platform: from.platform,
            name: from.name,
            settings: Settings(from.settings),
            way: SignInWay::Form,
            profile: Profile::default(),
            renewal_checked_at: None,
            sandbox: true,
        };
        let done = async {
            let (driver, info) = inner.driver(account.platform)?;
            let connection = driver.connect(&account.settings, &from.secrets, Arc::clone(&inner.clock))?;
            let found = connection.find_rooms().await?;
            inner.sandbox_vault.write(&account.id, &from.secrets).await.map_err(vault_failure)?;
            let rooms = self.rooms_for(&account, &found);
            inner.sandbox_store.add_account(account.clone(), rooms.clone()).await?;
            self.show_account(&account, Some(connection), AccountState::SignedIn);
            self.show_rooms(&account, info, rooms, &found, &from.secrets);
            Ok::<_, Failure>(())
        };
        if let Err(failure) = done.await {
            self.tell(failure.at(from.platform));
        }
    }

    /// Shows an account that was kept, and its rooms. It is connected when its secrets are there.
    fn take_in(&self, account: &Account, rooms: Vec<StoredRoom>) {
        let Ok((_, info)) = self.0.driver(account.platform) else { return };
        self.show_account(account, None, AccountState::Unknown);
        self.show_rooms(account, info, rooms, &[], &Credentials::default());
    }

    async fn connect_from_vault(
        &self,
        account: &Account,
    ) -> (Option<Arc<dyn Connection>>, Credentials, AccountState) {
        let inner = &self.0;
        let Ok(Some(credentials)) = inner.vault_of(account).read(&account.id).await else {
            return (None, Credentials::default(), AccountState::NoSecrets);
        };
        let made = inner.driver(account.platform).and_then(|(driver, _)| {
            driver.connect(&account.settings, &credentials, Arc::clone(&inner.clock))
        });
        match made {
            Ok(connection) => (Some(connection), credentials, AccountState::Unknown),
            Err(failure) => {
                self.tell(failure);
                (None, credentials, AccountState::Refused)
            }
        }
    }

    fn show_account(&self, account: &Account, connection: Option<Arc<dyn Connection>>, state: AccountState) {
        let now = (state == AccountState::SignedIn).then(|| self.0.now_ms());
        self.0.change(|p| {
            p.add_account(AccountEntry {
                view: AccountView {
                    id: account.id.clone(),
                    platform: account.platform,
                    name: account.name.clone(),
                    sandbox: account.sandbox,
                    state,
                    way: account.way,
                    person: account.profile.name.clone(),
                    has_picture: account.profile.avatar_url.is_some(),
                    expires_at: account.profile.expires_at.map(|t| t.as_millisecond()),
                    calls_left: None,
                    problem: None,
                    checked_at: now,
                },
                account: account.clone(),
                connection,
            });
        });
    }

    fn show_rooms(
        &self,
        account: &Account,
        info: &PlatformInfo,
        rooms: Vec<StoredRoom>,
        found: &[RoomFacts],
        credentials: &Credentials,
    ) {
        let now = self.0.clock.now();
        for room in rooms {
            let mut view = blank_room(room.id.clone(), account, room.name, info);
            view.remote.clone_from(&room.remote);
            view.title.clone_from(&room.details.title);
            view.summary.clone_from(&room.details.summary);
            view.visibility = room.details.visibility;
            let mut entry = RoomEntry::new(view, room.details, info.abilities.clone());
            if let Some(facts) = found.iter().find(|f| Some(&f.remote) == room.remote.as_ref()) {
                entry.apply(facts, now);
            }
            if entry.push.is_none() {
                entry.set_push(kept_push(credentials, &room.id));
            }
            self.0.change(|p| p.add_room(entry));
            self.supervise(room.id);
        }
    }

    fn rooms_for(&self, account: &Account, found: &[RoomFacts]) -> Vec<StoredRoom> {
        let room = |remote: Option<RemoteId>| StoredRoom {
            id: RoomId(format!("r-{}", self.0.clock.fresh_id())),
            account: account.id.clone(),
            remote,
            name: account.name.clone(),
            details: Details::default(),
        };
        if found.is_empty() {
            return vec![room(None)];
        }
        found.iter().take(ROOMS_A_LIST).map(|f| room(Some(f.remote.clone()))).collect()
    }

    fn poke_rooms(&self, account: &AccountId) {
        let picture = self.0.lock();
        picture.rooms.iter().filter(|r| &r.view.account == account).for_each(|r| r.poke.notify_one());
    }
}

impl Inner {
    /// Keeps a room's push address beside the account's other secrets, or drops it.
    pub(super) async fn keep_push(
        &self,
        account: &Account,
        room: &RoomId,
        push: Option<&PushAddress>,
    ) -> Result<(), Failure> {
        let (server, key) = push_names(room);
        self.change_secrets(account, |kept| {
            if let Some(push) = push {
                kept.set(server, SecretString::from(push.server.clone()));
                kept.set(key, push.key.clone());
            } else {
                kept.remove(&server);
                kept.remove(&key);
            }
        })
        .await
    }
}

fn rooms_of(picture: &super::picture::Picture, account: &AccountId) -> Vec<RoomId> {
    picture.rooms.iter().filter(|r| &r.view.account == account).map(|r| r.view.id.clone()).collect()
}

fn push_names(room: &RoomId) -> (String, String) {
    (format!("push.{}.server", room.0), format!("push.{}.key", room.0))
}

fn kept_push(credentials: &Credentials, room: &RoomId) -> Option<PushAddress> {
    let (server, key) = push_names(room);
    let server = credentials.get(&server)?.expose_secret().to_owned();
    let key = credentials.get(&key).cloned().unwrap_or_default();
    Some(PushAddress { server, key })
}

fn platform_tag(platform: crate::platform::Platform) -> String {
    format!("{platform:?}").to_lowercase()
}

/// Parts a form into plain and secret fields; unknown, missing and over-long ones are refused.
fn sort_fields(
    info: &PlatformInfo,
    mut typed: std::collections::BTreeMap<String, String>,
) -> Result<(Settings, Credentials), Failure> {
    let mut settings = Settings::default();
    let mut credentials = Credentials::default();
    for field in &info.fields {
        let value = typed.remove(&field.name).unwrap_or_default().trim().to_owned();
        let refuse = |reason| Err(Failure::invalid(field.name.as_str(), reason).at(info.platform));
        if value.len() > FIELD_CAP {
            return refuse(InvalidReason::TooLong {
                used: u32::try_from(value.len()).unwrap_or(u32::MAX),
                limit: u32::try_from(FIELD_CAP).unwrap_or(u32::MAX),
            });
        }
        if value.is_empty() {
            if field.required {
                return refuse(InvalidReason::Empty);
            }
            continue;
        }
        if !field.choices.is_empty() && !field.choices.contains(&value) {
            return refuse(InvalidReason::Malformed);
        }
        if field.kind == FieldKind::Secret {
            credentials.set(field.name.as_str(), value.into());
        } else {
            settings.0.insert(field.name.clone(), value);
        }
    }
    match typed.into_keys().next() {
        Some(unknown) => Err(Failure::invalid(unknown, InvalidReason::Malformed).at(info.platform)),
        None => Ok((settings, credentials)),
    }
}
