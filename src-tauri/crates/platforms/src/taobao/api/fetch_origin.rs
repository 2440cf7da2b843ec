//! `taobao.live.room.fetch.origin`: a live's details by its id, without a sign-in.
//! Its page: <https://open.taobao.com/>, 文档中心 > API 类目 > 淘宝直播 API.

use jiff::{SignedDuration, Timestamp, tz};
use kaibo_live::driver::Outcome;
use kaibo_live::secret::{ExposeSecret, SecretString};
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::super::auth::{SignMethod, sign};
use super::super::envelope;
use crate::http::{Call, Http};
use crate::wire;

const METHOD: &str = "taobao.live.room.fetch.origin";
/// The gateway's code for a time that is more than ten minutes off.
const INVALID_TIMESTAMP: &str = "31";
/// A correction smaller than this is none.
const PUT_RIGHT: SignedDuration = SignedDuration::from_secs(60);

/// One app's way to the gateway. No `Debug`: it holds the secret.
pub(in super::super) struct Gateway {
    pub(in super::super) http: Http,
    pub(in super::super) url: Url,
    pub(in super::super) app_key: String,
    pub(in super::super) app_secret: SecretString,
    pub(in super::super) sign_method: SignMethod,
    /// `json` or `xml`.
    pub(in super::super) format: &'static str,
}

/// A live, with every field of the platform's page. All are optional: empty text counts as none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(dead_code)] // The page's fields, whole: not all of them have a place in a room.
pub(in super::super) struct LiveRoom {
    /// Description.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) summary: Option<String>,
    /// What is shared on Weibo.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) share_text: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) embed_code: Option<String>,
    #[serde(deserialize_with = "wire::object")]
    pub(in super::super) image: Image,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) object_type: Option<String>,
    /// Start, UTC+8.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) stime: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) title: Option<String>,
    /// Says "Weibo live" in the sample: a name of the place, not of a person.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) display_name: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) scheme_app_ios: Option<String>,
    /// Seconds.
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) duration: Option<u64>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) app_android_url: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) object_type_detail: Option<String>,
    #[serde(deserialize_with = "wire::object")]
    pub(in super::super) urls: Urls,
    /// A date without a time.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) updated_at: Option<String>,
    /// End, UTC+8; `0` while there is none.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) etime: Option<String>,
    /// Of the topic, not of the live.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) id: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) app_ios_url: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) scheme_app_android: Option<String>,
    #[serde(deserialize_with = "wire::object")]
    pub(in super::super) live: Live,
    #[serde(deserialize_with = "wire::object")]
    pub(in super::super) author: Author,
    /// The page's table has this in `live`, its sample here.
    #[serde(deserialize_with = "wire::int")]
    status: Option<i64>,
    /// The four links: the table has them in `author`, the sample here.
    #[serde(flatten)]
    links: Links,
}

/// Cover.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(dead_code)]
pub(in super::super) struct Image {
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) width: Option<u64>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) url: Option<String>,
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) height: Option<u64>,
}

/// Addresses to watch at. A name doesn't promise a form: `rtmp_hd` is HLS in the sample.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in super::super) struct Urls {
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) replay_hd: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) live_hd: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) replay_ld: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) live_ld: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) live_flv_ld: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) rtmp_hd: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) live_flv_hd: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) rtmp_ld: Option<String>,
}

/// The picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(dead_code)]
pub(in super::super) struct Live {
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) width: Option<u64>,
    /// Kilobits a second.
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) bitrate: Option<u64>,
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) height: Option<u64>,
    #[serde(deserialize_with = "wire::int")]
    status: Option<i64>,
}

/// The Weibo user behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
#[allow(dead_code)]
pub(in super::super) struct Author {
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) id: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) display_name: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) object_type: Option<String>,
    #[serde(flatten)]
    links: Links,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Links {
    #[serde(deserialize_with = "wire::text")]
    mid: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    target_url: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    url: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    scheme_url: Option<String>,
}

impl LiveRoom {
    /// Status, wherever it stands.
    pub(in super::super) fn status(&self) -> Option<i64> {
        self.status.or(self.live.status)
    }
    /// Weibo's id of the live.
    #[cfg(test)]
    pub(in super::super) fn mid(&self) -> Option<&str> {
        self.links.mid.as_deref().or(self.author.links.mid.as_deref())
    }
    /// Where a click leads.
    pub(in super::super) fn target_url(&self) -> Option<&str> {
        self.links.target_url.as_deref().or(self.author.links.target_url.as_deref())
    }
    /// The same, by another name.
    pub(in super::super) fn url(&self) -> Option<&str> {
        self.links.url.as_deref().or(self.author.links.url.as_deref())
    }
    /// Where the room is drawn.
    pub(in super::super) fn scheme_url(&self) -> Option<&str> {
        self.links.scheme_url.as_deref().or(self.author.links.scheme_url.as_deref())
    }
}

/// Sends it. A read, as a form: nothing of it gets into an address. A time that the gateway doesn't believe is put
/// right by the `Date` of its refusal, once.
pub(in super::super) async fn send(gateway: &Gateway, live_id: &str) -> Outcome<LiveRoom> {
    let before = gateway.http.platform_now();
    match send_at(gateway, live_id, before).await {
        Err(failure) if failure.platform_code.as_deref() == Some(INVALID_TIMESTAMP) => {
            let now = gateway.http.platform_now();
            if now.duration_since(before).abs() < PUT_RIGHT {
                Err(failure)
            } else {
                send_at(gateway, live_id, now).await
            }
        }
        answered => answered,
    }
}

async fn send_at(gateway: &Gateway, live_id: &str, now: Timestamp) -> Outcome<LiveRoom> {
    let timestamp = timestamp(now);
    let mut form = vec![
        ("method", METHOD),
        ("app_key", gateway.app_key.as_str()),
        ("timestamp", timestamp.as_str()),
        ("v", "2.0"),
        ("format", gateway.format),
        ("sign_method", gateway.sign_method.name()),
        ("live_id", live_id),
    ];
    let sign = sign(gateway.sign_method, &gateway.app_secret, &form);
    form.push(("sign", &sign));
    let reply = gateway.http.send(Call::read(Method::POST, gateway.url.clone()).form(form)).await?;
    let opened = envelope::open(&reply).map_err(|mut failure| {
        // A platform may quote what it didn't like.
        let secret = gateway.app_secret.expose_secret();
        failure.message = failure.message.map(|words| words.replace(secret, "…"));
        failure
    })?;
    match opened.get("result") {
        Some(result @ Value::Object(_)) => LiveRoom::deserialize(result).map_err(|_| reply.malformed()),
        _ => Err(reply.malformed()),
    }
}

/// `yyyy-MM-dd HH:mm:ss` in UTC+8. The gateway allows ten minutes of difference.
fn timestamp(now: Timestamp) -> String {
    now.to_zoned(tz::offset(8).to_time_zone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
#[path = "fetch_origin_tests.rs"]
mod tests;
