//! The calls themselves: blocking, made from the lane's thread only.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use kaibo_live::secret::{Credentials, ExposeSecret, VaultError};
use keyring_core::{CredentialStore, Entry, Error};
use secrecy::zeroize::Zeroizing;

use crate::lock;

/// A connection to a keyring.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) store: Arc<CredentialStore>,
    /// Entries can have a label, which the system's own keyring program shows.
    pub(crate) labels: bool,
}

/// Connects to the keyring; called again whenever there is no connection.
pub(crate) type Connect = Box<dyn Fn() -> keyring_core::Result<Link> + Send + Sync>;

/// Longest text of the keyring's own that is passed on, in characters.
const TEXT: usize = 200;

/// The platform's keyring. The first connection is the one that `keyring` makes, once a process; a Secret
/// Service that was missing then, or went away since, is connected to anew.
pub(crate) fn system() -> Connect {
    let first = AtomicBool::new(true);
    Box::new(move || {
        if first.swap(false, Ordering::SeqCst)
            && keyring::Entry::store_status().is_ok()
            && let Some(store) = keyring_core::get_default_store()
        {
            return Ok(Link { store, labels: cfg!(all(unix, not(target_os = "macos"))) });
        }
        anew()
    })
}

#[cfg(all(unix, not(target_os = "macos")))]
fn anew() -> keyring_core::Result<Link> {
    Ok(Link { store: zbus_secret_service_keyring_store::Store::new()?, labels: true })
}

/// These keyrings are part of the system and don't come and go.
#[cfg(not(all(unix, not(target_os = "macos"))))]
fn anew() -> keyring_core::Result<Link> {
    keyring_core::get_default_store().map(|store| Link { store, labels: false }).ok_or(Error::NoDefaultStore)
}

/// See the module.
pub(crate) struct Keyring {
    service: String,
    connect: Connect,
    link: Mutex<Option<Link>>,
}

impl Keyring {
    pub(crate) fn new(service: String, connect: Connect) -> Self {
        Self { service, connect, link: Mutex::new(None) }
    }

    pub(crate) fn service(&self) -> &str {
        &self.service
    }

    /// The account's secrets. That there are none is believed only of a keyring that is open.
    pub(crate) fn read(&self, user: &str) -> Result<Option<Credentials>, VaultError> {
        match self.with(user, Entry::get_secret)? {
            Some(value) => decode(&Zeroizing::new(value)).map(Some),
            None => self.probe().map(|()| None),
        }
    }

    /// Replaces the account's secrets, if they are still `wanted` once the keyring has shown itself open.
    pub(crate) fn write(
        &self,
        user: &str,
        credentials: &Credentials,
        wanted: &dyn Fn() -> bool,
    ) -> Result<(), VaultError> {
        let value = encode(credentials)?;
        let fitting = |error| match error {
            VaultError::TooLarge { limit, .. } => VaultError::TooLarge { used: value.len(), limit },
            other => other,
        };
        self.probe()?;
        if !wanted() {
            return Err(VaultError::Locked);
        }
        match self.with(user, |entry| entry.set_secret(&value)).map_err(fitting)? {
            Some(()) => Ok(()),
            // Deleted by someone else between finding and setting.
            None => Err(VaultError::Broken("the entry vanished while it was written".to_owned())),
        }
    }

    /// Removes the account's entry; every one of them, should there be several.
    pub(crate) fn remove(&self, user: &str, wanted: &dyn Fn() -> bool) -> Result<(), VaultError> {
        self.probe()?;
        if !wanted() {
            return Err(VaultError::Locked);
        }
        self.with(user, |entry| match entry.delete_credential() {
            Err(Error::Ambiguous(all)) => all.iter().try_for_each(Entry::delete_credential),
            other => other,
        })
        .map(|_| ())
    }

    /// Writes, reads and deletes a random value under a random name.
    pub(crate) fn probe(&self) -> Result<(), VaultError> {
        let user = format!("probe-{:016x}", fastrand::u64(..));
        let value = fastrand::u128(..).to_be_bytes();
        self.with(&user, |entry| entry.set_secret(&value))?;
        let read = self.with(&user, Entry::get_secret)?;
        self.with(&user, Entry::delete_credential)?;
        if read.as_deref() == Some(value.as_slice()) {
            Ok(())
        } else {
            Err(VaultError::Broken("it did not give back what was written".to_owned()))
        }
    }

