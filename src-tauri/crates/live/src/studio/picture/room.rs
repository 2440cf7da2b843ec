//! A room as it stands, with what supervises it.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::super::milestones::Reached;
use super::super::readings::Readings;
use crate::account::Account;
use crate::history::Session;
use crate::platform::{Abilities, PlatformInfo};
use crate::problem::{Problem, ProblemCode};
use crate::push::PushAddress;
use crate::room::{Details, FigureKind, Figures, RoomFacts, RoomId, Signal, Status, Visibility};
use crate::view::{Action, ChatHealth, PushView, RoomView};

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
    /// The last action on the room, and its number in the journal, when nobody knows what came of it.
    pub unknown: Option<(Action, i64)>,
    /// The number of such an action that was done, as the room showed since. It is still to be noted.
    pub done_after_all: Option<i64>,
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
    pub readings: Readings,
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
            unknown: None,
            done_after_all: None,
            push: None,
            epoch: 0,
            gate: Arc::default(),
            poke: Arc::default(),
            cancel: CancellationToken::new(),
            session: None,
            reached: None,
            lost: None,
            readings: Readings::new(),
            heard: Figures::new(),
        }
    }

    /// Takes over what the platform says. What it doesn't say stays.
    pub(crate) fn apply(&mut self, facts: &RoomFacts, now: Timestamp) {
        let view = &mut self.view;
        if view.remote.as_ref() != Some(&facts.remote) {
            view.remote = Some(facts.remote.clone());
            view.started_at = None;
            view.ended_at = None;
            self.readings.clear();
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
        if facts.status.is_on_air() {
            self.readings.remember(&self.view.figures, now);
        }
        if let Some(push) = &facts.push {
            self.set_push(Some(push.clone()));
        }
    }

    /// A room that is on the air answers for a start whose own answer was lost, and one that isn't for an end. It says
    /// nothing of other actions.
    fn settle_unknown(&mut self) {
        let Some((action, entry)) = self.unknown else { return };
        let done = match (action, self.view.status.on_air()) {
            (Action::Start, Some(up)) => up,
            (Action::End, Some(up)) => !up,
            _ => false,
        };
        let unknown = self.action_problem.as_ref().is_some_and(|p| p.code == ProblemCode::OutcomeUnknown);
        if done && unknown {
            (self.unknown, self.action_problem) = (None, None);
            self.done_after_all = Some(entry);
        }
    }

    /// Notes a change of status; a platform that tells no start time gets the moment it was seen.
    pub(crate) fn set_status(&mut self, status: Status, now: Timestamp) {
        let view = &mut self.view;
        let started = view.started_at.is_some() && view.ended_at.is_none();
        match (view.status.on_air().unwrap_or(started), status.on_air()) {
            (false, Some(true)) => {
                if self.abilities.lasting_room && view.ended_at.is_some() {
                    // Another broadcast; the platform's own word comes with the next reading.
                    view.started_at = None;
                }
                view.started_at.get_or_insert(now.as_millisecond());
                view.ended_at = None;
                self.heard.clear();
            }
            (true, Some(false)) => {
                view.ended_at = Some(now.as_millisecond());
                // Nobody watches what is over; the rest stays as it was in the end.
                self.heard.remove(&FigureKind::Watching);
            }
            _ => {}
        }
        view.status = status;
        self.settle_unknown();
    }

    /// A figure came with the chat. It stays until the next comes or the broadcast is another.
    pub(crate) fn hear_figure(&mut self, kind: FigureKind, number: u64) {
        self.heard.insert(kind, number);
        self.view.figures.insert(kind, number);
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
        push: None,
        lost_since: None,
        chat: if info.abilities.chat_in { ChatHealth::Off } else { ChatHealth::None },
        read_at: None,
    }
}
