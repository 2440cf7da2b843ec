//! One Weibo account, in the domain's terms.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kaibo_live::account::{Profile, Settings};
use kaibo_live::budget::{CallBudget, CallsLeft};
use kaibo_live::chat::ChatOut;
use kaibo_live::clock::Clock;
use kaibo_live::cover::CoverRule;
use kaibo_live::driver::{
    BroadcastRight, ChatSink, ChatSource, Connection, Covers, CreateRoom, DeleteRoom, EditRoom, EndRoom,
    Looked, Outcome, Picture, Revoke, SignalSource,
};
use kaibo_live::limits::TextLimit;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode, UnreadableHow};
use kaibo_live::room::{Details, Edit, RemoteId, RoomFacts, Status};
use kaibo_live::secret::Credentials;

use super::auth::Client;
use super::{BASE, CHAT_LIMIT, SUMMARY_LIMIT, api, chat, map};
use crate::connect::{PlainHttp, base_url, number, secret, web_address};
use crate::http::{Http, Redirects};
use crate::ingest::Ingest;
use crate::picture;

/// The status's part of the calls that reads may take.
const SHARE: f64 = 0.4;
/// The longer side of a cover, pixels.
const COVER_SIDE: u32 = 1280;
/// The largest cover, bytes.
const COVER_BYTES: u32 = 1_000_000;
/// The longest address that is shown as a code to scan.
const SCHEME_CAP: usize = 1024;

/// One account.
pub(super) struct WeiboConnection {
    client: Client,
    size: (u32, u32),
    polls: chat::Polls,
    ingest: Option<Ingest>,
    /// The account's own id, once an answer told it.
    uid: OnceLock<String>,
}

impl WeiboConnection {
    pub(super) fn new(
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Self> {
        let token = secret(credentials, "access_token")?;
        let base = base_url(settings, "base_url", BASE, PlainHttp::Loopback)?;
        let size =
            (number(settings, "width", 1920, 16..=7680)?, number(settings, "height", 1080, 16..=7680)?);
        let daily_calls = number(settings, "daily_calls", CallBudget::PLAN, 1..=10_000_000)?;
        let ingest = Ingest::from_settings(settings, Platform::Weibo, Arc::clone(&clock))?;
        let budget = Arc::new(CallBudget::new(daily_calls, Arc::clone(&clock)));
        let http = Http::new(Platform::Weibo, Redirects::SameHost, clock);
        let client = Client::new(http, base, token, budget);
        Ok(Self { client, size, polls: chat::Polls::default(), ingest, uid: OnceLock::new() })
    }

    /// Whose token this is, and when it ends. An app that may not ask for the second still has the first.
    async fn whose(&self) -> Outcome<(Option<String>, Option<Timestamp>)> {
        let info = match api::token_info::send(&self.client).await {
            Err(Failure {
                code: ProblemCode::NotAllowed | ProblemCode::NotFound | ProblemCode::Refused,
                ..
            }) => return Ok((api::get_uid::send(&self.client).await?.uid, None)),
            told => told?,
        };
        let Some(seconds) = info.expire_in else { return Ok((info.uid, None)) };
        if seconds <= 0 {
            return Err(Failure::new(ProblemCode::SignInExpired).at(Platform::Weibo));
        }
        let now = self.client.http().clock().now();
        Ok((info.uid, now.checked_add(SignedDuration::from_secs(seconds)).ok()))
    }

    async fn show(&self, room: &RemoteId, detail: bool) -> Outcome<RoomFacts> {
        let shown = api::show::send(&self.client, &room.0, detail).await?;
        if let Some(uid) = &shown.uid {
            self.uid.get_or_init(|| uid.clone());
        }
        Ok(map::shown(room, shown))
    }

    /// After a write whose answer got lost: its failure, unless the room is as it was meant to be.
    async fn unless(
        &self,
        lost: Failure,
        room: &RemoteId,
        done: fn(&Outcome<Status>) -> bool,
    ) -> Outcome<()> {
        if !lost.outcome_unknown() {
            return Err(lost);
        }
        let now = self.show(room, false).await.map(|facts| facts.status);
        if done(&now) { Ok(()) } else { Err(lost) }
    }
}

fn within(limit: TextLimit, field: &str, text: &str) -> Outcome<()> {
    let used = limit.counting.count(text);
    let reason = if limit.required && text.trim().is_empty() {
        InvalidReason::Empty
    } else if used > limit.max {
        InvalidReason::TooLong { used, limit: limit.max }
    } else {
        return Ok(());
    };
    Err(Failure::invalid(field, reason).at(Platform::Weibo))
}

fn title_given(title: &str) -> Outcome<()> {
    if title.trim().is_empty() {
        return Err(Failure::invalid("title", InvalidReason::Empty).at(Platform::Weibo));
    }
    Ok(())
}

fn address(field: &str, url: &str) -> Outcome<()> {
    web_address(field, url).map_err(|failure| failure.at(Platform::Weibo))
}

fn is_gone(status: &Outcome<Status>) -> bool {
    match status {
        Ok(status) => *status == Status::Deleted,
        Err(failure) => failure.code == ProblemCode::NotFound,
    }
}

#[async_trait]
impl Connection for WeiboConnection {
    async fn check(&self) -> Outcome<Profile> {
        let (uid, expires_at) = self.whose().await?;
        let Some(uid) = uid else {
            let how = UnreadableHow::Malformed;
            return Err(Failure::new(ProblemCode::Unreadable { how }).at(Platform::Weibo));
        };
        let uid = self.uid.get_or_init(|| uid).clone();
        let profile = Profile { user_id: Some(uid.clone()), expires_at, ..Profile::default() };
        let user = api::users_show::send(&self.client, &uid).await;
        self.client.correct_budget().await;
        match user {
            Ok(user) => Ok(Profile {
                name: user.screen_name.or(user.name),
                avatar_url: user.avatar_large.or(user.profile_image_url),
                ..profile
            }),
            // The token is good; an app that may not read names can still go live.
            Err(Failure {
                code: ProblemCode::NotAllowed | ProblemCode::NotFound | ProblemCode::Refused,
                ..
            }) => Ok(profile),
            Err(failure) => Err(failure),
        }
    }

