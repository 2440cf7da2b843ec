//! Keeping a session alive, ending it, and the face check: what concerns the person behind the account.

use async_trait::async_trait;
use kaibo_live::driver::{FaceCheck, Outcome, Renew, Revoke, SignedIn};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode, UnreadableHow};
use kaibo_live::room::RemoteId;
use kaibo_live::secret::Credentials;

use super::connection::BilibiliConnection;

/// Offered only to an account with a `refresh_token`.
#[async_trait]
impl Renew for BilibiliConnection {
    async fn is_due(&self) -> Outcome<bool> {
        Ok(self.api.cookie_info().await?.refresh)
    }

    /// Brings `cookie` and `refresh_token`. The page in between wants the platform's time, not this machine's.
    async fn renew(&self) -> Outcome<SignedIn> {
        let missing = || Failure::invalid("refresh_token", InvalidReason::Empty).at(Platform::Bilibili);
        let refresh_token = self.refresh_token.as_ref().ok_or_else(missing)?;
        let server_ms = self.api.cookie_info().await?.timestamp.filter(|ms| *ms > 0).ok_or_else(|| {
            let how = UnreadableHow::Malformed;
            Failure::new(ProblemCode::Unreadable { how }).at(Platform::Bilibili)
        })?;
        let refresh_csrf = self.api.refresh_csrf(server_ms).await?;
        let renewed = self.api.refresh_cookies(&refresh_csrf, refresh_token).await?;
        let jar = renewed.session.jar();
        let mut credentials = Credentials::default();
        credentials.set("cookie", jar.header());
        credentials.set("refresh_token", renewed.refresh_token);
        Ok(SignedIn { credentials, expires_at: jar.ends })
    }

    async fn confirm(&self, old: &Credentials) -> Outcome<()> {
        match old.get("refresh_token") {
            Some(token) => self.api.confirm_refresh(token).await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl Revoke for BilibiliConnection {
    async fn revoke(&self) -> Outcome<()> {
        self.api.log_out().await
    }
}

#[async_trait]
impl FaceCheck for BilibiliConnection {
    async fn passed(&self, room: &RemoteId) -> Outcome<bool> {
        self.api.passed_face_check(&room.0).await
    }
}

#[cfg(test)]
mod tests;
