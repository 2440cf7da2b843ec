//! The session file: one evening in an archive, to keep or to send.
//!
//! A ZIP, because every system opens one. What is in it is told by its `README.txt`, in the streamer's language. No
//! secret can be in it: it is made of the history and the journal, which have none.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rusqlite::params;
use serde_json::json;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;

use super::History;
use super::export::{File, MARK, Writer, beside, record};
use crate::problem::Failure;
use crate::view::{ExportFormat, HistoryExport, JournalEntry, SessionFile, SessionView};

/// The most of the text of `README.txt` that is taken, characters.
const ABOUT_CAP: usize = 16_384;
/// Figures in the archive, at most; the first ones.
const FIGURES_CAP: u32 = 500_000;

/// Something that went wrong: when (ms since 1970), what told it, and what it was, in JSON.
pub(crate) type Trouble = (i64, String, String);

/// A figure of a session: when (ms since 1970), which, and how much.
pub(crate) type Sample = (i64, String, i64);

impl History {
    /// The figures of a session, oldest first.
    pub(crate) async fn figures(&self, session: i64) -> Result<Vec<Sample>, Failure> {
        self.read(move |db| {
            db.prepare_cached(
                "select at, kind, value from figure where session = ?1 order by at, kind limit ?2",
            )?
            .query_map(params![session, FIGURES_CAP], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
            .collect()
        })
        .await
    }
}

impl History {
    /// What went wrong in a session, oldest first.
    pub(crate) async fn troubles(&self, session: i64) -> Result<Vec<Trouble>, Failure> {
        self.read(move |db| {
            db.prepare_cached("select at, source, what from trouble where session = ?1 order by id")?
                .query_map([session], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
                .collect()
        })
        .await
    }
}

impl Writer {
    /// Makes the archive beside the one that is wanted; lines go into its `chat.jsonl`.
    pub(crate) fn archive(
        wanted: &SessionFile,
        session: &SessionView,
        to: &Path,
        zone: TimeZone,
    ) -> io::Result<Self> {
        let lines =
            HistoryExport { names: wanted.names.clone(), ..HistoryExport::all(ExportFormat::JsonLines) };
        let archive = File::Archive(Box::new(zip::ZipWriter::new(beside(to)?)));
        let mut writer = Self::over(archive, &lines, to, zone);
        let about: String = wanted.about.chars().take(ABOUT_CAP).collect();
        writer.part("README.txt", session)?;
        // For editors that know no other line end, and for those that guess at encodings.
        writer.write(format!("{MARK}{}\r\n", about.trim_end().replace('\n', "\r\n")).as_bytes())?;
        writer.part("session.json", session)?;
        writer.write(&serde_json::to_vec_pretty(session)?)?;
        writer.part("chat.jsonl", session)?;
        Ok(writer)
    }

    /// Writes what isn't chat, after all lines.
    pub(crate) fn rest(
        &mut self,
        session: &SessionView,
        figures: &[Sample],
        journal: &[JournalEntry],
        troubles: &[Trouble],
    ) -> io::Result<()> {
        self.part("figures.csv", session)?;
        let column = |name: &str| self.form.word(&format!("column_{name}"), name);
        let head = [column("time"), column("figure"), column("value")];
        self.write(MARK.as_bytes())?;
        self.write(&record(&head)?)?;
        for (at, kind, value) in figures {
            let cells = [
                self.form.time(*at, "%Y-%m-%d %H:%M:%S"),
                self.form.word(&format!("figure_{kind}"), kind),
                value.to_string(),
            ];
            self.write(&record(&cells)?)?;
        }
        self.part("actions.jsonl", session)?;
        for entry in journal {
            let line = json!({
                "at": self.form.time(entry.at, "%Y-%m-%dT%H:%M:%S%.3f%:z"),
                "action": entry.action,
                "outcome": entry.outcome,
                "platform_code": entry.platform_code,
            });
            self.write(format!("{line}\n").as_bytes())?;
        }
        self.part("problems.jsonl", session)?;
        for (at, source, what) in troubles {
            let what: serde_json::Value = serde_json::from_str(what).unwrap_or_default();
            let at = self.form.time(*at, "%Y-%m-%dT%H:%M:%S%.3f%:z");
            let line = json!({ "at": at, "source": source, "problem": what });
            self.write(format!("{line}\n").as_bytes())?;
        }
        Ok(())
    }

    /// Begins a file in the archive, dated as the session.
    fn part(&mut self, name: &str, session: &SessionView) -> io::Result<()> {
        let File::Archive(archive) = &mut self.file else { return Ok(()) };
        let at = Timestamp::from_millisecond(session.ended_at.unwrap_or(session.started_at));
        let at = at.unwrap_or_default().to_zoned(self.form.zone.clone());
        let number = |n: i8| u8::try_from(n).unwrap_or_default();
        let date = zip::DateTime::from_date_and_time(
            u16::try_from(at.year()).unwrap_or_default(),
            number(at.month()),
            number(at.day()),
            number(at.hour()),
            number(at.minute()),
            number(at.second()),
        );
        let options = SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .large_file(true)
            .last_modified_time(date.unwrap_or_default());
        archive.start_file(name, options).map_err(ZipError::into)
    }
}
