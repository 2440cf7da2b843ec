//! What must not be lost: accounts without their secrets, rooms, and the action journal, in SQLite.
//!
//! WAL mode, one connection, every call on a blocking thread. A sandbox account is kept in a second
//! store that lives in memory, so that the sandbox leaves nothing behind.

mod marked;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, params};
use serde::{Deserialize, Serialize};

use crate::account::{Account, AccountId, Profile, Settings, SignInWay};
use crate::history::set_aside;
use crate::platform::Platform;
use crate::problem::{Failure, ProblemCode};
use crate::room::{Details, RemoteId, RoomId};
use crate::view::{Action, JournalEntry, JournalOutcome};

/// The database.
#[derive(Clone)]
pub struct Store(Arc<Mutex<Connection>>);

/// A room as it is kept. Its state is the platform's and is not here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRoom {
    /// Kaibo's name for it.
    pub id: RoomId,
    /// Whose.
    pub account: AccountId,
    /// The platform's name for it.
    pub remote: Option<RemoteId>,
    /// What stands in the rail.
    pub name: String,
    /// What was last set.
    pub details: Details,
}

/// An action that is noted before it is sent.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Which room.
    pub room: RoomId,
    /// Where.
    pub platform: Platform,
    /// What.
    pub action: Action,
    /// When, ms since 1970.
    pub at: i64,
    /// With which details, for looking the room up after a lost answer.
    pub details: Details,
}

/// An intent whose end was never noted: the program stopped in between.
#[derive(Debug, Clone)]
pub struct OpenIntent {
    /// Its number in the journal.
    pub id: i64,
    /// What was meant.
    pub intent: Intent,
}

const SCHEMA: &str = "
create table account (
  id text primary key, platform text not null, name text not null, settings text not null,
  position integer not null, sign_in text not null default '{}'
) strict;
create table room (
  id text primary key, account text not null references account(id) on delete cascade, remote text,
  name text not null, details text not null, position integer not null
) strict;
create table journal (
  id integer primary key autoincrement, room text not null, platform text not null, action text not null,
  at integer not null, details text not null, outcome text, settled_at integer, platform_code text
) strict;
create index journal_open on journal(id) where outcome is null;
";

/// Added by version 3.
const MARKED: &str = "
create table marked (
  platform text not null, key text not null, id text not null, name text not null, note text not null,
  favourite integer not null, watch integer not null, hidden integer not null, primary key (platform, key)
) strict, without rowid;
pragma user_version = 3;
";

/// Version 1 kept nothing of how an account was signed in.
const FROM_1_TO_2: &str = "alter table account add column sign_in text not null default '{}';";

/// Journal entries kept; older ones go when the store is opened.
const JOURNAL_KEPT: u32 = 10_000;

