//! The send path against real servers: wiremock where it can play the part, a bare socket where the
//! answer is one that no decent server gives.

use std::io::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use kaibo_live::problem::{Failure, ProblemCode};
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use url::Url;
use wiremock::matchers::{header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::testing::FixedClock;

fn http() -> Http {
    Http::new(Platform::Weibo, Redirects::SameHost, Arc::new(FixedClock::default()))
}

fn quick() -> Http {
    let limits = Limits {
        connect: Duration::from_millis(500),
        call: Duration::from_millis(150),
        overall: Duration::from_millis(400),
    };
    Http { limits, ..http() }
}

fn read(url: Url) -> Call {
    Call::read(Method::GET, url)
}

fn write(url: Url) -> Call {
    Call::write(Method::POST, url)
}

fn refused<T>(sent: Outcome<T>) -> Failure {
    match sent {
        Ok(_) => panic!("it went through"),
        Err(failure) => failure,
    }
}

fn unreadable(how: UnreadableHow) -> ProblemCode {
    ProblemCode::Unreadable { how }
}

/// What a bare server does once it has read a request.
#[derive(Clone)]
enum Then {
    /// Sends these bytes and closes.
    Answer(Vec<u8>),
    /// Sends a head and this many bytes of `[`, unless the other side goes away.
    Flood(usize),
    /// Closes without a word.
    Close,
    /// Says nothing and stays.
    Hang,
}

/// A bare server, and how many requests it has had.
async fn bare(then: Then) -> (Url, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/call", listener.local_addr().unwrap()).parse().unwrap();
    let requests = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(play(socket, then.clone(), Arc::clone(&count)));
        }
    });
    (url, requests)
}

async fn play(mut socket: TcpStream, then: Then, count: Arc<AtomicUsize>) {
    let mut request = Vec::new();
    while !request.windows(4).any(|w| w == b"\r\n\r\n") {
        if socket.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return;
        }
    }
    count.fetch_add(1, Ordering::SeqCst);
    match then {
        Then::Answer(bytes) => {
            let _ = socket.write_all(&bytes).await;
            let _ = socket.shutdown().await;
        }
        Then::Flood(total) => {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n");
            let _ = socket.write_all(head.as_bytes()).await;
            let chunk = vec![b'['; 64 * 1024];
            for _ in 0..total / chunk.len() {
                if socket.write_all(&chunk).await.is_err() {
                    return;
                }
            }
        }
        Then::Close => {}
        Then::Hang => {
            let _ = socket.read_buf(&mut request).await;
        }
    }
}

fn body(status: &str, headers: &str, body: &[u8]) -> Then {
    let mut answer =
        format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {}\r\n\r\n", body.len())
            .into_bytes();
    answer.extend_from_slice(body);
    Then::Answer(answer)
}

async fn json_of(then: Then) -> Failure {
    let (url, _) = bare(then).await;
    match http().send(read(url)).await {
        Ok(reply) => refused(reply.json::<Value>()),
        Err(failure) => failure,
    }
}

