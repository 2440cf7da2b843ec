//! The ingest: RTMP on loopback, one publisher.

pub(crate) mod session;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::hub::{Hub, Publisher};
use crate::wire::Fault;
use session::{Next, Session};

/// Connections at once; more are closed at the door.
const CONNECTIONS: usize = 8;
/// From the connection to the first word of the publisher's stream.
const OPENING: Duration = Duration::from_secs(5);
/// Between two messages of a publisher with sound or picture in them. An encoder sends a hundred a second; one that
/// sends none for so long is gone, or no encoder.
const SILENCE: Duration = Duration::from_secs(10);
/// A peer that doesn't take an answer for so long is let go.
const ANSWER: Duration = Duration::from_secs(2);
/// How long a refused peer has to read why.
const LINGER: Duration = Duration::from_millis(500);
/// Read at once, bytes: a picture of 6 Mb/s in most cases.
const READ: usize = 64 * 1024;

/// Takes publishers until `shutdown`.
pub(crate) async fn serve(listener: TcpListener, hub: Arc<Hub>, shutdown: CancellationToken) {
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = shutdown.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            // Out of file handles, most likely: the next try may do better.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Ok(slot) = slots.clone().try_acquire_owned() else { continue };
        let (door, shutdown) = (Publisher::new(hub.clone()), shutdown.clone());
        tokio::spawn(async move {
            let _slot = slot;
            tokio::select! {
                () = shutdown.cancelled() => {}
                ended = attend(stream, door) => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "publisher's connection ended");
                    }
                }
            }
        });
    }
}

/// Why a publisher's connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("{0}")]
    Io(#[from] io::Error),
    #[error("too slow")]
    Slow,
    #[error("{0}")]
    Fault(#[from] Fault),
}

impl From<tokio::time::error::Elapsed> for Ended {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::Slow
    }
}

async fn attend(mut stream: TcpStream, mut door: Publisher) -> Result<(), Ended> {
    stream.set_nodelay(true)?;
    let mut session = Session::new();
    let mut buffer = vec![0; READ];
    let (mut deadline, mut messages) = (Instant::now() + OPENING, 0);
    loop {
        let count = timeout_at(deadline, stream.read(&mut buffer)).await??;
        if count == 0 {
            return Ok(());
        }
        let was_publishing = session.is_publishing();
        let next = session.input(&buffer[..count], &mut door)?;
        if !session.out().is_empty() {
            timeout(ANSWER, stream.write_all(session.out())).await??;
            session.out().clear();
        }
        if next == Next::Close {
            return linger(stream, &mut buffer).await;
        }
        if session.is_publishing() {
            if !was_publishing || session.messages != messages {
                messages = session.messages;
                deadline = Instant::now() + SILENCE;
            }
        } else if was_publishing {
            deadline = Instant::now() + OPENING;
        }
    }
}

/// Lets a refusal be read before the connection goes.
async fn linger(mut stream: TcpStream, buffer: &mut [u8]) -> Result<(), Ended> {
    stream.shutdown().await?;
    let until = Instant::now() + LINGER;
    while timeout_at(until, stream.read(buffer)).await?? > 0 {}
    Ok(())
}
