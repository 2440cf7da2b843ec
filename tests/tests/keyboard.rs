//! The evening by keyboard alone, in the real window, in both languages: from the welcome to the summary without a
//! click and without a script that moves the focus. What has the focus is told by role and name, as a screen reader
//! tells it, and at each stop has to be in sight, to be seen to have the focus, and to have a name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use kaibo_tests::{Environment, Evening, Key, Keys, clipboard, until};
use serde_json::Value;
use tokio::sync::Mutex;

/// One window at a time.
static SCREEN: Mutex<()> = Mutex::const_new(());

/// The window's texts in one language.
struct Words(Value);

impl Words {
    /// A text, with what stands in it put in; of two forms the plural.
    fn say(&self, key: &str, put: &[(&str, &str)]) -> String {
        let text = match &self.0[key] {
            Value::String(text) => text.clone(),
            forms => forms[0]["match"]["c=other"].as_str().expect(key).to_owned(),
        };
        put.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }
}

struct Streamer<'a> {
    evening: &'a Evening,
    keys: Keys<'a>,
    words: Words,
    title: &'a str,
    line: &'a str,
    part: &'a str,
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evening_by_keyboard_in_chinese() {
    let _screen = SCREEN.lock().await;
    let evening = Evening::begin().await;
    let words = Words(serde_json::from_str(include_str!("../../ui/messages/zh-CN.json")).unwrap());
    let keys = Keys::of(&evening.window);
    Streamer {
        evening: &evening, keys, words, title: "深夜手冲", line: "刚泡好咖啡", part: "咖啡"
    }
    .spends_it()
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evening_by_keyboard_in_english() {
    let _screen = SCREEN.lock().await;
    let english: Environment = vec![("LANG", "en_GB.UTF-8".into()), ("LANGUAGE", "en_GB".into())];
    let evening = Evening::begin_with(english).await;
    let words = Words(serde_json::from_str(include_str!("../../ui/messages/en.json")).unwrap());
    let keys = Keys::of(&evening.window);
    Streamer { evening: &evening, keys, words, title: "Pour-over", line: "Coffee is ready", part: "coffee" }
        .spends_it()
        .await;
}

impl Streamer<'_> {
    async fn spends_it(&self) {
        self.begins_the_tour().await;
        self.goes_live().await;
        self.copies_both_parts().await;
        self.answers().await;
        self.filters().await;
        self.ends().await;
        self.reads_the_summary().await;
    }

    fn say(&self, key: &str) -> String {
        self.words.say(key, &[])
    }

    async fn begins_the_tour(&self) {
        let window = &self.evening.window;
        window.find("firstrun").await;
        window.find("room-bilibili").await;
        self.keys.to("button", &self.say("firstrun_look_button")).await;
        self.keys.press(&[Key::Enter]).await;
        window.until_attribute("tour", "data-next", "live").await;
    }

    /// Two rooms of three, each pushed to at its own address, under a title of one's own.
    async fn goes_live(&self) {
        let (window, keys) = (&self.evening.window, &self.keys);
        keys.to("button", &self.say("go_live")).await;
        keys.press(&[Key::Enter]).await;
        let title = self.say("title_once");
        keys.until_on("textbox", &title).await;
        keys.control('a').await;
        keys.write(self.title).await;
        assert_eq!(window.find("tonight-title").await.prop("value").await.unwrap().unwrap(), self.title);
        for (platform, wanted) in [("bilibili", true), ("qiniu", true), ("weibo", false)] {
            self.ticks(platform, wanted).await;
        }
        keys.to("textbox", &title).await;
        if window.has("[data-testid=\"tonight-relay-row\"][data-on=\"true\"]").await {
            keys.to("checkbox", &self.words.say("tonight_relay", &[("n", "2")])).await;
            keys.press(&[Key::Space]).await;
            window.until_attribute("tonight-relay-row", "data-on", "false").await;
        }
        keys.to("button", &format!("{}…", self.words.say("go_live_n", &[("n", "2")]))).await;
        window.shot("keyboard-tonight").await;
        keys.press(&[Key::Enter]).await;
        for platform in ["qiniu", "bilibili"] {
            window.until_attribute(&format!("run-{platform}"), "data-state", "done").await;
        }
        window.until_gone("[data-testid=\"run-weibo\"]").await;
        window.until_gone("[data-testid=\"run-page\"][data-working=\"true\"]").await;
    }

    /// Ticks a room in the rail, or takes the tick away.
    async fn ticks(&self, platform: &str, wanted: bool) {
        let (window, keys) = (&self.evening.window, &self.keys);
        let name = window.find_css(&format!("[data-testid=\"room-{platform}\"] .name")).await;
        let name = name.prop("textContent").await.unwrap().unwrap();
        let tick = window.find(&format!("tonight-choose-{platform}")).await;
        if tick.prop("checked").await.unwrap().as_deref() == Some(if wanted { "true" } else { "false" }) {
            return;
        }
        keys.back_to("checkbox", &self.words.say("choose_room", &[("name", &name)])).await;
        keys.press(&[Key::Space]).await;
        until(&format!("the tick of {platform}"), || async {
            let now = tick.prop("checked").await.ok()??;
            (now == wanted.to_string()).then_some(())
        })
        .await;
    }

    /// Server and key stand side by side, and the clipboard has each in turn.
    async fn copies_both_parts(&self) {
        let keys = &self.keys;
        keys.to("button", &self.say("copy_server")).await;
        let server = self.copies().await;
        assert!(server.starts_with("rtmp://"), "{server}");
        assert_eq!(keys.to("button", &self.say("copy_key")).await, 1, "the key is the next stop");
        let key = self.copies().await;
        assert!(!key.contains('•') && !key.starts_with("rtmp"), "the key itself");
        self.evening.window.shot("keyboard-copied").await;
        keys.back_to("button", &self.say("to_rooms")).await;
        keys.press(&[Key::Enter]).await;
        self.evening.window.find("room-page").await;
    }

    async fn copies(&self) -> String {
        let before = clipboard().await;
        self.keys.press(&[Key::Enter]).await;
        until("another text on the clipboard", || async {
            let now = clipboard().await;
            (now != before && !now.is_empty()).then_some(now)
        })
        .await
    }

    /// Viewers talk; one answer goes to a room that is chosen in a menu.
    async fn answers(&self) {
        let (window, keys) = (&self.evening.window, &self.keys);
        window.find_css("[data-testid=\"chat-line\"][data-kind=\"message\"]").await;
        let target = format!("{} …", self.say("chat_to"));
        keys.to("button", &target).await;
        keys.press(&[Key::Enter]).await;
        keys.until_on("menuitemradio", "…").await;
        keys.press(&[Key::Down]).await;
        let chosen = keys.focused().await;
        keys.press(&[Key::Enter]).await;
        window.until_gone("[role=\"menu\"]").await;
        assert_eq!(chosen.role, "menuitemradio");
        keys.until_on("button", &target).await;
        let say = self.say("chat_say");
        assert_eq!(keys.to("textbox", &say).await, 1, "one writes beside the menu");
        keys.write(self.line).await;
        keys.press(&[Key::Enter]).await;
        window.until_text("chat-lines", self.line).await;
        keys.until_on("textbox", &say).await;
        until("an empty field", || async {
            window.find("chat-input").await.prop("value").await.ok()?.filter(String::is_empty)
        })
        .await;
    }

    /// A kind of line is left out and comes back, and lines are searched; each time the focus returns.
    async fn filters(&self) {
        let (window, keys) = (&self.evening.window, &self.keys);
        let kinds = format!("{}…", self.say("chat_kinds"));
        keys.back_to("button", &kinds).await;
        keys.press(&[Key::Enter]).await;
        keys.until_on("menuitemcheckbox", &self.say("chat_kind_messages")).await;
        keys.press(&[Key::End]).await;
        keys.until_on("menuitemcheckbox", &self.say("chat_kind_visits")).await;
        keys.press(&[Key::Space]).await;
        window.find("chat-hidden").await;
        keys.press(&[Key::Escape]).await;
        window.until_gone("[role=\"menu\"]").await;
        keys.until_on("button", &kinds).await;
        assert_eq!(keys.to("button", &self.say("chat_search")).await, 1, "the search is beside it");
        keys.press(&[Key::Enter]).await;
        keys.until_on("textbox", &self.say("chat_search")).await;
        keys.write(self.part).await;
        window.until_text("chat-lines", self.line).await;
        window.shot("keyboard-search").await;
        keys.press(&[Key::Escape]).await;
        window.until_gone("[data-testid=\"chat-search\"]").await;
        keys.until_on("button", &self.say("chat_search")).await;
        keys.to("button", &self.say("chat_show_all")).await;
        keys.press(&[Key::Enter]).await;
        window.until_gone("[data-testid=\"chat-hidden\"]").await;
    }

    /// All rooms are ended, after a question that Escape takes back and that names what it does.
    async fn ends(&self) {
        let (window, keys) = (&self.evening.window, &self.keys);
        let end = self.say("end_all");
        keys.to("button", &end).await;
        keys.press(&[Key::Enter]).await;
        keys.until_on("button", &self.say("keep_going")).await;
        keys.press(&[Key::Escape]).await;
        window.until_gone("[data-testid=\"dialog\"]").await;
        keys.until_on("button", &end).await;
        keys.press(&[Key::Enter]).await;
        keys.until_on("button", &self.say("keep_going")).await;
        window.shot("keyboard-end").await;
        keys.to("button", &self.words.say("end_n", &[("n", "2")])).await;
        keys.press(&[Key::Enter]).await;
        window.until_attribute("rooms-live", "data-live", "0").await;
        window.until_gone("[data-testid=\"run-page\"][data-working=\"true\"]").await;
    }

    async fn reads_the_summary(&self) {
        let (window, keys) = (&self.evening.window, &self.keys);
        keys.to("button", &self.say("summary_open")).await;
        keys.press(&[Key::Enter]).await;
        window.find("summary-facts").await;
        keys.to("button", &self.say("summary_picture")).await;
        window.shot("keyboard-summary").await;
        keys.press(&[Key::Escape]).await;
        window.until_gone("[data-testid=\"summary\"]").await;
    }
}
