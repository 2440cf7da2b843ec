//! The window while the keyring misbehaves: it goes on answering, says how it is, and accounts connect when the
//! keyring is back, without a restart.
//!
//! Each test has a desktop of its own, for what it does to the keyring would spoil the others'.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use kaibo_tests::{Connect, Evening, until};

/// Longest that the window may not answer.
const FLUENT: Duration = Duration::from_millis(100);
/// Times that a stretch is looked at anew: a busy machine holds the window up now and then, a call that blocks it
/// does so every time.
const TRIES: usize = 6;

fn run_inside(arguments: &[&str], name: &str) {
    let done = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/scripts/desktop.sh"))
        .args(["--timeout", "150"])
        .args(arguments)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success() && said.contains("1 passed"), "{name}: {}\n{said}", done.status);
}

#[test]
fn a_keyring_locked_at_the_start() {
    run_inside(&["--locked"], "inside_locked");
}

#[test]
fn a_keyring_that_dies_in_mid_call_and_comes_back() {
    run_inside(&[], "inside_dying");
}

/// Presses *test again* and looks at how fluent the window is until the answer is there.
async fn fluent_while_probing(evening: &Evening) {
    let window = &evening.window;
    window.click("nav-accounts").await;
    window.watch_answers().await;
    let mut worst = Vec::new();
    for _ in 0..TRIES {
        window.longest_wait().await;
        window.click("probe-vault").await;
        tokio::time::sleep(Duration::from_millis(600)).await; // a stretch to look at, not a state to wait for
        let longest = window.longest_wait().await;
        if longest < FLUENT {
            return;
        }
        worst.push(longest);
    }
    panic!("the window didn't answer for {worst:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by a_keyring_locked_at_the_start"]
async fn inside_locked() {
    let evening = Evening::begin().await;
    let window = &evening.window;
    window.watch_answers().await;
    window.until_attribute("foot-keyring", "data-state", "locked").await;
    window.find_css("[data-testid=\"vault-banner\"][data-state=\"locked\"]").await;
    window.shot("locked").await;
    fluent_while_probing(&evening).await;
    // Nothing is kept anywhere else instead.
    evening.try_connect("weibo", &Connect::new()).await;
    window.until_attribute("connect-problem", "data-code", "keyring_locked").await;
    window.shot("locked-connect").await;
    window.click("cancel").await;
    window.click("use-session-only").await;
    window.until_attribute("keyring", "data-state", "session_only").await;
    evening.connect("weibo").await;
    evening.go_live(&["weibo"], "只在这一次").await;
    window.click("run-close").await;
    evening.open_room("weibo").await;
    assert!(evening.copy("copy-key").await.len() > 8);
    window.until_attribute("foot-keyring", "data-state", "session_only").await;
    window.shot("session-only").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "started by a_keyring_that_dies_in_mid_call_and_comes_back"]
async fn inside_dying() {
    let mut evening = Evening::begin().await;
    evening.connect("bilibili").await;
    evening.window.close().await;
    let daemon = daemon();
    signal("STOP", &daemon);
    evening.start().await;
    let window = &evening.window;
    window.click("nav-accounts").await;
    window.watch_answers().await;
    // It takes the call and doesn't answer.
    window.until_attribute("foot-keyring", "data-state", "locked").await;
    state(&evening, "no_secrets").await;
    window.shot("keyring-hangs").await;
    fluent_while_probing(&evening).await;
    window.longest_wait().await;
    signal("KILL", &daemon);
    start_daemon();
    // By itself, without a restart and without a press.
    state(&evening, "signed_in").await;
    window.until_attribute("keyring", "data-state", "unlocked").await;
    window.shot("keyring-back").await;
    evening.go_live(&["bilibili"], "钥匙回来了").await;
}

async fn state(evening: &Evening, state: &str) {
    let row = "[data-testid=\"account-bilibili\"][data-sandbox=\"false\"]";
    let selector = format!("{row} [data-testid=\"account-state\"][data-state=\"{state}\"]");
    let begun = std::time::Instant::now();
    while begun.elapsed() < Duration::from_secs(70) {
        if evening.window.has(&selector).await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    until(&selector, || async { evening.window.has(&selector).await.then_some(()) }).await;
}

/// The process id of this desktop's keyring daemon.
fn daemon() -> String {
    let mark = format!("KAIBO_DESKTOP={}", std::env::var("KAIBO_DESKTOP").unwrap());
    let has = |path: std::path::PathBuf, part: &str| {
        std::fs::read(path)
            .is_ok_and(|text| text.split(|b| *b == 0).any(|line| line.ends_with(part.as_bytes())))
    };
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|process| process.path());
    let mut daemons = processes
        .filter(|path| has(path.join("cmdline"), "gnome-keyring-daemon") && has(path.join("environ"), &mark));
    daemons.next().expect("the daemon runs").file_name().unwrap().to_string_lossy().into_owned()
}

fn signal(name: &str, process: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), process]).status().unwrap().success());
}

/// As `desktop.sh` does, with the same password; in place of one that the bus may have started meanwhile.
fn start_daemon() {
    let mut started = Command::new("gnome-keyring-daemon")
        .args(["--replace", "--unlock", "--components=secrets"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut started.stdin.take().unwrap(), b"throw-away\n").unwrap();
    assert!(started.wait().unwrap().success());
}
