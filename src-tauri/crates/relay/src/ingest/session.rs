//! A publisher's connection, without the socket.

use crate::wire::aggregate::Parts;
use crate::wire::amf::Value;
use crate::wire::chunk::Caps;
use crate::wire::command::{self, Command};
use crate::wire::peer::Peer;
use crate::wire::{Fault, Message, frame, handshake, kind};

/// The largest message of values, bytes. OBS and ffmpeg send one kilobyte at most.
const VALUES: usize = 16 * 1024;
/// Before a publisher is let in. What nobody may send yet needs no room.
const STRANGER: Caps = Caps { media: 0, values: VALUES, pending: 2 * VALUES };
/// The largest picture, bytes: a key frame of 4K at 100 Mb/s stays well below. Twice that of all that is under
/// way at once.
const PUBLISHER: Caps = Caps { media: 4 << 20, values: VALUES, pending: 8 << 20 };
/// Commands of one connection. An encoder sends eight.
const COMMANDS: u32 = 256;
/// Told to the encoder as our own chunk size: ffmpeg takes it over, and writes a picture in one go.
const CHUNK: usize = 65_536;
/// Acknowledgements are asked for in these steps, bytes.
const WINDOW: u32 = 2_500_000;
/// The one message stream.
const STREAM: u32 = 1;

/// Why a publisher isn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Not the key that was given out.
    WrongKey,
    /// Somebody publishes already.
    Taken,
}

/// Decides who comes in, and takes what they send.
pub(crate) trait Door {
    fn knows_app(&self, app: &str) -> bool;
    fn admit(&mut self, key: &str) -> Result<(), Refusal>;
    /// Sound, picture or data, after [`Door::admit`].
    fn take(&mut self, message: Message);
    /// The publisher has said that it ends.
    fn ended(&mut self);
}

/// How it goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Read,
    /// Refused: what is to be sent tells why, then the connection goes.
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Shaking,
    Stranger,
    Connected,
    Publishing,
}

/// One publisher.
pub(crate) struct Session {
    handshake: handshake::Server,
    peer: Peer,
    stage: Stage,
    commands: u32,
    /// Messages of sound, picture or data so far that had anything in them.
    pub(crate) messages: u64,
}

impl Session {
    pub(crate) fn new() -> Self {
        Self {
            handshake: handshake::Server::default(),
            peer: Peer::new(STRANGER),
            stage: Stage::Shaking,
            commands: 0,
            messages: 0,
        }
    }

    pub(crate) fn is_publishing(&self) -> bool {
        self.stage == Stage::Publishing
    }

    /// What is to be sent, which is bounded by what was read.
    pub(crate) fn out(&mut self) -> &mut Vec<u8> {
        &mut self.peer.out
    }

    /// Takes what came.
    pub(crate) fn input(&mut self, mut input: &[u8], door: &mut impl Door) -> Result<Next, Fault> {
        if self.stage == Stage::Shaking {
            if !self.handshake.feed(&mut input, &mut self.peer.out)? {
                return Ok(Next::Read);
            }
            self.stage = Stage::Stranger;
        }
        while let Some(message) = self.peer.next(&mut input)? {
            let next = match message.kind {
                kind::AUDIO | kind::VIDEO | kind::DATA | kind::DATA_AMF3 => {
                    self.media(message, door)?;
                    Next::Read
                }
                kind::COMMAND | kind::COMMAND_AMF3 => {
                    self.commands += 1;
                    if self.commands > COMMANDS {
                        return Err(Fault::TooManyCommands);
                    }
                    self.command(&Command::read(&message)?, door)?
                }
                kind::AGGREGATE => {
                    for part in Parts::of(message) {
                        self.media(part?, door)?;
                    }
                    Next::Read
                }
                _ => Next::Read, // shared objects: no encoder sends them
            };
            if next == Next::Close {
                return Ok(next);
            }
        }
        Ok(Next::Read)
    }

