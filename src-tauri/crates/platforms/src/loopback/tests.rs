//! The listener as it is attacked from this machine: by other programs, and by web pages.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

use super::*;

const STATE: &str = "0123456789abcdef0123456789abcdef";

async fn open() -> (Loopback, u16) {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let mut loopback = Loopback::bind(&address(port)).await.unwrap();
    loopback.expect(STATE);
    (loopback, port)
}

fn address(port: u16) -> Url {
    format!("http://127.0.0.1:{port}/weibo/back").parse().unwrap()
}

/// Sends bytes; answers status and whole reply. 0 when the other side just closed.
async fn say(port: u16, bytes: &[u8]) -> (u16, String) {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let _ = socket.write_all(bytes).await;
    let mut reply = Vec::new();
    let _ = socket.read_to_end(&mut reply).await;
    let reply = String::from_utf8_lossy(&reply).into_owned();
    (reply.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0), reply)
}

async fn get(port: u16, target: &str) -> (u16, String) {
    request(port, "GET", target, &format!("127.0.0.1:{port}")).await
}

async fn request(port: u16, method: &str, target: &str, host: &str) -> (u16, String) {
    say(port, format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes()).await
}

/// Nothing got through, and the right answer still does.
async fn still_waits(loopback: &mut Loopback, port: u16) {
    assert!(loopback.answers.try_recv().is_err(), "something got through");
    let (status, _) = get(port, &format!("/weibo/back?state={STATE}&code=right")).await;
    assert_eq!(status, 200);
    assert_eq!(value(&loopback.answer().await.unwrap(), "code"), Some("right"));
}

#[tokio::test]
async fn the_browsers_answer_comes_back() {
    let (mut loopback, port) = open().await;
    let (status, reply) = get(port, &format!("/weibo/back?code=a%2Bb&state={STATE}")).await;
    assert_eq!(status, 200);
    assert!(reply.contains("回到开播") && reply.contains("Go back to Kaibo"), "{reply}");
    let head = reply.to_ascii_lowercase();
    assert!(head.contains("content-security-policy: default-src 'none'"), "{reply}");
    assert!(head.contains("referrer-policy: no-referrer") && head.contains("cache-control: no-store"));
    assert!(!head.contains("access-control") && !head.contains("<script"), "{reply}");
    assert!(!reply.contains("a+b") && !reply.contains(STATE), "the page repeats nothing");
    assert_eq!(value(&loopback.answer().await.unwrap(), "code"), Some("a+b"));
    assert_eq!(get(port, &format!("/weibo/back?code=a&state={STATE}")).await.0, 200, "loaded again");
    assert_eq!(get(port, &format!("/weibo/back?code=a&state={STATE}")).await.0, 200, "and again");
}

#[tokio::test]
async fn a_refusal_comes_back_too() {
    let (mut loopback, port) = open().await;
    let (status, reply) = get(port, &format!("/weibo/back?error=access_denied&state={STATE}")).await;
    assert!(status == 200 && reply.contains("You aren't signed in"), "{reply}");
    assert_eq!(value(&loopback.answer().await.unwrap(), "error"), Some("access_denied"));
}

#[tokio::test]
async fn a_wrong_state_is_refused_and_the_sign_in_goes_on() {
    let (mut loopback, port) = open().await;
    for query in [
        "code=x".to_owned(),
        "code=x&state=".to_owned(),
        format!("code=x&state={}", STATE.replace('0', "1")),
        format!("code=x&state={STATE}0"),
        format!("state=wrong&code=x&state={STATE}"),
        "error=access_denied".to_owned(),
        format!("state={STATE}"),
    ] {
        let (status, reply) = get(port, &format!("/weibo/back?{query}")).await;
        assert_eq!(status, 400, "{query}");
        assert!(!reply.contains("Go back"), "{reply}");
    }
    assert_eq!(get(port, "/weibo/back").await.0, 400);
    still_waits(&mut loopback, port).await;
}

