//! Another program on the test's screen: it has a window, hears keys, and takes some for itself.

use std::path::Path;
use std::sync::Mutex;

use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt as _, CreateWindowAux, EventMask, GrabMode, ModMask,
    PropMode, SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::hands::{windows, xdotool};
use crate::{Window, until};

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
        x.change_property8(PropMode::REPLACE, window, AtomEnum::WM_NAME, AtomEnum::STRING, name).unwrap();
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

    /// Drags a file from this program and drops it on the middle of something in a window, as XDND has it:
    /// <https://www.freedesktop.org/wiki/Specifications/XDND/>.
    pub async fn drop_file(&self, onto: &Window, file: &Path, id: &str) {
        let (x, y, width, height) = onto.find(id).await.rectangle().await.unwrap();
        let target = u32::try_from(*windows().await.first().unwrap()).unwrap();
        let (x, y) = ((x + width / 2.0).round(), (y + height / 2.0).round());
        #[allow(clippy::cast_possible_truncation)] // pixels of a screen
        let at =
            self.x.translate_coordinates(target, self.root, x as i16, y as i16).unwrap().reply().unwrap();
        let at = (u32::from(at.dst_x.unsigned_abs()) << 16) | u32::from(at.dst_y.unsigned_abs());

        let uris = self.atom("text/uri-list");
        self.x.set_selection_owner(self.window, self.atom("XdndSelection"), x11rb::CURRENT_TIME).unwrap();
        let list = format!("{}\r\n", url::Url::from_file_path(file).unwrap());
        self.tell(target, "XdndEnter", [self.window, 5 << 24, uris, 0, 0]);
        let copy = self.atom("XdndActionCopy");
        // The page asks for what is dragged after the first.
        for _ in 0..3 {
            self.tell(target, "XdndPosition", [self.window, 0, at, x11rb::CURRENT_TIME, copy]);
            self.until_told("XdndStatus", &list).await;
        }
        self.tell(target, "XdndDrop", [self.window, 0, x11rb::CURRENT_TIME, 0, 0]);
        self.until_told("XdndFinished", &list).await;
    }

    /// Hands out what is dragged until the other side has said something.
    async fn until_told(&self, word: &str, dragged: &str) {
        let word_atom = self.atom(word);
        until(&format!("{word} from where it is dragged to"), || async {
            while let Some(event) = self.x.poll_for_event().unwrap() {
                match event {
                    Event::ClientMessage(told) if told.type_ == word_atom => return Some(()),
                    Event::SelectionRequest(asked) => self.hand_out(&asked, dragged),
                    _ => {}
                }
            }
            None
        })
        .await;
    }

    fn hand_out(&self, asked: &SelectionRequestEvent, dragged: &str) {
        let (targets, uris) = (self.atom("TARGETS"), self.atom("text/uri-list"));
        let property = if asked.target == uris {
            self.x
                .change_property8(
                    PropMode::REPLACE,
                    asked.requestor,
                    asked.property,
                    uris,
                    dragged.as_bytes(),
                )
                .unwrap();
            asked.property
        } else if asked.target == targets {
            let all = [targets, uris];
            self.x
                .change_property32(PropMode::REPLACE, asked.requestor, asked.property, AtomEnum::ATOM, &all)
                .unwrap();
            asked.property
        } else {
            x11rb::NONE
        };
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: asked.time,
            requestor: asked.requestor,
            selection: asked.selection,
            target: asked.target,
            property,
        };
        self.x.send_event(false, asked.requestor, EventMask::NO_EVENT, answer).unwrap();
        self.x.flush().unwrap();
    }

    fn tell(&self, target: u32, word: &str, data: [u32; 5]) {
        let told = ClientMessageEvent::new(32, target, self.atom(word), data);
        self.x.send_event(false, target, EventMask::NO_EVENT, told).unwrap();
        self.x.flush().unwrap();
    }

    fn atom(&self, name: &str) -> u32 {
        self.x.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom
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
