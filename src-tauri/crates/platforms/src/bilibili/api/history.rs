//! `GET /xlive/web-room/v1/dM/gethistory`: the last ten lines of a room's chat.
//!
//! <https://live.bilibili.com>

use jiff::Timestamp;
use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::{Api, Refusal};
use crate::wire;

/// The most lines that are looked at. The platform sends ten.
const LINES: usize = 20;

#[derive(Deserialize)]
struct Data {
    /// Absent or empty where the platform keeps them to itself; it does so for some who aren't signed in.
    #[serde(default)]
    room: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, deserialize_with = "wire::text")]
    id_str: Option<String>,
    #[serde(default, deserialize_with = "wire::count")]
    uid: Option<u64>,
    #[serde(default, deserialize_with = "wire::text")]
    nickname: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    text: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    timeline: Option<String>,
    #[serde(default, deserialize_with = "wire::int")]
    isadmin: Option<i64>,
}

/// A line that was said before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PastLine {
    /// As the line had it when it was said; none from old services.
    pub(crate) id: Option<String>,
    /// Who; none for masked names.
    pub(crate) uid: Option<u64>,
    /// Their name.
    pub(crate) name: Option<String>,
    /// They may moderate the room.
    pub(crate) moderator: bool,
    /// When, to the second.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) text: String,
}

impl Api {
    /// The last lines of a room, oldest first. Lines without text or time are left out.
    pub(crate) async fn last_lines(&self, room_id: &str) -> Outcome<Vec<PastLine>> {
        let query = [("roomid", room_id.to_owned())];
        let answer = self.read_live("/xlive/web-room/v1/dM/gethistory", &query).await?;
        let data: Data = answer.map_err(Refusal::failure)?.data()?;
        let line = |entry: Entry| {
            Some(PastLine {
                id: entry.id_str,
                uid: entry.uid.filter(|uid| *uid != 0),
                name: entry.nickname,
                moderator: entry.isadmin == Some(1),
                at: entry.timeline.as_deref().and_then(wire::beijing_time)?,
                text: entry.text?,
            })
        };
        let mut lines: Vec<_> = data.room.into_iter().take(LINES).filter_map(line).collect();
        lines.sort_by_key(|line| line.at);
        Ok(lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn lines_in_the_order_they_were_said() {
        let fake = Fake::start().await;
        fake.answers(
            r#"{"code":0,"message":"0","ttl":1,"data":{"admin":[],"room":[
            {"text":"后来","uid":7,"nickname":"小红","timeline":"2026-11-22 20:00:05","isadmin":1,"id_str":"b2"},
            {"text":"先来","uid":"0","nickname":"l***","timeline":"2026-11-22 20:00:01","id_str":""},
            {"text":"","uid":8,"timeline":"2026-11-22 20:00:02"},{"text":"何时","timeline":"?"}]}}"#,
        )
        .await;
        let lines = fake.api.last_lines("5").await.expect("read");
        assert_eq!(fake.last().await.target, "/xlive/web-room/v1/dM/gethistory?roomid=5");
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        let line = |id: Option<&str>, uid, name: &str, moderator, time: &str, text: &str| PastLine {
            id: id.map(str::to_owned),
            uid,
            name: Some(name.into()),
            moderator,
            at: at(time),
            text: text.into(),
        };
        let expected = [
            line(None, None, "l***", false, "2026-11-22T12:00:01Z", "先来"),
            line(Some("b2"), Some(7), "小红", true, "2026-11-22T12:00:05Z", "后来"),
        ];
        assert_eq!(lines, expected);
        fake.answers(r#"{"code":0,"data":{}}"#).await;
        assert_eq!(fake.api.last_lines("5").await.expect("nothing to read"), []);
    }
}
