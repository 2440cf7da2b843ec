//! One push for two rooms, in the real window: what is copied from the run page is what ffmpeg pushes to, and each room
//! is paused, taken up again, taken out and ended while the other goes on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::net::TcpListener;

use kaibo_tests::{Evening, Push, until};

const ROOMS: [&str; 2] = ["qiniu", "bilibili"];

/// Chooses a port that nobody has, as the default may be taken where several of these run.
async fn choose_port(evening: &Evening) -> u16 {
    let port = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let window = &evening.window;
    window.click("nav-settings").await;
    window.find("relay-settings").await;
    window.fill("relay-port", &port.to_string()).await;
    window.enter("relay-port").await;
    port
}

/// Waits until a room stands in the relay's page in a state.
async fn until_state(evening: &Evening, room: &str, state: &str) {
    let row = format!("[data-testid=\"relay-target\"][data-target=\"{room}\"][data-state=\"{state}\"]");
    evening.window.find_css(&row).await;
}

async fn until_signal(evening: &Evening, platform: &str, signal: &str) {
    evening.open_room(platform).await;
    evening.window.until_attribute("room-signal", "data-signal", signal).await;
}

/// Presses a button in a room's row of the relay's page.
async fn press(evening: &Evening, room: &str, button: &str) {
    evening.window.click_for("[data-testid=\"foot-relay\"]", "[data-testid=\"relay-page\"]").await;
    let row = format!("[data-testid=\"relay-target\"][data-target=\"{room}\"]");
    evening.window.click_css(&format!("{row} [data-testid=\"{button}\"]")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_push_feeds_two_rooms_each_on_its_own() {
    let evening = Evening::begin().await;
    let window = &evening.window;
    for platform in ROOMS {
        evening.connect(platform).await;
    }
    let port = choose_port(&evening).await;
    window.shot("relay-settings").await;
    evening.go_live_relayed(&ROOMS, "一路推给两间").await;

    window.until_attribute("run-relay", "data-state", "done").await;
    let server = evening.copy("copy-server").await;
    assert_eq!(server, format!("rtmp://127.0.0.1:{port}/live"));
    let key = evening.copy("copy-key").await;
    assert!(key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit()), "the relay's key");
    for platform in ROOMS {
        let own = format!("[data-testid=\"run-{platform}\"] [data-testid=\"copy-key\"]");
        assert!(!window.has(&own).await, "{platform}'s own key isn't asked for");
    }
    assert!(!window.source().await.contains(&key), "the key never passes through the page");
    window.shot("relay-run").await;

    let push = Push::start(&server, &key);
    window.click("run-relay-open").await;
    window.until_attribute("relay-source", "data-state", "publishing").await;
    let [qiniu, bilibili] = [
        window.attribute("room-qiniu", "data-room").await,
        window.attribute("room-bilibili", "data-room").await,
    ];
    for room in [&qiniu, &bilibili] {
        until_state(&evening, room, "publishing").await;
    }
    window.shot("relay-page").await;
    for platform in ROOMS {
        until_signal(&evening, platform, "arriving").await;
        window.until_attribute("push-relay", "data-state", "publishing").await;
        assert!(!window.has("[data-testid=\"push-server\"]").await, "nothing of {platform}'s own to copy");
    }
    window.shot("relay-room").await;

    press(&evening, &qiniu, "relay-pause").await;
    until_state(&evening, &qiniu, "paused").await;
    until_state(&evening, &bilibili, "publishing").await;
    window.shot("relay-paused").await;
    until_signal(&evening, "qiniu", "none").await;
    until_signal(&evening, "bilibili", "arriving").await;
    press(&evening, &qiniu, "relay-resume").await;
    until_signal(&evening, "qiniu", "arriving").await;

    press(&evening, &qiniu, "relay-remove").await;
    window.shot("relay-remove").await;
    window.click("confirm").await;
    window.until_attribute("relay-targets", "data-targets", "1").await;
    until_signal(&evening, "qiniu", "none").await;
    window.find("push-server").await;

    until_signal(&evening, "bilibili", "arriving").await;
    window.click_for("[data-testid=\"end\"]", "[data-testid=\"confirm\"]").await;
    window.click("confirm").await;
    until("the end at the platform", || async {
        let rooms = evening.control.rooms("bilibili");
        rooms.iter().all(|room| !room.live).then_some(())
    })
    .await;
    // The last room that it fed: the relay has nothing to do any more.
    window.until_gone("[data-testid=\"foot-relay\"]").await;
    push.stop().await;
}
