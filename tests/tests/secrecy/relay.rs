//! The relay's own key, which OBS is given, and the key of an address of the streamer's own, where nobody listens:
//! words about failures are a likely way out.

use std::net::TcpListener;

use kaibo_live::push::PushAddress;
use kaibo_tests::{Evening, Push, clipboard, keyring, until};
use serde_json::{Value, json};

/// The key of the streamer's own address.
const OWN: &str = "Canary~relay+own/41=6d?token=canary_own_token_0b7e";

/// Calls a command as the page does.
async fn invoke(evening: &Evening, command: &str, arguments: &Value) -> Value {
    let script = format!(
        "return window.__TAURI_INTERNALS__.invoke('{command}', {arguments})
            .then((told) => [told ?? null], (refused) => ['refused', refused])"
    );
    let told = evening.window.script(&script).await;
    assert_ne!(told[0], "refused", "{command}: {told}");
    told[0].clone()
}

/// What the keyring holds of the relay.
fn kept(name: impl Fn(&str) -> bool) -> Option<(String, String)> {
    let entries = keyring().into_iter().flat_map(|(_, secrets)| secrets);
    entries.into_iter().find(|(found, _)| name(found))
}

fn key_of_relay() -> Option<String> {
    kept(|name| name == "ingest.key").map(|(_, key)| key)
}

/// Sets up an address of the streamer's own, and hands a push on; answers what was typed.
pub async fn typed(evening: &Evening) -> Vec<(String, String)> {
    // Another program on this machine may have the usual port.
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let settings = json!({ "use_for": "several", "port": port, "hold_seconds": 30, "upload_kbps": 0,
        "measured_kbps": 0, "custom": [] });
    invoke(evening, "set_relay", &json!({ "settings": settings })).await;
    let target =
        json!({ "id": null, "name": "自己的", "server": "rtmp://127.0.0.1:9/live", "key": OWN, "on": true });
    invoke(evening, "set_relay_target", &json!({ "target": target })).await;
    pushed(evening).await;
    vec![
        ("relay own".to_owned(), OWN.to_owned()),
        ("relay own token".to_owned(), OWN.rsplit('=').next().unwrap().to_owned()),
    ]
}

/// Adds a room that is on air and the streamer's own address, and pushes to the relay by its copied key.
pub async fn pushed(evening: &Evening) {
    let room = evening.window.attribute("room-bilibili", "data-room").await;
    invoke(evening, "add_to_relay", &json!({ "target": { "kind": "room", "room": room } })).await;
    let (name, _) =
        kept(|name| name.starts_with("target.")).expect("the own address has its key in the keyring");
    let id = name.strip_prefix("target.").and_then(|name| name.strip_suffix(".key")).unwrap().to_owned();
    invoke(evening, "add_to_relay", &json!({ "target": { "kind": "custom", "id": id } })).await;
    let key = until("the relay's key in the keyring", || async { key_of_relay() }).await;
    invoke(evening, "copy_relay", &json!({ "part": "key" })).await;
    until("the key on the clipboard", || async { (clipboard().await == key).then_some(()) }).await;
    invoke(evening, "copy_relay", &json!({ "part": "server" })).await;
    let server = until("the server on the clipboard", || async {
        Some(clipboard().await).filter(|text| text.starts_with("rtmp://127.0.0.1:"))
    })
    .await;
    let push = Push::start(&server, &key);
    until("the push at a room's ingest", || async { arrives(evening).then_some(()) }).await;
    // ffmpeg has the key on its command line.
    push.stop().await;
}

/// Does one of the rooms get a stream?
fn arrives(evening: &Evening) -> bool {
    let entries: Vec<_> = keyring().into_iter().flat_map(|(_, secrets)| secrets).collect();
    let room = |name: &str| name.strip_prefix("push.")?.strip_suffix(".key").map(str::to_owned);
    let keys = entries.iter().filter_map(|(name, key)| Some((room(name)?, key)));
    keys.into_iter().any(|(room, key)| {
        let server = format!("push.{room}.server");
        let server = entries.iter().find(|(name, _)| *name == server).map(|(_, server)| server.clone());
        let push = PushAddress { server: server.unwrap_or_default(), key: key.clone().into() };
        evening.control.meter(push.app(), &push.stream_name()).is_some_and(|meter| meter.publishing)
    })
}

/// After a start with the room on air: the relay is there again, with its former key.
pub async fn resumed(evening: &Evening, former: &str) {
    until("the relay to be taken up", || async {
        let on = evening.window.has("[data-testid=\"foot-relay\"]").await;
        (on && key_of_relay().as_deref() == Some(former)).then_some(())
    })
    .await;
}

/// The relay's own key, as it is kept.
pub fn own_key() -> String {
    key_of_relay().expect("it runs, and its key is kept")
}

/// Forgets the streamer's own address; with the rooms that are over nothing of the relay is kept.
pub async fn forgotten(evening: &Evening) {
    let (name, _) = kept(|name| name.starts_with("target.")).unwrap();
    let id = name.strip_prefix("target.").and_then(|name| name.strip_suffix(".key")).unwrap().to_owned();
    invoke(evening, "forget_relay_target", &json!({ "id": id })).await;
}
