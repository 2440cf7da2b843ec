//! Opening the WebSocket: TLS as the rest of Kaibo does it, plain on this machine alone.

use std::sync::Arc;
use std::time::Duration;

use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode, UnreadableHow};
use rustls::ClientConfig;
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{ORIGIN, USER_AGENT};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};
use url::Url;

use super::super::api::{AGENT, ChatHost, PAGE};
use crate::connect::is_loopback;

/// An open WebSocket.
pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connecting, TLS and the WebSocket's own handshake together.
const OPENING: Duration = Duration::from_secs(10);
/// The most that one message may weigh on the wire. Packets of the largest rooms stay under 100 kB.
const MESSAGE_CAP: usize = 4 << 20;

/// Opens a socket to a chat host.
pub(super) async fn open(host: &ChatHost) -> Outcome<Socket> {
    let failure = |code| Failure::new(code).at(Platform::Bilibili);
    let malformed = || failure(ProblemCode::Unreadable { how: UnreadableHow::Malformed });
    let url = address(host).ok_or_else(malformed)?;
    #[cfg(feature = "canned")]
    if crate::canned::is_laid() {
        return Err(failure(ProblemCode::Network));
    }
    let connector = if url.scheme() == "wss" {
        let config = tls().map_err(|error| failure(ProblemCode::Internal).because(error))?;
        Connector::Rustls(Arc::new(config))
    } else {
        Connector::Plain
    };
    let mut request = url.as_str().into_client_request().map_err(|_| malformed())?;
    // The token belongs to the program that asked for it, by its name.
    request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(AGENT));
    request.headers_mut().insert(ORIGIN, HeaderValue::from_static(PAGE));
    let config =
        WebSocketConfig::default().max_message_size(Some(MESSAGE_CAP)).max_frame_size(Some(MESSAGE_CAP));
    let opening = connect_async_tls_with_config(request, Some(config), true, Some(connector));
    match timeout(OPENING, opening).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(error)) => Err(failure(ProblemCode::Network).because(error)),
        Err(_) => Err(failure(ProblemCode::Timeout)),
    }
}

/// `wss://host:wss_port/sub`; on this machine `ws://host:ws_port/sub`. `None` for a host that isn't one.
fn address(host: &ChatHost) -> Option<Url> {
    let url = |scheme: &str, port: u16| {
        let url = Url::parse(&format!("{scheme}://{}:{port}/sub", host.host)).ok()?;
        // Nothing else may have slipped in with the name.
        let only_host = url.path() == "/sub" && url.username().is_empty() && url.query().is_none();
        (only_host && port != 0).then_some(url)
    };
    match url("ws", host.ws_port) {
        Some(near) if is_loopback(&near) => Some(near),
        _ => url("wss", host.wss_port),
    }
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(builder.with_platform_verifier()?.with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(host: &str) -> Option<String> {
        let host = ChatHost { host: host.into(), ws_port: 2244, wss_port: 2245 };
        address(&host).map(Into::into)
    }

    #[test]
    fn plain_on_this_machine_alone() {
        assert_eq!(of("127.0.0.1").as_deref(), Some("ws://127.0.0.1:2244/sub"));
        assert_eq!(of("chat.example").as_deref(), Some("wss://chat.example:2245/sub"));
        assert_eq!(of("127.0.0.1.evil.example").as_deref(), Some("wss://127.0.0.1.evil.example:2245/sub"));
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for host in ["", "a b", "h/x?", "u@h", "h#"] {
            assert_eq!(of(host), None, "{host}");
        }
        assert_eq!(address(&ChatHost { host: "h.example".into(), ws_port: 1, wss_port: 0 }), None);
    }

    #[test]
    fn tls_can_be_set_up() {
        tls().expect("a TLS configuration");
    }
}
