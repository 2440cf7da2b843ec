//! Bilibili's cookies are refreshed in an order that leaves a way in whatever is cut off: the program is killed
//! at each step, started again, and the account still signs in.

use kaibo_sandbox::Fault;
use kaibo_tests::{Evening, keyring, until};

use crate::SCREEN;

/// The calls of a refresh, in order, each cut off before and after the platform carried it out.
const STEPS: [(&str, bool); 8] = [
    ("/x/passport-login/web/cookie/info", false),
    ("/x/passport-login/web/cookie/info", true),
    ("/correspond/1/", false),
    ("/correspond/1/", true),
    ("/x/passport-login/web/cookie/refresh", false),
    ("/x/passport-login/web/cookie/refresh", true),
    ("/x/passport-login/web/confirm/refresh", false),
    ("/x/passport-login/web/confirm/refresh", true),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_killed_at_any_step_leaves_an_account_that_signs_in() {
    let _screen = SCREEN.lock().await;
    let mut evening = Evening::begin().await;
    evening.connect("bilibili").await;
    for (path, carried_out) in STEPS {
        killed_at(&mut evening, path, carried_out).await;
    }
    let sessions = || async { (evening.control.bilibili_sessions() <= 1 + STEPS.len()).then_some(()) };
    until("old sign-ins to be ended", sessions).await;
}

async fn killed_at(evening: &mut Evening, path: &str, carried_out: bool) {
    let step = format!("{path}, {}carried out", if carried_out { "" } else { "not " });
    evening.window.kill().await;
    evening.a_day_passes();
    let before = evening.control.calls("bilibili").len();
    evening.control.bilibili_want_refresh(true);
    evening.control.fault("bilibili", path, Fault::Held { carried_out }, Some(1));
    evening.start().await;
    let control = evening.control.clone();
    until(&format!("the program to be at {step}"), || async {
        let calls = control.calls("bilibili");
        calls.iter().skip(before).any(|call| call.path.starts_with(path) && call.status == 0).then_some(())
    })
    .await;
    evening.window.kill().await;
    evening.control.clear_faults();
    evening.control.bilibili_want_refresh(false);

    evening.start().await;
    let window = &evening.window;
    window.click("nav-accounts").await;
    let row = "[data-testid=\"account-bilibili\"][data-sandbox=\"false\"]";
    window.click_css(&format!("{row} [data-testid=\"check-account\"]")).await;
    let good = format!("{row} [data-testid=\"account-state\"][data-state=\"signed_in\"]");
    window.find_css(&good).await;
    // One entry, and the sign-in that was replaced is confirmed away: nothing of it is left beside the new one.
    until(&format!("one tidy keyring entry after {step}"), || async {
        let entries = keyring();
        assert_eq!(entries.len(), 1, "after {step}");
        let names: Vec<&String> = entries[0].1.keys().collect();
        (names == ["cookie", "refresh_token"]).then_some(())
    })
    .await;
}
