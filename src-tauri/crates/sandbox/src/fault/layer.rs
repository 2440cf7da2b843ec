//! The layer around a platform's router that plays the faults and records the calls.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::stream;

use super::{CallRecord, Fault};
use crate::house::House;
use crate::listen::Wire;

/// How long a body is held before its connection is cut, so that the first half is surely sent.
const BEFORE_CUT: Duration = Duration::from_millis(50);
/// The size of [`Fault::Huge`], in bytes.
const HUGE: usize = 50 * 1024 * 1024;
/// The depth of [`Fault::Deep`].
const DEEP: usize = 10_000;
/// The largest answer of our own that is held to be cut.
const HELD: usize = 16 * 1024 * 1024;

/// Wraps `router`, the one of `platform`.
pub(crate) fn layer(router: Router, house: &Arc<House>, platform: &'static str) -> Router {
    router.layer(from_fn_with_state((house.clone(), platform), play))
}

async fn play(
    State((house, platform)): State<(Arc<House>, &'static str)>,
    ConnectInfo(wire): ConnectInfo<Wire>,
    request: Request,
    next: Next,
) -> Response {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let fault = house.faults.take(platform, &path);
    let answer = match fault {
        None => Some(next.run(request).await),
        Some(Fault::Held { carried_out }) => {
            if carried_out {
                next.run(request).await;
            }
            house.calls.add(platform, CallRecord { method, path, status: 0 });
            return std::future::pending().await;
        }
        Some(fault) => distort(fault, request, next).await,
    };
    let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
    house.calls.add(platform, CallRecord { method, path, status });
    answer.unwrap_or_else(|| {
        wire.cut();
        StatusCode::OK.into_response()
    })
}

/// The answer as the fault makes it; none when the connection shall be cut.
async fn distort(fault: Fault, request: Request, next: Next) -> Option<Response> {
    let json = "application/json; charset=utf-8";
    Some(match fault {
        Fault::Status(status) => answer(status, "text/plain; charset=utf-8", "out of order".into()),
        Fault::Busy { retry_after_s } => {
            let mut response = answer(429, "text/plain; charset=utf-8", "too many calls".into());
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
            response
        }
        Fault::Delay(time) => {
            tokio::time::sleep(time).await;
            next.run(request).await
        }
        Fault::CutBeforeHeaders | Fault::Held { .. } => return None,
        Fault::LostAnswer => {
            next.run(request).await;
            return None;
        }
        Fault::CutInBody => cut_in_body(next.run(request).await).await,
        Fault::Truncate => {
            let (mut parts, bytes) = held(next.run(request).await).await;
            parts.headers.remove(header::CONTENT_LENGTH);
            Response::from_parts(parts, Body::from(bytes.slice(..bytes.len() / 2)))
        }
        Fault::Html => answer(200, "text/html; charset=utf-8", PORTAL.into()),
        Fault::Garbage => {
            // Begins as JSON does, for readers that sniff.
            let noise = std::iter::once(b'{').chain(std::iter::repeat_with(|| fastrand::u8(..)).take(2047));
            answer(200, json, noise.collect::<Vec<u8>>().into())
        }
        Fault::Huge => answer(200, json, huge()),
        Fault::Deep => answer(200, json, ["[".repeat(DEEP), "]".repeat(DEEP)].concat().into()),
        Fault::Answer { status, content_type, body } => answer(status, &content_type, body.into()),
    })
}

const PORTAL: &str = "<!doctype html><html><head><title>Wi-Fi</title></head>\
    <body><h1>请先登录 Wi-Fi</h1><p>Sign in to use this network.</p></body></html>";

fn answer(status: u16, content_type: &str, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if let Ok(value) = HeaderValue::from_str(content_type) {
        response.headers_mut().insert(header::CONTENT_TYPE, value);
    }
    response
}

async fn held(response: Response) -> (axum::http::response::Parts, Bytes) {
    let (parts, body) = response.into_parts();
    (parts, to_bytes(body, HELD).await.unwrap_or_default())
}

async fn cut_in_body(response: Response) -> Response {
    let (mut parts, bytes) = held(response).await;
    parts.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    let half = bytes.slice(..bytes.len() / 2);
    let body = stream::unfold(Some(half), |half| async move {
        if let Some(half) = half {
            return Some((Ok(half), None));
        }
        tokio::time::sleep(BEFORE_CUT).await;
        Some((Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)), None))
    });
    Response::from_parts(parts, Body::from_stream(body))
}

/// JSON of one long string, made while it is sent.
fn huge() -> Body {
    const PIECE: usize = 64 * 1024;
    let piece = Bytes::from(vec![b'a'; PIECE]);
    let pieces = std::iter::repeat_n(piece, HUGE / PIECE);
    let whole = std::iter::once(Bytes::from_static(b"{\"data\":\""))
        .chain(pieces)
        .chain(std::iter::once(Bytes::from_static(b"\"}")));
    Body::from_stream(stream::iter(whole.map(Ok::<_, std::io::Error>)))
}
