//! Replies as JSON or XML, from one tree.

use std::fmt::Write;

use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

/// The form of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// The default of the gateway.
    Xml,
    /// Asked for by `format=json`.
    Json,
}

/// A field of a reply, in the order in which it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Text.
    Text(String),
    /// A number.
    Number(u64),
    /// Fields with names.
    Object(Vec<(&'static str, Node)>),
}

impl Node {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn json(&self) -> Value {
        match self {
            Self::Text(text) => text.clone().into(),
            Self::Number(number) => (*number).into(),
            Self::Object(fields) => {
                let fields = fields.iter().map(|(name, node)| ((*name).to_owned(), node.json()));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }

    fn xml(&self, name: &str, out: &mut String) {
        let _ = write!(out, "<{name}>");
        match self {
            Self::Text(text) => escape(text, out),
            Self::Number(number) => {
                let _ = write!(out, "{number}");
            }
            Self::Object(fields) => fields.iter().for_each(|(name, node)| node.xml(name, out)),
        }
        let _ = write!(out, "</{name}>");
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
}

/// `node` as a whole reply with the root `name`.
pub(super) fn reply(format: Format, name: &'static str, node: Node) -> Response {
    match format {
        Format::Json => {
            let body = Node::Object(vec![(name, node)]).json().to_string();
            ([(header::CONTENT_TYPE, "text/javascript;charset=UTF-8")], body).into_response()
        }
        Format::Xml => {
            let mut body = String::from("<?xml version=\"1.0\" encoding=\"utf-8\" ?>");
            node.xml(name, &mut body);
            ([(header::CONTENT_TYPE, "text/xml;charset=UTF-8")], body).into_response()
        }
    }
}
