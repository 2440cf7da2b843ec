//! What the tests in the real window stand on: the program itself, started by `WebKitWebDriver` with
//! folders of its own, against a sandbox in the test's process; the system's clipboard; and ffmpeg.
//!
//! Nothing waits for a fixed time: each wait is for a state, with an end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

mod browser;
pub mod cpu;
mod desktop;
mod evening;
mod hands;
mod keyring;
mod keys;
pub mod memory;
mod obs;
mod other;
mod push;
mod qr;
mod recording;
mod rooms;
mod window;

pub use browser::{Browser, Consent};
pub use desktop::Desktop;
pub use evening::{Connect, Evening};
pub use fantoccini::key::Key;
pub use hands::choose_file;
pub use keyring::keyring;
pub use keys::{Focused, Keys};
pub use obs::Obs;
pub use other::OtherProgram;
pub use push::{Push, clipboard};
pub use qr::read_qr;
pub use recording::{Packet, Recording, decodes};
pub use rooms::{FourRooms, Room, Row};
pub use window::{Environment, Window};

use std::future::Future;
use std::time::Duration;

/// The longest that a test waits for one state.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `look` finds something; panics with what was waited for.
pub async fn until<T, F, L>(what: &str, mut look: L) -> T
where
    L: FnMut() -> F,
    F: Future<Output = Option<T>>,
{
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(80)).await;
        }
    };
    let found = tokio::time::timeout(PATIENCE, looking).await;
    found.unwrap_or_else(|_| panic!("waited {PATIENCE:?} in vain for: {what}"))
}
