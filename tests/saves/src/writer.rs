//! The process that saves and is killed.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use kaibo_live::account::{Account, AccountId, Profile, Settings, SignInWay};
use kaibo_live::chat::{ChatEvent, ChatKind, Person};
use kaibo_live::clock::SystemClock;
use kaibo_live::history::{History, Session, SessionStart};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::room::{RemoteId, RoomId};
use kaibo_live::secret::SecretStore as _;
use kaibo_live::store::{Intent, Store, StoredRoom};
use kaibo_live::studio::{Parts, SandboxAccount, SandboxHost, Studio};
use kaibo_live::view::{Action, JournalOutcome, Preferences};
use kaibo_vault::Vault;
use tauri::AppHandle;
use tauri::test::{MockRuntime, mock_builder, mock_context, noop_assets};
use tauri_plugin_store::StoreExt;

use crate::value::{Kind, LINES, details, export, line, number_of, preferences};
use crate::{Result, preferences as shell};

/// The database's one room.
const ROOM: &str = "r1";
/// tauri-plugin-store's own file and key.
const BARE: (&str, &str) = ("bare.json", "preferences");

/// Reads everything and says what it found, then saves numbers from `from` on until it is killed, or `count` of each.
pub(crate) fn write(folder: &Path, from: u64, count: u64) -> Result<()> {
    // The path resolver finds the folder by `XDG_DATA_HOME`, which whoever starts this sets.
    let app = mock_builder()
        .plugin(tauri_plugin_store::Builder::new().build())
        .build(mock_context(noop_assets()))?;
    let app = app.handle().clone();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    say("found", Kind::Preferences, &found_preferences(&app));
    say("found", Kind::Plugin, &found_bare(&app)?);
    let kept = runtime.block_on(async {
        let store = open_store(folder).await?;
        let history = open_history(folder).await?;
        Ok::<_, Failure>((store.clone(), studio(store, history)?))
    });
    let (store, studio) = kept.map_err(told)?;
    say("found", Kind::Database, &runtime.block_on(found_database(&store)).map_err(told)?);
    let numbers = from..from.saturating_add(count);
    let runtime = &runtime;
    std::thread::scope(|scope| {
        let (one, other) = (app.clone(), app);
        let of = numbers.clone();
        scope.spawn(move || each(of, Kind::Preferences, |n| shell::save(&one, &preferences(n)).is_ok()));
        let of = numbers.clone();
        scope.spawn(move || each(of, Kind::Plugin, |n| save_bare(&other, n).is_ok()));
        let of = numbers.clone();
        let saved = move |n| runtime.block_on(save_database(&store, n)).is_ok();
        scope.spawn(move || each(of, Kind::Database, saved));
        let to = folder.join("export.csv");
        let saved = move |n| {
            let done = runtime.block_on(studio.export_history(export(n), &to, TimeZone::UTC));
            done.is_ok_and(|done| done.is_some())
        };
        scope.spawn(move || each(numbers, Kind::Export, saved));
    });
    Ok(())
}

/// Saves one number after the other, and says so.
fn each(numbers: std::ops::Range<u64>, kind: Kind, mut save: impl FnMut(u64) -> bool) {
    for number in numbers {
        say("begin", kind, &number.to_string());
        say(if save(number) { "kept" } else { "failed" }, kind, &number.to_string());
    }
}

