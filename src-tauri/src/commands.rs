//! What the window may call. Each command parses, calls the studio and maps the failure; none decides.

// Tauri hands every argument over by value.
#![allow(clippy::needless_pass_by_value)]

mod cover;
mod encoder;
mod history;
mod moderation;
mod overlay;
mod people;
mod place;
mod relay;
mod shortcuts;
mod update;

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kaibo_live::account::AccountId;
use kaibo_live::problem::{Failure, InvalidReason, Problem, ProblemCode};
use kaibo_live::room::{Area, Edit, RemoteId, RoomId};
use kaibo_live::secret::{ExposeSecret, VaultState};
use kaibo_live::studio::Studio;
use kaibo_live::view::{
    AccountDraft, Batch, Forgotten, GoLive, Preferences, PreflightView, PushPart, QrCode, RunView, Said,
    SignInRequest, Update,
};
use tauri::{AppHandle, Runtime, State, Window};
use tauri_plugin_opener::OpenerExt;

use crate::clipboard::Clipboard;
use crate::feed::Feed;
use crate::{account_file, preferences, window};

// The build's handler looks for all commands here.
pub(crate) use cover::*;
pub(crate) use encoder::*;
pub(crate) use history::*;
pub(crate) use moderation::*;
pub(crate) use overlay::*;
pub(crate) use people::*;
pub(crate) use place::*;
pub(crate) use relay::*;
pub(crate) use shortcuts::*;
pub(crate) use update::*;

type Answer<T> = Result<T, Problem>;

trait OrProblem<T> {
    fn or_problem(self, studio: &Studio) -> Answer<T>;
}

impl<T> OrProblem<T> for Result<T, Failure> {
    fn or_problem(self, studio: &Studio) -> Answer<T> {
        self.map_err(|failure| studio.problem(failure))
    }
}

/// Longest address that is opened, in bytes.
const ADDRESS_CAP: usize = 2_000;

/// Starts the stream of batches anew; answers the first, a snapshot, once what was kept is in the picture.
#[tauri::command]
pub(crate) async fn subscribe(studio: State<'_, Studio>, feed: State<'_, Feed>) -> Answer<Batch> {
    let snapshot = async {
        studio.opened().await;
        let language = sys_locale::get_locale().unwrap_or_default();
        Update::Snapshot { snapshot: Box::new(studio.snapshot(env!("CARGO_PKG_VERSION"), &language)) }
    };
    Ok(feed.begin(snapshot).await)
}

/// The batch after that number, once there is something to tell; none when the stream ended.
#[tauri::command]
pub(crate) async fn next_batch(
    after: u64,
    studio: State<'_, Studio>,
    feed: State<'_, Feed>,
) -> Answer<Option<Batch>> {
    Ok(feed.next(after, studio.next_updates()).await)
}

