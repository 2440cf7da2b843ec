//! Commands whose data is protobuf in base64: gifts and entries in their form of 2026.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::event::{FACE, Gift, Reader, Visit};

/// <https://protobuf.dev/programming-guides/encoding/>
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number > 0x7f {
            self.0.push(0x80 | (number & 0x7f).to_le_bytes()[0]);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    /// A number; zero isn't written.
    fn number(mut self, field: u64, number: u64) -> Self {
        if number != 0 {
            self.varint(field << 3);
            self.varint(number);
        }
        self
    }

    /// A text or a message within.
    fn bytes(mut self, field: u64, bytes: &[u8]) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    fn text(self, field: u64, text: &str) -> Self {
        self.bytes(field, text.as_bytes())
    }

    fn within(self, field: u64, message: &Self) -> Self {
        self.bytes(field, &message.0)
    }

    fn command(&self, name: &str) -> Value {
        json!({ "cmd": name, "data": { "dmscore": 8, "pb": BASE64_STANDARD.encode(&self.0) } })
    }
}

/// `SEND_GIFT_V2`.
pub(super) fn send_gift(gift: &Gift, reader: Reader) -> Value {
    let (uid, name) = (reader.user(gift.uid), reader.name(&gift.name));
    let seconds = u64::try_from(gift.at_ms / 1000).unwrap_or_default();
    let total = u64::from(gift.price) * u64::from(gift.count);
    let given = Message::default()
        .number(1, gift.kind.into())
        .text(2, gift.what)
        .number(3, gift.count.into())
        .number(5, gift.price.into())
        .number(6, gift.price.into())
        .number(7, total)
        .text(8, if gift.gold { "gold" } else { "silver" })
        .text(9, &gift.number())
        .number(10, seconds)
        .text(18, "投喂");
    let sender =
        Message::default().number(1, uid).within(2, &Message::default().text(1, &name).text(2, FACE));
    let message =
        Message::default().number(1, uid).text(2, &name).text(3, FACE).within(10, &given).within(15, &sender);
    message.command("SEND_GIFT_V2")
}

/// `INTERACT_WORD_V2`.
pub(super) fn interact(visit: &Visit, room: u64, reader: Reader) -> Value {
    let (uid, name) = (reader.user(visit.uid), reader.name(&visit.name));
    let ms = u64::try_from(visit.at_ms).unwrap_or_default();
    let user = Message::default().number(1, uid).within(2, &Message::default().text(1, &name).text(2, FACE));
    let message = Message::default()
        .number(1, uid)
        .text(2, &name)
        .bytes(4, &[1])
        .number(5, visit.what.into())
        .number(6, room)
        .number(7, ms / 1000)
        .number(8, ms)
        .number(15, ms * 1_000_000)
        .within(22, &user);
    message.command("INTERACT_WORD_V2")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documents_example() {
        // Field 1 is 150, field 2 "testing".
        let message = Message::default().number(1, 150).text(2, "testing");
        assert_eq!(hex::encode(message.0), "0896011207".to_owned() + &hex::encode("testing"));
    }

    #[test]
    fn a_stranger_is_told_no_name() {
        let visit = Visit { uid: 7, name: "慢半拍".into(), what: 1, at_ms: 1_795_300_000_123 };
        let bytes = |reader| {
            let command = interact(&visit, 5, reader);
            BASE64_STANDARD.decode(command["data"]["pb"].as_str().unwrap()).unwrap()
        };
        let known = String::from_utf8_lossy(&bytes(Reader { uid: 42 })).into_owned();
        assert!(known.contains("慢半拍"));
        let masked = String::from_utf8_lossy(&bytes(Reader { uid: 0 })).into_owned();
        assert!(masked.contains("慢***") && !masked.contains("慢半拍"));
    }
}
