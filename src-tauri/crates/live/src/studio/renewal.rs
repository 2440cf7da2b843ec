//! Renewing a sign-in before it runs out, and the slow clock that looks after accounts.
//!
//! The order keeps a way in whatever is cut off: *renew* (the old credentials still work), *keep* the new ones
//! in the keyring with those they replaced beside them, *connect* with the new, *confirm* the old ones away,
//! *clean* the keyring. A program that stops after *keep* finds the replaced ones when it starts again, and
//! confirms then. What can't be kept is never confirmed.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::{sleep, timeout};

use super::entry::{drop_replaced, put_renewed, replaced};
use super::picture::Renewed;
use super::{Studio, vault_failure};
use crate::account::{Account, AccountId};
use crate::driver::Connection;
use crate::problem::{Failure, ProblemCode};
use crate::room::RoomId;
use crate::secret::{Credentials, VaultState};
use crate::view::AccountState;

/// Time between two looks of the slow clock.
const WATCH_EVERY: Duration = Duration::from_secs(30);
/// Time between two questions after a sign-in on air that readings don't tell of.
const ON_AIR_EVERY: SignedDuration = SignedDuration::from_mins(3);
/// Time between two questions whether the platform wants a sign-in renewed.
const ASK_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// Not asked again before going live when it was asked so lately.
const ASKED_LATELY: SignedDuration = SignedDuration::from_mins(1);
/// Most that is waited after a failure until it is asked again; the real wait is between this and its half.
const ASK_AGAIN: SignedDuration = SignedDuration::from_mins(30);
/// Longest that *going live* waits to be told whether the sign-in wants renewing.
const LIVE_BOUND: Duration = Duration::from_secs(5);
/// Longest that *going live* waits for a renewal that is under way.
const GATE_BOUND: Duration = Duration::from_secs(20);

impl Studio {
    /// Starts the slow clock: it looks for the keyring while accounts wait for it, for sign-ins that ran out,
    /// and once a day an account whether its sign-in wants renewing.
    pub(super) fn keep_watch(&self) {
        let studio = self.clone();
        tokio::spawn(async move {
            loop {
                studio.expire_due();
                for id in studio.care_due() {
                    let studio = studio.clone();
                    tokio::spawn(async move { studio.care_for(&id).await });
                }
                for id in studio.untold_on_air() {
                    let studio = studio.clone();
                    // What is wrong is shown on the account.
                    tokio::spawn(async move { drop(studio.check_account(&id).await) });
                }
                sleep(WATCH_EVERY).await;
                if studio.waits_for_keyring() {
                    studio.probe_vault().await;
                }
            }
        });
    }

    fn waits_for_keyring(&self) -> bool {
        let encoder = self.encoder_waits_for_keyring();
        let picture = self.0.lock();
        let closed = matches!(picture.vault, Some(VaultState::Locked | VaultState::Absent));
        closed && (encoder || picture.accounts.iter().any(|a| a.view.state == AccountState::NoSecrets))
    }

    /// Accounts whose day is over, and those whose renewed sign-in isn't kept yet. One that somebody is at
    /// already is left to them.
    fn care_due(&self) -> Vec<AccountId> {
        let now = self.0.clock.now();
        let picture = self.0.lock();
        let due = picture.accounts.iter().filter(|a| {
            let due = day_over(&a.account, now) && a.care_after.is_none_or(|at| at <= now);
            a.connection.is_some() && (due || a.unkept.is_some()) && a.gate.try_lock().is_ok()
        });
        due.map(|a| a.account.id.clone()).collect()
    }

    /// Accounts on air whose readings would go on without a sign-in, and that weren't asked lately.
    fn untold_on_air(&self) -> Vec<AccountId> {
        let now = self.0.now_ms();
        let lately = |at: i64| SignedDuration::from_millis(now - at) < ON_AIR_EVERY;
        let picture = self.0.lock();
        let untold = picture.accounts.iter().filter(|a| {
            a.connection.as_ref().is_some_and(|c| !c.reading_needs_sign_in())
                && matches!(a.view.state, AccountState::SignedIn | AccountState::Unknown)
                && !a.view.checked_at.is_some_and(lately)
                && picture.rooms.iter().any(|r| r.view.account == a.account.id && r.view.status.is_on_air())
        });
        untold.map(|a| a.account.id.clone()).collect()
    }

