//! The program in its real window.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::actions::KeyActions;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use image::GrayImage;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{PATIENCE, until};

/// The longest that one start is waited for.
const OPENING: Duration = Duration::from_secs(20);

/// How long what a click should bring is waited for.
const CLICK_AGAIN: Duration = Duration::from_secs(5);

/// What the program finds in its environment beside its folders.
pub type Environment = Vec<(&'static str, OsString)>;

/// The program, run by a driver. Dropping it ends both, whatever state they are in.
pub struct Window {
    driver: Child,
    client: Client,
    home: PathBuf,
    /// What the system calls the program's process.
    name: String,
}

/// Where the program is found: beside the bench that asks, or beside the folder of the test that does.
pub(crate) fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    let near: Vec<PathBuf> = own.ancestors().skip(1).take(2).map(|folder| folder.join("kaibo")).collect();
    let found = near.iter().find(|path| path.is_file()).cloned();
    found.unwrap_or_else(|| panic!("{near:?} are missing: build the program first"))
}

impl Window {
    /// Starts the program with its folders below `home`, and waits until it can be used.
    ///
    /// On a busy machine the session bus may take the program before this one for running still; then this
    /// one hands over and ends, and is started again.
    pub async fn open(home: &Path, environment: &Environment) -> Self {
        Self::open_program(&program(), home, environment).await
    }

    /// The same for another program, whose page has a `shell` that says when it is ready.
    pub async fn open_program(program: &Path, home: &Path, environment: &Environment) -> Self {
        for _ in 0..3 {
            if let Some(window) = Self::try_open(program, home, environment).await {
                window.until_attribute("shell", "data-ready", "true").await;
                return window;
            }
        }
        panic!("the window did not open");
    }

