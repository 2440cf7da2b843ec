//! The chat socket.

use std::io::Read as _;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::Browser;
use crate::bilibili::DanmakuLine;
use crate::bilibili::socket::Timing;
use crate::house::lock;
use crate::{Config, Sandbox};

pub(super) struct Chat(WebSocketStream<MaybeTlsStream<TcpStream>>);

fn frame(version: u16, operation: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + body.len()).unwrap();
    let mut frame = length.to_be_bytes().to_vec();
    frame.extend(16_u16.to_be_bytes());
    frame.extend(version.to_be_bytes());
    frame.extend(operation.to_be_bytes());
    frame.extend(1_u32.to_be_bytes());
    frame.extend(body);
    frame
}

/// One message's frames: version, operation, body. What follows the last whole frame is left out.
fn frames(message: &[u8]) -> Vec<(u16, u32, Vec<u8>)> {
    let (mut rest, mut frames) = (message, Vec::new());
    while rest.len() >= 16 {
        let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        let version = u16::from_be_bytes(rest[6..8].try_into().unwrap());
        let operation = u32::from_be_bytes(rest[8..12].try_into().unwrap());
        frames.push((version, operation, rest[16..length].to_vec()));
        if operation == 3 {
            break;
        }
        rest = &rest[length..];
    }
    frames
}

impl Chat {
    async fn open(browser: &Browser) -> Self {
        let url = browser.base.replace("http", "ws") + "/sub";
        Self(connect_async(url).await.unwrap().0)
    }

    /// Listens in the browser's room, packed with brotli.
    pub(super) async fn listening(browser: &Browser) -> Self {
        let token = browser.token().await;
        let mut chat = Self::open(browser).await;
        chat.auth(browser.number(), &browser.room, 3, &token).await;
        chat.message().await.unwrap();
        chat
    }

    async fn send(&mut self, operation: u32, body: &str) {
        self.0.send(Message::Binary(frame(1, operation, body.as_bytes()).into())).await.unwrap();
    }

    async fn auth(&mut self, uid: u64, room: &str, protover: u16, token: &str) {
        let room: u64 = room.parse().unwrap();
        let auth = json!({ "uid": uid, "roomid": room, "protover": protover, "platform": "web", "type": 2,
            "buvid": "b", "key": token });
        self.send(7, &auth.to_string()).await;
    }

    /// The next message, or none once the socket is closed.
    pub(super) async fn message(&mut self) -> Option<Vec<u8>> {
        let next =
            tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.expect("a message in time");
        match next? {
            Ok(Message::Binary(bytes)) => Some(bytes.to_vec()),
            _ => None,
        }
    }

    /// The next commands, unpacked.
    async fn commands(&mut self, version: u16) -> Vec<Value> {
        let message = self.message().await.unwrap();
        let mut outer = frames(&message);
        assert_eq!((outer[0].0, outer[0].1), (version, 5));
        let mut plain = Vec::new();
        match version {
            2 => drop(flate2::read::ZlibDecoder::new(&outer[0].2[..]).read_to_end(&mut plain).unwrap()),
            3 => drop(brotli::Decompressor::new(&outer[0].2[..], 4096).read_to_end(&mut plain).unwrap()),
            _ => {}
        }
        if version >= 2 {
            outer = frames(&plain);
        }
        outer.iter().map(|(_, _, body)| serde_json::from_slice(body).unwrap()).collect()
    }

    /// Waits for a command of this name.
    pub(super) async fn command(&mut self, version: u16, name: &str) -> Value {
        for _ in 0..50 {
            if let Some(found) =
                self.commands(version).await.into_iter().find(|command| command["cmd"] == name)
            {
                return found;
            }
        }
        panic!("no {name} among 50 messages");
    }
}

impl Browser {
    async fn token(&self) -> String {
        let way_in = self.signed_way_in().await;
        self.get(&way_in).await["data"]["token"].as_str().unwrap().to_owned()
    }

    pub(super) fn with_buvid(mut self) -> Self {
        self.cookie += "; buvid3=ABC00000infoc";
        self
    }

