//! From an address to a stream that may be published on.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kaibo_live::push::PushAddress;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt as _;
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::flv::Codec;
use crate::status::Failure;
use crate::wire::amf::Value;
use crate::wire::chunk::Caps;
use crate::wire::command::{self, Command};
use crate::wire::frame::CHUNK;
use crate::wire::peer::Peer;
use crate::wire::{handshake, kind};

/// What a server may send, bytes. It has no sound and no picture for us.
const CAPS: Caps = Caps { media: 64 * 1024, values: 64 * 1024, pending: 128 * 1024 };
/// To one of the host's addresses, by TCP.
const DIAL: Duration = Duration::from_secs(4);
/// Messages that are read before the stream may be published on.
const MESSAGES: u32 = 64;
/// Bytes that the system keeps for the socket, of which Linux makes twice as many. Half a second at 4 Mb/s: enough
/// for the way there and back, and too little to hide how far behind a slow target is.
const SEND_BUFFER: u32 = 256 * 1024;
/// What OBS says it is; some ingests look for it.
const FLASH_VERSION: &str = "FMLE/3.0 (compatible; FMSc/1.0)";

/// TCP, or TLS over it.
pub(super) trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

/// A connection on which a stream is published.
pub(super) struct Connection {
    pub(super) wire: Box<dyn Wire>,
    pub(super) peer: Peer,
    /// What was read and not yet looked at.
    pub(super) rest: Vec<u8>,
    /// The message stream.
    pub(super) stream: u32,
}

/// Connects as OBS does. The caller bounds the time.
pub(super) async fn connect(
    address: &PushAddress,
    tls: Option<Arc<ClientConfig>>,
    four_ccs: &[Codec],
) -> Result<Connection, Failure> {
    let wire = open(address, tls).await?;
    let mut talk = Talk { wire, peer: Peer::new(CAPS), rest: Vec::new(), left: MESSAGES };
    talk.shake_hands().await?;
    talk.say_connect(address, four_ccs);
    talk.answer(1.0).await?;
    let key = address.key.expose_secret();
    talk.peer.announce_chunks(CHUNK);
    for (name, transaction) in [("releaseStream", 2.0), ("FCPublish", 3.0)] {
        talk.peer.say(&command::message(0, command::begin(name, transaction).null().text(key)));
    }
    talk.peer.say(&command::message(0, command::begin("createStream", 4.0).null()));
    let created = talk.answer(4.0).await?;
    let stream = created.values.iter().rev().find_map(Value::number).unwrap_or(1.0);
    // Streams are counted from 1; the cast saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let stream = stream as u32;
    talk.peer.say(&command::message(stream, command::begin("publish", 5.0).null().text(key).text("live")));
    talk.published().await?;
    Ok(Connection { wire: talk.wire, peer: talk.peer, rest: talk.rest, stream })
}

async fn open(address: &PushAddress, tls: Option<Arc<ClientConfig>>) -> Result<Box<dyn Wire>, Failure> {
    let secure = match address.server.split_once("://") {
        Some((scheme, _)) => scheme.eq_ignore_ascii_case("rtmps"),
        None => return Err(Failure::Address),
    };
    let (host, port) = address.tcp_host().ok_or(Failure::Address)?;
    if address.app().is_empty() || address.key.expose_secret().is_empty() {
        return Err(Failure::Address);
    }
    let mut failure = Failure::Host;
    for at in lookup_host((host.as_str(), port)).await.map_err(|_| Failure::Host)? {
        match timeout(DIAL, dial(at)).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) if secure => return encrypt(stream, host.clone(), tls).await,
            Ok(stream) => return Ok(Box::new(stream)),
            Err(error) => failure = Failure::of(&error),
        }
    }
    Err(failure)
}

async fn dial(at: SocketAddr) -> io::Result<TcpStream> {
    let socket = if at.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_nodelay(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.connect(at).await
}

async fn encrypt(
    stream: TcpStream,
    host: String,
    tls: Option<Arc<ClientConfig>>,
) -> Result<Box<dyn Wire>, Failure> {
    let config = match tls {
        Some(config) => config,
        None => Arc::new(platform_tls().map_err(|_| Failure::Tls)?),
    };
    let name = ServerName::try_from(host).map_err(|_| Failure::Address)?;
    let stream = TlsConnector::from(config).connect(name, stream).await.map_err(|_| Failure::Tls)?;
    Ok(Box::new(stream))
}

/// Trust as the system has it.
fn platform_tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_platform_verifier()?.with_no_client_auth())
}

