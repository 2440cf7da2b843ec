//! Commands about shortcuts that work while another program has the keyboard.

use kaibo_live::shortcut::{KeysRefused, ShortcutAction};
use kaibo_live::studio::Studio;
use tauri::{AppHandle, Runtime, State};

use super::{Answer, OrProblem};
use crate::preferences;
use crate::shortcuts::Shortcuts;

/// Sets a shortcut; without keys it has its usual ones. Answers why the keys can't be one; then nothing has changed.
#[tauri::command]
pub(crate) async fn set_shortcut<R: Runtime>(
    action: ShortcutAction,
    keys: Option<String>,
    on: bool,
    app: AppHandle<R>,
    studio: State<'_, Studio>,
    shortcuts: State<'_, Shortcuts>,
) -> Answer<Option<KeysRefused>> {
    if let Err(refused) = studio.set_shortcut(action, keys.as_deref(), on) {
        return Ok(Some(refused));
    }
    shortcuts.follow();
    preferences::save(&app, &studio.preferences()).or_problem(&studio)?;
    Ok(None)
}

/// The usual keys, and all off.
#[tauri::command]
pub(crate) async fn reset_shortcuts<R: Runtime>(
    app: AppHandle<R>,
    studio: State<'_, Studio>,
    shortcuts: State<'_, Shortcuts>,
) -> Answer<()> {
    studio.reset_shortcuts();
    shortcuts.follow();
    preferences::save(&app, &studio.preferences()).or_problem(&studio)
}

/// Lets go of all keys while the streamer presses those of a shortcut, or takes them again.
#[tauri::command]
pub(crate) async fn hold_shortcuts(on: bool, shortcuts: State<'_, Shortcuts>) -> Answer<()> {
    shortcuts.hold(on).await;
    Ok(())
}