    async fn try_open(program: &Path, home: &Path, environment: &Environment) -> Option<Self> {
        let (driver, port) = start_driver(home, environment).await;
        let mut capabilities = serde_json::Map::new();
        let options = json!({ "binary": program, "args": [] });
        capabilities.insert("webkitgtk:browserOptions".into(), options);
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities);
        let address = format!("http://127.0.0.1:{port}");
        let connected = tokio::time::timeout(OPENING, builder.connect(&address)).await;
        if let Ok(Ok(client)) = connected {
            let name = program.file_name().unwrap().to_string_lossy().chars().take(15).collect();
            return Some(Self { driver, client, home: home.to_owned(), name });
        }
        end_group(&driver);
        None
    }

    /// Ends the program as the end of a session does, and waits for that. The driver's own way is to kill it.
    pub async fn close(&mut self) {
        let own = || self.processes().into_iter().find(|(_, name)| *name == self.name);
        if let Some((id, _)) = own() {
            let told = std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status();
            assert!(told.unwrap().success());
        }
        until("the program to end", || async { own().is_none().then_some(()) }).await;
        end_group(&self.driver);
        self.driver.wait().await.unwrap();
    }

    /// Kills the program and all that belongs to it, as a power cut would.
    pub async fn kill(&mut self) {
        end_group(&self.driver);
        self.driver.wait().await.unwrap();
        let gone = || async { self.processes().is_empty().then_some(()) };
        until("the program's processes to be gone", gone).await;
    }

    /// The processes of this program and this start: id and name.
    pub fn processes(&self) -> Vec<(u32, String)> {
        let mark = format!("XDG_DATA_HOME={}", self.home.join("data").display());
        let of = |process: fs::DirEntry| {
            let id = process.file_name().to_str()?.parse().ok()?;
            let environment = fs::read(process.path().join("environ")).ok()?;
            environment.split(|byte| *byte == 0).find(|line| *line == mark.as_bytes())?;
            let name = fs::read_to_string(process.path().join("comm")).ok()?;
            Some((id, name.trim().to_owned()))
        };
        fs::read_dir("/proc").unwrap().flatten().filter_map(of).collect()
    }

    /// The element with a test id, once it is there.
    pub async fn find(&self, id: &str) -> Element {
        self.find_css(&css(id)).await
    }

    /// The first element that a selector finds, once it is there.
    pub async fn find_css(&self, selector: &str) -> Element {
        until(selector, || async { self.client.find(Locator::Css(selector)).await.ok() }).await
    }

    /// Is there such an element now?
    pub async fn has(&self, selector: &str) -> bool {
        self.client.find(Locator::Css(selector)).await.is_ok()
    }

    /// Starts the program once more while it runs, with an option; the second one hands it over and ends.
    pub async fn start_again(&self, option: &str) {
        let mut second = Command::new(program());
        let second = second.arg(option).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let ended = tokio::time::timeout(OPENING, second.kill_on_drop(true).status()).await;
        assert!(ended.expect("the second program ends").unwrap().success());
    }

    /// Clicks, once it is there and takes clicks.
    pub async fn click(&self, id: &str) {
        self.click_css(&css(id)).await;
    }

    /// Clicks what a selector finds, once it is there and takes clicks.
    pub async fn click_css(&self, selector: &str) {
        until(&format!("{selector} to be clicked"), || async {
            let element = self.client.find(Locator::Css(selector)).await.ok()?;
            if !element.is_enabled().await.ok()? {
                return None;
            }
            element.click().await.ok()
        })
        .await;
    }

    /// Clicks what a selector finds until something else is there for it. A click is lost when the page moves, or
    /// closes a dialog, just then.
    pub async fn click_for(&self, selector: &str, then: &str) {
        for _ in 0..4 {
            self.click_css(selector).await;
            if tokio::time::timeout(CLICK_AGAIN, self.find_css(then)).await.is_ok() {
                return;
            }
        }
        self.find_css(then).await;
    }

    /// Types into a field, in place of what was there.
    pub async fn fill(&self, id: &str, text: &str) {
        // One key at least: an emptied field tells the page of it only when something is typed.
        let keys = if text.is_empty() { format!(" {}", char::from(Key::Backspace)) } else { text.to_owned() };
        let typed = until(&format!("{id} to be filled in"), || async {
            let element = self.find(id).await;
            // A driver leaves a field where it is as soon as an edge of it shows, and then finds it covered.
            let middle = "arguments[0].scrollIntoView({ block: 'center' })";
            self.client.execute(middle, vec![serde_json::to_value(&element).ok()?]).await.ok()?;
            // The page may put another element in its place meanwhile.
            element.clear().await.ok()?;
            element.send_keys(&keys).await.ok()?;
            element.prop("value").await.ok()
        })
        .await;
        assert_eq!(typed.unwrap_or_default(), text, "what stands in {id}");
    }

    /// Presses Enter in a field.
    pub async fn enter(&self, id: &str) {
        self.find(id).await.send_keys(&Key::Enter.to_string()).await.unwrap();
    }

    /// Presses a key where the focus is.
    pub async fn press(&self, key: impl Into<char>) {
        let focused = self.client.active_element().await.unwrap();
        focused.send_keys(&key.into().to_string()).await.unwrap();
    }

    /// Does what an input device does, wherever the focus is.
    pub(crate) async fn act(&self, strokes: KeyActions) {
        self.client.perform_actions(strokes).await.unwrap();
    }

    /// The text of an element, once it is there.
    pub async fn text(&self, id: &str) -> String {
        until(&format!("the text of {id}"), || async {
            self.find(id).await.prop("textContent").await.ok().map(Option::unwrap_or_default)
        })
        .await
    }

    /// Waits until an element's text has `part` in it; answers the whole.
    pub async fn until_text(&self, id: &str, part: &str) -> String {
        until(&format!("\"{part}\" in {id}"), || async {
            let found = self.client.find(Locator::Css(&css(id))).await.ok()?;
            // What stands in it: WebKit's driver leaves out text that an ellipsis could cut.
            found.prop("textContent").await.ok()?.filter(|text| text.contains(part))
        })
        .await
    }

    /// Waits until an element's attribute has a value.
    pub async fn until_attribute(&self, id: &str, attribute: &str, value: &str) {
        let selector = format!("[data-testid=\"{id}\"][{attribute}=\"{value}\"]");
        self.find_css(&selector).await;
    }

    /// Waits until nothing matches.
    pub async fn until_gone(&self, selector: &str) {
        until(&format!("{selector} to go"), || async { (!self.has(selector).await).then_some(()) }).await;
    }

    /// Runs a script in the page, for what only the page knows.
    pub async fn script(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// Everything that stands in the page, as its source.
    pub async fn source(&self) -> String {
        self.client.source().await.unwrap()
    }

    /// A picture of one element, cut out of the page's: the driver's own pictures of elements are wrong inside a
    /// dialog.
    pub async fn picture(&self, id: &str) -> GrayImage {
        let element = self.find(id).await;
        let (x, y, width, height) = element.rectangle().await.unwrap();
        let page = self.screenshot().await;
        let page = image::load_from_memory(&page).unwrap().to_luma8();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // pixels of a screen
        let whole = |length: f64| length.round().max(0.0) as u32;
        image::imageops::crop_imm(&page, whole(x), whole(y), whole(width), whole(height)).to_image()
    }

    /// The driver's picture of the page. It waits for the next frame, and a page at rest draws none: a dot in a
    /// corner moves it.
    async fn screenshot(&self) -> Vec<u8> {
        let stir = "const dot = document.body.appendChild(document.createElement('div')); \
            Object.assign(dot.style, { position: 'fixed', right: 0, bottom: 0, width: '1px', height: '1px' }); \
            let frame = 0; const draw = () => { dot.style.background = frame % 2 ? '#000' : '#010101'; \
            frame += 1; if (frame < 300) requestAnimationFrame(draw); else dot.remove(); }; draw();";
        self.script(stir).await;
        tokio::time::timeout(PATIENCE, self.client.screenshot())
            .await
            .expect("a picture of the page")
            .unwrap()
    }

    /// The value of an element's attribute, once it is there.
    pub async fn attribute(&self, id: &str, attribute: &str) -> String {
        until(&format!("{attribute} of {id}"), || async {
            let found = self.client.find(Locator::Css(&css(id))).await.ok()?;
            found.attr(attribute).await.ok()?
        })
        .await
    }

    /// From now on the page notes how long it didn't get to draw, and how long the program took to answer a call
    /// that needs nothing but its main thread; see [`Self::longest_wait`].
    pub async fn watch_answers(&self) {
        let script = "if (window.longest !== undefined) return; window.longest = 0; \
            const note = (since) => { window.longest = Math.max(window.longest, performance.now() - since); }; \
            let drawn = performance.now(); \
            const draw = () => { note(drawn); drawn = performance.now(); requestAnimationFrame(draw); }; \
            const ask = async () => { for (;;) { window.asked = performance.now(); \
            await window.__TAURI_INTERNALS__.invoke('qr_code', { text: 'kaibo' }); note(window.asked); \
            window.asked = Infinity; \
            await new Promise((go) => setTimeout(go, 10)); } }; draw(); ask();";
        self.script(script).await;
    }

    /// The longest wait since [`Self::watch_answers`] or this, whichever was later.
    pub async fn longest_wait(&self) -> Duration {
        // One that is still out counts as far as it came.
        let script = "const longest = Math.max(window.longest, performance.now() - window.asked); \
            window.longest = 0; return longest";
        Duration::from_secs_f64(self.script(script).await.as_f64().unwrap() / 1000.0)
    }

    /// Writes a picture of the page to the folder that `KAIBO_SHOTS` names, if it does.
    pub async fn shot(&self, name: &str) {
        let Some(folder) = std::env::var_os("KAIBO_SHOTS") else { return };
        let folder = PathBuf::from(folder);
        fs::create_dir_all(&folder).unwrap();
        let picture = self.screenshot().await;
        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        end_group(&self.driver);
    }
}

