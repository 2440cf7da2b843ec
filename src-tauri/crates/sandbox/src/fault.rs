//! Faults that can be switched on per call, and the record of calls.

mod layer;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use crate::house::lock;

pub(crate) use layer::layer;

/// What goes wrong with a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// This HTTP status with a short text; the request is not carried out.
    Status(u16),
    /// HTTP 429 with `Retry-After`; the request is not carried out.
    Busy {
        /// Seconds to wait.
        retry_after_s: u32,
    },
    /// The answer comes this much later.
    Delay(Duration),
    /// The connection is cut before an answer; the request is not carried out.
    CutBeforeHeaders,
    /// The request is carried out; the connection is cut half-way through the body.
    CutInBody,
    /// The request is carried out; the body ends half-way, though the answer looks complete.
    Truncate,
    /// A web page instead of an answer, as a captive portal gives.
    Html,
    /// Bytes that mean nothing.
    Garbage,
    /// 50 MB of body.
    Huge,
    /// JSON, 10,000 levels deep.
    Deep,
    /// The request is carried out, then the connection is cut without an answer.
    LostAnswer,
    /// There is never an answer; the call is on record at once, with status 0.
    Held {
        /// The request is carried out first.
        carried_out: bool,
    },
    /// A whole answer of one's own, to play a platform's rarer errors.
    Answer {
        /// HTTP status.
        status: u16,
        /// `Content-Type`.
        content_type: String,
        /// Body.
        body: String,
    },
}

/// One call that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRecord {
    /// HTTP method.
    pub method: String,
    /// Path without its query.
    pub path: String,
    /// HTTP status of the answer; 0 when none was given.
    pub status: u16,
}

struct Rule {
    platform: String,
    path_prefix: String,
    fault: Fault,
    times: Option<u32>,
}

/// The faults that are switched on.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<Rule>>);

impl Faults {
    /// Adds a fault for calls of `platform` whose path begins with `path_prefix`, for the next `times`
    /// of them or for good. The most recent matching rule wins.
    pub(crate) fn add(&self, platform: &str, path_prefix: &str, fault: Fault, times: Option<u32>) {
        let rule = Rule { platform: platform.to_owned(), path_prefix: path_prefix.to_owned(), fault, times };
        lock(&self.0).push(rule);
    }

    pub(crate) fn clear(&self) {
        lock(&self.0).clear();
    }

    /// The fault for this call, counted down.
    pub(crate) fn take(&self, platform: &str, path: &str) -> Option<Fault> {
        let mut rules = lock(&self.0);
        let at = rules.iter().rposition(|rule| {
            rule.platform == platform && path.starts_with(&rule.path_prefix) && rule.times != Some(0)
        })?;
        let rule = &mut rules[at];
        let fault = rule.fault.clone();
        if let Some(times) = &mut rule.times {
            *times -= 1;
            if *times == 0 {
                rules.remove(at);
            }
        }
        Some(fault)
    }
}

/// The calls that arrived, for each platform the last [`Calls::CAP`]; older ones are dropped.
#[derive(Default)]
pub(crate) struct Calls(Mutex<Vec<(&'static str, VecDeque<CallRecord>)>>);

impl Calls {
    pub(crate) const CAP: usize = 10_000;

    pub(crate) fn add(&self, platform: &'static str, record: CallRecord) {
        let mut all = lock(&self.0);
        let at = all.iter().position(|(name, _)| *name == platform).unwrap_or_else(|| {
            all.push((platform, VecDeque::new()));
            all.len() - 1
        });
        let ring = &mut all[at].1;
        if ring.len() == Self::CAP {
            ring.pop_front();
        }
        ring.push_back(record);
    }

    pub(crate) fn of(&self, platform: &str) -> Vec<CallRecord> {
        let all = lock(&self.0);
        all.iter()
            .find(|(name, _)| *name == platform)
            .map_or(Vec::new(), |(_, ring)| ring.iter().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_calls_are_dropped() {
        let calls = Calls::default();
        for n in 0..=Calls::CAP {
            calls.add("weibo", CallRecord { method: "GET".into(), path: n.to_string(), status: 200 });
        }
        let kept = calls.of("weibo");
        assert_eq!((kept.len(), kept[0].path.as_str()), (10_000, "1"));
    }
}
