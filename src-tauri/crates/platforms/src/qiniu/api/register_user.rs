//! `POST /server/user/register`: makes a user with a name. One who is there already is refused (500).
//!
//! <https://developer.qiniu.com/lowcode/manual/12005/qlive-server-guide>

use kaibo_live::driver::Outcome;
use reqwest::Method;
use serde::Serialize;

use super::{Api, Refusal, Request};

#[derive(Serialize)]
struct Body<'a> {
    user_id: &'a str,
    nick: &'a str,
}

impl Api {
    /// Makes the account's anchor. A refusal with code 500 tells nothing: look before telling.
    pub(crate) async fn register_anchor(&self, name: &str) -> Outcome<()> {
        let mut request = Request::write(Method::POST, "/server/user/register");
        request.body = serde_json::to_vec(&Body { user_id: &self.keys.anchor_id, nick: name }).ok();
        self.server(request, Refusal::general).await.map(drop)
    }
}
