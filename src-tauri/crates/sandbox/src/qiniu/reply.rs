//! Replies in the form Qiniu's server writes them.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine as _;
use serde::Serialize;
use serde_json::Value;

use super::model::{Live, Status, UNSET, User};
use super::records::{HUB, Store, stream};

const JSON: &str = "application/json; charset=utf-8";
/// A request that can't be parsed is answered before the type is set.
const TEXT: &str = "text/plain; charset=utf-8";

/// An answer: HTTP status, type and body.
pub(super) struct Reply {
    pub(super) status: u16,
    kind: Option<&'static str>,
    location: Option<String>,
    body: String,
}

impl Reply {
    fn plain(status: u16, kind: &'static str, body: &str) -> Self {
        Self { status, kind: Some(kind), location: None, body: body.to_owned() }
    }

    /// No such path, or not by this method.
    pub(super) fn no_route() -> Self {
        Self::plain(404, "text/plain", "404 page not found")
    }

    /// The path without its last slash.
    pub(super) fn moved(get: bool, to: &str) -> Self {
        let (status, kind, body) = if get {
            let body = format!("<a href=\"{to}\">Moved Permanently</a>.\n\n");
            (301, Some("text/html; charset=utf-8"), body)
        } else {
            (307, None, String::new())
        };
        Self { status, kind, location: Some(to.to_owned()), body }
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or_default();
        let mut header = |name: HeaderName, value: Option<HeaderValue>| {
            if let Some(value) = value {
                response.headers_mut().insert(name, value);
            }
        };
        header(CONTENT_TYPE, self.kind.map(HeaderValue::from_static));
        header(LOCATION, self.location.and_then(|to| HeaderValue::from_str(&to).ok()));
        response
    }
}

#[derive(Serialize)]
struct Envelope<'a> {
    request_id: &'a str,
    code: u32,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a Value>,
}

/// Writes the replies to one request.
pub(super) struct Writer {
    pub(super) request_id: String,
    /// What the live routes call success: 200 in truth, 0 in the documents.
    pub(super) live_success: u32,
}

impl Writer {
    fn write(
        &self,
        status: u16,
        kind: &'static str,
        code: u32,
        message: &str,
        data: Option<&Value>,
    ) -> Reply {
        let envelope = Envelope { request_id: &self.request_id, code, message, data };
        let body = go_escaped(&serde_json::to_string(&envelope).unwrap_or_default());
        Reply { status, kind: Some(kind), location: None, body }
    }

    /// Success of a live route.
    pub(super) fn live(&self, data: Option<&Value>) -> Reply {
        self.write(200, JSON, self.live_success, "success", data)
    }

    /// Success of any other route.
    pub(super) fn done(&self, data: Option<&Value>) -> Reply {
        self.write(200, JSON, 0, "success", data)
    }

    pub(super) fn refused(&self, status: u16, code: u32, message: &str) -> Reply {
        self.write(status, JSON, code, message, None)
    }

    /// The request couldn't be parsed: JSON, but told to be text.
    pub(super) fn unparsable(&self, message: &str) -> Reply {
        self.write(400, TEXT, 400, message, None)
    }
}

/// Go's JSON writes these five characters as escapes. They stand in JSON only within strings.
fn go_escaped(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for char in json.chars() {
        match char {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.extend(format!("\\u{:04x}", u32::from(char)).chars());
            }
            other => out.push(other),
        }
    }
    out
}

/// 12 random bytes, as the server's own request ids.
pub(super) fn request_id() -> String {
    let bytes: [u8; 12] = std::array::from_fn(|_| fastrand::u8(..));
    base64::engine::general_purpose::URL_SAFE.encode(bytes)
}

#[derive(Serialize)]
struct UserInfo<'a> {
    user_id: &'a str,
    nick: &'a str,
    avatar: &'a str,
    extends: &'a Option<BTreeMap<String, String>>,
    im_userid: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    im_username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    im_password: Option<&'a str>,
}

/// How much of a user is told.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Detail {
    Info,
    /// With the chat name.
    Listed,
    /// With the chat name and its password.
    Profile,
}

