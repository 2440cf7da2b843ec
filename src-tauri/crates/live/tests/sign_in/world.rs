//! A platform with people, sign-ins that end, and a keyring: each can be made to fail or to never answer.

#![allow(unreachable_pub, missing_docs, clippy::unwrap_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use kaibo_live::account::{AccountId, Profile, Settings, SignInWay};
use kaibo_live::budget::CallsLeft;
use kaibo_live::clock::Clock;
use kaibo_live::driver::{
    Connection, CreateRoom, Driver, Looked, Outcome, Picture, Renew, Revoke, SignIn, SignInPrompt,
    SignInStep, SignedIn,
};
use kaibo_live::encoder::NoEncoder;
use kaibo_live::history::History;
use kaibo_live::platform::{Abilities, FieldKind, FieldSpec, Platform, PlatformInfo};
use kaibo_live::problem::{Failure, InvalidReason, ProblemCode};
use kaibo_live::push::PushAddress;
use kaibo_live::room::{Details, RemoteId, RoomFacts, Status};
use kaibo_live::secret::{Credentials, ExposeSecret, SecretStore, VaultError, VaultState};
use kaibo_live::store::Store;
use kaibo_live::studio::{Parts, SandboxAccount, SandboxHost, Studio};
use kaibo_live::view::{AccountDraft, AccountView, Preferences, RoomView, SignInRequest, SignInState};

/// What the next poll of a sign-in brings.
pub enum Next {
    Scanned,
    Expired,
    Done(&'static str),
    Fails(Failure),
}

#[derive(Default)]
pub struct World {
    /// What was asked, in order.
    pub calls: Vec<String>,
    /// Tokens that work. `mei#2` is the second one of Mei's.
    pub tokens: BTreeSet<String>,
    issued: usize,
    pub next: VecDeque<Next>,
    /// These never answer; with `!` behind, after they took effect.
    pub hangs: BTreeSet<&'static str>,
    /// These fail.
    pub fails: BTreeMap<&'static str, ProblemCode>,
    /// The platform wants sign-ins renewed.
    pub due: bool,
    /// Until when tokens work, as far as the platform tells.
    pub ends: Option<Timestamp>,
    /// The sign-in tells it, and a check doesn't.
    pub only_sign_in_tells_end: bool,
    /// Anybody can read a room.
    pub public: bool,
    pub rooms: BTreeMap<String, Status>,
    pub calls_left: Option<CallsLeft>,
}

impl World {
    pub fn issue(&mut self, person: &str) -> String {
        self.issued += 1;
        let token = format!("{person}#{}", self.issued);
        self.tokens.insert(token.clone());
        token
    }

    pub fn count(&self, call: &str) -> usize {
        self.calls.iter().filter(|c| c.as_str() == call).count()
    }

