//! What every walk has in common: the live room, and what must have survived an expired sign-in.

use std::time::Duration;

use kaibo_tests::{Evening, Push, until};

/// A room on air, and what a streamer would miss of it.
pub struct OnAir {
    platform: &'static str,
    remote: String,
    server: String,
    key: String,
    push: Push,
}

/// Waits until an account stands in the list, signed in.
pub async fn signed_in(evening: &Evening, platform: &str) {
    let window = &evening.window;
    window.until_gone("[data-testid=\"connect-dialog\"]").await;
    window.click("nav-accounts").await;
    let good = "[data-testid=\"account-state\"][data-state=\"signed_in\"]";
    window.find_css(&format!("{} {good}", row(platform))).await;
    window.shot(&format!("signed-in-{platform}")).await;
}

fn row(platform: &str) -> String {
    format!("[data-testid=\"account-{platform}\"][data-sandbox=\"false\"]")
}

/// Presses *check now* and waits for what comes of it.
pub async fn check(evening: &Evening, platform: &str, state: &str) {
    let window = &evening.window;
    window.click("nav-accounts").await;
    window.click_css(&format!("{} [data-testid=\"check-account\"]", row(platform))).await;
    let found = format!("{} [data-testid=\"account-state\"][data-state=\"{state}\"]", row(platform));
    window.find_css(&found).await;
}

/// From a signed-in account to a room that viewers can see.
pub async fn on_air(evening: &Evening, platform: &'static str, title: &str) -> OnAir {
    let window = &evening.window;
    evening.go_live(&[platform], title).await;
    window.click("run-close").await;
    evening.open_room(platform).await;
    let server = evening.copy("copy-server").await;
    let key = evening.copy("copy-key").await;
    let push = Push::start(&server, &key);
    window.until_attribute("room-status", "data-status", "live").await;
    OnAir { platform, remote: evening.remote(platform), server, key, push }
}

impl OnAir {
    /// The sign-in runs out at the platform; waits until the room says so, and begins to sign in again.
    pub async fn expire(&self, evening: &Evening) {
        let window = &evening.window;
        evening.control.expire_tokens(self.platform);
        evening.open_room(self.platform).await;
        window.click("refresh").await;
        window.until_attribute("problem", "data-code", "sign_in_expired").await;
        window.shot(&format!("expired-{}", self.platform)).await;
        let action = "[data-testid=\"problem-action\"]";
        window.click_for(action, "[data-testid=\"connect-dialog\"]").await;
    }

    /// The same where rooms are read without a sign-in: the account says so.
    pub async fn expire_and_check(&self, evening: &Evening) {
        evening.control.expire_tokens(self.platform);
        check(evening, self.platform, "expired").await;
        evening.window.shot(&format!("expired-{}", self.platform)).await;
        let again = format!("{} [data-testid=\"replace-credentials\"]", row(self.platform));
        evening.window.click_for(&again, "[data-testid=\"connect-dialog\"]").await;
    }

    /// The same room is still on air and under the streamer's hand: the same push address, chat both ways where
    /// there is chat, and an end that ends it.
    pub async fn survived(self, evening: &Evening) {
        let window = &evening.window;
        let platform = self.platform;
        window.until_gone("[data-testid=\"connect-dialog\"]").await;
        evening.open_room(platform).await;
        window.until_gone("[data-testid=\"problem\"]").await;
        window.until_attribute("room-status", "data-status", "live").await;
        let room = evening.control.room(platform, &self.remote).unwrap();
        assert!(room.live, "the room stayed on air at {platform}");
        assert_eq!(
            evening.control.rooms(platform).last().unwrap().id,
            self.remote,
            "no second room was made"
        );
        let server = evening.copy("copy-server").await;
        assert_eq!(server, self.server);
        assert_eq!(evening.copy("copy-key").await, self.key);
        if platform != "qiniu" {
            self.chat(evening).await;
        }
        self.push.stop().await;
        evening.open_room(platform).await;
        window.click_for("[data-testid=\"end\"]", "[data-testid=\"confirm\"]").await;
        window.click("confirm").await;
        let ended = || async { (!evening.control.room(platform, &self.remote)?.live).then_some(()) };
        until("the end at the platform", ended).await;
    }

    async fn chat(&self, evening: &Evening) {
        let window = &evening.window;
        let (line, answer) = ("换了钥匙也听得见", "我又回来了");
        let listens = format!("[data-testid=\"room-{}\"][data-chat=\"listening\"]", self.platform);
        window.find_css(&listens).await;
        // The chat is connected anew with the new sign-in; what is said just then is lost, as on the platform.
        until("a viewer to be heard", || async {
            assert!(evening.control.viewer_says(self.platform, &self.remote, "南山有台", line));
            let heard = window.until_text("chat-lines", line);
            tokio::time::timeout(Duration::from_secs(5), heard).await.ok()
        })
        .await;
        window.click("chat-target").await;
        window.click(&format!("chat-target-{}", self.platform)).await;
        window.fill("chat-input", answer).await;
        window.click("chat-send").await;
        let received = || async {
            let said = evening.control.chat_received(self.platform, &self.remote);
            said.iter().any(|line| line == answer).then_some(())
        };
        until("the answer at the platform", received).await;
    }
}
