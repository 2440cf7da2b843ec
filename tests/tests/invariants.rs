//! The invariants of the architecture page that can be read off the sources.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use kaibo_live::view::{AccountDraft, Batch, Forgotten, GoLive, PushPart, QrCode, Said, SignInRequest};
use ts_rs::TS;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir()
                && !["node_modules", "paraglide", "dist", "target", "gen"].contains(&name.as_str())
            {
                walk(&path, ending, found);
            } else if path.is_file() && name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    assert!(!found.is_empty(), "no {ending} below {folder}");
    let read = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, fs::read_to_string(path).unwrap())
    };
    found.into_iter().map(read).collect()
}

fn dependencies(package: &str) -> BTreeSet<String> {
    let out = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "-e",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "-p",
            package,
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = String::from_utf8(out.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn only_the_shell_knows_tauri_and_arrows_point_one_way() {
    for package in [
        "kaibo-live",
        "kaibo-platforms",
        "kaibo-vault",
        "kaibo-obs",
        "kaibo-overlay",
        "kaibo-relay",
        "kaibo-sandbox",
    ] {
        let all = dependencies(package);
        assert!(all.contains(package));
        let tauri: Vec<_> = all.iter().filter(|name| name.starts_with("tauri") || *name == "wry").collect();
        assert!(tauri.is_empty(), "{package} depends on {tauri:?}");
    }
    assert!(dependencies("kaibo").contains("tauri"), "the test can see tauri at all");
    let forbidden = BTreeMap::from([
        (
            "kaibo-live",
            vec![
                "kaibo-platforms",
                "kaibo-vault",
                "kaibo-obs",
                "kaibo-relay",
                "kaibo-sandbox",
                "reqwest",
                "keyring",
            ],
        ),
        ("kaibo-platforms", vec!["kaibo-vault", "kaibo-relay", "kaibo-sandbox"]),
        ("kaibo-vault", vec!["kaibo-platforms", "kaibo-sandbox"]),
        ("kaibo-obs", vec!["kaibo-platforms", "kaibo-vault", "kaibo-sandbox"]),
        ("kaibo-overlay", vec!["kaibo-platforms", "kaibo-vault", "kaibo-obs", "kaibo-sandbox"]),
        (
            "kaibo-relay",
            vec!["kaibo-platforms", "kaibo-vault", "kaibo-obs", "kaibo-overlay", "kaibo-sandbox"],
        ),
        ("kaibo-sandbox", vec!["kaibo-platforms", "kaibo-vault", "kaibo-obs", "kaibo-relay", "kaibo-live"]),
    ]);
    for (package, names) in forbidden {
        let all = dependencies(package);
        for name in names {
            assert!(!all.contains(name), "{package} depends on {name}");
        }
    }
}

#[test]
fn only_the_ipc_folder_imports_tauri() {
    for ending in [".ts", ".svelte"] {
        for (name, text) in files("ui/src", ending) {
            let imports = text.lines().any(|line| line.contains("@tauri-apps/") && line.contains("from"));
            assert!(!imports || name.starts_with("ui/src/ipc/"), "{name} imports @tauri-apps");
        }
    }
}

#[test]
fn platforms_are_told_apart_in_the_registry_alone() {
    let arm = ["Weibo", "Taobao", "Qiniu", "Bilibili"].map(|name| format!("Platform::{name} =>"));
    for folder in ["src-tauri/crates/live/src", "src-tauri/crates/platforms/src", "src-tauri/src"] {
        for (name, text) in files(folder, ".rs") {
            let matched = arm.iter().any(|arm| text.contains(arm.as_str()));
            assert!(
                !matched || name.ends_with("platforms/src/registry.rs"),
                "{name} matches on the platform"
            );
        }
    }
}

#[test]
fn commands_acl_and_window_agree() {
    let commands: BTreeSet<String> = kaibo_commands();
    let capability = fs::read_to_string(root().join("src-tauri/capabilities/main.json")).unwrap();
    let capability: serde_json::Value = serde_json::from_str(&capability).unwrap();
    let allowed: BTreeSet<String> = capability["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p.as_str().unwrap().trim_start_matches("allow-").replace('-', "_"))
        .collect();
    assert_eq!(allowed, commands, "capabilities/main.json against command_names.rs");
    assert_eq!(capability["windows"], serde_json::json!(["main"]), "one window, named");

    let sources = files("ui/src/ipc", ".ts").into_iter();
    let sources = sources.filter(|(path, _)| !path.ends_with(".test.ts"));
    let ipc: String = sources.map(|(_, text)| text).collect();
    let called: BTreeSet<String> = ipc
        .match_indices("invoke")
        .filter_map(|(at, _)| {
            ipc[at..].split('"').nth(1).filter(|_| ipc[at..].find('(') < ipc[at..].find('"'))
        })
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .map(str::to_owned)
        .collect();
    assert_eq!(called, commands, "what ui/src/ipc invokes against command_names.rs");
}

fn kaibo_commands() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("src-tauri/src/command_names.rs")).unwrap();
    text.lines()
        .filter_map(|line| line.trim().strip_prefix('"')?.split('"').next())
        .map(str::to_owned)
        .collect()
}

#[test]
fn generated_types_are_current() {
    let folder = tempfile::tempdir().unwrap();
    let config = ts_rs::Config::from_env().with_out_dir(folder.path());
    Batch::export_all(&config).unwrap();
    AccountDraft::export_all(&config).unwrap();
    SignInRequest::export_all(&config).unwrap();
    Forgotten::export_all(&config).unwrap();
    GoLive::export_all(&config).unwrap();
    PushPart::export_all(&config).unwrap();
    Said::export_all(&config).unwrap();
    kaibo_live::encoder::EncoderForm::export_all(&config).unwrap();
    kaibo_live::encoder::EncoderFound::export_all(&config).unwrap();
    kaibo_live::encoder::PushExport::export_all(&config).unwrap();
    kaibo_live::relay::CustomTargetForm::export_all(&config).unwrap();
    kaibo_live::relay::engines::Engine::export_all(&config).unwrap();
    QrCode::export_all(&config).unwrap();
    kaibo_live::view::SessionPage::export_all(&config).unwrap();
    kaibo_live::view::HistoryPage::export_all(&config).unwrap();
    kaibo_live::view::HistoryQuery::export_all(&config).unwrap();
    kaibo_live::view::HistoryExport::export_all(&config).unwrap();
    kaibo_live::view::SessionFile::export_all(&config).unwrap();
    kaibo_live::view::ExportDone::export_all(&config).unwrap();
    kaibo_live::view::SummaryView::export_all(&config).unwrap();
    kaibo_live::view::CourseView::export_all(&config).unwrap();
    kaibo_live::view::SummaryTable::export_all(&config).unwrap();
    kaibo_live::view::PersonRef::export_all(&config).unwrap();
    kaibo_live::view::Marks::export_all(&config).unwrap();
    kaibo_live::view::PersonView::export_all(&config).unwrap();
    kaibo_live::view::ThanksView::export_all(&config).unwrap();
    kaibo_live::moderation::MuteFor::export_all(&config).unwrap();
    kaibo_live::moderation::MutedPerson::export_all(&config).unwrap();
    kaibo_live::moderation::MutedPage::export_all(&config).unwrap();
    kaibo_live::moderation::BlockedWords::export_all(&config).unwrap();
    kaibo_live::moderation::Silence::export_all(&config).unwrap();
    kaibo_live::moderation::ModeratorPage::export_all(&config).unwrap();
    kaibo_live::room::Edit::export_all(&config).unwrap();
    kaibo_live::shortcut::KeysRefused::export_all(&config).unwrap();
    kaibo_live::overlay::OverlayStart::export_all(&config).unwrap();
    kaibo_live::view::UpdateView::export_all(&config).unwrap();
    kaibo_live::view::UpdateProgress::export_all(&config).unwrap();
    let fresh = fs::read_to_string(folder.path().join("kaibo.ts")).unwrap();
    let kept = fs::read_to_string(root().join("ui/src/ipc/types/kaibo.ts")).unwrap();
    assert!(fresh == kept, "run `cargo test -p kaibo-live` and commit ui/src/ipc/types/kaibo.ts");
}

#[test]
fn no_channel_is_unbounded() {
    for (name, text) in files("src-tauri", ".rs") {
        for word in ["unbounded_channel", "mpsc::channel()", "unbounded()"] {
            assert!(!text.contains(word), "{name} has {word}");
        }
    }
}

#[test]
fn the_domain_takes_time_and_chance_as_inputs() {
    for (name, text) in files("src-tauri/crates/live/src", ".rs") {
        if name.ends_with("clock.rs") {
            continue;
        }
        for word in ["Timestamp::now", "SystemTime::now", "fastrand::"] {
            assert!(!text.contains(word), "{name} has {word}");
        }
    }
}

#[test]
fn secret_types_have_no_way_out() {
    let commands = fs::read_to_string(root().join("src-tauri/src/commands.rs")).unwrap();
    assert_eq!(commands.matches("expose_secret").count(), 1, "reveal_key alone answers a secret");
    for (name, text) in files("src-tauri/crates/live/src", ".rs") {
        for kind in [
            "pub struct Credentials",
            "pub struct PushAddress",
            "pub enum EncoderService",
            "pub(crate) struct EncoderFacts",
            "pub(super) struct Kept",
            "pub(crate) struct RelayFacts",
            "pub(super) struct Session",
            "pub struct RelayStart",
        ] {
            let Some(at) = text.find(kind) else { continue };
            let derive = &text[..at][text[..at].rfind("#[derive").unwrap_or(at)..];
            assert!(!derive.contains("Serialize"), "{name}: {kind} can be serialised");
            let kind = kind.rsplit(' ').next().unwrap();
            assert!(!text.contains(&format!("Display for {kind}")), "{name}: {kind} can be printed");
        }
    }
}
