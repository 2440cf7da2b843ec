//! Chat: listening while a room is on air, and answering.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Studio;
use super::backoff::Backoff;
use super::lines::News;
use super::picture::Picture;
use crate::chat::{ChatEvent, ChatKind, ChatOut, Heard, Person};
use crate::driver::Connection;
use crate::history::{LineNote, Note, Session, Source};
use crate::problem::{Failure, InvalidReason, ProblemCode};
use crate::room::{RemoteId, RoomId};
use crate::view::{ChatHealth, ChatLine, Said};

/// The wall clock moved so far between two looks: the machine slept, and its connections are dead.
const SLEPT: SignedDuration = SignedDuration::from_secs(30);
/// News taken in at once, so that a flood costs one look at the picture for many lines.
const AT_ONCE: usize = 256;
/// A source that was well for this long starts again at the first wait.
const BACKOFF_RESET: Duration = Duration::from_secs(120);

/// What a room's chat is heard of: a live object, by a connection. Another sign-in is another connection.
pub(super) struct Listening {
    remote: RemoteId,
    connection: Arc<dyn Connection>,
    pub(super) token: CancellationToken,
}

impl Studio {
    /// Says a line in several rooms at once; a result a room.
    pub async fn say(&self, rooms: &[RoomId], text: &str) -> Vec<Said> {
        let text = text.trim();
        let said = rooms.iter().map(|room| async move {
            let problem = self.say_in(room, text).await.err().map(|f| self.0.problem(f));
            Said { room: room.clone(), problem }
        });
        futures_util::future::join_all(said).await
    }

    async fn say_in(&self, id: &RoomId, text: &str) -> Result<(), Failure> {
        let inner = &self.0;
        let (account, connection, remote) = inner.connection_of(id)?;
        let (_, info) = inner.driver(account.platform)?;
        let not_allowed = || Failure::new(ProblemCode::NotAllowed).at(account.platform);
        let sink = connection.speak().ok_or_else(not_allowed)?;
        if text.is_empty() {
            return Err(Failure::invalid("chat", InvalidReason::Empty).at(account.platform));
        }
        if let Some(limit) = info.chat_limit {
            let used = limit.counting.count(text);
            if used > limit.max {
                return Err(Failure::invalid("chat", InvalidReason::TooLong { used, limit: limit.max })
                    .at(account.platform));
            }
        }
        let remote = remote.ok_or_else(|| Failure::new(ProblemCode::WrongState).at(account.platform))?;
        // The platform may send the line back before it answers, so it is expected beforehand.
        let own = format!("own-{}", inner.clock.fresh_id());
        inner.change(|p| p.chat.expect(id, text, &own));
        if let Err(failure) = sink.say(&remote, text).await {
            inner.change(|p| p.chat.expect_no_more(id, &own));
            return Err(failure.at(account.platform));
        }
        let me = Person { id: String::new(), name: account.name.clone(), me: true, moderator: false };
        let at = inner.clock.now();
        let mut room = inner.history_of(account.sandbox).room_for(1).await;
        inner.change(|p| {
            let own = p.chat.took(id, own);
            let event = ChatEvent::new(own.clone(), at, ChatKind::Message, Some(me), text);
            let session = p.room(id).and_then(|r| r.session.clone());
            if let (Some(session), Some(permit)) = (session, room.as_mut().and_then(Iterator::next)) {
                let event = event.clone();
                permit.send(Note::Line(Box::new(LineNote { session, event, heard: at.as_millisecond() })));
            }
            p.add_line(own, ChatLine::of(0, id, account.platform, event));
        });
        Ok(())
    }

