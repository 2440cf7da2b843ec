//! One push in on loopback, handed untouched to every chosen room, each on its own.
//!
//! An encoder publishes to [`Relay`]'s ingest by RTMP; each target gets its messages as they came, from one copy
//! in memory. A target has a queue, a connection and a fate of its own: nothing it does changes another. All of it
//! runs on one thread: five targets' writes take microseconds, and waking other threads would take more.
//!
//! What a target gets: metadata and codec headers first, then everything from a key frame on, on times that never
//! go back. From a broadcast's first packet on if it was there by then.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod driver;
mod flv;
mod hub;
mod ingest;
mod lane;
mod meter;
mod packet;
#[cfg(feature = "probe")]
pub mod probe;
mod queue;
mod status;
mod target;
mod wire;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use kaibo_live::push::PushAddress;
use rustls::ClientConfig;
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use driver::driver;
use hub::Hub;
use lane::{Lane, Wanted};
pub use queue::Bounds;
pub use status::{Codec, Failure, Fault, IngestStatus, Source, Status, TargetId, TargetState, TargetStatus};

/// How often rates are measured.
const TICK: Duration = Duration::from_millis(500);
/// The shortest time between two statuses.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest time that the end may take: farewells have three seconds.
const END: Duration = Duration::from_secs(4);

/// What a relay is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The port on 127.0.0.1; 0 for any.
    pub port: u16,
    /// The RTMP app that is taken, without slashes at its ends.
    pub app: String,
    /// The stream key that is taken. To be made anew for each session.
    pub key: SecretString,
    /// How long targets are held when the encoder goes. Half a minute is enough to restart one.
    pub hold: Duration,
    /// Of each target's queue, and of what is kept for targets that come later.
    pub bounds: Bounds,
    /// Trust for `rtmps`; the system's own if `None`.
    pub tls: Option<Arc<ClientConfig>>,
}

impl Settings {
    /// With the usual hold and bounds.
    pub fn new(port: u16, app: &str, key: SecretString) -> Self {
        let hold = Duration::from_secs(30);
        Self { port, app: app.to_owned(), key, hold, bounds: Bounds::default(), tls: None }
    }
}

/// A relay that runs. Dropped, it ends as by [`Relay::stop`], which waits for it.
pub struct Relay {
    hub: Arc<Hub>,
    address: PushAddress,
    runtime: Handle,
    targets: TaskTracker,
    status: watch::Receiver<Status>,
    shutdown: CancellationToken,
    over: oneshot::Receiver<()>,
}

impl Relay {
    /// Takes the port and starts the relay's thread. Fails when the port is taken, or the system gives no thread.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port))?;
        listener.set_nonblocking(true)?;
        let at: SocketAddr = listener.local_addr()?;
        let address =
            PushAddress { server: format!("rtmp://{at}/{}", settings.app), key: settings.key.clone() };
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (status_in, status) = watch::channel(Status::default());
        let (shutdown, targets) = (CancellationToken::new(), TaskTracker::new());
        let (over_in, over) = oneshot::channel();
        let hub = Arc::new(Hub::new(settings));
        let relay = Self {
            hub: hub.clone(),
            address,
            runtime: runtime.handle().clone(),
            targets: targets.clone(),
            status,
            shutdown: shutdown.clone(),
            over,
        };
        thread::Builder::new().name("relay".to_owned()).spawn(move || {
            runtime.block_on(work(listener, hub, shutdown, status_in, targets));
            // A name that is still being looked up holds nobody.
            runtime.shutdown_background();
            let _ = over_in.send(());
        })?;
        Ok(relay)
    }

    /// What the encoder is to be given.
    pub fn address(&self) -> &PushAddress {
        &self.address
    }

    /// Adds a target, also in mid-broadcast. False: there is one of this name.
    pub fn add(&self, id: TargetId, address: PushAddress) -> bool {
        let lane = Arc::new(Lane::new(id, address, self.hub.settings().bounds));
        let added = self.hub.add(&lane);
        if added {
            let run = target::run(self.hub.clone(), lane, self.shutdown.clone());
            self.targets.spawn_on(run, &self.runtime);
        }
        added
    }

    /// Ends a target's stream until [`Relay::resume`]. False: there is none of this name.
    pub fn pause(&self, id: &TargetId) -> bool {
        self.hub.lane(id).is_some_and(|lane| {
            lane.want(Wanted::Pause);
            true
        })
    }

    /// Takes up a target that was paused, or that stopped by a failure. False: there is none of this name.
    pub fn resume(&self, id: &TargetId) -> bool {
        self.hub.lane(id).is_some_and(|lane| {
            // The queue first: a target that finds nothing open says farewell.
            if lane.resume() {
                self.hub.admit(&lane);
                lane.want(Wanted::Run);
            }
            true
        })
    }

    /// Ends a target's stream and forgets it. False: there is none of this name.
    pub fn remove(&self, id: &TargetId) -> bool {
        self.hub.remove(id).is_some_and(|lane| {
            lane.want(Wanted::Remove);
            true
        })
    }

    /// How it stands: anew at each change, and twice a second while a broadcast is on.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Ends all streams with a farewell, and the relay. Takes four seconds at most.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        let _ = tokio::time::timeout(END + PAUSE, &mut self.over).await;
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// What the relay's thread does.
async fn work(
    listener: std::net::TcpListener,
    hub: Arc<Hub>,
    shutdown: CancellationToken,
    status: watch::Sender<Status>,
    targets: TaskTracker,
) {
    match TcpListener::from_std(listener) {
        Ok(listener) => tokio::select! {
            () = ingest::serve(listener, hub.clone(), shutdown) => {}
            () = tell(&hub, &status) => {}
        },
        Err(error) => tracing::error!(%error, "the relay's port can't be listened at"),
    }
    hub.end(None);
    targets.close();
    let _ = tokio::time::timeout(END, targets.wait()).await;
    status.send_replace(hub.status(Instant::now()));
}

/// Keeps the status current. Ends never.
async fn tell(hub: &Hub, status: &watch::Sender<Status>) {
    loop {
        let new = hub.status(Instant::now());
        let moves = new.ingest.source != Source::Absent
            || new.ingest.bits_per_second > 0
            || new.targets.iter().any(|target| target.bits_per_second > 0);
        status.send_if_modified(|old| {
            let differs = *old != new;
            *old = new;
            differs
        });
        tokio::select! {
            () = hub.changed.notified() => tokio::time::sleep(PAUSE).await,
            () = tokio::time::sleep(TICK), if moves => {}
        }
    }
}
