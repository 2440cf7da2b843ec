//! Copying to the system's clipboard from Rust, so that a key never passes through the window.
//!
//! The clipboard is kept on a thread of its own: under X11 the copied text lives only as long as its
//! owner, and a clipboard call may block on another program.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::{ExposeSecret, SecretString};
use kaibo_live::studio::Studio;
use tokio::sync::oneshot;

/// A copied key is cleared after this, unless something else was copied meanwhile.
const CLEAR_AFTER: Duration = Duration::from_secs(60);
/// A clipboard that hasn't answered by then is given up.
const BOUND: Duration = Duration::from_secs(5);
/// Copies that may wait; more are refused.
const QUEUE: usize = 8;

/// What the program waits for the clipboard when it ends.
const LAST_BOUND: Duration = Duration::from_millis(500);

enum Job {
    Copy {
        text: SecretString,
        secret: bool,
        done: oneshot::Sender<Result<(), arboard::Error>>,
    },
    /// The program ends: a copied key goes now.
    Clear {
        done: mpsc::SyncSender<()>,
    },
}

/// The clipboard's thread.
pub(crate) struct Clipboard(mpsc::SyncSender<Job>);

impl Clipboard {
    /// Starts the thread. The studio is told when a key was cleared.
    pub(crate) fn start(studio: Studio) -> Self {
        let (tx, rx) = mpsc::sync_channel(QUEUE);
        let started = thread::Builder::new().name("clipboard".into()).spawn(move || serve(&rx, &studio));
        if let Err(error) = started {
            tracing::error!(%error, "no thread for the clipboard");
        }
        Self(tx)
    }

    /// Copies. A secret is marked so that clipboard histories leave it out, and cleared after a minute.
    pub(crate) async fn copy(&self, text: SecretString, secret: bool) -> Result<(), Failure> {
        let failed = || Failure::new(ProblemCode::Internal).said("", "clipboard");
        let (done, answer) = oneshot::channel();
        self.0.try_send(Job::Copy { text, secret, done }).map_err(|_| failed())?;
        match tokio::time::timeout(BOUND, answer).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(failed().because(error)),
            Ok(Err(_)) | Err(_) => Err(failed()),
        }
    }

    /// Clears a key that is still on the clipboard, for the program ends.
    pub(crate) fn clear_now(&self) {
        let (done, cleared) = mpsc::sync_channel(1);
        if self.0.try_send(Job::Clear { done }).is_ok() && cleared.recv_timeout(LAST_BOUND).is_err() {
            tracing::warn!("the clipboard did not answer in time; a copied key may still be on it");
        }
    }
}

fn serve(jobs: &mpsc::Receiver<Job>, studio: &Studio) {
    let mut clipboard: Option<arboard::Clipboard> = None;
    let mut to_clear: Option<SecretString> = None;
    loop {
        let next = match &to_clear {
            Some(_) => jobs.recv_timeout(CLEAR_AFTER),
            None => jobs.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
        };
        match next {
            Ok(Job::Copy { text, secret, done }) => {
                let copied = put(&mut clipboard, text.expose_secret(), secret);
                // A second copy starts the minute anew; what was copied before is overwritten anyway.
                to_clear = (secret && copied.is_ok()).then_some(text);
                let _ = done.send(copied);
            }
            Ok(Job::Clear { done }) => {
                clear(&mut clipboard, to_clear.take());
                let _ = done.send(());
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if clear(&mut clipboard, to_clear.take()) {
                    studio.clipboard_cleared();
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
}

/// Clears the clipboard if it still holds the key.
fn clear(clipboard: &mut Option<arboard::Clipboard>, key: Option<SecretString>) -> bool {
    let (Some(clipboard), Some(key)) = (clipboard, key) else { return false };
    clipboard.get_text().is_ok_and(|now| now == key.expose_secret()) && clipboard.clear().is_ok()
}

fn put(clipboard: &mut Option<arboard::Clipboard>, text: &str, secret: bool) -> Result<(), arboard::Error> {
    let clipboard = match clipboard {
        Some(clipboard) => clipboard,
        None => clipboard.insert(arboard::Clipboard::new()?),
    };
    let set = clipboard.set();
    let set = if secret { concealed(set) } else { set };
    set.text(text)
}

#[cfg(target_os = "linux")]
fn concealed(set: arboard::Set<'_>) -> arboard::Set<'_> {
    arboard::SetExtLinux::exclude_from_history(set)
}

#[cfg(target_os = "macos")]
fn concealed(set: arboard::Set<'_>) -> arboard::Set<'_> {
    arboard::SetExtApple::exclude_from_history(set)
}

#[cfg(windows)]
fn concealed(set: arboard::Set<'_>) -> arboard::Set<'_> {
    arboard::SetExtWindows::exclude_from_history(arboard::SetExtWindows::exclude_from_cloud(set))
}
