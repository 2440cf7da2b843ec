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
    let title = Tongue::of(studio.preferences().language).save_history();
    let Some(chosen) = ask_for_file(&window, title, name, ending).await else { return Ok(None) };
    studio.export_history(request, chosen.path(), TimeZone::system()).await.or_problem(&studio)
}

/// Asks for a file and writes a session with all that is known of it into an archive; `None` as above.
#[tauri::command]
pub(crate) async fn save_session<R: Runtime>(
    request: SessionFile,
    window: Window<R>,
    studio: State<'_, Studio>,
) -> Answer<Option<ExportDone>> {
    let title = Tongue::of(studio.preferences().language).save_session();
    let Some(chosen) = ask_for_file(&window, title, "ZIP", "zip").await else { return Ok(None) };
    studio.save_session(request, chosen.path(), TimeZone::system()).await.or_problem(&studio)
}

/// The system's own dialog, with a file of today's date in it.
async fn ask_for_file<R: Runtime>(
    window: &Window<R>,
    title: String,
    kind: &str,
    ending: &str,
) -> Option<rfd::FileHandle> {
    let today = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
    let dialog = rfd::AsyncFileDialog::new()
        .set_title(title)
        .set_file_name(format!("kaibo-{today}.{ending}"))
        .add_filter(kind, &[ending])
        .set_parent(window);
    dialog.save_file().await
}

#[tauri::command]
pub(crate) fn cancel_export(studio: State<'_, Studio>) {
    studio.cancel_export();
}
