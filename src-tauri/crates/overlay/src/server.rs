//! The server: 127.0.0.1 alone, HTTP/1.1, one request a connection.
//!
//! | bound | what happens beyond it |
//! |---|---|
//! | 64 connections | the oldest that isn't a page goes |
//! | 16 pages | the next is told `full` and tries again |
//! | 5 s for a request's head | the connection goes |
//! | 16 kB and 64 lines of head | refused |
//! | 10 s for a write | the connection goes |
//! | 256 events that a page is behind | it loses the oldest |

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use kaibo_live::overlay::{OverlayFeed, OverlaySettings};
use kaibo_live::secret::SecretString;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::answer::Door;
use crate::socket::Bounded;

/// Connections at once.
pub const SOCKETS: usize = 64;
/// Pages at once.
pub const PAGES: u32 = 16;
/// Time for a request's head.
const HEAD_TIME: Duration = Duration::from_secs(5);
/// Bytes of a request's head.
const HEAD_SIZE: usize = 16 * 1024;
/// Lines of a request's head.
const HEAD_LINES: usize = 64;
/// How often lines that wait get their numbers while a page looks.
const SETTLE: Duration = Duration::from_millis(100);
/// After a refusal of the system's to take a connection.
const BREATH: Duration = Duration::from_millis(50);

/// What the page is made of, besides its HTML: the window's build has both.
#[derive(Debug, Clone)]
pub struct Page {
    /// `overlay.js`.
    pub script: Bytes,
    /// `overlay.css`.
    pub style: Bytes,
}

/// Where the lines come from.
pub trait Source: Send + Sync + 'static {
    /// The last lines, and those to come.
    fn lines(&self) -> OverlayFeed;
    /// How to show them.
    fn settings(&self) -> OverlaySettings;
    /// Changes when the settings do.
    fn changes(&self) -> watch::Receiver<u64>;
    /// Numbers the lines that wait.
    fn settle(&self);
    /// So many pages are connected.
    fn pages(&self, count: u32);
}

/// A running server. It ends when it is closed or dropped.
#[derive(Debug)]
pub struct Server {
    port: u16,
    stop: CancellationToken,
    served: JoinHandle<()>,
}

impl Server {
    /// Begins to serve under a token; port 0 takes any.
    pub async fn open(
        port: u16,
        token: &SecretString,
        page: Page,
        source: Arc<dyn Source>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = listener.local_addr()?.port();
        let stop = CancellationToken::new();
        let seats = Seats { taken: AtomicU32::new(0), source: Arc::clone(&source) };
        let door = Arc::new(Door::new(port, token.clone(), page, source, Arc::new(seats)));
        let served = tokio::spawn(serve(listener, door, stop.clone()));
        Ok(Self { port, stop, served })
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends all connections. Returns once the port is free.
    pub async fn close(mut self) {
        self.stop.cancel();
        // A panic in it would have freed the port as well.
        let _ = (&mut self.served).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn serve(listener: TcpListener, door: Arc<Door>, stop: CancellationToken) {
    let sockets = Arc::new(Sockets::default());
    let mut settle = tokio::time::interval(SETTLE);
    settle.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = settle.tick() => door.settle(),
            taken = listener.accept() => match taken {
                Ok((stream, _)) => {
                    let socket = sockets.seat(&stop);
                    tokio::spawn(attend(stream, socket, Arc::clone(&door), Arc::clone(&sockets)));
                }
                Err(_) => tokio::time::sleep(BREATH).await,
            },
        }
    }
}

async fn attend(stream: TcpStream, socket: Arc<Socket>, door: Arc<Door>, sockets: Arc<Sockets>) {
    let _ = stream.set_nodelay(true);
    let answer = service_fn(|request| {
        let answer = door.answer(&request, &socket);
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_SIZE)
        .max_headers(HEAD_LINES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(Bounded::new(stream)), answer);
    tokio::select! {
        () = socket.cut.cancelled() => {}
        // What a connection fails of is its own affair, and may be anybody's bytes: it isn't even logged.
        _ = connection => {}
    }
    sockets.leave(&socket);
}

/// A connection.
pub(crate) struct Socket {
    cut: CancellationToken,
    /// It is a page that listens.
    page: AtomicBool,
}

impl Socket {
    /// It stays from now on.
    pub(crate) fn is_page(&self) {
        self.page.store(true, Ordering::Relaxed);
    }
}

/// The connections, oldest first.
#[derive(Default)]
struct Sockets(Mutex<Vec<Arc<Socket>>>);

impl Sockets {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Socket>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a connection; where there are too many, the oldest that isn't a page goes.
    fn seat(&self, stop: &CancellationToken) -> Arc<Socket> {
        let mut all = self.lock();
        if all.len() >= SOCKETS
            && let Some(oldest) = all.iter().position(|s| !s.page.load(Ordering::Relaxed))
        {
            all.remove(oldest).cut.cancel();
        }
        let socket = Arc::new(Socket { cut: stop.child_token(), page: AtomicBool::new(false) });
        all.push(Arc::clone(&socket));
        socket
    }

    fn leave(&self, socket: &Arc<Socket>) {
        self.lock().retain(|s| !Arc::ptr_eq(s, socket));
    }
}

/// Places for pages.
pub(crate) struct Seats {
    taken: AtomicU32,
    source: Arc<dyn Source>,
}

impl Seats {
    /// A place, while there is one.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Seat> {
        let one_more = |n: u32| (n < PAGES).then_some(n + 1);
        let before = self.taken.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_more).ok()?;
        self.source.pages(before + 1);
        Some(Seat(Arc::clone(self)))
    }

    /// Does anybody look?
    pub(crate) fn any(&self) -> bool {
        self.taken.load(Ordering::SeqCst) > 0
    }
}

/// A page's place; free again when it is dropped.
pub(crate) struct Seat(Arc<Seats>);

impl Drop for Seat {
    fn drop(&mut self) {
        let before = self.0.taken.fetch_sub(1, Ordering::SeqCst);
        self.0.source.pages(before.saturating_sub(1));
    }
}
