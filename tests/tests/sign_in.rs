//! Signing in, in the real window: each way from an empty program to a live room, and from an expired sign-in
//! back to a good one without losing the room.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "sign_in/bilibili.rs"]
mod bilibili;
#[path = "sign_in/form.rs"]
mod form;
#[path = "sign_in/refresh.rs"]
mod refresh;
#[path = "sign_in/walk.rs"]
mod walk;
#[path = "sign_in/weibo.rs"]
mod weibo;

use tokio::sync::Mutex;

/// One window at a time.
static SCREEN: Mutex<()> = Mutex::const_new(());
