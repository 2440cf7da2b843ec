//! The steps of an evening, as a streamer's hands do them.

use std::collections::BTreeMap;
use std::time::Duration;

use kaibo_sandbox::{Config, Control, Sandbox, SandboxAccount};
use tempfile::TempDir;

use crate::keyring::empty_keyring;
use crate::window::Environment;
use crate::{Browser, Window, clipboard, until};

/// The program's folders, the window on it, and the platforms it talks to.
pub struct Evening {
    /// The platforms.
    pub sandbox: Sandbox,
    /// Their strings.
    pub control: Control,
    /// The window.
    pub window: Window,
    /// What the program takes for the system's browser.
    pub browser: Browser,
    environment: Environment,
    home: TempDir,
}

impl Drop for Evening {
    /// Keeps the program's log beside the pictures, when these are wanted, and the screen of a test that failed.
    fn drop(&mut self) {
        let Some(shots) = std::env::var_os("KAIBO_SHOTS") else { return };
        if std::thread::panicking() {
            let test = std::thread::current().name().unwrap_or("test").replace(':', "-");
            let _ = std::fs::create_dir_all(&shots);
            let picture = std::path::Path::new(&shots).join(format!("failed-{test}.png"));
            let _ = std::process::Command::new("import").args(["-window", "root"]).arg(picture).status();
        }
        let Ok(logs) = std::fs::read_dir(self.home.path().join("data/cn.kaibo.desktop/logs")) else { return };
        for log in logs.flatten() {
            let _ = std::fs::copy(log.path(), std::path::Path::new(&shots).join(log.file_name()));
        }
    }
}

/// How long a press of a button is waited for.
const PRESS_AGAIN: Duration = Duration::from_secs(4);

/// Changes to a connect form before it is sent.
pub type Connect = BTreeMap<String, String>;

impl Evening {
    /// A program that has never run, an empty keyring, and platforms whose viewers are silent unless told.
    pub async fn begin() -> Self {
        Self::begin_with(Environment::new()).await
    }

    /// The same, with more in the program's environment.
    pub async fn begin_with(environment: Environment) -> Self {
        let sandbox = Sandbox::start(Config { chatter: false, ..Config::default() }).await.unwrap();
        Self::begin_on(sandbox, environment).await
    }

    /// The same, on these platforms.
    pub async fn begin_on(sandbox: Sandbox, mut environment: Environment) -> Self {
        let control = sandbox.control();
        let home = TempDir::new().unwrap();
        let browser = Browser::new();
        empty_keyring();
        let before = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(browser.folder().to_owned()).chain(std::env::split_paths(&before));
        environment.push(("PATH", std::env::join_paths(folders).unwrap()));
        let window = Window::open(home.path(), &environment).await;
        Self { sandbox, control, window, browser, environment, home }
    }

    /// The folder below which the program keeps everything.
    pub fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// Closes the program and starts it again on the same folders.
    pub async fn restart(&mut self) {
        self.window.close().await;
        self.window = Window::open(self.home.path(), &self.environment).await;
    }

    /// Starts the program again on the same folders, after it was killed.
    pub async fn start(&mut self) {
        self.window = Window::open(self.home.path(), &self.environment).await;
    }

    /// While the program is closed: it asks platforms once a day whether they want a sign-in renewed, and has
    /// not asked today.
    pub fn a_day_passes(&self) {
        let database =
            rusqlite::Connection::open(self.home().join("data/cn.kaibo.desktop/kaibo.db")).unwrap();
        let forget = "update account set sign_in = json_remove(sign_in, '$.renewal_checked_at')";
        assert!(database.execute(forget, ()).unwrap() > 0, "there are accounts");
    }

    /// The sandbox's account of a platform.
    pub fn account(&self, platform: &str) -> SandboxAccount {
        self.sandbox.accounts().into_iter().find(|a| a.platform == platform).unwrap()
    }

