//! The one window: shown again by a second start, and asked about before it closes on a live room.

use std::sync::atomic::{AtomicBool, Ordering};

use kaibo_live::studio::Studio;
use tauri::{Manager, Runtime, Window, WindowEvent};

/// Set when the streamer has said that the window may close.
static MAY_CLOSE: AtomicBool = AtomicBool::new(false);

/// Brings the window to the front.
pub(crate) fn show<R: Runtime>(app: &tauri::AppHandle<R>) {
    if let Some(window) = app.get_webview_window("main") {
        let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window can't be brought to the front");
        }
    }
}

/// Closes as the window's own button does: on air it asks first.
pub(crate) fn ask_to_close<R: Runtime>(app: &tauri::AppHandle<R>) {
    show(app);
    if let Some(window) = app.get_webview_window("main")
        && let Err(error) = window.close()
    {
        tracing::warn!(%error, "the window doesn't close");
    }
}

/// Closing while a room is on air asks first. It never ends a room by itself.
pub(crate) fn on_event<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { api, .. } = event
        && !MAY_CLOSE.load(Ordering::SeqCst)
        && let Some(studio) = window.try_state::<Studio>()
        && studio.is_on_air()
    {
        api.prevent_close();
        studio.ask_before_closing();
    }
}

/// Closes without asking again.
pub(crate) fn close<R: Runtime>(window: &Window<R>) {
    MAY_CLOSE.store(true, Ordering::SeqCst);
    if let Err(error) = window.close() {
        tracing::warn!(%error, "the window doesn't close");
    }
}
