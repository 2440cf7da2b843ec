//! The log: a file a day, the last seven kept, redacted by shape as a last line of defence. Secrets are
//! kept out of it by their types; this catches what slips through in somebody else's error text.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Log files in a bundle, at most: as many as are kept.
const BUNDLE_FILES: usize = 7;
/// The most of a log file that goes into a bundle, bytes: its end.
const BUNDLE_PART: u64 = 4 * 1024 * 1024;

/// The library under chat and OBS, kept quiet whatever `KAIBO_LOG` says.
const WEB_SOCKETS: [&str; 2] = ["tungstenite=warn", "tokio_tungstenite=warn"];

/// Starts logging to `folder`; without one, to standard error.
pub(crate) fn start(folder: Option<PathBuf>) {
    let filter = EnvFilter::try_from_env("KAIBO_LOG").unwrap_or_else(|_| {
        EnvFilter::new("warn,kaibo=info,kaibo_live=info,kaibo_platforms=info,kaibo_obs=info")
    });
    // At trace level it writes down each frame, with whatever secret is in it.
    let filter =
        WEB_SOCKETS.iter().filter_map(|quiet| quiet.parse().ok()).fold(filter, EnvFilter::add_directive);
    let file = folder.and_then(|folder| {
        std::fs::create_dir_all(&folder).ok()?;
        tracing_appender::rolling::Builder::new()
            .rotation(tracing_appender::rolling::Rotation::DAILY)
            .filename_prefix("kaibo")
            .filename_suffix("log")
            .max_log_files(7)
            .build(folder)
            .ok()
    });
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    let started = match file {
        Some(file) => builder.with_writer(Redacting(file)).try_init(),
        None => builder.with_writer(Redacting(io::stderr as fn() -> io::Stderr)).try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "logging was started before");
    }
}

/// Writes each event through [`redact`].
struct Redacting<M>(M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Redacting<M> {
    type Writer = RedactingWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        RedactingWriter(self.0.make_writer())
    }
}

struct RedactingWriter<W>(W);

impl<W: Write> Write for RedactingWriter<W> {
    /// The formatter hands over one whole event a call.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.write_all(redact(&String::from_utf8_lossy(event)).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

static SHAPES: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        // Before the names below: they would take the scheme for the value.
        (r"\bQiniu [^\s:]+:[A-Za-z0-9_=-]+", "Qiniu [redacted]"),
        (r#"(?i)\b(rtmps?|srt)://[^\s"'<>]+"#, "$1://[redacted]"),
        (r#"(?i)\b(https?://[^\s"'<>?]+)\?[^\s"'<>]*"#, "$1?[redacted]"),
        (
            r#"(?i)\b(SESSDATA|bili_jct|DedeUserID(?:__ckMd5)?|[a-z_]*(?:token|secret|password|cookie|auth_key|csrf)|authorization|sign|key|sk)(\\?["']?\s*[:=]\s*\\?["']?)[^\s&;,"'}\])]+"#,
            "$1$2[redacted]",
        ),
    ]
    .into_iter()
    .filter_map(|(shape, with)| Regex::new(shape).ok().map(|shape| (shape, with)))
    .collect()
});

/// The logs of `folder` and `about` in an archive to be sent to somebody. Each line goes through the redaction once more,
/// and the name of the home folder is taken out, because it is most often the person's.
pub(crate) fn bundle(folder: &Path, about: &str, home: Option<&Path>) -> io::Result<Vec<u8>> {
    let home = home.map(|h| h.to_string_lossy().into_owned()).filter(|h| h.len() > 1);
    let clean = |text: &str| {
        let text = redact(text);
        home.as_ref().map_or_else(|| text.clone(), |home| text.replace(home.as_str(), "~"))
    };
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|e| e.file_type().is_ok_and(|t| t.is_file()))
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with("kaibo") && Path::new(name).extension().is_some_and(|e| e == "log"))
        .collect();
    names.sort_unstable_by(|a, b| b.cmp(a));
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    archive.start_file("about.txt", options)?;
    archive.write_all(clean(about).as_bytes())?;
    for name in names.iter().take(BUNDLE_FILES) {
        archive.start_file(name.as_str(), options)?;
        for line in end_of(&folder.join(name))?.lines() {
            archive.write_all(clean(line).as_bytes())?;
            archive.write_all(b"\n")?;
        }
    }
    Ok(archive.finish()?.into_inner())
}

