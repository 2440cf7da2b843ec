//! The one window: shown again by a second start, and asked about before it closes on a live room.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kaibo_live::studio::Studio;
use tauri::plugin::TauriPlugin;
use tauri::webview::PageLoadEvent;
use tauri::{Manager, Runtime, Url, Window, WindowEvent};

use crate::compact::Compact;

/// Set when the streamer has said that the window may close.
static MAY_CLOSE: AtomicBool = AtomicBool::new(false);

/// Set once the window was opened.
static OPENED: AtomicBool = AtomicBool::new(false);
/// A page that hasn't come by then may never come; an empty window can at least be closed.
const OPEN_AT_LAST: Duration = Duration::from_secs(3);

/// Keeps the window at its own page: whatever a link, a script or a file dropped on it asks for, nothing else is loaded.
/// Addresses go to the system's browser, after asking (`open_link`).
pub(crate) fn stay<R: Runtime>() -> TauriPlugin<R> {
    tauri::plugin::Builder::new("stay")
        .on_navigation(|_, address| {
            let own = is_own(address);
            if !own {
                tracing::warn!(scheme = address.scheme(), "the window was asked to leave its page");
            }
            own
        })
        .build()
}

/// Is this an address of the page that is built into the program? Windows has no schemes of a program's own, so there
/// it is a name.
fn is_own(address: &Url) -> bool {
    let plain = address.username().is_empty() && address.password().is_none() && address.port().is_none();
    plain
        && match address.scheme() {
            "tauri" => address.host_str() == Some("localhost"),
            "http" | "https" => cfg!(windows) && address.host_str() == Some("tauri.localhost"),
            _ => false,
        }
}

/// Opens the window when its page has come whole, or after [`OPEN_AT_LAST`] without one.
///
/// When a window is painted whose page is still coming, `WebKitGTK` waits half a second for the page, and the page waits
/// for its scripts, which this program would send: every other start.
pub(crate) fn open_with_page<R: Runtime>() -> TauriPlugin<R> {
    tauri::plugin::Builder::new("open")
        .setup(|app, _| {
            let app = app.clone();
            tauri::async_runtime::spawn(async move {
                tokio::time::sleep(OPEN_AT_LAST).await;
                open(&app);
            });
            Ok(())
        })
        .on_page_load(|webview, load| {
            if webview.label() == "main" && load.event() == PageLoadEvent::Finished {
                open(webview.app_handle());
            }
        })
        .build()
}

/// Opens the window once; whoever puts it away later isn't overruled.
fn open<R: Runtime>(app: &tauri::AppHandle<R>) {
    if !OPENED.swap(true, Ordering::SeqCst)
        && let Some(window) = app.get_webview_window("main")
        && let Err(error) = window.show()
    {
        tracing::error!(%error, "the window can't be opened");
    }
}

/// Brings the window to the front.
pub(crate) fn show<R: Runtime>(app: &tauri::AppHandle<R>) {
    if let Some(window) = app.get_webview_window("main") {
        let shown = window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus());
        if let Err(error) = shown {
            tracing::warn!(%error, "the window can't be brought to the front");
        }
    }
}

/// Puts the window away, without closing it.
pub(crate) fn put_away<R: Runtime>(app: &tauri::AppHandle<R>) {
    if let Some(window) = app.get_webview_window("main")
        && let Err(error) = window.minimize()
    {
        tracing::warn!(%error, "the window can't be put away");
    }
}

/// Is the window on the screen? Others may stand over it.
pub(crate) fn on_screen<R: Runtime>(app: &tauri::AppHandle<R>) -> bool {
    let there = |window: tauri::WebviewWindow<R>| {
        Ok::<_, tauri::Error>(window.is_visible()? && !window.is_minimized()?)
    };
    app.get_webview_window("main").is_some_and(|window| there(window).unwrap_or(true))
}

/// Does the streamer look at the window? It has the keyboard and isn't hidden.
pub(crate) fn in_front<R: Runtime>(app: &tauri::AppHandle<R>) -> bool {
    let looked_at = |window: tauri::WebviewWindow<R>| {
        Ok::<_, tauri::Error>(window.is_focused()? && window.is_visible()? && !window.is_minimized()?)
    };
    app.get_webview_window("main").is_some_and(|window| looked_at(window).unwrap_or(false))
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
    if matches!(event, WindowEvent::CloseRequested { .. })
        && let Some(compact) = window.try_state::<Compact>()
        && let Some(webview) = window.get_webview_window("main")
    {
        compact.note(&webview);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_at_its_own_page() {
        let own = |address: &str| is_own(&address.parse().unwrap());
        for here in ["tauri://localhost", "tauri://localhost/", "tauri://localhost/index.html?x#y"] {
            assert!(own(here), "{here}");
        }
        for elsewhere in [
            "https://passport.bilibili.com/",
            "http://127.0.0.1:4455/",
            "http://localhost/",
            "https://tauri.localhost.evil.example/",
            "https://tauri.localhost@evil.example/",
            "tauri://evil.example/",
            "tauri://localhost:81/",
            "tauri://me@localhost/",
            "file:///etc/passwd",
            "data:text/html,x",
            "blob:tauri://localhost/1",
            "javascript:alert(1)",
            "about:blank",
            "ipc://localhost/",
            "asset://localhost/etc/passwd",
        ] {
            assert!(!own(elsewhere), "{elsewhere}");
        }
        assert_eq!(own("http://tauri.localhost/"), cfg!(windows));
    }
}