    /// Weibo can't list them; Kaibo remembers.
    async fn find_rooms(&self) -> Outcome<Vec<RoomFacts>> {
        Ok(Vec::new())
    }

    async fn read(&self, room: &RemoteId) -> Outcome<RoomFacts> {
        self.show(room, true).await
    }

    fn read_interval(&self) -> Duration {
        self.client.budget().interval(SHARE)
    }

    fn calls_left(&self) -> Option<CallsLeft> {
        Some(self.client.budget().left())
    }

    fn create(&self) -> Option<&dyn CreateRoom> {
        Some(self)
    }
    fn edit(&self) -> Option<&dyn EditRoom> {
        Some(self)
    }
    fn covers(&self) -> Option<&dyn Covers> {
        Some(self)
    }
    fn end(&self) -> Option<&dyn EndRoom> {
        Some(self)
    }
    fn delete(&self) -> Option<&dyn DeleteRoom> {
        Some(self)
    }
    fn chat(&self) -> Option<&dyn ChatSource> {
        Some(self)
    }
    fn speak(&self) -> Option<&dyn ChatSink> {
        Some(self)
    }
    fn right(&self) -> Option<&dyn BroadcastRight> {
        Some(self)
    }
    fn revoke(&self) -> Option<&dyn Revoke> {
        Some(self)
    }
    fn signal(&self) -> Option<&dyn SignalSource> {
        self.ingest.as_ref().map(|ingest| ingest as _)
    }

    fn clock_skew(&self) -> Option<SignedDuration> {
        self.client.http().skew()
    }

    async fn picture(&self, url: &str) -> Outcome<Picture> {
        picture::fetch(self.client.http(), url).await
    }
}

#[async_trait]
impl CreateRoom for WeiboConnection {
    async fn create(&self, details: &Details) -> Outcome<RoomFacts> {
        title_given(&details.title)?;
        within(SUMMARY_LIMIT, "summary", &details.summary)?;
        if !details.cover_url.is_empty() {
            address("cover_url", &details.cover_url)?;
        }
        let ask = api::create::Ask {
            title: &details.title,
            size: self.size,
            summary: &details.summary,
            visibility: details.visibility,
            image: &details.cover_url,
        };
        let created = api::create::send(&self.client, &ask).await?;
        let mut facts = map::created(&created).ok_or_else(|| {
            // It was made, under a name that wasn't told.
            Failure::new(ProblemCode::Unreadable { how: UnreadableHow::Malformed }).at(Platform::Weibo)
        })?;
        facts.title = Some(details.title.clone());
        facts.summary = Some(details.summary.clone()).filter(|s| !s.is_empty());
        facts.cover_url = Some(details.cover_url.clone()).filter(|s| !s.is_empty());
        Ok(facts)
    }

