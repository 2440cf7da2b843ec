//! What the matrix would see if Kaibo simply tried again: the same creates and starts, by the same drivers, over
//! the same wire, repeated until one is answered.

use std::sync::Arc;
use std::time::Duration;

use kaibo_live::driver::Connection;
use kaibo_live::room::{Details, RemoteId};
use tokio::time::{sleep, timeout};

use super::fault::{Fault, Phase};
use super::ops::{Act, OPS, Op};
use super::wire::Armed;
use super::world::World;

/// Tries of somebody who has no other idea.
const TRIES: usize = 3;

/// How the control came out.
pub(crate) struct Control {
    pub(crate) cells: usize,
    /// With more rooms than were meant.
    pub(crate) broken: usize,
}

/// Faults that lose the answer of what was done.
const LOSING: [Fault; 6] = [
    Fault::ResetBeforeHeaders,
    Fault::ResetAfterHeaders,
    Fault::Truncated,
    Fault::LengthTooBig,
    Fault::Status502,
    Fault::InvalidUtf8,
];

pub(crate) fn play_all(seed: u64) -> Control {
    let mut control = Control { cells: 0, broken: 0 };
    for op in OPS.iter().filter(|op| matches!(op.act, Act::Create | Act::Start)) {
        for fault in LOSING {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .start_paused(true)
                .on_thread_park(|| std::thread::sleep(Duration::from_micros(150)))
                .build()
                .unwrap();
            let extra = runtime.block_on(async {
                timeout(Duration::from_secs(600), extra_rooms(op, fault, seed)).await.unwrap()
            });
            runtime.shutdown_background();
            control.cells += 1;
            control.broken += usize::from(extra);
        }
    }
    control
}

async fn extra_rooms(op: &Op, fault: Fault, seed: u64) -> bool {
    let world = World::of(op.platform, fault, seed).await;
    let line = world.connection();
    let room = line.find_rooms().await.unwrap().first().map(|room| room.remote.clone());
    let before = world.control.rooms(op.platform).len();
    world.wire.arm(Armed {
        fault,
        phase: Phase::During,
        main: op.main,
        strikes: Some(1),
        chance: fastrand::Rng::with_seed(seed),
        moment: None,
        passed: false,
    });
    for _ in 0..TRIES {
        if once(op, &line, room.as_ref()).await {
            break;
        }
        sleep(Duration::from_secs(1)).await;
    }
    let meant = usize::from(op.act == Act::Create);
    world.control.rooms(op.platform).len() > before + meant
}

async fn once(op: &Op, line: &Arc<dyn Connection>, room: Option<&RemoteId>) -> bool {
    let details = Details { title: "再来一次".into(), area_id: "192".into(), ..Details::default() };
    match (op.act, room) {
        (Act::Start, Some(room)) => line.start().unwrap().start(room, &details).await.is_ok(),
        _ => line.create().unwrap().create(&details).await.is_ok(),
    }
}
