//! What the tests of the sandbox share.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::missing_panics_doc)]

use std::future::Future;
use std::process::Stdio;
use std::time::Duration;

use kaibo_sandbox::{Config, Sandbox, SandboxAccount};
use serde_json::Value;
use tokio::process::{Child, Command};

pub(crate) async fn quiet() -> Sandbox {
    Sandbox::start(Config { chatter: false, ..Config::default() }).await.expect("free ports")
}

pub(crate) fn account(sandbox: &Sandbox, platform: &str) -> SandboxAccount {
    sandbox
        .accounts()
        .into_iter()
        .find(|account| account.platform == platform)
        .expect("an account a platform")
}

/// Weibo's API with the account's token.
pub(crate) struct Weibo {
    pub(crate) base: String,
    pub(crate) token: String,
    http: reqwest::Client,
}

impl Weibo {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        let account = account(sandbox, "weibo");
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            base: account.settings["base_url"].clone(),
            token: account.secrets["access_token"].clone(),
            http,
        }
    }

    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (u16, Value) {
        let mut form = vec![("access_token", self.token.as_str())];
        form.extend_from_slice(fields);
        let reply = self.http.post(format!("{}{path}", self.base)).form(&form).send().await.unwrap();
        (reply.status().as_u16(), reply.json().await.unwrap())
    }

    pub(crate) async fn get(&self, path: &str) -> (u16, Value) {
        let url = format!("{}{path}access_token={}", self.base, self.token);
        let reply = self.http.get(url).send().await.unwrap();
        (reply.status().as_u16(), reply.json().await.unwrap())
    }

    /// Makes a room; returns its id and its push address.
    pub(crate) async fn create(&self, more: &[(&str, &str)]) -> (String, String) {
        let mut fields = vec![("title", "豆子"), ("width", "1280"), ("height", "720")];
        fields.extend_from_slice(more);
        let (status, reply) = self.post("/2/proxy/live/create", &fields).await;
        assert_eq!(status, 200, "{reply}");
        (text(&reply["id"]), text(&reply["url"]))
    }

    /// What `live/show` tells, figures included.
    pub(crate) async fn show(&self, id: &str) -> Value {
        self.post("/2/proxy/live/show", &[("id", id), ("detail", "1")]).await.1
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("text expected, got {value}")).to_owned()
}

/// The app and the public name in a push address.
pub(crate) fn app_and_name(url: &str) -> (String, String) {
    let path = url.split_once("://").unwrap().1.split('?').next().unwrap();
    let mut parts = path.split('/').skip(1);
    (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned())
}

/// Pushes a test picture with ffmpeg for so many seconds.
pub(crate) fn push(url: &str, seconds: u32) -> Child {
    let mut ffmpeg = Command::new("ffmpeg");
    ffmpeg.args(["-hide_banner", "-loglevel", "error", "-re"]);
    ffmpeg.args(["-f", "lavfi", "-i", "testsrc=size=320x180:rate=10", "-f", "lavfi", "-i", "sine"]);
    ffmpeg.args(["-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-c:a", "aac"]);
    ffmpeg.args(["-t", &seconds.to_string(), "-f", "flv", url]);
    ffmpeg.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    ffmpeg.spawn().expect("ffmpeg is installed")
}

/// Waits until `seen` gives something, for 20 seconds at most.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut seen: impl FnMut() -> F) -> T {
    let waited = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            if let Some(value) = seen().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}
