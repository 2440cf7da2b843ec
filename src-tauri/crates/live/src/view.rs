//! What the window sees: one snapshot, then numbered batches of updates. Nothing here can hold a secret.

mod account;
mod chat;
mod history;
mod journal;
mod notices;
mod people;
mod preferences;
mod preflight;
mod room;
mod run;
mod sign_in;
mod summary;
mod template;
mod text_size;
mod update;

use serde::Serialize;
use std::collections::BTreeMap;
use ts_rs::TS;

use crate::account::AccountId;
use crate::encoder::{Alarm, EncoderView};
use crate::overlay::OverlayView;
use crate::platform::PlatformInfo;
use crate::problem::Problem;
use crate::relay::RelayView;
use crate::room::RoomId;
use crate::secret::VaultState;
use crate::shortcut::{ShortcutAction, ShortcutsView};

pub use account::*;
pub use chat::*;
pub use history::*;
pub use journal::*;
pub use notices::*;
pub use people::*;
pub use preferences::*;
pub use preflight::*;
pub use room::*;
pub use run::*;
pub use sign_in::*;
pub use summary::*;
pub use template::*;
pub use text_size::*;
pub use update::*;

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
    /// A room is gone, with its readings.
    RoomGone {
        /// Which.
        id: RoomId,
    },
    /// Figures of a room were read that go into its sparklines.
    Readings {
        /// Whose.
        room: RoomId,
        /// These are all that are kept; otherwise they come after those that were told before.
        whole: bool,
        /// Oldest first, at most [`READINGS_KEPT`].
        readings: Vec<Reading>,
    },
    /// Chat lines, oldest first.
    Chat {
        /// They.
        lines: Vec<ChatLine>,
        /// Lines that came too fast for the window and aren't sent; they stand before the first of these, or among
        /// the first of them.
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
    /// Earlier figures of rooms that have some, oldest first, at most [`READINGS_KEPT`] each.
    #[ts(type = "Partial<Record<RoomId, Array<Reading>>>")]
    pub readings: BTreeMap<RoomId, Vec<Reading>>,
    /// The last lines of chat, oldest first.
    pub chat: Vec<ChatLine>,
    /// Paid messages from before these that may still stand at the top, oldest first.
    pub pinned: Vec<ChatLine>,
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
