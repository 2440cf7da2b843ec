//! `POST /login/exit/v2` on the passport host: ends the session.
//!
//! <https://passport.bilibili.com>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;
use reqwest::Method;

use super::{Api, FORM, answer};
use crate::bilibili::auth::encode;
use crate::connect::endpoint;
use crate::http::{Call, is_html, trimmed};

impl Api {
    /// Signs out. A session that was over is answered with a web page, and is fine.
    pub(crate) async fn log_out(&self) -> Outcome<()> {
        let form = encode(&[("biliCSRF", self.session.csrf().to_owned())]);
        let call = Call::write(Method::POST, endpoint(&self.hosts.passport, "/login/exit/v2"));
        let reply = self.http.send(self.dressed(call.body(FORM, form)).await).await?;
        if reply.status.is_success() && is_html(trimmed(&reply.body)) {
            return Ok(());
        }
        match answer(reply)? {
            Ok(_) => Ok(()),
            Err(refusal) => match refusal.code {
                -101 => Ok(()),
                // The csrf token isn't this session's: it goes on.
                2202 => Err(refusal.failure_of(ProblemCode::CredentialsRefused)),
                _ => Err(refusal.failure()),
            },
        }
    }
}
