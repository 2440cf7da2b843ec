//! `GET /client/live/room/list/anchor`: the anchor's own rooms, a page at a time, latest start first.
//!
//! <https://developer.qiniu.com/lowcode/manual/12005/qlive-server-guide>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::{Api, LiveRoom, Refusal, Request};

/// Rooms on a page.
const PAGE_SIZE: u32 = 50;
/// Pages read at most: 1,000 rooms that were never ended are more than a window can show.
const PAGES: u32 = 20;

#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    end_page: Option<bool>,
    #[serde(default)]
    list: Option<Vec<LiveRoom>>,
}

impl Api {
    /// The anchor's rooms, as far as the first thousand go.
    pub(crate) async fn list_anchor(&self) -> Outcome<Vec<LiveRoom>> {
        let mut rooms = Vec::new();
        for number in 1..=PAGES {
            let query = format!("page_num={number}&page_size={PAGE_SIZE}");
            let request = Request::read("/client/live/room/list/anchor").query(query);
            let page: Page = self.client(request, Refusal::general_client).await?.data()?;
            let list = page.list.unwrap_or_default();
            // Without the word, a page that isn't full is the last.
            let full = u32::try_from(list.len()).is_ok_and(|n| n >= PAGE_SIZE);
            let done = page.end_page.unwrap_or(!full) || list.is_empty();
            rooms.extend(list);
            if done {
                break;
            }
        }
        Ok(rooms)
    }
}