/// One line in one call: a kill leaves no half of it.
fn say(what: &str, kind: Kind, value: &str) {
    let line = format!("{what} {} {value}\n", kind.name());
    // Without a reader there is nobody to save for.
    if std::io::stdout().lock().write_all(line.as_bytes()).is_err() {
        std::process::exit(0);
    }
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands it over
fn told(failure: Failure) -> Box<dyn std::error::Error + Send + Sync> {
    format!("{failure:?}").into()
}

fn found_preferences(app: &AppHandle<MockRuntime>) -> String {
    let (read, told) = shell::load(app);
    if told.is_some() {
        say("told", Kind::Preferences, "0");
    }
    found(&read)
}

fn found(read: &Preferences) -> String {
    if *read == Preferences::default() {
        return "none".to_owned();
    }
    number_of(read).map_or_else(|| "broken".to_owned(), |number| number.to_string())
}

fn found_bare(app: &AppHandle<MockRuntime>) -> Result<String> {
    let read = app.store(BARE.0)?.get(BARE.1);
    Ok(match read.map(serde_json::from_value::<Preferences>) {
        None => "none".to_owned(),
        Some(Ok(read)) => found(&read),
        Some(Err(_)) => "broken".to_owned(),
    })
}

fn save_bare(app: &AppHandle<MockRuntime>, number: u64) -> Result<()> {
    let store = app.store(BARE.0)?;
    store.set(BARE.1, serde_json::to_value(preferences(number))?);
    Ok(store.save()?)
}

async fn open_store(folder: &Path) -> std::result::Result<Store, Failure> {
    let store = Store::open(&folder.join("kaibo.db"))?;
    if store.accounts().await?.is_empty() {
        let account = Account {
            id: AccountId("a1".into()),
            platform: Platform::Weibo,
            name: "店内".into(),
            settings: Settings::default(),
            way: SignInWay::Form,
            profile: Profile::default(),
            renewal_checked_at: None,
            sandbox: false,
        };
        let room = StoredRoom {
            id: RoomId(ROOM.into()),
            account: account.id.clone(),
            remote: None,
            name: "店内".into(),
            details: details(0),
        };
        store.add_account(account, vec![room]).await?;
    }
    Ok(store)
}

/// A save of the database is what *Go live* does: the intent, the room's texts, the outcome.
async fn save_database(store: &Store, number: u64) -> std::result::Result<(), Failure> {
    let at = i64::try_from(number).unwrap_or_default();
    let (room, details) = (RoomId(ROOM.into()), details(number));
    let (platform, action) = (Platform::Weibo, Action::Edit);
    let intent = Intent { room: room.clone(), platform, action, at, details: details.clone() };
    let entry = store.intend(intent).await?;
    store.set_room(room, Some(RemoteId(number.to_string())), details).await?;
    store.settle(entry, JournalOutcome::Done, None, at).await
}

/// The room's number, when room and journal fit together. What was left open is settled, as the program does.
async fn found_database(store: &Store) -> std::result::Result<String, Failure> {
    let rooms = store.rooms().await?;
    let Some(room) = rooms.first() else { return Ok("broken".to_owned()) };
    let Some(number) = room.details.title.parse().ok().filter(|n| room.details == details(*n)) else {
        return Ok("broken".to_owned());
    };
    let (open, journal) = (store.open_intents().await?, store.journal(3).await?);
    for left in &open {
        store.settle(left.id, JournalOutcome::Unknown, None, left.intent.at).await?;
    }
    if number == 0 {
        return Ok("none".to_owned());
    }
    // The newest intent is the room's, or one of which the room doesn't know yet.
    let newest = journal.last().and_then(|entry| u64::try_from(entry.at).ok());
    let whole =
        room.remote == Some(RemoteId(number.to_string())) && newest.is_some_and(|newest| newest >= number);
    Ok(if whole { number.to_string() } else { "broken".to_owned() })
}

async fn open_history(folder: &Path) -> std::result::Result<History, Failure> {
    let path = folder.join("history.db");
    let fresh = !path.exists();
    let history = History::open(&path)?;
    if fresh {
        let started = Timestamp::UNIX_EPOCH;
        let session = Session::new(SessionStart {
            room: RoomId(ROOM.into()),
            platform: Platform::Weibo,
            sandbox: false,
            account: "店内".into(),
            name: "店内".into(),
            title: "今晚".into(),
            remote: RemoteId("1".into()),
            lasting: false,
            started: 0,
        });
        for at in 0..LINES {
            let who = Person { id: at.to_string(), name: "小满".into(), me: false, moderator: false };
            let event = ChatEvent::new(at.to_string(), started, ChatKind::Message, Some(who), &line(at));
            history.hear(&session, event, i64::try_from(at).unwrap_or_default()).await;
        }
        history.flush().await?;
    }
    Ok(history)
}

/// A studio that connects to nothing: it is there for its export.
fn studio(store: Store, history: History) -> std::result::Result<Studio, Failure> {
    let vault = || {
        let vault = Vault::new();
        vault.use_session_only();
        Arc::new(vault)
    };
    Studio::new(Parts {
        drivers: Vec::new(),
        vault: vault(),
        sandbox_vault: vault(),
        store,
        history,
        clock: Arc::new(SystemClock),
        sandbox: Arc::new(Nobody),
        encoder: Arc::new(kaibo_obs::driver()),
        relay: Arc::new(kaibo_relay::driver()),
        preferences: Preferences::default(),
    })
}

struct Nobody;

#[async_trait]
impl SandboxHost for Nobody {
    async fn start(&self) -> std::result::Result<Vec<SandboxAccount>, Failure> {
        Err(Failure::new(ProblemCode::Internal))
    }

    async fn stop(&self) {}
}
