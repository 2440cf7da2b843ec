//! The server against whoever shouldn't get in, and whoever should and behaves badly.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod common;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use common::{House, TOKEN, line};
use kaibo_live::overlay::OverlayEvent;
use kaibo_overlay::server::{PAGES, SOCKETS};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const SOON: Duration = Duration::from_secs(20);

/// Sends what differs from a right request, and gets the bare refusal.
async fn refused(house: &House, request: &str) {
    let answer = house.raw(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{request:?} got {answer:?}");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert_eq!(body, "", "{request:?}");
    let mut names: Vec<_> = head.lines().skip(1).filter_map(|l| l.split(':').next()).collect();
    names.retain(|n| !["date", "connection", "content-length"].contains(n));
    assert!(names.is_empty(), "a refusal tells nothing of what is here: {head}");
}

#[tokio::test]
async fn the_address_opens_the_page_and_all_of_it_with_its_policy() {
    let house = House::open().await;
    for (file, kind, has) in [
        ("", "text/html", "overlay.js"),
        ("overlay.js", "text/javascript", "/* script */"),
        ("overlay.css", "text/css", "/* style */"),
    ] {
        let answer = house.get(&format!("/{TOKEN}/{file}")).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{file}: {answer}");
        assert!(answer.contains(&format!("content-type: {kind}")), "{answer}");
        assert!(answer.contains("default-src 'none'"), "{answer}");
        assert!(answer.contains("frame-ancestors 'none'"), "{answer}");
        assert!(answer.contains("x-content-type-options: nosniff"), "{answer}");
        assert!(answer.contains("referrer-policy: no-referrer"), "{answer}");
        assert!(!answer.contains("access-control"), "{answer}");
        assert!(answer.contains(has), "{answer}");
    }
    let named = format!("GET /{TOKEN}/ HTTP/1.1\r\nhost: localhost:{}\r\n\r\n", house.port());
    assert!(house.raw(named.as_bytes()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn strangers_get_the_same_nothing() {
    let house = House::open().await;
    let port = house.port();
    let host = format!("host: 127.0.0.1:{port}\r\n");
    let get = |path: &str, head: &str| format!("GET {path} HTTP/1.1\r\n{head}\r\n");
    let page = format!("/{TOKEN}/");
    let events = format!("/{TOKEN}/events");

    // Other names: a foreign one, a name that was pointed here, no port, another port, two, none.
    for name in [
        "evil.example",
        &format!("evil.example:{port}"),
        &format!("127.0.0.1.evil.example:{port}"),
        &format!("localhost.evil.example:{port}"),
        "127.0.0.1",
        "127.0.0.1:1",
        &format!("[::1]:{port}"),
        &format!("127.0.0.1:{port}.evil.example"),
    ] {
        refused(&house, &get(&page, &format!("host: {name}\r\n"))).await;
        refused(&house, &get(&events, &format!("host: {name}\r\n"))).await;
    }
    refused(&house, &get(&page, "")).await;
    refused(&house, &get(&page, &format!("{host}host: evil.example\r\n"))).await;
    refused(&house, &get(&format!("http://evil.example{page}"), &host)).await;

    // Pages elsewhere, also on another port of this machine, and those that may not say where they are.
    for origin in ["http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "file://"] {
        refused(&house, &get(&events, &format!("{host}origin: {origin}\r\n"))).await;
    }
    refused(&house, &get(&events, &format!("{host}origin: https://127.0.0.1:{port}\r\n"))).await;
    for site in ["cross-site", "same-site", "?"] {
        refused(&house, &get(&page, &format!("{host}sec-fetch-site: {site}\r\n"))).await;
    }

    // No token, guessed ones, nearly the right one.
    let mut near = TOKEN.to_owned();
    near.replace_range(31.., "0");
    let (short, long) = (&TOKEN[..31], format!("{TOKEN}0"));
    for token in
        ["", "events", "00000000000000000000000000000000", &near, short, &long, &TOKEN.to_uppercase()]
    {
        refused(&house, &get(&format!("/{token}/"), &host)).await;
        refused(&house, &get(&format!("/{token}/events"), &host)).await;
    }
    for path in ["/", "/events", "/overlay.js", "/favicon.ico", "*"] {
        refused(&house, &get(path, &host)).await;
    }
    refused(&house, &get(&format!("/{TOKEN}"), &host)).await;

    // Ways out of the folder, doubled and coded slashes, questions.
    for file in [
        "..",
        "../",
        "../../etc/passwd",
        "%2e%2e/",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/",
        "//events",
        "./events",
        "events/",
        "events?x",
        "?",
        "overlay.js%00",
        "overlay%2ejs",
        "Overlay.js",
    ] {
        refused(&house, &get(&format!("/{TOKEN}/{file}"), &host)).await;
    }
    refused(&house, &get(&format!("//{TOKEN}/"), &host)).await;
    refused(&house, &get(&format!("/x/../{TOKEN}/"), &host)).await;

    for method in ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "TRACE", "PATCH", "BREW"] {
        refused(&house, &format!("{method} {page} HTTP/1.1\r\n{host}content-length: 0\r\n\r\n")).await;
    }
    assert_eq!(house.source.pages.load(Ordering::SeqCst), 0, "nobody became a page");
}

#[tokio::test]
async fn a_page_hears_what_was_what_comes_and_what_is_taken_back() {
    let house = House::open().await;
    house.source.last.lock().unwrap().push(line(1, "before"));
    let mut page = house.listen().await;
    assert!(page.until("before").await.contains("event: start"));
    house.source.send(OverlayEvent::Line(line(2, "after\nevent: forged")));
    let heard = page.until("forged").await;
    assert!(heard.contains(r"after\nevent: forged"), "a line's own line ends are coded: {heard}");
    house.source.send(OverlayEvent::Recalled(2));
    assert!(page.until("recalled").await.contains("data: [2]"));

    house.source.settings.lock().unwrap().messages = false;
    house.source.changed.send_modify(|n| *n += 1);
    assert!(page.until(r#""messages":false"#).await.contains("event: start"), "settings are told at once");
    house.source.send(OverlayEvent::Line(line(3, "not shown")));
    house.source.send(OverlayEvent::Recalled(9));
    assert!(!page.until("data: [9]").await.contains("not shown"));

    assert_eq!(house.source.pages.load(Ordering::SeqCst), 1);
    drop(page);
    house.until(|s| s.pages.load(Ordering::SeqCst) == 0).await;
}

#[tokio::test]
async fn a_thousand_idle_sockets_stop_nothing() {
    let house = House::open().await;
    let mut page = house.listen().await;
    page.until("event: start").await;
    let mut idle = Vec::new();
    for _ in 0..1_000 {
        idle.push(house.connect().await);
    }
    let began = Instant::now();
    let answer = timeout(SOON, house.get(&format!("/{TOKEN}/"))).await.expect("the page loads meanwhile");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(began.elapsed() < Duration::from_secs(4), "before the idle ones are given up");
    house.source.send(OverlayEvent::Line(line(1, "still heard")));
    page.until("still heard").await;

    // All but the bound were cut already.
    let mut held = 0;
    for socket in &mut idle {
        let mut byte = [0; 1];
        held += usize::from(timeout(Duration::from_millis(20), socket.read(&mut byte)).await.is_err());
    }
    assert!(held < SOCKETS, "{held} are held");
}

#[tokio::test]
async fn slow_and_large_heads_end() {
    let house = House::open().await;
    // A byte a second would take minutes.
    let mut slow = house.connect().await;
    let began = Instant::now();
    let ended = timeout(SOON, async {
        for byte in format!("GET /{TOKEN}/ HTTP/1.1\r\nx-long: {}", "a".repeat(1000)).bytes() {
            if slow.write_all(&[byte]).await.is_err() {
                return;
            }
            let mut answer = [0; 64];
            if timeout(Duration::from_secs(1), slow.read(&mut answer)).await.is_ok() {
                return;
            }
        }
    });
    ended.await.expect("the connection is given up");
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());

    let large = format!(
        "GET /{TOKEN}/ HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nx: {}\r\n\r\n",
        house.port(),
        "a".repeat(1 << 20)
    );
    let answer = house.raw(large.as_bytes()).await;
    assert!(!answer.contains("200 OK"), "{answer}");
    let many = "x: y\r\n".repeat(500);
    let many = format!("GET /{TOKEN}/ HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n{many}\r\n", house.port());
    assert!(!house.raw(many.as_bytes()).await.contains("200 OK"));
    assert!(!house.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").await.contains("200 OK"), "TLS");
    assert!(house.get(&format!("/{TOKEN}/")).await.starts_with("HTTP/1.1 200"), "nothing stopped");
}

#[tokio::test]
async fn a_page_that_does_not_read_holds_no_other_and_ends() {
    let house = House::open().await;
    // It asks, and never reads.
    let mut stuck = house.connect().await;
    stuck.write_all(house.request(&format!("/{TOKEN}/events")).as_bytes()).await.unwrap();
    house.until(|s| s.pages.load(Ordering::SeqCst) == 1).await;
    let mut page = house.listen().await;
    page.until("event: start").await;
    let text = "x".repeat(4_000);
    let began = Instant::now();
    let mut last = 0;
    while house.source.pages.load(Ordering::SeqCst) == 2 {
        assert!(began.elapsed() < Duration::from_secs(40), "the stuck page is still there");
        for _ in 0..50 {
            last += 1;
            house.source.send(OverlayEvent::Line(line(last, &text)));
        }
        page.until(&format!(r#""id":{last},"#)).await;
    }
    assert!(last > 256, "more than a page may be behind");
}

#[tokio::test]
async fn one_page_too_many_is_told() {
    let house = House::open().await;
    let mut pages = Vec::new();
    for _ in 0..PAGES {
        let mut page = house.listen().await;
        page.until("event: start").await;
        pages.push(page);
    }
    house.listen().await.until("event: full").await;
    pages.pop();
    house.until(|s| s.pages.load(Ordering::SeqCst) == PAGES - 1).await;
    house.listen().await.until("event: start").await;
}

#[tokio::test]
async fn closing_ends_pages_and_frees_the_port() {
    let house = House::open().await;
    let mut page = house.listen().await;
    page.until("event: start").await;
    let port = house.port();
    house.server.close().await;
    timeout(SOON, page.end()).await.expect("the page is told by the end of its connection");
    tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("the port is free");
}
