//! Sessions written into a file: page by page, beside the file that is wanted, and renamed once it is whole.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params, params_from_iter};
use serde_json::json;
use tempfile::NamedTempFile;

use super::History;
use super::read::{LINE, SESSION, line, session};
use super::session::{identifier, platform_text};
use crate::chat::ChatKind;
use crate::problem::Failure;
use crate::view::{ExportFormat, HistoryExport, HistoryLine, SessionView};

/// Lines read and written at a time.
pub(crate) const PAGE: usize = 2_000;
/// Sessions that are named, at most; more are left out.
const SESSIONS_NAMED: usize = 10_000;
/// How the name of an unfinished file begins and ends, with letters between.
const PART: (&str, &str) = (".kaibo-", ".part");
const PART_LETTERS: usize = 6;
/// An unfinished file of this age is nobody's any more.
const PART_IS_LEFT: Duration = Duration::from_secs(24 * 3600);
/// Entries of a folder that are looked at for such files.
const FOLDER_LOOKED_AT: usize = 10_000;
/// The longest number that a spreadsheet keeps whole, in digits.
const DIGITS_KEPT: usize = 15;

/// Excel takes a table without this mark for one of the system's old encoding.
pub(super) const MARK: &str = "\u{feff}";

/// Columns of the table, in order; the window has words for them.
const COLUMNS: [&str; 13] = [
    "time", "platform", "room", "title", "kind", "name", "person", "text", "gift", "count", "yuan", "until",
    "recalled",
];

impl History {
    /// The sessions that are to be written, oldest first.
    pub(crate) async fn export_sessions(&self, wanted: &HistoryExport) -> Result<Vec<SessionView>, Failure> {
        let wanted = wanted.clone();
        let private = self.0.private;
        self.read(move |db| sessions(db, &wanted, private)).await
    }

    /// Lines of a session after the line `after`, oldest first, [`PAGE`] at most.
    pub(crate) async fn export_page(&self, session: i64, after: i64) -> Result<Vec<HistoryLine>, Failure> {
        self.read(move |db| {
            let sql = format!(
                "select {LINE} from line l left join person p on p.id = l.person
                 where l.session = ?1 and l.id > ?2 order by l.id limit {PAGE}"
            );
            db.prepare_cached(&sql)?.query_map(params![session, after], line)?.collect()
        })
        .await
    }
}

fn sessions(db: &Connection, wanted: &HistoryExport, private: bool) -> rusqlite::Result<Vec<SessionView>> {
    if !wanted.sessions.is_empty() {
        let mut one = db.prepare_cached(&format!("{SESSION} and id = ?1"))?;
        let own = wanted.sessions.iter().take(SESSIONS_NAMED);
        let own = own.filter(|id| private == (**id >= super::schema::PRIVATE));
        return own.filter_map(|id| one.query_row([id], session).optional().transpose()).collect();
    }
    let mut sql = SESSION.to_owned();
    let mut values: Vec<Value> = Vec::new();
    let mut and = |condition: &str, value: Value| {
        values.push(value);
        sql.extend([" and ", condition, " ?", &values.len().to_string()]);
    };
    if let Some(platform) = wanted.platform {
        and("platform =", platform_text(platform).into());
    }
    if let Some(room) = &wanted.room {
        and("room =", room.0.clone().into());
    }
    if let Some(from) = wanted.from {
        and("active >=", from.into());
    }
    if let Some(to) = wanted.to {
        and("started <", to.into());
    }
    sql.push_str(" order by id");
    db.prepare(&sql)?.query_map(params_from_iter(values), session)?.collect()
}

/// Is a line of the kinds and the time that are asked for?
pub(crate) fn admits(wanted: &HistoryExport, line: &HistoryLine) -> bool {
    (wanted.kinds.is_empty() || wanted.kinds.contains(&line.kind))
        && wanted.from.is_none_or(|from| line.heard_at >= from)
        && wanted.to.is_none_or(|to| line.heard_at < to)
}

/// The file that grows. Dropped before [`finish`](Self::finish), it leaves nothing.
pub(crate) struct Writer {
    pub(super) form: Form,
    pub(super) file: File,
    to: PathBuf,
    pub(crate) lines: u64,
}

/// What lines are written into.
pub(super) enum File {
    Plain(BufWriter<NamedTempFile>),
    /// With the file in it that grows.
    Archive(Box<zip::ZipWriter<BufWriter<NamedTempFile>>>),
}

/// How a line is written.
pub(super) struct Form {
    format: ExportFormat,
    names: BTreeMap<String, String>,
    pub(super) zone: TimeZone,
}

