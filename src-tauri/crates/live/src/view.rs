//! What the window sees: one snapshot, then numbered batches of updates. Nothing here can hold a secret.

mod history;
mod notices;
mod people;
mod summary;
mod template;
mod text_size;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

use crate::account::{AccountId, SignInWay};
use crate::budget::CallsLeft;
use crate::chat::{ChatEvent, ChatKind, Gift, Person};
use crate::cover::CoverRule;
use crate::encoder::{Alarm, EncoderAddress, EncoderView, RunEncoder};
use crate::overlay::{OverlaySettings, OverlayView};
use crate::platform::{Platform, PlatformInfo};
use crate::problem::{Failure, InvalidReason, Problem};
use crate::relay::{RelaySettings, RelayView};
use crate::room::{Area, Details, FigureKind, PlayAddress, RemoteId, RoomId, Signal, Status, Visibility};
use crate::secret::VaultState;
use crate::shortcut::{ShortcutAction, ShortcutSettings, ShortcutsView};

pub use history::*;
pub use notices::*;
pub use people::*;
pub use summary::*;
pub use template::*;
pub use text_size::*;

/// A batch on the channel to the window: `seq` counts from 0 without gaps; batch 0 is the snapshot.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Batch {
    /// Its number.
    #[ts(type = "number")]
    pub seq: u64,
    /// What happened, in order.
    pub updates: Vec<Update>,
}

/// One thing the window should know.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Update {
    /// Everything, at the start.
    Snapshot {
        /// The whole picture.
        snapshot: Box<Snapshot>,
    },
    /// An account is new or changed.
    Account {
        /// It.
        account: AccountView,
    },
    /// An account is gone, with its rooms.
    AccountGone {
        /// Which.
        id: AccountId,
    },
    /// A room is new or changed.
    Room {
        /// It.
        room: Box<RoomView>,
    },
    /// A room is gone.
    RoomGone {
        /// Which.
        id: RoomId,
    },
    /// Chat lines, oldest first.
    Chat {
        /// They.
        lines: Vec<ChatLine>,
        /// Lines before the first of these that came too fast for the window and aren't sent.
        #[ts(type = "number")]
        skipped: u64,
    },
    /// A sign-in moved, or is over (`null`).
    SignIn {
        /// It.
        sign_in: Option<SignInView>,
    },
    /// The checks before going live moved.
    Preflight {
        /// They.
        preflight: PreflightView,
    },
    /// Lines were taken back.
    ChatRecalled {
        /// Their numbers.
        #[ts(type = "number[]")]
        ids: Vec<u64>,
    },
    /// A step of *Go live* or *End* moved.
    Run {
        /// The run as it stands.
        run: RunView,
    },
    /// Something was noted in the journal.
    Journal {
        /// It.
        entry: JournalEntry,
    },
    /// The encoder's state or figures changed.
    Encoder {
        /// It.
        encoder: EncoderView,
    },
    /// The overlay was switched, or a page came or went.
    Overlay {
        /// How it is doing.
        overlay: OverlayView,
    },
    /// The relay, its source or its targets changed; twice a second at most.
    Relay {
        /// How it is doing.
        relay: RelayView,
    },
    /// An export of the history moved, or is over (`null`).
    Export {
        /// It.
        export: Option<ExportView>,
    },
    /// A person's marks are others; empty ones take the person out.
    Marked {
        /// Who, with all their marks.
        marked: MarkedPerson,
    },
    /// Others wait for thanks: what stands in an open list is to be asked for again. Once a second at most.
    Thanks {
        /// Entries of the list, of any age.
        waiting: u32,
    },
    /// Alarms came, were seen or left.
    Alarms {
        /// Those that stand, oldest first.
        alarms: Vec<Alarm>,
    },
    /// The keyring's state changed.
    Vault {
        /// It.
        vault: VaultState,
    },
    /// The sandbox was switched on or off.
    Sandbox {
        /// Is it on?
        on: bool,
    },
    /// Preferences changed.
    Preferences {
        /// They.
        preferences: Preferences,
    },
    /// Shortcuts were set, or the system refused some.
    Shortcuts {
        /// How they stand.
        shortcuts: ShortcutsView,
    },
    /// A shortcut was pressed, here or in another program, that does something in the window.
    ShortcutPressed {
        /// What it does.
        action: ShortcutAction,
    },
    /// The streamer wants to close the window while rooms are live: ask.
    CloseAsked,
    /// A copied key was cleared from the clipboard.
    ClipboardCleared,
    /// A broadcast reached a round number.
    Milestone {
        /// It.
        milestone: Milestone,
    },
    /// Something outside any one room went wrong.
    Problem {
        /// It.
        problem: Problem,
    },
}

