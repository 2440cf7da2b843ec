//! Bilibili's two signatures over a query: WBI for the web, the app signature for its programs.

use md5::{Digest, Md5};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// RFC 3986: everything but letters, digits and these four.
const STRICT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Where the characters of the mixed key come from.
const ORDER: [usize; 32] = [
    46, 47, 18, 2, 53, 8, 23, 32, 15, 50, 10, 31, 58, 3, 45, 35, 27, 43, 5, 49, 33, 9, 42, 19, 29, 28, 14,
    39, 12, 38, 41, 13,
];

pub(super) fn md5_hex(text: &str) -> String {
    hex::encode(Md5::digest(text.as_bytes()))
}

/// The key that signs, from the stems of the two addresses that `nav` gives.
pub(super) fn mixin(img_key: &str, sub_key: &str) -> String {
    let raw: Vec<char> = img_key.chars().chain(sub_key.chars()).collect();
    ORDER.iter().filter_map(|at| raw.get(*at)).collect()
}

/// Pairs of a raw query or form, decoded; `+` is a space.
pub(super) fn pairs(raw: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(raw.as_bytes()).into_owned().collect()
}

fn w_rid(mut pairs: Vec<(String, String)>, mixin: &str) -> String {
    pairs.sort();
    let encode = |text: &str| utf8_percent_encode(text, STRICT).to_string();
    let query = pairs
        .iter()
        .map(|(name, value)| {
            let value: String = value.chars().filter(|char| !"!'()*".contains(*char)).collect();
            format!("{}={}", encode(name), encode(&value))
        })
        .collect::<Vec<_>>()
        .join("&");
    md5_hex(&format!("{query}{mixin}"))
}

/// Whether a query carries the right `w_rid`, and a `wts` of the last minutes. `now` in Unix seconds.
pub(super) fn wbi_allows(query: &str, mixin: &str, now: i64) -> bool {
    let mut pairs = pairs(query);
    let mut take = |name: &str| {
        let at = pairs.iter().position(|(key, _)| key == name)?;
        Some(pairs.remove(at).1)
    };
    let Some(given) = take("w_rid") else { return false };
    let wts = pairs.iter().find(|(key, _)| key == "wts").and_then(|(_, wts)| wts.parse::<i64>().ok());
    wts.is_some_and(|wts| wts.abs_diff(now) <= 600) && given == w_rid(pairs, mixin)
}

/// Whether a form carries the app signature of these keys over all its other pairs, byte for byte as sent.
pub(super) fn app_allows(form: &str, app_key: &str, secret: &str) -> bool {
    let (mut rest, mut given, mut key) = (Vec::new(), None, None);
    for pair in form.split('&') {
        match pair.split_once('=') {
            Some(("sign", sign)) => given = Some(sign),
            Some((name, value)) => {
                if name == "appkey" {
                    key = Some(value);
                }
                rest.push((percent_decode_str(name).decode_utf8_lossy(), pair));
            }
            None => rest.push((pair.into(), pair)),
        }
    }
    rest.sort_by(|(one, _), (other, _)| one.cmp(other));
    let query = rest.into_iter().map(|(_, pair)| pair).collect::<Vec<_>>().join("&");
    key == Some(app_key) && given == Some(&md5_hex(&format!("{query}{secret}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMG: &str = "7cd084941338484aae1ad9425b84077c";
    const SUB: &str = "4932caff0ff746eab6f01bf08b70ac45";

    #[test]
    fn published_wbi_vectors() {
        let mixin = mixin(IMG, SUB);
        assert_eq!(mixin, "ea1db124af3c7062474693fa704f4ff8");
        for (query, wts, sign) in [
            ("foo=114&bar=514&zab=1919810&wts=1702204169", 1_702_204_169, "8f6f2b5b3d485fe1886cec6a0be8c5d4"),
            (
                "bar=514&foo=114&hello=%E4%B8%96%20%E7%95%8C&wts=1744823207",
                1_744_823_207,
                "93acf59d85f74453e40cea00056c3daf",
            ),
            (
                "foo=one+one+four&bar=%E4%BA%94%E4%B8%80%E5%9B%9B&baz=1919810&wts=1702204169",
                1_702_204_169,
                "04e50b58980e3e3cee8cbc0cc4c1c530",
            ),
        ] {
            assert_eq!(w_rid(pairs(query), &mixin), sign, "{query}");
            let signed = format!("{query}&w_rid={sign}");
            assert!(wbi_allows(&signed, &mixin, wts + 60));
            assert!(!wbi_allows(&signed, &mixin, wts + 601), "an old signature");
            assert!(!wbi_allows(&format!("more=1&{signed}"), &mixin, wts));
            assert!(!wbi_allows(query, &mixin, wts));
        }
    }

    #[test]
    fn characters_that_wbi_drops_do_not_count() {
        let mixin = mixin(IMG, SUB);
        let sign = w_rid(pairs("text=hey&wts=5"), &mixin);
        assert!(wbi_allows(&format!("text=h!e'(y)*&wts=5&w_rid={sign}"), &mixin, 5));
    }

    #[test]
    fn published_app_vector() {
        let (key, secret) = ("kaibotest0000001", "kaibotestsecret00000000000000001");
        let signed = "appkey=kaibotest0000001&id=114514&str=1919810&test=%E3%81%84%E3%81%84%E3%82%88%EF%BC%8C\
                      %E3%81%93%E3%81%84%E3%82%88&sign=d701dbf507a1fd963b9ab3ed6b591b02";
        assert!(app_allows(signed, key, secret));
        assert!(!app_allows(&format!("{signed}&added=1"), key, secret));
        assert!(!app_allows(signed, "other", secret));
        assert!(!app_allows(signed, key, "other"));
    }
}