impl Store {
    /// Opens or makes the database at `path`. A newer schema than this program knows is refused.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Self::prepare(Connection::open(path).map_err(storage)?)
    }

    /// The same, but a file that can't be read is set aside under another name and a new one begun; the second value
    /// is what to tell then.
    pub fn open_or_begin_anew(path: &Path) -> Result<(Self, Option<Failure>), Failure> {
        match Self::open(path) {
            Ok(store) => Ok((store, None)),
            Err(failure) if is_broken(path) => {
                let aside = set_aside(path).map_err(|e| Failure::new(ProblemCode::Storage).because(e))?;
                tracing::warn!(?aside, "the database could not be read and was set aside");
                Ok((Self::open(path)?, Some(failure)))
            }
            Err(failure) => Err(failure),
        }
    }

    /// A store that is gone with the program.
    pub fn in_memory() -> Result<Self, Failure> {
        Self::prepare(Connection::open_in_memory().map_err(storage)?)
    }

    fn prepare(db: Connection) -> Result<Self, Failure> {
        db.busy_timeout(Duration::from_secs(5)).map_err(storage)?;
        db.execute_batch("pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;")
            .map_err(storage)?;
        let version: i64 = db.query_row("pragma user_version", [], |r| r.get(0)).map_err(storage)?;
        match version {
            0 => db.execute_batch(&format!("begin; {SCHEMA} {MARKED} commit;")).map_err(storage)?,
            1 => db.execute_batch(&format!("begin; {FROM_1_TO_2} {MARKED} commit;")).map_err(storage)?,
            2 => db.execute_batch(&format!("begin; {MARKED} commit;")).map_err(storage)?,
            3 => {}
            newer => {
                return Err(Failure::new(ProblemCode::Storage)
                    .because(format!("the database is of version {newer}; this program knows 3")));
            }
        }
        // Reads what the program can't be without: a file that is broken there is noticed now.
        db.query_row("select (select count(*) from account) + (select count(*) from room)", [], |_| Ok(()))
            .map_err(storage)?;
        db.execute(
            "delete from journal where outcome is not null and id <= (select max(id) from journal) - ?1",
            [JOURNAL_KEPT],
        )
        .map_err(storage)?;
        Ok(Self(Arc::new(Mutex::new(db))))
    }

    async fn run<T, F>(&self, work: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let db = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || work(&mut db.lock().unwrap_or_else(PoisonError::into_inner)))
            .await
            .map_err(|e| Failure::new(ProblemCode::Internal).because(e))?
            .map_err(storage)
    }

    /// All accounts, in the order they were connected.
    pub async fn accounts(&self) -> Result<Vec<Account>, Failure> {
        self.run(|db| {
            let mut query = db.prepare(
                "select id, platform, name, settings, sign_in from account order by position, rowid",
            )?;
            let rows = query.query_map([], |r| {
                let sign_in: KeptSignIn = from_json(&r.get::<_, String>(4)?)?;
                Ok(Account {
                    id: AccountId(r.get(0)?),
                    platform: from_json(&r.get::<_, String>(1)?)?,
                    name: r.get(2)?,
                    settings: Settings(from_json(&r.get::<_, String>(3)?)?),
                    way: sign_in.way,
                    profile: sign_in.profile,
                    renewal_checked_at: sign_in.renewal_checked_at,
                    sandbox: false,
                })
            })?;
            rows.collect()
        })
        .await
    }

    /// Keeps an account, with its rooms, in one transaction.
    pub async fn add_account(&self, account: Account, rooms: Vec<StoredRoom>) -> Result<(), Failure> {
        self.run(move |db| {
            let tx = db.transaction()?;
            tx.execute(
                "insert into account (id, platform, name, settings, sign_in, position)
                 values (?1, ?2, ?3, ?4, ?5, (select coalesce(max(position), 0) + 1 from account))",
                params![
                    account.id.0,
                    to_json(&account.platform)?,
                    account.name,
                    to_json(&account.settings.0)?,
                    to_json(&KeptSignIn::of(&account))?
                ],
            )?;
            for room in rooms {
                insert_room(&tx, &room)?;
            }
            tx.commit()
        })
        .await
    }

    /// Keeps what changed of an account: plain fields, how it is signed in, who it is.
    pub async fn set_account(&self, account: Account) -> Result<(), Failure> {
        self.run(move |db| {
            db.execute(
                "update account set settings = ?2, sign_in = ?3 where id = ?1",
                params![account.id.0, to_json(&account.settings.0)?, to_json(&KeptSignIn::of(&account))?],
            )
            .map(drop)
        })
        .await
    }

    /// Forgets an account and its rooms, and what the journal has of them only `with_history`.
    pub async fn remove_account(&self, id: AccountId, with_history: bool) -> Result<(), Failure> {
        self.run(move |db| {
            let tx = db.transaction()?;
            if with_history {
                tx.execute(
                    "delete from journal where room in (select id from room where account = ?1)",
                    [&id.0],
                )?;
            }
            tx.execute("delete from account where id = ?1", [&id.0])?;
            tx.commit()
        })
        .await
    }

    /// All rooms, in the order of the rail.
    pub async fn rooms(&self) -> Result<Vec<StoredRoom>, Failure> {
        self.run(|db| {
            let mut query =
                db.prepare("select id, account, remote, name, details from room order by position, rowid")?;
            let rows = query.query_map([], |r| {
                Ok(StoredRoom {
                    id: RoomId(r.get(0)?),
                    account: AccountId(r.get(1)?),
                    remote: r.get::<_, Option<String>>(2)?.map(RemoteId),
                    name: r.get(3)?,
                    details: from_json(&r.get::<_, String>(4)?)?,
                })
            })?;
            rows.collect()
        })
        .await
    }

    /// Notes which live object a room is now, and what it was told to say.
    pub async fn set_room(
        &self,
        id: RoomId,
        remote: Option<RemoteId>,
        details: Details,
    ) -> Result<(), Failure> {
        self.run(move |db| {
            db.execute(
                "update room set remote = ?2, details = ?3 where id = ?1",
                params![id.0, remote.map(|r| r.0), to_json(&details)?],
            )
            .map(drop)
        })
        .await
    }

    /// Notes an intent before it is sent; answers its number.
    pub async fn intend(&self, intent: Intent) -> Result<i64, Failure> {
        self.run(move |db| {
            db.execute(
                "insert into journal (room, platform, action, at, details) values (?1, ?2, ?3, ?4, ?5)",
                params![
                    intent.room.0,
                    to_json(&intent.platform)?,
                    to_json(&intent.action)?,
                    intent.at,
                    to_json(&intent.details)?
                ],
            )?;
            Ok(db.last_insert_rowid())
        })
        .await
    }

    /// Notes how an intent ended.
    pub async fn settle(
        &self,
        id: i64,
        outcome: JournalOutcome,
        platform_code: Option<String>,
        at: i64,
    ) -> Result<(), Failure> {
        self.run(move |db| {
            db.execute(
                "update journal set outcome = ?2, platform_code = ?3, settled_at = ?4 where id = ?1",
                params![id, to_json(&outcome)?, platform_code, at],
            )
            .map(drop)
        })
        .await
    }

    /// Intents that were sent, perhaps, and never settled.
    pub async fn open_intents(&self) -> Result<Vec<OpenIntent>, Failure> {
        self.intents("outcome is null").await
    }

    /// The rooms' last creates whose end is not known.
    pub async fn lost_creates(&self) -> Result<Vec<OpenIntent>, Failure> {
        self.intents(
            "outcome = '\"unknown\"' and id in
               (select max(id) from journal where action = '\"create\"' group by room)",
        )
        .await
    }

    /// Those that a condition of this file picks, oldest first.
    async fn intents(&self, which: &'static str) -> Result<Vec<OpenIntent>, Failure> {
        self.run(move |db| {
            let mut query = db.prepare(&format!(
                "select id, room, platform, action, at, details from journal where {which} order by id"
            ))?;
            let rows = query.query_map([], |r| {
                Ok(OpenIntent {
                    id: r.get(0)?,
                    intent: Intent {
                        room: RoomId(r.get(1)?),
                        platform: from_json(&r.get::<_, String>(2)?)?,
                        action: from_json(&r.get::<_, String>(3)?)?,
                        at: r.get(4)?,
                        details: from_json(&r.get::<_, String>(5)?)?,
                    },
                })
            })?;
            rows.collect()
        })
        .await
    }

    /// The last `count` journal entries, oldest first.
    pub async fn journal(&self, count: u32) -> Result<Vec<JournalEntry>, Failure> {
        self.run(move |db| {
            let mut query = db.prepare(
                "select * from (select id, room, platform, action, at, outcome, platform_code from journal
                 order by id desc limit ?1) order by id",
            )?;
            let rows = query.query_map([count], |r| {
                Ok(JournalEntry {
                    id: r.get(0)?,
                    room: RoomId(r.get(1)?),
                    platform: from_json(&r.get::<_, String>(2)?)?,
                    action: from_json(&r.get::<_, String>(3)?)?,
                    at: r.get(4)?,
                    outcome: r.get::<_, Option<String>>(5)?.map(|o| from_json(&o)).transpose()?,
                    platform_code: r.get(6)?,
                })
            })?;
            rows.collect()
        })
        .await
    }
}

