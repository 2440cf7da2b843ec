//! A newer version of the program.

use serde::Serialize;
use ts_rs::TS;

use crate::problem::clean_text;

/// Longest notes of a version that are shown, characters.
pub const NOTES_CAP: usize = 4_000;

/// A newer version, as its makers announce it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct UpdateView {
    /// Its number, e.g. `1.2.3`.
    pub version: String,
    /// When it was published, ms since 1970.
    #[ts(type = "number | null")]
    pub published_at: Option<i64>,
    /// What is new in it: plain text, cleaned and capped at [`NOTES_CAP`] characters. May be empty.
    pub notes: String,
    /// How this computer gets it.
    pub way: UpdateWay,
}

impl UpdateView {
    /// Puts together what is shown; `notes` are somebody else's words and are cleaned.
    pub fn new(version: String, published_at: Option<i64>, notes: &str, way: UpdateWay) -> Self {
        let lines: Vec<String> = notes.lines().map(|line| clean_text(line, NOTES_CAP)).collect();
        let notes = lines.join("\n").trim().chars().take(NOTES_CAP).collect();
        Self { version, published_at, notes, way }
    }
}

/// How this computer gets a newer version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum UpdateWay {
    /// The program puts it in its own place.
    Install,
    /// A package of the system's brought the program here; the system's tools replace it.
    Package {
        /// Where the new one is: a web address.
        page: String,
    },
    /// The program may not write where it stands.
    ReadOnly {
        /// Where the new one is: a web address.
        page: String,
    },
}

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct UpdateProgress {
    /// Bytes that have come.
    #[ts(type = "number")]
    pub received: u64,
    /// Bytes there are, where the server says so.
    #[ts(type = "number | null")]
    pub of: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_plain_text_of_bounded_length() {
        let notes = format!("- one\r\n-\u{202e} two\u{7}\n{}", "字".repeat(NOTES_CAP));
        let view = UpdateView::new("1.2.3".into(), None, &notes, UpdateWay::Install);
        assert!(view.notes.starts_with("- one\n- two\n字"));
        assert_eq!(view.notes.chars().count(), NOTES_CAP);
    }
}
