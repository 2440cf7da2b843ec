//! A published stream: packets out, the server's few words in.

use std::io::{self, IoSlice};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use secrecy::ExposeSecret as _;
use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf};
use tokio::time::timeout;

use super::Ended;
use super::client::{Connection, Wire, refusal};
use crate::lane::{Lane, Taken};
use crate::packet::Packet;
use crate::status::Failure;
use crate::wire::command::{self, Command};
use crate::wire::frame::{CHUNK, Framed, Head, Heads};
use crate::wire::peer::Peer;
use crate::wire::{frame, kind};

/// Bytes of answers (acknowledgements, pongs) that may wait. A server that asks for more while it takes
/// nothing gets none.
const REPLIES: usize = 64 * 1024;

/// How long the other side has to close first.
const LINGER: Duration = Duration::from_secs(1);

/// Sends until the lane has no more, then says farewell. `stall` is how long the other side may take nothing.
pub(super) async fn run(connection: Connection, lane: &Lane, broadcast: u64, stall: Duration) -> Ended {
    let Connection { wire, peer, rest, stream } = connection;
    let (read, write) = tokio::io::split(wire);
    let replies = Mutex::new(Vec::new());
    let hearing = hear(read, peer, rest, lane, &replies);
    let over = AtomicBool::new(false);
    let sender = Sender {
        write,
        lane,
        stall,
        stream,
        heads: Heads::default(),
        setups: 0,
        replies: &replies,
        over: &over,
    };
    let sent = tokio::select! {
        // After a farewell it is for the other side to close.
        failure = hearing => if over.load(Ordering::Relaxed) { Ok(()) } else { Err(failure) },
        sent = sender.run(broadcast) => sent,
    };
    match sent {
        Ok(()) => Ended::Done,
        Err(failure) => Ended::Lost(failure),
    }
}

/// Reads what the server says. Returns why that came to an end.
async fn hear(
    mut read: ReadHalf<Box<dyn Wire>>,
    mut peer: Peer,
    mut rest: Vec<u8>,
    lane: &Lane,
    replies: &Mutex<Vec<u8>>,
) -> Failure {
    let mut buffer = vec![0; 4096];
    loop {
        if let Err(failure) = look(&mut peer, &rest) {
            return failure;
        }
        if !peer.out.is_empty() {
            let mut replies = replies.lock().unwrap_or_else(PoisonError::into_inner);
            if replies.len() + peer.out.len() <= REPLIES {
                replies.extend_from_slice(&peer.out);
            }
            peer.out.clear();
            lane.wake.notify_one();
        }
        rest.clear();
        match read.read(&mut buffer).await {
            Ok(0) => return Failure::Closed,
            Ok(count) => rest.extend_from_slice(&buffer[..count]),
            Err(error) => return Failure::of(&error),
        }
    }
}

fn look(peer: &mut Peer, mut input: &[u8]) -> Result<(), Failure> {
    while let Some(message) = peer.next(&mut input)? {
        if matches!(message.kind, kind::COMMAND | kind::COMMAND_AMF3) {
            refusal(&Command::read(&message)?)?;
        }
    }
    Ok(())
}

struct Sender<'a> {
    write: WriteHalf<Box<dyn Wire>>,
    lane: &'a Lane,
    stall: Duration,
    stream: u32,
    heads: Heads,
    /// The number of the last setup that was sent.
    setups: u64,
    replies: &'a Mutex<Vec<u8>>,
    /// The farewell was said.
    over: &'a AtomicBool,
}

impl Sender<'_> {
    async fn run(mut self, broadcast: u64) -> Result<(), Failure> {
        loop {
            let replies = std::mem::take(&mut *self.replies.lock().unwrap_or_else(PoisonError::into_inner));
            if !replies.is_empty() {
                self.write(&mut [IoSlice::new(&replies)]).await?;
            }
            match self.lane.take(broadcast) {
                Taken::Batch { packets, base } => {
                    if let Err(failure) = self.send(&packets, base).await {
                        self.lane.lost(&packets);
                        return Err(failure);
                    }
                }
                Taken::Nothing => {
                    self.flush().await?;
                    self.lane.wake.notified().await;
                }
                Taken::End => return self.farewell().await,
            }
        }
    }

    async fn send(&mut self, packets: &[Arc<Packet>], base: u64) -> Result<(), Failure> {
        // The wire's time wraps, as it does in the encoder.
        let time = |at: u64| u32::try_from(at.saturating_sub(base) & u64::from(u32::MAX)).unwrap_or(0);
        let mut parts: Vec<(Head, &Framed)> = Vec::with_capacity(packets.len() + 4);
        for (place, packet) in packets.iter().enumerate() {
            let newest = packet.setups.newest();
            if newest > self.setups {
                for setup in packet.setups.iter().filter(|setup| setup.number > self.setups) {
                    // At the time of the first packet that needs it: sound may stand before the picture.
                    let mut alike = packets[place..].iter().filter(|p| p.framed.kind == setup.framed.kind);
                    let at = time(alike.next().unwrap_or(packet).time);
                    parts.push((self.heads.next(&setup.framed, at, self.stream), &setup.framed));
                }
                self.setups = newest;
            }
            parts.push((self.heads.next(&packet.framed, time(packet.time), self.stream), &packet.framed));
        }
        let mut slices = Vec::with_capacity(parts.len() * 2);
        for (head, framed) in &parts {
            slices.push(IoSlice::new(head.bytes()));
            slices.push(IoSlice::new(head.own.as_ref().unwrap_or(&framed.bytes)));
        }
        self.write(&mut slices).await
    }

    async fn write(&mut self, mut slices: &mut [IoSlice<'_>]) -> Result<(), Failure> {
        while !slices.is_empty() {
            let written = timeout(self.stall, self.write.write_vectored(slices)).await;
            let count = written.map_err(|_| Failure::Stalled)?.map_err(|error| Failure::of(&error))?;
            if count == 0 {
                return Err(Failure::Closed);
            }
            self.lane.wrote(count);
            IoSlice::advance_slices(&mut slices, count);
        }
        Ok(())
    }

    /// TLS keeps a little back until it is told.
    async fn flush(&mut self) -> Result<(), Failure> {
        let flushed = timeout(self.stall, self.write.flush()).await.map_err(|_| Failure::Stalled)?;
        flushed.map_err(|error| Failure::of(&error))
    }

    /// The stream's end, as OBS says it. The caller bounds the time.
    async fn farewell(mut self) -> Result<(), Failure> {
        let mut out = Vec::new();
        let key = self.lane.address.key.expose_secret();
        let unpublish = command::begin("FCUnpublish", 6.0).null().text(key);
        let delete = command::begin("deleteStream", 7.0).null().number(self.stream.into());
        frame::put(&mut out, &command::message(0, unpublish), CHUNK);
        frame::put(&mut out, &command::message(0, delete), CHUNK);
        self.write(&mut [IoSlice::new(&out)]).await?;
        close(&mut self.write).await.map_err(|error| Failure::of(&error))?;
        self.over.store(true, Ordering::Relaxed);
        // Closed at once with words unread, the connection would be reset, and what is on the way lost.
        tokio::time::sleep(LINGER).await;
        Ok(())
    }
}

async fn close(write: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    write.flush().await?;
    write.shutdown().await
}
