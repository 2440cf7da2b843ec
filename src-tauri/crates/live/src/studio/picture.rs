//! What Kaibo knows at this moment, and which parts of it the window hasn't seen yet.
//!
//! The window is told by *dirty marks*, not by a queue of events: a room that changes ten times between
//! two frames is sent once, so what waits for a slow window is bounded by what there is to show.

mod account;
mod marks;
mod room;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tokio::sync::broadcast;

use super::alarm::Watch;
use super::encoder::figures::EncoderFacts;
use super::lines::Lines;
use super::notices::Notice;
use super::people::{PersonKey, key_in};
use super::relay::RelayFacts;
use crate::account::AccountId;
use crate::encoder::{Alarm, EncoderView};
use crate::overlay::{OverlayEvent, OverlayLine, OverlayView};
use crate::problem::Problem;
use crate::relay::RelayView;
use crate::room::RoomId;
use crate::secret::VaultState;
use crate::shortcut::{Keys, ShortcutAction, ShortcutsView};
use crate::view::{
    Action, ChatHealth, ChatLine, ExportView, JournalEntry, MarkedPerson, Marks, Milestone, Preferences,
    PreflightView, Reading, RunView, SignInView,
};

pub(crate) use account::{AccountEntry, Renewed};
pub(crate) use marks::Waiting;
use marks::{Dirty, both_listen, same_but_calls, same_but_figures, same_second};
pub(crate) use room::{Lost, RoomEntry, blank_room};

/// Lines in a snapshot.
pub(crate) const CHAT_IN_SNAPSHOT: usize = 500;
/// Journal entries kept for the window.
const JOURNAL_KEPT: usize = 200;

/// Is the line one of a person whose lines the streamer doesn't want shown?
fn is_hidden(marked: &BTreeMap<PersonKey, MarkedPerson>, rooms: &[RoomEntry], line: &ChatLine) -> bool {
    // In a flood, the key isn't made for nothing.
    !marked.is_empty()
        && key_in(rooms, line).and_then(|key| marked.get(&key)).is_some_and(|marked| marked.marks.hidden)
}

/// Everything, with marks on what changed.
#[derive(Default)]
pub(crate) struct Picture {
    pub accounts: Vec<AccountEntry>,
    pub rooms: Vec<RoomEntry>,
    pub chat: Lines,
    pub run: Option<RunView>,
    pub sign_in: Option<SignInView>,
    pub preflight: Option<PreflightView>,
    pub journal: VecDeque<JournalEntry>,
    pub encoder: EncoderView,
    pub encoder_facts: EncoderFacts,
    pub overlay: OverlayView,
    pub relay: RelayView,
    pub relay_facts: RelayFacts,
    pub export: Option<ExportView>,
    pub marked: BTreeMap<PersonKey, MarkedPerson>,
    pub thanks_waiting: u32,
    pub alarms: Vec<Alarm>,
    pub watch: Watch,
    /// Paid messages to tell outside the window, and when they were said.
    pub paid: VecDeque<(i64, Notice)>,
    pub vault: Option<VaultState>,
    pub sandbox: bool,
    pub preferences: Preferences,
    /// The system lets programs have shortcuts of their own.
    shortcuts_possible: bool,
    /// Keys that it gave or refused.
    keys_answered: BTreeMap<Keys, bool>,
    dirty: Dirty,
}

impl Picture {
    pub(crate) fn account(&self, id: &AccountId) -> Option<&AccountEntry> {
        self.accounts.iter().find(|a| &a.account.id == id)
    }

    pub(crate) fn room(&self, id: &RoomId) -> Option<&RoomEntry> {
        self.rooms.iter().find(|r| &r.view.id == id)
    }

    /// Changes an account and marks it.
    pub(crate) fn change_account(&mut self, id: &AccountId, change: impl FnOnce(&mut AccountEntry)) {
        if let Some(entry) = self.accounts.iter_mut().find(|a| &a.account.id == id) {
            let before = entry.view.clone();
            change(entry);
            let later = same_but_calls(before, &entry.view);
            let accounts = if later { &mut self.dirty.accounts_later } else { &mut self.dirty.accounts };
            accounts.insert(id.clone());
        }
    }

    /// Changes a room and marks it when its view is another one afterwards.
    pub(crate) fn change_room<T>(
        &mut self,
        id: &RoomId,
        change: impl FnOnce(&mut RoomEntry) -> T,
    ) -> Option<T> {
        let entry = self.rooms.iter_mut().find(|r| &r.view.id == id)?;
        let before = entry.view.clone();
        let result = change(entry);
        entry.show_problem();
        if entry.view != before {
            let later = same_but_figures(before, &entry.view);
            self.dirty.room(id, later);
        }
        Some(result)
    }

