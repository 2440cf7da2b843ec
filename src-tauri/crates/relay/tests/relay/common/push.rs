//! An encoder's connection.

use std::io;
use std::time::Duration;

use kaibo_live::push::PushAddress;
use rml_rtmp::handshake::{Handshake, HandshakeProcessResult, PeerType};
use rml_rtmp::sessions::{
    ClientSession, ClientSessionConfig, ClientSessionEvent as Event, ClientSessionResult as Result_,
    PublishRequestType, StreamMetadata,
};
use rml_rtmp::time::RtmpTimestamp;
use secrecy::ExposeSecret as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

use super::clip::{AUDIO, Clip, Tag};

/// An encoder that publishes.
pub struct Push {
    pub stream: TcpStream,
    session: ClientSession,
}

/// The handshake of a client. What came after it belongs to the session.
pub async fn shake_hands(stream: &mut TcpStream) -> Vec<u8> {
    let mut handshake = Handshake::new(PeerType::Client);
    stream.write_all(&handshake.generate_outbound_p0_and_p1().unwrap()).await.unwrap();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(count > 0, "closed in the handshake");
        match handshake.process_bytes(&buffer[..count]).unwrap() {
            HandshakeProcessResult::InProgress { response_bytes } => {
                stream.write_all(&response_bytes).await.unwrap();
            }
            HandshakeProcessResult::Completed { response_bytes, remaining_bytes } => {
                stream.write_all(&response_bytes).await.unwrap();
                return remaining_bytes;
            }
        }
    }
}

impl Push {
    /// Publishes, or says with which words that was refused.
    pub async fn to(address: &PushAddress) -> Result<Self, String> {
        let (app, key) = (address.app().to_owned(), address.key.expose_secret().to_owned());
        let mut stream = TcpStream::connect(address.tcp_host().unwrap()).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let rest = shake_hands(&mut stream).await;
        let mut config = ClientSessionConfig::new();
        config.tc_url = Some(address.server.clone());
        let (mut session, mut results) = ClientSession::new(config).unwrap();
        results.extend(session.handle_input(&rest).unwrap());
        results.push(session.request_connection(app).unwrap());
        let mut push = Self { stream, session };
        let mut buffer = [0; 4096];
        loop {
            for result in std::mem::take(&mut results) {
                match result {
                    Result_::OutboundResponse(packet) => push.write(&packet.bytes).await.unwrap(),
                    Result_::RaisedEvent(Event::ConnectionRequestAccepted) => {
                        let kind = PublishRequestType::Live;
                        results.push(push.session.request_publishing(key.clone(), kind).unwrap());
                    }
                    Result_::RaisedEvent(Event::PublishRequestAccepted) => return Ok(push),
                    Result_::RaisedEvent(Event::ConnectionRequestRejected { description }) => {
                        return Err(format!("NetConnection: {description}"));
                    }
                    Result_::RaisedEvent(Event::UnhandleableOnStatusCode { code }) => return Err(code),
                    _ => {}
                }
            }
            if results.is_empty() {
                let read = timeout(Duration::from_secs(5), push.stream.read(&mut buffer)).await;
                match read.expect("an answer in time") {
                    Ok(count) if count > 0 => {
                        results = push.session.handle_input(&buffer[..count]).unwrap();
                    }
                    _ => return Err("closed".to_owned()),
                }
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        timeout(Duration::from_secs(5), self.stream.write_all(bytes)).await.expect("taken in time")
    }

    pub async fn metadata(&mut self) {
        let mut metadata = StreamMetadata::new();
        (metadata.video_width, metadata.video_height) = (Some(1280), Some(720));
        let result = self.session.publish_metadata(&metadata).unwrap();
        self.send_result(result).await.unwrap();
    }

    pub async fn send(&mut self, tag: &Tag) -> io::Result<()> {
        let (body, time) = (tag.body.clone(), RtmpTimestamp::new(tag.time));
        let result = if tag.kind == AUDIO {
            self.session.publish_audio_data(body, time, false)
        } else {
            self.session.publish_video_data(body, time, false)
        };
        self.send_result(result.unwrap()).await
    }

    async fn send_result(&mut self, result: Result_) -> io::Result<()> {
        let Result_::OutboundResponse(packet) = result else { panic!("a packet") };
        self.write(&packet.bytes).await
    }

    /// Sends a clip at the speed of life.
    pub async fn play(&mut self, clip: &Clip) {
        self.metadata().await;
        let start = Instant::now();
        for tag in &clip.0 {
            sleep_until(start + Duration::from_millis(tag.time.into())).await;
            self.send(tag).await.unwrap();
        }
    }

    /// Says that it ends, and goes.
    pub async fn end(mut self) {
        for result in self.session.stop_publishing().unwrap() {
            self.send_result(result).await.unwrap();
        }
        self.stream.shutdown().await.unwrap();
    }
}