    fn number(&self) -> u64 {
        self.uid().split(';').next().unwrap().parse().unwrap()
    }
}

#[tokio::test]
async fn the_way_in_needs_a_signature_and_a_buvid() {
    let browser = Browser::new().await;
    let signed = browser.signed_way_in().await;
    assert_eq!(browser.get(&signed).await["code"], -352, "no buvid3");
    let browser = browser.with_buvid();
    let told = browser.get(&signed).await;
    assert_eq!(told["code"], 0, "{told}");
    let host = &told["data"]["host_list"][0];
    assert_eq!(host["host"], "127.0.0.1");
    assert!(browser.base.ends_with(&host["ws_port"].to_string()));
    assert_eq!(browser.get(&signed.replace("web_location", "webLocation")).await["code"], -352);
    let unsigned = format!("/xlive/web-room/v1/index/getDanmuInfo?id={}&type=0", browser.room);
    assert_eq!(browser.get(&unsigned).await["code"], -352);
    browser.sandbox.control().bilibili_turn_wbi_keys();
    assert_eq!(browser.get(&signed).await["code"], -352, "signed with yesterday's keys");
    let fresh = browser.signed_way_in().await;
    assert_eq!(browser.get(&fresh).await["code"], 0);
}

#[tokio::test]
async fn lines_arrive_in_every_packing() {
    let browser = Browser::new().await.with_buvid();
    let control = browser.sandbox.control();
    for protover in 0..=3_u16 {
        let token = browser.token().await;
        let mut chat = Chat::open(&browser).await;
        chat.auth(browser.number(), &browser.room, protover, &token).await;
        let reply = chat.message().await.unwrap();
        assert_eq!(frames(&reply), [(1, 8, br#"{"code":0}"#.to_vec())]);
        let text = format!("第 {protover} 种");
        assert!(control.viewer_says("bilibili", &browser.room, "手冲阿岩", &text));
        let version = if protover >= 2 { protover } else { 0 };
        let line = chat.command(version, "DANMU_MSG").await;
        assert_eq!((&line["info"][1], &line["info"][2][1]), (&json!(text), &json!("手冲阿岩")));

        chat.send(2, "[object Object]").await;
        let beat = chat.message().await.unwrap();
        assert_eq!(beat[..4], [0, 0, 0, 20], "the header doesn't count what is echoed");
        assert_eq!(&beat[20..], b"[object Object]");
    }
    assert!(!control.viewer_says("bilibili", "5", "谁", "没有这间"));
}

#[tokio::test]
async fn a_broadcast_is_told_from_its_start_to_its_end() {
    let browser = Browser::new().await.with_buvid();
    let token = browser.token().await;
    let mut chat = Chat::open(&browser).await;
    chat.auth(browser.number(), &browser.room, 3, &token).await;
    chat.message().await.unwrap();
    browser.sandbox.control().set_chatter(true);
    browser.start(&[]).await;
    let begun = chat.command(3, "LIVE").await;
    assert!(begun["roomid"].is_u64() && begun["live_time"].is_i64(), "{begun}");
    // Viewers begin to talk by themselves.
    let first = chat.command(3, "DANMU_MSG").await["info"][1].clone();
    assert!(!first.as_str().unwrap().is_empty());
    browser.sandbox.control().set_chatter(false);
    let said = browser.say("我来了").await;
    assert_eq!((&said["code"], &said["message"]), (&json!(0), &json!("")));
    let own = loop {
        let line = chat.command(3, "DANMU_MSG").await;
        if line["info"][2][0] == browser.number() {
            break line;
        }
    };
    assert_eq!(own["info"][1], "我来了");
    let room = browser.room.as_str();
    browser.post("/room/v1/Room/update", &[("room_id", room), ("title", "换个名字")]).await;
    assert_eq!(chat.command(3, "ROOM_CHANGE").await["data"]["title"], "换个名字");
    browser.stop().await;
    assert_eq!(chat.command(3, "PREPARING").await["roomid"], room);
}

#[tokio::test]
async fn strangers_read_masked_names() {
    let mut browser = Browser::new().await.with_buvid();
    browser.cookie = "buvid3=ABC00000infoc".into();
    let token = browser.token().await;
    let mut chat = Chat::open(&browser).await;
    chat.auth(0, &browser.room, 3, &token).await;
    chat.message().await.unwrap();
    browser.sandbox.control().viewer_says("bilibili", &browser.room, "黑胶小满", "好听");
    let line = chat.command(3, "DANMU_MSG").await;
    assert_eq!((&line["info"][2][0], &line["info"][2][1]), (&json!(0), &json!("黑***")));
}

#[tokio::test]
async fn bad_tokens_are_told_and_bad_frames_are_cut() {
    let browser = Browser::new().await.with_buvid();
    let token = browser.token().await;
    for (uid, token) in [(browser.number(), "made up"), (7, token.as_str())] {
        let mut chat = Chat::open(&browser).await;
        chat.auth(uid, &browser.room, 3, token).await;
        assert_eq!(frames(&chat.message().await.unwrap()), [(1, 8, br#"{"code":-101}"#.to_vec())]);
        assert_eq!(chat.message().await, None);
    }
    let mut chat = Chat::open(&browser).await;
    chat.send(2, "").await;
    assert_eq!(chat.message().await, None, "the first frame must be the auth");
    let mut chat = Chat::open(&browser).await;
    chat.auth(browser.number(), "5", 3, &token).await;
    assert_eq!(chat.message().await, None, "no such room");
}

#[tokio::test]
async fn silence_ends_a_socket_before_and_after_auth() {
    let browser = Browser::new().await.with_buvid();
    let short = Timing { auth: Duration::from_millis(100), silence: Duration::from_millis(300) };
    let token = browser.token().await;
    *lock(&browser.sandbox.control().house().bilibili.timing) = short;
    let mut mute = Chat::open(&browser).await;
    assert_eq!(mute.message().await, None);
    let mut chat = Chat::open(&browser).await;
    chat.auth(browser.number(), &browser.room, 3, &token).await;
    assert!(chat.message().await.is_some());
    assert_eq!(chat.message().await, None);
}

#[tokio::test]
async fn lines_that_were_packed_beforehand_arrive_in_their_room_alone() {
    let browser = Browser::new().await.with_buvid();
    let control = browser.sandbox.control();
    let mut chat = Chat::open(&browser).await;
    chat.auth(browser.number(), &browser.room, 3, &browser.token().await).await;
    chat.message().await.unwrap();
    let line = |text| DanmakuLine { name: "手冲阿岩", text, at_ms: 1_795_300_000_123 };
    let packet = control.bilibili_pack(&browser.room, &[line("一"), line("二")]).unwrap();
    assert!(control.bilibili_pack("5", &[line("没有这间")]).is_none());
    control.bilibili_send(&packet);
    let told = chat.commands(3).await;
    let texts: Vec<_> = told.iter().map(|told| (&told["info"][0][4], &told["info"][1])).collect();
    assert_eq!(
        texts,
        [(&json!(1_795_300_000_123_i64), &json!("一")), (&json!(1_795_300_000_123_i64), &json!("二"))]
    );
}

#[tokio::test]
async fn several_streamers_have_a_room_each() {
    let config = Config { chatter: false, bilibili_streamers: 4, ..Config::default() };
    let sandbox = Sandbox::start(config).await.unwrap();
    let (accounts, rooms) = (sandbox.bilibili_accounts(), sandbox.control().rooms("bilibili"));
    assert_eq!((accounts.len(), rooms.len()), (4, 4));
    assert_eq!(accounts[0], sandbox.accounts().remove(3));
    let mut cookies: Vec<_> = accounts.iter().map(|account| account.secrets["cookie"].as_str()).collect();
    cookies.sort_unstable();
    cookies.dedup();
    assert_eq!(cookies.len(), 4, "four sign-ins");
}
