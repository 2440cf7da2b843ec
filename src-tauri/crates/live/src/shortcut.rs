//! Shortcuts that work while another program has the keyboard: what they do, and which keys they may be.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use ts_rs::TS;

/// What such a shortcut does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum ShortcutAction {
    /// Brings the window to the front.
    Show,
    /// Makes the window small and shows it; pressed again, puts it away.
    Compact,
    /// Switches streamer mode.
    StreamerMode,
    /// Brings the window to the front, where it asks whether what is on air shall end.
    End,
}

impl ShortcutAction {
    /// All of them, as they are listed.
    pub const ALL: [Self; 4] = [Self::Show, Self::Compact, Self::StreamerMode, Self::End];

    /// The keys that it has until the streamer chooses others: the letters are those of the window's own shortcuts.
    pub fn usual(self) -> Keys {
        let code = match self {
            Self::Show => "KeyK",
            Self::Compact => "KeyM",
            Self::StreamerMode => "KeyH",
            Self::End => "KeyE",
        };
        Keys { ctrl: true, alt: true, shift: false, logo: false, code }
    }

    /// Its option on the command line, e.g. `--streamer-mode`: where the system lets no program have such shortcuts,
    /// the system's own can start Kaibo with it.
    pub fn from_option(option: &str) -> Option<Self> {
        match option {
            "--show" => Some(Self::Show),
            "--compact" => Some(Self::Compact),
            "--streamer-mode" => Some(Self::StreamerMode),
            "--end" => Some(Self::End),
            _ => None,
        }
    }
}

/// Keys that are pressed together: some of Ctrl, Alt, Shift and Super (the Windows or Command key), and one other.
///
/// As a text they are joined by `+`, the one key last and named as browsers name it: `Ctrl+Alt+KeyK`. See
/// <https://www.w3.org/TR/uievents-code/>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, TS)]
#[ts(as = "String", export, export_to = "kaibo.ts")]
pub struct Keys {
    ctrl: bool,
    alt: bool,
    shift: bool,
    logo: bool,
    code: &'static str,
}

/// Why keys can't be a shortcut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum KeysRefused {
    /// No keys that Kaibo knows, or not one of them beside Ctrl, Alt, Shift and Super.
    Unknown,
    /// They are needed for writing and in other programs: two of Ctrl, Alt, Shift and Super have to go with them.
    Everyday,
    /// They are the system's own.
    System,
}

/// Keys that nothing is written with: they may stand alone.
const FREE: &[&str] = &[
    "F1",
    "F2",
    "F3",
    "F4",
    "F5",
    "F6",
    "F7",
    "F8",
    "F9",
    "F10",
    "F11",
    "F12",
    "F13",
    "F14",
    "F15",
    "F16",
    "F17",
    "F18",
    "F19",
    "F20",
    "F21",
    "F22",
    "F23",
    "F24",
    "Pause",
    "ScrollLock",
];
const OTHERS: &[&str] = &[
    "KeyA",
    "KeyB",
    "KeyC",
    "KeyD",
    "KeyE",
    "KeyF",
    "KeyG",
    "KeyH",
    "KeyI",
    "KeyJ",
    "KeyK",
    "KeyL",
    "KeyM",
    "KeyN",
    "KeyO",
    "KeyP",
    "KeyQ",
    "KeyR",
    "KeyS",
    "KeyT",
    "KeyU",
    "KeyV",
    "KeyW",
    "KeyX",
    "KeyY",
    "KeyZ",
    "Digit0",
    "Digit1",
    "Digit2",
    "Digit3",
    "Digit4",
    "Digit5",
    "Digit6",
    "Digit7",
    "Digit8",
    "Digit9",
    "Numpad0",
    "Numpad1",
    "Numpad2",
    "Numpad3",
    "Numpad4",
    "Numpad5",
    "Numpad6",
    "Numpad7",
    "Numpad8",
    "Numpad9",
    "NumpadAdd",
    "NumpadSubtract",
    "NumpadMultiply",
    "NumpadDivide",
    "NumpadDecimal",
    "Backslash",
    "BracketLeft",
    "BracketRight",
    "Comma",
    "Equal",
    "Minus",
    "Period",
    "Semicolon",
    "Slash",
    "Space",
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "Insert",
    "Delete",
];

impl FromStr for Keys {
    type Err = KeysRefused;

    fn from_str(text: &str) -> Result<Self, KeysRefused> {
        let (before, last) = text.rsplit_once('+').unwrap_or(("", text));
        let code = FREE.iter().chain(OTHERS).find(|code| **code == last).ok_or(KeysRefused::Unknown)?;
        let mut keys = Self { ctrl: false, alt: false, shift: false, logo: false, code };
        for name in before.split('+').filter(|_| !before.is_empty()) {
            let held = match name {
                "Ctrl" => &mut keys.ctrl,
                "Alt" => &mut keys.alt,
                "Shift" => &mut keys.shift,
                "Super" => &mut keys.logo,
                _ => return Err(KeysRefused::Unknown),
            };
            if std::mem::replace(held, true) {
                return Err(KeysRefused::Unknown);
            }
        }
        keys.judged()
    }
}

