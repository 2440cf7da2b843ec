//! Counting text as Weibo does: half-width characters weigh half.

/// What any link costs, in half-widths.
const LINK: usize = 20;
/// Links on Weibo's own pages count as they are up to this length.
const OWN_LINK: usize = 41;
/// Links elsewhere cost [`LINK`] up to this length, and one half-width more for each character beyond.
const LONG_LINK: usize = 140;

/// The length of `text` in Chinese characters, rounded up.
///
/// Weibo's page counts UTF-16 units, its server may count code points; the larger is taken.
pub(super) fn weibo_length(text: &str) -> usize {
    let (rest, links) = take_links(text);
    let half = |wide: bool| if wide { 2 } else { 1 };
    let by_points: usize = rest.chars().map(|c| half(c > '\u{80}')).sum();
    let by_units: usize = rest.encode_utf16().map(|unit| half(unit > 0x80)).sum();
    (by_points.max(by_units) + links).div_ceil(2)
}

/// Cuts the links out that have a price of their own; returns the rest and the price in half-widths.
fn take_links(text: &str) -> (String, usize) {
    let (mut rest, mut price, mut left) = (String::new(), 0, text);
    // Only plain `http://` counts as a link in Weibo's counter.
    while let Some(at) = left.find("http://") {
        let (before, from) = left.split_at(at);
        rest.push_str(before);
        let end = from.find(|c: char| !is_link(c)).unwrap_or(from.len());
        let (link, after) = from.split_at(end);
        let host = link["http://".len()..].split(['/', '?', '#', ':']).next().unwrap_or_default();
        if host.is_empty() || host == "t.cn" {
            rest.push_str(link);
        } else if host == "weibo.com" || host == "weibo.cn" || host.ends_with(".weibo.com") {
            price += if link.len() <= OWN_LINK { link.len() } else { LINK };
        } else {
            price += LINK + link.len().saturating_sub(LONG_LINK);
        }
        left = after;
    }
    rest.push_str(left);
    (rest, price)
}

fn is_link(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_width_weighs_half() {
        assert_eq!(weibo_length("我司CEO与我司吉祥物...好大一坨！"), 16);
        assert_eq!(weibo_length("Test"), 2);
        assert_eq!(weibo_length(""), 0);
        assert_eq!(weibo_length("a"), 1);
        assert_eq!(weibo_length("😀"), 2);
        assert_eq!(weibo_length(&"豆".repeat(131)), 131);
    }

    #[test]
    fn links_have_a_price() {
        let long = format!("http://example.com/{}", "x".repeat(131));
        assert_eq!(weibo_length("http://example.com/a/rather/long/path/that/goes/on/and/on"), 10);
        assert_eq!(weibo_length(&long), 15, "150 characters: 20 and 10 half-widths");
        assert_eq!(weibo_length("http://weibo.com/豆豆"), 11, "as it is: 17 half-widths, and two wide");
        assert_eq!(weibo_length("看http://t.cn/abc"), 1 + 8);
        assert_eq!(weibo_length("https://example.com"), 10);
    }
}
