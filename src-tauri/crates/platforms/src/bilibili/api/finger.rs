//! `GET /x/frontend/finger/spi` on the main host: device cookies, one of which the chat asks for.
//!
//! <https://www.bilibili.com>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::visitor::Visitor;
use super::{Answer, Api, Refusal};
use crate::bilibili::auth::quoted;
use crate::wire;

const PATH: &str = "/x/frontend/finger/spi";

#[derive(Deserialize)]
struct Data {
    b_3: String,
    #[serde(default, deserialize_with = "wire::text")]
    b_4: Option<String>,
}

/// What a browser is known by.
pub(crate) struct Device {
    /// Fit for a header.
    pub(crate) buvid3: String,
    /// Quoted, fit for a header.
    pub(crate) buvid4: Option<String>,
}

impl Device {
    fn of(answer: &Answer) -> Outcome<Self> {
        let data: Data = answer.data()?;
        // It becomes part of a header.
        if data.b_3.is_empty() || !data.b_3.bytes().all(|b| b.is_ascii_graphic() && b != b';') {
            return Err(answer.malformed());
        }
        Ok(Self { buvid3: data.b_3, buvid4: data.b_4.map(|b_4| quoted(&b_4)) })
    }
}

impl Visitor {
    /// Device cookies for a session to come.
    pub(crate) async fn device(&self) -> Outcome<Device> {
        Device::of(&self.read(&self.hosts.main, PATH, "").await?.map_err(Refusal::failure)?)
    }
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
        let answer = self.read(&self.hosts.main, PATH, "").await?.map_err(Refusal::failure)?;
        let device = Device::of(&answer)?;
        *self.buvid3.lock().await = Some(device.buvid3.clone());
        Ok(device.buvid3)
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