    fn takes(&self, token: &str) -> Outcome<()> {
        if self.tokens.contains(token) { Ok(()) } else { Err(Failure::new(ProblemCode::SignInExpired)) }
    }
}

#[derive(Clone, Default)]
pub struct Shared(Arc<Mutex<World>>);

impl Shared {
    pub fn lock(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// Notes a call, and fails or hangs it as wanted.
    async fn call(&self, what: &'static str) -> Outcome<()> {
        let (hangs, fails) = {
            let mut world = self.lock();
            world.calls.push(what.to_owned());
            (world.hangs.contains(what), world.fails.get(what).cloned())
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        fails.map_or(Ok(()), |code| Err(Failure::new(code)))
    }

    async fn after(&self, what: &'static str) {
        let hangs = self.lock().hangs.contains(what);
        if hangs {
            std::future::pending::<()>().await;
        }
    }
}

pub struct Fake(pub Shared);

impl Driver for Fake {
    fn info(&self) -> PlatformInfo {
        let field = |name: &str, kind, required, ways: &[SignInWay]| FieldSpec {
            name: name.into(),
            kind,
            required,
            default: None,
            choices: Vec::new(),
            advanced: false,
            ways: ways.to_vec(),
        };
        PlatformInfo {
            platform: Platform::Weibo,
            abilities: Abilities { create: true, push: true, end: true, ..Abilities::default() },
            ways: vec![SignInWay::Qr, SignInWay::Browser, SignInWay::Form],
            takes_file: true,
            fields: vec![
                field("token", FieldKind::Secret, true, &[SignInWay::Form]),
                field("app_key", FieldKind::Text, true, &[SignInWay::Browser]),
                field("app_secret", FieldKind::Secret, true, &[SignInWay::Browser]),
                field("base_url", FieldKind::Url, false, &[]),
            ],
            limits: Vec::new(),
            chat_limit: None,
            documentation: String::new(),
        }
    }

    fn connect(
        &self,
        _: &Settings,
        secrets: &Credentials,
        _: Arc<dyn Clock>,
    ) -> Outcome<Arc<dyn Connection>> {
        let missing = || Failure::invalid("token", InvalidReason::Empty);
        let token = secrets.get("token").ok_or_else(missing)?.expose_secret().to_owned();
        Ok(Arc::new(Line { world: self.0.clone(), token }))
    }

    fn sign_in(
        &self,
        way: SignInWay,
        settings: &Settings,
        secrets: &Credentials,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Box<dyn SignIn>> {
        if way == SignInWay::Browser {
            assert!(settings.get("app_key").is_some() && secrets.get("app_secret").is_some());
        }
        Ok(Box::new(Passport { way, world: self.0.clone(), clock, ends: Timestamp::MIN }))
    }

    fn read_file(&self, text: &str) -> Outcome<(Settings, Credentials)> {
        let malformed = || Failure::invalid("file", InvalidReason::Malformed);
        let (key, secret) = text.split_once(' ').ok_or_else(malformed)?;
        let mut secrets = Credentials::default();
        secrets.set("app_secret", secret.into());
        Ok((Settings([("app_key".to_owned(), key.to_owned())].into()), secrets))
    }
}

struct Passport {
    way: SignInWay,
    world: Shared,
    clock: Arc<dyn Clock>,
    ends: Timestamp,
}

impl Passport {
    fn signed_in(&self, person: &str) -> SignedIn {
        let mut world = self.world.lock();
        let mut credentials = Credentials::default();
        credentials.set("token", world.issue(person).into());
        SignedIn { credentials, expires_at: world.ends }
    }
}

#[async_trait]
impl SignIn for Passport {
    async fn begin(&mut self) -> Outcome<SignInPrompt> {
        self.world.call("begin").await?;
        let number = self.world.lock().count("begin");
        let url = format!("https://passport.example/{number}");
        self.ends = self.clock.now() + Duration::from_secs(180);
        Ok(match self.way {
            SignInWay::Qr => SignInPrompt::Qr { url, expires_at: self.ends },
            _ => SignInPrompt::Browser { url, returns: false },
        })
    }

    async fn step(&mut self) -> Outcome<SignInStep> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.world.call("poll").await?;
        let next = self.world.lock().next.pop_front();
        match next {
            Some(Next::Scanned) => Ok(SignInStep::Scanned),
            Some(Next::Expired) => Ok(SignInStep::Expired),
            Some(Next::Done(person)) => Ok(SignInStep::Done(self.signed_in(person))),
            Some(Next::Fails(failure)) => Err(failure),
            None if self.way == SignInWay::Qr && self.clock.now() >= self.ends => Ok(SignInStep::Expired),
            None => Ok(SignInStep::Waiting),
        }
    }

    async fn answer(&mut self, text: &str) -> Outcome<SignedIn> {
        self.world.call("answer").await?;
        match text.strip_prefix("code-of-") {
            Some(person) => Ok(self.signed_in(person)),
            None => Err(Failure::invalid("answer", InvalidReason::Malformed)),
        }
    }
}

struct Line {
    world: Shared,
    token: String,
}

impl Line {
    fn facts(&self, id: &str) -> Outcome<RoomFacts> {
        let world = self.world.lock();
        let status = *world.rooms.get(id).ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
        let mut facts = RoomFacts::of(RemoteId(id.into()));
        facts.status = status;
        Ok(facts)
    }
}

#[async_trait]
impl Connection for Line {
    async fn check(&self) -> Outcome<Profile> {
        self.world.call("check").await?;
        let world = self.world.lock();
        world.takes(&self.token)?;
        let person = self.token.split('#').next().unwrap_or_default();
        Ok(Profile {
            user_id: Some(person.to_owned()),
            name: Some(person.to_uppercase()),
            avatar_url: Some(format!("https://pictures.example/{person}")),
            expires_at: world.ends.filter(|_| !world.only_sign_in_tells_end),
        })
    }
    async fn find_rooms(&self) -> Outcome<Vec<RoomFacts>> {
        Ok(Vec::new())
    }
    async fn read(&self, room: &RemoteId) -> Outcome<RoomFacts> {
        self.world.call("read").await?;
        {
            let world = self.world.lock();
            if !world.public {
                world.takes(&self.token)?;
            }
        }
        self.facts(&room.0)
    }
    fn read_interval(&self) -> Duration {
        Duration::from_secs(1)
    }
    fn create(&self) -> Option<&dyn CreateRoom> {
        Some(self)
    }
    fn renew(&self) -> Option<&dyn Renew> {
        Some(self)
    }
    fn revoke(&self) -> Option<&dyn Revoke> {
        Some(self)
    }
    fn reading_needs_sign_in(&self) -> bool {
        !self.world.lock().public
    }
    fn calls_left(&self) -> Option<CallsLeft> {
        self.world.lock().calls_left
    }
    async fn picture(&self, _: &str) -> Outcome<Picture> {
        self.world.call("picture").await?;
        Ok(Picture { mime: "image/png", bytes: vec![7] })
    }
}

#[async_trait]
impl CreateRoom for Line {
    async fn create(&self, _: &Details) -> Outcome<RoomFacts> {
        self.world.call("create").await?;
        let id = {
            let mut world = self.world.lock();
            world.takes(&self.token)?;
            let id = format!("live-{}", world.rooms.len() + 1);
            world.rooms.insert(id.clone(), Status::NotStarted);
            id
        };
        let mut facts = self.facts(&id)?;
        facts.push = Some(PushAddress::split(&format!("rtmp://in.example/live/{id}?k=key-of-{id}")).unwrap());
        Ok(facts)
    }
    async fn look_for(&self, _: &Details, _: Timestamp) -> Outcome<Looked> {
        Ok(Looked::Absent)
    }
}

#[async_trait]
impl Renew for Line {
    async fn is_due(&self) -> Outcome<bool> {
        self.world.call("is_due").await?;
        let world = self.world.lock();
        world.takes(&self.token)?;
        Ok(world.due)
    }
    async fn renew(&self) -> Outcome<SignedIn> {
        self.world.call("renew").await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut credentials = Credentials::default();
        let person = self.token.split('#').next().unwrap_or_default();
        let mut world = self.world.lock();
        world.takes(&self.token)?;
        world.due = false;
        credentials.set("token", world.issue(person).into());
        Ok(SignedIn { credentials, expires_at: world.ends })
    }
    async fn confirm(&self, old: &Credentials) -> Outcome<()> {
        self.world.call("confirm").await?;
        {
            let mut world = self.world.lock();
            world.takes(&self.token)?;
            let old = old.get("token").unwrap().expose_secret();
            assert_ne!(old, self.token, "the new sign-in would have been ended");
            world.tokens.remove(old);
        }
        self.world.after("confirm!").await;
        Ok(())
    }
}

#[async_trait]
impl Revoke for Line {
    async fn revoke(&self) -> Outcome<()> {
        self.world.call("revoke").await?;
        self.world.lock().tokens.remove(&self.token);
        Ok(())
    }
}

/// A keyring in memory.
#[derive(Clone)]
pub struct Keyring {
    pub entries: Arc<Mutex<BTreeMap<AccountId, Credentials>>>,
    pub state: Arc<Mutex<VaultState>>,
    /// Writes fail, or never answer.
    pub trouble: Arc<Mutex<Option<Trouble>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    Fails,
    Hangs,
    /// An entry takes so many secrets.
    Full(usize),
}

impl Default for Keyring {
    fn default() -> Self {
        Self {
            entries: Arc::default(),
            state: Arc::new(Mutex::new(VaultState::Unlocked)),
            trouble: Arc::default(),
        }
    }
}

impl Keyring {
    pub fn set(&self, state: VaultState) {
        *self.state.lock().unwrap() = state;
    }
    pub fn trouble(&self, trouble: Option<Trouble>) {
        *self.trouble.lock().unwrap() = trouble;
    }
    /// One account's secrets.
    pub fn told(&self, id: &AccountId) -> BTreeMap<String, String> {
        let entries = self.entries.lock().unwrap();
        let told =
            |c: &Credentials| c.iter().map(|(n, s)| (n.to_owned(), s.expose_secret().to_owned())).collect();
        entries.get(id).map(told).unwrap_or_default()
    }
    fn open(&self) -> Result<(), VaultError> {
        match *self.state.lock().unwrap() {
            VaultState::Unlocked => Ok(()),
            _ => Err(VaultError::Locked),
        }
    }
}

#[async_trait]
impl SecretStore for Keyring {
    async fn read(&self, account: &AccountId) -> Result<Option<Credentials>, VaultError> {
        self.open()?;
        Ok(self.entries.lock().unwrap().get(account).cloned())
    }
    async fn write(&self, account: &AccountId, credentials: &Credentials) -> Result<(), VaultError> {
        self.open()?;
        let trouble = *self.trouble.lock().unwrap();
        match trouble {
            Some(Trouble::Fails) => return Err(VaultError::Broken("for the test".into())),
            Some(Trouble::Hangs) => std::future::pending::<()>().await,
            Some(Trouble::Full(limit)) if credentials.iter().count() > limit => {
                return Err(VaultError::TooLarge { used: credentials.iter().count(), limit });
            }
            _ => {}
        }
        self.entries.lock().unwrap().insert(account.clone(), credentials.clone());
        Ok(())
    }
    async fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        self.open()?;
        self.entries.lock().unwrap().remove(account);
        Ok(())
    }
    async fn probe(&self) -> VaultState {
        self.state()
    }
    fn state(&self) -> VaultState {
        self.state.lock().unwrap().clone()
    }
    fn use_session_only(&self) {}
}

struct NoSandbox;

#[async_trait]
impl SandboxHost for NoSandbox {
    async fn start(&self) -> Result<Vec<SandboxAccount>, Failure> {
        Ok(Vec::new())
    }
    async fn stop(&self) {}
}

/// A clock that stands on tokio's, so that paused time moves it.
struct TestClock(tokio::time::Instant);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        let passed = i64::try_from(self.0.elapsed().as_millis()).unwrap();
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
    pub world: Shared,
    pub keyring: Keyring,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
}

impl Bench {
    pub fn new() -> Self {
        let clock = Arc::new(TestClock(tokio::time::Instant::now()));
        Self::with(Store::in_memory().unwrap(), Keyring::default(), Shared::default(), clock)
    }

