//! Commands about the relay.

use kaibo_live::relay::{CustomTargetForm, RelaySettings, RelayTarget};
use kaibo_live::studio::Studio;
use kaibo_live::view::PushPart;
use tauri::{AppHandle, Runtime, State};

use super::{Answer, OrProblem};
use crate::clipboard::Clipboard;
use crate::preferences;

/// Sets how the relay is used.
#[tauri::command]
pub(crate) async fn set_relay<R: Runtime>(
    settings: RelaySettings,
    app: AppHandle<R>,
    studio: State<'_, Studio>,
) -> Answer<()> {
    studio.set_relay(&settings).or_problem(&studio)?;
    preferences::save(&app, &studio.preferences()).or_problem(&studio)
}

/// Makes or changes an address of the streamer's own, and answers its id. The key goes to the keyring.
#[tauri::command]
pub(crate) async fn set_relay_target<R: Runtime>(
    target: CustomTargetForm,
    app: AppHandle<R>,
    studio: State<'_, Studio>,
) -> Answer<String> {
    let id = studio.set_relay_target(&target).await.or_problem(&studio)?;
    preferences::save(&app, &studio.preferences()).or_problem(&studio)?;
    Ok(id)
}

#[tauri::command]
pub(crate) async fn forget_relay_target<R: Runtime>(
    id: String,
    app: AppHandle<R>,
    studio: State<'_, Studio>,
) -> Answer<()> {
    let forgotten = studio.forget_relay_target(&id).await;
    let kept = preferences::save(&app, &studio.preferences());
    forgotten.and(kept).or_problem(&studio)
}

/// Adds a room or an address of the streamer's own, also in mid-broadcast; starts the relay if it is off.
#[tauri::command]
pub(crate) async fn add_to_relay(target: RelayTarget, studio: State<'_, Studio>) -> Answer<()> {
    studio.add_to_relay(target).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn remove_from_relay(target: RelayTarget, studio: State<'_, Studio>) -> Answer<()> {
    studio.remove_from_relay(&target).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn pause_relay_target(target: RelayTarget, studio: State<'_, Studio>) -> Answer<()> {
    studio.pause_relay_target(&target).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn resume_relay_target(target: RelayTarget, studio: State<'_, Studio>) -> Answer<()> {
    studio.resume_relay_target(&target).await.or_problem(&studio)
}

/// Puts the relay's address into the encoder.
#[tauri::command]
pub(crate) async fn send_relay_to_encoder(studio: State<'_, Studio>) -> Answer<()> {
    studio.send_relay_to_encoder().await.or_problem(&studio)
}

/// Copies a part of the relay's address. Its key never passes through the window.
#[tauri::command]
pub(crate) async fn copy_relay(
    part: PushPart,
    studio: State<'_, Studio>,
    clipboard: State<'_, Clipboard>,
) -> Answer<()> {
    let text = studio.relay_part(part).or_problem(&studio)?;
    clipboard.copy(text, part != PushPart::Server).await.or_problem(&studio)
}
