//! A whole line against a chat host on this machine.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kaibo_live::chat::{ChatEvent, ChatKind};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use super::*;
use crate::bilibili::api::AGENT;
use crate::bilibili::fake::Fake;

type ServerSocket = WebSocketStream<TcpStream>;

/// The platform's HTTP side, which sends to a chat host on this machine.
async fn fake(port: u16) -> Fake {
    fake_with(&[port]).await
}

/// The same with several chat hosts.
async fn fake_with(ports: &[u16]) -> Fake {
    let fake = Fake::start().await;
    fake.at(
        "/x/web-interface/nav",
        r#"{"code":0,"data":{"isLogin":true,"mid":42,"wbi_img":{
        "img_url":"https://i0.example/7cd084941338484aae1ad9425b84077c.png",
        "sub_url":"https://i0.example/4932caff0ff746eab6f01bf08b70ac45.png"}}}"#,
    )
    .await;
    fake.at("/x/frontend/finger/spi", r#"{"code":0,"data":{"b_3":"B-3","b_4":""}}"#).await;
    let host = |port| format!(r#"{{"host":"127.0.0.1","port":1,"ws_port":{port},"wss_port":1}}"#);
    let hosts: Vec<String> = ports.iter().map(host).collect();
    let door = format!(r#"{{"code":0,"data":{{"token":"tok","host_list":[{}]}}}}"#, hosts.join(","));
    fake.at("/xlive/web-room/v1/index/getDanmuInfo", &door).await;
    fake
}

/// A chat host for one connection; `act` plays it after the handshake.
async fn host<F>(act: impl FnOnce(ServerSocket) -> F + Send + 'static) -> (u16, JoinHandle<()>)
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        #[allow(clippy::result_large_err, clippy::unnecessary_wraps)] // the handshake's own form
        let look = |request: &Request, response: Response| {
            assert_eq!(request.uri().path(), "/sub");
            assert_eq!(request.headers()["user-agent"], AGENT);
            assert!(request.headers().get("cookie").is_none(), "the sign-in isn't for this host");
            Ok(response)
        };
        act(accept_hdr_async(stream, look).await.expect("a handshake")).await;
    });
    (port, task)
}

async fn receive(socket: &mut ServerSocket) -> Vec<u8> {
    socket.next().await.expect("a message").expect("bytes").into_data().into()
}

async fn send(socket: &mut ServerSocket, frame: Vec<u8>) {
    socket.send(Message::Binary(frame.into())).await.expect("sent");
}

