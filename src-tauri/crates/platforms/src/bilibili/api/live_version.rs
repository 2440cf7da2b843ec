//! `GET /xlive/app-blink/v1/liveVersionInfo/getHomePageLiveVersion`: the live client's current version,
//! which a signed start names.
//!
//! <https://live.bilibili.com/liveHime>

use kaibo_live::driver::Outcome;
use serde::Deserialize;

use super::Api;
use crate::bilibili::auth::encode;
use crate::wire;

const PATH: &str = "/xlive/app-blink/v1/liveVersionInfo/getHomePageLiveVersion";

#[derive(Deserialize)]
struct Data {
    #[serde(default, deserialize_with = "wire::text")]
    curr_version: Option<String>,
    #[serde(default, deserialize_with = "wire::text")]
    build: Option<String>,
}

/// The live client's version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// Like `7.63.0.10783`.
    pub(crate) version: String,
    /// Like `10783`.
    pub(crate) build: String,
}

impl Api {
    /// The version as told now, or the one last seen when it can't be told now.
    pub(super) async fn client_version(&self) -> Outcome<Version> {
        let mut last = self.version.lock().await;
        match self.fetch_version().await {
            Ok(version) => {
                *last = Some(version.clone());
                Ok(version)
            }
            Err(failure) => last.clone().ok_or(failure),
        }
    }

    async fn fetch_version(&self) -> Outcome<Version> {
        let pairs = vec![("system_version", "2".to_owned())];
        let query = match &self.identity {
            Some(identity) => identity.sign(pairs, self.now()),
            None => encode(&pairs),
        };
        let answer = self.read(&self.hosts.live, PATH, &query).await?.map_err(super::Refusal::failure)?;
        let data: Data = answer.data()?;
        match (data.curr_version, data.build) {
            (Some(version), Some(build)) => Ok(Version { version, build }),
            _ => Err(answer.malformed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::fake::Fake;

    #[tokio::test]
    async fn the_last_version_seen_is_kept() {
        let fake = Fake::start().await;
        fake.answers(r#"{"code":-400,"message":"no","data":null}"#).await;
        assert!(fake.api.client_version().await.is_err());
        fake.answers(r#"{"code":0,"message":"0","data":{"curr_version":"7.63.0.10783","build":10783}}"#)
            .await;
        let version = fake.api.client_version().await.expect("a version");
        assert_eq!(version, Version { version: "7.63.0.10783".into(), build: "10783".into() });
        fake.answers(r#"{"code":99,"message":"no","data":[]}"#).await;
        assert_eq!(fake.api.client_version().await.expect("the last one"), version);
    }
}
