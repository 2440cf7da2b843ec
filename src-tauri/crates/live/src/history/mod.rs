//! The chat's history: every line of every session, in a database of its own.
//!
//! One thread writes. What is to be written waits in a queue and goes into the file in one transaction at most every
//! [`writer::COMMIT_EVERY`] or [`writer::COMMIT_LINES`] lines; a program that is killed loses at most that. Reading
//! has a connection of its own and never waits for the writer.

mod archive;
pub(crate) mod export;
mod person;
mod read;
mod recent;
mod schema;
mod session;
pub(crate) mod summary;
mod thanks;
mod turn;
mod words;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::chat::ChatEvent;
use crate::platform::Platform;
use crate::problem::{Failure, ProblemCode};
use crate::room::RoomId;
use crate::view::{HistoryPage, HistoryQuery, SessionPage, ThanksEntry};

pub(crate) use person::Known;
pub(crate) use read::KeptLine;
pub(crate) use schema::set_aside;
pub(crate) use session::person_key;
pub use session::{Session, SessionStart};
pub(crate) use thanks::{Listed, Tick, Tonight};
use writer::Ask;
pub(crate) use writer::{Health, LineNote, Note, Resumed, Source};

/// Notes that may wait for the disk: three seconds of 5,000 lines a second. When it is full the *source waits*, so
/// that no line is lost between the wire and the file.
const QUEUE: usize = 16_384;
/// Longest wait for an answer of the writer.
const ANSWER: Duration = Duration::from_secs(10);

/// The history. Clones are the same one; the last to go has everything written first.
#[derive(Clone)]
pub struct History(Arc<Shared>);

struct Shared {
    /// None while it closes.
    notes: Option<mpsc::Sender<Note>>,
    /// None while it closes: the writer goes last, which puts the log back into the file.
    reader: Option<Arc<Mutex<Connection>>>,
    health: watch::Receiver<Health>,
    thanks: watch::Receiver<u64>,
    thread: Option<std::thread::JoinHandle<()>>,
    private: bool,
}

