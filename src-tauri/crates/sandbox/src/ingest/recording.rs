//! A push as it arrived, kept in an FLV file: what a sink got can be decoded, and compared with what was sent.
//! The format: <https://rtmp.veriskope.com/pdf/video_file_format_spec_v10_1.pdf>, annex E.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes of one recording. What comes after isn't kept: the beginning of a push is what is asked for most.
const BYTES: u64 = 64 * 1024 * 1024;
/// Pushes that are recorded; later ones aren't.
const PUSHES: u64 = 64;

pub(super) const AUDIO: u8 = 8;
pub(super) const VIDEO: u8 = 9;

/// Where pushes are recorded. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Recordings {
    folder: Arc<Path>,
    begun: Arc<AtomicU64>,
}

impl Recordings {
    pub(super) fn into(folder: &Path) -> Self {
        Self { folder: folder.into(), begun: Arc::default() }
    }

    /// Begins a file for one push. A push goes on without one where it can't be written.
    pub(super) fn begin(&self) -> Option<Recording> {
        let number = self.begun.fetch_add(1, Ordering::Relaxed);
        if number >= PUSHES {
            return None;
        }
        let begun = Recording::create(self.folder.join(format!("push-{number}.flv")));
        begun.inspect_err(|error| tracing::warn!(%error, "a push isn't recorded")).ok()
    }
}

/// The file of one push, whole once this is dropped.
#[derive(Debug)]
pub(super) struct Recording {
    path: PathBuf,
    file: BufWriter<File>,
    left: u64,
}

impl Recording {
    fn create(path: PathBuf) -> io::Result<Self> {
        let mut file = BufWriter::new(File::create(&path)?);
        // Version 1 with sound and picture, a header of nine bytes, and no tag before the first.
        file.write_all(b"FLV\x01\x05\0\0\0\x09\0\0\0\0")?;
        Ok(Self { path, file, left: BYTES })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Adds a message at its time in milliseconds. False once nothing more is kept: the file ends with a whole tag
    /// unless the disk didn't take it.
    pub(super) fn add(&mut self, kind: u8, time: u32, body: &[u8]) -> bool {
        let Ok(length) = u32::try_from(body.len()) else { return false };
        let Some(left) = self.left.checked_sub(u64::from(length) + 15).filter(|_| length < 1 << 24) else {
            return false;
        };
        self.left = left;
        let ([_, length @ ..], [high, time @ ..]) = (length.to_be_bytes(), time.to_be_bytes());
        let head = [&[kind], &length[..], &time[..], &[high, 0, 0, 0]].concat();
        // As long as head and body.
        let behind = u32::from_be_bytes([0, length[0], length[1], length[2]]) + 11;
        let written =
            [&head, body, &behind.to_be_bytes()].iter().try_for_each(|part| self.file.write_all(part));
        written.inspect_err(|error| tracing::warn!(%error, "a push isn't recorded any longer")).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_format_has_it_and_no_longer_than_its_bound() {
        let folder = tempfile::tempdir().unwrap();
        let recordings = Recordings::into(folder.path());
        let mut recording = recordings.begin().unwrap();
        let path = recording.path().to_owned();
        assert!(recording.add(VIDEO, 0x0102_0304, b"\x17\x01abc"));
        recording.left = 15 + 2;
        assert!(!recording.add(AUDIO, 5, b"\xaf\x01d"), "one byte too many");
        assert!(recording.add(AUDIO, 5, b"\xaf\x01"));
        drop(recording);
        let tags: [&[u8]; 2] = [
            b"\x09\0\0\x05\x02\x03\x04\x01\0\0\0\x17\x01abc\0\0\0\x10",
            b"\x08\0\0\x02\0\0\x05\0\0\0\0\xaf\x01\0\0\0\x0d",
        ];
        let whole = [b"FLV\x01\x05\0\0\0\x09\0\0\0\0", tags[0], tags[1]].concat();
        assert_eq!(std::fs::read(path).unwrap(), whole);
    }

    #[test]
    fn files_are_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let recordings = Recordings::into(folder.path());
        let begun = (0..PUSHES + 3).filter_map(|_| recordings.begin()).count() as u64;
        assert_eq!((begun, std::fs::read_dir(folder.path()).unwrap().count() as u64), (PUSHES, PUSHES));
    }

    #[test]
    fn a_folder_that_is_not_there_costs_nobody_his_push() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Recordings::into(&folder.path().join("gone")).begin().is_none());
    }
}
