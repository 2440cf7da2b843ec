//! Signing in by a code that the platform's app scans.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Outcome, SignIn, SignInPrompt, SignInStep, SignedIn};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode, UnreadableHow};
use kaibo_live::secret::{Credentials, SecretString};

use super::api::{Device, Hosts, Poll, QrCode, Visitor};
use super::auth::Session;
use super::cookies::Jar;
use crate::http::extra;

/// How long a code lasts.
const LIFE: SignedDuration = SignedDuration::from_secs(180);
/// How much longer the platform's word is asked for, when it hasn't said that the code ran out.
const GRACE: SignedDuration = SignedDuration::from_secs(30);
/// Between two questions; up to half as much again is added by chance.
const PAUSE: Duration = Duration::from_millis(800);

/// A sign-in under way.
pub(super) struct QrSignIn {
    visitor: Visitor,
    code: Option<(QrCode, Timestamp)>,
    device: Option<Device>,
    /// The device cookies were asked for. Once, and while the person is busy with the phone: what a poll
    /// brings is told once, so nothing may be waited for after it.
    asked_device: bool,
    pause: Duration,
}

impl QrSignIn {
    pub(super) fn new(hosts: Hosts, clock: Arc<dyn Clock>) -> Self {
        Self {
            visitor: Visitor::new(hosts, clock),
            code: None,
            device: None,
            asked_device: false,
            pause: PAUSE,
        }
    }

    /// The pieces put together.
    fn signed_in(&self, mut jar: Jar, refresh_token: Option<SecretString>) -> Outcome<SignedIn> {
        if let Some(device) = &self.device {
            jar.add("buvid3", &device.buvid3);
            jar.add("buvid4", device.buvid4.as_deref().unwrap_or_default());
        }
        let incomplete = || {
            let how = UnreadableHow::Malformed;
            Failure::new(ProblemCode::Unreadable { how }).at(Platform::Bilibili)
        };
        let session = Session::of(jar).ok_or_else(incomplete)?;
        let mut credentials = Credentials::default();
        credentials.set("cookie", session.jar().header());
        if let Some(token) = refresh_token {
            credentials.set("refresh_token", token);
        }
        Ok(SignedIn { credentials, expires_at: session.jar().ends })
    }
}

#[async_trait]
impl SignIn for QrSignIn {
    async fn begin(&mut self) -> Outcome<SignInPrompt> {
        self.code = None;
        // Counted from before the call: rather too early than too late.
        let expires_at = self.visitor.now() + LIFE;
        let code = self.visitor.generate().await?;
        let url = code.url.clone();
        self.code = Some((code, expires_at));
        Ok(SignInPrompt::Qr { url, expires_at })
    }

    async fn step(&mut self) -> Outcome<SignInStep> {
        let jitter = self.visitor.chance().clamp(0.0, 1.0) / 2.0;
        tokio::time::sleep(self.pause.mul_f64(1.0 + jitter)).await;
        if !self.asked_device {
            self.device = extra("device cookies", self.visitor.device()).await;
            self.asked_device = true;
        }
        let Some((code, expires_at)) = &self.code else { return Ok(SignInStep::Expired) };
        let polled = if self.visitor.now() > *expires_at + GRACE {
            Poll::Expired
        } else {
            self.visitor.poll(&code.key).await?
        };
        Ok(match polled {
            Poll::Waiting => SignInStep::Waiting,
            Poll::Scanned => SignInStep::Scanned,
            Poll::Expired => {
                self.code = None;
                SignInStep::Expired
            }
            Poll::Done { jar, refresh_token } => {
                self.code = None;
                SignInStep::Done(self.signed_in(jar, refresh_token)?)
            }
        })
    }

    /// Nothing is pasted here.
    async fn answer(&mut self, _text: &str) -> Outcome<SignedIn> {
        Err(Failure::invalid("answer", InvalidReason::Malformed).at(Platform::Bilibili))
    }
}

#[cfg(test)]
mod tests;
