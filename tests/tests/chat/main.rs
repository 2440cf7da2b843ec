//! Four rooms in one pane, in the real window: three of Bilibili, by WebSocket, and one of Weibo, by polling.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod answer;
mod cut;
mod filter;
mod hold;

use tokio::sync::Mutex;

/// One window at a time.
static SCREEN: Mutex<()> = Mutex::const_new(());
