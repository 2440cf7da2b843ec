//! The way into a room's chat, kept from one try to the next.

use std::sync::{Mutex, MutexGuard, PoisonError};

use kaibo_live::driver::Outcome;
use kaibo_live::secret::SecretString;

use super::super::api::{Api, ChatDoor, ChatHost};

/// Tries with one token and one list of hosts at least; each host is tried once at least.
const TRIES: usize = 3;

/// Where the next connection goes, and with what.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) host: ChatHost,
    pub(super) token: SecretString,
    pub(super) buvid: String,
}

/// Ways in, so that an outage costs no two calls a try. Forgotten when the token is refused or when each host, and
/// three tries at least, have failed.
#[derive(Debug, Default)]
pub(super) struct Ways(Mutex<Option<Way>>);

#[derive(Debug)]
struct Way {
    room: String,
    door: ChatDoor,
    buvid: String,
    /// Tries that failed since a line was well.
    failed: usize,
    /// Counts up, so that each try goes to the next host.
    turn: usize,
}

impl Ways {
    /// The next step into a room: to the next host, with a fresh token where the last one was tried enough.
    pub(super) async fn next(&self, api: &Api, room: &str) -> Outcome<Step> {
        if let Some(step) = self.kept(room) {
            return Ok(step);
        }
        let door = api.chat_door(room).await?;
        let buvid = api.buvid3().await?;
        let mut kept = self.lock();
        let turn = kept.as_ref().map_or(0, |way| way.turn);
        let way = Way { room: room.to_owned(), door, buvid, failed: 0, turn };
        // Never without a host: the door has one.
        let step = kept.insert(way).step();
        step.ok_or_else(|| super::unreadable(super::UnreadableHow::Malformed))
    }

    fn kept(&self, room: &str) -> Option<Step> {
        let mut kept = self.lock();
        let way = kept.as_mut().filter(|way| way.room == room)?;
        if way.failed < TRIES.max(way.door.hosts.len()) { way.step() } else { None }
    }

    /// The line was well, so that the way is good.
    pub(super) fn was_well(&self) {
        if let Some(way) = self.lock().as_mut() {
            way.failed = 0;
        }
    }

    /// The token was refused.
    pub(super) fn forget(&self) {
        if let Some(way) = self.lock().as_mut() {
            way.failed = usize::MAX;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Way>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Way {
    fn step(&mut self) -> Option<Step> {
        let host = self.door.hosts.get(self.turn % self.door.hosts.len().max(1))?.clone();
        self.turn = self.turn.wrapping_add(1);
        // Taken back when the line turns out well.
        self.failed += 1;
        Some(Step { host, token: self.door.token.clone(), buvid: self.buvid.clone() })
    }
}