    pub(crate) fn add_account(&mut self, entry: AccountEntry) {
        self.dirty.accounts.insert(entry.account.id.clone());
        self.accounts.push(entry);
    }

    pub(crate) fn add_room(&mut self, entry: RoomEntry) {
        self.dirty.rooms.insert(entry.view.id.clone());
        self.rooms.push(entry);
    }

    /// Takes the journal's entries of an account's rooms out.
    pub(crate) fn forget_history(&mut self, id: &AccountId) {
        let own: BTreeSet<&RoomId> =
            self.rooms.iter().filter(|r| &r.view.account == id).map(|r| &r.view.id).collect();
        self.journal.retain(|entry| !own.contains(&entry.room));
    }

    /// Takes an account and its rooms out; their supervisors stop.
    pub(crate) fn remove_account(&mut self, id: &AccountId) {
        self.accounts.retain(|a| &a.account.id != id);
        self.dirty.accounts.remove(id);
        self.dirty.accounts_gone.insert(id.clone());
        let (gone, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.rooms).into_iter().partition(|r| &r.view.account == id);
        self.rooms = kept;
        for room in gone {
            room.cancel.cancel();
            self.chat.forget(&room.view.id);
            self.dirty.rooms.remove(&room.view.id);
            self.dirty.rooms_gone.insert(room.view.id);
        }
    }

    /// Notes how a room's chat source is. Its times are shown in seconds, so a word about the same second isn't sent.
    pub(crate) fn set_health(&mut self, id: &RoomId, health: ChatHealth) {
        let Some(entry) = self.rooms.iter_mut().find(|r| &r.view.id == id) else { return };
        if !same_second(&entry.view.chat, &health) {
            self.dirty.room(id, both_listen(&entry.view.chat, &health));
            entry.view.chat = health;
        }
    }

    pub(crate) fn put_journal(&mut self, entry: JournalEntry) {
        self.dirty.journal.insert(entry.id);
        match self.journal.iter_mut().find(|e| e.id == entry.id && e.room == entry.room) {
            Some(old) => *old = entry,
            None => self.journal.push_back(entry),
        }
        while self.journal.len() > JOURNAL_KEPT {
            self.journal.pop_front();
        }
    }

    pub(crate) fn change_run(&mut self, change: impl FnOnce(&mut Option<RunView>)) {
        change(&mut self.run);
        self.dirty.run = true;
    }

    pub(crate) fn change_sign_in(&mut self, change: impl FnOnce(&mut Option<SignInView>)) {
        change(&mut self.sign_in);
        self.dirty.sign_in = true;
    }

    pub(crate) fn change_preflight(&mut self, change: impl FnOnce(&mut Option<PreflightView>)) {
        change(&mut self.preflight);
        self.dirty.preflight = true;
    }

    /// Changes the encoder and marks it when its view is another one afterwards.
    pub(crate) fn change_encoder<T>(&mut self, change: impl FnOnce(&mut EncoderView) -> T) -> T {
        let before = self.encoder.clone();
        let result = change(&mut self.encoder);
        self.dirty.encoder |= self.encoder != before;
        result
    }

    /// Changes the relay and marks it when its view is another one afterwards.
    pub(crate) fn change_relay<T>(&mut self, change: impl FnOnce(&mut RelayView) -> T) -> T {
        let before = self.relay.clone();
        let result = change(&mut self.relay);
        self.dirty.relay |= self.relay != before;
        result
    }

    /// Changes how the overlay is doing and marks it when it is another afterwards.
    pub(crate) fn change_overlay(&mut self, change: impl FnOnce(&mut OverlayView)) {
        let before = self.overlay.clone();
        change(&mut self.overlay);
        self.dirty.overlay |= self.overlay != before;
    }

    /// Changes the alarms and marks them when they are others afterwards.
    pub(crate) fn change_alarms<T>(&mut self, change: impl FnOnce(&mut Vec<Alarm>) -> T) -> T {
        let before = self.alarms.clone();
        let result = change(&mut self.alarms);
        self.dirty.alarms |= self.alarms != before;
        result
    }

    pub(crate) fn set_vault(&mut self, state: VaultState) {
        if self.vault.as_ref() != Some(&state) {
            self.vault = Some(state);
            self.dirty.vault = true;
        }
    }

