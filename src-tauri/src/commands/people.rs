//! Commands about people: what the streamer notes of them, what is known of them, and whom to thank.

use kaibo_live::studio::Studio;
use kaibo_live::view::{Marks, PersonRef, PersonView, ThanksView};
use tauri::State;

use super::{Answer, OrProblem};

/// Replaces what is noted of a person.
#[tauri::command]
pub(crate) async fn mark_person(person: PersonRef, marks: Marks, studio: State<'_, Studio>) -> Answer<()> {
    studio.mark_person(person, marks).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn read_person(person: PersonRef, studio: State<'_, Studio>) -> Answer<PersonView> {
    studio.read_person(person).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn list_thanks(studio: State<'_, Studio>) -> Answer<ThanksView> {
    studio.thanks().await.or_problem(&studio)
}

/// Ticks an entry of the thanks list, or undoes the tick.
#[tauri::command]
pub(crate) async fn thank(up_to: i64, thanked: bool, studio: State<'_, Studio>) -> Answer<()> {
    studio.thank(up_to, thanked).await.or_problem(&studio)
}
