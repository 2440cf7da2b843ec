//! What a platform offers the domain: a [`Driver`] a platform, a [`Connection`] an account, and one
//! small trait for each thing that only some can do. "Taobao can't push" is `None`, not an error.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};

use crate::account::{Profile, Settings, SignInWay};
use crate::budget::CallsLeft;
use crate::chat::ChatOut;
use crate::clock::Clock;
use crate::cover::CoverRule;
use crate::moderation::{BlockedWords, ModeratorPage, MuteFor, MutedPage, Silence};
use crate::platform::PlatformInfo;
use crate::problem::{Failure, ProblemCode};
use crate::push::PushAddress;
use crate::room::{Area, Details, Edit, RemoteId, RoomFacts, Signal};
use crate::secret::Credentials;

/// The result of asking a platform.
pub type Outcome<T> = Result<T, Failure>;

/// A platform: what it is, and how an account connects to it.
pub trait Driver: Send + Sync {
    /// What it is and can do.
    fn info(&self) -> PlatformInfo;

    /// Makes a connection. No call is sent yet; a field of the wrong form is `Invalid`.
    fn connect(
        &self,
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Arc<dyn Connection>>;

    /// Prepares a sign-in other than by form; `settings` and `credentials` are the fields of that way. No
    /// call is sent yet.
    fn sign_in(
        &self,
        way: SignInWay,
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Box<dyn SignIn>> {
        let _ = (way, settings, credentials, clock);
        Err(Failure::new(ProblemCode::NotAllowed))
    }

    /// Reads the file that a streamer keeps fields of the connect form in (Bilibili's client identity). A
    /// file of the wrong form is `Invalid { field: "file" }`.
    fn read_file(&self, text: &str) -> Outcome<(Settings, Credentials)> {
        let _ = text;
        Err(Failure::new(ProblemCode::NotAllowed))
    }
}

/// One account's connection. Each method is one intention; the calls behind it are the platform's.
///
/// Reads may be repeated inside. Writes are sent once: a lost answer comes back as
/// [`ProblemCode::OutcomeUnknown`](crate::problem::ProblemCode::OutcomeUnknown).
#[async_trait]
pub trait Connection: Send + Sync {
    /// Are the credentials good, and whose are they? Must not change anything.
    async fn check(&self) -> Outcome<Profile>;

    /// The account's rooms, as far as the platform can list them.
    async fn find_rooms(&self) -> Outcome<Vec<RoomFacts>>;

    /// Reads a room.
    async fn read(&self, room: &RemoteId) -> Outcome<RoomFacts>;

    /// Least time between two readings of one room that the account's call budget allows.
    fn read_interval(&self) -> Duration;

    /// Making a room.
    fn create(&self) -> Option<&dyn CreateRoom> {
        None
    }
    /// Changing a room's details.
    fn edit(&self) -> Option<&dyn EditRoom> {
        None
    }
    /// Starting by call.
    fn start(&self) -> Option<&dyn StartRoom> {
        None
    }
    /// Ending.
    fn end(&self) -> Option<&dyn EndRoom> {
        None
    }
    /// Deleting.
    fn delete(&self) -> Option<&dyn DeleteRoom> {
        None
    }
    /// Keeping a live room alive.
    fn keep_alive(&self) -> Option<&dyn KeepAlive> {
        None
    }
    /// Hearing the chat.
    fn chat(&self) -> Option<&dyn ChatSource> {
        None
    }
    /// Answering in the chat.
    fn speak(&self) -> Option<&dyn ChatSink> {
        None
    }
    /// Moderating the chat.
    fn moderate(&self) -> Option<&dyn Moderate> {
        None
    }
    /// Uploading cover pictures.
    fn covers(&self) -> Option<&dyn Covers> {
        None
    }
    /// The list of areas.
    fn areas(&self) -> Option<&dyn Areas> {
        None
    }
    /// Asking the ingest whether video arrives.
    fn signal(&self) -> Option<&dyn SignalSource> {
        None
    }
    /// Asking for the right to broadcast.
    fn right(&self) -> Option<&dyn BroadcastRight> {
        None
    }
    /// Asking whether the person passed the face check.
    fn face_check(&self) -> Option<&dyn FaceCheck> {
        None
    }
    /// Renewing the sign-in before it runs out.
    fn renew(&self) -> Option<&dyn Renew> {
        None
    }
    /// Taking the sign-in back at the platform.
    fn revoke(&self) -> Option<&dyn Revoke> {
        None
    }
    /// Whether a reading fails once the sign-in has run out. Where anybody may read a room, the sign-in of a
    /// live one has to be asked after.
    fn reading_needs_sign_in(&self) -> bool {
        true
    }
    /// Calls left of the account's quota, where there is one.
    fn calls_left(&self) -> Option<CallsLeft> {
        None
    }
    /// The platform's clock minus this machine's, by the `Date` of the last answer; whole seconds.
    fn clock_skew(&self) -> Option<SignedDuration> {
        None
    }
    /// Fetches the account's picture, [`Profile::avatar_url`].
    async fn picture(&self, url: &str) -> Outcome<Picture> {
        let _ = url;
        Err(Failure::new(ProblemCode::NotFound))
    }
}

/// A small picture: PNG, JPEG, WebP or GIF, by its first bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// `image/png` and the like.
    pub mime: &'static str,
    /// At most 512 kB.
    pub bytes: Vec<u8>,
}

/// A sign-in under way. The studio drives it: `begin`, then `step` again and again until it is done; after
/// [`SignInStep::Expired`] it may `begin` anew.
#[async_trait]
pub trait SignIn: Send {
    /// Asks the platform for what the person is shown.
    async fn begin(&mut self) -> Outcome<SignInPrompt>;