/// Everything the window shows, at one moment.
#[derive(Debug, Clone, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Snapshot {
    /// The program's version.
    pub version: String,
    /// Platforms, in the order of the registry.
    pub platforms: Vec<PlatformInfo>,
    /// Accounts, in the order they were connected.
    pub accounts: Vec<AccountView>,
    /// Rooms, in the order of the rail.
    pub rooms: Vec<RoomView>,
    /// The last lines of chat, oldest first.
    pub chat: Vec<ChatLine>,
    /// The last run.
    pub run: Option<RunView>,
    /// The sign-in under way.
    pub sign_in: Option<SignInView>,
    /// The last checks before going live.
    pub preflight: Option<PreflightView>,
    /// The last entries of the journal, oldest first.
    pub journal: Vec<JournalEntry>,
    /// The encoder.
    pub encoder: EncoderView,
    /// The overlay.
    pub overlay: OverlayView,
    /// The relay.
    pub relay: RelayView,
    /// Shortcuts that work in other programs.
    pub shortcuts: ShortcutsView,
    /// Everybody with marks, at most [`MARKED_CAP`].
    pub marked: Vec<MarkedPerson>,
    /// Entries of the thanks list.
    pub thanks_waiting: u32,
    /// Alarms that stand, oldest first.
    pub alarms: Vec<Alarm>,
    /// The keyring.
    pub vault: VaultState,
    /// Is the sandbox on?
    pub sandbox: bool,
    /// Preferences.
    pub preferences: Preferences,
    /// The operating system's language, e.g. `zh-CN`.
    pub system_language: String,
}

/// An account, without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct AccountView {
    /// Kaibo's name for it.
    pub id: AccountId,
    /// Where.
    pub platform: Platform,
    /// What the streamer calls it, else the platform's name for the person.
    pub name: String,
    /// Played by the sandbox.
    pub sandbox: bool,
    /// How its credentials are doing.
    pub state: AccountState,
    /// How it was signed in.
    pub way: SignInWay,
    /// The platform's name for the person.
    pub person: Option<String>,
    /// There is a picture to ask for (`account_picture`).
    pub has_picture: bool,
    /// A cover picture can be uploaded, and has to be this; none: a cover is an address, or isn't taken at all.
    pub cover: Option<CoverRule>,
    /// When the sign-in runs out, ms since 1970.
    #[ts(type = "number | null")]
    pub expires_at: Option<i64>,
    /// Calls left of its quota.
    pub calls_left: Option<CallsLeft>,
    /// Its own problem.
    pub problem: Option<Problem>,
    /// When it was last checked, ms since 1970.
    #[ts(type = "number | null")]
    pub checked_at: Option<i64>,
}

