//! How a line is cut into what the index holds, and a search into what it asks for.
//!
//! Chinese has no spaces, so a run of it is kept as overlapping pairs, and its last character alone: a word of two
//! characters is one entry, a longer one a phrase of pairs, and one character is found as the beginning of a pair.
//! Everything else is kept as words, and asked for by how they begin.

/// Parts of a search that are looked at. What comes after them is left out.
const PARTS: usize = 16;

/// What a character is to the index.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Of a script without spaces.
    Dense,
    /// Of a word.
    Word,
    /// Stands alone: emoji and other signs.
    Sign,
    /// Between words.
    Gap,
}

fn class(c: char) -> Class {
    match c {
        '\u{2e80}'..='\u{2fdf}'
        | '々'
        | '〇'
        | '\u{3041}'..='\u{30ff}'
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}' => Class::Dense,
        c if c.is_alphanumeric() => Class::Word,
        '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}' => Class::Sign,
        _ => Class::Gap,
    }
}

/// Small letters, and the half of what is written full width.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let half = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    };
    text.chars().map(half).flat_map(small)
}

/// Its small letters. Most characters have none, and the library's table is slow to say so.
fn small(c: char) -> impl Iterator<Item = char> {
    let plain = c.is_ascii() || ('\u{2e80}'..='\u{9fff}').contains(&c);
    let table = (!plain).then(|| c.to_lowercase());
    plain.then_some(c.to_ascii_lowercase()).into_iter().chain(table.into_iter().flatten())
}

/// Runs of one class; gaps are left out, signs stand alone.
fn runs(text: &str) -> Vec<(Class, Vec<char>)> {
    let mut runs: Vec<(Class, Vec<char>)> = Vec::new();
    let mut before = Class::Gap;
    for c in folded(text) {
        let class = class(c);
        if class != Class::Gap {
            match runs.last_mut() {
                Some((_, run)) if class == before && class != Class::Sign => run.push(c),
                _ => runs.push((class, vec![c])),
            }
        }
        before = class;
    }
    runs
}

/// Adds what the index holds of a text: entries with a space behind each.
pub(super) fn entries(text: &str, out: &mut String) {
    let mut before = (Class::Gap, ' ');
    for c in folded(text) {
        let class = class(c);
        let goes_on = class == before.0 && class != Class::Sign;
        if !goes_on {
            close(before, out);
        }
        match class {
            // A pair with the one before; `close` keeps the last one alone.
            Class::Dense if goes_on => out.extend([before.1, c, ' ']),
            Class::Word | Class::Sign => out.push(c),
            Class::Dense | Class::Gap => {}
        }
        before = (class, c);
    }
    close(before, out);
}

/// Ends a run.
fn close((class, last): (Class, char), out: &mut String) {
    match class {
        Class::Dense => out.extend([last, ' ']),
        Class::Word | Class::Sign => out.push(' '),
        Class::Gap => {}
    }
}

/// A number for a platform's id of an event, the same on every machine:
/// [FNV-1a](https://datatracker.ietf.org/doc/html/draft-eastlake-fnv). Two ids may have the same one.
pub(super) fn fingerprint(event: &str) -> u64 {
    event
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |print, byte| (print ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Adds the entry by which an event is found. It begins with what no text can, so no search for words meets it.
pub(super) fn event_entry(print: u64, out: &mut String) {
    out.push('\u{10ffff}');
    for shift in (0..12).map(|digit| 60 - digit * 4) {
        out.extend(char::from_digit(u32::try_from(print >> shift & 0xf).unwrap_or_default(), 16));
    }
    out.push(' ');
}

/// The search in the index's own language: all parts have to be in the line. None when there is nothing to look for.
pub(super) fn search(words: &str) -> Option<String> {
    let part = |(class, run): (Class, Vec<char>)| -> String {
        let text = |run: &[char]| run.iter().collect::<String>();
        match class {
            Class::Dense if run.len() > 1 => {
                let pairs: Vec<String> = run.windows(2).map(text).collect();
                format!("\"{}\"", pairs.join(" "))
            }
            Class::Sign => format!("\"{}\"", text(&run)),
            _ => format!("\"{}\"*", text(&run)),
        }
    };
    let parts: Vec<String> = runs(words).into_iter().take(PARTS).map(part).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> String {
        let mut out = String::new();
        entries(text, &mut out);
        out
    }

    #[test]
    fn an_event_has_an_entry_that_no_search_asks_for() {
        let mut entry = String::new();
        event_entry(fingerprint("a"), &mut entry);
        assert_eq!(entry, "\u{10ffff}af63dc4c8601 ", "as FNV-1a's authors have it: af63dc4c8601ec8c");
        assert_eq!(search(&entry).unwrap(), "\"af63dc4c8601\"*");
    }

    #[test]
    fn chinese_is_kept_in_pairs_and_the_rest_in_words() {
        assert_eq!(kept("主播晚上好！Hello ＷＯＲＬＤ 666"), "主播 播晚 晚上 上好 好 hello world 666 ");
        assert_eq!(kept("好"), "好 ");
        assert_eq!(kept("谢谢🎉🎉老板"), "谢谢 谢 🎉 🎉 老板 板 ");
        assert_eq!(kept("…… !?"), "");
    }

    #[test]
    fn a_search_asks_for_pairs_beginnings_and_signs() {
        assert_eq!(search("晚上好").unwrap(), "\"晚上 上好\"");
        assert_eq!(search("好").unwrap(), "\"好\"*");
        assert_eq!(search("GG 晚上 🎉").unwrap(), "\"gg\"* \"晚上\" \"🎉\"");
        assert_eq!(search("\" OR *"), Some("\"or\"*".to_owned()), "nobody writes the index's language");
        assert_eq!(search("!?"), None);
        let long = "啊 ".repeat(500);
        assert_eq!(search(&long).unwrap().matches('*').count(), PARTS);
    }
}
