//! The chat as a tool, in the real window: muting and its way back as the platform has them, its refusals, people
//! who are hidden or noted, and the thanks list.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use kaibo_sandbox::Fault;
use kaibo_tests::{Evening, Key, until};
use serde_json::json;
use tokio::sync::Mutex;

/// One window at a time.
static SCREEN: Mutex<()> = Mutex::const_new(());

const LOUD: &str = "老虎钳";
const KIND: &str = "杯测师小禾";
const NOTE: &str = "常客，喜欢浅烘";
const MUTE: &str = "/xlive/web-ucenter/v1/banned/AddSilentUser";

/// A room of Bilibili on air, whose chat is heard.
async fn on_air() -> (Evening, String) {
    let evening = Evening::begin().await;
    evening.connect("bilibili").await;
    evening.go_live(&["bilibili"], "深夜手冲").await;
    evening.window.click("run-close").await;
    evening.window.find_css("[data-testid=\"room-bilibili\"][data-chat=\"listening\"]").await;
    let remote = evening.remote("bilibili");
    (evening, remote)
}

/// Somebody says something, and it stands in the pane.
async fn say(evening: &Evening, remote: &str, name: &str, text: &str) {
    assert!(evening.control.viewer_says("bilibili", remote, name, text), "{name} may speak");
    evening.window.until_text("chat-lines", text).await;
}

/// Opens the menu of a line by a click on the name before it.
async fn open_menu(evening: &Evening, text: &str) {
    let script = format!(
        "return [...document.querySelectorAll('[data-testid=\"chat-line\"]')] \
            .find((row) => row.textContent.trim().endsWith('{text}'))?.dataset.line"
    );
    let line =
        until("the line", || async { Some(evening.window.script(&script).await.as_str()?.to_owned()) });
    let name = format!("[data-testid=\"chat-line\"][data-line=\"{}\"] .who", line.await);
    evening.window.click_for(&name, "[data-testid=\"line-menu\"]").await;
}

