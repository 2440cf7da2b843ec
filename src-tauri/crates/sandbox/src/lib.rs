//! The four platforms, played on this machine: the other side of the wire.
//!
//! Written from the platforms' documents, never from Kaibo's client. Every listener is bound to
//! 127.0.0.1. The platforms keep state and are strict: a wrong signature, a missing parameter or an
//! expired token gets the platform's own error. An RTMP ingest takes real pushes from OBS or ffmpeg at
//! the addresses the platforms hand out, and at no others.
//!
//! Accounts, names and lines of chat are made up.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bilibili;
mod control;
mod fault;
mod house;
mod ingest;
mod jpeg;
mod listen;
mod multipart;
mod qiniu;
mod taobao;
mod viewers;
mod weibo;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

pub use bilibili::{DanmakuLine, DanmakuPacket, MutedViewer};
pub use control::Control;
pub use fault::{CallRecord, Fault};
pub use house::{Dialect, RoomState};
pub use ingest::Meter;

use house::House;
use listen::Doormen;

/// The names of the platforms, as used all over this crate's interface.
pub const PLATFORMS: [&str; 4] = ["weibo", "taobao", "qiniu", "bilibili"];

/// A live object on Weibo that belongs to somebody else: the account gets 20013 for it.
pub const WEIBO_STRANGERS_ROOM: &str = weibo::STRANGERS_ROOM;

/// How the sandbox shall be set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Viewers come, talk and leave by themselves.
    pub chatter: bool,
    /// Where to listen.
    pub ports: Ports,
    /// Which form of the replies is served. [`Control::set_dialect`] changes it for one platform.
    pub dialect: Dialect,
    /// Streamers on Bilibili, each with a room: 1 to 4. Tests and benches want several rooms with chat.
    pub bilibili_streamers: usize,
    /// A folder into which pushes are recorded as they arrive, each in a file of its own ([`Meter::recording`]): the
    /// first 64 pushes, and of each the first 64 MiB. None keeps nothing.
    pub recordings: Option<PathBuf>,
}

impl Default for Config {
    fn default() -> Self {
        let (ports, dialect) = (Ports::default(), Dialect::default());
        Self { chatter: true, ports, dialect, bilibili_streamers: 1, recordings: None }
    }
}

/// Ports on 127.0.0.1; 0 takes any free one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ports {
    /// Weibo's API.
    pub weibo: u16,
    /// Taobao's gateway.
    pub taobao: u16,
    /// Qiniu's API.
    pub qiniu: u16,
    /// Bilibili's API and its chat socket.
    pub bilibili: u16,
    /// Where OBS pushes.
    pub rtmp: u16,
    /// The ingest's own HTTP API.
    pub ingest_api: u16,
}

/// Where the parts of the sandbox are found. Prints as a small table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// `http://127.0.0.1:PORT`, Weibo's API.
    pub weibo: String,
    /// `http://127.0.0.1:PORT`, Taobao's gateway is at `/router/rest` below it.
    pub taobao: String,
    /// `http://127.0.0.1:PORT`, Qiniu's API.
    pub qiniu: String,
    /// `http://127.0.0.1:PORT`, Bilibili's API.
    pub bilibili: String,
    /// `rtmp://127.0.0.1:PORT`.
    pub rtmp: String,
    /// `http://127.0.0.1:PORT`, the ingest's API: the `signal_url` of accounts.
    pub ingest_api: String,
}

impl fmt::Display for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "weibo      {}", self.weibo)?;
        writeln!(f, "taobao     {}/router/rest", self.taobao)?;
        writeln!(f, "qiniu      {}", self.qiniu)?;
        writeln!(f, "bilibili   {}", self.bilibili)?;
        writeln!(f, "rtmp       {}", self.rtmp)?;
        write!(f, "ingest api {}/api/v1/streams/", self.ingest_api)
    }
}

/// An account that is ready to be connected.
#[derive(Clone, PartialEq, Eq)]
pub struct SandboxAccount {
    /// One of [`PLATFORMS`].
    pub platform: &'static str,
    /// What to call it.
    pub name: String,
    /// The form's plain fields. A list is joined by commas.
    pub settings: BTreeMap<String, String>,
    /// The form's secret fields.
    pub secrets: BTreeMap<String, String>,
}

impl fmt::Debug for SandboxAccount {
    /// Leaves the secrets' values out, as everywhere.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxAccount")
            .field("platform", &self.platform)
            .field("name", &self.name)
            .field("settings", &self.settings)
            .field("secrets", &self.secrets.keys().collect::<Vec<_>>())
            .finish()
    }
}

/// A running sandbox. Dropping it stops everything.
#[must_use]
pub struct Sandbox {
    house: Arc<House>,
    doormen: Arc<Doormen>,
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Sandbox").field(self.house.addresses()).finish()
    }
}

impl Sandbox {
    /// Starts all listeners. Needs a tokio runtime. Fails when a port is taken.
    pub async fn start(config: Config) -> std::io::Result<Self> {
        let (house, doormen) = listen::open_house(&config).await?;
        Ok(Self { house, doormen })
    }

    /// One account a platform, with the addresses of this sandbox filled in. After
    /// [`Control::expire_tokens`] it holds the renewed credentials.
    pub fn accounts(&self) -> Vec<SandboxAccount> {
        self.house.platforms().iter().map(|platform| platform.account(&self.house)).collect()
    }

    /// An account for each of Bilibili's streamers ([`Config::bilibili_streamers`]); the first is that of
    /// [`Sandbox::accounts`].
    pub fn bilibili_accounts(&self) -> Vec<SandboxAccount> {
        self.house.bilibili.accounts(&self.house)
    }

    /// Where everything listens.
    pub fn addresses(&self) -> Addresses {
        self.house.addresses().clone()
    }

    /// The strings behind the scenes, for tests.
    pub fn control(&self) -> Control {
        Control::new(self.house.clone(), self.doormen.clone())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.house.close();
    }
}
