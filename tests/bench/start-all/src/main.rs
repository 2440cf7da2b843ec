//! *Go live* for a room on each platform at once, beside each room alone.
//!
//! ```text
//! start-all SUMMARY.json
//! ```
//!
//! The real studio and clients against the sandbox, whose platforms answer each call late, and each by another delay.
//! A platform that held up the others, or a lock over a call, would make the whole longer than its slowest part:
//! `start_all_vs_slowest` is what all took, divided by what the slowest takes alone.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use kaibo_live::clock::SystemClock;
use kaibo_live::encoder::NoEncoder;
use kaibo_live::history::History;
use kaibo_live::platform::Platform;
use kaibo_live::problem::Failure;
use kaibo_live::relay::NoRelay;
use kaibo_live::room::{Details, RoomId};
use kaibo_live::secret::SecretStore;
use kaibo_live::store::Store;
use kaibo_live::studio::{Parts, SandboxAccount, SandboxHost, Studio};
use kaibo_live::view::{AccountDraft, GoLive, Preferences, RunState};
use kaibo_sandbox::{Config, Fault, Sandbox};
use kaibo_vault::Vault;
use serde_json::{Map, Value};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Times that each is done; the one in the middle counts.
const ROUNDS: usize = 5;
/// Platforms that can be gone live on, their names in the sandbox, and how late their answers come, ms: about what they
/// take from a home line, and one that is slow tonight.
const LATE: [(Platform, &str, u64); 3] =
    [(Platform::Weibo, "weibo", 80), (Platform::Qiniu, "qiniu", 40), (Platform::Bilibili, "bilibili", 300)];

#[tokio::main]
async fn main() -> Result<()> {
    let summary = std::env::args().nth(1).ok_or("usage: start-all SUMMARY.json")?;
    let sandbox = Sandbox::start(Config { chatter: false, ..Config::default() }).await?;
    let studio = studio()?;
    let mut rooms = Vec::new();
    for (platform, name, _) in LATE {
        rooms.push(connect(&studio, &sandbox, platform, name).await?);
    }
    for (_, name, late) in LATE {
        sandbox.control().fault(name, "/", Fault::Delay(Duration::from_millis(late)), None);
    }
    let mut times: [Vec<f64>; LATE.len() + 1] = std::array::from_fn(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (at, room) in rooms.iter().enumerate() {
            times[at].push(live(&studio, std::slice::from_ref(room)).await?);
        }
        times[LATE.len()].push(live(&studio, &rooms).await?);
    }
    let middles = times.map(middle);
    for ((_, name, late), middle) in LATE.iter().zip(middles) {
        println!("{name:>10}, answers {late} ms late: live after {middle:.0} ms");
    }
    let (alone, all) = (&middles[..LATE.len()], middles[LATE.len()]);
    let slowest = alone.iter().copied().fold(0.0, f64::max);
    println!("all at once: {all:.0} ms, one after another {:.0} ms", alone.iter().sum::<f64>());
    println!("start_all_vs_slowest {:.2}", all / slowest);
    keep(Path::new(&summary), all / slowest)
}

/// Milliseconds until the rooms are live; they are ended after that.
async fn live(studio: &Studio, rooms: &[RoomId]) -> Result<f64> {
    let details = Details { title: "今晚一起看日落".into(), ..Details::default() };
    let request =
        GoLive { rooms: rooms.to_vec(), details, covers: BTreeMap::new(), encoder: None, relay: false };
    let began = Instant::now();
    let run = studio.go_live(request).await;
    let took = began.elapsed().as_secs_f64() * 1_000.0;
    let failed = |run: &kaibo_live::view::RunView| {
        run.rooms.iter().find(|r| !matches!(r.state, RunState::Done)).map(|r| format!("{:?}", r.state))
    };
    if let Some(state) = failed(&run) {
        return Err(format!("not live: {state}").into());
    }
    let run = studio.end_broadcast(rooms, false).await;
    failed(&run).map_or(Ok(took), |state| Err(format!("not ended: {state}").into()))
}

async fn connect(studio: &Studio, sandbox: &Sandbox, platform: Platform, name: &str) -> Result<RoomId> {
    let account = sandbox.accounts().into_iter().find(|a| a.platform == name).ok_or("no account")?;
    let fields: BTreeMap<_, _> = account.settings.into_iter().chain(account.secrets).collect();
    let id = studio.connect_account(AccountDraft { platform, name: String::new(), fields }).await;
    let id = id.map_err(|problem| format!("{platform:?}: {problem:?}"))?;
    let rooms = studio.snapshot("", "").rooms;
    let room = rooms.into_iter().find(|r| r.account == id).ok_or("an account without a room")?;
    Ok(room.id)
}

fn studio() -> Result<Studio> {
    let vault = Arc::new(Vault::with_suffix("bench"));
    vault.use_session_only();
    Ok(Studio::new(Parts {
        drivers: kaibo_platforms::drivers(),
        vault: vault.clone(),
        sandbox_vault: vault,
        store: Store::in_memory()?,
        history: History::private()?,
        clock: Arc::new(SystemClock),
        sandbox: Arc::new(NoSandbox),
        encoder: Arc::new(NoEncoder),
        relay: Arc::new(NoRelay),
        preferences: Preferences::default(),
    })?)
}

/// The sandbox is reached like a platform, by its address.
struct NoSandbox;

#[async_trait]
impl SandboxHost for NoSandbox {
    async fn start(&self) -> std::result::Result<Vec<SandboxAccount>, Failure> {
        Ok(Vec::new())
    }
    async fn stop(&self) {}
}

fn middle(mut times: Vec<f64>) -> f64 {
    times.sort_unstable_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Adds the figure to those that other benchmarks wrote.
fn keep(summary: &Path, figure: f64) -> Result<()> {
    let mut all: Map<String, Value> = match fs::read(summary) {
        Ok(bytes) => serde_json::from_slice(&bytes)?,
        Err(_) => Map::new(),
    };
    all.insert("start_all_vs_slowest".to_owned(), ((figure * 1000.0).round() / 1000.0).into());
    Ok(fs::write(summary, serde_json::to_string_pretty(&all)? + "\n")?)
}
