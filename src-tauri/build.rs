//! Builds the window's UI when its sources changed, and makes the command handler and the ACL from the
//! one list of commands.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;
use std::{env, fs, io};

const COMMANDS: &[&str] = &include!("src/command_names.rs");

fn main() -> Result<(), Box<dyn Error>> {
    let ui = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../ui");
    build_ui(&ui)?;
    write_handler()?;
    let attributes =
        tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    tauri_build::try_build(attributes)?;
    Ok(())
}

/// `npm ci` when the lock is newer than what is installed, `vite build` when a source is newer than the
/// build. Both are skipped when nothing changed, so that a plain `cargo build` stays quick.
fn build_ui(ui: &Path) -> Result<(), Box<dyn Error>> {
    let sources =
        ["src", "messages", "public", "project.inlang", "index.html", "package-lock.json", "vite.config.ts"];
    for source in sources {
        println!("cargo::rerun-if-changed={}", ui.join(source).display());
    }
    let lock = ui.join("package-lock.json");
    if newest(&lock)? > newest(&ui.join("node_modules/.package-lock.json"))? {
        npm(ui, &["ci", "--no-audit", "--no-fund"])?;
    }
    let mut changed = SystemTime::UNIX_EPOCH;
    for source in sources {
        changed = changed.max(newest(&ui.join(source))?);
    }
    if changed > newest(&ui.join("dist/index.html"))? {
        npm(ui, &["run", "build"])?;
    }
    Ok(())
}

fn npm(ui: &Path, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let done = Command::new(name).args(arguments).current_dir(ui).output().map_err(|e| {
        format!("npm is needed to build the window ({e}); get Node 20.19 or later from nodejs.org")
    })?;
    if done.status.success() {
        return Ok(());
    }
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    Err(format!("npm {} failed:\n{out}\n{err}", arguments.join(" ")).into())
}

/// When the newest file at or below a path was written; a path that isn't there is as old as can be.
fn newest(path: &Path) -> io::Result<SystemTime> {
    let meta = match fs::metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(SystemTime::UNIX_EPOCH),
        Err(e) => return Err(e),
    };
    if !meta.is_dir() {
        return meta.modified();
    }
    // Generated into the sources by the build itself.
    if path.ends_with("paraglide") {
        return Ok(SystemTime::UNIX_EPOCH);
    }
    fs::read_dir(path)?
        .try_fold(SystemTime::UNIX_EPOCH, |found, entry| Ok(found.max(newest(&entry?.path())?)))
}

fn write_handler() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=src/command_names.rs");
    let paths: Vec<String> = COMMANDS.iter().map(|name| format!("crate::commands::{name}")).collect();
    let code = format!("tauri::generate_handler![{}]", paths.join(", "));
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("handler.rs"), code)?;
    Ok(())
}