/// A file beside the one that is wanted. What a program that was killed left there is deleted on the way.
pub(super) fn beside(to: &Path) -> io::Result<BufWriter<NamedTempFile>> {
    let folder = to.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::Builder::new()
        .prefix(PART.0)
        .suffix(PART.1)
        .rand_bytes(PART_LETTERS)
        .tempfile_in(folder)?;
    let now = file.as_file().metadata()?.modified()?;
    for other in std::fs::read_dir(folder).into_iter().flatten().take(FOLDER_LOOKED_AT).flatten() {
        let old = |path: &Path| {
            let kept = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file)?;
            Some(now.duration_since(kept.modified().ok()?).ok()? > PART_IS_LEFT)
        };
        if is_part(&other.file_name().to_string_lossy()) && old(&other.path()) == Some(true) {
            drop(std::fs::remove_file(other.path()));
        }
    }
    Ok(BufWriter::with_capacity(1 << 16, file))
}

/// Is this the name of a file that [`beside`] makes?
fn is_part(name: &str) -> bool {
    let letters = name.strip_prefix(PART.0).and_then(|rest| rest.strip_suffix(PART.1));
    letters.is_some_and(|l| l.len() == PART_LETTERS && l.bytes().all(|b| b.is_ascii_alphanumeric()))
}

impl Writer {
    pub(super) fn over(file: File, wanted: &HistoryExport, to: &Path, zone: TimeZone) -> Self {
        let form = Form { format: wanted.format, names: wanted.names.clone(), zone };
        Self { form, file, to: to.to_owned(), lines: 0 }
    }

    /// Makes the file beside the one that is wanted, and writes what stands before all lines.
    pub(crate) fn begin(wanted: &HistoryExport, to: &Path, zone: TimeZone) -> io::Result<Self> {
        let mut writer = Self::over(File::Plain(beside(to)?), wanted, to, zone);
        if wanted.format == ExportFormat::Csv {
            writer.write(MARK.as_bytes())?;
            let head: Vec<String> =
                COLUMNS.iter().map(|c| writer.form.word(&format!("column_{c}"), c)).collect();
            writer.write(record(&head)?.as_slice())?;
        }
        Ok(writer)
    }

    /// Begins a session.
    pub(crate) fn session(&mut self, session: &SessionView) -> io::Result<()> {
        if self.form.format != ExportFormat::Text {
            return Ok(());
        }
        let gap = if self.lines == 0 { "" } else { "\n" };
        let platform = self.form.platform(session);
        let when = self.form.time(session.started_at, "%Y-%m-%d %H:%M");
        let head = format!("{gap}== {} · {platform} · {} · {when} ==\n", session.title, session.name);
        self.write(head.as_bytes())
    }

    /// Writes lines of a session.
    pub(crate) fn lines<'a>(
        &mut self,
        session: &SessionView,
        lines: impl Iterator<Item = &'a HistoryLine>,
    ) -> io::Result<()> {
        for line in lines {
            let bytes = match self.form.format {
                ExportFormat::Csv => record(&self.form.cells(session, line))?,
                ExportFormat::JsonLines => format!("{}\n", self.form.object(session, line)).into_bytes(),
                ExportFormat::Text => self.form.text(line).into_bytes(),
            };
            self.write(&bytes)?;
            self.lines += 1;
        }
        Ok(())
    }

    /// Puts the whole file in its place, unless it was stopped by now; answers its size in bytes.
    pub(crate) fn finish(self, stopped: impl Fn() -> bool) -> io::Result<u64> {
        let file = match self.file {
            File::Plain(file) => file,
            File::Archive(archive) => archive.finish()?,
        };
        let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        let bytes = file.as_file().metadata()?.len();
        if !stopped() {
            file.persist(&self.to)?;
        }
        Ok(bytes)
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.file {
            File::Plain(file) => file.write_all(bytes),
            File::Archive(archive) => archive.write_all(bytes),
        }
    }
}

impl Form {
    /// A table in the streamer's words.
    pub(super) fn named(names: BTreeMap<String, String>, zone: TimeZone) -> Self {
        Self { format: ExportFormat::Csv, names, zone }
    }

    /// The window's word for something, else its own name.
    pub(super) fn word(&self, key: &str, else_: &str) -> String {
        self.names.get(key).map_or_else(|| else_.to_owned(), Clone::clone)
    }

    fn kind(&self, kind: ChatKind) -> String {
        let name = identifier(&kind);
        self.word(&name, &name)
    }

    pub(super) fn platform(&self, session: &SessionView) -> String {
        let name = platform_text(session.platform);
        self.word(&name, &name)
    }

    pub(super) fn time(&self, at: i64, form: &str) -> String {
        let at = Timestamp::from_millisecond(at).unwrap_or_default();
        at.to_zoned(self.zone.clone()).strftime(form).to_string()
    }

