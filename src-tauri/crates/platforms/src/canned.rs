//! Answers that were never on a wire, so that whatever reads them can be given bytes by the million. The program is
//! built without the feature `canned`, and so without this.

use std::cell::RefCell;
use std::collections::VecDeque;

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// One answer.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The HTTP status; what can't be one is 200.
    pub status: u16,
    /// Names and values; what can't be a header is left out.
    pub headers: Vec<(String, String)>,
    /// The body, decoded.
    pub body: Vec<u8>,
}

struct Waiting {
    answers: VecDeque<Answer>,
    /// How often the last one may be given again.
    again: usize,
    asked: usize,
}

thread_local! {
    static WAITING: RefCell<Option<Waiting>> = const { RefCell::new(None) };
}

/// While this lives, no call of this thread leaves the machine.
#[derive(Debug)]
#[must_use]
pub struct Laid(());

/// Answers this thread's calls in order. The last answer is given `again` times more; then every call is answered
/// with an empty 502.
pub fn lay(answers: impl IntoIterator<Item = Answer>, again: usize) -> Laid {
    let answers = answers.into_iter().collect();
    WAITING.set(Some(Waiting { answers, again, asked: 0 }));
    Laid(())
}

impl Laid {
    /// Calls answered so far, repeats too.
    pub fn asked(&self) -> usize {
        WAITING.with_borrow(|waiting| waiting.as_ref().map_or(0, |waiting| waiting.asked))
    }
}

impl Drop for Laid {
    fn drop(&mut self) {
        WAITING.set(None);
    }
}

/// Whether this thread's calls are answered here.
pub(crate) fn is_laid() -> bool {
    WAITING.with_borrow(Option::is_some)
}

/// The next answer; `None` where calls go out as ever.
pub(crate) fn next() -> Option<(StatusCode, HeaderMap, Vec<u8>)> {
    let answer = WAITING.with_borrow_mut(|waiting| {
        let waiting = waiting.as_mut()?;
        waiting.asked += 1;
        let last = waiting.answers.len() == 1 && waiting.again > 0;
        let answer = if last {
            waiting.again -= 1;
            waiting.answers.front().cloned()
        } else {
            waiting.answers.pop_front()
        };
        Some(answer.unwrap_or_else(|| Answer { status: 502, ..Answer::default() }))
    })?;
    let mut headers = HeaderMap::new();
    for (name, value) in &answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value)) {
            headers.append(name, value);
        }
    }
    Some((StatusCode::from_u16(answer.status).unwrap_or_default(), headers, answer.body))
}
