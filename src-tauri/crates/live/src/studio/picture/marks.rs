//! What of the picture the window hasn't seen yet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::people::PersonKey;
use super::Picture;
use crate::account::AccountId;
use crate::problem::Problem;
use crate::room::{RoomId, Signal};
use crate::shortcut::ShortcutAction;
use crate::view::{AccountView, ChatHealth, MarkedPerson, Milestone, RoomView, Update};

/// Whether the window has something to see.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Nothing.
    Nothing,
    /// What is as good a few seconds later.
    Later,
    /// Something that isn't.
    Now,
}

#[derive(Default, PartialEq)]
pub(super) struct Dirty {
    pub(super) accounts: BTreeSet<AccountId>,
    /// Accounts of which only the calls that are left are others.
    pub(super) accounts_later: BTreeSet<AccountId>,
    pub(super) accounts_gone: BTreeSet<AccountId>,
    pub(super) rooms: BTreeSet<RoomId>,
    /// Rooms of which only figures are others.
    pub(super) later: BTreeSet<RoomId>,
    pub(super) rooms_gone: BTreeSet<RoomId>,
    pub(super) journal: BTreeSet<i64>,
    pub(super) run: bool,
    pub(super) sign_in: bool,
    pub(super) preflight: bool,
    pub(super) encoder: bool,
    pub(super) overlay: bool,
    pub(super) relay: bool,
    pub(super) export: bool,
    /// With what to tell of those that have no marks any more.
    pub(super) marked: BTreeMap<PersonKey, MarkedPerson>,
    pub(super) thanks: bool,
    pub(super) alarms: bool,
    pub(super) vault: bool,
    pub(super) sandbox: bool,
    pub(super) preferences: bool,
    pub(super) shortcuts: bool,
    pub(super) pressed: BTreeSet<ShortcutAction>,
    pub(super) close_asked: bool,
    pub(super) clipboard_cleared: bool,
    pub(super) milestones: VecDeque<Milestone>,
    pub(super) problems: VecDeque<Problem>,
}

impl Dirty {
    pub(super) fn room(&mut self, id: &RoomId, later: bool) {
        let rooms = if later { &mut self.later } else { &mut self.rooms };
        rooms.insert(id.clone());
    }
}

impl Picture {
    /// Forgets the marks: a snapshot was just made. What a snapshot doesn't hold stays to be told.
    pub(crate) fn clean(&mut self) {
        self.rooms.iter_mut().for_each(|r| r.readings.tell_all());
        let Dirty { close_asked, clipboard_cleared, problems, .. } = std::mem::take(&mut self.dirty);
        self.dirty = Dirty { close_asked, clipboard_cleared, problems, ..Dirty::default() };
    }

    /// Whether there is something that the window hasn't seen. Figures, when a source was last heard, and likes may wait
    /// and go together, and along with whatever can't: each batch costs the window a frame, and rooms whose viewers do
    /// nothing but watch move several times a second.
    pub(crate) fn waiting(&mut self) -> Waiting {
        let later = std::mem::take(&mut self.dirty.later);
        let accounts_later = std::mem::take(&mut self.dirty.accounts_later);
        let now = self.dirty != Dirty::default() || self.chat.waits_now();
        let waits = !later.is_empty()
            || !accounts_later.is_empty()
            || self.chat.waits()
            || self.rooms.iter().any(|r| r.readings.wait());
        (self.dirty.later, self.dirty.accounts_later) = (later, accounts_later);
        match (now, waits) {
            (true, _) => Waiting::Now,
            (false, true) => Waiting::Later,
            (false, false) => Waiting::Nothing,
        }
    }

