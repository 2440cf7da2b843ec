//! What the relay feeds: added and taken away by the streamer, and as the rooms go.

use super::super::Studio;
use super::super::encoder::figures::same;
use super::{Fed, Running};
use crate::driver::Outcome;
use crate::problem::{Failure, ProblemCode};
use crate::push::PushAddress;
use crate::relay::RelayTarget;
use crate::room::{RoomId, Status};

/// What has become of a target's address.
enum Address {
    Same,
    Other(PushAddress),
    Gone,
}

impl Studio {
    /// Adds a room with a push address, or a custom target, also in mid-broadcast; the relay is started if it is off.
    pub async fn add_to_relay(&self, target: RelayTarget) -> Result<(), Failure> {
        let _one_at_a_time = self.0.relay.gate.lock().await;
        let push = self.target_address(&target).await?;
        self.ensure_relay(matches!(target, RelayTarget::Custom { .. })).await?;
        self.feed(target, push);
        self.keep_session();
        Ok(())
    }

    /// Ends a target's stream and takes it out. With the last one the relay stops.
    pub async fn remove_from_relay(&self, target: &RelayTarget) -> Result<(), Failure> {
        let _one_at_a_time = self.0.relay.gate.lock().await;
        self.change_target(target, |running, at| {
            running.relay.remove(target);
            running.targets.remove(at);
        })?;
        self.after_removal().await;
        Ok(())
    }

    /// Ends a target's stream until it is resumed.
    pub async fn pause_relay_target(&self, target: &RelayTarget) -> Result<(), Failure> {
        self.pause_target(target, true).await
    }

    /// Takes up a target that was paused, or that stopped by a failure.
    pub async fn resume_relay_target(&self, target: &RelayTarget) -> Result<(), Failure> {
        self.pause_target(target, false).await
    }

    async fn pause_target(&self, target: &RelayTarget, pause: bool) -> Result<(), Failure> {
        let _one_at_a_time = self.0.relay.gate.lock().await;
        self.change_target(target, |running, at| {
            if pause {
                running.relay.pause(target);
            } else {
                running.relay.resume(target);
            }
            running.targets[at].paused = pause;
        })
    }

    /// Changes a target of the relay: `WrongState` when it is off, `NotFound` when it has none of this name.
    fn change_target(
        &self,
        target: &RelayTarget,
        change: impl FnOnce(&mut Running, usize),
    ) -> Result<(), Failure> {
        let relay = {
            let mut running = self.0.relay.running();
            let running = running.as_mut().ok_or_else(|| Failure::new(ProblemCode::WrongState))?;
            let at = running.targets.iter().position(|fed| &fed.target == target);
            change(running, at.ok_or_else(|| Failure::new(ProblemCode::NotFound))?);
            std::sync::Arc::clone(&running.relay)
        };
        self.show_relay(&relay, false);
        Ok(())
    }

    /// Where a target is pushed to.
    pub(in super::super) async fn target_address(&self, target: &RelayTarget) -> Outcome<PushAddress> {
        match target {
            RelayTarget::Room { room } => self.push_of(room),
            RelayTarget::Custom { id } => {
                let known = self.0.lock().preferences.relay.custom.iter().find(|c| &c.id == id).cloned();
                let known = known.ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
                let key = self.custom_key(id).await?.ok_or_else(|| Failure::new(ProblemCode::NoStreamKey))?;
                Ok(PushAddress { server: known.server, key })
            }
        }
    }

    /// Gives the relay a target. One that it has gets the new address.
    pub(super) fn feed(&self, target: RelayTarget, push: PushAddress) {
        let relay = {
            let mut running = self.0.relay.running();
            let Some(running) = running.as_mut() else { return };
            match running.targets.iter_mut().find(|fed| fed.target == target) {
                Some(fed) if same(&fed.push, &push) => return,
                Some(fed) => {
                    running.relay.remove(&target);
                    running.relay.add(&target, push.clone());
                    if fed.paused {
                        running.relay.pause(&target);
                    }
                    fed.push = push;
                }
                None => {
                    running.relay.add(&target, push.clone());
                    running.targets.push(Fed { target, push, paused: false });
                }
            }
            std::sync::Arc::clone(&running.relay)
        };
        self.show_relay(&relay, false);
    }

    /// Rooms that are over leave the relay, and those with another address go on there. Without any room it stops,
    /// unless it was started for custom targets.
    pub(super) async fn settle_relay(&self) {
        let _one_at_a_time = self.0.relay.gate.lock().await;
        let moved = self.moved_targets();
        if moved.is_empty() {
            return;
        }
        for (target, address) in moved {
            match address {
                Address::Same => {}
                Address::Other(push) => self.feed(target, push),
                Address::Gone => {
                    // It was there a moment ago, and only the gate's holder takes it out.
                    let _ = self.change_target(&target, |running, at| {
                        running.relay.remove(&target);
                        running.targets.remove(at);
                    });
                }
            }
        }
        self.after_removal().await;
    }

    /// Rooms among the targets whose address is gone or another.
    fn moved_targets(&self) -> Vec<(RelayTarget, Address)> {
        let running = self.0.relay.running();
        let Some(running) = running.as_ref() else { return Vec::new() };
        let picture = self.0.lock();
        let address = |room: &RoomId, push: &PushAddress| {
            let entry = picture.room(room);
            let entry = entry.filter(|r| !matches!(r.view.status, Status::Ended | Status::Deleted));
            match entry.and_then(|r| r.push.as_ref()) {
                None => Address::Gone,
                Some(now) if same(now, push) => Address::Same,
                Some(now) => Address::Other(now.clone()),
            }
        };
        let rooms = running.targets.iter().filter_map(|fed| match &fed.target {
            RelayTarget::Room { room } => Some((fed.target.clone(), address(room, &fed.push))),
            RelayTarget::Custom { .. } => None,
        });
        rooms.filter(|(_, address)| !matches!(address, Address::Same)).collect()
    }

    /// Stops a relay that has nothing to do any more; what is kept follows.
    pub(super) async fn after_removal(&self) {
        let idle = {
            let running = self.0.relay.running();
            let Some(running) = running.as_ref() else { return };
            let room = running.targets.iter().any(|fed| matches!(fed.target, RelayTarget::Room { .. }));
            running.targets.is_empty() || !(room || running.alone)
        };
        if idle {
            self.stop_relay().await;
        } else {
            self.keep_session();
        }
    }

    /// Rooms that the relay feeds.
    pub(in super::super) fn fed_rooms(&self) -> Vec<RoomId> {
        let running = self.0.relay.running();
        let targets = running.as_ref().map(|r| r.targets.as_slice()).unwrap_or_default();
        targets.iter().filter_map(|fed| room_of(&fed.target).cloned()).collect()
    }
}

/// The room that a target is.
pub(super) fn room_of(target: &RelayTarget) -> Option<&RoomId> {
    match target {
        RelayTarget::Room { room } => Some(room),
        RelayTarget::Custom { .. } => None,
    }
}
