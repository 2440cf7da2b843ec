//! The vault on a real keyring daemon. `make test` runs this inside `src-tauri/scripts/desktop.sh`, which
//! provides one; alone:
//!
//! ```text
//! src-tauri/scripts/desktop.sh cargo test -p kaibo-vault
//! ```
#![cfg(all(unix, not(target_os = "macos")))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use kaibo_live::account::AccountId;
use kaibo_live::secret::{Credentials, ExposeSecret, SecretStore, VaultError, VaultState};
use kaibo_vault::Vault;

const SECRET: &str = "SESSDATA=canary-93ab; bili_jct=🎏";

fn needs_a_keyring() {
    assert!(
        std::env::var_os("DBUS_SESSION_BUS_ADDRESS").is_some(),
        "these tests need a session bus with a keyring: run them with `make test`, \
         or `src-tauri/scripts/desktop.sh cargo test -p kaibo-vault`"
    );
}

fn suffix() -> String {
    format!("test-{}-{:x}", std::process::id(), fastrand::u32(..))
}

fn account() -> AccountId {
    AccountId("bilibili-1".to_owned())
}

fn credentials() -> Credentials {
    let mut credentials = Credentials::default();
    credentials.set("cookie", SECRET.to_owned().into());
    credentials
}

/// What the system's own tool finds.
fn secret_tool(vault: &Vault) -> Option<String> {
    let found = Command::new("secret-tool")
        .args(["lookup", "service", vault.service(), "username", &account().0])
        .output()
        .expect("secret-tool is there");
    found.status.success().then(|| String::from_utf8(found.stdout).unwrap())
}

#[tokio::test]
async fn two_vaults_and_secret_tool_see_the_same_entry() {
    needs_a_keyring();
    let suffix = suffix();
    let vault = Vault::with_suffix(&suffix);
    assert_eq!(vault.probe().await, VaultState::Unlocked);
    assert_eq!(secret_tool(&vault), None);
    vault.write(&account(), &credentials()).await.unwrap();

    let other = Vault::with_suffix(&suffix);
    let read = other.read(&account()).await.unwrap().expect("the entry");
    assert_eq!(read.get("cookie").unwrap().expose_secret(), SECRET);
    assert!(secret_tool(&vault).expect("secret-tool finds it").contains(SECRET));

    let mut more = credentials();
    more.set("push.1.key", "?streamname=live_1&key=2".to_owned().into());
    other.write(&account(), &more).await.unwrap();
    assert_eq!(vault.read(&account()).await.unwrap().unwrap().iter().count(), 2, "replaced, not doubled");

    vault.remove(&account()).await.unwrap();
    assert!(other.read(&account()).await.unwrap().is_none());
    assert_eq!(secret_tool(&vault), None);
}

#[tokio::test]
async fn this_session_only_is_not_in_the_keyring() {
    needs_a_keyring();
    let vault = Vault::with_suffix(&suffix());
    vault.use_session_only();
    vault.write(&account(), &credentials()).await.unwrap();
    assert!(vault.read(&account()).await.unwrap().is_some());
    assert_eq!(secret_tool(&vault), None);
}

/// Runs one of the `inside_…` tests below in a process of its own.
fn run_inside(mut command: Command, name: &str) {
    let done = command
        .args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"])
        .output()
        .expect("the test starts itself");
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("1 passed"), "{name}: {}\n{said}", done.status);
}

