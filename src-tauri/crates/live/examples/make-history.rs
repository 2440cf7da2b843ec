//! Writes a history of made-up people and lines: `make-history FILE LINES SEED [PACE]`, `PACE` in lines a second.
//!
//! The lines go the way of real ones: four sessions, the queue, the file. After each thousand it prints how many were
//! handed over and when (ms since 1970), so that whoever kills it knows what may be missing. At the end it says how
//! long that took. `measure-history` then measures reading.

#![allow(clippy::print_stdout, clippy::expect_used, clippy::cast_precision_loss)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use jiff::Timestamp;
use kaibo_live::chat::{ChatEvent, ChatKind, Gift, Person};
use kaibo_live::history::{History, Session, SessionStart};
use kaibo_live::platform::Platform;
use kaibo_live::room::{RemoteId, RoomId};

const FAMILY: [&str; 12] =
    ["小", "阿", "老", "大", "北方的", "南城", "爱喝茶的", "会飞的", "Mr", "夜里的", "七月", "半糖"];
const GIVEN: [&str; 12] =
    ["满", "澈", "橘猫", "云", "木木", "鱼丸", "fox", "晚风", "豆包", "山", "Leo", "星河"];
const SAID: [&str; 20] = [
    "晚上好",
    "主播今天好早",
    "这把稳了",
    "哈哈哈哈",
    "666",
    "谢谢老板",
    "刚来，讲到哪了",
    "声音有点小",
    "画面很清楚",
    "下次什么时候播",
    "good game",
    "hello from Hangzhou",
    "这首歌叫什么",
    "别急慢慢来",
    "第一次来，关注了",
    "gg wp",
    "这个多少钱",
    "明天还播吗",
    "笑死我了",
    "加油加油",
];

struct Crowd {
    random: Rng,
    sessions: Vec<Arc<Session>>,
    said: u64,
}

impl Crowd {
    fn new(seed: u64) -> Self {
        let platforms = [Platform::Bilibili, Platform::Weibo, Platform::Qiniu, Platform::Taobao];
        let session = |(n, platform)| {
            Session::new(SessionStart {
                room: RoomId(format!("r-{seed}-{n}")),
                platform,
                sandbox: false,
                account: "店内".into(),
                name: "店内".into(),
                title: format!("第 {seed} 场"),
                remote: RemoteId(format!("{seed}{n}")),
                lasting: false,
                started: Timestamp::now().as_millisecond(),
            })
        };
        let sessions = platforms.into_iter().enumerate().map(session).collect();
        Self { random: Rng::with_seed(seed), sessions, said: 0 }
    }

    fn event(&mut self) -> ChatEvent {
        let random = &mut self.random;
        // A few say most of it, as in any room.
        let person = (random.f64().powi(4) * 20_000.0) as usize;
        let name = format!("{}{}{}", FAMILY[person % 12], GIVEN[person / 12 % 12], person / 144);
        let who = Person { id: (1000 + person).to_string(), name, me: false, moderator: person == 0 };
        let kind = match random.u32(..100) {
            0 => ChatKind::SuperChat,
            1..=4 => ChatKind::Gift,
            5..=9 => ChatKind::Entry,
            _ => ChatKind::Message,
        };
        let text = match kind {
            ChatKind::Message | ChatKind::SuperChat => {
                let one = SAID[random.usize(..SAID.len())];
                let other = SAID[random.usize(..SAID.len())];
                format!("{one}，{other} {}", random.u32(..1000))
            }
            _ => String::new(),
        };
        let text = if self.said % 333_333 == 777 { "稀客到访".to_owned() } else { text };
        let event = ChatEvent::new(self.said.to_string(), Timestamp::now(), kind, Some(who), &text);
        match kind {
            ChatKind::Gift => event.giving(Gift { name: "小花".into(), count: 1, worth: Some(100) }),
            ChatKind::SuperChat => event.giving(Gift { name: String::new(), count: 1, worth: Some(30_000) }),
            _ => event,
        }
    }

    async fn talk(&mut self, history: &History, count: u64) {
        for _ in 0..count {
            let event = self.event();
            let session = Arc::clone(&self.sessions[self.random.usize(..self.sessions.len())]);
            history.hear(&session, event, Timestamp::now().as_millisecond()).await;
            self.said += 1;
        }
    }
}

async fn write(file: &Path, lines: u64, seed: u64, pace: Option<u64>) {
    let began = Instant::now();
    let history = History::open(file).expect("opens");
    let mut crowd = Crowd::new(seed);
    while crowd.said < lines {
        crowd.talk(&history, (lines - crowd.said).min(1_000)).await;
        println!("{} {}", crowd.said, Timestamp::now().as_millisecond());
        if let Some(pace) = pace {
            let due = began + Duration::from_millis(crowd.said * 1000 / pace.max(1));
            tokio::time::sleep_until(due.into()).await;
        }
    }
    history.flush().await.expect("writes");
    if let Some(writer) = writer_seconds() {
        println!("writer: {writer:.2} s of processor time, {:.1} µs a line", writer * 1e6 / lines as f64);
    }
    drop(history);
    let took = began.elapsed().as_secs_f64();
    println!("{lines} lines in {took:.2} s, {:.0} a second", lines as f64 / took);
}

/// Processor time of the thread that writes, seconds; Linux alone tells.
fn writer_seconds() -> Option<f64> {
    let tasks = std::fs::read_dir("/proc/self/task").ok()?;
    let stat = tasks.flatten().map(|task| task.path()).find_map(|task| {
        let own = std::fs::read_to_string(task.join("comm")).ok()?.trim_end() == "history";
        own.then(|| std::fs::read_to_string(task.join("schedstat")).ok())?
    })?;
    Some(stat.split(' ').next()?.parse::<f64>().ok()? / 1e9)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|n| n.parse().ok());
    let file = arguments.first().expect("make-history FILE LINES SEED [PACE]");
    let lines = number(1).expect("a number of lines");
    let seed = number(2).expect("a number as seed");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(write(Path::new(file), lines, seed, number(3)));
}
