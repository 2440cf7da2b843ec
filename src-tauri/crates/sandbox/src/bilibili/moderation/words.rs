//! `GetShieldKeywordList`, `AddShieldKeyword`, `DelShieldKeyword`.

use serde_json::{Value, json};

use super::super::call::Reply;
use super::super::world::World;
use super::{Asked, done, wrong};

/// The most words of a room.
const WORDS: usize = 50;
/// The longest word, characters.
const LENGTH: usize = 15;

/// A word that keeps a line from being shown.
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) text: String,
    by: u64,
    by_name: &'static str,
    by_owner: bool,
}

pub(super) fn list(world: &mut World, asked: &Asked<'_>) -> Result<Reply, Reply> {
    let told = |word: &Word| -> Value {
        json!({
            "keyword": word.text,
            "uid": word.by,
            "name": word.by_name,
            "is_anchor": u8::from(word.by_owner),
        })
    };
    let words: Vec<Value> = asked.of(world)?.rules.words.iter().map(told).collect();
    let words = if words.is_empty() { Value::Null } else { words.into() };
    Ok(Reply::done(json!({ "keyword_list": words, "max_limit": WORDS })))
}

pub(super) fn add(world: &mut World, asked: &Asked<'_>) -> Result<Reply, Reply> {
    let text = asked.call.filled("keyword").ok_or_else(Reply::bad_request)?;
    let words = &mut asked.of(world)?.rules.words;
    if text.chars().count() > LENGTH {
        return Err(wrong("屏蔽词过长"));
    }
    if words.iter().any(|word| word.text == text) {
        return Err(wrong("屏蔽词已存在"));
    }
    if words.len() >= WORDS {
        return Err(wrong("屏蔽词已达上限"));
    }
    let (by, by_name, by_owner) = (asked.uid, asked.name, asked.owner);
    words.push(Word { text: text.to_owned(), by, by_name, by_owner });
    Ok(done())
}

pub(super) fn remove(world: &mut World, asked: &Asked<'_>) -> Result<Reply, Reply> {
    let text = asked.call.filled("keyword").ok_or_else(Reply::bad_request)?;
    asked.of(world)?.rules.words.retain(|word| word.text != text);
    Ok(done())
}
