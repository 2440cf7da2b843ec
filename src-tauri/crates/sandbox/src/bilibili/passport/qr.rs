//! Signing in by a code that a phone scans. The code's address is a page of the sandbox's, so that a browser can be
//! the phone: opening it scans, its button confirms.

use std::collections::VecDeque;

use serde_json::json;

use super::session::nonce;
use crate::bilibili::call::{Call, Reply};
use crate::bilibili::world::{STREAMER, World};

/// How long a code can be used, in milliseconds.
const LIFE_MS: i64 = 180 * 1000;
/// Codes remembered at once; the oldest is void.
const CODES: usize = 64;
/// The path of the page behind a code.
pub(super) const PAGE: &str = "/account-h5/auth/scan-web";

/// How far the phone has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::bilibili) enum Step {
    Waiting,
    Scanned,
    Confirmed,
}

#[derive(Debug)]
struct Code {
    key: String,
    /// What the QR code holds.
    url: String,
    made_ms: i64,
    step: Step,
}

/// The codes that were made.
#[derive(Debug, Default)]
pub(in crate::bilibili) struct Codes(VecDeque<Code>);

impl Codes {
    fn open(&mut self, base: &str, now_ms: i64) -> &Code {
        if self.0.len() == CODES {
            self.0.pop_front();
        }
        let key = nonce();
        let url = format!("{base}{PAGE}?navhide=1&callback=close&qrcode_key={key}&from=");
        self.0.push_back(Code { key, url, made_ms: now_ms, step: Step::Waiting });
        &self.0[self.0.len() - 1]
    }

    fn living(&mut self, now_ms: i64) -> impl Iterator<Item = &mut Code> {
        let fresh = move |code: &&mut Code| now_ms.saturating_sub(code.made_ms) < LIFE_MS;
        self.0.iter_mut().filter(fresh)
    }

    fn with_key(&mut self, call: &Call) -> Option<&mut Code> {
        let key = call.filled("qrcode_key")?;
        self.living(call.now_ms).find(|code| code.key == key)
    }

    /// The phone goes on to `step` with the code that holds `url`. False when the code is unknown, over or further.
    pub(in crate::bilibili) fn phone(&mut self, url: &str, step: Step, now_ms: i64) -> bool {
        let code = self.living(now_ms).find(|code| code.url == url && code.step < step);
        code.map(|code| code.step = step).is_some()
    }
}

/// GET `/x/passport-login/web/qrcode/generate`
pub(super) fn generate(world: &mut World, call: &Call, base: &str) -> Reply {
    let code = world.codes.open(base, call.now_ms);
    Reply::done(json!({ "url": code.url, "qrcode_key": code.key }))
}

/// GET `/x/passport-login/web/qrcode/poll`: the outer code is 0 in every state. Cookies come once.
pub(super) fn poll(world: &mut World, call: &Call, base: &str) -> Reply {
    let Some(key) = call.filled("qrcode_key") else { return Reply::bad_request() };
    let told = |code: i64, message: &str| {
        Reply::done(
            json!({ "url": "", "refresh_token": "", "timestamp": 0, "code": code, "message": message }),
        )
    };
    match world.codes.with_key(call).map(|code| code.step) {
        None => told(86038, "二维码已失效"),
        Some(Step::Waiting) => told(86101, "未扫码"),
        Some(Step::Scanned) => told(86090, "二维码已扫码未确认"),
        Some(Step::Confirmed) => {
            world.codes.0.retain(|code| code.key != key);
            let session = world.sessions.open(STREAMER, None, call.now_ms);
            let reply = Reply::done(json!({
                "url": session.cross_domain(base),
                "refresh_token": session.refresh_token,
                "timestamp": call.now_ms,
                "code": 0,
                "message": "",
            }));
            reply.setting(world.kept(session.set_cookies()))
        }
    }
}

/// GET of the page behind a code: the phone scans it.
pub(super) fn scan(world: &mut World, call: &Call) -> Reply {
    let Some(code) = world.codes.with_key(call) else { return over() };
    code.step = code.step.max(Step::Scanned);
    let (key, done) = (&code.key, code.step == Step::Confirmed);
    if done {
        return confirmed();
    }
    page(&format!(
        "<p>Scan with the sandbox's phone: you hold it. It has scanned the code and asks whether to sign in.</p>\
         <form method=\"post\" action=\"{PAGE}\"><input type=\"hidden\" name=\"qrcode_key\" value=\"{key}\">\
         <button id=\"confirm\">确认登录 · Sign in</button></form>"
    ))
}

/// POST of the page behind a code: the phone confirms.
pub(super) fn confirm(world: &mut World, call: &Call) -> Reply {
    let Some(code) = world.codes.with_key(call) else { return over() };
    code.step = Step::Confirmed;
    confirmed()
}

fn confirmed() -> Reply {
    page("<p>已确认 · Confirmed. This page can be closed.</p>")
}

fn over() -> Reply {
    page("<p>二维码已失效 · This code is over. Ask for a new one.</p>")
}

fn page(body: &str) -> Reply {
    Reply::page(&format!(
        "<!doctype html><html lang=\"zh\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>扫码登录</title></head><body>{body}</body></html>"
    ))
}
