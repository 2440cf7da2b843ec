//! What Kaibo knows at this moment, and which parts of it the window hasn't seen yet.
//!
//! The window is told by *dirty marks*, not by a queue of events: a room that changes ten times between
//! two frames is sent once, so what waits for a slow window is bounded by what there is to show.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::CancellationToken;

use super::alarm::Watch;
use super::encoder::figures::EncoderFacts;
use super::lines::Lines;
use super::milestones::Reached;
use super::notices::Notice;
use super::people::{PersonKey, key_in};
use super::relay::RelayFacts;
use crate::account::{Account, AccountId};
use crate::driver::{Connection, Covers};
use crate::encoder::{Alarm, EncoderView};
use crate::history::Session;
use crate::overlay::{OverlayEvent, OverlayLine, OverlayView};
use crate::platform::{Abilities, PlatformInfo};
use crate::problem::Problem;
use crate::push::PushAddress;
use crate::relay::RelayView;
use crate::room::{Details, FigureKind, Figures, RoomFacts, RoomId, Signal, Status, Visibility};
use crate::secret::{Credentials, VaultState};
use crate::shortcut::{Keys, ShortcutAction, ShortcutsView};
use crate::view::{
    AccountState, AccountView, Action, ChatHealth, ChatLine, ExportView, FIGURE_HISTORY, JournalEntry,
    MarkedPerson, Marks, Milestone, Preferences, PreflightView, PushView, Reading, RoomView, RunView,
    SignInView, Update,
};

/// Lines in a snapshot.
pub(crate) const CHAT_IN_SNAPSHOT: usize = 500;
/// Journal entries kept for the window.
const JOURNAL_KEPT: usize = 200;
/// Shortest time between two readings that are kept, at first. It doubles when the history is full.
const FIRST_SPACING_MS: i64 = 5_000;

pub(crate) struct AccountEntry {
    pub account: Account,
    pub view: AccountView,
    pub connection: Option<Arc<dyn Connection>>,
    /// Held while the account's sign-in is changed, renewed or forgotten: one at a time.
    pub gate: Arc<tokio::sync::Mutex<()>>,
    /// That the sign-in doesn't work was told by a reading, so a reading may take it back. Some platforms let
    /// anybody read a room: that says nothing of a sign-in that a check found to be over.
    pub told_by_reading: bool,
    /// A renewed sign-in that couldn't be put into the keyring yet.
    pub unkept: Option<Renewed>,
    /// After a failure: when to look again whether the sign-in wants renewing.
    pub care_after: Option<Timestamp>,
}

/// What a renewal brought.
#[derive(Clone)]
pub(crate) struct Renewed {
    pub credentials: Credentials,
    pub expires_at: Option<Timestamp>,
}

impl AccountEntry {
    pub(crate) fn new(
        account: Account,
        connection: Option<Arc<dyn Connection>>,
        state: AccountState,
    ) -> Self {
        let view = AccountView {
            id: account.id.clone(),
            platform: account.platform,
            name: account.name.clone(),
            sandbox: account.sandbox,
            state,
            way: account.way,
            person: None,
            has_picture: false,
            cover: None,
            expires_at: None,
            calls_left: None,
            problem: None,
            checked_at: None,
        };
        let mut entry = Self {
            account: account.clone(),
            view,
            connection: None,
            gate: Arc::default(),
            told_by_reading: false,
            unkept: None,
            care_after: None,
        };
        entry.take(account);
        if let Some(connection) = connection {
            entry.connect(connection);
        }
        entry
    }

    /// Has this connection from now on.
    pub(crate) fn connect(&mut self, connection: Arc<dyn Connection>) {
        self.view.cover = connection.covers().map(Covers::rule);
        self.connection = Some(connection);
    }

    /// Takes over what changed of the account, and shows it.
    pub(crate) fn take(&mut self, account: Account) {
        self.view.way = account.way;
        self.view.person.clone_from(&account.profile.name);
        self.view.has_picture = account.profile.avatar_url.is_some();
        self.view.expires_at = account.profile.expires_at.map(Timestamp::as_millisecond);
        self.account = account;
    }
}

/// A live object whose making has no known end.
#[derive(Clone)]
pub(crate) struct Lost {
    /// Its number in the journal.
    pub entry: i64,
    /// What it was to say.
    pub details: Details,
    /// When it was asked for.
    pub since: Timestamp,
    /// It couldn't be looked for. Otherwise it wasn't there, and may only have been on its way.
    pub open: bool,
}