    async fn care_for(&self, id: &AccountId) {
        let Ok(_one_at_a_time) = self.0.account_gate(id).await else { return };
        let Ok((account, connection)) = self.0.connection(id) else { return };
        if self.0.lock().account(id).is_some_and(|a| a.unkept.is_some()) {
            return self.keep_renewed(account, connection).await;
        }
        if !day_over(&account, self.0.clock.now()) {
            return; // somebody was faster
        }
        // Whose it is and until when; what is wrong is shown on the account.
        let _ = self.check_account(id).await;
        self.confirm_replaced(&account, connection.as_ref()).await;
        self.renew_if_due(account, connection, None).await;
    }

    /// Has a room's account renewed when the platform wants it. Going live goes on whatever comes of it.
    pub(super) async fn renew_before_live(&self, room: &RoomId) {
        let account = self.0.lock().room(room).map(|r| r.view.account.clone());
        let Some(id) = account else { return };
        let gate = timeout(GATE_BOUND, self.0.account_gate(&id)).await;
        let Ok(Ok(_one_at_a_time)) = gate else { return };
        let Ok((account, connection)) = self.0.connection(&id) else { return };
        if self.0.lock().account(&id).is_some_and(|a| a.unkept.is_some()) {
            return self.keep_renewed(account, connection).await;
        }
        let now = self.0.clock.now();
        let lately = account.renewal_checked_at.is_some_and(|at| {
            let since = now.duration_since(at);
            since >= SignedDuration::ZERO && since < ASKED_LATELY
        });
        if !lately {
            self.renew_if_due(account, connection, Some(LIVE_BOUND)).await;
        }
    }

    /// Asks whether the sign-in wants renewing, and renews it then. The account's gate is held.
    async fn renew_if_due(&self, account: Account, connection: Arc<dyn Connection>, bound: Option<Duration>) {
        let Some(renew) = connection.renew() else { return self.asked(&account.id, None).await };
        let asking = renew.is_due();
        let due = match bound {
            Some(bound) => {
                timeout(bound, asking).await.unwrap_or_else(|_| Err(Failure::new(ProblemCode::Timeout)))
            }
            None => asking.await,
        };
        match due {
            Ok(false) => return self.asked(&account.id, None).await,
            Ok(true) => {}
            Err(failure) => return self.not_renewed(&account, &connection, failure),
        }
        match renew.renew().await {
            Ok(brought) => {
                let renewed = Renewed { credentials: brought.credentials, expires_at: brought.expires_at };
                self.0.change(|p| p.change_account(&account.id, |a| a.unkept = Some(renewed)));
                self.keep_renewed(account, connection).await;
            }
            Err(failure) => self.not_renewed(&account, &connection, failure),
        }
    }

    /// Keeps what a renewal brought, lets the account work with it, and ends the old sign-in. What can't be
    /// kept stays in memory for the next look of the slow clock. The account's gate is held.
    async fn keep_renewed(&self, account: Account, former: Arc<dyn Connection>) {
        let inner = &self.0;
        let id = account.id.clone();
        let Some(renewed) = inner.lock().account(&id).and_then(|a| a.unkept.clone()) else { return };
        let (all, old) = match self.write_renewed(&account, &renewed.credentials).await {
            Ok(kept) => kept,
            Err(failure) => {
                tracing::warn!(?failure, account = %id.0, "a renewed sign-in isn't kept yet");
                return;
            }
        };
        let made = inner
            .driver(account.platform)
            .and_then(|(driver, _)| driver.connect(&account.settings, &all, Arc::clone(&inner.clock)));
        let connection = made.unwrap_or_else(|failure| {
            tracing::error!(?failure, account = %id.0, "no connection with a renewed sign-in");
            former
        });
        inner.change(|p| {
            p.change_account(&id, |a| {
                a.connection = Some(Arc::clone(&connection));
                a.unkept = None;
                if matches!(a.view.state, AccountState::Expired | AccountState::Refused) {
                    a.view.state = AccountState::Unknown;
                    a.view.problem = None;
                }
            });
        });
        self.asked(&id, renewed.expires_at).await;
        self.poke_rooms(&id);
        if let Some(old) = old {
            self.confirm(&account, connection.as_ref(), &old).await;
        }
    }

