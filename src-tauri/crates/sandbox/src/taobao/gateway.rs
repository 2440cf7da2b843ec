//! The gateway: common parameters, signature, time, and the errors in front of every method.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::{Method, header};
use axum::response::Response;
use jiff::civil::DateTime;
use jiff::tz::{TimeZone, offset};

use super::encode::{Format, Node, reply};
use super::live_room::LiveRoom;
use super::{APP_KEY, sign::sign};
use crate::house::{House, lock};

/// How far the caller's clock may be off, in seconds.
const TOLERANCE: u64 = 600;
/// The one method served.
const METHOD: &str = "taobao.live.room.fetch.origin";

/// An error of the gateway's: code, message, and the business part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Refused {
    code: u64,
    message: String,
    sub: Option<(&'static str, String)>,
}

impl Refused {
    fn new(code: u64, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), sub: None }
    }

    fn with(code: u64, message: &str, sub_code: &'static str, sub_message: impl Into<String>) -> Self {
        Self { code, message: message.to_owned(), sub: Some((sub_code, sub_message.into())) }
    }
}

pub(super) async fn call(State(house): State<Arc<House>>, request: Request) -> Response {
    let mut format = Format::Xml;
    let outcome = match read(request).await {
        Ok(fields) => answer(&house, &fields, &mut format),
        Err(refused) => Err(refused),
    };
    let request_id = ("request_id", Node::text(request_id()));
    match outcome {
        Ok(result) => {
            let fields = vec![("result", result), request_id];
            reply(format, "live_room_fetch_origin_response", Node::Object(fields))
        }
        Err(refused) => {
            let mut fields = vec![("code", Node::Number(refused.code)), ("msg", Node::text(refused.message))];
            if let Some((code, message)) = refused.sub {
                fields.extend([("sub_code", Node::text(code)), ("sub_msg", Node::text(message))]);
            }
            fields.push(request_id);
            reply(format, "error_response", Node::Object(fields))
        }
    }
}

fn request_id() -> String {
    std::iter::repeat_with(fastrand::lowercase).take(12).collect()
}

/// The fields of query and body together.
async fn read(request: Request) -> Result<BTreeMap<String, String>, Refused> {
    let mut raw = vec![request.uri().query().unwrap_or_default().as_bytes().to_vec()];
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
    match *request.method() {
        Method::GET => {}
        Method::POST => {
            let body = Bytes::from_request(request, &()).await;
            let body = body.map_err(|_| Refused::new(41, "Invalid arguments:body too large"))?;
            if !body.is_empty() && !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
                return Err(Refused::new(41, format!("Invalid arguments:content-type {kind}")));
            }
            raw.push(body.to_vec());
        }
        _ => return Err(Refused::new(9, "Http action not allowed")),
    }
    let mut fields = BTreeMap::new();
    for part in raw {
        for (name, value) in url::form_urlencoded::parse(&part) {
            if name.contains('\u{fffd}') || value.contains('\u{fffd}') {
                return Err(Refused::new(47, "Invalid encoding"));
            }
            if fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
                return Err(Refused::new(43, format!("Parameter error:{name} given twice")));
            }
        }
    }
    Ok(fields)
}

/// Checks the common parameters, in the order of the gateway's codes, then calls the method.
fn answer(house: &House, fields: &BTreeMap<String, String>, format: &mut Format) -> Result<Node, Refused> {
    let given = |name: &str| fields.get(name).map(String::as_str).filter(|value| !value.is_empty());
    let need = |name: &str, code: u64, message: &str| given(name).ok_or_else(|| Refused::new(code, message));
    *format = match given("format") {
        None | Some("xml") => Format::Xml,
        Some("json") => Format::Json,
        Some(_) => return Err(Refused::new(23, "Invalid format")),
    };
    let method = need("method", 21, "Missing method")?;
    if need("app_key", 28, "Missing app key")? != APP_KEY {
        return Err(Refused::new(29, "Invalid app Key"));
    }
    match need("v", 32, "Missing version")? {
        "2.0" => {}
        "1.0" => return Err(Refused::new(34, "Unsupported version")),
        _ => return Err(Refused::new(33, "Invalid version")),
    }
    check_time(house, need("timestamp", 30, "Missing timestamp")?)?;
    let signature = need("sign", 24, "Missing signature")?;
    let expected = given("sign_method").and_then(|by| sign(by, &lock(&house.taobao.secret), fields));
    if expected.as_deref() != Some(signature) {
        return Err(Refused::new(25, "Invalid signature"));
    }
    if house.taobao.banned() {
        return Err(Refused::with(
            7,
            "App Call Limited",
            "accesscontrol.limited-by-api-access-count",
            "This ban will last for 2 more seconds",
        ));
    }
    if method != METHOD {
        return Err(Refused::new(22, "Invalid method"));
    }
    fetch(house, given("live_id"))
}

/// `yyyy-MM-dd HH:mm:ss`, eight hours ahead of Greenwich. The gateway's own Python SDK sends
/// milliseconds since 1970 instead.
fn check_time(house: &House, given: &str) -> Result<(), Refused> {
    let invalid = || Refused::new(31, "Invalid timestamp");
    let seconds = if given.len() == 13 && given.bytes().all(|byte| byte.is_ascii_digit()) {
        given.parse::<i64>().map_err(|_| invalid())? / 1000
    } else {
        let at = DateTime::strptime("%Y-%m-%d %H:%M:%S", given).map_err(|_| invalid())?;
        at.to_zoned(TimeZone::fixed(offset(8))).map_err(|_| invalid())?.timestamp().as_second()
    };
    if seconds.abs_diff(house.clock.now().as_second()) > TOLERANCE {
        return Err(invalid());
    }
    Ok(())
}

fn fetch(house: &House, live_id: Option<&str>) -> Result<Node, Refused> {
    let live_id = live_id.ok_or_else(|| {
        Refused::with(40, "Missing required arguments:live_id", "isv.missing-parameter", "缺少参数")
    })?;
    let room = LiveRoom::find(live_id, house.taobao.started, house.clock.now());
    let room =
        room.ok_or_else(|| Refused::with(50, "Remote service error", "isv.invalid-parameter", "非法参数"))?;
    Ok(room.result(house.dialect("taobao"), &house.addresses().taobao))
}
