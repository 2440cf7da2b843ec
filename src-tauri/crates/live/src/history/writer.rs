//! The thread that writes.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior, params};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::session::Session;
use super::storage;
use super::thanks::{self, Tick};
use super::turn::{Memory, Turn};
use crate::chat::ChatEvent;
use crate::problem::{Failure, ProblemCode};
use crate::room::{Figures, RoomId};

/// Longest that a line waits for its transaction.
pub(crate) const COMMIT_EVERY: Duration = Duration::from_millis(100);
/// Notes in one transaction, so that none takes long.
pub(crate) const COMMIT_LINES: usize = 2_000;
/// Time to the next try while the disk fails.
const TRY_AGAIN: Duration = Duration::from_secs(1);
/// Notes held while the disk fails. Those that come when so many are held are lost, and counted.
const HELD: usize = 16_384;
/// Lines deleted in one transaction.
const STEP: u32 = 2_000;
/// How much nicer than the rest the thread is. Its lines wait for their transaction anyway; the window's frames are due.
#[cfg(target_os = "linux")]
const NICE: i32 = 10;
/// Pages given back to the system after one.
const PAGES_BACK: u32 = 500;
/// Event ids answered of a session that goes on.
const IDS: u32 = 4_096;

/// What is to be written.
pub(crate) enum Note {
    /// A line.
    Line(Box<LineNote>),
    /// An own line came back: it has the platform's id from now on.
    Echo { session: Arc<Session>, own: String, event: String },
    /// Lines were taken back.
    Recall { session: Arc<Session>, events: Vec<String>, at: i64 },
    /// The broadcast is over.
    Finish { session: Arc<Session>, title: String, started: i64, ended: i64 },
    /// Figures of a session at a time (ms since 1970).
    Figures { session: Arc<Session>, at: i64, figures: Figures },
    /// Something went wrong.
    Trouble { session: Arc<Session>, at: i64, source: Source, what: String },
    /// Something that wants an answer, after all before it is written.
    Ask(Ask),
}

/// What tells that something went wrong.
#[derive(Debug, Clone, Copy, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// An alarm: the room and the encoder disagree, or the platform stepped in.
    Alarm,
    /// The chat's connection.
    Chat,
}

/// A line to write.
pub(crate) struct LineNote {
    pub session: Arc<Session>,
    pub event: ChatEvent,
    /// When Kaibo heard it, ms since 1970.
    pub heard: i64,
}

type Answer<T> = oneshot::Sender<Result<T, Failure>>;

/// What the writer is asked.
pub(crate) enum Ask {
    Flush(Answer<()>),
    FlushNow(std::sync::mpsc::SyncSender<bool>),
    Resume(Arc<Session>, Answer<Resumed>),
    Delete(i64, Answer<bool>),
    DeleteRooms(Vec<RoomId>, Answer<()>),
    Prune(i64, Answer<usize>),
    Tick(Tick, Answer<bool>),
}

/// A session that is heard from now on.
pub(crate) struct Resumed {
    /// Ids of the last events heard of it, oldest first.
    pub events: Vec<String>,
}

/// How writing goes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Health {
    /// Why the last try failed; none when it didn't.
    pub failing: Option<Arc<str>>,
    /// Lines that were lost since the program began.
    pub lost: u64,
}

struct Writer {
    db: Arc<Mutex<Connection>>,
    health: watch::Sender<Health>,
    /// Changed when there may be other things to thank for.
    owed: watch::Sender<u64>,
    memory: Memory,
    /// Taken from the queue and not looked at yet.
    taken: VecDeque<Note>,
    /// Sessions to delete.
    going: VecDeque<i64>,
    lost: u64,
}

/// Why a batch was closed.
enum Next {
    Full,
    Ask(Ask),
    Closed,
}

/// Starts the thread. It ends when nobody can send to it any more.
pub(super) fn start(
    db: Arc<Mutex<Connection>>,
    notes: mpsc::Receiver<Note>,
    health: watch::Sender<Health>,
    owed: watch::Sender<u64>,
) -> std::io::Result<std::thread::JoinHandle<()>> {
    // A runtime of its own: its time is the real one, whatever the program's does in tests.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let (memory, taken, going) = (Memory::default(), VecDeque::new(), VecDeque::new());
    let writer = Writer { db, health, owed, memory, taken, going, lost: 0 };
    std::thread::Builder::new().name("history".into()).spawn(move || {
        step_back();
        runtime.block_on(writer.run(notes));
    })
}

/// Lets the window's threads go first where cores are few. Of this thread alone, as Linux counts by thread; what a
/// system refuses is done without.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(NICE) {
        tracing::debug!(%error, "the history's thread keeps its priority");
    }
}

