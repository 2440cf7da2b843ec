//! The chat's history: sessions begin and end, what was said is looked for, and old sessions go.

mod export;
mod summary;

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::SignedDuration;

use super::{Inner, Studio};
use crate::history::{Health, History, Note, Session, SessionStart};
use crate::problem::{Failure, ProblemCode};
use crate::room::{RemoteId, RoomId};
use crate::view::{ChatLine, HISTORY_PAGE, HistoryPage, HistoryQuery, SessionPage, SessionView};

use super::picture::{CHAT_IN_SNAPSHOT, RoomEntry};

/// Time between two looks whether sessions are older than they are kept.
const LOOK: Duration = Duration::from_secs(24 * 3600);
/// Time between two samples of a session's figures.
const FIGURES_EVERY: Duration = Duration::from_secs(60);
/// A session that was heard of within this time may still be on air when the program starts.
const MAY_GO_ON: SignedDuration = SignedDuration::from_hours(12);

impl Studio {
    /// Sessions, newest first; those of the sandbox before all others.
    pub async fn sessions(&self, before: Option<i64>) -> Result<SessionPage, Failure> {
        let inner = &self.0;
        let private = &inner.sandbox_history;
        let mut page = SessionPage::default();
        if before.is_none_or(|id| private.owns(id)) {
            page = private.sessions(before).await?;
        }
        if page.before.is_none() {
            let before = before.filter(|id| inner.history.owns(*id));
            let rest = inner.history.sessions(before).await?;
            page.sessions.extend(rest.sessions);
            page.before = rest.before;
        }
        inner.mark_live(&mut page.sessions);
        Ok(page)
    }

    /// Looks for lines, newest first; those of the sandbox before all others.
    pub async fn history_search(&self, query: HistoryQuery) -> Result<HistoryPage, Failure> {
        let inner = &self.0;
        let private = &inner.sandbox_history;
        let limit = if query.limit == 0 { HISTORY_PAGE } else { query.limit.min(HISTORY_PAGE) };
        let mut page = HistoryPage::default();
        let private_too = |id: Option<i64>| id.is_none_or(|id| private.owns(id));
        if private_too(query.session) && private_too(query.before) {
            page = private.search(query.clone()).await?;
        }
        let found = u32::try_from(page.lines.len()).unwrap_or(limit);
        if page.before.is_none() && query.session.is_none_or(|id| inner.history.owns(id)) {
            if found < limit {
                let before = query.before.filter(|id| inner.history.owns(*id));
                let rest =
                    inner.history.search(HistoryQuery { before, limit: limit - found, ..query }).await?;
                page.lines.extend(rest.lines);
                page.sessions.extend(rest.sessions);
                page.before = rest.before;
            } else {
                // The others begin on the next page.
                page.before = page.lines.last().map(|l| l.id);
            }
        }
        inner.mark_live(&mut page.sessions);
        Ok(page)
    }

    /// What was said before and after a line in its session; oldest first.
    pub async fn history_around(&self, line: i64) -> Result<HistoryPage, Failure> {
        let inner = &self.0;
        let mut page = inner.history_of_number(line).around(line).await?;
        inner.mark_live(&mut page.sessions);
        Ok(page)
    }

    /// Deletes a session with all that was said in it. One that is being heard begins anew.
    pub async fn delete_session(&self, id: i64) -> Result<(), Failure> {
        self.0.history_of_number(id).delete(id).await
    }

    /// For a program that is about to end: waits until what was heard is in the file, for `bound` at most. Not to be
    /// called from within a task.
    pub fn flush_history(&self, bound: Duration) {
        if !self.0.history.flush_now(bound) {
            tracing::error!("the program ends before the chat's history is written");
        }
    }

    /// Shows what was said last in sessions whose end wasn't seen, and paid messages that still stand: the program may
    /// have been started again in mid-broadcast.
    pub(super) async fn show_last_lines(&self) {
        let inner = &self.0;
        let since = (inner.clock.now() - MAY_GO_ON).as_millisecond();
        let count = u32::try_from(CHAT_IN_SNAPSHOT).unwrap_or(u32::MAX);
        let lines = match inner.history.unfinished(since, count, inner.now_ms()).await {
            Ok(lines) => lines,
            Err(failure) => {
                tracing::warn!(?failure, "the last lines can't be shown");
                return;
            }
        };
        inner.change(|p| {
            for kept in lines {
                let Some(platform) = p.room(&kept.room).map(|r| r.view.platform) else { continue };
                p.chat.meet(&kept.room, &kept.event, &kept.line.text, false);
                let line = kept.line;
                let line = ChatLine {
                    id: 0,
                    room: kept.room,
                    platform,
                    kind: line.kind,
                    who: line.who,
                    text: line.text,
                    gift: line.gift,
                    until: line.until,
                    recalled: line.recalled,
                    at: line.at,
                };
                p.add_line(kept.event, line);
            }
        });
    }