    async fn look_for(&self, _: &Details, _: Timestamp) -> Outcome<Looked> {
        Ok(Looked::CannotTell)
    }
}

#[async_trait]
impl EditRoom for WeiboConnection {
    async fn edit(&self, room: &RemoteId, edit: &Edit) -> Outcome<()> {
        if let Some(title) = &edit.title {
            title_given(title)?;
        }
        within(SUMMARY_LIMIT, "summary", edit.summary.as_deref().unwrap_or_default())?;
        for (field, url) in [("cover_url", &edit.cover_url), ("replay_url", &edit.replay_url)] {
            if let Some(url) = url {
                address(field, url)?;
            }
        }
        let ask = api::update::Ask {
            title: edit.title.as_deref(),
            summary: edit.summary.as_deref(),
            visibility: edit.visibility,
            image: edit.cover_url.as_deref(),
            stop: false,
            replay_url: edit.replay_url.as_deref(),
        };
        if ask.fields().is_empty() {
            return Ok(());
        }
        api::update::send(&self.client, &room.0, &ask).await
    }
}

#[async_trait]
impl Covers for WeiboConnection {
    /// A cover has the broadcast's width to height. Pictures may have 5 MB; viewers wait for less.
    fn rule(&self) -> CoverRule {
        CoverRule::shaped(self.size.0, self.size.1, COVER_SIDE, COVER_BYTES)
    }

    async fn upload(&self, jpeg: Vec<u8>) -> Outcome<String> {
        let told = api::upload_pic::send(&self.client, &jpeg).await?;
        let missing =
            || Failure::new(ProblemCode::Unreadable { how: UnreadableHow::Malformed }).at(Platform::Weibo);
        let url = told.original_pic.ok_or_else(missing)?;
        web_address("cover_url", &url).map_err(|_| missing())?;
        Ok(url)
    }
}

#[async_trait]
impl EndRoom for WeiboConnection {
    async fn end(&self, room: &RemoteId) -> Outcome<()> {
        let ask = api::update::Ask { stop: true, ..api::update::Ask::default() };
        match api::update::send(&self.client, &room.0, &ask).await {
            Ok(()) => Ok(()),
            Err(lost) => {
                let over = |now: &Outcome<Status>| is_gone(now) || matches!(now, Ok(Status::Ended));
                self.unless(lost, room, over).await
            }
        }
    }
}

#[async_trait]
impl DeleteRoom for WeiboConnection {
    async fn delete(&self, room: &RemoteId) -> Outcome<()> {
        match api::delete::send(&self.client, &room.0).await {
            Err(failure) if failure.code == ProblemCode::NotFound => Ok(()),
            Err(lost) => self.unless(lost, room, is_gone).await,
            Ok(()) => Ok(()),
        }
    }
}

#[async_trait]
impl ChatSource for WeiboConnection {
    async fn listen(&self, room: &RemoteId, out: ChatOut) -> Outcome<()> {
        chat::listen(&self.client, &self.polls, room, || self.uid.get().cloned(), out).await
    }
}

#[async_trait]
impl ChatSink for WeiboConnection {
    async fn say(&self, room: &RemoteId, text: &str) -> Outcome<()> {
        within(CHAT_LIMIT, "chat", text)?;
        api::r_msg::send(&self.client, &room.0, text).await
    }
}

#[async_trait]
impl BroadcastRight for WeiboConnection {
    /// What each number means by itself is not known; the official kits treat them in three groups. One that
    /// they don't know is let through: creating the live tells.
    async fn ask(&self) -> Outcome<()> {
        let authed = api::authed::send(&self.client).await?;
        let Some(number) = authed.auth_code else {
            let how = UnreadableHow::Malformed;
            return Err(Failure::new(ProblemCode::Unreadable { how }).at(Platform::Weibo));
        };
        let code = match number {
            1 | 4 | 7 => return Ok(()),
            6 | 8 | 9 | 10 | 13 => {
                let fit = |url: &String| url.len() <= SCHEME_CAP && url.bytes().all(|b| b.is_ascii_graphic());
                ProblemCode::VerifyInApp { url: authed.scheme_url.filter(fit).unwrap_or_default() }
            }
            2 | 3 | 5 | 11 | 12 => ProblemCode::NotAllowed,
            _ => {
                tracing::warn!(number, "a right to broadcast that is in no document");
                return Ok(());
            }
        };
        Err(Failure::new(code).at(Platform::Weibo).said(number.to_string(), ""))
    }
}

#[async_trait]
impl Revoke for WeiboConnection {
    async fn revoke(&self) -> Outcome<()> {
        // What a token answers with that was taken back already.
        const GONE: &str = "21321";
        match api::revoke::send(&self.client).await {
            Ok(true)
            | Err(Failure { code: ProblemCode::SignInExpired | ProblemCode::CredentialsRefused, .. }) => {
                Ok(())
            }
            Ok(false) => Err(Failure::new(ProblemCode::Refused).at(Platform::Weibo)),
            Err(failure) if failure.platform_code.as_deref() == Some(GONE) => Ok(()),
            Err(failure) => Err(failure),
        }
    }
}

#[cfg(test)]
mod tests;
