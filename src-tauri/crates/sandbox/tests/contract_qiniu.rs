//! The played Qiniu against replies recorded from Qiniu's own open-source server.
//!
//! Every recorded exchange is sent again, in the order of its recording and byte for byte where the signature
//! allows; HTTP status, content type, the code and all that doesn't depend on the hour must be the same.
//! Requests that name a live are signed anew, because the sandbox gives its own ids.
//!
//! Nothing is left out. Two records are compared by shape more than by value:
//! `get-chat-id-int64` (a value that was put into the database by hand) and the `list-*` pages (the recording's
//! database held more lives); the records of other server configurations aren't part of the fixtures.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use kaibo_sandbox::{Config, Sandbox};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const HOST: &str = "127.0.0.1:8099";
/// The sign that the recording's server accepts for the first live; several records carry it distorted.
const RECORDED_SIGN: &str = "RKP3GFtOMIh3vb-76WEZfOGLMbU";

struct Answer {
    status: u16,
    headers: HashMap<String, String>,
    body: String,
}

/// The wire, without a library that adds headers of its own.
struct Wire {
    address: String,
}

impl Wire {
    async fn send(&self, method: &str, target: &str, headers: &[(String, String)], body: &str) -> Answer {
        let mut request = format!("{method} {target} HTTP/1.1\r\n");
        let mut chunked = false;
        for (name, value) in headers {
            chunked |= name == "Transfer-Encoding";
            if name != "Content-Length" {
                request.extend([name, ": ", value, "\r\n"]);
            }
        }
        let body = if chunked {
            format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
        } else {
            request.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
            body.to_owned()
        };
        request.push_str("\r\n");
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all((request + &body).as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers: HashMap<_, _> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        assert!(!headers.contains_key("transfer-encoding"), "a whole body comes with its length");
        Answer { status, body: body.to_owned(), headers }
    }

    /// A request of the test's own, rightly signed.
    async fn own(&self, method: &str, target: &str, body: &str) -> Value {
        let text = if body.is_empty() {
            format!("{method} {target}\nHost: {HOST}\n\n")
        } else {
            format!("{method} {target}\nHost: {HOST}\nContent-Type: application/json\n\n{body}")
        };
        let mut headers = vec![
            header("Host", HOST),
            header("Authorization", &format!("Qiniu ak_test:{}", sign("sk_test", &text))),
            header("Connection", "close"),
        ];
        if !body.is_empty() {
            headers.push(header("Content-Type", "application/json"));
        }
        let answer = self.send(method, target, &headers, body).await;
        assert_eq!(answer.status, 200, "{method} {target}: {}", answer.body);
        serde_json::from_str(&answer.body).unwrap()
    }

    async fn token(&self, user: &str, more: &str) -> String {
        let target = format!("/server/auth/token?app_id=app_test&user_id={user}{more}");
        let reply = self.own("GET", &target, "").await;
        reply["data"]["access_token"].as_str().unwrap().to_owned()
    }

    /// A live that the recording made by requests that weren't kept.
    async fn live(&self, anchor: &str, title: &str, start: bool) -> String {
        let body = json!({ "anchor_id": anchor, "title": title }).to_string();
        let reply = self.own("POST", "/server/live", &body).await;
        let id = reply["data"]["live_id"].as_str().unwrap().to_owned();
        if start {
            let token = self.token(anchor, "").await;
            let headers =
                [header("Host", HOST), header("Authorization", &token), header("Connection", "close")];
            let answer = self.send("PUT", &format!("/client/live/room/{id}"), &headers, "").await;
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
        id
    }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn sign(secret: &str, text: &str) -> String {
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    URL_SAFE.encode(mac.finalize().into_bytes())
}

/// A user's token with another user's name in it, signed with `key`.
fn forged(token: &str, user: &str, key: &str) -> String {
    let [head, claims, _] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
    let mut claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    claims["user_id"] = user.into();
    let text = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// Lives and users that stood in the recording's database before this record.
async fn before(case: &str, wire: &Wire, ids: &mut BTreeMap<String, String>) {
    let mut known = |recorded: &str, id: String| {
        ids.insert(recorded.to_owned(), id);
    };
    match case {
        "create-minimal" => {
            wire.token("anchor_idle", "").await;
            known("2124267557304143872", wire.live("anchor_idle", "idle room", true).await);
        }
        "stop-with-json-body" => known("2124267563637542912", wire.live("anchor_b", "t", true).await),
        "client-stop-not-anchor" => known("2124267563717234688", wire.live("anchor_b", "t", true).await),
        "delete-created" => known("2124267563977281536", wire.live("anchor_b", "t", false).await),
        "delete-live" => known("2124267564207968256", wire.live("anchor_b", "t", true).await),
        "client-delete-not-anchor" => {
            known("2124267564476403712", wire.live("anchor_b", "client delete foreign", false).await);
        }
        "admin-stop" => known("2124267565730500608", wire.live("anchor_b", "admin stop", true).await),
        "get-chat-id-int64" => {
            known("2124268084008062976", wire.live("anchor_b", "big chat id", false).await);
        }
        "stop-form-ct-unsigned" => known("2124268084402327552", wire.live("anchor_b", "t", true).await),
        "user-info-noim-later" => drop(wire.token("anchor_noim", "").await),
        _ => {}
    }
}

/// `test-jwt-N` of the records as a token of the sandbox.
async fn jwt(number: &str, wire: &Wire) -> String {
    match number {
        "1" => wire.token("anchor_a", "&expires_at=1600000000").await,
        "2" => wire.token("anchor_b", "").await,
        "3" => wire.token("viewer_2", "").await,
        "4" => wire.token("anchor_a", "").await,
        "5" => forged(&wire.token("anchor_a", "").await, "never_registered", "jwt_key_sandbox"),
        "6" => wire.token("viewer_1", "").await,
        "7" => {
            let target = "/server/auth/admin/token?app_id=app_test&user_id=admin_test";
            let reply = wire.own("GET", target, "").await;
            reply["data"]["access_token"].as_str().unwrap().to_owned()
        }
        "10" => forged(&wire.token("anchor_a", "").await, "anchor_a", "another key"),
        other => panic!("test-jwt-{other} is used by no request"),
    }
}

/// The `Authorization` to send in the place of the recorded one.
async fn authorization(
    recorded: &str,
    record: &Value,
    target: &mut String,
    ids: &BTreeMap<String, String>,
    wire: &Wire,
) -> String {
    if let Some((scheme, number)) = recorded.split_once("test-jwt-") {
        return format!("{scheme}{}", jwt(number, wire).await);
    }
    if recorded.replace('+', "-").contains(RECORDED_SIGN) && record["signing"].is_null() {
        let standard = recorded.contains('+');
        let mut good = sign("sk_test", &format!("GET {target}\nHost: {HOST}\n\n"));
        // Only a sign with one of the two differing characters tells the alphabets apart.
        for turn in 0.. {
            if !standard || good.contains(['-', '_']) {
                break;
            }
            *target = format!("{}?turn={turn}", target.split('?').next().unwrap());
            good = sign("sk_test", &format!("GET {target}\nHost: {HOST}\n\n"));
        }
        let good = if standard { good.replace('-', "+").replace('_', "/") } else { good };
        return recorded.replace('+', "-").replace(RECORDED_SIGN, good.trim_end_matches('='));
    }
    let Some(text) = record["signing"]["text"].as_str() else { return recorded.to_owned() };
    let mapped = renamed(text, ids);
    if mapped == text {
        return recorded.to_owned();
    }
    let signing = &record["signing"];
    let sign = sign(signing["secret_key"].as_str().unwrap(), &mapped);
    format!("Qiniu {}:{sign}", signing["access_key"].as_str().unwrap())
}

fn renamed(text: &str, ids: &BTreeMap<String, String>) -> String {
    ids.iter().fold(text.to_owned(), |text, (recorded, own)| text.replace(recorded, own))
}

/// What differs from one run to the next.
fn volatile(key: &str, recorded: &Value) -> bool {
    let of_that_day = recorded.as_i64().is_some_and(|at| (1_795_000_000..1_796_000_000).contains(&at));
    of_that_day
        || matches!(
            key,
            "request_id"
                | "live_id"
                | "push_url"
                | "hls_url"
                | "rtmp_url"
                | "flv_url"
                | "chat_id"
                | "im_userid"
                | "access_token"
                | "room_token"
                | "im_password"
                | "im_app_id"
        )
}

/// The first difference, or none.
fn difference(path: &str, own: &Value, recorded: &Value, values: bool) -> Option<String> {
    match (own, recorded) {
        (Value::Object(own), Value::Object(recorded)) => {
            let keys = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            if keys(own) != keys(recorded) {
                return Some(format!("{path}: keys {:?} ≠ {:?}", keys(own), keys(recorded)));
            }
            // Where lists aren't compared by value, other users stand in the same places.
            let same_user = |key: &&String| values || *key != "extends";
            recorded.iter().filter(|(key, _)| same_user(key)).find_map(|(key, value)| {
                let values = values && !volatile(key, value);
                difference(&format!("{path}.{key}"), &own[key], value, values)
            })
        }
        (Value::Array(own), Value::Array(recorded)) => {
            if own.is_empty() != recorded.is_empty() || values && own.len() != recorded.len() {
                return Some(format!("{path}: {} elements ≠ {}", own.len(), recorded.len()));
            }
            let pairs = own.iter().zip(recorded);
            pairs
                .enumerate()
                .find_map(|(at, (own, recorded))| difference(&format!("{path}[{at}]"), own, recorded, values))
        }
        _ if std::mem::discriminant(own) != std::mem::discriminant(recorded) => {
            Some(format!("{path}: {own} is another type than {recorded}"))
        }
        _ if values && own != recorded => Some(format!("{path}: {own} ≠ {recorded}")),
        _ if own.is_number() && own.is_i64() != recorded.is_i64() => {
            Some(format!("{path}: {own} is another number than {recorded}"))
        }
        _ => None,
    }
}

fn records() -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/fixtures/qiniu");
    let mut records: Vec<Value> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .map(|text| serde_json::from_str(&text).unwrap())
        .filter(|record: &Value| record["request"].is_object())
        .collect();
    records.sort_by_key(|record| record["seq"].as_i64());
    records
}

async fn replay(record: &Value, wire: &Wire, ids: &mut BTreeMap<String, String>) -> Option<String> {
    let case = record["case"].as_str().unwrap();
    before(case, wire, ids).await;
    let request = &record["request"];
    let mut target = renamed(request["target"].as_str().unwrap(), ids);
    let body = renamed(request["body_text"].as_str().unwrap_or_default(), ids);
    let mut headers = Vec::new();
    for pair in request["headers"].as_array().unwrap() {
        let (name, value) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
        let value = if name.eq_ignore_ascii_case("authorization") {
            authorization(value, record, &mut target, ids, wire).await
        } else {
            value.to_owned()
        };
        headers.push((name.to_owned(), value));
    }
    let own = wire.send(request["method"].as_str().unwrap(), &target, &headers, &body).await;

    let recorded = &record["response"];
    let recorded_header = |name: &str| {
        let headers = recorded["headers"].as_array().unwrap();
        let found = headers.iter().find(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case(name));
        found.map(|pair| renamed(pair[1].as_str().unwrap(), ids))
    };
    if Some(u64::from(own.status)) != recorded["status"].as_u64() {
        return Some(format!("HTTP {} ≠ {}: {}", own.status, recorded["status"], own.body));
    }
    for name in ["content-type", "location"] {
        let (ours, theirs) = (own.headers.get(name).cloned(), recorded_header(name));
        if ours != theirs {
            return Some(format!("{name}: {ours:?} ≠ {theirs:?}"));
        }
    }
    let Ok(json) = serde_json::from_str::<Value>(&own.body) else {
        let theirs = renamed(recorded["body_text"].as_str().unwrap_or_default(), ids);
        return (own.body != theirs).then(|| format!("body {:?} ≠ {theirs:?}", own.body));
    };
    if let (Some(theirs), Some(ours)) =
        (recorded["json"]["data"]["live_id"].as_str(), json["data"]["live_id"].as_str())
    {
        ids.entry(theirs.to_owned()).or_insert_with(|| ours.to_owned());
    }
    let only_shape = case.starts_with("list-") && json["code"] == 200 && case != "list-anchor-empty";
    if json["code"] != recorded["json"]["code"] || json["message"] != recorded["json"]["message"] {
        return Some(format!("{} ≠ {}", own.body, recorded["json"]));
    }
    difference("", &json, &recorded["json"], !only_shape)
}

#[tokio::test]
async fn every_recorded_request_gets_the_recorded_answer() {
    let config = Config { chatter: false, ..Config::default() };
    let sandbox = Sandbox::start(config).await.unwrap();
    let wire = Wire { address: sandbox.addresses().qiniu.replace("http://", "") };
    let mut ids = BTreeMap::new();
    let records = records();
    assert_eq!(records.len(), 179);
    let mut failures = Vec::new();
    for record in &records {
        if record["case"] == "list-anchor" {
            // Two lives of one anchor that were on air at once, then ended.
            for title in ["two A", "two B"] {
                let id = wire.live("anchor_b", title, true).await;
                wire.own("POST", &format!("/server/live/{id}/stop"), "").await;
            }
        }
        if let Some(difference) = replay(record, &wire, &mut ids).await {
            failures.push(format!("{}: {difference}", record["case"]));
        }
    }
    assert!(failures.is_empty(), "{} differ\n{}", failures.len(), failures.join("\n"));
}
