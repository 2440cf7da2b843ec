//! The use cases, once with hands that type and once without.

use kaibo_tests::{Connect, Consent, Evening, Obs, Push, choose_file, keyring, read_qr, until};

use crate::places::parts;
use crate::{PLATFORMS, until_state};

const PUSHED: [&str; 3] = ["weibo", "qiniu", "bilibili"];

/// Credentials that the platform turns away; answers what was typed.
pub async fn refused(evening: &Evening) -> Vec<(String, String)> {
    let junk = [
        ("weibo", "access_token", "2.00junk/Canary+Weibo=Nobody"),
        ("taobao", "app_secret", "canary0taobao0nobody0knows0this1"),
        ("qiniu", "secret_key", "Canary_Qiniu-Nobody.Knows~This+1/2=="),
        (
            "bilibili",
            "cookie",
            "SESSDATA=canary%2Cnobody%2Aknows; bili_jct=0c0a0n0a0r0y0000000000000000beef; \
            DedeUserID=77; DedeUserID__ckMd5=canary7nobody7k1",
        ),
    ];
    let window = &evening.window;
    for (platform, field, value) in junk {
        evening.try_connect(platform, &Connect::from([(field.to_owned(), value.to_owned())])).await;
        window.find("connect-problem").await;
        window.click("cancel").await;
        window.until_gone("[data-testid=\"connect-dialog\"]").await;
    }
    junk.iter()
        .flat_map(|(platform, field, value)| parts(&format!("refused {platform} {field}"), value))
        .collect()
}

/// Connects all, each secret field typed at least once; answers what was typed and handed out meanwhile.
pub async fn typed(evening: &Evening) -> Vec<(String, String)> {
    let mut secrets = Vec::new();
    let mut known = |platform: &str, fields: &Connect| {
        for (name, value) in fields {
            secrets.extend(parts(&format!("typed {platform} {name}"), value));
        }
    };
    for platform in ["taobao", "qiniu"] {
        known(platform, &evening.account(platform).secrets);
        evening.connect(platform).await;
    }
    let (key, secret) = evening.control.client_identity();
    let identity = Connect::from([
        ("client_app_key".to_owned(), key.to_owned()),
        ("client_app_secret".to_owned(), secret.to_owned()),
    ]);
    known("bilibili", &evening.account("bilibili").secrets);
    known("bilibili", &Connect::from([("client_app_secret".to_owned(), secret.to_owned())]));
    evening.try_connect("bilibili", &identity).await;
    evening.window.until_gone("[data-testid=\"connect-dialog\"]").await;
    known("weibo", &Connect::from([("app_secret".to_owned(), evening.control.weibo_app().1)]));
    weibo_in_the_browser(evening).await;
    secrets.extend(crate::places::in_the_keyring());
    // Signed in again, with a token typed.
    let token = evening.account("weibo").secrets;
    secrets.extend(token.iter().flat_map(|(name, value)| parts(&format!("typed weibo {name}"), value)));
    again(evening, "weibo").await;
    evening.choose_way("form").await;
    evening.window.fill("field-access_token", &token["access_token"]).await;
    evening.window.click("connect").await;
    evening.window.until_gone("[data-testid=\"connect-dialog\"]").await;
    secrets
}

/// Opens the dialog that signs an account in again.
async fn again(evening: &Evening, platform: &str) {
    evening.window.click("nav-accounts").await;
    let row = format!("[data-testid=\"account-{platform}\"][data-sandbox=\"false\"]");
    let replace = format!("{row} [data-testid=\"replace-credentials\"]");
    evening.window.click_for(&replace, "[data-testid=\"connect-dialog\"]").await;
}

