//! A platform that does what a test tells it, and remembers what it was asked.

// Each of the tests uses a part of it.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::unwrap_used, clippy::panic)]

pub mod moderation;

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use kaibo_live::account::{AccountId, Profile, Settings, SignInWay};
use kaibo_live::budget::CallsLeft;
use kaibo_live::chat::{ChatEvent, ChatKind, ChatOut, Heard, Person};
use kaibo_live::clock::Clock;
use kaibo_live::cover::CoverRule;
use kaibo_live::driver::{
    Areas, BroadcastRight, ChatSink, ChatSource, Connection, Covers, CreateRoom, DeleteRoom, Driver,
    EditRoom, EndRoom, FaceCheck, Looked, Moderate, Outcome, SignalSource, StartRoom, Started,
};
use kaibo_live::encoder::{EncoderDriver, NoEncoder};
use kaibo_live::history::History;
use kaibo_live::limits::{Counting, TextLimit};
use kaibo_live::platform::{
    Abilities, DetailKind, DetailLimit, FieldKind, FieldSpec, Platform, PlatformInfo,
};
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::push::PushAddress;
use kaibo_live::relay::{NoRelay, RelayDriver};
use kaibo_live::room::{Area, Details, Edit, FigureKind, RemoteId, RoomFacts, RoomId, Signal, Status};
use kaibo_live::secret::{Credentials, ExposeSecret, SecretStore, VaultError, VaultState};
use kaibo_live::store::{Intent, Store};
use kaibo_live::studio::{Parts, SandboxAccount, SandboxHost, Studio};
use kaibo_live::view::{AccountDraft, Action, Preferences, RoomView};

/// What the platform holds and was asked.
#[derive(Default)]
pub struct Script {
    pub calls: Vec<String>,
    /// Taken one by one by the next writes; an empty queue means success.
    pub write_failures: VecDeque<ProblemCode>,
    /// A failing create makes the room all the same.
    pub create_happens: bool,
    /// Looking for a lost room is impossible.
    pub cannot_look: bool,
    pub rooms: BTreeMap<String, (String, Status)>,
    pub slow: Duration,
    pub refuse_check: bool,
    /// Reading a room doesn't tell its push address; starting it does.
    pub only_start_tells_push: bool,
    pub lines: Vec<ChatEvent>,
    /// Ids of lines that are taken back.
    pub recalled: Vec<String>,
    /// The chat's line fails at once with this.
    pub chat_failure: Option<ProblemCode>,
    /// The chat's line is open and silent.
    pub chat_silent: bool,
    /// Times that the chat's line was opened.
    pub handshakes: usize,
    /// Figures that readings tell.
    pub figures: BTreeMap<FigureKind, u64>,
    /// Time that a reading takes between looking and answering.
    pub slow_read: Duration,
    /// Who asked what of the account, in order: `check`, `right`, `areas`, `face`.
    pub asked: Vec<&'static str>,
    /// Time that each of those takes.
    pub slow_asked: Duration,
    pub check_failure: Option<ProblemCode>,
    /// When the sign-in runs out.
    pub expires_at: Option<Timestamp>,
    /// The right to broadcast can be asked: with this answer.
    pub right: Option<Result<(), ProblemCode>>,
    /// Whether a face check was passed can be asked: with this answer.
    pub face: Option<Result<bool, ProblemCode>>,
    /// Areas have to be chosen, from these. To be set before the studio is made.
    pub areas: Option<Vec<Area>>,
    pub areas_failure: Option<ProblemCode>,
    /// The rooms' own area.
    pub area: Option<Area>,
    /// Every edit is refused with this.
    pub edit_failure: Option<ProblemCode>,
    pub calls_left: Option<CallsLeft>,
    pub skew: Option<SignedDuration>,
    /// Where to push, instead of an address of the room's own.
    pub push: Option<String>,
    /// The account has these rooms from the first.
    pub found: Vec<&'static str>,
    /// Its rooms can be watched, and no more. To be set before the studio is made.
    pub watched: bool,
    /// What the ingest says; none: it can't be asked.
    pub signal: Option<Signal>,
    /// How often it was asked.
    pub signal_asked: usize,
    /// Told by the chat's line next.
    pub told: VecDeque<Heard>,
    /// A cover has to be this. To be set before the studio is made.
    pub cover: Option<CoverRule>,
    /// No cover from elsewhere is taken. To be set before the studio is made.
    pub own_covers: bool,
    /// What was asked of each room that was made.
    pub wanted: Vec<Details>,
    /// The rooms can be moderated.
    pub rules: Option<moderation::Rules>,
    /// The platform's id of the account's person.
    pub user_id: Option<&'static str>,
}

