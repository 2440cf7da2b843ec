//! Every secret of an evening, looked for everywhere: it may be in the keyring and on the wire, and nowhere
//! else. Not in a file, not in a log, not on a command line, not in a message to the window, not in the page, and
//! not in the memory of the process that draws it.
//!
//! Two starts of the program. In the first, secrets are typed and one is revealed, as a streamer does on the first
//! evening. In the second nothing is typed: whatever is then found in the window's process came from the program.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod ipc;
mod memory;
mod needles;
mod obs;
mod overlay;
mod places;
mod relay;
mod walk;

use std::path::PathBuf;

use kaibo_tests::{Evening, Window, keyring, until};

use needles::Needles;

const PLATFORMS: [&str; 4] = ["weibo", "taobao", "qiniu", "bilibili"];

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_the_keyring_and_nowhere_else() {
    let mut evening = Evening::begin_with(vec![("KAIBO_LOG", "trace".into())]).await;

    ipc::record(&evening.window).await;
    let mut secrets = walk::refused(&evening).await;
    secrets.extend(walk::typed(&evening).await);
    let obs = obs::start().await;
    secrets.extend(obs::typed(&evening, &obs).await);
    secrets.extend(overlay::opened(&evening).await);
    walk::broadcast(&evening, "第一晚").await;
    obs::pushed(&evening, &obs).await;
    let revealed = walk::revealed(&evening).await;
    secrets.extend(relay::typed(&evening).await);
    let relay_key = relay::own_key();
    secrets.extend(places::in_the_keyring());
    let needles = Needles::new(secrets);
    assert!(needles.len() >= 16, "{} secrets to look for", needles.len());
    assert_eq!(keyring().len(), PLATFORMS.len() + 3, "one entry an account, OBS's, overlay's and relay's");
    messages(&evening.window, &needles, Some(&revealed)).await;
    everywhere(&evening, &needles).await;

    evening.window.close().await;
    evening.a_day_passes();
    evening.control.bilibili_want_refresh(true);
    evening.start().await;
    plant(&evening.window).await;
    ipc::record(&evening.window).await;
    relay::resumed(&evening, &relay_key).await;
    walk::untyped(&evening, &obs).await;
    relay::pushed(&evening).await;
    overlay::renewed(&evening).await;
    let needles = needles.and(places::in_the_keyring());
    assert_eq!(
        keyring().len(),
        PLATFORMS.len() + 3,
        "still one entry an account, OBS's, overlay's and relay's"
    );
    messages(&evening.window, &needles, None).await;
    everywhere(&evening, &needles).await;
    drawn_without_secrets(&evening.window, &needles);

    obs::forgotten(&evening, &obs).await;
    relay::forgotten(&evening).await;
    walk::forgotten(&evening).await;
    // The relay ends with its last room, and says farewell.
    until("the relay's entry to go", || async { (keyring().len() == 1).then_some(()) }).await;
    let left: Vec<_> = keyring().into_iter().map(|(_, secrets)| secrets).collect();
    assert!(
        left.len() == 1 && left[0].contains_key("token"),
        "no entry is left but the overlay's: {}",
        left.len()
    );
    evening.window.close().await;
    let searched = places::no_file_holds(evening.home(), &needles);
    let log = searched.iter().find(|path| path.extension().is_some_and(|kind| kind == "log")).unwrap();
    let text = std::fs::read_to_string(log).unwrap();
    assert!(text.contains(" TRACE "), "the log was written at trace level");
    assert!(searched.iter().any(|path| path.ends_with("kaibo.db")), "the database was searched");
}

/// What can be searched while the program runs.
async fn everywhere(evening: &Evening, needles: &Needles) {
    needles.not_in("the page", evening.window.source().await.as_bytes());
    let typed = "return [...document.querySelectorAll('input, textarea')].map((field) => field.value).join()";
    needles.not_in("the page's fields", evening.window.script(typed).await.to_string().as_bytes());
    places::no_process_was_told(needles);
    places::no_file_holds(evening.home(), needles);
    // The desktop's own folders, WebKit's and GTK's among them.
    let desktop = PathBuf::from(std::env::var_os("KAIBO_DESKTOP").expect("run inside desktop.sh"));
    assert!(!places::no_file_holds(&desktop, needles).is_empty());
}

/// All messages that passed. What was typed goes to the program, and a revealed key comes back, once.
async fn messages(window: &Window, needles: &Needles, revealed: Option<&str>) {
    const TYPED: [&str; 5] =
        ["connect_account", "replace_credentials", "begin_sign_in", "connect_encoder", "set_relay_target"];
    let passed = ipc::passed(window).await;
    let called = |command: &str| passed.iter().any(|one| one.kind == "call" && one.command == command);
    for command in [
        "go_live",
        "copy_push",
        "edit_room",
        "say",
        "end_broadcast",
        "check_account",
        "preflight",
        "send_to_encoder",
        "start_encoder",
        "copy_overlay",
        "add_to_relay",
        "copy_relay",
    ] {
        assert!(called(command), "{command} was among {} messages", passed.len());
    }
    let (mut typed, mut shown) = (0, 0);
    for one in &passed {
        let hits = needles.hits(one.text.as_bytes());
        if one.kind == "call" && TYPED.contains(&one.command.as_str()) {
            typed += usize::from(!hits.is_empty());
        } else if one.command == "reveal_key" && revealed.is_some_and(|key| one.text.contains(key)) {
            shown += 1;
        } else {
            assert!(hits.is_empty(), "{} {}: {hits:?}", one.kind, one.command);
        }
    }
    if revealed.is_some() {
        assert!(typed >= 10, "typed secrets pass, so others would be seen: {typed}");
        // A click may have been lost and made again: each asking is answered once, and no more than that.
        let asked = passed.iter().filter(|one| one.kind == "call" && one.command == "reveal_key").count();
        assert!(asked >= 1 && shown == asked, "asked for the key {asked} times, shown {shown} times");
    } else {
        assert_eq!((typed, shown), (0, 0), "nothing was typed and nothing shown");
    }
}

/// Something that must be found, to know that the memory that is searched is the page's.
const PLANTED: &str = "kaibo-planted-5f1c-9a";

async fn plant(window: &Window) {
    window.script(&format!("window.planted = ['{}', '{}'].join('')", &PLANTED[..9], &PLANTED[9..])).await;
}

/// The memory of the processes that draw the page and fetch for it.
fn drawn_without_secrets(window: &Window, needles: &Needles) {
    let planted = Needles::new([("planted".to_owned(), PLANTED.to_owned())]);
    let mut found = false;
    let mut looked = 0;
    for (process, name) in window.processes() {
        if !name.starts_with("WebKit") || name == "WebKitWebDriver" {
            continue;
        }
        let mut hits = Vec::new();
        let bytes = memory::image(process, needles.longest(), |piece| {
            hits.extend(needles.hits(piece));
            found |= !planted.hits(piece).is_empty();
        });
        assert!(hits.is_empty(), "{} in the memory of {name}:\n{}", hits.len(), hits.join("\n"));
        assert!(bytes > 1_000_000, "{name}: {bytes} bytes");
        looked += 1;
    }
    assert!(looked >= 2, "the web process and the network process: {looked}");
    assert!(found, "what the page holds is found in the web process");
}

/// Waits for a state of an account.
async fn until_state(evening: &Evening, platform: &str, state: &str) {
    let row = format!("[data-testid=\"account-{platform}\"][data-sandbox=\"false\"]");
    let selector = format!("{row} [data-testid=\"account-state\"][data-state=\"{state}\"]");
    until(&selector, || async { evening.window.has(&selector).await.then_some(()) }).await;
}
