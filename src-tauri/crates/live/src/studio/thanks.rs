//! Whom to thank: the list, its ticks, and how many wait.

use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::{Inner, Studio};
use crate::history::{Listed, Tick, Tonight};
use crate::problem::Failure;
use crate::view::{THANKED_CAP, THANKS_CAP, ThanksView};

/// A session that was heard of within this time is of tonight.
const TONIGHT: SignedDuration = SignedDuration::from_hours(12);
/// Time between two counts.
const COUNT_EVERY: Duration = Duration::from_secs(1);
/// And as many times what the last one took, so that counting takes a fiftieth of one core at most.
const REST: u32 = 50;
/// Without news it is counted so often, because sessions leave the list.
const LOOK: Duration = Duration::from_secs(600);

type Changes = watch::Receiver<u64>;

impl Studio {
    /// Whom to thank for what they gave tonight.
    pub async fn thanks(&self) -> Result<ThanksView, Failure> {
        let inner = &self.0;
        let mut view = ThanksView { bar: inner.bar(), ..ThanksView::default() };
        for sandbox in [true, false] {
            let (entries, done) = inner.history_of(sandbox).thanks(inner.listed(sandbox)).await?;
            view.entries.extend(entries);
            view.done.extend(done);
        }
        view.entries.sort_by_key(|entry| std::cmp::Reverse(entry.last_at));
        view.entries.truncate(THANKS_CAP as usize);
        view.done.sort_by_key(|entry| std::cmp::Reverse(entry.thanked_at));
        view.done.truncate(THANKED_CAP as usize);
        Ok(view)
    }

    /// Ticks the entry whose last line is `up_to`: what came after that line still waits. With `thanked` false, takes
    /// back the tick that the line has.
    pub async fn thank(&self, up_to: i64, thanked: bool) -> Result<(), Failure> {
        let inner = &self.0;
        let tick = Tick { up_to, at: thanked.then(|| inner.now_ms()), tonight: inner.tonight() };
        inner.history_of_number(up_to).tick(tick).await
    }

    /// Counts what waits for thanks, for as long as the studio is there.
    pub(super) fn keep_thanks(&self) {
        let news = [self.0.history.thanks_changed(), self.0.sandbox_history.thanks_changed()];
        tokio::spawn(count(Arc::downgrade(&self.0), Arc::clone(&self.0.thanks_due), news));
    }
}

async fn count(studio: Weak<Inner>, due: Arc<Notify>, [mut news, mut of_sandbox]: [Changes; 2]) {
    let mut changed = false;
    loop {
        let Some(inner) = studio.upgrade() else { return };
        news.mark_unchanged();
        of_sandbox.mark_unchanged();
        let began = Instant::now();
        match inner.count_thanks().await {
            Ok(waiting) => inner.tell_thanks(waiting, changed),
            Err(failure) => tracing::warn!(?failure, "what waits for thanks can't be counted"),
        }
        // The studio isn't held while nothing happens, so that it can go.
        drop(inner);
        tokio::time::sleep(COUNT_EVERY.max(began.elapsed().saturating_mul(REST))).await;
        let there = tokio::select! {
            there = news.changed() => there.is_ok(),
            there = of_sandbox.changed() => there.is_ok(),
            () = due.notified() => true,
            () = tokio::time::sleep(LOOK) => {
                changed = false;
                continue;
            }
        };
        if !there {
            return;
        }
        changed = true;
    }
}

impl Inner {
    /// Which sessions are of tonight.
    pub(super) fn tonight(&self) -> Tonight {
        let since = (self.clock.now() - TONIGHT).as_millisecond();
        let picture = self.lock();
        let live = picture.rooms.iter().filter_map(|r| r.session.as_ref()?.number()).collect();
        Tonight { since, live }
    }

    /// The least worth that is listed, in thousandths of a yuan.
    fn bar(&self) -> u64 {
        u64::from(self.lock().preferences.thanks_from) * 1000
    }

    fn listed(&self, sandbox: bool) -> Listed {
        let hidden = {
            let picture = self.lock();
            let hidden = picture.marked.iter().filter(|((of, ..), m)| *of == sandbox && m.marks.hidden);
            hidden.map(|((_, platform, key), _)| (*platform, key.clone())).collect()
        };
        Listed { tonight: self.tonight(), bar: self.bar(), hidden }
    }

    async fn count_thanks(&self) -> Result<u32, Failure> {
        let waiting = self.history.thanks_waiting(self.listed(false)).await?;
        let of_sandbox = self.sandbox_history.thanks_waiting(self.listed(true)).await?;
        Ok(waiting.saturating_add(of_sandbox))
    }

    /// An open list has to be asked for again also when as many wait as before.
    fn tell_thanks(&self, waiting: u32, changed: bool) {
        if changed || self.lock().thanks_waiting != waiting {
            self.change(|p| p.set_thanks_waiting(waiting));
        }
    }
}
