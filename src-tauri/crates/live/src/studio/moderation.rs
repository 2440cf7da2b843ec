//! Moderating a room's chat. What a platform says it did is believed once its own lists show it.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::{sleep, timeout};

use super::Studio;
use crate::account::Account;
use crate::chat::TEXT_CAP;
use crate::driver::{Connection, Moderate};
use crate::moderation::{
    BlockedWords, ModeratorPage, MuteFor, MutedPage, MutedPerson, PAGE_MAX, Silence, checked_person,
    checked_word,
};
use crate::problem::{Failure, InvalidReason, ProblemCode, clean_text};
use crate::room::{RemoteId, RoomId};

/// Calls under way at once; one more is refused.
pub(super) const AT_ONCE: usize = 8;
/// The longest that one takes, with all its looks.
const BOUND: Duration = Duration::from_secs(40);
/// Pauses before the looks after a write: a platform's lists may be a moment behind.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_millis(700), Duration::from_secs(2)];
/// Pages of a list that are looked through for one person.
const PAGES: u32 = 10;

/// A room with what moderating it needs.
struct Moderated {
    account: Account,
    connection: Arc<dyn Connection>,
    remote: RemoteId,
}

impl Moderated {
    fn moderate(&self) -> Result<&dyn Moderate, Failure> {
        self.connection.moderate().ok_or_else(|| Failure::new(ProblemCode::NotAllowed))
    }

    /// The person's id, unless it is the streamer's own.
    fn other<'a>(&self, person: &'a str) -> Result<&'a str, Failure> {
        let person = checked_person(person)?;
        if self.account.profile.user_id.as_deref() == Some(person) {
            return Err(Failure::invalid("person", InvalidReason::Refused));
        }
        Ok(person)
    }
}

/// What looking after a write found.
enum Seen<T> {
    /// It had its effect.
    Done(T),
    /// It had none.
    Not,
    /// The list is longer than is looked through.
    CannotTell,
}

impl Studio {
    /// Mutes somebody in a room; `line` is what they said. Answers how the platform's list has them.
    pub async fn mute_person(
        &self,
        room: &RoomId,
        person: &str,
        how_long: MuteFor,
        line: &str,
    ) -> Result<MutedPerson, Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async {
            let person = m.other(person)?;
            how_long.check()?;
            let (moderate, remote) = (m.moderate()?, &m.remote);
            let line = clean_text(line, TEXT_CAP);
            let written = moderate.mute(remote, person, how_long, &line).await;
            settle(written, || find_muted(moderate, remote, person).boxed()).await
        })
        .await
    }

    /// Lets somebody speak again.
    pub async fn unmute_person(&self, room: &RoomId, person: &str) -> Result<(), Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async {
            let person = checked_person(person)?;
            let (moderate, remote) = (m.moderate()?, &m.remote);
            let written = moderate.unmute(remote, person).await;
            settle(written, || gone(find_muted(moderate, remote, person)).boxed()).await
        })
        .await
    }

    /// A page of those who are muted in a room, from 1.
    pub async fn list_muted(&self, room: &RoomId, page: u32) -> Result<MutedPage, Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async { m.moderate()?.muted(&m.remote, checked_page(page)?).await }).await
    }

    /// A room's blocked words.
    pub async fn list_blocked_words(&self, room: &RoomId) -> Result<BlockedWords, Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async { m.moderate()?.blocked_words(&m.remote).await }).await
    }

    /// Blocks a word; `false` when it was blocked already.
    pub async fn block_word(&self, room: &RoomId, word: &str) -> Result<bool, Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async {
            let word = checked_word(word)?;
            let (moderate, remote) = (m.moderate()?, &m.remote);
            let before = moderate.blocked_words(remote).await?;
            if has(&before, word) {
                return Ok(false);
            }
            if let Some(limit) = before.limit.filter(|limit| before.words.len() >= *limit as usize) {
                return Err(Failure::invalid("word", InvalidReason::TooMany { limit }));
            }
            let written = moderate.block_word(remote, word).await;
            settle(written, || find_word(moderate, remote, word).boxed()).await.map(|()| true)
        })
        .await
    }

    /// Takes a word from the list.
    pub async fn unblock_word(&self, room: &RoomId, word: &str) -> Result<(), Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async {
            let word = checked_word(word)?;
            let (moderate, remote) = (m.moderate()?, &m.remote);
            let written = moderate.unblock_word(remote, word).await;
            settle(written, || gone(find_word(moderate, remote, word)).boxed()).await
        })
        .await
    }

    /// Whether a room is silenced.
    pub async fn read_silence(&self, room: &RoomId) -> Result<Silence, Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async { m.moderate()?.silence(&m.remote).await }).await
    }

    /// Silences a room or ends that. Answers what the platform then has.
    pub async fn set_silence(&self, room: &RoomId, silence: Silence) -> Result<Silence, Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async {
            let silence = silence.checked()?;
            let (moderate, remote) = (m.moderate()?, &m.remote);
            let written = moderate.set_silence(remote, silence).await;
            settle(written, || find_silence(moderate, remote, silence).boxed()).await
        })
        .await
    }

    /// A page of a room's moderators, from 1.
    pub async fn list_moderators(&self, room: &RoomId, page: u32) -> Result<ModeratorPage, Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async { m.moderate()?.moderators(&m.remote, checked_page(page)?).await }).await
    }

    /// Makes somebody a moderator.
    pub async fn appoint_moderator(&self, room: &RoomId, person: &str) -> Result<(), Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async {
            let person = m.other(person)?;
            let (moderate, remote) = (m.moderate()?, &m.remote);
            let now = moderate.moderators(remote, 1).await?;
            if let (Some(limit), Some(total)) = (now.max, now.total)
                && total >= u64::from(limit)
            {
                return Err(Failure::invalid("person", InvalidReason::TooMany { limit }));
            }
            let written = moderate.appoint(remote, person).await;
            settle(written, || find_moderator(moderate, remote, person).boxed()).await
        })
        .await
    }

    /// Takes that back.
    pub async fn dismiss_moderator(&self, room: &RoomId, person: &str) -> Result<(), Failure> {
        let m = self.moderated(room)?;
        self.bounded(&m, async {
            let person = checked_person(person)?;
            let (moderate, remote) = (m.moderate()?, &m.remote);
            let written = moderate.dismiss(remote, person).await;
            settle(written, || gone(find_moderator(moderate, remote, person)).boxed()).await
        })
        .await
    }

    /// Finds what moderating a room needs.
    fn moderated(&self, id: &RoomId) -> Result<Moderated, Failure> {
        let (account, connection, remote) = self.0.connection_of(id)?;
        let remote = remote.ok_or_else(|| Failure::new(ProblemCode::WrongState).at(account.platform))?;
        Ok(Moderated { account, connection, remote })
    }

    /// Does it within bounds, and notes a sign-in that is refused.
    async fn bounded<T>(
        &self,
        m: &Moderated,
        act: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let inner = &self.0;
        let platform = m.account.platform;
        let full = |_| Failure::new(ProblemCode::RateLimited).at(platform);
        let _place = inner.moderating.try_acquire().map_err(full)?;
        // What was sent by then isn't known.
        let late = |_| Err(Failure::new(ProblemCode::OutcomeUnknown));
        let failure = match timeout(BOUND, act).await.unwrap_or_else(late) {
            Ok(value) => return Ok(value),
            Err(failure) => failure.at(platform),
        };
        let shown = failure.without_cause();
        let problem = inner.problem(failure);
        self.note_refusal(&m.account.id, &m.connection, &problem);
        Err(shown)
    }
}

