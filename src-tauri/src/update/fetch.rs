//! What comes over the network: word of a newer version, and the version itself. Bounds: connecting 10 s, word
//! [`MANIFEST_WITHIN`] and [`MANIFEST_CAP`], the version [`PACKAGE_WITHIN`] and [`PACKAGE_CAP`], and never
//! [`SILENCE`] without a byte. Nothing is repeated: the streamer can press again.

use std::error::Error;
use std::time::Duration;

use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::view::UpdateProgress;
use reqwest::{Client, Response, StatusCode, redirect};
use serde_json::Value;
use url::Url;

/// The most that is read of the manifest, bytes.
const MANIFEST_CAP: usize = 64 << 10;
/// The longest that it may take.
const MANIFEST_WITHIN: Duration = Duration::from_secs(15);
/// The most that is read of a version, bytes. An `AppImage` is some 90 MB.
const PACKAGE_CAP: usize = 400 << 20;
/// The longest that it may take: 100 MB at 30 kB/s.
const PACKAGE_WITHIN: Duration = Duration::from_secs(3_600);
/// The longest without a byte of it.
const SILENCE: Duration = Duration::from_secs(30);
const CONNECT: Duration = Duration::from_secs(10);
/// How often a download moves on to another host.
const REDIRECTS: usize = 5;
/// Bytes between two words of how far it is.
const STEP: u64 = 256 << 10;

/// May newer versions be asked for there? A debug build may also ask a server on this machine, without TLS.
pub(super) fn may_be_asked(address: &Url) -> bool {
    address.scheme() == "https" || is_near(address)
}

fn is_near(address: &Url) -> bool {
    cfg!(debug_assertions) && address.scheme() == "http" && address.host_str() == Some("127.0.0.1")
}

/// Reads the manifest; none when the server says that there is nothing new.
pub(super) async fn manifest(address: &Url) -> Result<Option<Value>, Failure> {
    let reading = async {
        let response = ask(address).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(None);
        }
        let body = read(response, MANIFEST_CAP, |_| ()).await?;
        serde_json::from_slice(&body).map(Some).map_err(unreadable)
    };
    tokio::time::timeout(MANIFEST_WITHIN, reading).await.map_err(unreachable)?
}

/// Downloads a version into memory, and tells how far it is.
pub(super) async fn package(
    address: &Url,
    tell: impl FnMut(UpdateProgress) + Send,
) -> Result<Vec<u8>, Failure> {
    let loading = async { read(ask(address).await?, PACKAGE_CAP, tell).await };
    tokio::time::timeout(PACKAGE_WITHIN, loading).await.map_err(unreachable)?
}

async fn ask(address: &Url) -> Result<Response, Failure> {
    if !may_be_asked(address) {
        return Err(unreadable("an address without TLS"));
    }
    let response = client(is_near(address)).map_err(unreachable)?.get(address.clone()).send().await;
    response.and_then(Response::error_for_status).map_err(unreachable)
}

/// A client for one call: there is one in a month.
fn client(near: bool) -> reqwest::Result<Client> {
    // Neither version nor system: nobody needs them to hand over a file.
    let client = Client::builder()
        .user_agent("Kaibo")
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .redirect(redirect::Policy::limited(REDIRECTS))
        .referer(false)
        .no_gzip();
    if near { client.no_proxy().build() } else { client.https_only(true).build() }
}

async fn read(
    mut response: Response,
    cap: usize,
    mut tell: impl FnMut(UpdateProgress) + Send,
) -> Result<Vec<u8>, Failure> {
    let of = response.content_length();
    let fits = |length: u64| usize::try_from(length).is_ok_and(|length| length <= cap);
    if !of.is_none_or(fits) {
        return Err(unreadable("larger than anything that is expected"));
    }
    let mut body = Vec::new();
    let mut told = 0;
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if chunk.len() > cap - body.len() {
            return Err(unreadable("larger than anything that is expected"));
        }
        body.extend_from_slice(&chunk);
        let received = body.len() as u64;
        if received - told >= STEP || Some(received) == of {
            told = received;
            tell(UpdateProgress { received, of });
        }
    }
    Ok(body)
}

fn unreachable(why: impl Into<Box<dyn Error + Send + Sync>>) -> Failure {
    Failure::new(ProblemCode::UpdateUnreachable).because(why)
}

