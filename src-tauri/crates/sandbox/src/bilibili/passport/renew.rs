//! Refreshing a sign-in: asked for, a key fetched, new cookies given, the old ones confirmed away.

use serde_json::{Value, json};

use super::session::nonce;
use crate::bilibili::call::{Call, Reply};
use crate::bilibili::world::{Service, World};

/// How long after `cookie/info` the key can be fetched, in milliseconds: the path carries that answer's time.
const ASKED_MS: i64 = 60 * 1000;
/// The path below which the key is found.
pub(super) const KEY: &str = "/correspond/1/";
/// A block of the 1024-bit key in hexadecimal digits.
const CIPHER: usize = 256;

/// GET `/x/passport-login/web/cookie/info`
pub(super) fn info(world: &mut World, call: &Call) -> Reply {
    let wanted = world.sessions.wanted;
    let Some(session) = world.sessions.of_mut(call) else { return Service::New.not_signed_in() };
    if !session.csrf(call, "csrf") {
        return Service::New.csrf_wrong();
    }
    session.asked_ms = Some(call.now_ms);
    Reply::done(json!({ "refresh": session.wants_refresh(wanted, call.now_ms), "timestamp": call.now_ms }))
}

/// GET `/correspond/1/…`. What the path says can be opened by the platform alone: the sandbox looks at its form.
pub(super) fn key(world: &mut World, call: &Call) -> Reply {
    let cipher = call.path.strip_prefix(KEY).unwrap_or_default();
    let formed =
        cipher.len() == CIPHER && cipher.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let session = world.sessions.of_mut(call).filter(|session| {
        let ago = session.asked_ms.map(|at| call.now_ms.saturating_sub(at));
        formed && ago.is_some_and(|ago| ago <= ASKED_MS)
    });
    let Some(session) = session else { return Reply::no_such_page() };
    let key = nonce();
    let page = format!(
        "<!doctype html><html><head><meta charset=\"utf-8\"><title></title></head><body>\
         <div id=\"1-name\">{key}</div><div id=\"1-value\"></div></body></html>"
    );
    session.refresh_csrf = Some(key);
    Reply::page(&page)
}

/// POST `/x/passport-login/web/cookie/refresh`: the old sign-in goes on working until it is confirmed away.
pub(super) fn refresh(world: &mut World, call: &Call) -> Reply {
    let Some(session) = world.sessions.of_mut(call) else { return Service::New.not_signed_in() };
    if !session.csrf(call, "csrf") {
        return Service::New.csrf_wrong();
    }
    let (key, token) = (call.filled("refresh_csrf"), call.filled("refresh_token"));
    let (Some(key), Some(token), Some("main_web")) = (key, token, call.param("source")) else {
        return Reply::bad_request();
    };
    if session.refresh_csrf.as_deref() != Some(key) || session.refresh_token != token {
        return Reply::new(86095, "refresh_csrf 错误或 refresh_token 与 cookie 不匹配", Value::Null);
    }
    // A key opens once.
    session.refresh_csrf = None;
    let uid = session.uid;
    let new = world.sessions.open(uid, Some(token.to_owned()), call.now_ms);
    let reply = Reply::done(json!({ "status": 0, "message": "", "refresh_token": new.refresh_token }));
    reply.setting(world.kept(new.set_cookies()))
}

/// POST `/x/passport-login/web/confirm/refresh`, with the new cookies and the old refresh token.
pub(super) fn confirm(world: &mut World, call: &Call) -> Reply {
    let Some(session) = world.sessions.of(call) else { return Service::New.not_signed_in() };
    if !session.csrf(call, "csrf") {
        return Service::New.csrf_wrong();
    }
    let token = call.filled("refresh_token").filter(|token| session.replaces.as_deref() == Some(*token));
    let Some(token) = token else { return Reply::bad_request() };
    if world.sessions.close(|old| old.refresh_token == token) {
        Reply::done(Value::Null)
    } else {
        Reply::bad_request()
    }
}
