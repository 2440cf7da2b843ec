//! `POST /xlive/web-ucenter/v1/banned/GetShieldKeywordList`, `AddShieldKeyword` and `DelShieldKeyword`: the words that
//! keep a line from being shown in a room.
//!
//! <https://live.bilibili.com>

use kaibo_live::driver::Outcome;
use kaibo_live::moderation::{BlockedWords, WORD_CAP};
use kaibo_live::problem::clean_text;
use serde::Deserialize;
use serde_json::Value;

use super::{Api, Refusal};
use crate::wire;

const PATH: &str = "/xlive/web-ucenter/v1/banned/";
/// The most words that are read.
const WORDS: usize = 2_000;

#[derive(Deserialize)]
struct Data {
    /// Objects with a `keyword`, or the words themselves; `null` where there are none.
    #[serde(default)]
    keyword_list: Option<Vec<Value>>,
    #[serde(default, deserialize_with = "wire::count")]
    max_limit: Option<u64>,
}

impl Api {
    /// The room's words.
    pub(crate) async fn shield_keywords(&self, room_id: &str) -> Outcome<BlockedWords> {
        let path = format!("{PATH}GetShieldKeywordList");
        let form = vec![("room_id", room_id.to_owned())];
        let data: Data = self.read_posted(&path, form).await?.map_err(Refusal::failure)?.data()?;
        let word = |entry: Value| {
            let word = entry.as_str().or_else(|| entry.get("keyword")?.as_str())?;
            Some(clean_text(word, WORD_CAP)).filter(|word| !word.is_empty())
        };
        let words = data.keyword_list.into_iter().flatten().take(WORDS).filter_map(word).collect();
        let limit = data.max_limit.filter(|n| *n > 0).and_then(|n| u32::try_from(n).ok());
        Ok(BlockedWords { words, limit })
    }

    /// Blocks a word.
    pub(crate) async fn add_shield_keyword(&self, room_id: &str, word: &str) -> Outcome<()> {
        self.change_keyword("AddShieldKeyword", room_id, word).await
    }

    /// Takes a word from the list.
    pub(crate) async fn del_shield_keyword(&self, room_id: &str, word: &str) -> Outcome<()> {
        self.change_keyword("DelShieldKeyword", room_id, word).await
    }

    async fn change_keyword(&self, call: &str, room_id: &str, word: &str) -> Outcome<()> {
        let form = vec![("room_id", room_id.to_owned()), ("keyword", word.to_owned())];
        self.write(&format!("{PATH}{call}"), form).await?.map(drop).map_err(Refusal::failure)
    }
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::ProblemCode;

    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn words_come_in_either_form() {
        let fake = Fake::start().await;
        for (data, words, limit) in [
            (
                r#"{"keyword_list":[{"keyword":"广告","uid":42,"name":"主播","is_anchor":1},{"uid":1}],"max_limit":200}"#,
                vec!["广告"],
                Some(200),
            ),
            (r#"{"keyword_list":["广告","剧\u202e透",7],"max_limit":"3"}"#, vec!["广告", "剧透"], Some(3)),
            (r#"{"keyword_list":null,"max_limit":0}"#, vec![], None),
            ("{}", vec![], None),
        ] {
            fake.answers(&format!(r#"{{"code":0,"message":"0","data":{data}}}"#)).await;
            let read = fake.api.shield_keywords("1234").await.expect("read");
            assert_eq!(
                (read.words, read.limit),
                (words.iter().map(|w| (*w).into()).collect(), limit),
                "{data}"
            );
        }
        let sent = fake.last().await;
        assert_eq!(sent.target, "/xlive/web-ucenter/v1/banned/GetShieldKeywordList");
        assert_eq!(sent.body, "room_id=1234&csrf=c5&csrf_token=c5");
    }

    #[tokio::test]
    async fn a_word_comes_and_goes() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"message":"0","data":{}}"#).await;
        fake.api.add_shield_keyword("1234", "广告").await.expect("done");
        fake.api.del_shield_keyword("1234", "广告").await.expect("done");
        let sent = fake.sent().await;
        let targets: Vec<_> =
            sent.iter().map(|sent| sent.target.rsplit('/').next().unwrap_or_default()).collect();
        assert_eq!(targets, ["AddShieldKeyword", "DelShieldKeyword"]);
        for sent in sent {
            assert_eq!(sent.body, "room_id=1234&keyword=%E5%B9%BF%E5%91%8A&csrf=c5&csrf_token=c5");
        }
        fake.answers(r#"{"code":-400,"message":"关键词已存在"}"#).await;
        let failure = fake.api.add_shield_keyword("1", "a").await.expect_err("refused");
        assert_eq!((failure.code, failure.message.as_deref()), (ProblemCode::Refused, Some("关键词已存在")));
    }
}
