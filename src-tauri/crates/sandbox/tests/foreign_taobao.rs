//! A client that knows nothing of Kaibo: the gateway's SDK for Python. Needs `python3` and, once, the package index.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::path::Path;

use tokio::process::Command;

#[tokio::test]
async fn the_gateways_own_sdk_is_served() {
    let foreign = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/foreign");
    let setup = Command::new("sh").arg(foreign.join("setup.sh")).output().await.unwrap();
    assert!(setup.status.success(), "setup.sh: {}", String::from_utf8_lossy(&setup.stderr));

    let sandbox = common::quiet().await;
    let account = common::account(&sandbox, "taobao");
    let address = sandbox.addresses().taobao;
    let (host, port) = address.strip_prefix("http://").unwrap().split_once(':').unwrap();
    let live_id = account.settings["live_ids"].split(',').next().unwrap();
    let run = Command::new(foreign.join("../../target/foreign/bin/python"))
        .arg(foreign.join("taobao.py"))
        .args([host, port, &account.settings["app_key"], &account.secrets["app_secret"], live_id])
        .output()
        .await
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(sandbox.control().calls("taobao").len(), 3);
}