/// The end of a file, from the beginning of a line on.
fn end_of(file: &Path) -> io::Result<String> {
    let mut file = File::open(file)?;
    let skipped = file.metadata()?.len().saturating_sub(BUNDLE_PART);
    file.seek(SeekFrom::Start(skipped))?;
    let mut bytes = Vec::new();
    file.take(BUNDLE_PART).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // A part of a line could be a part of a secret that is known by its beginning.
    Ok(if skipped > 0 {
        text.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap_or_default()
    } else {
        text
    })
}

/// A text without what looks like a secret: see `SHAPES`.
pub(crate) fn redact(text: &str) -> String {
    SHAPES.iter().fold(text.to_owned(), |text, (shape, with)| shape.replace_all(&text, *with).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_redacted_by_shape() {
        for (text, secret) in [
            ("push to rtmp://h/live/room?key=abc123 failed", "abc123"),
            ("GET https://api.example/x?access_token=tok9&id=1: timeout", "tok9"),
            ("cookie: SESSDATA=dead%2Cbeef; bili_jct=0123", "beef"),
            ("{\"access_token\":\"tok9\"}", "tok9"),
            ("app_secret = s3cr3t", "s3cr3t"),
            ("Authorization: Qiniu ak:SiGn-_=", "SiGn"),
            ("csrf_token=aa11&csrf=aa11", "aa11"),
        ] {
            let redacted = redact(text);
            assert!(!redacted.contains(secret), "{text} became {redacted}");
        }
        assert_eq!(SHAPES.len(), 4, "every shape compiles");
    }

    #[test]
    fn a_bundle_has_the_logs_without_secrets_and_names() {
        let folder = tempfile::tempdir().unwrap();
        let log = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        // Written by somebody else, so not redacted before.
        log("kaibo.2026-01-02.log", "INFO fine\nWARN cookie SESSDATA=dead%2Cbeef in /home/Aze/x\n");
        let half =
            format!("access_token=tok9{}\nINFO last\n", "x".repeat(usize::try_from(BUNDLE_PART).unwrap()));
        log("kaibo.2026-01-03.log", &half);
        log("history.db", "chat");
        log("kaibo.db", "journal");
        log("another.log", "not ours");
        for n in 4..20 {
            log(&format!("kaibo.2025-01-{n:02}.log"), "INFO old\n");
        }
        let bytes = bundle(folder.path(), "Kaibo 1\nkey=abc123", Some(Path::new("/home/Aze"))).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut all = String::new();
        for at in 0..archive.len() {
            archive.by_index(at).unwrap().read_to_string(&mut all).unwrap();
        }
        assert_eq!(archive.len(), 1 + BUNDLE_FILES);
        for other in ["history.db", "kaibo.db", "another.log"] {
            assert!(archive.by_name(other).is_err(), "{other}");
        }
        for secret in ["beef", "abc123", "tok9", "Aze", "xxxx"] {
            assert!(!all.contains(secret), "{secret}");
        }
        assert!(all.contains("INFO fine") && all.contains("in ~/x") && all.contains("INFO last"));
    }

    #[test]
    fn a_home_at_the_root_takes_no_slashes_out() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = bundle(folder.path(), "at /usr/bin", Some(Path::new("/"))).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut about = String::new();
        archive.by_name("about.txt").unwrap().read_to_string(&mut about).unwrap();
        assert_eq!(about, "at /usr/bin");
    }

    #[test]
    fn what_is_logged_is_in_the_file_without_its_secrets() {
        let folder = tempfile::tempdir().unwrap();
        start(Some(folder.path().to_owned()));
        tracing::error!(target: "kaibo", "refused: SESSDATA=dead%2Cbeef");
        let files: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
        let logged = std::fs::read_to_string(&files[0]).unwrap();
        assert!(logged.contains("refused: SESSDATA=[redacted]"), "{logged}");
    }

    #[test]
    fn what_waits_is_written_when_it_is_flushed() {
        let mut writer = RedactingWriter(io::BufWriter::new(Vec::new()));
        writer.write_all(b"key=abc123").unwrap();
        assert!(writer.0.get_ref().is_empty());
        writer.flush().unwrap();
        assert_eq!(writer.0.get_ref(), b"key=[redacted]");
    }

    #[test]
    fn what_is_no_secret_stays() {
        let text = "INFO read room r-12 platform=Weibo code=20009 took 35 ms";
        assert_eq!(redact(text), text);
    }
}
