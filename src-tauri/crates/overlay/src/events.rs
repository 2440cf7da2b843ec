//! What a page hears: Server-Sent Events (<https://html.spec.whatwg.org/multipage/server-sent-events.html>).
//!
//! `start` holds settings and the last lines, and comes again when the settings change; `lines` holds new ones,
//! `recalled` the numbers of those taken back; `beat` comes every ten seconds and holds nothing; `full` says that
//! there are too many pages already.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use kaibo_live::overlay::{OverlayEvent, OverlayFeed, OverlayLine, OverlaySettings, OverlayStart};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, watch};
use tokio::time::Interval;

use crate::server::{Seat, Source};

/// A page that hears nothing for much longer than this knows that the program hangs.
const BEAT: Duration = Duration::from_secs(10);
/// Events in one write.
const AT_ONCE: usize = 64;

pub(crate) fn body(source: Arc<dyn Source>, seat: Option<Seat>) -> UnsyncBoxBody<Bytes, Infallible> {
    let Some(seat) = seat else { return Full::new(event("full", "{}").into()).boxed_unsync() };
    let changes = source.changes();
    let OverlayFeed { settings, last, news } = source.lines();
    let mut beat = tokio::time::interval_at(tokio::time::Instant::now() + BEAT, BEAT);
    beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let first = Some(start(&settings, last));
    let hearing = Hearing { source, settings, news, changes, beat, first, _seat: seat };
    let frames = stream::unfold(hearing, |mut hearing| async move {
        let text = hearing.next().await?;
        Some((Ok(Frame::data(Bytes::from(text))), hearing))
    });
    StreamBody::new(frames).boxed_unsync()
}

struct Hearing {
    source: Arc<dyn Source>,
    settings: OverlaySettings,
    news: broadcast::Receiver<OverlayEvent>,
    changes: watch::Receiver<u64>,
    beat: Interval,
    first: Option<String>,
    _seat: Seat,
}

impl Hearing {
    /// What the page is told next; none when the program ends.
    async fn next(&mut self) -> Option<String> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let mut heard = Heard::default();
            tokio::select! {
                changed = self.changes.changed() => {
                    changed.ok()?;
                    let OverlayFeed { settings, last, news } = self.source.lines();
                    (self.settings, self.news) = (settings, news);
                    return Some(start(&self.settings, last));
                }
                _ = self.beat.tick() => return Some(event("beat", "{}")),
                news = self.news.recv() => match news {
                    Ok(news) => heard.take(news, &self.settings),
                    // Too slow: the oldest are lost to this page, and it goes on.
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return None,
                },
            }
            for _ in 1..AT_ONCE {
                match self.news.try_recv() {
                    Ok(news) => heard.take(news, &self.settings),
                    Err(TryRecvError::Lagged(_)) => {}
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            let text = heard.told();
            if !text.is_empty() {
                return Some(text);
            }
        }
    }
}

#[derive(Default)]
struct Heard {
    lines: Vec<OverlayLine>,
    recalled: Vec<u64>,
}

impl Heard {
    fn take(&mut self, news: OverlayEvent, settings: &OverlaySettings) {
        match news {
            OverlayEvent::Line(line) if settings.shows(line.kind) => self.lines.push(line),
            OverlayEvent::Line(_) => {}
            OverlayEvent::Recalled(id) => self.recalled.push(id),
        }
    }

    /// Lines first: what was recalled may be among them.
    fn told(&self) -> String {
        let mut text = String::new();
        if !self.lines.is_empty() {
            text.push_str(&event("lines", &json(&self.lines)));
        }
        if !self.recalled.is_empty() {
            text.push_str(&event("recalled", &json(&self.recalled)));
        }
        text
    }
}

fn start(settings: &OverlaySettings, lines: Vec<OverlayLine>) -> String {
    event("start", &json(&OverlayStart { settings: settings.clone(), lines }))
}

/// JSON of ours has no raw line ends, so it is one `data` line.
fn event(name: &str, data: &str) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".into())
}
