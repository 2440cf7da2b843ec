//! One target: waits for a broadcast, connects, sends, connects again. It shares nothing with another target
//! but packets that nobody changes.

mod client;
mod send;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::hub::{Broadcast, Hub};
use crate::lane::{Lane, Wanted};
use crate::status::{Failure, TargetState};
use client::Connection;

/// From name to *publish*: TCP, TLS, handshake and three answers.
const CONNECT: Duration = Duration::from_secs(10);
/// What waits at the end of a broadcast, and the farewell, may take so long.
const FAREWELL: Duration = Duration::from_secs(3);
/// A connection that lasted so long was a good one.
const GOOD: Duration = Duration::from_secs(10);
/// A shorter one makes up for so many times its length of absence. A target that comes and goes is sought as eagerly
/// as one that has just gone, and isn't given up; one that takes the stream and closes at once is.
const WORTH: u32 = 4;
/// How long a server that took the stream before may refuse it: it may still wait for the lost connection, and
/// calls the name taken.
const FORGIVEN: Duration = Duration::from_secs(60);
/// Tries go on for so long.
const GIVE_UP: Duration = Duration::from_secs(30 * 60);
/// The longest pause between tries, and the one that is grown from.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// Closed without a word so often before it ever took the stream, it is a refusal.
const SILENT_REFUSALS: u32 = 5;

/// Runs until the target is removed, or the relay ends and with it the broadcast.
pub(crate) async fn run(hub: Arc<Hub>, lane: Arc<Lane>, shutdown: CancellationToken) {
    let (wanted, broadcasts) = (lane.wanted(), hub.broadcasts());
    let mut target = Target { hub, lane, wanted, broadcasts, shutdown };
    while target.evening().await.is_some() {}
}

struct Target {
    hub: Arc<Hub>,
    lane: Arc<Lane>,
    wanted: watch::Receiver<Wanted>,
    broadcasts: watch::Receiver<Broadcast>,
    shutdown: CancellationToken,
}

/// How a connection came to its end.
enum Ended {
    /// As it should: no more is wanted of it.
    Done,
    /// Not so.
    Lost(Failure),
}

impl Target {
    /// One broadcast, from its beginning or the target's to its end. `None` when the target is removed.
    async fn evening(&mut self) -> Option<()> {
        let broadcast = loop {
            let wanted = *self.wanted.borrow_and_update();
            let on = *self.broadcasts.borrow_and_update();
            match (wanted, on) {
                (Wanted::Remove, _) => return None,
                (Wanted::Run, Some(broadcast)) => break broadcast,
                (Wanted::Run, None) => self.show(TargetState::Waiting),
                (Wanted::Pause, _) => self.show(TargetState::Paused),
            }
            tokio::select! {
                changed = self.wanted.changed() => changed.ok()?,
                changed = self.broadcasts.changed() => changed.ok()?,
                () = self.shutdown.cancelled() => return None,
            }
        };
        if let Err(failure) = self.keep_connected(broadcast).await {
            tracing::warn!(target = %self.lane.id.0, %failure, "relay target stopped");
            self.lane.stop(failure);
            self.hub.changed.notify_one();
            tokio::select! {
                changed = self.wanted.changed() => changed.ok()?,
                () = self.shutdown.cancelled() => return None,
            }
        }
        Some(())
    }

    fn show(&self, state: TargetState) {
        self.lane.set_state(state);
        self.hub.changed.notify_one();
    }

    /// Connects, and again, as long as the target is wanted in this broadcast. Fails when it won't heal.
    async fn keep_connected(&self, broadcast: u64) -> Result<(), Failure> {
        let mut outage = Outage::default();
        let mut published = false;
        self.show(TargetState::Connecting);
        while self.goes_on(broadcast) {
            let failure = match self.connect(broadcast).await {
                Ok(None) => continue,
                Ok(Some(connection)) => {
                    self.lane.publishes(published);
                    self.hub.changed.notify_one();
                    published = true;
                    let since = Instant::now();
                    let ended = self.send(connection, broadcast).await;
                    outage.served(since.elapsed());
                    match ended {
                        Ended::Done => continue,
                        Ended::Lost(failure) => failure,
                    }
                }
                Err(failure) => failure,
            };
            if !self.goes_on(broadcast) {
                break;
            }
            if outage.is_final(&failure, published) {
                return Err(failure);
            }
            tracing::info!(target = %self.lane.id.0, %failure, "relay target lost");
            self.show(TargetState::Retrying(failure));
            let pause = outage.pause();
            tokio::select! {
                () = sleep(pause) => {}
                () = self.over(broadcast) => {}
            }
        }
        Ok(())
    }

