//! RTMP on the wire: handshake, chunks, AMF0. No socket is touched here: bytes in, bytes out.
//!
//! Our own, because an RTMP library's sessions hold each message once a peer, and grow with what a peer
//! announces. Adobe's specification 1.0: <https://rtmp.veriskope.com/docs/spec/>; enhanced RTMP:
//! <https://github.com/veovera/enhanced-rtmp>.

pub(crate) mod aggregate;
pub(crate) mod amf;
pub(crate) mod chunk;
pub(crate) mod command;
pub(crate) mod frame;
pub(crate) mod handshake;
pub(crate) mod peer;

use bytes::Bytes;

/// Message types of the specification (5.4, 6.2, 7.1).
pub(crate) mod kind {
    pub(crate) const CHUNK_SIZE: u8 = 1;
    pub(crate) const ABORT: u8 = 2;
    pub(crate) const ACKNOWLEDGEMENT: u8 = 3;
    pub(crate) const USER_CONTROL: u8 = 4;
    pub(crate) const WINDOW_SIZE: u8 = 5;
    pub(crate) const PEER_BANDWIDTH: u8 = 6;
    pub(crate) const AUDIO: u8 = 8;
    pub(crate) const VIDEO: u8 = 9;
    pub(crate) const DATA_AMF3: u8 = 15;
    pub(crate) const COMMAND_AMF3: u8 = 17;
    pub(crate) const DATA: u8 = 18;
    pub(crate) const COMMAND: u8 = 20;
    pub(crate) const AGGREGATE: u8 = 22;
}

/// One whole RTMP message.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    /// One of [`kind`], or whatever the peer sent.
    pub(crate) kind: u8,
    /// Milliseconds as the peer counts them; wraps after 49 days.
    pub(crate) timestamp: u32,
    /// The message stream.
    pub(crate) stream: u32,
    pub(crate) body: Bytes,
}

/// What a peer did that ends its connection. Says nothing of the bytes themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Another version of RTMP, or something else altogether.
    #[error("not RTMP version 3")]
    Version,
    /// A chunk size of nothing.
    #[error("chunks of no size")]
    ChunkSize,
    /// A chunk whose header leans on one that never was.
    #[error("a chunk without a beginning")]
    NoHeader,
    /// A new message in the middle of another on the same chunk stream.
    #[error("a message within a message")]
    Interrupted,
    /// More chunk streams than anybody needs.
    #[error("too many chunk streams")]
    TooManyStreams,
    /// A message beyond the cap of its kind, or too much of several at once.
    #[error("a message is too large")]
    TooLarge,
    /// Values cut short, unknown, or too deep.
    #[error("unreadable values")]
    Values,
    /// A message that can't come here, or not now.
    #[error("a message out of place")]
    OutOfPlace,
    /// An aggregate whose parts don't add up, or that holds what it can't.
    #[error("an aggregate that doesn't add up")]
    Aggregate,
    /// More commands than a session has.
    #[error("too many commands")]
    TooManyCommands,
}