#[tokio::test]
async fn hostile_answers_are_refused_and_named() {
    let html = body("200 OK", "", b"<!DOCTYPE html><title>busy</title>");
    assert_eq!(json_of(html).await.code, unreadable(UnreadableHow::Html));
    let half = body("200 OK", "", br#"{"id":"2309"#);
    assert_eq!(json_of(half).await.code, unreadable(UnreadableHow::Truncated));
    let deep = body("200 OK", "", "[".repeat(10_000).as_bytes());
    assert_eq!(json_of(deep).await.code, unreadable(UnreadableHow::TooDeep));
    let closed_deep = format!("{}{}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
    let deep = body("200 OK", "", closed_deep.as_bytes());
    assert_eq!(json_of(deep).await.code, unreadable(UnreadableHow::TooDeep));
    let noise = body("200 OK", "", b"\x00\xff\xfe garbage");
    assert_eq!(json_of(noise).await.code, unreadable(UnreadableHow::Malformed));
    assert_eq!(json_of(body("200 OK", "", b"")).await.code, unreadable(UnreadableHow::Truncated));
}

#[tokio::test]
async fn fifty_megabytes_are_not_read() {
    let (url, requests) = bare(Then::Flood(50 * 1024 * 1024)).await;
    let failure = refused(http().send(read(url)).await);
    assert_eq!(failure.code, unreadable(UnreadableHow::TooLarge));
    assert_eq!(requests.load(Ordering::SeqCst), 1, "asking again would bring as much");
}

#[tokio::test]
async fn the_cap_is_on_what_is_unpacked() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(&vec![b' '; 8 * 1024 * 1024]).unwrap();
    let packed = gzip.finish().unwrap();
    assert!(packed.len() < BODY_CAP / 10);
    let bomb = body("200 OK", "Content-Encoding: gzip\r\n", &packed);
    assert_eq!(json_of(bomb).await.code, unreadable(UnreadableHow::TooLarge));

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(br#"{"a":1}"#).unwrap();
    let (url, _) = bare(body("200 OK", "Content-Encoding: gzip\r\n", &gzip.finish().unwrap())).await;
    assert_eq!(http().send(read(url)).await.unwrap().json::<Value>().unwrap()["a"], 1);
}

#[tokio::test]
async fn a_call_may_set_its_own_cap() {
    let (url, _) = bare(body("200 OK", "", b"[1,2,3]")).await;
    let failure = refused(http().send(read(url.clone()).cap(6)).await);
    assert_eq!(failure.code, unreadable(UnreadableHow::TooLarge));
    assert!(http().send(read(url).cap(7)).await.is_ok());
}

#[tokio::test]
async fn an_answer_cut_on_the_wire_is_truncated_and_a_read_asks_again() {
    let cut = Then::Answer(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":".to_vec());
    let (url, requests) = bare(cut).await;
    assert_eq!(refused(http().send(read(url.clone())).await).code, unreadable(UnreadableHow::Truncated));
    assert_eq!(requests.swap(0, Ordering::SeqCst), 3);
    let failure = refused(http().send(write(url)).await);
    assert!(failure.outcome_unknown());
    assert_eq!(requests.load(Ordering::SeqCst), 1, "a write is sent once");
}

#[tokio::test]
async fn a_lost_answer_is_network_for_a_read_and_unknown_for_a_write() {
    let (url, requests) = bare(Then::Close).await;
    assert_eq!(refused(http().send(read(url.clone())).await).code, ProblemCode::Network);
    assert_eq!(requests.swap(0, Ordering::SeqCst), 3);
    assert_eq!(refused(http().send(write(url)).await).code, ProblemCode::OutcomeUnknown);
    assert_eq!(requests.load(Ordering::SeqCst), 1, "a write is sent once");
}

#[tokio::test]
async fn no_answer_in_time_is_timeout_for_a_read_and_unknown_for_a_write() {
    let (url, requests) = bare(Then::Hang).await;
    let began = Instant::now();
    assert_eq!(refused(quick().send(read(url.clone())).await).code, ProblemCode::Timeout);
    assert!(began.elapsed() < Duration::from_secs(2), "all tries share one deadline");
    assert!((2..=3).contains(&requests.swap(0, Ordering::SeqCst)));
    assert_eq!(refused(quick().send(write(url)).await).code, ProblemCode::OutcomeUnknown);
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refused_connection_was_surely_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let failure = refused(http().send(write(url.clone())).await);
    assert_eq!(failure.code, ProblemCode::Network);
    assert!(!failure.outcome_unknown());
    assert_eq!(refused(http().send(read(url)).await).code, ProblemCode::Network);
}

#[tokio::test]
async fn what_is_no_tls_was_surely_not_sent() {
    let (url, requests) = bare(Then::Close).await;
    let mut tls = url;
    tls.set_scheme("https").unwrap();
    assert_eq!(refused(http().send(write(tls)).await).code, ProblemCode::Network);
    assert_eq!(requests.load(Ordering::SeqCst), 0);
}

async fn answering(template: ResponseTemplate, times: u64) -> (MockServer, Url) {
    let server = MockServer::start().await;
    Mock::given(path("/call")).respond_with(template).expect(times).mount(&server).await;
    let url = format!("{}/call", server.uri()).parse().unwrap();
    (server, url)
}

#[tokio::test]
async fn five_hundreds_without_a_platforms_body_are_the_platforms_fault() {
    for (status, text) in [(500, ""), (502, "<html>bad gateway</html>"), (503, "busy"), (504, "{\"a\":")] {
        let (_server, url) = answering(ResponseTemplate::new(status).set_body_string(text), 3).await;
        let failure = refused(http().send(read(url)).await);
        assert_eq!(failure.code, ProblemCode::PlatformDown, "{status}");
        assert_eq!(failure.platform_code, Some(format!("HTTP {status}")));
    }
    for (status, code) in [
        (500, ProblemCode::OutcomeUnknown),
        (503, ProblemCode::PlatformDown),
        (502, ProblemCode::OutcomeUnknown),
        (504, ProblemCode::OutcomeUnknown),
    ] {
        let (_server, url) = answering(ResponseTemplate::new(status), 1).await;
        assert_eq!(refused(http().send(write(url)).await).code, code, "{status}");
    }
}

#[tokio::test]
async fn five_hundreds_in_the_platforms_words_are_answers() {
    for text in [r#"{"error_code":10001}"#, "<error_response><code>15</code></error_response>"] {
        let (_server, url) = answering(ResponseTemplate::new(500).set_body_string(text), 1).await;
        let reply = http().send(read(url)).await.unwrap();
        assert_eq!(reply.body, text.as_bytes());
        assert_eq!(reply.malformed().code, ProblemCode::PlatformDown, "unless nobody can read them");
    }
}

#[tokio::test]
async fn too_many_calls_wait_as_long_as_they_are_told() {
    let later = |value: &str| ResponseTemplate::new(429).insert_header("retry-after", value);
    let (_server, url) = answering(later("3600"), 1).await;
    let failure = refused(http().send(read(url)).await);
    assert_eq!(
        (failure.code, failure.retry_after),
        (ProblemCode::RateLimited, Some(Duration::from_secs(3600)))
    );

    // The clock stands at 2020-08-20 01:00:37.
    let (_server, url) = answering(later("Thu, 20 Aug 2020 01:02:37 GMT"), 1).await;
    assert_eq!(refused(http().send(read(url)).await).retry_after, Some(Duration::from_secs(120)));

    for (odd, after) in [
        ("99999999999999999999", None),
        ("soon", None),
        ("-5", None),
        ("Thu, 20 Aug 2020 00:00:00 GMT", Some(Duration::ZERO)),
        ("9999999999", Some(RETRY_AFTER_CAP)),
    ] {
        let (_server, url) = answering(later(odd), 1).await;
        assert_eq!(refused(http().send(write(url)).await).retry_after, after, "{odd}");
    }
}

#[tokio::test]
async fn a_read_that_is_told_to_wait_a_moment_does() {
    let server = MockServer::start().await;
    Mock::given(path("/call"))
        .respond_with(ResponseTemplate::new(503).insert_header("retry-after", "1"))
        .up_to_n_times(1)
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/call"))
        .respond_with(ResponseTemplate::new(200).set_body_string("{}"))
        .expect(1)
        .mount(&server)
        .await;
    let began = Instant::now();
    http().send(read(format!("{}/call", server.uri()).parse().unwrap())).await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[test]
fn the_wait_is_anything_up_to_a_bound_that_doubles() {
    struct Chance(f64);
    impl Clock for Chance {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }
        fn chance(&self) -> f64 {
            self.0
        }
        fn fresh_id(&self) -> String {
            String::new()
        }
    }
    let backoff = |chance, attempt| {
        Http::new(Platform::Weibo, Redirects::Never, Arc::new(Chance(chance))).backoff(attempt).as_millis()
    };
    assert_eq!([0, 1, 2, 3, 4].map(|attempt| backoff(1.0, attempt)), [500, 1000, 2000, 4000, 4000]);
    assert_eq!((backoff(0.0, 1), backoff(0.5, 1)), (0, 500));
}

#[tokio::test]
async fn redirects_stay_on_the_host_and_end() {
    let other = MockServer::start().await;
    Mock::given(path("/else")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&other).await;
    let to = |location: String| ResponseTemplate::new(307).insert_header("location", location);

    let (_server, url) = answering(to(format!("{}/else", other.uri())), 1).await;
    assert_eq!(refused(http().send(read(url)).await).code, unreadable(UnreadableHow::Malformed));

    let server = MockServer::start().await;
    let at = |hop: u32| -> Url { format!("{}/{hop}", server.uri()).parse().unwrap() };
    for hop in 0..4 {
        Mock::given(path(format!("/{hop}"))).respond_with(to(format!("/{}", hop + 1))).mount(&server).await;
    }
    let last = ResponseTemplate::new(200).set_body_string("[]");
    Mock::given(path("/4")).respond_with(last).mount(&server).await;
    assert!(http().send(read(at(1))).await.is_ok(), "three");
    assert!(http().send(read(at(0))).await.is_err(), "four");
    let never = Http::new(Platform::Qiniu, Redirects::Never, Arc::new(FixedClock::default()));
    assert!(never.send(read(at(3))).await.is_err(), "one");
}

#[tokio::test]
async fn calls_say_who_asks_and_are_encoded_once() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(header("user-agent", USER_AGENT))
        .and(header("content-type", "application/x-www-form-urlencoded"))
        .and(header("cookie", "a=b"))
        .and(wiremock::matchers::body_string("t=%E7%9B%B4+a%26b%3D%2525"))
        .respond_with(ResponseTemplate::new(200))
        .expect(1)
        .mount(&server)
        .await;
    let call = write(server.uri().parse().unwrap())
        .header(reqwest::header::COOKIE, "a=b")
        .form([("t", "直 a&b=%25")]);
    http().send(call).await.unwrap();
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_log_nor_failure_holds_query_headers_or_body() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let (closing, _) = bare(Then::Close).await;
    let (_server, answering) =
        answering(ResponseTemplate::new(200).set_body_string(r#"{"id":"canary-key"}"#), 1).await;
    let mut failures = Vec::new();
    for mut url in [closing, answering, "http://127.0.0.1:1/call".parse().unwrap()] {
        url.set_query(Some("access_token=canary-query"));
        let call = write(url)
            .header(reqwest::header::AUTHORIZATION, "canary-header")
            .form([("access_token", "canary-form")]);
        let failure = match http().send(call).await {
            Ok(reply) => refused(reply.json::<u32>()),
            Err(failure) => failure,
        };
        failures.push(format!("{failure:?} {failure} {:?}", failure.cause));
        drop(failure.into_problem("d".into()));
    }
    drop(guard);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/call"), "path and host are logged: {log}");
    for text in failures.iter().chain([&log]) {
        assert!(!text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn the_platforms_clock_is_noted() {
    // The clock stands at 2020-08-20 01:00:37.
    let dated = |date: &str| body("200 OK", &format!("Date: {date}\r\n"), b"{}");
    for (date, skew) in [
        ("Thu, 20 Aug 2020 01:00:37 GMT", Some(0)),
        ("Thu, 20 Aug 2020 01:02:37 GMT", Some(120)),
        ("Wed, 19 Aug 2020 23:00:37 GMT", Some(-7200)),
        ("soon", None),
        ("Thu, 20 Aug 2020 01:02:37 GMT\r\nAge: 5", None),
    ] {
        let (url, _) = bare(dated(date)).await;
        let http = http();
        assert_eq!(http.skew(), None);
        http.send(read(url.clone())).await.unwrap();
        assert_eq!(http.skew().map(|skew| skew.as_secs()), skew, "{date}");
        let elsewhere = Http { skew: Mutex::default(), ..http };
        elsewhere.send(read(url).elsewhere()).await.unwrap();
        assert_eq!(elsewhere.skew(), None, "another server's clock");
    }
    let (url, _) = bare(body("429 Slow down", "Date: Thu, 20 Aug 2020 01:00:40 GMT\r\n", b"")).await;
    let http = http();
    refused(http.send(write(url)).await);
    assert_eq!(http.skew().map(|skew| skew.as_secs()), Some(3), "also by a refusal");
}