/// Waits until so many people are muted at the platform: their ids and hours.
async fn muted(evening: &Evening, remote: &str, count: usize) -> Vec<(String, i64)> {
    let there = || async {
        let muted = evening.control.bilibili_muted(remote);
        (muted.len() == count).then(|| muted.into_iter().map(|one| (one.id, one.hours)).collect())
    };
    until(&format!("{count} muted at the platform"), there).await
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_muted_at_the_platform_and_may_speak_again() {
    let _screen = SCREEN.lock().await;
    let (evening, remote) = on_air().await;
    let window = &evening.window;
    let loud = evening.control.bilibili_viewer(LOUD);
    say(&evening, &remote, KIND, "声音刚刚好").await;
    say(&evening, &remote, LOUD, "吵吵吵").await;

    open_menu(&evening, "吵吵吵").await;
    window.shot("moderation-menu").await;
    window.click("menu-mute").await;
    window.shot("moderation-how-long").await;
    window.click("mute-hours-24").await;
    assert_eq!(muted(&evening, &remote, 1).await, [(loud.clone(), 24)]);
    window.find("toast-undo").await;
    window.find_css("[data-testid=\"chat-line\"][data-kind=\"muted\"]").await;
    window.shot("moderation-muted").await;
    let speaks = evening.control.viewer_says("bilibili", &remote, LOUD, "还在吵");
    assert!(!speaks, "the platform keeps it from everybody");

    window.click("toast-undo").await;
    muted(&evening, &remote, 0).await;
    say(&evening, &remote, LOUD, "对不起").await;

    refused(&evening, &remote).await;
    by_keyboard(&evening, &remote).await;
    assert_eq!(muted(&evening, &remote, 1).await, [(loud.clone(), 1)], "the time chosen last");

    // The room's page has them in its list, and lets them go.
    evening.open_room("bilibili").await;
    window.click("room-moderation").await;
    window.until_attribute("muted-person", "data-person", &loud).await;
    window.shot("moderation-page").await;
    window.click("muted-unmute").await;
    muted(&evening, &remote, 0).await;
    moderators(&evening, &remote).await;
    words(&evening, &remote).await;
}

/// The platform's own words are shown, and nobody is muted.
async fn refused(evening: &Evening, remote: &str) {
    let window = &evening.window;
    let words = "操作太频繁，请稍后再试";
    let refusal = Fault::Answer {
        status: 200,
        content_type: "application/json".to_owned(),
        body: json!({ "code": 1_200_000, "message": words, "data": null }).to_string(),
    };
    evening.control.fault("bilibili", MUTE, refusal, Some(1));
    open_menu(evening, "对不起").await;
    window.click("menu-mute").await;
    window.click("mute-hours-1").await;
    let told = "[data-testid=\"toast\"][data-kind=\"warning\"]";
    window.find_css(told).await;
    window.shot("moderation-refused").await;
    let text = window.script(&format!("return document.querySelector('{told}')?.textContent")).await;
    assert!(text.as_str().is_some_and(|text| text.contains(words)), "the platform's words in {text}");
    assert!(evening.control.bilibili_muted(remote).is_empty());
}

/// From the pane to a line, its menu, and the time that was chosen last, by keys alone.
async fn by_keyboard(evening: &Evening, remote: &str) {
    let window = &evening.window;
    say(evening, remote, LOUD, "又来了").await;
    window.script("document.querySelector('[data-testid=\"chat-lines\"]').focus()").await;
    let line = "const { dataset, textContent } = document.activeElement; \
        return dataset.line === undefined ? '' : textContent.trim()";
    until("the last line to be come to", || async {
        if window.script(line).await.as_str()?.ends_with("又来了") {
            return Some(());
        }
        window.press(Key::Up).await;
        None
    })
    .await;
    window.press(Key::Enter).await;
    window.find("line-menu").await;
    let entry = "return document.activeElement.dataset.testid";
    until("the entry that mutes", || async {
        if window.script(entry).await == "menu-mute" {
            return Some(());
        }
        window.press(Key::Down).await;
        None
    })
    .await;
    window.press(Key::Enter).await;
    until("the time that was chosen last", || async {
        (window.script(entry).await == "mute-hours-1").then_some(())
    })
    .await;
    window.press(Key::Enter).await;
}

/// Somebody whom the platform doesn't know is refused in its words; a viewer is appointed.
async fn moderators(evening: &Evening, remote: &str) {
    let window = &evening.window;
    window.fill("moderators-new", "999").await;
    window.click("moderators-add").await;
    window.until_text("moderators-new-problem", "用户不存在").await;
    let kind = evening.control.bilibili_viewer(KIND);
    window.fill("moderators-new", &kind).await;
    window.click("moderators-add").await;
    window.until_attribute("moderator", "data-person", &kind).await;
    assert_eq!(evening.control.bilibili_moderators(remote), [kind]);
}

/// A word is blocked, keeps a line from everybody, and is let go.
async fn words(evening: &Evening, remote: &str) {
    let window = &evening.window;
    window.fill("words-new", "剧透").await;
    window.click("words-add").await;
    window.until_attribute("words-word", "data-word", "剧透").await;
    assert_eq!(evening.control.bilibili_blocked_words(remote), ["剧透"]);
    assert!(!evening.control.viewer_says("bilibili", remote, KIND, "我要剧透了"));
    window.click("words-remove").await;
    let none = || async { evening.control.bilibili_blocked_words(remote).is_empty().then_some(()) };
    until("no word at the platform", none).await;
    window.until_gone("[data-testid=\"words-word\"]").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_hidden_noted_and_thanked_is_so_after_a_restart() {
    let _screen = SCREEN.lock().await;
    let (mut evening, remote) = on_air().await;
    note(&evening, &remote).await;
    hide(&evening, &remote).await;
    thank(&evening, &remote).await;

    evening.restart().await;
    let window = &evening.window;
    window.find_css("[data-testid=\"room-bilibili\"][data-chat=\"listening\"]").await;
    // The last lines are shown anew; those of the hidden are not.
    window.until_text("chat-lines", "说给大家听").await;
    assert!(!window.text("chat-lines").await.contains(LOUD), "{LOUD} is hidden");
    window.find_css("[data-testid=\"chat-line\"][data-mark=\"favourite\"]").await;
    window.until_attribute("thanks-open", "data-waiting", "1").await;
    window.click("thanks-open").await;
    window.until_text("thanks-entry", "拿铁不加糖").await;
    window.shot("people-restarted").await;
    window.click("thanks-close").await;
    open_menu(&evening, "说给大家听").await;
    window.click("menu-person").await;
    let note = || async {
        let text = window.find("person-note").await.prop("value").await.ok()?;
        (text.as_deref() == Some(NOTE)).then_some(())
    };
    until("the note", note).await;
    window.until_attribute("person-favourite", "aria-checked", "true").await;
}

/// A note and a mark, beside what the person said.
async fn note(evening: &Evening, remote: &str) {
    let window = &evening.window;
    say(evening, remote, KIND, "第一次来，主播好").await;
    open_menu(evening, "第一次来，主播好").await;
    window.click("menu-person").await;
    window.until_text("person-lines", "第一次来，主播好").await;
    window.fill("person-note", NOTE).await;
    window.click("person-favourite").await;
    window.until_attribute("person-note-state", "data-state", "saved").await;
    window.until_attribute("person-favourite", "aria-checked", "true").await;
    window.shot("people-person").await;
    window.click("person-close").await;
    window.find_css("[data-testid=\"chat-line\"][data-mark=\"favourite\"]").await;
}

/// A hidden person's lines go from the pane, come back with *undo*, and stay in the history.
async fn hide(evening: &Evening, remote: &str) {
    let window = &evening.window;
    let gone = || async { (!window.text("chat-lines").await.contains(LOUD)).then_some(()) };
    say(evening, remote, LOUD, "广告广告").await;
    open_menu(evening, "广告广告").await;
    window.click("menu-hide").await;
    until("the lines of the hidden to go", gone).await;
    window.click("toast-undo").await;
    window.until_text("chat-lines", "广告广告").await;
    open_menu(evening, "广告广告").await;
    window.click("menu-hide").await;
    until("the lines of the hidden to go", gone).await;
    assert!(evening.control.viewer_says("bilibili", remote, LOUD, "没人看见的广告"));
    say(evening, remote, KIND, "说给大家听").await;
    gone().await.expect("nothing of the hidden comes");
    window.click("nav-history").await;
    window.fill("history-search", "没人看见").await;
    window.until_attribute("history-found", "data-found", "1").await;
    window.click("history-clear").await;
}

/// Two who gave something: one is ticked off, taken back, ticked off again; for the other there is a draft.
async fn thank(evening: &Evening, remote: &str) {
    let window = &evening.window;
    evening.give(remote, "橘子汽水", "一杯手冲", 3, 1);
    evening.give(remote, "拿铁不加糖", "小花花", 10, 1);
    window.until_attribute("thanks-open", "data-waiting", "2").await;
    window.click("thanks-open").await;
    let entry = |name: &str| {
        let person = evening.control.bilibili_viewer(name);
        format!("[data-testid=\"thanks-entry\"][data-person=\"{person}\"]")
    };
    let (first, second) = (entry("橘子汽水"), entry("拿铁不加糖"));
    window.find_css(&second).await;
    window.shot("people-thanks").await;
    window.click_css(&format!("{first} [data-testid=\"thanks-tick\"]")).await;
    window.until_gone(&first).await;
    window.until_attribute("thanks-open", "data-waiting", "1").await;
    window.click("thanks-undo").await;
    window.find_css(&first).await;
    window.until_attribute("thanks-open", "data-waiting", "2").await;
    window.script(&format!("document.querySelector('{first}').focus()")).await;
    window.press(' ').await;
    window.until_gone(&first).await;
    window.until_attribute("thanks-open", "data-waiting", "1").await;

    window.click_css(&format!("{second} [data-testid=\"thanks-say\"]")).await;
    let draft = || async {
        let text = window.find("chat-input").await.prop("value").await.ok()??;
        text.contains("拿铁不加糖").then_some(())
    };
    until("a draft", draft).await;
    assert!(evening.control.chat_received("bilibili", remote).is_empty(), "nothing is said by itself");
}
