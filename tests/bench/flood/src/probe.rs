//! The page's side of the measuring.

use kaibo_tests::Window;
use serde_json::Value;

use crate::{ROOMS, Result};

/// Frames a second that there is room for.
const FRAMES_A_SECOND: usize = 75;

/// What a frame showed.
pub(crate) struct Frame {
    /// When it was painted, ms since 1970.
    pub(crate) at_ms: f64,
    /// Since the frame before it, ms.
    pub(crate) took_ms: f64,
    /// Where the list was scrolled to, CSS pixels.
    pub(crate) top: f64,
    /// Lines that the rows stand for, where the list counts them.
    pub(crate) through: Option<usize>,
    /// The newest line of each room.
    pub(crate) newest: [Option<usize>; ROOMS],
}

/// What the page noted.
pub(crate) struct Seen {
    pub(crate) frames: Vec<Frame>,
    /// The longest time between two frames, ms.
    pub(crate) worst_ms: f64,
    /// When what was typed was painted, ms since 1970.
    pub(crate) inputs: Vec<f64>,
}

/// Begins to note, with room for so many seconds.
pub(crate) async fn start(window: &Window, seconds: usize) {
    let cap = FRAMES_A_SECOND * seconds;
    let script = include_str!("probe.js").replace("= arguments", &format!("= [{ROOMS}, {cap}]"));
    window.script(&script).await;
}

/// The longest time between two frames since the last such question, ms.
pub(crate) async fn worst_since(window: &Window) -> f64 {
    let script = "const worst = window.probe.worst; window.probe.worst = 0; return worst";
    window.script(script).await.as_f64().unwrap_or(f64::INFINITY)
}

/// Frames that took longer than 45 ms since the last such question: at which second since `begin_ms`, and how long.
pub(crate) async fn slow_since(window: &Window, begin_ms: f64) -> String {
    let script = "const slow = window.probe.slow; window.probe.slow = []; return slow";
    let told = window.script(script).await;
    let one = |frame: &Value| {
        let at = (frame[0].as_f64().unwrap_or_default() - begin_ms) / 1000.0;
        format!("{at:.1} s {} ms", frame[1])
    };
    told.as_array().into_iter().flatten().map(one).collect::<Vec<_>>().join(", ")
}

/// The newest line of each room that is there now.
pub(crate) async fn newest(window: &Window) -> Vec<i64> {
    let script = "const p = window.probe; return p.newest.map((n) => p.frames ? n[p.frames - 1] : -1)";
    let told = window.script(script).await;
    told.as_array().into_iter().flatten().map(|n| n.as_f64().unwrap_or(-1.0) as i64).collect()
}

/// Lines that the rows stand for now, where the list counts them.
pub(crate) async fn through(window: &Window) -> Option<usize> {
    let script = "const p = window.probe; return p.frames ? p.through[p.frames - 1] : -1";
    whole(&window.script(script).await)
}

/// All that was noted.
pub(crate) async fn read(window: &Window) -> Result<Seen> {
    let script = "const p = window.probe, cut = (a) => Array.from(a.subarray(0, p.frames)); \
        return [cut(p.at), cut(p.through), p.newest.map(cut), p.worst, p.inputs, cut(p.took), cut(p.top)]";
    let told = window.script(script).await;
    let numbers = |at: usize| told[at].as_array().ok_or("the page told no frames");
    let (at, through, newest) = (numbers(0)?, numbers(1)?, numbers(2)?);
    let (took, top) = (numbers(5)?, numbers(6)?);
    let frames = at.iter().zip(through).enumerate().map(|(n, (at, through))| Frame {
        at_ms: at.as_f64().unwrap_or(f64::INFINITY),
        took_ms: took[n].as_f64().unwrap_or(f64::INFINITY),
        top: top[n].as_f64().unwrap_or_default(),
        through: whole(through),
        newest: std::array::from_fn(|room| newest.get(room).and_then(|of| whole(&of[n]))),
    });
    Ok(Seen {
        frames: frames.collect(),
        worst_ms: told[3].as_f64().ok_or("no longest frame")?,
        inputs: numbers(4)?.iter().filter_map(Value::as_f64).collect(),
    })
}

fn whole(value: &Value) -> Option<usize> {
    value.as_f64().filter(|n| *n >= 0.0).map(|n| n as usize)
}
