//! Asking an ingest whether video arrives, in the form that the SRS media server offers:
//! <https://ossrs.io/lts/en-us/docs/v6/doc/http-api>. No key is sent, and none comes back.

use std::sync::Arc;

use async_trait::async_trait;
use kaibo_live::account::Settings;
use kaibo_live::clock::Clock;
use kaibo_live::driver::{Outcome, SignalSource};
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::push::PushAddress;
use kaibo_live::room::Signal;
use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::connect::{PlainHttp, base_url, endpoint};
use crate::http::{Call, Http, Redirects};
use crate::wire;

/// A thousand streams take about 700 bytes each.
const BODY_CAP: usize = 1024 * 1024;

/// An ingest that can be asked.
pub(crate) struct Ingest {
    http: Http,
    base: Url,
}

impl Ingest {
    /// The ingest that the connect form's `signal_url` names, if it does. Plain `http` is fine
    /// anywhere: nothing secret is on the wire.
    pub(crate) fn from_settings(
        settings: &Settings,
        platform: Platform,
        clock: Arc<dyn Clock>,
    ) -> Outcome<Option<Self>> {
        if settings.get("signal_url").is_none() {
            return Ok(None);
        }
        let base = base_url(settings, "signal_url", "", PlainHttp::Anywhere)?;
        Ok(Some(Self { http: Http::new(platform, Redirects::SameHost, clock), base }))
    }
}

#[derive(Deserialize)]
#[serde(default)]
struct Streams {
    #[serde(deserialize_with = "wire::int")]
    code: Option<i64>,
    streams: Value,
}

