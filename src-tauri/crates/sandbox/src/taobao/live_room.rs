//! `taobao.live.room.fetch.origin`: one broadcast, with its play addresses.

use jiff::Timestamp;
use jiff::tz::{TimeZone, offset};

use super::encode::Node;
use super::{ENDED, LIVE};
use crate::house::{Dialect, RoomState};

/// How long the first broadcast had run when the sandbox started, in seconds.
const RUNNING: i64 = 40 * 60;
/// How long ago the second one had begun, and how long it lasted, in seconds.
const YESTERDAY: (i64, i64) = (26 * 3600, 2 * 3600 + 13 * 60);
/// For how long a play address is good, in seconds.
const GOOD_FOR: i64 = 30 * 86_400;

/// A broadcast.
pub(super) struct LiveRoom {
    id: &'static str,
    uuid: &'static str,
    title: &'static str,
    summary: &'static str,
    /// 1 live, 2 ended.
    status: u64,
    begun: Timestamp,
    ended: Option<Timestamp>,
    now: Timestamp,
}

impl LiveRoom {
    /// The broadcast of this id at `now`, in a sandbox that began at `started`.
    pub(super) fn find(id: &str, started: Timestamp, now: Timestamp) -> Option<Self> {
        let before = |seconds: i64| Timestamp::from_second(started.as_second() - seconds).unwrap_or(started);
        match id {
            LIVE => Some(Self {
                id: LIVE,
                uuid: "0f2c7a64-51d3-4b7e-9a38-6d1e5b90c2a7",
                title: "周末黑胶专场",
                summary: "南窗唱片店的周末直播：二手黑胶、唱针和防尘袋",
                status: 1,
                begun: before(RUNNING),
                ended: None,
                now,
            }),
            ENDED => Some(Self {
                id: ENDED,
                uuid: "c81b3e02-7f94-4d06-8e5a-29b7d40f6513",
                title: "新豆到店",
                summary: "昨晚的新豆试喝",
                status: 2,
                begun: before(YESTERDAY.0),
                ended: Some(before(YESTERDAY.0 - YESTERDAY.1)),
                now,
            }),
            _ => None,
        }
    }

    /// For [`crate::Control`].
    pub(super) fn state(&self) -> RoomState {
        RoomState {
            id: self.id.to_owned(),
            title: self.title.to_owned(),
            notice: self.summary.to_owned(),
            status: self.status.to_string(),
            live: self.status == 1,
            ..RoomState::default()
        }
    }

    /// The reply's `result`. The documents' table puts `status` below `live` and four more below
    /// `author`; their sample has all five at the top. `base` is the address of this server.
    pub(super) fn result(&self, dialect: Dialect, base: &str) -> Node {
        let scheme = text(format!("taobao://h5.m.taobao.com/taolive/video.html?id={}", self.id));
        let lasted =
            self.ended.map_or(0, |ended| (ended.as_second() - self.begun.as_second()).unsigned_abs());
        let mut live = vec![
            ("width", Node::Number(720)),
            ("bitrate", Node::Number(1200)),
            ("height", Node::Number(1280)),
        ];
        let mut author = vec![("id", text("")), ("display_name", text("")), ("object_type", text(""))];
        let mut rest = Vec::new();
        let links = ["mid", "target_url", "url", "scheme_url"].map(|name| (name, text("")));
        match dialect {
            Dialect::Documented => {
                live.push(("status", Node::Number(self.status)));
                author.extend(links);
            }
            Dialect::Corrected => {
                rest.push(("status", Node::Number(self.status)));
                rest.extend(links);
            }
        }
        let image = vec![
            ("width", Node::Number(630)),
            ("url", text(format!("{base}/cover/{}.jpg", self.uuid))),
            ("height", Node::Number(630)),
        ];
        let mut result = vec![
            ("summary", text(self.summary)),
            ("share_text", text(format!("我正在看《{}》，快来围观", self.title))),
            ("embed_code", text("1")),
            ("image", Node::Object(image)),
            ("object_type", text("live")),
            ("stime", text(china(self.begun, "%Y-%m-%d %H:%M:%S"))),
            ("title", text(self.title)),
            ("display_name", text("微博直播")),
            ("scheme_app_ios", scheme.clone()),
            ("duration", Node::Number(lasted)),
            ("app_android_url", text(format!("{base}/app?os=android"))),
            ("object_type_detail", text("taobaolive")),
            ("urls", self.urls(base)),
            ("updated_at", text(china(self.now, "%Y-%m-%d"))),
            ("etime", text(self.ended.map_or("0".to_owned(), |ended| china(ended, "%Y-%m-%d %H:%M:%S")))),
            ("id", text(format!("2000000001:{}", self.uuid))),
            ("app_ios_url", text(format!("{base}/app?os=ios&l=zh&ls=1"))),
            ("scheme_app_android", scheme),
            ("live", Node::Object(live)),
            ("author", Node::Object(author)),
        ];
        result.extend(rest);
        Node::Object(result)
    }

    /// The sample's own oddities are kept: `rtmp_hd` is a playlist over HTTP, `rtmp_ld` no address at all.
    fn urls(&self, base: &str) -> Node {
        let expiry = self.begun.as_second() + GOOD_FOR;
        let address = |kind: &str| {
            let signature = hex::encode(md5_of(&format!("{}-{kind}-{expiry}", self.uuid)));
            text(format!("{base}/mediaplatform/{}.{kind}?auth_key={expiry}-0-0-{signature}", self.uuid))
        };
        Node::Object(vec![
            ("replay_hd", address("m3u8")),
            ("live_hd", address("m3u8")),
            ("replay_ld", address("m3u8")),
            ("live_ld", address("m3u8")),
            ("live_flv_ld", address("flv")),
            ("rtmp_hd", address("m3u8")),
            ("live_flv_hd", address("flv")),
            ("rtmp_ld", text("demo")),
        ])
    }
}

fn text(text: impl Into<String>) -> Node {
    Node::text(text)
}

fn md5_of(text: &str) -> Vec<u8> {
    use md5::{Digest, Md5};
    Md5::digest(text).to_vec()
}

/// A time as China's clocks show it.
fn china(at: Timestamp, format: &str) -> String {
    at.to_zoned(TimeZone::fixed(offset(8))).strftime(format).to_string()
}
