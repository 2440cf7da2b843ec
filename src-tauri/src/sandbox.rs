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

fn account(mut from: kaibo_sandbox::SandboxAccount) -> Option<SandboxAccount> {
    // Taobao's account has an ended room too, for tests. A first look is clearer with one room a platform.
    if let Some(ids) = from.settings.get_mut("live_ids") {
        let first = ids.split(',').next().unwrap_or_default().to_owned();
        *ids = first;
    }
    // The sandbox knows nothing of the domain and names platforms as they are written on the wire.
    let platform: Platform = serde_json::from_value(from.platform.into()).ok()?;
    let mut secrets = Credentials::default();
    for (name, value) in from.secrets {
        secrets.set(name, value.into());
    }
    Some(SandboxAccount { platform, name: from.name, settings: from.settings, secrets })
}