    pub(crate) fn set_sandbox(&mut self, on: bool) {
        self.dirty.sandbox |= self.sandbox != on;
        self.sandbox = on;
    }

    pub(crate) fn set_preferences(&mut self, preferences: Preferences) {
        self.dirty.shortcuts |= self.preferences.shortcuts != preferences.shortcuts;
        self.preferences = preferences;
        self.dirty.preferences = true;
    }

    /// Shortcuts as the settings show them.
    pub(crate) fn shortcuts(&self) -> ShortcutsView {
        let rows = self.preferences.shortcuts.rows(&self.keys_answered);
        ShortcutsView { possible: self.shortcuts_possible, rows }
    }

    pub(crate) fn shortcuts_stand(&mut self, possible: bool, answered: BTreeMap<Keys, bool>) {
        self.dirty.shortcuts |= self.shortcuts_possible != possible || self.keys_answered != answered;
        self.shortcuts_possible = possible;
        self.keys_answered = answered;
    }

    /// Tells the window of a shortcut that does something in it.
    pub(crate) fn tell_pressed(&mut self, action: ShortcutAction) {
        self.dirty.pressed.insert(action);
    }

    pub(crate) fn set_export(&mut self, export: Option<ExportView>) {
        self.export = export;
        self.dirty.export = true;
    }

    /// Adds a line of chat.
    pub(crate) fn add_line(&mut self, event: String, line: ChatLine) {
        let hidden = is_hidden(&self.marked, &self.rooms, &line);
        self.chat.add(event, line, hidden);
    }

    /// The last lines that the overlay wants, oldest first, and what comes after them.
    pub(crate) fn overlay(
        &mut self,
        count: usize,
        wanted: impl Fn(&ChatLine) -> bool,
    ) -> (Vec<OverlayLine>, broadcast::Receiver<OverlayEvent>) {
        let (marked, rooms) = (&self.marked, &self.rooms);
        self.chat.overlay(count, |line| wanted(line) && !is_hidden(marked, rooms, line))
    }

    /// Sets a person's marks; empty ones take the person out. Lines that are hidden from now on leave the overlay;
    /// those that aren't any more don't come back.
    pub(crate) fn mark(&mut self, key: PersonKey, marked: MarkedPerson) {
        if marked.marks.hidden {
            let rooms = &self.rooms;
            self.chat.hide(|line| key_in(rooms, line).as_ref() == Some(&key));
        }
        if marked.marks.is_empty() {
            self.marked.remove(&key);
        } else {
            self.marked.insert(key.clone(), marked.clone());
        }
        self.dirty.marked.insert(key, marked);
    }

    /// What the streamer noted of a person.
    pub(crate) fn marks(&self, key: &PersonKey) -> Marks {
        self.marked.get(key).map(|m| m.marks.clone()).unwrap_or_default()
    }

    pub(crate) fn set_thanks_waiting(&mut self, waiting: u32) {
        self.dirty.thanks = true;
        self.thanks_waiting = waiting;
    }

    pub(crate) fn ask_before_closing(&mut self) {
        self.dirty.close_asked = true;
    }

    pub(crate) fn clipboard_cleared(&mut self) {
        self.dirty.clipboard_cleared = true;
    }

    /// Tells of a milestone. At most eight wait; the oldest goes, and stands in the summary all the same.
    pub(crate) fn tell_milestone(&mut self, milestone: Milestone) {
        self.dirty.milestones.push_back(milestone);
        if self.dirty.milestones.len() > 8 {
            self.dirty.milestones.pop_front();
        }
    }

    /// Tells of a problem outside any one room. At most eight wait; the oldest goes.
    pub(crate) fn tell(&mut self, problem: Problem) {
        self.dirty.problems.push_back(problem);
        if self.dirty.problems.len() > 8 {
            self.dirty.problems.pop_front();
        }
    }

    pub(crate) fn busy(&mut self, id: &RoomId, action: Option<Action>) {
        self.change_room(id, |r| {
            r.view.busy = action;
            r.epoch += 1;
        });
    }

    /// Readings of the rooms that have some.
    pub(crate) fn readings(&self) -> BTreeMap<RoomId, Vec<Reading>> {
        let rooms = self.rooms.iter().map(|r| (&r.view.id, r.readings.all()));
        rooms.filter(|(_, all)| !all.is_empty()).map(|(id, all)| (id.clone(), all.to_vec())).collect()
    }
}
