//! Commands about the window itself.

use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::studio::Studio;
use tauri::{AppHandle, Manager, Runtime, State, Window};

use super::history::ask_for_file;
use super::{Answer, OrProblem};
use crate::compact::Compact;
use crate::words::Tongue;
use crate::{log, saved};

/// Makes the window small and keeps it above others, or full again.
#[tauri::command]
pub(crate) async fn set_compact<R: Runtime>(
    on: bool,
    app: AppHandle<R>,
    studio: State<'_, Studio>,
    compact: State<'_, Compact>,
) -> Answer<()> {
    let window = app.get_webview_window("main").ok_or_else(|| Failure::new(ProblemCode::NotFound));
    window
        .and_then(|w| {
            compact
                .set(&w, on, studio.preferences().text_size)
                .map_err(|e| Failure::new(ProblemCode::Internal).because(e))
        })
        .or_problem(&studio)
}

/// Draws the window as large as the preferences say.
pub(crate) fn zoom<R: Runtime>(app: &AppHandle<R>, studio: &Studio) {
    let text = studio.preferences().text_size;
    if let (Some(window), Some(compact)) = (app.get_webview_window("main"), app.try_state::<Compact>())
        && let Err(error) = compact.zoom(&window, text)
    {
        tracing::warn!(%error, "the window's text can't be made larger or smaller");
    }
}

/// Asks the system to leave the window out of captures, or no longer. Linux's desktops can't; the window says so.
pub(crate) fn protect<R: Runtime>(app: &AppHandle<R>, studio: &Studio) {
    let on = studio.preferences().streamer_mode;
    if let Some(window) = app.get_webview_window("main")
        && let Err(error) = window.set_content_protected(on)
    {
        tracing::warn!(%error, on, "the system doesn't change what captures see of the window");
    }
}

/// Asks for a file and writes the log into it, redacted, with the program's version and the system's name; answers the
/// file's name, or `None` when no file was chosen.
#[tauri::command]
pub(crate) async fn export_log<R: Runtime>(
    window: Window<R>,
    studio: State<'_, Studio>,
) -> Answer<Option<String>> {
    let title = Tongue::of(studio.preferences().language).save_log();
    let Some(chosen) = ask_for_file(&window, title, "ZIP", "zip").await else { return Ok(None) };
    let paths = window.path();
    let storage = |e: Box<dyn std::error::Error + Send + Sync>| Failure::new(ProblemCode::Storage).because(e);
    let folder = paths.app_log_dir().map_err(|e| storage(e.into())).or_problem(&studio)?;
    let (about, home) = (about(&studio), paths.home_dir().ok());
    let bundled =
        tauri::async_runtime::spawn_blocking(move || log::bundle(&folder, &about, home.as_deref())).await;
    let bundled = bundled.map_err(|e| Failure::new(ProblemCode::Internal).because(e)).or_problem(&studio)?;
    let bundled = bundled.map_err(|e| storage(e.into())).or_problem(&studio)?;
    saved::write(chosen.path().to_owned(), bundled).await.map(Some).or_problem(&studio)
}

/// What whoever reads the log needs to know, and nothing of anybody.
fn about(studio: &Studio) -> String {
    let (version, system, processor) =
        (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    format!("Kaibo {version}\nsystem: {system} {processor}\n{}", studio.outline())
}
