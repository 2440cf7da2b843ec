//! The chat socket: auth within five seconds, then commands down and heartbeats up.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use serde::Deserialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::time::{Instant, timeout, timeout_at};

use super::event::{Event, Reader};
use super::frame;
use crate::house::House;

/// How long the socket waits. Tests shorten it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    /// From opening to the auth frame.
    pub(super) auth: Duration,
    /// Without a heartbeat.
    pub(super) silence: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { auth: Duration::from_secs(5), silence: Duration::from_secs(70) }
    }
}

/// Commands that go into one message at most.
const BATCH: usize = 32;
/// A reader that takes nothing for so long is given up.
const WRITE: Duration = Duration::from_secs(10);

#[derive(Deserialize)]
struct Auth {
    #[serde(default)]
    uid: u64,
    roomid: u64,
    #[serde(default)]
    protover: u16,
    #[serde(default)]
    key: String,
}

struct Session {
    socket: WebSocket,
    room: u64,
    reader: Reader,
    protover: u16,
}

/// Serves one socket until it ends.
pub(super) async fn serve(mut socket: WebSocket, house: Arc<House>, timing: Timing) {
    let deadline = Instant::now() + timing.auth;
    let Ok(Some(auth)) = timeout_at(deadline, auth(&mut socket)).await else {
        return close(socket).await;
    };
    let admitted = house.bilibili.with(|world| {
        let known = world.rooms.contains_key(&auth.roomid) && auth.protover <= 3;
        known.then(|| world.admits(&auth.key, auth.uid))
    });
    let Some(admitted) = admitted else { return close(socket).await };
    // Listening begins before the reply, so that nothing said after it is missed.
    let events = house.bilibili.listen();
    let code = if admitted { 0 } else { -101 };
    if write(&mut socket, frame::auth_reply(code)).await.is_break() || !admitted {
        return close(socket).await;
    }
    let reader = Reader { uid: auth.uid };
    let session = Session { socket, room: auth.roomid, reader, protover: auth.protover };
    session.run(events, timing).await;
}

/// The first frame, when it is a readable auth.
async fn auth(socket: &mut WebSocket) -> Option<Auth> {
    let Message::Binary(message) = socket.recv().await?.ok()? else { return None };
    let frames = frame::read(&message)?;
    let (operation, body) = frames.first()?;
    if *operation != frame::OP_AUTH {
        return None;
    }
    serde_json::from_slice(body).ok()
}

async fn close(mut socket: WebSocket) {
    // The peer may be gone already.
    let _ = timeout(WRITE, socket.send(Message::Close(None))).await;
}

async fn write(socket: &mut WebSocket, bytes: impl Into<Bytes>) -> ControlFlow<()> {
    match timeout(WRITE, socket.send(Message::Binary(bytes.into()))).await {
        Ok(Ok(())) => ControlFlow::Continue(()),
        _ => ControlFlow::Break(()),
    }
}

impl Session {
    async fn run(mut self, mut events: Receiver<(u64, Event)>, timing: Timing) {
        let mut quiet_until = Instant::now() + timing.silence;
        loop {
            let flow = tokio::select! {
                event = events.recv() => match event {
                    Ok(event) => self.tell(event, &mut events).await,
                    // A slow reader loses the oldest commands, as everywhere in this crate.
                    Err(RecvError::Lagged(lost)) => {
                        tracing::warn!(lost, room = self.room, "a slow reader lost commands");
                        ControlFlow::Continue(())
                    }
                    Err(RecvError::Closed) => ControlFlow::Break(()),
                },
                message = timeout_at(quiet_until, self.socket.recv()) => match message {
                    Ok(Some(Ok(message))) => {
                        let beat = self.hear(&message).await;
                        if beat == ControlFlow::Continue(true) {
                            quiet_until = Instant::now() + timing.silence;
                        }
                        beat.map_continue(|_| ())
                    }
                    _ => ControlFlow::Break(()),
                },
            };
            if flow.is_break() {
                return close(self.socket).await;
            }
        }
    }

    /// Sends an event with those that wait behind it.
    async fn tell(&mut self, first: (u64, Event), events: &mut Receiver<(u64, Event)>) -> ControlFlow<()> {
        let mut batch = Vec::new();
        let mut packed = None;
        let mut next = Ok(first);
        loop {
            match next {
                Ok((room, Event::Packed(message))) if room == self.room => {
                    packed = Some(message);
                    break;
                }
                Ok((room, event)) if room == self.room => {
                    batch.push(event.json(room, self.reader).to_string());
                }
                Ok(_) | Err(TryRecvError::Lagged(_)) => {}
                Err(_) => break,
            }
            if batch.len() == BATCH {
                break;
            }
            next = events.try_recv();
        }
        if !batch.is_empty() {
            write(&mut self.socket, frame::commands(&batch, self.protover)).await?;
        }
        match packed {
            Some(message) => write(&mut self.socket, message).await,
            None => ControlFlow::Continue(()),
        }
    }

    /// Answers what came up; true when it held a heartbeat.
    async fn hear(&mut self, message: &Message) -> ControlFlow<(), bool> {
        let message = match message {
            Message::Binary(message) => message,
            Message::Close(_) | Message::Text(_) => return ControlFlow::Break(()),
            Message::Ping(_) | Message::Pong(_) => return ControlFlow::Continue(false),
        };
        let Some(frames) = frame::read(message) else { return ControlFlow::Break(()) };
        let mut beat = false;
        for (operation, body) in frames {
            if operation == frame::OP_HEARTBEAT {
                beat = true;
                // The number was the popularity once; today it is one.
                write(&mut self.socket, frame::heartbeat_reply(1, body)).await?;
            }
        }
        ControlFlow::Continue(beat)
    }
}
