//! Secrets in all the ways they could be written, and one pass that looks for all of them.

use std::collections::BTreeSet;
use std::fmt::Write;

use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Shorter ones would be found by chance.
const LEAST: usize = 7;
/// Bytes around a hit that are told.
const AROUND: usize = 48;

/// What is looked for.
pub struct Needles {
    secrets: Vec<(String, String)>,
    names: Vec<String>,
    finder: AhoCorasick,
}

impl Needles {
    /// Named secrets. Each is told by its name; the same secret twice is one.
    pub fn new(secrets: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut known = BTreeSet::new();
        let secrets: Vec<_> =
            secrets.into_iter().filter(|(_, secret)| known.insert(secret.clone())).collect();
        let (mut names, mut patterns) = (Vec::new(), Vec::new());
        for (name, secret) in &secrets {
            assert!(secret.len() >= LEAST, "{name} is too short to look for");
            for (form, bytes) in forms(secret) {
                names.push(format!("{name}, {form}"));
                patterns.push(bytes);
            }
        }
        Self { secrets, names, finder: AhoCorasick::new(patterns).unwrap() }
    }

    /// These and more.
    pub fn and(&self, more: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::new(self.secrets.iter().cloned().chain(more))
    }

    /// How many secrets there are.
    pub fn len(&self) -> usize {
        self.secrets.len()
    }

    /// The longest pattern, in bytes: what pieces of a whole have to overlap.
    pub fn longest(&self) -> usize {
        self.finder.max_pattern_len()
    }

    /// What is found, each with a word on where.
    pub fn hits(&self, hay: &[u8]) -> Vec<String> {
        let told = self.finder.find_iter(hay).map(|hit| {
            let around = &hay[hit.start().saturating_sub(AROUND)..(hit.end() + AROUND).min(hay.len())];
            let around = String::from_utf8_lossy(around).replace(|c: char| c.is_control(), ".");
            format!("{} at {}: {around}", self.names[hit.pattern().as_usize()], hit.start())
        });
        told.collect()
    }

    /// Fails when something is found.
    pub fn not_in(&self, place: &str, hay: &[u8]) {
        let hits = self.hits(hay);
        assert!(hits.is_empty(), "{} in {place}:\n{}", hits.len(), hits[..hits.len().min(12)].join("\n"));
    }
}

/// The ways to write a secret, raw first.
fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let mut forms = vec![("raw", bytes.to_vec())];
    for (name, kept) in [("percent", "-_.~"), ("percent of a component", "-_.~!*'()"), ("form", "-_.*")] {
        let upper = percent(bytes, kept, name == "form", true);
        forms.push((name, upper.into_bytes()));
        forms.push((name, percent(bytes, kept, name == "form", false).into_bytes()));
    }
    for before in 0..3 {
        forms.push(("base64", inside(&STANDARD_NO_PAD, bytes, before)));
        forms.push(("base64", inside(&URL_SAFE_NO_PAD, bytes, before)));
    }
    let wide: Vec<u16> = secret.encode_utf16().collect();
    forms.push(("UTF-16LE", wide.iter().flat_map(|unit| unit.to_le_bytes()).collect()));
    forms.push(("UTF-16BE", wide.iter().flat_map(|unit| unit.to_be_bytes()).collect()));
    forms.push(("JSON", json(secret, |c| matches!(c, '"' | '\\')).into_bytes()));
    forms.push(("JSON with \\/", secret.replace('/', "\\/").into_bytes()));
    // As some libraries keep JSON out of the way of HTML.
    forms.push(("JSON for HTML", json(secret, |c| "<>&'\"+=/".contains(c)).into_bytes()));
    forms.push(("JSON, all", json(secret, |_| true).into_bytes()));
    forms.push(("JSON, all", json(secret, |_| true).to_uppercase().replace("\\U", "\\u").into_bytes()));
    let hex = bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    forms.push(("hex", hex.clone().into_bytes()));
    forms.push(("hex", hex.to_uppercase().into_bytes()));
    let mut known = BTreeSet::new();
    forms.retain(|(_, bytes)| known.insert(bytes.clone()));
    forms
}

fn percent(bytes: &[u8], kept: &str, plus: bool, upper: bool) -> String {
    let mut text = String::new();
    for byte in bytes {
        let c = char::from(*byte);
        if c.is_ascii_alphanumeric() || kept.contains(c) {
            text.push(c);
        } else if plus && c == ' ' {
            text.push('+');
        } else if upper {
            let _ = write!(text, "%{byte:02X}");
        } else {
            let _ = write!(text, "%{byte:02x}");
        }
    }
    text
}

/// The part of the base64 of something longer that depends on the secret alone, when `before` bytes (of three)
/// stand before it.
fn inside(engine: &impl Engine, secret: &[u8], before: usize) -> Vec<u8> {
    let padded: Vec<u8> = std::iter::repeat_n(0, before).chain(secret.iter().copied()).collect();
    let text = engine.encode(&padded).into_bytes();
    let first = (before * 8).div_ceil(6);
    let last = padded.len() * 8 / 6;
    text[first..last].to_vec()
}

fn json(secret: &str, escaped: impl Fn(char) -> bool) -> String {
    let mut text = String::new();
    for c in secret.chars() {
        if escaped(c) {
            let _ = write!(text, "\\u{:04x}", u32::from(c));
        } else {
            text.push(c);
        }
    }
    text
}

#[test]
fn a_planted_secret_is_found_however_it_is_written() {
    let secret = "?a=Ka1/bo+%2C&x='y z'";
    let needles = Needles::new([("planted".to_owned(), secret.to_owned())]);
    let wide: Vec<u8> = format!("ab{secret}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let planted: Vec<Vec<u8>> = vec![
        format!("xx{secret}yy").into_bytes(),
        format!("q={}", url::form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>())
            .into_bytes(),
        b"q=%3fa%3dKa1%2fbo%2b%252C%26x%3d%27y%20z%27".to_vec(),
        STANDARD_NO_PAD.encode(secret).into_bytes(),
        STANDARD_NO_PAD.encode(format!("1{secret}..")).into_bytes(),
        URL_SAFE_NO_PAD.encode(format!("12{secret}.")).into_bytes(),
        wide,
        serde_json::to_vec(&serde_json::json!({ "a": secret })).unwrap(),
        secret.replace('/', "\\/").into_bytes(),
        secret
            .replace('&', "\\u0026")
            .replace('=', "\\u003d")
            .replace('+', "\\u002b")
            .replace('/', "\\u002f")
            .replace('\'', "\\u0027")
            .into_bytes(),
        secret.chars().flat_map(|c| format!("\\u{:04X}", u32::from(c)).into_bytes()).collect(),
    ];
    for hay in planted {
        assert!(!needles.hits(&hay).is_empty(), "{}", String::from_utf8_lossy(&hay));
    }
    assert!(needles.hits(b"?a=Ka1/bo+%2C&x='y_z'").is_empty());
    assert!(needles.and([("z".to_owned(), "y_z'y_z'y_z'".to_owned())]).len() == 2);
}