    /// A row of the table. [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180).
    fn cells(&self, session: &SessionView, line: &HistoryLine) -> [String; COLUMNS.len()] {
        const TIME: &str = "%Y-%m-%d %H:%M:%S";
        let who = line.who.as_ref();
        let gift = line.gift.as_ref();
        [
            self.time(line.heard_at, TIME),
            self.platform(session),
            harmless(&session.name),
            harmless(&session.title),
            self.kind(line.kind),
            who.map(|w| harmless(&w.name)).unwrap_or_default(),
            who.map(|w| harmless(&w.id)).unwrap_or_default(),
            harmless(&line.text),
            gift.map(|g| harmless(&g.name)).unwrap_or_default(),
            gift.map(|g| g.count.to_string()).unwrap_or_default(),
            gift.and_then(|g| g.worth).map(yuan).unwrap_or_default(),
            line.until.map(|at| self.time(at, TIME)).unwrap_or_default(),
            if line.recalled { "1" } else { "" }.to_owned(),
        ]
    }

    fn object(&self, session: &SessionView, line: &HistoryLine) -> serde_json::Value {
        const TIME: &str = "%Y-%m-%dT%H:%M:%S%.3f%:z";
        json!({
            "heard_at": self.time(line.heard_at, TIME),
            "at": self.time(line.at, TIME),
            "platform": session.platform,
            "room": session.name,
            "title": session.title,
            "session": session.id,
            "kind": line.kind,
            "who": line.who,
            "text": line.text,
            "gift": line.gift,
            "until": line.until.map(|at| self.time(at, TIME)),
            "recalled": line.recalled,
        })
    }

    /// One line for people to read, and never more than one.
    fn text(&self, line: &HistoryLine) -> String {
        let mut parts = vec![format!("[{}]", self.time(line.heard_at, "%H:%M:%S"))];
        if line.kind != ChatKind::Message {
            parts.push(format!("({})", self.kind(line.kind)));
        }
        parts.extend(line.who.as_ref().map(|who| format!("{}:", who.name)));
        if let Some(gift) = &line.gift {
            parts.push(format!("{} ×{}", gift.name, gift.count));
            parts.extend(gift.worth.map(|worth| format!("¥{}", yuan(worth))));
        }
        if line.recalled {
            parts.push(format!("({})", self.word("column_recalled", "recalled")));
        } else if !line.text.is_empty() {
            parts.push(line.text.clone());
        }
        parts.join(" ").replace(['\n', '\r'], " ") + "\n"
    }
}

/// Thousandths of a yuan as yuan.
pub(super) fn yuan(worth: u64) -> String {
    format!("{}.{:02}", worth / 1_000, worth % 1_000 / 10)
}

pub(super) fn record(cells: &[String]) -> io::Result<Vec<u8>> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::with_capacity(256));
    writer.write_record(cells)?;
    writer.into_inner().map_err(|e| io::Error::other(e.to_string()))
}

/// Chat as a cell: what a spreadsheet would take for a formula gets an apostrophe before it, and so does a number too
/// long for it, which it would round.
pub(super) fn harmless(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r']);
    let rounded = text.len() > DIGITS_KEPT && text.bytes().all(|b| b.is_ascii_digit());
    if formula || rounded { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_program_left_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let now = std::fs::metadata(folder.path()).unwrap().modified().unwrap();
        let old = now - 2 * PART_IS_LEFT;
        let names =
            [".kaibo-aB3xYz.part", ".kaibo-notes.part", ".kaibo-aB3xYzz.part", "my.kaibo-aB3xYz.part"];
        for name in names {
            std::fs::File::create(folder.path().join(name)).unwrap().set_modified(old).unwrap();
        }
        std::fs::write(folder.path().join(".kaibo-fresh1.part"), "of another export").unwrap();
        drop(beside(&folder.path().join("all.csv")).unwrap());
        let left = |name: &str| folder.path().join(name).exists();
        assert_eq!(names.map(left), [false, true, true, true]);
        assert!(left(".kaibo-fresh1.part"));
    }

    #[test]
    fn what_a_spreadsheet_would_run_or_round_is_text_in_it() {
        for bad in ["=1+1", "+86 138", "-", "@SUM(A1)", "＝1", "\t=1"] {
            assert_eq!(harmless(bad), format!("'{bad}"));
        }
        assert_eq!(harmless("3493265644980448"), "'3493265644980448");
        assert_eq!(harmless("349326564498044"), "349326564498044");
        assert_eq!(harmless("1-1=0"), "1-1=0");
        assert_eq!((yuan(30), yuan(198_000), yuan(1_999)), ("0.03".into(), "198.00".into(), "1.99".into()));
    }
}