    /// Opens a new account's form for a platform, in a way of signing in; the platform's only way has no
    /// button of its own.
    pub async fn open_form(&self, platform: &str, way: &str) {
        let window = &self.window;
        window.click("nav-accounts").await;
        window.click("add-account").await;
        window.click(&format!("choose-{platform}")).await;
        self.choose_way(way).await;
        window.click("advanced").await;
    }

    /// Chooses a way of signing in, when it isn't the one that the form shows.
    pub async fn choose_way(&self, way: &str) {
        self.window.find("connect").await;
        if self.window.has(&format!("[data-testid=\"way-{way}\"]")).await {
            self.window.click(&format!("way-{way}")).await;
            self.window.until_gone(&format!("[data-testid=\"way-{way}\"]")).await;
        }
    }

    /// Fills in those fields that the open form has, with changes.
    pub async fn fill_form(&self, platform: &str, changes: &Connect) {
        let account = self.account(platform);
        let mut fields: BTreeMap<String, String> = account.settings;
        fields.extend(account.secrets);
        fields.extend(changes.clone());
        for (name, value) in &fields {
            let id = format!("field-{name}");
            // Choices stay at their defaults, and other ways have other fields.
            let typed = format!("input[data-testid=\"{id}\"], textarea[data-testid=\"{id}\"]");
            if self.window.has(&typed).await {
                self.window.fill(&id, value).await;
            } else {
                assert!(!changes.contains_key(name), "no field for {name}");
            }
        }
        self.window.fill("field-name", &account.name).await;
    }

    /// Fills in a platform's connect form, with changes, and presses *Connect*.
    pub async fn try_connect(&self, platform: &str, changes: &Connect) {
        self.open_form(platform, "form").await;
        self.fill_form(platform, changes).await;
        self.window.click("connect").await;
    }

    /// Connects a platform's account and waits until it stands in the list.
    pub async fn connect(&self, platform: &str) {
        self.try_connect(platform, &Connect::new()).await;
        self.window.until_gone("[data-testid=\"connect-dialog\"]").await;
        let row = format!("[data-testid=\"account-{platform}\"][data-sandbox=\"false\"]");
        self.window.find_css(&row).await;
    }

    /// Connects one of several accounts of a platform.
    pub async fn connect_as(&self, account: &SandboxAccount) {
        let fields = account.settings.iter().chain(&account.secrets);
        let changes: Connect = fields.map(|(name, value)| (name.clone(), value.clone())).collect();
        self.open_form(account.platform, "form").await;
        self.fill_form(account.platform, &changes).await;
        self.window.fill("field-name", &account.name).await;
        self.window.click("connect").await;
        self.window.until_gone("[data-testid=\"connect-dialog\"]").await;
    }

    /// Opens a platform's room.
    pub async fn open_room(&self, platform: &str) {
        let row = format!("[data-testid=\"room-{platform}\"]");
        let room = self.window.attribute(&format!("room-{platform}"), "data-room").await;
        let page = format!("[data-testid=\"room-page\"][data-room=\"{room}\"]");
        self.window.click_for(&format!("{row} button.hit"), &page).await;
    }

    /// Leaves *Tonight*, where rows are ticked instead of opened, for a platform's room.
    pub async fn open_room_from_tonight(&self, platform: &str) {
        self.window.click("nav-accounts").await;
        self.open_room(platform).await;
    }

    /// Goes live on platforms with a title, as *Tonight* does it, and waits for their results.
    pub async fn go_live(&self, platforms: &[&str], title: &str) {
        self.press_go_live(platforms, title).await;
        for platform in platforms {
            self.window.until_attribute(&format!("run-{platform}"), "data-state", "done").await;
        }
    }

    /// The same with one push for all of them, through the relay.
    pub async fn go_live_relayed(&self, platforms: &[&str], title: &str) {
        self.fill_tonight(platforms, title).await;
        self.relay_all(true).await;
        self.window.shot("tonight-relay").await;
        self.window.click("tonight-go").await;
        for platform in platforms {
            self.window.until_attribute(&format!("run-{platform}"), "data-state", "done").await;
        }
    }