pub type Shared = Arc<Mutex<Script>>;

pub struct Fake(pub Platform, pub Shared);

impl Fake {
    fn takes(&self) -> Vec<DetailKind> {
        let covers = self.1.lock().unwrap().cover.is_some();
        if covers { vec![DetailKind::Title, DetailKind::Cover] } else { vec![DetailKind::Title] }
    }
}

impl Driver for Fake {
    fn info(&self) -> PlatformInfo {
        let takes = self.takes();
        let (own_covers, watched) = {
            let script = self.1.lock().unwrap();
            (script.own_covers, script.watched)
        };
        let field = |name: &str, kind| FieldSpec {
            name: name.into(),
            kind,
            required: true,
            default: None,
            choices: Vec::new(),
            advanced: false,
            ways: Vec::new(),
        };
        PlatformInfo {
            ways: vec![SignInWay::Form],
            takes_file: false,
            platform: self.0,
            abilities: Abilities {
                create: true,
                start: self.0 == Platform::Qiniu,
                end: !watched,
                delete: true,
                push: true,
                edit: takes.clone(),
                set_at_start: takes,
                own_covers,
                areas: self.1.lock().unwrap().areas.is_some(),
                chat_in: true,
                chat_out: true,
                ..Abilities::default()
            },
            fields: vec![field("access_token", FieldKind::Secret), field("anchor", FieldKind::Text)],
            limits: vec![DetailLimit {
                detail: DetailKind::Title,
                limit: TextLimit { max: 40, counting: Counting::Characters, required: true },
            }],
            chat_limit: Some(TextLimit { max: 100, counting: Counting::Characters, required: true }),
            documentation: String::new(),
        }
    }

    fn connect(
        &self,
        _: &Settings,
        secrets: &Credentials,
        _: Arc<dyn Clock>,
    ) -> Outcome<Arc<dyn Connection>> {
        assert!(secrets.get("access_token").is_some(), "connected without its secret");
        Ok(Arc::new(Line(self.0, Arc::clone(&self.1))))
    }
}

struct Line(Platform, Shared);

impl Script {
    fn address(&self, id: &str) -> PushAddress {
        let own = || format!("rtmp://ingest.example/live/{id}?k=secret-of-{id}");
        PushAddress::split(&self.push.clone().unwrap_or_else(own)).unwrap()
    }
}

impl Line {
    async fn write(&self, call: String) -> Outcome<()> {
        let (slow, failure) = {
            let mut script = self.1.lock().unwrap();
            script.calls.push(call);
            (script.slow, script.write_failures.pop_front())
        };
        tokio::time::sleep(slow).await;
        failure.map_or(Ok(()), |code| Err(Failure::new(code)))
    }

    fn facts(&self, id: &str) -> Outcome<RoomFacts> {
        let script = self.1.lock().unwrap();
        let (title, status) =
            script.rooms.get(id).cloned().ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
        let mut facts = RoomFacts::of(RemoteId(id.into()));
        facts.title = Some(title);
        facts.status = status;
        facts.area.clone_from(&script.area);
        facts.figures.clone_from(&script.figures);
        facts.push = (!script.only_start_tells_push).then(|| script.address(id));
        Ok(facts)
    }

    async fn asked(&self, what: &'static str) {
        let slow = {
            let mut script = self.1.lock().unwrap();
            script.asked.push(what);
            script.slow_asked
        };
        tokio::time::sleep(slow).await;
    }

    fn set(&self, room: &RemoteId, status: Status) {
        if let Some(room) = self.1.lock().unwrap().rooms.get_mut(&room.0) {
            room.1 = status;
        }
    }
}

