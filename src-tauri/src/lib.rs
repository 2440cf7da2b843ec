//! The shell: window, commands, clipboard, preferences, log and wiring. What to do is decided in
//! `kaibo-live`; this crate hands words over and back.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod account_file;
mod clipboard;
mod commands;
mod compact;
mod feed;
mod log;
mod preferences;
mod relay;
mod sandbox;
mod saved;
mod shortcuts;
mod tray;
mod update;
mod window;
mod words;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use kaibo_live::clock::SystemClock;
use kaibo_live::history::History;
use kaibo_live::problem::Failure;
use kaibo_live::secret::SecretStore;
use kaibo_live::store::Store;
use kaibo_live::studio::{Parts, Studio};
use kaibo_overlay::Overlay;
use kaibo_overlay::server::Page;
use kaibo_vault::Vault;
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_window_state::StateFlags;

/// Names of all commands, in order.
pub const COMMANDS: &[&str] = &include!("command_names.rs");

/// Longest that the program's end waits for the chat's history to be written.
const HISTORY_FLUSH: Duration = Duration::from_secs(5);

/// Runs the program until its window is closed.
pub fn run() -> ExitCode {
    let mut context = tauri::generate_context!();
    let updates = update::Source::built_in();
    let builder = tauri::Builder::default();
    let builder = match &updates {
        Some(source) => builder.plugin(source.plugin(&mut context)),
        None => builder,
    };
    // Whether it is seen isn't: it is opened at each start.
    let remembered = StateFlags::all() - StateFlags::VISIBLE;
    let built = builder
        .plugin(tauri_plugin_single_instance::init(|app, arguments, _| {
            shortcuts::started_again(app, &arguments);
        }))
        .plugin(window::stay())
        .plugin(window::open_with_page())
        .plugin(tauri_plugin_store::Builder::new().build())
        .plugin(tauri_plugin_opener::init())
        .plugin(tauri_plugin_window_state::Builder::new().with_state_flags(remembered).build())
        .invoke_handler(include!(concat!(env!("OUT_DIR"), "/handler.rs")))
        .on_window_event(window::on_event)
        .setup(move |app| {
            app.manage(update::Updates::new(updates));
            set_up(app.handle());
            Ok(())
        })
        .build(context);
    match built {
        Ok(app) => {
            app.run(|app, event| {
                if matches!(event, tauri::RunEvent::Exit) {
                    leave(app);
                }
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            tracing::error!(%error, "the window could not be made");
            ExitCode::FAILURE
        }
    }
}

/// What the program's end has to do.
fn leave<R: Runtime>(app: &AppHandle<R>) {
    let farewells = relay::leave(app);
    if let Some(clipboard) = app.try_state::<clipboard::Clipboard>() {
        clipboard.clear_now();
    }
    if let Some(studio) = app.try_state::<Studio>() {
        studio.flush_history(HISTORY_FLUSH);
    }
    farewells();
}

/// Wires everything up. Nothing here may keep the window from opening: what fails is told in it.
fn set_up<R: Runtime>(app: &AppHandle<R>) {
    log::start(app.path().app_log_dir().ok());
    let (preferences, unreadable) = preferences::load(app);
    let (store, lost) = open_store(app.path().app_data_dir().ok());
    let (history, gone) = open_history(app.path().app_data_dir().ok());
    let parts = Parts {
        drivers: kaibo_platforms::registry::drivers(),
        vault: Arc::new(Vault::new()),
        sandbox_vault: session_vault(),
        store,
        history,
        clock: Arc::new(SystemClock),
        sandbox: Arc::new(sandbox::Host::default()),
        encoder: Arc::new(kaibo_obs::driver()),
        relay: Arc::new(kaibo_relay::driver()),
        preferences,
    };
    let studio = match Studio::new(parts) {
        Ok(studio) => studio,
        Err(failure) => {
            tracing::error!(?failure, "the studio could not be made");
            app.exit(1);
            return;
        }
    };
    unreadable.into_iter().chain(lost).chain(gone).for_each(|failure| studio.tell(failure));
    app.manage(studio.clone());
    app.manage(feed::Feed::default());
    app.manage(compact::Compact::start(app));
    commands::protect(app, &studio);
    commands::zoom(app, &studio);
    app.manage(clipboard::Clipboard::start(studio.clone()));
    serve_overlay(app, &studio);
    relay::keep_measurements(app.clone(), studio.clone());
    tray::start(app, studio.clone());
    shortcuts::start(app, studio.clone());
    #[cfg(unix)]
    end_when_told(app.clone());
    tauri::async_runtime::spawn(async move { studio.open().await });
}

/// Ends the program when the system tells it to, as at the end of a session, with all that its end has to do. Nobody
/// is asked: there may be nobody to answer.
#[cfg(unix)]
fn end_when_told<R: Runtime>(app: AppHandle<R>) {
    use tokio::signal::unix::{SignalKind, signal};

    tauri::async_runtime::spawn(async move {
        let told = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
        let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = told else {
            tracing::warn!("the end of a session ends the program at once");
            return;
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
        }
        app.exit(0);
    });
}

/// Serves the chat to OBS while the settings want it. Its script and style are built with the window's.
fn serve_overlay<R: Runtime>(app: &AppHandle<R>, studio: &Studio) {
    let file = |name: &str| {
        let found = app.asset_resolver().get(name.to_owned());
        if found.is_none() {
            tracing::error!(name, "a part of the overlay is missing");
        }
        found.map(|asset| asset.bytes).unwrap_or_default().into()
    };
    let page = Page { script: file("overlay.js"), style: file("overlay.css") };
    let overlay = Overlay::new(studio.clone(), page);
    app.manage(overlay.clone());
    tauri::async_runtime::spawn(async move { overlay.run().await });
}

/// Memory for the sandbox's accounts.
fn session_vault() -> Arc<dyn SecretStore> {
    let vault = Vault::new();
    vault.use_session_only();
    Arc::new(vault)
}

/// Opens the database, or, when that fails, one in memory; and what to tell. A file that can't be read is set aside.
fn open_store(folder: Option<PathBuf>) -> (Store, Option<Failure>) {
    use kaibo_live::problem::ProblemCode::Storage;
    let opened = folder.ok_or_else(|| Failure::new(Storage)).and_then(|folder| {
        fs::create_dir_all(&folder).map_err(|e| Failure::new(Storage).because(e))?;
        Store::open_or_begin_anew(&folder.join("kaibo.db"))
    });
    match opened {
        Ok(opened) => opened,
        Err(failure) => match Store::in_memory() {
            Ok(store) => (store, Some(failure)),
            // SQLite without memory: there is nothing left to run on.
            Err(worse) => {
                tracing::error!(?failure, ?worse, "no database, not even in memory");
                std::process::exit(1)
            }
        },
    }
}

/// Opens the chat's history, or, when that fails, one that is gone with the program; and what to tell. A file that
/// can't be read is set aside.
fn open_history(folder: Option<PathBuf>) -> (History, Option<Failure>) {
    use kaibo_live::problem::ProblemCode::Storage;
    let opened = folder
        .ok_or_else(|| Failure::new(Storage))
        .and_then(|folder| History::open_or_begin_anew(&folder.join("history.db")));
    match opened {
        Ok(opened) => opened,
        Err(failure) => match History::private() {
            Ok(history) => (history, Some(failure)),
            Err(worse) => {
                tracing::error!(?failure, ?worse, "no history, not even a private one");
                std::process::exit(1)
            }
        },
    }
}
