//! A listener on this machine that takes the browser's answer to a sign-in (RFC 8252, section 7.3).
//!
//! Any program and any web page on this machine can talk to it, so it takes one thing only: `GET` of the
//! redirect address, by the name it was bound for, with the `state` that nobody else knows, and as a page that is
//! opened rather than something that another page loads.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderValue};
use hyper::header::{HeaderMap, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use url::{Host, Url, form_urlencoded};

use crate::connect::is_loopback;

/// Connections at a time. One more ends the oldest: a browser's is done in milliseconds, so the oldest is idle.
const CONNECTIONS: usize = 8;
/// From a connection's begin to its end.
const CONNECTION: Duration = Duration::from_secs(5);
/// The longest head that is read, bytes.
const HEAD: usize = 8 * 1024;
/// A listener that has just ended may hold its port for a moment: tries, and the pause between them.
const BIND: (u32, Duration) = (5, Duration::from_millis(60));
/// No script, no picture, no frame; the style is in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// What the browser came back with: the query, decoded.
pub(crate) type Query = Vec<(String, String)>;

/// The value of a name, the first one.
pub(crate) fn value<'a>(query: &'a Query, name: &str) -> Option<&'a str> {
    query.iter().find(|(n, v)| n == name && !v.is_empty()).map(|(_, v)| v.as_str())
}

/// A listener on a redirect address. Dropping it ends it.
pub(crate) struct Loopback {
    gate: Arc<Gate>,
    answers: mpsc::Receiver<Query>,
    doors: Vec<JoinHandle<()>>,
}

struct Gate {
    /// `host:port`, as the browser must call it; without the port when it is http's own.
    host: String,
    path: String,
    /// `None`: no sign-in is waiting.
    state: Mutex<Option<String>>,
    /// One place: a page that is loaded again has nothing new to say.
    out: mpsc::Sender<Query>,
}

impl Loopback {
    /// Whether an answer to this address can be listened for: plain `http` on this machine.
    pub(crate) fn fits(redirect: &Url) -> bool {
        redirect.scheme() == "http" && is_loopback(redirect) && redirect.port() != Some(0)
    }

    /// Binds the address's host and port. `localhost` is bound by both its addresses, so that no other
    /// program gets the answer; a machine without IPv6 has one.
    pub(crate) async fn bind(redirect: &Url) -> io::Result<Self> {
        let port = redirect.port_or_known_default().unwrap_or(80);
        let mut listeners = Vec::new();
        match redirect.host() {
            Some(Host::Ipv4(ip)) => listeners.push(listener(ip.into(), port).await?),
            Some(Host::Ipv6(ip)) => listeners.push(listener(ip.into(), port).await?),
            _ => {
                listeners.push(listener(Ipv4Addr::LOCALHOST.into(), port).await?);
                match listener(Ipv6Addr::LOCALHOST.into(), port).await {
                    Ok(listener) => listeners.push(listener),
                    Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
                    Err(error) => tracing::debug!(%error, "localhost by IPv4 alone"),
                }
            }
        }
        let host = redirect.host_str().unwrap_or_default();
        let host = redirect.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        let (out, answers) = mpsc::channel(1);
        let path = redirect.path().to_owned();
        let gate = Arc::new(Gate { host, path, state: Mutex::new(None), out });
        let doors = listeners.into_iter().map(|l| tokio::spawn(serve(l, Arc::clone(&gate)))).collect();
        Ok(Self { gate, answers, doors })
    }

    /// Waits for the browser that knows this `state` from now on, and for no other.
    pub(crate) fn expect(&mut self, state: &str) {
        *self.gate.state() = Some(state.to_owned());
        while self.answers.try_recv().is_ok() {}
    }

    /// The browser's answer. May be dropped and asked for again.
    pub(crate) async fn answer(&mut self) -> Option<Query> {
        self.answers.recv().await
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        // Pages that are being sent may finish; nobody is let in any more.
        *self.gate.state() = None;
        for door in &self.doors {
            door.abort();
        }
    }
}

async fn listener(ip: IpAddr, port: u16) -> io::Result<TcpListener> {
    let (tries, pause) = BIND;
    let mut count = 0;
    loop {
        count += 1;
        match TcpListener::bind(SocketAddr::new(ip, port)).await {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && count < tries => {
                tokio::time::sleep(pause).await;
            }
            bound => return bound,
        }
    }
}

