//! Writes to a platform, each noted in the journal before it is sent and settled after.

use std::future::Future;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::OwnedMutexGuard;

use super::Studio;
use crate::account::{Account, AccountId};
use crate::driver::{Connection, Looked, Started};
use crate::platform::{DetailKind, PlatformInfo};
use crate::problem::{Failure, InvalidReason, ProblemCode};
use crate::push::PushAddress;
use crate::room::{Area, Details, Edit, RemoteId, RoomFacts, RoomId, Status};
use crate::store::{Intent, OpenIntent};
use crate::view::{Action, JournalEntry, JournalOutcome, RoomView};

/// A room with all that an action on it needs; nobody else acts on it meanwhile.
pub(super) struct Held {
    pub id: RoomId,
    pub account: Account,
    pub connection: Arc<dyn Connection>,
    pub info: PlatformInfo,
    pub view: RoomView,
    pub details: Details,
    _gate: OwnedMutexGuard<()>,
}

impl Held {
    pub(super) fn remote(&self) -> Result<RemoteId, Failure> {
        self.view
            .remote
            .clone()
            .ok_or_else(|| Failure::new(ProblemCode::WrongState).at(self.account.platform))
    }
}

impl Studio {
    /// Takes hold of a room. A second action on a room that is busy is refused at once.
    pub(super) fn hold(&self, id: &RoomId) -> Result<Held, Failure> {
        let inner = &self.0;
        let (gate, account, view, details) = {
            let picture = inner.lock();
            let room = picture.room(id).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
            let account: &AccountId = &room.view.account;
            (Arc::clone(&room.gate), account.clone(), room.view.clone(), room.details.clone())
        };
        let gate = gate
            .try_lock_owned()
            .map_err(|_| Failure::new(ProblemCode::WrongState).at(view.platform).said("", "busy"))?;
        let (account, connection) = inner.connection(&account)?;
        let (_, info) = inner.driver(account.platform)?;
        Ok(Held { id: id.clone(), account, connection, info: info.clone(), view, details, _gate: gate })
    }

    /// Changes a room's details. All texts are checked before anything is sent.
    pub async fn edit_room(&self, id: &RoomId, edit: Edit) -> Result<(), Failure> {
        let held = self.hold(id)?;
        let sent = async {
            check_edit(&held.info, &edit)?;
            let remote = held.remote()?;
            let not_allowed = || Failure::new(ProblemCode::NotAllowed).at(held.account.platform);
            let editing = held.connection.edit().ok_or_else(not_allowed)?;
            self.journalled(&held, Action::Edit, &held.details, editing.edit(&remote, &edit)).await
        }
        .await;
        if sent.is_ok() {
            let details = edited(&held.details, &edit);
            self.0.change(|p| {
                p.change_room(id, |r| {
                    show_edit(&mut r.view, &edit);
                    r.details = details.clone();
                });
            });
            self.keep_room(&held, held.view.remote.clone(), details).await;
        }
        self.finish(&held, sent)
    }

    /// Deletes a live object. The room's place in the rail stays, ready for the next broadcast.
    pub async fn delete_room(&self, id: &RoomId) -> Result<(), Failure> {
        let held = self.hold(id)?;
        let deleted = async {
            let remote = held.remote()?;
            let not_allowed = || Failure::new(ProblemCode::NotAllowed).at(held.account.platform);
            let deleting = held.connection.delete().ok_or_else(not_allowed)?;
            self.journalled(&held, Action::Delete, &held.details, deleting.delete(&remote)).await
        }
        .await;
        if deleted.is_ok() {
            self.0.change(|p| {
                p.change_room(id, |r| {
                    r.set_push(None);
                    let fresh = super::picture::blank_room(
                        id.clone(),
                        &held.account,
                        r.view.name.clone(),
                        &held.info,
                    );
                    r.view =
                        RoomView { title: r.view.title.clone(), summary: r.view.summary.clone(), ..fresh };
                    r.read_problem = None;
                });
            });
            self.keep_room(&held, None, held.details.clone()).await;
            if let Err(failure) = self.0.keep_push(&held.account, id, None).await {
                tracing::warn!(?failure, "the old push address stays in the keyring");
            }
        }
        self.finish(&held, deleted)
    }

