//! Commands about the encoder (OBS) and about push addresses for other programs.

use std::path::PathBuf;

use kaibo_live::encoder::{EncoderForm, EncoderFound, PushExport};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::room::RoomId;
use kaibo_live::secret::{ExposeSecret, SecretString};
use kaibo_live::studio::Studio;
use tauri::{AppHandle, Runtime, State, Window};

use super::{Answer, OrProblem};
use crate::clipboard::Clipboard;
use crate::words::Tongue;
use crate::{preferences, saved};

/// Looks into the settings of OBS on this machine and connects with what stands there; the streamer has agreed.
#[tauri::command]
pub(crate) async fn find_encoder<R: Runtime>(
    app: AppHandle<R>,
    studio: State<'_, Studio>,
) -> Answer<EncoderFound> {
    let found = studio.find_encoder().await;
    keep(&app, &studio);
    found.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn connect_encoder<R: Runtime>(
    form: EncoderForm,
    app: AppHandle<R>,
    studio: State<'_, Studio>,
) -> Answer<()> {
    let connected = studio.connect_encoder(form).await;
    keep(&app, &studio);
    connected.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn forget_encoder<R: Runtime>(app: AppHandle<R>, studio: State<'_, Studio>) -> Answer<()> {
    let forgotten = studio.forget_encoder().await;
    keep(&app, &studio);
    forgotten.or_problem(&studio)
}

/// The encoder's address is one of the preferences, which the shell keeps.
fn keep<R: Runtime>(app: &AppHandle<R>, studio: &Studio) {
    if let Err(failure) = preferences::save(app, &studio.preferences()) {
        studio.tell(failure);
    }
}

/// Puts a room's push address into the encoder. The key goes from the keyring to OBS and never through the
/// window.
#[tauri::command]
pub(crate) async fn send_to_encoder(room: RoomId, studio: State<'_, Studio>) -> Answer<()> {
    studio.send_to_encoder(&room).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn restore_encoder(studio: State<'_, Studio>) -> Answer<()> {
    studio.restore_encoder().await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn start_encoder(studio: State<'_, Studio>) -> Answer<()> {
    studio.start_encoder().await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn stop_encoder(studio: State<'_, Studio>) -> Answer<()> {
    studio.stop_encoder().await.or_problem(&studio)
}

#[tauri::command]
pub(crate) fn alarm_seen(id: u64, studio: State<'_, Studio>) {
    studio.alarm_seen(id);
}

/// Hands push addresses to another program: into a file that the streamer chooses, or onto the clipboard.
/// `false` when no file was chosen.
#[tauri::command]
pub(crate) async fn export_push<R: Runtime>(
    rooms: Vec<RoomId>,
    format: PushExport,
    window: Window<R>,
    studio: State<'_, Studio>,
    clipboard: State<'_, Clipboard>,
) -> Answer<bool> {
    let text = studio.export_push(&rooms, format).or_problem(&studio)?;
    match format {
        PushExport::ObsMultiRtmp => {
            let tongue = Tongue::of(studio.preferences().language);
            let dialog = rfd::AsyncFileDialog::new()
                .set_title(tongue.save_targets())
                .set_file_name("obs-multi-rtmp.json")
                .add_filter("JSON", &["json"])
                .set_parent(&window);
            let Some(chosen) = dialog.save_file().await else { return Ok(false) };
            save(PathBuf::from(chosen.path()), text).await.or_problem(&studio)?;
        }
        PushExport::Ffmpeg | PushExport::Plain => clipboard.copy(text, true).await.or_problem(&studio)?,
    }
    Ok(true)
}

/// The key is in the text: it is handed over as what it is until the file takes it.
async fn save(path: PathBuf, text: SecretString) -> Result<(), Failure> {
    let write = move || saved::write_whole(&path, text.expose_secret().as_bytes());
    let written = tauri::async_runtime::spawn_blocking(write).await;
    let written = written.map_err(|e| Failure::new(ProblemCode::Internal).because(e))?;
    written.map_err(|e| Failure::new(ProblemCode::Storage).because(e))
}
