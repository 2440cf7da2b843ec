//! Shortcuts that work while another program has the keyboard: how they are set, and what a press does.

use std::collections::BTreeMap;

use super::Studio;
use crate::shortcut::{Keys, KeysRefused, ShortcutAction, ShortcutSetting, ShortcutSettings};
use crate::view::Preferences;

/// How the window stands when a shortcut is pressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stance {
    /// It is the small one.
    pub small: bool,
    /// It is on the screen: neither hidden nor minimised. Others may stand over it.
    pub on_screen: bool,
}

/// What the shell has to do after a press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pressed {
    /// Bring the window to the front.
    Front,
    /// Put it away, without closing it.
    Away,
    /// Follow the preferences, which are others now, and keep them.
    Preferences,
}

impl Studio {
    /// Sets a shortcut. Keeping it is the shell's, as is asking the system for it; keys that can't be one change
    /// nothing.
    pub fn set_shortcut(
        &self,
        action: ShortcutAction,
        keys: Option<&str>,
        on: bool,
    ) -> Result<(), KeysRefused> {
        let keys = keys.map(str::parse::<Keys>).transpose()?;
        self.change_shortcuts(|s| s.set(action, ShortcutSetting { keys, on }));
        Ok(())
    }

    /// The usual keys, and all off.
    pub fn reset_shortcuts(&self) {
        self.change_shortcuts(|s| *s = ShortcutSettings::default());
    }

    fn change_shortcuts(&self, change: impl FnOnce(&mut ShortcutSettings)) {
        self.0.change(|p| {
            let mut shortcuts = p.preferences.shortcuts.clone();
            change(&mut shortcuts);
            p.set_preferences(Preferences { shortcuts, ..p.preferences.clone() });
        });
    }

    /// The keys that the system is to be asked for.
    pub fn shortcuts_wanted(&self) -> BTreeMap<Keys, ShortcutAction> {
        self.0.lock().preferences.shortcuts.wanted()
    }

    /// Tells whether there can be shortcuts at all, and which keys the system gave (`true`) or refused.
    pub fn shortcuts_stand(&self, possible: bool, answered: BTreeMap<Keys, bool>) {
        self.0.change(|p| p.shortcuts_stand(possible, answered));
    }

    /// A shortcut was pressed; answers what is to be done with the window. What happens in it is told to it.
    pub fn press(&self, action: ShortcutAction, window: Stance) -> Pressed {
        let mut done = Pressed::Front;
        self.0.change(|p| match action {
            ShortcutAction::Show => {}
            ShortcutAction::Compact if window.small && window.on_screen => done = Pressed::Away,
            ShortcutAction::Compact if window.small => {}
            ShortcutAction::Compact | ShortcutAction::End => p.tell_pressed(action),
            ShortcutAction::StreamerMode => {
                let streamer_mode = !p.preferences.streamer_mode;
                p.set_preferences(Preferences { streamer_mode, ..p.preferences.clone() });
                done = Pressed::Preferences;
            }
        });
        done
    }
}
