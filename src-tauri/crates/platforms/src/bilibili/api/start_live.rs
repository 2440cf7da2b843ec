//! `POST /room/v1/Room/startLive`: goes live and hands out the push address.
//!
//! With a client identity the form names the live client's version and is signed; without one it is
//! the plain form, which Bilibili refuses for most accounts (60034, 60037).
//!
//! <https://link.bilibili.com/p/center/index#/my-room/start-live>

use kaibo_live::driver::Outcome;
use kaibo_live::platform::Platform;
use kaibo_live::problem::{Failure, ProblemCode};
use kaibo_live::push::PushAddress;
use kaibo_live::secret::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::{Api, Refusal, is_drawable};
use crate::wire;

const PATH: &str = "/room/v1/Room/startLive";
/// The platform's own page for the face check, when the answer brings no address of it.
const FACE_PAGE: &str =
    "https://www.bilibili.com/blackboard/live/face-auth-middle.html?source_event=400&mid=";

/// What starting takes.
#[derive(Debug, Clone)]
pub(crate) struct Start<'a> {
    pub(crate) room_id: &'a str,
    /// A child area's id.
    pub(crate) area_id: &'a str,
}

#[derive(Deserialize)]
struct Data {
    #[serde(default, deserialize_with = "wire::object")]
    rtmp: Address,
    #[serde(default)]
    protocols: Option<Vec<Address>>,
    #[serde(default)]
    need_face_auth: Option<bool>,
    #[serde(default, deserialize_with = "wire::text")]
    qr: Option<String>,
}

#[derive(Default, Deserialize)]
struct Address {
    #[serde(default)]
    protocol: String,
    #[serde(default)]
    addr: String,
    #[serde(default)]
    code: Code,
}

/// The stream key.
#[derive(Default, Deserialize)]
#[serde(from = "String")]
struct Code(SecretString);

impl From<String> for Code {
    fn from(code: String) -> Self {
        Self(code.into())
    }
}

impl Address {
    fn push(&self) -> Option<PushAddress> {
        PushAddress::from_parts(&self.addr, self.code.0.expose_secret()).ok()
    }
}

impl Data {
    /// `rtmp`, or the first usable RTMP entry of `protocols`.
    fn push(&self) -> Option<PushAddress> {
        let others = self.protocols.iter().flatten().filter(|a| a.protocol.starts_with("rtmp"));
        self.rtmp.push().or_else(|| others.into_iter().find_map(Address::push))
    }
}

impl Api {
    /// Starts. On a room that is live already it changes nothing and tells the address again.
    pub(crate) async fn start_live(&self, start: &Start<'_>) -> Outcome<Option<PushAddress>> {
        let form = self.start_form(start).await?;
        let answer = match self.write_encoded(PATH, form).await? {
            Ok(answer) => answer,
            Err(refusal) => return Err(failure(refusal, self.session.uid)),
        };
        let data: Data = answer.data()?;
        let push = data.push();
        match data.qr {
            Some(url) if push.is_none() && data.need_face_auth == Some(true) => {
                Err(Failure::new(ProblemCode::FaceCheck { url: face_url(Some(url), self.session.uid) })
                    .at(Platform::Bilibili))
            }
            _ => Ok(push),
        }
    }

    async fn start_form(&self, start: &Start<'_>) -> Outcome<String> {
        let mut form = vec![
            ("room_id", start.room_id.to_owned()),
            ("area_v2", start.area_id.to_owned()),
            ("platform", "pc_link".to_owned()),
        ];
        form.extend(self.session.csrf_pairs());
        let Some(identity) = &self.identity else { return Ok(super::encode(&form)) };
        let version = self.client_version().await?;
        form.push(("version", version.version));
        form.push(("build", version.build));
        form.push(("backup_stream", "0".to_owned()));
        Ok(identity.sign(form, self.now()))
    }
}

fn failure(refusal: Refusal, uid: u64) -> Failure {
    let code = match refusal.code {
        60024 => ProblemCode::FaceCheck { url: face_url(refusal.detail("qr"), uid) },
        60034 | 60035 | 60037 => ProblemCode::ClientRefused,
        60043 => return identity_check(refusal),
        60009 => ProblemCode::AreaGone,
        60013 => ProblemCode::NotAllowed,
        _ => refusal.general(),
    };
    refusal.failure_of(code)
}

/// The check itself is the platform's own; an address that came along is passed on with its words.
fn identity_check(mut refusal: Refusal) -> Failure {
    if let Some(url) = refusal.detail("qr").filter(|url| is_drawable(url)) {
        refusal.message = format!("{} {url}", refusal.message);
    }
    refusal.failure_of(ProblemCode::IdentityCheck)
}

