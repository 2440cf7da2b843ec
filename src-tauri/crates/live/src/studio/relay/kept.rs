//! What the keyring holds of the relay, in one entry: keys of custom targets, and, while it runs, its own key, port and
//! targets, so that after a crash an encoder that goes on pushing finds it again.

use std::sync::atomic::Ordering;

use secrecy::{ExposeSecret, SecretString};

use super::super::Studio;
use super::Running;
use crate::account::AccountId;
use crate::problem::Failure;
use crate::relay::RelayTarget;
use crate::secret::Credentials;

/// The entry's name. Ids of accounts are longer.
fn entry() -> AccountId {
    AccountId("relay".into())
}

const INGEST_KEY: &str = "ingest.key";
const INGEST_PORT: &str = "ingest.port";
/// The targets, as JSON.
const INGEST_TARGETS: &str = "ingest.targets";
/// A relay for custom targets alone.
const INGEST_ALONE: &str = "ingest.alone";

/// The name of a custom target's key.
fn key_name(id: &str) -> String {
    format!("target.{id}.key")
}

/// What an encoder needs to find the relay again.
#[derive(Clone)]
pub(super) struct Session {
    pub(super) key: SecretString,
    pub(super) port: u16,
}

/// A relay as a crash left it.
pub(super) struct Left {
    pub(super) session: Session,
    pub(super) targets: Vec<RelayTarget>,
    pub(super) alone: bool,
}

impl Studio {
    /// The key of a custom target.
    pub(super) async fn custom_key(&self, id: &str) -> Result<Option<SecretString>, Failure> {
        Ok(self.0.read_own(&entry()).await?.get(&key_name(id)).cloned())
    }

    /// Keeps a custom target's key, or drops it.
    pub(super) async fn keep_custom_key(&self, id: &str, key: Option<SecretString>) -> Result<(), Failure> {
        self.change_entry(|entry| match key {
            Some(key) => entry.set(key_name(id), key),
            None => entry.remove(&key_name(id)),
        })
        .await
    }

    /// Keeps key, port and targets of the relay as it is by then; nothing of one that is off, or that only plays. A
    /// keyring that is closed holds up nobody: the relay runs all the same.
    pub(super) fn keep_session(&self) {
        let studio = self.clone();
        tokio::spawn(async move {
            let kept = studio.change_entry(|entry| {
                if !studio.0.relay.left.load(Ordering::SeqCst) {
                    drop_session(entry);
                    entry.merge(&studio.session_entry());
                }
            });
            if let Err(failure) = kept.await {
                tracing::warn!(?failure, "the relay wouldn't be found again after a crash");
            }
        });
    }

    fn session_entry(&self) -> Credentials {
        let running = self.0.relay.running();
        let Some(running) = running.as_ref() else { return Credentials::default() };
        let picture = self.0.lock();
        let real = |target: &RelayTarget| match target {
            RelayTarget::Room { room } => picture.room(room).is_some_and(|r| !r.view.sandbox),
            RelayTarget::Custom { .. } => true,
        };
        let real = running.targets.iter().any(|fed| real(&fed.target));
        if real { session_entry(running) } else { Credentials::default() }
    }

    /// What a crash left of a relay.
    pub(super) async fn left_relay(&self) -> Result<Option<Left>, Failure> {
        let entry = self.0.read_own(&entry()).await?;
        let text = |name: &str| entry.get(name).map(ExposeSecret::expose_secret);
        let Some(key) = entry.get(INGEST_KEY).cloned() else { return Ok(None) };
        let Some(port) = text(INGEST_PORT).and_then(|port| port.parse().ok()) else { return Ok(None) };
        let targets = text(INGEST_TARGETS).and_then(|json| serde_json::from_str(json).ok());
        let (targets, alone) = (targets.unwrap_or_default(), text(INGEST_ALONE).is_some());
        Ok(Some(Left { session: Session { key, port }, targets, alone }))
    }

    async fn change_entry(&self, change: impl FnOnce(&mut Credentials)) -> Result<(), Failure> {
        let _one_at_a_time = self.0.relay.keyring_gate.lock().await;
        let before = self.0.read_own(&entry()).await?;
        let mut after = before.clone();
        change(&mut after);
        let text = |c: &Credentials| -> Vec<(String, String)> {
            c.iter().map(|(name, secret)| (name.to_owned(), secret.expose_secret().to_owned())).collect()
        };
        if text(&before) == text(&after) {
            return Ok(());
        }
        if after.iter().next().is_none() {
            return self.0.remove_own(&entry()).await;
        }
        self.0.write_own(&entry(), &after).await
    }
}

fn session_entry(running: &Running) -> Credentials {
    let mut entry = Credentials::default();
    entry.set(INGEST_KEY, running.session.key.clone());
    entry.set(INGEST_PORT, running.session.port.to_string().into());
    let targets: Vec<&RelayTarget> = running.targets.iter().map(|fed| &fed.target).collect();
    entry.set(INGEST_TARGETS, serde_json::to_string(&targets).unwrap_or_default().into());
    if running.alone {
        entry.set(INGEST_ALONE, "1".into());
    }
    entry
}

fn drop_session(entry: &mut Credentials) {
    for name in [INGEST_KEY, INGEST_PORT, INGEST_TARGETS, INGEST_ALONE] {
        entry.remove(name);
    }
}
