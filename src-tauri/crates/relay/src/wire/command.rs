//! Commands (7.2): a name, a transaction, values.

use super::amf::{self, Value, Writer};
use super::{Fault, Message, kind};

/// A command as it came.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) transaction: f64,
    /// The command object and what follows it.
    pub(crate) values: Vec<Value>,
}

impl Command {
    /// Reads a message of [`kind::COMMAND`] or [`kind::COMMAND_AMF3`], whose values are AMF0 after one byte.
    pub(crate) fn read(message: &Message) -> Result<Self, Fault> {
        let skip = usize::from(message.kind == kind::COMMAND_AMF3);
        let mut values = amf::read(message.body.get(skip..).ok_or(Fault::Values)?)?.into_iter();
        let name = values.next().and_then(|v| v.text().map(str::to_owned)).ok_or(Fault::Values)?;
        let transaction = values.next().and_then(|v| v.number()).unwrap_or(0.0);
        Ok(Self { name, transaction, values: values.collect() })
    }

    /// The `code` of a status or an answer, in the server's words: `NetStream.Publish.BadName`.
    pub(crate) fn code(&self) -> Option<&str> {
        self.values.iter().find_map(|value| value.field("code")?.text())
    }
}

/// Starts a command: name, transaction.
pub(crate) fn begin(name: &str, transaction: f64) -> Writer {
    Writer::default().text(name).number(transaction)
}

/// A command on its way.
pub(crate) fn message(stream: u32, values: Writer) -> Message {
    Message { kind: kind::COMMAND, timestamp: 0, stream, body: values.done().into() }
}

/// The information object of a status.
pub(crate) fn status(values: Writer, level: &str, code: &str, description: &str) -> Writer {
    values.object(|o| {
        o.field("level").text(level).field("code").text(code).field("description").text(description)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_as_it_was_written() {
        let refused = "NetStream.Publish.BadName";
        let written = message(7, status(begin("onStatus", 4.0).null(), "error", refused, "in use"));
        assert_eq!((written.kind, written.stream), (kind::COMMAND, 7));
        let read = Command::read(&written).unwrap();
        assert_eq!((read.name.as_str(), read.transaction, read.code()), ("onStatus", 4.0, Some(refused)));
        let told = |name| read.values[1].field(name).and_then(Value::text);
        assert_eq!((told("level"), told("description")), (Some("error"), Some("in use")));
        let amf3 =
            Message { kind: kind::COMMAND_AMF3, body: [&[0], &written.body[..]].concat().into(), ..written };
        assert_eq!(Command::read(&amf3).unwrap().code(), Some(refused), "one byte more");
    }

    #[test]
    fn a_command_has_a_name() {
        let read = |kind, body: &[u8]| {
            Command::read(&Message { kind, timestamp: 0, stream: 0, body: body.to_vec().into() })
        };
        for body in [&[][..], &[5], &[0, 0, 0, 0, 0, 0, 0, 0, 0]] {
            assert_eq!(read(kind::COMMAND, body).map(|_| ()), Err(Fault::Values), "{body:?}");
        }
        assert_eq!(read(kind::COMMAND_AMF3, &[]).map(|_| ()), Err(Fault::Values));
        let bare = read(kind::COMMAND, &[2, 0, 1, b'x']).unwrap();
        assert_eq!((bare.name.as_str(), bare.transaction, bare.values.len()), ("x", 0.0, 0));
        assert_eq!(bare.code(), None);
    }
}