#[test]
fn without_a_bus_the_keyring_is_absent() {
    let empty = tempfile::tempdir().unwrap();
    for address in [None, Some("unix:path=/nonexistent/bus")] {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("XDG_RUNTIME_DIR", empty.path());
        if let Some(address) = address {
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        run_inside(command, "inside_no_bus");
    }
}

#[tokio::test]
#[ignore = "started by without_a_bus_the_keyring_is_absent"]
async fn inside_no_bus() {
    let vault = Vault::with_suffix("nowhere");
    assert_eq!(vault.probe().await, VaultState::Absent);
    assert_eq!(vault.write(&account(), &credentials()).await, Err(VaultError::Absent));
    assert_eq!(vault.read(&account()).await.unwrap_err(), VaultError::Absent);
    assert_eq!(vault.remove(&account()).await, Err(VaultError::Absent));
    assert_eq!(vault.state(), VaultState::Absent);
}

/// A desktop of its own, for what would spoil the others' keyring.
fn desktop(arguments: &[&str]) -> Command {
    let mut command = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/desktop.sh"));
    command.args(["--timeout", "60"]).args(arguments).arg(std::env::current_exe().unwrap());
    command
}

#[test]
fn a_keyring_that_gets_locked_says_so_in_time() {
    needs_a_keyring();
    run_inside(desktop(&[]), "inside_locking");
}

#[tokio::test]
#[ignore = "started by a_keyring_that_gets_locked_says_so_in_time"]
async fn inside_locking() {
    let suffix = suffix();
    let vault = Vault::with_suffix(&suffix);
    vault.write(&account(), &credentials()).await.unwrap();
    tokio::task::spawn_blocking(|| {
        use secret_service::{EncryptionType, blocking::SecretService};
        let service = SecretService::connect(EncryptionType::Plain).unwrap();
        service.get_default_collection().unwrap().lock().unwrap();
    })
    .await
    .unwrap();
    locked_in_time(&vault).await;
    locked_in_time(&Vault::with_suffix(&suffix)).await;
}

#[test]
fn a_keyring_that_was_never_opened_says_so_in_time() {
    needs_a_keyring();
    run_inside(desktop(&["--locked"]), "inside_never_opened");
}

#[tokio::test]
#[ignore = "started by a_keyring_that_was_never_opened_says_so_in_time"]
async fn inside_never_opened() {
    locked_in_time(&Vault::with_suffix(&suffix())).await;
}

#[test]
fn a_daemon_that_dies_in_mid_call_is_forgiven_when_it_is_back() {
    needs_a_keyring();
    run_inside(desktop(&[]), "inside_dying");
}

#[tokio::test]
#[ignore = "started by a_daemon_that_dies_in_mid_call_is_forgiven_when_it_is_back"]
async fn inside_dying() {
    let vault = Vault::with_suffix(&suffix());
    vault.write(&account(), &credentials()).await.unwrap();
    // Stopped, it takes the call and doesn't answer.
    let daemon = daemon();
    signal("STOP", &daemon);
    let begin = Instant::now();
    let account = account();
    let (read, ()) = tokio::join!(vault.read(&account), async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        signal("KILL", &daemon);
    });
    assert!(read.is_err(), "nobody was there to answer");
    assert!(begin.elapsed() < Duration::from_secs(6), "{:?}", begin.elapsed());
    start_daemon();
    let deadline = Instant::now() + Duration::from_secs(20);
    while vault.probe().await != VaultState::Unlocked {
        assert!(Instant::now() < deadline, "the keyring is back, and is {:?}", vault.state());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let read = vault.read(&account).await.unwrap().expect("what was kept is there again");
    assert_eq!(read.get("cookie").unwrap().expose_secret(), SECRET);
}

/// The process id of this desktop's keyring daemon.
fn daemon() -> String {
    let own = std::env::var("KAIBO_DESKTOP").expect("inside desktop.sh");
    let marked = format!("KAIBO_DESKTOP={own}");
    let ids = std::fs::read_dir("/proc").unwrap().flatten().filter(|process| {
        let is = |file: &str, part: &str| {
            std::fs::read(process.path().join(file))
                .is_ok_and(|text| String::from_utf8_lossy(&text).split('\0').any(|line| line.contains(part)))
        };
        is("cmdline", "gnome-keyring-daemon") && is("environ", &marked)
    });
    ids.map(|process| process.file_name().into_string().unwrap()).next().expect("the daemon runs")
}

fn signal(name: &str, process: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), process]).status().unwrap();
    assert!(sent.success());
}

/// Starts the daemon as `desktop.sh` does, with the same password; in place of one that the bus may have
/// started meanwhile.
fn start_daemon() {
    let mut started = Command::new("gnome-keyring-daemon")
        .args(["--replace", "--unlock", "--components=secrets"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut started.stdin.take().unwrap(), b"throw-away\n").unwrap();
    assert!(started.wait().unwrap().success());
}

/// Every call says *locked* within six seconds, and after the first one at once.
async fn locked_in_time(vault: &Vault) {
    let begin = Instant::now();
    assert_eq!(vault.read(&account()).await.unwrap_err(), VaultError::Locked);
    assert!(begin.elapsed() < Duration::from_secs(6), "{:?}", begin.elapsed());
    assert_eq!(vault.state(), VaultState::Locked);
    let begin = Instant::now();
    assert_eq!(vault.write(&account(), &credentials()).await, Err(VaultError::Locked));
    assert_eq!(vault.remove(&account()).await, Err(VaultError::Locked));
    assert_eq!(vault.probe().await, VaultState::Locked);
    assert!(begin.elapsed() < Duration::from_secs(6), "{:?}", begin.elapsed());
}
