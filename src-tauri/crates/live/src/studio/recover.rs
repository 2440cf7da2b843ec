//! What became of writes whose end nobody saw: after a crash, after a lost answer, after a full disk.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::Studio;
use super::actions::{Held, shown_number};
use super::picture::Lost;
use crate::account::Account;
use crate::driver::{Looked, Started};
use crate::problem::{Failure, ProblemCode};
use crate::room::{Details, RemoteId, RoomFacts, RoomId, Status};
use crate::store::{Intent, OpenIntent};
use crate::view::{Action, JournalEntry, JournalOutcome};

/// Time between two looks at what a former run of the program left open.
const LOOK_AGAIN: Duration = Duration::from_secs(15);
/// Looks that a platform may fail to answer, until it is left at *unknown*.
const LOOKS: u32 = 20;
/// Time between two tries to note an end that found no room on the disk, and how many there are.
const NOTE_AGAIN: (Duration, u32) = (Duration::from_secs(2), 300);

/// What a look at an open intent came to.
enum Seen {
    /// It is known, and noted.
    Settled,
    /// The account has no connection yet.
    Unreachable,
    /// The platform didn't tell.
    Untold,
}

impl Studio {
    /// Marks the rooms for which a live object was asked whose making has no known end, so that no other is
    /// made before it was looked for. Answers all intents that a former run of the program left open.
    pub(super) async fn note_lost(&self) -> Vec<OpenIntent> {
        let store = &self.0.store;
        let (open, lost) = match (store.open_intents().await, store.lost_creates().await) {
            (Ok(open), Ok(lost)) => (open, lost),
            (Err(failure), _) | (_, Err(failure)) => {
                self.tell(failure);
                return Vec::new();
            }
        };
        for OpenIntent { id, intent } in lost.iter().chain(&open) {
            if intent.action == Action::Create {
                let since = Timestamp::from_millisecond(intent.at).unwrap_or(Timestamp::UNIX_EPOCH);
                let lost = Lost { entry: *id, details: intent.details.clone(), since, open: true };
                self.0.change(|p| p.change_room(&intent.room, |r| r.set_lost(Some(lost))));
            }
        }
        open
    }

    /// Looks at what a former run left open, because the program stopped in between. What can't be told now is
    /// looked at again later: an account whose keyring is locked has all the time it takes.
    pub(super) async fn recover(&self, mut open: Vec<OpenIntent>) {
        self.recover_some(&mut open, false).await;
        if open.is_empty() {
            return;
        }
        let studio = self.clone();
        tokio::spawn(async move {
            let mut looks = 0;
            while !open.is_empty() {
                tokio::time::sleep(LOOK_AGAIN).await;
                looks += u32::from(studio.recover_some(&mut open, looks >= LOOKS).await);
            }
        });
    }

    /// Keeps in `open` what can't be told yet; answers whether a platform was asked in vain. The last look
    /// leaves nothing but what couldn't be asked.
    async fn recover_some(&self, open: &mut Vec<OpenIntent>, last: bool) -> bool {
        let mut in_vain = false;
        let mut left = Vec::new();
        for intent in open.drain(..) {
            match self.recover_one(&intent).await {
                Seen::Settled => {}
                Seen::Untold if last => self.note_end(&intent, JournalOutcome::Unknown).await,
                Seen::Untold => {
                    in_vain = true;
                    left.push(intent);
                }
                Seen::Unreachable => left.push(intent),
            }
        }
        *open = left;
        in_vain
    }

    async fn recover_one(&self, open: &OpenIntent) -> Seen {
        let intent = &open.intent;
        let held = match self.hold(&intent.room) {
            Ok(held) => held,
            // Its account was forgotten.
            Err(failure) if failure.code == ProblemCode::NotFound => {
                self.note_end(open, JournalOutcome::Unknown).await;
                return Seen::Settled;
            }
            Err(_) => return Seen::Unreachable,
        };
        if intent.action == Action::Create {
            return self.recover_create(&held, open).await;
        }
        let Some(remote) = &held.view.remote else {
            self.note_end(open, JournalOutcome::Unknown).await;
            return Seen::Settled;
        };
        let (done, facts) = match (held.connection.read(remote).await, intent.action) {
            (Ok(facts), action @ (Action::Start | Action::End)) => match (facts.status.on_air(), action) {
                (Some(up), Action::Start) => (up, Some(facts)),
                (Some(up), _) => (!up, None),
                (None, _) => return Seen::Untold,
            },
            (Ok(facts), Action::Delete) => (facts.status == Status::Deleted, None),
            (Ok(facts), _) => (says_all(&facts, &intent.details), None),
            (Err(failure), Action::Delete | Action::End) if failure.code == ProblemCode::NotFound => {
                (true, None)
            }
            (Err(_), _) => return Seen::Untold,
        };
        if done && facts.is_some() {
            self.fetch_address(&held, remote, &intent.details).await;
        }
        self.note_end(open, if done { JournalOutcome::Done } else { JournalOutcome::Failed }).await;
        Seen::Settled
    }

