//! Several rooms on air at once, and what is said in them.

use kaibo_sandbox::{Config, Sandbox};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

use crate::window::Environment;
use crate::{Evening, until};

/// Rows that the pane draws at least while it follows, in the tests' window.
const DRAWN: usize = 40;

/// Rooms of Bilibili among the four.
const STREAMERS: usize = 3;
/// What a room's lines begin with.
const MARKS: [&str; STREAMERS + 1] = ["甲", "乙", "丙", "丁"];
const NAMES: [&str; 5] = ["南山有台", "半杯水", "唱针先生", "kiki在听", "阿木不木"];
const PHRASES: [&str; 4] = ["水温多少度？", "B 面！B 面！", "声音刚刚好", "keep going"];

/// A room on air.
#[derive(Debug)]
pub struct Room {
    /// Where.
    pub platform: &'static str,
    /// Its id there.
    pub remote: String,
    /// Its id in the window.
    pub id: String,
    /// What is to be heard of it, the streamer's own lines too, oldest first.
    pub said: Vec<String>,
}

/// A row of the pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The room's id in the window.
    pub room: String,
    /// What kind of line it is.
    pub kind: String,
    /// Everything that stands in it.
    pub text: String,
    /// It was taken back.
    pub recalled: bool,
}

/// An evening with three rooms of Bilibili and one of Weibo on air, each of whose chats is heard.
pub struct FourRooms {
    /// The evening.
    pub evening: Evening,
    /// Weibo's is the last.
    pub rooms: Vec<Room>,
}

impl FourRooms {
    /// Connects four accounts, goes live with all, and waits until a first line of each is in the pane.
    pub async fn begin() -> Self {
        let config = Config { chatter: false, bilibili_streamers: STREAMERS, ..Config::default() };
        let sandbox = Sandbox::start(config).await.unwrap();
        let evening = Evening::begin_on(sandbox, Environment::new()).await;
        for account in evening.sandbox.bilibili_accounts() {
            evening.connect_as(&account).await;
        }
        evening.connect("weibo").await;
        let mut four = Self { evening, rooms: Vec::new() };
        four.go_live().await;
        four.introduce().await;
        four
    }

    async fn go_live(&self) {
        let window = &self.evening.window;
        window.click("go-live").await;
        window.fill("tonight-title", "满屋子的人").await;
        let choose = "const all = [...document.querySelectorAll('[data-testid^=\"tonight-choose-\"]')]; \
            all.filter((one) => !one.checked).forEach((one) => one.click()); \
            return all.filter((one) => one.checked).length";
        let chosen = || async { (window.script(choose).await == MARKS.len()).then_some(()) };
        until("four rooms to be chosen", chosen).await;
        self.evening.relay_all(false).await;
        window.click("tonight-go").await;
        let done = "[data-testid^=\"run-\"][data-room][data-state=\"done\"]";
        until("four rooms to be done", || self.are(done, MARKS.len())).await;
        window.click("run-close").await;
        let remote = self.evening.remote("weibo");
        assert!(self.evening.control.weibo_video(&remote, true), "Weibo's room goes live by its picture");
        until("four chats", || self.are("[data-chat=\"listening\"]", MARKS.len())).await;
        // Weibo's room is liked by itself, and how often is a matter of time.
        window.click("chat-kinds").await;
        window.click("chat-kind-visits").await;
        window.click("chat-kinds").await;
        window.find("chat-hidden").await;
    }

    async fn are(&self, selector: &str, count: usize) -> Option<()> {
        let script = format!("return document.querySelectorAll('{selector}').length");
        (self.evening.window.script(&script).await == count).then_some(())
    }

    /// One line in each room; under which id of the window it comes tells which room is which.
    async fn introduce(&mut self) {
        let control = self.evening.control.clone();
        for platform in ["bilibili", "weibo"] {
            for room in control.rooms(platform) {
                self.rooms.push(Room { platform, remote: room.id, id: String::new(), said: Vec::new() });
            }
        }
        assert_eq!(self.rooms.len(), MARKS.len(), "{:?}", self.rooms);
        for at in 0..self.rooms.len() {
            self.say(at);
        }
        self.until_lines().await;
        for row in self.rows().await {
            let Some(room) = self.rooms.iter_mut().find(|room| row.text.ends_with(&room.said[0])) else {
                panic!("nobody said {row:?}");
            };
            room.id = row.room;
        }
    }

