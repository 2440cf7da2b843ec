//! TOP's envelope: `{"…_response": {…}}` or `{"error_response": {…}}`, in JSON or XML.
//! <https://developer.alibaba.com/docs/doc.htm?articleId=101617&docType=1&treeId=780>

use kaibo_live::driver::Outcome;
use kaibo_live::problem::UnreadableHow;
use serde::Deserialize;
use serde_json::Value;

use super::codes::Refusal;
use super::xml;
use crate::http::{Reply, is_html, trimmed};

/// What is inside the envelope. The first byte tells the format: an early failure may come in XML
/// though JSON was asked for.
pub(super) fn open(reply: &Reply) -> Outcome<Value> {
    let body = trimmed(&reply.body);
    let root = if body.first() == Some(&b'<') {
        if is_html(body) {
            return Err(reply.unreadable(UnreadableHow::Html, None));
        }
        let text = std::str::from_utf8(body).map_err(|_| reply.unreadable(UnreadableHow::Malformed, None))?;
        xml::parse(text).map_err(|how| reply.unreadable(how, None))?
    } else {
        reply.json()?
    };
    let Value::Object(mut root) = root else { return Err(reply.malformed()) };
    if let Some(error) = root.remove("error_response") {
        let refusal = Refusal::deserialize(error).map_err(|_| reply.malformed())?;
        return Err(refusal.failure());
    }
    if !reply.status.is_success() {
        return Err(reply.malformed());
    }
    // With `simplify` there is no wrapper.
    if root.contains_key("result") {
        return Ok(Value::Object(root));
    }
    let inside = root.into_iter().find(|(name, value)| name.ends_with("_response") && value.is_object());
    inside.map(|(_, value)| value).ok_or_else(|| reply.malformed())
}
