//! After a crash: an encoder goes on pushing, and finds the relay where it was.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::Studio;
use super::super::alarm::on_air;
use super::kept::Left;
use super::targets::room_of;
use crate::problem::ProblemCode;
use crate::relay::{RelayState, RelayTarget};

/// Time between two looks at rooms that the platforms were asked about.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// After this, a room that nothing is known of isn't waited for any more.
const WAIT_AT_MOST: Duration = Duration::from_secs(60);

/// What is known of a target that the relay had.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    OnAir,
    Over,
    Unknown,
}

impl Studio {
    /// Looks, once the keyring is open, for a relay that the last end of the program left, and starts it again for
    /// those of its rooms that are still on air. Without any, what was kept of it goes.
    pub(in super::super) fn resume_relay(&self) {
        if self.0.relay.looked.swap(true, Ordering::SeqCst) {
            return;
        }
        let studio = self.clone();
        tokio::spawn(async move {
            match studio.left_relay().await {
                Ok(Some(left)) => studio.take_up(left).await,
                Ok(None) => {}
                Err(failure) => {
                    tracing::info!(?failure, "what was kept of the relay can't be read yet");
                    studio.0.relay.looked.store(false, Ordering::SeqCst);
                }
            }
        });
    }

    async fn take_up(&self, left: Left) {
        let Left { session, mut targets, alone } = left;
        let mut session = Some(session);
        let begun = Instant::now();
        let mut told = false;
        loop {
            let waits_no_more = begun.elapsed() >= WAIT_AT_MOST;
            let mut waiting = Vec::new();
            for target in targets {
                let stands = self.stands(&target, alone || session.is_none());
                if stands == Stands::OnAir {
                    let _one_at_a_time = self.0.relay.gate.lock().await;
                    let off = self.0.relay.running().is_none();
                    if let Some(kept) = session.take().filter(|_| off)
                        && let Err(failure) = self.start_relay(kept.clone(), alone).await
                    {
                        let passing = failure.code == ProblemCode::RelayPort && !waits_no_more;
                        if !std::mem::replace(&mut told, true) {
                            let problem = self.0.problem(failure);
                            self.0.change(|p| {
                                p.change_relay(|view| view.state = RelayState::Broken { problem });
                            });
                        }
                        if !passing {
                            // What is kept of it stays for the next start: the encoder goes on pushing there.
                            return;
                        }
                        // The program that crashed may have the port for a moment yet.
                        session = Some(kept);
                        waiting.push(target);
                        continue;
                    }
                    self.take_up_target(target).await;
                } else if stands == Stands::Unknown && !waits_no_more {
                    waiting.push(target);
                }
            }
            // Custom targets that don't stand alone wait for a room; without one they wait in vain.
            let rooms = waiting.iter().any(|target| room_of(target).is_some());
            if waiting.is_empty() || !(rooms || alone || session.is_none()) {
                break;
            }
            targets = waiting;
            sleep(LOOK_EVERY).await;
        }
        self.keep_session();
    }

    /// The gate is held by the caller.
    async fn take_up_target(&self, target: RelayTarget) {
        if self.0.relay.running().is_none() {
            return; // the streamer stopped it meanwhile
        }
        match self.target_address(&target).await {
            Ok(push) => self.feed(target, push),
            Err(failure) => self.tell(failure),
        }
    }

    /// A custom target goes on with the rooms, or by itself where the relay was for custom targets alone.
    fn stands(&self, target: &RelayTarget, custom: bool) -> Stands {
        let picture = self.0.lock();
        let Some(room) = room_of(target) else {
            return if custom { Stands::OnAir } else { Stands::Unknown };
        };
        match picture.room(room) {
            Some(room) if room.view.read_at.is_none() => Stands::Unknown,
            Some(room) if on_air(room) && room.push.is_some() => Stands::OnAir,
            _ => Stands::Over,
        }
    }
}