fn face_url(qr: Option<String>, uid: u64) -> String {
    qr.filter(|url| is_drawable(url)).unwrap_or_else(|| format!("{FACE_PAGE}{uid}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bilibili::api::codes::tests::refusal;
    use crate::bilibili::fake::Fake;

    const VERSION_PATH: &str = "/xlive/app-blink/v1/liveVersionInfo/getHomePageLiveVersion";
    use serde_json::value::RawValue;

    const START: Start<'static> = Start { room_id: "10352053", area_id: "27" };
    const DOCUMENTED: &str = r#"{"code":0,"msg":"","message":"","data":{"change":1,"status":"LIVE","room_type":0,
        "rtmp":{"addr":"rtmp://live-send.example/live-txy/",
          "code":"?streamname=live_42_1567354&key=***","new_link":"http://x.example/","provider":"txy"},
        "protocols":[{"protocol":"rtmp","addr":"rtmp://live-send.example/live-txy/",
          "code":"?streamname=live_42_1567354&key=***","new_link":"","provider":"txy"}],
        "try_time":"0000-00-00 00:00:00","live_key":"l:one:live:record:10352053:1589344980",
        "notice":{"type":1,"status":0,"title":"","msg":"","button_text":"","button_url":""}}}"#;

    #[tokio::test]
    async fn the_plain_form() {
        let fake = Fake::start().await;
        fake.answers(DOCUMENTED).await;
        let push = fake.api.start_live(&START).await.expect("live").expect("an address");
        assert_eq!(push.server, "rtmp://live-send.example/live-txy/");
        assert_eq!(push.key.expose_secret(), "?streamname=live_42_1567354&key=***");
        let sent = fake.last().await;
        assert_eq!(sent.target, PATH);
        assert_eq!(sent.body, "room_id=10352053&area_v2=27&platform=pc_link&csrf=c5&csrf_token=c5");
    }

    #[tokio::test]
    async fn the_signed_form_covers_all_that_is_sent() {
        let fake = Fake::with_identity().await;
        fake.at(VERSION_PATH, r#"{"code":0,"data":{"curr_version":"7.63.0.10783","build":10783}}"#).await;
        fake.at(PATH, DOCUMENTED).await;
        fake.api.start_live(&START).await.expect("live");
        let body = fake.last().await.body;
        let (signed, sign) = body.rsplit_once("&sign=").expect("a signature");
        assert_eq!(
            signed,
            "appkey=kaibotest0000001&area_v2=27&backup_stream=0&build=10783&csrf=c5&csrf_token=c5\
             &platform=pc_link&room_id=10352053&ts=1597885237&version=7.63.0.10783"
        );
        assert_eq!(sign.len(), 32);
    }

    #[tokio::test]
    async fn another_entry_serves_when_rtmp_is_empty() {
        let fake = Fake::start().await;
        fake.answers(
            r#"{"code":0,"data":{"rtmp":{"addr":"","code":""},"protocols":[
            {"protocol":"srt","addr":"srt://h:1937","code":"?streamid=x"},
            {"protocol":"rtmp","addr":"rtmp://h/live-bvc/","code":"?streamname=s&key=k"}]}}"#,
        )
        .await;
        let push = fake.api.start_live(&START).await.expect("live").expect("an address");
        assert_eq!(push.server, "rtmp://h/live-bvc/");
    }

    #[tokio::test]
    async fn the_face_check_brings_its_address() {
        let fake = Fake::start().await;
        let qr = "https://www.bilibili.com/blackboard/live/face-auth-middle.html?source_event=400&mid=42";
        fake.answers(&format!(
            r#"{{"code":60024,"message":"目标分区需要人脸认证","data":{{"need_face_auth":true,"qr":"{qr}",
            "rtmp":{{"addr":"","code":""}},"protocols":null}}}}"#
        ))
        .await;
        let failure = fake.api.start_live(&START).await.expect_err("refused");
        assert_eq!(failure.code, ProblemCode::FaceCheck { url: qr.into() });
        assert_eq!(failure.platform_code.as_deref(), Some("60024"));
        assert_eq!(failure.message.as_deref(), Some("目标分区需要人脸认证"));
    }

    #[tokio::test]
    async fn other_clients_are_refused_in_either_form() {
        for fake in [Fake::start().await, Fake::with_identity().await] {
            for code in [60034, 60035, 60037] {
                fake.server.reset().await;
                fake.at(VERSION_PATH, r#"{"code":0,"data":{"curr_version":"7.63.0.10783","build":10783}}"#)
                    .await;
                fake.at(PATH, &format!(r#"{{"code":{code},"message":"请使用直播姬","data":null}}"#)).await;
                let failure = fake.api.start_live(&START).await.expect_err("refused");
                assert_eq!(failure.code, ProblemCode::ClientRefused, "{code}");
                assert_eq!(failure.message.as_deref(), Some("请使用直播姬"));
            }
        }
    }

    #[test]
    fn codes() {
        let code = |number| failure(refusal(number), 42).code;
        assert_eq!(code(60034), ProblemCode::ClientRefused);
        assert_eq!(code(60035), ProblemCode::ClientRefused);
        assert_eq!(code(60037), ProblemCode::ClientRefused);
        assert_eq!(code(60043), ProblemCode::IdentityCheck);
        assert_eq!(code(60009), ProblemCode::AreaGone);
        assert_eq!(code(60013), ProblemCode::NotAllowed);
        assert_eq!(code(65530), ProblemCode::SignInExpired);
        assert_eq!(code(1), ProblemCode::Refused);
        assert_eq!(code(60003), ProblemCode::Refused, "an unknown code");
        assert_eq!(code(60024), ProblemCode::FaceCheck { url: format!("{FACE_PAGE}42") });
    }

    #[test]
    fn what_is_no_web_address_is_not_drawn() {
        let with = |qr: &str| {
            let data = RawValue::from_string(format!(r#"{{"qr":"{qr}"}}"#)).expect("JSON");
            failure(Refusal { data: Some(data), ..refusal(60024) }, 42).code
        };
        assert_eq!(with("javascript:alert(1)"), ProblemCode::FaceCheck { url: format!("{FACE_PAGE}42") });
        for data in ["[]", "{}", "null", "\"x\"", r#"{"qr":7}"#] {
            let data = RawValue::from_string(data.into()).expect("JSON");
            let code = failure(Refusal { data: Some(data), ..refusal(60024) }, 42).code;
            assert_eq!(code, ProblemCode::FaceCheck { url: format!("{FACE_PAGE}42") });
        }
    }
}