/// Makes sure of a write: one that the platform took is looked for, and so is one whose answer got lost.
async fn settle<'a, T>(
    written: Result<(), Failure>,
    look: impl Fn() -> BoxFuture<'a, Result<Seen<T>, Failure>>,
) -> Result<T, Failure> {
    let lost = match written {
        Ok(()) => None,
        Err(failure) if failure.outcome_unknown() || failure.code == ProblemCode::PlatformDown => {
            Some(failure)
        }
        Err(failure) => return Err(failure),
    };
    for pause in LOOKS {
        sleep(pause).await;
        match look().await {
            Ok(Seen::Done(found)) => return Ok(found),
            Ok(Seen::Not) => {}
            Ok(Seen::CannotTell) => return Err(Failure::new(ProblemCode::OutcomeUnknown)),
            Err(failure) => {
                let unknown = Failure { code: ProblemCode::OutcomeUnknown, ..failure.without_cause() };
                return Err(unknown.because(failure));
            }
        }
    }
    match lost {
        Some(failure) if failure.code == ProblemCode::PlatformDown => Err(failure),
        Some(failure) => Err(Failure::new(ProblemCode::NoEffect).because(failure)),
        None => Err(Failure::new(ProblemCode::NoEffect)),
    }
}

/// The same look for what should be there no more.
async fn gone<T>(look: impl Future<Output = Result<Seen<T>, Failure>>) -> Result<Seen<()>, Failure> {
    Ok(match look.await? {
        Seen::Done(_) => Seen::Not,
        Seen::Not => Seen::Done(()),
        Seen::CannotTell => Seen::CannotTell,
    })
}

/// Looks for a word among the blocked.
async fn find_word(moderate: &dyn Moderate, room: &RemoteId, word: &str) -> Result<Seen<()>, Failure> {
    let there = has(&moderate.blocked_words(room).await?, word);
    Ok(if there { Seen::Done(()) } else { Seen::Not })
}

/// Looks whether the room is silenced like this.
async fn find_silence(
    moderate: &dyn Moderate,
    room: &RemoteId,
    wanted: Silence,
) -> Result<Seen<Silence>, Failure> {
    let now = moderate.silence(room).await?;
    // How long it lasts isn't always told.
    let same = now.kind == wanted.kind && now.level == wanted.level;
    Ok(if same { Seen::Done(now) } else { Seen::Not })
}

/// Looks for somebody among the muted.
async fn find_muted(
    moderate: &dyn Moderate,
    room: &RemoteId,
    person: &str,
) -> Result<Seen<MutedPerson>, Failure> {
    for page in 1..=PAGES {
        let MutedPage { people, pages, .. } = moderate.muted(room, page).await?;
        if let Some(found) = people.into_iter().find(|p| p.id == person) {
            return Ok(Seen::Done(found));
        }
        if page >= pages {
            return Ok(Seen::Not);
        }
    }
    Ok(Seen::CannotTell)
}

/// Looks for somebody among the moderators.
async fn find_moderator(moderate: &dyn Moderate, room: &RemoteId, person: &str) -> Result<Seen<()>, Failure> {
    for page in 1..=PAGES {
        let ModeratorPage { people, pages, .. } = moderate.moderators(room, page).await?;
        if people.iter().any(|p| p.id == person) {
            return Ok(Seen::Done(()));
        }
        if page >= pages {
            return Ok(Seen::Not);
        }
    }
    Ok(Seen::CannotTell)
}

fn checked_page(page: u32) -> Result<u32, Failure> {
    if (1..=PAGE_MAX).contains(&page) {
        return Ok(page);
    }
    Err(Failure::invalid("page", InvalidReason::Malformed))
}

fn has(blocked: &BlockedWords, word: &str) -> bool {
    blocked.words.iter().any(|w| w == word)
}
