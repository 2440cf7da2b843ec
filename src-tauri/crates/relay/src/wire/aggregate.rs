//! Aggregate messages (7.1.6): several messages in one, each as an FLV file has it (Annex E.4.1 of the
//! [FLV specification](https://rtmp.veriskope.com/pdf/video_file_format_spec_v10_1.pdf)).

use bytes::Bytes;

use super::{Fault, Message, kind};

/// Kind, length, time in three bytes and one, and the message stream.
const HEADER: usize = 11;
/// The length once more, which is there to read backwards.
const TRAILER: usize = 4;

/// The messages of an aggregate, one after the other.
pub(crate) struct Parts {
    rest: Bytes,
    /// The aggregate's own time and stream.
    timestamp: u32,
    stream: u32,
    /// The first part's time, which the aggregate's stands for.
    first: Option<u32>,
}

impl Parts {
    pub(crate) fn of(aggregate: Message) -> Self {
        let Message { timestamp, stream, body, .. } = aggregate;
        Self { rest: body, timestamp, stream, first: None }
    }

    fn part(&mut self) -> Result<Message, Fault> {
        let header: [u8; HEADER] = *self.rest.first_chunk().ok_or(Fault::Aggregate)?;
        let [kind, a, b, c, times @ ..] = header;
        // Else it would be a command that comes in by the back door, or an aggregate in an aggregate.
        if !matches!(kind, kind::AUDIO | kind::VIDEO | kind::DATA | kind::DATA_AMF3) {
            return Err(Fault::Aggregate);
        }
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        let time = u32::from_be_bytes([times[3], times[0], times[1], times[2]]);
        let _ = self.rest.split_to(HEADER);
        if length > self.rest.len() {
            return Err(Fault::Aggregate);
        }
        // A copy, so that a part that is kept doesn't keep the whole.
        let body = Bytes::copy_from_slice(&self.rest.split_to(length));
        // Some leave the last one's trailer out.
        let _ = self.rest.split_to(TRAILER.min(self.rest.len()));
        let first = *self.first.get_or_insert(time);
        let timestamp = self.timestamp.wrapping_add(time.wrapping_sub(first));
        Ok(Message { kind, timestamp, stream: self.stream, body })
    }
}

impl Iterator for Parts {
    type Item = Result<Message, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let part = self.part();
        if part.is_err() {
            self.rest.clear();
        }
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(kind: u8, time: u32, body: &[u8]) -> Vec<u8> {
        let [high, time @ ..] = time.to_be_bytes();
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let whole = u32::try_from(HEADER + body.len()).unwrap().to_be_bytes();
        [&[kind][..], &length[1..], &time, &[high, 0, 0, 0], body, &whole].concat()
    }

    type Part = (u8, u32, Vec<u8>);

    fn parts(timestamp: u32, body: &[u8]) -> Result<Vec<Part>, Fault> {
        let body = Bytes::copy_from_slice(body);
        let aggregate = Message { kind: kind::AGGREGATE, timestamp, stream: 1, body };
        Parts::of(aggregate).map(|part| part.map(|p| (p.kind, p.timestamp, p.body.to_vec()))).collect()
    }

    #[test]
    fn parts_have_the_times_that_the_aggregate_says() {
        let long = 0x0100_0000;
        let body =
            [tag(9, long, b"\x17\x01"), tag(8, long + 23, b"\xaf\x01"), tag(18, long + 40, b"")].concat();
        let told =
            vec![(9, 5000, b"\x17\x01".to_vec()), (8, 5023, b"\xaf\x01".to_vec()), (18, 5040, Vec::new())];
        assert_eq!(parts(5000, &body), Ok(told.clone()));
        assert_eq!(parts(5000, &body[..body.len() - TRAILER]), Ok(told), "without the last trailer");
        assert_eq!(parts(5000, &[]), Ok(Vec::new()));
        let wrapped = [tag(8, u32::MAX, b"a"), tag(8, 9, b"b")].concat();
        assert_eq!(parts(u32::MAX, &wrapped).unwrap()[1].1, 9);
    }

    #[test]
    fn what_does_not_add_up_is_a_fault() {
        let whole = tag(9, 0, b"\x17\x01picture");
        for length in 1..whole.len() - TRAILER {
            assert_eq!(parts(0, &whole[..length]), Err(Fault::Aggregate), "{length} bytes");
        }
        for kind in [kind::COMMAND, kind::COMMAND_AMF3, kind::AGGREGATE, kind::CHUNK_SIZE, 0] {
            assert_eq!(parts(0, &tag(kind, 0, b"x")), Err(Fault::Aggregate), "kind {kind}");
        }
    }
}