pub(crate) struct RoomEntry {
    pub view: RoomView,
    pub details: Details,
    pub abilities: Abilities,
    pub read_problem: Option<Problem>,
    pub action_problem: Option<Problem>,
    pub push: Option<PushAddress>,
    /// Counts up with each action. A reading that began under another count is older than what the action
    /// told, and is thrown away.
    pub epoch: u64,
    /// Held while an action on the room is under way: one at a time.
    pub gate: Arc<tokio::sync::Mutex<()>>,
    /// Wakes the room's supervisor.
    pub poke: Arc<Notify>,
    pub cancel: CancellationToken,
    /// The session that is being heard.
    pub session: Option<Arc<Session>>,
    /// What that has reached, once it is known.
    pub reached: Option<Reached>,
    /// A live object that was asked for and perhaps made; set by [`RoomEntry::set_lost`].
    pub lost: Option<Lost>,
    spacing_ms: i64,
    /// Figures that came with the chat of this broadcast; a reading doesn't tell these.
    heard: Figures,
}

impl RoomEntry {
    pub(crate) fn new(view: RoomView, details: Details, abilities: Abilities) -> Self {
        Self {
            view,
            details,
            abilities,
            read_problem: None,
            action_problem: None,
            push: None,
            epoch: 0,
            gate: Arc::default(),
            poke: Arc::default(),
            cancel: CancellationToken::new(),
            session: None,
            reached: None,
            lost: None,
            spacing_ms: FIRST_SPACING_MS,
            heard: Figures::new(),
        }
    }

    /// Takes over what the platform says. What it doesn't say stays.
    pub(crate) fn apply(&mut self, facts: &RoomFacts, now: Timestamp) {
        let view = &mut self.view;
        if view.remote.as_ref() != Some(&facts.remote) {
            view.remote = Some(facts.remote.clone());
            view.history.clear();
            view.started_at = None;
            view.ended_at = None;
            self.spacing_ms = FIRST_SPACING_MS;
            self.heard.clear();
        }
        let set = |to: &mut String, from: &Option<String>| {
            if let Some(from) = from {
                to.clone_from(from);
            }
        };
        set(&mut view.title, &facts.title);
        set(&mut view.summary, &facts.summary);
        set(&mut view.notice, &facts.notice);
        set(&mut view.cover_url, &facts.cover_url);
        if facts.area.is_some() {
            view.area.clone_from(&facts.area);
        }
        if self.abilities.edit.contains(&crate::platform::DetailKind::Tags) {
            view.tags.clone_from(&facts.tags);
        }
        if facts.landing_url.is_some() {
            view.landing_url.clone_from(&facts.landing_url);
        }
        view.play.clone_from(&facts.play);
        view.status_code = facts.status_code;
        view.read_at = Some(now.as_millisecond());
        self.set_status(facts.status, now);
        // After the status, which ends what was heard of the broadcast before.
        self.view.figures.clone_from(&self.heard);
        self.view.figures.extend(&facts.figures);
        if let Some(started) = facts.started_at {
            self.view.started_at = Some(started.as_millisecond());
        }
        if let Some(ended) = facts.ended_at {
            self.view.ended_at = Some(ended.as_millisecond());
        }
        if facts.status == Status::Live {
            self.remember(now);
        }
        if let Some(push) = &facts.push {
            self.set_push(Some(push.clone()));
        }
    }

    /// Notes a change of status; a platform that tells no start time gets the moment it was seen.
    pub(crate) fn set_status(&mut self, status: Status, now: Timestamp) {
        let view = &mut self.view;
        if status == Status::Live && view.status != Status::Live {
            if self.abilities.lasting_room && view.ended_at.is_some() {
                // Another broadcast; the platform's own word comes with the next reading.
                view.started_at = None;
            }
            view.started_at.get_or_insert(now.as_millisecond());
            view.ended_at = None;
            self.heard.clear();
        }
        if status != Status::Live && view.status == Status::Live {
            view.ended_at = Some(now.as_millisecond());
            // Nobody watches what is over; the rest stays as it was in the end.
            self.heard.remove(&FigureKind::Watching);
        }
        view.status = status;
    }

    /// A figure came with the chat. It stays until the next comes or the broadcast is another.
    pub(crate) fn hear_figure(&mut self, kind: FigureKind, number: u64) {
        self.heard.insert(kind, number);
        self.view.figures.insert(kind, number);
    }

    fn remember(&mut self, now: Timestamp) {
        let at = now.as_millisecond();
        let figures = &self.view.figures;
        let history = &mut self.view.history;
        if figures.is_empty() || history.last().is_some_and(|last| at - last.at < self.spacing_ms) {
            return;
        }
        if history.len() >= FIGURE_HISTORY {
            let mut odd = false;
            history.retain(|_| {
                odd = !odd;
                odd
            });
            self.spacing_ms *= 2;
        }
        history.push(Reading { at, figures: figures.clone() });
    }

