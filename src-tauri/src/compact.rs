//! The small window: chat, state and *End*, above all others. It is the one window in another shape, and it remembers
//! where it stood on each screen.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kaibo_live::view::TextSize;
use serde::{Deserialize, Serialize};
use tauri::{
    AppHandle, LogicalSize, Manager, Monitor, PhysicalPosition, PhysicalSize, Runtime, WebviewWindow,
};

const FILE: &str = "window-places.json";
/// A larger file is not ours.
const SIZE_CAP: u64 = 64 * 1024;
/// Screens whose places are remembered, at most; others are forgotten.
const SCREENS_CAP: usize = 16;
/// Size at first, logical pixels.
const FIRST: (f64, f64) = (380.0, 560.0);
/// The least it may be at the usual text size, logical pixels; and the least at the largest.
const LEAST: [(f64, f64); 2] = [(320.0, 360.0), (480.0, 560.0)];
/// The same of the full window. At the usual size as in `tauri.conf.json`.
const FULL_LEAST: [(f64, f64); 2] = [(480.0, 520.0), (900.0, 600.0)];
/// Distance from the screen's edges at first, physical pixels.
const MARGIN: i32 = 24;
/// How much of the window must be on its screen for a place to be used again, physical pixels.
const IN_SIGHT: i32 = 80;

/// A window's place, physical pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
}

/// A screen's area, physical pixels.
#[derive(Debug, Clone, Copy)]
struct Area {
    x: i32,
    y: i32,
    width: u32,
    height: u32,
}

/// What is remembered.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
struct Places {
    /// The window is small now, or was when the program ended.
    small: bool,
    /// Where the full window stood before.
    full: Option<Place>,
    full_was_maximized: bool,
    /// Where the small one stood, by screen.
    by_screen: BTreeMap<String, Place>,
}

impl Places {
    /// Remembers where the small window stood on a screen.
    fn note(&mut self, screen: &str, place: Place) {
        if !self.by_screen.contains_key(screen) && self.by_screen.len() >= SCREENS_CAP {
            self.by_screen.pop_first();
        }
        self.by_screen.insert(screen.to_owned(), place);
    }

    /// Where the small window goes on a screen: where it stood last, if that is still in sight, else the lower right
    /// corner.
    fn on(&self, screen: &str, area: Area, scale: f64) -> Place {
        if let Some(kept) = self.by_screen.get(screen).copied().filter(|place| in_sight(*place, area)) {
            return kept;
        }
        let size: PhysicalSize<u32> = LogicalSize::new(FIRST.0, FIRST.1).to_physical(scale);
        let (width, height) = (size.width.min(area.width), size.height.min(area.height));
        let corner = |start: i32, whole: u32, part: u32| {
            let room = i32::try_from(whole - part).unwrap_or_default();
            start + (room - MARGIN).max(0)
        };
        let (x, y) = (corner(area.x, area.width, width), corner(area.y, area.height, height));
        Place { x, y, width, height }
    }
}

/// Can the place be seen and taken hold of on the screen?
fn in_sight(place: Place, area: Area) -> bool {
    let seen = |start: i32, length: u32, from: i32, whole: u32| {
        let end = start.saturating_add_unsigned(length).min(from.saturating_add_unsigned(whole));
        end.saturating_sub(start.max(from)) >= IN_SIGHT
    };
    seen(place.x, place.width, area.x, area.width)
        && seen(place.y, place.height, area.y, area.height)
        && place.y >= area.y
}

/// What the program keeps of the window's shape.
pub(crate) struct Compact {
    places: Mutex<Places>,
    file: Option<PathBuf>,
}

impl Compact {
    /// Reads what was remembered. A program that ended with a small window starts with the full one.
    pub(crate) fn start<R: Runtime>(app: &AppHandle<R>) -> Self {
        let file = app.path().app_data_dir().ok().map(|folder| folder.join(FILE));
        let mut places = file.as_deref().map(read).unwrap_or_default();
        if places.small {
            places.small = false;
            if let (Some(full), Some(window)) = (places.full, app.get_webview_window("main")) {
                told(put(&window, full));
            }
        }
        Self { places: Mutex::new(places), file }
    }

