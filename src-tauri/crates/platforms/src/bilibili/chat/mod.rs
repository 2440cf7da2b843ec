//! Hearing a room's chat (danmaku) over its WebSocket.
//!
//! <https://live.bilibili.com>

mod catch_up;
mod command;
mod danmu;
mod decoder;
mod frame;
mod inflate;
mod lenient;
mod paid;
mod presence;
mod protobuf;
mod skim;
mod socket;
#[cfg(test)]
mod tests;
mod way;

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use kaibo_live::chat::{ChatOut, Heard};
use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode, UnreadableHow};
use kaibo_live::secret::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout, timeout_at};
use tokio_tungstenite::tungstenite::{Error as SocketError, Message};

use self::catch_up::{Gap, Listened};
use self::command::Reader;
pub use self::decoder::DanmakuDecoder;
pub use self::frame::FrameError;
use self::socket::Socket;
use self::way::Ways;
use super::api::Api;
use crate::http::parse_json;

/// The server drops whoever is silent for 60 to 70 s.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// Each heartbeat is answered: without an answer the connection is dead, whatever it says.
const SILENCE: Duration = Duration::from_secs(35);
/// For sending a frame, and for the answer to the auth frame.
const STEP: Duration = Duration::from_secs(10);

/// For the lines of a gap. What is said meanwhile waits for them, so that it comes after them.
const CATCH_UP: Duration = Duration::from_secs(2);

/// Hears one account's chats.
#[derive(Debug)]
pub(super) struct Danmaku {
    ways: Ways,
    listened: Listened,
    heartbeat: Duration,
    silence: Duration,
}

impl Default for Danmaku {
    fn default() -> Self {
        Self { ways: Ways::default(), listened: Listened::default(), heartbeat: HEARTBEAT, silence: SILENCE }
    }
}

/// What the auth frame says.
#[derive(Serialize)]
struct Auth<'a> {
    uid: u64,
    roomid: u64,
    /// Brotli, please; the others are understood as well.
    protover: u8,
    platform: &'a str,
    #[serde(rename = "type")]
    kind: u8,
    buvid: &'a str,
    key: &'a str,
}

#[derive(Deserialize)]
struct AuthReply {
    code: i64,
}

impl Danmaku {
    /// Listens until the connection fails or nobody listens any more (`Ok`). Each time the next of the hosts is
    /// taken; token and hosts are fetched anew when they failed several times.
    pub(super) async fn listen(&self, api: &Api, room_id: &str, out: ChatOut) -> Outcome<()> {
        let malformed = |_| Failure::invalid("room_id", InvalidReason::Malformed).at(Platform::Bilibili);
        let number = room_id.parse().map_err(malformed)?;
        let step = self.ways.next(api, room_id).await?;
        let socket = socket::open(&step.host).await?;
        let mut line = Line::new(socket, api.session.uid, self.heartbeat, self.silence);
        let signed_in = line.sign_in(auth_frame(api.session.uid, number, &step.buvid, &step.token)).await;
        if let Err(failure) = signed_in {
            if failure.code == ProblemCode::Refused {
                self.ways.forget();
            }
            return Err(failure);
        }
        let since = Instant::now();
        if !out.send(Heard::Alive).await {
            return Ok(());
        }
        if let Some(gap) = self.listened.begin(room_id, api.now()) {
            catch_up(api, room_id, gap, &self.listened, &out).await;
        }
        let ended = line.hear(api, &self.listened, &out).await;
        // Not right after the sign-in: a host may take everybody in and drop them.
        if since.elapsed() > self.silence {
            self.ways.was_well();
        }
        tracing::debug!(unknown = ?line.decoder.unknown().collect::<Vec<_>>(), "the chat's line ended");
        ended
    }
}

/// Tells what was said in a gap, as far as the platform tells. It is a kindness: nothing depends on it.
async fn catch_up(api: &Api, room_id: &str, gap: Gap, listened: &Listened, out: &ChatOut) {
    let Ok(Ok(news)) = timeout(CATCH_UP, missed(api, room_id, gap)).await else { return };
    listened.heard(&news);
    for heard in news {
        if !out.send(heard).await {
            return;
        }
    }
}

async fn missed(api: &Api, room_id: &str, gap: Gap) -> Outcome<Vec<Heard>> {
    let lines = api.last_lines(room_id).await?;
    Ok(gap.fill(lines, Reader { uid: api.session.uid, now: api.now() }))
}

