//! `POST /x/passport-login/web/cookie/refresh` and `…/confirm/refresh` on the passport host: a new session
//! for an old one, and the end of the old one.
//!
//! <https://www.bilibili.com>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::qr_code::is_token;
use super::{Api, Refusal};
use crate::bilibili::auth::{Session, encode};
use crate::bilibili::cookies::Jar;

#[derive(Deserialize)]
struct Data {
    refresh_token: String,
}

/// A session that takes the place of another one. No `Debug`.
pub(crate) struct Renewed {
    /// Every cookie: new ones, and old ones that the answer didn't name.
    pub(crate) session: Session,
    /// For the next time.
    pub(crate) refresh_token: SecretString,
}

impl Api {
    /// Gets a new session. The old one works until [`confirm_refresh`](Self::confirm_refresh).
    pub(crate) async fn refresh_cookies(
        &self,
        refresh_csrf: &SecretString,
        refresh_token: &SecretString,
    ) -> Outcome<Renewed> {
        let form = encode(&[
            ("csrf", self.session.csrf().to_owned()),
            ("refresh_csrf", refresh_csrf.expose_secret().to_owned()),
            ("source", "main_web".to_owned()),
            ("refresh_token", refresh_token.expose_secret().to_owned()),
        ]);
        let path = "/x/passport-login/web/cookie/refresh";
        let answer = match self.post(&self.hosts.passport, path, form).await? {
            Ok(answer) => answer,
            Err(refusal) => return Err(refused(refusal)),
        };
        let data: Data = answer.data()?;
        let mut jar = Jar::of_answer(&answer.reply.headers, self.now());
        // Half a session is none: the old one is still whole.
        if jar.get("SESSDATA").is_none() || jar.get("bili_jct").is_none() || !is_token(&data.refresh_token) {
            return Err(answer.malformed());
        }
        jar.fill_up(self.session.jar());
        let buvid3 = self.buvid3.lock().await.clone();
        jar.add("buvid3", buvid3.as_deref().unwrap_or_default());
        let session = Session::of(jar).filter(|new| new.uid == self.session.uid);
        let session = session.ok_or_else(|| answer.malformed())?;
        Ok(Renewed { session, refresh_token: data.refresh_token.into() })
    }

    /// Ends the session whose `refresh_token` is given; called with the new session's cookies. One that is
    /// over already is fine.
    pub(crate) async fn confirm_refresh(&self, old: &SecretString) -> Outcome<()> {
        let form = encode(&[
            ("csrf", self.session.csrf().to_owned()),
            ("refresh_token", old.expose_secret().to_owned()),
        ]);
        match self.post(&self.hosts.passport, "/x/passport-login/web/confirm/refresh", form).await? {
            Ok(_) => Ok(()),
            // The platform doesn't know the token (any more).
            Err(Refusal { code: code @ (-400 | 86095), .. }) => {
                tracing::info!(code, "the old session was over");
                Ok(())
            }
            Err(refusal) => Err(refusal.failure()),
        }
    }
}

/// 86095: the page's word is wrong, or token and cookies don't belong together.
fn refused(refusal: Refusal) -> Failure {
    match refusal.code {
        86095 => refusal.failure_of(ProblemCode::CredentialsRefused),
        _ => refusal.failure(),
    }
}
