//! `live/show`: a live object's texts and status, with its figures when asked for detail.
//! <http://open.weibo.com/wiki/Live/api> (直播信息接口)

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::super::auth::Client;
use super::super::codes::Meant;
use crate::http::Intent;
use crate::wire;

/// The answer. The three figures come with detail alone.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in super::super) struct Shown {
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) id: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) uid: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) title: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) summary: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) image: Option<String>,
    /// The page that viewers open.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) url: Option<String>,
    #[serde(deserialize_with = "wire::int")]
    pub(in super::super) status: Option<i64>,
    /// `2016-10-20 16:40:29`, UTC+8.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) create_time: Option<String>,
    /// Watching now.
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) live_views: Option<u64>,
    /// Came by so far.
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) total_views: Option<u64>,
    /// Likes.
    #[serde(deserialize_with = "wire::count")]
    pub(in super::super) total_stars: Option<u64>,
}

/// Sends it. A read, though a post.
pub(in super::super) async fn send(client: &Client, id: &str, detail: bool) -> Outcome<Shown> {
    let form = [("id", id), ("detail", if detail { "1" } else { "0" })];
    client.post(Intent::Read, "/2/proxy/live/show", &form, Meant::Room).await
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::ProblemCode;

    use super::super::testing::{client, expecting};
    use super::*;

    const PATH: &str = "/2/proxy/live/show";

    #[tokio::test]
    async fn with_detail() {
        let reply = r#"{"id":"230912aa","uid":"1596","title":"t","url":"http://live.example/show?id=1","summary":"s",
            "image":"http://i.example/a.jpg","status":3,"live_views":"12","total_views":345,"total_stars":6,
            "create_time":"2016-10-20 16:40:29","new_field":{}}"#;
        let server = expecting(PATH, "id=230912aa&detail=1", 200, reply).await;
        let shown = send(&client(&server), "230912aa", true).await.unwrap();
        assert_eq!(shown.status, Some(3));
        assert_eq!((shown.live_views, shown.total_views, shown.total_stars), (Some(12), Some(345), Some(6)));
        assert_eq!(shown.create_time.as_deref(), Some("2016-10-20 16:40:29"));
        assert_eq!(shown.uid.as_deref(), Some("1596"));
    }

    #[tokio::test]
    async fn without_detail() {
        let reply = r#"{"id":"1","uid":1596,"title":"t","summary":"","url":"http://l.example","status":"1"}"#;
        let server = expecting(PATH, "id=1&detail=0", 200, reply).await;
        let shown = send(&client(&server), "1", false).await.unwrap();
        assert_eq!((shown.status, shown.live_views, shown.image, shown.summary), (Some(1), None, None, None));
        assert_eq!(shown.uid.as_deref(), Some("1596"));
    }

    #[tokio::test]
    async fn refusals_and_unknown_codes() {
        for (reply, code) in [
            (r#"{"request":"","error_code":"20009","error":"live id unexist"}"#, ProblemCode::NotFound),
            (r#"{"error_code":10023,"error":"User requests out of rate limit!"}"#, ProblemCode::RateLimited),
            (r#"{"error_code":12345}"#, ProblemCode::Refused),
        ] {
            let server = expecting(PATH, "id=1&detail=1", 403, reply).await;
            assert_eq!(send(&client(&server), "1", true).await.unwrap_err().code, code, "{reply}");
        }
    }
}
