//! What keeps the page in its place: its policy, what it may call, where it may go. Read off the configuration, and
//! tried in the real window by a page that has been taken over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use kaibo_tests::{Evening, until};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn json(path: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

#[test]
fn the_page_loads_and_talks_to_nothing_but_the_program() {
    let security = json("src-tauri/tauri.conf.json")["app"]["security"].clone();
    let policy = security["csp"].as_str().unwrap();
    let policy: BTreeMap<&str, Vec<&str>> = policy
        .split(';')
        .filter_map(|directive| {
            let mut words = directive.split_whitespace();
            Some((words.next()?, words.collect()))
        })
        .collect();
    for (directive, sources) in &policy {
        for source in sources {
            let fine = match *directive {
                "connect-src" => ["ipc:", "http://ipc.localhost"].contains(source),
                "img-src" => ["'self'", "data:"].contains(source),
                "script-src" | "style-src" | "font-src" => *source == "'self'",
                _ => *source == "'none'",
            };
            assert!(fine, "{directive} has {source}");
        }
    }
    for directive in ["default-src", "base-uri", "form-action", "frame-ancestors"] {
        assert_eq!(policy.get(directive), Some(&vec!["'none'"]), "{directive}");
    }
    assert_eq!(security["freezePrototype"], true);
    let known = ["csp", "capabilities", "freezePrototype"];
    let more: Vec<_> =
        security.as_object().unwrap().keys().filter(|k| !known.contains(&k.as_str())).collect();
    assert!(more.is_empty(), "assets, other headers or a looser policy: {more:?}");
}

#[test]
fn one_window_with_one_capability_and_no_remote_page() {
    let configuration = json("src-tauri/tauri.conf.json");
    assert_eq!(configuration["app"]["withGlobalTauri"], false);
    assert!(configuration["build"]["devUrl"].is_null(), "the page comes from the program");
    let windows = configuration["app"]["windows"].as_array().unwrap();
    let labels: Vec<_> = windows.iter().map(|window| window["label"].as_str().unwrap()).collect();
    assert_eq!(labels, ["main"]);
    for loose in
        ["url", "devtools", "dangerousDisableAssetCspModification", "browserExtensionsEnabled", "proxyUrl"]
    {
        assert!(windows[0][loose].is_null(), "the window has {loose}");
    }
    assert_eq!(configuration["app"]["security"]["capabilities"], json!(["main"]));
    let files: Vec<_> = fs::read_dir(root().join("src-tauri/capabilities")).unwrap().flatten().collect();
    assert_eq!(files.len(), 1, "a file here is a capability");
    let capability = json("src-tauri/capabilities/main.json");
    for loose in ["remote", "webviews", "local", "platforms"] {
        assert!(capability[loose].is_null(), "the capability has {loose}");
    }
    for permission in capability["permissions"].as_array().unwrap() {
        let name = permission.as_str().expect("a name, without a scope");
        assert!(name.starts_with("allow-") && !name.contains(':'), "{name} is Tauri's or a plugin's");
    }
    let shell = fs::read_to_string(root().join("src-tauri/src/lib.rs")).unwrap();
    assert!(shell.contains(".plugin(window::stay())"), "the window stays at its page");
}

#[test]
fn no_code_of_ours_is_unsafe() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(workspace.contains("unsafe_code = \"forbid\""), "which no source can take back");
    let mut manifests = vec!["src-tauri/Cargo.toml".into(), "tests/Cargo.toml".into()];
    for entry in fs::read_dir(root().join("src-tauri/crates")).unwrap().flatten() {
        manifests.push(PathBuf::from("src-tauri/crates").join(entry.file_name()).join("Cargo.toml"));
    }
    assert!(manifests.len() >= 9, "{manifests:?}");
    for manifest in manifests {
        let text = fs::read_to_string(root().join(&manifest)).unwrap();
        assert!(text.contains("[lints]\nworkspace = true"), "{} has rules of its own", manifest.display());
    }
}

/// A server on this machine that notes what it is asked for.
async fn elsewhere() -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let notes = Arc::clone(&notes);
            tokio::spawn(async move {
                let mut bytes = [0; 1024];
                let length = socket.read(&mut bytes).await.unwrap_or(0);
                if length > 0 {
                    let line = String::from_utf8_lossy(&bytes[..length])
                        .lines()
                        .next()
                        .unwrap_or_default()
                        .to_owned();
                    notes.lock().unwrap().push(line);
                }
                let page =
                    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\naccess-control-allow-origin: *\r\n\
                    content-length: 9\r\nconnection: close\r\n\r\nelsewhere";
                let _ = socket.write_all(page).await;
            });
        }
    });
    (port, heard)
}