fn css(id: &str) -> String {
    format!("[data-testid=\"{id}\"]")
}

async fn start_driver(home: &Path, environment: &Environment) -> (Child, u16) {
    let port = free_port();
    let mut command = Command::new("WebKitWebDriver");
    command
        .arg(format!("--port={port}"))
        .arg("--host=127.0.0.1")
        .env("TAURI_WEBVIEW_AUTOMATION", "true")
        .env("LANG", "zh_CN.UTF-8")
        .env("LANGUAGE", "zh_CN")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true);
    for (name, folder) in [
        ("XDG_DATA_HOME", "data"),
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_STATE_HOME", "state"),
        ("TMPDIR", "tmp"),
    ] {
        let path = home.join(folder);
        fs::create_dir_all(&path).unwrap();
        command.env(name, path);
    }
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let driver = command.spawn().expect("WebKitWebDriver starts (Debian package webkit2gtk-driver)");
    until("the driver's port", || async { tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok() })
        .await;
    (driver, port)
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Kills the driver and all it started: an orphan would hold the next test's single instance.
fn end_group(driver: &Child) {
    if let Some(id) = driver.id() {
        let _ = std::process::Command::new("kill")
            .args(["-KILL", "--", &format!("-{id}")])
            .stderr(Stdio::null())
            .status();
        std::thread::sleep(Duration::from_millis(50)); // the kernel's time to close their sockets
    }
}