    fn with(store: Store, keyring: Keyring, world: Shared, clock: Arc<dyn Clock>) -> Self {
        let studio = Studio::new(Parts {
            drivers: vec![(Platform::Weibo, Box::new(Fake(world.clone())))],
            vault: Arc::new(keyring.clone()),
            sandbox_vault: Arc::new(Keyring::default()),
            store: store.clone(),
            history: History::private().unwrap(),
            clock: Arc::clone(&clock),
            sandbox: Arc::new(NoSandbox),
            encoder: Arc::new(NoEncoder),
            relay: Arc::new(kaibo_live::relay::NoRelay),
            preferences: Preferences::default(),
        })
        .unwrap();
        Self { studio, world, keyring, store, clock }
    }

    /// The program, started once more on what the former one left. The former one's calls that hang hang on.
    pub async fn again(&self) -> Self {
        let (store, keyring) = (self.store.clone(), self.keyring.clone());
        let again = Self::with(store, keyring, self.world.clone(), Arc::clone(&self.clock));
        again.studio.open().await;
        again
    }

    /// An account of a person's, by form.
    pub async fn connect(&self, person: &str) -> AccountId {
        let token = self.world.lock().issue(person);
        let fields = [("token".to_owned(), token)].into();
        let draft = AccountDraft { platform: Platform::Weibo, name: String::new(), fields };
        self.studio.connect_account(draft).await.unwrap()
    }