/// How an account's credentials are doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum AccountState {
    /// Not asked yet.
    Unknown,
    /// Being asked.
    Checking,
    /// They work.
    SignedIn,
    /// They ran out.
    Expired,
    /// They were refused.
    Refused,
    /// Their secrets can't be read: keyring locked or entry gone.
    NoSecrets,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RoomView {
    /// Kaibo's name for it.
    pub id: RoomId,
    /// Whose.
    pub account: AccountId,
    /// Where.
    pub platform: Platform,
    /// What stands in the rail.
    pub name: String,
    /// Played by the sandbox.
    pub sandbox: bool,
    /// The platform's id; none before the first broadcast of a Weibo or Qiniu account.
    pub remote: Option<RemoteId>,
    /// Title as the platform has it, else as it was last set.
    pub title: String,
    /// Longer text.
    pub summary: String,
    /// Notice.
    pub notice: String,
    /// Cover.
    pub cover_url: String,
    /// Area.
    pub area: Option<Area>,
    /// Tags.
    pub tags: Vec<String>,
    /// Who can see it.
    pub visibility: Visibility,
    /// What viewers can see.
    pub status: Status,
    /// The platform's own number for it.
    #[ts(type = "number | null")]
    pub status_code: Option<i64>,
    /// Does video arrive?
    pub signal: Signal,
    /// What Kaibo is doing with it.
    pub busy: Option<Action>,
    /// What is wrong with it. Cleared by the next success.
    pub problem: Option<Problem>,
    /// On air since, ms since 1970.
    #[ts(type = "number | null")]
    pub started_at: Option<i64>,
    /// Over since, ms since 1970.
    #[ts(type = "number | null")]
    pub ended_at: Option<i64>,
    /// What viewers open.
    pub landing_url: Option<String>,
    /// Where to watch.
    pub play: Vec<PlayAddress>,
    /// Numbers, by kind.
    #[ts(type = "Partial<Record<FigureKind, number>>")]
    pub figures: BTreeMap<FigureKind, u64>,
    /// Earlier readings for sparklines, oldest first, at most [`FIGURE_HISTORY`].
    pub history: Vec<Reading>,
    /// Where to push; the key stays behind.
    pub push: Option<PushView>,
    /// Since when a live object may be there that was asked for and whose making can't be told, ms since 1970.
    /// Another is made only after the streamer looked (`settle_lost`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub lost_since: Option<i64>,
    /// How its chat is doing.
    pub chat: ChatHealth,
    /// When the platform was last asked, ms since 1970.
    #[ts(type = "number | null")]
    pub read_at: Option<i64>,
}

/// Readings kept for sparklines: an hour at one a minute.
pub const FIGURE_HISTORY: usize = 60;

/// Figures at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Reading {
    /// When, ms since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// Numbers, by kind.
    #[ts(type = "Partial<Record<FigureKind, number>>")]
    pub figures: BTreeMap<FigureKind, u64>,
}

/// A push address without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PushView {
    /// OBS's *Server*.
    pub server: String,
    /// Is there a key to copy? SRT has none.
    pub has_key: bool,
}

/// How a room's chat is doing: quiet is told from broken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum ChatHealth {
    /// The platform has no chat for Kaibo.
    #[default]
    None,
    /// Not on air, so not listening.
    Off,
    /// Connecting.
    Connecting,
    /// Listening.
    Listening {
        /// Last line, ms since 1970.
        #[ts(type = "number | null")]
        last_line: Option<i64>,
        /// Last sign of life, ms since 1970.
        #[ts(type = "number")]
        last_alive: i64,
        /// Times it had to be connected anew.
        reconnects: u32,
    },
    /// Broken; it will be tried again.
    Broken {
        /// When, ms since 1970.
        #[ts(type = "number")]
        retry_at: i64,
        /// Tries so far.
        tries: u32,
        /// Why.
        problem: Problem,
    },
}

/// What Kaibo can be doing with a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Action {
    /// Making the room.
    Create,
    /// Starting the broadcast.
    Start,
    /// Changing details.
    Edit,
    /// Ending the broadcast.
    End,
    /// Deleting the room.
    Delete,
}

/// A line in the chat pane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct ChatLine {
    /// Counts up over all rooms.
    #[ts(type = "number")]
    pub id: u64,
    /// Where.
    pub room: RoomId,
    /// Where.
    pub platform: Platform,
    /// What.
    pub kind: ChatKind,
    /// Who.
    pub who: Option<Person>,
    /// The text; cleaned, still to be shown as text only.
    pub text: String,
    /// What was given.
    pub gift: Option<Gift>,
    /// Shown at the top until then, ms since 1970.
    #[ts(type = "number | null")]
    pub until: Option<i64>,
    /// Taken back; the text is gone.
    pub recalled: bool,
    /// When, ms since 1970.
    #[ts(type = "number")]
    pub at: i64,
}