    fn media(&mut self, message: Message, door: &mut impl Door) -> Result<(), Fault> {
        let values = matches!(message.kind, kind::DATA | kind::DATA_AMF3);
        if values && message.body.len() > VALUES {
            return Err(Fault::TooLarge); // out of an aggregate; others were measured before they were read
        }
        match self.stage {
            Stage::Publishing => {
                self.messages += u64::from(!message.body.is_empty());
                door.take(message);
            }
            // Data may trail behind the end, or be sent ahead of the beginning.
            Stage::Connected => {}
            Stage::Shaking | Stage::Stranger => return Err(Fault::OutOfPlace),
        }
        Ok(())
    }

    fn command(&mut self, command: &Command, door: &mut impl Door) -> Result<Next, Fault> {
        match (command.name.as_str(), self.stage) {
            ("connect", Stage::Stranger) => return Ok(self.connect(command, door)),
            (_, Stage::Shaking | Stage::Stranger) => return Err(Fault::OutOfPlace),
            ("createStream", _) => {
                let answer = command::begin("_result", command.transaction).null().number(STREAM.into());
                self.peer.say(&command::message(0, answer));
            }
            ("publish", Stage::Connected) => return Ok(self.publish(command, door)),
            ("FCUnpublish" | "deleteStream" | "closeStream", Stage::Publishing) => {
                self.stage = Stage::Connected;
                door.ended();
            }
            ("play" | "play2", _) => {
                self.status("error", "NetStream.Play.Failed", "nothing is played here");
                return Ok(Next::Close);
            }
            _ => {} // releaseStream, FCPublish and the like need no answer
        }
        Ok(Next::Read)
    }

    fn connect(&mut self, command: &Command, door: &impl Door) -> Next {
        let app = command.values.first().and_then(|object| object.field("app")).and_then(Value::text);
        if !app.is_some_and(|app| door.knows_app(app.trim_matches('/'))) {
            let values = command::begin("_error", command.transaction).null();
            let values = command::status(values, "error", "NetConnection.Connect.Rejected", "no such app");
            self.peer.say(&command::message(0, values));
            return Next::Close;
        }
        self.stage = Stage::Connected;
        self.peer.say(&frame::control(kind::WINDOW_SIZE, WINDOW));
        let mut bandwidth = WINDOW.to_be_bytes().to_vec();
        bandwidth.push(2); // dynamic
        let body = bandwidth.into();
        self.peer.say(&Message { kind: kind::PEER_BANDWIDTH, timestamp: 0, stream: 0, body });
        self.peer.announce_chunks(CHUNK);
        let values = command::begin("_result", command.transaction)
            .object(|o| o.field("fmsVer").text("FMS/3,0,1,123").field("capabilities").number(31.0));
        let values = values.object(|o| {
            o.field("level")
                .text("status")
                .field("code")
                .text("NetConnection.Connect.Success")
                .field("description")
                .text("connected")
                .field("objectEncoding")
                .number(0.0)
        });
        self.peer.say(&command::message(0, values));
        Next::Read
    }

    fn publish(&mut self, command: &Command, door: &mut impl Door) -> Next {
        let key = command.values.get(1).and_then(Value::text).unwrap_or_default();
        let why = match door.admit(key) {
            Ok(()) => {
                self.stage = Stage::Publishing;
                self.peer.set_caps(PUBLISHER);
                self.status("status", "NetStream.Publish.Start", "publishing");
                return Next::Read;
            }
            Err(Refusal::WrongKey) => "no such stream",
            Err(Refusal::Taken) => "already publishing",
        };
        self.status("error", "NetStream.Publish.BadName", why);
        Next::Close
    }

    fn status(&mut self, level: &str, code: &str, description: &str) {
        let values = command::status(command::begin("onStatus", 0.0).null(), level, code, description);
        self.peer.say(&command::message(STREAM, values));
    }
}