    /// The areas a room's platform offers.
    pub async fn list_areas(&self, id: &RoomId) -> Result<Vec<Area>, Failure> {
        let account = {
            let picture = self.0.lock();
            let room = picture.room(id).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
            room.view.account.clone()
        };
        let (_, connection) = self.0.connection(&account)?;
        Ok(self.areas_of(&account, connection.as_ref()).await?.to_vec())
    }

    /// Notes the intent, marks the room busy, sends, settles. Without a place to note it nothing is sent.
    pub(super) async fn journalled<T>(
        &self,
        held: &Held,
        action: Action,
        details: &Details,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let inner = &self.0;
        let store = inner.store_of(&held.account);
        let at = inner.now_ms();
        let intent = Intent {
            room: held.id.clone(),
            platform: held.account.platform,
            action,
            at,
            details: details.clone(),
        };
        let number = store.intend(intent).await?;
        // Sandbox entries live in their own store; negative numbers keep the two apart in the window.
        let shown = if held.account.sandbox { -number } else { number };
        let mut entry = JournalEntry {
            id: shown,
            room: held.id.clone(),
            platform: held.account.platform,
            action,
            at,
            outcome: None,
            platform_code: None,
        };
        inner.change(|p| {
            p.put_journal(entry.clone());
            p.busy(&held.id, Some(action));
        });
        let result = call.await;
        let outcome = match &result {
            Ok(_) => JournalOutcome::Done,
            Err(failure) if failure.outcome_unknown() => JournalOutcome::Unknown,
            Err(_) => JournalOutcome::Failed,
        };
        entry.outcome = Some(outcome);
        entry.platform_code = result.as_ref().err().and_then(|f| f.platform_code.clone());
        let code = entry.platform_code.clone();
        inner.change(|p| {
            p.put_journal(entry);
            p.busy(&held.id, None);
        });
        if let Err(failure) = store.settle(number, outcome, code, inner.now_ms()).await {
            self.tell(failure);
        }
        result
    }

    /// Notes which live object a room is and what it says; a failure is told, the action stands.
    pub(super) async fn keep_room(&self, held: &Held, remote: Option<RemoteId>, details: Details) {
        let store = self.0.store_of(&held.account);
        if let Err(failure) = store.set_room(held.id.clone(), remote, details).await {
            self.tell(failure);
        }
    }

    /// Shows or clears a room's action problem and has the room read anew.
    pub(super) fn finish<T>(&self, held: &Held, result: Result<T, Failure>) -> Result<T, Failure> {
        let (problem, result) = match result {
            Ok(value) => (None, Ok(value)),
            Err(failure) => {
                let failure = failure.at(held.account.platform);
                let shown = failure.without_cause();
                let problem = self.0.problem(failure);
                self.note_refusal(&held.account.id, &held.connection, &problem);
                (Some(problem), Err(shown))
            }
        };
        self.0.change(|p| {
            p.change_room(&held.id, |r| {
                // A field refused before sending is shown where it was typed, not on the room.
                if !matches!(&problem, Some(p) if matches!(p.code, ProblemCode::Invalid { .. })) {
                    r.action_problem = problem;
                }
                r.poke.notify_one();
            });
        });
        result
    }

    /// Looks at every intent whose end was never noted, because the program stopped in between.
    pub(super) async fn recover(&self) {
        match self.0.store.open_intents().await {
            Ok(open) => {
                for intent in open {
                    self.recover_one(intent).await;
                }
            }
            Err(failure) => self.tell(failure),
        }
    }

    async fn recover_one(&self, open: OpenIntent) {
        let mut outcome = JournalOutcome::Unknown;
        if let Ok(held) = self.hold(&open.intent.room) {
            let since = Timestamp::from_millisecond(open.intent.at).unwrap_or(Timestamp::UNIX_EPOCH);
            match open.intent.action {
                Action::Create => match self.look_for(&held, &open.intent.details, since).await {
                    Ok(Looked::Found(facts)) => {
                        self.adopt(&held, &facts, open.intent.details.clone()).await;
                        outcome = JournalOutcome::Done;
                    }
                    Ok(Looked::Absent) => outcome = JournalOutcome::Failed,
                    Ok(Looked::CannotTell) | Err(_) => {
                        let unknown = Failure::new(ProblemCode::OutcomeUnknown).at(held.account.platform);
                        let problem = self.0.problem(unknown);
                        self.0.change(|p| p.change_room(&held.id, |r| r.action_problem = Some(problem)));
                    }
                },
                Action::Start | Action::End => {
                    if let (Some(remote), wanted) = (&held.view.remote, open.intent.action == Action::Start)
                        && let Ok(facts) = held.connection.read(remote).await
                    {
                        let live = facts.status == Status::Live;
                        outcome = if live == wanted { JournalOutcome::Done } else { JournalOutcome::Failed };
                        if live && wanted {
                            self.fetch_address(&held, remote, &open.intent.details).await;
                        }
                    }
                }
                Action::Edit | Action::Delete => {}
            }
        }
        let now = self.0.now_ms();
        if let Err(failure) = self.0.store.settle(open.id, outcome, None, now).await {
            self.tell(failure);
        }
        self.0.change(|p| {
            let intent = open.intent;
            p.put_journal(JournalEntry {
                id: open.id,
                room: intent.room,
                platform: intent.platform,
                action: intent.action,
                at: intent.at,
                outcome: Some(outcome),
                platform_code: None,
            });
        });
    }