#[async_trait]
impl Connection for Line {
    async fn check(&self) -> Outcome<Profile> {
        self.asked("check").await;
        let script = self.1.lock().unwrap();
        if script.refuse_check {
            return Err(Failure::new(ProblemCode::CredentialsRefused));
        }
        if let Some(code) = &script.check_failure {
            return Err(Failure::new(code.clone()));
        }
        Ok(Profile {
            user_id: script.user_id.map(str::to_owned),
            name: Some("小满".into()),
            expires_at: script.expires_at,
            ..Profile::default()
        })
    }
    async fn find_rooms(&self) -> Outcome<Vec<RoomFacts>> {
        let found = self.1.lock().unwrap().found.clone();
        found.into_iter().map(|id| self.facts(id)).collect()
    }
    fn right(&self) -> Option<&dyn BroadcastRight> {
        self.1.lock().unwrap().right.is_some().then_some(self)
    }
    fn face_check(&self) -> Option<&dyn FaceCheck> {
        self.1.lock().unwrap().face.is_some().then_some(self)
    }
    fn covers(&self) -> Option<&dyn Covers> {
        self.1.lock().unwrap().cover.is_some().then_some(self)
    }
    fn areas(&self) -> Option<&dyn Areas> {
        self.1.lock().unwrap().areas.is_some().then_some(self)
    }
    fn calls_left(&self) -> Option<CallsLeft> {
        self.1.lock().unwrap().calls_left
    }
    fn clock_skew(&self) -> Option<SignedDuration> {
        self.1.lock().unwrap().skew
    }
    async fn read(&self, room: &RemoteId) -> Outcome<RoomFacts> {
        let facts = self.facts(&room.0);
        let slow = self.1.lock().unwrap().slow_read;
        tokio::time::sleep(slow).await;
        facts
    }
    fn read_interval(&self) -> Duration {
        Duration::from_secs(1)
    }
    fn signal(&self) -> Option<&dyn SignalSource> {
        self.1.lock().unwrap().signal.is_some().then_some(self)
    }
    fn create(&self) -> Option<&dyn CreateRoom> {
        Some(self)
    }
    fn edit(&self) -> Option<&dyn EditRoom> {
        Some(self)
    }
    fn start(&self) -> Option<&dyn StartRoom> {
        (self.0 == Platform::Qiniu).then_some(self)
    }
    fn end(&self) -> Option<&dyn EndRoom> {
        Some(self)
    }
    fn delete(&self) -> Option<&dyn DeleteRoom> {
        Some(self)
    }
    fn chat(&self) -> Option<&dyn ChatSource> {
        Some(self)
    }
    fn speak(&self) -> Option<&dyn ChatSink> {
        Some(self)
    }
    fn moderate(&self) -> Option<&dyn Moderate> {
        self.1.lock().unwrap().rules.is_some().then_some(self)
    }
}

#[async_trait]
impl BroadcastRight for Line {
    async fn ask(&self) -> Outcome<()> {
        self.asked("right").await;
        let right = self.1.lock().unwrap().right.clone();
        right.unwrap().map_err(Failure::new)
    }
}

#[async_trait]
impl SignalSource for Line {
    async fn ask(&self, _: &PushAddress) -> Outcome<Signal> {
        let mut script = self.1.lock().unwrap();
        script.signal_asked += 1;
        Ok(script.signal.clone().unwrap())
    }
}

#[async_trait]
impl FaceCheck for Line {
    async fn passed(&self, _: &RemoteId) -> Outcome<bool> {
        self.asked("face").await;
        let face = self.1.lock().unwrap().face.clone();
        face.unwrap().map_err(Failure::new)
    }
}

#[async_trait]
impl Covers for Line {
    fn rule(&self) -> CoverRule {
        self.1.lock().unwrap().cover.unwrap()
    }

    async fn upload(&self, jpeg: Vec<u8>) -> Outcome<String> {
        self.write(format!("upload {}", jpeg.len())).await?;
        Ok(format!("https://img.example/{:?}.jpg", self.0))
    }
}

