//! Switching the sandbox and its accounts on and off.

use std::sync::Arc;

use super::{SandboxAccount, Studio, vault_failure};
use crate::account::{Account, AccountId, Profile, Settings, SignInWay};
use crate::problem::Failure;
use crate::view::AccountState;

impl Studio {
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

    async fn add_sandbox_account(&self, from: SandboxAccount) {
        let inner = &self.0;
        let account = Account {
            id: AccountId(format!("sandbox-{}", inner.clock.fresh_id())),
            platform: from.platform,
            name: from.name,
            settings: Settings(from.settings),
            way: SignInWay::Form,
            profile: Profile::default(),
            renewal_checked_at: Some(inner.clock.now()),
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
}