    /// Makes the window small, or full again.
    pub(crate) fn set<R: Runtime>(
        &self,
        window: &WebviewWindow<R>,
        small: bool,
        text: TextSize,
    ) -> tauri::Result<()> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.small != small {
            if small {
                enter(window, &mut places, text)?;
            } else {
                leave(window, &mut places, text)?;
            }
            places.small = small;
        }
        self.keep(&places);
        Ok(())
    }

    /// Draws everything larger or smaller, and keeps the window large enough for it.
    pub(crate) fn zoom<R: Runtime>(&self, window: &WebviewWindow<R>, text: TextSize) -> tauri::Result<()> {
        window.set_zoom(text.factor())?;
        let least = least(self.is_small(), text);
        window.set_min_size(Some(least))?;
        if window.is_maximized()? || window.is_fullscreen()? {
            return Ok(());
        }
        // Not every window manager makes a window larger by itself.
        let now: LogicalSize<f64> = window.inner_size()?.to_logical(window.scale_factor()?);
        let (width, height) = (now.width.max(least.width), now.height.max(least.height));
        if width > now.width || height > now.height {
            window.set_size(LogicalSize::new(width, height))?;
        }
        Ok(())
    }

    /// Is the window the small one?
    pub(crate) fn is_small(&self) -> bool {
        self.places.lock().unwrap_or_else(PoisonError::into_inner).small
    }

    /// Remembers where the small window stands, before it is closed.
    pub(crate) fn note<R: Runtime>(&self, window: &WebviewWindow<R>) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if places.small {
            told(stand(window, &mut places));
            self.keep(&places);
        }
    }

    fn keep(&self, places: &Places) {
        let Some(file) = &self.file else { return };
        if let Err(error) = write(file, places) {
            tracing::warn!(%error, "the window's place can't be kept");
        }
    }
}

/// The least that the window may be: at larger text more, but no more than the smallest of screens has.
fn least(small: bool, text: TextSize) -> LogicalSize<f64> {
    let [(width, height), most] = if small { LEAST } else { FULL_LEAST };
    let larger = text.factor().max(1.0);
    LogicalSize::new((width * larger).min(most.0), (height * larger).min(most.1))
}

fn enter<R: Runtime>(window: &WebviewWindow<R>, places: &mut Places, text: TextSize) -> tauri::Result<()> {
    places.full_was_maximized = window.is_maximized()?;
    if places.full_was_maximized {
        window.unmaximize()?;
    }
    places.full = Some(place_of(window)?);
    window.set_min_size(Some(least(true, text)))?;
    if let Some(screen) = window.current_monitor()? {
        put(window, places.on(&name_of(&screen), area_of(&screen), screen.scale_factor()))?;
    } else {
        window.set_size(LogicalSize::new(FIRST.0, FIRST.1))?;
    }
    window.set_always_on_top(true)
}

fn leave<R: Runtime>(window: &WebviewWindow<R>, places: &mut Places, text: TextSize) -> tauri::Result<()> {
    stand(window, places)?;
    window.set_always_on_top(false)?;
    if let Some(full) = places.full {
        put(window, full)?;
    }
    window.set_min_size(Some(least(false, text)))?;
    if places.full_was_maximized { window.maximize() } else { Ok(()) }
}

/// Notes where the small window stands.
fn stand<R: Runtime>(window: &WebviewWindow<R>, places: &mut Places) -> tauri::Result<()> {
    if let Some(screen) = window.current_monitor()? {
        places.note(&name_of(&screen), place_of(window)?);
    }
    Ok(())
}

fn place_of<R: Runtime>(window: &WebviewWindow<R>) -> tauri::Result<Place> {
    let (at, size) = (window.outer_position()?, window.inner_size()?);
    Ok(Place { x: at.x, y: at.y, width: size.width, height: size.height })
}

