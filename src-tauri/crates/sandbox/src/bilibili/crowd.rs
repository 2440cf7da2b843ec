//! The viewers of a room on air: they talk, like, give presents.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::event::{Event, Gift, Paid, Told, Visit};
use super::world::{Line, Room};
use crate::house::House;
use crate::viewers::{self, Viewer};

/// Between two things a room does.
const PACE: Duration = Duration::from_millis(1200);

const GIFTS: [(u32, &str, u32, bool); 4] = [
    (31036, "小花花", 100, true),
    (30607, "小心心", 0, false),
    (31039, "牛哇牛哇", 100, true),
    (31216, "一杯手冲", 1000, true),
];

/// Lets viewers come to the broadcast of this key until it ends.
pub(super) fn come(house: &Arc<House>, room: u64, key: String) {
    let shared = house.clone();
    house.spawn(async move {
        let mut said = HashMap::new();
        for turn in 0_u64.. {
            tokio::time::sleep(PACE).await;
            let now_ms = shared.clock.now().as_millisecond();
            let chatter = shared.chatter();
            let happened = shared.bilibili.with(|world| {
                let number = world.next();
                let room = world.rooms.get_mut(&room)?;
                room.on_air.as_ref().filter(|live| live.key == key)?;
                Some(if chatter { happens(room, turn, number, now_ms, &mut said) } else { Vec::new() })
            });
            let Some(happened) = happened else { return };
            for event in happened {
                shared.bilibili.tell(room, event);
            }
        }
    });
}

fn happens(
    room: &mut Room,
    turn: u64,
    number: u64,
    now_ms: i64,
    said: &mut HashMap<&'static str, u32>,
) -> Vec<Event> {
    let viewer = viewers::anybody();
    let line = Line {
        id: number,
        uid: viewer.id,
        name: viewer.name.to_owned(),
        text: distinct(viewers::anything(), said),
        color: 0x00ff_ffff,
        mode: 1,
        admin: false,
        at_ms: now_ms,
    };
    let mut happened = Vec::new();
    if !room.drops(line.uid, &line.text, now_ms.div_euclid(1000)) {
        room.remember(line.clone());
        happened.push(Event::Line(line));
    }
    if turn.is_multiple_of(4) {
        room.watched += fastrand::u64(1..9);
        room.online = room.online.saturating_add_signed(fastrand::i64(-2..5)).max(1);
        happened.push(Event::Watched(room.watched));
        happened.push(Event::Online(room.online));
    }
    if turn % 5 == 2 {
        room.likes += fastrand::u64(1..30);
        happened.push(Event::Likes(room.likes));
    }
    if turn % 9 == 6 {
        let gift = gift(number, now_ms);
        // Some rooms are told so, others so; a client must take both.
        happened.push(if turn % 18 == 6 { Event::Gift(gift) } else { Event::PackedGift(gift) });
    }
    if turn % 3 == 1 {
        let Viewer { id: uid, name } = viewers::anybody();
        // Most only come in.
        let what = if turn.is_multiple_of(5) { fastrand::u32(1..=3) } else { 1 };
        happened.push(Event::Visit(Visit { uid, name: name.to_owned(), what, at_ms: now_ms }));
    }
    if turn % 17 == 10 {
        let text = viewers::anything().to_owned();
        happened.push(Event::SuperChat(paid(number, text, [30, 50, 100][fastrand::usize(..3)], now_ms)));
    }
    if turn % 23 == 14 {
        let paid = paid(number, String::new(), 198, now_ms);
        let told = [Told::Bought, Told::Toast, Told::ToastV2];
        happened.extend(told.map(|told| Event::Member(paid.clone(), told)));
    }
    happened
}

fn gift(id: u64, at_ms: i64) -> Gift {
    let giver = viewers::anybody();
    let (kind, what, price, gold) = GIFTS[fastrand::usize(..GIFTS.len())];
    let count = fastrand::u32(1..5);
    Gift { id, uid: giver.id, name: giver.name.to_owned(), kind, what, count, price, gold, at_ms }
}

fn paid(id: u64, text: String, yuan: u32, at_ms: i64) -> Paid {
    let giver = viewers::anybody();
    Paid { id, uid: giver.id, name: giver.name.to_owned(), text, yuan, at_ms }
}

/// No line twice in a broadcast: a repeated one is numbered.
fn distinct(line: &'static str, said: &mut HashMap<&'static str, u32>) -> String {
    let times = said.entry(line).or_default();
    *times += 1;
    if *times == 1 { line.to_owned() } else { format!("{line}（{times}）") }
}
