//! An account's picture, fetched for the window: the web view itself loads nothing from the network.

use kaibo_live::driver::{Outcome, Picture};
use kaibo_live::problem::{Failure, ProblemCode, UnreadableHow};
use reqwest::Method;
use url::Url;

use crate::connect::is_loopback;
use crate::http::{Call, Http};

/// The most that is read of a picture, bytes.
const CAP: usize = 512 * 1024;

/// Fetches a picture, without credentials. Over `https`, or plain `http` on this machine; plain `http`
/// elsewhere is asked for by `https`. What isn't a picture is `Unreadable`; an address of another form is
/// `NotFound`.
pub(crate) async fn fetch(http: &Http, url: &str) -> Outcome<Picture> {
    let missing = || Failure::new(ProblemCode::NotFound).at(http.platform());
    let url = address(url).ok_or_else(missing)?;
    let reply = http.send(Call::read(Method::GET, url).cap(CAP).elsewhere()).await?;
    if !reply.status.is_success() {
        return Err(missing().said(format!("HTTP {}", reply.status.as_u16()), ""));
    }
    let mime = kind(&reply.body).ok_or_else(|| reply.unreadable(UnreadableHow::Malformed, None))?;
    Ok(Picture { mime, bytes: reply.body.to_vec() })
}

fn address(url: &str) -> Option<Url> {
    let mut url = Url::parse(url).ok()?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => url.set_scheme("https").ok()?,
        _ => return None,
    }
    Some(url)
}

/// By the first bytes, whatever the server calls it. No SVG: it is a program.
fn kind(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("image/png")
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        Some("image/jpeg")
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        Some("image/gif")
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Some("image/webp")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kaibo_live::platform::Platform;
    use wiremock::matchers::any;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::http::Redirects;
    use crate::testing::FixedClock;

    fn http() -> Http {
        Http::new(Platform::Weibo, Redirects::SameHost, Arc::new(FixedClock::default()))
    }

    async fn served(status: u16, bytes: &[u8]) -> Outcome<Picture> {
        let server = MockServer::start().await;
        // The server's word for it is wrong on purpose.
        let answer = ResponseTemplate::new(status).set_body_raw(bytes, "text/html");
        Mock::given(any()).respond_with(answer).expect(1).mount(&server).await;
        fetch(&http(), &format!("{}/a.svg?size=180", server.uri())).await
    }

    #[tokio::test]
    async fn the_four_kinds_are_told_by_their_bytes() {
        for (bytes, mime) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], "image/png"),
            (b"\xff\xd8\xff\xe0....", "image/jpeg"),
            (b"GIF89a....", "image/gif"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        ] {
            let picture = served(200, bytes).await.unwrap();
            assert_eq!((picture.mime, picture.bytes.as_slice()), (mime, bytes));
        }
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        for bytes in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
            b"",
            b"RIFF\0\0\0\0AVI ",
            b"\x89PN",
            b"%PDF-1",
        ] {
            let code = served(200, bytes).await.unwrap_err().code;
            assert_eq!(code, ProblemCode::Unreadable { how: UnreadableHow::Malformed });
        }
        let png = b"\x89PNG\r\n\x1a\n";
        assert_eq!(served(404, png).await.unwrap_err().code, ProblemCode::NotFound);
        let mut huge = png.to_vec();
        huge.resize(CAP + 1, 0);
        let too_large = ProblemCode::Unreadable { how: UnreadableHow::TooLarge };
        assert_eq!(served(200, &huge).await.unwrap_err().code, too_large);
        huge.truncate(CAP);
        assert_eq!(served(200, &huge).await.unwrap().bytes.len(), CAP);
    }

    #[tokio::test]
    async fn nothing_says_who_asks() {
        let server = MockServer::start().await;
        let answer = ResponseTemplate::new(200).set_body_bytes(b"GIF89a");
        Mock::given(any()).respond_with(answer).mount(&server).await;
        fetch(&http(), &server.uri()).await.unwrap();
        let requests = server.received_requests().await.unwrap();
        for name in ["cookie", "authorization", "referer"] {
            assert!(!requests[0].headers.contains_key(name), "{name}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        let at = |url: &str| address(url).map(String::from);
        assert_eq!(at("https://i.example/a.jpg").as_deref(), Some("https://i.example/a.jpg"));
        assert_eq!(at("http://127.0.0.1:9/a").as_deref(), Some("http://127.0.0.1:9/a"));
        assert_eq!(at("http://i.example/a.jpg").as_deref(), Some("https://i.example/a.jpg"));
        for bad in [
            "",
            "a.jpg",
            "//i.example/a",
            "file:///etc/passwd",
            "data:image/png;base64,AA",
            "https://u:p@i.example/",
        ] {
            assert_eq!(at(bad), None, "{bad}");
        }
    }
}
