//! A call on its way out.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::{Url, form_urlencoded};

use super::BODY_CAP;

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intent {
    /// It doesn't: it may be repeated.
    Read,
    /// It does: it is sent once, and a lost answer means the outcome is unknown.
    Write,
}

/// One call. No `Debug`: headers, query and body hold secrets.
pub(crate) struct Call {
    pub(super) intent: Intent,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Bytes>,
    pub(super) cap: usize,
    pub(super) elsewhere: bool,
    pub(super) counted: bool,
}

impl Call {
    /// A call that changes nothing, whatever its method.
    pub(crate) fn read(method: Method, url: Url) -> Self {
        let (headers, body) = (HeaderMap::new(), None);
        Self {
            intent: Intent::Read,
            method,
            url,
            headers,
            body,
            cap: BODY_CAP,
            elsewhere: false,
            counted: true,
        }
    }

    /// A call that changes something.
    pub(crate) fn write(method: Method, url: Url) -> Self {
        Self { intent: Intent::Write, ..Self::read(method, url) }
    }

    /// Adds a header. A value that can't be one is left out; credentials are checked on connecting.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.insert(name, value);
        }
        self
    }

    /// A form for a body, encoded once.
    pub(crate) fn form<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    /// A body as it is.
    pub(crate) fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = Some(body.into());
        self
    }

    /// Another bound for the decoded body, bytes.
    pub(crate) fn cap(mut self, cap: usize) -> Self {
        self.cap = cap;
        self
    }

    /// Says that the call goes to another server than the platform's API: its clock isn't noted, and it
    /// costs nothing of the day's calls.
    pub(crate) fn elsewhere(mut self) -> Self {
        self.elsewhere = true;
        self.uncounted()
    }

    /// Says that the platform doesn't count this call.
    pub(crate) fn uncounted(mut self) -> Self {
        self.counted = false;
        self
    }
}
