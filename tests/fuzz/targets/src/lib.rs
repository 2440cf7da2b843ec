//! What is done with hostile bytes. Each target reads them as the program does, and panics when a bound is broken.
//!
//! The fuzzers call these with bytes of their own making; `tests/replay.rs` with every seed and past finding.

#![allow(clippy::panic, clippy::expect_used, clippy::missing_panics_doc)] // a target speaks by panicking

mod chat;
mod danmaku;
mod pasted;
mod relay;
mod rest;
mod scene;

use peak_alloc::PeakAlloc;

pub use chat::r_sync;
pub use danmaku::{frames, inflate};
pub use pasted::pasted;
pub use relay::publisher;
pub use rest::rest;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most that reading any input may hold at once, bytes.
const MEMORY_CAP: usize = 16 << 20;

/// A target: reads bytes, and panics when a bound is broken.
pub type Target = fn(&[u8]);

/// All of them by name.
pub const TARGETS: [(&str, Target); 6] = [
    ("frames", frames),
    ("inflate", inflate),
    ("r_sync", r_sync),
    ("rest", rest),
    ("pasted", pasted),
    ("publisher", publisher),
];

/// Does something and holds it to [`MEMORY_CAP`]. Memory is counted over all threads.
fn frugally<T>(what: impl FnOnce() -> T) -> T {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let done = what();
    let held = MEMORY.peak_usage().saturating_sub(before);
    assert!(held <= MEMORY_CAP, "{held} bytes held at once");
    done
}
