//! What the system is asked to show while the window isn't in front: which things, each once, and how many.
//!
//! The shell asks every second. What was found is told then or never: whoever has the window in front sees it there.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::PoisonError;

use super::Studio;
use super::alarm::on_air;
use super::picture::Picture;
use crate::account::AccountId;
use crate::chat::{ChatEvent, ChatKind, Gift};
use crate::encoder::AlarmKind;
use crate::problem::clean_text;
use crate::room::RoomId;
use crate::view::{AccountState, Action, NoticeSettings, RunState};

/// Most notifications within [`SPAN_MS`], those of paid messages aside. The others are dropped: the window has them.
const AT_ONCE: usize = 6;
/// The same of paid messages, so that a rain of them hides no alarm.
const PAID_AT_ONCE: usize = 3;
const SPAN_MS: i64 = 60_000;
/// Paid messages that wait for the shell; the oldest goes.
const PAID_WAIT: usize = 8;
/// One that is older was said before the program listened.
const PAID_FRESH_MS: i64 = 60_000;
/// What is shown of a paid message's text, in characters.
const TEXT_CAP: usize = 80;
/// A sign-in that runs out within a day is told of, and once more within an hour; and when it is over.
const SOON_MS: [i64; 3] = [24 * 3_600_000, 3_600_000, 0];
/// A broadcast that is over so long after *End* was pressed here was ended here.
const OWN_END_MS: i64 = 10 * 60_000;

/// Something to tell outside the window. It has neither keys nor addresses, and no names in streamer mode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The room's name; none where it concerns no room, or names aren't shown.
    pub room: Option<String>,
    /// What.
    pub kind: NoticeKind,
}

/// What there is to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoticeKind {
    /// An alarm was raised.
    Alarm(AlarmKind),
    /// A broadcast ended, and not from here.
    Over,
    /// A sign-in runs out in less than so many hours; 0: it has.
    SignIn {
        /// The account's name; none where names aren't shown.
        account: Option<String>,
        /// Hours.
        hours: i64,
    },
    /// Somebody paid for a message, or became or stayed a member.
    Paid {
        /// Who; none where names aren't shown.
        who: Option<String>,
        /// What was said; empty where names aren't shown, because it may have some in it.
        text: String,
        /// What was given.
        gift: Option<Gift>,
        /// A membership, not a message.
        member: bool,
    },
    /// *Go live* or *End* is through.
    Run {
        /// Going live or ending?
        going_live: bool,
        /// Rooms where it worked.
        done: usize,
        /// Rooms where it didn't, or where it isn't known.
        failed: usize,
    },
}

impl NoticeKind {
    fn wanted(&self, settings: NoticeSettings) -> bool {
        match self {
            Self::Alarm(AlarmKind::CutOff { .. } | AlarmKind::Warned { .. }) | Self::Over => {
                settings.platform
            }
            Self::Alarm(_) => settings.alarms,
            Self::SignIn { .. } => settings.sign_in,
            Self::Paid { .. } => settings.paid,
            Self::Run { .. } => settings.runs,
        }
    }
}

/// What was told already.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// Something was looked at before: what stood at the start is told by the window.
    looked: bool,
    alarms: BTreeSet<u64>,
    on_air: BTreeSet<RoomId>,
    /// How many of [`SOON_MS`] are behind, for the end that the platform told.
    sign_ins: BTreeMap<AccountId, (Option<i64>, usize)>,
    run: u64,
    /// When something was shown: paid messages, and the rest.
    shown: [VecDeque<i64>; 2],
}

impl Studio {
    /// What the system should show now. `in_front` is asked only when there is something: then it is in the window
    /// already.
    pub fn notices(&self, in_front: impl FnOnce() -> bool) -> Vec<Notice> {
        let now = self.0.now_ms();
        let mut told = self.0.told.lock().unwrap_or_else(PoisonError::into_inner);
        let found = told.find(&mut self.0.lock(), now);
        if found.is_empty() || in_front() {
            return Vec::new();
        }
        found.into_iter().filter(|notice| told.has_room(&notice.kind, now)).collect()
    }
}

impl Told {
    /// What is new since the last look, and wanted.
    fn find(&mut self, picture: &mut Picture, now: i64) -> Vec<Notice> {
        let mut found = Vec::new();
        self.find_alarms(picture, &mut found);
        self.find_ends(picture, now, &mut found);
        self.find_sign_ins(picture, now, &mut found);
        self.find_run(picture, &mut found);
        let paid = std::mem::take(&mut picture.paid);
        if !self.looked {
            self.looked = true;
            return Vec::new();
        }
        found.extend(paid.into_iter().filter(|(at, _)| now - at < PAID_FRESH_MS).map(|(_, notice)| notice));
        let settings = picture.preferences.notices;
        found.retain(|notice| notice.kind.wanted(settings));
        found
    }