impl Keys {
    fn judged(self) -> Result<Self, KeysRefused> {
        let held = [self.ctrl, self.alt, self.shift, self.logo].into_iter().filter(|held| *held).count();
        let free = FREE.contains(&self.code);
        // Linux's text consoles, the end of a window, the system's way out.
        let system = (self.ctrl && self.alt && (self.code.starts_with('F') || self.code == "Delete"))
            || (self.alt && held == 1 && self.code == "F4");
        if system {
            Err(KeysRefused::System)
        } else if free || held >= 2 {
            Ok(self)
        } else {
            Err(KeysRefused::Everyday)
        }
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [(self.ctrl, "Ctrl+"), (self.alt, "Alt+"), (self.shift, "Shift+"), (self.logo, "Super+")];
        for (_, name) in names.into_iter().filter(|(held, _)| *held) {
            f.write_str(name)?;
        }
        f.write_str(self.code)
    }
}

impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// How one shortcut is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ShortcutSetting {
    /// The streamer's own keys; none: the usual ones.
    pub keys: Option<Keys>,
    /// Off at first.
    pub on: bool,
}

impl<'de> Deserialize<'de> for ShortcutSetting {
    /// Keys that can't be a shortcut, as a file edited by hand may have them, are the usual ones, and off.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize, Default)]
        #[serde(default)]
        struct Written {
            keys: Option<String>,
            on: bool,
        }
        let Written { keys, on } = Written::deserialize(from)?;
        Ok(match keys.map(|keys| keys.parse()).transpose() {
            Ok(keys) => Self { keys, on },
            Err(_) => Self::default(),
        })
    }
}

/// How all of them are set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ShortcutSettings {
    /// [`ShortcutAction::Show`].
    pub show: ShortcutSetting,
    /// [`ShortcutAction::Compact`].
    pub compact: ShortcutSetting,
    /// [`ShortcutAction::StreamerMode`].
    pub streamer_mode: ShortcutSetting,
    /// [`ShortcutAction::End`].
    pub end: ShortcutSetting,
}

impl ShortcutSettings {
    fn of(&self, action: ShortcutAction) -> ShortcutSetting {
        match action {
            ShortcutAction::Show => self.show,
            ShortcutAction::Compact => self.compact,
            ShortcutAction::StreamerMode => self.streamer_mode,
            ShortcutAction::End => self.end,
        }
    }

    pub(crate) fn set(&mut self, action: ShortcutAction, setting: ShortcutSetting) {
        *match action {
            ShortcutAction::Show => &mut self.show,
            ShortcutAction::Compact => &mut self.compact,
            ShortcutAction::StreamerMode => &mut self.streamer_mode,
            ShortcutAction::End => &mut self.end,
        } = setting;
    }

    /// What an action's keys are.
    fn keys(&self, action: ShortcutAction) -> Keys {
        self.of(action).keys.unwrap_or_else(|| action.usual())
    }

    /// The action above this one that has its keys, where both are on.
    fn before(&self, action: ShortcutAction) -> Option<ShortcutAction> {
        let mut above = ShortcutAction::ALL.into_iter().take_while(|other| *other != action);
        above.find(|other| self.of(*other).on && self.keys(*other) == self.keys(action))
    }

    /// What the system is to be asked for. Of several with the same keys the first has them.
    pub(crate) fn wanted(&self) -> BTreeMap<Keys, ShortcutAction> {
        let on = ShortcutAction::ALL.into_iter().filter(|action| self.of(*action).on);
        let alone = on.filter(|action| self.before(*action).is_none());
        alone.map(|action| (self.keys(action), action)).collect()
    }

    /// How they stand, by what the system has answered.
    pub(crate) fn rows(&self, answered: &BTreeMap<Keys, bool>) -> Vec<ShortcutRow> {
        let row = |action: ShortcutAction| {
            let (keys, setting) = (self.keys(action), self.of(action));
            let state = match self.before(action) {
                _ if !setting.on => ShortcutState::Off,
                Some(with) => ShortcutState::Same { with },
                None => match answered.get(&keys) {
                    Some(true) => ShortcutState::On,
                    Some(false) => ShortcutState::Refused,
                    None => ShortcutState::Asked,
                },
            };
            ShortcutRow { action, keys, own: setting.keys.is_some(), on: setting.on, state }
        };
        ShortcutAction::ALL.into_iter().map(row).collect()
    }
}

/// Shortcuts as the settings show them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ShortcutsView {
    /// The system lets programs have such shortcuts. Wayland doesn't.
    pub possible: bool,
    /// One for each action.
    pub rows: Vec<ShortcutRow>,
}