async fn admit(socket: &mut ServerSocket) {
    let auth = receive(socket).await;
    assert_eq!(auth[8..12], frame::OP_AUTH.to_be_bytes());
    let json: Value = serde_json::from_slice(&auth[16..]).expect("JSON");
    assert_eq!(
        json,
        serde_json::json!({"uid": 42, "roomid": 1234, "protover": 3, "platform": "web", "type": 2,
            "buvid": "B-3", "key": "tok"})
    );
    send(socket, frame::encode(8, br#"{"code":0}"#)).await;
}

/// A command in a compressed packet, as the host sends it.
fn packet(json: &str) -> Vec<u8> {
    let mut body = Vec::new();
    let inner = frame::encode(5, json.as_bytes());
    brotli::CompressorWriter::new(&mut body, 4096, 5, 22).write_all(&inner).expect("memory");
    let mut packet = frame::encode(5, &body);
    packet[7] = 3;
    packet
}

async fn event(heard: &mut Receiver<Heard>) -> ChatEvent {
    loop {
        match heard.recv().await.expect("the line is open") {
            Heard::Event(event) => return event,
            other @ (Heard::Recalled(_) | Heard::Figure(..) | Heard::RoomChanged) => panic!("{other:?}"),
            Heard::Alive | Heard::CutOff { .. } | Heard::Warned { .. } => {}
        }
    }
}

#[tokio::test]
async fn a_line_is_heard_kept_alive_and_reported_when_it_breaks() {
    let (port, server) = host(async |mut socket| {
        admit(&mut socket).await;
        send(
            &mut socket,
            packet(r#"{"cmd":"DANMU_MSG","info":[[0,1,25,0,1600000000000,9],"晚上好",[7,"小红"]]}"#),
        )
        .await;
        send(&mut socket, packet(r#"{"cmd":"NEVER_SEEN"}"#)).await;
        for _ in 0..2 {
            assert_eq!(receive(&mut socket).await, frame::encode(frame::OP_HEARTBEAT, b"[object Object]"));
            send(&mut socket, frame::encode(3, &2466_u32.to_be_bytes())).await;
        }
        send(&mut socket, packet(r#"{"cmd":"LIKE_INFO_V3_UPDATE","data":{"click_count":9}}"#)).await;
        socket.close(None).await.expect("closed");
    })
    .await;
    let fake = fake(port).await;
    let danmaku = Danmaku { heartbeat: Duration::from_millis(20), ..Danmaku::default() };
    let (out, mut heard) = ChatOut::queue();
    let (ended, (said, likes)) = tokio::join!(danmaku.listen(&fake.api, "1234", out), async {
        assert!(matches!(heard.recv().await, Some(Heard::Alive)), "connected");
        (event(&mut heard).await, event(&mut heard).await)
    });
    assert_eq!((said.kind, said.text.as_str()), (ChatKind::Message, "晚上好"));
    assert_eq!((likes.kind, likes.text.as_str()), (ChatKind::Like, "9"));
    assert_eq!(ended.expect_err("it broke").code, ProblemCode::Network);
    server.await.expect("the host saw what it should");
    let door = fake.sent().await.into_iter().find(|s| s.target.contains("getDanmuInfo")).expect("asked");
    let (_, w_rid) = door.target.rsplit_once("&w_rid=").expect("signed");
    assert_eq!(w_rid.len(), 32);
    assert!(door.target.contains("?id=1234&type=0&web_location=444.8&wts="), "{}", door.target);
    assert!(door.cookie.ends_with("buvid3=B-3"));
}

#[tokio::test]
async fn silence_is_a_failure() {
    let (port, server) = host(async |mut socket| {
        admit(&mut socket).await;
        // Takes everything and says nothing, until the other side goes.
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await;
    let fake = fake(port).await;
    let (beat, silence) = (Duration::from_millis(10), Duration::from_millis(100));
    let danmaku = Danmaku { heartbeat: beat, silence, ..Danmaku::default() };
    let (out, _heard) = ChatOut::queue();
    let ended = danmaku.listen(&fake.api, "1234", out).await;
    assert_eq!(ended.expect_err("it is dead").code, ProblemCode::Timeout);
    server.await.expect("the host saw what it should");
}

#[tokio::test]
async fn a_reader_who_goes_away_ends_the_line() {
    let (port, server) = host(async |mut socket| {
        admit(&mut socket).await;
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await;
    let fake = fake(port).await;
    let (out, heard) = ChatOut::queue();
    drop(heard);
    Danmaku::default().listen(&fake.api, "1234", out).await.expect("a plain end");
    server.await.expect("the host saw what it should");
}

#[tokio::test]
async fn refused_tokens_and_hostile_hosts_are_failures() {
    let (port, _server) = host(async |mut socket| {
        receive(&mut socket).await;
        send(&mut socket, frame::encode(8, br#"{"code":-101}"#)).await;
    })
    .await;
    let (out, _heard) = ChatOut::queue();
    let ended = Danmaku::default().listen(&fake(port).await.api, "1234", out).await;
    let failure = ended.expect_err("refused");
    assert_eq!((failure.code, failure.platform_code.as_deref()), (ProblemCode::Refused, Some("-101")));

    let (port, _server) = host(async |mut socket| {
        admit(&mut socket).await;
        send(&mut socket, vec![0; 28]).await;
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await;
    let (out, _heard) = ChatOut::queue();
    let ended = Danmaku::default().listen(&fake(port).await.api, "1234", out).await;
    let malformed = ProblemCode::Unreadable { how: UnreadableHow::Malformed };
    assert_eq!(ended.expect_err("nonsense").code, malformed);

    // Nobody is at home.
    let port = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("one").port();
    let (out, _heard) = ChatOut::queue();
    let ended = Danmaku::default().listen(&fake(port).await.api, "1234", out).await;
    assert_eq!(ended.expect_err("no connection").code, ProblemCode::Network);
}

/// A host whose door answers 502; counts who came.
async fn bad_gateway() -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let came = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&came);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
        }
    });
    (port, came)
}

#[tokio::test]
async fn each_try_takes_the_next_host_and_a_token_serves_until_all_were_tried() {
    let (first, second) = (bad_gateway().await, bad_gateway().await);
    let fake = fake_with(&[first.0, second.0]).await;
    let danmaku = Danmaku::default();
    let asked = async || fake.sent().await.iter().filter(|s| s.target.contains("getDanmuInfo")).count();
    let came = || (first.1.load(Ordering::SeqCst), second.1.load(Ordering::SeqCst));
    for expected in [(1, (1, 0)), (1, (1, 1)), (1, (2, 1)), (2, (2, 2)), (2, (3, 2))] {
        let (out, _heard) = ChatOut::queue();
        let failure = danmaku.listen(&fake.api, "1234", out).await.expect_err("a bad gateway");
        assert_eq!(failure.code, ProblemCode::Network, "an ordinary failure");
        assert_eq!((asked().await, came()), expected);
    }
    // Another room has another way in.
    let (out, _heard) = ChatOut::queue();
    danmaku.listen(&fake.api, "5678", out).await.expect_err("a bad gateway");
    assert_eq!(asked().await, 3);
}

#[tokio::test]
async fn a_refused_token_is_used_no_more() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let mut socket = tokio_tungstenite::accept_async(stream).await.expect("a handshake");
            receive(&mut socket).await;
            send(&mut socket, frame::encode(8, br#"{"code":-101}"#)).await;
        }
    });
    let (fake, danmaku) = (fake(port).await, Danmaku::default());
    for tries in 1..=2 {
        let (out, _heard) = ChatOut::queue();
        danmaku.listen(&fake.api, "1234", out).await.expect_err("refused");
        let sent = fake.sent().await;
        assert_eq!(sent.iter().filter(|s| s.target.contains("getDanmuInfo")).count(), tries);
    }
}

#[test]
fn a_dead_line_is_noticed_soon_after_a_heartbeat() {
    let danmaku = Danmaku::default();
    assert!(danmaku.silence <= danmaku.heartbeat + Duration::from_secs(5));
}

#[tokio::test]
async fn a_refused_signature_is_made_anew_once() {
    let fake = Fake::start().await;
    fake.at(
        "/x/web-interface/nav",
        r#"{"code":0,"data":{"isLogin":true,"mid":42,"wbi_img":{
        "img_url":"https://i0.example/7cd084941338484aae1ad9425b84077c.png",
        "sub_url":"https://i0.example/4932caff0ff746eab6f01bf08b70ac45.png"}}}"#,
    )
    .await;
    fake.at("/x/frontend/finger/spi", r#"{"code":0,"data":{"b_3":"B-3","b_4":""}}"#).await;
    fake.at("/xlive/web-room/v1/index/getDanmuInfo", r#"{"code":-352,"message":"-352","data":null}"#).await;
    let failure = fake.api.chat_door("1234").await.expect_err("refused");
    assert_eq!(failure.code, ProblemCode::RateLimited);
    let sent = fake.sent().await;
    let asked = |part: &str| sent.iter().filter(|s| s.target.contains(part)).count();
    assert_eq!((asked("getDanmuInfo"), asked("/nav"), asked("/spi")), (2, 2, 1));
}

/// A line of chat with an id.
fn said(id: &str, at_ms: i64, text: &str) -> String {
    format!(
        r#"{{"cmd":"DANMU_MSG","info":[[0,1,25,0,{at_ms},9,0,"",0,0,0,"",0,"{{}}","{{}}",
        {{"extra":"{{\"id_str\":\"{id}\"}}"}}],"{text}",[7,"小红"]]}}"#
    )
}

#[tokio::test]
async fn what_was_said_in_an_outage_is_asked_for_once_and_not_at_the_first_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        for line in [said("a1", 1_795_348_800_000, "before"), said("d4", 1_795_348_860_000, "after")] {
            let (stream, _) = listener.accept().await.expect("a connection");
            let mut socket = tokio_tungstenite::accept_async(stream).await.expect("a handshake");
            admit(&mut socket).await;
            send(&mut socket, packet(&line)).await;
            socket.close(None).await.expect("closed");
        }
    });
    let fake = fake(port).await;
    // 2026-11-22T12:00:00Z is the first line's time.
    let past = |id: &str, second: &str| {
        format!(
            r#"{{"text":"{id}","uid":8,"nickname":"小明","timeline":"2026-11-22 20:00:{second}","id_str":"{id}"}}"#
        )
    };
    let lines = [past("a1", "00"), past("b2", "20"), past("c3", "40")].join(",");
    let old = r#"{"text":"old","uid":8,"nickname":"小明","timeline":"2026-11-22 19:59:59","id_str":"z"}"#;
    fake.at(
        "/xlive/web-room/v1/dM/gethistory",
        &format!(r#"{{"code":0,"data":{{"admin":[],"room":[{old},{lines}]}}}}"#),
    )
    .await;
    let danmaku = Danmaku::default();
    let asked = async || fake.sent().await.iter().filter(|s| s.target.contains("gethistory")).count();
    let listen = async || {
        let (out, mut heard) = ChatOut::queue();
        let (ended, ids) = tokio::join!(danmaku.listen(&fake.api, "1234", out), async {
            let mut ids = Vec::new();
            while let Some(heard) = heard.recv().await {
                if let Heard::Event(event) = heard {
                    ids.push(event.id);
                }
            }
            ids
        });
        ended.expect_err("the host hangs up");
        ids
    };
    assert_eq!((listen().await, asked().await), (vec!["a1".to_owned()], 0));
    // The line at the edge is told again, with its id; the domain tells doubles.
    assert_eq!(listen().await, ["a1", "b2", "c3", "d4"]);
    assert_eq!(asked().await, 1);
}

#[tokio::test]
async fn a_history_that_fails_or_hangs_holds_up_nothing() {
    for answer in [Some(r#"{"code":-412,"message":"no","data":null}"#), None] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let mut socket = tokio_tungstenite::accept_async(stream).await.expect("a handshake");
                admit(&mut socket).await;
                send(&mut socket, packet(&said("d4", 1_795_348_860_000, "after"))).await;
                socket.close(None).await.expect("closed");
            }
        });
        let fake = fake(port).await;
        match answer {
            Some(json) => fake.at("/xlive/web-room/v1/dM/gethistory", json).await,
            None => fake.hangs_at("/xlive/web-room/v1/dM/gethistory").await,
        }
        let danmaku = Danmaku::default();
        for _ in 0..2 {
            let (out, mut heard) = ChatOut::queue();
            let (ended, line) = tokio::join!(danmaku.listen(&fake.api, "1234", out), event(&mut heard));
            assert_eq!((line.id.as_str(), ended.expect_err("closed").code), ("d4", ProblemCode::Network));
        }
    }
}
