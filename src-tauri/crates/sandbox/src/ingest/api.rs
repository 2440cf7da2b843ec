//! The ingest's HTTP API, in the form that the SRS media server offers:
//! <https://ossrs.net/lts/en-us/docs/v6/doc/http-api>.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::{Ingest, Meter};

pub(crate) fn router(ingest: Ingest) -> Router {
    Router::new()
        .route("/api/v1/streams/", get(streams))
        .route("/api/v1/streams", get(streams))
        .with_state(ingest)
}

async fn streams(State(ingest): State<Ingest>, Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let number = |name: &str, default: usize| query.get(name).and_then(|v| v.parse().ok()).unwrap_or(default);
    // SRS gives ten streams unless asked for more.
    let (start, count) = (number("start", 0), number("count", 10).min(1000));
    let streams = ingest.streams().into_iter().enumerate().skip(start).take(count);
    let streams: Vec<Value> = streams.map(|(at, stream)| row(at, &stream)).collect();
    Json(json!({ "code": 0, "server": "vid-kaibo", "streams": streams }))
}

fn row(at: usize, (app, name, meter): &(String, String, Meter)) -> Value {
    let video = meter.video_codec.map(|codec| {
        json!({ "codec": codec, "width": meter.width.unwrap_or(0), "height": meter.height.unwrap_or(0) })
    });
    let audio = (meter.audio_messages > 0).then(|| json!({ "codec": "AAC" }));
    json!({
        "id": format!("vid-{at}"),
        "name": name,
        "vhost": "vid-default",
        "app": app,
        "url": format!("/{app}/{name}"),
        "clients": u8::from(meter.publishing),
        "frames": meter.video_messages,
        "send_bytes": 0,
        "recv_bytes": meter.bytes,
        "kbps": { "recv_30s": meter.kbps, "send_30s": 0 },
        "publish": { "active": meter.publishing, "cid": format!("vid-{at}") },
        "video": video,
        "audio": audio,
    })
}