fn put<R: Runtime>(window: &WebviewWindow<R>, place: Place) -> tauri::Result<()> {
    window.set_size(PhysicalSize::new(place.width, place.height))?;
    window.set_position(PhysicalPosition::new(place.x, place.y))
}

/// A screen's name; where it has none, its size.
fn name_of(screen: &Monitor) -> String {
    let size = screen.size();
    screen.name().map_or_else(|| format!("{}x{}", size.width, size.height), |n| n.chars().take(100).collect())
}

fn area_of(screen: &Monitor) -> Area {
    let (at, size) = (screen.position(), screen.size());
    Area { x: at.x, y: at.y, width: size.width, height: size.height }
}

fn told(done: tauri::Result<()>) {
    if let Err(error) = done {
        tracing::warn!(%error, "the window's place can't be set");
    }
}

/// What can't be read counts as nothing: it is the place of a window.
fn read(file: &Path) -> Places {
    let small = fs::metadata(file).is_ok_and(|meta| meta.len() <= SIZE_CAP);
    let text = if small { fs::read(file).ok() } else { None };
    text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
}

fn write(file: &Path, places: &Places) -> std::io::Result<()> {
    let folder = file.parent().ok_or_else(|| std::io::Error::other("no folder"))?;
    fs::create_dir_all(folder)?;
    let mut fresh = tempfile::NamedTempFile::new_in(folder)?;
    fresh.write_all(&serde_json::to_vec(places)?)?;
    fresh.persist(file)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCREEN: Area = Area { x: 1920, y: 0, width: 1366, height: 768 };

    fn place(x: i32, y: i32) -> Place {
        Place { x, y, width: 380, height: 560 }
    }

    #[test]
    fn the_small_window_comes_back_to_its_place_on_each_screen() {
        let mut places = Places::default();
        let first = places.on("HDMI-1", SCREEN, 1.0);
        assert_eq!((first.x, first.y), (1920 + 1366 - 380 - MARGIN, 768 - 560 - MARGIN), "the lower right");
        places.note("HDMI-1", place(2000, 40));
        places.note("eDP-1", place(10, 20));
        assert_eq!(places.on("HDMI-1", SCREEN, 1.0), place(2000, 40));
        let other = Area { x: 0, y: 0, ..SCREEN };
        assert_eq!(places.on("eDP-1", other, 1.0), place(10, 20));
        // The screen stands elsewhere now.
        assert_eq!(places.on("HDMI-1", other, 1.0).x, 1366 - 380 - MARGIN);
        let tiny = Area { width: 300, height: 200, ..other };
        let fits = places.on("new", tiny, 2.0);
        assert!(fits.width <= 300 && fits.height <= 200 && fits.x >= 0, "{fits:?}");
    }

    #[test]
    fn larger_text_wants_a_larger_window_within_bounds() {
        let of = |small, percent: u16| {
            let size = least(small, percent.into());
            (size.width.round(), size.height.round())
        };
        assert_eq!((of(false, 80), of(false, 100)), ((480.0, 520.0), (480.0, 520.0)), "as configured");
        assert_eq!(of(false, 125), (600.0, 600.0));
        assert_eq!((of(false, 200), of(true, 200)), ((900.0, 600.0), (480.0, 560.0)), "a laptop has that");
    }

    #[test]
    fn screens_are_remembered_within_a_bound_and_a_broken_file_is_none() {
        let mut places = Places::default();
        for n in 0..40 {
            places.note(&n.to_string(), place(n, n));
        }
        assert_eq!(places.by_screen.len(), SCREENS_CAP);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        assert_eq!(read(&file), Places::default());
        write(&file, &places).unwrap();
        assert_eq!(read(&file), places);
        fs::write(&file, "{\"small\":").unwrap();
        assert_eq!(read(&file), Places::default());
    }
}