    async fn recover_create(&self, held: &Held, open: &OpenIntent) -> Seen {
        let still = self.0.lock().room(&held.id).and_then(|r| r.lost.as_ref().map(|l| l.entry));
        if still != Some(open.id) {
            return Seen::Settled; // by whoever pressed *Go live* meanwhile
        }
        match self.find_lost(held).await {
            Ok(_) => Seen::Settled,
            Err(failure) if failure.code == ProblemCode::OutcomeUnknown => {
                // Nobody but the streamer can tell, now or later.
                self.note_end(open, JournalOutcome::Unknown).await;
                let problem = self.0.problem(failure);
                self.0.change(|p| p.change_room(&held.id, |r| r.action_problem = Some(problem)));
                Seen::Settled
            }
            Err(_) => Seen::Untold,
        }
    }

    /// Looks for the live object that was asked for and has no known end, if there is such a one: it becomes the
    /// room's own, or it isn't there and another may be made. `OutcomeUnknown` when nobody can tell but the
    /// streamer ([`Studio::settle_lost`]).
    pub(super) async fn find_lost(&self, held: &Held) -> Result<Option<RoomFacts>, Failure> {
        let Some(lost) = self.0.lock().room(&held.id).and_then(|r| r.lost.clone()) else { return Ok(None) };
        match self.look_for(held, &lost.details, lost.since).await? {
            Looked::Found(facts) => {
                self.adopt(held, &facts, lost.details).await;
                self.note_late_end(&held.account, lost.entry, JournalOutcome::Done).await;
                Ok(Some(*facts))
            }
            Looked::Absent => {
                self.0.change(|p| p.change_room(&held.id, |r| r.set_lost(None)));
                self.note_late_end(&held.account, lost.entry, JournalOutcome::Failed).await;
                Ok(None)
            }
            Looked::CannotTell => Err(Failure::new(ProblemCode::OutcomeUnknown).at(held.account.platform)),
        }
    }

    /// The streamer looked at the platform for the live object that Kaibo asked for: it is `found`, or there is
    /// none and another may be made. `WrongState` when nothing was lost.
    pub async fn settle_lost(&self, id: &RoomId, found: Option<RemoteId>) -> Result<(), Failure> {
        let held = self.hold(id)?;
        let settled = async {
            let lost = self.0.lock().room(id).and_then(|r| r.lost.clone());
            let lost = lost.ok_or_else(|| Failure::new(ProblemCode::WrongState))?;
            let outcome = if let Some(remote) = found {
                let facts = held.connection.read(&remote).await?;
                self.adopt(&held, &facts, lost.details).await;
                JournalOutcome::Done
            } else {
                self.0.change(|p| p.change_room(id, |r| r.set_lost(None)));
                JournalOutcome::Failed
            };
            self.note_late_end(&held.account, lost.entry, outcome).await;
            Ok(())
        }
        .await;
        self.finish(&held, settled)
    }

    /// Looks once more for what was lost, because the streamer wants to know.
    pub(super) async fn look_again(&self, id: &RoomId) {
        let Ok(held) = self.hold(id) else { return };
        let found = self.find_lost(&held).await.map(drop);
        // A failure is on the room already: what was lost stays so.
        if found.is_ok() {
            let _ = self.finish(&held, found);
        }
    }

    pub(super) async fn look_for(
        &self,
        held: &Held,
        details: &Details,
        since: Timestamp,
    ) -> Result<Looked, Failure> {
        match held.connection.create() {
            Some(create) => create.look_for(details, since).await,
            None => Ok(Looked::CannotTell),
        }
    }

    /// Brings the push address of a room that is on air and whose address was never kept: starting it again
    /// is harmless by the trait's word and tells it.
    async fn fetch_address(&self, held: &Held, remote: &RemoteId, details: &Details) {
        let known = self.0.lock().room(&held.id).is_some_and(|r| r.push.is_some());
        let Some(start) = held.connection.start().filter(|_| !known) else { return };
        match start.start(remote, details).await {
            Ok(Started { push: Some(push) }) => self.keep_started(held, push).await,
            Ok(Started { push: None }) => {}
            Err(failure) => self.tell(failure.at(held.account.platform)),
        }
    }