    /// Listens while the room is on air, and to the live object it is now.
    pub(super) fn settle_listening(
        &self,
        id: &RoomId,
        room: &super::supervise::Room,
        listening: &mut Option<Listening>,
        cancel: &CancellationToken,
    ) {
        let source = room.connection.as_ref().filter(|c| c.chat().is_some());
        // A word of the platform that nobody knows ends nothing.
        let heard = room.status.on_air().unwrap_or(listening.is_some());
        let wanted = match (&room.remote, source) {
            (Some(remote), Some(connection)) if heard => Some((remote, connection)),
            _ => None,
        };
        let same = |now: &Listening, (remote, connection): (&RemoteId, &Arc<dyn Connection>)| {
            *remote == now.remote && Arc::ptr_eq(connection, &now.connection)
        };
        if let Some(now) = listening
            && wanted.is_none_or(|wanted| !same(now, wanted))
        {
            now.token.cancel();
            *listening = None;
            self.set_health(id, ChatHealth::Off);
        }
        if let (None, Some((remote, connection))) = (&listening, wanted) {
            let token = cancel.child_token();
            *listening = Some(Listening {
                remote: remote.clone(),
                connection: Arc::clone(connection),
                token: token.clone(),
            });
            let (studio, id) = (self.clone(), id.clone());
            let (connection, remote) = (Arc::clone(connection), remote.clone());
            tokio::spawn(async move { studio.listen(&id, &connection, &remote, &token).await });
        }
    }

    async fn listen(
        &self,
        id: &RoomId,
        connection: &Arc<dyn Connection>,
        remote: &RemoteId,
        end: &CancellationToken,
    ) {
        let Some(source) = connection.chat() else { return };
        let inner = &self.0;
        let mut backoff = Backoff::default();
        let mut reconnects: u32 = 0;
        self.set_health(id, ChatHealth::Connecting);
        let Some(session) = self.begin_session(id, remote).await else { return };
        let mut last_line = None;
        let mut news = Vec::with_capacity(AT_ONCE);
        while !end.is_cancelled() {
            let (out, mut heard) = ChatOut::queue();
            let mut well_since: Option<Instant> = None;
            // The queue's end outlives the source, which may be dropped while it waits to report.
            let ended = {
                let (listening, woken) = (source.listen(remote, out), self.wakes());
                tokio::pin!(listening, woken);
                loop {
                    tokio::select! {
                        () = end.cancelled() => break None,
                        ended = &mut listening => break Some(ended.err()),
                        () = &mut woken => break None,
                        1.. = heard.recv_many(&mut news, AT_ONCE) => {
                            well_since.get_or_insert_with(Instant::now);
                            last_line = self.take_in_news(&session, &mut news).await.or(last_line);
                            let last_alive = inner.now_ms();
                            self.set_health(id, ChatHealth::Listening { last_line, last_alive, reconnects });
                        }
                    }
                }
            };
            while let Ok(more) = heard.try_recv() {
                news.push(more);
            }
            if end.is_cancelled() {
                // What was heard belongs to the broadcast; what is known of the room is newer.
                news.retain(|n| !matches!(n, Heard::Figure(..) | Heard::RoomChanged));
            }
            last_line = self.take_in_news(&session, &mut news).await.or(last_line);
            reconnects = reconnects.saturating_add(1);
            let Some(failure) = ended else {
                backoff.reset();
                if !end.is_cancelled() {
                    self.set_health(id, ChatHealth::Connecting);
                }
                continue;
            };
            if well_since.is_some_and(|since| since.elapsed() >= BACKOFF_RESET) {
                backoff.reset();
            }
            let failure = failure.unwrap_or_else(|| Failure::new(ProblemCode::Network));
            let wait = backoff.next(Instant::now(), inner.clock.chance());
            let wait = failure.retry_after.map_or(wait, |told| told.max(wait));
            let retry_at = inner.now_ms() + i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
            let problem = inner.problem(failure);
            if end.is_cancelled() {
                break;
            }
            let history = inner.history_of(session.start.sandbox);
            history.note_trouble(&session, inner.now_ms(), Source::Chat, &problem.code);
            self.set_health(id, ChatHealth::Broken { retry_at, tries: backoff.tries(), problem });
            tokio::select! {
                () = end.cancelled() => {}
                () = tokio::time::sleep(wait) => {}
                () = self.wakes() => {}
            }
        }
        self.end_session(&session).await;
    }

