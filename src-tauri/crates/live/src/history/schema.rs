//! The history's tables, and how its file is opened.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

/// Numbers of the private history begin here, so that one can be told from those of the file. A page can hold twice
/// as much exactly.
pub(super) const PRIVATE: i64 = 1 << 52;

/// The version of the tables below.
const VERSION: i64 = 1;

/// `line` has an index for each way that it is asked for, but for the event's id: see `recent.rs`. Messages (kind 0) are
/// nearly all lines, so they need none. `words` keeps no text of its own. `gone` marks what is being deleted: it isn't
/// found any more, the bytes follow in steps. More parts of the index are left unmerged than by default: merging is what
/// writing costs most for, and a search reads some more pages.
const TABLES: &str = "
create table session (
  id integer primary key autoincrement, room text not null, platform text not null, account text not null,
  name text not null, title text not null, remote text not null, started integer not null, ended integer,
  active integer not null, lines integer not null default 0, messages integer not null default 0,
  gifts integer not null default 0, worth integer not null default 0, first integer, last integer,
  gone integer not null default 0
) strict;
create index session_of on session(room, remote);
create index session_gone on session(id) where gone = 1;
create table person (
  id integer primary key autoincrement, platform text not null, key text not null, remote text not null,
  name text not null, first_seen integer not null, last_seen integer not null, unique (platform, key)
) strict;
create table line (
  id integer primary key autoincrement, session integer not null references session(id), at integer not null,
  heard integer not null, kind integer not null, event text not null, person integer references person(id),
  name text, text text not null, gift text, gift_count integer, gift_worth integer, until integer,
  mine integer not null, moderator integer not null, recalled integer, thanked integer
) strict;
create index line_session on line(session);
create index line_person on line(person);
create index line_kind on line(kind) where kind > 0;
create index line_heard on line(heard);
create index line_owed on line(session, person, gift_worth) where thanked = 0;
create index line_thanked on line(thanked, session, person, gift_worth) where thanked > 0;
create table figure (
  session integer not null references session(id), at integer not null, kind text not null, value integer not null,
  primary key (session, at, kind)
) strict, without rowid;
create table trouble (
  id integer primary key, session integer not null references session(id), at integer not null, source text not null,
  what text not null
) strict;
create index trouble_session on trouble(session);
create virtual table words using fts5(text, name, event, content='', contentless_delete=1, tokenize='ascii', prefix='1');
insert into words(words, rank) values ('automerge', 8);
";

/// Why a file couldn't be opened.
pub(super) enum Refused {
    /// It is no database, or a broken one.
    Broken(rusqlite::Error),
    /// Anything else: of a newer program, not ours to open, the disk.
    Other(Box<dyn std::error::Error + Send + Sync>),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::Broken(error),
            _ => Self::Other(error.into()),
        }
    }
}

/// Opens the file for writing, with its tables.
pub(super) fn writer(path: &Path) -> Result<Connection, Refused> {
    let db = Connection::open(path)?;
    // Nobody else writes; a writer that waits holds up the sources.
    db.busy_timeout(Duration::from_secs(1))?;
    // Set before the first table: space of deleted sessions is given back in steps. What is blanked is overwritten.
    db.execute_batch(
        "pragma auto_vacuum = incremental; pragma journal_mode = wal; pragma synchronous = normal;
         pragma foreign_keys = on; pragma secure_delete = fast; pragma journal_size_limit = 16777216;
         pragma wal_autocheckpoint = 4000; pragma cache_size = -4096;",
    )?;
    prepare(&db, 1)?;
    Ok(db)
}

/// Opens the file once more, for reading beside the writer.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(Duration::from_secs(5))?;
    Ok(db)
}

/// `SQLite`'s private database: it has no name, spills to an unnamed file, and is gone when it is closed.
pub(super) fn private() -> Result<Connection, Refused> {
    let db = Connection::open("")?;
    db.execute_batch("pragma foreign_keys = on; pragma synchronous = off;")?;
    prepare(&db, PRIVATE)?;
    Ok(db)
}

fn prepare(db: &Connection, first: i64) -> Result<(), Refused> {
    db.set_prepared_statement_cache_capacity(64);
    let version: i64 = db.query_row("pragma user_version", [], |r| r.get(0))?;
    match version {
        0 => {
            let from = first - 1;
            db.execute_batch(&format!(
                "begin; {TABLES}
                 insert into sqlite_sequence (name, seq) values ('session', {from}), ('person', {from}), ('line', {from});
                 pragma user_version = {VERSION}; commit;"
            ))?;
        }
        VERSION => {}
        newer => {
            let words = format!("the history is of version {newer}; this program knows {VERSION}");
            return Err(Refused::Other(words.into()));
        }
    }
    // Reads a page of each: a file that is broken from the start is noticed now.
    db.query_row("select (select count(*) from (select 1 from line limit 1)) + (select count(*) from (select 1 from words limit 1))", [], |_| Ok(()))?;
    Ok(())
}

/// Renames a file, with what belongs to it, to the first free name beside it.
pub(crate) fn set_aside(path: &Path) -> std::io::Result<PathBuf> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let with = |stem: &str, end: &str| path.with_file_name(format!("{stem}.db{end}"));
    let free = (1..1000)
        .map(|n| format!("{stem}.unreadable-{n}"))
        .find(|stem| !with(stem, "").exists())
        .ok_or_else(|| std::io::Error::other("no free name"))?;
    for end in ["-wal", "-shm"] {
        let from = PathBuf::from(format!("{}{end}", path.display()));
        if from.exists() {
            std::fs::rename(from, with(&free, end))?;
        }
    }
    std::fs::rename(path, with(&free, ""))?;
    Ok(with(&free, ""))
}
