//! A sandbox of a test's own, connections to it, and what is done to a room.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use kaibo_live::account::Settings;
use kaibo_live::chat::ChatOut;
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Connection, Driver, Outcome};
use kaibo_live::platform::PlatformInfo;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::room::{Details, Edit, RemoteId, Visibility};
use kaibo_live::secret::Credentials;
use kaibo_platforms::registry::drivers;
use kaibo_sandbox::{Config, Control, PLATFORMS, RoomState, Sandbox};

/// The machine's time, and no jitter: repeats follow at once.
#[derive(Default)]
struct Brisk(AtomicU64);

impl Clock for Brisk {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn chance(&self) -> f64 {
        0.0
    }

    fn fresh_id(&self) -> String {
        format!("kaibo{:011}", self.0.fetch_add(1, Ordering::Relaxed))
    }
}

/// The driver of the platform that the sandbox calls `platform`.
pub(crate) fn driver(platform: &str) -> Box<dyn Driver> {
    let named = |driver: &dyn Driver| serde_json::to_value(driver.info().platform).unwrap();
    let (_, driver) = drivers().into_iter().find(|(_, driver)| named(driver.as_ref()) == platform).unwrap();
    driver
}

/// What the platform is and can do.
pub(crate) fn info(platform: &str) -> PlatformInfo {
    driver(platform).info()
}

/// A sandbox where nothing happens by itself.
pub(crate) struct Stage {
    sandbox: Sandbox,
    pub(crate) control: Control,
}

impl Stage {
    pub(crate) async fn open() -> Self {
        let sandbox = Sandbox::start(Config { chatter: false, ..Config::default() }).await.unwrap();
        let control = sandbox.control();
        Self { sandbox, control }
    }

    /// The connect form of the platform's account, as the sandbox fills it in now.
    pub(crate) fn form(&self, platform: &str) -> (Settings, Credentials) {
        let account = self.sandbox.accounts().into_iter().find(|a| a.platform == platform).unwrap();
        let mut credentials = Credentials::default();
        for (name, value) in account.secrets {
            credentials.set(name, value.into());
        }
        (Settings(account.settings), credentials)
    }

    /// Connects with a changed form.
    pub(crate) fn connect_with(
        &self,
        platform: &str,
        change: impl FnOnce(&mut Settings, &mut Credentials),
    ) -> Outcome<Arc<dyn Connection>> {
        let (mut settings, mut credentials) = self.form(platform);
        change(&mut settings, &mut credentials);
        driver(platform).connect(&settings, &credentials, Arc::new(Brisk::default()))
    }

    pub(crate) fn connect(&self, platform: &str) -> Arc<dyn Connection> {
        self.connect_with(platform, |_, _| {}).unwrap()
    }

    /// Bilibili's account that has no room yet.
    pub(crate) fn connect_newcomer(&self) -> Arc<dyn Connection> {
        let cookie = self.control.newcomer_cookie();
        self.connect_with("bilibili", |_, secrets| secrets.set("cookie", cookie.into())).unwrap()
    }

    /// A room of the account's own that isn't live: made, or the one there is.
    pub(crate) async fn room(&self, platform: &str, connection: &dyn Connection) -> RemoteId {
        let abilities = info(platform).abilities;
        match connection.create() {
            Some(create) if !abilities.lasting_room => create.create(&details()).await.unwrap().remote,
            _ => connection.find_rooms().await.unwrap().remove(0).remote,
        }
    }

    /// All rooms of a platform and what the streamer said in them.
    pub(crate) fn state(&self, platform: &str) -> Vec<(Vec<String>, RoomState)> {
        let said = |room: RoomState| (self.control.chat_received(platform, &room.id), room);
        self.control.rooms(platform).into_iter().map(said).collect()
    }

    /// How many calls arrived below `path`.
    pub(crate) fn calls(&self, platform: &str, path: &str) -> usize {
        self.control.calls(platform).iter().filter(|call| call.path.starts_with(path)).count()
    }
}

/// Everything that a streamer can say about a broadcast.
pub(crate) fn details() -> Details {
    Details {
        title: "深夜手冲 & 黑胶 <B面>".into(),
        summary: "今晚 8 点，一起听 100% 原版".into(),
        notice: "别忘了带杯子".into(),
        cover_url: "https://img.example/c.jpg?w=1&h=2".into(),
        area_id: "192".into(),
        tags: vec!["唱片".into()],
        visibility: Visibility::Private,
    }
}

/// One thing done to a room.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    Check,
    Find,
    Read,
    List,
    Listen,
    Create(Details),
    Edit(Edit),
    Start(Details),
    End,
    Delete,
    Say(String),
}

impl Act {
    pub(crate) fn title(title: &str) -> Self {
        Self::Edit(Edit { title: Some(title.into()), ..Edit::default() })
    }

    /// Does it. Panics when the connection can't.
    pub(crate) async fn on(&self, connection: &dyn Connection, room: &RemoteId) -> Outcome<()> {
        match self {
            Self::Check => connection.check().await.map(drop),
            Self::Find => connection.find_rooms().await.map(drop),
            Self::Read => connection.read(room).await.map(drop),
            Self::List => connection.areas().unwrap().list().await.map(drop),
            // With somebody who hears the first word and leaves.
            Self::Listen => {
                let (out, mut heard) = ChatOut::queue();
                let leave = async {
                    let first = heard.recv().await;
                    drop(heard);
                    first
                };
                let (ended, first) = tokio::join!(connection.chat().unwrap().listen(room, out), leave);
                assert!(ended.is_err() || first.is_some());
                ended
            }
            Self::Create(details) => connection.create().unwrap().create(details).await.map(drop),
            Self::Edit(edit) => connection.edit().unwrap().edit(room, edit).await,
            Self::Start(details) => connection.start().unwrap().start(room, details).await.map(drop),
            Self::End => connection.end().unwrap().end(room).await,
            Self::Delete => connection.delete().unwrap().delete(room).await,
            Self::Say(text) => connection.speak().unwrap().say(room, text).await,
        }
    }
}

/// The code of a failure, which names its platform.
pub(crate) fn code<T>(platform: &str, outcome: Outcome<T>) -> ProblemCode {
    let failure: Failure = outcome.err().expect("a failure");
    assert_eq!(serde_json::to_value(failure.platform).unwrap(), platform, "{failure:?}");
    failure.code
}

/// All platforms one after another.
pub(crate) fn platforms() -> impl Iterator<Item = &'static str> {
    PLATFORMS.into_iter()
}
