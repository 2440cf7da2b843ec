//! A real OBS: `make e2e-obs` runs these alone.
#![allow(unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod alarms;
mod driver;
mod relay;
mod stage;
mod studio;
mod window;

/// What OBS asks for in these tests.
const PASSWORD: &str = "sesame-of-the-test";
