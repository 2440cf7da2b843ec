//! A platform's ingest: takes any push, keeps what came, and can be put into moods.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use kaibo_live::push::PushAddress;
use rml_rtmp::handshake::{Handshake, HandshakeProcessResult, PeerType};
use rml_rtmp::sessions::{
    ServerSession, ServerSessionConfig, ServerSessionEvent as Event, ServerSessionResult,
};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::clip::{AUDIO, Tag, VIDEO};

/// How a sink reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Reads,
    Frozen,
    /// So many bytes a second.
    Slow(u32),
    /// Refuses to publish.
    Refuses,
}

/// One message that came, on which connection and when.
#[derive(Debug, Clone)]
pub struct Arrival {
    pub connection: u32,
    pub tag: Tag,
    pub at: Instant,
}

#[derive(Default)]
struct Kept {
    arrivals: Mutex<Vec<Arrival>>,
    keys: Mutex<Vec<String>>,
    connections: AtomicU32,
    metadata: AtomicU32,
    farewells: AtomicU32,
}

pub struct Sink {
    pub at: SocketAddr,
    kept: Arc<Kept>,
    mood: Arc<watch::Sender<Mood>>,
    tls: Option<TlsAcceptor>,
    task: Option<JoinHandle<()>>,
}

impl Sink {
    pub fn start(mood: Mood) -> Self {
        Self::start_with(mood, None)
    }

    pub fn start_with(mood: Mood, tls: Option<TlsAcceptor>) -> Self {
        let mut sink = Self {
            at: ([127, 0, 0, 1], 0).into(),
            kept: Arc::default(),
            mood: Arc::new(watch::Sender::new(mood)),
            tls,
            task: None,
        };
        sink.revive();
        sink
    }

    /// Listens, again at its port if it did before.
    pub fn revive(&mut self) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        // Small, so that a sink that doesn't read is felt soon.
        socket.set_recv_buffer_size(64 * 1024).unwrap();
        socket.bind(self.at).unwrap();
        let listener = socket.listen(16).unwrap();
        self.at = listener.local_addr().unwrap();
        let (kept, mood, tls) = (self.kept.clone(), self.mood.clone(), self.tls.clone());
        self.task = Some(tokio::spawn(serve(listener, kept, mood, tls)));
    }

    /// Closes all connections and the port.
    pub async fn kill(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }

    pub fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    pub fn address(&self, key: &str) -> PushAddress {
        super::address(&format!("rtmp://{}/live", self.at), key)
    }

    pub fn arrivals(&self) -> Vec<Arrival> {
        self.kept.arrivals.lock().unwrap().clone()
    }

    /// Hands out what came and keeps none of it.
    pub fn forget(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.kept.arrivals.lock().unwrap())
    }

    pub fn tags(&self) -> Vec<Tag> {
        self.arrivals().into_iter().map(|arrival| arrival.tag).collect()
    }

    pub fn bodies(&self) -> Vec<(u8, Bytes)> {
        self.tags().into_iter().map(|tag| (tag.kind, tag.body)).collect()
    }

    /// The stream keys that were published with, in order.
    pub fn keys(&self) -> Vec<String> {
        self.kept.keys.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.kept.arrivals.lock().unwrap().len()
    }

    pub fn connections(&self) -> u32 {
        self.kept.connections.load(Ordering::Relaxed)
    }

    pub fn metadata(&self) -> u32 {
        self.kept.metadata.load(Ordering::Relaxed)
    }

    /// Streams that were ended in so many words.
    pub fn farewells(&self) -> u32 {
        self.kept.farewells.load(Ordering::Relaxed)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn serve(
    listener: TcpListener,
    kept: Arc<Kept>,
    mood: Arc<watch::Sender<Mood>>,
    tls: Option<TlsAcceptor>,
) {
    let mut all = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let number = kept.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let (kept, mood, tls) = (kept.clone(), mood.subscribe(), tls.clone());
        all.spawn(async move {
            match tls {
                None => attend(stream, number, &kept, mood).await,
                Some(tls) => attend(tls.accept(stream).await?, number, &kept, mood).await,
            }
        });
    }
}

