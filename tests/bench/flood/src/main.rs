//! A flood of chat into a real window, timed from the socket to the page.
//!
//! ```text
//! flood SUMMARY.json            beside kaibo and naive-window, built for release
//! KAIBO_FLOOD_SECONDS           how long the flood lasts, 60 unless told
//! ```
//!
//! Four rooms of the sandbox, which plays in this process, each with an account of its own, are connected through
//! the window's forms and taken on air. Then, each through a real WebSocket and packed as the platform packs them:
//!
//! * the **flood**: 5,000 lines a second over the four rooms;
//! * the **burst**: 50,000 lines handed to the sockets within one second, while keys are pressed on the X screen and
//!   timed until the window has drawn what they typed;
//! * a **busy chat** of 1,000 lines a second, while keys are pressed, then while the wheel is turned over the list: how
//!   long a frame takes;
//! * the **control**: the same flood into `naive-window`, which does as usual clients do (an event and a node a line).
//!
//! What counts as *there* stands in `probe.js`, what is kept is counted in Kaibo's own history.

mod comfort;
mod history;
mod judge;
mod keys;
mod probe;
mod rounds;
mod source;
mod stalls;
mod summary;
mod wheel;

use std::error::Error;
use std::path::Path;

use kaibo_sandbox::{Config, Sandbox};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Rooms that are flooded at once.
const ROOMS: usize = 4;
/// Lines a second of the flood, over all rooms.
const RATE: usize = 5_000;
/// Lines of the burst, handed over within one second.
const BURST: usize = 50_000;
/// The control gets the whole of a short flood, but not ten minutes: it grows by 5 MB a second.
const CONTROL_SECONDS: usize = 60;

#[tokio::main]
async fn main() -> Result<()> {
    let summary = std::env::args().nth(1).ok_or("usage: flood SUMMARY.json")?;
    let seconds = match std::env::var("KAIBO_FLOOD_SECONDS") {
        Ok(text) => text.parse()?,
        Err(_) => 60,
    };
    let mut figures = summary::Figures::default();
    rounds::kaibo(sandbox().await?, seconds, &mut figures).await?;
    rounds::control(sandbox().await?, seconds.min(CONTROL_SECONDS), &mut figures).await?;
    figures.write(Path::new(&summary))
}

async fn sandbox() -> Result<Sandbox> {
    let config = Config { chatter: false, bilibili_streamers: ROOMS, ..Config::default() };
    Ok(Sandbox::start(config).await?)
}
