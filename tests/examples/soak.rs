//! A long night in the real window: whether it holds on to anything, and what it costs when nothing happens.
//!
//! ```text
//! soak SECONDS IDLE_SECONDS SUMMARY.json      beside the program, on a screen of its own
//! ```
//!
//! Four rooms are on air. For SECONDS their viewers say 200 lines a second, chats are cut and healed ten times an hour
//! (three times in a short night), and the window is led from view to view. What all processes hold at the end is
//! compared with what they held after ten minutes, in a short night after half of it: the least of some minutes there.
//! Then nobody says anything for `IDLE_SECONDS`, and nothing pushes: that is what Kaibo costs while it waits, behind the
//! game that has the keyboard on an evening, and then as long in front of it. Of 0 SECONDS there is no night, and
//! nothing about it in the summary. At last what moved in the page is printed, as that is what a quiet window costs.

#![allow(clippy::print_stdout, clippy::unwrap_used, clippy::expect_used)] // a program for developers
#![allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use kaibo_sandbox::{Control, Fault};
use kaibo_tests::memory::{Held, held, processes};
use kaibo_tests::{FourRooms, OtherProgram, Window, cpu, until};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Lines a second over all rooms. Weibo's room says one of twenty, as it is polled.
const RATE: usize = 200;
const WEIBO_SAYS: usize = 20;
/// Lines are said in portions.
const PORTION: Duration = Duration::from_millis(50);
/// Ten cuts an hour, three in a short night, each so long.
const CUT_EVERY: Duration = Duration::from_secs(360);
const CUT_FOR: Duration = Duration::from_secs(4);
/// Where Weibo's chat is read.
const WEIBO_CHAT: &str = "/2/proxy/live/chatroom/r_sync";
/// The window is led on so often.
const VIEW_EVERY: Duration = Duration::from_secs(4);
/// Views, by what is clicked.
const VIEWS: [&str; 5] = [
    "[data-testid=\"room-bilibili\"] button.hit",
    "[data-testid=\"nav-history\"]",
    "[data-testid=\"room-weibo\"] button.hit",
    "[data-testid=\"nav-accounts\"]",
    "[data-testid=\"nav-settings\"]",
];
/// All is looked at so often.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// What the end is compared with: caches are full by then, and the ring of lines.
const SETTLED: Duration = Duration::from_secs(600);
/// Looks are summed up over this part of the night, four minutes of the shortest: several teeth of the saw.
const PART: f64 = 0.2;
/// Bounds.
const MEMORY_RATIO: f64 = 1.10;
const IDLE_PERCENT: f64 = 1.0;
/// What moves in a quiet page is watched for so long: each change under the nearest name that stands above it.
const WATCHED: Duration = Duration::from_secs(20);
const WATCH: &str = "const places = {}; \
    const name = (at) => at.closest('[data-testid]')?.dataset.testid ?? at.closest('[class]')?.className ?? '?'; \
    const watcher = new MutationObserver((changes) => { \
        for (const { target, type, attributeName } of changes) { \
            const at = target.nodeType === 1 ? target : target.parentElement; \
            const place = `${at ? name(at) : '?'} ${attributeName ?? type}`; \
            places[place] = (places[place] ?? 0) + 1; \
        } \
    }); \
    watcher.observe(document, { subtree: true, childList: true, characterData: true, attributes: true }); \
    window.watched = { watcher, places };";
/// After the last line, before the quiet is measured.
const CALM: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [seconds, idle, summary] = &arguments[..] else {
        return Err("usage: soak SECONDS IDLE_SECONDS SUMMARY.json".into());
    };
    let (night, idle) = (Duration::from_secs(seconds.parse()?), Duration::from_secs(idle.parse()?));
    let four = FourRooms::begin().await;
    let window = &four.evening.window;
    let busy = if night.is_zero() { None } else { Some(soak(&four, night).await?) };
    let [behind, front] = rest(window, idle).await;
    let well = busy.as_ref().is_none_or(Night::well) && behind < IDLE_PERCENT;
    let mut figures = busy.as_ref().map_or_else(|| json!({}), |busy| busy.figures(night));
    figures["idle_cpu_percent"] = json!((behind * 100.0).round() / 100.0);
    figures["idle_front_cpu_percent"] = json!((front * 100.0).round() / 100.0);
    figures["passed"] = json!(well);
    let summary = Path::new(summary);
    summary.parent().map_or(Ok(()), fs::create_dir_all)?;
    let text = serde_json::to_string_pretty(&figures)? + "\n";
    fs::write(summary, &text)?;
    println!("{text}{}", if well { "soak: passed" } else { "soak: FAILED" });
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What a night came to.
struct Night {
    /// Held when it had settled, and at the end.
    settled: Part,
    end: Part,
    cpu: f64,
    said: usize,
    cuts: usize,
    views: usize,
}

