//! OBS as an [`EncoderDriver`], over [obs-websocket 5](https://github.com/obsproject/obs-websocket/blob/master/docs/generated/protocol.md).
//!
//! The client is our own, on the WebSocket library that chat uses too: of the protocol Kaibo needs eight
//! requests, and obws, the crate for all of it, turns OBS away before 30.2 (Debian 12 has 29), writes each
//! message with its key to its log, and reads 64 MiB of whatever answers on that port.
//!
//! Nothing here waits without an end, whatever is on the other side: connecting has [`CONNECT`], a call
//! [`CALL`], and an OBS that hangs is noticed within four seconds (`link.rs`).
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod encoder;
mod find;
mod link;
mod message;
mod service;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use kaibo_live::driver::Outcome;
use kaibo_live::encoder::{Encoder, EncoderAddress, EncoderDriver, LocalEncoder};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::SecretString;
use tokio::time::timeout;

use crate::encoder::Obs;

/// The longest that connecting takes: TCP, WebSocket, sign-in and version together.
pub const CONNECT: Duration = Duration::from_secs(3);

/// The longest that a call takes.
pub const CALL: Duration = Duration::from_secs(3);

/// OBS's port, unless the streamer chose another.
pub const DEFAULT_PORT: u16 = 4455;

/// Reaches OBS, and looks for its settings where this system has them.
pub fn driver() -> impl EncoderDriver {
    driver_looking_in(find::folders(find::System::THIS, |name| std::env::var_os(name)))
}

/// Reaches OBS, and looks for its settings in these folders (`obs-studio`), the first of them first.
pub fn driver_looking_in(folders: Vec<PathBuf>) -> impl EncoderDriver {
    Driver { folders }
}

struct Driver {
    folders: Vec<PathBuf>,
}

#[async_trait]
impl EncoderDriver for Driver {
    async fn connect(
        &self,
        address: &EncoderAddress,
        password: Option<&SecretString>,
    ) -> Outcome<Arc<dyn Encoder>> {
        let connected = timeout(CONNECT, Obs::connect(address, password)).await;
        Ok(Arc::new(connected.map_err(|_| unreachable("no answer in time"))??))
    }

    async fn find(&self) -> Outcome<LocalEncoder> {
        find::find(self.folders.clone()).await
    }
}

/// OBS doesn't answer, or what answers isn't OBS. `why` is for the log.
fn unreachable(why: impl Into<String>) -> Failure {
    Failure::new(ProblemCode::EncoderUnreachable).because(why.into())
}
