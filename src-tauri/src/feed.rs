//! The stream of batches to the window.
//!
//! The window asks for each batch when it has room for one, so it sets the pace: what happens meanwhile is merged in the
//! studio, and a window that sleeps costs no memory. An answer is one way from here to the page; what is sent through a
//! channel takes three when it is longer than 8 kB, as the page has to fetch it, and a fourth to acknowledge it.

use std::time::Duration;

use kaibo_live::view::{Batch, Update};
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep_until, timeout};

/// Least time between two batches: half a frame at 60 Hz. With a whole one a line waits for the batch and then for
/// the frame, which costs 13 ms at the 99th percentile of a flood.
const PAUSE: Duration = Duration::from_millis(8);
/// A batch that has nothing to tell goes out after this time: web views have ideas of their own about how long an
/// answer may take.
const QUIET: Duration = Duration::from_secs(20);

/// The one stream; a new subscription ends the one before it.
#[derive(Default)]
pub(crate) struct Feed {
    /// Held while a batch is waited for.
    place: Mutex<Place>,
    /// Counts subscriptions, so that who waits for the stream before hears of its end.
    turn: watch::Sender<u64>,
}

/// How far the stream is.
#[derive(Default)]
struct Place {
    /// Number of the next batch.
    next: u64,
    /// When one went out last.
    last: Option<Instant>,
}

impl Feed {
    /// Begins the stream: batch 0, with the snapshot, which is taken when nobody else takes updates any more.
    pub(crate) async fn begin(&self, snapshot: impl Future<Output = Update>) -> Batch {
        self.turn.send_modify(|turn| *turn += 1);
        let mut place = self.place.lock().await;
        let updates = vec![snapshot.await];
        *place = Place { next: 1, last: Some(Instant::now()) };
        Batch { seq: 0, updates }
    }

    /// The batch after number `after`: `updates`, as soon as there are any. `None` when the stream isn't there: it
    /// ended, or was never so far.
    pub(crate) async fn next(&self, after: u64, updates: impl Future<Output = Vec<Update>>) -> Option<Batch> {
        let mut turn = self.turn.subscribe();
        let mut place = self.place.lock().await;
        if turn.has_changed().unwrap_or(true) || place.next == 0 || place.next != after.checked_add(1)? {
            return None;
        }
        if let Some(last) = place.last {
            sleep_until(last + PAUSE).await;
        }
        // What was taken goes out: were the end looked at first, it would be lost to both streams' windows.
        let updates = tokio::select! {
            biased;
            updates = timeout(QUIET, updates) => updates.unwrap_or_default(),
            _ = turn.changed() => return None,
        };
        let batch = Batch { seq: place.next, updates };
        *place = Place { next: batch.seq + 1, last: Some(Instant::now()) };
        Some(batch)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::sync::Arc;

    use super::*;

    fn news() -> Update {
        Update::Chat { lines: Vec::new(), skipped: 1 }
    }

    /// A stream whose first batch went out.
    async fn begun() -> Arc<Feed> {
        let feed = Arc::new(Feed::default());
        assert_eq!(feed.begin(ready(news())).await.seq, 0);
        feed
    }

    #[tokio::test(start_paused = true)]
    async fn batches_are_numbered_and_keep_their_distance() {
        let feed = begun().await;
        let begin = Instant::now();
        for after in 0..3 {
            let batch = feed.next(after, ready(vec![news()])).await.expect("there is news");
            assert_eq!((batch.seq, batch.updates.len()), (after + 1, 1));
        }
        assert!(begin.elapsed() >= PAUSE * 3);
    }

    #[tokio::test(start_paused = true)]
    async fn a_quiet_program_answers_all_the_same() {
        let feed = begun().await;
        let batch = timeout(QUIET * 2, feed.next(0, pending())).await.expect("in time").expect("a batch");
        assert_eq!((batch.seq, batch.updates.len()), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_hears_that_another_stream_began_and_takes_nothing_of_it() {
        let feed = begun().await;
        let waiting = tokio::spawn({
            let feed = Arc::clone(&feed);
            async move { feed.next(0, pending()).await }
        });
        tokio::time::sleep(PAUSE * 2).await;
        let again = timeout(QUIET / 2, feed.begin(ready(news()))).await;
        assert_eq!(again.expect("it doesn't wait for the one before").seq, 0);
        assert!(waiting.await.expect("no panic").is_none());
        assert_eq!(feed.next(0, ready(vec![news()])).await.map(|batch| batch.seq), Some(1));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_follows_a_number_that_did_not_go_out() {
        let feed = Feed::default();
        for after in [0, u64::MAX] {
            assert!(feed.next(after, ready(vec![news()])).await.is_none(), "nobody subscribed");
        }
        let feed = begun().await;
        for after in [1, 7, u64::MAX] {
            assert!(feed.next(after, ready(vec![news()])).await.is_none());
        }
        assert!(feed.next(0, ready(vec![news()])).await.is_some());
        assert!(feed.next(0, ready(vec![news()])).await.is_none(), "it went out");
    }
}