    /// What the window hasn't seen, and forgets the marks.
    pub(crate) fn take_updates(&mut self) -> Vec<Update> {
        let dirty = std::mem::take(&mut self.dirty);
        let mut updates = Vec::new();
        updates.extend(dirty.accounts_gone.into_iter().map(|id| Update::AccountGone { id }));
        updates.extend(dirty.rooms_gone.into_iter().map(|id| Update::RoomGone { id }));
        updates.extend(
            self.accounts
                .iter()
                .filter(|a| {
                    let id = &a.account.id;
                    dirty.accounts.contains(id) || dirty.accounts_later.contains(id)
                })
                .map(|a| Update::Account { account: a.view.clone() }),
        );
        updates.extend(
            self.rooms
                .iter()
                .filter(|r| dirty.rooms.contains(&r.view.id) || dirty.later.contains(&r.view.id))
                .map(|r| Update::Room { room: Box::new(r.view.clone()) }),
        );
        updates.extend(self.rooms.iter_mut().filter_map(|r| r.readings.tell(&r.view.id)));
        updates.extend(self.chat.take());
        if dirty.sign_in {
            updates.push(Update::SignIn { sign_in: self.sign_in.clone() });
        }
        if let (true, Some(preflight)) = (dirty.preflight, &self.preflight) {
            updates.push(Update::Preflight { preflight: preflight.clone() });
        }
        if let (true, Some(run)) = (dirty.run, &self.run) {
            updates.push(Update::Run { run: run.clone() });
        }
        updates.extend(
            self.journal
                .iter()
                .filter(|e| dirty.journal.contains(&e.id))
                .map(|e| Update::Journal { entry: e.clone() }),
        );
        if dirty.relay {
            updates.push(Update::Relay { relay: self.relay.clone() });
        }
        if dirty.encoder {
            updates.push(Update::Encoder { encoder: self.encoder.clone() });
        }
        if dirty.overlay {
            updates.push(Update::Overlay { overlay: self.overlay.clone() });
        }
        if dirty.export {
            updates.push(Update::Export { export: self.export.clone() });
        }
        updates.extend(dirty.marked.into_values().map(|marked| Update::Marked { marked }));
        if dirty.thanks {
            updates.push(Update::Thanks { waiting: self.thanks_waiting });
        }
        if dirty.alarms {
            updates.push(Update::Alarms { alarms: self.alarms.clone() });
        }
        if let (true, Some(vault)) = (dirty.vault, &self.vault) {
            updates.push(Update::Vault { vault: vault.clone() });
        }
        if dirty.sandbox {
            updates.push(Update::Sandbox { on: self.sandbox });
        }
        if dirty.preferences {
            updates.push(Update::Preferences { preferences: self.preferences.clone() });
        }
        if dirty.shortcuts {
            updates.push(Update::Shortcuts { shortcuts: self.shortcuts() });
        }
        updates.extend(dirty.pressed.into_iter().map(|action| Update::ShortcutPressed { action }));
        if dirty.close_asked {
            updates.push(Update::CloseAsked);
        }
        if dirty.clipboard_cleared {
            updates.push(Update::ClipboardCleared);
        }
        updates.extend(dirty.milestones.into_iter().map(|milestone| Update::Milestone { milestone }));
        updates.extend(dirty.problems.into_iter().map(|problem| Update::Problem { problem }));
        updates
    }
}

/// Do both tell a person the same?
pub(super) fn same_second(one: &ChatHealth, other: &ChatHealth) -> bool {
    use ChatHealth::Listening;
    match (one, other) {
        (
            Listening { last_line, last_alive, reconnects },
            Listening { last_line: line, last_alive: alive, reconnects: times },
        ) => {
            let second = |ms: i64| ms.div_euclid(1000);
            reconnects == times
                && last_line.map(second) == line.map(second)
                && second(*last_alive) == second(*alive)
        }
        _ => one == other,
    }
}

/// Do both differ only in figures, which viewers move all the time? These may wait ([`Picture::waiting`]).
pub(super) fn same_but_figures(mut one: RoomView, other: &RoomView) -> bool {
    one.read_at = other.read_at;
    one.figures.clone_from(&other.figures);
    if let (Signal::Arriving { .. }, Signal::Arriving { .. }) = (&one.signal, &other.signal) {
        one.signal = other.signal.clone();
    }
    one == *other
}

/// Do both differ in nothing but the calls that are left?
pub(super) fn same_but_calls(mut one: AccountView, other: &AccountView) -> bool {
    let changed = one.calls_left != other.calls_left;
    one.calls_left.clone_from(&other.calls_left);
    changed && one == *other
}

/// Do both tell of a source that goes on listening? What differs then is how long ago it was heard.
pub(super) fn both_listen(one: &ChatHealth, other: &ChatHealth) -> bool {
    use ChatHealth::Listening;
    matches!((one, other), (Listening { reconnects, .. }, Listening { reconnects: times, .. }) if reconnects == times)
}
