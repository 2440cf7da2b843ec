//! A call on its way to the platform.

use std::io;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// A call as it came.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    /// All of it, as it came.
    pub(crate) raw: Vec<u8>,
}

impl Request {
    /// Without the query.
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_slice())
    }

    /// None when the client hung up.
    pub(crate) async fn read(from: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut raw = Vec::new();
        let head = loop {
            if let Some(at) = raw.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            if from.read_buf(&mut raw).await? == 0 {
                return Ok(None);
            }
        };
        let text = String::from_utf8_lossy(&raw[..head]).into_owned();
        let mut lines = text.split("\r\n");
        let mut first = lines.next().unwrap_or_default().split(' ');
        let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
        let headers: Vec<(String, Vec<u8>)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
            .collect();
        let mut request = Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers,
            body: Vec::new(),
            raw: Vec::new(),
        };
        let length = request.header("content-length").map(String::from_utf8_lossy);
        let length: usize = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        while raw.len() < head + length {
            if from.read_buf(&mut raw).await? == 0 {
                return Ok(None);
            }
        }
        request.body = raw[head..].to_vec();
        request.raw = raw;
        Ok(Some(request))
    }
}
