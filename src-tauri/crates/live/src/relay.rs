//! The relay: one push from the encoder, handed on untouched to every chosen room. What Kaibo asks of it, and what
//! the window sees of it.

pub mod engines;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::driver::Outcome;
use crate::problem::{Failure, InvalidReason, Problem, ProblemCode};
use crate::push::PushAddress;
use crate::room::RoomId;
use crate::secret::SecretString;

/// The port, unless another is chosen: next to RTMP's own, which another server may have.
pub const PORT: u16 = 1936;
/// The lowest port that needs no rights of its own.
const LOWEST_PORT: u16 = 1024;
/// Seconds that targets may be held while the encoder is away.
const HOLD: std::ops::RangeInclusive<u32> = 5..=300;
/// Custom targets that may be kept.
pub const CUSTOM_CAP: usize = 8;
/// Longest name of a custom target, in characters.
pub const NAME_CAP: usize = 40;
/// Longest server of a custom target, in bytes.
pub const SERVER_CAP: usize = 500;
/// Longest key of a custom target, in bytes.
pub const KEY_CAP: usize = 500;
/// Figures of a target kept for its sparkline: a minute at one a second.
pub const RELAY_HISTORY: usize = 60;

/// Starts relays. The shell plugs in what speaks RTMP.
#[async_trait]
pub trait RelayDriver: Send + Sync {
    /// Listens on 127.0.0.1 and takes one publisher; `RelayPort` when another program has the port.
    async fn start(&self, wanted: RelayStart) -> Outcome<Arc<dyn Relay>>;
    /// A stream key that nobody can guess: 128 bits of the system's chance, in hexadecimal.
    fn fresh_key(&self) -> Outcome<SecretString>;
}

/// What a relay is started with.
#[derive(Debug, Clone)]
pub struct RelayStart {
    /// The port on 127.0.0.1.
    pub port: u16,
    /// The stream key that is taken; anything else is refused.
    pub key: SecretString,
    /// How long targets are held when the encoder goes.
    pub hold: Duration,
}

/// A relay that runs. Nothing of it waits for the network.
#[async_trait]
pub trait Relay: Send + Sync {
    /// What the encoder is to be given.
    fn address(&self) -> PushAddress;
    /// Adds a target, also in mid-broadcast. False: there is one of this name.
    fn add(&self, target: &RelayTarget, push: PushAddress) -> bool;
    /// Ends a target's stream until it is resumed. False: there is none of this name.
    fn pause(&self, target: &RelayTarget) -> bool;
    /// Takes up a target that was paused, or that stopped by a failure. False: there is none of this name.
    fn resume(&self, target: &RelayTarget) -> bool;
    /// Ends a target's stream and forgets it. False: there is none of this name.
    fn remove(&self, target: &RelayTarget) -> bool;
    /// How it stands.
    fn read(&self) -> RelayReading;
    /// Waits until `read` would tell something else; twice a second at most while a broadcast is on. False: the
    /// relay is over.
    async fn changed(&self) -> bool;
    /// Ends all streams with a farewell, and the relay; four seconds at most.
    async fn stop(&self);
}

/// Starts no relay.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoRelay;

#[async_trait]
impl RelayDriver for NoRelay {
    async fn start(&self, _: RelayStart) -> Outcome<Arc<dyn Relay>> {
        Err(Failure::new(ProblemCode::RelayPort))
    }

    fn fresh_key(&self) -> Outcome<SecretString> {
        Ok(SecretString::default())
    }
}

/// Where a relay sends to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum RelayTarget {
    /// A room, at its push address.
    Room {
        /// Which.
        room: RoomId,
    },
    /// An address of the streamer's own.
    Custom {
        /// Which of [`RelaySettings::custom`].
        id: String,
    },
}

/// How a relay stands at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RelayReading {
    /// Whether the encoder is there.
    pub source: SourceReading,
    /// Codec of the picture, as people write it (`H.264`).
    pub video: Option<String>,
    /// Codec of the sound.
    pub audio: Option<String>,
    /// What comes in.
    pub bits_per_second: u64,
    /// Publishers turned away since it began: a wrong key, or a second one.
    pub refused: u64,
    /// What goes out.
    pub targets: Vec<TargetReading>,
}

/// Whether the encoder is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SourceReading {
    /// It isn't.
    #[default]
    Absent,
    /// It sends.
    Publishing,
    /// It went; targets are held.
    Held,
}

/// How one target stands.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetReading {
    /// Which.
    pub target: RelayTarget,
    /// Its state.
    pub state: TargetState,
    /// What goes out.
    pub bits_per_second: u64,
    /// From the oldest to the newest packet that waits.
    pub queued: Duration,
    /// Pictures left out in this broadcast, by a full queue or a lost connection.
    pub dropped_frames: u64,
    /// Connections after the first in this broadcast.
    pub reconnects: u32,
    /// How long the packet that was handed over last had waited.
    pub delay: Duration,
}

/// A target's state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetState {
    /// There is nothing to send.
    Waiting,
    /// On the way to the first picture.
    Connecting,
    /// The target takes the stream.
    Publishing,
    /// The connection failed, and the next try comes by itself.
    Retrying(TargetFailure),
    /// By the streamer.
    Paused,
    /// It won't heal by itself.
    Stopped(TargetFailure),
}

/// Why a target isn't reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetFailure {
    /// `TargetUnreachable`, `TargetRefused`, `TargetStalled` or `Invalid` of the field `server`.
    pub code: ProblemCode,
    /// The server's code or the kind of failure; never a secret.
    pub words: String,
}