    fn find_alarms(&mut self, picture: &Picture, found: &mut Vec<Notice>) {
        self.alarms.retain(|id| picture.alarms.iter().any(|a| a.id == *id));
        for alarm in &picture.alarms {
            if self.alarms.insert(alarm.id) && !alarm.seen {
                let room = alarm.room.as_ref().and_then(|id| picture.told_name(id));
                found.push(Notice { room, kind: NoticeKind::Alarm(alarm.kind.clone()) });
            }
        }
    }

    fn find_ends(&mut self, picture: &Picture, now: i64, found: &mut Vec<Notice>) {
        let own = picture.rooms.iter().filter(|r| r.abilities.end);
        let up: BTreeSet<RoomId> = own.filter(|r| on_air(r)).map(|r| r.view.id.clone()).collect();
        for id in self.on_air.difference(&up) {
            let ended_here = picture.journal.iter().any(|e| {
                &e.room == id && matches!(e.action, Action::End | Action::Delete) && now - e.at < OWN_END_MS
            });
            let cut_off = picture
                .alarms
                .iter()
                .any(|a| a.room.as_ref() == Some(id) && matches!(a.kind, AlarmKind::CutOff { .. }));
            // A room that is gone was taken out here, too.
            if picture.room(id).is_some() && !ended_here && !cut_off {
                found.push(Notice { room: picture.told_name(id), kind: NoticeKind::Over });
            }
        }
        self.on_air = up;
    }

    fn find_sign_ins(&mut self, picture: &Picture, now: i64, found: &mut Vec<Notice>) {
        self.sign_ins.retain(|id, _| picture.account(id).is_some());
        let hides = picture.preferences.streamer_mode;
        for entry in picture.accounts.iter().filter(|a| !a.account.sandbox) {
            let end = entry.view.expires_at;
            let over = entry.view.state == AccountState::Expired;
            let behind = match end {
                _ if over => SOON_MS.len(),
                Some(end) => SOON_MS.iter().filter(|soon| end - now <= **soon).count(),
                None => 0,
            };
            let (known, before) = self.sign_ins.entry(entry.account.id.clone()).or_default();
            if *known != end && !over {
                (*known, *before) = (end, 0);
            }
            if behind > *before {
                let hours = SOON_MS.get(behind - 1).copied().unwrap_or_default() / 3_600_000;
                let account = (!hides).then(|| entry.account.name.clone());
                found.push(Notice { room: None, kind: NoticeKind::SignIn { account, hours } });
            }
            *before = behind;
        }
    }

    fn find_run(&mut self, picture: &Picture, found: &mut Vec<Notice>) {
        let Some(run) = picture.run.as_ref().filter(|r| r.finished_at.is_some() && r.id > self.run) else {
            return;
        };
        self.run = run.id;
        let done = run.rooms.iter().filter(|r| r.state == RunState::Done).count();
        let failed = run
            .rooms
            .iter()
            .filter(|r| matches!(r.state, RunState::Failed { .. } | RunState::Unknown { .. }))
            .count();
        let kind = NoticeKind::Run { going_live: run.going_live, done, failed };
        found.push(Notice { room: None, kind });
    }

    /// Is there room for one more? Then it takes it.
    fn has_room(&mut self, kind: &NoticeKind, now: i64) -> bool {
        let paid = matches!(kind, NoticeKind::Paid { .. });
        let [others, of_paid] = &mut self.shown;
        let (shown, cap) = if paid { (of_paid, PAID_AT_ONCE) } else { (others, AT_ONCE) };
        shown.retain(|at| now - at < SPAN_MS);
        let room = shown.len() < cap;
        if room {
            shown.push_back(now);
        }
        room
    }
}

impl Picture {
    /// A room's name, where names may be shown.
    fn told_name(&self, id: &RoomId) -> Option<String> {
        self.room(id).filter(|_| !self.preferences.streamer_mode).map(|r| r.view.name.clone())
    }

    /// Keeps what was paid for until the shell asks, when that is wanted.
    pub(crate) fn note_paid(&mut self, room: &RoomId, event: &ChatEvent) {
        let member = event.kind == ChatKind::Member;
        if !self.preferences.notices.paid || !(member || event.kind == ChatKind::SuperChat) {
            return;
        }
        let hides = self.preferences.streamer_mode;
        let kind = NoticeKind::Paid {
            who: event.who.as_ref().filter(|_| !hides).map(|who| who.name.clone()),
            text: if hides { String::new() } else { clean_text(&event.text, TEXT_CAP) },
            gift: event.gift.clone(),
            member,
        };
        self.paid.push_back((event.at.as_millisecond(), Notice { room: self.told_name(room), kind }));
        if self.paid.len() > PAID_WAIT {
            self.paid.pop_front();
        }
    }
}
