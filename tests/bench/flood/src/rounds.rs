//! The three rounds: flood and burst into Kaibo, the same flood into the control.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use kaibo_sandbox::{Sandbox, SandboxAccount};
use kaibo_tests::memory::{self, Weights, processes};
use kaibo_tests::{Connect, Environment, Evening, Window, cpu, until};
use serde_json::json;

use crate::judge::{lateness, lateness_of_whole};
use crate::keys::Typing;
use crate::source::{Plan, Sent, Source, now_ms};
use crate::stalls;
use crate::summary::Figures;
use crate::{BURST, RATE, ROOMS, Result, comfort, history, probe};

/// Seconds before memory is compared: caches fill, the ring of lines comes to its length.
fn settled_after(seconds: usize) -> f64 {
    // Of a flood of less than five minutes a third.
    120_f64.min(seconds as f64 / 3.0)
}

/// How long is waited for the last line.
const CAUGHT_UP_WITHIN: Duration = Duration::from_secs(60);

/// Flood and burst into Kaibo.
pub(crate) async fn kaibo(sandbox: Sandbox, seconds: usize, figures: &mut Figures) -> Result<()> {
    let mut source = Source::new(sandbox.control())?;
    let (flood, burst) = (source.pack(Plan::flood(RATE, seconds))?, RATE * seconds / ROOMS);
    let burst_packets = source.pack(Plan::burst(BURST))?;
    let burst_end = source.made();
    let busy = comfort::Chat::pack(&mut source)?;
    let evening = Evening::begin_on(sandbox, Environment::new()).await;
    for account in evening.sandbox.bilibili_accounts() {
        connect(&evening, account).await;
    }
    go_live(&evening.window).await;
    let window = &evening.window;
    probe::start(window, seconds + 180).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("quiet: worst frame {:.0} ms", probe::worst_since(window).await);

    let base = probe::through(window).await.unwrap_or(0);
    probe::slow_since(window, 0.0).await;
    let (sent, weights) = pour(window, flood, seconds).await?;
    println!("slow frames: {}", probe::slow_since(window, sent[0].at_ms).await);
    until_there(window, burst, base + burst * ROOMS).await;
    let worst = probe::worst_since(window).await;
    let seen = probe::read(window).await?;
    let order = history::read(evening.home(), 0, burst).await;
    let order = order.inspect_err(|error| println!("no history: {error}")).ok();
    let late = lateness(&sent, &seen.frames, order.as_ref(), base);
    println!("flood, {seconds} s: {late}");
    println!("  lines that stand whole: {}", lateness_of_whole(&sent, &seen.frames));
    comfort::p95(&seen.frames);
    println!("  memory, MB: {}", weights.course());
    if let Some(order) = &order {
        figures.put("flood_lost", (burst * ROOMS).saturating_sub(order.kept) as f64);
        figures.put("flood_doubled", order.doubled as f64);
    }
    figures.put("flood_lines_a_second", RATE as f64);
    figures.put("flood_seconds", seconds as f64);
    figures.put("flood_missing_in_pane", late.missing as f64);
    figures.put("flood_p50_ms", late.p50);
    figures.put("flood_p99_ms", late.p99);
    figures.put("flood_worst_ms", late.worst);
    figures.put("flood_worst_frame_ms", worst);
    figures.put("flood_growth_mb", weights.growth(settled_after(seconds)) / 1e6);
    figures.put("flood_memory_mb", weights.most() / 1e6);
    burst_into(&evening, burst_packets, burst, burst_end, figures).await?;
    busy.pour(window, figures).await?;
    window.shot("flood").await;
    Ok(())
}

/// The burst, after lines up to `first` of each room; they go up to `end`.
async fn burst_into(
    evening: &Evening,
    packets: crate::source::Ready,
    first: usize,
    end: usize,
    figures: &mut Figures,
) -> Result<()> {
    let window = &evening.window;
    let base = probe::through(window).await.unwrap_or(0);
    window.click("chat-input").await;
    let before = probe::read(window).await?.inputs.len();
    let typing = Typing::begin();
    tokio::time::sleep(Duration::from_secs(1)).await;
    probe::worst_since(window).await;
    let looked = cpu::look(&processes(window));
    let sent = packets.send().await?;
    let handed = now_ms();
    until_there(window, end, base + (end - first) * ROOMS).await;
    println!("burst: {}", cpu::look(&processes(window)).since(&looked));
    tokio::time::sleep(Duration::from_secs(1)).await;
    let pressed = typing.end().await?;
    until("the keys to be answered", || async {
        let answered = probe::read(window).await.ok()?.inputs.len().checked_sub(before)?;
        (answered >= pressed.len()).then_some(())
    })
    .await;
    let seen = probe::read(window).await?;
    let answered = &seen.inputs[before.min(seen.inputs.len())..];
    if answered.len() != pressed.len() {
        return Err(format!("{} keys were pressed and {} came", pressed.len(), answered.len()).into());
    }
    let waits = || pressed.iter().zip(answered).map(|(pressed, answered)| answered - pressed);
    let order = history::read(evening.home(), first, end - first).await.ok();
    let late = lateness(&sent, &seen.frames, order.as_ref(), base);
    let all = base + (end - first) * ROOMS;
    let there = |frame: &&probe::Frame| match frame.through {
        Some(through) => through >= all,
        None => frame.newest.iter().all(|newest| newest.is_some_and(|newest| newest + 1 >= end)),
    };
    let caught_up = seen.frames.iter().find(there).map_or(f64::INFINITY, |frame| frame.at_ms);
    println!("burst, {BURST} lines in {:.2} s: {late}", (handed - sent[0].at_ms) / 1000.0);
    if let Some(order) = &order {
        figures.put("burst_lost", ((end - first) * ROOMS).saturating_sub(order.kept) as f64);
    }
    figures.put("burst_input_ms", waits().fold(0.0, f64::max));
    figures.put("burst_input_p50_ms", middle(waits().collect()));
    figures.put("burst_worst_frame_ms", seen.worst_ms);
    figures.put("burst_caught_up_s", (caught_up - handed).max(0.0) / 1000.0);
    Ok(())
}

