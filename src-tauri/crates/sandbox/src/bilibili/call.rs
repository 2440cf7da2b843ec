//! A request to Bilibili's API as it arrived, and the forms of its replies.

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::sign::pairs;
use crate::multipart::{Part, parts};

/// A request. Parameters of a POST are those of its form, of a GET those of its query.
pub(super) struct Call {
    pub(super) get: bool,
    pub(super) path: String,
    pub(super) query: String,
    /// The body as sent, when it is an urlencoded form.
    pub(super) form: String,
    params: Vec<(String, String)>,
    parts: Vec<Part>,
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
        let parts = parts(text(CONTENT_TYPE), body);
        let params = if get { pairs(&query) } else { super::form::fields(text(CONTENT_TYPE), body, &parts) };
        Self { get, path: uri.path().to_owned(), query, form, params, parts, cookies, now_ms }
    }

    /// A parameter, if it was sent; of a repeated one the first.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A file that was sent in a form.
    pub(super) fn file(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name && part.file.is_some())
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

/// What a reply holds.
enum Content {
    Json(Value),
    Page(String),
    Png(Vec<u8>),
    Jpeg(Vec<u8>),
}

/// A reply; all but a missing path come with HTTP 200.
pub(super) struct Reply {
    status: StatusCode,
    content: Content,
    cookies: Vec<String>,
}

impl Reply {
    fn with(status: StatusCode, content: Content) -> Self {
        Self { status, content, cookies: Vec::new() }
    }

    /// JSON in a form of its own.
    pub(super) fn plain(reply: Value) -> Self {
        Self::with(StatusCode::OK, Content::Json(reply))
    }

    /// As the old room services write it.
    pub(super) fn old(code: i64, message: &str, data: Value) -> Self {
        let mut reply = json!({ "code": code, "msg": message, "message": message });
        reply["data"] = data;
        Self::plain(reply)
    }

    /// As `xlive` and the main site write it.
    pub(super) fn new(code: i64, message: &str, data: Value) -> Self {
        let mut reply = json!({ "code": code, "message": message, "ttl": 1 });
        reply["data"] = data;
        Self::plain(reply)
    }

    pub(super) fn done(data: Value) -> Self {
        Self::new(0, "0", data)
    }

    pub(super) fn bad_request() -> Self {
        Self::new(-400, "请求错误", Value::Null)
    }

    pub(super) fn no_such_path() -> Self {
        let reply = json!({ "code": -404, "message": "啥都木有", "ttl": 1 });
        Self::with(StatusCode::NOT_FOUND, Content::Json(reply))
    }

    /// A web page.
    pub(super) fn page(html: &str) -> Self {
        Self::with(StatusCode::OK, Content::Page(html.to_owned()))
    }

    /// The web's own way to say that there is nothing.
    pub(super) fn no_such_page() -> Self {
        let html = "<!doctype html><html><head><meta charset=\"utf-8\"><title>出错啦</title></head>\
                    <body><div class=\"error-panel\">404</div></body></html>";
        Self::with(StatusCode::NOT_FOUND, Content::Page(html.to_owned()))
    }

    pub(super) fn png(picture: Vec<u8>) -> Self {
        Self::with(StatusCode::OK, Content::Png(picture))
    }

    pub(super) fn jpeg(picture: Vec<u8>) -> Self {
        Self::with(StatusCode::OK, Content::Jpeg(picture))
    }

    /// The same with these `Set-Cookie` headers.
    pub(super) fn setting(self, cookies: Vec<String>) -> Self {
        Self { cookies, ..self }
    }

    #[cfg(test)]
    pub(super) fn into_json(self) -> Value {
        let Content::Json(reply) = self.content else { panic!("JSON expected") };
        reply
    }

    pub(super) fn into_response(self) -> Response {
        let (kind, body) = match self.content {
            Content::Json(reply) => ("application/json; charset=utf-8", Body::from(reply.to_string())),
            Content::Page(html) => ("text/html; charset=utf-8", Body::from(html)),
            Content::Png(picture) => ("image/png", Body::from(picture)),
            Content::Jpeg(picture) => ("image/jpeg", Body::from(picture)),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        for cookie in self.cookies.iter().filter_map(|cookie| HeaderValue::from_str(cookie).ok()) {
            headers.append(SET_COOKIE, cookie);
        }
        response
    }
}
