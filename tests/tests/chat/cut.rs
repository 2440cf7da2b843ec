//! Sources that are cut while people talk, and healed.

use kaibo_sandbox::Fault;
use kaibo_tests::{FourRooms, until};

use crate::SCREEN;

const SYNC: &str = "/2/proxy/live/chatroom/r_sync";

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_cut_and_healed_loses_and_doubles_nothing() {
    let _screen = SCREEN.lock().await;
    let mut four = FourRooms::begin().await;
    four.say_all(2);
    four.until_lines().await;
    health(&four, 0).await;

    // Some are on the wire, and some are said while nobody hears.
    four.say_all(2);
    let control = four.evening.control.clone();
    control.stop("bilibili").await;
    health(&four, 3).await;
    states(&four, "broken", 3).await;
    four.evening.window.shot("chat-cut").await;
    four.say_all(2);
    // The others go on meanwhile.
    let last = four.rooms[3].said.last().unwrap().clone();
    four.evening.window.until_text("chat-lines", &last).await;
    control.restart("bilibili").await.unwrap();
    health(&four, 0).await;
    four.say_all(1);
    four.pane_has_all_once().await;
    four.evening.window.click("chat-sources").await;
    states(&four, "healthy", 4).await;
    four.evening.window.shot("chat-healed").await;
    four.evening.window.click("chat-sources").await;

    control.fault("weibo", SYNC, Fault::Status(502), None);
    four.say_all(2);
    health(&four, 1).await;
    states(&four, "broken", 1).await;
    four.say_all(1);
    let last = four.rooms[0].said.last().unwrap().clone();
    four.evening.window.until_text("chat-lines", &last).await;
    control.clear_faults();
    health(&four, 0).await;
    four.say_all(1);
    four.pane_has_all_once().await;
    four.history_has_all_once().await;
    let folded = four.evening.window.has("[data-testid=\"chat-fold\"]").await;
    assert!(!folded, "each line has a row");
}

/// Waits until the health line tells of so many broken sources.
async fn health(four: &FourRooms, broken: usize) {
    four.evening.window.until_attribute("chat-health", "data-broken", &broken.to_string()).await;
}

/// Waits until so many sources are told of in a state.
async fn states(four: &FourRooms, state: &str, count: usize) {
    let script = format!(
        "return document.querySelectorAll('[data-testid=\"chat-source\"][data-state=\"{state}\"]').length"
    );
    until(&format!("{count} sources {state}"), || async {
        (four.evening.window.script(&script).await == count).then_some(())
    })
    .await;
}
