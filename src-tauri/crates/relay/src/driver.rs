//! The domain's traits over the relay.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use kaibo_live::driver::Outcome;
use kaibo_live::problem::{Failure as Refusal, InvalidReason, ProblemCode};
use kaibo_live::push::PushAddress;
use kaibo_live::relay::{
    Relay as DomainRelay, RelayDriver, RelayReading, RelayStart, RelayTarget, SourceReading, TargetFailure,
    TargetReading, TargetState as DomainState,
};
use kaibo_live::room::RoomId;
use secrecy::SecretString;
use tokio::sync::watch;

use crate::{Codec, Failure, Relay, Settings, Source, Status, TargetId, TargetState, TargetStatus};

/// The RTMP app that encoders publish to.
const APP: &str = "live";
/// Bytes of chance in a key.
const KEY_BYTES: usize = 16;

/// Starts relays on this machine.
pub fn driver() -> impl RelayDriver {
    Driver
}

struct Driver;

#[async_trait]
impl RelayDriver for Driver {
    async fn start(&self, wanted: RelayStart) -> Outcome<Arc<dyn DomainRelay>> {
        let settings = Settings { hold: wanted.hold, ..Settings::new(wanted.port, APP, wanted.key) };
        let relay = Relay::start(settings).map_err(|error| {
            let code = if is_taken(&error) { ProblemCode::RelayPort } else { ProblemCode::Internal };
            Refusal::new(code).because(error)
        })?;
        Ok(Arc::new(Running {
            address: relay.address().clone(),
            status: relay.status(),
            changes: tokio::sync::Mutex::new(relay.status()),
            relay: Mutex::new(Some(relay)),
        }))
    }

    fn fresh_key(&self) -> Outcome<SecretString> {
        let mut bytes = [0; KEY_BYTES];
        getrandom::fill(&mut bytes)
            .map_err(|e| Refusal::new(ProblemCode::Internal).because(io::Error::other(e.to_string())))?;
        Ok(hex::encode(bytes).into())
    }
}

/// Taken by another program, or kept by the system (Windows sets ranges of ports aside).
fn is_taken(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

struct Running {
    address: PushAddress,
    status: watch::Receiver<Status>,
    /// The same, for whoever waits: it remembers what was seen.
    changes: tokio::sync::Mutex<watch::Receiver<Status>>,
    /// None once it was stopped.
    relay: Mutex<Option<Relay>>,
}

impl Running {
    fn with(&self, done: impl FnOnce(&Relay) -> bool) -> bool {
        self.relay.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(done)
    }
}

#[async_trait]
impl DomainRelay for Running {
    fn address(&self) -> PushAddress {
        self.address.clone()
    }

    fn add(&self, target: &RelayTarget, push: PushAddress) -> bool {
        self.with(|relay| relay.add(id_of(target), push))
    }

    fn pause(&self, target: &RelayTarget) -> bool {
        self.with(|relay| relay.pause(&id_of(target)))
    }

    fn resume(&self, target: &RelayTarget) -> bool {
        self.with(|relay| relay.resume(&id_of(target)))
    }

    fn remove(&self, target: &RelayTarget) -> bool {
        self.with(|relay| relay.remove(&id_of(target)))
    }

    fn read(&self) -> RelayReading {
        let status = self.status.borrow();
        RelayReading {
            source: match status.ingest.source {
                Source::Absent => SourceReading::Absent,
                Source::Publishing => SourceReading::Publishing,
                Source::Held => SourceReading::Held,
            },
            video: status.ingest.video.map(name_of),
            audio: status.ingest.audio.map(name_of),
            bits_per_second: status.ingest.bits_per_second,
            refused: status.ingest.refused,
            targets: status.targets.iter().filter_map(reading).collect(),
        }
    }

    async fn changed(&self) -> bool {
        self.changes.lock().await.changed().await.is_ok()
    }

    async fn stop(&self) {
        let relay = self.relay.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(relay) = relay {
            relay.stop().await;
        }
    }
}

const ROOM: &str = "room:";
const CUSTOM: &str = "custom:";

fn id_of(target: &RelayTarget) -> TargetId {
    TargetId(match target {
        RelayTarget::Room { room } => format!("{ROOM}{}", room.0),
        RelayTarget::Custom { id } => format!("{CUSTOM}{id}"),
    })
}

fn target_of(id: &TargetId) -> Option<RelayTarget> {
    let room = id.0.strip_prefix(ROOM).map(|room| RelayTarget::Room { room: RoomId(room.to_owned()) });
    room.or_else(|| id.0.strip_prefix(CUSTOM).map(|id| RelayTarget::Custom { id: id.to_owned() }))
}

fn reading(status: &TargetStatus) -> Option<TargetReading> {
    Some(TargetReading {
        target: target_of(&status.id)?,
        state: match &status.state {
            TargetState::Waiting => DomainState::Waiting,
            TargetState::Connecting => DomainState::Connecting,
            TargetState::Publishing => DomainState::Publishing,
            TargetState::Retrying(failure) => DomainState::Retrying(told(failure)),
            TargetState::Paused => DomainState::Paused,
            TargetState::Stopped(failure) => DomainState::Stopped(told(failure)),
        },
        bits_per_second: status.bits_per_second,
        queued: status.queued,
        dropped_frames: status.dropped_frames,
        reconnects: status.reconnects,
        delay: status.delay,
    })
}

fn told(failure: &Failure) -> TargetFailure {
    let code = match failure {
        Failure::Address => {
            ProblemCode::Invalid { field: "server".to_owned(), reason: InvalidReason::Malformed }
        }
        Failure::Refused(_) => ProblemCode::TargetRefused,
        Failure::Stalled => ProblemCode::TargetStalled,
        Failure::Host
        | Failure::Connection(_)
        | Failure::Tls
        | Failure::Timeout
        | Failure::Closed
        | Failure::Protocol(_) => ProblemCode::TargetUnreachable,
    };
    TargetFailure { code, words: failure.to_string() }
}

/// As people write it; any other by its four letters.
fn name_of(codec: Codec) -> String {
    match codec.as_str() {
        "avc1" => "H.264",
        "hvc1" => "H.265",
        "vvc1" => "H.266",
        "av01" => "AV1",
        "vp08" => "VP8",
        "vp09" => "VP9",
        "mp4a" => "AAC",
        ".mp3" => "MP3",
        "ac-3" => "AC-3",
        "ec-3" => "E-AC-3",
        "fLaC" => "FLAC",
        other => other,
    }
    .to_owned()
}
