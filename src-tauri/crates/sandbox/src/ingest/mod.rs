//! The RTMP ingest: takes pushes at open doors, and at no others.

mod api;
mod door;
mod guard;
mod meter;
mod recording;
mod rtmp;

pub(crate) use door::{Door, Ingest, Pass};
pub use meter::Meter;

pub(crate) use api::router;
pub(crate) use rtmp::serve;
