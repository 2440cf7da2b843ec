//! Another program on the test's screen: it has a window, hears keys, and takes some for itself.

use std::sync::Mutex;

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateWindowAux, EventMask, GrabMode, ModMask, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::hands::xdotool;
use crate::until;

/// The program. Dropping it closes its window and gives back its keys.
pub struct OtherProgram {
    x: RustConnection,
    root: u32,
    window: u32,
    /// Codes of the keys it has heard.
    heard: Mutex<Vec<u8>>,
}

impl OtherProgram {
    /// Opens its window.
    pub fn open() -> Self {
        let (x, screen) = x11rb::connect(None).unwrap();
        let root = x.setup().roots[screen].root;
        let window = x.generate_id().unwrap();
        let hears = CreateWindowAux::new().event_mask(EventMask::KEY_PRESS);
        let (depth, visual) = (x11rb::COPY_DEPTH_FROM_PARENT, x11rb::COPY_FROM_PARENT);
        x.create_window(depth, window, root, 0, 0, 300, 200, 0, WindowClass::INPUT_OUTPUT, visual, &hears)
            .unwrap();
        let name = b"a game";
        x.change_property8(
            x11rb::protocol::xproto::PropMode::REPLACE,
            window,
            x11rb::protocol::xproto::AtomEnum::WM_NAME,
            x11rb::protocol::xproto::AtomEnum::STRING,
            name,
        )
        .unwrap();
        x.map_window(window).unwrap();
        x.sync().unwrap();
        Self { x, root, window, heard: Mutex::default() }
    }

    /// Brings its window to the front, with the keyboard.
    pub async fn take_front(&self) {
        until("the other program in front", || async {
            xdotool(&["windowactivate", &self.window.to_string()]).await;
            (xdotool(&["getactivewindow"]).await.first()? == &self.window.to_string()).then_some(())
        })
        .await;
    }

    /// Somebody presses keys, e.g. `ctrl+alt+k`.
    pub async fn press(&self, keys: &str) {
        xdotool(&["key", keys]).await;
    }

    /// Presses keys and tells whether this program, which has the front, hears the last of them.
    pub async fn hears(&self, keys: &str, last: char) -> bool {
        let (last, end) = (self.code(u32::from(last)), self.code(SCROLL_LOCK));
        self.heard.lock().unwrap().clear();
        // The second arrives after the first, if that arrives at all.
        xdotool(&["key", keys, "Scroll_Lock"]).await;
        until("the key after them", || async { self.take_in().contains(&end).then_some(()) }).await;
        self.heard.lock().unwrap().contains(&last)
    }

    /// Takes keys for itself, wherever they are pressed.
    pub fn grab(&self, modifiers: ModMask, last: char) {
        let (key, mode) = (self.code(u32::from(last)), GrabMode::ASYNC);
        self.x.grab_key(false, self.root, modifiers, key, mode, mode).unwrap().check().unwrap();
    }

    /// Gives them back.
    pub fn let_go(&self, modifiers: ModMask, last: char) {
        let key = self.code(u32::from(last));
        self.x.ungrab_key(key, self.root, modifiers).unwrap().check().unwrap();
    }

    fn take_in(&self) -> Vec<u8> {
        let mut heard = self.heard.lock().unwrap();
        while let Some(event) = self.x.poll_for_event().unwrap() {
            if let Event::KeyPress(press) = event {
                heard.push(press.detail);
            }
        }
        heard.clone()
    }

    /// The code of the key that writes this.
    fn code(&self, symbol: u32) -> u8 {
        let (least, most) = (self.x.setup().min_keycode, self.x.setup().max_keycode);
        let map = self.x.get_keyboard_mapping(least, most - least + 1).unwrap().reply().unwrap();
        let mut keys = map.keysyms.chunks(map.keysyms_per_keycode.into());
        let at = keys.position(|symbols| symbols.contains(&symbol)).expect("there is such a key");
        least + u8::try_from(at).unwrap()
    }
}

/// The symbol of Scroll Lock.
const SCROLL_LOCK: u32 = 0xff14;
