//! A newer version of Kaibo, in the real window: looked for at a press, refused when its signature is another's or a
//! room is on air, and put in the place of the `AppImage` that runs. The makers and their server are played here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kaibo_tests::{Environment, Evening, Window, until};
use minisign::KeyPair;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// One window at a time.
static SCREEN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Newer than any.
const NEWER: &str = "99.0.0";

/// What the server has, by path.
type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

/// Whoever makes Kaibo: a key pair, and a server on this machine.
struct Makers {
    keys: KeyPair,
    port: u16,
    files: Files,
    /// Paths that were asked for.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Makers {
    async fn begin() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (files, asked) = (Files::default(), Arc::<Mutex<Vec<String>>>::default());
        let (has, notes) = (Arc::clone(&files), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut bytes = [0; 4096];
                let length = socket.read(&mut bytes).await.unwrap_or(0);
                let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
                let path = text.split(' ').nth(1).unwrap_or_default().to_owned();
                notes.lock().unwrap().push(path.clone());
                let found = has.lock().unwrap().get(&path).cloned();
                let status = if found.is_some() { "200 OK" } else { "404 Not Found" };
                let body = found.unwrap_or_default();
                let length = format!("content-length: {}", body.len());
                let head = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{length}\r\n\r\n");
                let _ = socket.write_all(head.as_bytes()).await;
                let _ = socket.write_all(&body).await;
            }
        });
        Self { keys: KeyPair::generate_unencrypted_keypair().unwrap(), port, files, asked }
    }

    /// What a build with their key and address has.
    fn environment(&self) -> Environment {
        let key = STANDARD.encode(self.keys.pk.to_box().unwrap().into_string());
        vec![
            ("KAIBO_UPDATE_KEY", key.into()),
            ("KAIBO_UPDATE_URL", format!("http://127.0.0.1:{}/latest.json", self.port).into()),
            ("KAIBO_UPDATE_PAGE", "https://kaibo.example/releases".into()),
        ]
    }

    fn put(&self, path: &str, body: Vec<u8>) {
        self.files.lock().unwrap().insert(path.to_owned(), body);
    }

    fn announce(&self, version: &str, signature: &str) {
        let target = format!("linux-{}", std::env::consts::ARCH);
        let url = format!("http://127.0.0.1:{}/Kaibo.AppImage", self.port);
        let manifest = json!({
            "version": version,
            "pub_date": "2026-11-20T08:00:00Z",
            "notes": "- 弹幕更快\n- <b>不是粗体</b>",
            "platforms": { target: { "url": url, "signature": signature } },
        });
        self.put("/latest.json", manifest.to_string().into_bytes());
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A signature as `tauri signer sign` makes them: the version is in the part that is signed too.
fn sign(keys: &KeyPair, version: &str, package: &[u8]) -> String {
    let said = format!("timestamp:1795000000\tfile:Kaibo.AppImage\tversion:{version}");
    let signed = minisign::sign(Some(&keys.pk), &keys.sk, Cursor::new(package), Some(&said), None).unwrap();
    STANDARD.encode(signed.into_string())
}

/// Presses *Look* in the settings and waits for what comes of it.
async fn look(window: &Window, then: &str) {
    window.click_for("[data-testid=\"update-look\"]", then).await;
}

async fn is_refused(window: &Window, code: &str) {
    let then = format!("[data-testid=\"update-problem\"][data-code=\"{code}\"]");
    window.click_for("[data-testid=\"update-install\"]", &then).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn it_looks_at_a_press_and_says_what_is_new() {
    let _screen = SCREEN.lock().await;
    let makers = Makers::begin().await;
    let home = TempDir::new().unwrap();
    // It was started from a terminal that is an AppImage: this one isn't its own to replace.
    let terminal = home.path().join("Terminal.AppImage");
    fs::write(&terminal, "somebody else's").unwrap();
    let mut environment = makers.environment();
    environment.push(("APPIMAGE", terminal.into()));
    environment.push(("APPDIR", home.path().into()));
    let window = Window::open(home.path(), &environment).await;
    window.click("nav-settings").await;
    window.find("update-look").await;
    assert_eq!(makers.asked(), [""; 0], "nothing is asked before the press");

    look(&window, "[data-testid=\"update-problem\"][data-code=\"update_unreachable\"]").await;
    makers.put("/latest.json", b"{\"version\":\"one\"}".to_vec());
    look(&window, "[data-testid=\"update-problem\"][data-code=\"update_unreadable\"]").await;
    for older in ["0.0.9", env!("CARGO_PKG_VERSION")] {
        makers.announce(older, "");
        look(&window, "[data-testid=\"update-newest\"]").await;
    }
    makers.announce(NEWER, "");
    look(&window, "[data-testid=\"update-found\"][data-version=\"99.0.0\"]").await;
    let notes = window.text("update-notes").await;
    assert_eq!(notes, "- 弹幕更快\n- <b>不是粗体</b>", "plain text");
    // It isn't in an AppImage, so a package put it where it is.
    window.until_attribute("update-found", "data-way", "package").await;
    assert!(!window.has("[data-testid=\"update-install\"]").await);
    window.shot("update-package").await;
    assert_eq!(call(&window, "install_update").await["code"]["kind"], "update_by_hand");
    assert!(makers.asked().iter().all(|path| path == "/latest.json"), "nothing was downloaded");
    // The plugin's own commands are no way around.
    let denied = call(&window, "plugin:updater|check").await;
    assert!(denied.as_str().is_some_and(|why| why.contains("not allowed")), "{denied}");
}

/// Calls a command past the window's own code; answers what it was refused with.
async fn call(window: &Window, command: &str) -> Value {
    let script = format!(
        "const {{ invoke, transformCallback }} = window.__TAURI_INTERNALS__; window.refused = undefined; \
         const progress = `__CHANNEL__:${{transformCallback(() => undefined)}}`; \
         invoke('{command}', {{ progress }}).then(() => (window.refused = 'nothing'), (why) => (window.refused = why))"
    );
    window.script(&script).await;
    until(command, || async {
        let refused = window.script("return window.refused === undefined ? null : window.refused").await;
        (!refused.is_null()).then_some(refused)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_there_is_nothing_of_it() {
    let _screen = SCREEN.lock().await;
    let home = TempDir::new().unwrap();
    // Whatever the tests' program was built with.
    let environment = vec![("KAIBO_UPDATE_KEY", "".into())];
    let window = Window::open(home.path(), &environment).await;
    window.click("nav-settings").await;
    window.find("about").await;
    for command in ["look_for_update", "install_update"] {
        assert_eq!(call(&window, command).await["code"]["kind"], "update_by_hand", "{command}");
    }
    assert!(!window.has("[data-testid=\"update\"]").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_the_makers_signed_takes_the_place_and_never_in_mid_broadcast() {
    let _screen = SCREEN.lock().await;
    let makers = Makers::begin().await;
    let folder = TempDir::new().unwrap();
    let image = folder.path().join("Kaibo.AppImage");
    fs::write(&image, "the one that runs").unwrap();
    fs::set_permissions(&image, fs::Permissions::from_mode(0o755)).unwrap();
    let mut environment = makers.environment();
    environment.push(("APPIMAGE", image.clone().into()));
    // As if that were mounted where the program is.
    environment.push(("APPDIR", std::env::current_exe().unwrap().ancestors().nth(2).unwrap().into()));
    let evening = Evening::begin_with(environment).await;
    let window = &evening.window;
    evening.connect("qiniu").await;

    // What it is replaced with leaves a file in TMPDIR when it is started.
    let package = fs::read("/usr/bin/mktemp").unwrap();
    makers.put("/Kaibo.AppImage", package.clone());
    let other = KeyPair::generate_unencrypted_keypair().unwrap();
    let mut bent = package.clone();
    bent[100] ^= 1;
    for signature in [
        sign(&other, NEWER, &package),
        sign(&makers.keys, NEWER, &bent),
        // Theirs, but for an older version, which may have a hole.
        sign(&makers.keys, "0.0.9", &package),
        String::new(),
    ] {
        makers.announce(NEWER, &signature);
        window.click("nav-settings").await;
        look(window, "[data-testid=\"update-found\"][data-way=\"install\"]").await;
        is_refused(window, "update_untrusted").await;
    }
    window.shot("update-untrusted").await;

    evening.go_live(&["qiniu"], "装新版本之前").await;
    makers.announce(NEWER, &sign(&makers.keys, NEWER, &package));
    let downloads = || makers.asked().iter().filter(|path| *path == "/Kaibo.AppImage").count();
    let before = downloads();
    window.click("nav-settings").await;
    look(window, "[data-testid=\"update-install\"]:not([disabled])").await;
    is_refused(window, "update_held").await;
    window.shot("update-held").await;
    assert_eq!(downloads(), before, "nothing is fetched for later");
    assert_eq!(fs::read(&image).unwrap(), b"the one that runs");
    end(&evening).await;

    window.click("nav-settings").await;
    window.click("update-install").await;
    until("the newer version to be started", || async {
        // The run that ended the room may not be over yet.
        if window.has("[data-testid=\"update-problem\"][data-code=\"update_held\"]").await {
            window.click("update-install").await;
        }
        mark(&evening.home().join("tmp")).then_some(())
    })
    .await;
    assert!(fs::read(&image).unwrap() == package, "it stands where the older one stood");
    assert_eq!(fs::metadata(&image).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left there");
    let ended = || async { (!window.processes().iter().any(|(_, name)| name == "kaibo")).then_some(()) };
    until("the older version to end", ended).await;
}

/// Did `mktemp` run here?
fn mark(folder: &Path) -> bool {
    let names = fs::read_dir(folder).unwrap().flatten().map(|entry| entry.file_name());
    names.into_iter().any(|name| name.to_string_lossy().starts_with("tmp."))
}

async fn end(evening: &Evening) {
    let window = &evening.window;
    evening.open_room("qiniu").await;
    window.click_for("[data-testid=\"end\"]", "[data-testid=\"confirm\"]").await;
    window.click("confirm").await;
    window.until_gone("[data-testid=\"room-status\"][data-status=\"live\"]").await;
}

#[test]
fn the_word_of_a_release_names_every_bundle_that_was_signed() {
    let folder = TempDir::new().unwrap();
    let bundles = [
        ("linux-x86_64", "Kaibo_1.2.3_amd64.AppImage"),
        ("windows-x86_64", "Kaibo_1.2.3_x64-setup.exe"),
        ("darwin-aarch64", "Kaibo_aarch64.app.tar.gz"),
        ("darwin-x86_64", "Kaibo_x86_64.app.tar.gz"),
    ];
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/scripts/update-manifest.mjs");
    let write = || {
        let mut node = std::process::Command::new("node");
        node.arg(&script).arg(folder.path()).args(["v1.2.3", "https://kaibo.example/v1.2.3"]);
        node.stderr(std::process::Stdio::null()).status().unwrap().success()
    };
    let manifest = folder.path().join("latest.json");
    assert!(write() && !manifest.exists(), "no signature, no word");
    let keys = KeyPair::generate_unencrypted_keypair().unwrap();
    let put = |name: &str, signature: &str| {
        fs::write(folder.path().join(name), "").unwrap();
        fs::write(folder.path().join(format!("{name}.sig")), format!("{signature}\n")).unwrap();
    };
    let signatures = bundles.map(|(target, name)| (target, name, sign(&keys, "1.2.3", name.as_bytes())));
    for (_, name, signature) in &signatures {
        put(name, signature);
    }
    let (_, first, right) = &signatures[0];
    for wrong in [&sign(&keys, "1.2.2", b""), "bm8gc2lnbmF0dXJl", ""] {
        put(first, wrong);
        assert!(!write() && !manifest.exists(), "Kaibo would refuse it: {wrong}");
    }
    put(first, right);
    assert!(write());
    let word: Value = serde_json::from_slice(&fs::read(&manifest).unwrap()).unwrap();
    assert_eq!(word["version"], "1.2.3");
    assert_eq!(word["platforms"].as_object().unwrap().len(), bundles.len());
    for (target, name, signature) in &signatures {
        assert_eq!(word["platforms"][target]["url"], format!("https://kaibo.example/v1.2.3/{name}"));
        assert_eq!(word["platforms"][target]["signature"], *signature);
    }
    fs::write(folder.path().join("Kaibo.apk.sig"), "").unwrap();
    assert!(!write(), "a bundle that nobody would ever be offered");
}
