//! Moderating a room: who may not speak in it, which words aren't shown, and who helps.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::problem::{Failure, InvalidReason};

/// The most hours that somebody can be muted for.
pub const HOURS_MAX: u16 = 720;
/// The longest word that is blocked, in characters. A platform may take less and says so.
pub const WORD_CAP: usize = 50;
/// The longest platform id of a person, in characters.
pub const PERSON_CAP: usize = 64;
/// The highest level that a room's silence can ask for.
pub const LEVEL_MAX: u32 = 120;
/// What a room's silence can last, minutes.
pub const SILENCE_MINUTES: [u32; 2] = [30, 60];
/// The last page of a list that is asked for.
pub const PAGE_MAX: u32 = 1_000;

/// For how long somebody is muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum MuteFor {
    /// Until the broadcast ends.
    ThisBroadcast,
    /// For a time.
    Hours {
        /// 1 to [`HOURS_MAX`].
        hours: u16,
    },
    /// Until somebody takes it back.
    ForEver,
}

impl MuteFor {
    /// Refuses hours that no platform takes.
    pub fn check(self) -> Result<(), Failure> {
        match self {
            Self::Hours { hours } if !(1..=HOURS_MAX).contains(&hours) => {
                Err(Failure::invalid("hours", InvalidReason::Malformed))
            }
            _ => Ok(()),
        }
    }
}

/// Somebody who may not speak in a room, as the platform's list has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct MutedPerson {
    /// The platform's id of the person.
    pub id: String,
    /// Display name, cleaned.
    pub name: String,
    /// Who muted them, cleaned; may be empty.
    pub by: String,
    /// Since when, ms since 1970.
    #[ts(type = "number | null")]
    pub at: Option<i64>,
    /// Until when, ms since 1970; none when the platform names no time.
    #[ts(type = "number | null")]
    pub until: Option<i64>,
}

/// A page of the muted.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct MutedPage {
    /// They, in the platform's order.
    pub people: Vec<MutedPerson>,
    /// How many there are on all pages.
    #[ts(type = "number")]
    pub total: u64,
    /// How many pages there are; they count from 1.
    pub pages: u32,
}

/// Words that keep a line from being shown to anybody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct BlockedWords {
    /// They, cleaned, in the platform's order.
    pub words: Vec<String>,
    /// The most that the platform takes, where it tells.
    pub limit: Option<u32>,
}

/// Who may not speak while a room is silenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum SilenceKind {
    /// The room isn't silenced.
    #[default]
    Off,
    /// Everybody but the moderators.
    Everyone,
    /// Whose medal of the room's fan club is below the level (粉丝勋章).
    Medal,
    /// Whose honour level at the platform is below the level (荣耀等级).
    Wealth,
    /// Something else that was set elsewhere; it can be ended but not asked for.
    Other,
}

/// A room's silence: how it is, or how it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Silence {
    /// Whom it concerns.
    pub kind: SilenceKind,
    /// The level below which nobody speaks, 1 to [`LEVEL_MAX`]; 0 where the kind has none.
    pub level: u32,
    /// How long it lasts, one of [`SILENCE_MINUTES`]; 0 when it is off or the platform doesn't tell.
    pub minutes: u32,
}

impl Silence {
    /// Refuses a level or a time that can't be asked for; what the kind doesn't need is dropped.
    pub fn checked(self) -> Result<Self, Failure> {
        let wrong = |field: &str| Err(Failure::invalid(field, InvalidReason::Malformed));
        let levelled = matches!(self.kind, SilenceKind::Medal | SilenceKind::Wealth);
        if self.kind == SilenceKind::Off {
            return Ok(Self::default());
        }
        if self.kind == SilenceKind::Other {
            return wrong("kind");
        }
        if levelled && !(1..=LEVEL_MAX).contains(&self.level) {
            return wrong("level");
        }
        if !SILENCE_MINUTES.contains(&self.minutes) {
            return wrong("minutes");
        }
        Ok(Self { level: if levelled { self.level } else { 0 }, ..self })
    }
}

