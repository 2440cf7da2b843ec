//! Forgetting an account.

use std::sync::Arc;
use std::time::Duration;

use super::{Studio, vault_failure};
use crate::account::AccountId;
use crate::driver::Connection;
use crate::problem::{Failure, ProblemCode};
use crate::view::Forgotten;

/// Longest that the platform is waited for to take a sign-in back.
const REVOKE_BOUND: Duration = Duration::from_secs(5);

impl Studio {
    /// Forgets an account: its rooms here, its entry in the database, its secrets, and what journal and chat history
    /// have of it only `with_history`. The sign-in is taken back at the platform where that is possible; that this
    /// failed is answered and holds nothing up. No broadcast is ended, nothing is deleted at the platform.
    pub async fn forget_account(&self, id: &AccountId, with_history: bool) -> Result<Forgotten, Failure> {
        let inner = &self.0;
        let _one_at_a_time = inner.account_gate(id).await?;
        let account = inner.account(id)?;
        if !account.sandbox {
            // Secrets that can't be removed keep the account: nobody would find them again.
            self.demand_keyring().await?;
        }
        let connection = inner.lock().account(id).and_then(|a| a.connection.clone());
        let revoked = match connection {
            Some(connection) => revoke(connection).await,
            None => Ok(()),
        };
        let revoke_problem = revoked.err().map(|failure| inner.problem(failure.at(account.platform)));
        let vault = inner.vault_of(&account);
        vault.remove(id).await.map_err(vault_failure)?;
        inner.store_of(&account).remove_account(id.clone(), with_history).await?;
        if with_history {
            let rooms = {
                let picture = inner.lock();
                let own = picture.rooms.iter().filter(|r| &r.view.account == id);
                own.map(|r| r.view.id.clone()).collect()
            };
            if let Err(failure) = inner.history_of(account.sandbox).delete_rooms(rooms).await {
                self.tell(failure); // the account is gone all the same
            }
        }
        inner.change(|p| {
            if with_history {
                p.forget_history(id);
            }
            p.remove_account(id);
        });
        inner.pictures().retain(|(account, ..)| account != id);
        {
            // Whoever was about to write the entry has written it by now; later ones find no room.
            let _one_at_a_time = inner.vault_gate.lock().await;
            if let Err(error) = vault.remove(id).await {
                tracing::warn!(%error, "the keyring may have an entry left");
            }
        }
        self.settle_sandbox().await;
        Ok(Forgotten { revoke_problem })
    }
}

async fn revoke(connection: Arc<dyn Connection>) -> Result<(), Failure> {
    let Some(revoke) = connection.revoke() else { return Ok(()) };
    match tokio::time::timeout(REVOKE_BOUND, revoke.revoke()).await {
        Ok(result) => result,
        Err(_) => Err(Failure::new(ProblemCode::Timeout)),
    }
}
