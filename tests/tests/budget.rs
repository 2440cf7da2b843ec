//! A whole evening on Weibo's quota: the real studio, the real client and the real sandbox in one runtime whose
//! time is virtual. Between two events the clock jumps, so eight hours take seconds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp, ToSpan, tz};
use kaibo_live::account::AccountId;
use kaibo_live::clock::Clock;
use kaibo_live::encoder::NoEncoder;
use kaibo_live::history::History;
use kaibo_live::platform::Platform;
use kaibo_live::problem::Failure;
use kaibo_live::room::{Details, Edit, Status};
use kaibo_live::secret::{Credentials, SecretStore, VaultError, VaultState};
use kaibo_live::store::Store;
use kaibo_live::studio::{Parts, SandboxAccount, SandboxHost, Studio};
use kaibo_live::view::{AccountDraft, GoLive, Preferences, RoomView, RunState};
use kaibo_platforms::drivers;
use kaibo_sandbox::{Config, Control, Sandbox};
use tokio::time::{Instant, sleep};

/// Weibo's quota, and what Kaibo plans for when nobody says otherwise.
const QUOTA: u32 = 100;

/// Tokio's time, from a moment of the sandbox's on.
struct Virtual(Timestamp, Instant);

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        self.0.checked_add(SignedDuration::try_from(self.1.elapsed()).unwrap()).unwrap()
    }
    fn chance(&self) -> f64 {
        0.5
    }
    fn fresh_id(&self) -> String {
        format!("{:016x}", self.1.elapsed().as_nanos())
    }
}

/// A keyring in memory.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<AccountId, Credentials>>);