impl Writer {
    async fn run(mut self, mut notes: mpsc::Receiver<Note>) {
        self.find_going();
        let mut batch = Vec::new();
        loop {
            let next = self.gather(&mut notes, &mut batch).await;
            let mut written = self.commit(&mut batch);
            if let Next::Ask(ask) = next {
                self.answer(ask, &mut written);
            } else if matches!(next, Next::Closed) {
                if !batch.is_empty() {
                    tracing::error!(
                        lines = batch.len(),
                        "the program ends with chat that could not be written"
                    );
                }
                return self.tidy_up();
            }
            if written.is_err() {
                self.wait_out(&mut notes, &mut batch).await;
            } else {
                self.delete_some();
            }
        }
    }

    /// Takes what stands beside the file into it. Whoever closes it last does so as well, but not a reader, and one may
    /// be last.
    fn tidy_up(&self) {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = db.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(())) {
            tracing::debug!(%error, "what stands beside the history is left for the next start");
        }
    }

    /// Waits for notes, and takes what comes until a transaction is due.
    async fn gather(&mut self, notes: &mut mpsc::Receiver<Note>, batch: &mut Vec<Note>) -> Next {
        let busy = !batch.is_empty() || !self.going.is_empty();
        let mut due = busy.then(Instant::now);
        let mut arrived = Vec::new();
        while batch.len() < COMMIT_LINES {
            match self.taken.pop_front() {
                Some(Note::Ask(ask)) => return Next::Ask(ask),
                Some(note) => batch.push(note),
                None => {
                    if !batch.is_empty() {
                        due.get_or_insert_with(|| Instant::now() + COMMIT_EVERY);
                    }
                    let coming = notes.recv_many(&mut arrived, COMMIT_LINES);
                    let came = match due {
                        None => Ok(coming.await),
                        Some(due) => tokio::time::timeout_at(due, coming).await,
                    };
                    match came {
                        Err(_) => break,
                        Ok(0) => return Next::Closed,
                        Ok(_) => self.taken.extend(arrived.drain(..)),
                    }
                }
            }
        }
        Next::Full
    }

    /// Writes a batch in one transaction and empties it. After a failure it is kept, and told of once.
    fn commit(&mut self, batch: &mut Vec<Note>) -> Result<(), Failure> {
        if batch.is_empty() {
            return Ok(());
        }
        match self.write(batch) {
            Ok(refused) => {
                batch.clear();
                self.lost += refused;
                self.tell(None);
                Ok(())
            }
            Err(error) => {
                // Rows that the transaction made aren't there.
                self.memory.clear();
                self.tell(Some(error.to_string()));
                Err(storage(error))
            }
        }
    }

    fn tell(&self, failing: Option<String>) {
        let lost = self.lost;
        self.health.send_if_modified(|health| {
            let news = health.failing.is_some() != failing.is_some() || health.lost != lost;
            if news {
                *health = Health { failing: failing.map(Into::into), lost };
            }
            news
        });
    }

    /// Holds what comes until the next try. Questions are answered with the failure.
    async fn wait_out(&mut self, notes: &mut mpsc::Receiver<Note>, batch: &mut Vec<Note>) {
        let until = Instant::now() + TRY_AGAIN;
        for note in std::mem::take(&mut self.taken) {
            self.hold(note, batch);
        }
        // A closed queue is found out by the next `gather`, which tries for the last time.
        while let Ok(Some(note)) = tokio::time::timeout_at(until, notes.recv()).await {
            self.hold(note, batch);
        }
    }

    fn hold(&mut self, note: Note, batch: &mut Vec<Note>) {
        match note {
            Note::Ask(ask) => self.answer(ask, &mut Err(Failure::new(ProblemCode::Storage))),
            note if batch.len() < HELD => batch.push(note),
            Note::Line(_) => self.lost += 1,
            _ => {}
        }
    }

    /// Writes a batch; answers how many lines the database refused for their own sake.
    fn write(&mut self, batch: &[Note]) -> rusqlite::Result<u64> {
        let db = Arc::clone(&self.db);
        let mut db = db.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut turn = Turn::begin(&tx, &mut self.memory)?;
        let mut refused = 0;
        for note in batch {
            match turn.put(note) {
                Err(error) if of_the_line(&error) => {
                    tracing::warn!(%error, "a line was refused by the history");
                    refused += u64::from(matches!(note, Note::Line(_)));
                }
                done => done?,
            }
        }
        let done = turn.end()?;
        tx.commit()?;
        for (session, row) in done.rows {
            session.row.store(row, Ordering::Release);
        }
        if done.owed {
            self.owed.send_modify(|times| *times += 1);
        }
        Ok(refused)
    }

    fn answer(&mut self, ask: Ask, written: &mut Result<(), Failure>) {
        let failed = |written: &Result<(), Failure>| match written {
            Ok(()) => Ok(()),
            Err(failure) => Err(failure.without_cause()),
        };
        match ask {
            Ask::FlushNow(answer) => drop(answer.try_send(written.is_ok())),
            Ask::Flush(answer) => drop(answer.send(failed(written))),
            Ask::Resume(session, answer) => {
                let resumed = failed(written).and_then(|()| self.resume(&session).map_err(storage));
                drop(answer.send(resumed));
            }
            Ask::Delete(session, answer) => {
                let marked = failed(written).and_then(|()| self.mark("id = ?1", session));
                drop(answer.send(marked.map(|count| count > 0)));
            }
            Ask::DeleteRooms(rooms, answer) => {
                let marked = failed(written)
                    .and_then(|()| rooms.into_iter().try_for_each(|r| self.mark("room = ?1", r.0).map(drop)));
                drop(answer.send(marked));
            }
            Ask::Tick(tick, answer) => {
                let ticked = failed(written).and_then(|()| self.tick(&tick).map_err(storage));
                drop(answer.send(ticked));
            }
            Ask::Prune(before, answer) => {
                drop(answer.send(failed(written).and_then(|()| self.mark("active < ?1", before))));
            }
        }
    }

    fn tick(&mut self, tick: &Tick) -> rusqlite::Result<bool> {
        let mut db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let there = thanks::tick(&tx, tick)?;
        tx.commit()?;
        self.owed.send_modify(|times| *times += 1);
        Ok(there)
    }

    fn resume(&mut self, session: &Arc<Session>) -> rusqlite::Result<Resumed> {
        let mut db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let row = session.find_or_make(&tx)?;
        tx.commit()?;
        session.row.store(row, Ordering::Release);
        let mut query =
            db.prepare_cached("select event from line where session = ?1 order by id desc limit ?2")?;
        let mut events: Vec<String> =
            query.query_map(params![row, IDS], |r| r.get(0))?.collect::<rusqlite::Result<_>>()?;
        events.reverse();
        Ok(Resumed { events })
    }

    /// Marks sessions as going; answers how many.
    fn mark(&mut self, which: &str, value: impl rusqlite::ToSql) -> Result<usize, Failure> {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let marked = db
            .prepare(&format!("update session set gone = 1 where {which} and gone = 0 returning id"))
            .and_then(|mut update| update.query_map([value], |r| r.get(0))?.collect::<rusqlite::Result<_>>());
        let marked: Vec<i64> = marked.map_err(storage)?;
        self.going.extend(&marked);
        self.owed.send_modify(|times| *times += 1);
        Ok(marked.len())
    }

    /// Finds sessions that the program was deleting when it ended.
    fn find_going(&mut self) {
        let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
        let found = db
            .prepare("select id from session where gone = 1")
            .and_then(|mut query| query.query_map([], |r| r.get(0))?.collect::<rusqlite::Result<Vec<i64>>>());
        match found {
            Ok(found) => self.going.extend(found),
            Err(error) => tracing::warn!(%error, "deleted sessions are left for the next start"),
        }
    }

    /// One step of deleting. What fails is left for the next start: it isn't found any more already.
    fn delete_some(&mut self) {
        let Some(session) = self.going.front().copied() else { return };
        let done = {
            let mut db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
            let done = delete_lines(&mut db, session);
            if let Err(error) = db.execute_batch(&format!("pragma incremental_vacuum({PAGES_BACK})")) {
                tracing::debug!(%error, "space isn't given back yet");
            }
            done
        };
        self.memory.forget_people();
        match done {
            Ok(false) => {}
            Ok(true) => drop(self.going.pop_front()),
            Err(error) => {
                tracing::warn!(%error, "a deleted session is left for the next start");
                self.going.pop_front();
            }
        }
    }
}

