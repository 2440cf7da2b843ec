//! Floods for benches: messages packed ahead of time, so that sending them costs next to nothing.

use bytes::Bytes;

use super::event::{Event, Reader};
use super::frame;
use super::world::Line;
use crate::Control;
use crate::viewers;

/// The client asked for brotli.
const BROTLI: u16 = 3;

/// A line of chat to be packed.
#[derive(Debug, Clone, Copy)]
pub struct DanmakuLine<'a> {
    /// Who says it.
    pub name: &'a str,
    /// What.
    pub text: &'a str,
    /// When, ms since 1970.
    pub at_ms: i64,
}

/// Lines of a room in one message of the danmaku socket, packed with brotli. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DanmakuPacket {
    room: u64,
    message: Bytes,
}

impl DanmakuPacket {
    /// What the message weighs on the wire, bytes.
    pub fn weight(&self) -> usize {
        self.message.len()
    }
}

impl Control {
    /// Packs lines, each with an id of its own, as a reader who is signed in gets them. `None` when the room
    /// isn't there.
    pub fn bilibili_pack(&self, room: &str, lines: &[DanmakuLine<'_>]) -> Option<DanmakuPacket> {
        let room = room.parse().ok()?;
        let reader = self.house().bilibili.with(|world| Some(Reader { uid: world.rooms.get(&room)?.uid }))?;
        let commands: Vec<String> = lines
            .iter()
            .map(|line| {
                let line = Line {
                    id: self.house().bilibili.with(super::world::World::next),
                    uid: viewers::id_of(line.name),
                    name: line.name.to_owned(),
                    text: line.text.to_owned(),
                    color: 0x00ff_ffff,
                    mode: 1,
                    admin: false,
                    at_ms: line.at_ms,
                };
                Event::Line(line).json(room, reader).to_string()
            })
            .collect();
        Some(DanmakuPacket { room, message: frame::commands(&commands, BROTLI).into() })
    }

    /// Sends a packet to everybody who listens in its room.
    ///
    /// 4,096 messages of all rooms wait for a slow reader; beyond these it loses the oldest, which is logged.
    pub fn bilibili_send(&self, packet: &DanmakuPacket) {
        self.house().bilibili.tell(packet.room, Event::Packed(packet.message.clone()));
    }
}
