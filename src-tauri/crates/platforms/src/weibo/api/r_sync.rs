//! `chatroom/r_sync`: fetches comments and notices. <http://open.weibo.com/wiki/Live/api> (下行互动)
//!
//! The answer is a list of pairs, header and body; the header's `proto` tells what the body is. Pairs
//! of another form or proto are skipped, so that one odd item doesn't cost the rest.

use kaibo_live::driver::Outcome;
use serde::Deserialize;
use serde_json::Value;

use super::super::auth::Client;
use super::super::codes::Meant;
use crate::http::Intent;
use crate::wire;

/// The most pairs, and notices of one pair, that are read of one answer. The rest is dropped and
/// counted in the log: at the fastest polling, 2 s, this is a thousand lines a second.
pub(in super::super) const ITEMS_CAP: usize = 2000;

/// A comment.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in super::super) struct Message {
    /// Unique everywhere.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) id: Option<String>,
    /// The sender's id.
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) from: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) content: Option<String>,
    /// Milliseconds into the broadcast; -1 before it, 0 after it.
    #[serde(deserialize_with = "wire::int")]
    pub(in super::super) curr_play: Option<i64>,
    #[serde(deserialize_with = "wire::object")]
    pub(in super::super) user: User,
}

/// Somebody.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in super::super) struct User {
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) id: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(in super::super) name: Option<String>,
}

/// A notice. Only the like count, type 4, has a documented meaning.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(in super::super) struct Notice {
    #[serde(rename = "type", deserialize_with = "wire::int")]
    pub(in super::super) kind: Option<i64>,
    /// Its meaning hangs on the type.
    #[serde(deserialize_with = "wire::int")]
    pub(in super::super) value: Option<i64>,
    #[serde(deserialize_with = "wire::int")]
    pub(in super::super) time: Option<i64>,
}

/// `type` of a like count.
pub(in super::super) const LIKES: i64 = 4;

/// One thing that was fetched.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum Item {
    Message(Message),
    Notice(Notice),
}

/// Sends it. A read, though a post.
pub(in super::super) async fn send(client: &Client, id: &str) -> Outcome<Vec<Item>> {
    let path = "/2/proxy/live/chatroom/r_sync";
    let body = client.post::<Value>(Intent::Read, path, &[("id", id)], Meant::Room).await?;
    Ok(items(body))
}

fn items(body: Value) -> Vec<Item> {
    let Value::Array(pairs) = body else { return Vec::new() };
    let mut items: Vec<Item> = pairs.into_iter().flat_map(pair).take(ITEMS_CAP + 1).collect();
    if items.len() > ITEMS_CAP {
        tracing::warn!(cap = ITEMS_CAP, "more chat in one answer than is read");
        items.truncate(ITEMS_CAP);
    }
    items
}

fn pair(pair: Value) -> Vec<Item> {
    let Value::Array(pair) = pair else { return Vec::new() };
    let mut pair = pair.into_iter();
    let (Some(header), Some(mut body)) = (pair.next(), pair.next()) else { return Vec::new() };
    match header.get("proto").and_then(Value::as_str) {
        Some("r_msg") if body.is_object() => {
            serde_json::from_value(body).map(Item::Message).into_iter().collect()
        }
        Some("r_notices") => {
            let Some(Value::Array(notices)) = body.get_mut("notices").map(Value::take) else {
                return Vec::new();
            };
            let notices = notices.into_iter().take(ITEMS_CAP);
            notices
                .filter(Value::is_object)
                .filter_map(|n| serde_json::from_value(n).ok())
                .map(Item::Notice)
                .collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::ProblemCode;

    use super::super::testing::{client, expecting};
    use super::*;

    const PATH: &str = "/2/proxy/live/chatroom/r_sync";

    #[tokio::test]
    async fn comments_and_like_counts() {
        let reply = r#"[
            [{"type":"chatroom","proto":"r_msg","x":1},
             {"id":18446744073709551615,"from":"1596","to":"r","type":0,"content":"你好","curr_play":-1,
              "user":{"id":1596,"name":"小明","avatar":"http://i.example/a"}}],
            [{"type":"chatroom","proto":"r_msg"}, {"id":"8","from":2,"content":"no user","user":null}],
            [{"type":"chatroom","proto":"r_notices"},
             {"id":"room","notices":[{"type":4,"users":[],"value":"66","time":1476952829},
                                     {"type":12,"users":null,"value":null,"time":0}]}],
            [{"type":"chatroom","proto":"r_future"}, {"id":1}],
            [{"type":"chatroom","proto":"r_notices"}, {"id":"room","error_msg":"no"}],
            [], [1], "x", null, [{"proto":"r_msg"}, []]
        ]"#;
        let server = expecting(PATH, "id=1", 200, reply).await;
        let items = send(&client(&server), "1").await.unwrap();
        assert_eq!(items.len(), 4, "{items:?}");
        let Item::Message(first) = &items[0] else { panic!("{items:?}") };
        assert_eq!(first.id.as_deref(), Some("18446744073709551615"));
        assert_eq!((first.content.as_deref(), first.curr_play), (Some("你好"), Some(-1)));
        assert_eq!((first.user.id.as_deref(), first.user.name.as_deref()), (Some("1596"), Some("小明")));
        let Item::Message(second) = &items[1] else { panic!("{items:?}") };
        assert_eq!((second.from.as_deref(), &second.user), (Some("2"), &User::default()));
        assert_eq!(
            items[2],
            Item::Notice(Notice { kind: Some(LIKES), value: Some(66), time: Some(1_476_952_829) })
        );
        assert_eq!(items[3], Item::Notice(Notice { kind: Some(12), value: None, time: Some(0) }));
    }

    #[test]
    fn nothing_new_and_odd_answers_are_empty() {
        for body in ["[]", "null", "{}", r#"{"id":"1"}"#] {
            assert_eq!(items(serde_json::from_str(body).unwrap()), [], "{body}");
        }
    }

    #[test]
    fn a_flood_is_cut() {
        let one = serde_json::json!([{"proto":"r_msg"}, {"id":1,"content":"x"}]);
        let flood = Value::Array(std::iter::repeat_n(one, ITEMS_CAP + 5).collect());
        assert_eq!(items(flood).len(), ITEMS_CAP);
    }

    #[tokio::test]
    async fn refusals_and_unknown_codes() {
        for (code, expected) in [
            (20008, ProblemCode::PlatformDown),
            (20009, ProblemCode::NotFound),
            (10024, ProblemCode::RateLimited),
            (9, ProblemCode::Refused),
        ] {
            let reply = format!(r#"{{"request":"","error_code":{code},"error":"no"}}"#);
            let server = expecting(PATH, "id=1", 200, &reply).await;
            assert_eq!(send(&client(&server), "1").await.unwrap_err().code, expected, "{code}");
        }
    }
}