/// The conversation before the stream.
struct Talk {
    wire: Box<dyn Wire>,
    peer: Peer,
    rest: Vec<u8>,
    /// Messages that may still come.
    left: u32,
}

impl Talk {
    async fn shake_hands(&mut self) -> Result<(), Failure> {
        self.send(&handshake::hello()).await?;
        let mut answer = vec![0; 1 + 2 * handshake::PART];
        // The first byte tells at once whether this is RTMP.
        self.wire.read_exact(&mut answer[..1]).await.map_err(|error| Failure::of(&error))?;
        handshake::check(answer[0])?;
        self.wire.read_exact(&mut answer[1..=handshake::PART]).await.map_err(|error| Failure::of(&error))?;
        // What the server said first is echoed; its own echo isn't looked at, as some servers send anything.
        self.send(&answer[1..=handshake::PART]).await?;
        let echo = &mut answer[1 + handshake::PART..];
        self.wire.read_exact(echo).await.map_err(|error| Failure::of(&error))?;
        Ok(())
    }

    fn say_connect(&mut self, address: &PushAddress, four_ccs: &[Codec]) {
        let server = address.server.trim_end_matches('/');
        let values = command::begin("connect", 1.0).object(|o| {
            let o = o.field("app").text(address.app()).field("type").text("nonprivate");
            let o = o.field("flashVer").text(FLASH_VERSION).field("swfUrl").text(server);
            let o = o.field("tcUrl").text(server);
            if four_ccs.is_empty() {
                return o;
            }
            let names: Vec<String> = four_ccs.iter().map(|codec| codec.as_str().to_owned()).collect();
            o.field("fourCcList").texts(&names)
        });
        self.peer.say(&command::message(0, values));
    }

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let sent = async {
            self.wire.write_all(bytes).await?;
            self.wire.flush().await
        };
        sent.await.map_err(|error: io::Error| Failure::of(&error))
    }

    /// Sends what is to be sent and returns the next command.
    async fn command(&mut self) -> Result<Command, Failure> {
        loop {
            if !self.peer.out.is_empty() {
                let out = std::mem::take(&mut self.peer.out);
                self.send(&out).await?;
            }
            let mut input = &self.rest[..];
            let message = self.peer.next(&mut input)?;
            let used = self.rest.len() - input.len();
            self.rest.drain(..used);
            let Some(message) = message else {
                let mut buffer = [0; 4096];
                let count = self.wire.read(&mut buffer).await.map_err(|error| Failure::of(&error))?;
                if count == 0 {
                    return Err(Failure::Closed);
                }
                self.rest.extend_from_slice(&buffer[..count]);
                continue;
            };
            self.left = self.left.checked_sub(1).ok_or(Failure::Protocol(crate::Fault::TooManyCommands))?;
            if matches!(message.kind, kind::COMMAND | kind::COMMAND_AMF3) {
                return Ok(Command::read(&message)?);
            }
        }
    }

    /// Waits for the answer to a command. What else is said on the way is of no interest, unless it is a no.
    async fn answer(&mut self, transaction: f64) -> Result<Command, Failure> {
        loop {
            let command = self.command().await?;
            refusal(&command)?;
            // Transactions are small whole numbers, which are told apart exactly.
            if (command.transaction - transaction).abs() < 0.5 {
                match command.name.as_str() {
                    "_result" => return Ok(command),
                    "_error" => return Err(Failure::refused(command.code().unwrap_or("_error"))),
                    _ => {}
                }
            }
        }
    }

    async fn published(&mut self) -> Result<(), Failure> {
        loop {
            let command = self.command().await?;
            refusal(&command)?;
            let started = command.code() == Some("NetStream.Publish.Start");
            if command.name == "onStatus" && started {
                return Ok(());
            }
            // Some servers say so without the transaction. Many know neither of the two commands before.
            if command.name == "_error" && !(1.5..3.5).contains(&command.transaction) {
                return Err(Failure::refused(command.code().unwrap_or("_error")));
            }
        }
    }
}

/// Fails when a status says no.
pub(super) fn refusal(command: &Command) -> Result<(), Failure> {
    let level = command.values.iter().find_map(|value| value.field("level")?.text());
    if command.name == "onStatus" && level == Some("error") {
        return Err(Failure::refused(command.code().unwrap_or("onStatus")));
    }
    Ok(())
}
