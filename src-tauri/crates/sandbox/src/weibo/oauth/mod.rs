//! Signing in: <https://open.weibo.com/wiki/%E6%8E%88%E6%9D%83%E6%9C%BA%E5%88%B6>.
//!
//! A browser asks for a page, the person allows or refuses on it, and the browser is sent to the app's
//! callback with a code. The app changes the code for a token.

mod authorize;
mod page;
mod token;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use jiff::Timestamp;

use super::hex;
use super::wire::{self, Act};
use crate::house::House;

/// The app that Weibo knows. Made up.
pub(super) const APP_KEY: &str = "1000200030";
/// What the page calls it.
const APP_NAME: &str = "开播 Kaibo";
/// How long a code, or a page, waits to be used.
const WAIT: Duration = Duration::from_secs(10 * 60);
/// Codes, and pages, waiting at most; beyond, the oldest is forgotten.
const WAITING: usize = 64;

/// What is remembered of the app and of sign-ins under way.
pub(super) struct OAuth {
    pub(super) secret: String,
    /// The registered callbacks; none stands for the sandbox's own page.
    pub(super) redirects: Option<Vec<String>>,
    pages: VecDeque<Waiting>,
    codes: VecDeque<Waiting>,
}

/// A page that was shown, or a code that was handed out, and what it is for.
#[derive(Clone)]
struct Waiting {
    key: String,
    since: Timestamp,
    redirect_uri: String,
    state: Option<String>,
    scope: Option<String>,
}

impl Default for OAuth {
    fn default() -> Self {
        Self { secret: hex(32), redirects: None, pages: VecDeque::new(), codes: VecDeque::new() }
    }
}

impl OAuth {
    fn registered(&self, house: &House, redirect_uri: &str) -> bool {
        match &self.redirects {
            Some(redirects) => redirects.iter().any(|registered| registered == redirect_uri),
            None => redirect_uri == format!("{}/oauth2/default.html", house.addresses().weibo),
        }
    }
}

/// Puts one more into the queue.
fn wait(queue: &mut VecDeque<Waiting>, one: Waiting) {
    if queue.len() == WAITING {
        queue.pop_front();
    }
    queue.push_back(one);
}

/// Takes the one with this key out, if it isn't too old. Nobody gets it a second time.
fn take(queue: &mut VecDeque<Waiting>, key: &str, now: Timestamp) -> Option<Waiting> {
    let at = queue.iter().position(|one| one.key == key)?;
    queue.remove(at).filter(|one| one.fresh(now))
}

impl Waiting {
    fn fresh(&self, now: Timestamp) -> bool {
        now < self.since.checked_add(WAIT).unwrap_or(Timestamp::MAX)
    }
}

/// The pages and calls of signing in.
pub(super) fn router() -> Router<Arc<House>> {
    let exchange: Act = token::access_token;
    let info: Act = token::get_token_info;
    let revoke: Act = token::revoke;
    Router::new()
        .route("/oauth2/authorize", get(authorize::ask).post(authorize::decide))
        .route("/oauth2/default.html", get(authorize::landing))
        .route("/oauth2/access_token", post(move |house, request| wire::run_open(house, request, exchange)))
        .route("/oauth2/get_token_info", post(move |house, request| wire::run_open(house, request, info)))
        .route(
            "/oauth2/revokeoauth2",
            get(move |house, request| wire::run_open(house, request, revoke))
                .post(move |house, request| wire::run_open(house, request, revoke)),
        )
}