impl History {
    /// Opens or makes the history at `path`. A newer one than this program knows is refused.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Self::from_file(path).map_err(|refused| match refused {
            schema::Refused::Broken(error) => storage(error),
            schema::Refused::Other(error) => Failure::new(ProblemCode::Storage).because(error),
        })
    }

    /// The same, but a file that can't be read is set aside under another name and a new one begun; the second value
    /// is what to tell then.
    pub fn open_or_begin_anew(path: &Path) -> Result<(Self, Option<Failure>), Failure> {
        match Self::from_file(path) {
            Ok(history) => Ok((history, None)),
            Err(schema::Refused::Other(error)) => Err(Failure::new(ProblemCode::Storage).because(error)),
            Err(schema::Refused::Broken(error)) => {
                let aside =
                    schema::set_aside(path).map_err(|e| Failure::new(ProblemCode::Storage).because(e))?;
                tracing::warn!(%error, ?aside, "the chat's history could not be read and was set aside");
                Ok((Self::open(path)?, Some(storage(error))))
            }
        }
    }

    /// A history that is gone with the program, in memory and, where that is short, in a file without a name.
    pub fn private() -> Result<Self, Failure> {
        let db = schema::private().map_err(|refused| match refused {
            schema::Refused::Broken(error) => storage(error),
            schema::Refused::Other(error) => Failure::new(ProblemCode::Storage).because(error),
        })?;
        let db = Arc::new(Mutex::new(db));
        Self::start(Arc::clone(&db), db, true)
    }

    fn from_file(path: &Path) -> Result<Self, schema::Refused> {
        let writer = schema::writer(path)?;
        let reader = schema::reader(path)?;
        Self::start(Arc::new(Mutex::new(writer)), Arc::new(Mutex::new(reader)), false)
            .map_err(|failure| schema::Refused::Other(format!("{failure:?}").into()))
    }

    fn start(
        writer: Arc<Mutex<Connection>>,
        reader: Arc<Mutex<Connection>>,
        private: bool,
    ) -> Result<Self, Failure> {
        let (notes, waiting) = mpsc::channel(QUEUE);
        let (told, health) = watch::channel(Health::default());
        let (owed, thanks) = watch::channel(0);
        let thread = writer::start(writer, waiting, told, owed)
            .map_err(|e| Failure::new(ProblemCode::Internal).because(e))?;
        Ok(Self(Arc::new(Shared {
            notes: Some(notes),
            reader: Some(reader),
            health,
            thanks,
            thread: Some(thread),
            private,
        })))
    }

    /// Room for `count` notes, waited for while the queue is full. None when the writer is gone.
    pub(crate) async fn room_for(&self, count: usize) -> Option<mpsc::PermitIterator<'_, Note>> {
        self.0.notes.as_ref()?.reserve_many(count.min(QUEUE)).await.ok()
    }

    /// Notes a line of a session, heard at `heard` (ms since 1970); waits while the queue is full.
    pub async fn hear(&self, session: &Arc<Session>, event: ChatEvent, heard: i64) {
        self.note(Note::Line(Box::new(LineNote { session: Arc::clone(session), event, heard }))).await;
    }

    /// Notes that lines were taken back, by the platform's ids.
    pub async fn recall(&self, session: &Arc<Session>, events: Vec<String>, at: i64) {
        self.note(Note::Recall { session: Arc::clone(session), events, at }).await;
    }

    pub(crate) async fn note(&self, note: Note) {
        if let Some(permit) = self.room_for(1).await.and_then(|mut room| room.next()) {
            permit.send(note);
        }
    }

    /// Notes that something went wrong, unless the queue is full: chat comes first.
    pub(crate) fn note_trouble(
        &self,
        session: &Arc<Session>,
        at: i64,
        source: Source,
        what: &impl serde::Serialize,
    ) {
        let (session, what) = (Arc::clone(session), serde_json::to_string(what).unwrap_or_default());
        if let Some(notes) = &self.0.notes
            && notes.try_send(Note::Trouble { session, at, source, what }).is_err()
        {
            tracing::warn!("the history was too busy for a trouble");
        }
    }

    /// How writing goes.
    pub(crate) fn health(&self) -> watch::Receiver<Health> {
        self.0.health.clone()
    }

    /// Changes whenever there may be other things to thank for.
    pub(crate) fn thanks_changed(&self) -> watch::Receiver<u64> {
        self.0.thanks.clone()
    }

    /// Is this number one of this history's?
    pub(crate) fn owns(&self, id: i64) -> bool {
        self.0.private == (id >= schema::PRIVATE)
    }

    /// Finds or makes a session's row, and answers what was heard of it so far.
    pub(crate) async fn resume(&self, session: &Arc<Session>) -> Result<Resumed, Failure> {
        let session = Arc::clone(session);
        self.ask(|answer| Ask::Resume(session, answer)).await
    }

    /// Deletes a session: it isn't found from now on; its bytes go in steps, after a restart if need be.
    pub async fn delete(&self, session: i64) -> Result<(), Failure> {
        let there = self.ask(|answer| Ask::Delete(session, answer)).await?;
        if there { Ok(()) } else { Err(Failure::new(ProblemCode::NotFound)) }
    }

    /// Deletes what was heard of these rooms.
    pub(crate) async fn delete_rooms(&self, rooms: Vec<RoomId>) -> Result<(), Failure> {
        self.ask(|answer| Ask::DeleteRooms(rooms, answer)).await
    }

    /// Deletes sessions that nothing was heard of since `before` (ms since 1970); answers how many.
    pub async fn prune(&self, before: i64) -> Result<usize, Failure> {
        self.ask(|answer| Ask::Prune(before, answer)).await
    }

    /// Waits until everything noted so far is in the file.
    pub async fn flush(&self) -> Result<(), Failure> {
        self.ask(Ask::Flush).await
    }

    /// The same for a program that is about to end: blocks for `bound` at most. Not from within a runtime's task.
    pub fn flush_now(&self, bound: Duration) -> bool {
        let (answer, answered) = std::sync::mpsc::sync_channel(1);
        let Some(notes) = &self.0.notes else { return false };
        let until = std::time::Instant::now() + bound;
        let mut note = Note::Ask(Ask::FlushNow(answer));
        while let Err(mpsc::error::TrySendError::Full(back)) = notes.try_send(note) {
            if std::time::Instant::now() >= until {
                return false;
            }
            note = back;
            std::thread::sleep(Duration::from_millis(10));
        }
        answered.recv_timeout(until.saturating_duration_since(std::time::Instant::now())).unwrap_or(false)
    }

    async fn ask<T: Send + 'static>(
        &self,
        ask: impl FnOnce(oneshot::Sender<Result<T, Failure>>) -> Ask,
    ) -> Result<T, Failure> {
        let gone = || Failure::new(ProblemCode::Storage);
        let (answer, answered) = oneshot::channel();
        self.note(Note::Ask(ask(answer))).await;
        // On a blocking thread, because the writer isn't one of the runtime's.
        let answer = tokio::task::spawn_blocking(move || answered.blocking_recv());
        match tokio::time::timeout(ANSWER, answer).await {
            Ok(Ok(Ok(answer))) => answer,
            Ok(_) => Err(gone()),
            Err(_) => Err(Failure::new(ProblemCode::Timeout)),
        }
    }

    /// Sessions, newest first, older than the one numbered `before`.
    pub async fn sessions(&self, before: Option<i64>) -> Result<SessionPage, Failure> {
        self.read(move |db| read::sessions(db, before)).await
    }

    /// Looks for lines.
    pub async fn search(&self, query: HistoryQuery) -> Result<HistoryPage, Failure> {
        self.read(move |db| read::search(db, &query)).await
    }

    /// What stands before and after a line in its session, and the line.
    pub async fn around(&self, line: i64) -> Result<HistoryPage, Failure> {
        self.read(move |db| read::around(db, line)).await?.ok_or_else(|| Failure::new(ProblemCode::NotFound))
    }

    /// What is known of a person.
    pub(crate) async fn person(
        &self,
        platform: Platform,
        key: String,
        tonight: Tonight,
    ) -> Result<Known, Failure> {
        self.read(move |db| person::read(db, platform, &key, &tonight)).await
    }

    /// How many entries the thanks list has.
    pub(crate) async fn thanks_waiting(&self, listed: Listed) -> Result<u32, Failure> {
        self.read(move |db| thanks::waiting(db, &listed)).await
    }

    /// The thanks list, and what was ticked last.
    pub(crate) async fn thanks(
        &self,
        listed: Listed,
    ) -> Result<(Vec<ThanksEntry>, Vec<ThanksEntry>), Failure> {
        self.read(move |db| Ok((thanks::list(db, &listed)?, thanks::done(db, &listed.tonight)?))).await
    }

    /// Ticks something in the thanks list, or takes a tick back.
    pub(crate) async fn tick(&self, tick: Tick) -> Result<(), Failure> {
        let there = self.ask(|answer| Ask::Tick(tick, answer)).await?;
        if there { Ok(()) } else { Err(Failure::new(ProblemCode::NotFound)) }
    }

    /// The last lines of sessions whose end wasn't seen and that were heard of since `since`, and the paid messages of
    /// before whose time isn't over at `now`; oldest first.
    pub(crate) async fn unfinished(
        &self,
        since: i64,
        count: u32,
        now: i64,
    ) -> Result<Vec<KeptLine>, Failure> {
        self.read(move |db| read::unfinished(db, since, count, now)).await
    }

    async fn read<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let reader = self.0.reader.clone().ok_or_else(|| Failure::new(ProblemCode::Storage))?;
        let own = !self.0.private;
        tokio::task::spawn_blocking(move || {
            let mut db = reader.lock().unwrap_or_else(PoisonError::into_inner);
            if own {
                let until = std::time::Instant::now() + read::BOUND;
                db.progress_handler(read::LOOK, Some(move || std::time::Instant::now() > until))?;
            }
            work(&db)
        })
        .await
        .map_err(|e| Failure::new(ProblemCode::Internal).because(e))?
        .map_err(storage)
    }
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").field("private", &self.0.private).finish_non_exhaustive()
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.notes = None;
        self.reader = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the history's writer had fallen over");
        }
    }
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands it over
fn storage(error: rusqlite::Error) -> Failure {
    Failure::new(ProblemCode::Storage).because(error)
}
