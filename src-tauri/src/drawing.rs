//! How the web view draws on a machine without a graphics card.
//!
//! It would draw through OpenGL played by the processor: each frame costs about 50 ms of it, whatever little
//! has changed, and the page takes 130 MB more. Its way without OpenGL draws 57 frames a second there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// What tells `WebKitGTK` to do without OpenGL; whoever set it has decided.
const SWITCH: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
/// Where Linux lists what can draw.
const CARDS: &str = "/dev/dri";

/// Starts the program over with the web view told how to draw, where it has to be told. Returns everywhere else.
///
/// It only listens to the environment, and that of a running process can't be changed safely. The process
/// stays the same one, so nobody who started it notices.
pub(crate) fn choose() {
    if !has_to_be_told(Path::new(CARDS), std::env::var_os(SWITCH).as_deref()) {
        return;
    }
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    if let Ok(program) = std::env::current_exe() {
        // Comes back only when it failed: slow drawing is better than none.
        let _ = Command::new(program).arg0(name).args(arguments).env(SWITCH, "1").exec();
    }
}

/// Has nobody decided, and is there nothing to draw with?
fn has_to_be_told(cards: &Path, decided: Option<&OsStr>) -> bool {
    let card = |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with("renderD");
    decided.is_none() && !fs::read_dir(cards).is_ok_and(|entries| entries.flatten().any(card))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_machine_without_a_card_is_told_and_only_once() {
        let folder = tempfile::tempdir().unwrap();
        let cards = folder.path();
        assert!(has_to_be_told(&cards.join("absent"), None));
        fs::write(cards.join("card0"), "").unwrap();
        assert!(has_to_be_told(cards, None), "a screen alone draws nothing");
        assert!(!has_to_be_told(cards, Some(OsStr::new("1"))), "the second start has been told");
        assert!(!has_to_be_told(cards, Some(OsStr::new("0"))), "whoever set it has decided");
        fs::write(cards.join("renderD128"), "").unwrap();
        assert!(!has_to_be_told(cards, None));
    }
}
