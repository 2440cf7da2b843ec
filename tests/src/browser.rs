//! The system's browser, played: a program in the way of the real one notes what it was asked to open, and
//! the test goes through the pages as a person would.

use std::fs;
use std::path::{Path, PathBuf};

use reqwest::header::LOCATION;
use reqwest::redirect::Policy;
use tempfile::TempDir;
use url::Url;

use crate::until;

/// See the module.
pub struct Browser {
    folder: TempDir,
    client: reqwest::Client,
}

/// What a person does on a page that asks for leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Allows.
    Allow,
    /// Refuses.
    Refuse,
}

impl Browser {
    /// A browser that hasn't been asked for anything.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let notes = folder.path().join("opened");
        let program = folder.path().join("xdg-open");
        let script = format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >>'{}'\n", notes.display());
        fs::write(&program, script).unwrap();
        let mut mode = fs::metadata(&program).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
        fs::set_permissions(&program, mode).unwrap();
        let client = reqwest::Client::builder().redirect(Policy::none()).build().unwrap();
        Self { folder, client }
    }

    /// The folder that has to come first in the program's `PATH`.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn notes(&self) -> PathBuf {
        self.folder.path().join("opened")
    }

    /// The address that was opened last, once there is one; it is told once.
    pub async fn opened(&self) -> Url {
        let line = until("an address for the browser", || async {
            fs::read_to_string(self.notes()).ok()?.lines().next_back().map(str::to_owned)
        })
        .await;
        fs::remove_file(self.notes()).unwrap();
        Url::parse(&line).unwrap()
    }

    /// Opens a page that asks for leave and answers it: where the platform sends the browser then.
    pub async fn answer(&self, page: &Url, consent: Consent) -> Url {
        let shown = self.client.get(page.clone()).send().await.unwrap();
        assert!(shown.status().is_success(), "the page: {}", shown.status());
        let html = shown.text().await.unwrap();
        let token = html.split("name=page value=").nth(1).unwrap().split('>').next().unwrap().to_owned();
        let mut target = page.clone();
        target.set_query(None);
        let decision = if consent == Consent::Allow { "allow" } else { "refuse" };
        let form = [("page", token.as_str()), ("decision", decision)];
        let sent = self.client.post(target).form(&form).send().await.unwrap();
        let back = sent.headers().get(LOCATION).expect("the browser is sent on").to_str().unwrap();
        Url::parse(back).unwrap()
    }

    /// Opens an address; answers the page's status and text.
    pub async fn visit(&self, address: &Url) -> (u16, String) {
        let answer = self.client.get(address.clone()).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }
}
