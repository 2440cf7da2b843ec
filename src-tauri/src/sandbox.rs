//! The embedded sandbox.

use async_trait::async_trait;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::Credentials;
use kaibo_live::studio::{SandboxAccount, SandboxHost};
use kaibo_sandbox::{Config, Sandbox};
use tokio::sync::Mutex;

/// Plays the four platforms inside this program.
#[derive(Default)]
pub(crate) struct Host(Mutex<Option<Sandbox>>);

#[async_trait]
impl SandboxHost for Host {
    async fn start(&self) -> Result<Vec<SandboxAccount>, Failure> {
        let sandbox = Sandbox::start(Config::default())
            .await
            .map_err(|e| Failure::new(ProblemCode::Internal).said("", "sandbox").because(e))?;
        let accounts = sandbox.accounts().into_iter().filter_map(account).collect();
        *self.0.lock().await = Some(sandbox);
        Ok(accounts)
    }

    async fn stop(&self) {
        *self.0.lock().await = None;
    }
}

fn account(from: kaibo_sandbox::SandboxAccount) -> Option<SandboxAccount> {
    // The sandbox knows nothing of the domain and names platforms as they are written on the wire.
    let platform: Platform = serde_json::from_value(from.platform.into()).ok()?;
    let mut secrets = Credentials::default();
    for (name, value) in from.secrets {
        secrets.set(name, value.into());
    }
    Some(SandboxAccount { platform, name: from.name, settings: from.settings, secrets })
}