/// Every way in which a page can ask for another address, each marked with its name.
const WAYS_OUT: &str = r#"
    const at = "http://127.0.0.1:PORT/";
    const add = (name, fields) => document.body.append(Object.assign(document.createElement(name), fields));
    const head = (name, fields) => document.head.append(Object.assign(document.createElement(name), fields));
    const ways = {
      fetch: () => fetch(at + "fetch", { mode: "no-cors" }).catch(() => {}),
      xhr: () => { const asked = new XMLHttpRequest(); asked.open("GET", at + "xhr"); asked.send(); },
      beacon: () => navigator.sendBeacon(at + "beacon", "x"),
      events: () => new EventSource(at + "events"),
      socket: () => new WebSocket(at.replace("http", "ws") + "socket"),
      picture: () => { new Image().src = at + "picture"; },
      script: () => add("script", { src: at + "script" }),
      module: () => import(at + "module").catch(() => {}),
      inline: () => add("script", { textContent: `location.href = "${at}inline"` }),
      worker: () => new Worker(at + "worker"),
      sheet: () => head("link", { rel: "stylesheet", href: at + "sheet" }),
      style: () => head("style", { textContent: `body { background: url(${at}style) }` }),
      inlineStyle: () => document.body.setAttribute("style", `background: url(${at}inlineStyle)`),
      prefetch: () => head("link", { rel: "prefetch", href: at + "prefetch" }),
      font: () => { const face = new FontFace("x", `url(${at}font)`); face.load().catch(() => {}); },
      frame: () => add("iframe", { src: at + "frame" }),
      frameText: () => add("iframe", { srcdoc: `<img src="${at}frameText">` }),
      object: () => add("object", { data: at + "object" }),
      embed: () => add("embed", { src: at + "embed" }),
      video: () => add("video", { src: at + "video", autoplay: true }),
      base: () => head("base", { href: at + "base/" }),
      form: () => { add("form", { action: at + "form", method: "post", id: "way-out" }); document.forms["way-out"].submit(); },
      window: () => window.open(at + "window"),
      link: () => { add("a", { href: at + "link", id: "way-link" }); document.getElementById("way-link").click(); },
      linkBlank: () => { add("a", { href: at + "linkBlank", target: "_blank", id: "way-blank" }); document.getElementById("way-blank").click(); },
      meta: () => head("meta", { httpEquiv: "refresh", content: `0;url=${at}meta` }),
      assign: () => location.assign(at + "assign"),
      replace: () => location.replace(at + "replace"),
      top: () => { window.top.location = at + "top"; },
      data: () => { location.href = `data:text/html,<img src="${at}data">`; },
      file: () => { location.href = "file:///etc/passwd"; },
      script2: () => { location.href = `javascript:fetch("${at}script2")`; },
      evaluated: () => (0, eval)(`fetch("${at}evaluated")`),
      made: () => new Function(`fetch("${at}made")`)(),
    };
    window.onPage = "still here";
    window.tried = 0;
    (async () => {
      for (const way of Object.values(ways)) {
        try { way(); } catch {}
        await new Promise((go) => setTimeout(go, 30));
        window.tried += 1;
      }
    })();
    return Object.keys(ways).length;
"#;

/// What the page may not call: Tauri's own, and the plugins'.
const CALLS: &str = r#"
    const calls = {
      "plugin:store|load": { path: "preferences.json" },
      "plugin:opener|open_url": { url: "https://evil.example/" },
      "plugin:opener|open_path": { path: "/etc/passwd" },
      "plugin:window|create": { options: { label: "other" } },
      "plugin:window|get_all_windows": {},
      "plugin:webview|create_webview_window": { options: { label: "other", url: "https://evil.example/" } },
      "plugin:webview|internal_toggle_devtools": {},
      "plugin:event|listen": { event: "tauri://drag-drop", target: { kind: "Any" }, handler: 1 },
      "plugin:event|emit": { event: "x" },
      "plugin:path|resolve_directory": { directory: 1 },
      "plugin:app|version": {},
      "plugin:resources|close": { rid: 0 },
      "plugin:menu|new": { kind: "Menu" },
      "plugin:tray|new": { options: {} },
      "plugin:window-state|save_window_state": { flags: 0 },
      "plugin:stay|anything": {},
      "no_such_command": {},
    };
    window.refused = [];
    window.let_in = [];
    for (const [name, words] of Object.entries(calls)) {
      window.__TAURI_INTERNALS__.invoke(name, words).then(() => let_in.push(name), () => refused.push(name));
    }
    return Object.keys(calls).length;
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_taken_over_gets_nowhere() {
    let evening = Evening::begin().await;
    let window = &evening.window;
    let number = |script: &'static str| async move { window.script(script).await.as_u64() };

    let frozen = "return [Object.isFrozen(Object.prototype), typeof window.__TAURI__]";
    assert_eq!(window.script(frozen).await, json!([true, "undefined"]));

    let calls = window.script(CALLS).await.as_u64();
    until("each call to be answered", || async {
        (number("return refused.length + let_in.length").await == calls).then_some(())
    })
    .await;
    assert_eq!(window.script("return let_in").await, json!([]));

    let (port, heard) = elsewhere().await;
    let reachable = reqwest::get(format!("http://127.0.0.1:{port}/reachable")).await.unwrap();
    assert!(reachable.status().is_success());
    let ways = window.script(&WAYS_OUT.replace("PORT", &port.to_string())).await.as_u64();
    assert!(ways > Some(30));
    until("each way to be tried", || async { (number("return window.tried").await == ways).then_some(()) })
        .await;
    // What was asked for is under way by now; a call to the program goes the same way and is answered after it.
    assert_eq!(window.script("return window.onPage").await, "still here");
    assert!(window.source().await.contains("data-testid=\"shell\""));
    assert_eq!(*heard.lock().unwrap(), ["GET /reachable HTTP/1.1"], "nobody else was let out");
}