async fn read(
    stream: &mut (impl AsyncRead + Unpin),
    buffer: &mut [u8],
    mood: &mut watch::Receiver<Mood>,
) -> io::Result<usize> {
    let _ = mood.wait_for(|mood| *mood != Mood::Frozen).await;
    let now = *mood.borrow();
    let Mood::Slow(rate) = now else { return stream.read(buffer).await };
    let count = stream.read(&mut buffer[..2048]).await?;
    let pause = u64::try_from(count).unwrap() * 1_000_000 / u64::from(rate);
    tokio::time::sleep(Duration::from_micros(pause)).await;
    Ok(count)
}

async fn attend(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    number: u32,
    kept: &Kept,
    mut mood: watch::Receiver<Mood>,
) -> io::Result<()> {
    let mut handshake = Handshake::new(PeerType::Server);
    stream.write_all(&handshake.generate_outbound_p0_and_p1().unwrap()).await?;
    let mut buffer = vec![0; 64 * 1024];
    let mut input = loop {
        let count = read(&mut stream, &mut buffer, &mut mood).await?;
        if count == 0 {
            return Ok(());
        }
        match handshake.process_bytes(&buffer[..count]).unwrap() {
            HandshakeProcessResult::InProgress { response_bytes } => {
                stream.write_all(&response_bytes).await?;
            }
            HandshakeProcessResult::Completed { response_bytes, remaining_bytes } => {
                stream.write_all(&response_bytes).await?;
                break remaining_bytes;
            }
        }
    };
    let (mut session, greeting) = ServerSession::new(ServerSessionConfig::new()).unwrap();
    let mut results = VecDeque::from(greeting);
    loop {
        results.extend(session.handle_input(&input).unwrap());
        while let Some(result) = results.pop_front() {
            match result {
                ServerSessionResult::OutboundResponse(packet) => stream.write_all(&packet.bytes).await?,
                ServerSessionResult::RaisedEvent(event) => {
                    let refuses = *mood.borrow() == Mood::Refuses;
                    results.extend(act(&mut session, event, number, kept, refuses));
                }
                ServerSessionResult::UnhandleableMessageReceived(_) => {}
            }
        }
        stream.flush().await?;
        let count = read(&mut stream, &mut buffer, &mut mood).await?;
        if count == 0 {
            return Ok(());
        }
        input = buffer[..count].to_vec();
    }
}

fn act(
    session: &mut ServerSession,
    event: Event,
    connection: u32,
    kept: &Kept,
    refuses: bool,
) -> Vec<ServerSessionResult> {
    let keep = |kind, body, time: u32| {
        let arrival = Arrival { connection, tag: Tag { kind, time, body }, at: Instant::now() };
        kept.arrivals.lock().unwrap().push(arrival);
    };
    match event {
        Event::PublishStreamRequested { request_id, stream_key, .. } if refuses => {
            let code = "NetStream.Publish.BadName";
            return session.reject_request(request_id, code, &format!("{stream_key}?")).unwrap();
        }
        Event::PublishStreamRequested { request_id, stream_key, .. } => {
            kept.keys.lock().unwrap().push(stream_key);
            return session.accept_request(request_id).unwrap();
        }
        Event::ConnectionRequested { request_id, .. } | Event::ReleaseStreamRequested { request_id, .. } => {
            return session.accept_request(request_id).unwrap();
        }
        Event::VideoDataReceived { data, timestamp, .. } => keep(VIDEO, data, timestamp.value),
        Event::AudioDataReceived { data, timestamp, .. } => keep(AUDIO, data, timestamp.value),
        Event::StreamMetadataChanged { metadata, .. } => {
            assert_eq!(metadata.video_width, Some(1280));
            kept.metadata.fetch_add(1, Ordering::Relaxed);
        }
        Event::PublishStreamFinished { .. } => {
            kept.farewells.fetch_add(1, Ordering::Relaxed);
        }
        _ => {}
    }
    Vec::new()
}
