//! Shortcuts that work while another program has the keyboard: asks the system for those that the settings want, and
//! does what a press asks for.
//!
//! Without one that is wanted nothing of this runs: the plugin, which on X11 has a thread that looks for keys twenty
//! times a second, is added for the first.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use kaibo_live::problem::Failure;
use kaibo_live::shortcut::{Keys, ShortcutAction};
use kaibo_live::studio::{Pressed, Stance, Studio};
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_global_shortcut::{Builder, GlobalShortcutExt as _, ShortcutState};
use tokio::sync::{Notify, mpsc, watch};

use crate::compact::Compact;
use crate::{commands, preferences, window};

/// Presses that wait. More are dropped: nobody means as many.
const PRESSES: usize = 4;
/// The system is given so long to answer about one.
const BOUND: Duration = Duration::from_secs(5);
/// Keys that are let go for the settings are taken again after that, whatever became of the page.
const HELD: Duration = Duration::from_secs(60);

/// Keys that never are a shortcut.
const NOBODYS: &str = "Ctrl+Alt+Shift+Super+F24";

/// The part of the shell that keeps shortcuts.
pub(crate) struct Shortcuts {
    presses: mpsc::Sender<Press>,
    changed: Arc<Notify>,
    held: Arc<AtomicBool>,
    /// All keys were let go.
    free: watch::Sender<bool>,
}

#[derive(Debug)]
enum Press {
    /// Keys, whatever they stand for by then.
    Keys(Keys),
    /// An option of the command line.
    Option(ShortcutAction),
}

impl Shortcuts {
    /// The settings are others.
    pub(crate) fn follow(&self) {
        self.changed.notify_one();
    }

    /// Lets go of all keys, and returns once that is done; or takes them again.
    pub(crate) async fn hold(&self, on: bool) {
        self.held.store(on, Ordering::SeqCst);
        self.changed.notify_one();
        let mut free = self.free.subscribe();
        if on && tokio::time::timeout(BOUND, free.wait_for(|free| *free)).await.is_err() {
            tracing::info!("the system doesn't take its keys back");
        }
    }

    fn press(&self, press: Press) {
        if let Err(error) = self.presses.try_send(press) {
            tracing::debug!(%error, "a press came too soon after others");
        }
    }
}

/// Kaibo was started while it runs: it shows its window, or does what an option says.
pub(crate) fn started_again<R: Runtime>(app: &AppHandle<R>, arguments: &[String]) {
    let wanted = arguments.iter().skip(1).find_map(|option| ShortcutAction::from_option(option));
    match (wanted, app.try_state::<Shortcuts>()) {
        (Some(action), Some(shortcuts)) => shortcuts.press(Press::Option(action)),
        _ => window::show(app),
    }
}

/// Follows the settings from now on.
pub(crate) fn start<R: Runtime>(app: &AppHandle<R>, studio: Studio) {
    let (presses, mut waiting) = mpsc::channel(PRESSES);
    let (changed, held) = <(Arc<Notify>, Arc<AtomicBool>)>::default();
    let free = watch::Sender::new(false);
    app.manage(Shortcuts { presses, changed: changed.clone(), held: held.clone(), free: free.clone() });

    let (to, of, let_go) = (app.clone(), studio.clone(), held.clone());
    tauri::async_runtime::spawn(async move {
        while let Some(press) = waiting.recv().await {
            let action = match press {
                Press::Keys(_) if let_go.load(Ordering::SeqCst) => None,
                Press::Keys(keys) => of.shortcuts_wanted().get(&keys).copied(),
                Press::Option(action) => Some(action),
            };
            if let Some(action) = action {
                act(&to, &of, action);
            }
        }
    });

    let possible =
        possible(cfg!(target_os = "linux"), |name| std::env::var_os(name).is_some_and(|v| is_set(&v)));
    studio.shortcuts_stand(possible, BTreeMap::new());
    if !possible {
        tracing::info!("the system lets no program have shortcuts while another has the keyboard");
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut taken = Taken::default();
        loop {
            let letting_go = held.load(Ordering::SeqCst);
            let wanted =
                if letting_go { BTreeSet::new() } else { studio.shortcuts_wanted().into_keys().collect() };
            taken.make(&app, &wanted).await;
            free.send_replace(letting_go);
            if letting_go {
                if tokio::time::timeout(HELD, changed.notified()).await.is_err() {
                    held.store(false, Ordering::SeqCst);
                }
            } else {
                studio.shortcuts_stand(true, taken.answered());
                changed.notified().await;
            }
        }
    });
}

fn is_set(value: &OsStr) -> bool {
    !value.is_empty()
}

/// Wayland gives no program keys that were pressed in another. There X11's shortcuts would work only while an X11
/// program has the keyboard, and that is worse than none.
fn possible(linux: bool, set: impl Fn(&str) -> bool) -> bool {
    !linux || (!set("WAYLAND_DISPLAY") && set("DISPLAY"))
}

