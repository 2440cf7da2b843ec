//! Writes to a platform, each noted in the journal before it is sent and settled after.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::OwnedMutexGuard;

use super::Studio;
use crate::account::{Account, AccountId};
use crate::driver::{Connection, EditRoom};
use crate::platform::{DetailKind, PlatformInfo};
use crate::problem::{Failure, InvalidReason, ProblemCode};
use crate::push::PushAddress;
use crate::room::{Area, Details, Edit, RemoteId, RoomFacts, RoomId};
use crate::store::Intent;
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
            let meant = edited(&held.details, &edit);
            let sending = send_edit(&held, editing, &remote, &edit);
            self.journalled(&held, Action::Edit, &meant, sending).await.0
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
    ///
    /// # Errors
    /// [`ProblemCode::WrongState`] while it is on air: a broadcast is ended, never deleted away under its viewers. The
    /// platform's own problems otherwise.
    pub async fn delete_room(&self, id: &RoomId) -> Result<(), Failure> {
        let held = self.hold(id)?;
        let deleted = async {
            let remote = held.remote()?;
            if held.view.status.on_air() == Some(true) {
                return Err(Failure::new(ProblemCode::WrongState).at(held.account.platform).said("", "live"));
            }
            let not_allowed = || Failure::new(ProblemCode::NotAllowed).at(held.account.platform);
            let deleting = held.connection.delete().ok_or_else(not_allowed)?;
            self.journalled(&held, Action::Delete, &held.details, deleting.delete(&remote)).await.0
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
                    r.readings.clear();
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

    /// Notes the intent, marks the room busy, sends, settles; answers its number in the journal too. Without a
    /// place to note it nothing is sent.
    ///
    /// `call` looks by itself for what got lost: what it fails with then is the last word. A failure that leaves
    /// it open is `OutcomeUnknown` or an answer that can't be read.
    pub(super) async fn journalled<T>(
        &self,
        held: &Held,
        action: Action,
        details: &Details,
        call: impl Future<Output = Result<T, Failure>>,
    ) -> (Result<T, Failure>, Option<i64>) {
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
        let number = match store.intend(intent).await {
            Ok(number) => number,
            Err(failure) => return (Err(failure), None),
        };
        let mut entry = JournalEntry {
            id: shown_number(&held.account, number),
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
            Err(failure) if is_open(failure) => JournalOutcome::Unknown,
            Err(_) => JournalOutcome::Failed,
        };
        entry.outcome = Some(outcome);
        entry.platform_code = result.as_ref().err().and_then(|f| f.platform_code.clone());
        let code = entry.platform_code.clone();
        inner.change(|p| {
            p.put_journal(entry);
            let unknown = (outcome == JournalOutcome::Unknown).then_some((action, number));
            p.change_room(&held.id, |r| r.unknown = unknown);
            p.busy(&held.id, None);
        });
        if let Err(failure) = store.settle(number, outcome, code, inner.now_ms()).await {
            self.tell(failure);
            self.settle_later(&held.account, number, outcome);
        }
        (result, Some(number))
    }

    /// Notes which live object a room is and what it says; a failure is told, the action stands and is noted
    /// later.
    pub(super) async fn keep_room(&self, held: &Held, remote: Option<RemoteId>, details: Details) {
        let store = self.0.store_of(&held.account);
        if let Err(failure) = store.set_room(held.id.clone(), remote, details).await {
            self.tell(failure);
            self.keep_room_later(held);
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

    /// Shows a push address and puts it into the keyring.
    pub(super) async fn keep_started(&self, held: &Held, push: PushAddress) {
        self.0.change(|p| p.change_room(&held.id, |r| r.set_push(Some(push.clone()))));
        if let Err(failure) = self.0.keep_push(&held.account, &held.id, Some(&push)).await {
            self.tell_unkept(&held.account, failure);
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
                r.set_lost(None);
            });
        });
        if let Some(push) = &facts.push
            && let Err(failure) = self.0.keep_push(&held.account, &held.id, Some(push)).await
        {
            self.tell_unkept(&held.account, failure);
        }
    }
}

/// Was it sent, perhaps, with nobody knowing what came of it?
fn is_open(failure: &Failure) -> bool {
    matches!(failure.code, ProblemCode::OutcomeUnknown | ProblemCode::Unreadable { .. })
}

/// Sandbox entries live in their own store; negative numbers keep the two apart in the window.
pub(super) fn shown_number(account: &Account, number: i64) -> i64 {
    if account.sandbox { -number } else { number }
}

/// Sends a change; when its answer gets lost, the room is read to see whether it says so now.
pub(super) async fn send_edit(
    held: &Held,
    editing: &dyn EditRoom,
    remote: &RemoteId,
    edit: &Edit,
) -> Result<(), Failure> {
    match editing.edit(remote, edit).await {
        Err(failure) if failure.outcome_unknown() => match held.connection.read(remote).await {
            Ok(facts) if says(&facts, edit) => Ok(()),
            _ => Err(Failure { code: ProblemCode::OutcomeUnknown, ..failure }),
        },
        sent => sent,
    }
}

/// Does the room say what the change wanted, all of it? What platforms don't tell counts as not said.
fn says(facts: &RoomFacts, edit: &Edit) -> bool {
    let same = |wanted: &Option<String>, told: &Option<String>| wanted.is_none() || wanted == told;
    same(&edit.title, &facts.title)
        && same(&edit.summary, &facts.summary)
        && same(&edit.notice, &facts.notice)
        && same(&edit.cover_url, &facts.cover_url)
        && same(&edit.area_id, &facts.area.as_ref().map(|area| area.id.clone()))
        && edit.add_tags.iter().all(|tag| facts.tags.contains(tag))
        && !edit.remove_tags.iter().any(|tag| facts.tags.contains(tag))
        && edit.visibility.is_none()
        && edit.replay_url.is_none()
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

#[cfg(test)]
mod tests;
