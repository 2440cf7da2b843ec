//! The chat by polling: what `r_sync` fetched, as chat events.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use kaibo_live::chat::{ChatEvent, ChatKind, ChatOut, Heard, Person};
use kaibo_live::driver::Outcome;
use kaibo_live::room::RemoteId;
use md5::{Digest, Md5};
use tokio::time::Instant;

use super::api::r_sync::{self, Item, LIKES, Message, Notice};
use super::auth::Client;
use crate::wire::epoch;

/// The chat's part of the calls that reads may take.
const SHARE: f64 = 0.6;
/// The longest wait before the budget is asked again.
const LOOK_AGAIN: Duration = Duration::from_secs(30);
/// Rooms whose last poll is remembered; beyond, the oldest is forgotten.
const ROOMS: usize = 64;
/// The longest id that is taken for one, bytes: it is kept with each line. Real ones have about twenty.
const ID_CAP: usize = 128;

/// When each room was polled last, so that listening anew doesn't poll more often.
#[derive(Default)]
pub(super) struct Polls(Mutex<BTreeMap<String, Instant>>);

impl Polls {
    fn last(&self, room: &RemoteId) -> Option<Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&room.0).copied()
    }

    fn note(&self, room: &RemoteId) {
        let mut polls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        polls.insert(room.0.clone(), Instant::now());
        if polls.len() > ROOMS
            && let Some(oldest) = polls.iter().min_by_key(|(_, at)| **at).map(|(room, _)| room.clone())
        {
            polls.remove(&oldest);
        }
    }

    /// Waits until the day's calls allow another poll. What they allow changes meanwhile.
    async fn turn(&self, client: &Client, room: &RemoteId) {
        loop {
            let last = self.last(room);
            let due = last.map(|last| (last + client.budget().interval(SHARE)) - Instant::now());
            let wait = client.budget().dry_for().or(due).unwrap_or_default();
            if wait.is_zero() {
                return;
            }
            tokio::time::sleep(wait.min(LOOK_AGAIN)).await;
        }
    }
}

/// Polls until something fails (`Err`) or nobody listens (`Ok`), as often as the day's calls allow. Ids are
/// the platform's, so whoever listens can tell doubles, also over a reconnect.
pub(super) async fn listen(
    client: &Client,
    polls: &Polls,
    room: &RemoteId,
    me: impl Fn() -> Option<String>,
    out: ChatOut,
) -> Outcome<()> {
    let mut likes = None;
    loop {
        polls.turn(client, room).await;
        polls.note(room);
        let items = r_sync::send(client, &room.0).await?;
        let now = client.http().clock().now();
        if !out.send(Heard::Alive).await {
            return Ok(());
        }
        let me = me();
        for item in items {
            let event = match item {
                Item::Message(message) => said(message, now, me.as_deref()),
                Item::Notice(notice) => liked(&notice, now, &mut likes),
            };
            if let Some(event) = event
                && !out.send(Heard::Event(event)).await
            {
                return Ok(());
            }
        }
    }
}

/// A comment. The platform doesn't tell its time; when it was fetched is the nearest there is.
fn said(message: Message, now: Timestamp, me: Option<&str>) -> Option<ChatEvent> {
    let text = message.content?;
    let short = |id: &String| id.len() <= ID_CAP;
    let who = message.user.id.or(message.from).filter(short);
    let id = message.id.filter(short).unwrap_or_else(|| {
        let name = format!("{who:?} {:?} {text}", message.curr_play);
        hex::encode(Md5::digest(name))
    });
    let person = who.map(|id| Person {
        me: me == Some(&id),
        name: message.user.name.unwrap_or_else(|| id.clone()),
        moderator: false,
        id,
    });
    Some(ChatEvent::new(format!("m{id}"), now, ChatKind::Message, person, &text))
}

/// A like count, when it changed.
fn liked(notice: &Notice, now: Timestamp, last: &mut Option<i64>) -> Option<ChatEvent> {
    let total = notice.value.filter(|n| notice.kind == Some(LIKES) && *n >= 0)?;
    if last.replace(total) == Some(total) {
        return None;
    }
    let at = notice.time.and_then(epoch);
    let id = format!("l{}-{total}", notice.time.unwrap_or_default());
    Some(ChatEvent::new(id, at.unwrap_or(now), ChatKind::Like, None, &total.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::api::r_sync::User;
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_second(1_600_000_000).unwrap()
    }

    #[test]
    fn an_id_of_any_length_is_none() {
        let message = |id: &str| Message {
            id: Some(id.repeat(64)),
            content: Some("你好".into()),
            user: User { id: Some(id.repeat(64)), name: None },
            ..Message::default()
        };
        let kept = said(message("77"), now(), None).unwrap();
        assert_eq!((kept.id.len(), kept.who.unwrap().id.len()), (129, 128));
        let long = said(message("777"), now(), None).unwrap();
        assert_eq!((long.id.len(), long.who), (33, None), "named by what it says");
    }

    #[test]
    fn a_comment_keeps_its_id_and_knows_its_own() {
        let message = || Message {
            id: Some("77".into()),
            from: Some("1596".into()),
            content: Some("你好\u{202e}".into()),
            curr_play: Some(5),
            user: User { id: None, name: Some("小明".into()) },
        };
        let event = said(message(), now(), Some("1596")).unwrap();
        assert_eq!((event.id.as_str(), event.text.as_str(), event.kind), ("m77", "你好", ChatKind::Message));
        let who = event.who.unwrap();
        assert_eq!((who.id.as_str(), who.name.as_str(), who.me), ("1596", "小明", true));
        assert!(!said(message(), now(), None).unwrap().who.unwrap().me);
    }

    #[test]
    fn a_comment_without_an_id_gets_the_same_one_each_time() {
        let message =
            |text: &str| Message { from: Some("1".into()), content: Some(text.into()), ..Message::default() };
        let id = |text: &str| said(message(text), now(), None).unwrap().id;
        assert_eq!(id("a"), id("a"));
        assert_ne!(id("a"), id("b"));
        assert!(said(Message::default(), now(), None).is_none(), "nothing was said");
    }

    #[test]
    fn likes_are_told_when_they_change() {
        let notice = |kind, value| Notice { kind: Some(kind), value: Some(value), time: Some(1_500_000_000) };
        let mut last = None;
        let first = liked(&notice(LIKES, 66), now(), &mut last).unwrap();
        assert_eq!((first.text.as_str(), first.at.as_second()), ("66", 1_500_000_000));
        assert!(liked(&notice(LIKES, 66), now(), &mut last).is_none());
        assert!(liked(&notice(LIKES, 67), now(), &mut last).is_some());
        assert!(liked(&notice(12, 99), now(), &mut last).is_none());
        assert!(liked(&notice(LIKES, -1), now(), &mut last).is_none());
    }
}
