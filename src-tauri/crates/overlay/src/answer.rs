//! What is answered to whom. Whatever is wrong with a request gets the same 404 with nothing in it, so that nobody
//! without the address learns what is here.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use kaibo_live::secret::{ExposeSecret, SecretString};
use subtle::ConstantTimeEq;

use crate::events;
use crate::server::{Page, Seats, Socket, Source};

/// The page itself. Its script and style come beside it, nothing from elsewhere.
const HTML: &str = include_str!("../../../../ui/overlay.html");
/// Nothing but this server's own files, and nobody may frame it. A style sheet of the streamer's own can load nothing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Tells which page a request comes from (Fetch Metadata, <https://www.w3.org/TR/fetch-metadata/>).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub(crate) type Answer = Response<UnsyncBoxBody<Bytes, Infallible>>;

/// Who is let in, and to what.
pub(crate) struct Door {
    /// The names of this server: as an address, and as a page's origin.
    hosts: [String; 2],
    origins: [String; 2],
    token: SecretString,
    page: Page,
    source: Arc<dyn Source>,
    seats: Arc<Seats>,
}

impl Door {
    pub(crate) fn new(
        port: u16,
        token: SecretString,
        page: Page,
        source: Arc<dyn Source>,
        seats: Arc<Seats>,
    ) -> Self {
        let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        let origins = [format!("http://127.0.0.1:{port}"), format!("http://localhost:{port}")];
        Self { hosts, origins, token, page, source, seats }
    }

    /// Numbers the lines that wait, where somebody looks.
    pub(crate) fn settle(&self) {
        if self.seats.any() {
            self.source.settle();
        }
    }

    pub(crate) fn answer(&self, request: &Request<Incoming>, socket: &Socket) -> Answer {
        let Some(file) = self.asked(request) else { return nothing() };
        match file {
            "" => page("text/html; charset=utf-8", Bytes::from_static(HTML.as_bytes())),
            "overlay.js" => page("text/javascript; charset=utf-8", self.page.script.clone()),
            "overlay.css" => page("text/css; charset=utf-8", self.page.style.clone()),
            "events" => {
                let seat = self.seats.take();
                if seat.is_some() {
                    socket.is_page();
                }
                with_headers("text/event-stream", events::body(Arc::clone(&self.source), seat))
            }
            _ => nothing(),
        }
    }

    /// The file that is asked for, when everything about the request is right.
    fn asked<'a>(&self, request: &'a Request<Incoming>) -> Option<&'a str> {
        let headers = request.headers();
        // A page elsewhere whose name points to 127.0.0.1 (DNS rebinding) sends its own name.
        let host = one(headers, &header::HOST)?;
        let ours = |value: &str, names: &[String]| names.iter().any(|name| name == value);
        if request.method() != Method::GET || !ours(host, &self.hosts) {
            return None;
        }
        if headers.contains_key(header::ORIGIN) && !ours(one(headers, &header::ORIGIN)?, &self.origins) {
            return None;
        }
        // Another port of this machine is the same site, and still not ours.
        if headers.contains_key(&FETCH_SITE) && !matches!(one(headers, &FETCH_SITE)?, "same-origin" | "none")
        {
            return None;
        }
        let address = request.uri();
        if address.host().is_some() || address.query().is_some() {
            return None;
        }
        let (token, file) = address.path().strip_prefix('/')?.split_once('/')?;
        let right: bool = token.as_bytes().ct_eq(self.token.expose_secret().as_bytes()).into();
        right.then_some(file)
    }
}

/// A header that is there once, as text.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn page(kind: &'static str, body: Bytes) -> Answer {
    with_headers(kind, Full::new(body).boxed_unsync())
}

fn with_headers(kind: &'static str, body: UnsyncBoxBody<Bytes, Infallible>) -> Answer {
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    answer
}

fn nothing() -> Answer {
    let mut answer = Response::new(Empty::new().boxed_unsync());
    *answer.status_mut() = StatusCode::NOT_FOUND;
    answer
}
