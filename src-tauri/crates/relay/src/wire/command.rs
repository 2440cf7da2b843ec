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
