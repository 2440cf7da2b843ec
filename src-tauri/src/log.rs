//! The log: a file a day, the last seven kept, redacted by shape as a last line of defence. Secrets are
//! kept out of it by their types; this catches what slips through in somebody else's error text.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::LazyLock;

use regex::Regex;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

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

fn redact(text: &str) -> String {
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
    fn what_is_no_secret_stays() {
        let text = "INFO read room r-12 platform=Weibo code=20009 took 35 ms";
        assert_eq!(redact(text), text);
    }
}
