//! An answer on its way, and what becomes of it.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::fault::Fault;

/// The size of what a bomb unpacks to, MB.
const BOMB: usize = 200;

/// JSON that claims nothing and is nothing that was asked for.
const SHAPES: [&str; 6] =
    ["[]", "null", "\"done\"", "17", r#"[{"a":[1,2]}]"#, r#"{"elsewhere":{"deep":[null]}}"#];

#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A gateway's, in nobody's words: what there is to distort when the platform was never asked.
    pub(crate) fn of_a_gateway() -> Self {
        Self::new(503, "text/plain", b"the service is not available at the moment, come back later")
    }

    fn new(status: u16, content_type: &'static str, body: &[u8]) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status, headers, body: body.to_vec() }
    }

    pub(crate) fn head(&self) -> Vec<u8> {
        self.head_with(self.body.len())
    }

    fn head_with(&self, length: usize) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {} X\r\ncontent-length: {length}\r\n", self.status);
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes()));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.with_length(self.body.len())
    }

    /// With another `Content-Length`.
    pub(crate) fn with_length(&self, length: usize) -> Vec<u8> {
        [self.head_with(length), self.body.clone()].concat()
    }

    pub(crate) async fn write(&self, to: &mut TcpStream) -> io::Result<()> {
        to.write_all(&self.bytes()).await
    }

    /// As the fault makes it; none when there shall be no answer.
    pub(crate) fn struck(
        mut self,
        fault: Fault,
        elsewhere: SocketAddr,
        chance: &mut fastrand::Rng,
    ) -> Option<Self> {
        Some(match fault {
            Fault::Truncated => {
                self.body.truncate(self.body.len() / 2);
                self
            }
            Fault::TooMany => Self::new(429, "text/plain", b"slow down"),
            Fault::TooManyWait => {
                let mut answer = Self::new(429, "text/plain", b"slow down");
                answer.headers.insert(RETRY_AFTER, HeaderValue::from(chance.u16(1..5)));
                answer
            }
            Fault::Status500 => Self::new(500, "text/plain", b"internal error"),
            Fault::Status502 => Self::new(502, "text/html", b"<html><h1>502 Bad Gateway</h1></html>"),
            Fault::Redirect => {
                let mut answer = Self::new(302, "text/plain", b"over there");
                let there = HeaderValue::try_from(format!("http://{elsewhere}/there")).ok()?;
                answer.headers.insert(LOCATION, there);
                answer
            }
            Fault::Bomb => {
                let mut answer = Self::new(200, "application/json", bomb());
                answer.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                answer
            }
            Fault::InvalidUtf8 => {
                if self.status == 503 {
                    self = Self::new(200, "application/json", br#"{"text":"later"}"#);
                }
                // Within the first string there is.
                let at = self.body.iter().position(|b| *b == b'"').map_or(0, |at| at + 1);
                self.body.splice(at..at, [0xff, 0xfe, 0xc3, 0x28]);
                self
            }
            Fault::WrongShape => {
                let shape = chance.choice(SHAPES).unwrap_or(SHAPES[0]);
                Self::new(200, "application/json", shape.as_bytes())
            }
            _ => return None,
        })
    }
}

/// Zeros, packed; made once.
fn bomb() -> &'static [u8] {
    static BOMB_BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BOMB_BYTES.get_or_init(|| {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        let megabyte = vec![b' '; 1024 * 1024];
        for _ in 0..BOMB {
            packer.write_all(&megabyte).unwrap();
        }
        packer.finish().unwrap()
    })
}
