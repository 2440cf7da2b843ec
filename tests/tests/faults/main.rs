//! Everything that can go wrong, times everything that is done at a platform, before, during and after: each
//! cell ends as done, as a problem that is told, or pressed again and done; in time, with one room at most for
//! each intent, without a panic and with nothing lost.
//!
//! Real drivers and a real studio stand on one side of a wire, the sandbox on the other; time is virtual. A cell
//! is the same each time that it has the same seed. `make test` plays a sample, `make faults` all.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod answer;
mod cell;
mod control;
mod fault;
mod line;
mod matrix;
mod ops;
mod request;
mod table;
mod wire;
mod world;