    /// Brings the push address of a room that is on air and whose address was never kept: starting it again
    /// is harmless by the trait's word and tells it.
    async fn fetch_address(&self, held: &Held, remote: &RemoteId, details: &Details) {
        let known = self.0.lock().room(&held.id).is_some_and(|r| r.push.is_some());
        let Some(start) = held.connection.start().filter(|_| !known) else { return };
        match start.start(remote, details).await {
            Ok(Started { push: Some(push) }) => self.keep_started(held, push).await,
            Ok(Started { push: None }) => {}
            Err(failure) => self.tell(failure.at(held.account.platform)),
        }
    }

    /// Shows a push address and puts it into the keyring.
    pub(super) async fn keep_started(&self, held: &Held, push: PushAddress) {
        self.0.change(|p| p.change_room(&held.id, |r| r.set_push(Some(push.clone()))));
        if let Err(failure) = self.0.keep_push(&held.account, &held.id, Some(&push)).await {
            self.tell_unkept(&held.account, failure);
        }
    }

    pub(super) async fn look_for(
        &self,
        held: &Held,
        details: &Details,
        since: Timestamp,
    ) -> Result<Looked, Failure> {
        match held.connection.create() {
            Some(create) => create.look_for(details, since).await,
            None => Ok(Looked::CannotTell),
        }
    }

    /// Makes a live object the room's own: remembered first, then shown, its address into the keyring.
    pub(super) async fn adopt(&self, held: &Held, facts: &RoomFacts, details: Details) {
        self.keep_room(held, Some(facts.remote.clone()), details.clone()).await;
        let now = self.0.clock.now();
        self.0.change(|p| {
            p.change_room(&held.id, |r| {
                r.apply(facts, now);
                r.view.visibility = details.visibility;
                r.details = details;
                r.read_problem = None;
            });
        });
        if let Some(push) = &facts.push
            && let Err(failure) = self.0.keep_push(&held.account, &held.id, Some(push)).await
        {
            self.tell_unkept(&held.account, failure);
        }
    }
}

/// Checks texts against the platform's limits, before anything is sent.
pub(super) fn check_details(info: &PlatformInfo, details: &Details) -> Result<(), Failure> {
    let texts = [
        (DetailKind::Title, Some(details.title.as_str())),
        (DetailKind::Summary, Some(details.summary.as_str())),
        (DetailKind::Notice, Some(details.notice.as_str())),
    ];
    for (kind, text) in texts {
        check_text(info, kind, text)?;
    }
    if takes(info, DetailKind::Tags) {
        details.tags.iter().try_for_each(|tag| check_text(info, DetailKind::Tags, Some(tag)))?;
    }
    if takes(info, DetailKind::Cover) {
        check_url(info, "cover_url", &details.cover_url)?;
    }
    Ok(())
}

fn check_edit(info: &PlatformInfo, edit: &Edit) -> Result<(), Failure> {
    check_text(info, DetailKind::Title, edit.title.as_deref())?;
    check_text(info, DetailKind::Summary, edit.summary.as_deref())?;
    check_text(info, DetailKind::Notice, edit.notice.as_deref())?;
    edit.add_tags.iter().try_for_each(|tag| check_text(info, DetailKind::Tags, Some(tag)))?;
    check_url(info, "cover_url", edit.cover_url.as_deref().unwrap_or_default())?;
    check_url(info, "replay_url", edit.replay_url.as_deref().unwrap_or_default())
}

fn takes(info: &PlatformInfo, kind: DetailKind) -> bool {
    info.abilities.set_at_start.contains(&kind) || info.abilities.edit.contains(&kind)
}

