//! `POST /xlive/web-ucenter/v1/banned/GetSilentUserList`: who is muted in a room. A reading, though it is posted.
//!
//! <https://live.bilibili.com>

use kaibo_live::chat::NAME_CAP;
use kaibo_live::driver::Outcome;
use kaibo_live::moderation::{MutedPage, MutedPerson};
use kaibo_live::problem::clean_text;
use serde::Deserialize;

use super::{Api, PEOPLE, Refusal, millisecond};
use crate::wire;

const PATH: &str = "/xlive/web-ucenter/v1/banned/GetSilentUserList";

#[derive(Deserialize)]
struct Listed {
    /// `null` where there is nobody.
    #[serde(default)]
    data: Option<Vec<Entry>>,
    #[serde(default, deserialize_with = "wire::count")]
    total: Option<u64>,
    #[serde(default, deserialize_with = "wire::count")]
    total_page: Option<u64>,
}

#[derive(Deserialize)]
struct Entry {
    /// Who is muted.
    #[serde(default, deserialize_with = "wire::text")]
    tuid: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    tname: Option<String>,
    /// The name of who muted them.
    #[serde(default, deserialize_with = "wire::text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    ctime: Option<String>,
    /// A time, or words where it has no end.
    #[serde(default, deserialize_with = "wire::text")]
    block_end_time: Option<String>,
}

impl Api {
    /// A page of the muted, from 1; the platform's field for it is `ps`.
    pub(crate) async fn silent_users(&self, room_id: &str, page: u32) -> Outcome<MutedPage> {
        let form = vec![("room_id", room_id.to_owned()), ("ps", page.to_string())];
        let data: Listed = self.read_posted(PATH, form).await?.map_err(Refusal::failure)?.data()?;
        let person = |entry: Entry| {
            let name = |name: Option<String>| clean_text(&name.unwrap_or_default(), NAME_CAP);
            Some(MutedPerson {
                id: entry.tuid.filter(|id| id != "0")?,
                name: name(entry.tname),
                by: name(entry.name),
                at: millisecond(entry.ctime.as_deref()),
                until: millisecond(entry.block_end_time.as_deref()),
            })
        };
        let people: Vec<_> = data.data.into_iter().flatten().take(PEOPLE).filter_map(person).collect();
        let total = data.total.unwrap_or(people.len() as u64);
        let pages = data.total_page.and_then(|n| u32::try_from(n).ok()).unwrap_or(1).max(1);
        Ok(MutedPage { people, total, pages })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn who_is_muted_by_whom_and_until_when() {
        let fake = Fake::start().await;
        fake.answers(
            r#"{"code":0,"message":"0","ttl":1,"data":{"data":[
            {"id":9,"tuid":77,"tname":"小\u202e红","uid":42,"name":"主播","ctime":"2026-11-21 20:00:00",
            "block_end_time":"2026-11-22 20:00:00","is_anchor":1,"admin_level":0},
            {"id":8,"tuid":"78","tname":"阿木","ctime":"2026-11-20 20:00:00","block_end_time":"永久"},
            {"id":7,"tname":"没有号"},{"id":6,"tuid":0}],"total":"23","total_page":3}}"#,
        )
        .await;
        let page = fake.api.silent_users("1234", 2).await.expect("read");
        let sent = fake.last().await;
        assert_eq!(sent.target, PATH);
        assert_eq!(sent.body, "room_id=1234&ps=2&csrf=c5&csrf_token=c5");
        let person = |id: &str, name: &str, by: &str, at, until| MutedPerson {
            id: id.into(),
            name: name.into(),
            by: by.into(),
            at: Some(at),
            until,
        };
        let people = vec![
            person("77", "小红", "主播", 1_795_262_400_000, Some(1_795_348_800_000)),
            person("78", "阿木", "", 1_795_176_000_000, None),
        ];
        assert_eq!(page, MutedPage { people, total: 23, pages: 3 });
    }

    #[tokio::test]
    async fn nobody_is_muted_however_that_is_written() {
        let fake = Fake::start().await;
        for data in [r#"{"data":[],"total":0,"total_page":0}"#, r#"{"data":null}"#, "{}"] {
            fake.answers(&format!(r#"{{"code":0,"data":{data}}}"#)).await;
            let page = fake.api.silent_users("1", 1).await.expect("read");
            assert_eq!(page, MutedPage { people: Vec::new(), total: 0, pages: 1 }, "{data}");
        }
        fake.answers(r#"{"code":0,"data":null}"#).await;
        fake.api.silent_users("1", 1).await.expect_err("no list at all");
    }
}
