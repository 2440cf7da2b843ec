//! The stream of batches to the window.
//!
//! A channel message returns long before the page has drawn it, so the only back-pressure is ours: at
//! most [`IN_FLIGHT`] batches are out without an acknowledgement. What happens meanwhile is merged in the
//! studio, so a window that sleeps costs no memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kaibo_live::studio::Studio;
use kaibo_live::view::{Batch, Update};
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;
use tokio::sync::Notify;

/// Batches sent and not yet drawn: those of two frames.
const IN_FLIGHT: u64 = 4;
/// Least time between two batches: half a frame at 60 Hz. With a whole one a line waits for the batch and then for
/// the frame, which costs 13 ms at the 99th percentile of a flood.
const PAUSE: Duration = Duration::from_millis(8);

/// The one stream; a new subscription ends the one before it.
#[derive(Default)]
pub(crate) struct Feed {
    task: Mutex<Option<JoinHandle<()>>>,
    drawn: Arc<Drawn>,
}

#[derive(Default)]
struct Drawn {
    /// Batches drawn so far: the number of the last one plus one.
    count: AtomicU64,
    /// Batches sent so far. A word about more than that comes from the stream before this one.
    sent: AtomicU64,
    changed: Notify,
}

impl Feed {
    /// Sends a snapshot, then what changes.
    pub(crate) fn start(&self, channel: Channel<Batch>, studio: Studio) {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(old) = task.take() {
            old.abort();
        }
        self.drawn.sent.store(0, Ordering::SeqCst);
        self.drawn.count.store(0, Ordering::SeqCst);
        let drawn = Arc::clone(&self.drawn);
        *task = Some(tauri::async_runtime::spawn(async move {
            studio.opened().await;
            let language = sys_locale::get_locale().unwrap_or_default();
            let snapshot = Box::new(studio.snapshot(env!("CARGO_PKG_VERSION"), &language));
            let mut batch = Batch { seq: 0, updates: vec![Update::Snapshot { snapshot }] };
            loop {
                drawn.sent.store(batch.seq + 1, Ordering::SeqCst);
                if channel.send(batch.clone()).is_err() {
                    return;
                }
                drawn.wait_for(batch.seq + 1).await;
                tokio::time::sleep(PAUSE).await;
                batch = Batch { seq: batch.seq + 1, updates: studio.next_updates().await };
            }
        }));
    }

    /// Notes that batch `seq` was drawn.
    pub(crate) fn acknowledge(&self, seq: u64) {
        let sent = self.drawn.sent.load(Ordering::SeqCst);
        self.drawn.count.fetch_max(seq.saturating_add(1).min(sent), Ordering::SeqCst);
        self.drawn.changed.notify_waiters();
    }
}

impl Drawn {
    /// Waits until no more than [`IN_FLIGHT`] of the `sent` batches are out.
    async fn wait_for(&self, sent: u64) {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            if sent.saturating_sub(self.count.load(Ordering::SeqCst)) < IN_FLIGHT {
                return;
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_window_that_does_not_draw_gets_no_more_than_the_bound() {
        let drawn = Arc::new(Drawn::default());
        tokio::time::timeout(Duration::from_secs(1), drawn.wait_for(1)).await.expect("one may be out");
        let stuck = tokio::time::timeout(Duration::from_secs(60), drawn.wait_for(IN_FLIGHT)).await;
        assert!(stuck.is_err(), "the second must be drawn first");
        drawn.count.store(1, Ordering::SeqCst);
        drawn.changed.notify_waiters();
        tokio::time::timeout(Duration::from_secs(1), drawn.wait_for(IN_FLIGHT)).await.expect("drawn");
    }
}
