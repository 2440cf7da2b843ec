//! Commands about the chat's history.

use kaibo_live::studio::Studio;
use kaibo_live::view::{HistoryPage, HistoryQuery, SessionPage};
use tauri::State;

use super::{Answer, OrProblem};

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