async fn weibo_in_the_browser(evening: &Evening) {
    let (key, secret) = evening.control.weibo_app();
    // A page from which nothing comes back by itself.
    let elsewhere = "https://api.weibo.com/oauth2/default.html";
    evening.control.weibo_redirects(vec![elsewhere.to_owned()]);
    evening.open_form("weibo", "browser").await;
    let changes = Connect::from([
        ("app_key".to_owned(), key),
        ("app_secret".to_owned(), secret),
        ("redirect_url".to_owned(), elsewhere.to_owned()),
    ]);
    evening.fill_form("weibo", &changes).await;
    evening.window.click("connect").await;
    allow(evening).await;
}

/// Goes through the platform's page, and pastes where the browser ended.
async fn allow(evening: &Evening) {
    let window = &evening.window;
    window.click("signin-open").await;
    let page = evening.browser.opened().await;
    let back = evening.browser.answer(&page, Consent::Allow).await;
    window.fill("signin-answer", back.as_str()).await;
    window.click("signin-answer-send").await;
    window.until_gone("[data-testid=\"connect-dialog\"]").await;
}

/// From checks before going live to the end, with everything in between that handles a secret.
pub async fn broadcast(evening: &Evening, title: &str) {
    let window = &evening.window;
    for platform in PLATFORMS {
        window.click("nav-accounts").await;
        let row = format!("[data-testid=\"account-{platform}\"][data-sandbox=\"false\"]");
        window.click_css(&format!("{row} [data-testid=\"check-account\"]")).await;
        until_state(evening, platform, "signed_in").await;
    }
    window.click("go-live").await;
    window.click("preflight-run").await;
    window.find_css("[data-testid^=\"preflight-bilibili-\"][data-level=\"green\"]").await;
    window.click("nav-accounts").await;
    evening.go_live(&PUSHED, title).await;
    window.click("run-close").await;
    for platform in PUSHED {
        on_air(evening, platform).await;
    }
    for platform in PUSHED {
        end(evening, platform).await;
    }
    // The rooms go on air once more, so that there are keys to be found.
    evening.go_live(&PUSHED, title).await;
    window.click("run-close").await;
}

async fn end(evening: &Evening, platform: &str) {
    let window = &evening.window;
    evening.open_room(platform).await;
    window.click_for("[data-testid=\"end\"]", "[data-testid=\"confirm\"]").await;
    window.click("confirm").await;
    window.until_gone("[data-testid=\"room-status\"][data-status=\"live\"]").await;
}

async fn on_air(evening: &Evening, platform: &str) {
    let window = &evening.window;
    evening.open_room(platform).await;
    evening.copy("copy-whole").await;
    let server = evening.copy("copy-server").await;
    let key = evening.copy("copy-key").await;
    let held: Vec<String> = keyring().into_iter().flat_map(|(_, secrets)| secrets.into_values()).collect();
    assert!(held.contains(&key), "the key of {platform} is in the keyring");
    let push = Push::start(&server, &key);
    window.until_attribute("room-status", "data-status", "live").await;
    if platform != "qiniu" {
        window.click_for("[data-testid=\"edit-details\"]", "[data-testid=\"edit-dialog\"]").await;
        window.fill("edit-title", "改过的标题").await;
        window.click("save-edit").await;
        window.until_gone("[data-testid=\"edit-dialog\"]").await;
        window.find_css(&format!("[data-testid=\"room-{platform}\"][data-chat=\"listening\"]")).await;
        let remote = evening.control.rooms(platform).into_iter().find(|room| room.live).unwrap().id;
        assert!(evening.control.viewer_says(platform, &remote, "南山有台", "听得见"));
        window.until_text("chat-lines", "听得见").await;
        window.click("chat-target").await;
        window.click(&format!("chat-target-{platform}")).await;
        window.fill("chat-input", "谢谢").await;
        window.click("chat-send").await;
        let said = || async { (!evening.control.chat_received(platform, &remote).is_empty()).then_some(()) };
        until("the answer at the platform", said).await;
    }
    // ffmpeg has the key on its command line.
    push.stop().await;
}