impl Night {
    fn figures(&self, night: Duration) -> Value {
        json!({
            "seconds": night.as_secs(),
            "lines": self.said,
            "cuts": self.cuts,
            "views": self.views,
            "memory_settled_mb": round(self.settled.least / 1e6),
            "memory_end_mb": round(self.end.least / 1e6),
            "memory_settled_middle_mb": round(self.settled.middle / 1e6),
            "memory_end_middle_mb": round(self.end.middle / 1e6),
            "memory_ratio": (self.ratio() * 1000.0).round() / 1000.0,
            "threads_settled": self.settled.threads.1,
            "threads_end": self.end.threads.0,
            "descriptors_settled": self.settled.descriptors.1,
            "descriptors_end": self.end.descriptors.0,
            "cpu_percent": round(self.cpu),
        })
    }

    fn ratio(&self) -> f64 {
        self.end.least / self.settled.least.max(1.0)
    }

    fn well(&self) -> bool {
        self.ratio() <= MEMORY_RATIO
            && self.end.threads.0 <= self.settled.threads.1
            && self.end.descriptors.0 <= self.settled.descriptors.1
    }
}

async fn soak(four: &FourRooms, night: Duration) -> Result<Night> {
    let window = &four.evening.window;
    let (control, until_then) = (&four.evening.control, Instant::now() + night);
    let rooms: Vec<(&str, &str)> =
        four.rooms.iter().map(|room| (room.platform, room.remote.as_str())).collect();
    let processes = processes(window);
    let before = cpu::look(&processes);
    let looks = look_on(&processes, until_then);
    let (said, cuts, views, looks) =
        tokio::join!(talk(control, &rooms, until_then), cut(control, night), lead(window, until_then), looks);
    let after = cpu::look(&processes);
    println!("processors over {} s: {}", night.as_secs(), after.since(&before));
    // Both lines of what was cut are healed, or the quiet would be measured with one that is looked for.
    window.until_attribute("chat-health", "data-broken", "0").await;
    let settled = (SETTLED.as_secs_f64() / night.as_secs_f64()).min(0.5);
    for (at, (_, name)) in processes.iter().enumerate() {
        println!("memory, MB, {name}: {}", course(&looks, |held| held.each[at]));
    }
    println!("memory, MB, together: {}", course(&looks, |held| held.bytes));
    let (low, high) = (Part::of(&looks, settled), Part::of(&looks, 1.0 - PART));
    Ok(Night { settled: low, end: high, cpu: after.share_since(&before), said, cuts: cuts?, views })
}

/// A look every so often, for a person.
fn course(looks: &[Held], of: impl Fn(&Held) -> f64) -> String {
    let some = looks.iter().step_by((looks.len() / 24).max(1));
    some.map(|held| format!("{:.0}", of(held) / 1e6)).collect::<Vec<_>>().join(", ")
}

/// What was held over a part of the night.
///
/// The page's garbage is let gather and then collected, so memory is a saw of a hundred megabytes, and single looks tell
/// where on a tooth they fell. What is held on to lies below every tooth: the least of a few minutes is compared. Threads
/// and descriptors come and go with what is under way; what is held on to doesn't go: the fewest of the end are compared
/// with the most of before.
struct Part {
    least: f64,
    middle: f64,
    /// Fewest and most.
    threads: (usize, usize),
    descriptors: (usize, usize),
}

impl Part {
    fn of(looks: &[Held], from: f64) -> Self {
        let place = |part: f64| ((looks.len() as f64 * part) as usize).min(looks.len() - 1);
        let some = &looks[place(from)..=place(from + PART)];
        let mut weights: Vec<f64> = some.iter().map(|held| held.bytes).collect();
        weights.sort_by(f64::total_cmp);
        Self {
            least: weights[0],
            middle: weights[weights.len() / 2],
            threads: Self::ends(some.iter().map(|held| held.threads)),
            descriptors: Self::ends(some.iter().map(|held| held.descriptors)),
        }
    }