    fn goes_on(&self, broadcast: u64) -> bool {
        self.lane.is_wanted() && *self.broadcasts.borrow() == Some(broadcast)
    }

    /// Returns once the target isn't wanted any more, or the broadcast is over.
    async fn over(&self, broadcast: u64) {
        let (mut wanted, mut broadcasts) = (self.wanted.clone(), self.broadcasts.clone());
        tokio::select! {
            _ = wanted.wait_for(|wanted| *wanted != Wanted::Run) => {}
            _ = broadcasts.wait_for(|on| *on != Some(broadcast)) => {}
        }
    }

    /// `None` when it isn't wanted any more.
    async fn connect(&self, broadcast: u64) -> Result<Option<Connection>, Failure> {
        let tls = self.hub.settings().tls.clone();
        let four_ccs = self.hub.four_ccs();
        tokio::select! {
            connected = timeout(CONNECT, client::connect(&self.lane.address, tls, &four_ccs)) => {
                connected.unwrap_or(Err(Failure::Timeout)).map(Some)
            }
            () = self.over(broadcast) => Ok(None),
        }
    }

    async fn send(&self, connection: Connection, broadcast: u64) -> Ended {
        let stall = self.hub.settings().bounds.span;
        let sending = send::run(connection, &self.lane, broadcast, stall);
        let late = async {
            self.over(broadcast).await;
            sleep(FAREWELL).await;
        };
        tokio::select! {
            ended = sending => ended,
            () = late => Ended::Done,
        }
    }
}

/// How long a target is away.
#[derive(Default)]
struct Outage {
    /// When it wasn't reached for the first time since the last good connection; later by what shorter ones were worth.
    since: Option<Instant>,
    /// Times that the other side closed without a word.
    silent: u32,
}

impl Outage {
    /// A connection carried the stream for so long.
    fn served(&mut self, lasted: Duration) {
        if lasted >= GOOD {
            *self = Self::default();
        }
        self.since = self.since.map(|since| since + lasted * WORTH).filter(|since| *since < Instant::now());
    }

    /// Full jitter over a quarter of the time that it is away: a server that was restarted is back within a
    /// second, one that is down for an hour is asked twice a minute.
    fn pause(&self) -> Duration {
        let away = self.since.map(|since| since.elapsed()).unwrap_or_default();
        let longest = (away / 4).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        longest.mul_f64(fastrand::f64()).max(SHORTEST_PAUSE)
    }

    fn is_final(&mut self, failure: &Failure, published: bool) -> bool {
        let away = self.since.get_or_insert_with(Instant::now).elapsed();
        match failure {
            Failure::Address => true,
            Failure::Refused(_) => !published || away > FORGIVEN,
            Failure::Closed if !published => {
                self.silent += 1;
                self.silent == SILENT_REFUSALS || away > GIVE_UP
            }
            _ => away > GIVE_UP,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn away(seconds: u64) -> Outage {
        Outage { since: Instant::now().checked_sub(Duration::from_secs(seconds)), silent: 0 }
    }

    #[test]
    fn a_target_that_comes_and_goes_is_not_given_up() {
        // Away for ten seconds and there for nine, for hours: each time as if it had just gone.
        let mut outage = away(10);
        outage.served(Duration::from_secs(9));
        assert!(outage.since.is_none());
        assert!(!outage.is_final(&Failure::Closed, true));
        assert!(outage.pause() <= FIRST_PAUSE);
        // One that takes the stream and closes at once is, in the end.
        let mut outage = away(20);
        outage.served(Duration::from_millis(100));
        assert!(outage.since.is_some_and(|since| since.elapsed() > Duration::from_secs(19)));
        outage.served(GOOD);
        assert!(outage.since.is_none());
    }
}
