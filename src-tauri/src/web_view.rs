//! What the web view is told about the machine, through the only way that `WebKitGTK` has for it: the environment it
//! is started in.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

/// Draws without OpenGL. Without a graphics card, OpenGL is played by the processor: each frame costs about 50 ms of
/// it, whatever little has changed, and the page takes 130 MB more. Without OpenGL there are 57 frames a second.
const NO_OPENGL: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";
/// Where Linux lists what can draw.
const CARDS: &str = "/dev/dri";

/// When garbage of the page's script is collected, and how. The memory that it believes the machine to have, in bytes:
/// the more, the more may pile up. Collected is once the heap has half more than what lives, but not under 32 MB, and
/// all of it each time. Left alone, it looks at new things alone most times; rows of chat live just long enough to count
/// as old, and pile up. Ten minutes of a flood took 35 MB less with this.
const COLLECTION: [(&str, &str); 3] = [
    ("JSC_forceRAMSize", "1073741824"),
    ("JSC_smallHeapGrowthFactor", "1.5"),
    ("JSC_useGenerationalGC", "false"),
];

/// Twice a minute `WebKit` reads what the page has mapped, between two frames, to tell whether it is too much. In a flood
/// these are 3,300 areas, which took another program 25 to 40 ms to read, and frames were late every 30 s. The page
/// bounds what it keeps itself.
const NO_WEIGHING: (&str, &str) = ("WEBKIT_DISABLE_MEMORY_PRESSURE_MONITOR", "1");

/// Starts the program over where the web view has something to be told. Returns everywhere else.
///
/// The environment of a running process can't be changed safely. The process stays the same one, so nobody who
/// started it notices.
pub(crate) fn tell() {
    let to_tell = to_tell(Path::new(CARDS), |name| std::env::var_os(name));
    if to_tell.is_empty() {
        return;
    }
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    if let Ok(program) = std::env::current_exe() {
        // Comes back only when it failed: a slower page is better than none.
        let _ = Command::new(program).arg0(name).args(arguments).envs(to_tell).exec();
    }
}

/// What there is to tell. Whoever has set a variable has decided.
fn to_tell(cards: &Path, set: impl Fn(&OsStr) -> Option<OsString>) -> Vec<(&'static str, &'static str)> {
    let card = |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with("renderD");
    let draws = fs::read_dir(cards).is_ok_and(|entries| entries.flatten().any(card));
    let mut all = [&COLLECTION[..], &[NO_WEIGHING]].concat();
    if !draws {
        all.push((NO_OPENGL, "1"));
    }
    all.retain(|(name, _)| set(OsStr::new(name)).is_none());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_without_a_card_draws_without_opengl() {
        let folder = tempfile::tempdir().unwrap();
        let cards = folder.path();
        let none = |_: &OsStr| None;
        let with = [&COLLECTION[..], &[NO_WEIGHING]].concat();
        let without = [&with[..], &[(NO_OPENGL, "1")]].concat();
        assert_eq!(to_tell(&cards.join("absent"), none), without);
        fs::write(cards.join("card0"), "").unwrap();
        assert_eq!(to_tell(cards, none), without, "a screen alone draws nothing");
        fs::write(cards.join("renderD128"), "").unwrap();
        assert_eq!(to_tell(cards, none), with);
    }

    #[test]
    fn whoever_has_set_a_variable_has_decided() {
        let absent = Path::new("/nowhere");
        assert_eq!(to_tell(absent, |_| Some("0".into())), [], "the second start has been told");
        let drawing = |name: &OsStr| (name == NO_OPENGL).then(|| "0".into());
        let told: Vec<_> = to_tell(absent, drawing).into_iter().map(|(name, _)| name).collect();
        assert!(!told.contains(&NO_OPENGL) && told.contains(&NO_WEIGHING.0), "{told:?}");
    }
}