/// A sign-in under way. One at a time: a new one ends the former.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SignInView {
    /// Counts up.
    #[ts(type = "number")]
    pub id: u64,
    /// Where.
    pub platform: Platform,
    /// The account that is signed in again; none for a new one.
    pub account: Option<AccountId>,
    /// How.
    pub way: SignInWay,
    /// How it stands.
    pub state: SignInState,
    /// What was wrong with the last pasted answer; the sign-in goes on.
    pub answer_problem: Option<Problem>,
}

/// How a sign-in stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum SignInState {
    /// The platform is being asked.
    Starting,
    /// A code to scan.
    Qr {
        /// It.
        code: QrCode,
        /// Until when, ms since 1970.
        #[ts(type = "number")]
        expires_at: i64,
        /// Scanned; to be confirmed on the phone.
        scanned: bool,
    },
    /// The code ran out; `renew_sign_in` makes a new one.
    Expired,
    /// A page to open in the browser (`open_sign_in_page`).
    Browser {
        /// The page's address, to copy into another browser. Holds no secret.
        url: String,
        /// The answer comes back by itself; otherwise it is pasted.
        returns: bool,
    },
    /// The credentials are being tried and kept.
    Finishing,
    /// Done.
    Done {
        /// The account.
        account: AccountId,
    },
    /// Over without success; `renew_sign_in` begins anew with the same fields.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// A sign-in to begin. Its secret fields go to the keyring and never come back.
#[derive(Clone, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct SignInRequest {
    /// Where.
    pub platform: Platform,
    /// How.
    pub way: SignInWay,
    /// The account to sign in again: fields left empty keep their values.
    pub account: Option<AccountId>,
    /// What the streamer calls it; empty means the platform's name for the person.
    pub name: String,
    /// The fields of that way, by name.
    pub fields: BTreeMap<String, String>,
}

/// The checks before going live, room by room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PreflightView {
    /// Counts up.
    #[ts(type = "number")]
    pub id: u64,
    /// When all were done, ms since 1970; none while they run.
    #[ts(type = "number | null")]
    pub finished_at: Option<i64>,
    /// A list a room.
    pub rooms: Vec<PreflightRoom>,
}

/// One room's checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct PreflightRoom {
    /// Which.
    pub room: RoomId,
    /// Those that make sense for it, in order.
    pub checks: Vec<Check>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Check {
    /// What is checked.
    pub kind: CheckKind,
    /// How it came out.
    pub level: CheckLevel,
    /// When the sign-in or the push address runs out, ms since 1970.
    #[ts(type = "number | null")]
    pub expires_at: Option<i64>,
    /// How far the platform's clock is ahead of this machine's, ms.
    #[ts(type = "number | null")]
    pub skew_ms: Option<i64>,
    /// The ingest's host and port.
    pub host: Option<String>,
    /// Why it isn't green, where there is more to say than its kind.
    pub problem: Option<Problem>,
}

/// What is checked before going live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum CheckKind {
    /// The sign-in works, and lasts for another day.
    SignIn,
    /// The account may broadcast.
    Right,
    /// An area is chosen and exists.
    Area,
    /// The texts fit.
    Texts,
    /// The push address that is known still works.
    PushAddress,
    /// This machine's clock agrees with the platform's.
    Clock,
    /// The ingest takes connections.
    Ingest,
    /// Calls are left of the quota.
    Calls,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum CheckLevel {
    /// At it.
    Working,
    /// Good.
    Green,
    /// Going live will work; something wants attention.
    Amber,
    /// Going live will fail.
    Red,
    /// Could not be told.
    Unknown,
}

/// What became of a forgotten account's sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Forgotten {
    /// Why the platform didn't take it back; none when it did or can't.
    pub revoke_problem: Option<Problem>,
}

