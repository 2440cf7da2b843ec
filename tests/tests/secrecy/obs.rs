//! OBS's password, what OBS was set to before, and a stream key on its way into OBS.
//!
//! OBS keeps its password and the key that it streams with in files of its own: that is how OBS works, the
//! window says so, and its folder is outside of what is searched.

use kaibo_live::encoder::EncoderService;
use kaibo_live::secret::ExposeSecret as _;
use kaibo_tests::{Evening, Obs, until};

/// OBS's password.
const PASSWORD: &str = "Canary~OBS+sesame/77=1f";
/// One that OBS turns away.
const REFUSED: &str = "Canary~OBS+junk/13=9c";
/// The key that OBS had before Kaibo's.
const FORMER: &str = "live_canary_former_5d0e_nobody";

/// A real OBS, with settings of the streamer's own.
pub async fn start() -> Obs {
    let obs = Obs::start(PASSWORD).await;
    let settings = format!(r#"{{"service":"Twitch","server":"auto","key":"{FORMER}"}}"#).into();
    let former = EncoderService::Other { kind: "rtmp_common".into(), settings };
    obs.by_hand().await.set_service(&former).await.unwrap();
    obs
}

/// Connects OBS by its password, after one that is refused; answers what was typed and what OBS is set to. *Go
/// live* shall leave OBS alone: ffmpeg pushes there.
pub async fn typed(evening: &Evening, obs: &Obs) -> Vec<(String, String)> {
    let window = &evening.window;
    settings(evening).await;
    window.click_for("[data-testid=\"encoder-manual\"]", "[data-testid=\"encoder-form\"]").await;
    window.fill("encoder-port", &obs.address().port.to_string()).await;
    window.fill("encoder-password", REFUSED).await;
    window.click("encoder-connect").await;
    window.find_css("[data-testid=\"encoder-problem\"][data-code=\"encoder_password\"]").await;
    window.fill("encoder-password", PASSWORD).await;
    window.click("encoder-connect").await;
    window.until_attribute("encoder", "data-state", "idle").await;
    let along = "[data-testid=\"setting-with-encoder\"]";
    let (on, off) = (format!("{along}[aria-checked=\"true\"]"), format!("{along}[aria-checked=\"false\"]"));
    window.find_css(&on).await;
    window.click_for(&on, &off).await;
    [("refused", REFUSED), ("typed", PASSWORD), ("former", FORMER)]
        .map(|(name, value)| (format!("OBS {name}"), value.to_owned()))
        .into()
}

/// OBS's place in the settings.
async fn settings(evening: &Evening) {
    evening.window.click_for("[data-testid=\"foot-encoder\"]", "[data-testid=\"encoder\"]").await;
}

/// Puts the key of a room that is on air into OBS, and has OBS push there for a while.
pub async fn pushed(evening: &Evening, obs: &Obs) {
    let window = &evening.window;
    window.until_attribute("foot-encoder", "data-state", "idle").await;
    window.click("nav-accounts").await;
    evening.open_room("bilibili").await;
    window.click("send-to-encoder").await;
    window.click("start-encoder").await;
    window.until_attribute("foot-encoder", "data-state", "streaming").await;
    window.find("encoder-figure-kbps").await;
    let EncoderService::Custom(push) = obs.by_hand().await.service().await.unwrap() else { panic!("custom") };
    let held = kaibo_tests::keyring().into_iter().flat_map(|(_, secrets)| secrets.into_values());
    assert!(
        held.into_iter().any(|secret| secret == push.key.expose_secret()),
        "OBS has a key of the keyring's"
    );
    window.click_for("[data-testid=\"stop-encoder\"]", "[data-testid=\"confirm\"]").await;
    window.click("confirm").await;
    window.until_attribute("foot-encoder", "data-state", "idle").await;
}

/// Puts back what OBS was set to, and forgets it.
pub async fn forgotten(evening: &Evening, obs: &Obs) {
    let window = &evening.window;
    window.click("nav-accounts").await;
    evening.open_room("bilibili").await;
    window.click("restore-encoder").await;
    let by_hand = obs.by_hand().await;
    until("the former service in OBS", || async {
        matches!(by_hand.service().await.unwrap(), EncoderService::Other { settings, .. }
            if settings.expose_secret().contains(FORMER))
        .then_some(())
    })
    .await;
    settings(evening).await;
    window.click_for("[data-testid=\"encoder-forget\"]", "[data-testid=\"confirm\"]").await;
    window.click("confirm").await;
    window.until_attribute("encoder", "data-state", "off").await;
}
