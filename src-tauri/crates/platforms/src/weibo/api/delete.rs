//! `live/delete`: deletes a live object, for good. Its post stays.
//! <http://open.weibo.com/wiki/Live/api> (直播删除接口)

use kaibo_live::driver::Outcome;

use super::super::auth::Client;
use super::super::codes::Meant;
use super::Taken;
use crate::http::Intent;

/// Sends it. A write.
pub(in super::super) async fn send(client: &Client, id: &str) -> Outcome<()> {
    client.post::<Taken>(Intent::Write, "/2/proxy/live/delete", &[("id", id)], Meant::Room).await.map(drop)
}

#[cfg(test)]
mod tests {
    use kaibo_live::problem::ProblemCode;

    use super::super::testing::{client, expecting};
    use super::*;

    const PATH: &str = "/2/proxy/live/delete";

    #[tokio::test]
    async fn deletes() {
        let server = expecting(PATH, "id=1042097%3Aab", 200, r#"{"id":"1042097:ab"}"#).await;
        send(&client(&server), "1042097:ab").await.unwrap();
    }

    #[tokio::test]
    async fn refusals_and_unknown_codes() {
        for (reply, code) in [
            (r#"{"request":"","error_code":20009,"error":"live id unexist"}"#, ProblemCode::NotFound),
            (r#"{"request":"","error_code":20005,"error":"live delete error"}"#, ProblemCode::Refused),
            (r#"{"error_code":4}"#, ProblemCode::Refused),
        ] {
            let server = expecting(PATH, "id=1", 200, reply).await;
            assert_eq!(send(&client(&server), "1").await.unwrap_err().code, code, "{reply}");
        }
    }
}