/// What was missed since a time.
#[cfg(feature = "canned")]
pub(super) async fn missed_since(api: &Api, room_id: &str, from: jiff::Timestamp) -> Outcome<Vec<Heard>> {
    missed(api, room_id, Gap { from, to: api.now() }).await
}

fn auth_frame(uid: u64, roomid: u64, buvid: &str, token: &SecretString) -> Vec<u8> {
    let key = token.expose_secret();
    let auth = Auth { uid, roomid, protover: 3, platform: "web", kind: 2, buvid, key };
    // Numbers and text always have a form in JSON.
    frame::encode(frame::OP_AUTH, &serde_json::to_vec(&auth).unwrap_or_default())
}

/// An open line to a chat host.
struct Line {
    socket: Socket,
    beat: Interval,
    silence: Duration,
    /// When silence has lasted too long.
    patience: Instant,
    decoder: DanmakuDecoder,
}

impl Line {
    fn new(socket: Socket, uid: u64, heartbeat: Duration, silence: Duration) -> Self {
        let mut beat = interval(heartbeat);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { socket, beat, silence, patience: Instant::now() + silence, decoder: DanmakuDecoder::new(uid) }
    }

    async fn sign_in(&mut self, auth: Vec<u8>) -> Outcome<()> {
        self.send(auth).await?;
        let deadline = Instant::now() + STEP;
        loop {
            let next = timeout_at(deadline, self.socket.next()).await;
            let message = next.map_err(|_| silent()).and_then(message_of)?;
            let reply = self.decoder.auth_reply(&message, parse_json::<AuthReply>).map_err(broken)?;
            let Some(reply) = reply else { continue };
            return match reply.map_err(|(how, _)| unreadable(how))?.code {
                0 => Ok(()),
                // The token, not the sign-in: the next connection fetches a new one.
                code => {
                    Err(Failure::new(ProblemCode::Refused).at(Platform::Bilibili).said(code.to_string(), ""))
                }
            };
        }
    }

    /// Reports what is heard until the line breaks, or until nobody wants to know (`Ok`).
    async fn hear(&mut self, api: &Api, listened: &Listened, out: &ChatOut) -> Outcome<()> {
        loop {
            let message = tokio::select! {
                _ = self.beat.tick() => {
                    self.send(frame::encode(frame::OP_HEARTBEAT, b"[object Object]")).await?;
                    continue;
                }
                next = timeout_at(self.patience, self.socket.next()) => {
                    next.map_err(|_| silent()).and_then(message_of)?
                }
            };
            let mut news = Vec::new();
            let read = self.decoder.decode(&message, api.now(), &mut news);
            listened.heard(&news);
            for heard in news {
                if !out.send(heard).await {
                    return Ok(());
                }
            }
            read.map_err(broken)?;
            // Counted from here: waiting for the reader is no silence of the host's.
            self.patience = Instant::now() + self.silence;
        }
    }

    async fn send(&mut self, frame: Vec<u8>) -> Outcome<()> {
        match timeout(STEP, self.socket.send(Message::Binary(frame.into()))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(lost(error)),
            Err(_) => Err(silent()),
        }
    }
}

/// The bytes of a message. Pings are answered by the socket itself.
fn message_of(next: Option<Result<Message, SocketError>>) -> Outcome<Vec<u8>> {
    match next {
        Some(Ok(Message::Binary(bytes))) => Ok(bytes.into()),
        Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
            Ok(Vec::new())
        }
        Some(Ok(Message::Close(_))) | None => Err(Failure::new(ProblemCode::Network).at(Platform::Bilibili)),
        Some(Err(SocketError::Capacity(error))) => Err(unreadable(UnreadableHow::TooLarge).because(error)),
        Some(Err(error)) => Err(lost(error)),
    }
}

fn lost(error: SocketError) -> Failure {
    Failure::new(ProblemCode::Network).at(Platform::Bilibili).because(error)
}

fn silent() -> Failure {
    Failure::new(ProblemCode::Timeout).at(Platform::Bilibili)
}

fn unreadable(how: UnreadableHow) -> Failure {
    Failure::new(ProblemCode::Unreadable { how }).at(Platform::Bilibili)
}

fn broken(error: FrameError) -> Failure {
    let how = match error {
        FrameError::Cut => UnreadableHow::Truncated,
        FrameError::TooBig => UnreadableHow::TooLarge,
        FrameError::Length | FrameError::Broken => UnreadableHow::Malformed,
    };
    unreadable(how).because(error)
}