/// Reveals a key and waits until it is hidden again; answers it.
pub async fn revealed(evening: &Evening) -> String {
    let window = &evening.window;
    evening.open_room("bilibili").await;
    evening.copy("copy-server").await;
    let key = evening.copy("copy-key").await;
    let shown = "[data-testid=\"push-key\"][data-shown=\"true\"]";
    window.click_for("[data-testid=\"reveal-key\"]", shown).await;
    assert_eq!(window.text("push-key").await.trim(), key);
    window.shot("revealed").await;
    let hidden = || async { (!window.source().await.contains(&key)).then_some(()) };
    until("the key to be hidden again", hidden).await;
    window.until_attribute("push-key", "data-shown", "false").await;
    key
}

/// The second start: all of it again, and each sign-in anew, without typing a secret.
pub async fn untyped(evening: &Evening, obs: &Obs) {
    let window = &evening.window;
    // What the first evening left on air; Weibo's waits for a push and is used again.
    for platform in ["qiniu", "bilibili"] {
        end(evening, platform).await;
    }
    broadcast(evening, "第二晚").await;
    crate::obs::pushed(evening, obs).await;
    let refreshed = || async {
        let calls = evening.control.calls("bilibili");
        calls.iter().any(|call| call.path.ends_with("/confirm/refresh")).then_some(())
    };
    until("the cookies to be refreshed", refreshed).await;
    // Failures' words are a likely way out.
    for platform in ["weibo", "bilibili"] {
        evening.control.expire_tokens(platform);
        window.click("nav-accounts").await;
        let row = format!("[data-testid=\"account-{platform}\"][data-sandbox=\"false\"]");
        window.click_css(&format!("{row} [data-testid=\"check-account\"]")).await;
        until_state(evening, platform, "expired").await;
    }
    again(evening, "weibo").await;
    evening.choose_way("browser").await;
    window.click("connect").await;
    allow(evening).await;
    again(evening, "bilibili").await;
    evening.choose_way("qr").await;
    window.click("connect").await;
    let code =
        until("a code that can be read", || async { read_qr(&window.picture("signin-qr").await) }).await;
    assert!(evening.control.bilibili_phone_confirms(&code));
    window.until_gone("[data-testid=\"connect-dialog\"]").await;
    client_identity_from_a_file(evening).await;
}

/// Chooses a file in the system's dialog, with the keyboard. The file lies outside of what is searched: it is the
/// streamer's own.
async fn client_identity_from_a_file(evening: &Evening) {
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("identity.json");
    let (key, secret) = evening.control.client_identity();
    let text = serde_json::json!({ "app_key": key, "app_secret": secret }).to_string();
    std::fs::write(&file, text).unwrap();
    let window = &evening.window;
    window.click("nav-accounts").await;
    let row = "[data-testid=\"account-bilibili\"][data-sandbox=\"false\"]";
    let more = format!("{row} [data-testid=\"account-more\"]");
    window.click_for(&more, "[data-testid=\"import-file\"]").await;
    window.click("import-file").await;
    choose_file(&file).await;
    window.until_text("toast", "客户端身份").await;
    window.shot("imported").await;
}

/// Forgets every account.
pub async fn forgotten(evening: &Evening) {
    let window = &evening.window;
    let (tokens, sessions) = (evening.control.weibo_tokens(), evening.control.bilibili_sessions());
    for platform in PLATFORMS {
        window.click("nav-accounts").await;
        let row = format!("[data-testid=\"account-{platform}\"][data-sandbox=\"false\"]");
        let forget = format!("{row} [data-testid=\"forget-account\"]");
        window.click_for(&forget, "[data-testid=\"forget-dialog\"]").await;
        window.click("forget-history").await;
        window.click("forget-confirm").await;
        window.until_gone(&row).await;
        window.until_gone("[data-testid=\"forget-dialog\"]").await;
    }
    assert_eq!(evening.control.weibo_tokens() + 1, tokens, "Weibo was told");
    assert_eq!(evening.control.bilibili_sessions() + 1, sessions, "Bilibili was told");
}
