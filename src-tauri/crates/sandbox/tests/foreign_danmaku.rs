//! Danmaku clients from npm listen to the played Bilibili.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use kaibo_sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{ChildStdout, Command};
use tokio::time::timeout;

/// The folder of the foreign clients, made ready.
async fn foreign() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/foreign");
    let setup = Command::new("sh").arg(folder.join("setup-node.sh")).output();
    // The first time it downloads.
    let setup = timeout(Duration::from_secs(300), setup).await.expect("in time").unwrap();
    assert!(setup.status.success(), "{}", String::from_utf8_lossy(&setup.stderr));
    folder
}

/// What the clients say next.
async fn told(lines: &mut Lines<BufReader<ChildStdout>>) -> Value {
    let line = timeout(Duration::from_secs(30), lines.next_line()).await.expect("in time").unwrap();
    serde_json::from_str(&line.expect("the clients run")).unwrap()
}

#[tokio::test]
async fn clients_that_others_wrote_hear_every_line() {
    let folder = foreign().await;
    let sandbox = Sandbox::start(Config { chatter: false, ..Config::default() }).await.unwrap();
    let account = sandbox.accounts().into_iter().find(|account| account.platform == "bilibili").unwrap();
    let control = sandbox.control();
    let room = control.rooms("bilibili").remove(0).id;
    let cookie = format!("{}; buvid3=5F2A-infoc", account.secrets["cookie"]);
    let uid = cookie.split("DedeUserID=").nth(1).and_then(|rest| rest.split(';').next()).unwrap();
    let mut clients = Command::new("node")
        .arg(folder.join("danmaku.cjs"))
        .args([&account.settings["base_url"], &cookie, uid, &room])
        .env("NODE_PATH", folder.join("../../target/foreign-node/node_modules"))
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(clients.stdout.take().unwrap()).lines();
    let mut heartbeats = 0;
    loop {
        let told = told(&mut lines).await;
        if told["heartbeat"] == 1 {
            heartbeats += 1;
        } else if told.get("ready").is_some() {
            assert_eq!(told["ready"], 6);
            break;
        } else {
            panic!("{told}");
        }
    }

    let other = json!({ "cmd": "NEVER_SEEN", "data": { "text": "一\"二\n\u{1f3a7}" } });
    assert!(control.viewer_says("bilibili", &room, "半杯水", "水温多少度？"));
    assert!(control.bilibili_event(&room, &other.to_string()));
    assert!(control.viewer_says("bilibili", &room, "kiki在听", "再见 & <b>"));
    assert!(!control.bilibili_event("1", "{}") && !control.bilibili_event(&room, "no JSON"));

    let mut heard: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    // Each client's heartbeat is answered, too.
    while heartbeats < 6 || heard.len() < 6 || heard.values().any(|messages| messages.len() < 3) {
        let told = told(&mut lines).await;
        if told.get("heartbeat").is_some() {
            heartbeats += 1;
            continue;
        }
        let client = told["client"].as_str().unwrap().to_owned();
        assert!(told["message"].is_object(), "{told}");
        heard.entry(client).or_default().push(told["message"].clone());
    }
    for (client, messages) in &heard {
        let line = |message: &Value| (message["info"][2][1].clone(), message["info"][1].clone());
        assert_eq!(line(&messages[0]), (json!("半杯水"), json!("水温多少度？")), "{client}");
        assert_eq!(messages[1], other, "{client}");
        assert_eq!(line(&messages[2]), (json!("kiki在听"), json!("再见 & <b>")), "{client}");
    }
}
