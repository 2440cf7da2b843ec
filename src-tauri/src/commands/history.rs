//! Commands about the chat's history.

use jiff::tz::TimeZone;
use kaibo_live::studio::Studio;
use kaibo_live::view::{
    ExportDone, ExportFormat, HistoryExport, HistoryPage, HistoryQuery, SessionFile, SessionPage,
};
use tauri::{Runtime, State, Window};

use super::{Answer, OrProblem};
use crate::words::Tongue;

/// Sessions, newest first; the next page begins at `before`.
#[tauri::command]
pub(crate) async fn list_sessions(before: Option<i64>, studio: State<'_, Studio>) -> Answer<SessionPage> {
    studio.sessions(before).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn search_history(query: HistoryQuery, studio: State<'_, Studio>) -> Answer<HistoryPage> {
    studio.history_search(query).await.or_problem(&studio)
}

/// What stands around a line in its session.
#[tauri::command]
pub(crate) async fn history_around(line: i64, studio: State<'_, Studio>) -> Answer<HistoryPage> {
    studio.history_around(line).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn delete_session(session: i64, studio: State<'_, Studio>) -> Answer<()> {
    studio.delete_session(session).await.or_problem(&studio)
}

/// Asks for a file and writes sessions into it; `None` when no file was chosen or the export was stopped. Progress comes
/// with the batches.
#[tauri::command]
pub(crate) async fn export_history<R: Runtime>(
    request: HistoryExport,
    window: Window<R>,
    studio: State<'_, Studio>,
) -> Answer<Option<ExportDone>> {
    let (name, ending) = match request.format {
        ExportFormat::Csv => ("CSV", "csv"),
        ExportFormat::JsonLines => ("JSON Lines", "jsonl"),
        ExportFormat::Text => ("TXT", "txt"),
    };
    let tongue = Tongue::of(studio.preferences().language);
    let today = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
    let dialog = rfd::AsyncFileDialog::new()
        .set_title(tongue.save_history())
        .set_file_name(format!("kaibo-{today}.{ending}"))
        .add_filter(name, &[ending])
        .set_parent(&window);
    let Some(chosen) = dialog.save_file().await else { return Ok(None) };
    studio.export_history(request, chosen.path(), TimeZone::system()).await.or_problem(&studio)
}

/// Asks for a file and writes a session with all that is known of it into an archive; `None` as above.
#[tauri::command]
pub(crate) async fn save_session<R: Runtime>(
    request: SessionFile,
    window: Window<R>,
    studio: State<'_, Studio>,
) -> Answer<Option<ExportDone>> {
    let tongue = Tongue::of(studio.preferences().language);
    let today = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
    let dialog = rfd::AsyncFileDialog::new()
        .set_title(tongue.save_session())
        .set_file_name(format!("kaibo-{today}.zip"))
        .add_filter("ZIP", &["zip"])
        .set_parent(&window);
    let Some(chosen) = dialog.save_file().await else { return Ok(None) };
    studio.save_session(request, chosen.path(), TimeZone::system()).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) fn cancel_export(studio: State<'_, Studio>) {
    studio.cancel_export();
}
