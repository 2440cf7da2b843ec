//! Commands about the chat's history.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::tz::TimeZone;
use kaibo_live::problem::{Failure, InvalidReason};
use kaibo_live::studio::Studio;
use kaibo_live::view::{
    CourseView, ExportDone, ExportFormat, HistoryExport, HistoryPage, HistoryQuery, SessionFile, SessionPage,
    SummaryTable, SummaryView,
};
use tauri::{Runtime, State, Window};

use super::{Answer, OrProblem};
use crate::saved;
use crate::words::Tongue;

/// The largest picture that the window may have saved, in bytes.
const PICTURE_CAP: usize = 8 * 1024 * 1024;
/// How a PNG begins.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

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
pub(super) async fn ask_for_file<R: Runtime>(
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

/// What became of an evening.
#[tauri::command]
pub(crate) async fn read_summary(
    session: i64,
    alone: bool,
    studio: State<'_, Studio>,
) -> Answer<SummaryView> {
    studio.summary(session, alone).await.or_problem(&studio)
}

/// The last sessions with their peaks, oldest first.
#[tauri::command]
pub(crate) async fn read_course(studio: State<'_, Studio>) -> Answer<Vec<CourseView>> {
    studio.course().await.or_problem(&studio)
}

/// Asks for a file and writes an evening's figures into it as a table; answers its name, or `None` when no file was
/// chosen.
#[tauri::command]
pub(crate) async fn save_summary<R: Runtime>(
    request: SummaryTable,
    window: Window<R>,
    studio: State<'_, Studio>,
) -> Answer<Option<String>> {
    let table = studio.summary_table(&request, TimeZone::system()).await.or_problem(&studio)?;
    let title = Tongue::of(studio.preferences().language).save_summary();
    let Some(chosen) = ask_for_file(&window, title, "CSV", "csv").await else { return Ok(None) };
    saved::write(chosen.path().to_owned(), table).await.map(Some).or_problem(&studio)
}

/// Asks for a file and writes a picture into it that the window has drawn: a PNG in base64.
#[tauri::command]
pub(crate) async fn save_picture<R: Runtime>(
    png: String,
    window: Window<R>,
    studio: State<'_, Studio>,
) -> Answer<Option<String>> {
    let picture = picture(&png).or_problem(&studio)?;
    let title = Tongue::of(studio.preferences().language).save_summary();
    let Some(chosen) = ask_for_file(&window, title, "PNG", "png").await else { return Ok(None) };
    saved::write(chosen.path().to_owned(), picture).await.map(Some).or_problem(&studio)
}

fn picture(base64: &str) -> Result<Vec<u8>, Failure> {
    let refuse = || Failure::invalid("picture", InvalidReason::Malformed);
    if base64.len() > PICTURE_CAP / 3 * 4 {
        return Err(refuse());
    }
    let bytes = STANDARD.decode(base64).map_err(|e| refuse().because(e))?;
    if bytes.starts_with(PNG) { Ok(bytes) } else { Err(refuse()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pictures_of_a_bounded_size_are_saved() {
        let png = [PNG, b"rest"].concat();
        assert_eq!(picture(&STANDARD.encode(&png)).unwrap(), png);
        let long = [PNG, vec![0; PICTURE_CAP].as_slice()].concat();
        for bad in [STANDARD.encode("#!/bin/sh"), "%".into(), STANDARD.encode(long)] {
            assert!(picture(&bad).is_err(), "{} characters", bad.len());
        }
    }
}
