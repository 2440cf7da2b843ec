//! What became of an evening, and the course of all.

use jiff::tz::TimeZone;

use super::super::Studio;
use crate::history::summary::table;
use crate::problem::Failure;
use crate::view::{CourseView, SummaryTable, SummaryView};

impl Studio {
    /// What became of a session and, unless it is asked for alone, of those that were on air at the same time. One that
    /// is on air is summed up so far.
    pub async fn summary(&self, session: i64, alone: bool) -> Result<SummaryView, Failure> {
        let inner = std::sync::Arc::clone(&self.0);
        let history = inner.history_of_number(session).clone();
        let now = inner.now_ms();
        history.summary(session, alone, now, move |sessions| inner.mark_live(sessions)).await
    }

    /// The same as a table for spreadsheets, with times as they are in `zone`.
    pub async fn summary_table(&self, wanted: &SummaryTable, zone: TimeZone) -> Result<Vec<u8>, Failure> {
        table(&self.summary(wanted.session, wanted.alone).await?, wanted, zone)
    }

    /// The last sessions with their peaks, oldest first; those of the sandbox alone while there are no others.
    pub async fn course(&self) -> Result<Vec<CourseView>, Failure> {
        let inner = &self.0;
        let mut course = inner.history.course().await?;
        if course.is_empty() {
            course = inner.sandbox_history.course().await?;
        }
        Ok(course)
    }
}