#[tokio::test]
async fn another_name_path_or_method_is_refused() {
    let (mut loopback, port) = open().await;
    let target = format!("/weibo/back?code=x&state={STATE}");
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("localhost:{port}"),
        "127.0.0.1".to_owned(),
        String::new(),
    ] {
        assert_eq!(request(port, "GET", &target, &host).await.0, 400, "{host}");
    }
    let host = format!("127.0.0.1:{port}");
    assert_eq!(say(port, format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes()).await.0, 400, "no name");
    let twice = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n");
    assert_eq!(say(port, twice.as_bytes()).await.0, 400);
    assert_eq!(request(port, "GET", &format!("http://evil.example{target}"), &host).await.0, 400);
    for path in ["/", "/favicon.ico", "/weibo/back/", "/weibo", "/weibo/back/../back", "/Weibo/back"] {
        assert_eq!(get(port, &format!("{path}?code=x&state={STATE}")).await.0, 404, "{path}");
    }
    for method in ["POST", "HEAD", "OPTIONS", "DELETE"] {
        let (status, reply) = request(port, method, &target, &host).await;
        assert_eq!(status, 405, "{method}");
        assert!(reply.to_ascii_lowercase().contains("allow: get"), "{reply}");
    }
    assert_ne!(say(port, b"\x16\x03\x01\x02\0 no http").await.0, 200);
    still_waits(&mut loopback, port).await;
}

#[tokio::test]
async fn a_page_elsewhere_gets_nothing_in_even_with_the_right_words() {
    let (mut loopback, port) = open().await;
    let target = format!("/weibo/back?code=x&state={STATE}");
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    let mut tried = 0;
    for head in [
        "Origin: http://evil.example\r\n",
        "Origin: https://api.weibo.com\r\n",
        "Origin: file://\r\n",
        "Origin: http://127.0.0.1:1\r\n",
        "Origin: null\r\nOrigin: http://evil.example\r\n",
        "Sec-Fetch-Dest: image\r\n",
        "Sec-Fetch-Dest: iframe\r\nSec-Fetch-Mode: navigate\r\n",
        "Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Dest: script\r\nSec-Fetch-Mode: no-cors\r\n",
        "Sec-Fetch-Mode: websocket\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
    ] {
        let (status, reply) =
            say(port, format!("GET {target} HTTP/1.1\r\n{host}{head}\r\n").as_bytes()).await;
        assert_eq!(status, 400, "{head}");
        assert!(!reply.to_ascii_lowercase().contains("access-control"), "{reply}");
        tried += 1;
    }
    // May a page ask, also by the rules for private networks? It isn't told that it may.
    for wish in ["Access-Control-Request-Method: GET\r\n", "Access-Control-Request-Private-Network: true\r\n"]
    {
        let ask = format!("OPTIONS {target} HTTP/1.1\r\n{host}Origin: http://evil.example\r\n{wish}\r\n");
        let (status, reply) = say(port, ask.as_bytes()).await;
        assert_eq!(status, 400, "{wish}");
        assert!(!reply.to_ascii_lowercase().contains("access-control"), "{reply}");
        tried += 1;
    }
    // Names that a resolver, or a lenient parser, would take for this machine.
    for name in [
        "127.0.0.1.evil.example",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "me@127.0.0.1",
    ] {
        assert_eq!(request(port, "GET", &target, &format!("{name}:{port}")).await.0, 400, "{name}");
        tried += 1;
    }
    let query = format!("?code=x&state={STATE}");
    for path in [
        "/weibo/%62ack",
        "/weibo%2Fback",
        "/weibo/./back",
        "/x/../weibo/back",
        "/%2e%2e/weibo/back",
        "//weibo/back",
        "/weibo//back",
        "/weibo/back;x",
        "/weibo/back%00",
        "/weibo/back%20",
    ] {
        assert_eq!(get(port, &format!("{path}{query}")).await.0, 404, "{path}");
        tried += 1;
    }
    for bytes in [
        format!("GET {target} HTTP/1.1\nHost: 127.0.0.1:{port}\n Origin: x\n\n"),
        format!("GET {target} HTTP/1.1\r\nHost : 127.0.0.1:{port}\r\n\r\n"),
        format!("GET {target} HTTP/2.0\r\n{host}\r\n"),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        format!("GET {target}\r\n\r\n"),
    ] {
        assert_ne!(say(port, bytes.as_bytes()).await.0, 200, "{bytes:?}");
        tried += 1;
    }
    assert!(tried > 35, "{tried}");
    still_waits(&mut loopback, port).await;
}

