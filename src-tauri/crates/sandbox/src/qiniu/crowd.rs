//! Guests who come, like and leave while a live is on air.

use super::model::{Status, User};
use super::records::Store;
use crate::viewers;

/// Milliseconds between two moves of the crowd.
const STEP_MS: i64 = 2000;

/// Whole steps since `at`, which is moved on; after a long silence only the last twenty are made up for.
pub(super) fn steps(at: &mut i64, now_ms: i64) -> i64 {
    let passed = now_ms.saturating_sub(*at).max(0) / STEP_MS;
    *at = if passed > 20 { now_ms } else { *at + passed * STEP_MS };
    passed.min(20)
}

/// Moves the guests about in all lives that are on air.
pub(super) fn walk(store: &mut Store, steps: i64, now_ms: i64) {
    let on_air: Vec<_> =
        store.lives().filter(|live| live.status == Status::Live).map(|live| live.id.clone()).collect();
    for id in on_air {
        for _ in 0..steps {
            one_move(store, &id, now_ms);
        }
    }
}

fn one_move(store: &mut Store, id: &str, now_ms: i64) {
    let viewer = viewers::anybody();
    let guest = format!("guest_{}", viewer.id);
    if store.user(&guest).is_none() {
        let nick = viewer.name.to_owned();
        store.register(User { id: guest.clone(), nick, guest: true, ..User::default() });
    }
    // A refusal here means that the live has just gone: nothing to do.
    if !store.is_in(id, &guest) {
        let _ = store.join(id, &guest, now_ms);
    } else if fastrand::u8(..100) < 30 {
        let _ = store.leave(id, &guest);
    } else {
        let _ = store.like(id, &guest, fastrand::u64(1..6));
    }
}
