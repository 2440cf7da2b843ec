//! What tests of several platforms share.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use kaibo_live::clock::Clock;

/// A clock that stands still, and no jitter.
pub(crate) struct FixedClock(pub(crate) Timestamp);

impl Default for FixedClock {
    /// The `stime` of Taobao's documented sample.
    fn default() -> Self {
        Self("2020-08-20T01:00:37Z".parse().unwrap())
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn chance(&self) -> f64 {
        0.0
    }

    fn fresh_id(&self) -> String {
        "0123456789abcdef".to_owned()
    }
}

/// Everything that is logged on this thread while this lives.
pub(crate) struct LogOf {
    written: Arc<Mutex<Vec<u8>>>,
    _on: tracing::subscriber::DefaultGuard,
}

impl LogOf {
    pub(crate) fn everything() -> Self {
        let written = Arc::new(Mutex::new(Vec::new()));
        let writer = Written(written.clone());
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        Self { written, _on: tracing::subscriber::set_default(subscriber) }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.written.lock().unwrap().clone()).unwrap()
    }
}

#[derive(Clone)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
