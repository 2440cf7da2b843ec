//! Shortcuts that work while another program has the keyboard.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod common;

use common::Bench;
use kaibo_live::shortcut::{KeysRefused, ShortcutAction, ShortcutRow, ShortcutState};
use kaibo_live::studio::{Pressed, Stance};
use kaibo_live::view::{Preferences, Update};

const FULL: Stance = Stance { small: false, on_screen: true };

impl Bench {
    fn rows(&self) -> Vec<ShortcutRow> {
        self.studio.snapshot("0", "zh-CN").shortcuts.rows
    }

    fn row(&self, action: ShortcutAction) -> ShortcutRow {
        self.rows().into_iter().find(|row| row.action == action).unwrap()
    }

    async fn told(&self) -> Vec<ShortcutAction> {
        let updates = self.studio.next_updates().await;
        let pressed = |update: Update| match update {
            Update::ShortcutPressed { action } => Some(action),
            _ => None,
        };
        updates.into_iter().filter_map(pressed).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_shortcut_is_off_until_it_is_set_and_goes_by_a_reset() {
    let bench = Bench::new();
    assert!(bench.studio.shortcuts_wanted().is_empty());
    assert!(bench.rows().iter().all(|row| !row.on && row.state == ShortcutState::Off));

    bench.studio.set_shortcut(ShortcutAction::Compact, Some("Shift+F9"), true).unwrap();
    let row = bench.row(ShortcutAction::Compact);
    assert_eq!((row.keys.to_string().as_str(), row.own, row.state), ("Shift+F9", true, ShortcutState::Asked));
    assert_eq!(bench.studio.shortcuts_wanted(), [(row.keys, ShortcutAction::Compact)].into());

    let refused = bench.studio.set_shortcut(ShortcutAction::Compact, Some("Ctrl+KeyC"), true);
    assert_eq!(refused, Err(KeysRefused::Everyday));
    assert_eq!(bench.row(ShortcutAction::Compact), row, "nothing has changed");

    // The window sends all preferences as it knew them before.
    bench.studio.set_preferences(Preferences::default()).await;
    assert_eq!(bench.row(ShortcutAction::Compact), row);

    bench.studio.reset_shortcuts();
    assert!(bench.studio.shortcuts_wanted().is_empty());
    assert_eq!(bench.row(ShortcutAction::Compact).keys, ShortcutAction::Compact.usual());
}

#[tokio::test(start_paused = true)]
async fn what_the_system_answered_is_told() {
    let bench = Bench::new();
    bench.studio.set_shortcut(ShortcutAction::Show, None, true).unwrap();
    bench.rows();
    bench.studio.shortcuts_stand(true, [(ShortcutAction::Show.usual(), false)].into());
    let told = bench.studio.next_updates().await;
    let Some(Update::Shortcuts { shortcuts }) =
        told.into_iter().find(|u| matches!(u, Update::Shortcuts { .. }))
    else {
        panic!("the window isn't told")
    };
    assert!(shortcuts.possible);
    assert_eq!(shortcuts.rows[0].state, ShortcutState::Refused);
    bench.studio.set_shortcut(ShortcutAction::Show, Some("F9"), true).unwrap();
    assert_eq!(bench.row(ShortcutAction::Show).state, ShortcutState::Asked, "other keys weren't refused");
}

#[tokio::test(start_paused = true)]
async fn a_press_ends_nothing_by_itself() {
    let bench = Bench::new();
    let press = |action, window| bench.studio.press(action, window);
    assert_eq!(press(ShortcutAction::End, FULL), Pressed::Front);
    assert_eq!(bench.told().await, [ShortcutAction::End], "the window asks");

    assert_eq!(press(ShortcutAction::Compact, FULL), Pressed::Front);
    assert_eq!(bench.told().await, [ShortcutAction::Compact], "the window becomes small");
    let small = Stance { small: true, on_screen: true };
    assert_eq!(press(ShortcutAction::Compact, small), Pressed::Away);
    assert_eq!(press(ShortcutAction::Compact, Stance { on_screen: false, ..small }), Pressed::Front);
    assert_eq!(press(ShortcutAction::Show, small), Pressed::Front);

    assert_eq!(press(ShortcutAction::StreamerMode, FULL), Pressed::Preferences);
    assert!(bench.studio.preferences().streamer_mode);
    assert_eq!(bench.told().await, [], "small, shown and put away is the shell's");
    assert_eq!(press(ShortcutAction::StreamerMode, FULL), Pressed::Preferences);
    assert!(!bench.studio.preferences().streamer_mode);
}
