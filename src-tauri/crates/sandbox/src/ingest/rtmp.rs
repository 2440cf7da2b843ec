//! The RTMP server: handshake, session, admission, counting. What arrives is kept where a recording is asked for alone.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rml_rtmp::handshake::{Handshake, HandshakeProcessResult, PeerType};
use rml_rtmp::sessions::{
    ServerSession, ServerSessionConfig, ServerSessionEvent as Event, ServerSessionResult,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::door::{Ingest, Pass, Refusal};
use super::guard::Guard;
use super::recording::{AUDIO, VIDEO};

/// Connections at once; more are closed at the door.
const CONNECTIONS: usize = 16;
/// A connection that is silent for so long is closed; so is one that doesn't publish by then.
const IDLE: Duration = Duration::from_secs(30);
/// How long a refused peer has to read why.
const LINGER: Duration = Duration::from_millis(500);
/// Bytes read at once. The session itself holds one RTMP message at most, 16 MB by the protocol.
const READ: usize = 16 * 1024;

/// Takes pushes until `shutdown`.
pub(crate) async fn serve(listener: TcpListener, ingest: Ingest, shutdown: CancellationToken) {
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
        let (ingest, shutdown) = (ingest.clone(), shutdown.clone());
        tokio::spawn(async move {
            let _slot = slot;
            tokio::select! {
                () = shutdown.cancelled() => {}
                ended = Peer::new(stream, ingest).run() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "RTMP connection ended");
                    }
                }
            }
        });
    }
}

struct Peer {
    stream: TcpStream,
    ingest: Ingest,
    guard: Guard,
    pass: Option<Pass>,
    since: Instant,
}

impl Peer {
    fn new(stream: TcpStream, ingest: Ingest) -> Self {
        Self { stream, ingest, guard: Guard::default(), pass: None, since: Instant::now() }
    }

    async fn run(mut self) -> io::Result<()> {
        let mut left = timeout(IDLE, self.shake_hands()).await.map_err(|_| io::ErrorKind::TimedOut)??;
        let (mut session, greeting) = ServerSession::new(ServerSessionConfig::new()).map_err(broken)?;
        self.answer(&mut session, greeting).await?;
        let mut buffer = vec![0; READ];
        loop {
            self.guard.check(&left)?;
            let results = session.handle_input(&left).map_err(broken)?;
            if !self.answer(&mut session, results).await? {
                // Let the refusal be read before the connection goes.
                self.stream.shutdown().await?;
                let _ = timeout(LINGER, async {
                    while self.stream.read(&mut buffer).await? > 0 {}
                    io::Result::Ok(())
                })
                .await;
                return Ok(());
            }
            let count = self.read(&mut buffer).await?;
            if count == 0 {
                return Ok(());
            }
            left.clear();
            left.extend_from_slice(&buffer[..count]);
        }
    }

    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &self.pass {
            None => timeout(IDLE.saturating_sub(self.since.elapsed()), self.stream.read(buffer)).await,
            Some(pass) => tokio::select! {
                () = pass.cut.cancelled() => return Ok(0),
                read = timeout(IDLE, self.stream.read(buffer)) => read,
            },
        };
        read.map_err(|_| io::ErrorKind::TimedOut)?
    }

    /// Returns what came after the handshake.
    async fn shake_hands(&mut self) -> io::Result<Vec<u8>> {
        let mut handshake = Handshake::new(PeerType::Server);
        let hello = handshake.generate_outbound_p0_and_p1().map_err(broken)?;
        self.stream.write_all(&hello).await?;
        let mut buffer = [0; 4096];
        loop {
            let count = self.stream.read(&mut buffer).await?;
            if count == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            match handshake.process_bytes(&buffer[..count]).map_err(broken)? {
                HandshakeProcessResult::InProgress { response_bytes } => {
                    self.stream.write_all(&response_bytes).await?;
                }
                HandshakeProcessResult::Completed { response_bytes, remaining_bytes } => {
                    self.stream.write_all(&response_bytes).await?;
                    return Ok(remaining_bytes);
                }
            }
        }
    }

    /// Sends what the session has to say and acts on its events. False: the peer was refused.
    async fn answer(
        &mut self,
        session: &mut ServerSession,
        results: Vec<ServerSessionResult>,
    ) -> io::Result<bool> {
        let mut results = std::collections::VecDeque::from(results);
        let mut welcome = true;
        while let Some(result) = results.pop_front() {
            match result {
                ServerSessionResult::OutboundResponse(packet) => {
                    let sent = timeout(IDLE, self.stream.write_all(&packet.bytes)).await;
                    sent.map_err(|_| io::ErrorKind::TimedOut)??;
                }
                ServerSessionResult::RaisedEvent(event) => {
                    let (more, still) = self.act(session, event)?;
                    welcome &= still;
                    results.extend(more);
                }
                ServerSessionResult::UnhandleableMessageReceived(_) => {}
            }
        }
        Ok(welcome)
    }

    fn act(
        &mut self,
        session: &mut ServerSession,
        event: Event,
    ) -> io::Result<(Vec<ServerSessionResult>, bool)> {
        let now = Instant::now();
        match event {
            Event::ConnectionRequested { request_id, app_name } => {
                if self.ingest.knows_app(&app_name) {
                    return Ok((session.accept_request(request_id).map_err(broken)?, true));
                }
                let refused =
                    session.reject_request(request_id, "NetConnection.Connect.Rejected", "no such app");
                return Ok((refused.map_err(broken)?, false));
            }
            Event::PublishStreamRequested { request_id, app_name, stream_key, .. } => {
                let admitted = match self.pass {
                    Some(_) => Err(Refusal::Taken),
                    None => self.ingest.admit(&app_name, &stream_key),
                };
                let why = match admitted {
                    Ok(pass) => {
                        self.pass = Some(pass);
                        return Ok((session.accept_request(request_id).map_err(broken)?, true));
                    }
                    Err(Refusal::NoSuchDoor) => "no such stream",
                    Err(Refusal::Taken) => "already publishing",
                };
                let refused = session.reject_request(request_id, "NetStream.Publish.BadName", why);
                return Ok((refused.map_err(broken)?, false));
            }
            Event::PlayStreamRequested { request_id, .. } => {
                let refused =
                    session.reject_request(request_id, "NetStream.Play.Failed", "nothing is played");
                return Ok((refused.map_err(broken)?, false));
            }
            Event::PublishStreamFinished { .. } => {
                self.pass = None;
                self.since = now;
            }
            Event::VideoDataReceived { data, timestamp, .. } => {
                self.count(|arrivals| arrivals.video(now, &data));
                self.keep(VIDEO, timestamp.value, &data);
            }
            Event::AudioDataReceived { data, timestamp, .. } => {
                self.count(|arrivals| arrivals.audio(now, &data));
                self.keep(AUDIO, timestamp.value, &data);
            }
            Event::StreamMetadataChanged { metadata, .. } => {
                self.count(|arrivals| arrivals.picture(metadata.video_width, metadata.video_height));
            }
            _ => {}
        }
        Ok((Vec::new(), true))
    }

    fn count(&self, count: impl FnOnce(&mut super::meter::Arrivals)) {
        if let Some(pass) = &self.pass {
            pass.count(count);
        }
    }

    fn keep(&mut self, kind: u8, time: u32, body: &[u8]) {
        if let Some(pass) = &mut self.pass {
            pass.keep(kind, time, body);
        }
    }
}

/// The RTMP crate's errors hold no `Sync` bound to rely on; their text is enough.
pub(super) fn broken(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
}