    pub(crate) fn set_push(&mut self, push: Option<PushAddress>) {
        self.view.push = push.as_ref().map(|p| PushView {
            server: p.server.clone(),
            has_key: !secrecy::ExposeSecret::expose_secret(&p.key).is_empty(),
        });
        if push.is_none() {
            self.view.signal = Signal::Unknown;
        }
        self.push = push;
    }

    pub(crate) fn set_lost(&mut self, lost: Option<Lost>) {
        self.view.lost_since = lost.as_ref().filter(|lost| lost.open).map(|lost| lost.since.as_millisecond());
        self.lost = lost;
    }

    pub(crate) fn show_problem(&mut self) {
        self.view.problem = self.action_problem.clone().or_else(|| self.read_problem.clone());
    }
}

/// Do both tell a person the same?
fn same_second(one: &ChatHealth, other: &ChatHealth) -> bool {
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
fn same_but_figures(mut one: RoomView, other: &RoomView) -> bool {
    one.read_at = other.read_at;
    one.figures.clone_from(&other.figures);
    one.history.clone_from(&other.history);
    if let (Signal::Arriving { .. }, Signal::Arriving { .. }) = (&one.signal, &other.signal) {
        one.signal = other.signal.clone();
    }
    one == *other
}

/// Do both differ in nothing but the calls that are left?
fn same_but_calls(mut one: AccountView, other: &AccountView) -> bool {
    let changed = one.calls_left != other.calls_left;
    one.calls_left.clone_from(&other.calls_left);
    changed && one == *other
}

/// Do both tell of a source that goes on listening? What differs then is how long ago it was heard.
fn both_listen(one: &ChatHealth, other: &ChatHealth) -> bool {
    use ChatHealth::Listening;
    matches!((one, other), (Listening { reconnects, .. }, Listening { reconnects: times, .. }) if reconnects == times)
}

/// Is the line one of a person whose lines the streamer doesn't want shown?
fn is_hidden(marked: &BTreeMap<PersonKey, MarkedPerson>, rooms: &[RoomEntry], line: &ChatLine) -> bool {
    // In a flood, the key isn't made for nothing.
    !marked.is_empty()
        && key_in(rooms, line).and_then(|key| marked.get(&key)).is_some_and(|marked| marked.marks.hidden)
}

/// A room as it stands before anything is known of it.
pub(crate) fn blank_room(id: RoomId, account: &Account, name: String, info: &PlatformInfo) -> RoomView {
    RoomView {
        id,
        account: account.id.clone(),
        platform: account.platform,
        name,
        sandbox: account.sandbox,
        remote: None,
        title: String::new(),
        summary: String::new(),
        notice: String::new(),
        cover_url: String::new(),
        area: None,
        tags: Vec::new(),
        visibility: Visibility::Public,
        status: Status::Unknown,
        status_code: None,
        signal: Signal::Unknown,
        busy: None,
        problem: None,
        started_at: None,
        ended_at: None,
        landing_url: None,
        play: Vec::new(),
        figures: Figures::new(),
        history: Vec::new(),
        push: None,
        lost_since: None,
        chat: if info.abilities.chat_in { ChatHealth::Off } else { ChatHealth::None },
        read_at: None,
    }
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
struct Dirty {
    accounts: BTreeSet<AccountId>,
    /// Accounts of which only the calls that are left are others.
    accounts_later: BTreeSet<AccountId>,
    accounts_gone: BTreeSet<AccountId>,
    rooms: BTreeSet<RoomId>,
    /// Rooms of which only figures are others.
    later: BTreeSet<RoomId>,
    rooms_gone: BTreeSet<RoomId>,
    journal: BTreeSet<i64>,
    run: bool,
    sign_in: bool,
    preflight: bool,
    encoder: bool,
    overlay: bool,
    relay: bool,
    export: bool,
    /// With what to tell of those that have no marks any more.
    marked: BTreeMap<PersonKey, MarkedPerson>,
    thanks: bool,
    alarms: bool,
    vault: bool,
    sandbox: bool,
    preferences: bool,
    shortcuts: bool,
    pressed: BTreeSet<ShortcutAction>,
    close_asked: bool,
    clipboard_cleared: bool,
    milestones: VecDeque<Milestone>,
    problems: VecDeque<Problem>,
}

impl Dirty {
    fn room(&mut self, id: &RoomId, later: bool) {
        let rooms = if later { &mut self.later } else { &mut self.rooms };
        rooms.insert(id.clone());
    }
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

    /// Forgets the marks: a snapshot was just made. What a snapshot doesn't hold stays to be told.
    pub(crate) fn clean(&mut self) {
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
        let waits = !later.is_empty() || !accounts_later.is_empty() || self.chat.waits();
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
