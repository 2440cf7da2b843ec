//! The history into a file: both histories, page by page, with progress and a way to stop.

use std::io;
use std::path::Path;

use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::super::{Inner, Studio, renewed};
use crate::history::export::{PAGE, Writer, admits};
use crate::problem::{Failure, ProblemCode};
use crate::view::{ExportDone, ExportFormat, ExportView, HistoryExport, SessionFile, SessionView};

/// Entries of the journal that are looked through: all that are kept.
const JOURNAL: u32 = 10_000;
/// What was done so long before and after a session belongs to it, ms: it was made ready, and brought to its end.
const AROUND_MS: i64 = 3_600_000;

impl Studio {
    /// Writes what is asked for to `to`, with times as they are in `zone`. It is written beside the file and renamed
    /// at the end, so a full disk or a stop leaves what was there before. None when it was stopped; a second export
    /// stops the first.
    pub async fn export_history(
        &self,
        wanted: HistoryExport,
        to: &Path,
        zone: TimeZone,
    ) -> Result<Option<ExportDone>, Failure> {
        let inner = &self.0;
        self.exporting(|end| async move { inner.export(&wanted, to, zone, &end).await }).await
    }

    /// Writes a session with all that is known of it into an archive, in the same way. None when it was stopped.
    pub async fn save_session(
        &self,
        wanted: SessionFile,
        to: &Path,
        zone: TimeZone,
    ) -> Result<Option<ExportDone>, Failure> {
        let inner = &self.0;
        self.exporting(|end| async move { inner.save_session(wanted, to, zone, &end).await }).await
    }

    /// One at a time: another ends this one, and has the window's word from then on.
    async fn exporting<F>(
        &self,
        work: impl FnOnce(CancellationToken) -> F,
    ) -> Result<Option<ExportDone>, Failure>
    where
        F: Future<Output = Result<ExportDone, Failure>>,
    {
        let end = renewed(&self.0.export_end);
        let done = tokio::select! {
            biased;
            () = end.cancelled() => Ok(None),
            done = work(end.clone()) => done.map(Some),
        };
        if !end.is_cancelled() {
            self.0.change(|p| p.set_export(None));
        }
        done
    }

    /// Stops the export under way.
    pub fn cancel_export(&self) {
        renewed(&self.0.export_end);
        self.0.change(|p| p.set_export(None));
    }
}

impl Inner {
    async fn export(
        &self,
        wanted: &HistoryExport,
        to: &Path,
        zone: TimeZone,
        end: &CancellationToken,
    ) -> Result<ExportDone, Failure> {
        let mut sessions = self.history.export_sessions(wanted).await?;
        sessions.extend(self.sandbox_history.export_sessions(wanted).await?);
        self.mark_live(&mut sessions);
        let mut view = ExportView { of: sessions.iter().map(|s| s.lines).sum(), ..ExportView::default() };
        self.tell_export(&view, end);
        let mut writer = {
            let (wanted, to) = (wanted.clone(), to.to_owned());
            blocking(move || Writer::begin(&wanted, &to, zone)).await?
        };
        let mut with_lines = 0;
        for session in sessions {
            let before = writer.lines;
            writer = self.export_session(wanted, session, writer, &mut view, end).await?;
            with_lines += u32::from(writer.lines > before);
        }
        let lines = writer.lines;
        let end = end.clone();
        let bytes = blocking(move || writer.finish(|| end.is_cancelled())).await?;
        Ok(ExportDone { lines, sessions: with_lines, bytes, file: name_of(to) })
    }

    async fn save_session(
        &self,
        wanted: SessionFile,
        to: &Path,
        zone: TimeZone,
        end: &CancellationToken,
    ) -> Result<ExportDone, Failure> {
        let lines =
            HistoryExport { sessions: vec![wanted.session], ..HistoryExport::all(ExportFormat::JsonLines) };
        let history = self.history_of_number(wanted.session).clone();
        let mut found = history.export_sessions(&lines).await?;
        self.mark_live(&mut found);
        let session = found.pop().ok_or_else(|| Failure::new(ProblemCode::NotFound))?;
        let mut view = ExportView { of: session.lines, ..ExportView::default() };
        self.tell_export(&view, end);
        let writer = {
            let (to, session) = (to.to_owned(), session.clone());
            blocking(move || Writer::archive(&wanted, &session, &to, zone)).await?
        };
        let mut writer = self.export_session(&lines, session.clone(), writer, &mut view, end).await?;
        let (figures, troubles) = (history.figures(session.id).await?, history.troubles(session.id).await?);
        let mut journal = self.store_for(session.sandbox).journal(JOURNAL).await?;
        let over = session.ended_at.unwrap_or(i64::MAX).saturating_add(AROUND_MS);
        let evening = session.started_at.saturating_sub(AROUND_MS)..=over;
        journal.retain(|entry| entry.room == session.room && evening.contains(&entry.at));
        let (lines, end) = (writer.lines, end.clone());
        let bytes = blocking(move || {
            writer.rest(&session, &figures, &journal, &troubles)?;
            writer.finish(|| end.is_cancelled())
        })
        .await?;
        Ok(ExportDone { lines, sessions: 1, bytes, file: name_of(to) })
    }

    async fn export_session(
        &self,
        wanted: &HistoryExport,
        session: SessionView,
        mut writer: Writer,
        view: &mut ExportView,
        end: &CancellationToken,
    ) -> Result<Writer, Failure> {
        let history = self.history_of_number(session.id).clone();
        let (mut after, mut begun) = (0, false);
        loop {
            let mut page = history.export_page(session.id, after).await?;
            let Some(last) = page.last() else { return Ok(writer) };
            after = last.id;
            let read = page.len();
            page.retain(|line| admits(wanted, line));
            let (first, of) = (!begun && !page.is_empty(), session.clone());
            begun |= first;
            writer = blocking(move || {
                if first {
                    writer.session(&of)?;
                }
                writer.lines(&of, page.iter())?;
                Ok(writer)
            })
            .await?;
            view.read += read as u64;
            view.of = view.of.max(view.read);
            view.written = writer.lines;
            self.tell_export(view, end);
            if read < PAGE {
                return Ok(writer);
            }
        }
    }

    fn tell_export(&self, view: &ExportView, end: &CancellationToken) {
        self.change(|p| {
            if !end.is_cancelled() {
                p.set_export(Some(view.clone()));
            }
        });
    }
}

/// A file's name without its folder.
fn name_of(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Disks may be slow: off the runtime's threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Failure::new(ProblemCode::Internal).because(e))?
        .map_err(|e| Failure::new(ProblemCode::Storage).because(e))
}
