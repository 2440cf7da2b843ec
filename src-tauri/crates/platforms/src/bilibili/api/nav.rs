//! `GET /x/web-interface/nav` on the main host: who is signed in, and the day's WBI keys.
//!
//! <https://www.bilibili.com>

use jiff::SignedDuration;
use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode};
use serde::Deserialize;

use super::{Api, Refusal};
use crate::bilibili::auth::WbiKey;
use crate::wire;

/// The keys change about once a day; half of that is never far behind.
const KEY_LIFE: SignedDuration = SignedDuration::from_hours(12);

/// Who is signed in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Nav {
    #[serde(rename = "isLogin")]
    is_login: bool,
    #[serde(deserialize_with = "wire::count")]
    pub(crate) mid: Option<u64>,
    #[serde(deserialize_with = "wire::text")]
    pub(crate) uname: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    pub(crate) face: Option<String>,
    #[serde(deserialize_with = "wire::object")]
    wbi_img: WbiImg,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct WbiImg {
    img_url: String,
    sub_url: String,
}

impl Api {
    /// Asks who is signed in. `SignInExpired` when nobody is.
    pub(crate) async fn nav(&self) -> Outcome<Nav> {
        let answer =
            self.read(&self.hosts.main, "/x/web-interface/nav", "").await?.map_err(Refusal::failure)?;
        let nav: Nav = answer.data()?;
        if !nav.is_login {
            return Err(Failure::new(ProblemCode::SignInExpired).at(Platform::Bilibili));
        }
        if let Some(key) = WbiKey::from_urls(&nav.wbi_img.img_url, &nav.wbi_img.sub_url) {
            *self.wbi.lock().await = Some((key, self.now()));
        }
        Ok(nav)
    }

    /// The WBI key at hand, or today's.
    pub(super) async fn wbi_key(&self) -> Outcome<WbiKey> {
        if let Some((key, at)) = self.wbi.lock().await.as_ref()
            && self.now() < *at + KEY_LIFE
        {
            return Ok(key.clone());
        }
        self.nav().await?;
        let key = self.wbi.lock().await.as_ref().map(|(key, _)| key.clone());
        key.ok_or_else(|| Failure::new(ProblemCode::PlatformDown).at(Platform::Bilibili))
    }

    /// Forgets the WBI key; it was refused.
    pub(super) async fn drop_wbi_key(&self) {
        *self.wbi.lock().await = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn signed_in_and_not() {
        let fake = Fake::start().await;
        fake.answers(
            r#"{"code":0,"message":"0","ttl":1,"data":{"isLogin":true,"mid":42,"uname":"小明",
            "face":"https://i0.example/f.jpg","wbi_img":{
            "img_url":"https://i0.example/7cd084941338484aae1ad9425b84077c.png",
            "sub_url":"https://i0.example/4932caff0ff746eab6f01bf08b70ac45.png"}}}"#,
        )
        .await;
        let nav = fake.api.nav().await.expect("signed in");
        assert_eq!((nav.mid, nav.uname.as_deref()), (Some(42), Some("小明")));
        let sent = fake.last().await;
        assert_eq!(sent.target, "/x/web-interface/nav");
        assert_eq!(sent.cookie, "SESSDATA=a%2Cb%2A; bili_jct=c5; DedeUserID=42");
        fake.api.wbi_key().await.expect("the key is kept");
        fake.answers(r#"{"code":-101,"message":"账号未登录","ttl":1,"data":{"isLogin":false,"wbi_img":{}}}"#)
            .await;
        assert_eq!(fake.api.nav().await.expect_err("nobody").code, ProblemCode::SignInExpired);
        fake.answers(r#"{"code":0,"data":{"isLogin":false}}"#).await;
        assert_eq!(fake.api.nav().await.expect_err("nobody").code, ProblemCode::SignInExpired);
        fake.answers(r#"{"code":-1200,"message":"?","data":null}"#).await;
        assert_eq!(fake.api.nav().await.expect_err("an unknown code").code, ProblemCode::Refused);
    }
}