    /// Notes the end of a session whose broadcast is over.
    async fn end_session(&self, session: &Arc<Session>) {
        let Some((title, started, ended)) = self.end_of(session) else { return };
        let note = Note::Finish { session: Arc::clone(session), title, started, ended };
        self.0.history_of(session.start.sandbox).note(note).await;
    }

    /// Ends soon after the machine slept. The wall clock tells: the other one stands still meanwhile on some
    /// systems and goes on on others.
    async fn wakes(&self) {
        let clock = &self.0.clock;
        let mut last = clock.now();
        loop {
            tokio::time::sleep_until(self.0.next_second()).await;
            let now = clock.now();
            if now.duration_since(last) > SLEPT {
                return;
            }
            last = now;
        }
    }

    /// Takes in what a source told, once the history has room for it; answers when a line was shown, if one was.
    async fn take_in_news(&self, session: &Arc<Session>, news: &mut Vec<Heard>) -> Option<i64> {
        let inner = &self.0;
        let noted = news.iter().filter(|n| matches!(n, Heard::Event(_) | Heard::Recalled(_))).count();
        let mut room = match noted {
            0 => None,
            count => inner.history_of(session.start.sandbox).room_for(count).await,
        };
        let now = inner.now_ms();
        let mut apart = Vec::new();
        let shown = inner.change(|p| {
            let mut shown = None;
            for news in news.drain(..) {
                if matches!(news, Heard::CutOff { .. } | Heard::Warned { .. }) {
                    apart.push(news);
                    continue;
                }
                let note = take_in_one(p, session, news, now);
                if matches!(note, Some(Note::Line(_))) {
                    shown = Some(now);
                }
                // There is a permit for each note, and none for what the history doesn't have.
                if let Some(note) = note
                    && let Some(permit) = room.as_mut().and_then(Iterator::next)
                {
                    permit.send(note);
                }
            }
            shown
        });
        for news in apart {
            match news {
                Heard::CutOff { words } => self.cut_off(&session.start.room, &words),
                Heard::Warned { words } => self.warned(&session.start.room, &words),
                _ => {}
            }
        }
        shown
    }

    fn set_health(&self, id: &RoomId, health: ChatHealth) {
        self.0.change(|p| p.set_health(id, health));
    }
}

/// Puts one thing that was heard into the picture; answers what the history should have of it.
fn take_in_one(p: &mut Picture, session: &Arc<Session>, news: Heard, now: i64) -> Option<Note> {
    let id = &session.start.room;
    match news {
        Heard::Event(event) => {
            let mine = event.who.as_ref().is_some_and(|w| w.me);
            p.room(id)?;
            match p.chat.meet(id, &event.id, &event.text, mine) {
                News::Double => None,
                News::Echo(own) => Some(Note::Echo { session: Arc::clone(session), own, event: event.id }),
                News::New => {
                    p.count_message(id, event.kind);
                    p.note_paid(id, &event);
                    p.add_line(event.id.clone(), ChatLine::of(0, id, session.start.platform, event.clone()));
                    let session = Arc::clone(session);
                    Some(Note::Line(Box::new(LineNote { session, event, heard: now })))
                }
            }
        }
        Heard::Recalled(events) => {
            p.chat.recall(id, &events);
            let session = Arc::clone(session);
            (!events.is_empty()).then_some(Note::Recall { session, events, at: now })
        }
        Heard::Figure(kind, number) => {
            p.change_room(id, |r| r.hear_figure(kind, number));
            None
        }
        Heard::RoomChanged => {
            if let Some(room) = p.room(id) {
                room.poke.notify_one();
            }
            None
        }
        Heard::Alive | Heard::CutOff { .. } | Heard::Warned { .. } => None,
    }
}
