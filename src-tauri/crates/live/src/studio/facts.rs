//! What is known of an account: does its sign-in work, whose is it, until when, and how many calls are left.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use super::picture::Picture;
use super::{Inner, Studio};
use crate::account::{Account, AccountId, Profile};
use crate::budget::CallsLeft;
use crate::driver::{self, Connection};
use crate::problem::{Failure, Problem, ProblemCode};
use crate::view::AccountState;

/// Account pictures kept in memory, 512 kB each at most. The one asked for first goes first.
const PICTURES_KEPT: usize = 32;

/// Account pictures by account and address.
pub(super) type Pictures = VecDeque<(AccountId, String, driver::Picture)>;

impl Studio {
    /// Asks the platform whether the account's credentials still work, and whose they are.
    pub async fn check_account(&self, id: &AccountId) -> Result<(), Failure> {
        self.connect_waiting().await;
        let (_, connection) = self.0.connection(id)?;
        let before = self.0.lock().account(id).map(|a| a.view.state);
        self.0.change(|p| p.change_account(id, |a| a.view.state = AccountState::Checking));
        let checked = connection.check().await;
        let result = match checked {
            Ok(profile) => {
                self.check_worked(id, profile).await;
                Ok(())
            }
            Err(failure) => Err(self.check_failed(id, failure, before)),
        };
        self.show_calls_left(id, connection.as_ref());
        self.poke_rooms(id);
        result
    }

    /// Shows and keeps what a check told. An end that was known stays known when the check tells none, unless
    /// it has passed: then it was wrong.
    async fn check_worked(&self, id: &AccountId, told: Profile) {
        let inner = &self.0;
        let now = inner.clock.now();
        let changed = inner.change(|p| {
            let mut account = p.account(id)?.account.clone();
            let before = account.profile.clone();
            let known = before.expires_at.filter(|end| *end > now);
            account.profile = Profile {
                user_id: told.user_id.or_else(|| before.user_id.clone()),
                name: told.name.or_else(|| before.name.clone()),
                avatar_url: told.avatar_url.or_else(|| before.avatar_url.clone()),
                expires_at: told.expires_at.or(known),
            };
            let changed = (account.profile != before).then(|| account.clone());
            p.change_account(id, |a| {
                a.take(account);
                a.view.state = AccountState::SignedIn;
                a.view.problem = None;
                a.view.checked_at = Some(now.as_millisecond());
                a.told_by_reading = false;
            });
            changed
        });
        if let Some(account) = changed {
            self.keep_account(account).await;
        }
    }

    /// Shows why a check failed; one that got no answer says nothing of the sign-in.
    fn check_failed(&self, id: &AccountId, failure: Failure, before: Option<AccountState>) -> Failure {
        let inner = &self.0;
        let platform = inner.account(id).map_or(failure.platform, |a| Some(a.platform));
        let problem = inner.problem(Failure { platform, ..failure });
        let now = inner.now_ms();
        let state = refused(&problem.code)
            .or(before.filter(|s| *s != AccountState::Checking))
            .unwrap_or(AccountState::Unknown);
        inner.change(|p| {
            p.change_account(id, |a| {
                a.view.state = state;
                a.view.problem = Some(problem.clone());
                a.view.checked_at = Some(now);
                a.told_by_reading = false;
            });
        });
        Failure { platform, ..Failure::new(problem.code) }
    }

    /// Notes what a call that needs the sign-in told of it. One by a connection that was replaced meanwhile
    /// says nothing of the new one.
    pub(super) fn note_refusal(&self, id: &AccountId, connection: &Arc<dyn Connection>, problem: &Problem) {
        let Some(state) = refused(&problem.code) else { return };
        self.0.change(|p| {
            if is_current(p, id, Some(connection)) {
                p.change_account(id, |a| {
                    a.view.state = state;
                    a.view.problem = Some(problem.clone());
                    a.told_by_reading = false;
                });
            }
        });
    }

    /// Keeps an account's plain facts; a failure is told, the account works on.
    pub(super) async fn keep_account(&self, account: Account) {
        if let Err(failure) = self.0.store_of(&account).set_account(account).await {
            self.tell(failure);
        }
    }

    /// Shows how many calls are left, when that has changed.
    pub(super) fn show_calls_left(&self, id: &AccountId, connection: &dyn Connection) {
        let left = connection.calls_left();
        let changed = self.0.lock().account(id).is_some_and(|a| a.view.calls_left != left);
        if changed {
            self.0.change(|p| show_calls_left(p, id, left));
        }
    }

