//! The relay from outside: real sockets, encoders and platforms made of another RTMP library, real ffmpeg and
//! nginx-rtmp.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod encoder;
#[cfg(target_os = "linux")]
mod engines;
mod fanout;
mod hostile;
mod isolation;
#[cfg(target_os = "linux")] // Debian's nginx has the RTMP module
mod real;
