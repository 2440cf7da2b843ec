//! Requests in, envelopes out, and who may call: <https://open.weibo.com/wiki/Error_code>.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::house::{Dialect, House};

/// What a call does.
pub(super) type Act = fn(&Arc<House>, &Call) -> Result<Value, Refused>;

/// An error of Weibo's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) code: u32,
    text: String,
    /// In words, where signing in adds them.
    description: Option<&'static str>,
}

impl Refused {
    pub(super) fn new(code: u32, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), description: None }
    }

    /// An error of signing in, which has a word of its own and a description.
    pub(super) fn oauth(code: u32) -> Self {
        let (word, description) = match code {
            21321 => ("unauthorized_app", "the app is not reviewed and the user none of its test users"),
            21322 => ("redirect_uri_mismatch", "redirect_uri is not the registered one"),
            21324 => ("invalid_client", "client_id or client_secret is wrong"),
            21325 => ("invalid_grant", "the code is unknown, used up, or too old"),
            21326 => ("unauthorized_client", "this app may not use this grant_type"),
            21327 => ("expired_token", "the token has expired"),
            21328 => ("unsupported_grant_type", "grant_type is none that is known"),
            21329 => ("unsupported_response_type", "response_type is none that is known"),
            21330 => ("access_denied", "the user or the server refused"),
            21332 => ("invalid_access_token", "no such token"),
            _ => ("invalid_request", "a parameter is missing or wrong"),
        };
        Self { code, text: word.to_owned(), description: Some(description) }
    }

    /// What the envelope calls `error`.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What the envelope calls `error_description`; empty when it has none.
    pub(super) fn description(&self) -> &str {
        self.description.unwrap_or_default()
    }

    /// The HTTP status. The documents name none; captured replies have 400 mostly and 403 for what the
    /// caller isn't allowed.
    fn status(&self) -> StatusCode {
        match self.code {
            10020 => StatusCode::NOT_FOUND,
            10021 => StatusCode::METHOD_NOT_ALLOWED,
            10022..=10024 | 20013 | 21321 | 21335 => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn response(&self, path: &str, dialect: Dialect) -> Response {
        let code = match dialect {
            // The documents print the code as text; captured bodies carry a number.
            Dialect::Documented => Value::from(self.code.to_string()),
            Dialect::Corrected => Value::from(self.code),
        };
        let mut body = json!({ "request": path, "error_code": code, "error": self.text });
        if path.starts_with("/oauth2/") {
            body["error_uri"] = path.into();
            body["error_description"] = self.description().into();
        }
        (self.status(), Json(body)).into_response()
    }
}

/// A call's fields.
pub(super) struct Call {
    fields: BTreeMap<String, String>,
    pub(super) dialect: Dialect,
}

impl Call {
    pub(super) fn new(fields: BTreeMap<String, String>, dialect: Dialect) -> Self {
        Self { fields, dialect }
    }

    /// A field that must be there; empty counts as absent.
    pub(super) fn required(&self, name: &str) -> Result<&str, Refused> {
        self.given(name).ok_or_else(|| Refused::new(20003, format!("post param loss: {name}")))
    }

    /// An optional field. The official apps send empty ones for what they leave alone.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A field as it came, empty or not.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// An optional field with a closed set of values.
    pub(super) fn one_of(
        &self,
        name: &str,
        values: &[&'static str],
    ) -> Result<Option<&'static str>, Refused> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let known = values.iter().find(|known| **known == value).copied();
        known.map(Some).ok_or_else(|| bad_value(name, value))
    }

    /// An optional address of the web.
    pub(super) fn web_address(&self, name: &str) -> Result<Option<String>, Refused> {
        let Some(value) = self.given(name) else { return Ok(None) };
        let good = url::Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if good { Ok(Some(value.to_owned())) } else { Err(bad_value(name, value)) }
    }
}

/// 10017.
pub(super) fn bad_value(name: &str, value: &str) -> Refused {
    let shown: String = value.chars().take(40).collect();
    Refused::new(10017, format!("parameter ({name})'s value invalid, but get ({shown})"))
}

/// Reads a call, checks who makes it, carries it out.
pub(super) async fn run(State(house): State<Arc<House>>, request: Request, act: Act) -> Response {
    let path = request.uri().path().to_owned();
    let dialect = house.dialect("weibo");
    let outcome = match read(request, dialect).await {
        Ok(call) => admit(&house, &call, &path).and_then(|()| act(&house, &call)),
        Err(refused) => Err(refused),
    };
    answer(outcome, &path, dialect)
}

/// Carries out a call of signing in: its fields stand in the query, in a form, or in both, and nobody is
/// asked for a token.
pub(super) async fn run_open(State(house): State<Arc<House>>, request: Request, act: Act) -> Response {
    let path = request.uri().path().to_owned();
    let dialect = house.dialect("weibo");
    let mut raw = request.uri().query().unwrap_or_default().to_owned();
    let has_body = request.headers().contains_key(header::CONTENT_TYPE);
    let outcome = async {
        if request.method() != Method::GET && has_body {
            raw.push('&');
            raw.push_str(&String::from_utf8_lossy(&form(request).await?));
        }
        act(&house, &parse(raw.as_bytes(), dialect)?)
    };
    answer(outcome.await, &path, dialect)
}

pub(super) fn answer(outcome: Result<Value, Refused>, path: &str, dialect: Dialect) -> Response {
    match outcome {
        Ok(reply) => Json(reply).into_response(),
        Err(refused) => refused.response(path, dialect),
    }
}

/// The fields: of the body for POST, of the query for GET.
pub(super) async fn read(request: Request, dialect: Dialect) -> Result<Call, Refused> {
    if request.method() == Method::GET {
        return parse(request.uri().query().unwrap_or_default().as_bytes(), dialect);
    }
    parse(&form(request).await?, dialect)
}

/// The body, which must be a form.
async fn form(request: Request) -> Result<Bytes, Refused> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Refused::new(10007, format!("unsupport mediatype ({kind})")));
    }
    let body = Bytes::from_request(request, &()).await;
    body.map_err(|_| Refused::new(10018, "request body length over limit"))
}

fn parse(raw: &[u8], dialect: Dialect) -> Result<Call, Refused> {
    let mut fields = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(raw) {
        // Weibo takes UTF-8 and one value a name.
        let broken = name.contains('\u{fffd}') || value.contains('\u{fffd}');
        if broken || fields.insert(name.into_owned(), value.into_owned()).is_some() {
            return Err(Refused::new(10008, "param error, see doc for more info"));
        }
    }
    Ok(Call { fields, dialect })
}

/// Checks the token and counts the call.
pub(super) fn admit(house: &House, call: &Call, path: &str) -> Result<(), Refused> {
    let token = call.given("access_token");
    let token = token.ok_or_else(|| Refused::new(10006, "source paramter(appkey) is missing"))?;
    let mut memory = house.weibo.memory();
    let now = house.clock.now();
    memory.tokens.working(token, now)?;
    // Asking how much is left costs nothing.
    if path != "/2/account/rate_limit_status.json" && !memory.budget.spend(now) {
        return Err(Refused::new(10023, "User requests out of rate limit!"));
    }
    Ok(())
}

pub(super) async fn no_such_api(State(house): State<Arc<House>>, uri: Uri) -> Response {
    Refused::new(10020, "Request api not found!").response(uri.path(), house.dialect("weibo"))
}

pub(super) async fn wrong_method(State(house): State<Arc<House>>, uri: Uri) -> Response {
    let refused = Refused::new(10021, "the request HTTP METHOD is not supported for this api");
    refused.response(uri.path(), house.dialect("weibo"))
}
