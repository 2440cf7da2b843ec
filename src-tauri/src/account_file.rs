//! The file that a streamer keeps fields of a connect form in: chosen in the system's dialog, read here.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};
use secrecy::zeroize::Zeroizing;
use tauri::{Runtime, Window};

/// The largest file that is read, in bytes.
const CAP: u32 = 16 * 1024;

/// Asks for a file and reads it; `None` when none was chosen. The text is wiped when dropped.
pub(crate) async fn ask<R: Runtime>(window: &Window<R>) -> Result<Option<Zeroizing<String>>, Failure> {
    let dialog =
        rfd::AsyncFileDialog::new().set_title("Kaibo").add_filter("JSON", &["json"]).set_parent(window);
    let Some(chosen) = dialog.pick_file().await else { return Ok(None) };
    let path = PathBuf::from(chosen.path());
    let read = tauri::async_runtime::spawn_blocking(move || read(path)).await;
    read.map_err(|e| Failure::new(ProblemCode::Internal).because(e))?.map(Some)
}

fn read(path: PathBuf) -> Result<Zeroizing<String>, Failure> {
    let refuse = |reason| Failure::invalid("file", reason);
    let unreadable = |e: std::io::Error| refuse(InvalidReason::Malformed).because(e);
    let file = File::open(path).map_err(unreadable)?;
    let meta = file.metadata().map_err(unreadable)?;
    if !meta.is_file() {
        return Err(refuse(InvalidReason::Malformed));
    }
    // Room for all of it from the start, so that growing leaves no copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(CAP as usize + 2));
    file.take(u64::from(CAP) + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > CAP as usize {
        let used = u32::try_from(meta.len()).unwrap_or(u32::MAX);
        return Err(refuse(InvalidReason::TooLong { used, limit: CAP }));
    }
    let text = std::str::from_utf8(&bytes).map_err(|e| refuse(InvalidReason::Malformed).because(e))?;
    Ok(Zeroizing::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn only_small_text_files_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).unwrap();
            read(path)
        };
        assert_eq!(
            file("good.json", b"{\"appkey\":\"\xe7\x94\xb2\"}").unwrap().as_str(),
            "{\"appkey\":\"甲\"}"
        );
        assert!(file("full.json", &vec![b' '; CAP as usize]).is_ok());
        let code = |read: Result<_, Failure>| read.map(drop).unwrap_err().code;
        let long = InvalidReason::TooLong { used: CAP + 1, limit: CAP };
        let refused = |reason| ProblemCode::Invalid { field: "file".to_owned(), reason };
        assert_eq!(code(file("long.json", &vec![b' '; CAP as usize + 1])), refused(long));
        assert_eq!(code(file("bytes.json", b"\xff\xfe")), refused(InvalidReason::Malformed));
        assert_eq!(code(read(folder.path().to_owned())), refused(InvalidReason::Malformed));
        assert_eq!(code(read(folder.path().join("none"))), refused(InvalidReason::Malformed));
    }
}
