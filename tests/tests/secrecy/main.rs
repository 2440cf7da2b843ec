//! Every secret of an evening, looked for everywhere: it may be in the keyring and on the wire, and nowhere
//! else. Not in a file, not in a log, not in the page, not on a command line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::Command;

use kaibo_tests::{Evening, until};

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_the_keyring_and_nowhere_else() {
    let mut evening = Evening::begin().await;
    let mut secrets: Vec<String> = Vec::new();
    for platform in ["weibo", "taobao", "qiniu", "bilibili"] {
        secrets.extend(evening.account(platform).secrets.into_values().flat_map(parts));
        evening.connect(platform).await;
    }
    evening.go_live(&["weibo", "qiniu", "bilibili"], "今晚").await;
    evening.window.click("run-close").await;
    for platform in ["weibo", "qiniu", "bilibili"] {
        evening.open_room(platform).await;
        secrets.push(evening.copy("copy-key").await);
    }
    reveal_for_ten_seconds(&evening, secrets.last().unwrap()).await;
    // A failure's words are a likely way out: make one of each kind that tells something.
    evening.control.expire_tokens("weibo");
    evening.open_room("weibo").await;
    evening.window.click("refresh").await;
    evening.window.find("problem").await;

    let page = evening.window.source().await;
    for (n, secret) in secrets.iter().enumerate() {
        assert!(secret.len() >= 6, "secret {n} is too short to look for");
        assert!(!page.contains(secret.as_str()), "secret {n} is in the page");
    }
    on_no_command_line(&secrets);
    in_the_keyring(&secrets);
    evening.window.close().await;
    let searched = in_no_file(evening.home(), &secrets);
    assert!(searched > 5, "database, preferences and log were there to be searched: {searched} files");
}

/// A cookie is looked for piece by piece; the public half of it (the user's id) is no secret.
fn parts(secret: String) -> Vec<String> {
    if !secret.contains("SESSDATA=") {
        return vec![secret];
    }
    let cookies = secret.split(';').filter_map(|pair| pair.trim().split_once('='));
    cookies
        .filter(|(name, _)| ["SESSDATA", "bili_jct"].contains(name))
        .map(|(_, value)| value.to_owned())
        .collect()
}

async fn reveal_for_ten_seconds(evening: &Evening, key: &str) {
    let window = &evening.window;
    window.click("reveal-key").await;
    window.until_attribute("push-key", "data-shown", "true").await;
    assert_eq!(window.text("push-key").await.trim(), key);
    window.shot("revealed").await;
    until("the key to be hidden again", || async { (!window.source().await.contains(key)).then_some(()) })
        .await;
    window.until_attribute("push-key", "data-shown", "false").await;
}

fn on_no_command_line(secrets: &[String]) {
    for process in fs::read_dir("/proc").unwrap().flatten() {
        for file in ["cmdline", "environ"] {
            let Ok(line) = fs::read(process.path().join(file)) else { continue };
            let line = String::from_utf8_lossy(&line);
            for (n, secret) in secrets.iter().enumerate() {
                assert!(
                    !line.contains(secret.as_str()),
                    "secret {n} is in {}'s {file}",
                    process.path().display()
                );
            }
        }
    }
}

fn in_the_keyring(secrets: &[String]) {
    let out = Command::new("secret-tool")
        .args(["search", "--all", "--unlock", "service", "kaibo-dev"])
        .output()
        .expect("secret-tool starts (Debian package libsecret-tools)");
    // Entries are JSON, where `&` and quotes may be written otherwise: compare without escapes.
    let kept = String::from_utf8_lossy(&out.stdout).replace("\\u0026", "&").replace("\\\"", "\"");
    for (n, secret) in secrets.iter().enumerate() {
        assert!(kept.contains(secret.as_str()), "secret {n} is not in the keyring");
    }
}

fn in_no_file(folder: &Path, secrets: &[String]) -> usize {
    let mut searched = 0;
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            searched += in_no_file(&path, secrets);
        } else if let Ok(bytes) = fs::read(&path) {
            searched += 1;
            for (n, secret) in secrets.iter().enumerate() {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "secret {n} is in {}", path.display());
            }
        }
    }
    searched
}
