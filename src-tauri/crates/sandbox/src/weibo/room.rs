//! A live object.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use super::hex;
use crate::house::RoomState;
use crate::ingest::Pass;

/// The statuses, as the official chat SDK numbers them.
pub(super) mod status {
    /// Not started.
    pub(in super::super) const IDLE: u8 = 0;
    /// Live.
    pub(in super::super) const LIVE: u8 = 1;
    /// Ended, a replay exists.
    pub(in super::super) const REPLAY: u8 = 3;
    /// Ended, no replay.
    pub(in super::super) const GONE: u8 = 5;
}

/// Unread lines kept; beyond, the oldest is dropped, as a chat that nobody reads scrolls on.
const LINES: usize = 500;
/// Lines of the streamer kept; beyond, the oldest is dropped.
const SAID: usize = 500;

/// One line of the chat, not read yet.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) id: u64,
    pub(super) from: u64,
    pub(super) name: String,
    pub(super) content: String,
    /// Milliseconds since the start.
    pub(super) play: i64,
}

/// A live object.
pub(super) struct Room {
    pub(super) id: String,
    /// The last part of the ids, and the name of the stream.
    pub(super) tail: String,
    pub(super) uid: u64,
    pub(super) title: String,
    pub(super) summary: String,
    /// `0` public, `1` for the author alone.
    pub(super) published: &'static str,
    pub(super) image: String,
    /// Width and height of the broadcast, pixels.
    pub(super) size: (u32, u32),
    pub(super) replay: bool,
    pub(super) replay_url: String,
    pub(super) created: Timestamp,
    pub(super) status: u8,
    pub(super) live_since: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    pub(super) lines: VecDeque<Line>,
    pub(super) said: VecDeque<String>,
    /// An encoder that is played for [`crate::Control`]; dropping it ends the push.
    pub(super) encoder: Option<Arc<Pass>>,
    /// The like count that the last poll told.
    pub(super) told_likes: u64,
}

impl Room {
    /// The RTMP app of all rooms.
    pub(super) const APP: &'static str = "alicdn";

    pub(super) fn new(uid: u64, title: &str, now: Timestamp) -> Self {
        Self::with_tail(hex(32), uid, title, now)
    }

    fn with_tail(tail: String, uid: u64, title: &str, now: Timestamp) -> Self {
        Self {
            id: format!("230916{tail}"),
            tail,
            uid,
            title: title.to_owned(),
            summary: String::new(),
            published: "0",
            image: String::new(),
            size: (0, 0),
            replay: true,
            replay_url: String::new(),
            created: now,
            status: status::IDLE,
            live_since: None,
            ended: None,
            lines: VecDeque::new(),
            said: VecDeque::new(),
            encoder: None,
            told_likes: 0,
        }
    }

    /// Somebody else's room, live since `now`.
    pub(super) fn strangers(id: &str, uid: u64, now: Timestamp) -> Self {
        let mut room = Self::with_tail(id.trim_start_matches("230916").to_owned(), uid, "隔壁的直播", now);
        (room.status, room.live_since) = (status::LIVE, Some(now));
        room
    }

    /// The chat room's id.
    pub(super) fn room_id(&self) -> String {
        format!("1042097:{}", self.tail)
    }

    pub(super) fn go_live(&mut self, now: Timestamp) {
        if self.status == status::IDLE {
            (self.status, self.live_since) = (status::LIVE, Some(now));
        }
    }

    pub(super) fn end(&mut self, now: Timestamp) {
        if self.ended.is_none() {
            let replay = self.replay && self.live_since.is_some();
            self.status = if replay { status::REPLAY } else { status::GONE };
            self.ended = Some(now);
        }
    }

    /// Takes a line of chat, live rooms only.
    pub(super) fn hear(&mut self, id: u64, from: u64, name: &str, content: &str, now: Timestamp) {
        if self.lines.len() == LINES {
            self.lines.pop_front();
        }
        let play = self.progress(now);
        self.lines.push_back(Line { id, from, name: name.to_owned(), content: content.to_owned(), play });
    }

    /// Remembers what the streamer said.
    pub(super) fn say(&mut self, content: &str) {
        if self.said.len() == SAID {
            self.said.pop_front();
        }
        self.said.push_back(content.to_owned());
    }

    /// Milliseconds of broadcast so far; -1 before the start, 0 after the end.
    fn progress(&self, now: Timestamp) -> i64 {
        match (self.live_since, self.ended) {
            (None, _) => -1,
            (Some(_), Some(_)) => 0,
            (Some(since), None) => now.duration_since(since).as_millis().try_into().unwrap_or(i64::MAX),
        }
    }

    /// For [`crate::Control`].
    pub(super) fn state(&self) -> RoomState {
        RoomState {
            id: self.id.clone(),
            title: self.title.clone(),
            notice: self.summary.clone(),
            cover_url: self.image.clone(),
            private: self.published == "1",
            replay_url: self.replay_url.clone(),
            status: self.status.to_string(),
            live: self.status == status::LIVE,
            ..RoomState::default()
        }
    }
}