/// Deletes some lines of a session, with what the index has of them and the people who have no other; answers
/// whether that was all, and the session is gone too.
fn delete_lines(db: &mut Connection, session: i64) -> rusqlite::Result<bool> {
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let lines: Vec<(i64, Option<i64>)> = tx
        .prepare_cached("select id, person from line where session = ?1 limit ?2")?
        .query_map(params![session, STEP], |r| Ok((r.get(0)?, r.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    {
        let mut word = tx.prepare_cached("delete from words where rowid = ?1")?;
        let mut line = tx.prepare_cached("delete from line where id = ?1")?;
        for (id, _) in &lines {
            word.execute([id])?;
            line.execute([id])?;
        }
        let mut people: Vec<i64> = lines.iter().filter_map(|(_, person)| *person).collect();
        people.sort_unstable();
        people.dedup();
        let mut person = tx.prepare_cached(
            "delete from person where id = ?1 and not exists (select 1 from line where person = ?1)",
        )?;
        for id in people {
            person.execute([id])?;
        }
    }
    let all = lines.len() < STEP as usize;
    if all {
        tx.execute("delete from figure where session = ?1", [session])?;
        tx.execute("delete from trouble where session = ?1", [session])?;
        tx.execute("delete from session where id = ?1", [session])?;
    }
    tx.commit()?;
    Ok(all)
}

/// Is the line to blame, and not the disk? Then the others are written all the same.
pub(super) fn of_the_line(error: &rusqlite::Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => {
            matches!(code, ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig)
        }
        None => true,
    }
}
