//! The window, by hands that click.

use std::time::{Duration, Instant};

use kaibo_live::encoder::EncoderService;
use kaibo_live::secret::ExposeSecret as _;
use kaibo_tests::{Evening, Obs, keyring, until};
use tokio::sync::Mutex;

use crate::PASSWORD;
use crate::stage::RIGHT_WITHIN;

/// One window at a time.
static SCREEN: Mutex<()> = Mutex::const_new(());

/// The longest that the window may keep somebody waiting on a busy machine; a call to OBS takes up to three seconds.
const FLUENT: Duration = Duration::from_secs(1);

/// A window with an account, and OBS where the program looks for it.
async fn begin() -> (Evening, Obs) {
    let evening = Evening::begin().await;
    evening.connect("bilibili").await;
    let obs = Obs::start_in(&evening.home().join("config"), PASSWORD).await;
    (evening, obs)
}

/// Has the program find OBS and connect it.
async fn find(evening: &Evening) {
    let window = &evening.window;
    window.click_for("[data-testid=\"foot-encoder\"]", "[data-testid=\"encoder-find\"]").await;
    window.click_for("[data-testid=\"encoder-find\"]", "[data-testid=\"confirm\"]").await;
    window.click("confirm").await;
    window.until_attribute("encoder", "data-state", "idle").await;
    window.until_text("encoder-version", ".").await;
}

/// Goes live with OBS by one press, and opens the room.
async fn go_live(evening: &Evening) {
    let window = &evening.window;
    evening.go_live(&["bilibili"], "和 OBS 一起").await;
    window.until_attribute("run-encoder", "data-state", "done").await;
    window.shot("obs-run").await;
    window.click("run-close").await;
    evening.open_room_from_tonight("bilibili").await;
    window.until_attribute("room-status", "data-status", "live").await;
    window.until_attribute("foot-encoder", "data-state", "streaming").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evening_with_obs() {
    let _screen = SCREEN.lock().await;
    let (evening, obs) = begin().await;
    let window = &evening.window;
    let by_hand = obs.by_hand().await;
    let former = r#"{"service":"Twitch","server":"auto","key":"former-key"}"#.to_owned().into();
    let former = EncoderService::Other { kind: "rtmp_common".into(), settings: former };
    by_hand.set_service(&former).await.unwrap();
    find(&evening).await;
    window
        .click_for(
            "[data-testid=\"setting-blank-key\"][aria-checked=\"false\"]",
            "[data-testid=\"setting-blank-key\"][aria-checked=\"true\"]",
        )
        .await;
    window.shot("obs-settings").await;

    go_live(&evening).await;
    until("a bit rate", || async {
        let text = window.text("encoder-figure-kbps").await;
        text.chars().any(|c| ('1'..='9').contains(&c)).then_some(())
    })
    .await;
    window.find_css("[data-testid=\"push-encoder\"][data-here=\"true\"][data-streaming=\"true\"]").await;
    window.shot("obs-on-air").await;

    // Somebody stops OBS: the alarm comes, and its one button starts it again.
    by_hand.stop().await.unwrap();
    let alarm = "[data-testid=\"alarm\"][data-kind=\"live_without_video\"]";
    window.find_css(alarm).await;
    window.shot("obs-alarm").await;
    window.click_css(&format!("{alarm} [data-testid=\"alarm-action\"][data-act=\"start\"]")).await;
    window.until_attribute("foot-encoder", "data-state", "streaming").await;
    window.until_gone(alarm).await;

    window.click_for("[data-testid=\"end\"]", "[data-testid=\"end-with-encoder\"]").await;
    window.click("confirm").await;
    window.until_attribute("run-encoder", "data-state", "done").await;
    window.shot("obs-ended").await;
    assert!(!by_hand.read().await.unwrap().streaming, "OBS has stopped");
    assert!(evening.control.rooms("bilibili").iter().all(|room| !room.live), "the room is over");
    let EncoderService::Custom(push) = by_hand.service().await.unwrap() else { panic!("custom") };
    assert_eq!(push.key.expose_secret(), "", "the key was taken out of OBS");
    window.click("run-close").await;
    window.click_for("[data-testid=\"foot-encoder\"]", "[data-testid=\"encoder\"]").await;
    window.click("restore-encoder").await;
    until("the former service in OBS", || async {
        matches!(by_hand.service().await.unwrap(), EncoderService::Other { kind, settings }
            if kind == "rtmp_common" && settings.expose_secret().contains("former-key"))
        .then_some(())
    })
    .await;
    let kept = keyring().into_iter().any(|(_, secrets)| secrets.values().any(|secret| secret == PASSWORD));
    assert!(kept, "the password is in the keyring");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_obs_that_hangs_or_dies_never_blocks_the_window() {
    let _screen = SCREEN.lock().await;
    let (evening, mut obs) = begin().await;
    let window = &evening.window;
    find(&evening).await;
    go_live(&evening).await;
    window.watch_answers().await;

    obs.hang();
    shown(&evening, "broken").await;
    window.shot("obs-hangs").await;
    obs.wake();
    shown(&evening, "streaming").await;
    obs.kill().await;
    shown(&evening, "broken").await;
    window.find_css("[data-testid=\"alarm\"][data-kind=\"encoder_lost\"]").await;
    obs.start_again().await;
    shown(&evening, "idle").await;
    window.until_gone("[data-testid=\"alarm\"][data-kind=\"encoder_lost\"]").await;
}

/// The state is shown in time, and meanwhile the window answered.
async fn shown(evening: &Evening, state: &str) {
    evening.window.longest_wait().await;
    let began = Instant::now();
    evening.window.until_attribute("foot-encoder", "data-state", state).await;
    assert!(began.elapsed() < RIGHT_WITHIN, "{state} after {:?}", began.elapsed());
    let longest = evening.window.longest_wait().await;
    assert!(longest < FLUENT, "the window kept somebody waiting for {longest:?} until {state}");
}
