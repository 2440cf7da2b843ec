//! The icon in the system's tray, and the system's notifications: what is told outside the window too.
//!
//! Both are extras. Where the desktop has no tray or nobody takes notifications, the program goes on
//! without them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use kaibo_live::studio::{Glance, Notice, Studio};
use kaibo_live::view::Language;
use tauri::image::Image;
use tauri::menu::{Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Runtime};

use crate::log;
use crate::window;
use crate::words::Tongue;

/// How often it is looked whether there is something else to show.
const LOOK: Duration = Duration::from_secs(1);
/// A notification that the desktop hasn't taken by then is given up.
const BOUND: Duration = Duration::from_secs(5);
/// Alarms listed in the menu.
const ALARMS_LISTED: usize = 4;

/// Shows the tray icon, and from now on keeps it and the notifications up to date.
pub(crate) fn start<R: Runtime>(app: &AppHandle<R>, studio: Studio) {
    let tray = build(app);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut shown = None;
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            look.tick().await;
            let glance = studio.glance();
            for notice in studio.notices(|| window::in_front(&app)) {
                tell(notice, glance.language).await;
            }
            if shown.as_ref() == Some(&glance) {
                continue;
            }
            if let Some(tray) = &tray
                && let Err(error) = show(&app, tray, &glance)
            {
                tracing::warn!(%error, "the tray icon can't be changed");
            }
            shown = Some(glance);
        }
    });
}

/// Linux's tray library is loaded when it is first needed, and its loader panics when it isn't installed.
fn build<R: Runtime>(app: &AppHandle<R>) -> Option<TrayIcon<R>> {
    let icon = app.default_window_icon()?.clone();
    let builder =
        TrayIconBuilder::with_id("kaibo").icon(icon).tooltip("Kaibo").on_menu_event(|app, event| match event
            .id()
            .as_ref()
        {
            "show" => window::show(app),
            "quit" => window::ask_to_close(app),
            _ => {}
        });
    match catch_unwind(AssertUnwindSafe(|| builder.build(app))) {
        Ok(Ok(tray)) => Some(tray),
        Ok(Err(error)) => {
            tracing::info!(%error, "no tray icon");
            None
        }
        Err(_) => {
            tracing::info!("no tray icon: the system's library for it isn't installed");
            None
        }
    }
}

fn show<R: Runtime>(app: &AppHandle<R>, tray: &TrayIcon<R>, glance: &Glance) -> tauri::Result<()> {
    let tongue = Tongue::of(glance.language);
    let menu = Menu::new(app)?;
    let label = |text: String| MenuItem::new(app, text, false, None::<&str>);
    menu.append(&label(tongue.on_air(&glance.live))?)?;
    for (alarm, room) in glance.alarms.iter().take(ALARMS_LISTED) {
        menu.append(&label(format!("⚠ {}", tongue.alarm(&alarm.kind, room.as_deref())))?)?;
    }
    menu.append(&PredefinedMenuItem::separator(app)?)?;
    menu.append(&MenuItem::with_id(app, "show", tongue.show(), true, None::<&str>)?)?;
    menu.append(&MenuItem::with_id(app, "quit", tongue.quit(), true, None::<&str>)?)?;
    tray.set_menu(Some(menu))?;
    let Some(icon) = app.default_window_icon() else { return Ok(()) };
    let badge = if !glance.alarms.is_empty() {
        Some(AMBER)
    } else if !glance.live.is_empty() {
        Some(RED)
    } else {
        None
    };
    tray.set_icon(Some(match badge {
        Some(colour) => badged(icon, colour),
        None => icon.clone().to_owned(),
    }))
}

/// On air.
const RED: [u8; 4] = [229, 57, 53, 255];
/// An alarm stands.
const AMBER: [u8; 4] = [255, 179, 0, 255];

/// The icon with a dot in its lower right corner, two fifths of its width.
fn badged(icon: &Image<'_>, colour: [u8; 4]) -> Image<'static> {
    let (width, height) = (icon.width(), icon.height());
    let mut rgba = icon.rgba().to_vec();
    let radius = i64::from(width.min(height)) / 5;
    let (x0, y0) = (i64::from(width) - radius - 1, i64::from(height) - radius - 1);
    let pixels = (0..i64::from(height)).flat_map(|y| (0..i64::from(width)).map(move |x| (x, y)));
    for (pixel, (x, y)) in rgba.as_chunks_mut::<4>().0.iter_mut().zip(pixels) {
        if (x - x0).pow(2) + (y - y0).pow(2) <= radius.pow(2) {
            *pixel = colour;
        }
    }
    Image::new_owned(rgba, width, height)
}

/// Hands a notification to the desktop. No key, address or cookie gets there, whatever a platform put into its words.
async fn tell(notice: Notice, language: Language) {
    let text = log::redact(&Tongue::of(language).notice(&notice));
    let shown = tauri::async_runtime::spawn_blocking(move || {
        notify_rust::Notification::new().appname("Kaibo").summary("Kaibo 开播").body(&text).show().map(drop)
    });
    match tokio::time::timeout(BOUND, shown).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::info!(%error, "nobody takes notifications"),
        Ok(Err(_)) | Err(_) => tracing::info!("the desktop didn't take a notification in time"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_changes_its_corner_alone() {
        let icon = Image::new_owned(vec![0; 32 * 32 * 4], 32, 32);
        let badged = badged(&icon, RED);
        let at = |x: usize, y: usize| &badged.rgba()[(y * 32 + x) * 4..][..4];
        assert_eq!(at(25, 25), RED, "the middle of the dot");
        assert_eq!((at(0, 0), at(10, 25), at(25, 10)), (&[0; 4][..], &[0; 4][..], &[0; 4][..]));
    }
}
