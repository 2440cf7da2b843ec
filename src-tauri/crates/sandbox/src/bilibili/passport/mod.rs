//! The platform's passport: signing in, staying signed in, signing out.
//!
//! On the wire this is `passport.bilibili.com`, and `www.bilibili.com` for one page. Here it shares the address of the
//! rest: the paths differ.

mod qr;
mod renew;
mod session;

use serde_json::json;

use super::call::{Call, Reply};
use super::world::World;

pub(super) use qr::{Codes, Step};
pub(super) use session::{Session, Sessions};

/// Answers what is the passport's; anything else isn't there. `base` is the sandbox's own address.
pub(super) fn answer(world: &mut World, call: &Call, base: &str) -> Reply {
    match (call.get, call.path.as_str()) {
        (true, "/x/passport-login/web/qrcode/generate") => qr::generate(world, call, base),
        (true, "/x/passport-login/web/qrcode/poll") => qr::poll(world, call, base),
        (true, qr::PAGE) => qr::scan(world, call),
        (false, qr::PAGE) => qr::confirm(world, call),
        (true, "/x/passport-login/web/cookie/info") => renew::info(world, call),
        (true, path) if path.starts_with(renew::KEY) => renew::key(world, call),
        (false, "/x/passport-login/web/cookie/refresh") => renew::refresh(world, call),
        (false, "/x/passport-login/web/confirm/refresh") => renew::confirm(world, call),
        (false, "/login/exit/v2") => exit(world, call),
        _ => Reply::no_such_path(),
    }
}

/// POST `/login/exit/v2`: who isn't signed in gets a page, no JSON.
fn exit(world: &mut World, call: &Call) -> Reply {
    let complete = ["DedeUserID", "bili_jct"].iter().all(|name| call.cookie(name).is_some());
    let Some(session) = world.sessions.of(call).filter(|_| complete) else {
        return Reply::page(
            "<!doctype html><html><head><meta charset=\"utf-8\"><title>登录</title></head><body></body></html>",
        );
    };
    let right = session.csrf(call, "biliCSRF");
    let sessdata = session.sessdata.clone();
    if !right {
        return Reply::plain(
            json!({ "code": 2202, "status": false, "ts": call.now(), "message": "csrf 请求非法" }),
        );
    }
    world.sessions.close(|session| session.sessdata == sessdata);
    let data = json!({ "redirectUrl": "https://www.bilibili.com" });
    Reply::plain(json!({ "code": 0, "status": true, "ts": call.now(), "data": data }))
}
