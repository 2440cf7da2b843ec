//! One connection to OBS: signing in, requests and their answers, and noticing that OBS hangs.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use kaibo_live::driver::Outcome;
use kaibo_live::encoder::EncoderAddress;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::SecretString;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::message::{AUTHENTICATION_FAILED, Incoming, Refusal, Reply, identify, request};
use crate::{CALL, unreachable};

/// The largest message that is read, in bytes. OBS's answers to Kaibo are far below.
const MESSAGE_CAP: usize = 256 * 1024;

/// Requests that wait to be sent; one more waits for its place, within its own deadline.
const QUEUE: usize = 16;

/// Requests that wait for their answer; one more ends the connection. Those whose caller has gone don't count.
const PENDING: usize = 64;

/// How long after an answer the next question is put whether OBS is still there.
const CHECK_EVERY: Duration = Duration::from_millis(1500);

/// The longest that the answer is waited for, and that a message takes to go out. With [`CHECK_EVERY`] an OBS
/// that hangs is noticed within four seconds.
const CHECK_DEADLINE: Duration = Duration::from_millis(2500);

/// The longest that saying goodbye takes.
const GOODBYE: Duration = Duration::from_millis(500);

type Socket = WebSocketStream<TcpStream>;

/// A connection to OBS. Dropping it closes it.
pub(crate) struct Link {
    asks: mpsc::Sender<Ask>,
    changed: Arc<Notify>,
}

struct Ask {
    kind: &'static str,
    data: Option<Value>,
    answer: oneshot::Sender<Result<Reply, Refusal>>,
}

impl Link {
    /// Connects and signs in. Has no end of its own.
    pub(crate) async fn open(address: &EncoderAddress, password: Option<&SecretString>) -> Outcome<Self> {
        let socket = sign_in(address, password).await?;
        let (asks, queue) = mpsc::channel(QUEUE);
        let changed = Arc::new(Notify::new());
        let line =
            Line { socket, pending: HashMap::new(), last_id: 0, service: None, changed: changed.clone() };
        tokio::spawn(line.run(queue));
        Ok(Self { asks, changed })
    }

    /// Makes a request. The inner error is OBS's own no.
    pub(crate) async fn call(
        &self,
        kind: &'static str,
        data: Option<Value>,
    ) -> Outcome<Result<Reply, Refusal>> {
        let (answer, answered) = oneshot::channel();
        let asked = async {
            self.asks.send(Ask { kind, data, answer }).await.ok()?;
            answered.await.ok()
        };
        let answer = timeout(CALL, asked).await.map_err(|_| unreachable("no answer in time"))?;
        answer.ok_or_else(|| unreachable("the connection ended"))
    }

    /// Waits until something changed since the last time this was told.
    pub(crate) async fn changed(&self) -> Outcome<()> {
        tokio::select! {
            // What was told before the end is told first.
            biased;
            () = self.changed.notified() => Ok(()),
            () = self.asks.closed() => Err(unreachable("the connection ended")),
        }
    }
}

async fn sign_in(address: &EncoderAddress, password: Option<&SecretString>) -> Outcome<Socket> {
    let EncoderAddress { host, port } = address;
    let stream = TcpStream::connect((host.as_str(), *port)).await;
    let stream = stream.map_err(|error| unreachable(error.kind().to_string()))?;
    // Small messages, each waited for.
    let _ = stream.set_nodelay(true);
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let config = WebSocketConfig::default()
        .read_buffer_size(16 * 1024)
        .max_message_size(Some(MESSAGE_CAP))
        .max_frame_size(Some(MESSAGE_CAP));
    let opened = client_async_with_config(format!("ws://{host}:{port}/"), stream, Some(config)).await;
    let (mut socket, _) = opened.map_err(|_| unreachable("no WebSocket"))?;

    let Incoming::Hello(challenge) = next(&mut socket).await? else {
        return Err(unreachable("it isn't OBS"));
    };
    let proof = match (challenge, password) {
        (None, _) => None,
        (Some(challenge), Some(password)) => Some(challenge.proof(password)),
        (Some(_), None) => return Err(Failure::new(ProblemCode::EncoderPassword)),
    };
    let sent = socket.send(Message::text(identify(proof))).await;
    sent.map_err(|_| unreachable("the connection ended"))?;
    match next(&mut socket).await? {
        Incoming::Identified => Ok(socket),
        _ => Err(unreachable("it isn't OBS")),
    }
}

/// The next message while signing in.
async fn next(socket: &mut Socket) -> Outcome<Incoming> {
    loop {
        match socket.next().await {
            Some(Ok(Message::Text(text))) => {
                return Incoming::read(&text).map_err(|malformed| unreachable(malformed.to_string()));
            }
            Some(Ok(Message::Close(frame))) => return Err(closed(frame.as_ref())),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(_)) => return Err(unreachable("it isn't OBS")),
            Some(Err(_)) | None => return Err(unreachable("the connection ended")),
        }
    }
}

