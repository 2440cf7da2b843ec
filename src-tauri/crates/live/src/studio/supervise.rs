//! One supervisor a room: reads its state on a budget, asks for the signal, keeps it alive, and has its
//! chat listened to. It never writes to the platform but for heartbeats.

use std::mem::discriminant;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Studio;
use super::chat::Listening;
use super::facts::{reading_refused, reading_worked};
use crate::account::Account;
use crate::driver::Connection;
use crate::problem::{Failure, ProblemCode};
use crate::push::PushAddress;
use crate::room::{RemoteId, RoomId, Signal, Status};
use crate::view::JournalOutcome;

/// Time between readings of a room that is on air or about to be.
const READ_ON_AIR: Duration = Duration::from_secs(5);
/// Time between readings of a room where nothing happens.
const READ_IDLE: Duration = Duration::from_secs(30);
/// First time between readings of a room that waits for its push where the budget would make it longer.
const AWAITING_FIRST: Duration = Duration::from_secs(15);
/// Least time between readings of a room that waits for its push.
const AWAITING_LEAST: Duration = Duration::from_secs(2);
/// Longest time between readings after failures.
const READ_FAILING: Duration = Duration::from_secs(60);
/// Time between questions to the ingest while its answer is young, and once it has stood: an ingest tells the mean of
/// thirty seconds anyhow.
const SIGNAL_EVERY: Duration = Duration::from_secs(2);
const SIGNAL_STEADY: Duration = Duration::from_secs(5);
/// How long an answer is young.
const SIGNAL_YOUNG: Duration = Duration::from_secs(60);
/// Readings in a row that must say *no such room* before a live object counts as deleted: Qiniu answers the
/// same bytes while its database is down.
const GONE_AFTER: u32 = 3;
/// Shortest time between two readings that were asked for by hand or by an action.
const POKE_SPACING: Duration = Duration::from_millis(200);

pub(super) struct Room {
    pub(super) account: Account,
    pub(super) connection: Option<Arc<dyn Connection>>,
    pub(super) remote: Option<RemoteId>,
    pub(super) push: Option<PushAddress>,
    pub(super) status: Status,
    epoch: u64,
}

/// What the time to a room's next reading depends on, beside its state.
#[derive(Default)]
struct Pace {
    /// Readings that failed in a row.
    failures: u32,
    /// The action since which the room waits for its push, and its readings since then.
    awaited: (u64, u32),
}

impl Pace {
    /// A room that waits for its push turns live by it, most likely within minutes: the first readings come
    /// sooner than the account's budget would spread them, each after twice the time of the one before.
    fn awaiting(&mut self, epoch: u64, floor: Duration) -> Duration {
        if self.awaited.0 != epoch {
            self.awaited = (epoch, 0);
        }
        let soon = AWAITING_FIRST.saturating_mul(2u32.saturating_pow(self.awaited.1));
        self.awaited.1 = self.awaited.1.saturating_add(1);
        floor.min(soon).max(AWAITING_LEAST)
    }
}

