//! A room's rules that do what a test tells them.

use async_trait::async_trait;
use kaibo_live::driver::{Moderate, Outcome};
use kaibo_live::moderation::{
    BlockedWords, Moderator, ModeratorPage, MuteFor, MutedPage, MutedPerson, Silence,
};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::room::RemoteId;

use super::Line;

/// What the platform's lists hold, and how it behaves.
#[derive(Default, Clone)]
pub struct Rules {
    /// Newest first.
    pub muted: Vec<MutedPerson>,
    pub words: Vec<String>,
    pub limit: Option<u32>,
    pub silence: Silence,
    pub moderators: Vec<Moderator>,
    pub max: Option<u32>,
    /// People in a page; 0 means all in one.
    pub page: usize,
    /// Writes are taken and nothing happens.
    pub idle: bool,
    /// A write that fails was carried out all the same.
    pub happens: bool,
    /// Readings that still tell what was before the last write.
    pub behind: usize,
    /// Every reading fails with this.
    pub failure: Option<ProblemCode>,
    /// What was before the last write.
    pub before: Option<Box<Rules>>,
}

pub fn muted(id: &str, name: &str) -> MutedPerson {
    MutedPerson { id: id.into(), name: name.into(), by: "小满".into(), at: Some(1), until: None }
}

impl Rules {
    fn part<'a, T>(&self, all: &'a [T], page: u32) -> (&'a [T], u32) {
        let size = if self.page == 0 { all.len().max(1) } else { self.page };
        let begin = ((page as usize - 1) * size).min(all.len());
        let pages = u32::try_from(all.len().div_ceil(size)).unwrap();
        (&all[begin..(begin + size).min(all.len())], pages)
    }
}

impl Line {
    async fn change(&self, call: String, change: impl FnOnce(&mut Rules)) -> Outcome<()> {
        let outcome = self.write(call).await;
        let mut script = self.1.lock().unwrap();
        let rules = script.rules.as_mut().unwrap();
        if !rules.idle && (outcome.is_ok() || rules.happens) {
            rules.before = Some(Box::new(Rules { before: None, ..rules.clone() }));
            change(rules);
        }
        outcome
    }

    fn look<T>(&self, what: &'static str, look: impl FnOnce(&Rules) -> T) -> Outcome<T> {
        let mut script = self.1.lock().unwrap();
        script.asked.push(what);
        let rules = script.rules.as_mut().unwrap();
        if let Some(code) = &rules.failure {
            return Err(Failure::new(code.clone()));
        }
        if rules.behind > 0
            && let Some(before) = &rules.before
        {
            let seen = look(before);
            rules.behind -= 1;
            return Ok(seen);
        }
        Ok(look(rules))
    }
}

#[async_trait]
impl Moderate for Line {
    async fn mute(&self, room: &RemoteId, person: &str, how_long: MuteFor, line: &str) -> Outcome<()> {
        let call = format!("mute {} {person} {how_long:?} {line}", room.0);
        self.change(call, |rules| rules.muted.insert(0, muted(person, "阿澈"))).await
    }
    async fn unmute(&self, room: &RemoteId, person: &str) -> Outcome<()> {
        let call = format!("unmute {} {person}", room.0);
        self.change(call, |rules| rules.muted.retain(|muted| muted.id != person)).await
    }
    async fn muted(&self, _: &RemoteId, page: u32) -> Outcome<MutedPage> {
        self.look("muted", |rules| {
            let (people, pages) = rules.part(&rules.muted, page);
            MutedPage { people: people.to_vec(), total: rules.muted.len() as u64, pages }
        })
    }
    async fn blocked_words(&self, _: &RemoteId) -> Outcome<BlockedWords> {
        self.look("words", |rules| BlockedWords { words: rules.words.clone(), limit: rules.limit })
    }
    async fn block_word(&self, room: &RemoteId, word: &str) -> Outcome<()> {
        self.change(format!("block {} {word}", room.0), |rules| rules.words.push(word.into())).await
    }
    async fn unblock_word(&self, room: &RemoteId, word: &str) -> Outcome<()> {
        self.change(format!("unblock {} {word}", room.0), |rules| rules.words.retain(|w| w != word)).await
    }
    async fn silence(&self, _: &RemoteId) -> Outcome<Silence> {
        self.look("silence", |rules| rules.silence)
    }
    async fn set_silence(&self, room: &RemoteId, silence: Silence) -> Outcome<()> {
        let call = format!("silence {} {:?}", room.0, silence.kind);
        self.change(call, |rules| rules.silence = silence).await
    }
    async fn moderators(&self, _: &RemoteId, page: u32) -> Outcome<ModeratorPage> {
        self.look("moderators", |rules| {
            let (people, pages) = rules.part(&rules.moderators, page);
            let total = Some(rules.moderators.len() as u64);
            ModeratorPage { people: people.to_vec(), total, pages, max: rules.max }
        })
    }
    async fn appoint(&self, room: &RemoteId, person: &str) -> Outcome<()> {
        let new = Moderator { id: person.into(), name: "阿澈".into(), at: None };
        self.change(format!("appoint {} {person}", room.0), |rules| rules.moderators.push(new)).await
    }
    async fn dismiss(&self, room: &RemoteId, person: &str) -> Outcome<()> {
        let call = format!("dismiss {} {person}", room.0);
        self.change(call, |rules| rules.moderators.retain(|m| m.id != person)).await
    }
}
