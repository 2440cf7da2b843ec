//! One account at Bilibili.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kaibo_live::account::Profile;
use kaibo_live::driver::{
    Areas, ChatSink, ChatSource, Connection, Covers, CreateRoom, EditRoom, EndRoom, FaceCheck, Looked,
    Moderate, Outcome, Picture, Renew, Revoke, SignalSource, StartRoom, Started,
};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};
use kaibo_live::room::{Area, Details, Edit, RemoteId, RoomFacts, Status};
use kaibo_live::secret::SecretString;

use super::api::{Api, Change, Created, Start};
use super::chat::Danmaku;
use super::speech::Speech;
use super::{LIMITS, cover, map};
use crate::http::extra;
use crate::picture;

/// Bilibili publishes no limit. A reading costs two calls.
const READ_INTERVAL: Duration = Duration::from_secs(10);

pub(super) struct BilibiliConnection {
    pub(super) api: Api,
    /// The room that the account was connected with, when one was named.
    pub(super) room_id: Option<String>,
    /// With which the session is renewed.
    pub(super) refresh_token: Option<SecretString>,
    pub(super) danmaku: Danmaku,
    pub(super) speech: Speech,
    pub(super) ingest: Option<Box<dyn SignalSource>>,
}

#[async_trait]
impl Connection for BilibiliConnection {
    async fn check(&self) -> Outcome<Profile> {
        let nav = self.api.nav().await?;
        // Parts of two people's cookies: writes would be refused, one by one and without a reason.
        if nav.mid.is_some_and(|mid| mid != self.api.session.uid) {
            return Err(Failure::new(ProblemCode::CredentialsRefused).at(Platform::Bilibili));
        }
        Ok(Profile {
            user_id: Some(self.api.session.uid.to_string()),
            name: nav.uname,
            avatar_url: nav.face,
            expires_at: self.api.session.jar().ends,
        })
    }

    async fn find_rooms(&self) -> Outcome<Vec<RoomFacts>> {
        let id = match &self.room_id {
            Some(id) => Some(id.clone()),
            None => self.own_room().await?,
        };
        match id {
            Some(id) => Ok(vec![self.read(&RemoteId(id)).await?]),
            None => Ok(Vec::new()),
        }
    }

    async fn read(&self, room: &RemoteId) -> Outcome<RoomFacts> {
        let mut facts = map::facts(self.api.room_info(&room.0).await?, &room.0);
        // A board that can't be read is no reason to lose the room.
        facts.notice = extra("notice", self.api.room_news(&facts.remote.0)).await;
        Ok(facts)
    }

    fn read_interval(&self) -> Duration {
        READ_INTERVAL
    }

    fn create(&self) -> Option<&dyn CreateRoom> {
        Some(self)
    }
    fn edit(&self) -> Option<&dyn EditRoom> {
        Some(self)
    }
    fn start(&self) -> Option<&dyn StartRoom> {
        Some(self)
    }
    fn end(&self) -> Option<&dyn EndRoom> {
        Some(self)
    }
    fn chat(&self) -> Option<&dyn ChatSource> {
        Some(self)
    }
    fn speak(&self) -> Option<&dyn ChatSink> {
        Some(self)
    }
    fn moderate(&self) -> Option<&dyn Moderate> {
        Some(self)
    }
    fn covers(&self) -> Option<&dyn Covers> {
        Some(self)
    }
    fn areas(&self) -> Option<&dyn Areas> {
        Some(self)
    }
    fn signal(&self) -> Option<&dyn SignalSource> {
        self.ingest.as_deref()
    }
    fn reading_needs_sign_in(&self) -> bool {
        false
    }
    fn face_check(&self) -> Option<&dyn FaceCheck> {
        Some(self)
    }
    fn renew(&self) -> Option<&dyn Renew> {
        self.refresh_token.is_some().then_some(self as &dyn Renew)
    }
    fn revoke(&self) -> Option<&dyn Revoke> {
        Some(self)
    }

    fn clock_skew(&self) -> Option<SignedDuration> {
        self.api.http().skew()
    }

    async fn picture(&self, url: &str) -> Outcome<Picture> {
        picture::fetch(self.api.http(), url).await
    }
}

impl BilibiliConnection {
    /// The account's own room, by either of two calls.
    pub(super) async fn own_room(&self) -> Outcome<Option<String>> {
        let room = match self.api.room_of_uid().await {
            Ok(Some(id)) => Some(id),
            // What this call answers for somebody without a room isn't known; the other one tells.
            Ok(None) => self.api.room_info_old().await?,
            Err(failure) if matches!(failure.code, ProblemCode::NotFound | ProblemCode::Refused) => {
                self.api.room_info_old().await?
            }
            Err(failure) => return Err(failure),
        };
        Ok(room.map(|id| id.to_string()))
    }

    async fn read_own_room(&self) -> Outcome<Option<RoomFacts>> {
        match self.own_room().await? {
            Some(id) => self.read(&RemoteId(id)).await.map(Some),
            None => Ok(None),
        }
    }
}