impl Studio {
    /// Starts a room's supervisor.
    pub(super) fn supervise(&self, id: RoomId) {
        let (cancel, poke) = {
            let picture = self.0.lock();
            let Some(room) = picture.room(&id) else { return };
            (room.cancel.clone(), Arc::clone(&room.poke))
        };
        let studio = self.clone();
        tokio::spawn(async move {
            let mut listening: Option<Listening> = None;
            let mut pace = Pace::default();
            let mut read_due = Instant::now();
            let mut signal_due = Instant::now();
            let mut signal_since = Instant::now();
            let mut beat_due = Instant::now();
            loop {
                let Some(room) = studio.look_at(&id) else { break };
                studio.settle_listening(&id, &room, &mut listening, &cancel);
                let now = Instant::now();
                if now >= read_due {
                    let wait = studio.read_once(&id, &room, &mut pace).await;
                    read_due = Instant::now() + wait;
                    continue; // what was read decides about signal, beat and chat
                }
                if now >= signal_due {
                    let moved = studio.ask_signal(&id, &room).await;
                    let now = Instant::now();
                    if moved {
                        signal_since = now;
                    }
                    let young = now - signal_since < SIGNAL_YOUNG;
                    signal_due = now + if young { SIGNAL_EVERY } else { SIGNAL_STEADY };
                }
                if now >= beat_due {
                    let (wait, over) = studio.beat_once(&id, &room).await;
                    beat_due = Instant::now() + wait;
                    if over {
                        read_due = Instant::now();
                    }
                }
                let next = read_due.min(signal_due).min(beat_due);
                tokio::select! {
                    () = cancel.cancelled() => break,
                    () = tokio::time::sleep_until(next) => {}
                    () = poke.notified() => {
                        let soon = Instant::now();
                        read_due = soon;
                        signal_due = soon;
                        signal_since = soon;
                        beat_due = soon;
                        tokio::time::sleep(POKE_SPACING).await;
                    }
                }
            }
            if let Some(listening) = listening {
                listening.token.cancel();
            }
        });
    }

    /// Reads a room now, whoever's turn it is.
    pub fn refresh_room(&self, id: &RoomId) -> Result<(), Failure> {
        let picture = self.0.lock();
        let room = picture.room(id).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
        room.poke.notify_one();
        if room.lost.is_some() {
            let (studio, id) = (self.clone(), id.clone());
            tokio::spawn(async move { studio.look_again(&id).await });
        }
        Ok(())
    }

    fn look_at(&self, id: &RoomId) -> Option<Room> {
        let picture = self.0.lock();
        let room = picture.room(id)?;
        let account = picture.account(&room.view.account)?;
        Some(Room {
            account: account.account.clone(),
            connection: account.connection.clone(),
            remote: room.view.remote.clone(),
            push: room.push.clone(),
            status: room.view.status,
            epoch: room.epoch,
        })
    }

    /// One reading; answers how long to wait for the next.
    async fn read_once(&self, id: &RoomId, room: &Room, pace: &mut Pace) -> Duration {
        let (Some(connection), Some(remote)) = (&room.connection, &room.remote) else { return READ_IDLE };
        let inner = &self.0;
        let read = connection.read(remote).await;
        let now = inner.clock.now();
        match read {
            Ok(facts) => {
                pace.failures = 0;
                let status = facts.status;
                let applied = inner.change(|p| {
                    let applied = p.change_room(id, |r| {
                        // An action meanwhile told newer things, perhaps of another live object.
                        let fresh = r.view.remote.as_ref() == Some(remote) && r.epoch == room.epoch;
                        if fresh {
                            r.apply(&facts, now);
                            r.read_problem = None;
                        }
                        (fresh, r.done_after_all.take())
                    });
                    reading_worked(p, &room.account.id, connection.calls_left());
                    applied
                });
                let (fresh, done) = applied.unwrap_or_default();
                if let Some(entry) = done {
                    self.note_late_end(&room.account, entry, JournalOutcome::Done).await;
                }
                if !fresh {
                    return connection.read_interval().min(POKE_SPACING);
                }
                self.forget_dead_address(id, &room.account, status).await;
                let floor = connection.read_interval();
                if status.is_on_air() {
                    READ_ON_AIR.max(floor)
                } else if room.push.is_some() && status != Status::Ended {
                    pace.awaiting(room.epoch, floor)
                } else {
                    READ_IDLE.max(floor)
                }
            }
            Err(failure) => {
                pace.failures = pace.failures.saturating_add(1);
                let wait = failure.retry_after.unwrap_or_else(|| {
                    let most = READ_ON_AIR * 2u32.saturating_pow(pace.failures.min(5));
                    most.min(READ_FAILING).mul_f64(0.5 + 0.5 * inner.clock.chance())
                });
                self.show_calls_left(&room.account.id, connection.as_ref());
                self.show_read_failure(id, room, remote, failure, pace.failures);
                wait.max(connection.read_interval())
            }
        }
    }

