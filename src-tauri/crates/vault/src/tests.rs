//! The vault on keyrings that misbehave on purpose. The real one is in `tests/real_keyring.rs`.

use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::sync::Condvar;
use std::time::Instant;

use kaibo_live::secret::ExposeSecret;
use keyring_core::api::{CredentialApi, CredentialStoreApi};
use keyring_core::{Credential, Entry, Error};

use super::*;
use crate::keyring::Link;

const SHORT: Duration = Duration::from_millis(300);
const SECRET: &str = "canary-4f1d2c";

/// A keyring in memory whose writes can be made to wait, and whose calls can be made to fail.
#[derive(Default)]
struct Fake {
    inner: Mutex<FakeInner>,
    changed: Condvar,
}

#[derive(Default)]
struct FakeInner {
    held: HashMap<String, Vec<u8>>,
    locked: bool,
    waiting: usize,
    failures: VecDeque<Error>,
    calls: usize,
    connections: usize,
    refuse_connections: usize,
    /// Longest value it takes, in bytes.
    most: Option<u32>,
    /// How long each call takes.
    slow: Duration,
}

impl Fake {
    fn change(&self, change: impl FnOnce(&mut FakeInner)) {
        change(&mut lock(&self.inner));
        self.changed.notify_all();
    }

    /// Waits until the fake is as told; a test that waits longer than ten seconds fails.
    fn until(&self, holds: impl Fn(&FakeInner) -> bool) {
        let (_guard, late) = self
            .changed
            .wait_timeout_while(lock(&self.inner), Duration::from_secs(10), |inner| !holds(inner))
            .unwrap();
        assert!(!late.timed_out(), "the keyring never got there");
    }

    fn calls_and_users(&self) -> (usize, Vec<String>) {
        let inner = lock(&self.inner);
        (inner.calls, inner.held.keys().cloned().collect())
    }

    fn users(&self) -> Vec<String> {
        lock(&self.inner).held.keys().cloned().collect()
    }
}

struct FakeStore(Arc<Fake>);
struct FakeEntry(Arc<Fake>, String);

