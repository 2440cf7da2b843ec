//! One account at Qiniu.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, tz};
use kaibo_live::account::Profile;
use kaibo_live::driver::{
    Connection, CreateRoom, DeleteRoom, EndRoom, KeepAlive, Looked, Outcome, Picture, SignalSource,
    StartRoom, Started,
};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};
use kaibo_live::push::PushAddress;
use kaibo_live::room::{Details, FigureKind, RemoteId, RoomFacts};

use super::api::{Api, Beat, CreateLive, LiveRoom, LiveStatus};
use super::{LIMITS, map};
use crate::connect::web_address;
use crate::http::extra;
use crate::picture;

/// Qiniu tells of no limit of calls. A reading costs three.
const READ_INTERVAL: Duration = Duration::from_secs(5);
/// The server's nominal beat; after 20 s without one the anchor is out of the room.
const BEAT: Duration = Duration::from_secs(5);
/// How far a start may lie from the time a room was asked for, to be that room.
const WINDOW: SignedDuration = SignedDuration::from_secs(60);

pub(super) struct QiniuConnection {
    pub(super) api: Api,
    /// The name that the anchor is registered under when there is none yet.
    pub(super) anchor_name: Option<String>,
    pub(super) ingest: Option<Box<dyn SignalSource>>,
}

#[async_trait]
impl Connection for QiniuConnection {
    /// Fetches a token, which proves AK and SK and makes the anchor when there is none, and uses it. With a
    /// name, a missing anchor is registered under it first.
    async fn check(&self) -> Outcome<Profile> {
        if let Some(name) = &self.anchor_name {
            self.register(name).await?;
        }
        self.api.renew_token().await?;
        self.api.list_anchor().await?;
        // Name and picture are an extra; an account is good without.
        let anchor = self.api.user_info().await.ok();
        Ok(Profile {
            user_id: Some(self.api.anchor_id().to_owned()),
            name: anchor.as_ref().and_then(|a| a.nick.clone()),
            avatar_url: anchor.and_then(|a| a.avatar),
            ..Profile::default()
        })
    }

    /// Rooms made and live ones. Ended ones can't come back and are left out.
    async fn find_rooms(&self) -> Outcome<Vec<RoomFacts>> {
        let mut rooms = self.api.list_anchor().await?;
        rooms.retain(|room| room.status() != LiveStatus::Ended);
        Ok(rooms.into_iter().map(map::facts).collect())
    }

    async fn read(&self, room: &RemoteId) -> Outcome<RoomFacts> {
        let live = self.api.get_live(&room.0).await?;
        let status = live.status();
        let mut facts = map::facts(live);
        self.add_figures(status, &mut facts).await;
        Ok(facts)
    }

    fn read_interval(&self) -> Duration {
        READ_INTERVAL
    }

    fn create(&self) -> Option<&dyn CreateRoom> {
        Some(self)
    }
    fn start(&self) -> Option<&dyn StartRoom> {
        Some(self)
    }
    fn end(&self) -> Option<&dyn EndRoom> {
        Some(self)
    }
    fn delete(&self) -> Option<&dyn DeleteRoom> {
        Some(self)
    }
    fn keep_alive(&self) -> Option<&dyn KeepAlive> {
        Some(self)
    }
    fn signal(&self) -> Option<&dyn SignalSource> {
        self.ingest.as_deref()
    }

    fn clock_skew(&self) -> Option<SignedDuration> {
        self.api.http().skew()
    }

    async fn picture(&self, url: &str) -> Outcome<Picture> {
        picture::fetch(self.api.http(), url).await
    }
}