    fn show_read_failure(
        &self,
        id: &RoomId,
        room: &Room,
        remote: &RemoteId,
        failure: Failure,
        in_a_row: u32,
    ) {
        let inner = &self.0;
        let gone = failure.code == ProblemCode::NotFound && in_a_row >= GONE_AFTER;
        let problem = inner.problem(failure);
        let now = inner.clock.now();
        inner.change(|p| {
            p.change_room(id, |r| {
                if r.view.remote.as_ref() != Some(remote) {
                    return;
                }
                if gone && r.abilities.create && !r.abilities.lasting_room {
                    // Somebody deleted the live object: the slot is free for the next broadcast.
                    r.set_status(Status::Deleted, now);
                    r.read_problem = None;
                } else {
                    r.read_problem = Some(problem.clone());
                }
            });
            reading_refused(p, &room.account.id, room.connection.as_ref(), &problem);
        });
    }

    /// A broadcast that is over needs no push address: out of memory and keyring with it.
    async fn forget_dead_address(&self, id: &RoomId, account: &Account, status: Status) {
        if !matches!(status, Status::Ended | Status::Deleted) {
            return;
        }
        let had = self.0.change(|p| {
            p.change_room(id, |r| {
                let had = r.push.is_some();
                r.set_push(None);
                had
            })
        });
        if had == Some(true)
            && let Err(failure) = self.0.keep_push(account, id, None).await
        {
            tracing::warn!(?failure, "the old push address stays in the keyring");
        }
    }

    /// Asks whether video arrives; answers whether that has begun or ended.
    async fn ask_signal(&self, id: &RoomId, room: &Room) -> bool {
        let Some(push) = &room.push else { return false };
        let Some(source) = room.connection.as_ref().and_then(|c| c.signal()) else { return false };
        let signal = source.ask(push).await.unwrap_or_else(|failure| {
            tracing::debug!(?failure, "the ingest can't be asked");
            Signal::Unknown
        });
        let told = self.0.change(|p| {
            p.change_room(id, |r| {
                let moved = discriminant(&signal) != discriminant(&r.view.signal);
                let appeared = matches!(signal, Signal::Arriving { .. })
                    && !matches!(r.view.signal, Signal::Arriving { .. })
                    && r.view.status != Status::Live;
                if r.push.is_some() {
                    r.view.signal = signal;
                }
                (moved, appeared.then(|| Arc::clone(&r.poke)))
            })
        });
        let (moved, appeared) = told.unwrap_or_default();
        if let Some(poke) = appeared {
            poke.notify_one(); // where pushing starts the broadcast, it has just started
        }
        moved
    }

    /// One heartbeat where the platform wants them; answers the time to the next, and whether the room
    /// is over.
    async fn beat_once(&self, id: &RoomId, room: &Room) -> (Duration, bool) {
        let (Some(connection), Some(remote)) = (&room.connection, &room.remote) else {
            return (READ_IDLE, false);
        };
        let Some(keep_alive) = connection.keep_alive() else { return (Duration::from_secs(3600), false) };
        if !room.status.is_on_air() {
            return (keep_alive.interval(), false);
        }
        match keep_alive.beat(remote).await {
            Ok(alive) => (keep_alive.interval(), !alive),
            Err(failure) => {
                let problem = self.0.problem(failure);
                self.0.change(|p| p.change_room(id, |r| r.read_problem = Some(problem)));
                (keep_alive.interval(), false)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_that_waits_for_its_push_is_read_sooner_than_the_budget_would() {
        let mut pace = Pace::default();
        let quarter = Duration::from_secs(900);
        let waits: Vec<u64> = (0..8).map(|_| pace.awaiting(1, quarter).as_secs()).collect();
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(pace.awaiting(2, quarter).as_secs(), 15, "another action: it begins anew");
        assert_eq!(Pace::default().awaiting(1, Duration::from_secs(5)).as_secs(), 5, "a rich budget is used");
        assert_eq!(Pace::default().awaiting(1, Duration::ZERO), AWAITING_LEAST);
    }
}