    /// Waits for the next thing to happen: one poll, its pause included, or the browser coming back. May be
    /// dropped at any await and called again.
    async fn step(&mut self) -> Outcome<SignInStep>;

    /// Takes what the person pasted: the browser's last address, or the code alone. A wrong one is
    /// `Invalid { field: "answer" }` and the sign-in goes on.
    async fn answer(&mut self, text: &str) -> Outcome<SignedIn>;
}

/// What the person is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInPrompt {
    /// A code to scan with the platform's app.
    Qr {
        /// What the code holds.
        url: String,
        /// When it stops working.
        expires_at: Timestamp,
    },
    /// A page to open in the browser.
    Browser {
        /// The page.
        url: String,
        /// The browser's answer comes back by itself; otherwise it is pasted.
        returns: bool,
    },
}

/// What happened in a sign-in.
#[derive(Debug)]
pub enum SignInStep {
    /// Nothing new.
    Waiting,
    /// The code was scanned; the person has to confirm on the phone.
    Scanned,
    /// The code ran out.
    Expired,
    /// Signed in.
    Done(SignedIn),
}

/// What a sign-in brought: to be kept beside the fields it was begun with.
#[derive(Debug, Default)]
pub struct SignedIn {
    /// Secrets by name, as `connect` wants them.
    pub credentials: Credentials,
    /// When the sign-in runs out.
    pub expires_at: Option<Timestamp>,
}

/// Asking for the right to broadcast (Weibo).
#[async_trait]
pub trait BroadcastRight: Send + Sync {
    /// Fails with `VerifyInApp` when the person has to be verified first, with `NotAllowed` when the account
    /// can't broadcast at all.
    async fn ask(&self) -> Outcome<()>;
}

/// Asking whether the person passed the face check that a start was refused for (Bilibili).
#[async_trait]
pub trait FaceCheck: Send + Sync {
    /// `true` once it was passed: starting again makes sense.
    async fn passed(&self, room: &RemoteId) -> Outcome<bool>;
}

/// Renewing a sign-in. The order keeps a way in whatever is cut off: the new credentials are *kept* before the
/// old ones are confirmed away.
#[async_trait]
pub trait Renew: Send + Sync {
    /// Does the platform want it?
    async fn is_due(&self) -> Outcome<bool>;
    /// Gets new credentials: every secret that changes, by name. The old ones work until `confirm`.
    async fn renew(&self) -> Outcome<SignedIn>;
    /// Has the old sign-in ended. Called on the connection made of the *new* credentials, again after a crash;
    /// `old` holds the secrets that `renew` replaced. Already ended is not an error.
    async fn confirm(&self, old: &Credentials) -> Outcome<()>;
}

/// Taking a sign-in back at the platform.
#[async_trait]
pub trait Revoke: Send + Sync {
    /// Takes it back. Already gone is not an error.
    async fn revoke(&self) -> Outcome<()>;
}

/// Making a room.
#[async_trait]
pub trait CreateRoom: Send + Sync {
    /// Makes it. `push` is filled in where the platform tells the address at once.
    async fn create(&self, details: &Details) -> Outcome<RoomFacts>;

    /// After a lost answer: was a room with these details made at or after `since`?
    async fn look_for(&self, details: &Details, since: Timestamp) -> Outcome<Looked>;
}

/// What looking for a room after a lost answer found.
#[derive(Debug)]
pub enum Looked {
    /// It is there.
    Found(Box<RoomFacts>),
    /// It isn't: making it again is safe.
    Absent,
    /// The platform has no way to tell.
    CannotTell,
}

