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

struct Copy {
    text: SecretString,
    secret: bool,
    done: oneshot::Sender<Result<(), arboard::Error>>,
}

/// The clipboard's thread.
pub(crate) struct Clipboard(mpsc::SyncSender<Copy>);

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
        self.0.try_send(Copy { text, secret, done }).map_err(|_| failed())?;
        match tokio::time::timeout(BOUND, answer).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(error))) => Err(failed().because(error)),
            Ok(Err(_)) | Err(_) => Err(failed()),
        }
    }
}

fn serve(copies: &mpsc::Receiver<Copy>, studio: &Studio) {
    let mut clipboard: Option<arboard::Clipboard> = None;
    let mut to_clear: Option<SecretString> = None;
    loop {
        let next = match &to_clear {
            Some(_) => copies.recv_timeout(CLEAR_AFTER),
            None => copies.recv().map_err(|_| mpsc::RecvTimeoutError::Disconnected),
        };
        match next {
            Ok(Copy { text, secret, done }) => {
                let copied = put(&mut clipboard, text.expose_secret(), secret);
                // A second copy starts the minute anew; what was copied before is overwritten anyway.
                to_clear = (secret && copied.is_ok()).then_some(text);
                let _ = done.send(copied);
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                if let (Some(text), Some(clipboard)) = (to_clear.take(), clipboard.as_mut())
                    && clipboard.get_text().is_ok_and(|now| now == text.expose_secret())
                    && clipboard.clear().is_ok()
                {
                    studio.clipboard_cleared();
                }
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
    }
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
