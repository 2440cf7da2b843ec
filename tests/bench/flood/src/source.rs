//! Lines of chat, packed ahead of time and sent to the beat of a clock.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use kaibo_sandbox::{Control, DanmakuLine, DanmakuPacket};

use crate::{ROOMS, Result};

const PHRASES: [&str; 20] = [
    "主播晚上好", "这首好听", "哈哈哈哈", "再来一遍", "豆子是哪里的", "刚下班", "前排打卡", "声音很稳", "666666", "封面好看",
    "水温九十二", "求歌单", "这一段绝了", "第一次来", "别走啊", "下饭", "keep going", "nice one", "鼓点太舒服了", "今天喝什么",
];

/// When each line is to be sent.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// Lines over all rooms.
    pub(crate) lines: usize,
    /// Over how long they are spread.
    pub(crate) within: Duration,
    /// Lines in one message of the socket.
    pub(crate) packet: usize,
}

impl Plan {
    /// A steady stream: ten lines a packet.
    pub(crate) fn flood(rate: usize, seconds: usize) -> Self {
        Self { lines: rate * seconds, within: Duration::from_secs(seconds as u64), packet: 10 }
    }

    /// All within one second, packed as tightly as the busiest rooms are.
    pub(crate) fn burst(lines: usize) -> Self {
        Self { lines, within: Duration::from_secs(1), packet: 50 }
    }
}

/// A packet and what is in it: lines `first..first + count` of a room.
struct Packed {
    packet: DanmakuPacket,
    room: usize,
    first: usize,
    count: usize,
}

/// A packet that was sent.
#[derive(Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) room: usize,
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// Handed to the socket's task, ms since 1970.
    pub(crate) at_ms: f64,
}

/// Makes packets of numbered lines: `#ROOM NUMBER words`, both counted from one place on.
pub(crate) struct Source {
    control: Control,
    rooms: Vec<String>,
    /// The number that the next line of each room has.
    next: usize,
}

/// Packets that are ready to be sent.
pub(crate) struct Ready {
    control: Control,
    packets: Vec<Packed>,
    within: Duration,
}

impl Source {
    pub(crate) fn new(control: Control) -> Result<Self> {
        let rooms: Vec<String> = control.rooms("bilibili").into_iter().map(|room| room.id).collect();
        if rooms.len() != ROOMS {
            return Err(format!("{} rooms, not {ROOMS}", rooms.len()).into());
        }
        Ok(Self { control, rooms, next: 0 })
    }

    /// Lines of each room so far.
    pub(crate) fn made(&self) -> usize {
        self.next
    }

    /// Packs the lines of a plan. The rooms take turns, so that packets are spread evenly.
    pub(crate) fn pack(&mut self, plan: Plan) -> Result<Ready> {
        let began = Instant::now();
        let each = plan.lines / ROOMS;
        let mut order = Vec::new();
        for first in (self.next..self.next + each).step_by(plan.packet) {
            let count = plan.packet.min(self.next + each - first);
            order.extend((0..ROOMS).map(|room| (room, first, count)));
        }
        self.next += each;
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        let share = order.len().div_ceil(workers).max(1);
        let (control, rooms) = (&self.control, &self.rooms);
        let packets: Option<Vec<Packed>> = std::thread::scope(|scope| {
            let pack_all = |share: &[(usize, usize, usize)]| {
                share.iter().map(|(room, first, count)| pack(control, rooms, *room, *first, *count)).collect()
            };
            let running: Vec<_> =
                order.chunks(share).map(|share| scope.spawn(move || pack_all(share))).collect();
            let done: Vec<Option<Vec<Packed>>> = running.into_iter().map(|worker| worker.join().ok()?).collect();
            Some(done.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
        });
        let packets = packets.ok_or("a room is gone")?;
        let bytes: usize = packets.iter().map(|packed| packed.packet.weight()).sum();
        println!(
            "{} lines packed in {:.1} s: {} packets, {:.1} MB",
            each * ROOMS,
            began.elapsed().as_secs_f64(),
            packets.len(),
            bytes as f64 / 1e6
        );
        Ok(Ready { control: self.control.clone(), packets, within: plan.within })
    }
}

impl Ready {
    /// Sends all, on a thread of its own. What falls behind is sent at once.
    pub(crate) async fn send(self) -> Result<Vec<Sent>> {
        let sending = tokio::task::spawn_blocking(move || {
            let (began, pace) = (Instant::now(), self.within / u32::try_from(self.packets.len()).unwrap_or(1));
            let mut sent = Vec::with_capacity(self.packets.len());
            for (at, Packed { packet, room, first, count }) in self.packets.into_iter().enumerate() {
                let due = began + pace * u32::try_from(at).unwrap_or(u32::MAX);
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                sent.push(Sent { room, first, count, at_ms: now_ms() });
                self.control.bilibili_send(&packet);
            }
            sent
        });
        Ok(sending.await?)
    }
}

fn pack(control: &Control, rooms: &[String], room: usize, first: usize, count: usize) -> Option<Packed> {
    let now = Timestamp::now().as_millisecond();
    let texts: Vec<(String, String)> = (first..first + count)
        .map(|number| {
            let phrase = |salt: usize| PHRASES[(number * 7 + room * 3 + salt * number / 3) % PHRASES.len()];
            let name = format!("{}{}", phrase(2), (number * 31 + room) % 2_000);
            (name, format!("#{room} {number:07} {}{}", phrase(0), if number % 3 == 0 { phrase(1) } else { "" }))
        })
        .collect();
    let lines: Vec<_> = texts.iter().map(|(name, text)| DanmakuLine { name, text, at_ms: now }).collect();
    let packet = control.bilibili_pack(rooms.get(room)?, &lines)?;
    Some(Packed { packet, room, first, count })
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1000.0
}
