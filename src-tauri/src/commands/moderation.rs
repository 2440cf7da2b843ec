//! Commands about moderating a room's chat.

use kaibo_live::moderation::{BlockedWords, ModeratorPage, MuteFor, MutedPage, MutedPerson, Silence};
use kaibo_live::room::RoomId;
use kaibo_live::studio::Studio;
use tauri::State;

use super::{Answer, OrProblem};

/// Mutes the person with this platform id; `line` is what they said. Answers what the platform's list then has.
#[tauri::command]
pub(crate) async fn mute_person(
    room: RoomId,
    person: String,
    how_long: MuteFor,
    line: String,
    studio: State<'_, Studio>,
) -> Answer<MutedPerson> {
    studio.mute_person(&room, &person, how_long, &line).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn unmute_person(room: RoomId, person: String, studio: State<'_, Studio>) -> Answer<()> {
    studio.unmute_person(&room, &person).await.or_problem(&studio)
}

/// A page of the muted, from 1.
#[tauri::command]
pub(crate) async fn list_muted(room: RoomId, page: u32, studio: State<'_, Studio>) -> Answer<MutedPage> {
    studio.list_muted(&room, page).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn list_blocked_words(room: RoomId, studio: State<'_, Studio>) -> Answer<BlockedWords> {
    studio.list_blocked_words(&room).await.or_problem(&studio)
}

/// Blocks a word; `false` when it was blocked already. Answered once the platform's list has it.
#[tauri::command]
pub(crate) async fn block_word(room: RoomId, word: String, studio: State<'_, Studio>) -> Answer<bool> {
    studio.block_word(&room, &word).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn unblock_word(room: RoomId, word: String, studio: State<'_, Studio>) -> Answer<()> {
    studio.unblock_word(&room, &word).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn read_silence(room: RoomId, studio: State<'_, Studio>) -> Answer<Silence> {
    studio.read_silence(&room).await.or_problem(&studio)
}

/// Silences the room or ends that; answers what the platform then has.
#[tauri::command]
pub(crate) async fn set_silence(
    room: RoomId,
    silence: Silence,
    studio: State<'_, Studio>,
) -> Answer<Silence> {
    studio.set_silence(&room, silence).await.or_problem(&studio)
}

/// A page of the moderators, from 1.
#[tauri::command]
pub(crate) async fn list_moderators(
    room: RoomId,
    page: u32,
    studio: State<'_, Studio>,
) -> Answer<ModeratorPage> {
    studio.list_moderators(&room, page).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn appoint_moderator(room: RoomId, person: String, studio: State<'_, Studio>) -> Answer<()> {
    studio.appoint_moderator(&room, &person).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn dismiss_moderator(room: RoomId, person: String, studio: State<'_, Studio>) -> Answer<()> {
    studio.dismiss_moderator(&room, &person).await.or_problem(&studio)
}