impl Default for Streams {
    fn default() -> Self {
        Self { code: Some(0), streams: Value::Null }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stream {
    #[serde(deserialize_with = "wire::text")]
    name: Option<String>,
    #[serde(deserialize_with = "wire::text")]
    app: Option<String>,
    #[serde(deserialize_with = "wire::object")]
    publish: Publish,
    #[serde(deserialize_with = "wire::object")]
    kbps: Kbps,
    #[serde(deserialize_with = "wire::object")]
    video: Video,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Publish {
    #[serde(deserialize_with = "wire::int")]
    active: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Kbps {
    #[serde(deserialize_with = "wire::count")]
    recv_30s: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Video {
    #[serde(deserialize_with = "wire::count")]
    width: Option<u64>,
    #[serde(deserialize_with = "wire::count")]
    height: Option<u64>,
}

impl Stream {
    fn signal(&self) -> Signal {
        let number = |n: Option<u64>| u32::try_from(n.unwrap_or_default()).unwrap_or(u32::MAX);
        let kbps = number(self.kbps.recv_30s);
        if kbps == 0 || self.publish.active != Some(1) {
            return Signal::None;
        }
        Signal::Arriving { kbps, width: number(self.video.width), height: number(self.video.height) }
    }
}

#[async_trait]
impl SignalSource for Ingest {
    async fn ask(&self, push: &PushAddress) -> Outcome<Signal> {
        let (app, name) = (push.app(), push.stream_name());
        if name.is_empty() {
            return Ok(Signal::Unknown);
        }
        let mut url = endpoint(&self.base, "/api/v1/streams/");
        url.set_query(Some("count=1000"));
        let reply = self.http.send(Call::read(Method::GET, url).cap(BODY_CAP)).await?;
        let answer: Streams = reply.json()?;
        if let Some(code) = answer.code.filter(|code| *code != 0) {
            let failure = Failure::new(ProblemCode::PlatformDown).at(self.http.platform());
            return Err(failure.said(code.to_string(), ""));
        }
        let Value::Array(streams) = answer.streams else { return Ok(Signal::None) };
        // A stream that was pushed before may still stand beside the one that arrives now.
        let signals = streams
            .into_iter()
            .filter_map(|one| serde_json::from_value::<Stream>(one).ok())
            .filter(|one| one.app.as_deref() == Some(app) && one.name.as_deref() == Some(&name))
            .map(|one| one.signal());
        let best = signals.max_by_key(|signal| match signal {
            Signal::Arriving { kbps, .. } => *kbps,
            Signal::None | Signal::Unknown => 0,
        });
        Ok(best.unwrap_or(Signal::None))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use wiremock::matchers::{method, path, query_param};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;
    use crate::testing::FixedClock;

    async fn ask(push: &PushAddress, status: u16, reply: &str) -> Outcome<Signal> {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .and(path("/api/v1/streams/"))
            .and(query_param("count", "1000"))
            .respond_with(ResponseTemplate::new(status).set_body_string(reply))
            .expect(1)
            .mount(&server)
            .await;
        let settings = Settings(BTreeMap::from([("signal_url".into(), server.uri())]));
        let clock = Arc::new(FixedClock::default());
        Ingest::from_settings(&settings, Platform::Weibo, clock).unwrap().unwrap().ask(push).await
    }

    fn weibo() -> PushAddress {
        PushAddress::split("rtmp://h/alicdn/b082?auth_key=1-0-0-k").unwrap()
    }

    fn stream(name: &str, app: &str, active: &str, kbps: &str, video: &str) -> String {
        format!(
            r#"{{"id":"vid-1","name":"{name}","vhost":"v","app":"{app}","live_ms":1,"clients":1,
                "kbps":{{"recv_30s":{kbps},"send_30s":0}},"publish":{{"active":{active},"cid":"c"}},
                "video":{video},"audio":null}}"#
        )
    }

    fn answer(streams: &[String]) -> String {
        format!(r#"{{"code":0,"server":"s","streams":[{}]}}"#, streams.join(","))
    }

    const PICTURE: &str = r#"{"codec":"H264","profile":"High","width":640,"height":360}"#;

    #[tokio::test]
    async fn video_arrives() {
        let reply = answer(&[
            stream("other", "alicdn", "true", "900", PICTURE),
            stream("b082", "live", "true", "800", PICTURE),
            stream("b082", "alicdn", "true", "1234", PICTURE),
            stream("b082", "alicdn", "false", "0", "null"),
        ]);
        let arriving = Signal::Arriving { kbps: 1234, width: 640, height: 360 };
        assert_eq!(ask(&weibo(), 200, &reply).await.unwrap(), arriving);
    }

    #[tokio::test]
    async fn bilibilis_name_is_in_its_query() {
        let push = PushAddress::from_parts("rtmp://h/live-bvc/", "?streamname=live_1_2&key=k").unwrap();
        let reply = answer(&[stream("live_1_2", "live-bvc", "true", "7", "null")]);
        assert_eq!(ask(&push, 200, &reply).await.unwrap(), Signal::Arriving { kbps: 7, width: 0, height: 0 });
    }

    #[tokio::test]
    async fn nothing_arrives() {
        for streams in [
            vec![],
            vec![stream("b082", "alicdn", "true", "0", PICTURE)],
            vec![stream("b082", "alicdn", "false", "900", PICTURE)],
            vec!["{}".to_owned(), "7".to_owned(), r#"{"name":"b082","app":"alicdn"}"#.to_owned()],
        ] {
            assert_eq!(ask(&weibo(), 200, &answer(&streams)).await.unwrap(), Signal::None, "{streams:?}");
        }
        assert_eq!(ask(&weibo(), 200, r#"{"code":0}"#).await.unwrap(), Signal::None);
    }

    #[tokio::test]
    async fn an_ingest_that_refuses_is_a_failure() {
        let failure = ask(&weibo(), 200, r#"{"code":1061,"streams":[]}"#).await.unwrap_err();
        assert_eq!(failure.platform_code.as_deref(), Some("1061"));
        let failure = ask(&weibo(), 404, "<html>404</html>").await.unwrap_err();
        assert!(matches!(failure.code, ProblemCode::Unreadable { .. }), "{failure:?}");
    }

    #[tokio::test]
    async fn an_address_without_a_name_is_not_asked_about() {
        let settings = Settings(BTreeMap::from([("signal_url".into(), "http://srs.intern:1985".into())]));
        let ingest = Ingest::from_settings(&settings, Platform::Weibo, Arc::new(FixedClock::default()));
        let srt = PushAddress::split("srt://h:1?streamid=x").unwrap();
        assert_eq!(ingest.unwrap().unwrap().ask(&srt).await.unwrap(), Signal::Unknown);
    }
}
