//! Qiniu's own Python SDK talks to the played Qiniu.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kaibo_sandbox::{Config, Sandbox};
use serde_json::Value;
use tokio::process::Command;

/// The folder of the foreign clients, made ready.
async fn foreign() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/foreign");
    let setup = Command::new("sh").arg(folder.join("setup.sh")).output();
    // The first time it downloads.
    let setup = tokio::time::timeout(Duration::from_secs(300), setup).await.expect("in time").unwrap();
    assert!(setup.status.success(), "{}", String::from_utf8_lossy(&setup.stderr));
    folder
}

#[tokio::test]
async fn the_official_sdk_is_understood() {
    let folder = foreign().await;
    let sandbox = Sandbox::start(Config { chatter: false, ..Config::default() }).await.unwrap();
    let account = sandbox.accounts().into_iter().find(|account| account.platform == "qiniu").unwrap();
    let run = Command::new(folder.join("../../target/foreign/bin/python"))
        .arg(folder.join("qiniu_mac.py"))
        .arg(&account.settings["base_url"])
        .arg(&account.settings["access_key"])
        .arg(&account.secrets["secret_key"])
        .arg(&account.settings["anchor_id"])
        .output();
    let run = tokio::time::timeout(Duration::from_secs(60), run).await.expect("in time").unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let told: HashMap<String, Value> = String::from_utf8(run.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|step| (step["step"].as_str().unwrap().to_owned(), step))
        .collect();
    for (step, status, code) in [
        ("create", 200, 200),
        ("get", 200, 200),
        ("stop", 500, 501),
        ("token", 200, 0),
        ("urllib", 200, 200),
        ("delete", 200, 200),
        ("gone", 200, 500),
        ("wrong key", 401, 401),
    ] {
        let told = &told[step];
        assert_eq!(
            (told["status"].as_u64(), told["body"]["code"].as_u64()),
            (Some(status), Some(code)),
            "{told}"
        );
    }
    assert_eq!(told["urllib"]["body"]["data"]["title"], "来自 SDK <b>");
    let push = told["create"]["body"]["data"]["push_url"].as_str().unwrap();
    assert!(push.starts_with(&sandbox.addresses().rtmp), "{push}");
    assert!(sandbox.control().rooms("qiniu").is_empty());
}
