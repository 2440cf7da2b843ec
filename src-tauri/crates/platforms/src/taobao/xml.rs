//! TOP's XML as the tree its JSON would be: elements are objects, leaves are text, repeated elements
//! are lists. Attributes mean nothing there.
//!
//! Bounds: nesting [`DEPTH_CAP`], [`NODES_CAP`] elements. No document types, so no entities but the
//! five of XML and numbers.

use kaibo_live::problem::UnreadableHow;
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Map, Value};

use crate::http::DEPTH_CAP;

/// The most elements that are read. A documented answer has about fifty.
const NODES_CAP: usize = 10_000;

#[derive(Default)]
struct Element {
    name: String,
    children: Map<String, Value>,
    text: String,
}

impl Element {
    /// With children, text between them is white space.
    fn value(self) -> Value {
        if self.children.is_empty() { Value::String(self.text) } else { Value::Object(self.children) }
    }
}

/// Reads a document: an object with the root element's name.
pub(super) fn parse(text: &str) -> Result<Value, UnreadableHow> {
    let mut reader = Reader::from_str(text);
    let mut open = vec![Element::default()];
    let mut nodes = 0;
    loop {
        let event = reader.read_event().map_err(|error| match error {
            quick_xml::Error::Syntax(_) => UnreadableHow::Truncated,
            _ => UnreadableHow::Malformed,
        })?;
        match event {
            Event::Start(tag) => {
                nodes += 1;
                if open.len() > DEPTH_CAP {
                    return Err(UnreadableHow::TooDeep);
                }
                if nodes > NODES_CAP {
                    return Err(UnreadableHow::TooLarge);
                }
                let name = tag.name().as_ref().to_owned();
                open.push(Element { name, ..Element::default() });
            }
            Event::Empty(tag) => {
                nodes += 1;
                if nodes > NODES_CAP {
                    return Err(UnreadableHow::TooLarge);
                }
                add(&mut open, tag.name().as_ref(), Value::String(String::new()))?;
            }
            Event::End(_) => {
                let element = open.pop().ok_or(UnreadableHow::Malformed)?;
                let name = element.name.clone();
                add(&mut open, &name, element.value())?;
            }
            Event::Text(text) => write(&mut open, &text.xml10_content())?,
            Event::CData(text) => write(&mut open, &text.xml10_content())?,
            Event::GeneralRef(name) => {
                let character = match name.resolve_char_ref().map_err(|_| UnreadableHow::Malformed)? {
                    Some(character) => character,
                    None => named(&name).ok_or(UnreadableHow::Malformed)?,
                };
                write(&mut open, character.encode_utf8(&mut [0; 4]))?;
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::DocType(_) => return Err(UnreadableHow::Malformed),
            Event::Eof => break,
        }
    }
    match (open.pop(), open.is_empty()) {
        (Some(document), true) if document.children.len() == 1 => Ok(Value::Object(document.children)),
        (Some(_), true) => Err(UnreadableHow::Malformed),
        _ => Err(UnreadableHow::Truncated),
    }
}

fn add(open: &mut [Element], name: &str, value: Value) -> Result<(), UnreadableHow> {
    let children = &mut open.last_mut().ok_or(UnreadableHow::Malformed)?.children;
    match children.get_mut(name) {
        None => {
            children.insert(name.to_owned(), value);
        }
        Some(Value::Array(list)) => list.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
    }
    Ok(())
}

fn write(open: &mut [Element], text: &str) -> Result<(), UnreadableHow> {
    open.last_mut().ok_or(UnreadableHow::Malformed)?.text.push_str(text);
    Ok(())
}

fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn elements_become_a_tree() {
        let xml = r#"<?xml version="1.0" encoding="utf-8" ?><!-- x --><r><a x="1">1</a><b><c/><d></d></b>
            <e>a&amp;b &lt;&#20013;&#x6587;&gt; &quot;&apos;</e><f><![CDATA[<&>]]></f><g>1</g><g>2</g></r>"#;
        assert_eq!(
            parse(xml).unwrap(),
            json!({"r": {"a": "1", "b": {"c": "", "d": ""}, "e": "a&b <中文> \"'", "f": "<&>", "g": ["1", "2"]}})
        );
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let deep = format!("{}{}", "<a>".repeat(10_000), "</a>".repeat(10_000));
        let wide = format!("<r>{}</r>", "<a/>".repeat(NODES_CAP + 1));
        let bomb = r#"<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><r>&b;</r>"#;
        for (xml, how) in [
            ("<r><a>1</a>", UnreadableHow::Truncated),
            ("<r><a>1</", UnreadableHow::Truncated),
            ("", UnreadableHow::Malformed),
            ("<a></b>", UnreadableHow::Malformed),
            ("<r>&nbsp;</r>", UnreadableHow::Malformed),
            ("<r>&#0;</r>", UnreadableHow::Malformed),
            ("<a/><b/>", UnreadableHow::Malformed),
            (bomb, UnreadableHow::Malformed),
            (&deep, UnreadableHow::TooDeep),
            (&wide, UnreadableHow::TooLarge),
        ] {
            assert_eq!(parse(xml), Err(how), "{}", &xml[..xml.len().min(60)]);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = parse(&text);
        }

        #[test]
        fn any_markup_is_read_or_refused(text in "(<[a-c/!?]{0,3}>|[&;#<>a-c ]){0,40}") {
            let _ = parse(&text);
        }
    }
}
