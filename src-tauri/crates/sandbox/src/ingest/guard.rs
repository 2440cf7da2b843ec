//! Looks at each message before the RTMP session does, which trusts its peer in two ways: it recurses
//! into nested values without a bound, and it indexes into a data message without counting.

use std::io;

use rml_rtmp::chunk_io::ChunkDeserializer;
use rml_rtmp::messages::{MessagePayload, RtmpMessage};

use super::rtmp::broken;

/// The largest command or data message taken, in bytes. OBS and ffmpeg send one kilobyte at most; the
/// cap also bounds how deep values nest.
const VALUES: usize = 8 * 1024;

/// Reads along with the session.
pub(super) struct Guard(ChunkDeserializer);

impl Default for Guard {
    fn default() -> Self {
        Self(ChunkDeserializer::new())
    }
}

impl Guard {
    /// Fails when `bytes` complete a message that the session must not see.
    pub(super) fn check(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Some(message) = self.0.get_next_message(bytes).map_err(broken)? {
            bytes = &[];
            self.look(&message)?;
        }
        Ok(())
    }

    fn look(&mut self, message: &MessagePayload) -> io::Result<()> {
        const SET_CHUNK_SIZE: u8 = 1;
        const DATA: u8 = 18;
        match message.type_id {
            SET_CHUNK_SIZE => match message.to_rtmp_message().map_err(broken)? {
                RtmpMessage::SetChunkSize { size: 0 } => Err(broken("chunks of no size")),
                RtmpMessage::SetChunkSize { size } => {
                    self.0.set_max_chunk_size(size as usize).map_err(broken)
                }
                _ => Ok(()),
            },
            // Commands and data, in both encodings.
            15 | 17 | DATA | 20 if message.data.len() > VALUES => Err(broken("message too large")),
            DATA => match message.to_rtmp_message().map_err(broken)? {
                RtmpMessage::Amf0Data { values } => {
                    let first = values.first().and_then(|value| value.clone().get_string());
                    let frame = first.is_some_and(|name| name == "@setDataFrame");
                    if frame && values.len() < 3 { Err(broken("data frame without values")) } else { Ok(()) }
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One message in one chunk, on stream 1.
    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let mut bytes = vec![4, 0, 0, 0, length[1], length[2], length[3], kind, 1, 0, 0, 0];
        bytes.extend_from_slice(body);
        bytes
    }

    fn text(text: &str) -> Vec<u8> {
        let mut bytes = vec![2, 0, u8::try_from(text.len()).unwrap()];
        bytes.extend_from_slice(text.as_bytes());
        bytes
    }

    #[test]
    fn short_data_frames_are_refused() {
        let bare = message(18, &text("@setDataFrame"));
        let named = message(18, &[text("@setDataFrame"), text("onMetaData")].concat());
        let whole = message(18, &[text("@setDataFrame"), text("onMetaData"), vec![5]].concat());
        assert!(Guard::default().check(&bare).is_err());
        assert!(Guard::default().check(&named).is_err());
        assert!(Guard::default().check(&whole).is_ok());
        assert!(Guard::default().check(&message(18, &text("onCuePoint"))).is_ok());
    }

    #[test]
    fn large_commands_are_refused_and_large_pictures_are_not() {
        let mut guard = Guard::default();
        guard.check(&message(1, &16_777_215_u32.to_be_bytes())).unwrap();
        guard.check(&message(9, &vec![0; VALUES + 1])).unwrap();
        assert!(guard.check(&message(20, &vec![5; VALUES + 1])).is_err());
        assert!(Guard::default().check(&message(1, &[0; 4])).is_err());
    }
}