async fn serve(listener: TcpListener, gate: Arc<Gate>) {
    let mut open: VecDeque<JoinHandle<()>> = VecDeque::with_capacity(CONNECTIONS);
    loop {
        let Ok((socket, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await; // out of file handles, most likely
            continue;
        };
        open.retain(|connection| !connection.is_finished());
        if open.len() >= CONNECTIONS
            && let Some(oldest) = open.pop_front()
        {
            oldest.abort();
        }
        open.push_back(tokio::spawn(connection(socket, Arc::clone(&gate))));
    }
}

async fn connection(socket: TcpStream, gate: Arc<Gate>) {
    let service = service_fn(move |request| {
        let answer = gate.answer(&request);
        std::future::ready(Ok::<_, Infallible>(answer))
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(CONNECTION)
        .max_buf_size(HEAD)
        .keep_alive(false)
        .serve_connection(TokioIo::new(socket), service);
    if let Ok(Err(error)) = tokio::time::timeout(CONNECTION, serving).await {
        tracing::debug!(%error, "a connection to the sign-in's address");
    }
}

impl Gate {
    fn state(&self) -> MutexGuard<'_, Option<String>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let mut hosts = request.headers().get_all(HOST).iter();
        let named = matches!((hosts.next(), hosts.next()), (Some(host), None) if self.is_host(host));
        // A whole address in the request line is how a proxy is asked.
        if !named || request.uri().authority().is_some() || !is_opened(request.headers()) {
            return page(StatusCode::BAD_REQUEST, WRONG);
        }
        if request.uri().path() != self.path {
            return page(StatusCode::NOT_FOUND, WRONG);
        }
        if request.method() != Method::GET {
            let mut refused = page(StatusCode::METHOD_NOT_ALLOWED, WRONG);
            refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET"));
            return refused;
        }
        let query: Query = form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
        let known = self.state().as_deref().is_some_and(|state| value(&query, "state") == Some(state));
        let (answered, denied) = (value(&query, "code").is_some(), value(&query, "error").is_some());
        if !known || !(answered || denied) {
            return page(StatusCode::BAD_REQUEST, WRONG);
        }
        let _ = self.out.try_send(query); // a second one says the same
        page(StatusCode::OK, if denied { REFUSED } else { BACK })
    }

    fn is_host(&self, host: &HeaderValue) -> bool {
        host.as_bytes().eq_ignore_ascii_case(self.host.as_bytes())
    }
}

/// Is this a browser that opens a page? What a page loads or fetches says so in its [Fetch Metadata] or by its origin;
/// a browser too old for these says nothing, and a page that may not say where it is says `null`.
///
/// [Fetch Metadata]: https://www.w3.org/TR/fetch-metadata/
fn is_opened(headers: &HeaderMap) -> bool {
    let all = |name, right: &[u8]| headers.get_all(name).iter().all(|value| value.as_bytes() == right);
    all("sec-fetch-dest", b"document") && all("sec-fetch-mode", b"navigate") && all(ORIGIN.as_str(), b"null")
}

const BACK: [&str; 2] = ["可以回到开播了，这个页面可以关闭。", "Go back to Kaibo. This page can be closed."];
const REFUSED: [&str; 2] = ["登录没有完成，请回到开播。", "You aren't signed in. Go back to Kaibo."];
const WRONG: [&str; 2] = ["这个地址现在没有用处。", "There is nothing here."];

/// A page of a few words. No header lets another origin read it.
fn page(status: StatusCode, words: [&str; 2]) -> Response<Full<Bytes>> {
    let [chinese, english] = words;
    let body = format!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"color-scheme\" \
         content=\"light dark\"><title>开播 Kaibo</title><body style=\"font:1.1rem system-ui,sans-serif;\
         margin:20vh auto;max-width:26rem;text-align:center\"><p>{chinese}</p><p lang=\"en\">{english}</p>"
    );
    let mut page = Response::new(Full::new(Bytes::from(body)));
    *page.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        page.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    page
}

#[cfg(test)]
mod tests;
