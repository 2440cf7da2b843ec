//! `/xlive/app-ucenter/v1/roomAdmin/get_by_anchor`, `/xlive/web-ucenter/v1/roomAdmin/appoint` and
//! `/xlive/app-ucenter/v1/roomAdmin/dismiss`: who helps to moderate the account's own room. None of them names a room.
//!
//! <https://link.bilibili.com/p/center/index#/my-room/start-live>

use kaibo_live::chat::NAME_CAP;
use kaibo_live::driver::Outcome;
use kaibo_live::moderation::{Moderator, ModeratorPage};
use kaibo_live::problem::clean_text;
use serde::Deserialize;

use super::{Api, PEOPLE, Refusal, millisecond};
use crate::wire;

const LIST: &str = "/xlive/app-ucenter/v1/roomAdmin/get_by_anchor";
const APPOINT: &str = "/xlive/web-ucenter/v1/roomAdmin/appoint";
const DISMISS: &str = "/xlive/app-ucenter/v1/roomAdmin/dismiss";

#[derive(Deserialize)]
struct Listed {
    #[serde(default, deserialize_with = "wire::object")]
    page: Page,
    /// `null` where there is nobody.
    #[serde(default)]
    data: Option<Vec<Entry>>,
    /// The most that the room may have; so named.
    #[serde(default, deserialize_with = "wire::count")]
    max_room_anchors_number: Option<u64>,
}

#[derive(Default, Deserialize)]
struct Page {
    #[serde(default, deserialize_with = "wire::count")]
    total_page: Option<u64>,
    #[serde(default, deserialize_with = "wire::count")]
    total_count: Option<u64>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, deserialize_with = "wire::text")]
    uid: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    uname: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    ctime: Option<String>,
}

impl Api {
    /// A page of the account's moderators, from 1.
    pub(crate) async fn room_admins(&self, page: u32) -> Outcome<ModeratorPage> {
        let answer = self.read_live(LIST, &[("page", page.to_string())]).await?;
        let data: Listed = answer.map_err(Refusal::failure)?.data()?;
        let person = |entry: Entry| {
            Some(Moderator {
                id: entry.uid.filter(|id| id != "0")?,
                name: clean_text(&entry.uname.unwrap_or_default(), NAME_CAP),
                at: millisecond(entry.ctime.as_deref()),
            })
        };
        let number = |n: Option<u64>| n.and_then(|n| u32::try_from(n).ok());
        Ok(ModeratorPage {
            people: data.data.into_iter().flatten().take(PEOPLE).filter_map(person).collect(),
            total: data.page.total_count,
            pages: number(data.page.total_page).unwrap_or(1).max(1),
            max: number(data.max_room_anchors_number).filter(|n| *n > 0),
        })
    }

    /// Makes somebody a moderator of the account's room.
    pub(crate) async fn appoint_admin(&self, person: &str) -> Outcome<()> {
        let form = vec![("admin", person.to_owned()), ("admin_level", "1".to_owned())];
        self.write(APPOINT, form).await?.map(drop).map_err(Refusal::failure)
    }

    /// Takes that back.
    pub(crate) async fn dismiss_admin(&self, person: &str) -> Outcome<()> {
        self.write(DISMISS, vec![("uid", person.to_owned())]).await?.map(drop).map_err(Refusal::failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn who_helps_and_how_many_may() {
        let fake = Fake::start().await;
        fake.answers(
            r#"{"code":0,"message":"0","data":{"page":{"page":1,"page_size":10,"total_page":2,"total_count":11},
            "data":[{"uid":77,"uname":"小红","ctime":"2026-11-20 20:00:00"},{"uname":"没有号"}],
            "max_room_anchors_number":150}}"#,
        )
        .await;
        let page = fake.api.room_admins(1).await.expect("read");
        assert_eq!(fake.last().await.target, format!("{LIST}?page=1"));
        let people = vec![Moderator { id: "77".into(), name: "小红".into(), at: Some(1_795_176_000_000) }];
        assert_eq!(page, ModeratorPage { people, total: Some(11), pages: 2, max: Some(150) });
        fake.answers(r#"{"code":0,"data":{"page":[],"data":null,"max_room_anchors_number":0}}"#).await;
        let page = fake.api.room_admins(1).await.expect("read");
        assert_eq!(page, ModeratorPage { pages: 1, ..ModeratorPage::default() });
    }

    #[tokio::test]
    async fn appointed_and_dismissed() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"message":"0","data":{}}"#).await;
        fake.api.appoint_admin("77").await.expect("done");
        let sent = fake.last().await;
        assert_eq!(
            (sent.target.as_str(), sent.body.as_str()),
            (APPOINT, "admin=77&admin_level=1&csrf=c5&csrf_token=c5")
        );
        fake.api.dismiss_admin("77").await.expect("done");
        let sent = fake.last().await;
        assert_eq!((sent.target.as_str(), sent.body.as_str()), (DISMISS, "uid=77&csrf=c5&csrf_token=c5"));
        fake.answers(r#"{"code":1200003,"message":"对方已是房管"}"#).await;
        let failure = fake.api.appoint_admin("77").await.expect_err("refused");
        assert_eq!(
            (failure.platform_code.as_deref(), failure.message.as_deref()),
            (Some("1200003"), Some("对方已是房管"))
        );
    }
}