/// Why OBS closed the connection while signing in.
fn closed(frame: Option<&CloseFrame>) -> Failure {
    let Some(frame) = frame else { return unreachable("the connection ended") };
    match u16::from(frame.code) {
        AUTHENTICATION_FAILED => Failure::new(ProblemCode::EncoderPassword),
        code => Failure::new(ProblemCode::EncoderRefused).said(code.to_string(), frame.reason.as_str()),
    }
}

/// The task that owns the socket. It ends when the connection does, OBS hangs, or the [`Link`] is dropped;
/// all that waits for an answer then fails.
struct Line {
    socket: Socket,
    /// Who waits for the answer to which request. None waits for those that only ask whether OBS is there.
    pending: HashMap<u64, Option<oneshot::Sender<Result<Reply, Refusal>>>>,
    last_id: u64,
    /// A hash of the service as it was last told: OBS has no event for it.
    service: Option<u64>,
    changed: Arc<Notify>,
}

/// Why a connection ended. Holds nothing that the other side said.
#[derive(Debug, Clone, Copy, thiserror::Error)]
enum Ended {
    #[error("closed by OBS")]
    Closed,
    #[error("OBS hangs")]
    Hangs,
    #[error("what came makes no sense")]
    Malformed,
    #[error("OBS left too many requests without an answer")]
    Unanswered,
}

impl Line {
    async fn run(mut self, mut queue: mpsc::Receiver<Ask>) {
        let ended = self.serve(&mut queue).await;
        // Whoever waits learns it now, not after the goodbye.
        drop(queue);
        self.pending.clear();
        match ended {
            Err(ended) => tracing::info!(%ended, "the connection to OBS ended"),
            Ok(()) => drop(timeout(GOODBYE, self.socket.close(None)).await),
        }
    }

    async fn serve(&mut self, queue: &mut mpsc::Receiver<Ask>) -> Result<(), Ended> {
        // The request that asks whether OBS is there, and when to ask next or to give up.
        let mut check = None;
        let mut due = Instant::now();
        loop {
            tokio::select! {
                ask = queue.recv() => {
                    let Some(Ask { kind, data, answer }) = ask else { return Ok(()) };
                    self.send(kind, data.as_ref(), Some(answer)).await?;
                }
                frame = self.socket.next() => {
                    let answered = self.hear(frame.ok_or(Ended::Closed)?.map_err(|_| Ended::Closed)?)?;
                    if check.is_some() && answered == check {
                        check = None;
                        due = Instant::now() + CHECK_EVERY;
                    }
                }
                () = sleep_until(due) => {
                    if check.is_some() {
                        return Err(Ended::Hangs);
                    }
                    check = Some(self.send("GetStreamServiceSettings", None, None).await?);
                    due = Instant::now() + CHECK_DEADLINE;
                }
            }
        }
    }

    async fn send(
        &mut self,
        kind: &str,
        data: Option<&Value>,
        answer: Option<oneshot::Sender<Result<Reply, Refusal>>>,
    ) -> Result<u64, Ended> {
        if self.pending.len() >= PENDING {
            self.pending.retain(|_, caller| caller.as_ref().is_none_or(|caller| !caller.is_closed()));
            if self.pending.len() >= PENDING {
                return Err(Ended::Unanswered);
            }
        }
        self.last_id += 1;
        self.pending.insert(self.last_id, answer);
        let message = Message::text(request(self.last_id, kind, data));
        let sent = timeout(CHECK_DEADLINE, self.socket.send(message)).await;
        sent.map_err(|_| Ended::Hangs)?.map_err(|_| Ended::Closed)?;
        Ok(self.last_id)
    }

    /// Takes one frame in; tells which request it answers.
    fn hear(&mut self, frame: Message) -> Result<Option<u64>, Ended> {
        let text = match frame {
            Message::Text(text) => text,
            Message::Close(_) => return Err(Ended::Closed),
            Message::Binary(_) | Message::Frame(_) => return Err(Ended::Malformed),
            Message::Ping(_) | Message::Pong(_) => return Ok(None),
        };
        match Incoming::read(&text).map_err(|_| Ended::Malformed)? {
            Incoming::Changed => self.changed.notify_one(),
            Incoming::Answer(answer) => {
                match self.pending.remove(&answer.id) {
                    Some(Some(caller)) => drop(caller.send(answer.result)),
                    Some(None) => self.compare(answer.result.ok().as_ref()),
                    None => {}
                }
                return Ok(Some(answer.id));
            }
            Incoming::Hello(_) | Incoming::Identified | Incoming::Other => {}
        }
        Ok(None)
    }

    /// Tells of a service that isn't the one of the last time.
    fn compare(&mut self, service: Option<&Reply>) {
        let Some(service) = service else { return };
        let mut hash = DefaultHasher::new();
        service.0.get().hash(&mut hash);
        let now = Some(hash.finish());
        if self.service.is_some() && self.service != now {
            self.changed.notify_one();
        }
        self.service = now;
    }
}
