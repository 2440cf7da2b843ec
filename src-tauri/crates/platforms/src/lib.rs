//! The platforms' wire formats: one folder a platform, one file a call, one way to send.
//!
//! A platform is `mod.rs` (what it is and can do), `auth.rs` (signing), `api/` (one file a call),
//! `map.rs` (reply to domain) and `connection.rs` (the domain's traits over the calls). To add one,
//! write its folder and one line in [`registry`].

// A failure is made once and carried to the window; it is never on a path that is hot.
#![allow(clippy::result_large_err)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bilibili;
#[cfg(feature = "canned")]
#[doc(hidden)]
pub mod canned;
mod connect;
mod http;
mod ingest;
mod loopback;
mod picture;
mod qiniu;
pub mod registry;
mod taobao;
#[cfg(test)]
mod testing;
mod weibo;
mod wire;

#[cfg(feature = "canned")]
pub use bilibili::missed_lines;
pub use bilibili::{DanmakuDecoder, FrameError};
pub use registry::drivers;