/// Is the file no database, or a broken one? Anything else (a newer version, the disk) is no reason to set it aside.
fn is_broken(path: &Path) -> bool {
    let checked = Connection::open(path)
        .and_then(|db| db.query_row("pragma quick_check(1)", [], |row| row.get::<_, String>(0)));
    match checked {
        Ok(found) => found != "ok",
        Err(error) => {
            let code = error.sqlite_error_code();
            matches!(code, Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
        }
    }
}

/// The `sign_in` column. Without secrets.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct KeptSignIn {
    way: SignInWay,
    profile: Profile,
    renewal_checked_at: Option<Timestamp>,
}

impl KeptSignIn {
    fn of(account: &Account) -> Self {
        Self {
            way: account.way,
            profile: account.profile.clone(),
            renewal_checked_at: account.renewal_checked_at,
        }
    }
}

fn insert_room(db: &Connection, room: &StoredRoom) -> rusqlite::Result<()> {
    db.execute(
        "insert into room values (?1, ?2, ?3, ?4, ?5, (select coalesce(max(position), 0) + 1 from room))",
        params![
            room.id.0,
            room.account.0,
            room.remote.as_ref().map(|r| &r.0),
            room.name,
            to_json(&room.details)?
        ],
    )
    .map(drop)
}

fn to_json<T: serde::Serialize>(value: &T) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(Box::new(e)))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text)
        .map_err(|e| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(e)))
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` hands it over
fn storage(error: rusqlite::Error) -> Failure {
    Failure::new(ProblemCode::Storage).because(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{Marks, PersonRef};
    use std::collections::BTreeMap;

    fn account() -> Account {
        Account {
            id: AccountId("a1".into()),
            platform: Platform::Qiniu,
            name: "店内".into(),
            settings: Settings(BTreeMap::from([("anchor_id".into(), "anchor_a".into())])),
            way: SignInWay::Browser,
            profile: Profile { name: Some("店长".into()), ..Profile::default() },
            renewal_checked_at: Some(Timestamp::UNIX_EPOCH),
            sandbox: false,
        }
    }

    fn room() -> StoredRoom {
        StoredRoom {
            id: RoomId("r1".into()),
            account: AccountId("a1".into()),
            remote: None,
            name: "店内".into(),
            details: Details::default(),
        }
    }

    #[tokio::test]
    async fn accounts_and_rooms_are_there_after_reopening() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kaibo.db");
        let store = Store::open(&path).expect("opens");
        store.add_account(account(), vec![room()]).await.expect("keeps");
        let details = Details { title: "今晚".into(), ..Details::default() };
        store.set_room(RoomId("r1".into()), Some(RemoteId("9".into())), details.clone()).await.expect("sets");
        drop(store);

        let again = Store::open(&path).expect("opens again");
        assert_eq!(again.accounts().await.expect("reads"), vec![account()]);
        let rooms = again.rooms().await.expect("reads");
        assert_eq!(rooms, vec![StoredRoom { remote: Some(RemoteId("9".into())), details, ..room() }]);
        again.remove_account(AccountId("a1".into()), false).await.expect("forgets");
        assert!(again.rooms().await.expect("reads").is_empty(), "rooms go with their account");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_read_is_set_aside_and_a_newer_one_is_left() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kaibo.db");
        let rubbish = "not a database at all ".repeat(100);
        std::fs::write(&path, &rubbish).expect("writes");
        let (store, told) = Store::open_or_begin_anew(&path).expect("begins anew");
        assert_eq!(told.map(|failure| failure.code), Some(ProblemCode::Storage), "the streamer is told");
        store.add_account(account(), vec![room()]).await.expect("keeps");
        drop(store);
        let aside = std::fs::read_to_string(folder.path().join("kaibo.unreadable-1.db")).expect("is there");
        assert_eq!(aside, rubbish, "nothing is thrown away");
        let (store, told) = Store::open_or_begin_anew(&path).expect("opens");
        assert!(told.is_none(), "it is well now");
        assert_eq!(store.accounts().await.expect("reads").len(), 1);
        drop(store);
        Connection::open(&path).expect("opens").execute_batch("pragma user_version = 99").expect("sets");
        assert!(Store::open_or_begin_anew(&path).is_err(), "a newer program's file is left alone");
        assert!(path.exists());
    }

    #[tokio::test]
    async fn an_intent_stays_open_until_settled() {
        let store = Store::in_memory().expect("opens");
        let intent = Intent {
            room: RoomId("r1".into()),
            platform: Platform::Weibo,
            action: Action::Create,
            at: 5,
            details: Details::default(),
        };
        let id = store.intend(intent).await.expect("noted");
        assert_eq!(store.open_intents().await.expect("reads").len(), 1);
        store.settle(id, JournalOutcome::Failed, Some("20001".into()), 6).await.expect("settles");
        assert!(store.open_intents().await.expect("reads").is_empty());
        let journal = store.journal(10).await.expect("reads");
        assert_eq!(journal[0].outcome, Some(JournalOutcome::Failed));
        assert_eq!(journal[0].platform_code.as_deref(), Some("20001"));
    }

    #[tokio::test]
    async fn forgetting_takes_the_journal_along_only_when_asked_to() {
        for with_history in [false, true] {
            let store = Store::in_memory().expect("opens");
            store.add_account(account(), vec![room()]).await.expect("keeps");
            let intent = Intent {
                room: RoomId("r1".into()),
                platform: Platform::Qiniu,
                action: Action::Start,
                at: 5,
                details: Details::default(),
            };
            store.intend(intent).await.expect("noted");
            store.remove_account(AccountId("a1".into()), with_history).await.expect("forgets");
            let left = store.journal(10).await.expect("reads").len();
            assert_eq!(left, usize::from(!with_history));
        }
    }

    #[tokio::test]
    async fn a_database_of_the_first_version_is_taken_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kaibo.db");
        let old = SCHEMA.replace(", sign_in text not null default '{}'", "");
        let db = Connection::open(&path).expect("opens");
        db.execute_batch(&format!("{old} pragma user_version = 1;")).expect("makes the old tables");
        let insert = "insert into account values ('a1', '\"weibo\"', '旧', '{}', 1)";
        db.execute(insert, []).expect("an account of then");
        drop(db);
        let accounts = Store::open(&path).expect("opens").accounts().await.expect("reads");
        assert_eq!((accounts[0].name.as_str(), accounts[0].way), ("旧", SignInWay::Form));
    }

    #[tokio::test]
    async fn a_database_of_the_second_version_takes_marks() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kaibo.db");
        let db = Connection::open(&path).expect("opens");
        db.execute_batch(&format!("{SCHEMA} pragma user_version = 2;")).expect("makes the old tables");
        db.execute("insert into account values ('a1', '\"weibo\"', '旧', '{}', 1, '{}')", [])
            .expect("an account");
        drop(db);
        let person =
            PersonRef { platform: Platform::Weibo, id: "1".into(), name: "小满".into(), sandbox: false };
        let marks = Marks { watch: true, ..Marks::default() };
        Store::open(&path).expect("opens").set_marks(person.clone(), marks.clone()).await.expect("keeps");
        let again = Store::open(&path).expect("opens again");
        assert_eq!(again.marked().await.expect("reads"), vec![(person, marks)]);
        assert_eq!(again.accounts().await.expect("reads").len(), 1);
    }

    #[tokio::test]
    async fn a_database_of_the_future_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kaibo.db");
        Connection::open(&path).expect("opens").execute_batch("pragma user_version = 99").expect("sets");
        let refused = Store::open(&path).map(drop).expect_err("is refused");
        assert_eq!(refused.code, ProblemCode::Storage);
    }
}
