//! Commands about the relay.

use std::io::{self, Cursor, Write};
use std::path::PathBuf;

use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::relay::engines::{Engine, EngineConfig};
use kaibo_live::relay::{CustomTargetForm, RelaySettings, RelayTarget};
use kaibo_live::secret::ExposeSecret;
use kaibo_live::studio::Studio;
use kaibo_live::view::PushPart;
use tauri::{AppHandle, Runtime, State, Window};
use zip::write::SimpleFileOptions;

use super::{Answer, OrProblem};
use crate::clipboard::Clipboard;
use crate::words::Tongue;
use crate::{preferences, saved};

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

/// Writes a configuration for another relay into an archive that the streamer chooses, keys in files of their own;
/// `false` when none was chosen.
#[tauri::command]
pub(crate) async fn export_relay<R: Runtime>(
    engine: Engine,
    targets: Vec<RelayTarget>,
    window: Window<R>,
    studio: State<'_, Studio>,
) -> Answer<bool> {
    let config = studio.export_relay(engine, &targets).await.or_problem(&studio)?;
    let dialog = rfd::AsyncFileDialog::new()
        .set_title(Tongue::of(studio.preferences().language).save_targets())
        .set_file_name("kaibo-relay.zip")
        .add_filter("ZIP", &["zip"])
        .set_parent(&window);
    let Some(chosen) = dialog.save_file().await else { return Ok(false) };
    save(PathBuf::from(chosen.path()), config).await.or_problem(&studio)?;
    Ok(true)
}

async fn save(path: PathBuf, config: EngineConfig) -> Result<(), Failure> {
    let write = move || saved::write_whole(&path, &archive(&config)?);
    let written = tauri::async_runtime::spawn_blocking(write).await;
    let written = written.map_err(|e| Failure::new(ProblemCode::Internal).because(e))?;
    written.map_err(|e| Failure::new(ProblemCode::Storage).because(e))
}

/// All files in one; those with keys are unpacked for their owner's eyes alone.
fn archive(config: &EngineConfig) -> io::Result<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let mut put = |name: &str, text: &str, mode: u32| {
        archive.start_file(name, SimpleFileOptions::default().unix_permissions(mode))?;
        archive.write_all(text.as_bytes())
    };
    put(config.main.0, &config.main.1, 0o644)?;
    for (name, text) in &config.plain {
        // Scripts among them are started by the engine.
        put(name, text, 0o755)?;
    }
    for (name, text) in &config.secret {
        put(name, text.expose_secret(), 0o600)?;
    }
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn keys_are_unpacked_for_their_owner_alone() {
        let config = EngineConfig {
            main: ("nginx.conf", "rtmp {}".into()),
            plain: vec![("push.sh".into(), "exec".into())],
            secret: vec![("targets.conf".into(), "hidden".into())],
        };
        let mut archive = zip::ZipArchive::new(Cursor::new(archive(&config).unwrap())).unwrap();
        let mut file = |name: &str| {
            let mut file = archive.by_name(name).unwrap();
            let mut text = String::new();
            file.read_to_string(&mut text).unwrap();
            (text, file.unix_mode().unwrap() & 0o777)
        };
        assert_eq!(file("nginx.conf"), ("rtmp {}".into(), 0o644));
        assert_eq!(file("push.sh"), ("exec".into(), 0o755));
        assert_eq!(file("targets.conf"), ("hidden".into(), 0o600));
    }
}