    /// A viewer says the next line in a room. No line is like another.
    pub fn say(&mut self, at: usize) -> String {
        let room = &mut self.rooms[at];
        let number = room.said.len();
        let line = format!("{}{number:03} {}", MARKS[at], PHRASES[(number + at) % PHRASES.len()]);
        let name = NAMES[(number + at) % NAMES.len()];
        let control = &self.evening.control;
        assert!(control.viewer_says(room.platform, &room.remote, name, &line), "{} takes it", room.remote);
        room.said.push(line.clone());
        line
    }

    /// A viewer says the next line in each room, so many times.
    pub fn say_all(&mut self, times: usize) {
        for _ in 0..times {
            (0..self.rooms.len()).for_each(|at| drop(self.say(at)));
        }
    }

    /// All that is to be heard, in lines.
    pub fn said(&self) -> usize {
        self.rooms.iter().map(|room| room.said.len()).sum()
    }

    /// Waits until as many lines stand in the pane as are to be heard.
    pub async fn until_lines(&self) {
        let all = format!("[data-testid=\"chat-lines\"][data-lines=\"{}\"]", self.said());
        self.evening.window.find_css(&all).await;
    }

    /// The rows that are drawn, from top to bottom.
    pub async fn rows(&self) -> Vec<Row> {
        let script = "return [...document.querySelectorAll('[data-testid=\"chat-line\"]')].map((row) => \
            [row.dataset.room, row.dataset.kind, row.textContent.trim(), row.dataset.recalled === 'true'])";
        let rows = self.evening.window.script(script).await;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let row = |row: &Value| Row {
            room: text(&row[0]),
            kind: text(&row[1]),
            text: text(&row[2]),
            recalled: row[3] == true,
        };
        rows.as_array().unwrap().iter().map(row).collect()
    }

    /// In the pane stands what was said in each room: all of it, once, in its order, and nothing else; of more than the
    /// pane draws at its end, the end.
    pub async fn pane_has_all_once(&self) {
        self.until_lines().await;
        let least = self.said().min(DRAWN);
        let rows = until(&format!("{least} rows"), || async {
            let rows = self.rows().await;
            (rows.len() >= least).then_some(rows)
        })
        .await;
        for room in &self.rooms {
            let there = rows.iter().filter(|row| row.room == room.id);
            let there: Vec<_> =
                there.map(|row| room.said.iter().position(|s| row.text.ends_with(s))).collect();
            let all = room.said.len();
            let end: Vec<_> = (all.saturating_sub(there.len())..all).map(Some).collect();
            assert_eq!(there, end, "lines of {} by their number", room.id);
        }
        let known = |row: &Row| self.rooms.iter().any(|room| room.id == row.room);
        assert!(rows.iter().all(known), "rows of the pane: {rows:#?}");
    }

    /// Of persons, the history holds what was said in each room: all of it, once, in its order, and nothing else.
    pub async fn history_has_all_once(&self) {
        let file = self.evening.home().join("data/cn.kaibo.desktop/history.db");
        let database = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let all = i64::try_from(self.said()).unwrap();
        let count = || {
            database
                .query_row("select count(*) from line where person is not null", (), |row| {
                    row.get::<_, i64>(0)
                })
                .unwrap()
        };
        until("the last line to be written", || async { (count() >= all).then_some(()) }).await;
        for room in &self.rooms {
            let lines = "select text from line where person is not null \
                and session in (select id from session where room = ?) order by id";
            let mut lines = database.prepare(lines).unwrap();
            let lines: Result<Vec<String>, _> =
                lines.query_map([&room.id], |row| row.get(0)).unwrap().collect();
            assert_eq!(lines.unwrap(), room.said, "the history of {}", room.id);
        }
        assert_eq!(count(), all, "lines of the history");
    }
}
