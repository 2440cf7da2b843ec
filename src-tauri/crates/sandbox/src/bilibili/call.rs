//! A request to Bilibili's API as it arrived, and the two forms of its replies.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::sign::pairs;

/// A request. Parameters of a POST are those of its form, of a GET those of its query.
pub(super) struct Call {
    pub(super) get: bool,
    pub(super) path: String,
    pub(super) query: String,
    /// The body as sent, when it is a form.
    pub(super) form: String,
    params: Vec<(String, String)>,
    cookies: Vec<(String, String)>,
    pub(super) now_ms: i64,
}

impl Call {
    pub(super) fn new(
        get: bool,
        uri: &axum::http::Uri,
        headers: &HeaderMap,
        body: &[u8],
        now_ms: i64,
    ) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_form = text(CONTENT_TYPE).starts_with("application/x-www-form-urlencoded");
        let form = if is_form { String::from_utf8_lossy(body).into_owned() } else { String::new() };
        let query = uri.query().unwrap_or_default().to_owned();
        let mut cookies = Vec::new();
        for header in headers.get_all(COOKIE).iter().filter_map(|header| header.to_str().ok()) {
            let all = header.split(';').filter_map(|pair| pair.trim().split_once('='));
            cookies.extend(all.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        let params = pairs(if get { &query } else { &form });
        Self { get, path: uri.path().to_owned(), query, form, params, cookies, now_ms }
    }

    /// A parameter, if it was sent; of a repeated one the first.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be sent and hold something.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.param(name).filter(|value| !value.is_empty())
    }

    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.param(name)?.parse().ok()
    }

    /// A cookie, byte for byte.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Unix seconds.
    pub(super) fn now(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }
}

/// A reply; all but a missing path come with HTTP 200.
pub(super) struct Reply(StatusCode, Value);

impl Reply {
    /// As the old room services write it.
    pub(super) fn old(code: i64, message: &str, data: Value) -> Self {
        let mut reply = json!({ "code": code, "msg": message, "message": message });
        reply["data"] = data;
        Self(StatusCode::OK, reply)
    }

    /// As `xlive` and the main site write it.
    pub(super) fn new(code: i64, message: &str, data: Value) -> Self {
        let mut reply = json!({ "code": code, "message": message, "ttl": 1 });
        reply["data"] = data;
        Self(StatusCode::OK, reply)
    }

    pub(super) fn done(data: Value) -> Self {
        Self::new(0, "0", data)
    }

    pub(super) fn bad_request() -> Self {
        Self::new(-400, "请求错误", Value::Null)
    }

    pub(super) fn no_such_path() -> Self {
        Self(StatusCode::NOT_FOUND, json!({ "code": -404, "message": "啥都木有", "ttl": 1 }))
    }

    #[cfg(test)]
    pub(super) fn into_json(self) -> Value {
        self.1
    }

    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.1.to_string()));
        *response.status_mut() = self.0;
        let kind = HeaderValue::from_static("application/json; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, kind);
        response
    }
}