    /// Writes the title, ticks the platforms and no others, and presses *Go live*; each room is to be pushed to at
    /// its own address.
    pub async fn press_go_live(&self, platforms: &[&str], title: &str) {
        self.fill_tonight(platforms, title).await;
        self.relay_all(false).await;
        self.window.click("tonight-go").await;
    }

    /// On *Tonight*: ticks or unticks the one push for all, where it is offered.
    pub async fn relay_all(&self, wanted: bool) {
        let offered = "[data-testid=\"tonight-relay\"]";
        if !self.window.has(offered).await {
            return;
        }
        let ticked =
            self.window.find("tonight-relay").await.prop("checked").await.unwrap().as_deref() == Some("true");
        if ticked != wanted {
            self.window.click_css(&format!("label:has({offered})")).await;
        }
        self.window
            .until_attribute("tonight-relay-row", "data-on", if wanted { "true" } else { "false" })
            .await;
    }

    async fn fill_tonight(&self, platforms: &[&str], title: &str) {
        let window = &self.window;
        window.click("go-live").await;
        window.fill("tonight-title", title).await;
        for platform in ["weibo", "taobao", "qiniu", "bilibili"] {
            let id = format!("tonight-choose-{platform}");
            if !window.has(&format!("[data-testid=\"{id}\"]")).await {
                continue;
            }
            let ticked = window.find(&id).await.prop("checked").await.unwrap().as_deref() == Some("true");
            if ticked != platforms.contains(&platform) {
                window.click_css(&format!("label:has([data-testid=\"{id}\"])")).await;
            }
        }
    }

    /// Copies a part of the open room's push address, and answers what the clipboard holds then. A banner that
    /// comes just then moves the button away from under the pointer: then it is pressed again.
    pub async fn copy(&self, id: &str) -> String {
        let before = clipboard().await;
        let changed = || async {
            let now = clipboard().await;
            (now != before && !now.is_empty()).then_some(now)
        };
        for _ in 0..3 {
            self.window.click(id).await;
            if let Ok(now) = tokio::time::timeout(PRESS_AGAIN, until("another text", changed)).await {
                return now;
            }
        }
        until(&format!("{id} on the clipboard"), changed).await
    }

    /// A viewer of Bilibili gives something in a room, at so many yuan a piece.
    pub fn give(&self, remote: &str, name: &str, what: &str, count: u32, yuan: u32) {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let uid: u64 = self.control.bilibili_viewer(name).parse().unwrap();
        let gift = serde_json::json!({
            "cmd": "SEND_GIFT",
            "data": {
                "uid": uid, "uname": name, "giftId": 31216, "giftName": what, "num": count, "action": "投喂",
                "price": yuan * 1000, "total_coin": yuan * count * 1000, "coin_type": "gold",
                "timestamp": now.as_secs(), "tid": now.as_nanos().to_string(),
            },
        });
        assert!(self.control.bilibili_event(remote, &gift.to_string()), "{remote} is a room");
    }

    /// Switches the overlay on in the settings, at a port that is free on a machine where others may try the same.
    pub async fn switch_overlay_on(&self) {
        let window = &self.window;
        window.click("nav-settings").await;
        window.until_attribute("overlay", "data-state", "off").await;
        window.click("overlay-on").await;
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        window.fill("overlay-port", &port.to_string()).await;
        window.enter("overlay-port").await;
        let listens = || async { tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok() };
        until("the port that was chosen", listens).await;
        window.until_attribute("overlay", "data-state", "on").await;
    }

    /// The platform's own id of the room that is shown, as the sandbox knows it.
    pub fn remote(&self, platform: &str) -> String {
        self.control.rooms(platform).into_iter().next_back().unwrap().id
    }
}