/// What the system was asked for.
#[derive(Default)]
struct Taken {
    plugin: bool,
    keys: BTreeSet<Keys>,
    refused: Vec<Keys>,
}

impl Taken {
    /// Which keys the system gave, and which it refused.
    fn answered(&self) -> BTreeMap<Keys, bool> {
        let given = self.keys.iter().map(|keys| (*keys, true));
        given.chain(self.refused.iter().map(|keys| (*keys, false))).collect()
    }

    /// Asks for what is wanted, and gives back what isn't any more. Keys that were refused are asked for again each
    /// time: the other program may be gone.
    async fn make<R: Runtime>(&mut self, app: &AppHandle<R>, wanted: &BTreeSet<Keys>) {
        self.refused.clear();
        let former: Vec<Keys> = self.keys.difference(wanted).copied().collect();
        for keys in &former {
            let text = keys.to_string();
            // Keys that can't be given back stand for nothing when they are pressed.
            if told(*keys, &ask(app, move |app| app.global_shortcut().unregister(text.as_str())).await) {
                self.keys.remove(keys);
            }
        }
        if cfg!(target_os = "linux") && !former.is_empty() {
            // On X11 the plugin writes to the server when it asks it something, and giving keys back asks nothing.
            let _ = ask(app, |app| app.global_shortcut().unregister(NOBODYS)).await;
        }
        for keys in wanted.difference(&self.keys).copied().collect::<Vec<_>>() {
            if !self.plugin {
                self.plugin = add_plugin(app).await;
            }
            let text = keys.to_string();
            let plugin = self.plugin;
            let asked = ask(app, move |app| {
                if !plugin {
                    return Err(tauri_plugin_global_shortcut::Error::GlobalHotkey("no plugin".to_owned()));
                }
                app.global_shortcut().on_shortcut(text.as_str(), move |app, _, event| {
                    // Nothing but a note: this runs on the thread that looks for keys.
                    if event.state == ShortcutState::Pressed
                        && let Some(shortcuts) = app.try_state::<Shortcuts>()
                    {
                        shortcuts.press(Press::Keys(keys));
                    }
                })
            });
            if told(keys, &asked.await) {
                self.keys.insert(keys);
            } else {
                self.refused.push(keys);
            }
        }
    }
}

fn told(keys: Keys, asked: &Result<(), String>) -> bool {
    if let Err(error) = asked {
        tracing::info!(%keys, error, "the system doesn't give or take back a shortcut");
    }
    asked.is_ok()
}

/// Asks the system on a thread that may wait: the plugin waits for the main thread, and that for the system.
async fn ask<R: Runtime>(
    app: &AppHandle<R>,
    ask: impl FnOnce(&AppHandle<R>) -> Result<(), tauri_plugin_global_shortcut::Error> + Send + 'static,
) -> Result<(), String> {
    let app = app.clone();
    let asked = tauri::async_runtime::spawn_blocking(move || ask(&app));
    match tokio::time::timeout(BOUND, asked).await {
        Ok(Ok(asked)) => asked.map_err(|error| error.to_string()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer".to_owned()),
    }
}

/// macOS wants it made on the main thread.
async fn add_plugin<R: Runtime>(app: &AppHandle<R>) -> bool {
    let (done, added) = tokio::sync::oneshot::channel();
    let on_main = app.clone();
    let sent = app.run_on_main_thread(move || {
        let added = on_main.plugin(Builder::<R>::new().build());
        if let Err(error) = &added {
            tracing::warn!(%error, "there can be no shortcuts");
        }
        let _ = done.send(added.is_ok());
    });
    sent.is_ok() && tokio::time::timeout(BOUND, added).await.is_ok_and(|added| added.unwrap_or(false))
}

/// Does what a press asks for.
fn act<R: Runtime>(app: &AppHandle<R>, studio: &Studio, action: ShortcutAction) {
    let small = app.try_state::<Compact>().is_some_and(|compact| compact.is_small());
    let stance = Stance { small, on_screen: window::on_screen(app) };
    match studio.press(action, stance) {
        Pressed::Front => window::show(app),
        Pressed::Away => window::put_away(app),
        Pressed::Preferences => {
            commands::protect(app, studio);
            let saved: Result<(), Failure> = preferences::save(app, &studio.preferences());
            if let Err(failure) = saved {
                studio.tell(failure);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wayland_lets_no_program_have_shortcuts() {
        let on = |names: &'static [&'static str]| possible(true, move |name| names.contains(&name));
        assert!(on(&["DISPLAY"]));
        assert!(!on(&["WAYLAND_DISPLAY", "DISPLAY"]), "Xwayland hears the keys of X11 programs alone");
        assert!(!on(&["WAYLAND_DISPLAY"]) && !on(&[]));
        assert!(possible(false, |_| false), "other systems");
    }
}
