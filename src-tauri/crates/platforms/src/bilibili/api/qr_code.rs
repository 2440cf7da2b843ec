//! `GET /x/passport-login/web/qrcode/generate` and `…/poll` on the passport host: signing in by a code that
//! the platform's app scans. The outer code is 0 whatever the state; `data.code` tells.
//!
//! <https://passport.bilibili.com/login>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::ProblemCode;
use kaibo_live::secret::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::visitor::Visitor;
use super::{Refusal, is_drawable};
use crate::bilibili::auth::encode;
use crate::bilibili::cookies::Jar;
use crate::wire;

/// The longest `qrcode_key` and `refresh_token`, bytes; samples have 32.
const TOKEN_CAP: usize = 256;

#[derive(Deserialize)]
struct Generated {
    url: String,
    qrcode_key: String,
}

/// A code to scan. No `Debug`: whoever knows the key gets the session.
pub(crate) struct QrCode {
    /// What is drawn.
    pub(crate) url: String,
    /// What is asked with.
    pub(crate) key: SecretString,
}

#[derive(Deserialize)]
struct Polled {
    #[serde(default, deserialize_with = "wire::int")]
    code: Option<i64>,
    #[serde(default, deserialize_with = "wire::text")]
    message: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    refresh_token: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    url: Option<String>,
}

/// What became of a code.
pub(crate) enum Poll {
    /// Nobody scanned it.
    Waiting,
    /// Scanned, not confirmed.
    Scanned,
    /// It ran out.
    Expired,
    /// Confirmed.
    Done {
        /// The cookies that came along, perhaps not all.
        jar: Jar,
        /// With which the session is renewed.
        refresh_token: Option<SecretString>,
    },
}

impl Visitor {
    /// Asks for a code. It lasts for three minutes.
    pub(crate) async fn generate(&self) -> Outcome<QrCode> {
        let path = "/x/passport-login/web/qrcode/generate";
        let answer = self.read(&self.hosts.passport, path, "").await?.map_err(Refusal::failure)?;
        let data: Generated = answer.data()?;
        if !is_drawable(&data.url) || !is_token(&data.qrcode_key) {
            return Err(answer.malformed());
        }
        Ok(QrCode { url: data.url, key: data.qrcode_key.into() })
    }

    /// Asks what became of a code. `Done` is told once.
    pub(crate) async fn poll(&self, key: &SecretString) -> Outcome<Poll> {
        let query = encode(&[("qrcode_key", key.expose_secret().to_owned())]);
        let path = "/x/passport-login/web/qrcode/poll";
        let answer = self.read(&self.hosts.passport, path, &query).await?.map_err(Refusal::failure)?;
        let data: Polled = answer.data()?;
        match data.code.ok_or_else(|| answer.malformed())? {
            86101 => Ok(Poll::Waiting),
            86090 => Ok(Poll::Scanned),
            86038 => Ok(Poll::Expired),
            0 => {
                let mut jar = Jar::of_answer(&answer.reply.headers, self.now());
                jar.fill_up(&Jar::of_link(data.url.as_deref().unwrap_or_default()));
                let refresh_token = data.refresh_token.filter(|t| is_token(t)).map(Into::into);
                Ok(Poll::Done { jar, refresh_token })
            }
            code => {
                let message = data.message.unwrap_or_default();
                Err(Refusal { code, message, data: None }.failure_of(ProblemCode::Refused))
            }
        }
    }
}

/// Visible ASCII without spaces, of a sensible length.
pub(super) fn is_token(text: &str) -> bool {
    (1..=TOKEN_CAP).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic())
}
