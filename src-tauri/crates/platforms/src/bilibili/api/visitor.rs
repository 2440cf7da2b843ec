//! Calls of somebody who isn't signed in yet.

use std::sync::Arc;

use jiff::Timestamp;
use kaibo_live::clock::Clock;
use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use reqwest::Method;
use url::Url;

use super::{Answer, Hosts, Refusal, answer, dressed};
use crate::connect::endpoint;
use crate::http::{Call, Http, Redirects};

/// Sends the calls of a sign-in.
pub(crate) struct Visitor {
    http: Http,
    pub(super) hosts: Hosts,
}

impl Visitor {
    pub(crate) fn new(hosts: Hosts, clock: Arc<dyn Clock>) -> Self {
        Self { http: Http::new(Platform::Bilibili, Redirects::SameHost, clock), hosts }
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.http.clock().now()
    }

    /// A random number from 0 to 1.
    pub(crate) fn chance(&self) -> f64 {
        self.http.clock().chance()
    }

    /// `query` is encoded.
    pub(super) async fn read(&self, base: &Url, path: &str, query: &str) -> Outcome<Result<Answer, Refusal>> {
        let mut url = endpoint(base, path);
        url.set_query(Some(query).filter(|q| !q.is_empty()));
        answer(self.http.send(dressed(Call::read(Method::GET, url))).await?)
    }
}