/// The same flood into a window that does as usual clients do.
pub(crate) async fn control(sandbox: Sandbox, seconds: usize, figures: &mut Figures) -> Result<()> {
    let mut source = Source::new(sandbox.control())?;
    let flood = source.pack(Plan::flood(RATE, seconds))?;
    let home = tempfile::TempDir::new()?;
    let accounts: Vec<_> = sandbox
        .bilibili_accounts()
        .into_iter()
        .map(|account| json!({ "settings": account.settings, "secrets": account.secrets }))
        .collect();
    let file = home.path().join("accounts.json");
    std::fs::write(&file, serde_json::to_vec(&accounts)?)?;
    let program: PathBuf = std::env::current_exe()?.with_file_name("naive-window");
    // It draws as Kaibo does on a machine without a graphics card, where benches run.
    let environment: Environment =
        vec![("NAIVE_ACCOUNTS", file.into()), ("WEBKIT_DISABLE_DMABUF_RENDERER", "1".into())];
    let mut window = Window::open_program(&program, home.path(), &environment).await;
    window.until_attribute("chat-lines", "data-heard", &ROOMS.to_string()).await;
    probe::start(&window, seconds + 180).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    probe::worst_since(&window).await;
    let (sent, weights) = pour(&window, flood, seconds).await?;
    until_there(&window, source.made(), 0).await;
    let worst = probe::worst_since(&window).await;
    let late = lateness(&sent, &probe::read(&window).await?.frames, None, 0);
    println!("control, {seconds} s: {late}");
    println!("  memory, MB: {}", weights.course());
    figures.put("flood_control_p99_ms", late.p99);
    figures.put("flood_control_worst_frame_ms", worst);
    figures.put("flood_control_growth_mb", weights.growth(settled_after(seconds)) / 1e6);
    if let Some(own) = figures.get("flood_p99_ms") {
        figures.put("flood_control_vs_kaibo", late.p99 / own);
    }
    window.kill().await;
    Ok(())
}

/// Sends a flood while memory and processors are watched.
async fn pour(window: &Window, flood: crate::source::Ready, seconds: usize) -> Result<(Vec<Sent>, Weights)> {
    let processes = processes(window);
    let mut weights = Weights::default();
    let before = cpu::look(&processes);
    let stalls = stalls::Watch::begin();
    let sent = tokio::select! {
        sent = flood.send() => sent?,
        () = memory::watch(&processes, &mut weights) => unreachable!("it watches until it is dropped"),
    };
    println!("the machine stood still: {}", stalls.end());
    println!("processors over {seconds} s: {}", cpu::look(&processes).since(&before));
    println!("memory by process, MB: {}", weights.by_process(&processes, settled_after(seconds)));
    Ok((sent, weights))
}

/// Waits until the last line of every room is there: line `end - 1`, or `all` lines where the list counts them.
async fn until_there(window: &Window, end: usize, all: usize) {
    let deadline = Instant::now() + CAUGHT_UP_WITHIN;
    loop {
        let there = match probe::through(window).await {
            Some(through) => through >= all,
            None => probe::newest(window).await.iter().all(|newest| *newest + 1 >= end as i64),
        };
        if there || Instant::now() > deadline {
            return;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Connects an account by the window's form.
async fn connect(evening: &Evening, account: SandboxAccount) {
    let changes: Connect = account.settings.into_iter().chain(account.secrets).collect();
    let name = account.name;
    evening.open_form("bilibili", "form").await;
    evening.fill_form("bilibili", &changes).await;
    let window = &evening.window;
    window.fill("field-name", &name).await;
    window.click("connect").await;
    window.until_gone("[data-testid=\"connect-dialog\"]").await;
}

/// Takes all rooms on air from *Tonight*, and waits until their chats are heard.
async fn go_live(window: &Window) {
    window.click("go-live").await;
    window.fill("tonight-title", "满屋子的人").await;
    let choose = "const all = [...document.querySelectorAll('[data-testid=\"tonight-choose-bilibili\"]')]; \
        all.filter((one) => !one.checked).forEach((one) => one.click()); \
        return all.filter((one) => one.checked).length";
    until("four rooms to be chosen", || async {
        (window.script(choose).await.as_u64() == Some(ROOMS as u64)).then_some(())
    })
    .await;
    window.click("tonight-go").await;
    let count = |selector: &'static str| async move {
        let script = format!("return document.querySelectorAll('{selector}').length");
        (window.script(&script).await.as_u64() == Some(ROOMS as u64)).then_some(())
    };
    until("four rooms on air", || count("[data-testid=\"run-bilibili\"][data-state=\"done\"]")).await;
    window.click("run-close").await;
    until("four chats", || count("[data-testid=\"room-bilibili\"][data-chat=\"listening\"]")).await;
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::INFINITY)
}
