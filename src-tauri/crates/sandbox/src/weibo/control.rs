//! The strings behind Weibo's scenes.

use std::time::Duration;

use super::oauth::APP_KEY;
use crate::Control;

impl Control {
    /// The key and secret of the app that Weibo knows. Made up; the secret is another in each sandbox.
    pub fn weibo_app(&self) -> (String, String) {
        (APP_KEY.to_owned(), self.house().weibo.memory().oauth.secret.clone())
    }

    /// The callbacks registered for the app, each compared letter by letter. Until this is called, it is
    /// the sandbox's own `/oauth2/default.html`.
    pub fn weibo_redirects(&self, redirects: Vec<String>) {
        self.house().weibo.memory().oauth.redirects = Some(redirects);
    }

    /// The `auth_code` that Weibo's `user/authed` answers: 1, 4, 7 may broadcast; with 6, 8, 9, 10, 13
    /// the person must verify in Weibo's app first; with any other the account can't broadcast. Only
    /// those who may can `create`.
    pub fn weibo_right(&self, auth_code: u32) {
        self.house().weibo.memory().right = auth_code;
    }

    /// Weibo's calls a day for the user, today's calls included. It is 100,000 at first.
    pub fn weibo_daily_calls(&self, calls: u32) {
        self.house().weibo.memory().budget.limit = calls.into();
    }

    /// How long Weibo's tokens live that are handed out from now on. It is 30 days at first.
    pub fn weibo_token_life(&self, life: Duration) {
        self.house().weibo.memory().tokens.life = life;
    }

    /// How many of Weibo's tokens still work: of those handed out by signing in, and of those that
    /// [`crate::Sandbox::accounts`] told, which makes one when its last no longer works.
    pub fn weibo_tokens(&self) -> usize {
        self.house().weibo.memory().tokens.count(self.house().clock.now())
    }

    /// Plays an encoder that pushes to a Weibo room, or stops it: the room turns live and the ingest
    /// counts sound and picture as from a real push. As with a real push the room stays live when the
    /// video stops. `room` is the live object's id. False when there is no such room, it has ended, or
    /// somebody pushes there for real. Needs a tokio runtime.
    pub fn weibo_video(&self, room: &str, on: bool) -> bool {
        self.house().weibo.play_video(self.house(), room, on)
    }
}
