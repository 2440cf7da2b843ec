//! `GET /correspond/1/<path>` on the front page's host: a page that holds the word for renewing a session.
//! The path is the platform's time, sealed; a stale one has no page.
//!
//! <https://www.bilibili.com>

use std::sync::OnceLock;

use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::secret::SecretString;
use regex::Regex;
use reqwest::{Method, StatusCode};

use super::{Api, Refusal, answer, wall};
use crate::bilibili::correspond;
use crate::connect::endpoint;
use crate::http::{Call, trimmed};

/// The most that is read of the page, bytes.
const PAGE_CAP: usize = 256 * 1024;

impl Api {
    /// The `refresh_csrf` for the platform's time `server_ms`.
    ///
    /// `Refused` with `HTTP 404` when the path has no page: it is too old, or the platform changed its key.
    pub(crate) async fn refresh_csrf(&self, server_ms: i64) -> Outcome<SecretString> {
        let internal = || Failure::new(ProblemCode::Internal).at(Platform::Bilibili);
        let path = correspond::path(server_ms).ok_or_else(internal)?;
        let call = Call::read(Method::GET, endpoint(&self.hosts.www, &format!("/correspond/1/{path}")));
        let reply = self.http.send(self.dressed(call).await.cap(PAGE_CAP)).await?;
        // Signed out, or asked too often: in the words that all other calls have.
        if trimmed(&reply.body).first() == Some(&b'{') {
            return match answer(reply)? {
                Ok(answer) => Err(answer.malformed()),
                Err(refusal) => Err(refusal.failure()),
            };
        }
        match reply.status {
            StatusCode::OK => {
                let page = String::from_utf8_lossy(&reply.body);
                word(&page).map(|word| word.to_owned().into()).ok_or_else(|| reply.malformed())
            }
            StatusCode::PRECONDITION_FAILED => Err(wall(reply.malformed())),
            status => Err(Refusal::http(status)),
        }
    }
}

/// The text of `<div id="1-name">`, however the page is written.
fn word(page: &str) -> Option<&str> {
    static DIV: OnceLock<Option<Regex>> = OnceLock::new();
    let div = DIV.get_or_init(|| {
        let attribute = r#"(?i)<div\b[^>]*\sid\s*=\s*["']?1-name["']?(?:\s[^>]*)?>"#;
        Regex::new(&format!(r"{attribute}\s*([0-9a-z]{{8,128}})\s*<")).ok()
    });
    div.as_ref()?.captures(page)?.get(1).map(|word| word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_is_found_however_the_page_is_written() {
        let csrf = "b0cc8411ded2f9db2cff2edb3123acac";
        for page in [
            format!(
                "<!DOCTYPE html><html><body><div id=\"0-name\">x</div><div id=\"1-name\">{csrf}</div></body></html>"
            ),
            format!("<div class='a' id='1-name' data-x=1>\n  {csrf}\n</div>"),
            format!("<DIV ID = 1-name>{csrf}</DIV>"),
            format!("<div\nid=\"1-name\"\n>{csrf}<br></div>"),
        ] {
            assert_eq!(word(&page), Some(csrf), "{page}");
        }
        for page in [
            "",
            "<div id=\"1-name\"></div>",
            "<div id=\"1-name\">b0cc8411",
            "<div id=\"11-name\">b0cc8411ded2f9db</div>",
            "<div data-id=\"1-name\">b0cc8411ded2f9db</div>",
            "<div id=\"1-name\">two words of it</div>",
            "<div id=\"1-name\"><script>b0cc8411ded2f9db</script></div>",
        ] {
            assert_eq!(word(page), None, "{page}");
        }
        assert_eq!(word(&"<div id=\"1-name\">".repeat(10_000)), None);
    }
}
