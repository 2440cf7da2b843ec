//! A running server over a source that the test speaks through.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kaibo_live::chat::ChatKind;
use kaibo_live::overlay::{OverlayEvent, OverlayFeed, OverlayLine, OverlaySettings};
use kaibo_live::platform::Platform;
use kaibo_overlay::server::{Page, Server, Source};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{broadcast, watch};
use tokio::time::timeout;

/// Made up.
pub(crate) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const SOON: Duration = Duration::from_secs(20);

/// Lines of the test's own.
pub(crate) struct Said {
    pub(crate) last: Mutex<Vec<OverlayLine>>,
    pub(crate) settings: Mutex<OverlaySettings>,
    pub(crate) changed: watch::Sender<u64>,
    pub(crate) pages: AtomicU32,
    news: broadcast::Sender<OverlayEvent>,
}

impl Said {
    pub(crate) fn send(&self, event: OverlayEvent) {
        self.news.send(event).expect("a page listens");
    }
}

impl Source for Said {
    fn lines(&self) -> OverlayFeed {
        let last = self.last.lock().unwrap().clone();
        OverlayFeed { settings: self.settings(), last, news: self.news.subscribe() }
    }

    fn settings(&self) -> OverlaySettings {
        self.settings.lock().unwrap().clone()
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn settle(&self) {}

    fn pages(&self, count: u32) {
        self.pages.store(count, Ordering::SeqCst);
    }
}

pub(crate) struct House {
    pub(crate) server: Server,
    pub(crate) source: Arc<Said>,
}

impl House {
    pub(crate) async fn open() -> Self {
        let source = Arc::new(Said {
            last: Mutex::default(),
            settings: Mutex::default(),
            changed: watch::Sender::new(0),
            pages: AtomicU32::new(0),
            news: broadcast::Sender::new(256),
        });
        let page = Page { script: "/* script */".into(), style: "/* style */".into() };
        let told = Arc::clone(&source) as Arc<dyn Source>;
        let server = Server::open(0, &TOKEN.to_owned().into(), page, told).await.expect("a free port");
        Self { server, source }
    }

    pub(crate) fn port(&self) -> u16 {
        self.server.port()
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port())).await.expect("the server takes connections")
    }

    pub(crate) fn request(&self, path: &str) -> String {
        format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\n\r\n", self.port())
    }

    /// The whole answer to these bytes; what can be read of it, when the server cuts.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        // A server that has refused doesn't read the rest.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let mut part = [0; 4096];
        while let Ok(n @ 1..) = timeout(SOON, stream.read(&mut part)).await.expect("the connection ends") {
            answer.extend_from_slice(&part[..n]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> String {
        self.raw(self.request(path).as_bytes()).await
    }

    pub(crate) async fn listen(&self) -> Ear {
        let mut stream = self.connect().await;
        stream.write_all(self.request(&format!("/{TOKEN}/events")).as_bytes()).await.unwrap();
        Ear { stream, heard: String::new() }
    }

    pub(crate) async fn until(&self, so: impl Fn(&Said) -> bool) {
        let waits = async {
            while !so(&self.source) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(SOON, waits).await.expect("it comes to that");
    }
}

/// A page that listens.
pub(crate) struct Ear {
    stream: TcpStream,
    heard: String,
}

impl Ear {
    /// Reads until this was heard; answers what was since the last time.
    pub(crate) async fn until(&mut self, wanted: &str) -> String {
        let reads = async {
            let mut part = vec![0; 64 * 1024];
            while !self.heard.contains(wanted) {
                let n = self.stream.read(&mut part).await.expect("it goes on");
                assert!(n > 0, "ended before {wanted}: {}", self.heard);
                self.heard.push_str(&String::from_utf8_lossy(&part[..n]));
            }
        };
        timeout(SOON, reads).await.unwrap_or_else(|_| panic!("{wanted} never came"));
        std::mem::take(&mut self.heard)
    }

    /// Reads to the end.
    pub(crate) async fn end(&mut self) {
        let mut part = [0; 4096];
        while let Ok(1..) = self.stream.read(&mut part).await {}
    }
}

/// A line that somebody said.
pub(crate) fn line(id: u64, text: &str) -> OverlayLine {
    OverlayLine {
        id,
        platform: Platform::Bilibili,
        kind: ChatKind::Message,
        name: "阿宅".into(),
        me: false,
        moderator: false,
        text: text.into(),
        gift: None,
        at: 0,
    }
}
