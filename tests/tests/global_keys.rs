//! Shortcuts while another program has the keyboard: off at first, taken, refused, pressed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use kaibo_tests::{Evening, OtherProgram, Window, until};
use tokio::sync::Mutex;
use x11rb::protocol::xproto::ModMask;

/// There is one screen.
static SCREEN: Mutex<()> = Mutex::const_new(());

fn ctrl_alt() -> ModMask {
    ModMask::CONTROL | ModMask::M1
}

/// Switches one on or off, and waits for what becomes of it.
async fn switch(window: &Window, action: &str, becomes: &str) {
    window.click(&format!("global-on-{action}")).await;
    window.until_attribute(&format!("global-{action}"), "data-state", becomes).await;
}

/// Begins to choose other keys, which nobody else hears from then on.
async fn record(window: &Window, action: &str) {
    let keys = format!("global-keys-{action}");
    window.click(&keys).await;
    window.until_attribute(&keys, "data-recording", "true").await;
}

async fn until_streamer(window: &Window, on: bool) {
    let selector = "[data-testid=\"streamer-strip\"]";
    if on {
        window.find_css(selector).await;
    } else {
        window.until_gone(selector).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_pressed_in_another_program_do_what_the_settings_say() {
    let _screen = SCREEN.lock().await;
    let mut evening = Evening::begin().await;
    let game = OtherProgram::open();
    game.take_front().await;
    assert!(game.hears("ctrl+alt+h", 'h').await, "no key is taken before one is wanted");

    let window = &evening.window;
    window.click("nav-settings").await;
    switch(window, "streamer_mode", "on").await;
    game.take_front().await;
    assert!(!game.hears("ctrl+alt+h", 'h').await, "the game isn't bothered with it");
    // Pressed twice by now: had the first one done something, this would be off.
    until_streamer(window, true).await;
    window.shot("global-keys").await;
    game.press("ctrl+alt+h").await;
    until_streamer(window, false).await;

    // Other keys, by pressing them; and the same for two.
    window.take_front().await;
    record(window, "streamer_mode").await;
    game.press("shift+F9").await;
    window.until_attribute("global-streamer_mode", "data-keys", "Shift+F9").await;
    window.until_attribute("global-streamer_mode", "data-state", "on").await;
    game.take_front().await;
    assert!(game.hears("ctrl+alt+h", 'h').await, "what isn't wanted any more is given back");
    window.take_front().await;
    record(window, "end").await;
    game.press("shift+F9").await;
    window.until_attribute("global-end", "data-state", "same").await;
    window.until_text("global-wrong-end", "「主播模式」").await;
    window.shot("global-keys-same").await;
    until_streamer(window, false).await;
    window.click("global-reset").await;
    window.until_attribute("global-end", "data-state", "off").await;

    // Another program has them.
    game.grab(ctrl_alt(), 'e');
    switch(window, "end", "refused").await;
    window.until_text("global-wrong-end", "别的程序").await;
    game.let_go(ctrl_alt(), 'e');
    switch(window, "end", "off").await;
    switch(window, "end", "on").await;

    // They are kept.
    evening.restart().await;
    let window = &evening.window;
    evening.connect("bilibili").await;
    evening.go_live(&["bilibili"], "深夜手冲").await;
    window.click("run-close").await;
    game.take_front().await;
    game.press("ctrl+alt+e").await;
    window.until_in_front().await;
    window.find("confirm").await;
    window.shot("global-end").await;
    let on_air = || evening.control.rooms("bilibili").iter().any(|room| room.live);
    assert!(on_air(), "it asks");
    window.click("confirm").await;
    until("the end", || async { (!on_air()).then_some(()) }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_small_window_comes_and_goes_by_keys_and_by_command() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let window = &evening.window;
    let game = OtherProgram::open();
    window.click("nav-settings").await;
    switch(window, "compact", "on").await;
    game.take_front().await;
    game.press("ctrl+alt+m").await;
    window.find("compact-head").await;
    window.until_in_front().await;
    game.take_front().await;
    game.press("ctrl+alt+m").await;
    window.until_away().await;
    // As a shortcut of the system's would start it.
    window.start_again("--compact").await;
    window.until_in_front().await;
    window.start_again("--streamer-mode").await;
    window.start_again("--compact").await;
    window.until_away().await;
    window.start_again("--show").await;
    window.until_in_front().await;
    window.find("compact-head").await;
    window.click("compact-back").await;
    until_streamer(window, true).await;
}