    fn ends(of: impl Iterator<Item = usize> + Clone) -> (usize, usize) {
        (of.clone().min().unwrap_or_default(), of.max().unwrap_or_default())
    }
}

async fn look_on(processes: &[(u32, String)], until_then: Instant) -> Vec<Held> {
    let mut looks = Vec::new();
    while Instant::now() < until_then {
        looks.push(held(processes));
        tokio::time::sleep(LOOK_EVERY).await;
    }
    looks
}

/// Says lines in all rooms to the beat of a clock; answers how many were taken.
async fn talk(control: &Control, rooms: &[(&str, &str)], until_then: Instant) -> usize {
    let (weibo, others) = rooms.split_last().expect("four rooms");
    let mut beat = tokio::time::interval(PORTION);
    let (mut number, mut said) = (0, 0);
    while Instant::now() < until_then {
        beat.tick().await;
        for _ in 0..RATE * usize::try_from(PORTION.as_millis()).unwrap_or(1) / 1000 {
            number += 1;
            let (platform, room) =
                if number % WEIBO_SAYS == 0 { *weibo } else { others[number % others.len()] };
            let name = format!("听众{}", number * 31 % 2_000);
            let text = format!("第 {number} 句：{}", "声音刚刚好，".repeat(1 + number % 4));
            said += usize::from(control.viewer_says(platform, room, &name, &text));
        }
    }
    said
}

/// Cuts one platform's chat after the other; answers how often.
async fn cut(control: &Control, night: Duration) -> Result<usize> {
    let every = CUT_EVERY.min(night / 4);
    let mut cuts = 0;
    let mut left = night;
    while left > every {
        tokio::time::sleep(every.saturating_sub(CUT_FOR)).await;
        if cuts % 2 == 0 {
            control.stop("bilibili").await;
            tokio::time::sleep(CUT_FOR).await;
            control.restart("bilibili").await?;
        } else {
            control.fault("weibo", WEIBO_CHAT, Fault::Status(502), None);
            tokio::time::sleep(CUT_FOR).await;
            control.clear_faults();
        }
        cuts += 1;
        left = left.saturating_sub(every);
    }
    Ok(cuts)
}

/// Leads the window from view to view; answers how often.
async fn lead(window: &Window, until_then: Instant) -> usize {
    let mut views = 0;
    while Instant::now() < until_then {
        window.click_css(VIEWS[views % VIEWS.len()]).await;
        views += 1;
        tokio::time::sleep(VIEW_EVERY).await;
    }
    views
}

/// Percent of a core that all processes take while nothing happens: behind another program, and in front of it.
async fn rest(window: &Window, idle: Duration) -> [f64; 2] {
    window.click("nav-accounts").await;
    window.click_css(VIEWS[0]).await;
    window.find("room-page").await;
    let game = OtherProgram::open();
    game.take_front().await;
    keyboard(window, false).await;
    window.shot("soak-idle").await;
    let behind = quiet(window, idle, "behind a game").await;
    drop(game);
    window.click_css(VIEWS[0]).await;
    keyboard(window, true).await;
    let front = quiet(window, idle, "in front").await;
    moved(window).await;
    [behind, front]
}

/// Waits until the window has the keyboard, or hasn't.
async fn keyboard(window: &Window, has: bool) {
    until(&format!("keyboard: {has}"), || async {
        (window.script("return document.hasFocus()").await == has).then_some(())
    })
    .await;
}

async fn quiet(window: &Window, idle: Duration, place: &str) -> f64 {
    tokio::time::sleep(CALM).await;
    let processes = processes(window);
    let before = cpu::look(&processes);
    tokio::time::sleep(idle).await;
    let after = cpu::look(&processes);
    println!("processors over {} quiet seconds {place}: {}", idle.as_secs(), after.since(&before));
    after.share_since(&before)
}

/// Prints which places of the page changed while nothing happened, and how often. After the quiet was measured, as
/// watching costs.
async fn moved(window: &Window) {
    window.script(WATCH).await;
    tokio::time::sleep(WATCHED).await;
    let places = window.script("watched.watcher.disconnect(); return watched.places").await;
    println!("moved in {} quiet seconds: {places}", WATCHED.as_secs());
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