#[tokio::test]
async fn a_browser_that_opens_the_page_is_let_in() {
    let (mut loopback, port) = open().await;
    let head = "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\
                Sec-Fetch-User: ?1\r\nUpgrade-Insecure-Requests: 1\r\nReferer: https://api.weibo.com/\r\n";
    for more in ["", "Origin: null\r\n"] {
        let target = format!("/weibo/back?code=x&state={STATE}");
        let ask = format!("GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{head}{more}\r\n");
        assert_eq!(say(port, ask.as_bytes()).await.0, 200, "{more}");
        assert!(loopback.answer().await.is_some());
    }
}

#[tokio::test]
async fn a_hundred_idle_connections_dont_keep_the_browser_out() {
    let (mut loopback, port) = open().await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        idle.push(TcpStream::connect(("127.0.0.1", port)).await.unwrap());
    }
    let began = Instant::now();
    still_waits(&mut loopback, port).await;
    assert!(began.elapsed() < CONNECTION, "it had to wait for the idle ones");
    let mut ended = 0;
    for mut socket in idle {
        let closed = tokio::time::timeout(Duration::from_millis(20), socket.read_u8()).await;
        ended += usize::from(matches!(closed, Ok(Err(_))));
    }
    assert!(ended >= 100 - CONNECTIONS, "{ended} were ended");
}

#[tokio::test]
async fn who_sends_slowly_or_too_much_is_cut_off() {
    let (mut loopback, port) = open().await;
    let mut huge = format!("GET /weibo/back?code=x&state={STATE} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX: ");
    huge.push_str(&"a".repeat(1024 * 1024));
    assert_ne!(say(port, huge.as_bytes()).await.0, 200);
    let mut slow = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    slow.write_all(b"GET /weibo/back?code=x HTTP/1.1\r\nHo").await.unwrap();
    let began = Instant::now();
    still_waits(&mut loopback, port).await;
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest).await;
    let took = began.elapsed();
    assert!(took < CONNECTION * 2, "{took:?}");
}

#[tokio::test]
async fn a_taken_port_is_told_and_a_free_one_is_free_again() {
    let (loopback, port) = open().await;
    let taken = Loopback::bind(&address(port)).await.err().map(|error| error.kind());
    assert_eq!(taken, Some(io::ErrorKind::AddrInUse));
    drop(loopback);
    let again = Loopback::bind(&address(port)).await.unwrap();
    assert_eq!(get(port, &format!("/weibo/back?code=x&state={STATE}")).await.0, 400, "nobody is awaited");
    drop(again);
    // It ends at the runtime's next turn.
    let mut open = true;
    for _ in 0..50 {
        open = TcpStream::connect(("127.0.0.1", port)).await.is_ok();
        if !open {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(!open, "it listens on");
}

#[tokio::test]
async fn localhost_is_bound_by_both_its_addresses() {
    let held = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = held.local_addr().unwrap().port();
    drop(held);
    let address: Url = format!("http://localhost:{port}/").parse().unwrap();
    let mut loopback = Loopback::bind(&address).await.unwrap();
    loopback.expect(STATE);
    assert!(TcpListener::bind(("127.0.0.1", port)).await.is_err());
    if TcpListener::bind("[::1]:0").await.is_ok() {
        assert!(TcpListener::bind(("::1", port)).await.is_err(), "another program could get the answer");
    }
    let target = format!("/?code=x&state={STATE}");
    assert_eq!(request(port, "GET", &target, &format!("127.0.0.1:{port}")).await.0, 400);
    assert_eq!(request(port, "GET", &target, &format!("LocalHost:{port}")).await.0, 200);
    assert!(loopback.answer().await.is_some());
}

#[test]
fn only_plain_http_on_this_machine_is_listened_for() {
    let fits = |address: &str| Loopback::fits(&address.parse().unwrap());
    for good in ["http://127.0.0.1/", "http://127.0.0.1:8765/a", "http://localhost:1/", "http://[::1]:9/x"] {
        assert!(fits(good), "{good}");
    }
    for bad in ["https://127.0.0.1:1/", "http://a.example/", "http://127.0.0.1:0/", "https://api.weibo.com/"]
    {
        assert!(!fits(bad), "{bad}");
    }
}
