//! The history into a file: both histories, page by page, with progress and a way to stop.

use std::io;
use std::path::Path;

use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use super::super::{Inner, Studio, renewed};
use crate::history::export::{PAGE, Writer, admits};
use crate::problem::{Failure, ProblemCode};
use crate::view::{ExportDone, ExportView, HistoryExport, SessionView};

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
        let end = renewed(&self.0.export_end);
        let inner = &self.0;
        let done = tokio::select! {
            biased;
            () = end.cancelled() => Ok(None),
            done = inner.export(&wanted, to, zone, &end) => done.map(Some),
        };
        // A later export has the window's word by now.
        if !end.is_cancelled() {
            inner.change(|p| p.set_export(None));
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
        let file = to.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
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
        Ok(ExportDone { lines, sessions: with_lines, bytes, file })
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

/// Disks may be slow: off the runtime's threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Failure::new(ProblemCode::Internal).because(e))?
        .map_err(|e| Failure::new(ProblemCode::Storage).because(e))
}
