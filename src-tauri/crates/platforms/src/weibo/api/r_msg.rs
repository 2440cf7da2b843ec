//! `chatroom/r_msg`: writes a comment. <http://open.weibo.com/wiki/Live/api> (上行互动)

use kaibo_live::driver::Outcome;

use super::super::auth::Client;
use super::super::codes::Meant;
use super::Taken;
use crate::http::Intent;

/// Sends it. A write. `type` is a must, and 0, text, is all there is.
pub(in super::super) async fn send(client: &Client, id: &str, text: &str) -> Outcome<()> {
    let form = [("id", id), ("type", "0"), ("content", text)];
    let path = "/2/proxy/live/chatroom/r_msg";
    client.post::<Taken>(Intent::Write, path, &form, Meant::Comment { text }).await.map(drop)
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::{InvalidReason, ProblemCode};

    use super::super::testing::{client, expecting};
    use super::*;

    const PATH: &str = "/2/proxy/live/chatroom/r_msg";
    const FORM: &str = "id=1&type=0&content=%E4%BD%A0%E5%A5%BD%EF%BC%8Ca%26b%3Dc";

    #[tokio::test]
    async fn says() {
        // The page's sample has a `context` that its table doesn't know.
        let server = expecting(PATH, FORM, 200, r#"{"id":"1","context":"x"}"#).await;
        send(&client(&server), "1", "你好，a&b=c").await.unwrap();
    }

    #[tokio::test]
    async fn refusals_and_unknown_codes() {
        let invalid = |reason| ProblemCode::Invalid { field: "chat".into(), reason };
        for (code, expected) in [
            (20011, invalid(InvalidReason::TooLong { used: 8, limit: 100 })),
            (20012, invalid(InvalidReason::Refused)),
            (20021, invalid(InvalidReason::Refused)),
            (20007, ProblemCode::Refused),
            (20016, ProblemCode::RateLimited),
            (55555, ProblemCode::Refused),
        ] {
            let reply = format!(r#"{{"request":"","error_code":{code},"error":"no"}}"#);
            let server = expecting(PATH, FORM, 200, &reply).await;
            let failure = send(&client(&server), "1", "你好，a&b=c").await.unwrap_err();
            assert_eq!(failure.code, expected, "{code}");
            assert_eq!(failure.platform_code, Some(code.to_string()));
        }
    }
}
