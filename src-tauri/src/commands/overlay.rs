//! Commands about the overlay: the page that OBS shows the chat with.

use kaibo_live::overlay::OverlaySettings;
use kaibo_live::studio::Studio;
use kaibo_overlay::Overlay;
use tauri::{AppHandle, Runtime, State};

use super::{Answer, OrProblem};
use crate::clipboard::Clipboard;
use crate::preferences;

/// Sets what the overlay shows, and whether it is served.
#[tauri::command]
pub(crate) async fn set_overlay<R: Runtime>(
    settings: OverlaySettings,
    app: AppHandle<R>,
    studio: State<'_, Studio>,
    overlay: State<'_, Overlay>,
) -> Answer<()> {
    studio.set_overlay(settings).or_problem(&studio)?;
    let kept = preferences::save(&app, &studio.preferences());
    overlay.follow().await;
    kept.or_problem(&studio)
}

/// Copies the overlay's address. It opens the chat to whoever has it, so it never passes through the window.
#[tauri::command]
pub(crate) async fn copy_overlay(
    studio: State<'_, Studio>,
    overlay: State<'_, Overlay>,
    clipboard: State<'_, Clipboard>,
) -> Answer<()> {
    let address = overlay.address().await.or_problem(&studio)?;
    clipboard.copy(address, true).await.or_problem(&studio)
}

/// Makes another address; the former opens nothing any more.
#[tauri::command]
pub(crate) async fn renew_overlay(studio: State<'_, Studio>, overlay: State<'_, Overlay>) -> Answer<()> {
    overlay.renew().await.or_problem(&studio)
}
