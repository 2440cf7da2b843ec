//! Preferences, in tauri-plugin-store with a verified last-good copy.
//!
//! The plugin truncates its file on save, so a crash in that moment leaves half a file. After each save
//! the file is read back, and only then the copy beside it is replaced (written whole, synced, renamed). So is a copy
//! that is older than the file when the program starts.
//! A file that can't be read is set aside, never overwritten with defaults.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::view::Preferences;
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_store::StoreExt;

const FILE: &str = "preferences.json";
const GOOD_COPY: &str = "preferences.last-good.json";
const KEY: &str = "preferences";
/// One save at a time: two would take each other's file away between write and rename.
static SAVING: Mutex<()> = Mutex::new(());
/// A larger file is not ours.
const SIZE_CAP: u64 = 1024 * 1024;

/// Reads the preferences; the second value is what to tell when the file had to be set aside.
pub(crate) fn load<R: Runtime>(app: &AppHandle<R>) -> (Preferences, Option<Failure>) {
    let Ok(folder) = app.path().app_data_dir() else { return (Preferences::default(), None) };
    restore(&folder)
}

/// Makes sure that a readable file is in place, and reads it.
fn restore(folder: &Path) -> (Preferences, Option<Failure>) {
    let (file, good) = (folder.join(FILE), folder.join(GOOD_COPY));
    let unreadable = match read(&file) {
        Ok(Some(preferences)) => {
            // The last save was killed before it made the copy. The next one may break the file.
            if !matches!(read(&good), Ok(Some(copy)) if copy == preferences)
                && let Err(error) = keep_good_copy(folder, &preferences)
            {
                tracing::warn!(%error, "there is no copy of the preferences");
            }
            return (preferences, None);
        }
        Ok(None) => None,
        Err(error) => {
            let aside = set_aside(&file);
            tracing::warn!(%error, ?aside, "the preferences could not be read and were set aside");
            Some(Failure::new(ProblemCode::Storage).because(error))
        }
    };
    match read(&good) {
        Ok(Some(preferences)) => {
            if let Err(error) = fs::copy(&good, &file) {
                tracing::warn!(%error, "the last good preferences could not be put back");
            }
            (preferences, unreadable)
        }
        Ok(None) | Err(_) => (Preferences::default(), unreadable),
    }
}

/// Keeps the preferences.
pub(crate) fn save<R: Runtime>(app: &AppHandle<R>, preferences: &Preferences) -> Result<(), Failure> {
    let storage = |e: Box<dyn std::error::Error + Send + Sync>| Failure::new(ProblemCode::Storage).because(e);
    let _one_at_a_time = SAVING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = app.path().app_data_dir().map_err(|e| storage(e.into()))?;
    fs::create_dir_all(&folder).map_err(|e| storage(e.into()))?;
    let store = app.store(FILE).map_err(|e| storage(e.into()))?;
    let value = serde_json::to_value(preferences).map_err(|e| storage(e.into()))?;
    store.set(KEY, value);
    store.save().map_err(|e| storage(e.into()))?;
    keep_good_copy(&folder, preferences).map_err(|e| storage(e.into()))
}

/// Reads the saved file back, and replaces the copy when it says what it should.
fn keep_good_copy(folder: &Path, expected: &Preferences) -> io::Result<()> {
    let saved = read(&folder.join(FILE))?;
    if saved.as_ref() != Some(expected) {
        return Err(io::Error::other("the saved preferences read back differently"));
    }
    let text = fs::read(folder.join(FILE))?;
    let fresh = folder.join(format!("{GOOD_COPY}.new"));
    let mut file = File::create(&fresh)?;
    file.write_all(&text)?;
    file.sync_all()?;
    fs::rename(&fresh, folder.join(GOOD_COPY))
}

fn read(path: &Path) -> io::Result<Option<Preferences>> {
    let text = match fs::metadata(path) {
        Ok(meta) if meta.len() > SIZE_CAP => return Err(io::Error::other("far too large")),
        Ok(_) => fs::read(path)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    let mut whole: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&text)?;
    match whole.remove(KEY) {
        Some(value) => Ok(Some(serde_json::from_value(value)?)),
        None => Ok(None),
    }
}

/// Renames an unreadable file to the first free name beside it.
fn set_aside(file: &Path) -> Option<PathBuf> {
    let free = (1..1000)
        .map(|n| file.with_file_name(format!("preferences.unreadable-{n}.json")))
        .find(|path| !path.exists())?;
    fs::rename(file, &free).ok().map(|()| free)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kaibo_live::view::Theme;

    fn light() -> Preferences {
        Preferences { theme: Theme::Light, ..Preferences::default() }
    }

    fn write(folder: &Path, name: &str, preferences: &Preferences) {
        let text = serde_json::json!({ KEY: preferences }).to_string();
        fs::write(folder.join(name), text).unwrap();
    }

    #[test]
    fn half_a_file_is_set_aside_and_the_good_copy_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), GOOD_COPY, &light());
        fs::write(folder.path().join(FILE), "{\"preferences\":{\"the").unwrap();
        let (preferences, told) = restore(folder.path());
        assert_eq!(preferences, light());
        assert_eq!(told.map(|f| f.code), Some(ProblemCode::Storage), "the streamer is told");
        assert_eq!(
            fs::read_to_string(folder.path().join("preferences.unreadable-1.json")).unwrap(),
            "{\"preferences\":{\"the",
            "nothing of the streamer's is thrown away"
        );
        assert_eq!(read(&folder.path().join(FILE)).unwrap(), Some(light()));
    }

    #[test]
    fn what_was_read_is_there_again_when_the_next_save_is_killed() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), GOOD_COPY, &Preferences::default());
        // The save of these was killed before the copy was made.
        write(folder.path(), FILE, &light());
        assert_eq!(restore(folder.path()).0, light());
        fs::write(folder.path().join(FILE), "").unwrap();
        assert_eq!(restore(folder.path()).0, light(), "and not what was before");
    }

    #[test]
    fn a_save_that_reads_back_differently_leaves_the_good_copy() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), FILE, &light());
        keep_good_copy(folder.path(), &light()).unwrap();
        fs::write(folder.path().join(FILE), "").unwrap();
        assert!(keep_good_copy(folder.path(), &Preferences::default()).is_err());
        assert_eq!(read(&folder.path().join(GOOD_COPY)).unwrap(), Some(light()));
    }

    #[test]
    fn nothing_there_means_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let (preferences, told) = restore(folder.path());
        assert_eq!(preferences, Preferences::default());
        assert!(told.is_none());
    }
}
