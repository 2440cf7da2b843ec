//! The program that sends the video (OBS): what Kaibo asks of it, and what the window sees of it.

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::driver::Outcome;
use crate::problem::{Failure, Problem, ProblemCode};
use crate::push::PushAddress;
use crate::room::RoomId;
use crate::secret::SecretString;

/// Figures kept for sparklines: two minutes at one a second.
pub const ENCODER_HISTORY: usize = 120;

/// Reaches the encoder. The shell plugs in what speaks its protocol.
#[async_trait]
pub trait EncoderDriver: Send + Sync {
    /// Connects; `EncoderUnreachable` when nobody answers in time, `EncoderPassword` when the password is
    /// missing or wrong.
    async fn connect(
        &self,
        address: &EncoderAddress,
        password: Option<&SecretString>,
    ) -> Outcome<Arc<dyn Encoder>>;

    /// Looks into the settings of the encoder on this machine; called only after the streamer agreed.
    async fn find(&self) -> Outcome<LocalEncoder>;
}

/// A connected encoder. Every call has a deadline of its own and fails with `EncoderUnreachable` when the
/// encoder is gone or hangs.
#[async_trait]
pub trait Encoder: Send + Sync {
    /// What it is.
    fn version(&self) -> EncoderVersion;
    /// The streaming service it is set to.
    async fn service(&self) -> Outcome<EncoderService>;
    /// Sets the streaming service; `EncoderBusy` while it streams.
    async fn set_service(&self, service: &EncoderService) -> Outcome<()>;
    /// Starts streaming. Streaming already is not an error.
    async fn start(&self) -> Outcome<()>;
    /// Stops streaming. Not streaming is not an error.
    async fn stop(&self) -> Outcome<()>;
    /// Whether it streams, and its figures.
    async fn read(&self) -> Outcome<EncoderReading>;
    /// Waits until something changed that `read` or `service` would tell; fails when the connection ends. May
    /// be dropped at any await and called again. What happens between two calls isn't lost but told once.
    async fn changed(&self) -> Outcome<()>;
}

/// Reaches no encoder: nobody answers, and none is found.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoEncoder;

#[async_trait]
impl EncoderDriver for NoEncoder {
    async fn connect(&self, _: &EncoderAddress, _: Option<&SecretString>) -> Outcome<Arc<dyn Encoder>> {
        Err(Failure::new(ProblemCode::EncoderUnreachable))
    }

    async fn find(&self) -> Outcome<LocalEncoder> {
        Ok(LocalEncoder::Absent)
    }
}

/// Where the encoder listens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct EncoderAddress {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// What the encoder on this machine is set to.
#[derive(Debug)]
pub enum LocalEncoder {
    /// Its server is on.
    Ready(EncoderAddress, Option<SecretString>),
    /// It is there; its server is off.
    ServerOff,
    /// There is none.
    Absent,
}

/// What it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct EncoderVersion {
    /// Its own version, e.g. `29.0.2`.
    pub encoder: String,
    /// Its remote control's, e.g. `5.1.0`.
    pub protocol: String,
}

/// The streaming service that an encoder is set to. Holds a key, so no `Serialize`.
#[derive(Debug, Clone)]
pub enum EncoderService {
    /// A server and a key of the streamer's own.
    Custom(PushAddress),
    /// Anything else, as the encoder describes it: its kind, and its settings as JSON.
    Other {
        /// Its kind, e.g. `rtmp_common`.
        kind: String,
        /// Its settings, a key among them.
        settings: SecretString,
    },
}

/// What an encoder is doing.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EncoderReading {
    /// It streams, or tries to.
    pub streaming: bool,
    /// It lost its server and is trying again.
    pub reconnecting: bool,
    /// Since it began, ms.
    pub uptime_ms: u64,
    /// Bytes sent since it began.
    pub bytes: u64,
    /// Frames that weren't sent, because the network was too slow.
    pub dropped_frames: u64,
    /// Frames it should have sent.
    pub frames: u64,
    /// How full its queue to the server is, 0 to 1.
    pub congestion: f32,
    /// Width and height of the picture it sends.
    pub size: Option<(u32, u32)>,
}

/// The encoder as the window sees it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct EncoderView {
    /// Where it is looked for; none until the streamer connected it.
    pub address: Option<EncoderAddress>,
    /// How the connection is doing.
    pub link: EncoderLink,
    /// What it is, while connected.
    pub version: Option<EncoderVersion>,
    /// It streams, or tries to.
    pub streaming: bool,
    /// It lost its server and is trying again.
    pub reconnecting: bool,
    /// It streams since, ms since 1970.
    #[ts(type = "number | null")]
    pub since: Option<i64>,
    /// The room whose push address it is set to.
    pub room: Option<RoomId>,
    /// It is set to the relay, which hands on to its targets.
    pub relay: bool,
    /// There are former settings to put back.
    pub former: bool,
    /// What Kaibo is doing with it.
    pub busy: Option<EncoderAction>,
    /// What went wrong with the last action. Cleared by the next success.
    pub problem: Option<Problem>,
    /// Width and height of the picture it sends.
    pub size: Option<(u32, u32)>,
    /// Figures while it streams, one a second, oldest first, at most [`ENCODER_HISTORY`].
    pub figures: Vec<EncoderFigures>,
}