    /// Shows sign-ins whose end has passed as expired, and has each asked once: this machine's clock may be
    /// the one that is wrong.
    pub(super) fn expire_due(&self) {
        let now = self.0.clock.now();
        let passed = |end: Timestamp, checked: Option<i64>| {
            end <= now && checked.is_none_or(|at| at < end.as_millisecond())
        };
        let due: Vec<AccountId> = {
            let picture = self.0.lock();
            let over = picture.accounts.iter().filter(|a| {
                a.connection.is_some()
                    && matches!(a.view.state, AccountState::SignedIn | AccountState::Unknown)
                    && a.account.profile.expires_at.is_some_and(|end| passed(end, a.view.checked_at))
            });
            over.map(|a| a.account.id.clone()).collect()
        };
        for id in due {
            self.0.change(|p| {
                p.change_account(&id, |a| {
                    a.view.state = AccountState::Expired;
                    a.told_by_reading = false;
                });
            });
            let studio = self.clone();
            tokio::spawn(async move {
                // Shown on the account.
                let _ = studio.check_account(&id).await;
            });
        }
    }

    /// The account's picture; none when there is none or it can't be had. It is decoration, so failing to get
    /// it is no problem to show.
    pub async fn account_picture(&self, id: &AccountId) -> Result<Option<driver::Picture>, Failure> {
        let account = self.0.account(id)?;
        let Some(url) = account.profile.avatar_url else { return Ok(None) };
        let known = self.0.pictures().iter().find(|(a, u, _)| a == id && *u == url).map(|(.., p)| p.clone());
        if known.is_some() {
            return Ok(known);
        }
        let Ok((_, connection)) = self.0.connection(id) else { return Ok(None) };
        match connection.picture(&url).await {
            Ok(picture) => {
                let mut kept = self.0.pictures();
                kept.retain(|(a, ..)| a != id);
                kept.push_back((id.clone(), url, picture.clone()));
                if kept.len() > PICTURES_KEPT {
                    kept.pop_front();
                }
                Ok(Some(picture))
            }
            Err(failure) => {
                tracing::debug!(?failure, "no account picture");
                Ok(None)
            }
        }
    }
}

impl Inner {
    pub(super) fn pictures(&self) -> std::sync::MutexGuard<'_, Pictures> {
        self.pictures.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// What a refusal says of the sign-in; nothing when the failure has other reasons.
pub(super) fn refused(code: &ProblemCode) -> Option<AccountState> {
    match code {
        ProblemCode::SignInExpired => Some(AccountState::Expired),
        ProblemCode::CredentialsRefused => Some(AccountState::Refused),
        _ => None,
    }
}

/// A reading worked: that is good news of the sign-in, unless something surer said it is over.
pub(super) fn reading_worked(picture: &mut Picture, id: &AccountId, left: Option<CallsLeft>) {
    show_calls_left(picture, id, left);
    let lifts = picture.account(id).is_some_and(|a| match a.view.state {
        AccountState::Unknown | AccountState::NoSecrets => a.connection.is_some(),
        AccountState::Expired | AccountState::Refused => a.told_by_reading,
        AccountState::Checking | AccountState::SignedIn => false,
    });
    if lifts {
        picture.change_account(id, |a| {
            a.view.state = AccountState::SignedIn;
            a.view.problem = None;
            a.told_by_reading = false;
        });
    }
}

/// A reading was refused. As with [`Studio::note_refusal`], the connection has to be the account's own still.
pub(super) fn reading_refused(
    picture: &mut Picture,
    id: &AccountId,
    connection: Option<&Arc<dyn Connection>>,
    problem: &Problem,
) {
    if let (true, Some(state)) = (is_current(picture, id, connection), refused(&problem.code)) {
        picture.change_account(id, |a| {
            a.told_by_reading |= !matches!(a.view.state, AccountState::Expired | AccountState::Refused);
            a.view.state = state;
            a.view.problem = Some(problem.clone());
        });
    }
}

fn is_current(picture: &Picture, id: &AccountId, connection: Option<&Arc<dyn Connection>>) -> bool {
    let current = picture.account(id).and_then(|a| a.connection.as_ref());
    matches!((current, connection), (Some(a), Some(b)) if Arc::ptr_eq(a, b))
}

fn show_calls_left(picture: &mut Picture, id: &AccountId, left: Option<CallsLeft>) {
    if picture.account(id).is_some_and(|a| a.view.calls_left != left) {
        picture.change_account(id, |a| a.view.calls_left = left);
    }
}
