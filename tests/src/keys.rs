//! The keyboard alone: keys go to whatever has the focus, nothing is clicked and nothing focused from outside.

use std::collections::VecDeque;
use std::fmt;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::key::Key;

use crate::{Window, until};

/// More stops than any page has.
const STOPS: usize = 150;

/// Runs in the page: what has the focus, as a screen reader would tell it, and what is wrong with how it shows.
const FOCUSED: &str = r#"
const at = document.activeElement;
if (!at || at === document.body) return { role: "", name: "", wrong: "" };
const words = (e) => (e?.textContent ?? "").replace(/\s+/g, " ").trim();
const labelled = (at.getAttribute("aria-labelledby") ?? "").split(" ").filter(Boolean)
  .map((id) => words(document.getElementById(id))).join(" ");
const name = labelled || at.getAttribute("aria-label") || words(at.labels?.[0]) || words(at) || at.title || "";
const types = { checkbox: "checkbox", radio: "radio", range: "slider" };
const tags = { BUTTON: "button", A: "link", SELECT: "combobox", TEXTAREA: "textbox", SECTION: "region" };
const role = at.getAttribute("role") ?? (at.tagName === "INPUT" ? types[at.type] ?? "textbox" : tags[at.tagName] ?? "");
const ringed = (e) => {
  if (!e) return false;
  const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(e);
  return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || /1\.5px inset|inset.* 1\.5px/.test(boxShadow);
};
const box = at.getBoundingClientRect();
let wrong = "";
if (box.width === 0 || box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth)
  wrong = "is out of the window";
// A field's ring is its frame's, a tick box's the box's. A page that the focus came to has none: it isn't handled.
const around = [at, at.nextElementSibling, at.parentElement, at.closest(".field, .box, .find")];
if (!at.matches("[tabindex='-1']") && !around.some(ringed)) wrong = "shows no focus";
if (!name) wrong = "has no name";
return { role, name, wrong: wrong && `${at.outerHTML.slice(0, 160)} ${wrong}` };
"#;

/// What has the focus; nothing has it while role and name are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Focused {
    /// As a screen reader tells it: `button`, `textbox`, `checkbox`, …
    pub role: String,
    /// Its name for assistive technology.
    pub name: String,
}

impl fmt::Display for Focused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} \"{}\"", self.role, self.name)
    }
}

impl Focused {
    /// Is it of this role, with this name? A name that ends with `…` is the beginning of one.
    fn is(&self, role: &str, name: &str) -> bool {
        self.role == role
            && name.strip_suffix('…').map_or(self.name == name, |start| self.name.starts_with(start))
    }
}

/// The keyboard of a window.
pub struct Keys<'a> {
    window: &'a Window,
}

impl<'a> Keys<'a> {
    /// The window's keyboard.
    pub fn of(window: &'a Window) -> Self {
        Self { window }
    }

    /// Presses keys one after the other, each held until the last went down: `[Key::Shift, Key::Tab]` is one chord.
    pub async fn press(&self, chord: &[Key]) {
        let chord: Vec<char> = chord.iter().map(|key| char::from(*key)).collect();
        self.hold(&chord).await;
    }

    /// Presses Control with a letter.
    pub async fn control(&self, letter: char) {
        self.hold(&[Key::Control.into(), letter]).await;
    }

    /// Types a text.
    pub async fn write(&self, text: &str) {
        let strokes = text.chars().flat_map(|c| [KeyAction::Down { value: c }, KeyAction::Up { value: c }]);
        self.act(strokes).await;
    }

    async fn hold(&self, chord: &[char]) {
        let down = chord.iter().map(|value| KeyAction::Down { value: *value });
        let up = chord.iter().rev().map(|value| KeyAction::Up { value: *value });
        self.act(down.chain(up)).await;
    }

    async fn act(&self, strokes: impl Iterator<Item = KeyAction>) {
        let strokes = strokes.fold(KeyActions::new("keyboard".to_owned()), KeyActions::then);
        self.window.act(strokes).await;
    }

    /// What has the focus. It has to be in sight, to be seen to have it, and to have a name.
    pub async fn focused(&self) -> Focused {
        let told = self.window.script(FOCUSED).await;
        let text = |key: &str| told[key].as_str().unwrap().to_owned();
        let wrong = text("wrong");
        assert!(wrong.is_empty(), "{wrong}");
        Focused { role: text("role"), name: text("name") }
    }

    /// Waits until the focus has come to something by itself.
    pub async fn until_on(&self, role: &str, name: &str) {
        until(&format!("the focus on {role} \"{name}\""), || async {
            self.focused().await.is(role, name).then_some(())
        })
        .await;
    }

    /// Goes on by Tab to something; tells how many stops that took.
    pub async fn to(&self, role: &str, name: &str) -> usize {
        self.go(&[Key::Tab], role, name).await
    }

    /// Goes back by Shift and Tab to something.
    pub async fn back_to(&self, role: &str, name: &str) -> usize {
        self.go(&[Key::Shift, Key::Tab], role, name).await
    }

    async fn go(&self, chord: &[Key], role: &str, name: &str) -> usize {
        let mut passed = VecDeque::new();
        for stops in 0..STOPS {
            let focused = self.focused().await;
            if focused.is(role, name) {
                return stops;
            }
            passed.push_back(focused.to_string());
            self.press(chord).await;
        }
        panic!("{role} \"{name}\" isn't among what the focus comes to: {passed:#?}");
    }
}