#[async_trait]
impl SecretStore for Memory {
    async fn read(&self, account: &AccountId) -> Result<Option<Credentials>, VaultError> {
        Ok(self.0.lock().unwrap().get(account).cloned())
    }
    async fn write(&self, account: &AccountId, credentials: &Credentials) -> Result<(), VaultError> {
        self.0.lock().unwrap().insert(account.clone(), credentials.clone());
        Ok(())
    }
    async fn remove(&self, account: &AccountId) -> Result<(), VaultError> {
        self.0.lock().unwrap().remove(account);
        Ok(())
    }
    async fn probe(&self) -> VaultState {
        VaultState::Unlocked
    }
    fn state(&self) -> VaultState {
        VaultState::Unlocked
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

struct Evening {
    studio: Studio,
    sandbox: Sandbox,
    control: Control,
}

impl Evening {
    /// An evening that begins when it is `hour` o'clock in China, at the sandbox and here.
    async fn at(hour: i8) -> Self {
        let sandbox = Sandbox::start(Config { chatter: false, ..Config::default() }).await.unwrap();
        let control = sandbox.control();
        let now = Timestamp::now();
        let here = now.to_zoned(tz::TimeZone::fixed(tz::offset(8)));
        let tomorrow = here.checked_add(1.day()).unwrap();
        let begins = tomorrow.with().hour(hour).minute(0).second(0).build().unwrap().timestamp();
        control.advance_clock(Duration::try_from(begins.duration_since(now)).unwrap());
        control.weibo_daily_calls(QUOTA);
        let clock = control.clone();
        tokio::spawn(async move {
            loop {
                let minute = Duration::from_secs(60);
                sleep(minute).await;
                clock.advance_clock(minute);
            }
        });
        let studio = Studio::new(Parts {
            drivers: drivers(),
            vault: Arc::new(Memory::default()),
            sandbox_vault: Arc::new(Memory::default()),
            store: Store::in_memory().unwrap(),
            history: History::private().unwrap(),
            clock: Arc::new(Virtual(begins, Instant::now())),
            sandbox: Arc::new(NoSandbox),
            encoder: Arc::new(NoEncoder),
            relay: Arc::new(kaibo_live::relay::NoRelay),
            preferences: Preferences::default(),
        });
        Self { studio: studio.unwrap(), sandbox, control }
    }

    /// Connects with what must be filled in and nothing else.
    async fn connect(&self) -> RoomView {
        let account = self.sandbox.accounts().into_iter().find(|a| a.platform == "weibo").unwrap();
        let fields = [
            ("base_url", account.settings["base_url"].clone()),
            ("access_token", account.secrets["access_token"].clone()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).into();
        let draft = AccountDraft { platform: Platform::Weibo, name: String::new(), fields };
        self.studio.connect_account(draft).await.unwrap();
        self.room()
    }

    fn room(&self) -> RoomView {
        self.studio.snapshot("", "").rooms.remove(0)
    }

    /// Eight hours on air, edited six times, and ended.
    async fn passes(&self) {
        let room = self.connect().await;
        let details = Details { title: "今晚八小时".into(), ..Details::default() };
        let run = self
            .studio
            .go_live(GoLive {
                rooms: vec![room.id.clone()],
                details,
                covers: BTreeMap::new(),
                encoder: None,
                relay: false,
            })
            .await;
        assert!(matches!(run.rooms[0].state, RunState::Done), "{:?}", run.rooms[0].state);
        let live = self.room().remote.unwrap().0;
        // It stays live without: eight hours of video would only take long.
        assert!(self.control.weibo_video(&live, true));
        sleep(Duration::from_secs(5)).await;
        assert!(self.control.weibo_video(&live, false));
        let began = Instant::now();
        for hour in 1..=8u32 {
            assert!(self.control.viewer_says("weibo", &live, "小满", &format!("第{hour}个小时")));
            sleep(Duration::from_secs(3600)).await;
            if hour <= 6 {
                let title = Some(format!("已播{hour}小时"));
                self.studio.edit_room(&room.id, Edit { title, ..Edit::default() }).await.unwrap();
            }
        }
        assert!(began.elapsed() >= Duration::from_secs(8 * 3600));
        let now = self.room();
        assert_eq!(now.status, Status::Live, "{:?}", now.problem);
        let heard = self.studio.snapshot("", "").chat.len();
        assert!(heard >= 7, "{heard} lines: the last may not have been fetched yet");
        self.studio.end_broadcast(std::slice::from_ref(&room.id), false).await;
        assert!(!self.control.room("weibo", &live).unwrap().live);
        sleep(Duration::from_secs(5)).await; // the last reading
    }

    fn left(&self) -> u32 {
        self.studio.snapshot("", "").accounts[0].calls_left.unwrap().left
    }

    /// Calls of the API by path; the question for the quota costs nothing.
    fn calls(&self) -> BTreeMap<String, usize> {
        let mut calls = BTreeMap::new();
        for call in self.control.calls("weibo") {
            if call.path.starts_with("/2/") && !call.path.ends_with("/rate_limit_status.json") {
                assert_eq!(call.status, 200, "refused: {call:?}");
                *calls.entry(call.path).or_default() += 1;
            }
        }
        calls
    }
}

fn of(calls: &BTreeMap<String, usize>, path: &str) -> usize {
    calls.get(&format!("/2/proxy/live/{path}")).copied().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn an_evening_of_eight_hours_costs_a_hundred_calls_at_most() {
    let evening = Evening::at(12).await;
    evening.passes().await;
    let calls = evening.calls();
    let all: usize = calls.values().sum();
    // Kaibo counts its questions about the token too.
    let (left, most) = (evening.left(), QUOTA - u32::try_from(all).unwrap());
    assert!(left <= most && left + 2 >= most, "the streamer is shown {left}, the platform has {most}");
    assert!(all <= QUOTA as usize, "{all}: {calls:?}");
    assert!(of(&calls, "show") > 20 && of(&calls, "chatroom/r_sync") > 20, "{calls:?}");
    assert_eq!((of(&calls, "create"), of(&calls, "update")), (1, 7), "{calls:?}");
}

/// Two days' quotas are used then, and still the status and what is edited keep within one.
#[tokio::test(start_paused = true)]
async fn nor_does_one_over_midnight_for_status_and_edits() {
    let evening = Evening::at(20).await;
    evening.passes().await;
    let calls = evening.calls();
    let status_and_edits = of(&calls, "show") + of(&calls, "update") + of(&calls, "create");
    assert!(status_and_edits <= QUOTA as usize && of(&calls, "show") > 20, "{calls:?}");
    assert!(calls.values().sum::<usize>() <= 2 * QUOTA as usize, "{calls:?}");
}