    /// A session of a room that is on air, and what was heard of it before the program began.
    pub(super) async fn begin_session(&self, id: &RoomId, remote: &RemoteId) -> Option<Arc<Session>> {
        let inner = &self.0;
        let now = inner.now_ms();
        let session = inner.change(|p| {
            let account = p.room(id).and_then(|r| p.account(&r.view.account))?.account.name.clone();
            p.change_room(id, |r| {
                let session = Session::new(SessionStart {
                    room: id.clone(),
                    sandbox: r.view.sandbox,
                    platform: r.view.platform,
                    account,
                    name: r.view.name.clone(),
                    title: r.view.title.clone(),
                    remote: remote.clone(),
                    lasting: r.abilities.lasting_room,
                    started: r.view.started_at.unwrap_or(now),
                });
                r.session = Some(Arc::clone(&session));
                session
            })
        })?;
        match inner.history_of(session.start.sandbox).resume(&session).await {
            Ok(resumed) => {
                inner.change(|p| p.chat.heard_before(id, &resumed.events));
                self.recall_milestones(&session).await;
            }
            // That nothing can be written is told by the writer.
            Err(failure) => tracing::warn!(?failure, "what was heard before isn't known"),
        }
        Some(session)
    }

    /// How a session ended, if it did: its broadcast is over, or the room is another live object now. The program's
    /// own end is none.
    pub(super) fn end_of(&self, session: &Arc<Session>) -> Option<(String, i64, i64)> {
        let now = self.0.now_ms();
        self.0.change(|p| {
            p.change_room(&session.start.room, |r| {
                if r.session.as_ref().is_some_and(|s| Arc::ptr_eq(s, session)) {
                    r.session = None;
                }
                let view = &r.view;
                let same = view.remote.as_ref() == Some(&session.start.remote);
                if !same {
                    return Some((session.start.title.clone(), session.start.started, now));
                }
                (view.status.on_air() == Some(false)).then(|| {
                    let started = view.started_at.unwrap_or(session.start.started);
                    (view.title.clone(), started, view.ended_at.unwrap_or(now))
                })
            })
            .flatten()
        })
    }

    /// Looks after the history for as long as the studio is there: tells when it can't be written, and deletes what
    /// is older than it is kept.
    pub(super) fn keep_history(&self) {
        for history in [&self.0.history, &self.0.sandbox_history] {
            tokio::spawn(tell_health(Arc::downgrade(&self.0), history.health()));
        }
        let studio = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            while let Some(inner) = studio.upgrade() {
                inner.prune().await;
                drop(inner);
                tokio::time::sleep(LOOK).await;
            }
        });
        let studio = Arc::downgrade(&self.0);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(FIGURES_EVERY).await;
                let Some(inner) = studio.upgrade() else { return };
                inner.keep_figures().await;
            }
        });
    }
}

/// Tells once that writing fails, and how many lines were lost when it works again.
async fn tell_health(studio: Weak<Inner>, mut health: tokio::sync::watch::Receiver<Health>) {
    let mut before = Health::default();
    loop {
        let now = health.borrow_and_update().clone();
        let Some(inner) = studio.upgrade().map(Studio) else { return };
        if let (Some(why), None) = (&now.failing, &before.failing) {
            inner.tell(Failure::new(ProblemCode::Storage).because(why.to_string()));
        }
        if now.failing.is_none() {
            if now.lost > before.lost {
                let lines = u32::try_from(now.lost - before.lost).unwrap_or(u32::MAX);
                inner.tell(Failure::new(ProblemCode::HistoryGap { lines }));
            }
            before.lost = now.lost;
        }
        before.failing = now.failing;
        drop(inner);
        if health.changed().await.is_err() {
            return;
        }
    }
}

impl Inner {
    pub(super) fn history_of_number(&self, id: i64) -> &History {
        if self.sandbox_history.owns(id) { &self.sandbox_history } else { &self.history }
    }

    /// Marks the sessions that are being heard. Their titles are those of now: a broadcast may begin with the title of
    /// the one before, and it is written down at the end.
    pub(super) fn mark_live(&self, sessions: &mut [SessionView]) {
        let heard: BTreeMap<i64, String> = {
            let picture = self.lock();
            let number = |r: &RoomEntry| r.session.as_ref()?.number();
            picture.rooms.iter().filter_map(|r| Some((number(r)?, r.view.title.clone()))).collect()
        };
        for session in sessions {
            let Some(title) = heard.get(&session.id) else { continue };
            session.title.clone_from(title);
            session.live = true;
            session.ended_at = None;
        }
    }

    /// Keeps the figures of rooms on air as they are now.
    async fn keep_figures(&self) {
        let at = self.now_ms();
        let live: Vec<_> = {
            let picture = self.lock();
            let on_air = picture.rooms.iter().filter(|r| r.view.status.is_on_air());
            on_air.filter_map(|r| Some((Arc::clone(r.session.as_ref()?), r.view.figures.clone()))).collect()
        };
        for (session, figures) in live.into_iter().filter(|(_, figures)| !figures.is_empty()) {
            let history = self.history_of(session.start.sandbox);
            history.note(Note::Figures { session, at, figures }).await;
        }
    }

    async fn prune(&self) {
        let days = self.lock().preferences.keep_history_days;
        if days == 0 {
            return;
        }
        let before = self.now_ms().saturating_sub(i64::from(days) * 24 * 3_600_000);
        match self.history.prune(before).await {
            Ok(0) => {}
            Ok(sessions) => tracing::info!(sessions, "sessions older than they are kept are deleted"),
            Err(failure) => tracing::warn!(?failure, "old sessions can't be deleted"),
        }
    }
}
