//! Where the program stands, and whether it can be replaced there.

use std::path::{Path, PathBuf};

use kaibo_live::view::UpdateWay;
use tauri::{AppHandle, Runtime};
use url::Url;

/// How this copy of the program gets a newer version.
pub(super) fn way<R: Runtime>(app: &AppHandle<R>, page: &Url) -> UpdateWay {
    of(own_place(app).as_deref(), page)
}

fn of(own: Option<&Path>, page: &Url) -> UpdateWay {
    match own {
        None => UpdateWay::Package { page: page.to_string() },
        Some(place) if can_be_replaced(place) => UpdateWay::Install,
        Some(_) => UpdateWay::ReadOnly { page: page.to_string() },
    }
}

/// What would be replaced. On Linux that is the `AppImage`: a program that isn't in one was put there by the system's
/// packages, or by whoever built it.
#[cfg(target_os = "linux")]
fn own_place<R: Runtime>(app: &AppHandle<R>) -> Option<PathBuf> {
    use tauri::Manager;

    let environment = app.env();
    let program = std::env::current_exe().ok()?;
    image_of(&program, Path::new(&environment.appimage?), Path::new(&environment.appdir?))
}

/// The `AppImage` that a program runs from, by what its environment says of image and mount. Every program that is
/// started from within an `AppImage` inherits both: without a look at the mount, a terminal's own image would be
/// replaced.
#[cfg(target_os = "linux")]
fn image_of(program: &Path, image: &Path, mount: &Path) -> Option<PathBuf> {
    let inside = mount.canonicalize().is_ok_and(|mount| program.starts_with(mount));
    (inside && image.is_file()).then(|| image.to_owned())
}

/// What would be replaced: the bundle on macOS, the program's folder on Windows.
#[cfg(not(target_os = "linux"))]
fn own_place<R: Runtime>(_: &AppHandle<R>) -> Option<PathBuf> {
    let program = tauri::utils::platform::current_exe().ok()?;
    tauri_plugin_updater::extract_path_from_executable(&program).ok()
}

/// The old one is moved aside in its folder; on Windows the installer writes into it. A try tells more than the rights
/// do: a disk image and a squashed file system have rights too.
fn can_be_replaced(place: &Path) -> bool {
    let folder = if cfg!(windows) { Some(place) } else { place.parent() };
    folder.is_some_and(|folder| tempfile::Builder::new().prefix(".kaibo").tempfile_in(folder).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_in_a_folder_of_ours_is_replaced() {
        let page: Url = "https://kaibo.example/releases".parse().unwrap();
        let shown = page.to_string();
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("Kaibo.AppImage");
        std::fs::write(&image, "").unwrap();
        assert_eq!(of(Some(&image), &page), UpdateWay::Install);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "the try leaves nothing behind");
        // Not by rights, which root is above.
        let nowhere = folder.path().join("absent/Kaibo.AppImage");
        assert_eq!(of(Some(&nowhere), &page), UpdateWay::ReadOnly { page: shown.clone() });
        assert_eq!(of(None, &page), UpdateWay::Package { page: shown });
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_image_of_whoever_started_the_program_is_not_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let (image, mount) = (folder.path().join("Some.AppImage"), folder.path().join("mount"));
        std::fs::write(&image, "").unwrap();
        std::fs::create_dir(&mount).unwrap();
        let inside = mount.canonicalize().unwrap().join("usr/bin/kaibo");
        assert_eq!(image_of(&inside, &image, &mount), Some(image.clone()));
        assert_eq!(image_of(Path::new("/usr/bin/kaibo"), &image, &mount), None, "a terminal's");
        for nowhere in ["", "/absent"] {
            assert_eq!(image_of(&inside, &image, Path::new(nowhere)), None, "{nowhere:?}");
        }
        assert_eq!(image_of(&inside, &folder.path().join("absent"), &mount), None);
    }
}
