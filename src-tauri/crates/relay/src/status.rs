//! What can be seen of a relay. No secret is in it, and nothing a server said but its code.

use std::io;
use std::time::Duration;

pub use crate::flv::Codec;
pub use crate::wire::Fault;

/// Names a target; the caller's choice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TargetId(pub String);

/// All of it, at one moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// What comes in.
    pub ingest: IngestStatus,
    /// What goes out, by id.
    pub targets: Vec<TargetStatus>,
}

/// Whether an encoder is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Source {
    /// None.
    #[default]
    Absent,
    /// It sends.
    Publishing,
    /// It went; targets are held open until it is back or the time is over.
    Held,
}

/// What comes in.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IngestStatus {
    /// Whether an encoder is there.
    pub source: Source,
    /// Of the picture, once a message of it came.
    pub video: Option<Codec>,
    /// Of the sound.
    pub audio: Option<Codec>,
    /// Sound and picture, over the last two seconds.
    pub bits_per_second: u64,
    /// Publishers that were turned away since the relay began: a wrong key, or a second one.
    pub refused: u64,
}

/// What goes out to one target.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetStatus {
    /// The caller's name for it.
    pub id: TargetId,
    /// How it stands.
    pub state: TargetState,
    /// Handed to the system's socket, over the last two seconds.
    pub bits_per_second: u64,
    /// From the oldest to the newest packet that waits.
    pub queued: Duration,
    /// Bytes that wait.
    pub queued_bytes: usize,
    /// Pictures that were left out in this broadcast, by a full queue or a lost connection.
    pub dropped_frames: u64,
    /// Connections after the first in this broadcast.
    pub reconnects: u32,
    /// How long the packet that was handed over last had waited.
    pub delay: Duration,
}

/// How a target stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetState {
    /// There is nothing to send.
    Waiting,
    /// On the way to the first picture.
    Connecting,
    /// The target takes the stream.
    Publishing,
    /// The connection failed, and the next try comes by itself.
    Retrying(Failure),
    /// By the caller.
    Paused,
    /// It won't heal by itself; [`crate::Relay::resume`] tries again.
    Stopped(Failure),
}

/// Why a target isn't reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Neither `rtmp://` nor `rtmps://` with host, app and key.
    #[error("an address that can't be pushed to")]
    Address,
    /// The host's name has no address.
    #[error("the host isn't found")]
    Host,
    /// TCP, or the connection later on.
    #[error("the connection failed: {0}")]
    Connection(io::ErrorKind),
    /// The certificate isn't trusted, or no TLS is spoken there.
    #[error("no secure connection")]
    Tls,
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// Nothing was taken for as long as the queue is deep.
    #[error("nothing is taken any more")]
    Stalled,
    /// Closed without a word.
    #[error("closed by the other side")]
    Closed,
    /// Refused with RTMP's words, such as `NetStream.Publish.BadName`.
    #[error("refused: {0}")]
    Refused(String),
    /// What is there doesn't speak RTMP as it should.
    #[error("not understood: {0}")]
    Protocol(#[from] Fault),
}

impl Failure {
    /// Of an error on a socket.
    pub(crate) fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::WriteZero => Self::Closed,
            kind => Self::Connection(kind),
        }
    }

    /// Of a server's code. What doesn't look like one may hold anything, a key too, and isn't kept.
    pub(crate) fn refused(code: &str) -> Self {
        const CAP: usize = 64;
        let known = code.len() <= CAP
            && (code.starts_with("NetConnection.") || code.starts_with("NetStream."))
            && code.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'.');
        Self::Refused(if known { code.to_owned() } else { "without a known code".to_owned() })
    }
}
