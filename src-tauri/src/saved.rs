//! Files that the streamer saves.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use kaibo_live::problem::{Failure, ProblemCode};

/// Writes a file, and answers its name without its folder.
pub(crate) async fn write(path: PathBuf, bytes: Vec<u8>) -> Result<String, Failure> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    tauri::async_runtime::spawn_blocking(move || write_whole(&path, &bytes))
        .await
        .map_err(|e| Failure::new(ProblemCode::Internal).because(e))?
        .map_err(|e| Failure::new(ProblemCode::Storage).because(e))?;
    Ok(name)
}

/// Writes beside the file first, so that a full disk leaves no half of it. Only the user may read it.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or_else(|| io::Error::other("no folder"))?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_saved_file_is_whole_and_the_users_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("targets.json");
        std::fs::write(&path, "former").unwrap();
        write_whole(&path, b"fresh").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"fresh");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing stays beside it");
    }
}
