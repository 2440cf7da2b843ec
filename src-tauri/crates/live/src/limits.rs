//! How texts are counted. Each platform counts its own way, and a counter that disagrees with the
//! platform is worse than none.

use serde::Serialize;
use ts_rs::TS;

/// The bound of one text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export, export_to = "kaibo.ts")]
pub struct TextLimit {
    /// Most that is taken, in the unit of `counting`.
    pub max: u32,
    /// The unit.
    pub counting: Counting,
    /// An empty text is refused.
    pub required: bool,
}

/// How a text's length is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "kaibo.ts")]
pub enum Counting {
    /// One for each character (code point).
    Characters,
    /// Weibo's way: half-width counts a half, web addresses count 10 or by length, rounded up.
    Weibo,
}

impl Counting {
    /// The text's length in this unit.
    pub fn count(self, text: &str) -> u32 {
        match self {
            Self::Characters => u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
            Self::Weibo => weibo_length(text),
        }
    }
}

/// Weibo's count of a post, in Chinese characters.
///
/// A code point up to U+0080 is half a character, any other a whole one; an emoji counts two units of
/// UTF-16 there, so the larger of both counts is taken. `http://` links to Weibo count by their bytes
/// up to 41 (else 20 half-widths), `t.cn` ones as text, others 20 half-widths and what goes beyond 140.
pub fn weibo_length(text: &str) -> u32 {
    let mut halves: u64 = 0;
    let mut rest = text;
    while let Some(at) = rest.find("http://") {
        let (before, link_on) = rest.split_at(at);
        halves += text_halves(before);
        let end = link_on.find(|c: char| !(c.is_ascii_graphic())).unwrap_or(link_on.len());
        let (link, after) = link_on.split_at(end);
        halves += link_halves(link);
        rest = after;
    }
    halves += text_halves(rest);
    u32::try_from(halves.div_ceil(2)).unwrap_or(u32::MAX)
}

fn text_halves(text: &str) -> u64 {
    text.chars().map(|c| if u32::from(c) <= 0x80 { 1 } else { 2 * c.len_utf16() as u64 }).sum()
}

fn link_halves(link: &str) -> u64 {
    let host = link.trim_start_matches("http://").split(['/', '?', '#', ':']).next().unwrap_or_default();
    let length = link.len() as u64;
    let of = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    if host.is_empty() || of("t.cn") {
        text_halves(link)
    } else if of("weibo.com") || of("weibo.cn") {
        if length <= 41 { length } else { 20 }
    } else if length <= 140 {
        20
    } else {
        20 + (length - 140)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        assert_eq!(weibo_length("我司CEO与我司吉祥物...好大一坨！"), 16);
        assert_eq!(weibo_length("Test"), 2);
    }

    #[test]
    fn links_count_as_weibo_counts_them() {
        assert_eq!(weibo_length("http://example.com/a/very/long/path"), 10);
        assert_eq!(weibo_length("看 http://t.cn/abc"), 9, "a short link is text: 2 + 1 + 15 halves");
        let long = format!("http://example.com/{}", "a".repeat(141));
        assert_eq!(weibo_length(&long), 20, "(20 + 20) halves");
    }

    #[test]
    fn an_emoji_counts_for_two() {
        assert_eq!(weibo_length("😀"), 2);
        assert_eq!(Counting::Characters.count("😀a"), 2);
    }
}