/// How the connection to the encoder is doing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum EncoderLink {
    /// Not wanted.
    #[default]
    Off,
    /// Connecting.
    Connecting,
    /// Connected.
    Connected,
    /// Not reachable; it is tried again, except after a refused password.
    Broken {
        /// When, ms since 1970; none when it waits for the streamer.
        #[ts(type = "number | null")]
        retry_at: Option<i64>,
        /// Why.
        problem: Problem,
    },
}

/// Figures at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct EncoderFigures {
    /// When, ms since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// Kilobits a second, since the last reading.
    pub kbps: u32,
    /// Frames dropped since it began.
    #[ts(type = "number")]
    pub dropped: u64,
    /// Frames due since it began.
    #[ts(type = "number")]
    pub frames: u64,
    /// How full its queue is, in percent.
    pub congestion: u8,
}

/// What Kaibo can be doing with the encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum EncoderAction {
    /// Putting a push address into it.
    Send,
    /// Putting its former settings back.
    Restore,
    /// Starting it.
    Start,
    /// Stopping it.
    Stop,
}

/// Where to look for the encoder. The password goes to the keyring and never comes back.
#[derive(Clone, Deserialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct EncoderForm {
    /// Host name or address; `127.0.0.1` unless told.
    pub host: String,
    /// Port; the encoder's default is 4455.
    pub port: u16,
    /// The password; none keeps the one that is kept.
    pub password: Option<String>,
    /// Keep the address although nobody answers there now: it is tried again until somebody does.
    #[serde(default)]
    pub insist: bool,
}

/// What was found on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum EncoderFound {
    /// Its settings were taken over, and it is being connected.
    Ready,
    /// It is there; its server has to be switched on.
    ServerOff,
    /// There is none.
    Absent,
}

/// The encoder's part of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RunEncoder {
    /// The room it pushes to, or was to without the relay; none at the end.
    pub room: Option<RoomId>,
    /// How it stands. `Skipped` when no room went live that it could push to.
    pub state: crate::view::RunState,
    /// Its steps, in order.
    pub steps: Vec<RunEncoderStep>,
}

/// One step of the encoder's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct RunEncoderStep {
    /// What.
    pub step: EncoderStep,
    /// Was it seen done?
    pub done: bool,
}

/// The steps of the encoder's part of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum EncoderStep {
    /// Waiting for the rooms.
    Rooms,
    /// Putting the push address into it.
    Send,
    /// Reading it back and comparing.
    Compare,
    /// Starting it, until its figures move.
    Start,
    /// Stopping it.
    Stop,
    /// Taking the key out of it.
    Blank,
}

/// Kaibo and the encoder disagree, or something on air wants the streamer now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct Alarm {
    /// Counts up.
    #[ts(type = "number")]
    pub id: u64,
    /// What.
    pub kind: AlarmKind,
    /// Which room; none when it is the encoder's own.
    pub room: Option<RoomId>,
    /// Since when, ms since 1970.
    #[ts(type = "number")]
    pub since: i64,
    /// The streamer has seen it: it stays in its place and makes no more noise.
    pub seen: bool,
}

/// The kinds of alarm. Each leaves by itself when it is healed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum AlarmKind {
    /// The room is live, and neither ingest nor encoder nor relay has sent anything for 15 s.
    LiveWithoutVideo,
    /// The encoder or the relay pushes to the room, and the room isn't live.
    VideoWithoutLive,
    /// The platform cut the broadcast off.
    CutOff {
        /// The platform's words.
        words: String,
    },
    /// The platform warned the streamer.
    Warned {
        /// The platform's words.
        words: String,
    },
    /// The encoder streams with a key that isn't the room's.
    OtherKey,
    /// The push address runs out.
    AddressRunsOut {
        /// When, ms since 1970.
        #[ts(type = "number")]
        at: i64,
    },
    /// The encoder loses its server again and again.
    EncoderReconnecting,
    /// The encoder can't be reached while a room is live that it pushed to.
    EncoderLost,
    /// The line upwards is too narrow for what the relay is to send.
    UploadShort {
        /// What all targets together would take, kbit/s.
        needed_kbps: u32,
        /// What the line gives, kbit/s; none where only its being full was seen.
        budget_kbps: Option<u32>,
    },
}

/// The form in which push addresses are handed to other programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum PushExport {
    /// The targets file of the OBS plugin obs-multi-rtmp; into a file that the streamer chooses.
    ObsMultiRtmp,
    /// A command line for ffmpeg that takes the key from an environment variable; onto the clipboard.
    Ffmpeg,
    /// Name, server and key as plain text; onto the clipboard.
    Plain,
}