#[async_trait]
impl Areas for Line {
    async fn list(&self) -> Outcome<Vec<Area>> {
        self.asked("areas").await;
        let script = self.1.lock().unwrap();
        match &script.areas_failure {
            Some(code) => Err(Failure::new(code.clone())),
            None => Ok(script.areas.clone().unwrap()),
        }
    }
}

#[async_trait]
impl CreateRoom for Line {
    async fn create(&self, details: &Details) -> Outcome<RoomFacts> {
        let id = {
            let mut script = self.1.lock().unwrap();
            script.wanted.push(details.clone());
            let id = format!("live-{}", script.rooms.len() + 1);
            if script.write_failures.is_empty() || script.create_happens {
                script.rooms.insert(id.clone(), (details.title.clone(), Status::NotStarted));
            }
            id
        };
        self.write(format!("create {}", details.title)).await?;
        self.facts(&id)
    }
    async fn look_for(&self, details: &Details, _: Timestamp) -> Outcome<Looked> {
        if self.1.lock().unwrap().cannot_look {
            return Ok(Looked::CannotTell);
        }
        let found = {
            let script = self.1.lock().unwrap();
            script.rooms.iter().find(|(_, (title, _))| *title == details.title).map(|(id, _)| id.clone())
        };
        Ok(match found {
            Some(id) => Looked::Found(Box::new(self.facts(&id)?)),
            None => Looked::Absent,
        })
    }
}

#[async_trait]
impl EditRoom for Line {
    async fn edit(&self, room: &RemoteId, edit: &Edit) -> Outcome<()> {
        self.write(format!("edit {}", room.0)).await?;
        if let Some(code) = self.1.lock().unwrap().edit_failure.clone() {
            return Err(Failure::new(code));
        }
        if let (Some(title), Some(room)) = (&edit.title, self.1.lock().unwrap().rooms.get_mut(&room.0)) {
            room.0.clone_from(title);
        }
        Ok(())
    }
}

#[async_trait]
impl StartRoom for Line {
    async fn start(&self, room: &RemoteId, _: &Details) -> Outcome<Started> {
        self.write(format!("start {}", room.0)).await?;
        self.set(room, Status::Live);
        let tells = self.1.lock().unwrap().only_start_tells_push;
        Ok(Started { push: tells.then(|| self.1.lock().unwrap().address(&room.0)) })
    }
}

#[async_trait]
impl EndRoom for Line {
    async fn end(&self, room: &RemoteId) -> Outcome<()> {
        self.set(room, Status::Ended);
        self.write(format!("end {}", room.0)).await
    }
}

#[async_trait]
impl DeleteRoom for Line {
    async fn delete(&self, room: &RemoteId) -> Outcome<()> {
        self.write(format!("delete {}", room.0)).await?;
        self.1.lock().unwrap().rooms.remove(&room.0);
        Ok(())
    }
}

