//! Whoever reads back isn't disturbed by what comes.

use std::time::Duration;

use kaibo_tests::{FourRooms, Window, until};

use crate::SCREEN;

/// From now on the page notes, frame by frame, whether what stands in view in the pane moves on the screen or changes.
/// An alarm above it may take some of its height: then the lowest stay where they are. Frames are looked at once they
/// are laid out.
const WATCH: &str = "const box = document.querySelector('[data-testid=\"chat-lines\"]'); \
    const view = () => { const { top, bottom } = box.getBoundingClientRect(); \
        return [...box.querySelectorAll('[data-testid=\"chat-line\"]')] \
            .map((row) => [row.getBoundingClientRect(), row]) \
            .filter(([at]) => at.bottom > top + 1 && at.top < bottom - 1) \
            .map(([at, row]) => [at.top, row.textContent]); }; \
    const first = view(); window.frames = 0; window.stirred = null; window.inView = first.length; \
    const stands = (now) => now.length <= first.length && now.every(([top, text], at) => { \
        const [before, was] = first[at + first.length - now.length]; \
        return was === text && Math.abs(before - top) <= 1; }); \
    const look = () => { window.frames += 1; const now = view(); \
        if (!stands(now) && window.stirred === null) window.stirred = [first, now]; \
        window.watching = requestAnimationFrame(() => setTimeout(look)); }; look();";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_back_stands_still_while_lines_come() {
    let _screen = SCREEN.lock().await;
    let mut four = FourRooms::begin().await;
    for _ in 0..4 {
        four.say_all(4);
        four.until_lines().await;
    }
    let last = four.say(0);
    four.until_lines().await;
    let window = &four.evening.window;
    in_view(window, &last).await;
    assert!(!window.has("[data-testid=\"chat-new\"]").await, "the newest is followed");

    // A notice below the pane takes some of its height before the page is told of the last scroll.
    let squeezed = "const box = document.querySelector('[data-testid=\"chat-lines\"]'); box.scrollTop -= 1; \
        box.parentElement.style.marginBottom = '90px'";
    let height = || async {
        window.script("return document.querySelector('[data-testid=\"chat-lines\"]').clientHeight").await
    };
    let before = height().await;
    window.script(squeezed).await;
    until("the pane to be lower", || async { (height().await.as_u64() < before.as_u64()).then_some(()) })
        .await;
    in_view(window, &last).await;
    assert!(!window.has("[data-testid=\"chat-new\"]").await, "the newest is followed still");
    window
        .script("document.querySelector('[data-testid=\"chat-lines\"]').parentElement.style.margin = ''")
        .await;
    in_view(window, &last).await;

    // The first turns stop the pane where it is, the others go back.
    for _ in 0..2 {
        window.wheel("chat-lines", -6).await;
        window.find("chat-new").await;
        still(window).await;
    }
    window.script(WATCH).await;
    let before = four.said();
    four.say_all(6);
    let window = &four.evening.window;
    let unseen = (four.said() - before).to_string();
    window.until_attribute("chat-new", "data-unseen", &unseen).await;
    window.until_text("chat-new", &unseen).await;
    window.shot("chat-held").await;
    let seen = window
        .script(
            "cancelAnimationFrame(window.watching); return [window.frames, window.inView, window.stirred]",
        )
        .await;
    assert!(seen[0].as_u64() > Some(10) && seen[1].as_u64() > Some(10), "frames and rows in view: {seen}");
    assert!(seen[2].is_null(), "what stood in view moved: {seen}");

    window.click("chat-new").await;
    window.until_gone("[data-testid=\"chat-new\"]").await;
    let last = four.rooms[2].said.last().unwrap().clone();
    in_view(window, &last).await;

    // The wheel finds the way as well.
    window.wheel("chat-lines", -6).await;
    window.find("chat-new").await;
    still(window).await;
    window.wheel("chat-lines", 30).await;
    window.until_gone("[data-testid=\"chat-new\"]").await;
    let last = four.say(1);
    in_view(&four.evening.window, &last).await;
    four.history_has_all_once().await;
}

/// Waits until a line stands whole in what the pane shows.
async fn in_view(window: &Window, line: &str) {
    let script = format!(
        "const box = document.querySelector('[data-testid=\"chat-lines\"]').getBoundingClientRect(); \
         return [...document.querySelectorAll('[data-testid=\"chat-line\"]')] \
            .filter((row) => row.textContent.trim().endsWith('{line}')) \
            .map((row) => row.getBoundingClientRect()) \
            .some((at) => at.top >= box.top && at.bottom <= box.bottom + 1)"
    );
    until(&format!("{line} in view"), || async { (window.script(&script).await == true).then_some(()) })
        .await;
}

/// Waits until the pane has come to rest after the wheel: turns reach a busy page late.
async fn still(window: &Window) {
    let place = "return [...document.querySelectorAll('[data-testid=\"chat-line\"]')] \
        .map((row) => row.getBoundingClientRect().top + row.textContent).join()";
    let rest = || async {
        let before = window.script(place).await;
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(400)).await;
            if window.script(place).await != before {
                return None;
            }
        }
        Some(())
    };
    until("the pane to rest", rest).await;
}
