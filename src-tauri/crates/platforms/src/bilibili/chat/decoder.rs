//! From a message of the danmaku socket to what the chat's listener is told.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kaibo_live::chat::Heard;

use super::command::{Meaning, Reader};
use super::frame::{Decoder, FrameError, Packet};

/// Reads the messages of one danmaku connection.
///
/// Time and memory of a message are bounded before it is believed: inflated at most 1 MiB, one level of
/// compression, 5,000 frames, 64 KiB a command, JSON as deep as `serde_json` builds (128); see `frame.rs`.
#[derive(Debug, Default)]
pub struct DanmakuDecoder {
    uid: u64,
    frames: Decoder,
    unknown: Unknown,
}

impl DanmakuDecoder {
    /// A decoder for a reader: `uid` is the account's own id, 0 for none.
    pub fn new(uid: u64) -> Self {
        Self { uid, ..Self::default() }
    }

    /// Appends what one WebSocket message tells. After an error the connection can't be trusted; what came
    /// before the broken frame is in `heard`.
    pub fn decode(
        &mut self,
        message: &[u8],
        now: Timestamp,
        heard: &mut Vec<Heard>,
    ) -> Result<(), FrameError> {
        let reader = Reader { uid: self.uid, now };
        self.frames.decode(message, |packet| {
            let meaning = match packet {
                Packet::Heartbeat(_) => return heard.push(Heard::Alive),
                Packet::Command(json) => reader.read(json, heard),
                Packet::Auth(_) => Meaning::Known,
                Packet::Unknown => Meaning::Unknown(String::new()),
            };
            match meaning {
                Meaning::Known => {}
                Meaning::Unknown(name) => self.unknown.count(name),
            }
        })
    }

    /// The auth reply in a message, if there is one.
    pub(super) fn auth_reply<T>(
        &mut self,
        message: &[u8],
        read: impl Fn(&[u8]) -> T,
    ) -> Result<Option<T>, FrameError> {
        let mut reply = None;
        self.frames.decode(message, |packet| {
            if let Packet::Auth(json) = packet {
                reply.get_or_insert_with(|| read(json));
            }
        })?;
        Ok(reply)
    }

    /// Commands that were not understood, by name, and how often each came.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, u64)> {
        self.unknown.0.iter().map(|(name, count)| (name.as_str(), *count))
    }
}

/// Commands by name. At most [`Unknown::NAMES`] names; further ones are counted together.
#[derive(Debug, Default)]
struct Unknown(BTreeMap<String, u64>);

impl Unknown {
    const NAMES: usize = 64;

    fn count(&mut self, name: String) {
        let name = if self.0.len() < Self::NAMES || self.0.contains_key(&name) { name } else { "…".into() };
        let count = self.0.entry(name).or_default();
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::encode;
    use super::*;

    #[test]
    fn what_is_not_known_is_counted_by_name_up_to_a_bound() {
        let mut decoder = DanmakuDecoder::new(1);
        let mut heard = Vec::new();
        for n in 0..200 {
            let json = format!(r#"{{"cmd":"NEW_{n}"}}"#);
            decoder.decode(&encode(5, json.as_bytes()), Timestamp::UNIX_EPOCH, &mut heard).expect("reads");
            decoder
                .decode(&encode(5, br#"{"cmd":"NEW_0"}"#), Timestamp::UNIX_EPOCH, &mut heard)
                .expect("reads");
        }
        assert!(heard.is_empty());
        let counts: BTreeMap<&str, u64> = decoder.unknown().collect();
        assert_eq!((counts.len(), counts["NEW_0"], counts["…"]), (65, 201, 136));
    }
}
