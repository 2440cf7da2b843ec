//! Mouse and keyboard of the test's screen, for what a driver can't reach: the wheel, and dialogs of the system.

use std::path::Path;
use std::time::Duration;

use tokio::process::Command;

use crate::{Window, until};

/// How long a dialog has to go after Enter.
const DIALOG_GOES: Duration = Duration::from_secs(4);

/// What `xdotool` answers, line by line.
pub(crate) async fn xdotool(arguments: &[&str]) -> Vec<String> {
    let out = Command::new("xdotool").args(arguments).output().await;
    let out = out.expect("xdotool starts (Debian package xdotool)");
    String::from_utf8(out.stdout).unwrap().lines().map(str::to_owned).collect()
}

/// The program's windows that are to be seen, by their numbers on the screen: its own first, then its dialogs.
pub(crate) async fn windows() -> Vec<u64> {
    let found = xdotool(&["search", "--onlyvisible", "--class", "^kaibo$"]).await;
    let mut found: Vec<u64> = found.iter().filter_map(|number| number.parse().ok()).collect();
    found.sort_unstable();
    found
}

/// Types a path into the system's dialog that asks for a file. It puts a text of its own into the field once it has
/// read a folder, and what was typed just then is lost: then again.
///
/// # Panics
///
/// When there is no such dialog, or it takes no path.
pub async fn choose_file(file: &Path) {
    let dialog = || async { windows().await.get(1).map(u64::to_string) };
    let window = until("the dialog that asks for a file", dialog).await;
    for _ in 0..4 {
        xdotool(&["windowfocus", "--sync", &window]).await;
        // Opens the field for a path, or leaves a name's where it is; in it, everything is replaced.
        xdotool(&["key", "--delay", "200", "ctrl+l", "ctrl+a"]).await;
        xdotool(&["type", "--delay", "30", &file.display().to_string()]).await;
        xdotool(&["key", "Return"]).await;
        let gone = || async { dialog().await.is_none().then_some(()) };
        if tokio::time::timeout(DIALOG_GOES, until("the dialog to go", gone)).await.is_ok() {
            return;
        }
        if windows().await.len() > 2 {
            xdotool(&["key", "Escape"]).await; // it complains about the path
        }
    }
    panic!("no file could be chosen");
}

impl Window {
    /// Minimises the window, as who goes to another program does; answers its number on the screen.
    pub async fn put_away(&self) -> u64 {
        let found = || async { windows().await.first().copied() };
        let window = until("the window on the screen", found).await;
        xdotool(&["windowminimize", &window.to_string()]).await;
        let gone = || async { (!windows().await.contains(&window)).then_some(()) };
        until("the window to be minimised", gone).await;
        window
    }

    /// Goes to the window from another program's.
    pub async fn take_front(&self) {
        let found = || async { windows().await.first().map(u64::to_string) };
        let window = until("the window on the screen", found).await;
        xdotool(&["windowactivate", &window]).await;
        self.until_in_front().await;
    }

    /// Waits until the window is on the screen and has the keyboard.
    pub async fn until_in_front(&self) {
        until("the window in front", || async {
            let active = xdotool(&["getactivewindow"]).await.first()?.parse().ok()?;
            windows().await.contains(&active).then_some(())
        })
        .await;
    }

    /// Waits until nothing of it is on the screen.
    pub async fn until_away(&self) {
        until("the window to go", || async { windows().await.is_empty().then_some(()) }).await;
    }

    /// Brings a minimised window back to the front.
    pub async fn take_up(&self, window: u64) {
        xdotool(&["windowactivate", &window.to_string()]).await;
        let there = || async { windows().await.contains(&window).then_some(()) };
        until("the window to be there again", there).await;
    }

    /// Turns the wheel over the middle of an element: up for clicks below zero.
    pub async fn wheel(&self, id: &str, clicks: i32) {
        let (x, y, width, height) = self.find(id).await.rectangle().await.unwrap();
        let found = || async { windows().await.first().map(u64::to_string) };
        let window = until("the window on the screen", found).await;
        let at = |length: f64| format!("{length:.0}");
        let (x, y) = (at(x + width / 2.0), at(y + height / 2.0));
        xdotool(&["mousemove", "--window", &window, &x, &y]).await;
        let times = clicks.unsigned_abs().to_string();
        let button = if clicks < 0 { "4" } else { "5" };
        xdotool(&["click", "--repeat", &times, "--delay", "20", button]).await;
    }
}