#[async_trait]
impl ChatSource for Line {
    async fn listen(&self, _: &RemoteId, out: ChatOut) -> Outcome<()> {
        let (failure, silent) = {
            let mut script = self.1.lock().unwrap();
            script.handshakes += 1;
            (script.chat_failure.clone(), script.chat_silent)
        };
        if let Some(code) = failure {
            return Err(Failure::new(code));
        }
        if silent {
            return std::future::pending().await;
        }
        loop {
            let (lines, recalled) = {
                let script = self.1.lock().unwrap();
                (script.lines.clone(), script.recalled.clone())
            };
            for line in lines {
                out.send(Heard::Event(line)).await;
            }
            let told: Vec<Heard> = self.1.lock().unwrap().told.drain(..).collect();
            for told in told {
                out.send(told).await;
            }
            out.send(Heard::Recalled(recalled)).await;
            out.send(Heard::Figure(FigureKind::Watching, 7)).await;
            out.send(Heard::Alive).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}

#[async_trait]
impl ChatSink for Line {
    async fn say(&self, room: &RemoteId, text: &str) -> Outcome<()> {
        self.write(format!("say {} {text}", room.0)).await?;
        let line = line(&format!("sent-{text}"), text, true);
        self.1.lock().unwrap().lines.push(line);
        Ok(())
    }
}

pub fn line(id: &str, text: &str, me: bool) -> ChatEvent {
    let who = Person { id: "7".into(), name: "阿澈".into(), me, moderator: false };
    ChatEvent::new(id.into(), Timestamp::UNIX_EPOCH, ChatKind::Message, Some(who), text)
}

/// A keyring in memory that a test can lock.
#[derive(Default, Clone)]
pub struct Keyring(
    pub Arc<Mutex<BTreeMap<AccountId, Credentials>>>,
    pub Arc<Mutex<bool>>,
    /// The most that an entry may hold, bytes of names and secrets; 0 means any.
    pub Arc<Mutex<usize>>,
);

impl Keyring {
    fn open(&self) -> Result<(), VaultError> {
        if *self.1.lock().unwrap() { Err(VaultError::Locked) } else { Ok(()) }
    }
}

#[async_trait]
impl SecretStore for Keyring {
    async fn read(&self, account: &AccountId) -> Result<Option<Credentials>, VaultError> {
        self.open()?;
        Ok(self.0.lock().unwrap().get(account).cloned())
    }
    async fn write(&self, account: &AccountId, credentials: &Credentials) -> Result<(), VaultError> {
        self.open()?;
        let used = credentials.iter().map(|(name, secret)| name.len() + secret.expose_secret().len()).sum();
        let limit = *self.2.lock().unwrap();
        if limit > 0 && used > limit {
            return Err(VaultError::TooLarge { used, limit });
        }
        self.0.lock().unwrap().insert(account.clone(), credentials.clone());
        Ok(())
    }
    async fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        self.open()?;
        self.0.lock().unwrap().remove(account);
        Ok(())
    }
    async fn probe(&self) -> VaultState {
        self.state()
    }
    fn state(&self) -> VaultState {
        if *self.1.lock().unwrap() { VaultState::Locked } else { VaultState::Unlocked }
    }
    fn use_session_only(&self) {}
}

/// A sandbox with the accounts that a test gives it; most tests have accounts of their own.
#[derive(Default, Clone)]
pub struct Sandbox(pub Arc<Mutex<Vec<SandboxAccount>>>);

#[async_trait]
impl SandboxHost for Sandbox {
    async fn start(&self) -> Result<Vec<SandboxAccount>, Failure> {
        Ok(std::mem::take(&mut *self.0.lock().unwrap()))
    }
    async fn stop(&self) {}
}

/// A clock that stands on tokio's, so that paused time moves it, and is ahead by some milliseconds.
struct TestClock(tokio::time::Instant, Arc<AtomicI64>);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.0.elapsed().as_millis()).unwrap() + self.1.load(Ordering::SeqCst);
        Timestamp::from_millisecond(1_800_000_000_000 + passed).unwrap()
    }
    fn chance(&self) -> f64 {
        0.5
    }
    fn fresh_id(&self) -> String {
        std::iter::repeat_with(|| fastrand::digit(36)).take(16).collect()
    }
}

pub struct Bench {
    pub studio: Studio,
    pub weibo: Shared,
    pub qiniu: Shared,
    pub keyring: Keyring,
    pub store: Store,
    pub history: History,
    /// The machine slept for so long, ms.
    pub slept: Arc<AtomicI64>,
    pub sandbox: Sandbox,
}

impl Bench {
    pub fn new() -> Self {
        Self::with_history(History::private().unwrap())
    }

    pub fn with_history(history: History) -> Self {
        let store = Store::in_memory().unwrap();
        Self::over(store, history, Keyring::default(), Shared::default(), Shared::default())
    }

    /// Over a database and a history that are kept.
    pub fn kept(store: Store, history: History) -> Self {
        Self::over(store, history, Keyring::default(), Shared::default(), Shared::default())
    }

    pub fn with(store: Store, keyring: Keyring, weibo: Shared, qiniu: Shared) -> Self {
        Self::over(store, History::private().unwrap(), keyring, weibo, qiniu)
    }

    fn over(store: Store, history: History, keyring: Keyring, weibo: Shared, qiniu: Shared) -> Self {
        let (encoder, preferences) = (Arc::new(NoEncoder), Preferences::default());
        let relay = Arc::new(NoRelay);
        Self::whole(store, history, keyring, (weibo, qiniu), (encoder, relay), preferences)
    }