/// A shortcut as the settings show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ShortcutRow {
    /// What it does.
    pub action: ShortcutAction,
    /// Its keys.
    pub keys: Keys,
    /// The keys are the streamer's own choice.
    pub own: bool,
    /// Is it wanted?
    pub on: bool,
    /// What became of that.
    pub state: ShortcutState,
}

/// What became of a shortcut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum ShortcutState {
    /// It isn't wanted.
    Off,
    /// The system is being asked for the keys.
    Asked,
    /// It works.
    On,
    /// Another one has the same keys and works.
    Same {
        /// Which.
        with: ShortcutAction,
    },
    /// The system doesn't give these keys; most often another program has them.
    Refused,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Keys {
        text.parse().unwrap()
    }

    #[test]
    fn keys_are_read_in_any_order_and_told_in_one() {
        for (text, told) in [
            ("Ctrl+Alt+KeyK", "Ctrl+Alt+KeyK"),
            ("Super+Shift+Alt+Ctrl+Digit1", "Ctrl+Alt+Shift+Super+Digit1"),
            ("F9", "F9"),
            ("Shift+F24", "Shift+F24"),
            ("Ctrl+F4", "Ctrl+F4"),
        ] {
            assert_eq!(keys(text).to_string(), told, "{text}");
        }
    }

    #[test]
    fn what_others_need_is_refused() {
        for (text, why) in [
            ("", KeysRefused::Unknown),
            ("+", KeysRefused::Unknown),
            ("Ctrl+", KeysRefused::Unknown),
            ("Ctrl+Alt", KeysRefused::Unknown),
            ("KeyK+Ctrl", KeysRefused::Unknown),
            ("Ctrl+Ctrl+KeyK", KeysRefused::Unknown),
            ("Ctrl++KeyK", KeysRefused::Unknown),
            ("Ctrl+Alt+Escape", KeysRefused::Unknown),
            ("ctrl+alt+KeyK", KeysRefused::Unknown),
            ("KeyK", KeysRefused::Everyday),
            ("Shift+KeyK", KeysRefused::Everyday),
            ("Ctrl+KeyC", KeysRefused::Everyday),
            ("Alt+ArrowLeft", KeysRefused::Everyday),
            ("Alt+F4", KeysRefused::System),
            ("Ctrl+Alt+Delete", KeysRefused::System),
            ("Ctrl+Alt+F2", KeysRefused::System),
        ] {
            assert_eq!(text.parse::<Keys>(), Err(why), "{text}");
        }
    }

    #[test]
    fn none_is_on_at_first_and_the_usual_keys_can_all_be_had() {
        let settings = ShortcutSettings::default();
        assert_eq!(settings.wanted(), BTreeMap::new());
        for action in ShortcutAction::ALL {
            assert_eq!(action.usual().judged(), Ok(action.usual()), "{action:?}");
        }
        let usual: std::collections::BTreeSet<Keys> = ShortcutAction::ALL.map(ShortcutAction::usual).into();
        assert_eq!(usual.len(), ShortcutAction::ALL.len());
    }

    #[test]
    fn of_two_with_the_same_keys_the_first_has_them_and_the_other_is_told() {
        let same = ShortcutSetting { keys: Some(keys("F9")), on: true };
        let mut settings = ShortcutSettings { compact: same, end: same, ..ShortcutSettings::default() };
        assert_eq!(settings.wanted(), [(keys("F9"), ShortcutAction::Compact)].into());
        let state = |settings: &ShortcutSettings, answer: bool| -> Vec<ShortcutState> {
            settings.rows(&[(keys("F9"), answer)].into()).into_iter().map(|row| row.state).collect()
        };
        let with = ShortcutAction::Compact;
        assert_eq!(
            state(&settings, true),
            [ShortcutState::Off, ShortcutState::On, ShortcutState::Off, ShortcutState::Same { with }]
        );
        settings.compact.on = false;
        assert_eq!(settings.wanted(), [(keys("F9"), ShortcutAction::End)].into());
        assert_eq!(state(&settings, false)[3], ShortcutState::Refused);
        assert_eq!(settings.rows(&BTreeMap::new())[3].state, ShortcutState::Asked);
    }

    #[test]
    fn nonsense_in_a_file_is_the_usual_and_off_and_spoils_nothing_else() {
        let read = |text: &str| serde_json::from_str::<ShortcutSettings>(text).unwrap();
        let odd = read(r#"{"show":{"keys":"Hyper+Q","on":true},"end":{"keys":"F9","on":true}}"#);
        assert_eq!(odd.show, ShortcutSetting::default());
        assert_eq!(odd.end, ShortcutSetting { keys: Some(keys("F9")), on: true });
        let kept = serde_json::to_string(&odd).unwrap();
        assert_eq!(read(&kept), odd, "{kept}");
        assert_eq!(read("{}"), ShortcutSettings::default());
    }
}
