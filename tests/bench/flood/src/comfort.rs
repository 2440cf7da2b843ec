//! A busy chat while the streamer types, and while they read back: how long a frame takes.

use std::time::Duration;

use kaibo_tests::Window;

use crate::keys::Typing;
use crate::probe::{self, Frame};
use crate::source::{Ready, Source};
use crate::summary::Figures;
use crate::{Result, source::Plan, wheel};

/// Lines a second over all rooms: a very busy evening, not a flood.
const RATE: usize = 1_000;
/// How long each of both lasts.
const SECONDS: usize = 15;

/// The chat of both halves.
pub(crate) struct Chat {
    typed: Ready,
    scrolled: Ready,
}

impl Chat {
    /// Packs the lines ahead of time.
    pub(crate) fn pack(source: &mut Source) -> Result<Self> {
        Ok(Self {
            typed: source.pack(Plan::flood(RATE, SECONDS))?,
            scrolled: source.pack(Plan::flood(RATE, SECONDS))?,
        })
    }

    /// Types into the composer during the first half, turns the wheel over the list during the second.
    pub(crate) async fn pour(self, window: &Window, figures: &mut Figures) -> Result<()> {
        window.click("chat-input").await;
        let before = probe::read(window).await?;
        let typing = Typing::begin();
        self.typed.send().await?;
        let pressed = typing.end().await?.len();
        let typed = probe::read(window).await?;
        if typed.inputs.len() < before.inputs.len() + pressed / 2 {
            return Err("what was typed did not come to the composer".into());
        }
        figures.put("comfort_typing_frame_p95_ms", p95(&typed.frames[before.frames.len()..]));

        let (x, y) = place(window).await?;
        let turning = Duration::from_secs(SECONDS as u64);
        let turning = tokio::task::spawn_blocking(move || {
            wheel::turn(x, y, turning).map_err(|error| error.to_string())
        });
        let from = typed.frames.len();
        self.scrolled.send().await?;
        turning.await??;
        let seen = probe::read(window).await?;
        let frames = &seen.frames[from..];
        let moved = frames.windows(2).filter(|two| two[0].top != two[1].top).count();
        let back = frames.windows(2).filter(|two| two[1].top < two[0].top).count();
        println!("the list moved in {moved} of {} frames, in {back} of them back", frames.len());
        if back < RATE / 50 {
            return Err("the wheel did not move the list".into());
        }
        figures.put("comfort_scroll_frame_p95_ms", p95(frames));
        Ok(())
    }
}

/// The time between two frames that 95 of 100 stay within, ms.
pub(crate) fn p95(frames: &[Frame]) -> f64 {
    let mut took: Vec<f64> = frames.iter().map(|frame| frame.took_ms).collect();
    took.sort_by(f64::total_cmp);
    let at = |part: f64| took.get((took.len() as f64 * part) as usize).copied().unwrap_or(f64::INFINITY);
    println!("{} frames: p50 {:.0}, p95 {:.0}, p99 {:.0} ms", took.len(), at(0.5), at(0.95), at(0.99));
    at(0.95)
}

/// The middle of the list, on the screen.
async fn place(window: &Window) -> Result<(i16, i16)> {
    let script = "const list = document.querySelector('[data-testid=\"chat-lines\"]').getBoundingClientRect(); \
        return [window.screenX + list.x + list.width / 2, window.screenY + list.y + list.height / 2]";
    let told = window.script(script).await;
    let number = |at: usize| told[at].as_f64().map(|n| n as i16).ok_or("the list has no place");
    Ok((number(0)?, number(1)?))
}