    /// Writes renewed secrets, those they replace beside them; answers all that is kept, and the replaced ones.
    async fn write_renewed(
        &self,
        account: &Account,
        renewed: &Credentials,
    ) -> Result<(Credentials, Option<Credentials>), Failure> {
        let mut all = Credentials::default();
        let written = self.0.change_secrets(account, |kept| {
            put_renewed(kept, renewed);
            all = kept.clone();
        });
        match written.await {
            Err(failure) if failure.code == ProblemCode::KeyringFull => {
                // Without the old ones beside them: if the program stops before they are confirmed away,
                // they end by themselves.
                let old = replaced(&all);
                drop_replaced(&mut all);
                self.0.change_secrets(account, |kept| kept.merge(renewed)).await?;
                Ok((all, old))
            }
            Err(failure) => Err(failure),
            Ok(()) => {
                let old = replaced(&all);
                Ok((all, old))
            }
        }
    }

    /// Confirms away what a renewal before the program's last end replaced.
    pub(super) async fn confirm_left(&self, id: &AccountId) {
        let Ok(_one_at_a_time) = self.0.account_gate(id).await else { return };
        let Ok((account, connection)) = self.0.connection(id) else { return };
        self.confirm_replaced(&account, connection.as_ref()).await;
    }

    /// As [`confirm_left`](Self::confirm_left), with the account's gate held.
    async fn confirm_replaced(&self, account: &Account, connection: &dyn Connection) {
        let kept = self.0.vault_of(account).read(&account.id).await.map_err(vault_failure);
        if let Ok(Some(old)) = kept.map(|kept| kept.as_ref().and_then(replaced)) {
            self.confirm(account, connection, &old).await;
        }
    }

    /// Ends the old sign-in, then drops its secrets. What fails is tried again the next day.
    async fn confirm(&self, account: &Account, connection: &dyn Connection, old: &Credentials) {
        let Some(renew) = connection.renew() else { return };
        let done = match renew.confirm(old).await {
            Ok(()) => self.0.change_secrets(account, drop_replaced).await,
            Err(failure) => Err(failure),
        };
        if let Err(failure) = done {
            tracing::warn!(?failure, account = %account.id.0, "a replaced sign-in isn't confirmed away yet");
        }
    }

    /// Notes that the platform was asked, and until when a renewed sign-in lasts.
    async fn asked(&self, id: &AccountId, expires_at: Option<Timestamp>) {
        let now = self.0.clock.now();
        let account = self.0.change(|p| {
            let mut account = p.account(id)?.account.clone();
            account.renewal_checked_at = Some(now);
            account.profile.expires_at = expires_at.or(account.profile.expires_at);
            p.change_account(id, |a| {
                a.take(account.clone());
                a.care_after = None;
            });
            Some(account)
        });
        if let Some(account) = account {
            self.keep_account(account).await;
        }
    }

    /// It couldn't be asked or done; the old sign-in works on.
    fn not_renewed(&self, account: &Account, connection: &Arc<dyn Connection>, failure: Failure) {
        let inner = &self.0;
        tracing::info!(?failure, account = %account.id.0, "the sign-in wasn't renewed");
        let refused = super::facts::refused(&failure.code).is_some();
        if refused {
            let problem = inner.problem(failure.at(account.platform));
            self.note_refusal(&account.id, connection, &problem);
        }
        let wait = if refused { ASK_EVERY } else { ASK_AGAIN };
        let share = 0.5 + 0.5 * inner.clock.chance();
        let wait = Duration::try_from(wait).unwrap_or_default().mul_f64(share);
        let after = inner.clock.now().checked_add(wait).ok();
        inner.change(|p| p.change_account(&account.id, |a| a.care_after = after));
    }
}

fn day_over(account: &Account, now: Timestamp) -> bool {
    account.renewal_checked_at.is_none_or(|at| now.duration_since(at) >= ASK_EVERY)
}
