//! `GET /x/frontend/finger/spi` on the main host: a device cookie, which the chat asks for.
//!
//! <https://www.bilibili.com>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::{Api, Refusal};

#[derive(Deserialize)]
struct Data {
    b_3: String,
}

impl Api {
    /// The session's own `buvid3`, or one that is fetched once and kept until Kaibo ends.
    pub(crate) async fn buvid3(&self) -> Outcome<String> {
        if let Some(own) = self.session.value("buvid3") {
            return Ok(own.to_owned());
        }
        if let Some(known) = self.buvid3.lock().await.clone() {
            return Ok(known);
        }
        let answer = self.read(&self.main, "/x/frontend/finger/spi", "").await?.map_err(Refusal::failure)?;
        let data: Data = answer.data()?;
        // It becomes part of a header.
        if data.b_3.is_empty() || !data.b_3.bytes().all(|b| b.is_ascii_graphic() && b != b';') {
            return Err(answer.malformed());
        }
        *self.buvid3.lock().await = Some(data.b_3.clone());
        Ok(data.b_3)
    }
}

#[cfg(test)]
mod tests {
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn a_device_cookie_is_fetched_once_and_sent_from_then_on() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":0,"data":{"b_3":"a; x=y","b_4":"q"}}"#).await;
        assert!(fake.api.buvid3().await.is_err(), "it would be two cookies");
        fake.answers(r#"{"code":0,"message":"ok","data":{"b_3":"B-3","b_4":"q"}}"#).await;
        assert_eq!(fake.api.buvid3().await.expect("one"), "B-3");
        fake.answers(r#"{"code":-1,"data":null}"#).await;
        assert_eq!(fake.api.buvid3().await.expect("the same"), "B-3");
        let _ = fake.api.nav().await;
        assert!(fake.last().await.cookie.ends_with("; buvid3=B-3"));
    }
}