impl ChatLine {
    /// An event as line `id` of a room.
    pub(crate) fn of(id: u64, room: &RoomId, platform: Platform, event: ChatEvent) -> Self {
        Self {
            id,
            room: room.clone(),
            platform,
            kind: event.kind,
            who: event.who,
            text: event.text,
            at: event.at.as_millisecond(),
            gift: event.gift,
            until: event.until.map(jiff::Timestamp::as_millisecond),
            recalled: false,
        }
    }
}

/// *Go live* or *End* for several rooms at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RunView {
    /// Counts up.
    #[ts(type = "number")]
    pub id: u64,
    /// Going live or ending?
    pub going_live: bool,
    /// Since when, ms since 1970.
    #[ts(type = "number")]
    pub started_at: i64,
    /// Until when, ms since 1970; none while it runs.
    #[ts(type = "number | null")]
    pub finished_at: Option<i64>,
    /// A result a room.
    pub rooms: Vec<RunRoom>,
    /// The encoder's part; none when it has none.
    pub encoder: Option<RunEncoder>,
    /// The relay's part: whether it took the rooms over; none when it has none.
    pub relay: Option<RunState>,
}

/// One room of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RunRoom {
    /// Which.
    pub room: RoomId,
    /// How it stands.
    pub state: RunState,
    /// Its steps, in order.
    pub steps: Vec<RunStep>,
    /// Time it took, ms; none while it runs.
    #[ts(type = "number | null")]
    pub took_ms: Option<u64>,
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RunStep {
    /// What.
    pub step: Step,
    /// Is it done?
    pub done: bool,
}

/// The steps a run can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Step {
    /// Making the room.
    Create,
    /// Setting title, area and the like.
    Details,
    /// The start call.
    Start,
    /// Push address into the keyring.
    Keep,
    /// The end call.
    End,
}

/// How one room of a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum RunState {
    /// At it.
    Working,
    /// Done.
    Done,
    /// Refused or failed.
    Failed {
        /// Why.
        problem: Problem,
    },
    /// The answer got lost; Kaibo looks before anything is sent again.
    Unknown {
        /// Why.
        problem: Problem,
    },
    /// This platform can't (Taobao).
    Skipped,
}

/// An entry of the action journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct JournalEntry {
    /// Counts up.
    #[ts(type = "number")]
    pub id: i64,
    /// Which room.
    pub room: RoomId,
    /// Where.
    pub platform: Platform,
    /// What was meant.
    pub action: Action,
    /// When it was noted, ms since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// How it ended; none while it is out.
    pub outcome: Option<JournalOutcome>,
    /// The platform's own code, for a refusal.
    pub platform_code: Option<String>,
}

/// How a journalled action ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum JournalOutcome {
    /// Done.
    Done,
    /// Refused or failed; nothing was changed.
    Failed,
    /// Not known.
    Unknown,
}

/// What the streamer set.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Preferences {
    /// Colours.
    pub theme: Theme,
    /// Words.
    pub language: Language,
    /// How large everything is drawn.
    pub text_size: TextSize,
    /// Last details of *Tonight*.
    pub tonight: Details,
    /// Rooms chosen for tonight.
    pub chosen: Vec<RoomId>,
    /// Forms of *Tonight* that were kept, at most [`TEMPLATES_CAP`].
    pub templates: Vec<Template>,
    /// What each room went live with last, at most [`LAST_CAP`] rooms; the sandbox's aren't among them.
    pub last: BTreeMap<RoomId, Details>,
    /// Keys, addresses, codes and names of accounts aren't shown, and the window asks to be left out of captures.
    pub streamer_mode: bool,
    /// Areas chosen lately, by platform, the last first; at most eight each.
    pub recent_areas: BTreeMap<Platform, Vec<Area>>,
    /// Keep the sandbox although accounts are connected. Without accounts it is on anyway.
    pub sandbox: bool,
    /// Where the encoder is looked for; none: not at all.
    pub encoder: Option<EncoderAddress>,
    /// *Go live* and *End* start and stop the encoder too.
    pub with_encoder: bool,
    /// Take the key out of the encoder when the broadcast ends.
    pub blank_key: bool,
    /// What is told outside the window, and of milestones.
    pub notices: NoticeSettings,
    /// Days that the chat's history is kept; 0: for ever.
    pub keep_history_days: u32,
    /// The least that the thanks list shows, in yuan; 0: whatever was paid.
    pub thanks_from: u32,
    /// The page that OBS shows the chat with; changed by `set_overlay` alone.
    pub overlay: OverlaySettings,
    /// One push for all rooms; changed by `set_relay` and the commands of custom targets alone.
    pub relay: RelaySettings,
    /// Shortcuts that work in other programs; changed by `set_shortcut` and `reset_shortcuts` alone.
    pub shortcuts: ShortcutSettings,
}

/// Colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Theme {
    /// Dark.
    #[default]
    Dark,
    /// Light.
    Light,
    /// As the operating system.
    System,
}

/// Words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub enum Language {
    /// As the operating system.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

/// A filled-in connect form. Its secret fields go to the keyring and never come back.
#[derive(Clone, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct AccountDraft {
    /// Where.
    pub platform: Platform,
    /// What the streamer calls it; empty means the platform's name for the person.
    pub name: String,
    /// Fields by name, secret ones among them.
    pub fields: BTreeMap<String, String>,
}

/// What *Go live* was pressed for.
#[derive(Debug, Clone, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct GoLive {
    /// Which rooms.
    pub rooms: Vec<RoomId>,
    /// What they should say.
    pub details: Details,
    /// Covers that were uploaded, by room: they go before the form's.
    #[serde(default)]
    #[ts(type = "Partial<Record<RoomId, string>>")]
    pub covers: BTreeMap<RoomId, String>,
    /// The room that the encoder should push to; none leaves the encoder alone. With `relay` it pushes to that
    /// instead, for this room and the others.
    #[serde(default)]
    pub encoder: Option<RoomId>,
    /// Hand one push on to all of them, and to the custom targets that are on.
    #[serde(default)]
    pub relay: bool,
}

impl GoLive {
    /// What a room should say.
    pub fn details_of(&self, room: &RoomId) -> Details {
        let mut details = self.details.clone();
        if let Some(cover) = self.covers.get(room) {
            details.cover_url.clone_from(cover);
        }
        details
    }
}

/// A part of a push address to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum PushPart {
    /// OBS's *Server*.
    Server,
    /// OBS's *Stream Key*.
    Key,
    /// Both in one.
    Whole,
}

/// What became of a line said in one room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Said {
    /// Where.
    pub room: RoomId,
    /// What went wrong; none when viewers can see it.
    pub problem: Option<Problem>,
}

/// A QR code, to be drawn black on white with a quiet zone of four modules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct QrCode {
    /// Modules a side.
    pub size: u32,
    /// Rows of `0` and `1`, `1` is dark.
    pub rows: Vec<String>,
}

/// Longest text that is drawn as a QR code, in bytes.
const QR_CAP: usize = 2_000;

impl QrCode {
    /// Draws a text; an empty or over-long one is `Invalid { field: "url" }`.
    pub fn draw(text: &str) -> Result<Self, Failure> {
        let refuse = || Failure::invalid("url", InvalidReason::Malformed);
        if text.is_empty() || text.len() > QR_CAP {
            return Err(refuse());
        }
        let code = qrcode::QrCode::new(text.as_bytes()).map_err(|e| refuse().because(e))?;
        let size = code.width();
        let dark = code.to_colors();
        let row = |line: &[qrcode::Color]| {
            line.iter().map(|c| if *c == qrcode::Color::Dark { '1' } else { '0' }).collect()
        };
        Ok(Self { size: u32::try_from(size).unwrap_or_default(), rows: dark.chunks(size).map(row).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qr_code_has_its_finders() {
        let code = QrCode::draw("https://www.example/face?mid=1").unwrap();
        assert_eq!(code.rows.len(), code.size as usize);
        assert!(code.rows[0].starts_with("1111111"), "top left finder");
        assert!(code.rows[0].ends_with("1111111"), "top right finder");
        assert!(QrCode::draw(&"x".repeat(3000)).is_err());
    }
}
