//! A platform's driver whose connections can be sent to an address where nobody is reached.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use kaibo_live::account::{Profile, Settings};
use kaibo_live::budget::CallsLeft;
use kaibo_live::clock::Clock;
use kaibo_live::driver::{
    Areas, BroadcastRight, ChatSink, ChatSource, Connection, CreateRoom, DeleteRoom, Driver, EditRoom,
    EndRoom, FaceCheck, KeepAlive, Moderate, Outcome, Renew, Revoke, SignalSource, StartRoom,
};
use kaibo_live::platform::PlatformInfo;
use kaibo_live::room::{RemoteId, RoomFacts};
use kaibo_live::secret::Credentials;

/// What is asked of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Check,
    Find,
    Read,
    Create,
    Edit,
    Start,
    End,
    Delete,
    Beat,
    Chat,
    Say,
    Moderate,
    Areas,
    Right,
}

/// What goes to the bad address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Turned {
    #[default]
    Nothing,
    /// The first time that it is asked, and everything from then on.
    From(Asked),
    Everything,
}

/// Turns a connection.
#[derive(Default)]
pub(crate) struct Switch(Mutex<Turned>);

impl Switch {
    pub(crate) fn turn(&self, turned: Turned) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = turned;
    }

    fn is_bad(&self, asked: Asked) -> bool {
        let mut turned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *turned == Turned::From(asked) {
            *turned = Turned::Everything;
        }
        *turned == Turned::Everything
    }
}

/// See the module.
pub(crate) struct Switched {
    pub(crate) driver: Box<dyn Driver>,
    /// `http://host:port`.
    pub(crate) good: String,
    pub(crate) bad: String,
    pub(crate) switch: Arc<Switch>,
}

impl Driver for Switched {
    fn info(&self) -> PlatformInfo {
        self.driver.info()
    }

    fn connect(
        &self,
        settings: &Settings,
        credentials: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Arc<dyn Connection>> {
        let to = |base: &str| self.driver.connect(&moved(settings, base), credentials, Arc::clone(&clock));
        Ok(Arc::new(Line { good: to(&self.good)?, bad: to(&self.bad)?, switch: Arc::clone(&self.switch) }))
    }
}

/// The same form with another address of the platform.
pub(crate) fn moved(settings: &Settings, base: &str) -> Settings {
    let mut settings = settings.clone();
    for name in ["base_url", "api_url", "passport_url", "www_url"] {
        if let Some(url) = settings.0.get_mut(name) {
            let path = if url.ends_with("/router/rest") { "/router/rest" } else { "" };
            *url = format!("{base}{path}");
        }
    }
    settings
}

struct Line {
    good: Arc<dyn Connection>,
    bad: Arc<dyn Connection>,
    switch: Arc<Switch>,
}

impl Line {
    fn to(&self, asked: Asked) -> &dyn Connection {
        if self.switch.is_bad(asked) { self.bad.as_ref() } else { self.good.as_ref() }
    }
}

#[async_trait]
impl Connection for Line {
    async fn check(&self) -> Outcome<Profile> {
        self.to(Asked::Check).check().await
    }
    async fn find_rooms(&self) -> Outcome<Vec<RoomFacts>> {
        self.to(Asked::Find).find_rooms().await
    }
    async fn read(&self, room: &RemoteId) -> Outcome<RoomFacts> {
        self.to(Asked::Read).read(room).await
    }
    fn read_interval(&self) -> Duration {
        self.good.read_interval()
    }
    fn create(&self) -> Option<&dyn CreateRoom> {
        self.to(Asked::Create).create()
    }
    fn edit(&self) -> Option<&dyn EditRoom> {
        self.to(Asked::Edit).edit()
    }
    fn start(&self) -> Option<&dyn StartRoom> {
        // Whether there is any is asked before it is: that reaches nobody.
        self.to(Asked::Start).start()
    }
    fn end(&self) -> Option<&dyn EndRoom> {
        self.to(Asked::End).end()
    }
    fn delete(&self) -> Option<&dyn DeleteRoom> {
        self.to(Asked::Delete).delete()
    }
    fn keep_alive(&self) -> Option<&dyn KeepAlive> {
        self.to(Asked::Beat).keep_alive()
    }
    fn chat(&self) -> Option<&dyn ChatSource> {
        self.to(Asked::Chat).chat()
    }
    fn speak(&self) -> Option<&dyn ChatSink> {
        self.to(Asked::Say).speak()
    }
    fn moderate(&self) -> Option<&dyn Moderate> {
        self.to(Asked::Moderate).moderate()
    }
    fn areas(&self) -> Option<&dyn Areas> {
        self.to(Asked::Areas).areas()
    }
    fn right(&self) -> Option<&dyn BroadcastRight> {
        self.to(Asked::Right).right()
    }
    fn face_check(&self) -> Option<&dyn FaceCheck> {
        self.good.face_check()
    }
    fn renew(&self) -> Option<&dyn Renew> {
        self.good.renew()
    }
    fn revoke(&self) -> Option<&dyn Revoke> {
        self.good.revoke()
    }
    fn signal(&self) -> Option<&dyn SignalSource> {
        self.good.signal()
    }
    fn reading_needs_sign_in(&self) -> bool {
        self.good.reading_needs_sign_in()
    }
    fn calls_left(&self) -> Option<CallsLeft> {
        self.good.calls_left()
    }
    fn clock_skew(&self) -> Option<SignedDuration> {
        self.good.clock_skew()
    }
}