/// Changing a room's details.
#[async_trait]
pub trait EditRoom: Send + Sync {
    /// Sends the changes, each in the platform's own call, in order; stops at the first refusal.
    async fn edit(&self, room: &RemoteId, edit: &Edit) -> Outcome<()>;
}

/// Uploading cover pictures.
#[async_trait]
pub trait Covers: Send + Sync {
    /// What a picture has to be.
    fn rule(&self) -> CoverRule;
    /// Uploads one that was checked against the rule; answers its address at the platform. No room changes by it.
    async fn upload(&self, jpeg: Vec<u8>) -> Outcome<String>;
}

/// Starting a broadcast by call.
#[async_trait]
pub trait StartRoom: Send + Sync {
    /// Starts it, in the area of `details` where there are areas. Starting a live room again is not an error. A
    /// start that is refused leaves the room as it was; other details are edited after it.
    async fn start(&self, room: &RemoteId, details: &Details) -> Outcome<Started>;
}

/// A broadcast that was started.
#[derive(Debug)]
pub struct Started {
    /// Where to push, when the start told it.
    pub push: Option<PushAddress>,
}

/// Ending a broadcast.
#[async_trait]
pub trait EndRoom: Send + Sync {
    /// Ends it. A lying answer is re-read inside: `Ok` means it is over.
    async fn end(&self, room: &RemoteId) -> Outcome<()>;
}

/// Deleting a live object. Can't be undone.
#[async_trait]
pub trait DeleteRoom: Send + Sync {
    /// Deletes it. One that is gone already is not an error.
    async fn delete(&self, room: &RemoteId) -> Outcome<()>;
}

/// Keeping a live room alive (Qiniu ends a room after ten minutes without a heartbeat).
#[async_trait]
pub trait KeepAlive: Send + Sync {
    /// Time between beats.
    fn interval(&self) -> Duration;
    /// One beat; `false` means the room is over.
    async fn beat(&self, room: &RemoteId) -> Outcome<bool>;
}

/// Hearing a room's chat.
#[async_trait]
pub trait ChatSource: Send + Sync {
    /// Listens until something fails or the reader goes away (`Ok`). Reconnecting is the caller's.
    async fn listen(&self, room: &RemoteId, out: ChatOut) -> Outcome<()>;
}

/// Answering in a room's chat.
#[async_trait]
pub trait ChatSink: Send + Sync {
    /// Sends one line. `Ok` means viewers can see it.
    async fn say(&self, room: &RemoteId, text: &str) -> Outcome<()>;
}

/// Moderating a room's chat. A write that came back `Ok` was taken; whether it had an effect is looked up in the
/// lists, which is the caller's.
#[async_trait]
pub trait Moderate: Send + Sync {
    /// Mutes somebody, by the platform's id. `line` is what they said; may be empty.
    async fn mute(&self, room: &RemoteId, person: &str, how_long: MuteFor, line: &str) -> Outcome<()>;
    /// Lets somebody speak again.
    async fn unmute(&self, room: &RemoteId, person: &str) -> Outcome<()>;
    /// A page of the muted, from 1.
    async fn muted(&self, room: &RemoteId, page: u32) -> Outcome<MutedPage>;
    /// The blocked words.
    async fn blocked_words(&self, room: &RemoteId) -> Outcome<BlockedWords>;
    /// Blocks a word.
    async fn block_word(&self, room: &RemoteId, word: &str) -> Outcome<()>;
    /// Takes a word from the list.
    async fn unblock_word(&self, room: &RemoteId, word: &str) -> Outcome<()>;
    /// Is the room silenced?
    async fn silence(&self, room: &RemoteId) -> Outcome<Silence>;
    /// Silences the room, or ends that.
    async fn set_silence(&self, room: &RemoteId, silence: Silence) -> Outcome<()>;
    /// A page of the moderators, from 1.
    async fn moderators(&self, room: &RemoteId, page: u32) -> Outcome<ModeratorPage>;
    /// Makes somebody a moderator.
    async fn appoint(&self, room: &RemoteId, person: &str) -> Outcome<()>;
    /// Takes that back.
    async fn dismiss(&self, room: &RemoteId, person: &str) -> Outcome<()>;
}

/// The platform's areas.
#[async_trait]
pub trait Areas: Send + Sync {
    /// All of them, grouped as the platform groups them.
    async fn list(&self) -> Outcome<Vec<Area>>;
}

/// Asking an ingest whether video arrives at a push address.
#[async_trait]
pub trait SignalSource: Send + Sync {
    /// Asks.
    async fn ask(&self, push: &PushAddress) -> Outcome<Signal>;
}