    pub async fn begin(&self, way: SignInWay, account: Option<&AccountId>) {
        self.studio.begin_sign_in(request(way, account)).await.unwrap();
    }

    pub fn accounts(&self) -> Vec<AccountView> {
        self.studio.snapshot("", "").accounts
    }

    pub fn account(&self) -> AccountView {
        self.accounts().remove(0)
    }

    pub fn rooms(&self) -> Vec<RoomView> {
        self.studio.snapshot("", "").rooms
    }

    pub fn state(&self) -> Option<SignInState> {
        self.studio.snapshot("", "").sign_in.map(|s| s.state)
    }

    /// Waits, ten minutes at most.
    pub async fn until(&self, why: &str, wanted: impl Fn(&Self) -> bool) {
        let look = async {
            while !wanted(self) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let seen = tokio::time::timeout(Duration::from_secs(600), look).await;
        let calls = || self.world.lock().calls.clone();
        seen.unwrap_or_else(|_| {
            panic!("never: {why}; {:?} {:?}", self.studio.snapshot("", "").sign_in, calls())
        });
    }

    /// Makes the account's day be over for a program that is started now.
    pub async fn day_is_over(&self) {
        for mut account in self.store.accounts().await.unwrap() {
            account.renewal_checked_at = None;
            self.store.set_account(account).await.unwrap();
        }
    }
}

/// A form with all that each way wants.
pub fn request(way: SignInWay, account: Option<&AccountId>) -> SignInRequest {
    let fields: &[(&str, &str)] = match (way, account) {
        (SignInWay::Browser, None) => &[("app_key", "key-of-mine"), ("app_secret", "secret-of-mine")],
        _ => &[],
    };
    SignInRequest {
        platform: Platform::Weibo,
        way,
        account: account.cloned(),
        name: String::new(),
        fields: fields.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
    }
}