impl CredentialStoreApi for FakeStore {
    fn vendor(&self) -> String {
        "fake".to_owned()
    }
    fn id(&self) -> String {
        "fake".to_owned()
    }
    fn build(
        &self,
        _service: &str,
        user: &str,
        _modifiers: Option<&HashMap<&str, &str>>,
    ) -> keyring_core::Result<Entry> {
        let credential: Arc<Credential> = Arc::new(FakeEntry(self.0.clone(), user.to_owned()));
        Ok(Entry::new_with_credential(credential))
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl FakeEntry {
    fn call<T>(
        &self,
        call: impl FnOnce(&mut FakeInner) -> keyring_core::Result<T>,
    ) -> keyring_core::Result<T> {
        let slow = lock(&self.0.inner).slow;
        std::thread::sleep(slow);
        let mut inner = lock(&self.0.inner);
        inner.calls += 1;
        match inner.failures.pop_front() {
            Some(error) => Err(error),
            None => call(&mut inner),
        }
    }
}

impl CredentialApi for FakeEntry {
    fn set_secret(&self, secret: &[u8]) -> keyring_core::Result<()> {
        let mut inner = lock(&self.0.inner);
        inner.waiting += 1;
        self.0.changed.notify_all();
        let mut inner = self.0.changed.wait_while(inner, |inner| inner.locked).unwrap();
        inner.waiting -= 1;
        self.0.changed.notify_all();
        drop(inner);
        self.call(|inner| {
            if let Some(most) = inner.most.filter(|most| secret.len() > *most as usize) {
                return Err(Error::TooLong("secret".to_owned(), most));
            }
            inner.held.insert(self.1.clone(), secret.to_vec());
            Ok(())
        })
    }
    fn get_secret(&self) -> keyring_core::Result<Vec<u8>> {
        // Like the Secret Service: what is locked isn't found.
        self.call(|inner| inner.held.get(&self.1).filter(|_| !inner.locked).cloned().ok_or(Error::NoEntry))
    }
    fn delete_credential(&self) -> keyring_core::Result<()> {
        self.call(|inner| inner.held.remove(&self.1).map(|_| ()).ok_or(Error::NoEntry))
    }
    fn get_credential(&self) -> keyring_core::Result<Option<Arc<Credential>>> {
        Ok(None)
    }
    fn get_specifiers(&self) -> Option<(String, String)> {
        None
    }
    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn vault(fake: &Arc<Fake>) -> Vault {
    let fake = fake.clone();
    let connect: Connect = Box::new(move || {
        let mut inner = lock(&fake.inner);
        if inner.refuse_connections > 0 {
            inner.refuse_connections -= 1;
            return Err(failure());
        }
        inner.connections += 1;
        Ok(Link { store: Arc::new(FakeStore(fake.clone())), labels: false })
    });
    Vault::build("test".to_owned(), connect, Arc::new(|| Some("keeper".to_owned())), SHORT)
}

fn failure() -> Error {
    Error::PlatformFailure("the service went away".into())
}

fn account() -> AccountId {
    AccountId("acc-1".to_owned())
}

fn credentials() -> Credentials {
    let mut credentials = Credentials::default();
    credentials.set("cookie", SECRET.to_owned().into());
    credentials.set("push.1.key", "ключ\"\u{1}\\".to_owned().into());
    credentials
}

fn plain(credentials: &Credentials) -> Vec<(String, String)> {
    credentials.iter().map(|(name, secret)| (name.to_owned(), secret.expose_secret().to_owned())).collect()
}

#[tokio::test]
async fn what_is_written_is_read_by_another_vault_until_it_is_removed() {
    let fake = Arc::new(Fake::default());
    vault(&fake).write(&account(), &credentials()).await.unwrap();
    let other = vault(&fake);
    let read = other.read(&account()).await.unwrap().expect("the entry");
    assert_eq!(plain(&read), plain(&credentials()));
    assert_eq!(other.state(), VaultState::Unlocked);
    assert_eq!(fake.users(), ["acc-1"], "the probe cleans up after itself");
    other.remove(&account()).await.unwrap();
    assert!(other.read(&account()).await.unwrap().is_none());
    other.remove(&account()).await.expect("not having one is fine");
}

#[tokio::test]
async fn a_locked_keyring_is_waited_for_once_and_nothing_is_written_late() {
    let fake = Arc::new(Fake::default());
    fake.change(|inner| inner.locked = true);
    let vault = vault(&fake);

    let before = Instant::now();
    assert_eq!(vault.write(&account(), &credentials()).await, Err(VaultError::Locked));
    assert!(before.elapsed() >= SHORT, "it was given its time");
    assert_eq!(vault.state(), VaultState::Locked);

    let before = Instant::now();
    assert_eq!(vault.read(&account()).await.unwrap_err(), VaultError::Locked);
    assert_eq!(vault.remove(&account()).await, Err(VaultError::Locked));
    assert_eq!(vault.probe().await, VaultState::Locked);
    assert!(before.elapsed() < SHORT, "while one call hangs, others don't queue for it");
    assert_eq!(lock(&fake.inner).waiting, 1, "one thread waits, not four");

    // The prompt is answered at last.
    fake.change(|inner| inner.locked = false);
    fake.until(|inner| inner.waiting == 0);
    let deadline = Instant::now() + Duration::from_secs(10);
    while vault.probe().await != VaultState::Unlocked {
        assert!(Instant::now() < deadline, "the lane is free again");
        tokio::task::yield_now().await;
    }
    assert_eq!(fake.users(), Vec::<String>::new(), "a write that was given up isn't made later");
    vault.write(&account(), &credentials()).await.unwrap();
    assert_eq!(fake.users(), ["acc-1"]);
}

/// A Secret Service that dies while it asks for the password never answers.
#[tokio::test]
async fn a_call_whose_keyring_is_gone_is_left_behind() {
    let fake = Arc::new(Fake::default());
    fake.change(|inner| inner.locked = true);
    let mut vault = vault(&fake);
    let keeper = Arc::new(Mutex::new(Some(":1.7".to_owned())));
    let asked = keeper.clone();
    vault.lane = Lane::new(SHORT, Arc::new(move || lock(&asked).clone()));
    assert_eq!(vault.write(&account(), &credentials()).await, Err(VaultError::Locked));
    assert_eq!(vault.probe().await, VaultState::Locked);
    assert_eq!(lock(&fake.inner).waiting, 1, "the same keeper is still asking: nobody asks a second time");

    *lock(&keeper) = Some(":1.9".to_owned());
    let other = Arc::new(Fake::default());
    let store = other.clone();
    let connect: Connect =
        Box::new(move || Ok(Link { store: Arc::new(FakeStore(store.clone())), labels: false }));
    vault.keyring = Arc::new(Keyring::new("test".to_owned(), connect));
    assert_eq!(vault.probe().await, VaultState::Unlocked);
    vault.write(&account(), &credentials()).await.unwrap();
    assert_eq!(lock(&fake.inner).waiting, 1, "the first call waits for good");
    fake.change(|inner| inner.locked = false);
}

#[tokio::test]
async fn no_such_entry_is_not_believed_of_a_locked_keyring() {
    let fake = Arc::new(Fake::default());
    let first = vault(&fake);
    first.write(&account(), &credentials()).await.unwrap();
    fake.change(|inner| inner.locked = true);
    assert_eq!(first.read(&account()).await.unwrap_err(), VaultError::Locked);
    fake.change(|inner| inner.locked = false);
}

#[tokio::test]
async fn a_keyring_missing_at_first_is_tried_again() {
    let fake = Arc::new(Fake::default());
    fake.change(|inner| inner.refuse_connections = 2);
    let vault = vault(&fake);
    assert_eq!(vault.state(), VaultState::Unknown);
    assert_eq!(vault.probe().await, VaultState::Absent);
    assert_eq!(vault.write(&account(), &credentials()).await, Err(VaultError::Absent));
    assert_eq!(vault.probe().await, VaultState::Unlocked);
    vault.write(&account(), &credentials()).await.unwrap();
}

#[tokio::test]
async fn a_connection_gone_stale_is_replaced_once() {
    let fake = Arc::new(Fake::default());
    let vault = vault(&fake);
    vault.write(&account(), &credentials()).await.unwrap();
    assert_eq!(lock(&fake.inner).connections, 1);
    fake.change(|inner| inner.failures.push_back(failure()));
    assert!(vault.read(&account()).await.unwrap().is_some());
    assert_eq!(lock(&fake.inner).connections, 2);
    fake.change(|inner| inner.failures.extend([failure(), failure()]));
    assert!(matches!(vault.read(&account()).await, Err(VaultError::Broken(_))));
    assert_eq!(lock(&fake.inner).connections, 3);
}

#[tokio::test]
async fn a_dismissed_prompt_is_a_locked_keyring_and_not_asked_twice() {
    let fake = Arc::new(Fake::default());
    let vault = vault(&fake);
    assert_eq!(vault.probe().await, VaultState::Unlocked);
    #[cfg(all(unix, not(target_os = "macos")))]
    let dismissed = Error::PlatformFailure(Box::new(secret_service::Error::Prompt));
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    let dismissed = Error::NoStorageAccess("dismissed".into());
    let calls = lock(&fake.inner).calls;
    fake.change(|inner| inner.failures.push_back(dismissed));
    assert_eq!(vault.probe().await, VaultState::Locked);
    assert_eq!(lock(&fake.inner).calls, calls + 1);
}

#[tokio::test]
async fn an_entry_that_is_too_long_changes_nothing() {
    let fake = Arc::new(Fake::default());
    fake.change(|inner| inner.most = Some(2560));
    let vault = vault(&fake);
    vault.write(&account(), &credentials()).await.unwrap();
    let mut long = credentials();
    long.set("push.1.key", "k".repeat(2600).into());
    let Err(VaultError::TooLarge { used, limit }) = vault.write(&account(), &long).await else {
        panic!("refused");
    };
    assert_eq!(limit, 2560);
    assert!((2600..2800).contains(&used), "{used}");
    assert_eq!(vault.state(), VaultState::Unlocked, "one entry says nothing about the keyring");
    assert_eq!(plain(&vault.read(&account()).await.unwrap().unwrap()), plain(&credentials()));
    long.set("push.1.key", "k".repeat(2400).into());
    vault.write(&account(), &long).await.expect("it fits");
}

#[tokio::test]
async fn a_full_keyring_is_broken_for_a_call_and_none_for_the_probe() {
    let fake = Arc::new(Fake::default());
    let vault = vault(&fake);
    vault.write(&account(), &credentials()).await.unwrap();
    let full = || Error::PlatformFailure("No space left on device".into());
    fake.change(|inner| inner.failures.extend([full(), full()]));
    let Err(VaultError::Broken(text)) = vault.write(&account(), &credentials()).await else {
        panic!("refused");
    };
    assert!(!text.contains("canary"), "{text}");
    fake.change(|inner| inner.failures.push_back(full()));
    assert_eq!(vault.probe().await, VaultState::Absent);
    assert_eq!(vault.probe().await, VaultState::Unlocked, "there is room again");
    assert_eq!(plain(&vault.read(&account()).await.unwrap().unwrap()), plain(&credentials()));
}

#[tokio::test]
async fn a_slow_keyring_is_waited_for_within_the_bound() {
    let fake = Arc::new(Fake::default());
    fake.change(|inner| inner.slow = SHORT / 6);
    let vault = vault(&fake);
    vault.write(&account(), &credentials()).await.expect("four calls, each a sixth of the bound");
    assert!(vault.read(&account()).await.unwrap().is_some());
    fake.change(|inner| inner.slow = SHORT * 2);
    let before = Instant::now();
    assert_eq!(vault.write(&account(), &credentials()).await, Err(VaultError::Locked));
    assert!(before.elapsed() < SHORT * 2, "{:?}", before.elapsed());
    fake.change(|inner| inner.slow = Duration::ZERO);
    let deadline = Instant::now() + Duration::from_secs(10);
    while vault.probe().await != VaultState::Unlocked {
        assert!(Instant::now() < deadline, "the lane is free again");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_foreign_entry_is_broken_and_not_quoted() {
    let fake = Arc::new(Fake::default());
    for foreign in [SECRET.as_bytes(), br#"{"cookie":["canary-4f1d2c"]}"#, b"\xff\xfe"] {
        fake.change(|inner| {
            inner.held.insert("acc-1".to_owned(), foreign.to_vec());
        });
        let error = vault(&fake).read(&account()).await.unwrap_err();
        assert!(matches!(error, VaultError::Broken(_)));
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
    let error = Error::BadDataFormat(SECRET.into(), SECRET.into());
    fake.change(|inner| inner.failures.push_back(error));
    let error = vault(&fake).read(&account()).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
}

#[tokio::test]
async fn this_session_only_leaves_the_keyring_alone() {
    let fake = Arc::new(Fake::default());
    let vault = vault(&fake);
    vault.write(&account(), &credentials()).await.unwrap();
    let before = fake.calls_and_users();

    vault.use_session_only();
    assert_eq!(vault.state(), VaultState::SessionOnly);
    assert_eq!(vault.probe().await, VaultState::SessionOnly);
    assert!(vault.read(&account()).await.unwrap().is_none(), "the keyring isn't asked");
    let other = AccountId("acc-2".to_owned());
    vault.write(&other, &credentials()).await.unwrap();
    assert_eq!(plain(&vault.read(&other).await.unwrap().unwrap()), plain(&credentials()));
    vault.use_session_only();
    assert!(vault.read(&other).await.unwrap().is_some(), "choosing it twice forgets nothing");
    vault.remove(&other).await.unwrap();
    assert!(vault.read(&other).await.unwrap().is_none());

    assert_eq!(fake.calls_and_users(), before);
}

#[tokio::test]
async fn this_session_only_chosen_at_the_prompt_stops_the_waiting_write() {
    let fake = Arc::new(Fake::default());
    fake.change(|inner| inner.locked = true);
    let vault = Arc::new(vault(&fake));
    let writing = tokio::spawn({
        let vault = vault.clone();
        async move { vault.write(&account(), &credentials()).await }
    });
    // Off the runtime's thread: the write's own thread must be at the prompt first.
    let waits = fake.clone();
    tokio::task::spawn_blocking(move || waits.until(|inner| inner.waiting == 1)).await.unwrap();
    vault.use_session_only();
    fake.change(|inner| inner.locked = false);
    assert_eq!(writing.await.unwrap(), Err(VaultError::Locked));
    assert_eq!(fake.users(), Vec::<String>::new());
    assert_eq!(vault.state(), VaultState::SessionOnly);
}

#[tokio::test]
async fn nothing_printed_holds_a_secret() {
    let fake = Arc::new(Fake::default());
    let vault = vault(&fake);
    vault.use_session_only();
    vault.write(&account(), &credentials()).await.unwrap();
    let printed = format!("{vault:?}");
    assert!(printed.contains("SessionOnly") && !printed.contains("canary"), "{printed}");
}