#[tauri::command]
pub(crate) async fn connect_account(draft: AccountDraft, studio: State<'_, Studio>) -> Answer<AccountId> {
    studio.connect_account(draft).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn replace_credentials(
    account: AccountId,
    fields: BTreeMap<String, String>,
    studio: State<'_, Studio>,
) -> Answer<()> {
    studio.replace_credentials(&account, fields).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn check_account(account: AccountId, studio: State<'_, Studio>) -> Answer<()> {
    studio.check_account(&account).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn forget_account(
    account: AccountId,
    with_history: bool,
    studio: State<'_, Studio>,
) -> Answer<Forgotten> {
    studio.forget_account(&account, with_history).await.or_problem(&studio)
}

/// Begins a sign-in by code or browser; how it goes on comes with the batches.
#[tauri::command]
pub(crate) async fn begin_sign_in(request: SignInRequest, studio: State<'_, Studio>) -> Answer<()> {
    studio.begin_sign_in(request).await.or_problem(&studio)
}

/// Takes what was pasted: the browser's last address, or the code in it.
#[tauri::command]
pub(crate) async fn answer_sign_in(text: String, studio: State<'_, Studio>) -> Answer<()> {
    studio.answer_sign_in(&text).or_problem(&studio)
}

/// Begins the sign-in anew with the same fields.
#[tauri::command]
pub(crate) fn renew_sign_in(studio: State<'_, Studio>) {
    studio.renew_sign_in();
}

#[tauri::command]
pub(crate) fn cancel_sign_in(studio: State<'_, Studio>) {
    studio.cancel_sign_in();
}

/// Opens the page of the sign-in under way. The address is the studio's, not the window's.
#[tauri::command]
pub(crate) fn open_sign_in_page<R: Runtime>(app: AppHandle<R>, studio: State<'_, Studio>) -> Answer<()> {
    let page = studio.sign_in_page().ok_or_else(|| Failure::new(ProblemCode::NotFound));
    page.and_then(|page| open_in_browser(&app, &page)).or_problem(&studio)
}

/// Takes connect fields from a file that the streamer chooses; `false` when none was chosen. What the file
/// holds never passes through the window.
#[tauri::command]
pub(crate) async fn import_account_file<R: Runtime>(
    account: AccountId,
    window: Window<R>,
    studio: State<'_, Studio>,
) -> Answer<bool> {
    let Some(text) = account_file::ask(&window).await.or_problem(&studio)? else { return Ok(false) };
    studio.read_account_file(&account, &text).await.or_problem(&studio)?;
    Ok(true)
}

/// The account's picture as a `data:` address.
#[tauri::command]
pub(crate) async fn account_picture(account: AccountId, studio: State<'_, Studio>) -> Answer<Option<String>> {
    let picture = studio.account_picture(&account).await.or_problem(&studio)?;
    Ok(picture.map(|p| format!("data:{};base64,{}", p.mime, STANDARD.encode(p.bytes))))
}

/// Checks what *Go live* would need. The checks come with the batches too, while they run.
#[tauri::command]
pub(crate) async fn preflight(request: GoLive, studio: State<'_, Studio>) -> Answer<PreflightView> {
    Ok(studio.preflight(request).await)
}

#[tauri::command]
pub(crate) async fn go_live<R: Runtime>(
    request: GoLive,
    app: AppHandle<R>,
    studio: State<'_, Studio>,
) -> Answer<RunView> {
    let before = studio.preferences();
    let after = studio.preferences_after(&request);
    if after != before {
        studio.set_preferences(after).await;
        // What the studio made of them: the encoder's address is its own.
        if let Err(failure) = preferences::save(&app, &studio.preferences()) {
            studio.tell(failure);
        }
    }
    Ok(studio.go_live(request).await)
}

#[tauri::command]
pub(crate) async fn end_broadcast(
    rooms: Vec<RoomId>,
    with_encoder: bool,
    studio: State<'_, Studio>,
) -> Answer<RunView> {
    Ok(studio.end_broadcast(&rooms, with_encoder).await)
}

#[tauri::command]
pub(crate) async fn delete_room(room: RoomId, studio: State<'_, Studio>) -> Answer<()> {
    studio.delete_room(&room).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn edit_room(room: RoomId, edit: Edit, studio: State<'_, Studio>) -> Answer<()> {
    studio.edit_room(&room, edit).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) fn refresh_room(room: RoomId, studio: State<'_, Studio>) -> Answer<()> {
    studio.refresh_room(&room).or_problem(&studio)
}

/// The streamer looked for the live object that may have been made: it is `found`, or there is none.
#[tauri::command]
pub(crate) async fn settle_lost(
    room: RoomId,
    found: Option<RemoteId>,
    studio: State<'_, Studio>,
) -> Answer<()> {
    studio.settle_lost(&room, found).await.or_problem(&studio)
}

/// Copies a part of the push address. The key goes from the keyring to the clipboard and never through
/// the window.
#[tauri::command]
pub(crate) async fn copy_push(
    room: RoomId,
    part: PushPart,
    studio: State<'_, Studio>,
    clipboard: State<'_, Clipboard>,
) -> Answer<()> {
    let text = studio.push_part(&room, part).or_problem(&studio)?;
    let secret = part != PushPart::Server;
    clipboard.copy(text, secret).await.or_problem(&studio)
}

/// The stream key, for the ten seconds that the window shows it. The one command that answers a secret.
#[tauri::command]
pub(crate) fn reveal_key(room: RoomId, studio: State<'_, Studio>) -> Answer<String> {
    let key = studio.push_part(&room, PushPart::Key).or_problem(&studio)?;
    Ok(key.expose_secret().to_owned())
}

#[tauri::command]
pub(crate) async fn say(rooms: Vec<RoomId>, text: String, studio: State<'_, Studio>) -> Answer<Vec<Said>> {
    Ok(studio.say(&rooms, &text).await)
}

#[tauri::command]
pub(crate) async fn list_areas(room: RoomId, studio: State<'_, Studio>) -> Answer<Vec<Area>> {
    studio.list_areas(&room).await.or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn set_preferences<R: Runtime>(
    preferences: Preferences,
    app: AppHandle<R>,
    studio: State<'_, Studio>,
) -> Answer<()> {
    let text = studio.preferences().text_size;
    studio.set_preferences(preferences).await;
    protect(&app, &studio);
    if studio.preferences().text_size != text {
        zoom(&app, &studio);
    }
    // What the studio made of them: the encoder's address is its own.
    preferences::save(&app, &studio.preferences()).or_problem(&studio)
}

#[tauri::command]
pub(crate) async fn probe_vault(studio: State<'_, Studio>) -> Answer<VaultState> {
    Ok(studio.probe_vault().await)
}

#[tauri::command]
pub(crate) fn use_session_only(studio: State<'_, Studio>) {
    studio.use_session_only();
}

/// Draws an address as a QR code.
#[tauri::command]
pub(crate) fn qr_code(text: String, studio: State<'_, Studio>) -> Answer<QrCode> {
    QrCode::draw(&text).or_problem(&studio)
}

/// Opens a web address in the system's browser; the window has asked.
#[tauri::command]
pub(crate) fn open_link<R: Runtime>(url: String, app: AppHandle<R>, studio: State<'_, Studio>) -> Answer<()> {
    open_in_browser(&app, &url).or_problem(&studio)
}

/// Closes the window; the streamer was asked.
#[tauri::command]
pub(crate) fn close_window<R: Runtime>(window: Window<R>) {
    window::close(&window);
}

fn open_in_browser<R: Runtime>(app: &AppHandle<R>, address: &str) -> Result<(), Failure> {
    let opened = app.opener().open_url(web_address(address)?, None::<&str>);
    opened.map_err(|e| Failure::new(ProblemCode::Internal).because(e))
}

fn web_address(text: &str) -> Result<String, Failure> {
    let refuse = || Failure::invalid("url", InvalidReason::Malformed);
    if text.len() > ADDRESS_CAP {
        return Err(refuse());
    }
    let url = url::Url::parse(text).map_err(|e| refuse().because(e))?;
    let plain = url.username().is_empty() && url.password().is_none();
    if !matches!(url.scheme(), "http" | "https") || !plain {
        return Err(refuse());
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_opened() {
        assert_eq!(web_address("https://live.example/1?a=b").unwrap(), "https://live.example/1?a=b");
        for bad in ["file:///etc/passwd", "javascript:alert(1)", "https://a:b@c.example/", "x", "taobao://x"]
        {
            let refused = web_address(bad).unwrap_err();
            assert!(matches!(refused.code, ProblemCode::Invalid { .. }), "{bad}");
        }
    }
}
