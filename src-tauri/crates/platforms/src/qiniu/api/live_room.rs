//! A room as all calls describe it.
//!
//! <https://developer.qiniu.com/lowcode/12012/qlive-server-api-live>

use kaibo_live::secret::SecretString;
use serde::Deserialize;

use crate::wire;

/// `data` of the calls about one room. Its counts are real in the client API's `info` and lists alone;
/// elsewhere they are always 0.
#[derive(Deserialize)]
pub(crate) struct LiveRoom {
    /// Digits, in a string.
    pub(crate) live_id: String,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) title: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) notice: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) cover_url: Option<String>,
    /// Unix seconds. Before the start it is the planned time; unset comes as 0 or year 1.
    #[serde(default, deserialize_with = "wire::int")]
    pub(crate) start_time: Option<i64>,
    /// Unix seconds. While live it may be a planned time.
    #[serde(default, deserialize_with = "wire::int")]
    pub(crate) end_time: Option<i64>,
    /// Users in the room, the anchor among them.
    #[serde(default, deserialize_with = "wire::count")]
    pub(crate) online_count: Option<u64>,
    /// Where to push, key and all. Made once, when the room is, and never renewed.
    #[serde(default)]
    pub(crate) push_url: SecretText,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) hls_url: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) rtmp_url: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) flv_url: Option<String>,
    /// See [`LiveStatus`].
    pub(crate) live_status: i64,
}

/// A user's name and picture.
#[derive(Debug, Deserialize)]
pub(crate) struct Anchor {
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) nick: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    pub(crate) avatar: Option<String>,
}

/// Text that is a secret; `null` is empty.
#[derive(Default, Deserialize)]
#[serde(from = "Option<String>")]
pub(crate) struct SecretText(pub(crate) SecretString);

impl From<Option<String>> for SecretText {
    fn from(text: Option<String>) -> Self {
        Self(text.unwrap_or_default().into())
    }
}

/// `live_status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LiveStatus {
    /// 0: made, not started.
    Created,
    /// 1: on air.
    Live,
    /// 2: over. Nothing leads out of this.
    Ended,
    /// A number that isn't documented.
    Unknown,
}

impl LiveRoom {
    /// `live_status` by name.
    pub(crate) fn status(&self) -> LiveStatus {
        LiveStatus::of(self.live_status)
    }
}

impl LiveStatus {
    /// By number.
    pub(crate) fn of(number: i64) -> Self {
        match number {
            0 => Self::Created,
            1 => Self::Live,
            2 => Self::Ended,
            _ => Self::Unknown,
        }
    }
}
