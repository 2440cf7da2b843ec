//! Signing in, staying signed in, forgetting: the studio over a platform with people in it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod begin;
mod facts;
mod forget;
mod renewal;
mod world;
