//! A finger on the keyboard: real key events of the X screen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::{JoinHandle, spawn_blocking};
use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, KEY_PRESS_EVENT, KEY_RELEASE_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;

use crate::Result;
use crate::source::now_ms;

/// Between two keys: a fast typist's.
const EVERY: Duration = Duration::from_millis(90);
/// The letter a, and the key that takes it away again, as X numbers symbols.
const SYMBOLS: [u32; 2] = [0x61, 0xff08];

/// Somebody who types a letter and deletes it, again and again. Dropping it stops them too: a bench that fails would
/// wait for them for ever.
pub(crate) struct Typing {
    stop: Arc<AtomicBool>,
    pressed: JoinHandle<std::result::Result<Vec<f64>, String>>,
}

impl Typing {
    pub(crate) fn begin() -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let pressed = spawn_blocking(move || type_until(&told).map_err(|error| error.to_string()));
        Self { stop, pressed }
    }

    /// Stops, and answers when each key was pressed, ms since 1970.
    pub(crate) async fn end(mut self) -> Result<Vec<f64>> {
        self.stop.store(true, Ordering::Relaxed);
        Ok((&mut self.pressed).await??)
    }
}

impl Drop for Typing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn type_until(stop: &AtomicBool) -> Result<Vec<f64>> {
    let (connection, number) = x11rb::connect(None)?;
    let root = connection.setup().roots[number].root;
    let keys = codes(&connection)?;
    let mut pressed = Vec::new();
    for key in keys.into_iter().cycle() {
        // Stops only after a letter was deleted: what is written stays as it was.
        if stop.load(Ordering::Relaxed) && pressed.len() % SYMBOLS.len() == 0 {
            break;
        }
        pressed.push(now_ms());
        for event in [KEY_PRESS_EVENT, KEY_RELEASE_EVENT] {
            connection.xtest_fake_input(event, key, 0, root, 0, 0, 0)?;
        }
        connection.flush()?;
        std::thread::sleep(EVERY);
    }
    Ok(pressed)
}

fn codes(connection: &RustConnection) -> Result<Vec<u8>> {
    let setup = connection.setup();
    let (first, last) = (setup.min_keycode, setup.max_keycode);
    let map = connection.get_keyboard_mapping(first, last - first + 1)?.reply()?;
    let each = usize::from(map.keysyms_per_keycode);
    let code = |symbol: u32| {
        let at = map.keysyms.chunks(each).position(|symbols| symbols.first() == Some(&symbol))?;
        u8::try_from(usize::from(first) + at).ok()
    };
    SYMBOLS.iter().map(|symbol| code(*symbol).ok_or_else(|| "the screen's keyboard lacks a key".into())).collect()
}