impl QiniuConnection {
    /// Registers the anchor if it is missing. One who is there keeps the name it has.
    async fn register(&self, name: &str) -> Outcome<()> {
        if !self.is_missing().await? {
            return Ok(());
        }
        match self.api.register_anchor(name).await {
            Ok(()) => Ok(()),
            // Done all the same, or by somebody else just now.
            Err(failure) if !self.is_missing().await? => {
                tracing::debug!(%failure, "the anchor is there");
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    async fn is_missing(&self) -> Outcome<bool> {
        match self.api.user_info().await {
            Ok(_) => Ok(false),
            Err(failure) if failure.code == ProblemCode::NotFound => Ok(true),
            Err(failure) => Err(failure),
        }
    }

    /// The server API's counts are always 0; true ones come from the client API. Without them the
    /// room is still read: a count that is missing is better than a status that is.
    async fn add_figures(&self, status: LiveStatus, facts: &mut RoomFacts) {
        let id = facts.remote.0.clone();
        let online = async {
            // After the end the room goes on counting those who have not timed out yet.
            if status != LiveStatus::Live {
                return None;
            }
            extra("online count", self.api.room_info(&id)).await?.online_count
        };
        let visits = async {
            if !matches!(status, LiveStatus::Live | LiveStatus::Ended) {
                return None;
            }
            extra("visits", self.api.stats(&id)).await?
        };
        let (online, visits) = tokio::join!(online, visits);
        facts.figures.extend(online.map(|n| (FigureKind::Watching, n)));
        if let Some(visits) = visits {
            facts.figures.extend(visits.page_view.map(|n| (FigureKind::PageViews, n)));
            facts.figures.extend(visits.unique_visitor.map(|n| (FigureKind::Visitors, n)));
        }
    }

    async fn find_made(&self, title: &str, since: Timestamp) -> Outcome<Option<LiveRoom>> {
        // The room was planned by the server's time, `since` is by this machine's, and either may have been put
        // right meanwhile.
        let off = self.api.http().skew().unwrap_or_default();
        let planned = since.checked_add(off).unwrap_or(since).min(since);
        // The wire has whole seconds.
        let earliest = planned - SignedDuration::from_secs(1);
        let latest = self.api.now().max(self.api.local_now()).max(since) + WINDOW;
        let rooms = self.api.list_anchor().await?;
        let made = |room: &LiveRoom| {
            room.status() != LiveStatus::Ended
                && room.title.as_deref().unwrap_or_default() == title
                && map::start_time(room).is_some_and(|at| (earliest..=latest).contains(&at))
        };
        Ok(rooms.into_iter().filter(made).max_by_key(map::start_time))
    }
}

#[async_trait]
impl CreateRoom for QiniuConnection {
    /// Makes a room, planned for now, so that it can be found again if the answer gets lost.
    ///
    /// Qiniu may say that it failed although the room is there, so the anchor's list is looked at before
    /// a failure is told. A room without a push address comes back without one; starting it is refused.
    async fn create(&self, details: &Details) -> Outcome<RoomFacts> {
        check(details)?;
        let now = self.api.now();
        let body = CreateLive {
            anchor_id: self.api.anchor_id(),
            title: &details.title,
            notice: &details.notice,
            cover_url: &details.cover_url,
            start_at: china_time(now),
        };
        let failure = match self.api.create_live(&body).await {
            Ok(room) => return Ok(map::facts(room)),
            Err(failure) => failure,
        };
        let answered = failure.code == ProblemCode::PlatformDown;
        if !answered && !failure.outcome_unknown() {
            return Err(failure);
        }
        match self.find_made(&details.title, now).await {
            Ok(Some(room)) => Ok(map::facts(room)),
            // It said no, and the room isn't there: it is no.
            Ok(None) if answered => Err(failure),
            // Without an answer the server may still be at it; the caller looks again later.
            Ok(None) | Err(_) => Err(Failure { code: ProblemCode::OutcomeUnknown, ..failure }),
        }
    }

    async fn look_for(&self, details: &Details, since: Timestamp) -> Outcome<Looked> {
        let found = self.find_made(&details.title, since).await?;
        Ok(found.map_or(Looked::Absent, |room| Looked::Found(Box::new(map::facts(room)))))
    }
}

fn china_time(at: Timestamp) -> String {
    at.to_zoned(tz::TimeZone::fixed(tz::offset(8))).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// Texts that are too long for the server's columns would come back as an unexplained 500.
fn check(details: &Details) -> Outcome<()> {
    if details.title.trim().is_empty() {
        return Err(Failure::invalid("title", InvalidReason::Empty).at(Platform::Qiniu));
    }
    for (field, text, limit) in [
        ("title", &details.title, LIMITS.title),
        ("notice", &details.notice, LIMITS.notice),
        ("cover_url", &details.cover_url, LIMITS.cover_url),
    ] {
        let used = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        if used > limit {
            let reason = InvalidReason::TooLong { used, limit };
            return Err(Failure::invalid(field, reason).at(Platform::Qiniu));
        }
    }
    if !details.cover_url.is_empty() {
        web_address("cover_url", &details.cover_url).map_err(|f| f.at(Platform::Qiniu))?;
    }
    Ok(())
}

#[async_trait]
impl StartRoom for QiniuConnection {
    /// Starts a room, after looking at it.
    ///
    /// `NoStreamKey` when it has no push address, `WrongState` when it is over or when its push address
    /// has run out: Qiniu makes an address once and has no call for another, so only a new room helps.
    /// A room that is live is left alone, as starting it again would move its start.
    async fn start(&self, room: &RemoteId, _details: &Details) -> Outcome<Started> {
        let live = self.api.get_live(&room.0).await?;
        let status = live.status();
        let facts = map::facts(live);
        let Some(push) = facts.push else {
            let words = "the server made no push_url for this room";
            return Err(Failure::new(ProblemCode::NoStreamKey).at(Platform::Qiniu).said("push_url", words));
        };
        match status {
            LiveStatus::Live => return Ok(Started { push: Some(push) }),
            LiveStatus::Ended => return Err(wrong_state("live_status 2", "the room is over")),
            LiveStatus::Created | LiveStatus::Unknown => check_not_ended(&push, self.api.now())?,
        }
        match self.api.start_room(&room.0).await {
            Ok(_) => Ok(Started { push: Some(push) }),
            Err(failure) => match self.api.get_live(&room.0).await.map(|room| room.status()) {
                Ok(LiveStatus::Live) => Ok(Started { push: Some(push) }),
                Ok(LiveStatus::Ended) => Err(wrong_state("live_status 2", "the room is over")),
                _ => Err(failure),
            },
        }
    }
}

fn check_not_ended(push: &PushAddress, now: Timestamp) -> Outcome<()> {
    match map::push_ends(push) {
        Some(end) if end <= now => {
            Err(wrong_state("push_url", &format!("the push address ran out at {end}; make a new room")))
        }
        _ => Ok(()),
    }
}

fn wrong_state(code: &str, words: &str) -> Failure {
    Failure::new(ProblemCode::WrongState).at(Platform::Qiniu).said(code, words)
}

#[async_trait]
impl EndRoom for QiniuConnection {
    /// Ends a room. Refusals of its state and failures of the server's own are looked into: the room
    /// may be over already, or over although the answer denies it.
    async fn end(&self, room: &RemoteId) -> Outcome<()> {
        let failure = match self.api.stop_live(&room.0).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        let doubtful = matches!(failure.code, ProblemCode::WrongState | ProblemCode::PlatformDown)
            || failure.outcome_unknown();
        if doubtful && self.api.get_live(&room.0).await.is_ok_and(|room| room.status() == LiveStatus::Ended) {
            return Ok(());
        }
        Err(failure)
    }
}

#[async_trait]
impl DeleteRoom for QiniuConnection {
    async fn delete(&self, room: &RemoteId) -> Outcome<()> {
        match self.api.delete_live(&room.0).await {
            Err(failure) if failure.code == ProblemCode::NotFound => Ok(()),
            outcome => outcome,
        }
    }
}

#[async_trait]
impl KeepAlive for QiniuConnection {
    fn interval(&self) -> Duration {
        BEAT
    }

    /// One beat. An anchor who dropped out of a live room is put back into it, once.
    async fn beat(&self, room: &RemoteId) -> Outcome<bool> {
        if let Beat::Heard(status) = self.api.heartbeat(&room.0).await? {
            return Ok(status != LiveStatus::Ended);
        }
        match self.api.get_live(&room.0).await.map(|room| room.status()) {
            Ok(LiveStatus::Ended) => return Ok(false),
            Ok(LiveStatus::Created) => {
                return Err(wrong_state("live_status 0", "the room was not started"));
            }
            Ok(LiveStatus::Live | LiveStatus::Unknown) => {}
            Err(failure) if failure.code == ProblemCode::NotFound => return Ok(false),
            Err(failure) => return Err(failure),
        }
        self.api.join_room(&room.0).await?;
        match self.api.heartbeat(&room.0).await? {
            Beat::Heard(status) => Ok(status != LiveStatus::Ended),
            Beat::DroppedOut => Err(Failure::new(ProblemCode::PlatformDown)
                .at(Platform::Qiniu)
                .said("500", "the anchor can't be put back into the room")),
        }
    }
}