fn check_text(info: &PlatformInfo, kind: DetailKind, text: Option<&str>) -> Result<(), Failure> {
    let Some(text) = text.map(str::trim) else { return Ok(()) };
    if !takes(info, kind) {
        return Ok(());
    }
    let refuse = |reason| Err(Failure::invalid(field_name(kind), reason).at(info.platform));
    let limit = info.limits.iter().find(|l| l.detail == kind).map(|l| l.limit);
    if text.is_empty() && (kind == DetailKind::Title || limit.is_some_and(|l| l.required)) {
        return refuse(InvalidReason::Empty);
    }
    if let Some(limit) = limit {
        let used = limit.counting.count(text);
        if used > limit.max {
            return refuse(InvalidReason::TooLong { used, limit: limit.max });
        }
    }
    Ok(())
}

fn check_url(info: &PlatformInfo, field: &str, url: &str) -> Result<(), Failure> {
    let url = url.trim();
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let good = rest.is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        !host.is_empty() && !url.contains(char::is_whitespace) && !url.contains(char::is_control)
    });
    if url.is_empty() || good {
        return Ok(());
    }
    Err(Failure::invalid(field, InvalidReason::Malformed).at(info.platform))
}

fn field_name(kind: DetailKind) -> &'static str {
    match kind {
        DetailKind::Title => "title",
        DetailKind::Summary => "summary",
        DetailKind::Notice => "notice",
        DetailKind::Cover => "cover_url",
        DetailKind::Area => "area_id",
        DetailKind::Tags => "tags",
        DetailKind::Visibility => "visibility",
        DetailKind::ReplayUrl => "replay_url",
    }
}

/// What has to change so that the room says what the streamer wants, as far as the platform can be told.
pub(super) fn edit_towards(info: &PlatformInfo, view: &RoomView, details: &Details) -> Option<Edit> {
    let can = |kind| info.abilities.edit.contains(&kind);
    let changed =
        |kind, from: &str, to: &str| (can(kind) && !to.is_empty() && from != to).then(|| to.to_owned());
    let area = view.area.as_ref().map_or("", |a| a.id.as_str());
    let add_tags = if can(DetailKind::Tags) {
        details.tags.iter().filter(|t| !view.tags.contains(t)).cloned().collect()
    } else {
        Vec::new()
    };
    let edit = Edit {
        title: changed(DetailKind::Title, &view.title, &details.title),
        summary: changed(DetailKind::Summary, &view.summary, &details.summary),
        notice: changed(DetailKind::Notice, &view.notice, &details.notice),
        cover_url: changed(DetailKind::Cover, &view.cover_url, &details.cover_url),
        area_id: changed(DetailKind::Area, area, &details.area_id),
        add_tags,
        remove_tags: Vec::new(),
        visibility: None,
        replay_url: None,
    };
    (edit != Edit::default()).then_some(edit)
}

fn edited(details: &Details, edit: &Edit) -> Details {
    let mut tags: Vec<String> =
        details.tags.iter().filter(|t| !edit.remove_tags.contains(t)).cloned().collect();
    tags.extend(edit.add_tags.iter().filter(|t| !details.tags.contains(t)).cloned());
    let or = |new: &Option<String>, old: &String| new.clone().unwrap_or_else(|| old.clone());
    Details {
        title: or(&edit.title, &details.title),
        summary: or(&edit.summary, &details.summary),
        notice: or(&edit.notice, &details.notice),
        cover_url: or(&edit.cover_url, &details.cover_url),
        area_id: or(&edit.area_id, &details.area_id),
        tags,
        visibility: edit.visibility.unwrap_or(details.visibility),
    }
}

/// Shows a change that the platform took, before the next reading confirms it.
fn show_edit(view: &mut RoomView, edit: &Edit) {
    let set = |to: &mut String, from: &Option<String>| {
        if let Some(from) = from {
            to.clone_from(from);
        }
    };
    set(&mut view.title, &edit.title);
    set(&mut view.summary, &edit.summary);
    set(&mut view.notice, &edit.notice);
    set(&mut view.cover_url, &edit.cover_url);
    view.tags.retain(|t| !edit.remove_tags.contains(t));
    for tag in &edit.add_tags {
        if !view.tags.contains(tag) {
            view.tags.push(tag.clone());
        }
    }
    if let Some(visibility) = edit.visibility {
        view.visibility = visibility;
    }
}