    /// Notes and shows how an intent of a former run ended.
    async fn note_end(&self, open: &OpenIntent, outcome: JournalOutcome) {
        let now = self.0.now_ms();
        if let Err(failure) = self.0.store.settle(open.id, outcome, None, now).await {
            self.tell(failure);
        }
        let Intent { room, platform, action, at, .. } = open.intent.clone();
        let (id, outcome, platform_code) = (open.id, Some(outcome), None);
        self.0.change(|p| {
            p.put_journal(JournalEntry { id, room, platform, action, at, outcome, platform_code });
        });
    }

    /// Notes what became after all of an action that was left at *unknown*.
    pub(super) async fn note_late_end(&self, account: &Account, entry: i64, outcome: JournalOutcome) {
        let store = self.0.store_of(account);
        if let Err(failure) = store.settle(entry, outcome, None, self.0.now_ms()).await {
            self.tell(failure);
        }
        let shown = shown_number(account, entry);
        self.0.change(|p| {
            let known = p.journal.iter().find(|e| e.id == shown).cloned();
            if let Some(known) = known {
                p.put_journal(JournalEntry { outcome: Some(outcome), ..known });
            }
        });
    }

    /// Notes an end once there is room for it: left open, it would be looked up at the next start.
    pub(super) fn settle_later(&self, account: &Account, number: i64, outcome: JournalOutcome) {
        let store = self.0.store_of(account).clone();
        let clock = Arc::clone(&self.0.clock);
        note_again(move || {
            let (store, now) = (store.clone(), clock.now().as_millisecond());
            async move { store.settle(number, outcome, None, now).await }
        });
    }

    /// Notes which live object a room is, as it stands then, once there is room for it.
    pub(super) fn keep_room_later(&self, held: &Held) {
        let (studio, id) = (self.clone(), held.id.clone());
        let store = self.0.store_of(&held.account).clone();
        note_again(move || {
            let now = studio.0.lock().room(&id).map(|r| (r.view.remote.clone(), r.details.clone()));
            let (store, id) = (store.clone(), id.clone());
            async move {
                match now {
                    Some((remote, details)) => store.set_room(id, remote, details).await,
                    None => Ok(()),
                }
            }
        });
    }
}

/// Tries a note that found no room on the disk again and again, for ten minutes.
fn note_again<F>(note: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = Result<(), Failure>> + Send,
{
    tokio::spawn(async move {
        let (pause, tries) = NOTE_AGAIN;
        for _ in 0..tries {
            tokio::time::sleep(pause).await;
            if note().await.is_ok() {
                return;
            }
        }
    });
}

/// Does the room say all that it was to say, as far as the platform tells?
fn says_all(facts: &RoomFacts, details: &Details) -> bool {
    let same = |wanted: &str, told: &Option<String>| {
        wanted.is_empty() || told.as_deref().is_none_or(|told| told == wanted)
    };
    facts.title.as_deref() == Some(details.title.as_str())
        && same(&details.summary, &facts.summary)
        && same(&details.notice, &facts.notice)
        && same(&details.cover_url, &facts.cover_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_says_all_that_was_meant_as_far_as_it_tells() {
        let meant = Details {
            title: "今晚".into(),
            summary: "长文".into(),
            notice: "公告".into(),
            cover_url: "https://a".into(),
            ..Details::default()
        };
        let text = |text: &str| Some(text.to_owned());
        let said = RoomFacts {
            title: text("今晚"),
            summary: text("长文"),
            notice: text("公告"),
            cover_url: text("https://a"),
            ..RoomFacts::of(RemoteId("1".into()))
        };
        let less = RoomFacts { title: text("今晚"), ..RoomFacts::of(RemoteId("1".into())) };
        let title_alone = Details { title: "今晚".into(), ..Details::default() };
        assert!(says_all(&said, &meant) && says_all(&less, &meant) && says_all(&said, &title_alone));
        assert!(!says_all(&RoomFacts::of(RemoteId("1".into())), &meant), "a title is always told");
        for other in [
            RoomFacts { title: text("明晚"), ..said.clone() },
            RoomFacts { summary: text(""), ..said.clone() },
            RoomFacts { notice: text("别的"), ..said.clone() },
            RoomFacts { cover_url: text("https://b"), ..said.clone() },
        ] {
            assert!(!says_all(&other, &meant), "{other:?}");
        }
    }
}
