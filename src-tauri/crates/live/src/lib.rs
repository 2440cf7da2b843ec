//! Kaibo's domain: what a room, an account, a chat event and a problem are, and how an evening is run.
//!
//! No HTTP and no window live here. Platforms come in through [`driver::Driver`], secrets through
//! [`secret::SecretStore`], time and chance through [`clock::Clock`].

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod account;
pub mod budget;
pub mod chat;
pub mod clock;
pub mod cover;
pub mod driver;
pub mod encoder;
pub mod history;
mod latest;
pub mod limits;
pub mod moderation;
pub mod overlay;
pub mod platform;
pub mod problem;
pub mod push;
pub mod relay;
pub mod room;
pub mod secret;
pub mod shortcut;
pub mod store;
pub mod studio;
pub mod view;