fn unreadable(why: impl Into<Box<dyn Error + Send + Sync>>) -> Failure {
    Failure::new(ProblemCode::UpdateUnreadable).because(why)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A server that answers one call with these bytes, again and again as often as told, and hangs up.
    fn answering(head: &str, part: Vec<u8>, times: usize) -> Url {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/latest.json", listener.local_addr().unwrap());
        let head = head.to_owned();
        std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
            // Whoever has heard enough hangs up.
            let _ = socket.write_all(head.as_bytes());
            for _ in 0..times {
                if socket.write_all(&part).is_err() {
                    return;
                }
            }
        });
        address.parse().unwrap()
    }

    const OPEN: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";

    async fn code(address: &Url) -> ProblemCode {
        manifest(address).await.unwrap_err().code
    }

    #[tokio::test]
    async fn a_manifest_is_read_and_nothing_new_is_nothing() {
        let word = manifest(&answering(OPEN, b"{\"version\":\"1.0.0\"}".to_vec(), 1)).await.unwrap();
        assert_eq!(word.unwrap()["version"], "1.0.0");
        let none = answering("HTTP/1.1 204 No Content\r\n\r\n", Vec::new(), 0);
        assert_eq!(manifest(&none).await.unwrap(), None);
    }

    #[tokio::test]
    async fn fifty_megabytes_are_no_manifest() {
        assert_eq!(code(&answering(OPEN, vec![b' '; 1 << 20], 50)).await, ProblemCode::UpdateUnreadable);
        let told = "HTTP/1.1 200 OK\r\ncontent-length: 52428800\r\n\r\n";
        assert_eq!(code(&answering(told, Vec::new(), 0)).await, ProblemCode::UpdateUnreadable);
    }

    #[tokio::test]
    async fn what_is_no_json_is_unreadable_and_a_refusal_unreachable() {
        for bad in ["<html>", "", "{", &"[".repeat(60_000)] {
            let address = answering(OPEN, bad.as_bytes().to_vec(), 1);
            assert_eq!(code(&address).await, ProblemCode::UpdateUnreadable, "{}", &bad[..bad.len().min(9)]);
        }
        let cut = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}";
        let refused = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
        let away = "HTTP/1.1 302 Found\r\nlocation: /latest.json\r\ncontent-length: 0\r\n\r\n";
        for head in [cut, refused, away] {
            assert_eq!(code(&answering(head, Vec::new(), 0)).await, ProblemCode::UpdateUnreachable, "{head}");
        }
        let nobody = "http://127.0.0.1:1/latest.json".parse().unwrap();
        assert_eq!(code(&nobody).await, ProblemCode::UpdateUnreachable);
        let bare = "http://kaibo.example/latest.json".parse().unwrap();
        assert_eq!(code(&bare).await, ProblemCode::UpdateUnreadable, "nothing is asked without TLS");
    }

    /// Time goes on whenever nothing else does, so that each deadline is there at once.
    #[tokio::test(start_paused = true)]
    async fn a_server_that_drips_ends_within_the_deadline() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/latest.json", listener.local_addr().unwrap()).parse().unwrap();
        tokio::spawn(async move {
            let (mut socket, _) = listener.accept().await.unwrap();
            assert!(socket.read(&mut [0; 4096]).await.unwrap() > 0);
            let _ = socket.write_all(OPEN.as_bytes()).await;
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if socket.write_all(b" ").await.is_err() {
                    return;
                }
            }
        });
        let before = tokio::time::Instant::now();
        assert_eq!(code(&address).await, ProblemCode::UpdateUnreachable);
        assert!(before.elapsed() <= MANIFEST_WITHIN + Duration::from_secs(1), "{:?}", before.elapsed());
    }

    #[tokio::test]
    async fn a_download_tells_how_far_it_is() {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", 3 << 20);
        let mut told = Vec::new();
        let address = answering(&head, vec![7; 1 << 20], 3);
        let body = package(&address, |so_far| told.push(so_far)).await.unwrap();
        assert_eq!(body, vec![7; 3 << 20]);
        assert!(told.len() > 2 && told.len() <= 13, "{told:?}");
        assert_eq!(told.last(), Some(&UpdateProgress { received: 3 << 20, of: Some(3 << 20) }));
        let much = "HTTP/1.1 200 OK\r\ncontent-length: 500000000\r\n\r\n";
        let refused = package(&answering(much, Vec::new(), 0), |_| ()).await.unwrap_err();
        assert_eq!(refused.code, ProblemCode::UpdateUnreadable);
    }
}
