//! The HTTP listeners: one a platform, each of which can be closed and opened again.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use crate::house::{House, lock};
use crate::ingest::{self, Ingest};
use crate::{Addresses, Config, PLATFORMS, bilibili, fault, qiniu, taobao, weibo};

/// Connections a listener holds at once; more wait in the system's queue.
const CONNECTIONS: usize = 256;
/// The largest request body.
const BODY: usize = 1024 * 1024;

/// Binds everything, then starts everything: nothing answers before all addresses are known.
pub(crate) async fn open_house(config: &Config) -> io::Result<(Arc<House>, Arc<Doormen>)> {
    let ports = config.ports;
    let (weibo_port, taobao_port) = (bind(ports.weibo).await?, bind(ports.taobao).await?);
    let (qiniu_port, bilibili_port) = (bind(ports.qiniu).await?, bind(ports.bilibili).await?);
    let (rtmp, api) = (bind(ports.rtmp).await?, bind(ports.ingest_api).await?);
    let ingest = Ingest::new(rtmp.local_addr()?, config.recordings.as_deref());
    let url = |listener: &TcpListener| listener.local_addr().map(|at| format!("http://{at}"));
    let addresses = Addresses {
        weibo: url(&weibo_port)?,
        taobao: url(&taobao_port)?,
        qiniu: url(&qiniu_port)?,
        bilibili: url(&bilibili_port)?,
        rtmp: ingest.rtmp_base(),
        ingest_api: url(&api)?,
    };
    let shutdown = CancellationToken::new();
    let house = House::new(config, addresses, ingest.clone(), shutdown.clone());

    tokio::spawn(ingest::serve(rtmp, ingest.clone(), shutdown.clone()));
    serve(api, ingest::router(ingest), shutdown.child_token());
    let routers = [weibo::router, taobao::router, qiniu::router, bilibili::router];
    let listeners = [weibo_port, taobao_port, qiniu_port, bilibili_port];
    let mut doormen = Vec::new();
    for ((name, router), listener) in PLATFORMS.into_iter().zip(routers).zip(listeners) {
        let router = fault::layer(router(house.clone()), &house, name);
        let keeper = Doorman { name, at: listener.local_addr()?, router, open: Mutex::default() };
        keeper.serve(listener, &shutdown);
        doormen.push(keeper);
    }
    Ok((house, Arc::new(Doormen { doormen, shutdown })))
}

async fn bind(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await
}

/// Who opens and closes the platforms' listeners.
pub(crate) struct Doormen {
    doormen: Vec<Doorman>,
    shutdown: CancellationToken,
}

struct Doorman {
    name: &'static str,
    at: SocketAddr,
    router: Router,
    /// Ends the present listener and all its connections.
    open: Mutex<Option<Open>>,
}

struct Open {
    stop: CancellationToken,
    served: tokio::task::JoinHandle<()>,
}

impl Doorman {
    fn serve(&self, listener: TcpListener, shutdown: &CancellationToken) {
        let stop = shutdown.child_token();
        let served = serve(listener, self.router.clone(), stop.clone());
        *lock(&self.open) = Some(Open { stop, served });
    }
}

impl Doormen {
    /// Closes a platform's listener and cuts its connections. Returns once the port refuses.
    pub(crate) async fn stop(&self, platform: &str) {
        let Some(doorman) = self.doormen.iter().find(|doorman| doorman.name == platform) else { return };
        let open = lock(&doorman.open).take();
        if let Some(open) = open {
            open.stop.cancel();
            // Ends by the token; a panic in it would have closed the port as well.
            let _ = open.served.await;
        }
    }

    /// Opens a platform's listener again, on the same port.
    pub(crate) async fn restart(&self, platform: &str) -> io::Result<()> {
        self.stop(platform).await;
        let doorman = self.doormen.iter().find(|doorman| doorman.name == platform);
        let doorman = doorman.ok_or(io::ErrorKind::NotFound)?;
        let listener = bind(doorman.at.port()).await?;
        doorman.serve(listener, &self.shutdown);
        Ok(())
    }
}

fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> tokio::task::JoinHandle<()> {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    let gate = Gate { listener, slots, stop: stop.clone() };
    let app = router.layer(DefaultBodyLimit::max(BODY)).into_make_service_with_connect_info::<Wire>();
    tokio::spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            _ = axum::serve(gate, app) => {}
        }
    })
}

/// Accepts connections that can be cut from outside.
struct Gate {
    listener: TcpListener,
    slots: Arc<Semaphore>,
    stop: CancellationToken,
}

impl Listener for Gate {
    type Io = Cuttable;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Cuttable, SocketAddr) {
        loop {
            let slot = self.slots.clone().acquire_owned().await.ok();
            if let Ok((stream, peer)) = self.listener.accept().await {
                let _ = stream.set_nodelay(true);
                let cut = self.stop.child_token();
                let cancelled = Box::pin(cut.clone().cancelled_owned());
                return (Cuttable { stream, cut, cancelled, _slot: slot }, peer);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// Handed to each request: its connection.
#[derive(Clone)]
pub(crate) struct Wire(CancellationToken);

impl Wire {
    /// Cuts the connection: nothing more is read or written.
    pub(crate) fn cut(&self) {
        self.0.cancel();
    }
}

impl Connected<IncomingStream<'_, Gate>> for Wire {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        Self(stream.io().cut.clone())
    }
}

/// A connection that fails from the moment its token is cancelled.
struct Cuttable {
    stream: TcpStream,
    cut: CancellationToken,
    cancelled: Pin<Box<WaitForCancellationFutureOwned>>,
    _slot: Option<OwnedSemaphorePermit>,
}

impl Cuttable {
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.cancelled.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionReset.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Cuttable {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Cuttable {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
