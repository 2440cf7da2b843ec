//! Values that follow from a number, so that half of one, or a mixture of two, is told from a whole one.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use kaibo_live::room::{Details, RoomId};
use kaibo_live::view::{ExportFormat, HistoryExport, Preferences};

use crate::Result;

/// Lines in the history, each a row of the export.
pub(crate) const LINES: usize = 1_200;

/// What is saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Preferences,
    Database,
    Export,
    /// The same preferences, by tauri-plugin-store alone.
    Plugin,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Preferences, Self::Database, Self::Export, Self::Plugin];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Preferences => "preferences",
            Self::Database => "database",
            Self::Export => "export",
            Self::Plugin => "plugin",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Texts of a broadcast.
pub(crate) fn details(number: u64) -> Details {
    Details {
        title: number.to_string(),
        notice: format!("第 {number} 次保存。").repeat(12),
        ..Details::default()
    }
}

/// Preferences of somebody with many rooms, some 100 kB of them.
pub(crate) fn preferences(number: u64) -> Preferences {
    let last: BTreeMap<RoomId, Details> =
        (0..200).map(|room| (RoomId(format!("r{room}")), details(number + room))).collect();
    Preferences { tonight: details(number), last, ..Preferences::default() }
}

/// The number of preferences, when they are whole.
pub(crate) fn number_of(read: &Preferences) -> Option<u64> {
    let number = read.tonight.title.parse().ok()?;
    (*read == preferences(number)).then_some(number)
}

/// An export of the whole history, with a number in its heading.
pub(crate) fn export(number: u64) -> HistoryExport {
    let names = BTreeMap::from([("column_time".to_owned(), number.to_string())]);
    HistoryExport { names, ..HistoryExport::all(ExportFormat::Csv) }
}

/// What a chatter says.
pub(crate) fn line(at: usize) -> String {
    format!("第 {at} 条：这首歌叫什么，刚来没听见")
}

/// The number of an export, when it is whole; none when there is no file.
pub(crate) fn exported(file: &Path) -> Result<Option<u64>> {
    let text = match fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let whole = || {
        let text = text.strip_prefix('\u{feff}')?.strip_suffix("\r\n")?;
        let mut rows = text.split("\r\n");
        let number = rows.next()?.split(',').next()?.parse().ok()?;
        let mut count = 0;
        for (at, row) in rows.enumerate() {
            row.contains(&line(at)).then_some(())?;
            count += 1;
        }
        (count == LINES).then_some(number)
    };
    whole().map(Some).ok_or_else(|| format!("{} bytes that are no whole export", text.len()).into())
}
