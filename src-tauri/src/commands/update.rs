//! Commands about newer versions of the program.

use kaibo_live::studio::Studio;
use kaibo_live::view::{UpdateProgress, UpdateView};
use tauri::ipc::Channel;
use tauri::{AppHandle, Runtime, State};

use super::{Answer, OrProblem};
use crate::update::Updates;

/// Can newer versions be looked for at all? Not in a program that was built without a key.
#[tauri::command]
pub(crate) fn updates_on(updates: State<'_, Updates>) -> bool {
    updates.is_on()
}

/// Looks for a newer version; `None` when there is none.
#[tauri::command]
pub(crate) async fn look_for_update<R: Runtime>(
    app: AppHandle<R>,
    studio: State<'_, Studio>,
    updates: State<'_, Updates>,
) -> Answer<Option<UpdateView>> {
    updates.look(&app).await.or_problem(&studio)
}

/// Installs what was found last and starts it; how far the download is goes into the channel.
#[tauri::command]
pub(crate) async fn install_update<R: Runtime>(
    progress: Channel<UpdateProgress>,
    app: AppHandle<R>,
    studio: State<'_, Studio>,
    updates: State<'_, Updates>,
) -> Answer<()> {
    // A window that is gone hears nothing of it.
    let tell = |so_far| _ = progress.send(so_far);
    updates.install(&studio, tell).await.or_problem(&studio)?;
    app.request_restart();
    Ok(())
}