#[async_trait]
impl CreateRoom for BilibiliConnection {
    /// Opens the account's one lasting room, or finds the one it has. Title and area are set at the start.
    async fn create(&self, _details: &Details) -> Outcome<RoomFacts> {
        match self.api.create_room().await? {
            // It is open; that it can't be read just now is no failure of opening it.
            Created::Room(id) => {
                let room = RemoteId(id);
                Ok(self.read(&room).await.unwrap_or_else(|_| RoomFacts::of(room)))
            }
            Created::HasOne => self
                .read_own_room()
                .await?
                .ok_or_else(|| Failure::new(ProblemCode::NotFound).at(Platform::Bilibili)),
        }
    }

    async fn look_for(&self, _details: &Details, _since: Timestamp) -> Outcome<Looked> {
        Ok(self.read_own_room().await?.map_or(Looked::Absent, |room| Looked::Found(Box::new(room))))
    }
}

/// Refuses a text that is too long, in characters.
fn check(field: &str, text: &str, limit: u32) -> Outcome<()> {
    let used = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    if used > limit {
        return Err(Failure::invalid(field, InvalidReason::TooLong { used, limit }).at(Platform::Bilibili));
    }
    Ok(())
}

fn check_filled(field: &str, text: &str, limit: u32) -> Outcome<()> {
    if text.trim().is_empty() {
        return Err(Failure::invalid(field, InvalidReason::Empty).at(Platform::Bilibili));
    }
    check(field, text, limit)
}

fn check_area(id: &str) -> Outcome<()> {
    if id.is_empty() || id.len() > 12 || !id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Failure::invalid("area_id", InvalidReason::Malformed).at(Platform::Bilibili));
    }
    Ok(())
}

#[async_trait]
impl EditRoom for BilibiliConnection {
    /// Title and area in one call, then each tag, the notice, the cover, which is the likeliest to be refused.
    /// Everything is checked before anything is sent.
    async fn edit(&self, room: &RemoteId, edit: &Edit) -> Outcome<()> {
        if let Some(title) = &edit.title {
            check_filled("title", title, LIMITS.title)?;
        }
        if let Some(area) = &edit.area_id {
            check_area(area)?;
        }
        for tag in edit.add_tags.iter().chain(&edit.remove_tags) {
            check_filled("tags", tag, LIMITS.tag)?;
        }
        if let Some(notice) = &edit.notice {
            check("notice", notice, LIMITS.notice)?;
        }
        if let Some(url) = &edit.cover_url {
            cover::check(url, self.api.main())?;
        }
        let id = room.0.as_str();
        if edit.title.is_some() || edit.area_id.is_some() {
            let (title, area_id) = (edit.title.clone(), edit.area_id.clone());
            self.api.update_room(id, Change::TitleAndArea { title, area_id }).await?;
        }
        for tag in &edit.add_tags {
            self.api.update_room(id, Change::AddTag(tag.clone())).await?;
        }
        for tag in &edit.remove_tags {
            self.api.update_room(id, Change::DelTag(tag.clone())).await?;
        }
        if let Some(notice) = &edit.notice {
            self.api.update_room_news(id, notice).await?;
        }
        if let Some(url) = &edit.cover_url {
            self.api.update_cover(url).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl StartRoom for BilibiliConnection {
    /// Starts in the area given, or in the room's last one. The title is left to an edit after it: a start
    /// that is refused changes nothing.
    async fn start(&self, room: &RemoteId, details: &Details) -> Outcome<Started> {
        check("title", &details.title, LIMITS.title)?;
        if !details.area_id.is_empty() {
            check_area(&details.area_id)?;
        }
        let area_id = if details.area_id.is_empty() {
            let last = map::facts(self.api.room_info(&room.0).await?, &room.0).area;
            let none = || Failure::invalid("area_id", InvalidReason::Empty).at(Platform::Bilibili);
            last.ok_or_else(none)?.id
        } else {
            details.area_id.clone()
        };
        let push = self.api.start_live(&Start { room_id: &room.0, area_id: &area_id }).await?;
        Ok(Started { push })
    }
}

#[async_trait]
impl EndRoom for BilibiliConnection {
    /// Ends; when the answer got lost, the room is read before anything is told.
    async fn end(&self, room: &RemoteId) -> Outcome<()> {
        let failure = match self.api.stop_live(&room.0).await {
            Ok(()) => return Ok(()),
            Err(failure) => failure,
        };
        let doubtful = failure.outcome_unknown() || failure.code == ProblemCode::PlatformDown;
        if doubtful && let Ok(info) = self.api.room_info(&room.0).await {
            let status = map::facts(info, &room.0).status;
            if matches!(status, Status::NotStarted | Status::Replay) {
                return Ok(());
            }
        }
        Err(failure)
    }
}

#[async_trait]
impl Areas for BilibiliConnection {
    async fn list(&self) -> Outcome<Vec<Area>> {
        Ok(map::areas(self.api.area_list().await?))
    }
}

#[async_trait]
impl ChatSource for BilibiliConnection {
    async fn listen(&self, room: &RemoteId, out: kaibo_live::chat::ChatOut) -> Outcome<()> {
        self.danmaku.listen(&self.api, &room.0, out).await
    }
}

#[async_trait]
impl ChatSink for BilibiliConnection {
    async fn say(&self, room: &RemoteId, text: &str) -> Outcome<()> {
        check_filled("chat", text, LIMITS.chat)?;
        self.speech.say(&self.api, &room.0, text).await
    }
}