/// What the streamer set about the relay. Keys of custom targets are in the keyring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RelaySettings {
    /// When *Go live* uses it.
    pub use_for: RelayUse,
    /// The port on 127.0.0.1, 1024 to 65535.
    pub port: u16,
    /// Seconds that targets are held when the encoder goes, 5 to 300.
    pub hold_seconds: u32,
    /// What the line takes upwards, in kbit/s, by the streamer's word; 0: not told.
    pub upload_kbps: u32,
    /// What it was measured to take when it was full, in kbit/s; 0: never seen full. Kaibo's own.
    pub measured_kbps: u32,
    /// Addresses of the streamer's own, at most [`CUSTOM_CAP`].
    pub custom: Vec<CustomTarget>,
}

impl Default for RelaySettings {
    fn default() -> Self {
        Self {
            use_for: RelayUse::Several,
            port: PORT,
            hold_seconds: 30,
            upload_kbps: 0,
            measured_kbps: 0,
            custom: Vec::new(),
        }
    }
}

impl RelaySettings {
    /// Refuses what is out of bounds.
    pub fn check(&self) -> Result<(), Failure> {
        let wrong = |field: &str| Err(Failure::invalid(field, InvalidReason::Malformed));
        if self.port < LOWEST_PORT {
            return wrong("relay_port");
        }
        if !HOLD.contains(&self.hold_seconds) {
            return wrong("relay_hold");
        }
        Ok(())
    }
}

/// When *Go live* uses the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum RelayUse {
    /// For more than one target.
    #[default]
    Several,
    /// For one room too.
    Always,
    /// Not at all.
    Never,
}

/// An address of the streamer's own, without its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct CustomTarget {
    /// Kaibo's name for it.
    pub id: String,
    /// The streamer's name for it.
    pub name: String,
    /// OBS's *Server*: `rtmp://` or `rtmps://`. What came after a `?` is with the key.
    pub server: String,
    /// It gets each broadcast that goes through the relay.
    pub on: bool,
}

/// A filled-in form of a custom target. The key goes to the keyring and never comes back.
#[derive(Clone, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct CustomTargetForm {
    /// Which one changes; none makes a new one.
    pub id: Option<String>,
    /// The streamer's name for it, 1 to [`NAME_CAP`] characters.
    pub name: String,
    /// OBS's *Server*, or the whole address with an empty key.
    pub server: String,
    /// OBS's *Stream Key*; none keeps the one that is kept.
    pub key: Option<String>,
    /// It gets each broadcast that goes through the relay.
    pub on: bool,
}

/// The relay as the window sees it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RelayView {
    /// How it is doing.
    pub state: RelayState,
    /// The encoder's *Server*, while it is on. Its key is copied by `copy_relay`.
    pub server: Option<String>,
    /// Whether the encoder is there.
    pub source: RelaySource,
    /// Codec of the picture, as people write it.
    pub video: Option<String>,
    /// Codec of the sound.
    pub audio: Option<String>,
    /// What comes in, kbit/s.
    pub kbps: u32,
    /// Publishers turned away since it began: a wrong key, or a second one.
    #[ts(type = "number")]
    pub refused: u64,
    /// What goes out, in the order they were added.
    pub targets: Vec<RelayTargetView>,
    /// What it takes of the line.
    pub upload: RelayUpload,
}

/// How the relay is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum RelayState {
    /// No room uses it.
    #[default]
    Off,
    /// It listens.
    On,
    /// It couldn't start.
    Broken {
        /// Why.
        problem: Problem,
    },
}

/// Whether the encoder is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum RelaySource {
    /// It isn't.
    #[default]
    Absent,
    /// It sends.
    Publishing {
        /// Since when, ms since 1970.
        #[ts(type = "number")]
        since: i64,
    },
    /// It went; targets are held.
    Held {
        /// When they are let go, ms since 1970.
        #[ts(type = "number")]
        until: i64,
    },
}

/// One target as the window sees it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RelayTargetView {
    /// Which.
    pub target: RelayTarget,
    /// Its state.
    pub state: RelayTargetState,
    /// What goes out, kbit/s.
    pub kbps: u32,
    /// What waits, ms.
    pub queued_ms: u32,
    /// How long a packet waits before it goes out, ms.
    pub delay_ms: u32,
    /// Pictures left out in this broadcast.
    #[ts(type = "number")]
    pub dropped_frames: u64,
    /// Connections after the first in this broadcast.
    pub reconnects: u32,
    /// kbit/s, one a second, oldest first, at most [`RELAY_HISTORY`].
    pub figures: Vec<u32>,
}

/// A target's state as the window sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum RelayTargetState {
    /// There is nothing to send.
    Waiting,
    /// On the way to the first picture.
    Connecting,
    /// The target takes the stream.
    Publishing,
    /// The connection failed, and the next try comes by itself.
    Retrying {
        /// Why.
        problem: Problem,
    },
    /// By the streamer.
    Paused,
    /// It won't heal by itself: `resume_relay_target` tries again.
    Stopped {
        /// Why.
        problem: Problem,
    },
}

/// What the relay takes of the line, in kbit/s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RelayUpload {
    /// What goes out to all targets.
    pub now_kbps: u32,
    /// What would go out if each target that isn't paused or stopped took all that comes in.
    pub needed_kbps: u32,
    /// What the line takes.
    pub budget: UploadBudget,
    /// Too little: more is needed than nine tenths of what the line takes, or all targets fall behind.
    pub short: bool,
}

/// What the line takes upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum UploadBudget {
    /// Neither told nor seen.
    #[default]
    Unknown,
    /// By the streamer's word.
    Told {
        /// kbit/s.
        kbps: u32,
    },
    /// So much went out when the line was full.
    Measured {
        /// kbit/s.
        kbps: u32,
    },
    /// So much went out, and more would have.
    AtLeast {
        /// kbit/s.
        kbps: u32,
    },
}