    pub fn made(
        store: Store,
        keyring: Keyring,
        weibo: Shared,
        qiniu: Shared,
        encoder: Arc<dyn EncoderDriver>,
        preferences: Preferences,
    ) -> Self {
        let history = History::private().unwrap();
        Self::whole(store, history, keyring, (weibo, qiniu), (encoder, Arc::new(NoRelay)), preferences)
    }

    pub fn relayed(
        store: Store,
        keyring: Keyring,
        platforms: (Shared, Shared),
        programs: (Arc<dyn EncoderDriver>, Arc<dyn RelayDriver>),
        preferences: Preferences,
    ) -> Self {
        Self::whole(store, History::private().unwrap(), keyring, platforms, programs, preferences)
    }

    fn whole(
        store: Store,
        history: History,
        keyring: Keyring,
        (weibo, qiniu): (Shared, Shared),
        (encoder, relay): (Arc<dyn EncoderDriver>, Arc<dyn RelayDriver>),
        preferences: Preferences,
    ) -> Self {
        let slept = Arc::<AtomicI64>::default();
        let sandbox = Sandbox::default();
        let studio = Studio::new(Parts {
            drivers: vec![
                (Platform::Weibo, Box::new(Fake(Platform::Weibo, Arc::clone(&weibo)))),
                (Platform::Qiniu, Box::new(Fake(Platform::Qiniu, Arc::clone(&qiniu)))),
            ],
            vault: Arc::new(keyring.clone()),
            sandbox_vault: Arc::new(Keyring::default()),
            store: store.clone(),
            history: history.clone(),
            clock: Arc::new(TestClock(tokio::time::Instant::now(), Arc::clone(&slept))),
            sandbox: Arc::new(sandbox.clone()),
            encoder,
            relay,
            preferences,
        })
        .unwrap();
        Self { studio, weibo, qiniu, keyring, store, history, slept, sandbox }
    }

    /// The same program, started again.
    pub fn again(&self) -> Self {
        self.again_with(self.history.clone())
    }

    /// The same with a history that was opened anew.
    pub fn again_with(&self, history: History) -> Self {
        let (store, keyring) = (self.store.clone(), self.keyring.clone());
        Self::over(store, history, keyring, Arc::clone(&self.weibo), Arc::clone(&self.qiniu))
    }

    pub async fn connect(&self, platform: Platform) -> RoomView {
        let fields = [("access_token", "token-of-mine"), ("anchor", "a")];
        let fields = fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let draft = AccountDraft { platform, name: String::new(), fields };
        let account = self.studio.connect_account(draft).await.unwrap();
        self.rooms().into_iter().find(|r| r.account == account).unwrap()
    }

    pub fn rooms(&self) -> Vec<RoomView> {
        self.studio.snapshot("", "").rooms
    }

    pub fn room(&self) -> RoomView {
        self.rooms().remove(0)
    }

    /// Waits until the first room is as wanted.
    pub async fn until(&self, why: &str, wanted: impl Fn(&RoomView) -> bool) -> RoomView {
        let look = async {
            loop {
                let room = self.room();
                if wanted(&room) {
                    return room;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                real_time().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), look).await.unwrap_or_else(|_| panic!("never: {why}"))
    }
}

/// The history's thread knows nothing of a clock that is put forward: it gets real time.
async fn real_time() {
    tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_millis(2))).await.unwrap();
}

impl Bench {
    pub async fn until_true(&self, why: &str, wanted: impl AsyncFn() -> bool) {
        let look = async {
            while !wanted().await {
                tokio::time::sleep(Duration::from_millis(50)).await;
                real_time().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), look).await.unwrap_or_else(|_| panic!("never: {why}"));
    }
}

/// Writes an intent as a crash leaves it: without an outcome.
pub async fn left_open(bench: &Bench, platform: Platform, room: &RoomId, action: Action, title: &str) {
    let (room, details) = (room.clone(), titled(title));
    bench.store.intend(Intent { room, platform, action, at: 1, details }).await.unwrap();
}

pub fn titled(title: &str) -> Details {
    Details { title: title.into(), ..Details::default() }
}