/// Somebody who helps to moderate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Moderator {
    /// The platform's id of the person.
    pub id: String,
    /// Display name, cleaned.
    pub name: String,
    /// Since when, ms since 1970.
    #[ts(type = "number | null")]
    pub at: Option<i64>,
}

/// A page of the room's moderators.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ModeratorPage {
    /// They, in the platform's order.
    pub people: Vec<Moderator>,
    /// How many there are on all pages, where the platform tells.
    #[ts(type = "number | null")]
    pub total: Option<u64>,
    /// How many pages there are; they count from 1.
    pub pages: u32,
    /// The most that the room may have, where the platform tells.
    pub max: Option<u32>,
}

/// A word to block, without the spaces around it: neither empty, nor too long, nor with characters that can't be
/// seen.
pub fn checked_word(word: &str) -> Result<&str, Failure> {
    checked("word", word, WORD_CAP)
}

/// A person's id. People of platforms that give none can't be named to them.
pub fn checked_person(id: &str) -> Result<&str, Failure> {
    checked("person", id, PERSON_CAP)
}

fn checked<'a>(field: &str, text: &'a str, cap: usize) -> Result<&'a str, Failure> {
    let text = text.trim();
    let used = text.chars().count();
    if text.is_empty() {
        return Err(Failure::invalid(field, InvalidReason::Empty));
    }
    if used > cap {
        let number = |n| u32::try_from(n).unwrap_or(u32::MAX);
        let reason = InvalidReason::TooLong { used: number(used), limit: number(cap) };
        return Err(Failure::invalid(field, reason));
    }
    if crate::problem::clean_text(text, cap) != text {
        return Err(Failure::invalid(field, InvalidReason::Malformed));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::ProblemCode;

    fn refused<T: std::fmt::Debug>(result: Result<T, Failure>) -> (String, InvalidReason) {
        match result.unwrap_err().code {
            ProblemCode::Invalid { field, reason } => (field, reason),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn words_and_people_are_bounded() {
        assert_eq!(checked_word("  广告 ").unwrap(), "广告");
        assert_eq!(refused(checked_word(" \t")), ("word".into(), InvalidReason::Empty));
        let long = InvalidReason::TooLong { used: 51, limit: 50 };
        assert_eq!(refused(checked_word(&"字".repeat(51))), ("word".into(), long));
        assert_eq!(refused(checked_word("广\u{202e}告")), ("word".into(), InvalidReason::Malformed));
        assert_eq!(refused(checked_person("")), ("person".into(), InvalidReason::Empty));
    }

    #[test]
    fn hours_are_the_platforms() {
        for good in [MuteFor::ThisBroadcast, MuteFor::ForEver, MuteFor::Hours { hours: 1 }] {
            good.check().unwrap();
        }
        MuteFor::Hours { hours: 720 }.check().unwrap();
        for hours in [0, 721, u16::MAX] {
            assert_eq!(refused(MuteFor::Hours { hours }.check()), ("hours".into(), InvalidReason::Malformed));
        }
    }

    #[test]
    fn a_silence_has_what_its_kind_needs() {
        let silence = |kind, level, minutes| Silence { kind, level, minutes }.checked();
        assert_eq!(silence(SilenceKind::Off, 9, 7).unwrap(), Silence::default());
        assert_eq!(silence(SilenceKind::Everyone, 9, 30).unwrap().level, 0);
        assert_eq!(silence(SilenceKind::Medal, 3, 60).unwrap().level, 3);
        assert_eq!(refused(silence(SilenceKind::Wealth, 0, 60)).0, "level");
        assert_eq!(refused(silence(SilenceKind::Medal, 121, 60)).0, "level");
        assert_eq!(refused(silence(SilenceKind::Other, 0, 30)).0, "kind");
        for minutes in [0, 1, 45] {
            assert_eq!(refused(silence(SilenceKind::Everyone, 0, minutes)).0, "minutes");
        }
    }
}
