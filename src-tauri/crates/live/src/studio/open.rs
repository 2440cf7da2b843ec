//! Opening: what was kept is shown, then connected as soon as its secrets can be read.

use std::sync::Arc;

use super::Studio;
use super::entry::{kept_push, replaced};
use super::picture::{AccountEntry, Picture, RoomEntry, blank_room};
use crate::account::{Account, AccountId};
use crate::driver::Connection;
use crate::platform::PlatformInfo;
use crate::problem::Failure;
use crate::room::{Details, RemoteId, RoomFacts, RoomId};
use crate::secret::Credentials;
use crate::store::StoredRoom;
use crate::view::AccountState;

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
        self.show_marked().await;
        self.show_last_lines().await;
        self.keep_history();
        self.keep_thanks();
        self.settle_sandbox().await;
        let open = self.note_lost().await;
        inner.opened.send_replace(true);
        self.probe_vault().await;
        inner.change(|p| {
            let waiting = p.accounts.iter().filter(|a| a.view.state == AccountState::Unknown);
            let waiting = waiting.filter(|a| a.connection.is_none());
            let ids: Vec<AccountId> = waiting.map(|a| a.account.id.clone()).collect();
            for id in ids {
                p.change_account(&id, |a| a.view.state = AccountState::NoSecrets);
            }
        });
        self.keep_watch();
        self.resume_encoder();
        self.keep_alarms();
        self.recover(open).await;
    }

    /// Waits until what was kept is in the picture: a window that asks earlier would take an empty studio
    /// for a first run.
    pub async fn opened(&self) {
        // The sender lives as long as the studio, so this can't fail.
        let _ = self.0.opened.subscribe().wait_for(|open| *open).await;
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
            let Ok(Some(credentials)) = inner.vault_of(&account).read(&account.id).await else {
                inner.change(|p| p.change_account(&account.id, |a| a.view.state = AccountState::NoSecrets));
                continue;
            };
            let made = inner.driver(account.platform).and_then(|(driver, _)| {
                driver.connect(&account.settings, &credentials, Arc::clone(&inner.clock))
            });
            match made {
                Ok(connection) => {
                    if self.attach_waiting(&account.id, connection, &credentials)
                        && replaced(&credentials).is_some()
                    {
                        let (studio, id) = (self.clone(), account.id.clone());
                        tokio::spawn(async move { studio.confirm_left(&id).await });
                    }
                }
                Err(failure) => self.refuse_waiting(&account, failure),
            }
        }
    }

    /// Gives an account that waits its connection; false when it has one meanwhile.
    fn attach_waiting(
        &self,
        id: &AccountId,
        connection: Arc<dyn Connection>,
        credentials: &Credentials,
    ) -> bool {
        let attached = self.0.change(|p| {
            let waits = p.account(id).is_some_and(|a| a.connection.is_none());
            if waits {
                p.change_account(id, |a| {
                    a.connect(connection);
                    a.view.state = AccountState::Unknown;
                    a.view.problem = None;
                });
                show_kept_pushes(p, id, credentials);
            }
            waits
        });
        if attached {
            self.expire_due();
            self.poke_rooms(id);
        }
        attached
    }

    /// What is kept of the account has the wrong form. Said once, not with each probe of the keyring.
    fn refuse_waiting(&self, account: &Account, failure: Failure) {
        let known = self.0.lock().account(&account.id).is_some_and(|a| a.view.state == AccountState::Refused);
        if !known {
            let problem = self.0.problem(failure.at(account.platform));
            self.0.change(|p| {
                p.change_account(&account.id, |a| {
                    a.view.state = AccountState::Refused;
                    a.view.problem = Some(problem.clone());
                });
                p.tell(problem);
            });
        }
    }

    /// Shows an account that was kept, and its rooms. It is connected when its secrets are there.
    fn take_in(&self, account: &Account, rooms: Vec<StoredRoom>) {
        let Ok((_, info)) = self.0.driver(account.platform) else { return };
        self.show_account(account, None, AccountState::Unknown);
        self.show_rooms(account, info, rooms, &[], &Credentials::default());
    }

    /// Shows a new account.
    pub(super) fn show_account(
        &self,
        account: &Account,
        connection: Option<Arc<dyn Connection>>,
        state: AccountState,
    ) {
        let now = (state == AccountState::SignedIn).then(|| self.0.now_ms());
        let mut entry = AccountEntry::new(account.clone(), connection, state);
        entry.view.checked_at = now;
        entry.view.calls_left = entry.connection.as_ref().and_then(|c| c.calls_left());
        self.0.change(|p| p.add_account(entry));
    }

    pub(super) fn show_rooms(
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

    pub(super) fn rooms_for(&self, account: &Account, found: &[RoomFacts]) -> Vec<StoredRoom> {
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

    pub(super) fn poke_rooms(&self, account: &AccountId) {
        let picture = self.0.lock();
        picture.rooms.iter().filter(|r| &r.view.account == account).for_each(|r| r.poke.notify_one());
    }
}

/// Shows the push addresses that the keyring holds of an account's rooms.
pub(super) fn show_kept_pushes(picture: &mut Picture, account: &AccountId, credentials: &Credentials) {
    let rooms = picture.rooms.iter().filter(|r| &r.view.account == account && r.push.is_none());
    let ids: Vec<RoomId> = rooms.map(|r| r.view.id.clone()).collect();
    for id in ids {
        picture.change_room(&id, |r| r.set_push(kept_push(credentials, &id)));
    }
}
