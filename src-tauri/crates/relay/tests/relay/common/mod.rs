//! An encoder and platforms for the tests, made of an RTMP library that the relay has no part of.

#![allow(dead_code, unreachable_pub, missing_docs)] // each test uses its part of it
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

pub mod clip;
pub mod push;
pub mod sink;

use std::time::Duration;

use kaibo_live::push::PushAddress;
use kaibo_relay::{Relay, Settings, Status, TargetId, TargetState, TargetStatus};
use tokio::time::Instant;

pub const KEY: &str = "made-up-ingest-key-7d1f";

/// A relay on any port.
pub fn relay(change: impl FnOnce(&mut Settings)) -> Relay {
    let mut settings = Settings::new(0, "kaibo", KEY.to_owned().into());
    change(&mut settings);
    Relay::start(settings).unwrap()
}

pub fn id(name: &str) -> TargetId {
    TargetId(name.to_owned())
}

/// Looks every 10 ms until it is so; panics after `seconds`.
pub async fn until(seconds: u64, what: &str, mut so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(seconds);
    while !so() {
        assert!(Instant::now() < end, "not within {seconds} s: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub fn status(relay: &Relay) -> Status {
    relay.status().borrow().clone()
}

pub fn target(relay: &Relay, name: &str) -> TargetStatus {
    let status = status(relay);
    status.targets.into_iter().find(|target| target.id.0 == name).expect("a target of this name")
}

pub fn publishes(relay: &Relay, name: &str) -> bool {
    target(relay, name).state == TargetState::Publishing
}

pub fn address(server: &str, key: &str) -> PushAddress {
    PushAddress { server: server.to_owned(), key: key.to_owned().into() }
}