pub(super) fn user(user: &User, detail: Detail) -> Value {
    let info = UserInfo {
        user_id: &user.id,
        nick: &user.nick,
        avatar: &user.avatar,
        extends: &user.extends,
        im_userid: user.im_userid,
        im_username: (detail != Detail::Info).then(|| format!("ql{}", user.id)),
        im_password: (detail == Detail::Profile).then_some("sandbox-im-password"),
    };
    serde_json::to_value(info).unwrap_or_default()
}

/// Which figures a route tells: the server routes know none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Figures {
    None,
    /// Whether the anchor is in the room.
    Anchor,
    /// That and the head count.
    All,
}

/// A live as the routes tell it.
pub(super) struct LiveView<'a> {
    pub(super) store: &'a Store,
    /// `rtmp://127.0.0.1:PORT`
    pub(super) ingest: &'a str,
    pub(super) figures: Figures,
    /// Just created: then an unset start is told like an unset end.
    pub(super) fresh: bool,
    pub(super) room_token: String,
    /// Told as the anchor whoever it is (a search shows the caller).
    pub(super) anchor: Option<&'a User>,
}

impl LiveView<'_> {
    pub(super) fn of(&self, live: &Live) -> Value {
        let unknown = User { id: live.anchor.clone(), ..User::default() };
        let anchor = self.anchor.or_else(|| self.store.user(&live.anchor)).unwrap_or(&unknown);
        let in_room = self.figures != Figures::None && self.store.is_in(&live.id, &live.anchor);
        let online = if self.figures == Figures::All { self.store.present(&live.id).len() } else { 0 };
        let name = stream(&live.id);
        let mut data = serde_json::json!({
            "live_id": live.id,
            "title": live.title,
            "notice": live.notice,
            "cover_url": live.cover_url,
            "extends": live.extends,
            "anchor_info": user(anchor, Detail::Info),
            "anchor_status": u8::from(in_room),
            "room_token": self.room_token,
            "pk_id": "",
            "online_count": online,
            "start_time": live.start.unwrap_or(if self.fresh { UNSET } else { 0 }),
            "end_time": live.end.unwrap_or(UNSET),
            "chat_id": live.chat_id,
            "push_url": format!("{}/{HUB}/{name}?{}", self.ingest, live.push_query),
            "hls_url": format!("https://pili-hls.sandbox.invalid/{HUB}/{name}.m3u8"),
            "rtmp_url": format!("rtmp://pili-rtmp.sandbox.invalid/{HUB}/{name}"),
            "flv_url": format!("https://pili-hdl.sandbox.invalid/{HUB}/{name}.flv"),
            "pv": 0,
            "uv": 0,
            "total_count": 0,
            "total_mics": 0,
            "live_status": live.status as u8,
        });
        if let (Some(stopped), Some(data)) = (&live.stopped, data.as_object_mut()) {
            data.insert("stop_reason".into(), stopped.reason.into());
            data.insert("stop_user_id".into(), stopped.user.clone().into());
            data.insert("stop_at".into(), stopped.at.into());
        }
        data
    }
}

/// The statistics of one live.
pub(super) fn statistics(live: &Live) -> Value {
    let likes = live.likes.values().sum::<u64>();
    let rows = [
        ("Live", live.joins, live.visitors.len()),
        ("Item", 0, 0),
        ("Comment", 0, 0),
        ("Relay", 0, 0),
        ("Mic", 0, 0),
        ("Like", likes, live.likes.len()),
        ("Gift", 0, 0),
    ];
    let rows: Vec<_> = rows
        .into_iter()
        .enumerate()
        .map(|(at, (what, views, visitors))| {
            serde_json::json!({
                "type": at + 1,
                "type_description": what,
                "page_view": views,
                "unique_visitor": visitors,
            })
        })
        .collect();
    serde_json::json!({ "flow": "", "info": rows })
}

/// A status as the rooms of [`crate::Control`] tell it.
pub(super) fn status_word(status: Status) -> &'static str {
    match status {
        Status::Created => "0",
        Status::Live => "1",
        Status::Ended => "2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_go_does() {
        let writer = Writer { request_id: "r".into(), live_success: 200 };
        let reply = writer.live(Some(&serde_json::json!({ "title": "<b>&'\"\\" })));
        assert_eq!(
            reply.body,
            r#"{"request_id":"r","code":200,"message":"success","data":{"title":"\u003cb\u003e\u0026'\"\\"}}"#
        );
    }
}