    /// Makes a call on the user's entry; `None` when there is no such entry. A connection that has become
    /// stale (the keyring was restarted) is replaced once.
    fn with<T>(
        &self,
        user: &str,
        call: impl Fn(&Entry) -> keyring_core::Result<T>,
    ) -> Result<Option<T>, VaultError> {
        let kept = lock(&self.link).take();
        let stale = kept.is_some();
        let mut link = kept.map_or_else(|| self.connected(), Ok)?;
        let mut result = self.entry(&link, user).and_then(|entry| call(&entry));
        if stale && matches!(&result, Err(error) if is_failure(error)) {
            link = self.connected()?;
            result = self.entry(&link, user).and_then(|entry| call(&entry));
        }
        if !matches!(&result, Err(error) if is_failure(error)) {
            *lock(&self.link) = Some(link);
        }
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(explain(error)),
        }
    }

    /// Not getting a connection at all means that there is no keyring, whatever the reason given.
    fn connected(&self) -> Result<Link, VaultError> {
        (self.connect)().map_err(|error| {
            tracing::debug!(error = %short(&error), "no connection to a keyring");
            VaultError::Absent
        })
    }

    fn entry(&self, link: &Link, user: &str) -> keyring_core::Result<Entry> {
        let label = format!("Kaibo: {user}");
        let modifiers = link.labels.then(|| HashMap::from([("label", label.as_str())]));
        link.store.build(&self.service, user, modifiers.as_ref())
    }
}

/// A failure of the service or the way to it, as against one of the entry or of its being locked.
fn is_failure(error: &Error) -> bool {
    matches!(error, Error::PlatformFailure(cause) if !is_refused_prompt(cause.as_ref()))
}

#[cfg(all(unix, not(target_os = "macos")))]
fn is_refused_prompt(cause: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    use secret_service::Error as Service;
    matches!(
        cause.downcast_ref(),
        Some(Service::Locked | Service::Prompt | Service::PromptDisconnected | Service::NoResult)
    )
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn is_refused_prompt(_: &(dyn std::error::Error + Send + Sync + 'static)) -> bool {
    false
}

/// In the vault's words. What the entry holds never comes along.
fn explain(error: Error) -> VaultError {
    match error {
        Error::NoStorageAccess(_) => VaultError::Locked,
        Error::PlatformFailure(ref cause) if is_refused_prompt(cause.as_ref()) => VaultError::Locked,
        Error::NoDefaultStore => VaultError::Absent,
        Error::BadEncoding(_) | Error::BadDataFormat(..) => unreadable(),
        Error::Ambiguous(all) => VaultError::Broken(format!("it has {} entries for the account", all.len())),
        // How long it was is the writer's to add.
        Error::TooLong(_, most) => {
            VaultError::TooLarge { used: 0, limit: usize::try_from(most).unwrap_or(usize::MAX) }
        }
        other => VaultError::Broken(short(&other)),
    }
}

fn short(error: &Error) -> String {
    match error {
        // These carry what was stored.
        Error::BadEncoding(_) | Error::BadDataFormat(..) => "unreadable".to_owned(),
        other => other.to_string().chars().take(TEXT).collect(),
    }
}

fn unreadable() -> VaultError {
    VaultError::Broken("the entry is not what Kaibo wrote".to_owned())
}

fn encode(credentials: &Credentials) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let plain: BTreeMap<&str, &str> =
        credentials.iter().map(|(name, secret)| (name, secret.expose_secret())).collect();
    // Room for the worst case (`\u0000` for each byte), so that growing never leaves a copy behind.
    let room = plain.iter().map(|(name, secret)| 6 * (name.len() + secret.len()) + 6).sum::<usize>() + 2;
    let mut value = Zeroizing::new(Vec::with_capacity(room));
    serde_json::to_writer(&mut *value, &plain).map_err(|_| unreadable())?;
    Ok(value)
}

fn decode(value: &[u8]) -> Result<Credentials, VaultError> {
    // serde_json's own error would quote what it met.
    let plain: BTreeMap<String, String> = serde_json::from_slice(value).map_err(|_| unreadable())?;
    let mut credentials = Credentials::default();
    for (name, secret) in plain {
        credentials.set(name, secret.into());
    }
    Ok(credentials)
}
